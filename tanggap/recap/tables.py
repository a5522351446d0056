"""The tables of a recap, out of judged items: the same functions as the desk's board. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tanggap.boards import Judged, Score, by_opd, judged, score, scores, week_of
from tanggap.clocks import Reckoner, answers_that_count, asks
from tanggap.mention import ANSWER_KINDS, CLOSED
from tanggap.recap.past import known_at
from tanggap.recap.period import Period
from tanggap.store.rows_answers import AnswerFacts
from tanggap.watching import Watch

LONGEST = 10
"""How many of those that wait are named."""
DAYS_APART = 14
"""Of so few days each is a stretch of its own; of more, each week."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """A group of items in figures."""

    key: str
    """Id of the OPD, sector, network or kecamatan; "" where there is none, and for the total."""
    score: Score
    open: int
    """Not closed: neither selesai nor put away."""

    @property
    def let_go(self) -> int:
        """Without an answer, and nobody waits for one: closed, postponed, or no affair of the OPD.

        With those answered, waiting and unwatched it makes up all that were received.
        """
        one = self.score
        return one.received - one.answered - one.waiting - one.unwatched


@dataclass(frozen=True, slots=True)
class LongWait:
    """One item that waits for its first answer. No text, no names."""

    item_id: int
    opd: str
    """"" for a sensitive one: nothing but its number is told."""
    sector: str
    sensitive: bool
    posted_at: datetime
    age: timedelta
    overdue: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """What came in on some days."""

    first: date
    last: date
    received: int
    answered: int


@dataclass(frozen=True, slots=True)
class Tables:
    """All figures of a period."""

    total: Row
    groups: Mapping[str, tuple[Row, ...]]
    """By `GROUPS`: one row for each group that had anything, the largest first."""
    first_answers: tuple[tuple[str, int], ...]
    """Each of ANSWER_KINDS with its number of first answers, then "" for those not judged."""
    longest: tuple[LongWait, ...]
    """The longest waiting first; none that is confidential."""
    hidden_waits: int
    """Confidential ones that wait."""
    stretches: tuple[Stretch, ...]
    in_triage: int
    """Not counted: nobody has said yet whose they are."""
    aside: int
    """Not counted: they ask nothing."""
    came_later: int
    """Not counted: of the period, but not yet known when it was judged."""


GROUPS: Mapping[str, Callable[[Judged], str | None]] = {
    "opd": by_opd,
    "sector": lambda one: one.facts.sector,
    "network": lambda one: one.facts.network,
    "kecamatan": lambda one: one.facts.kecamatan,
}


def tables(
    facts: Iterable[AnswerFacts], period: Period, reckoner: Reckoner, watch: Watch
) -> Tables:
    """Return the tables of the items of a period as they stood at the reckoner's moment."""
    as_of, span = reckoner.now, period.span
    left_out: Counter[str] = Counter()

    def known() -> Iterable[AnswerFacts]:
        for one in facts:
            if not span.start <= one.posted_at < min(span.end, as_of):
                continue
            then = known_at(one, as_of)
            if then is None:
                left_out["later"] += asks(one)
                continue
            left_out[then.tab] += 1
            yield then

    items = judged(known(), reckoner, watch)
    waiting = sorted(
        (one for one in items if one.waits),
        key=lambda one: (one.facts.posted_at, one.facts.item_id),
    )
    shown = [one for one in waiting if not one.facts.confidential]
    return Tables(
        total=Row("", score(items), _open(items)),
        groups={name: _rows(items, key) for name, key in GROUPS.items()},
        first_answers=_first_answers(items),
        longest=tuple(_long_wait(one, as_of) for one in shown[:LONGEST]),
        hidden_waits=len(waiting) - len(shown),
        stretches=_stretches(items, period),
        in_triage=left_out["triage"],
        aside=left_out["aside"],
        came_later=left_out["later"],
    )


def _rows(items: Sequence[Judged], key: Callable[[Judged], str | None]) -> tuple[Row, ...]:
    still_open = Counter(key(one) or "" for one in items if _is_open(one))
    rows = [Row(name, found, still_open[name]) for name, found in scores(items, key).items()]
    return tuple(sorted(rows, key=lambda row: (not row.key, -row.score.received, row.key)))


def _open(items: Iterable[Judged]) -> int:
    return sum(_is_open(one) for one in items)


def _is_open(one: Judged) -> bool:
    return one.facts.status not in CLOSED


def _first_answers(items: Iterable[Judged]) -> tuple[tuple[str, int], ...]:
    # The same answers of which "Dijawab" tells: the numbers of the kinds make it up.
    answers = [answers_that_count(one.facts) for one in items]
    found = Counter(those[0].kind or "" for those in answers if those)
    return tuple((kind, found[kind]) for kind in (*ANSWER_KINDS, ""))


def _long_wait(one: Judged, as_of: datetime) -> LongWait:
    facts = one.facts
    return LongWait(
        item_id=facts.item_id,
        opd="" if facts.sensitive else facts.opd or "",
        sector="" if facts.sensitive else facts.sector or "",
        sensitive=facts.sensitive,
        posted_at=facts.posted_at,
        age=as_of - facts.posted_at,
        overdue=one.first.state == "missed",
    )


def _stretches(items: Iterable[Judged], period: Period) -> tuple[Stretch, ...]:
    received: Counter[date] = Counter()
    answered: Counter[date] = Counter()
    for one in items:
        day = one.facts.posted_at.astimezone(period.zone).date()
        received[day] += 1
        answered[day] += one.first.done_at is not None
    days = (period.last - period.first).days + 1
    parts: dict[date, list[date]] = {}
    for number in range(days):
        day = period.first + number * _DAY
        parts.setdefault(day if days <= DAYS_APART else week_of(day), []).append(day)
    return tuple(
        Stretch(
            those[0],
            those[-1],
            sum(received[day] for day in those),
            sum(answered[day] for day in those),
        )
        for those in parts.values()
    )
