"""Every cell of a recap's files beside the direct count of `recap_judge`."""

import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pypdf
import pytest
from lived_city import WIB, Lived
from recap_judge import KINDS, Count, Fate, Judge, row, rows

from tanggap.commands import coverage_statement
from tanggap.recap.material import read
from tanggap.recap.pdf import as_pdf
from tanggap.recap.period import Period, judged_at
from tanggap.recap.workbook import as_xlsx
from tanggap.web.captions import Captions

SHEETS = {
    "opd": ("Per OPD", "(belum ada OPD)"),
    "sector": ("Per sektor", "(tanpa sektor)"),
    "network": ("Per jaringan", ""),
    "kecamatan": ("Per kecamatan", "(tidak disebut)"),
}
IN_PDF = (
    "Diterima", "Dijawab", "Belum dijawab", "Lewat batas", "Tidak terpantau", "Tidak ditunggu",
    "Tepat waktu", "Terlambat",
)  # fmt: skip
"""Columns of the PDF's tables of groups, before the share and the median."""
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
    "Oktober", "November", "Desember",
)  # fmt: skip
DAY = timedelta(days=1)
NAMED = 10
"""Of those that wait longest."""
Line = Sequence[Any]


@dataclass
class Comparison:
    """How many cells were compared, and which differ."""

    cells: int = 0
    differences: list[str] = field(default_factory=list)

    def equal(self, where: str, written: object, counted: object) -> None:
        """Compare one cell; figures may differ by what a float cannot hold."""
        self.cells += 1
        same = (
            written == pytest.approx(counted)
            if isinstance(counted, float) and isinstance(written, int | float)
            else written == counted
        )
        if not same:
            self.differences.append(f"{where}: written {written!r}, counted {counted!r}")


@dataclass(frozen=True)
class Written:
    """The files of one recap."""

    xlsx: bytes
    pdf: bytes
    as_of: datetime


def written(
    lived: Lived, period: Period, asked: datetime | None = None, now: datetime | None = None
) -> Written:
    """Return the files of a recap as `tanggap recap` makes them, at the city's present moment."""
    config, as_of = lived.house.config, judged_at(period, now or lived.clock.now(), asked)
    found = read(lived.house.store, config, period, as_of)
    called = Captions(config.city.name, config.policy).of
    lines = coverage_statement.lines(found.coverage, WIB)
    return Written(as_xlsx(found, called, lines), as_pdf(found, called), as_of)


def compare(
    lived: Lived,
    judge: Judge,
    period: Period,
    asked: datetime | None = None,
    now: datetime | None = None,
) -> Comparison:
    """Compare each cell of a recap's workbook, and each row of the PDF's tables of groups.

    `asked`: what stands behind --as-of. `now`: when the recap is made, if not at the city's moment.
    """
    files = written(lived, period, asked, now)
    config = lived.house.config
    called = Captions(config.city.name, config.policy).of
    book = openpyxl.load_workbook(io.BytesIO(files.xlsx))
    pages = " ".join(
        " ".join(page.extract_text().split())
        for page in pypdf.PdfReader(io.BytesIO(files.pdf)).pages
    )
    first, last, as_of = period.first, period.last, files.as_of
    count = judge.received(first, last, as_of)
    then = judge.received(*_before(first, last, as_of, whole_month=period.kind == "month"))
    found = Comparison()
    _summary(found, _lines(book["Ringkasan"]), (first, last), count, then, called)
    for group, (name, nameless) in SHEETS.items():
        head, *lines = _lines(book[name])
        counted = [
            (called(key, group) if key else nameless, figures)
            for key, figures in rows(count.fates, group).items()
        ]
        counted.append(("Jumlah", row(count.fates)))
        lines = [line for line in lines if line[0] is not None]
        found.equal(f"{name}: rows", [line[0] for line in lines], [key for key, _ in counted])
        for line, (key, figures) in zip(lines, counted, strict=False):
            for caption, cell in zip(head[1:], line[1:], strict=True):
                found.equal(f"{name}, {key}, {caption}", cell, figures[_bare(caption)])
            if count.fates:
                found.equal(f"PDF, {name}, {key}", _as_printed(key, figures) in pages, True)
    _longest(found, _lines(book["Terlama menunggu"])[1:], count, as_of, called)
    return found


def _before(
    first: date, last: date, as_of: datetime, *, whole_month: bool
) -> tuple[date, date, datetime]:
    """Return the month, or as many days, before, judged as long after its end or beginning."""
    end = first - DAY
    start = end.replace(day=1) if whole_month else end - (last - first)
    over = _midnight(last + DAY)
    if as_of >= over:
        return start, end, _midnight(end + DAY) + (as_of - over)
    same = _midnight(start) + (as_of - _midnight(first))
    return start, end, min(_midnight(end + DAY), same)


def _summary(
    found: Comparison,
    lines: Sequence[Line],
    days: tuple[date, date],
    now: Count,
    then: Count,
    called: Callable[[str, str], str],
) -> None:
    """Compare totals beside the period before, kinds of first answers, what came in when."""
    at = [line[0] for line in lines]
    start, kinds, when = map(at.index, ("Angka", "Isi jawaban pertama", "Diterima menurut waktu"))
    this, earlier = row(now.fates), row(then.fates)
    written = [line for line in lines[start + 1 : kinds] if line[0] is not None]
    found.equal("Ringkasan: figures", [_bare(line[0]) for line in written], list(this))
    for line in written:
        caption = _bare(line[0])
        a, b = this[caption], earlier[caption]
        apart = None if a is None or b is None else a - b
        for column, (cell, counted) in enumerate(zip(line[1:4], (a, b, apart), strict=True)):
            found.equal(f"Ringkasan, {caption}, {column}", cell, counted)
    said = Counter(one.done.kind for one in now.fates if one.done is not None)
    captions = [*(called(kind, "kind") for kind in KINDS), "Belum dinilai"]
    for line, caption, kind in zip(lines[kinds + 1 :], captions, (*KINDS, ""), strict=False):
        found.equal("Isi jawaban pertama", tuple(line[:2]), (caption, said[kind]))
    for line, stretch in zip(lines[when + 1 :], _stretches(*days, now.fates), strict=True):
        found.equal("Diterima menurut waktu", tuple(line[:3]), stretch)
    left_out = " ".join(str(one) for one in at if str(one).startswith("Tidak termasuk"))
    for number, words in (
        (now.in_triage, "yang masih di triase"),
        (now.came_later, "yang baru masuk sesudah saat penilaian"),
    ):
        found.equal(words, f" {_said(number)} {words}" in left_out, number > 0)


def _stretches(first: date, last: date, fates: Sequence[Fate]) -> list[tuple[str, int, int]]:
    """Return what came in by day, or of more than fourteen days by week."""
    parts: dict[date, list[date]] = {}
    for number in range((last - first).days + 1):
        day = first + number * DAY
        single = (last - first).days < 14
        parts.setdefault(day if single else day - day.weekday() * DAY, []).append(day)
    found = []
    for those in parts.values():
        inside = [one for one in fates if one.life.told.at.astimezone(WIB).date() in those]
        name = _day(those[0])
        if len(those) > 1:
            name += f" sampai {_day(those[-1])}"
        found.append((name, len(inside), sum(one.done is not None for one in inside)))
    return found


def _longest(
    found: Comparison,
    lines: Sequence[Line],
    now: Count,
    as_of: datetime,
    called: Callable[[str, str], str],
) -> None:
    """Compare who waits longest: the ten oldest that are not confidential."""
    waiting = sorted(
        (one for one in now.fates if one.waits),
        key=lambda one: (one.life.told.at, one.life.label.number),
    )
    shown = [one for one in waiting if not one.confidential]
    written = [line for line in lines if isinstance(line[0], int)]
    found.equal("Terlama menunggu: number", len(written), min(NAMED, len(shown)))
    for line, one in zip(written, shown[:NAMED], strict=False):
        label, posted = one.life.label, one.life.told.at
        names: tuple[str, str] = ("(aduan peka)", "(aduan peka)")
        if not label.sensitive:
            names = (
                called(label.opd, "opd") if label.opd else SHEETS["opd"][1],
                called(label.sector, "sector") if label.sector else SHEETS["sector"][1],
            )
        local = posted.astimezone(WIB).replace(tzinfo=None)
        wanted = (
            label.number, *names, local, (as_of - posted).days, "ya" if one.late else "tidak",
        )  # fmt: skip
        moment = line[3]
        found.equal("Terlama menunggu: written", abs(moment - local) < timedelta(seconds=1), True)
        for cell, counted in zip((*line[:3], local, *line[4:6]), wanted, strict=True):
            found.equal(f"Terlama menunggu, {label.number}", cell, counted)
    hidden = [str(line[0]) for line in lines if "dirahasiakan" in str(line[0])]
    number = len(waiting) - len(shown)
    found.equal("Terlama menunggu: hidden", [one.split()[0] for one in hidden],
                [str(number)] if number else [])  # fmt: skip


def _as_printed(key: str, figures: dict[str, float | None]) -> str:
    """Return the beginning of a row as the PDF prints it: the counts and the share."""
    share = figures["Bagian tepat waktu"]
    printed = "-" if share is None else f"{share:.1%}".replace(".", ",")
    return " ".join([key, *(_said(int(figures[one] or 0)) for one in IN_PDF), printed])


def _said(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=WIB)


def _bare(caption: object) -> str:
    return str(caption).removesuffix(" (jam)")


def _lines(sheet: Any) -> list[Line]:
    return [[cell.value for cell in line] for line in sheet.iter_rows()]
