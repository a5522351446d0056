"""What happens on X: citizens name an account, answer, quote and pass on; the accounts reply."""

import bisect
import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from tanggap.simulator.answering import answer_the_citizens
from tanggap.simulator.story import DELETE_SHARE, ECHOES, EDIT_SHARE, EDITS, WIB, Story
from tanggap.simulator.texts import Line
from tanggap.simulator.world import Post

REPLY_SHARE, QUOTE_SHARE, REPOST_SHARE = 0.22, 0.05, 0.05
SECOND_OPD_SHARE = 0.06


class XStory(Story):
    """Lays out the city on X."""

    def announce(self) -> None:
        """Let each of the city's accounts post now and then in office hours."""
        bank = self.bank
        for account in self.world.city_accounts():
            told = bank.announcements.get(account.opd or "", ())
            for day in range(math.ceil(self.span / timedelta(days=1))):
                at = self.start + timedelta(days=day, hours=self.rng.uniform(0, 24))
                daytime = 7 <= at.astimezone(WIB).hour < 17
                if told and daytime and at < self.start + self.span:
                    text = self.rng.choice(told)
                    self.announcements.append(self.world.post(account, text, at=at))
        self.announcements.sort(key=lambda post: post.posted_at)

    def let_them_speak(self, mentions: int) -> None:
        """Let citizens post, answer, quote and pass on, `mentions` times in all."""
        for at in self.moments(mentions):
            draw = self.rng.random()
            if draw < REPOST_SHARE and (shared := self._earlier(at)):
                post = self.world.repost(self.someone(), shared, at=at, visible_after=self.lag())
            elif draw < REPOST_SHARE + QUOTE_SHARE and (quoted := self._earlier(at)):
                line = self.line()
                post = self.world.quote(
                    self.someone(),
                    quoted,
                    line.addressed_to(self.addressee(line)),
                    at=at,
                    visible_after=self.lag(),
                    labels=line.labels,
                )
            elif draw < REPOST_SHARE + QUOTE_SHARE + REPLY_SHARE and (thread := self._earlier(at)):
                post = self._join_in(thread, at)
            else:
                post = self._speak(at)
            self._afterwards(post)

    def let_the_city_answer(self, *, guests: bool) -> None:
        """Let the city's accounts answer most complaints and questions, later.

        X has no pages on which they were guests: any of them may answer.
        """
        answer_the_citizens(self, self._addressed_opd)

    def read_out(self, lines: Sequence[Line]) -> None:
        """Post each given line once."""
        for position, line in enumerate(lines):
            at = self.start + self.span * ((position + 0.5) / len(lines))
            opd = self.addressee(line)
            text = line.addressed_to(opd)
            author = self.people[position % len(self.people)]
            author.standing = "active"
            if line.parent_text:
                before = at - timedelta(minutes=20)
                parent = self.world.post(self.world.opd(opd), line.parent_text, at=before)
                self.world.reply(author, parent, text, at=at, row=line.row, labels=line.labels)
            else:
                self.world.post(author, text, at=at, row=line.row, labels=line.labels)

    def _speak(self, at: datetime) -> Post:
        line = self.line()
        opd = self.addressee(line)
        text = line.addressed_to(opd)
        if self.rng.random() < SECOND_OPD_SHARE:
            other = self.rng.choice(self.world.city_accounts())
            if other.handle not in text:
                text = f"{text} cc @{other.handle}"
        author = self.someone()
        if line.parent_text:
            before = at - timedelta(minutes=self.rng.uniform(5, 90))
            parent = self.world.post(self.world.opd(opd), line.parent_text, at=before)
            post = self.world.reply(
                author, parent, text, at=at, visible_after=self.lag(), labels=line.labels
            )
        else:
            post = self.world.post(
                author, text, at=at, visible_after=self.lag(), labels=line.labels
            )
        self.threads.append(post)
        return post

    def _join_in(self, thread: Post, at: datetime) -> Post:
        """Answer an announcement with a matter of one's own, or another citizen's complaint."""
        earlier = bisect.bisect_left(self.announcements, at, key=lambda post: post.posted_at)
        if earlier and self.rng.random() < 0.5:
            announcement = self.announcements[self.rng.randrange(max(0, earlier - 20), earlier)]
            line = self.line()
            post = self.world.reply(
                self.someone(),
                announcement,
                line.text,
                at=at,
                visible_after=self.lag(),
                labels=line.labels,
            )
            self.threads.append(post)
            return post
        opd = self._addressed_opd(thread)
        text = f"@{thread.author.handle} @{self.world.opd(opd).handle} {self.rng.choice(ECHOES)}"
        return self.world.reply(self.someone(), thread, text, at=at, visible_after=self.lag())

    def _afterwards(self, post: Post) -> None:
        """Let some posts be edited within half an hour, and some be deleted."""
        draw = self.rng.random()
        if draw < EDIT_SHARE and post.kind == "post":
            text = post.versions[-1].text + self.rng.choice(EDITS)
            later = timedelta(minutes=self.rng.uniform(1, 29))
            self.world.edit(post, text, at=post.posted_at + later)
        elif draw < EDIT_SHARE + DELETE_SHARE:
            later = timedelta(minutes=self.rng.lognormvariate(4.5, 1.2))
            self.world.delete(post, at=post.posted_at + later)

    def _addressed_opd(self, post: Post) -> str:
        return self.named_in(post.versions[0].handles)

    def _earlier(self, at: datetime) -> Post | None:
        """Return one of the latest posts that was to be seen at `at`."""
        for _ in range(4):
            recent = self.threads[-40:]
            if recent and (post := self.rng.choice(recent)).seen_at(at):
                return post
        return None
