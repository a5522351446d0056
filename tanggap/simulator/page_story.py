"""What happens on Facebook and Instagram: comments under the accounts' posts, and tags.

There a citizen speaks below something: under an announcement of the agency, under another
citizen's comment, on the agency's page (Facebook), or in a post that tags the agency.
"""

import bisect
from datetime import datetime, timedelta

from tanggap.mention import UMBRELLA
from tanggap.simulator.answering import answer_the_citizens
from tanggap.simulator.story import DELETE_SHARE, ECHOES, EDIT_SHARE, EDITS, Story
from tanggap.simulator.texts import Line
from tanggap.simulator.world import Account, Post

REPLY_SHARE = 0.14
TAG_SHARE = {"facebook": 0.10, "instagram": 0.18}
VISIT_SHARE = {"facebook": 0.12, "instagram": 0.0}
OLD_POSTS = 6
"""Posts of each account from the weeks before the story begins; they go on being commented."""
OLD_DAYS = 24
WORDLESS_SHARE = 0.02
"""Of tagging posts: a photo without a word."""


class PageStory(Story):
    """Lays out the city on Facebook or Instagram."""

    def announce(self) -> None:
        """Let each of the city's accounts have posted before, and post now and then."""
        self._posts: dict[str, list[Post]] = {}
        for account in self.world.city_accounts():
            opd = account.opd or ""
            told = self.bank.announcements.get(opd) or self.bank.announcements["pemkot"]
            ages = sorted(self.rng.uniform(0.2, OLD_DAYS) for _ in range(OLD_POSTS))
            moments = [self.start - timedelta(days=age) for age in reversed(ages)]
            moments.append(self.start + self.span * self.rng.uniform(0.05, 0.7))
            self._posts[opd] = [
                self.world.post(account, self.rng.choice(told), at=at) for at in moments
            ]

    def let_them_speak(self, mentions: int) -> None:
        """Let citizens comment, reply, visit and tag, `mentions` times in all."""
        network = self.world.network
        for at in self.moments(mentions):
            draw = self.rng.random()
            line = self.line()
            opd = self.addressee(line)
            if draw < REPLY_SHARE and (thread := self._earlier(at)):
                text = self.rng.choice(ECHOES)
                post = self.world.reply(
                    self.someone(), thread, text, at=at, visible_after=self.lag()
                )
            elif draw < REPLY_SHARE + TAG_SHARE[network]:
                post = self._tag(line, self.world.opd(opd), at)
            elif draw < REPLY_SHARE + TAG_SHARE[network] + VISIT_SHARE[network]:
                post = self.world.post(
                    self.someone(),
                    self.worded(line.text),
                    at=at,
                    visible_after=self.lag(),
                    page=self.world.opd(opd),
                    labels=line.labels,
                )
                self.threads.append(post)
            else:
                post = self._comment(line, opd, at)
            self._afterwards(post)

    def let_the_city_answer(self, *, guests: bool) -> None:
        """Let the accounts answer most complaints and questions on their pages, later.

        `guests`: on each other's pages, too.
        """
        answer_the_citizens(self, lambda post: self._host(post).opd or UMBRELLA, others=guests)

    def _comment(self, line: Line, opd: str, at: datetime) -> Post:
        """Comment under one of the account's posts, mostly the latest, sometimes a very old one."""
        account = self.world.opd(opd)
        if line.parent_text:
            before = at - timedelta(minutes=self.rng.uniform(5, 90))
            under = self.world.post(account, line.parent_text, at=before)
            bisect.insort(self._posts[opd], under, key=lambda post: post.posted_at)
        else:
            there = [post for post in self._posts[opd] if post.posted_at < at]
            under = there[-1 - int(self.rng.random() ** 3 * len(there))]
        post = self.world.reply(
            self.someone(),
            under,
            self.worded(line.text),
            at=at,
            visible_after=self.lag(),
            labels=line.labels,
        )
        self.threads.append(post)
        return post

    def _tag(self, line: Line, account: Account, at: datetime) -> Post:
        text = f"{self.worded(line.text)} @{account.handle}"
        if self.rng.random() < WORDLESS_SHARE:
            text = ""
        post = self.world.post(
            self.someone(),
            text,
            at=at,
            visible_after=self.lag(),
            tagged=[account],
            labels=line.labels,
        )
        self.threads.append(post)
        return post

    def _host(self, post: Post) -> Account:
        """Return the city's account on whose page, post or tag somebody wrote."""
        root = post.root
        if root.author.opd is not None:
            return root.author
        return root.page or root.tagged[0]

    def _earlier(self, at: datetime) -> Post | None:
        """Return one of the latest comments or visits that was to be seen at `at`.

        Networks keep two levels: a reply to a reply stands under the comment.
        """
        for _ in range(4):
            recent = self.threads[-40:]
            if recent and (post := self.rng.choice(recent)).seen_at(at) and not post.tagged:
                return post
        return None

    def _afterwards(self, post: Post) -> None:
        """Let some posts be edited, and some be deleted."""
        draw = self.rng.random()
        if draw < EDIT_SHARE and post.versions[-1].text:
            later = timedelta(minutes=self.rng.uniform(1, 180))
            text = post.versions[-1].text + self.rng.choice(EDITS)
            self.world.edit(post, text, at=post.posted_at + later)
        elif draw < EDIT_SHARE + DELETE_SHARE:
            later = timedelta(minutes=self.rng.lognormvariate(4.5, 1.2))
            self.world.delete(post, at=post.posted_at + later)
