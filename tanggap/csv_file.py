"""CSV files that people hand in and open: read whole or refused in one clear line, written safe."""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tanggap.errors import InputError
from tanggap.near_words import near
from tanggap.reasons import reason

MAX_FIELD = 1_000_000

# Where a spreadsheet may begin a cell inside a text (`;` where the comma is the decimal sign, as
# in Indonesia; tabs; lines), with what it skips before a formula: spaces, controls, quotes. A
# match starts where such a run starts, or a long run would be searched from each of its places.
_BREAKS = frozenset(";\t\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_RUN = r"\s;\"\x00-\x1f\x7f-\x9f\ufeff"
_SIGN = re.compile(rf"(?<![{_RUN}])([{_RUN}]*+)([=+\-@\uff1d\uff0b\uff0d\uff20])")


def read_csv(
    path: Path,
    *,
    required: Collection[str],
    known: Collection[str] | None = None,
    warn: Callable[[str], None] | None = None,
) -> list[dict[str, str]]:
    """Return the rows as dicts of stripped texts; empty cells are empty strings.

    Separator `,` or `;`, UTF-8 with or without BOM. Raise InputError naming file, line and
    remedy when a required column is missing, a row has more cells than the header, or the file
    cannot be read. With `known` given, columns outside `required` and `known` are left out and
    `warn` is told their names in one line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as exc:
        raise InputError(f"{path}: tidak dapat dibaca ({reason(exc)})") from exc
    except UnicodeDecodeError as exc:
        line = exc.object[: exc.start].count(b"\n") + 1
        raise InputError(
            f"{path}: baris {line} bukan UTF-8; simpan ulang sebagai CSV UTF-8"
        ) from exc
    if not text.strip():
        raise InputError(f"{path}: berkas kosong; baris pertama harus nama kolom")
    header_line = text.lstrip().splitlines()[0]
    delimiter = ";" if header_line.count(";") > header_line.count(",") else ","
    csv.field_size_limit(MAX_FIELD)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[dict[str, str]] = []
    try:
        columns = [name.strip() for name in reader.fieldnames or []]
        for name in required:
            if name not in columns:
                found = near(name, columns, likeness=0.5)
                hint = f"; mungkin `{found}` maksudnya `{name}`" if found else ""
                raise InputError(
                    f"{path}: kolom `{name}` tidak ada (ada: {', '.join(columns)}){hint}"
                )
        if len(set(columns)) != len(columns):
            raise InputError(f"{path}: ada nama kolom yang ditulis dua kali")
        reader.fieldnames = columns
        for row in reader:
            if None in row:
                raise InputError(
                    f"{path}: baris {reader.line_num} punya lebih banyak sel daripada judul "
                    "kolom; periksa tanda kutip dan pemisah"
                )
            rows.append({key: (value or "").strip() for key, value in row.items()})
    except csv.Error as exc:
        raise InputError(
            f"{path}: baris {reader.line_num} bukan CSV yang sah ({exc}); periksa tanda kutip"
        ) from exc
    if not rows:
        raise InputError(f"{path}: hanya judul kolom, tidak ada baris")
    if known is None:
        return rows
    kept = list(dict.fromkeys((*required, *known)))
    ignored = [name for name in columns if name not in kept]
    if ignored and warn:
        warn(
            f"{path}: kolom yang diabaikan: {', '.join(ignored)} (yang dikenal: {', '.join(kept)})"
        )
    return [{key: value for key, value in row.items() if key in kept} for row in rows]


def safe_csv(
    columns: Sequence[str], rows: Iterable[Mapping[str, Any]], notes: Sequence[str] = ()
) -> str:
    """Return rows as CSV text (`,`, UTF-8 with BOM) in which no text can act as a formula.

    `notes` stand above, a line each, with an empty line between them and the columns.

    A text gets a `'` before a formula sign that would begin a cell, also where a spreadsheet
    splits at `;` or tab (CWE-1236, https://owasp.org/www-community/attacks/CSV_Injection, 2026).
    Values that are no text, such as numbers, are written as they are.
    """
    buffer = io.StringIO()
    buffer.write("\ufeff")  # spreadsheets take the file for UTF-8 only with it
    if notes:
        csv.writer(buffer).writerows([*([_inert(note)] for note in notes), []])
    writer = csv.DictWriter(buffer, columns)
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {key: _inert(value) if isinstance(value, str) else value for key, value in row.items()}
        )
    return buffer.getvalue()


def _inert(text: str) -> str:
    def guarded(match: re.Match[str]) -> str:
        run, sign = match.groups()
        begins_a_cell = match.start() == 0 or not _BREAKS.isdisjoint(run)
        return f"{run}'{sign}" if begins_a_cell else match[0]

    inert = _SIGN.sub(guarded, text)
    return "'" + inert if inert.startswith(("\t", "\r", "\n")) else inert
