"""A whole database put into an empty place: from a backup, or from another store.

Everything is read and checked before the target is touched, and the target appears whole: a file
by its name, tables and rows of a PostgreSQL database by one commit. What stood there is moved,
never deleted. Of a backup only the rows are taken: the tables are always made by our own steps.
"""

import itertools
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tanggap.backup import Manifest, Progress, unpack
from tanggap.clock import to_text
from tanggap.disk_sync import sync_folder
from tanggap.errors import InputError, StoreBusy, StoreError, StoreFull
from tanggap.killpoints import reached
from tanggap.reasons import reason
from tanggap.store.base import Store
from tanggap.store.copying import check_same, contents, copy_rows, filled, shapes
from tanggap.store.database import Transaction
from tanggap.store.outbox_restore import forget_notices
from tanggap.store.snapshot import (
    Contents,
    blamed,
    check_snapshot,
    check_sound,
    copy_tables,
    new_file,
    rebuild,
    settle,
)
from tanggap.store.sql_store import SqlStore, sql_store
from tanggap.store.sqlite import SqliteStore, appear, draft_of

_FREE = 64 << 20
"""Bytes that stay free beside what is written."""
_COPIES = 3
"""What is unpacked, the database made of it, and that one's log."""
_LEAP = 100_000
_OF_THE_MOMENT = (
    "reservations", "daemons", "sessions", "login_steps", "checkouts", "undoable",
)  # fmt: skip
"""Tables of what held only for the moment of the backup."""
_NAMED = ("mentions", "items", "reviews", "incidents")
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
_MAKE_ROOM = "kosongkan ruang, lalu ulangi"
_ANOTHER_FOLDER = (
    "kosongkan ruang, atau sebut folder di disk lain dengan TMPDIR=/folder, lalu ulangi"
)
"""What to do about a folder without room: beside the target, or that of temporary files."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done."""

    manifest: Manifest
    steps: tuple[str, ...]
    """Steps of the schema that the backup lacked."""
    moved: Path | None
    """Where the database lies that stood in the way."""


def look_at(backup: Path, key: str, progress: Progress) -> Manifest:
    """Unpack a backup and check all of it; return what it says of itself.

    It is unpacked in the system's folder for temporary files (TMPDIR). Raise InputError when it is
    not a whole backup of a schema that this program knows, StoreFull without room.
    """
    with _rebuilt(backup, key, None, progress) as (manifest, _):
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
    when backup or target cannot be used, StoreFull without room.
    """
    target = sql_store(into)
    _check_empty(target, _ANOTHER_SERVER)
    with _rebuilt(backup, key, None, progress) as (manifest, draft):
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
    on_file = isinstance(target, SqliteStore)
    _check_empty(target, _ANOTHER_FILE if on_file else _ANOTHER_SERVER)
    source.check_schema()
    if isinstance(source, SqliteStore):
        check_sound(source)
    source.verify_events()
    if isinstance(target, SqliteStore):
        draft = draft_of(target.path)
        _remove(draft)
        try:
            copy_tables(source, draft, progress)
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
    backup: Path, key: str, path: Path | None, progress: Progress
) -> Iterator[tuple[Manifest, Path]]:
    """Give a backup's manifest and a database made of its rows, both checked, in a file that goes
    afterwards.

    The file lies beside `path`, which nobody else restores at the time; None: in a folder of its
    own among the system's temporary files.
    """
    manifest = unpack(backup, None, key)
    needed = _COPIES * manifest.unpacked.length + _FREE
    with ExitStack() as undo:
        if path is None:
            _check_room(Path(tempfile.gettempdir()), needed, _ANOTHER_FOLDER)
            work = tempfile.TemporaryDirectory(prefix="tanggap-")
            path = Path(undo.enter_context(work)) / "tanggap.db"
        else:
            _check_room(path.absolute().parent, needed, _MAKE_ROOM)
        draft = draft_of(path)
        try:
            _rebuild(backup, key, manifest, draft, progress)
            yield manifest, draft
        except OSError as exc:
            raise StoreError(f"pemulihan gagal: {reason(exc)} ({exc.filename or draft})") from exc
        finally:
            for left in (draft, _unpacked(draft)):
                _remove(left)


def _check_room(folder: Path, needed: int, remedy: str) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StoreFull(
            f"ruang di {folder} tidak cukup: perlu {needed // 1024**2} MB, bebas "
            f"{free // 1024**2} MB; {remedy}"
        )


def _rebuild(backup: Path, key: str, manifest: Manifest, draft: Path, progress: Progress) -> None:
    """Make the database `draft` of the rows of a backup; raise InputError when it is no good."""
    unpacked = _unpacked(draft)
    for left in (draft, unpacked):
        _remove(left)  # of one that was killed
    new_file(unpacked)
    with unpacked.open("wb") as file:
        unpack(backup, file, key)
    reached("backup_unpacked")
    try:
        found = rebuild(unpacked, draft, progress)
        with blamed(draft):
            check_same(manifest.tables, found.tables)
    except InputError as exc:
        raise InputError(f"cadangan {backup} tidak dapat dipakai: {exc}") from exc
    if found.steps != manifest.steps:
        raise InputError(f"cadangan {backup} rusak (skemanya lain dari yang tertulis)")
    _remove(unpacked)


def _unpacked(draft: Path) -> Path:
    return draft.with_name(f"{draft.name}-cadangan")


def _ready(draft: Path, due_at: datetime) -> tuple[str, ...]:
    """Bring a copy up to this program's schema, and take out what held only for that moment."""
    store = SqliteStore(draft)
    try:
        with store._write() as conn:
            steps = store._do_steps()
            conn.execute(
                "UPDATE sources SET lease_owner = NULL, lease_until = NULL, next_poll_at = ?",
                (to_text(due_at),),
            )
            # Nobody does them any more, and who did is not there to be missed.
            conn.execute(
                "UPDATE jobs SET state = 'waiting', owner = NULL, until = NULL "
                "WHERE state = 'running'"
            )
            forget_notices(conn, due_at)
            for gone in _OF_THE_MOMENT:
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
    """Raise InputError when a store has rows already; one that is not there yet is empty.

    Nothing is written: tables without rows would pass for a database that was begun on purpose.
    """
    if target.is_new():
        return
    target.check_schema()
    with target._read() as conn:
        _refuse_rows(conn, remedy)


def _refuse_rows(conn: Transaction, remedy: str) -> None:
    if found := filled(conn, shapes()):
        known = [f"{found[table]} {name}" for table, name in _TOLD.items() if table in found]
        told = ", ".join(known) or f"{sum(found.values())} baris di tabel {', '.join(found)}"
        raise InputError(f"basis data tujuan harus kosong, tetapi sudah berisi {told}; {remedy}")


def _fill(source: SqlStore, target: SqlStore, progress: Progress, *, unchanged: bool) -> Contents:
    """Copy all rows into an empty store, in one transaction that compares both at its end.

    The tables are made in it too: when it ends halfway there is nothing, as before.
    """
    with target._write() as conn:
        conn.take_your_time()
        target._do_steps()
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
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    moved = _free_name(path.with_name(f"{path.name}.sebelum-pulih-{stamp}"))
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


def _remove(draft: Path) -> None:
    for end in ("", *_BESIDE):
        draft.with_name(draft.name + end).unlink(missing_ok=True)
