"""A recap as a workbook: typed cells, no formula, the same bytes for the same recap."""

import io
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

import xlsxwriter

from tanggap.recap.figures import FIGURES, Figure
from tanggap.recap.material import Called, Recap
from tanggap.recap.method import method
from tanggap.recap.narrative import narrative
from tanggap.recap.tables import LongWait, Row
from tanggap.untrusted import clean
from tanggap.wording import day, moment

SHEETS = {
    "opd": ("Per OPD", "OPD", "(belum ada OPD)"),
    "sector": ("Per sektor", "Sektor", "(tanpa sektor)"),
    "network": ("Per jaringan", "Jaringan", ""),
    "kecamatan": ("Per kecamatan", "Kecamatan", "(tidak disebut)"),
}
"""Group to its sheet, the caption of its first column, and what the row without a key is called."""
NOT_JUDGED = "Belum dinilai"
_LANDSCAPE_A4 = 9
_TEXT_WIDTH = 130
_LINE = 15
"""Height of a line of text, in points."""
_FORMS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "bold": {"bold": True},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"},
    "over_figures": {
        "bold": True,
        "bottom": 1,
        "text_wrap": True,
        "valign": "bottom",
        "align": "right",
    },
    "wrapped": {"text_wrap": True, "valign": "top"},
    "text": {"valign": "top"},
    "count": {"num_format": "#,##0"},
    "share": {"num_format": "0.0%"},
    "hours": {"num_format": "#,##0.0"},
    "moment": {"num_format": "yyyy-mm-dd hh:mm"},
}


def as_xlsx(recap: Recap, called: Called, coverage: Iterable[str]) -> bytes:
    """Return the workbook; `coverage` holds the lines that say what was watched."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties(
        {
            "title": f"Rekap {recap.period.name}",
            "author": recap.city,
            "created": recap.as_of.astimezone(UTC).replace(tzinfo=None),
        }
    )
    made = _Workbook(book, recap, called)
    made.summary()
    for group in SHEETS:
        made.group(group)
    made.longest()
    made.method(coverage)
    book.close()
    return buffer.getvalue()


class _Workbook:
    """The sheets under way."""

    def __init__(self, book: Any, recap: Recap, called: Called) -> None:
        self._book, self._recap, self._called = book, recap, called
        self._form = {name: book.add_format(form) for name, form in _FORMS.items()}
        # The total stands under its table, set off from it.
        self._last = {
            name: book.add_format({**_FORMS[name], "bold": True, "top": 1})
            for name in ("text", "count", "share", "hours")
        }

    def summary(self) -> None:
        """Write the sheet that is read first: sentences, totals beside the period before."""
        recap, sheet = self._recap, self._sheet("Ringkasan")
        sheet.set_column(0, 0, 44)
        sheet.set_column(1, 3, 26)
        self._text(sheet, 0, 0, f"Rekap aduan warga {recap.city}", "title")
        self._text(sheet, 1, 0, recap.period.name, "bold")
        self._text(sheet, 2, 0, f"Keadaan pada {moment(recap.as_of, recap.zone)}")
        at = 4
        for sentence in narrative(recap, self._called):
            sheet.merge_range(at, 0, at, 3, "", self._form["wrapped"])
            self._text(sheet, at, 0, sentence, "wrapped")
            sheet.set_row(at, _LINE * (1 + len(sentence) // 120))
            at += 1
        before = recap.before
        names = ("Angka", recap.period.name, before.period.past_name, "Selisih")
        at = self._head(sheet, at + 1, names, lines=2)
        for figure in FIGURES:
            unit = " (jam)" if figure.kind == "hours" else ""
            self._text(sheet, at, 0, figure.caption + unit)
            now, then = figure.cell(recap.tables.total), figure.cell(before.total)
            self._figure(sheet, at, 1, figure, now)
            self._figure(sheet, at, 2, figure, then)
            apart = None if now is None or then is None else now - then
            self._figure(sheet, at, 3, figure, apart)
            at += 1
        at = self._head(sheet, at + 1, ("Isi jawaban pertama", "Jumlah"))
        for kind, count in recap.tables.first_answers:
            self._text(sheet, at, 0, self._called(kind, "kind") if kind else NOT_JUDGED)
            sheet.write_number(at, 1, count, self._form["count"])
            at += 1
        at = self._head(sheet, at + 1, ("Diterima menurut waktu", "Diterima", "Dijawab"))
        for one in recap.tables.stretches:
            days = day(one.first, recap.zone)
            if one.last > one.first:
                days = f"{days} sampai {day(one.last, recap.zone)}"
            self._text(sheet, at, 0, days)
            sheet.write_number(at, 1, one.received, self._form["count"])
            sheet.write_number(at, 2, one.answered, self._form["count"])
            at += 1

    def group(self, group: str) -> None:
        """Write one row for each group, and the total under them."""
        name, caption, nameless = SHEETS[group]
        rows = self._recap.tables.groups[group]
        sheet = self._sheet(name)
        sheet.set_column(0, 0, 36)
        sheet.set_column(1, len(FIGURES), 11)
        captions = [
            f"{one.caption} (jam)" if one.kind == "hours" else one.caption for one in FIGURES
        ]
        self._head(sheet, 0, (caption, *captions), lines=5)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        for at, row in enumerate(rows, start=1):
            self._text(sheet, at, 0, self._called(row.key, group) if row.key else nameless)
            self._row(sheet, at, row)
        # The filter ends above the total: sorting leaves it where it is.
        sheet.autofilter(0, 0, max(len(rows), 1), len(FIGURES))
        end = max(len(rows), 1) + 1
        sheet.write_string(end, 0, "Jumlah", self._last["text"])
        self._row(sheet, end, self._recap.tables.total, last=True)

    def longest(self) -> None:
        """Write those that wait longest, by number alone."""
        recap, sheet = self._recap, self._sheet("Terlama menunggu")
        for at, width in enumerate((10, 30, 36, 18, 14, 16)):
            sheet.set_column(at, at, width)
        names = ("Nomor", "OPD", "Sektor", "Ditulis", "Umur (hari)", "Lewat batas waktu")
        self._head(sheet, 0, names, texts=len(names))
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        found = recap.tables.longest
        for at, one in enumerate(found, start=1):
            opd, sector = names_of(one, self._called)
            sheet.write_number(at, 0, one.item_id, self._form["text"])
            self._text(sheet, at, 1, opd)
            self._text(sheet, at, 2, sector)
            local = one.posted_at.astimezone(recap.zone).replace(tzinfo=None)
            sheet.write_datetime(at, 3, local, self._form["moment"])
            sheet.write_number(at, 4, one.age.days, self._form["count"])
            self._text(sheet, at, 5, "ya" if one.overdue else "tidak")
        sheet.autofilter(0, 0, max(len(found), 1), 5)
        if recap.tables.hidden_waits:
            said = f"{recap.tables.hidden_waits} aduan yang dirahasiakan tidak disebut di sini."
            self._text(sheet, max(len(found), 1) + 2, 0, said)

    def method(self, coverage: Iterable[str]) -> None:
        """Write how it was counted, and what was watched."""
        sheet = self._sheet("Metode dan cakupan")
        sheet.set_column(0, 0, _TEXT_WIDTH)
        lines: list[tuple[str, str]] = [("Metode", "title")]
        lines += [(line, "wrapped") for line in method(self._recap)]
        lines += [("", "text"), ("Cakupan", "title")]
        lines += [(line, "wrapped") for line in coverage]
        for at, (line, form) in enumerate(lines):
            self._text(sheet, at, 0, line, form)

    def _sheet(self, name: str) -> Any:
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(_LANDSCAPE_A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.set_footer("&L&A&RHalaman &P dari &N")
        return sheet

    def _head(
        self, sheet: Any, at: int, captions: Sequence[str], *, texts: int = 1, lines: int = 1
    ) -> int:
        """Write captions, those behind the first `texts` above figures; return the next row."""
        sheet.set_row(at, _LINE * lines)  # not every reader makes room for what is wrapped
        for column, caption in enumerate(captions):
            form = "head" if column < texts else "over_figures"
            self._text(sheet, at, column, caption, form)
        return at + 1

    def _row(self, sheet: Any, at: int, row: Row, *, last: bool = False) -> None:
        for column, figure in enumerate(FIGURES, start=1):
            self._figure(sheet, at, column, figure, figure.cell(row), last=last)

    def _figure(
        self, sheet: Any, at: int, column: int, figure: Figure, value: float | None,
        *, last: bool = False,
    ) -> None:  # fmt: skip
        form = (self._last if last else self._form)[figure.kind]
        if value is None:
            sheet.write_blank(at, column, None, form)
        else:
            sheet.write_number(at, column, value, form)

    def _text(self, sheet: Any, at: int, column: int, text: str, form: str = "text") -> None:
        """Write a text as a text, whatever it begins with."""
        sheet.write_string(at, column, clean(text), self._form[form])


def names_of(one: LongWait, called: Called) -> tuple[str, str]:
    """Return what OPD and sector of an item that waits are called; of a sensitive one neither."""
    if one.sensitive:
        return "(aduan peka)", "(aduan peka)"
    return (
        called(one.opd, "opd") if one.opd else SHEETS["opd"][2],
        called(one.sector, "sector") if one.sector else SHEETS["sector"][2],
    )
