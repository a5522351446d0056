"""A direct count of all that a recap tells, beside what `tanggap recap` has written.

What happened is the simulator's: which posts were written and served, who answered, when, what was
still shown, how long each account was read; what persons did is what the script of the city noted
as it did it (`lived_city`). Working time comes from the slow reckoner of `measure_working_days`,
minute by minute. No function of the product's clocks, boards, watching or recap is asked.

What the classifier guessed is taken as the store has it, joined by network id, since a recap
counts by it and nobody claims that it is the truth: tab, jenis, sector, OPD, kecamatan and
sensitivity of an item, and the kind of an answer. So a wrong guess is no difference here; how often
the classifier errs stands on its card and in docs/measurements.md. From the store, too, comes when
an answer was noticed to be deleted: how well that is noticed, `answers_judge` tells.
"""

import json
import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from daemon_support import Key, fetched
from lived_city import WIB, Act, Lived
from measure_working_days import EAST_OF_UTC, minute_of, slow_between, slow_days
from recap_truth import Given, Shown, Told

from tanggap.clock import from_text

CITY = "wib"
"""Calendar of the invented city among those of the reckoner."""
ASKS = ("pengaduan", "permintaan_informasi", "aspirasi")
WAITING = ("baru", "terverifikasi", "koordinasi", "proses")
ELSEWHERE = ("bukan_kewenangan", "duplikat", "arsip")
CLOSED = ("selesai", *ELSEWHERE, "bukan_aduan")
STANDS_STILL = ("tertunda", "koordinasi")
SEEN_AT_ONCE = timedelta(minutes=30)
KINDS = ("substantif", "template", "minta_dm", "arahkan")
Cell = float | int | str | datetime | None
Interval = tuple[datetime, datetime | None]


@dataclass(frozen=True)
class Label:
    """What the classifier, or a person, says of an item, as the store has it."""

    number: int
    tab: str
    opd: str
    jenis: str
    sector: str
    kecamatan: str
    sensitive: bool
    supporting: tuple[str, ...]

    @property
    def asks(self) -> bool:
        """Whether it stands in the queue and asks something of an OPD."""
        return self.tab in ("queue", "sensitive") and self.jenis in ("", *ASKS)


@dataclass
class Life:
    """One item with all that ever happened to it."""

    told: Told
    label: Label
    answers: list[Given]
    looked_until: datetime | None
    too_old_at: datetime | None
    """From when on nobody looks for answers, since the post above it is old."""
    acts: list[Act]
    again: list[tuple[datetime, datetime]] = field(default_factory=list)
    """When further complaints of its author in its thread were posted, and when seen."""
    later: list[tuple[datetime, str, str]] = field(default_factory=list)
    """When its author wrote again in its thread, and what jenis and tab that has."""
    statuses: list[tuple[datetime, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Fate:
    """How an item stood at a moment."""

    life: Life
    status: str
    done: Given | None
    """The first answer that counts."""
    substantive: Given | None
    given: datetime | None
    """When a person gave it to its OPD."""
    unwatched: bool
    late: bool
    """Answered after the deadline, or not yet and past it."""
    waits: bool
    minutes: int | None
    to_substantive: int | None
    confidential: bool
    thanked: bool
    """Its author thanked after the answer, and asked nothing since."""

    @property
    def counts(self) -> bool:
        """Whether it counts for or against its OPD."""
        return (self.late or not self.unwatched) and self.status not in ELSEWHERE

    @property
    def elapsed(self) -> int | None:
        """Minutes on the wall until it was answered."""
        return None if self.done is None else (self.done.at - self.life.told.at) // _MINUTE


_MINUTE = timedelta(minutes=1)


class Judge:
    """All items of a lived city."""

    def __init__(self, lived: Lived) -> None:
        config = lived.house.config
        database = config.database_path
        self._shown = Shown(lived.simulator, lived.acts)
        self._days = config.policy.deadline.first_answer
        self._close_after = config.policy.deadline.auto_close
        judged = {
            (network, identity): (kind or "", from_text(gone_at) if gone_at else None)
            for network, identity, kind, gone_at in fetched(
                database,
                "SELECT m.network, m.network_id, a.kind, a.gone_at FROM answers AS a "
                "JOIN mentions AS m ON m.id = a.mention_id",
            )
        }
        labels = _labels(database)
        watch_days = {
            "facebook": config.facebook.watch_days,
            "instagram": config.instagram.watch_days,
            "instagram_web": config.instagram_web.watch_days,
        }
        self.unlabelled: list[Key] = []
        """Citizens' posts that were served and stand in no list."""
        self.lives: list[Life] = []
        for told in self._shown.told():
            label = labels.get(told.key)
            if label is None:
                self.unlabelled.append(told.key)
                continue
            acts = self._shown.done_to(told.key)
            found = self._shown.answers(told, lambda at, a=acts, x=label: responsible(x, a, at))
            answers = []
            for one in found:
                kind, gone = judged.get((told.key[0], one.network_id), ("", None))
                answers.append(replace(one, kind=kind, gone=gone))
            answers += [
                Given(act.answered_at, act.opd, kind=act.answer_kind, seen=act.at)
                for act in acts
                if act.answered_at is not None
            ]
            answers.sort(key=lambda one: (one.at, not one.network_id, one.by))
            until = self._shown.looked_until(told, label.opd, watch_days)
            too_old = self._shown.too_old_at(told, watch_days)
            self.lives.append(Life(told, label, answers, until, too_old, acts))
        self._find_complaints_again()
        for life in self.lives:
            life.statuses = self._statuses(life)

    def _find_complaints_again(self) -> None:
        threads: defaultdict[tuple[str, int, str], list[Life]] = defaultdict(list)
        for life in self.lives:
            post = life.told.post
            threads[life.told.way, post.root.id, post.author.id].append(life)
        for those in threads.values():
            for life in those:
                for other in those:
                    asks = other.label.tab in ("queue", "sensitive") or (
                        other.label.tab == "triage" and other.label.jenis in ASKS
                    )
                    if other is not life and asks and other.told.post.root is not other.told.post:
                        life.again.append((other.told.at, other.told.seen))
                    if other.told.post.root is not other.told.post and other.told.at > life.told.at:
                        said = (other.told.at, other.label.jenis, other.label.tab)
                        life.later.append(said)

    def _statuses(self, life: Life) -> list[tuple[datetime, str]]:
        """Return from when it had which status, as docs/answers.md tells what changes one."""
        seen = life.told.seen
        events: list[tuple[datetime, int, str, datetime, str]] = []
        for one in life.answers:
            if one.network_id and one.seen:
                events.append((max(seen, one.seen), 1, "seen answer", one.at, one.network_id))
            if one.gone is not None:
                events.append((one.gone, 4, "gone", one.at, one.network_id))
        events += [(max(seen, at), 2, "again", posted, "") for posted, at in life.again]
        events += [(act.at, 3, act.status or act.verdict, act.at, "") for act in life.acts]
        found = [(seen, "bukan_aduan" if life.label.tab == "aside" else "baru")]
        itself = False
        noticed: set[str] = set()
        """Answers that were seen since it last waited for one."""
        # What a person records answers what was put off, too.
        answering = {"seen answer": WAITING, "answer": (*WAITING, "tertunda")}
        for at, _, what, posted, answer in sorted(events):
            status = found[-1][1]
            noticed |= {answer} if what == "seen answer" else set()
            closes = self._closes_itself_at(life, found)
            if closes is not None and closes < at:
                status, itself = "selesai", True
                found.append((closes, status))
            if what in answering and status in answering[what]:
                status = "dijawab"
            elif what == "again" and status in ("dijawab", "selesai"):
                answered = min(one.at for one in life.answers) if life.answers else life.told.at
                since = answered if status == "dijawab" or itself else found[-1][0]
                status = "proses" if posted > since else status
            elif what == "gone" and (status == "dijawab" or itself):
                here = any(
                    one.network_id in noticed or (not one.network_id and (one.seen or at) <= at)
                    for one in life.answers
                    if one.stands(at)
                )
                waited = [before for _, before in found if before in WAITING]
                status = status if here else waited[-1]
            elif what == "forward":
                status = "baru"
            elif what == "agree" and status == "baru":
                status = "terverifikasi"
            elif what in (*WAITING, *CLOSED, "tertunda"):
                status = what
            if status != found[-1][1]:
                itself = False
                noticed = set() if status in WAITING else noticed
                found.append((at, status))
        closes = self._closes_itself_at(life, found)
        return found if closes is None else [*found, (closes, "selesai")]

    def _closes_itself_at(
        self, life: Life, statuses: Sequence[tuple[datetime, str]]
    ) -> datetime | None:
        """Return when it is closed if nothing else happens: so long after a substantive answer."""
        at, status = statuses[-1]
        if status != "dijawab" or life.label.tab != "queue" or not life.answers:
            return None
        if any(act.verdict == "confidential" for act in life.acts):
            return None
        for last in reversed(life.answers):
            since = max(at, last.at)
            closes = _moment(slow_days(CITY, minute_of(CITY, since), self._close_after, []))
            if last.stands(closes or at):  # what was deleted before closes nothing
                break
        else:
            return None
        if last.kind != KINDS[0]:
            return None
        # Below a post that is not read any more a reaction would not have been seen.
        seen = closes is None or life.looked_until is None or closes < life.looked_until
        return closes if seen else None

    # --- one item at a moment -------------------------------------------------------------------

    def fate(self, life: Life, as_of: datetime) -> Fate:
        """Return how an item stood at a moment."""
        told, label = life.told, life.label
        statuses = [(at, status) for at, status in life.statuses if at <= as_of]
        status = statuses[-1][1]
        acts = [act for act in life.acts if act.at <= as_of]
        sent = max((act.at for act in acts if act.verdict == "forward"), default=None)
        given = max([act.at for act in acts if act.out_of_triage] + ([sent] if sent else []),
                    default=None)  # fmt: skip
        answers = [one for one in life.answers if one.at <= as_of and one.stands(as_of)]
        if sent is not None:
            # Who got it from another is waited for, whatever the other said before.
            later = [one for one in answers if one.at >= sent or one.by == label.opd]
            answers = later if later or status in WAITING else answers
        done = answers[0] if answers else None
        substantive = next((one for one in answers if one.kind == KINDS[0]), None)
        stills = _stills(statuses)
        known = told.seen if told.seen - told.at > SEEN_AT_ONCE else told.at
        known = max(known, given or known)
        dues = [slow_days(CITY, minute_of(CITY, at), self._days, stills) for at in (told.at, known)]
        due = None if None in dues else _moment(max(one for one in dues if one is not None))
        unwatched, late, ended = False, False, False
        if done is not None:
            late = due is not None and done.at > due
        elif status in ELSEWHERE:
            ended = True
        elif life.looked_until is None:
            unwatched = True
        elif status == "selesai":
            late = due is not None and due < min(statuses[-1][0], life.looked_until)
            ended = not late
        else:
            late = due is not None and due < min(as_of, life.looked_until)
            over = life.too_old_at is not None and life.too_old_at <= as_of
            unwatched = over or (not late and due is not None and due < as_of)
        waits = done is None and status in WAITING and not (unwatched or ended)
        return Fate(
            life, status, done, substantive, given, unwatched, late, waits,
            self._took(told, known, given, done, stills),
            self._took(told, known, given, substantive, stills),
            any(act.verdict == "confidential" for act in life.acts),
            done is not None and _last_word(life, done.at, as_of) == "apresiasi",
        )  # fmt: skip

    def _took(
        self,
        told: Told,
        known: datetime,
        given: datetime | None,
        answer: Given | None,
        stills: list[tuple[int, int | None]],
    ) -> int | None:
        """Return the office minutes until an answer from when its OPD could know."""
        if answer is None or (given is not None and answer.at < given):
            return None
        began = known if answer.at >= known else told.at
        return slow_between(CITY, minute_of(CITY, began), minute_of(CITY, answer.at), stills)

    # --- a period -------------------------------------------------------------------------------

    def received(self, first: date, last: date, as_of: datetime) -> "Count":
        """Return what came in on some days of the city and asks something, as it stood then."""
        start = datetime(first.year, first.month, first.day, tzinfo=WIB)
        end = datetime(last.year, last.month, last.day, tzinfo=WIB) + timedelta(days=1)
        count = Count()
        for life in self.lives:
            if not start <= life.told.at < min(end, as_of):
                continue
            if life.told.seen > as_of:
                count.came_later += life.label.asks
            elif life.label.asks:
                count.fates.append(self.fate(life, as_of))
            else:
                count.in_triage += life.label.tab == "triage"
        return count


@dataclass
class Count:
    """What came in, item by item, and how many are left out of it."""

    fates: list[Fate] = field(default_factory=list)
    in_triage: int = 0
    came_later: int = 0


def row(fates: Sequence[Fate]) -> dict[str, float | None]:
    """Return the figures of some items by the captions of docs/recap.md; hours in hours."""
    counted = [one for one in fates if one.counts]
    answered = [one for one in counted if one.done is not None]
    in_time = sum(not one.late and one.minutes is not None for one in answered)
    late = sum(one.late for one in counted)
    waiting = [one for one in fates if one.waits]
    minutes = sorted(one.minutes for one in answered if one.minutes is not None)
    spent = [one.to_substantive for one in counted if one.to_substantive is not None]
    no_answer = [one for one in fates if one.done is None]
    return {
        "Diterima": len(fates),
        "Dijawab": len(fates) - len(no_answer),
        "Belum dijawab": len(waiting),
        "Tidak terpantau": sum(one.unwatched for one in fates),
        "Tidak ditunggu": sum(not one.waits and not one.unwatched for one in no_answer),
        "Tepat waktu": in_time,
        "Terlambat": late,
        # Rounded down to one decimal, so that only what is whole is 100%.
        "Bagian tepat waktu": in_time * 1000 // (in_time + late) / 1000 if in_time + late else None,
        "Lewat batas": sum(one.late for one in waiting),
        "Bukan urusannya": sum(one.status in ELSEWHERE for one in fates),
        "Masih terbuka": sum(one.status not in CLOSED for one in fates),
        "Dijawab akun lain": sum(
            one.done is not None and one.done.by != one.life.label.opd for one in answered
        ),
        "Dijawab substantif": sum(one.substantive is not None for one in fates),
        "Warga berterima kasih": sum(one.thanked for one in fates),
        "Median jam kerja": _hours(statistics.median(minutes) if minutes else None),
        "P90 jam kerja": _hours(minutes[math.ceil(len(minutes) * 9 / 10) - 1] if minutes else None),
        "Median jam kalender": _hours(
            statistics.median([one.elapsed or 0 for one in answered]) if answered else None
        ),
        "Median jam kerja sampai substantif": _hours(statistics.median(spent) if spent else None),
    }


GROUPS: Mapping[str, Callable[[Label, str], str]] = {
    "opd": lambda label, network: label.opd,
    "sector": lambda label, network: label.sector,
    "network": lambda label, network: network,
    "kecamatan": lambda label, network: label.kecamatan,
}


def rows(fates: Sequence[Fate], group: str) -> dict[str, dict[str, float | None]]:
    """Return the figures by group, the largest first, what has no group last."""
    parts: defaultdict[str, list[Fate]] = defaultdict(list)
    for one in fates:
        parts[GROUPS[group](one.life.label, one.life.told.key[0])].append(one)
    order = sorted(parts, key=lambda key: (key == "", -len(parts[key]), key))
    return {key: row(parts[key]) for key in order}


def _last_word(life: Life, after: datetime, as_of: datetime) -> str:
    """Return the jenis of what its author last wrote in its thread that thanks or asks."""
    said = [
        (at, jenis)
        for at, jenis, tab in life.later
        if after < at <= as_of and (jenis == "apresiasi" or (jenis in ASKS and tab != "aside"))
    ]
    return max(said)[1] if said else ""


def responsible(label: Label, acts: Sequence[Act], at: datetime) -> tuple[str, ...]:
    """Return who was in charge of an item in the poll of a moment, and who supports."""
    # The desk works after the poll of the same moment (`Lived.live`).
    before = [act.gave_it_up for act in acts if act.gave_it_up and act.at >= at]
    return (before[0] if before else label.opd, *label.supporting)


def _stills(statuses: Sequence[tuple[datetime, str]]) -> list[tuple[int, int | None]]:
    """Return the pauses of an item in local minutes."""
    ends: list[datetime | None] = [at for at, _ in statuses[1:]]
    return [
        (minute_of(CITY, at), None if end is None else minute_of(CITY, end))
        for (at, status), end in zip(statuses, [*ends, None], strict=True)
        if status in STANDS_STILL
    ]


def _moment(minute: int | None) -> datetime | None:
    if minute is None:
        return None
    local = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    return local - timedelta(hours=EAST_OF_UTC[CITY])


def _hours(minutes: float | None) -> float | None:
    return None if minutes is None else minutes / 60


def _labels(database: Any) -> dict[Key, Label]:
    return {
        (network, identity): Label(
            number, tab, opd or "", jenis or "", sector or "", kecamatan or "", bool(sensitive),
            tuple(json.loads(supporting)),
        )
        for network, identity, number, tab, opd, jenis, sector, kecamatan, sensitive, supporting
        in fetched(
            database,
            "SELECT m.network, m.network_id, i.id, i.tab, i.opd, i.jenis, i.sector, i.kecamatan, "
            "i.sensitive, i.supporting FROM items AS i JOIN mentions AS m ON m.id = i.mention_id",
        )
    }  # fmt: skip
