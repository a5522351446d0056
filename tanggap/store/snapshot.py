"""A snapshot: all that a store holds at one moment, as a fresh SQLite file of its own.

A backup is a snapshot that was checked and packed. Taking one keeps nobody from writing: SQLite's
pages are copied inside one read transaction, and of another database all rows are.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tanggap.backup import Progress, TableContent
from tanggap.disk_sync import sync_file
from tanggap.errors import StoreError
from tanggap.killpoints import reached
from tanggap.store import schema
from tanggap.store.base import Store
from tanggap.store.copying import (
    check_same,
    contents,
    copy_rows,
    shapes,
    shapes_of,
)
from tanggap.store.sql_store import SqlStore, sql_store
from tanggap.store.sqlite import SqliteStore
from tanggap.store.sqlite_connections import broken, check_file, translated
from tanggap.store.steps import STEPS

_PAGES = 2000
"""Pages copied between two looks at whether to carry on (8 MB)."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database was found to contain."""

    steps: tuple[str, ...]
    tables: Mapping[str, TableContent]


def take_snapshot(store: Store, path: Path, progress: Progress) -> None:
    """Copy the store as it is at this moment into a new file; `progress` may raise to give up.

    What is in the file is not checked: see `check_snapshot`. Raise StoreError.
    """

    def tell(table: str, done: int) -> None:
        reached("backup_half_copied")
        progress(table, done)

    if isinstance(store, SqliteStore):
        new_file(path)
        _copy_pages(store, path, tell)
    else:
        _copy_tables(sql_store(store), path, tell)
    settle(path)


def check_snapshot(path: Path, progress: Progress) -> Contents:
    """Return what a snapshot contains; raise StoreError or SchemaMismatch unless it is sound.

    Looks at every page, every reference between tables, the history's chain, and every row. That
    its schema is an older one is no fault.
    """
    with _opened(path) as store:
        steps = _sound_steps(store)
        store.verify_events()
        with store._read() as conn:
            return Contents(steps, contents(conn, progress, shapes_of(conn)))


def rebuild(path: Path, fresh: Path, progress: Progress) -> Contents:
    """Make the new file `fresh` of the rows of a snapshot that nobody vouches for; return what it
    contains, checked like a snapshot.

    Only rows are taken: tables, indexes and triggers are made by the steps that the snapshot has.
    Its own could lack what keeps the history as it is, or do more than ours. Raise StoreError or
    SchemaMismatch unless it is sound and has the tables that its steps make.
    """
    with _opened(path) as source:
        steps = _sound_steps(source)
        new_file(fresh)
        goal = SqliteStore(fresh)
        try:
            with goal._write() as target:
                schema.apply_first(goal.database, steps)
                tables = shapes_of(target)
                with source._read() as rows:
                    if shapes_of(rows) != tables:
                        raise StoreError("tabelnya lain dari yang dibuat Tanggap")
                    copy_rows(rows, target, progress, tables)
        except StoreError as exc:
            if isinstance(exc.__cause__, sqlite3.IntegrityError):
                raise StoreError("ada baris yang melanggar aturan tabelnya") from exc
            raise
        finally:
            goal.close()
    settle(fresh)
    return check_snapshot(fresh, progress)


@contextmanager
def _opened(path: Path) -> Iterator[SqliteStore]:
    check_file(path)
    store = SqliteStore(path, read_only=True)
    try:
        yield store
    finally:
        store.close()


def _sound_steps(store: SqliteStore) -> tuple[str, ...]:
    """Return the steps of a file whose pages and references are sound; raise if they are not."""
    with translated(store.path):
        missing = schema.pending(store.database)
    with store._read() as conn:
        if [row[0] for row in conn.execute("PRAGMA integrity_check(1)")] != ["ok"]:
            raise StoreError(broken(store.path))
        if conn.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise StoreError(f"basis data {store.path} tidak utuh: ada baris yang induknya hilang")
    return tuple(step.name for step in STEPS if step.name not in missing)


def is_new(store: Store) -> bool:
    """Whether there is nothing of Tanggap yet: no file, or a server's database without tables."""
    if isinstance(store, SqliteStore):
        return not store.path.exists()
    with sql_store(store)._read() as conn:
        row = conn.execute("SELECT to_regclass('migrations') IS NULL AS none").fetchone()
    return row is not None and bool(row["none"])


def size_of(store: Store) -> int:
    """Return about how many bytes a snapshot of the store will take."""
    if isinstance(store, SqliteStore):
        sizes = (store.path.with_name(store.path.name + end) for end in ("", "-wal"))
        return sum(path.stat().st_size for path in sizes if path.exists())
    with sql_store(store)._read() as conn:
        row = conn.execute("SELECT pg_database_size(current_database()) AS bytes").fetchone()
    return 0 if row is None else int(row["bytes"])


def kind_of(store: Store) -> str:
    """Return `sqlite` or `postgresql`."""
    return "sqlite" if isinstance(store, SqliteStore) else "postgresql"


def new_file(path: Path) -> None:
    """Make an empty file that only its owner reads; raise StoreError when it cannot be made."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as exc:
        raise StoreError(f"berkas {path} tidak dapat dibuat: {exc.strerror}") from exc


def settle(path: Path) -> None:
    """Bring all of a database that nobody else has open into its one file, and to the disk."""
    with translated(path), closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode = DELETE")
    sync_file(path)


def _copy_pages(store: SqliteStore, path: Path, progress: Progress) -> None:
    # The read transaction holds the moment: what others write meanwhile does not start it again.
    with store._read() as source, translated(path), closing(sqlite3.connect(path)) as copy:
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(copy, pages=_PAGES, progress=lambda _, left, all_: progress("", all_ - left))


def _copy_tables(store: SqlStore, path: Path, progress: Progress) -> None:
    store.check_schema()
    copy = SqliteStore(path)
    try:
        copy.migrate()
        with store._read() as source, copy._write() as target:
            read = copy_rows(source, target, progress, shapes())
        with copy._read() as target:
            check_same(read, contents(target, progress, shapes()))
    finally:
        copy.close()
