"""The city's office hours, days off and deadlines, as tables of the policy."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from tanggap.language import gettext as _
from tanggap.language import ngettext
from tanggap.mention import ACTIONABLE, JENIS
from tanggap.toml_file import Table, Texts, all_wrong, choose, unknown

DAYS = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu")


@dataclass(frozen=True, slots=True)
class Span:
    """Office hours without a break: from `opens` until before `closes`, local time."""

    opens: time
    closes: time


class OfficeHours(Table):
    """Office hours of some days of the week, always or in a dated period."""

    days: Annotated[Texts, Field(min_length=1)]
    opens: time
    closes: time
    break_from: time | None = None
    break_until: time | None = None
    first: date | None = None
    """Only from this day on; together with `last`, for example in Ramadan."""
    last: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "OfficeHours":
        problems = [f"hari `{day}` {unknown(day, DAYS)}" for day in self.days if day not in DAYS]
        if (self.break_from is None) != (self.break_until is None):
            problems.append("break_from dan break_until harus ada keduanya")
        if (self.first is None) != (self.last is None):
            problems.append("first dan last harus ada keduanya")
        times = [self.opens, self.break_from, self.break_until, self.closes]
        known = [at for at in times if at is not None]
        if any(before >= after for before, after in pairwise(known)):
            problems.append("jamnya tidak berurutan: buka, istirahat, selesai istirahat, tutup")
        if any(at.second or at.microsecond or at.tzinfo for at in known):
            problems.append("jam ditulis jam dan menit saja, misalnya 08:00:00")
        if self.first and self.last and self.first > self.last:
            problems.append("first harus tidak sesudah last")
        if problems:
            raise all_wrong(problems)
        return self

    def covers(self, day: date) -> bool:
        """Whether these hours may be those of a day."""
        inside = self.first is None or self.last is None or self.first <= day <= self.last
        return inside and DAYS[day.weekday()] in self.days

    @property
    def spans(self) -> tuple[Span, ...]:
        """The hours without the break."""
        if self.break_from is None or self.break_until is None:
            return (Span(self.opens, self.closes),)
        return Span(self.opens, self.break_from), Span(self.break_until, self.closes)


def _dates(value: object) -> object:
    """Turn the keys of a TOML table, which are texts, into days."""
    if not isinstance(value, dict):
        return value
    try:
        return {date.fromisoformat(str(key)): name for key, name in value.items()}
    except ValueError as exc:
        msg = f'kunci harus tanggal, misalnya "2026-03-18" ({exc})'
        raise ValueError(msg) from exc


DaysOff = Annotated[dict[date, str], BeforeValidator(_dates)]
"""Day to the name of a day off; an empty name makes a holiday a working day again."""

USUAL: tuple[Mapping[str, Any], ...] = (
    {
        "days": DAYS[:4], "opens": time(8), "closes": time(16),
        "break_from": time(12), "break_until": time(13),
    },
    {
        "days": DAYS[4:5], "opens": time(8), "closes": time(16, 30),
        "break_from": time(11, 30), "break_until": time(13),
    },
)  # fmt: skip
"""What most cities have; a policy without [[office_hours]] has these."""


@dataclass(frozen=True, slots=True)
class TimeAllowed:
    """How long something may take: so many working days, or else so many working minutes."""

    days: int = 0
    minutes: int = 0

    @property
    def words(self) -> str:
        """What people read: `3 hari kerja`, `6 jam kerja`, `1 jam 30 menit kerja`."""
        if self.days:
            return ngettext("{} hari kerja", "{} hari kerja", self.days).format(self.days)
        hours, minutes = divmod(self.minutes, 60)
        if not hours:
            return ngettext("{} menit kerja", "{} menit kerja", minutes).format(minutes)
        if not minutes:
            return ngettext("{} jam kerja", "{} jam kerja", hours).format(hours)
        return _("{} jam {} menit kerja").format(hours, minutes)


_HOURS = re.compile(r"([1-9][0-9]{0,2}) jam")


def _allowed(value: object) -> object:
    """Refuse what is neither working days nor working hours."""
    days = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 365
    if days or (isinstance(value, str) and _HOURS.fullmatch(value)):
        return value
    msg = 'harus hari kerja (1 sampai 365) atau jam kerja, misalnya 3 atau "6 jam"'
    raise ValueError(msg)


Allowed = Annotated[int | str, BeforeValidator(_allowed)]
"""As the file says it: working days as a number, working hours as a text such as "6 jam"."""


def time_allowed(written: int | str) -> TimeAllowed:
    """Return what an `Allowed` of the file means."""
    if isinstance(written, int):
        return TimeAllowed(days=written)
    return TimeAllowed(minutes=int(written.removesuffix(" jam")) * 60)


class OpdDeadlines(Table):
    """What one OPD has of its own; None and what is not named are as everywhere."""

    first_answer: Allowed | None = None
    verification: Allowed | None = None
    follow_up: dict[str, Allowed] = Field(default={})
    """By jenis."""


class JenisDeadlines(Table):
    """What one jenis has of its own; None is as everywhere."""

    first_answer: Allowed | None = None


FOLLOW_UP: Mapping[str, int] = {"permintaan_informasi": 5, "aspirasi": 14, "pengaduan": 14}


def _with_the_usual(value: object) -> object:
    return {**FOLLOW_UP, **value} if isinstance(value, dict) else value


PAUSING = ("koordinasi", "proses", "tertunda")
"""Statuses in which a clock may stand still; in `baru` nobody would ever be late."""


class Deadlines(Table):
    """How long things may take, in working days or hours; the day of posting is day 0."""

    first_answer: Allowed = 1
    """Until an OPD's first public answer."""
    verification: Allowed = 3
    """Until an OPD has confirmed that the matter is its own."""
    follow_up: Annotated[dict[str, Allowed], BeforeValidator(_with_the_usual)] = Field(
        default={**FOLLOW_UP}
    )
    """Until the matter is closed, by jenis; a jenis that the file leaves out has the usual."""
    sensitive: Allowed = 60
    """The same for what is sensitive, whatever its jenis."""
    auto_close: Annotated[int, Field(ge=1, le=365)] = 10
    """Working days without a reaction to a substantive answer until an item is closed."""
    warn_before: Annotated[int, Field(ge=1, le=100)] = 4
    """Working hours before a deadline at which the OPD's admin is warned."""
    escalate_after: Annotated[int, Field(ge=1, le=365)] = 1
    """Working days after a missed deadline until the supervisor is told."""
    pauses: Texts = ("tertunda", "koordinasi")
    """Statuses in which the clocks stand still."""
    opd: dict[str, OpdDeadlines] = Field(default={})
    jenis: dict[str, JenisDeadlines] = Field(default={})

    @model_validator(mode="after")
    def _known_words(self) -> "Deadlines":
        problems = [
            f"pauses: status `{status}` {choose(status, PAUSING)}"
            for status in self.pauses
            if status not in PAUSING
        ]
        problems += _unknown_jenis("follow_up", self.follow_up)
        problems += _unknown_jenis("jenis", self.jenis)
        for opd, own in self.opd.items():
            problems += _unknown_jenis(f"opd.{opd}.follow_up", own.follow_up)
        if problems:
            raise all_wrong(problems)
        return self

    def first_answer_for(self, opd: str | None = None, jenis: str | None = None) -> TimeAllowed:
        """Return the time for a first answer; an OPD's own comes before that of a jenis."""
        own, kind = self.opd.get(opd or ""), self.jenis.get(jenis or "")
        return time_allowed(
            (own and own.first_answer) or (kind and kind.first_answer) or self.first_answer
        )

    def verification_for(self, opd: str | None = None) -> TimeAllowed:
        """Return the time until an OPD has confirmed that something is its own."""
        own = self.opd.get(opd or "")
        return time_allowed((own and own.verification) or self.verification)

    def follow_up_for(
        self, opd: str | None, jenis: str | None, *, sensitive: bool = False
    ) -> TimeAllowed | None:
        """Return the time until something is closed; None for a jenis that asks for nothing.

        What is sensitive has its own time, whatever OPD and jenis.
        """
        if jenis not in ACTIONABLE:
            return None
        if sensitive:
            return time_allowed(self.sensitive)
        own = self.opd.get(opd or "")
        return time_allowed((own and own.follow_up.get(jenis)) or self.follow_up[jenis])


def _unknown_jenis(key: str, named: Iterable[str]) -> list[str]:
    # In the order in which the jenis are always told.
    known = [jenis for jenis in JENIS if jenis in ACTIONABLE]
    return [
        f"{key}: jenis `{jenis}` "
        + ("tidak diberi batas waktu; hapus" if jenis in JENIS else choose(jenis, known))
        for jenis in named
        if jenis not in known
    ]
