"""Items as a file: the same columns and the same rows as CSV, XLSX or JSON.

What citizens wrote is masked (`tanggap.personal`), and no cell can act as a formula. Moments are
UTC text in CSV and JSON, and real dates in the city's zone in XLSX.
"""

import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from tanggap.clock import from_text, to_text
from tanggap.csv_file import safe_csv
from tanggap.language import gettext as _
from tanggap.personal import mask
from tanggap.store.rows import Item
from tanggap.untrusted import clean

Form = Literal["csv", "xlsx", "json"]
CellKind = Literal["text", "number", "share", "yes_no", "moment"]

CELL_AT_MOST = 32_767
"""Characters of one cell of a spreadsheet (Excel specifications and limits, 2026)."""
STEERING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON leaves unescaped although it can steer a terminal or turn the reading direction."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `name` in CSV and JSON, `caption` in XLSX; `width` in characters."""

    name: str
    caption: str
    kind: CellKind = "text"
    width: int = 14


COLUMNS = (
    Column("id", "Nomor", "number", 8),
    Column("tab", "Daftar"),
    Column("status", "Status"),
    Column("opd", "OPD"),
    Column("supporting", "Pendukung"),
    Column("jenis", "Jenis", width=18),
    Column("sector", "Sektor", width=22),
    Column("confidence", "Keyakinan", "share", 10),
    Column("kecamatan", "Kecamatan", width=18),
    Column("urgent", "Mendesak", "yes_no", 10),
    Column("sensitive", "Sensitif", "yes_no", 10),
    Column("network", "Jaringan"),
    Column("posted_at", "Ditulis", "moment", 17),
    Column("seen_at", "Diambil", "moment", 17),
    Column("answered_at", "Dijawab", "moment", 17),
    Column("author", "Penulis", width=20),
    Column("text", "Isi", width=70),
    Column("permalink", "Tautan", width=40),
    Column("rule", "Alasan", width=18),
    Column("decided_by", "Diputuskan"),
    Column("confidential", "Rahasia", "yes_no", 10),
)
NAMES = tuple(column.name for column in COLUMNS)
Words = Callable[[str], str]
"""What becomes of a text before it leaves: `mask`, or `str` where somebody asked for all of it."""


Called = Callable[[str, str], str]
"""What the value (first) of a column (second, its `name`) is called."""


def as_row(item: Item, words_of: Words = mask) -> dict[str, Any]:
    """Return an item as plain values by the names of `COLUMNS`, its text and reason masked.

    A reason may quote words of citizens (learnt corrections).
    """
    mention = item.mention
    values = (
        item.id, item.tab, item.status, item.opd, " ".join(item.supporting), item.jenis,
        item.sector, item.sector_confidence, item.kecamatan, item.urgent, item.sensitive,
        mention.network, to_text(mention.posted_at), to_text(mention.seen_at),
        to_text(item.answered_at) if item.answered_at else None, mention.author_handle,
        words_of(mention.text), mention.permalink, words_of(item.rule), item.decided_by,
        item.confidential,
    )  # fmt: skip
    return dict(zip(NAMES, values, strict=True))


def as_csv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows as CSV that is safe to open in a spreadsheet."""
    return safe_csv(NAMES, rows).encode()


def json_line(row: Mapping[str, Any]) -> str:
    """Return a row as one line of JSON that steers no terminal."""
    text = json.dumps(row, ensure_ascii=False)
    return STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def as_json_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows as JSON lines."""
    return "".join(f"{json_line(row)}\n" for row in rows).encode()


def as_json(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows as one JSON list, a row a line."""
    return ("[" + ",\n".join(json_line(row) for row in rows) + "]\n").encode()


def as_xlsx(
    rows: Iterable[Mapping[str, Any]], zone: ZoneInfo, made_at: datetime, called: Called
) -> bytes:
    """Return rows as a workbook of one sheet with typed cells, moments in `zone`.

    What stands in it is read by people: values are `called` as they are on the desk, where CSV and
    JSON, read by programs, have ids.
    Texts are written as texts whatever they begin with: no formula, no link. What a cell cannot
    hold (`CELL_AT_MOST`) is cut with "…". The same rows and `made_at` give the same bytes.
    """
    import xlsxwriter  # here: it costs every other command of the terminal a tenth of a second

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"constant_memory": True, "in_memory": True})
    title = _("Aduan")
    book.set_properties({"title": title, "created": made_at.astimezone(UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet(title)
    bold = book.add_format({"bold": True, "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    plain = book.add_format({"valign": "top"})
    share = book.add_format({"num_format": "0%", "valign": "top"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"})
    sheet.freeze_panes(1, 1)
    for at, column in enumerate(COLUMNS):
        sheet.set_column(at, at, column.width)
        sheet.write_string(0, at, _(column.caption), bold)
    last = 0
    for last, row in enumerate(rows, start=1):
        for at, column in enumerate(COLUMNS):
            value = row[column.name]
            if value is None:
                continue
            if column.kind == "number":
                sheet.write_number(last, at, value, plain)
            elif column.kind == "share":
                sheet.write_number(last, at, value, share)
            elif column.kind == "yes_no":
                # LibreOffice turns a truth value into the formula =TRUE().
                sheet.write_string(last, at, _("ya") if value else _("tidak"), plain)
            elif column.kind == "moment":
                local = from_text(value).astimezone(zone).replace(tzinfo=None)
                sheet.write_datetime(last, at, local, moment)
            else:
                said = _cell(called(value, column.name))
                sheet.write_string(last, at, said, wrapped if column.name == "text" else plain)
    sheet.autofilter(0, 0, max(last, 1), len(COLUMNS) - 1)
    book.close()
    return buffer.getvalue()


def _cell(text: str) -> str:
    text = clean(text)
    return text if len(text) <= CELL_AT_MOST else text[: CELL_AT_MOST - 1] + "…"
