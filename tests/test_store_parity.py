"""The tables are the same on both databases, after each step of the schema."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import psycopg
import pytest
from postgres_support import Server
from psycopg.rows import dict_row
from sqlite_utils import Database

from tanggap.store import schema
from tanggap.store.placeholders import for_psycopg
from tanggap.store.steps import STEPS

NAMES = [step.name for step in STEPS]
TYPES = {"text": "TEXT", "bigint": "INTEGER", "double precision": "REAL"}


@dataclass
class Table:
    """A table in words that both databases share."""

    columns: list[tuple[str, str, bool, str | None]] = field(default_factory=list)
    """Name, type, whether it must have a value, default."""
    key: tuple[str, ...] = ()
    uniques: set[tuple[str, ...]] = field(default_factory=set)
    parents: set[tuple[str, str, str]] = field(default_factory=set)
    indexes: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    """Name to columns and condition."""
    numbered: bool = False


@pytest.fixture(scope="module")
def steps_on_both(postgres_server: Server) -> Iterator[dict[str, tuple[dict[str, Table], ...]]]:
    """Give the tables of SQLite and of PostgreSQL after each step."""
    url = postgres_server.create()
    found = {}
    with closing(sqlite3.connect(":memory:")) as db, psycopg.connect(url) as pg:
        database = Database(db, execute_plugins=False)
        for number, step in enumerate(STEPS):
            following = NAMES[number + 1] if number + 1 < len(NAMES) else None
            schema.MIGRATIONS.apply(database, stop_before=following)
            for statement in step.postgres:
                pg.execute(for_psycopg(statement), ())
            found[step.name] = (_of_sqlite(db), _of_postgres(pg))
    yield found
    postgres_server.drop(url)


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_are_alike_after_each_step(
    steps_on_both: dict[str, tuple[dict[str, Table], ...]], name: str
) -> None:
    sqlite_tables, postgres_tables = steps_on_both[name]
    assert len(sqlite_tables) >= 9
    assert sqlite_tables.keys() == postgres_tables.keys()
    for table, expected in sqlite_tables.items():
        assert postgres_tables[table] == expected, table


def test_every_text_compares_by_bytes_whatever_the_server_speaks(
    migrated_postgres_url: str,
) -> None:
    with psycopg.connect(migrated_postgres_url) as pg:
        other = pg.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type = 'text' "
            "AND collation_name IS DISTINCT FROM 'C'"
        ).fetchall()
        count = pg.execute(
            "SELECT count(*) FROM information_schema.columns "
            "WHERE table_schema = 'public' AND collation_name = 'C'"
        ).fetchone()
    assert other == []
    assert count is not None
    assert count[0] > 100


def _of_sqlite(db: sqlite3.Connection) -> dict[str, Table]:
    names = [
        name
        for name, kind in db.execute("SELECT name, type FROM pragma_table_list")
        if kind == "table" and not name.startswith(("sqlite_", "_sqlite_", "search"))
    ]
    tables = {}
    for name in sorted(names):
        table = tables[name] = Table()
        keys = []
        for column, kind, needed, default, place in db.execute(
            'SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)', (name,)
        ):
            table.columns.append((column, kind, bool(needed or place), _value(default)))
            keys += [(place, column)] * bool(place)
        table.key = tuple(column for _, column in sorted(keys))
        table.numbered = table.key == ("id",) and ("id", "INTEGER", True, None) in table.columns
        for parent, column, its in db.execute(
            'SELECT "table", "from", "to" FROM pragma_foreign_key_list(?)', (name,)
        ):
            table.parents.add((column, parent, its))
        for index, origin in db.execute("SELECT name, origin FROM pragma_index_list(?)", (name,)):
            columns = tuple(
                row[0]
                for row in db.execute(
                    "SELECT name FROM pragma_index_info(?) ORDER BY seqno", (index,)
                )
            )
            if origin == "u":
                table.uniques.add(columns)
            elif origin == "c":
                [(sql,)] = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (index,))
                on, _, where = sql.partition("WHERE")
                written = on[on.index("(") + 1 : on.rindex(")")].split(",")
                indexed = tuple(  # of an expression SQLite tells no name
                    column if column is not None else expression.strip()
                    for column, expression in zip(columns, written, strict=True)
                )
                table.indexes[index] = (indexed, " ".join(where.split()))
    return tables


def _of_postgres(pg: psycopg.Connection) -> dict[str, Table]:
    cursor = pg.cursor(row_factory=dict_row)
    tables: dict[str, Table] = {}
    for row in cursor.execute(
        "SELECT * FROM information_schema.columns WHERE table_schema = 'public' "
        "ORDER BY table_name, ordinal_position"
    ).fetchall():
        if row["table_name"] == "search":
            continue
        table = tables.setdefault(row["table_name"], Table())
        kind = TYPES.get(row["data_type"], row["data_type"])
        needed = row["is_nullable"] == "NO"
        table.columns.append((row["column_name"], kind, needed, _value(row["column_default"])))
        table.numbered = table.numbered or row["is_identity"] == "YES"
    for row in cursor.execute(
        "SELECT c.conrelid::regclass::text AS name, c.contype,"
        " c.confrelid::regclass::text AS parent,"
        " ARRAY(SELECT a.attname FROM unnest(c.conkey) WITH ORDINALITY AS k (n, o)"
        "  JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.n ORDER BY k.o)"
        "  ::text[] AS columns,"
        " ARRAY(SELECT a.attname FROM unnest(c.confkey) WITH ORDINALITY AS k (n, o)"
        "  JOIN pg_attribute AS a ON a.attrelid = c.confrelid AND a.attnum = k.n ORDER BY k.o)"
        "  ::text[] AS theirs "
        "FROM pg_constraint AS c WHERE c.connamespace = 'public'::regnamespace"
    ).fetchall():
        if row["name"] == "search":
            continue
        table = tables[row["name"]]
        if row["contype"] == "p":
            table.key = tuple(row["columns"])
        elif row["contype"] == "u":
            table.uniques.add(tuple(row["columns"]))
        elif row["contype"] == "f":
            table.parents.add((row["columns"][0], row["parent"], row["theirs"][0]))
    for row in cursor.execute(
        "SELECT i.indrelid::regclass::text AS name, i.indexrelid::regclass::text AS index,"
        " ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true)"
        "  FROM generate_series(1, i.indnkeyatts) AS n)::text[] AS columns,"
        " pg_get_expr(i.indpred, i.indrelid, true) AS condition "
        "FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid "
        "WHERE c.relnamespace = 'public'::regnamespace AND NOT EXISTS "
        "(SELECT 1 FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)"
    ).fetchall():
        if row["name"] != "search":
            columns = tuple(column.strip('"') for column in row["columns"])
            condition = (row["condition"] or "").replace("::text", "")
            tables[row["name"]].indexes[row["index"]] = (columns, condition)
    return tables


def _value(default: str | None) -> str | None:
    """Return a default without the quotes and casts of either database."""
    return None if default is None else default.partition("::")[0].strip("'")
