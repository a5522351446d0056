"""What tests of backups share: a store with something in every table, and a busy writer.

    python tests/backup_support.py WHERE SEED

writes pages into a store until it is ended, and prints each number once it is committed.
"""

import gzip
import hashlib
import itertools
import json
import os
import random
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from sqlite3 import Row, connect
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

# ruff: noqa: S608 - the tests put their own statements together.

sys.path.insert(0, str(Path(__file__).parent))

from daemon_support import unmeasured
from store_support import ANSWER, CONTEXT, QUEUE, TRIAGE, act, answer, at, mention, put, the_item

from tanggap.backup import Bytes, Manifest, TableContent, carry_on, pack
from tanggap.clock import to_text
from tanggap.store import Store, check_snapshot, copying, open_store
from tanggap.store.events import append, open_chain
from tanggap.store.sql_store import SqlStore

KEY = "kunci-cadangan-0123456789abcdef"
CITY = "Kota Contoh"
AWKWARD = ("", "? :name %s %% $1", "'\"\\", "baris\nbaru\ttab", "😀 jalan é é", "\u200fعربي")


def fill(store: Store, count: int = 12, first: int = 0) -> None:
    """Give a store mentions of all routes, answers, acts of persons, accounts and a session."""
    routes = (QUEUE, TRIAGE, CONTEXT)
    ids = [f"{number:06d}" for number in range(first, first + count)]
    put(store, *((mention(one, f"jalan rusak {one}"), routes[int(one) % 3]) for one in ids))
    put(store, (mention(ids[0], "jalan rusak sekali", revision="9999999"), QUEUE))
    if first == 0:
        put(store, (answer("900001", "000000"), ANSWER))
        act(store, the_item(store, "000000"), "agree")
        store.add_user("ketua", "supervisor", (), "argon2-hash", at(0))
        store.open_session("digest", "ketua", "argon2-hash", at(0), at(7200))
        store.hold("meta", at(600), "rate_limited", at(0))
        store.raise_alarm("model", "rusak", at(0))
    while store.index_text(500):
        pass


def new_database(where: str | Path, rows: int = 0) -> None:
    """Make a database with the schema and so many mentions in it."""
    with closing(open_store(where)) as store:
        store.migrate()
        if rows:
            fill(store, rows)


def a_place(kind: str, request: pytest.FixtureRequest, file: Path) -> str:
    """Return where no row is yet: the URL of a file that is not there, or of an empty server."""
    if kind == "sqlite":
        return f"sqlite:{file}"
    url = request.getfixturevalue("migrated_postgres_url")
    assert isinstance(url, str)
    return url


# --- what stands in a database, past the program ------------------------------------------------

NOT_COPIED = ("reindex", "search", "migrations")
"""Tables of the full-text index (`search` and all that begin so) and of the schema's steps."""
Rows = dict[str, list[dict[str, Any]]]


def rows_in(where: str | Path) -> Rows:
    """Return every row of every table, by plain SQL: no line of the program takes part.

    Not the full-text index, which is built anew, and how far it has come.
    """
    tables = {name: asked(where, f'SELECT * FROM "{name}"') for name in _tables(where)}
    tables["meta"] = [row for row in tables["meta"] if row["key"] != "indexed_to"]
    return {name: sorted(rows, key=_in_order) for name, rows in tables.items()}


def asked(where: str | Path, sql: str) -> list[dict[str, Any]]:
    """Return what a query finds, each row by its columns' names."""
    if str(where).startswith("postgresql:"):
        with psycopg.connect(str(where), row_factory=dict_row) as server:
            return server.execute(sql.encode()).fetchall()
    path = str(where).removeprefix("sqlite:")
    with closing(connect(f"file:{path}?mode=ro", uri=True)) as db:
        db.row_factory = Row
        return [dict(row) for row in db.execute(sql)]


def change_by_hand(where: str, sql: str) -> None:
    """Change a database by SQL that the program would not run."""
    if where.startswith("postgresql:"):
        with psycopg.connect(where) as server:
            server.execute(sql.encode())
    else:
        with closing(connect(where.removeprefix("sqlite:"))) as db:
            db.execute(sql)


def _tables(where: str | Path) -> list[str]:
    if str(where).startswith("postgresql:"):
        listed = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = "
        found = asked(where, f"{listed} 'public' AND table_type = 'BASE TABLE'")
    else:
        found = asked(where, "SELECT name FROM sqlite_master WHERE type = 'table'")
    names = [row["name"] for row in found]
    return sorted(
        name for name in names if not name.startswith(("sqlite_", "_sqlite_", *NOT_COPIED))
    )


def _in_order(row: dict[str, Any]) -> str:
    return json.dumps(row, sort_keys=True)


def digests(path: Path) -> dict[str, TableContent]:
    """Return rows and digest of each table of an SQLite file, as the format says: a line of JSON
    for each row, in the order of the key.
    """
    found = {}
    for name in _tables(path):
        columns = asked(path, f"PRAGMA table_info({name})")
        key = sorted((column["pk"], column["name"]) for column in columns if column["pk"])
        kept = "WHERE key <> 'indexed_to'" if name == "meta" else ""
        order = ", ".join(f'"{column}"' for _, column in key)
        rows = asked(path, f'SELECT * FROM "{name}" {kept} ORDER BY {order}')
        lines = [json.dumps(list(row.values()), ensure_ascii=False) + "\n" for row in rows]
        digest = hashlib.sha256("".join(lines).encode()).hexdigest()
        found[name] = TableContent(len(rows), digest)
    return found


def without_the_moment(before: Rows, due_at: datetime) -> Rows:
    """Return what a restore makes of rows: what held only for the moment of the backup is gone."""
    free = {"lease_owner": None, "lease_until": None, "next_poll_at": to_text(due_at)}
    gone = ("sessions", "login_steps", "daemons", "reservations", "checkouts", "undoable")
    after = {**before, **{name: [] for name in gone}}
    after["sources"] = sorted(({**row, **free} for row in before["sources"]), key=_in_order)
    return after


def assert_restored(where: str | Path, before: Rows, due_at: datetime) -> None:
    """Fail unless a database is what a restore makes of a backup with those rows.

    The counters of changes, by which pages see that something moved, may have gone on.
    """
    found, expected = rows_in(where), without_the_moment(before, due_at)
    counted = {row["opd"]: row["count"] for row in found.pop("changes")}
    for row in expected.pop("changes"):
        assert counted[row["opd"]] >= row["count"]
    assert found == expected


def database_in(backup: Path, to: Path) -> Path:
    """Unpack the database of a backup as any system's own tools would; return where it lies."""
    with tarfile.open(backup) as tar:
        member = tar.extractfile("tanggap.db.gz")
        assert member is not None
        to.write_bytes(gzip.decompress(member.read()))
    return to


# --- made up content ----------------------------------------------------------------------------


def fill_every_table(store: Store, rows: int = 3) -> None:
    """Put rows into every table there is, made up from the schema: awkward texts, NULL, numbers."""
    assert isinstance(store, SqlStore)
    store.migrate()
    with closing(connect(":memory:")) as db:
        schema = _schema(db)
        with store._write() as conn:
            for shape in copying.shapes():
                if shape.name == "events":  # these are looked at: they hang together
                    chain = open_chain(conn)
                    made = [chain.add(n, at(n), f"?:a%s {n}", "routed", "") for n in range(rows)]
                    append(conn, chain, made)
                    conn.keep_ids_above(shape.name, rows)
                    continue
                for number in range(1, rows + 1):
                    row = [_value(schema, shape.name, name, number) for name in shape.columns]
                    names = ", ".join(f'"{name}"' for name in shape.columns)
                    places = ", ".join("?" * len(row))
                    conn.execute(f'INSERT INTO "{shape.name}" ({names}) VALUES ({places})', row)
                if shape.numbered:
                    conn.keep_ids_above(shape.name, rows + 40)


Columns = dict[str, dict[str, tuple[str, bool, tuple[str, str] | None]]]


def _schema(db: Any) -> Columns:
    """Return type, whether it may be NULL, and what it refers to, of each column of each table."""
    from sqlite_utils import Database

    from tanggap.store import schema

    schema.MIGRATIONS.apply(Database(db, execute_plugins=False))
    found: Columns = {}
    for shape in copying.shapes():
        refers = {
            row[3]: (row[2], row[4])
            for row in db.execute(f"PRAGMA foreign_key_list({shape.name})").fetchall()
        }
        found[shape.name] = {
            row[1]: (row[2], not row[3] and not row[5], refers.get(row[1]))
            for row in db.execute(f"PRAGMA table_info({shape.name})").fetchall()
        }
    return found


def _value(schema: Columns, table: str, column: str, number: int) -> str | int | float | None:
    kind, nullable, refers = schema[table][column]
    if refers is not None:
        return _value(schema, *refers, number)
    if nullable and number % 3 == 0:
        return None
    if kind == "INTEGER":
        return number
    if kind == "REAL":
        return (0.1 + 0.2) * 10 ** (number * 5)
    return f"{column} {number} {AWKWARD[(number + len(column)) % len(AWKWARD)]}"


def pack_database(database: Path, target: Path, key: str = "", **changes: Any) -> Manifest:
    """Make a backup of a file as it is, whatever it is; `changes` go into the manifest."""
    values: dict[str, Any] = {
        "made_at": at(0), "program": "0.1.0", "city": CITY, "origin": "sqlite",
        "steps": (), "tables": {},
    }  # fmt: skip
    if "tables" not in changes:
        found = check_snapshot(database, carry_on)
        values |= {"steps": found.steps, "tables": found.tables}

    def describe(unpacked: Bytes, packed: Bytes) -> Manifest:
        return Manifest(**{**values, "unpacked": unpacked, "packed": packed, **changes})

    target.touch()
    return pack(database, target, describe, key, carry_on)


def forged(backup: Path, target: Path, change: str, key: str = "") -> Path:
    """Change the database in a backup by SQL and make every digest of the file anew; return it.

    What somebody can do who writes into the folder of backups, and sees no key.
    """
    database = database_in(backup, target.with_suffix(".db"))
    with closing(connect(database, isolation_level=None)) as db:
        db.executescript(change)
    with tarfile.open(backup) as tar:
        described = tar.extractfile("manifest.json")
        assert described is not None
        steps = tuple(json.load(described)["steps"])
    pack_database(database, target, key, steps=steps, tables=digests(database))
    database.unlink()
    return target


@contextmanager
def writer(where: str, seed: int) -> Iterator["subprocess.Popen[str]"]:
    """Run a process that writes and prints what is committed, a number a line; it is killed."""
    process = subprocess.Popen(
        [sys.executable, __file__, where, str(seed)],
        stdout=subprocess.PIPE,
        text=True,
        env=unmeasured(),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def write_until_killed(where: str, seed: int) -> None:
    dice = random.Random(seed)
    store = open_store(where)
    store.migrate()
    for page in itertools.count():
        numbers = [page * 100 + one for one in range(dice.randint(1, 20))]
        routes = [dice.choice((QUEUE, TRIAGE, CONTEXT)) for _ in numbers]
        put(
            store,
            *(
                (mention(str(number), f"aduan {number}", raw=json.dumps({"n": [number] * 50})), one)
                for number, one in zip(numbers, routes, strict=True)
            ),
        )
        time.sleep(0.03)  # the machine is shared
        os.write(1, "".join(f"{number}\n" for number in numbers).encode())


if __name__ == "__main__":
    write_until_killed(sys.argv[1], int(sys.argv[2]))
