"""Working days and hours of the offices: when something is due, and how long something took.

Pure: a calendar and moments in, moments, minutes and the arithmetic in words out. Nothing of it is
kept: whoever asks again after the calendar has changed gets what holds then. All moments are aware,
days and hours are those of the calendar's zone, seconds are cut off.

Working days: the day of posting is day 0, whatever the hour; the first working day after it is day
1; what is due after so many of them is due at the end of the last one's office hours. Working hours
are counted from the next working minute on.

Pauses: a day in whose office hours the clock stood still, if only for a minute, is none of the
working days that are counted, as the day of posting is none: days are counted whole, so that a
pause never leaves an office with the last minutes of a day. Of working hours exactly the minutes
inside a pause do not count. What had been due before a pause began stays due.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tanggap.due import Due, FreeDay, Pause, Stop
from tanggap.office_hours import Span, TimeAllowed

DAY = timedelta(days=1)
WHOLE_DAY = 24 * 60
LOOKED_AT = 5 * 366
"""Days in which a working day must come; a calendar without one is refused."""
_WITHOUT = "kalender tanpa hari kerja; periksa [[office_hours]] dan [day_off]"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The offices' week, its dated exceptions and the days off.

    `hours` gives the spans of a day in order, none on a day without office hours; `day_off` the
    name of a holiday, "" on any other day.
    """

    zone: ZoneInfo
    hours: Callable[[date], tuple[Span, ...]]
    day_off: Callable[[date], str]

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return the office hours of a day, none on a day off."""
        return () if self.day_off(day) else self.hours(day)

    def after(self, posted_at: datetime, allowed: TimeAllowed, pauses: Iterable[Pause] = ()) -> Due:
        """Return when something is due for which so many working days or minutes are allowed."""
        if allowed.days:
            return self.after_days(posted_at, allowed.days, pauses)
        return self.after_minutes(posted_at, allowed.minutes, pauses)

    def after_days(self, posted_at: datetime, days: int, pauses: Iterable[Pause] = ()) -> Due:
        """Return the end of the `days`-th working day after the day of posting (`days` >= 1).

        A working day that a pause touches does not count. `at` is None while a pause that has no
        end keeps the days from being counted. Raise ValueError when years pass without office
        hours.
        """
        start, left = self._local(posted_at), _at_least_one(days)
        still = self._still(pauses)
        found = _Passed()
        for day in self._days_from(start.date() + DAY):
            spans = self.spans(day)
            if not spans:
                found.free.append(self._free(day))
                continue
            stopped = [pause for pause in still if _touches(pause, day, spans)]
            found.stop(stopped, day)
            if any(pause.end is None for pause in stopped):
                break
            left -= not stopped
            if left == 0:
                at = datetime.combine(day, spans[-1].closes, self.zone)
                return found.due(at, start, TimeAllowed(days=days))
        return found.due(None, start, TimeAllowed(days=days))

    def after_minutes(self, posted_at: datetime, minutes: int, pauses: Iterable[Pause] = ()) -> Due:
        """Return when so many working minutes (>= 1) have passed, counted from the next one on.

        Minutes inside a pause do not count. `at` is None while a pause that has no end keeps them
        from being counted. Raise ValueError as `after_days` does.
        """
        start, left = self._local(posted_at), _at_least_one(minutes)
        allowed = TimeAllowed(minutes=minutes)
        still = self._still(pauses)
        found = _Passed()
        begins: datetime | None = None
        for day in self._days_from(start.date()):
            spans = self.spans(day)
            if not spans:
                found.free.append(self._free(day))
                continue
            low = _minute(start.time()) if day == start.date() else 0
            stopped = [pause for pause in still if _touches(pause, day, spans, low)]
            found.stop(stopped, day)
            for opens, closes in _running(day, spans, still, low, WHOLE_DAY):
                begins = begins or self._at(day, opens)
                if left <= closes - opens:
                    return found.due(self._at(day, opens + left), start, allowed, begins)
                left -= closes - opens
            if any(pause.end is None for pause in stopped):
                break
        return found.due(None, start, allowed, begins)

    def minutes_between(self, start: datetime, end: datetime, pauses: Iterable[Pause] = ()) -> int:
        """Return the working minutes from one moment to another; 0 when `end` is not later.

        Minutes inside a pause do not count. Seconds are cut off at both ends.
        """
        first, last = self._local(start), self._local(end)
        still = self._still(pauses)
        total, day = 0, first.date()
        while day <= last.date() and first < last:
            low = _minute(first.time()) if day == first.date() else 0
            high = _minute(last.time()) if day == last.date() else WHOLE_DAY
            running = _running(day, self.spans(day), still, low, high)
            total += sum(closes - opens for opens, closes in running)
            day += DAY
        return total

    def _free(self, day: date) -> FreeDay:
        """Say why a day is free; a holiday on a weekend is but a day of the weekend."""
        return FreeDay(day, self.day_off(day) if self.hours(day) else "")

    def _still(self, pauses: Iterable[Pause]) -> Sequence[Pause]:
        """Return pauses in their order, local and to the minute."""
        local = (
            replace(
                pause,
                start=self._local(pause.start),
                end=None if pause.end is None else self._local(pause.end),
            )
            for pause in pauses
        )
        return sorted(local, key=lambda pause: pause.start)

    def _local(self, moment: datetime) -> datetime:
        """Return a moment in the zone, to the minute; ValueError for one without a zone."""
        if moment.tzinfo is None:
            msg = "a moment without a zone would be read in that of the machine"
            raise ValueError(msg)
        return moment.astimezone(self.zone).replace(second=0, microsecond=0)

    def _at(self, day: date, minute: int) -> datetime:
        return datetime.combine(day, time(), self.zone) + timedelta(minutes=minute)

    def _days_from(self, day: date) -> Iterator[date]:
        """Yield days from `day` on; raise ValueError after years without office hours."""
        since = 0
        while since < LOOKED_AT:
            since = 0 if self.spans(day) else since + 1
            yield day
            day += DAY
        raise ValueError(_WITHOUT)


class _Passed:
    """What a walk over the calendar came by: free days, and pauses with the days they touched."""

    def __init__(self) -> None:
        self.free: list[FreeDay] = []
        self._stops: dict[Pause, Stop] = {}

    def stop(self, stopped: Iterable[Pause], day: date) -> None:
        for pause in stopped:
            known = self._stops.get(pause)
            self._stops[pause] = Stop(pause, known.first if known else day, day)

    def due(
        self,
        at: datetime | None,
        start: datetime,
        allowed: TimeAllowed,
        begins: datetime | None = None,
    ) -> Due:
        stops = (one for one in self._stops.values() if at is None or one.pause.start < at)
        return Due(at, start, allowed, tuple(self.free), tuple(stops), begins)


def _at_least_one(count: int) -> int:
    if count < 1:
        msg = f"at least one working day or minute can be counted, not {count}"
        raise ValueError(msg)
    return count


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _touches(pause: Pause, day: date, spans: Iterable[Span], low: int = 0) -> bool:
    """Whether a pause takes office minutes of a day, from minute `low` on."""
    first, last = _part(pause, day)
    return any(
        max(first, low, _minute(span.opens)) < min(last, _minute(span.closes)) for span in spans
    )


def _part(pause: Pause, day: date) -> tuple[int, int]:
    """Return from which minute of a day until before which a pause lasts; none if not before it."""
    if day < pause.start.date() or (pause.end is not None and day > pause.end.date()):
        return 0, 0
    first = _minute(pause.start.time()) if day == pause.start.date() else 0
    if pause.end is None or day < pause.end.date():
        return first, WHOLE_DAY
    return first, _minute(pause.end.time())


def _running(
    day: date, spans: Iterable[Span], still: Iterable[Pause], low: int, high: int
) -> list[tuple[int, int]]:
    """Return the minutes of a day, from `low` until before `high`, in which the clock runs."""
    hours = [(max(low, _minute(span.opens)), min(high, _minute(span.closes))) for span in spans]
    for pause in still:
        first, last = _part(pause, day)
        if first < last:
            hours = [
                part
                for opens, closes in hours
                for part in ((opens, min(closes, first)), (max(opens, last), closes))
            ]
    return [(opens, closes) for opens, closes in hours if opens < closes]
