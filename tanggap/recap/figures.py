"""The columns of a recap's tables, and how figures are said. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tanggap.office_hours import TimeAllowed
from tanggap.recap.tables import Row
from tanggap.wording import number, percent

NOTHING = "-"
"""Stands where there is nothing to measure: it is no zero."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A column: `name` in JSON, `caption` for people; hours are kept as minutes."""

    name: str
    caption: str
    kind: Literal["count", "share", "hours"]
    of: Callable[[Row], float | None]

    def cell(self, row: Row) -> float | None:
        """Return the figure of a row for a workbook: hours as hours, a share as it is printed."""
        value = self.of(row)
        if value is None or self.kind == "count":
            return value
        return value / 60 if self.kind == "hours" else _permille_in_time(row) / 1000

    def said(self, row: Row) -> str:
        """Return the figure of a row as it stands in a table: `1.234`, `83,1%`, `3,5`."""
        value = self.of(row)
        if value is None:
            return NOTHING
        if self.kind == "count":
            return number(value)
        if self.kind == "hours":
            return number(value / 60, 1)
        return percent(_permille_in_time(row) / 10, 1)


FIGURES = (
    Figure("received", "Diterima", "count", lambda row: row.score.received),
    Figure("answered", "Dijawab", "count", lambda row: row.score.answered),
    Figure("waiting", "Belum dijawab", "count", lambda row: row.score.waiting),
    Figure("unwatched", "Tidak terpantau", "count", lambda row: row.score.unwatched),
    Figure("let_go", "Tidak ditunggu", "count", lambda row: row.let_go),
    Figure("in_time", "Tepat waktu", "count", lambda row: row.score.in_time),
    Figure("late", "Terlambat", "count", lambda row: row.score.late),
    Figure("share_in_time", "Bagian tepat waktu", "share", lambda row: row.score.share_in_time),
    Figure("overdue", "Lewat batas", "count", lambda row: row.score.overdue),
    Figure("elsewhere", "Bukan urusannya", "count", lambda row: row.score.elsewhere),
    Figure("open", "Masih terbuka", "count", lambda row: row.open),
    Figure("by_others", "Dijawab akun lain", "count", lambda row: row.score.by_others),
    Figure("substantive", "Dijawab substantif", "count", lambda row: row.score.substantive),
    Figure("thanked", "Warga berterima kasih", "count", lambda row: row.score.thanked),
    Figure("median_minutes", "Median jam kerja", "hours", lambda row: row.score.median_minutes),
    Figure("p90_minutes", "P90 jam kerja", "hours", lambda row: row.score.p90_minutes),
    Figure("median_elapsed", "Median jam kalender", "hours", lambda row: row.score.median_elapsed),
    Figure(
        "median_substantive",
        "Median jam kerja sampai substantif",
        "hours",
        lambda row: row.score.median_substantive,
    ),
)
"""The first five counts come first: received is the sum of the four behind it."""
ADDITIVE = tuple(one for one in FIGURES if one.kind == "count")
"""What groups add up to the total in."""


def figure(name: str) -> Figure:
    """Return a column by its name."""
    return next(one for one in FIGURES if one.name == name)


def share_words(part: int, whole: int) -> str:
    """Return a share rounded down, so that only what is whole is 100%: `83%`, `98,6%`."""
    permille = _permille(part, whole)
    return percent(permille / 10, 1 if permille % 10 else 0)


def work_time(minutes: float) -> str:
    """Return working minutes in words: `3 jam 30 menit kerja`; none where offices were closed."""
    whole = round(minutes)
    return TimeAllowed(minutes=whole).words if whole else "kurang dari satu menit kerja"


def _permille_in_time(row: Row) -> int:
    return _permille(row.score.in_time, row.score.in_time + row.score.late)


def _permille(part: int, whole: int) -> int:
    return part * 1000 // whole if whole else 0
