"""Lays out days in the life of Kota Sukamaju: who posts what, when, and when it can be seen.

The same seed and numbers give the same world, so that a restarted simulator shows it again.
"""

import bisect
import itertools
import math
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tanggap.clock import Clock
from tanggap.mention import UMBRELLA
from tanggap.policy import Policy
from tanggap.simulator.texts import Bank, Line, packaged_bank
from tanggap.simulator.world import Account, Post, World, handles_in

WIB = ZoneInfo("Asia/Jakarta")
JENIS_SHARES = {
    "pengaduan": 0.55,
    "permintaan_informasi": 0.12,
    "aspirasi": 0.05,
    "apresiasi": 0.08,
    "bukan_aduan": 0.15,
    "spam": 0.05,
}
REPLY_SHARE, QUOTE_SHARE, REPOST_SHARE = 0.22, 0.05, 0.05
SECOND_OPD_SHARE = 0.06
EDIT_SHARE, DELETE_SHARE, LATE_SHARE = 0.03, 0.02, 0.05
ANSWER_SHARE = 0.6
"""Of complaints and questions, in the end."""
SUBSTANTIVE_SHARE = 0.6
"""Of answers: about the matter, not only a polite phrase."""
FOLLOW_UP_SHARE = 0.15
"""Of answers: the citizen comes back to the thread."""
SUSPENDED_SHARE = 0.01
_HOURLY = (2, 1, 1, 1, 2, 5, 9, 11, 10, 8, 7, 7, 9, 8, 6, 6, 7, 9, 11, 12, 11, 9, 6, 4)
"""How lively each hour of the day is, WIB."""
_EDITS = (
    " (ralat: kejadiannya tadi malam)",
    " *edit: sebelah kiri jalan",
    " eh maaf salah ketik tadi, lokasinya dekat gapura",
    " (tambahan: sudah difoto jg sama pak RT)",
    " edit: sampai sekarang masih sama",
    " *maksudnya minggu lalu",
)
_ECHOES = (
    "di tempat saya juga begini min",
    "sama, di gang sebelah jg",
    "up min biar dibaca",
    "iya nih dari kemarin",
    "betul, saya lewat situ tiap hari",
    "setuju, tolong jadi perhatian",
)
_FOLLOW_UPS = (
    ("siap terima kasih min, sudah beres", "apresiasi"),
    ("makasih respon cepatnya 🙏", "apresiasi"),
    ("alhamdulillah sudah dikerjakan, mantap", "apresiasi"),
    ("sampai sekarang belum ada petugas yang datang min", "pengaduan"),
    ("kemarin dikerjakan, hari ini rusak lagi", "pengaduan"),
    ("kok jawabannya begitu terus, lokasinya kan sudah saya sebut", "pengaduan"),
    ("kira2 jam berapa ya min petugasnya?", "permintaan_informasi"),
)
_FIRST = "adi ani budi citra dani dewi eka fajar gita hana indra joko kiki lia mira nanda oki putri"
_SECOND = "kopi senja pagi hujan bakso motor kebun roti biru laut angin bulan padi kucing sepeda"


def generate_world(
    seed: int,
    start: datetime,
    hours: float,
    mentions: int,
    *,
    accounts: int = 300,
    clock: Clock | None = None,
    policy: Policy | None = None,
    bank: Bank | None = None,
) -> World:
    """Return a world in which `mentions` citizens' posts fall into `hours` from `start` on.

    Announcements and answers of the city's accounts, and what citizens say to the answers, come
    on top.
    """
    world = World(clock, policy)
    story = _Story(world, seed, start, timedelta(hours=hours), bank or packaged_bank())
    story.settle(accounts)
    story.announce()
    story.let_them_speak(mentions)
    story.let_the_city_answer()
    return world


def world_of_texts(
    lines: Sequence[Line],
    seed: int,
    start: datetime,
    hours: float,
    *,
    accounts: int = 300,
    clock: Clock | None = None,
    policy: Policy | None = None,
) -> World:
    """Return a world in which each line is posted once, in their order, evenly over the span.

    A line that addresses nobody, or an account that the city does not have, goes to the umbrella
    account.
    """
    world = World(clock, policy)
    story = _Story(world, seed, start, timedelta(hours=hours), Bank({}, {}, {}))
    story.settle(accounts)
    story.read_out(lines)
    return world


class _Story:
    def __init__(
        self, world: World, seed: int, start: datetime, span: timedelta, bank: Bank
    ) -> None:
        self._world = world
        self._rng = random.Random(seed)  # noqa: S311 - the same seed must give the same city
        self._start = start
        self._span = span
        self._bank = bank
        self._decks: dict[str, list[Line]] = {}
        self._people: list[Account] = []
        self._handles = {
            account.opd: account.handle.lower() for account in world.city_accounts() if account.opd
        }
        self._threads: list[Post] = []
        """Citizens' posts that others may answer, quote or pass on, by time."""
        self._announcements: list[Post] = []

    def settle(self, accounts: int) -> None:
        """Let the citizens move in."""
        names = [f"{a}_{b}" for a in _FIRST.split() for b in _SECOND.split()]
        self._rng.shuffle(names)
        for number in range(max(1, accounts)):
            stem = names[number % len(names)]
            handle = f"{stem[:11]}{100 + number}"[:15]
            person = self._world.citizen(handle, stem.replace("_", " ").title())
            if self._rng.random() < SUSPENDED_SHARE:
                person.standing = "suspended"
            self._people.append(person)

    def announce(self) -> None:
        """Let each of the city's accounts post now and then in office hours."""
        bank = self._bank
        for account in self._world.city_accounts():
            told = bank.announcements.get(account.opd or "", ())
            for day in range(math.ceil(self._span / timedelta(days=1))):
                at = self._start + timedelta(days=day, hours=self._rng.uniform(0, 24))
                daytime = 7 <= at.astimezone(WIB).hour < 17
                if told and daytime and at < self._start + self._span:
                    text = self._rng.choice(told)
                    self._announcements.append(self._world.post(account, text, at=at))
        self._announcements.sort(key=lambda post: post.posted_at)

    def let_them_speak(self, mentions: int) -> None:
        """Let citizens post, answer, quote and pass on, `mentions` times in all."""
        for at in self._moments(mentions):
            draw = self._rng.random()
            if draw < REPOST_SHARE and (shared := self._earlier(at)):
                post = self._world.repost(self._someone(), shared, at=at, visible_after=self._lag())
            elif draw < REPOST_SHARE + QUOTE_SHARE and (quoted := self._earlier(at)):
                line = self._line()
                post = self._world.quote(
                    self._someone(),
                    quoted,
                    line.addressed_to(self._addressee(line)),
                    at=at,
                    visible_after=self._lag(),
                    labels=line.labels,
                )
            elif draw < REPOST_SHARE + QUOTE_SHARE + REPLY_SHARE and (thread := self._earlier(at)):
                post = self._join_in(thread, at)
            else:
                post = self._speak(at)
            self._afterwards(post)

    def let_the_city_answer(self) -> None:
        """Let the addressed accounts answer most complaints and questions, later."""
        bank = self._bank
        for post in list(self._threads):
            if post.labels.get("jenis") not in ("pengaduan", "permintaan_informasi", "aspirasi"):
                continue
            if self._rng.random() >= ANSWER_SHARE:
                continue
            opd = self._answering_opd(post)
            wait = timedelta(minutes=min(2880.0, self._rng.lognormvariate(4.6, 1.1)))
            at = _office_moment(post.posted_at + wait, self._rng)
            own = bank.answers.get(opd, ())
            told = own if own and self._rng.random() < SUBSTANTIVE_SHARE else bank.answers[""]
            answer = self._world.answer(opd, post, self._rng.choice(told), at=at)
            if self._rng.random() < FOLLOW_UP_SHARE:
                later = at + timedelta(minutes=self._rng.uniform(3, 600))
                text, jenis = self._rng.choice(_FOLLOW_UPS)
                self._world.reply(
                    post.author,
                    answer,
                    text,
                    at=later,
                    visible_after=self._lag(),
                    labels={"jenis": jenis},
                )

    def read_out(self, lines: Sequence[Line]) -> None:
        """Post each given line once."""
        for position, line in enumerate(lines):
            at = self._start + self._span * ((position + 0.5) / len(lines))
            opd = self._addressee(line)
            text = line.addressed_to(opd)
            author = self._people[position % len(self._people)]
            author.standing = "active"
            if line.parent_text:
                before = at - timedelta(minutes=20)
                parent = self._world.post(self._world.opd(opd), line.parent_text, at=before)
                self._world.reply(author, parent, text, at=at, row=line.row, labels=line.labels)
            else:
                self._world.post(author, text, at=at, row=line.row, labels=line.labels)

    def _speak(self, at: datetime) -> Post:
        line = self._line()
        opd = self._addressee(line)
        text = line.addressed_to(opd)
        if self._rng.random() < SECOND_OPD_SHARE:
            other = self._rng.choice(self._world.city_accounts())
            if other.handle not in text:
                text = f"{text} cc @{other.handle}"
        author = self._someone()
        if line.parent_text:
            before = at - timedelta(minutes=self._rng.uniform(5, 90))
            parent = self._world.post(self._world.opd(opd), line.parent_text, at=before)
            post = self._world.reply(
                author, parent, text, at=at, visible_after=self._lag(), labels=line.labels
            )
        else:
            post = self._world.post(
                author, text, at=at, visible_after=self._lag(), labels=line.labels
            )
        self._threads.append(post)
        return post

    def _join_in(self, thread: Post, at: datetime) -> Post:
        """Answer an announcement with a matter of one's own, or another citizen's complaint."""
        earlier = bisect.bisect_left(self._announcements, at, key=lambda post: post.posted_at)
        if earlier and self._rng.random() < 0.5:
            announcement = self._announcements[self._rng.randrange(max(0, earlier - 20), earlier)]
            line = self._line()
            post = self._world.reply(
                self._someone(),
                announcement,
                line.text,
                at=at,
                visible_after=self._lag(),
                labels=line.labels,
            )
            self._threads.append(post)
            return post
        opd = self._addressed_opd(thread)
        text = f"@{thread.author.handle} @{self._world.opd(opd).handle} {self._rng.choice(_ECHOES)}"
        return self._world.reply(self._someone(), thread, text, at=at, visible_after=self._lag())

    def _afterwards(self, post: Post) -> None:
        """Let some posts be edited within half an hour, and some be deleted."""
        draw = self._rng.random()
        if draw < EDIT_SHARE and post.kind == "post":
            text = post.versions[-1].text + self._rng.choice(_EDITS)
            later = timedelta(minutes=self._rng.uniform(1, 29))
            self._world.edit(post, text, at=post.posted_at + later)
        elif draw < EDIT_SHARE + DELETE_SHARE:
            later = timedelta(minutes=self._rng.lognormvariate(4.5, 1.2))
            self._world.delete(post, at=post.posted_at + later)

    def _line(self) -> Line:
        """Return the next line of a drawn jenis; none comes twice before all came once."""
        bank = self._bank
        jenis = self._rng.choices(list(JENIS_SHARES), list(JENIS_SHARES.values()))[0]
        deck = self._decks.setdefault(jenis, [])
        if not deck:
            deck.extend(bank.by_jenis[jenis])
            self._rng.shuffle(deck)
        return deck.pop()

    def _addressee(self, line: Line) -> str:
        """Return whom the line addresses: as it is said of it, as it says itself, or the city."""
        return next(
            (opd for opd in line.mentioned_opd.split("|") if opd in self._handles),
            self._named_in(handles_in(line.text)),
        )

    def _addressed_opd(self, post: Post) -> str:
        return self._named_in(post.versions[0].handles)

    def _answering_opd(self, post: Post) -> str:
        """Return who answers: the addressed account; for the umbrella often the sector's owner."""
        addressed = self._addressed_opd(post)
        owner = self._world.policy.sector_opd.get(post.labels.get("sector", ""))
        if addressed == UMBRELLA and owner in self._handles and self._rng.random() < 0.6:
            return owner
        return addressed

    def _named_in(self, handles: Sequence[str]) -> str:
        """Return the first OPD among handles, or the umbrella."""
        by_handle = {handle: opd for opd, handle in self._handles.items()}
        return next((by_handle[handle] for handle in handles if handle in by_handle), UMBRELLA)

    def _someone(self) -> Account:
        # The square makes some people talk much more than others.
        return self._people[int(self._rng.random() ** 2 * len(self._people))]

    def _earlier(self, at: datetime) -> Post | None:
        """Return one of the latest posts that was to be seen at `at`."""
        for _ in range(4):
            recent = self._threads[-40:]
            if recent and (post := self._rng.choice(recent)).seen_at(at):
                return post
        return None

    def _lag(self) -> timedelta:
        if self._rng.random() < LATE_SHARE:
            return timedelta(minutes=math.exp(self._rng.uniform(math.log(2), math.log(720))))
        return timedelta(seconds=self._rng.uniform(0.5, 8))

    def _moments(self, number: int) -> list[datetime]:
        """Return ascending moments in the span, denser where the hour of the day is livelier."""
        slot = timedelta(minutes=5)
        slots = max(1, math.ceil(self._span / slot))
        weights = [
            _HOURLY[(self._start + slot * index).astimezone(WIB).hour] for index in range(slots)
        ]
        cumulated = list(itertools.accumulate(weights))
        chosen = self._rng.choices(range(slots), cum_weights=cumulated, k=number)
        latest = self._span - timedelta(milliseconds=1)
        return [
            self._start + min(latest, slot * (index + self._rng.random()))
            for index in sorted(chosen)
        ]


def _office_moment(at: datetime, rng: random.Random) -> datetime:
    """Move a moment outside 07:00-20:00 WIB to the next morning; agencies sleep at night."""
    local = at.astimezone(WIB)
    if 7 <= local.hour < 20:
        return at
    morning = local.replace(hour=7, minute=0, second=0, microsecond=0)
    if local.hour >= 20:
        morning += timedelta(days=1)
    return morning.astimezone(at.tzinfo) + timedelta(minutes=rng.uniform(1, 90))
