"""Items as a file: the same columns and the same rows as CSV, XLSX or JSON.

What citizens wrote is masked (`tanggap.personal`), and no cell can act as a formula. Moments are
UTC text in CSV and JSON, and real dates in the city's zone in XLSX.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from tanggap import sheet
from tanggap.clock import from_text, to_text
from tanggap.csv_file import safe_csv
from tanggap.language import gettext as _
from tanggap.personal import mask
from tanggap.sheet import CELL_AT_MOST as CELL_AT_MOST  # part of what an export promises
from tanggap.sheet import Column
from tanggap.store.rows import Item

Form = Literal["csv", "xlsx", "json"]

STEERING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON leaves unescaped although it can steer a terminal or turn the reading direction."""


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
    Column("text", "Isi", width=70, wrapped=True),
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
    """
    values = ([_value(column, row[column.name], called) for column in COLUMNS] for row in rows)
    return sheet.as_xlsx(sheet.Table(_("Aduan"), COLUMNS, values), zone, made_at)


def _value(column: Column, value: Any, called: Called) -> Any:
    if value is None:
        return None
    if column.kind == "moment":
        return from_text(value)
    return called(value, column.name) if column.kind == "text" else value
