"""A whole database put into an empty place: from a backup, or from another store.

Everything is read and checked before the target is touched, and the target appears whole: a file
by its name, the rows of a PostgreSQL database by one commit. What stood there is moved, never
deleted. Of a backup only the rows are taken: the tables are always made by our own steps.
"""

import itertools
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tanggap.backup import Manifest, Progress, unpack
from tanggap.clock import to_text
from tanggap.disk_sync import sync_folder
from tanggap.errors import InputError, StoreBusy, StoreError, StoreFull
from tanggap.killpoints import reached
from tanggap.store.base import Store
from tanggap.store.copying import check_same, contents, copy_rows, filled, shapes
from tanggap.store.database import Transaction
from tanggap.store.snapshot import (
    Contents,
    check_snapshot,
    new_file,
    rebuild,
    settle,
    take_snapshot,
)
from tanggap.store.sql_store import SqlStore, sql_store
from tanggap.store.sqlite import SqliteStore, appear, apply_steps

_FREE = 64 << 20
"""Bytes that stay free beside what is written."""
_COPIES = 3
"""What is unpacked, the database made of it, and that one's log."""
_LEAP = 100_000
_NAMED = ("mentions", "items", "reviews")
"""Tables whose ids people may have written down."""
_BESIDE = ("-wal", "-shm", "-journal")
_TOLD = {"items": "aduan", "mentions": "sebutan", "users": "pengguna"}
"""Tables by which a person knows a database again, and what they call their rows."""
_ASIDE = (
    "sebut berkas lain dengan --to, atau pakai --replace: yang ada dipindahkan ke nama lain, tidak "
    "dihapus"
)
_ANOTHER_FILE = "sebut nama berkas baru dengan --to"
_ANOTHER_SERVER = (
    "buat basis data PostgreSQL baru yang kosong (CREATE DATABASE) dan sebut alamatnya dengan --to"
)
"""What to do about a target that is in use."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done."""

    manifest: Manifest
    steps: tuple[str, ...]
    """Steps of the schema that the backup lacked."""
    moved: Path | None
    """Where the database lies that stood in the way."""


def look_at(backup: Path, key: str, work: Path, progress: Progress) -> Manifest:
    """Unpack a backup in the folder `work` and check all of it; return what it says of itself.

    Raise InputError when it is not a whole backup of a schema that this program knows.
    """
    with _rebuilt(backup, key, work / "tanggap.db", progress) as (manifest, _):
        return manifest


def restore_file(
    backup: Path, path: Path, key: str, now: datetime, *, replace: bool, progress: Progress
) -> Restored:
    """Make the SQLite database `path` from a backup; the caller holds its lock.

    A database that is there and holds rows is refused without `replace`, and moved aside with it.
    Raise InputError when backup or target cannot be used, StoreFull without room, StoreBusy when
    the database that is there is open elsewhere.
    """
    _check_way(path, replace=replace)
    with _rebuilt(backup, key, path, progress) as (manifest, draft):
        steps = _ready(draft, manifest.made_at)
        settle(draft)
        return Restored(manifest, steps, _put(draft, path, now))


def restore_rows(backup: Path, into: Store, key: str, *, progress: Progress) -> Restored:
    """Fill an empty database from a backup, in one transaction.

    The backup is unpacked in the system's folder for temporary files (TMPDIR). Raise InputError
    when backup or target cannot be used.
    """
    target = sql_store(into)
    with (
        tempfile.TemporaryDirectory(prefix="tanggap-") as work,
        _rebuilt(backup, key, Path(work) / "tanggap.db", progress) as (manifest, draft),
    ):
        _check_empty(target, _ANOTHER_SERVER)
        steps = _ready(draft, manifest.made_at)
        store = SqliteStore(draft, read_only=True)
        try:
            _fill(store, target, progress, unchanged=False)
        finally:
            store.close()
    return Restored(manifest, steps, None)


def copy_store(given: Store, into: Store, now: datetime, progress: Progress) -> int:
    """Copy everything of one store into another, empty one; return the number of rows.

    The source is only read, at one moment; when it changed until the end nothing is kept and
    StoreError is raised. Rows and digests of both are compared. Raise InputError when the target
    is not empty.
    """
    source, target = sql_store(given), sql_store(into)
    source.check_schema()
    source.verify_events()
    on_file = isinstance(target, SqliteStore)
    _check_empty(target, _ANOTHER_FILE if on_file else _ANOTHER_SERVER)
    if isinstance(target, SqliteStore):
        draft = _draft(target.path)
        _remove(draft)
        try:
            take_snapshot(source, draft, progress)
            found = check_snapshot(draft, progress)
            _check_unchanged(source, found, progress)
            target.close()
            _put(draft, target.path, now)
        finally:
            _remove(draft)
    else:
        found = _fill(source, target, progress, unchanged=True)
    return sum(table.rows for table in found.tables.values())


@contextmanager
def _rebuilt(
    backup: Path, key: str, path: Path, progress: Progress
) -> Iterator[tuple[Manifest, Path]]:
    """Give a backup's manifest and a database made of its rows, both checked, in a file that goes
    afterwards.

    The file lies beside `path`, which nobody else restores at the time.
    """
    manifest = unpack(backup, None, key)
    draft = _draft(path)
    unpacked = draft.with_name(f"{draft.name}-cadangan")
    for left in (draft, unpacked):
        _remove(left)  # of one that was killed
    free, needed = shutil.disk_usage(draft.parent).free, _COPIES * manifest.unpacked.length + _FREE
    if free < needed:
        raise StoreFull(
            f"ruang di {draft.parent} tidak cukup: perlu {needed // 1024**2} MB, bebas "
            f"{free // 1024**2} MB; kosongkan ruang, lalu ulangi"
        )
    try:
        new_file(unpacked)
        with unpacked.open("wb") as file:
            unpack(backup, file, key)
        reached("backup_unpacked")
        try:
            found = rebuild(unpacked, draft, progress)
            check_same(manifest.tables, found.tables)
        except StoreFull:
            raise  # of the disk here; it says nothing of the backup
        except StoreError as exc:
            told = str(exc).replace(f"{unpacked}", "di dalamnya").replace(f"{draft}", "di dalamnya")
            raise InputError(f"cadangan {backup} tidak dapat dipakai: {told}") from exc
        if found.steps != manifest.steps:
            raise InputError(f"cadangan {backup} rusak (skemanya lain dari yang tertulis)")
        _remove(unpacked)
        yield manifest, draft
    except OSError as exc:
        raise StoreError(f"pemulihan gagal: {exc.strerror} ({exc.filename or draft})") from exc
    finally:
        for left in (draft, unpacked):
            _remove(left)


def _ready(draft: Path, due_at: datetime) -> tuple[str, ...]:
    """Bring a copy up to this program's schema, and take out what held only for that moment."""
    store = SqliteStore(draft)
    try:
        steps = apply_steps(store)
        with store._write() as conn:
            conn.execute(
                "UPDATE sources SET lease_owner = NULL, lease_until = NULL, next_poll_at = ?",
                (to_text(due_at),),
            )
            for gone in ("reservations", "daemons", "sessions"):
                conn.execute(f"DELETE FROM {gone}")  # noqa: S608 - names of our own
            for table in _NAMED:
                # What was given out after the backup is lost, and must not name something else.
                conn.keep_ids_above(table, (conn.last_id(table) // _LEAP + 1) * _LEAP)
    finally:
        store.close()
    return tuple(steps)


def _check_way(path: Path, *, replace: bool) -> None:
    """Raise InputError when a database stands at `path` and may not be moved."""
    if replace or not path.exists():
        return
    try:
        store = SqliteStore(path, read_only=True)
        try:
            store.check_usable(thorough=False)
            _check_empty(store, _ASIDE)
        finally:
            store.close()
    except StoreError as exc:
        raise InputError(
            f"di {path} sudah ada berkas; pindahkan dulu, atau pakai --replace ({exc})"
        ) from exc


def _check_empty(target: SqlStore, remedy: str) -> None:
    """Raise InputError when a store has rows already; one that is not there yet is empty."""
    if isinstance(target, SqliteStore):
        if not target.path.exists():
            return
    else:
        target.migrate()
    target.check_schema()
    with target._read() as conn:
        _refuse_rows(conn, remedy)


def _refuse_rows(conn: Transaction, remedy: str) -> None:
    if found := filled(conn, shapes()):
        known = [f"{found[table]} {name}" for table, name in _TOLD.items() if table in found]
        told = ", ".join(known) or f"{sum(found.values())} baris di tabel {', '.join(found)}"
        raise InputError(f"basis data tujuan harus kosong, tetapi sudah berisi {told}; {remedy}")


def _fill(source: SqlStore, target: SqlStore, progress: Progress, *, unchanged: bool) -> Contents:
    """Copy all rows into an empty store, in one transaction that compares both at its end."""
    with target._write() as conn:
        conn.take_your_time()
        _refuse_rows(conn, _ANOTHER_SERVER)
        with source._read() as rows:
            found = Contents((), copy_rows(rows, conn, progress, shapes()))
        reached("rows_half_restored")
        check_same(found.tables, contents(conn, progress, shapes()))
        if unchanged:

            def keep_awake(table: str, done: int) -> None:
                # A server ends the session of a writer that says nothing for seconds.
                conn.execute("SELECT 1")
                progress(table, done)

            _check_unchanged(source, found, keep_awake)
    return found


def _check_unchanged(source: SqlStore, copied: Contents, progress: Progress) -> None:
    with source._read() as conn:
        now = contents(conn, progress, shapes())
    if now != dict(copied.tables):
        raise StoreError(
            "basis data asal berubah selama disalin; tidak ada yang dipindahkan. Hentikan daemon "
            "dan `tanggap web`, lalu ulangi"
        )


def _put(draft: Path, path: Path, now: datetime) -> Path | None:
    """Give a finished database its name; return where the one lies that had it."""
    moved = _move_aside(path, now)
    reached("restore_half_done")
    if path.exists():
        draft.replace(path)
        sync_folder(path.parent)
    elif not appear(draft, path):
        raise StoreBusy(f"basis data {path} baru saja dibuat oleh proses lain; ulangi")
    return moved


def _move_aside(path: Path, now: datetime) -> Path | None:
    """Give what lies at `path` a second, dated name, and take away its logs; return the name.

    The file keeps its first name until the new one takes it, so that there is a database at every
    moment. A log that stayed would be played into the new database.
    """
    if path.exists():
        _close_log(path)
    beside = [end for end in _BESIDE if path.with_name(path.name + end).exists()]
    if not path.exists() and not beside:
        return None
    stamp = to_text(now)[:19].replace("-", "").replace(":", "")
    moved = _free_name(path.with_name(f"{path.name}.sebelum-pulih-{stamp}Z"))
    for end in ([""] if path.exists() else []) + beside:
        os.link(path.with_name(path.name + end), moved.with_name(moved.name + end))
    sync_folder(path.parent)
    for end in beside:
        path.with_name(path.name + end).unlink()
    return moved


def _free_name(path: Path) -> Path:
    """Return the path, or one with a number when it is taken: of a restore that was killed."""
    names = (path if n == 1 else path.with_name(f"{path.name}-{n}") for n in itertools.count(1))
    return next(name for name in names if not name.exists())


def _close_log(path: Path) -> None:
    """Bring the log of a database into it, which only works when nobody else has it open."""
    try:
        with closing(sqlite3.connect(path, timeout=0.5, isolation_level=None)) as conn:
            conn.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as exc:
        if exc.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StoreBusy(
                f"basis data {path} masih dibuka proses lain; hentikan daemon dan `tanggap web`"
            ) from exc
    except sqlite3.DatabaseError:
        pass  # damaged, which is a good reason for a restore: it is moved as it is


def _draft(path: Path) -> Path:
    return path.absolute().with_name(f".{path.name}.draft")


def _remove(draft: Path) -> None:
    for end in ("", *_BESIDE):
        draft.with_name(draft.name + end).unlink(missing_ok=True)
