"""Rows from one database into another, and what a database holds in counts and digests.

Which tables there are, their columns, keys and order is read from the schema itself, so that no
step of it can be forgotten here. The full-text index is not copied: it is built again from what it
indexes, and each database keeps its own.
"""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache

from sqlite_utils import Database

from tanggap.backup import Progress, TableContent
from tanggap.errors import SchemaMismatch, StoreError
from tanggap.store import schema
from tanggap.store.codec import Row
from tanggap.store.database import Transaction, Value
from tanggap.store.steps import STEPS

CHUNK = 500
"""Rows that are in memory at once; a mention with its raw text may have many kilobytes."""
_LARGE = {"model_bytes": 1, "models": 20, "plots": 20, "reports": 20}
"""Rows in memory at once of tables with far longer ones."""
_OF_THE_INDEX = ("reindex",)
_ROWS_LEFT_OUT = {"meta": "key <> 'indexed_to'"}
"""How far the full-text index has come; of another database that says nothing."""
_NAMES_SHOWN, _NAME_SHOWN = 3, 40
"""Of tables that somebody else made: how many are named, and how many letters of each."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as the schema makes it."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    parents: frozenset[str]
    numbered: bool
    """Whether the database gives out its ids."""


def shapes() -> tuple[Shape, ...]:
    """Return all tables of this program's schema, each behind those that it refers to."""
    return shapes_after(tuple(step.name for step in STEPS))


@cache
def shapes_after(steps: tuple[str, ...]) -> tuple[Shape, ...]:
    """Return the tables that the first steps make, as an older Tanggap had them.

    Raise StoreError when `steps` are not the first ones.
    """
    with closing(sqlite3.connect(":memory:")) as connection:
        schema.apply_first(Database(connection, execute_plugins=False), steps)
        return tuple(_in_order(_found(connection)))


def check_shapes(connection: sqlite3.Connection, tables: Sequence[Shape]) -> None:
    """Raise SchemaMismatch unless a SQLite database has just these `tables`; it may be any file."""
    found, made = _found(connection), {shape.name: shape for shape in tables}
    wrong = sorted(name for name in {**found, **made} if found.get(name) != made.get(name))
    if wrong:
        told = ", ".join(repr(name[:_NAME_SHOWN]) for name in wrong[:_NAMES_SHOWN])
        raise SchemaMismatch(
            f"tabelnya lain dari yang dibuat Tanggap ({told}); tabel tambahan harus berada di "
            "basis data tersendiri"
        )


def _found(connection: sqlite3.Connection) -> dict[str, Shape]:
    """Return the tables that are copied as a SQLite database has them, by name, in no order."""
    found = {
        name: _shape(connection, name)
        for name, kind in connection.execute(
            "SELECT name, type FROM pragma_table_list ORDER BY name"
        ).fetchall()
        if kind == "table" and not name.startswith(("sqlite_", "_sqlite_"))
    }
    for name in _OF_THE_INDEX:
        found.pop(name, None)
    return found


def _shape(connection: sqlite3.Connection, name: str) -> Shape:
    columns = connection.execute(
        "SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid", (name,)
    ).fetchall()
    key = [(position, column) for column, _, position in columns if position]
    parents = connection.execute('SELECT "table" FROM pragma_foreign_key_list(?)', (name,))
    types = {column: kind for column, kind, _ in columns}
    return Shape(
        name=name,
        columns=tuple(types),
        key=tuple(column for _, column in sorted(key)),
        parents=frozenset(row[0] for row in parents),
        numbered=[column for _, column in key] == ["id"] and types["id"] == "INTEGER",
    )


def _in_order(found: Mapping[str, Shape]) -> Iterator[Shape]:
    waiting = dict(found)
    while waiting:
        ready = [name for name, shape in waiting.items() if not shape.parents & waiting.keys()]
        assert ready, "tables refer to each other in a circle"  # noqa: S101 - our own schema
        for name in ready:
            yield waiting.pop(name)


def contents(
    conn: Transaction, progress: Progress, tables: Sequence[Shape]
) -> dict[str, TableContent]:
    """Return rows and digest of every table, the same on either database for the same rows."""
    return {shape.name: _content(_chunks(conn, shape), shape, progress) for shape in tables}


def filled(conn: Transaction, tables: Sequence[Shape]) -> dict[str, int]:
    """Return how many rows there are in each table that has any."""
    found = {}
    for shape in tables:
        kept = _ROWS_LEFT_OUT.get(shape.name, "1 = 1")
        rows = conn.execute(f'SELECT count(*) AS rows FROM "{shape.name}" WHERE {kept}').fetchone()
        found[shape.name] = int(rows["rows"])
    return {name: rows for name, rows in found.items() if rows}


def copy_rows(
    source: Transaction, target: Transaction, progress: Progress, tables: Sequence[Shape]
) -> dict[str, TableContent]:
    """Copy all `tables` into those of `target`, which must be empty; return what was read.

    Ids are kept, and `target` gives out none that `source` ever gave out.
    """
    read = {}
    for shape in tables:
        read[shape.name] = _content(_written(source, target, shape), shape, progress)
        if shape.numbered:
            target.keep_ids_above(shape.name, source.last_id(shape.name))
    return read


def check_same(expected: Mapping[str, TableContent], found: Mapping[str, TableContent]) -> None:
    """Raise StoreError naming the tables whose rows differ."""
    wrong = [name for name in {**expected, **found} if expected.get(name) != found.get(name)]
    if wrong:
        raise StoreError(f"salinan tidak sama dengan aslinya (tabel {', '.join(wrong)})")


def _written(source: Transaction, target: Transaction, shape: Shape) -> Iterator[Sequence[Row]]:
    names = ", ".join(f'"{column}"' for column in shape.columns)
    places = ", ".join("?" * len(shape.columns))
    insert = f'INSERT INTO "{shape.name}" ({names}) VALUES ({places})'
    for rows in _chunks(source, shape):
        target.executemany(insert, [_values(row, shape.columns) for row in rows])
        yield rows


def _content(chunks: Iterator[Sequence[Row]], shape: Shape, progress: Progress) -> TableContent:
    seen, count = hashlib.sha256(), 0
    for rows in chunks:
        for row in rows:
            line = json.dumps(_values(row, shape.columns), ensure_ascii=False)
            seen.update(line.encode() + b"\n")
        count += len(rows)
        progress(shape.name, count)
    return TableContent(count, seen.hexdigest())


def _chunks(conn: Transaction, shape: Shape) -> Iterator[Sequence[Row]]:
    """Yield the rows in the order of their key, some at a time, so that memory stays small."""
    columns = ", ".join(f'"{column}"' for column in shape.columns)
    key = ", ".join(f'"{column}"' for column in shape.key)
    places = ", ".join("?" * len(shape.key))
    kept = _ROWS_LEFT_OUT.get(shape.name, "1 = 1")
    first = f'SELECT {columns} FROM "{shape.name}" WHERE {kept}'
    at_once = _LARGE.get(shape.name, CHUNK)
    order = f"ORDER BY {key} LIMIT {at_once}"
    rows = conn.execute(f"{first} {order}").fetchall()
    while rows:
        yield rows
        if len(rows) < at_once:
            return
        after = _values(rows[-1], shape.key)
        rows = conn.execute(f"{first} AND ({key}) > ({places}) {order}", after).fetchall()


def _values(row: Row, columns: Sequence[str]) -> list[Value]:
    return [row[column] for column in columns]
