"""Connections to one SQLite file: lent to threads, durable, with errors translated once."""

import math
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from weakref import WeakSet

from sqlite_utils import Database

from tanggap.errors import (
    SchemaMismatch,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreReplaced,
)
from tanggap.reasons import reason
from tanggap.store.database import SqlDatabase
from tanggap.store.sqlite_transaction import SqliteTransaction, match_expression

BUSY_SECONDS = 10.0
"""How long a write waits for all others together, of this process or another; up to a second
longer when it waited for both (`_in_turn` rounds up). A page takes milliseconds."""
SHARED = 4
"""Connections that serve all threads of a store in ordinary times."""
PATIENCE_SECONDS = 0.25
"""How long a thread waits for one of them before it gets one for this use alone: whoever holds one
for longer (a backup, an export) must keep nobody waiting."""
_HEADER = b"SQLite format 3\x00"
_STORES: "WeakSet[SqliteConnections]" = WeakSet()
"""All of this process, for which files it has open."""
_STORES_GUARD = threading.Lock()


class SqliteConnections(SqlDatabase):
    """Lends connections to threads and gives every method one transaction.

    A few connections serve all threads: what SQLite keeps for each (pages, statements, the schema)
    is then kept a few times, not once for each of twenty workers.
    """

    def __init__(
        self, path: Path, *, read_only: bool = False, busy_seconds: float = BUSY_SECONDS
    ) -> None:
        self.path = path
        self._read_only = read_only
        self._busy_seconds = busy_seconds
        self._mine = threading.local()
        self._shared = threading.Semaphore(SHARED)
        self._guard = threading.Lock()
        self._idle: list[SqliteTransaction] = []
        """Shared connections that nobody uses just now; the last used, at the end, is the next."""
        self._closed = 0
        """How often the store was closed; what was lent before is closed when it comes back."""
        # Reentrant: a write inside a write fails at once in SQLite, not after the whole wait here.
        self._writer = threading.RLock()
        self._file: tuple[int, int] | None = None
        """Device and inode of the file that the first connection opened."""
        with _STORES_GUARD:
            _STORES.add(self)

    @contextmanager
    def _connection(self) -> Iterator[SqliteTransaction]:
        """Lend the calling thread a connection; inside a transaction of its own, that one."""
        mine: SqliteTransaction | None = getattr(self._mine, "connection", None)
        if mine is not None:
            yield mine
            return
        shared = self._shared.acquire(timeout=PATIENCE_SECONDS)
        try:
            with self._lent(keep=shared) as connection:
                yield connection
        finally:
            if shared:
                self._shared.release()

    @contextmanager
    def _lent(self, *, keep: bool) -> Iterator[SqliteTransaction]:
        """Lend an idle connection or a new one; `keep` it for others afterwards if it is sound."""
        with self._guard:
            closed = self._closed
            idle = self._idle.pop() if self._idle else None
        connection = self._open() if idle is None else idle
        self._mine.connection = connection
        try:
            yield connection
        except StoreFull:
            # What it could not open for writing just then, SQLite opens for reading without a
            # word: such a connection would refuse for ever, whatever the disk does by now.
            keep = False
            raise
        finally:
            self._mine.connection = None
            with self._guard:
                keep = keep and closed == self._closed and not connection.in_transaction
                if keep:
                    self._idle.append(connection)
            if not keep:
                connection.close()

    @contextmanager
    def _database(self) -> Iterator[Database]:
        """Lend a connection in the form that sqlite-utils knows."""
        with self._connection() as connection:
            yield Database(connection, execute_plugins=False)

    @contextmanager
    def _read(self) -> Iterator[SqliteTransaction]:
        """Give a connection whose reads all see the same moment; never waits for a writer."""
        with self._connection() as connection, translated(self.path):
            self._check_same_file()
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def _write(self, *, wait: bool = True) -> Iterator[SqliteTransaction]:
        """Give a connection in a transaction that commits at the end or, on any error, never was.

        IMMEDIATE takes the write lock first: a deferred one that reads before it writes fails at
        once, without waiting, when another process wrote in between.
        """
        with (
            self._in_turn(wait) as seconds,
            self._connection() as connection,
            translated(self.path),
        ):
            self._check_same_file()
            self._begin_write(connection, seconds)
            try:
                yield connection
                self._check_same_file()
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise

    def _check_same_file(self) -> None:
        """Raise StoreReplaced when the path names another file than the one opened, or none.

        SQLite goes on in a file that was removed or renamed, and all of it would be lost.
        """
        if (now := _identity(self.path)) != self._file:
            happened = "hilang" if now is None else "diganti berkas lain"
            raise StoreReplaced(
                f"basis data {self.path} {happened} selagi program berjalan; hentikan daemon dan "
                "web, kembalikan berkasnya (bersama -wal di sebelahnya) atau pulihkan cadangan "
                "dengan `tanggap restore BERKAS`"
            )

    @contextmanager
    def _in_turn(self, wait: bool) -> Iterator[float]:
        """Let the threads that share this store object write one after the other.

        SQLite makes who finds the lock taken sleep, for longer each time; a lock of our own hands
        on at once. Another store of the same file, in this process or another, is waited for in
        SQLite; give the seconds that are left for it.
        """
        seconds = self._busy_seconds if wait else 0.0
        if not self._writer.acquire(blocking=False):
            began = monotonic()
            if not self._writer.acquire(timeout=seconds):
                raise StoreBusy(busy(self.path))
            # In whole seconds: each other number would be one more statement to keep compiled.
            left = math.ceil(seconds - (monotonic() - began))
            seconds = min(seconds, max(left, 0))
        try:
            yield seconds
        finally:
            self._writer.release()

    def _begin_write(self, connection: SqliteTransaction, seconds: float) -> None:
        """Begin; wait at most `seconds` for another store or process that writes."""
        if seconds == self._busy_seconds:
            connection.execute("BEGIN IMMEDIATE")
            return
        connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
        try:
            connection.execute("BEGIN IMMEDIATE")
        finally:
            connection.execute(f"PRAGMA busy_timeout = {int(self._busy_seconds * 1000)}")

    def _match(self, words: Sequence[str], opds: Sequence[str]) -> str:
        return match_expression(words, opds)

    def close(self) -> None:
        """Close all connections; the store opens new ones when it is used again."""
        with self._guard:
            idle, self._idle = self._idle, []
            self._closed += 1
            self._file = None
        for connection in idle:
            connection.close()

    def _open(self) -> SqliteTransaction:
        if self._file is not None:  # else it could play the old log into another file
            self._check_same_file()
        with translated(self.path):
            connection = self._connect()
        with self._guard:
            self._file = self._file or _identity(self.path)
        return connection

    def _connect(self) -> SqliteTransaction:
        mode = "ro" if self._read_only else "rw"
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=self._busy_seconds,
            # Transactions are begun by _read and _write only, never behind our back.
            isolation_level=None,
            # One thread after the other uses it; close() closes them all from one.
            check_same_thread=False,
            # All that the store says: what is compiled anew leaves holes in the heap.
            cached_statements=256,
            factory=SqliteTransaction,
        )
        connection.row_factory = sqlite3.Row
        try:
            if not self._read_only:
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            # Else a row that replaces another would not meet the trigger that guards the other.
            connection.execute("PRAGMA recursive_triggers = ON")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA temp_store = MEMORY")
            # In KiB. Full after minutes; what is read again comes from the system's own cache.
            connection.execute("PRAGMA cache_size = -256")
            connection.execute("PRAGMA journal_size_limit = 67108864")
            return connection
        except BaseException:
            connection.close()
            raise


def _identity(path: Path) -> tuple[int, int] | None:
    """Return device and inode of a file; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def missing(path: Path) -> StoreError:
    """Return what to tell when there is no database.

    What an install leaves beside it (lock, log of writes) says that there was one: a new and empty
    one would hide that.
    """
    if not path.absolute().parent.is_dir():
        return StoreError(f"basis data {path}: folder {path.absolute().parent} tidak ada")
    if traces := [end for end in ("-wal", ".lock") if path.with_name(path.name + end).exists()]:
        return SchemaMismatch(
            f"basis data {path} tidak ada, padahal pernah ada ({path.name}{traces[0]} masih di "
            "sana); pulihkan cadangan dengan `tanggap restore BERKAS`, atau buat yang baru dengan "
            "`tanggap migrate`"
        )
    return SchemaMismatch(f"basis data {path} belum ada; buat dengan `tanggap migrate`")


def refuses_writes(path: Path, which: Path) -> StoreFull:
    """Return what to tell when `which`, the database or what is beside it, cannot be written."""
    return StoreFull(
        f"basis data {path} hanya-baca ({which} tidak dapat ditulisi); perbaiki izin berkas dan "
        "foldernya, atau pasang disknya untuk ditulisi"
    )


def not_writable(path: Path, ends: Sequence[str] = ("", "-wal", "-shm")) -> Path | None:
    """Return what modes or a read-only mount forbid to write of a database; None: nothing.

    Looked at are its folder and what is there of the database and, by their `ends`, beside it.
    """
    beside = [path.with_name(f"{path.name}{end}") for end in ends]
    needed = (path.absolute().parent, *filter(Path.exists, beside))
    return next((one for one in needed if not os.access(one, os.W_OK)), None)


def check_file(path: Path) -> None:
    """Raise StoreError when an existing file cannot be a whole SQLite database.

    One that this process has open is not looked into: to close any descriptor of a file drops all
    locks that the process has on it, SQLite's too (https://sqlite.org/howtocorrupt.html, 2.2), and
    the next other process to leave would take the log of writes away.
    """
    if _is_open_here(path):
        return
    try:
        with path.open("rb") as file:
            header = file.read(len(_HEADER))
    except OSError as exc:
        raise StoreError(f"basis data {path} tidak dapat dibaca: {reason(exc)}") from exc
    if header != _HEADER:
        raise broken(path)


def _is_open_here(path: Path) -> bool:
    with _STORES_GUARD:
        stores = list(_STORES)
    identity = _identity(path)
    return identity is not None and any(store._file == identity for store in stores)


def broken(path: Path) -> StoreDamaged:
    """Return what to tell when a database is damaged."""
    return StoreDamaged(
        f"basis data {path} rusak; jangan dihapus. Hentikan daemon dan web, pindahkan berkas ini "
        "(juga -wal dan -shm di sebelahnya), lalu pulihkan cadangan terakhir: "
        "`tanggap restore BERKAS`"
    )


def busy(path: Path) -> str:
    """Return what to tell when somebody else writes for too long."""
    return f"basis data {path} sedang ditulis; coba lagi"


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what sqlite3 raises into a StoreError that a person can act on."""
    try:
        yield
    except sqlite3.Error as exc:
        raise _store_error(exc, path) from exc
    except UnicodeDecodeError as exc:  # what SQLite holds or says is no UTF-8
        raise broken(path) from exc


def _store_error(exc: sqlite3.Error, path: Path) -> StoreError:
    # Extended codes keep the primary one in their low byte: https://sqlite.org/rescode.html
    code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(busy(path))
    if code == sqlite3.SQLITE_FULL:
        return StoreFull(f"disk penuh: basis data {path} tidak dapat ditulis; kosongkan ruang disk")
    if code == sqlite3.SQLITE_READONLY:
        return refuses_writes(path, not_writable(path) or path)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return broken(path)
    if code == sqlite3.SQLITE_CANTOPEN:
        if not path.exists():
            return missing(path)
        if (closed := not_writable(path)) is not None:
            return refuses_writes(path, closed)
        return StoreError(
            f"basis data {path} tidak dapat dibuka; periksa izin berkas dan foldernya"
        )
    if code == sqlite3.SQLITE_IOERR:
        return StoreFull(
            f"disk gagal saat membaca atau menulis basis data {path}; periksa disk dan "
            "ruang kosongnya"
        )
    if str(exc).startswith("Could not decode"):  # the rest of the message is a citizen's text
        return broken(path)
    return StoreError(f"basis data {path}: {exc}")
