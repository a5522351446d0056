"""The city's office hours, days off and deadlines, as tables of the policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from tanggap.toml_file import Table, Texts, all_wrong, unknown

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


class Deadlines(Table):
    """Working days until something is due, counted from the day after the posting."""

    first_answer: Annotated[int, Field(ge=1, le=365)] = 1
    """Until an OPD's first public answer."""
