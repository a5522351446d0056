"""`tanggap queue export --datasette`: a copy that Datasette serves, without accounts of persons.

A file of its own, made anew each time: no author, no link to a post, not who decided; in its texts
the caller has hidden personal data and handles. Names in running text stay. Full text, and indexes
on what people narrow by.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from tanggap.disk_sync import sync_file
from tanggap.errors import InputError
from tanggap.reasons import reason

TABLE = "aduan"
LEFT_OUT = ("author", "permalink", "decided_by", "confidential")
"""Columns of the export that name a person; confidential items are not in it at all."""
NARROWED_BY = ("opd", "sector", "jenis", "status", "kecamatan", "network", "posted_at")


def write_datasette(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows of `tanggap.export` into a new SQLite file; return how many.

    Raise InputError when the file exists already (it may be a database in use) or cannot be
    written. Half a file is never left behind under its name.
    """
    if path.exists():
        raise InputError(f"{path}: sudah ada; sebut nama berkas baru, atau hapus dulu")
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        with closing(Database(part)) as db:
            count = _fill(db, rows)
        sync_file(part)
        part.replace(path)
    except OSError as exc:
        raise InputError(f"{path}: tidak dapat ditulis ({reason(exc)})") from exc
    except sqlite3.OperationalError as exc:  # no folder, no room, no right
        raise InputError(f"{path}: tidak dapat ditulis ({exc})") from exc
    return count


def _fill(db: Database, rows: Iterable[Mapping[str, Any]]) -> int:
    table = db.table(TABLE)
    table.create(
        {
            "id": int, "tab": str, "status": str, "opd": str, "supporting": str, "jenis": str,
            "sector": str, "confidence": float, "kecamatan": str, "urgent": int, "sensitive": int,
            "network": str, "posted_at": str, "seen_at": str, "answered_at": str, "text": str,
            "rule": str,
        },
        pk="id",
        strict=True,
    )  # fmt: skip
    table.insert_all(
        {key: value for key, value in row.items() if key not in LEFT_OUT} for row in rows
    )
    for column in NARROWED_BY:
        table.create_index([column])
    table.enable_fts(["text"], tokenize="unicode61 remove_diacritics 2")
    db.execute("PRAGMA optimize")
    return int(table.count)
