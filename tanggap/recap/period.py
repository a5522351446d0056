"""Which days a recap is about, and at which moment they are judged. Pure."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date

from tanggap.clock import YEARS
from tanggap.coverage import Span, days_between, month
from tanggap.errors import InputError
from tanggap.language import locale

SETTLED = timedelta(days=14)
"""So long after its end a period is judged, unless asked otherwise: answers have come by then, and
every later run says the same."""
_MINUTE = timedelta(minutes=1)
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")

Kind = Literal["month", "week", "days"]


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of the city, `first` and `last` included."""

    kind: Kind
    first: date
    last: date
    zone: ZoneInfo
    until: datetime | None = None
    """Set where only what was posted before it is looked at; aware UTC."""

    @property
    def span(self) -> Span:
        """From the first moment until before the last one, aware UTC."""
        whole = days_between(self.first, self.last, self.zone)
        return whole if self.until is None else Span(whole.start, min(whole.end, self.until))

    @property
    def mark(self) -> str:
        """What it is called in the name of a file: `2026-10`, `2026-W43`."""
        if self.kind == "month":
            return f"{self.first:%Y-%m}"
        if self.kind == "week":
            year, week, _ = self.first.isocalendar()
            return f"{year}-W{week:02}"
        return f"{self.first}_{self.last}"

    @property
    def option(self) -> str:
        """How it is asked for on the command line."""
        if self.kind == "days":
            return f"--from {self.first} --to {self.last}"
        return f"--{self.kind} {self.mark}"

    @property
    def name(self) -> str:
        """What people call it: `Oktober 2026`, `Minggu ke-43 2026 (19-25 Oktober)`."""
        if self.kind == "month":
            return _said(self.first, "MMMM y")
        if self.kind == "week":
            year, week, _ = self.first.isocalendar()
            return f"Minggu ke-{week} {year} ({self._days(year)})"
        if self.first == self.last:
            return _said(self.first, "d MMMM y")
        same = (self.first.year, self.first.month) == (self.last.year, self.last.month)
        first = str(self.first.day) if same else _said(self.first, "d MMMM y")
        return f"{first} sampai {_said(self.last, 'd MMMM y')}"

    def _days(self, year: int) -> str:
        first, last = self.first, self.last
        if (first.year, last.year) != (year, year):
            return f"{_said(first, 'd MMMM y')} - {_said(last, 'd MMMM y')}"
        if first.month != last.month:
            return f"{_said(first, 'd MMMM')} - {_said(last, 'd MMMM')}"
        return f"{first.day}-{_said(last, 'd MMMM')}"

    def before(self) -> "Period":
        """Return the period of the same kind, or the as many days, just before it."""
        last = self.first - timedelta(days=1)
        if self.kind == "month":
            return Period("month", last.replace(day=1), last, self.zone)
        return Period(self.kind, last - (self.last - self.first), last, self.zone)

    def until_moment(self, as_of: datetime) -> "Period":
        """Return the period as far as it was past at a moment."""
        return replace(self, until=as_of) if as_of < self.span.end else self

    @property
    def past_name(self) -> str:
        """Its name, and up to which day where only a part of it is looked at."""
        if self.until is None:
            return self.name
        last = (self.span.end - timedelta(microseconds=1)).astimezone(self.zone).date()
        return f"{self.name}, sampai {_said(last, 'd MMMM y')}"


def asked_for(
    zone: ZoneInfo,
    now: datetime,
    *,
    of_month: str | None = None,
    week: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> Period:
    """Return the period of the one option that was given; of none, the last whole month.

    Raise InputError, with the remedy, for several, for half of one, and for one that has not begun.
    """
    days = first is not None or last is not None
    if (of_month is not None) + (week is not None) + days > 1:
        raise InputError("pilih satu saja: --month, --week, atau --from dengan --to")
    if week is not None:
        found = _week(week, zone)
    elif days:
        if first is None or last is None:
            raise InputError("--from dan --to harus ditulis keduanya, misalnya 2026-10-01")
        days_between(first, last, zone)
        found = Period("days", first, last, zone)
    elif of_month is not None:
        start = month(of_month, zone).start.astimezone(zone).date()
        found = Period("month", start, _month_end(start), zone)
    else:
        last_month = now.astimezone(zone).date().replace(day=1) - timedelta(days=1)
        found = Period("month", last_month.replace(day=1), last_month, zone)
    if found.first.year not in YEARS[1:] or found.last.year not in YEARS:
        raise InputError(f"tahun di luar jangkauan; pilih {YEARS[1]} sampai {YEARS[-1]}")
    if found.span.start >= now:
        raise InputError(f"{found.name} belum mulai; pilih periode yang sudah berjalan")
    return found


def judged_at(period: Period, now: datetime, asked: datetime | None = None) -> datetime:
    """Return the moment at which a period is judged, to the whole minute.

    Of a period that is long past it is always the same. Raise InputError for one that was asked for
    and is still to come, or before which the period had not begun.
    """
    if asked is None:
        return _whole_minute(min(period.span.end + SETTLED, now))
    if asked > now:
        raise InputError("saat penilaian (--as-of) masih di depan; pilih saat yang sudah lewat")
    if asked <= period.span.start:
        raise InputError(f"saat penilaian (--as-of) lebih awal daripada {period.name}")
    return _whole_minute(asked)


def compared_with(period: Period, as_of: datetime) -> tuple[Period, datetime]:
    """Return the period before, and when it is judged: as long after its end.

    Of a period that is not over the same stretch of the one before is taken.
    """
    span, earlier = period.span, period.before()
    if as_of >= span.end:
        return earlier, earlier.span.end + (as_of - span.end)
    same = min(earlier.span.end, earlier.span.start + (as_of - span.start))
    return earlier.until_moment(same), same


def _week(text: str, zone: ZoneInfo) -> Period:
    found = _WEEK.fullmatch(text)
    try:
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        monday = None
    if monday is None or monday.year >= YEARS[-1]:
        raise InputError(f"minggu {text!r} tidak dikenal; tulis misalnya 2026-W43")
    return Period("week", monday, monday + timedelta(days=6), zone)


def _month_end(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _whole_minute(when: datetime) -> datetime:
    return when.replace(second=0, microsecond=0)


def _said(on: date, form: str) -> str:
    return str(format_date(on, form, locale=locale()))
