"""A table as a file: a workbook with typed cells, or CSV that people open. No cell is a formula."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from tanggap.csv_file import safe_csv
from tanggap.language import gettext as _
from tanggap.untrusted import clean

CellKind = Literal["text", "number", "share", "hours", "yes_no", "moment"]
"""What stands in a cell: a text; a number; a share, 0 to 1; minutes, shown as hours; a truth
value; an aware moment, shown in the city's zone."""

CELL_AT_MOST = 32_767
"""Characters of one cell of a spreadsheet (Excel specifications and limits, 2026)."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `name` for programs, `caption` (Indonesian) for people; `width` in characters."""

    name: str
    caption: str
    kind: CellKind = "text"
    width: int = 14
    wrapped: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table for people. A row holds a value for each column; None is an empty cell."""

    title: str
    """In the language of the reader, at most 31 characters: a sheet is called so."""
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    unknown: str = ""
    """What stands in the cells of None."""
    notes: Sequence[str] = ()
    """What the table is of, a line each: above it, and apart by an empty line."""


def as_csv(table: Table, zone: ZoneInfo) -> str:
    """Return a table as CSV with the captions of the screen, in the language of the reader.

    Numbers are plain ones with a point; hours and shares keep four places.
    """
    captions = [_(column.caption) for column in table.columns]
    rows = (dict(zip(captions, _plain(table, row, zone), strict=True)) for row in table.rows)
    return safe_csv(captions, rows, table.notes)


def as_xlsx(table: Table, zone: ZoneInfo, made_at: datetime) -> bytes:
    """Return a table as a workbook of one sheet with typed cells, moments in `zone`.

    Texts are written as texts whatever they begin with: no formula, no link. What a cell cannot
    hold (`CELL_AT_MOST`) is cut with "…". The same table and `made_at` give the same bytes.
    """
    import xlsxwriter  # here: it costs every other command of the terminal a tenth of a second

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"constant_memory": True, "in_memory": True})
    book.set_properties(
        {"title": table.title, "created": made_at.astimezone(UTC).replace(tzinfo=None)}
    )
    sheet = book.add_worksheet(table.title)
    bold = book.add_format({"bold": True, "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    plain = book.add_format({"valign": "top"})
    unknown = book.add_format({"valign": "top", "align": "right"})
    forms = {
        "share": book.add_format({"num_format": "0%", "valign": "top"}),
        "hours": book.add_format({"num_format": "0.0", "valign": "top"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"}),
    }
    for at, note in enumerate(table.notes):
        sheet.write_string(at, 0, _cell(note))
    head = len(table.notes) + 1 if table.notes else 0
    sheet.freeze_panes(head + 1, 1)
    for at, column in enumerate(table.columns):
        sheet.set_column(at, at, column.width)
        sheet.write_string(head, at, _(column.caption), bold)
    last = head
    for last, row in enumerate(table.rows, start=head + 1):
        for at, (column, value) in enumerate(zip(table.columns, row, strict=True)):
            form = forms.get(column.kind, wrapped if column.wrapped else plain)
            if value is None:
                if table.unknown:
                    sheet.write_string(last, at, table.unknown, unknown)
                continue
            if column.kind in ("number", "share"):
                sheet.write_number(last, at, value, form)
            elif column.kind == "hours":
                sheet.write_number(last, at, value / 60, form)
            elif column.kind == "yes_no":
                # LibreOffice turns a truth value into the formula =TRUE().
                sheet.write_string(last, at, _said(value), form)
            elif column.kind == "moment":
                sheet.write_datetime(last, at, _local(value, zone), form)
            else:
                sheet.write_string(last, at, _cell(value), form)
    sheet.autofilter(head, 0, max(last, head + 1), len(table.columns) - 1)
    book.close()
    return buffer.getvalue()


def _plain(table: Table, row: Sequence[Any], zone: ZoneInfo) -> list[Any]:
    """Return the values of a row as CSV holds them."""
    return [
        table.unknown or None if value is None else _plain_value(column.kind, value, zone)
        for column, value in zip(table.columns, row, strict=True)
    ]


def _plain_value(kind: CellKind, value: Any, zone: ZoneInfo) -> Any:
    if kind == "share":
        return round(value, 4)
    if kind == "hours":
        return round(value / 60, 4)
    if kind == "yes_no":
        return _said(value)
    if kind == "moment":
        return f"{_local(value, zone):%Y-%m-%d %H:%M}"
    return value


def _said(value: object) -> str:
    return _("ya") if value else _("tidak")


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _cell(text: str) -> str:
    text = clean(text)
    return text if len(text) <= CELL_AT_MOST else text[: CELL_AT_MOST - 1] + "…"
