"""What came in week by week, and which weeks nobody watched: they have no number, not 0."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tanggap.boards import week_of, weekly
from tanggap.intervals import clipped
from tanggap.store.rows import SourceCoverage, User
from tanggap.store.rows_answers import Label
from tanggap.watching import NETWORK_OF
from tanggap.web.desk import Desk

WEEKS = 12
GROUPS: Mapping[str, Label] = {
    "sektor": "sector",
    "jaringan": "network",
    "kecamatan": "kecamatan",
}
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Trend:
    """What came in, week by week: one row for each group."""

    as_of: datetime
    weeks: tuple[date, ...]
    """Mondays, oldest first; the last week is not over yet."""
    rows: tuple[tuple[str, tuple[int | None, ...]], ...]
    """Group and its numbers, the largest group first; None: nothing of the week was watched."""

    @property
    def most(self) -> int:
        """The highest number of any week, at least 1."""
        return max((number or 0 for _, numbers in self.rows for number in numbers), default=0) or 1

    @property
    def has_unwatched(self) -> bool:
        """Whether a number is missing because nobody watched."""
        return any(number is None for _, numbers in self.rows for number in numbers)


def trend_of(desk: Desk, user: User, group: str) -> Trend:
    """Return what came in in each of the last weeks; a group without any is left out."""
    now, zone = desk.now(), desk.calendar.zone
    first = week_of(now.astimezone(zone).date()) - (WEEKS - 1) * _WEEK
    weeks = tuple(first + number * _WEEK for number in range(WEEKS))
    since = _begin(first, zone)
    hours = desk.store.received_by_hour(user.scope, GROUPS[group], since, now)
    counted = {name: weekly(numbers, zone) for name, numbers in hours.items()}
    # What an account itself wrote brings no complaint.
    sources = [one for one in desk.store.coverage(since, now) if one.kind != "timeline"]
    by_anything = watched_weeks(sources, weeks, zone)
    by_network: defaultdict[str, list[SourceCoverage]] = defaultdict(list)
    for one in sources if group == "jaringan" else ():
        by_network[NETWORK_OF.get(one.network, one.network)].append(one)
    watched = {name: watched_weeks(those, weeks, zone) for name, those in by_network.items()}
    rows = [
        (name, told(numbers, weeks, watched.get(name, by_anything)))
        for name, numbers in counted.items()
    ]
    rows.sort(key=lambda row: (-sum(number or 0 for number in row[1]), row[0]))
    return Trend(now, weeks, tuple(rows))


def watched_weeks(
    sources: Iterable[SourceCoverage], weeks: Sequence[date], zone: ZoneInfo
) -> frozenset[date]:
    """Return the weeks of which any source read anything."""
    read = [interval for one in sources for interval in one.intervals]
    return frozenset(
        week for week in weeks if clipped(read, _begin(week, zone), _begin(week + _WEEK, zone))
    )


def told(
    numbers: Mapping[date, int], weeks: Sequence[date], watched: frozenset[date]
) -> tuple[int | None, ...]:
    """Return a number for each week; None where nothing came and nobody watched."""
    return tuple(numbers.get(week, 0 if week in watched else None) for week in weeks)


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, datetime.min.time(), zone)
