"""When something is due, with the arithmetic in words that a person can check.

Pure. The words are made when they are read, in the language of whoever reads them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from babel.dates import format_date

from tanggap.language import gettext as _
from tanggap.language import locale, ngettext
from tanggap.office_hours import TimeAllowed
from tanggap.wording import listed, short_moment, time_of_day

SATURDAY = 5
NAMED = 4
"""Reasons for free days, and dates of one reason, that are named one by one; more are counted."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which a clock stands still: from `start` until before `end`, both aware."""

    start: datetime
    end: datetime | None = None
    """None: until further notice."""
    label: str = ""
    """Why, in a word that people read ("tertunda")."""


@dataclass(frozen=True, slots=True)
class FreeDay:
    """A day that was passed over because the offices are closed."""

    day: date
    holiday: str = ""
    """Name of the day off; "" where the week has no office hours on such a day anyway."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A pause that moved a deadline, with the first and the last working day that it touched."""

    pause: Pause
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due, and what was counted to get there; moments are local ones."""

    at: datetime | None
    """None: the clock stands still until further notice, so that there is no date yet."""
    posted_at: datetime
    allowed: TimeAllowed
    free: tuple[FreeDay, ...] = ()
    stops: tuple[Stop, ...] = ()
    begins: datetime | None = None
    """The first working minute that counts; only where minutes are counted."""

    @property
    def words(self) -> str:
        """The arithmetic: `Kamis 08.00 + 1 hari kerja, jadi Jumat 16.30`.

        Days of the week stand alone while all is in one week; else they have their dates.
        """
        parts = [f"{self._moment(self.posted_at)} + {self.allowed.words}"]
        if self.begins is not None and self.begins > self.posted_at:
            parts.append(_("dihitung mulai {}").format(self._moment(self.begins)))
        if self.free:
            parts.append(_("lewat {}").format(listed(_reasons(self.free))))
        if self.stops:
            parts.append(_("berhenti {}").format(listed(_stopped(self.stops, self.allowed))))
        end = _("belum ada batas") if self.at is None else self._moment(self.at)
        parts.append(_("jadi {}").format(end))
        return ", ".join(parts)

    def _moment(self, local: datetime) -> str:
        end, start = self.at, self.posted_at
        if end is not None and end.isocalendar()[:2] == start.isocalendar()[:2]:
            shape = "EEEE"
        elif end is None or end.year == start.year:
            shape = "EEEE d MMMM"
        else:
            shape = "EEEE d MMMM y"
        return f"{format_date(local, shape, locale=locale())} {time_of_day(local)}"


def _reasons(free: Iterable[FreeDay]) -> list[str]:
    """Return why days were free, each reason once with its dates, in the order of the days."""
    days: dict[str, list[date]] = {}
    for one in free:
        weekend = not one.holiday and one.day.weekday() >= SATURDAY
        name = _("akhir pekan") if weekend else one.holiday or _("hari tanpa jam kantor")
        days.setdefault(name, []).append(one.day)
    said = [
        name if name == _("akhir pekan") else f"{name} ({_dates(dates)})"
        for name, dates in days.items()
    ]
    if len(said) > NAMED:
        others = sum(len(dates) for dates in list(days.values())[NAMED - 1 :])
        said[NAMED - 1 :] = [ngettext("{} hari lain", "{} hari lain", others).format(others)]
    return said


def _dates(days: Sequence[date]) -> str:
    """Return days as `20, 23, dan 24 Maret`; many of them as their number."""
    if len(days) > NAMED:
        return _("{} hari").format(len(days))
    ends = [before.month != after.month for before, after in pairwise(days)]
    shapes = ["d MMMM" if end else "d" for end in (*ends, True)]
    return listed(
        [format_date(day, shape, locale=locale()) for day, shape in zip(days, shapes, strict=True)]
    )


def _stopped(stops: Sequence[Stop], allowed: TimeAllowed) -> list[str]:
    said = []
    for stop in stops:
        when = _days_of(stop) if allowed.days else _times_of(stop.pause)
        said.append(f"{when} ({stop.pause.label})" if stop.pause.label else when)
    if len(said) > NAMED:
        more = len(said) - NAMED + 1
        said[NAMED - 1 :] = [ngettext("{} kali lagi", "{} kali lagi", more).format(more)]
    return said


def _days_of(stop: Stop) -> str:
    first = format_date(stop.first, "d MMMM", locale=locale())
    if stop.pause.end is None:
        return _("sejak {}").format(first)
    if stop.first == stop.last:
        return str(first)
    if stop.first.month == stop.last.month:
        first = format_date(stop.first, "d", locale=locale())
    return f"{first}–{format_date(stop.last, 'd MMMM', locale=locale())}"


def _times_of(pause: Pause) -> str:
    start = short_moment(pause.start, year=False)
    if pause.end is None:
        return _("sejak {}").format(start)
    same = pause.end.date() == pause.start.date()
    end = time_of_day(pause.end) if same else short_moment(pause.end, year=False)
    return _("{} sampai {}").format(start, end)
