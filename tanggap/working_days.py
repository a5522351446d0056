"""Working days and hours of the offices: when something is due, and how long something took.

Pure: a calendar and moments in, moments, minutes and the arithmetic in words out. The day of
posting is day 0, whatever the hour; the first working day after it is day 1; what is due after so
many working days is due at the end of the last one's office hours. Working hours are counted from
the next working minute on. All moments are aware; days and hours are those of the calendar's zone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tanggap.language import gettext as _
from tanggap.office_hours import Span
from tanggap.wording import time_of_day, weekday

DAY = timedelta(days=1)
SATURDAY = 5
LOOKED_AT = 5 * 366
"""Days in which a working day must come; a calendar without one is refused."""
_WITHOUT = "kalender tanpa hari kerja; periksa [[office_hours]] dan [day_off]"


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due, with the arithmetic that a person can check."""

    at: datetime
    words: str


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

    def after_days(self, posted_at: datetime, days: int) -> Due:
        """Return the end of the `days`-th working day after the day of posting (`days` >= 1).

        Raise ValueError when years pass without office hours.
        """
        start = self._local(posted_at)
        left, passed = days, dict[str, None]()
        for day in self._days_from(start.date() + DAY):
            if self.spans(day):
                left -= 1
            else:
                passed[self._why_free(day)] = None
            if left == 0:
                break
        due = datetime.combine(day, self.spans(day)[-1].closes, self.zone)
        return Due(due, _words(start, days, list(passed), due))

    def after_minutes(self, posted_at: datetime, minutes: int) -> datetime:
        """Return when so many working minutes have passed, counted from the next one on."""
        start = self._local(posted_at)
        left = minutes
        for day in self._days_from(start.date()):
            at = _minute(start.time()) if day == start.date() else 0
            for span in self.spans(day):
                begins = max(at, _minute(span.opens))
                free = _minute(span.closes) - begins
                if free <= 0:
                    continue
                if left <= free:
                    return self._at(day, begins + left)
                left -= free
        raise AssertionError  # _days_from never ends without a working day

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Return the working minutes from one moment to another; 0 when `end` is not later.

        Seconds are cut off at both ends.
        """
        first, last = self._local(start), self._local(end)
        total, day = 0, first.date()
        while day <= last.date() and start < end:
            low = _minute(first.time()) if day == first.date() else 0
            high = _minute(last.time()) if day == last.date() else 24 * 60
            for span in self.spans(day):
                inside = min(high, _minute(span.closes)) - max(low, _minute(span.opens))
                total += max(0, inside)
            day += DAY
        return total

    def overdue_before(self, now: datetime, days: int) -> datetime:
        """Return the moment before which something must have been posted to be late by now.

        Late is what was due after `days`: `after_days(posted_at, days).at < now` says the same as
        `posted_at < overdue_before(now, days)`. Raise ValueError as `after_days` does.
        """
        local = self._local(now)
        ended = 0
        day = local.date()
        for _day in range(LOOKED_AT):
            spans = self.spans(day)
            if spans and datetime.combine(day, spans[-1].closes, self.zone) < local:
                ended += 1
                if ended == days:
                    return datetime.combine(day, time(), self.zone)
            day -= DAY
        raise ValueError(_WITHOUT)

    def _why_free(self, day: date) -> str:
        name = self.day_off(day)
        if name:
            return f"{name} ({weekday(day)})"
        if day.weekday() >= SATURDAY:
            return _("akhir pekan")
        return _("{} (tanpa jam kantor)").format(weekday(day))

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

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


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _words(start: datetime, days: int, passed: list[str], due: datetime) -> str:
    over = _(", lewat {}").format(", ".join(passed)) if passed else ""
    begun = f"{weekday(start)} {time_of_day(start)}"
    end = f"{weekday(due)} {time_of_day(due)}"
    return _("{} + {} hari kerja{}, jadi {}").format(begun, days, over, end)
