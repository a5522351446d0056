"""A snapshot: all that a store holds at one moment, as a fresh SQLite file of its own.

A backup is a snapshot that was checked and packed. Taking one keeps nobody from writing: SQLite's
pages are copied inside one read transaction, and of another database all rows are.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tanggap.backup import Progress, TableContent
from tanggap.disk_sync import sync_file
from tanggap.errors import (
    InputError,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreReplaced,
)
from tanggap.killpoints import reached
from tanggap.reasons import reason
from tanggap.store import schema
from tanggap.store.base import Store
from tanggap.store.copying import (
    Shape,
    check_same,
    check_shapes,
    contents,
    copy_rows,
    shapes,
    shapes_after,
)
from tanggap.store.sql_store import SqlStore, sql_store
from tanggap.store.sqlite import SqliteStore, check_pages
from tanggap.store.sqlite_connections import check_file, translated
from tanggap.store.sqlite_transaction import SqliteTransaction
from tanggap.store.steps import STEPS

_PAGES = 2000
"""Pages copied between two looks at whether to carry on (8 MB)."""
_LAST_NUMBER = 1 << 53
"""No install comes near: ids count rows, and a restore leaps by a hundred thousand."""


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
        settle(path)
    else:
        copy_tables(sql_store(store), path, tell)


def check_snapshot(path: Path, progress: Progress) -> Contents:
    """Return what a snapshot contains; raise StoreError or SchemaMismatch unless it is sound.

    Looks at every page, every reference between tables, the history's chain, and every row, and
    that there are just the tables that its steps make: a restore would refuse others. That its
    schema is an older one is no fault.
    """
    with _opened(path) as store:
        steps, tables = _ours(store)
        store.verify_events()
        with store._read() as conn:
            return Contents(steps, contents(conn, progress, tables))


def rebuild(path: Path, fresh: Path, progress: Progress) -> Contents:
    """Make the new file `fresh` of the rows of a snapshot that nobody vouches for; return what it
    contains, checked like a snapshot.

    Only rows are taken: tables, indexes and triggers are made by the steps that the snapshot has.
    Its own could lack what keeps the history as it is, or do more than ours. Raise InputError with
    what is wrong with the snapshot, StoreError when the fresh file cannot be made here.
    """
    with blamed(path), _opened(path) as source:
        steps, tables = _ours(source)
    new_file(fresh)
    read = _copied_rows(path, fresh, steps, tables, progress)
    settle(fresh)
    with _opened(fresh) as store:
        check_sound(store)
        with blamed(fresh):
            store.verify_events()
        with store._read() as conn:
            found = contents(conn, progress, tables)
    check_same(read, found)
    return Contents(steps, found)


@contextmanager
def blamed(path: Path) -> Iterator[None]:
    """Turn what is found wrong with the database `path`, part of a backup, into InputError.

    What the disk here refuses says nothing of it, and stays as it is.
    """
    try:
        yield
    except (StoreFull, StoreBusy, StoreReplaced):
        raise
    except StoreDamaged as exc:
        raise InputError("basis data di dalamnya rusak") from exc
    except StoreError as exc:
        raise InputError(str(exc).replace(f"{path}", "di dalamnya")) from exc


def _copied_rows(
    path: Path, fresh: Path, steps: tuple[str, ...], tables: Sequence[Shape], progress: Progress
) -> dict[str, TableContent]:
    goal = SqliteStore(fresh)
    try:
        with _opened(path) as source, source._read() as rows, goal._write() as target:
            with goal._database() as database:
                schema.apply_first(database, steps)
            return copy_rows(rows, target, progress, tables)
    except StoreDamaged as exc:  # a text that is none: all pages were read before
        raise InputError("basis data di dalamnya rusak") from exc
    except StoreError as exc:
        if isinstance(exc.__cause__, sqlite3.IntegrityError):
            raise InputError("ada baris yang melanggar aturan tabelnya") from exc
        raise
    finally:
        goal.close()


@contextmanager
def _opened(path: Path) -> Iterator[SqliteStore]:
    check_file(path)
    store = SqliteStore(path, read_only=True)
    try:
        yield store
    finally:
        store.close()


def _ours(store: SqliteStore) -> tuple[tuple[str, ...], tuple[Shape, ...]]:
    """Return steps and tables of a file that is sound and has what its steps make, no more."""
    check_sound(store)
    missing = store._pending()
    steps = tuple(step.name for step in STEPS if step.name not in missing)
    tables = shapes_after(steps)
    with store._read() as conn:
        check_shapes(conn, tables)
        _check_numbers(conn, tables)
    return steps, tables


def check_sound(store: SqliteStore) -> None:
    """Raise StoreError unless pages, indexes and references between tables are whole."""
    with store._read() as conn:
        check_pages(conn, store.path)
        if conn.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise StoreError(f"basis data {store.path} tidak utuh: ada baris yang induknya hilang")


def _check_numbers(conn: SqliteTransaction, tables: Sequence[Shape]) -> None:
    """Raise StoreError when ids are no numbers, or leave no room for those of new rows."""
    strange = conn.execute(
        "SELECT 1 FROM sqlite_sequence WHERE typeof(seq) <> 'integer' OR seq < 0"
    ).fetchone()
    numbered = [shape.name for shape in tables if shape.numbered]
    if strange is not None or any(conn.last_id(name) > _LAST_NUMBER for name in numbered):
        raise StoreError("nomor terakhir yang pernah diberikan tidak masuk akal")


def new_file(path: Path) -> None:
    """Make an empty file that only its owner reads; raise StoreError when it cannot be made."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as exc:
        raise StoreError(f"berkas {path} tidak dapat dibuat: {reason(exc)}") from exc


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


def copy_tables(store: SqlStore, path: Path, progress: Progress) -> None:
    """Copy all rows into the new file `path`, whose tables our own steps make.

    Tables of others are not copied. Raise StoreError.
    """
    store.check_schema()
    new_file(path)
    copy = SqliteStore(path)
    try:
        with store._read() as source, copy._write() as target:
            copy._do_steps()
            read = copy_rows(source, target, progress, shapes())
        with copy._read() as target:
            check_same(read, contents(target, progress, shapes()))
    finally:
        copy.close()
    settle(path)
