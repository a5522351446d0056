"""Who has answered, in figures, and what many talk about: what counts for which OPD. Pure.

The same figures stand on the desk's board and in the recap. All times are working minutes from when
the OPD could know (`tanggap.clocks`).
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from tanggap.clocks import WITHOUT_CLOCKS, Clock, Reckoner, answers_that_count, asks
from tanggap.mention import SUBSTANTIVE, UNANSWERED, Engagement
from tanggap.reactions import reaction
from tanggap.store.rows import Item
from tanggap.store.rows_answers import AnswerFacts
from tanggap.store.rows_boards import ViralItem
from tanggap.store.rows_incidents import Incident
from tanggap.watching import Watch, Watched

JUDGED_AT_MOST = 10_000
"""Items that one table or message judges: some three seconds of work."""
WRITER_WEIGHT = 10
"""A citizen who writes does more than ten who tap a heart: a choice, and said on the page."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One item that asks something of an OPD, with the clock of its first answer."""

    facts: AnswerFacts
    first: Clock
    watched: Watched
    to_substantive: int | None
    """Working minutes to the first substantive answer."""

    @property
    def waits(self) -> bool:
        """Whether nobody has answered, and that can be said: the OPD is waited for."""
        return (
            self.first.state in ("running", "stopped", "missed") and self.facts.status in UNANSWERED
        )

    @property
    def unwatched(self) -> bool:
        """Whether nobody can see if it was answered (tidak terpantau)."""
        return self.first.unwatched

    @property
    def late(self) -> bool:
        """Whether it was answered late, or was not when its deadline passed."""
        return self.first.state in ("met_late", "missed", "missed_unwatched")

    @property
    def counts(self) -> bool:
        """Whether it counts for or against its OPD: seen, and the city's own affair."""
        return self.first.state != "unwatched" and self.facts.status not in WITHOUT_CLOCKS


def at_most(found: Iterable[AnswerFacts], most: int) -> tuple[list[AnswerFacts], bool]:
    """Return the first so many, and whether there are more; no more than one more is read."""
    some = list(islice(found, most + 1))
    return some[:most], len(some) > most


def judged(facts: Iterable[AnswerFacts], reckoner: Reckoner, watch: Watch) -> list[Judged]:
    """Return the items that ask something, judged at the reckoner's moment, in their order."""
    found = []
    for one in facts:
        if not asks(one):
            continue
        watched = watch.of(one)
        first = reckoner.first_answer(one, watched)
        found.append(Judged(one, first, watched, reckoner.to_substantive(one)))
    return found


@dataclass(frozen=True, slots=True)
class Score:
    """How a group of items was answered. Shares are None where there is nothing to share."""

    received: int
    """All that ask something."""
    answered: int
    in_time: int
    """Answered in time, of those that count."""
    late: int
    """Answered late, or not when the deadline passed, of those that count."""
    waiting: int
    """Not answered and seen to be so."""
    overdue: int
    """Of those waiting: past the deadline."""
    unwatched: int
    unwatched_late: int
    """Of those: past the deadline while answers were still looked for."""
    elsewhere: int
    """The city's business no longer: bukan kewenangan, duplikat, arsip."""
    by_others: int
    """Answered first by another account than the OPD's own (the umbrella among them)."""
    by_hand: int
    """Answered first by what a person recorded (dicatat manual): no network shows it."""
    substantive: int
    """With a substantive answer."""
    thanked: int
    """Whose author thanked after the answer, and asked nothing again since."""
    median_minutes: float | None
    """Working minutes to the first answer, of those answered that count."""
    p90_minutes: int | None
    median_elapsed: float | None
    """Minutes on the wall from the posting to the first answer, of the same."""
    median_substantive: float | None

    @property
    def share_in_time(self) -> float | None:
        """Part of those judged so far (in time or late) that was in time, 0 to 1."""
        decided = self.in_time + self.late
        return self.in_time / decided if decided else None


def score(items: Iterable[Judged]) -> Score:
    """Return the figures of a group of items."""
    group = list(items)
    counted = [one for one in group if one.counts]
    answered = [one for one in counted if one.first.done_at is not None]
    first_answers = [(one.facts.opd, answers_that_count(one.facts)[0]) for one in answered]
    minutes = sorted(one.first.minutes for one in answered if one.first.minutes is not None)
    substantive = sorted(one.to_substantive for one in counted if one.to_substantive is not None)
    elapsed = sorted(
        int(one.first.elapsed.total_seconds() // 60)
        for one in answered
        if one.first.elapsed is not None
    )
    return Score(
        received=len(group),
        answered=sum(one.first.done_at is not None for one in group),
        in_time=sum(one.first.state == "met" and one.first.minutes is not None for one in counted),
        late=sum(one.late for one in counted),
        waiting=sum(one.waits for one in group),
        overdue=sum(one.waits and one.first.state == "missed" for one in group),
        unwatched=sum(one.unwatched for one in group),
        unwatched_late=sum(one.unwatched and one.late for one in counted),
        elsewhere=sum(one.facts.status in WITHOUT_CLOCKS for one in group),
        by_others=sum(answer.opd != opd for opd, answer in first_answers),
        by_hand=sum(answer.by_hand for _, answer in first_answers),
        substantive=sum(
            any(answer.kind == SUBSTANTIVE for answer in answers_that_count(one.facts))
            for one in group
        ),
        thanked=sum(reaction(one.facts) == "thanks" for one in group),
        median_minutes=median(minutes),
        p90_minutes=percentile(minutes, 0.9),
        median_elapsed=median(elapsed),
        median_substantive=median(substantive),
    )


def scores(items: Iterable[Judged], key: Callable[[Judged], str | None]) -> dict[str, Score]:
    """Return the figures of each group, by key; an item whose key is None is under ""."""
    groups: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in items:
        groups[key(one) or ""].append(one)
    return {name: score(group) for name, group in sorted(groups.items())}


def by_opd(one: Judged) -> str | None:
    """Group by the OPD that is in charge."""
    return one.facts.opd


def league(items: Iterable[Judged]) -> list[tuple[str, Score]]:
    """Return OPD with their figures, the best share in time first.

    Those of whom nothing was decided yet come last. Of equal shares the shorter median is first.
    """
    found = scores(items, by_opd)
    return sorted(
        ((opd, one) for opd, one in found.items() if opd),
        key=lambda row: (
            row[1].share_in_time is None,
            -(row[1].share_in_time or 0.0),
            math.inf if row[1].median_minutes is None else row[1].median_minutes,
            row[0],
        ),
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whom an OPD has not answered."""

    opd: str
    items: tuple[Judged, ...]
    """The longest overdue first."""
    citizens: int
    """Distinct known authors; an author who is not known counts as one each."""

    @property
    def overdue(self) -> int:
        """How many are past their deadline."""
        return sum(one.first.state == "missed" for one in self.items)


def unanswered(items: Iterable[Judged]) -> list[Waiting]:
    """Return whom each OPD has not answered, the OPD with the most overdue first."""
    groups: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in items:
        if one.waits and one.facts.opd:
            groups[one.facts.opd].append(one)
    found = [
        Waiting(
            opd,
            tuple(sorted(group, key=lambda one: (one.facts.posted_at, one.facts.item_id))),
            citizens(one.facts for one in group),
        )
        for opd, group in groups.items()
    ]
    return sorted(found, key=lambda one: (-one.overdue, -len(one.items), one.opd))


def citizens(items: Iterable[AnswerFacts]) -> int:
    """Return how many people wrote items: distinct authors, one for each unknown one."""
    known = set()
    unknown = 0
    for one in items:
        if one.citizen:
            known.add((one.network, one.citizen))
        else:
            unknown += 1
    return len(known) + unknown


@dataclass(frozen=True, slots=True)
class Topic:
    """What people talk about: one incident, or one item that belongs to none."""

    lead: Item
    """The item that most reacted to, of equal ones the first."""
    incident: Incident | None
    items: int
    """How many of its items are known here."""
    citizens: int
    """People who wrote of it; an author who is not known counts as one."""
    engagement: Engagement | None
    """Of all its items together; None where no network told anything."""

    @property
    def weight(self) -> int:
        """How much it is talked about: who writes counts as `WRITER_WEIGHT` who react."""
        return WRITER_WEIGHT * self.citizens + (self.engagement or Engagement()).total


def topics(items: Iterable[ViralItem], most: int) -> list[Topic]:
    """Return what is talked about most, the heaviest first; of equal ones the newest.

    The items of one incident are one topic, whatever their number.
    """
    groups: defaultdict[tuple[int, int], list[ViralItem]] = defaultdict(list)
    for one in items:
        groups[(one.incident.id, 0) if one.incident else (0, one.item.id)].append(one)
    found = [_topic(group) for group in groups.values()]
    order = sorted(found, key=lambda one: (one.weight, one.lead.mention.posted_at, one.lead.id))
    return order[::-1][:most]


def _topic(group: Sequence[ViralItem]) -> Topic:
    def first_of_most(one: ViralItem) -> tuple[int, datetime, int]:
        total = (one.engagement or Engagement()).total
        return -total, one.item.mention.posted_at, one.item.id

    incident = group[0].incident
    told = [one.engagement for one in group if one.engagement is not None]
    return Topic(
        lead=min(group, key=first_of_most).item,
        incident=incident,
        items=len(group),
        citizens=incident.citizens + incident.unknown if incident else 1,
        engagement=added_up(told),
    )


def added_up(told: Sequence[Engagement]) -> Engagement | None:
    """Return the sums of what is known; None of what nobody told."""
    if not told:
        return None
    return Engagement(
        _sum(one.likes for one in told),
        _sum(one.comments for one in told),
        _sum(one.shares for one in told),
    )


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def week_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def weekly(hours: Mapping[datetime, int], zone: ZoneInfo) -> dict[date, int]:
    """Return numbers of hours (by their beginning) summed by the Monday of their local week."""
    found: defaultdict[date, int] = defaultdict(int)
    for hour, number in hours.items():
        found[week_of(hour.astimezone(zone).date())] += number
    return dict(sorted(found.items()))


def median(numbers: Sequence[int]) -> float | None:
    """Return the middle of numbers, the mean of the two middle ones; None of none."""
    return float(statistics.median(numbers)) if numbers else None


def percentile(ordered: Sequence[int], share: float) -> int | None:
    """Return the smallest of ascending numbers below or at which `share` of them lie."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None
