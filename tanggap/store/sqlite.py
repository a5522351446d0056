"""The store on one SQLite file: how it comes to be, is checked, and is put together."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from tanggap.disk_sync import sync_folder
from tanggap.errors import StoreError
from tanggap.killpoints import reached
from tanggap.reasons import reason
from tanggap.store import schema, steps
from tanggap.store.sql_store import SqlStore
from tanggap.store.sqlite_connections import (
    SqliteConnections,
    broken,
    check_file,
    missing,
    not_writable,
    refuses_writes,
    translated,
)
from tanggap.store.sqlite_transaction import SqliteTransaction


class SqliteStore(SqliteConnections, SqlStore):
    """Implements `tanggap.store.base.Store`."""

    kind = "sqlite"

    def is_new(self) -> bool:
        """Whether there is no file yet."""
        return not self.path.exists()

    def size(self) -> int:
        """Return the bytes of the file and its log."""
        sizes = (self.path.with_name(self.path.name + end) for end in ("", "-wal"))
        return sum(path.stat().st_size for path in sizes if path.exists())

    def migrate(self) -> list[str]:
        """Bring the schema up to date; return the steps done.

        All steps are one transaction. Before an older database is changed, a copy is left
        beside it. A missing database appears whole or not at all, so that an empty file is
        always a damaged one.
        """
        self._clear_drafts()
        if not self.path.exists():
            self._check_no_log()
            return self._create()
        missing = self._pending()
        if not missing:
            return []
        self._copy_to(self.path.with_name(f"{self.path.name}.sebelum-{missing[0]}"))
        with self._write():
            return self._do_steps()

    def _do_steps(self) -> list[str]:
        with self._database() as database:
            missing = schema.pending(database)
            # Inside _write each step is a savepoint: all of them happen, or none.
            schema.MIGRATIONS.apply(database)
        reached("migration_half_done")
        return missing

    def check_schema(self) -> None:
        """Raise SchemaMismatch when the schema is not the one of this program."""
        if not self.path.exists():
            raise missing(self.path)
        steps.check(self._pending())

    def _pending(self) -> list[str]:
        """Return the names of the steps that the database does not have yet."""
        with self._database() as database, translated(self.path):
            return schema.pending(database)

    def check_usable(self, *, thorough: bool) -> None:
        """Raise when an existing file is damaged, foreign, newer, or cannot be written.

        `thorough` reads every page, which takes seconds per gigabyte.
        """
        check_file(self.path)
        if not self._read_only:
            # Before it is opened: on a read-only disk SQLite would say no more than "cannot open".
            self._check_writable("")
        self._pending()
        if not self._read_only:
            # What is beside it SQLite takes away at the end, if it is the last to leave.
            self._check_writable("-wal", "-shm")
            with self._write():
                # Taking the write lock is what a file system refuses that cannot lock.
                pass
        if thorough:
            with self._read() as conn:
                check_pages(conn, self.path)

    def _check_writable(self, *ends: str) -> None:
        """Raise StoreFull when modes or a read-only mount forbid writing.

        SQLite opens such a file for reading all the same, and says so at the first change only.
        """
        if (closed := not_writable(self.path, ends)) is not None:
            raise refuses_writes(self.path, closed)

    def _check_no_log(self) -> None:
        """Raise StoreError when a log of writes waits for a database that was taken away.

        SQLite would play it into the new file; and it holds what the old one lacks.
        """
        log = self.path.with_name(f"{self.path.name}-wal")
        if log.exists() and log.stat().st_size > 0:
            raise StoreError(
                f"basis data {self.path} hilang, tetapi {log.name} masih ada; kembalikan berkasnya "
                "atau pulihkan cadangan dengan `tanggap restore BERKAS`. Untuk mulai dari kosong, "
                f"pindahkan dahulu {log.name}"
            )

    def free_bytes(self) -> int:
        """Return the free space where the database lives."""
        try:
            return shutil.disk_usage(self.path.absolute().parent).free
        except OSError as exc:
            raise StoreError(f"folder basis data {self.path.parent}: {reason(exc)}") from exc

    def server_time(self) -> None:
        """Return None: a file has no clock of its own."""

    def _clear_drafts(self) -> None:
        """Remove what processes left that were killed while they made this database."""
        second = draft_of(self.path)
        if second.exists() and self.path.exists() and second.samefile(self.path):
            # A restore was killed after it gave its draft this name: only the other name goes.
            second.unlink(missing_ok=True)
        for draft in self.path.parent.glob(f"{self.path.name}.baru-*"):
            number = draft.name.rpartition("-")[2]
            if number.isdecimal() and not _is_alive(int(number)):
                for leftover in ("", "-wal", "-shm"):
                    draft.with_name(draft.name + leftover).unlink(missing_ok=True)

    def _create(self) -> list[str]:
        draft = self.path.with_name(f"{self.path.name}.baru-{os.getpid()}")
        try:
            draft.touch(mode=0o600, exist_ok=True)
        except FileNotFoundError as exc:
            raise missing(self.path) from exc
        except OSError as exc:
            if (closed := not_writable(self.path)) is not None:
                raise refuses_writes(self.path, closed) from exc
            raise StoreError(f"basis data {self.path} tidak dapat dibuat: {reason(exc)}") from exc
        try:
            store = SqliteStore(draft)
            try:
                with store._write():
                    done = store._do_steps()
            finally:
                store.close()
            return done if appear(draft, self.path) else []
        finally:
            for leftover in ("", "-wal", "-shm"):
                draft.with_name(draft.name + leftover).unlink(missing_ok=True)

    def _copy_to(self, path: Path) -> None:
        path.touch(mode=0o600)
        with (
            self._connection() as connection,
            translated(path),
            closing(sqlite3.connect(path)) as copy,
        ):
            connection.backup(copy)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True  # somebody else's, or no number of a process: not ours to judge
    return True


def check_pages(conn: SqliteTransaction, path: Path) -> None:
    """Raise StoreDamaged unless all pages and indexes of a database are whole."""
    # Not quick_check: an index that misses a row would let it in a second time.
    if [row[0] for row in conn.execute("PRAGMA integrity_check(1)")] != ["ok"]:
        raise broken(path)


def draft_of(path: Path) -> Path:
    """Return where a database is put together that is copied or restored to `path`."""
    return path.absolute().with_name(f".{path.name}.draft")


def appear(draft: Path, path: Path) -> bool:
    """Give a finished database its name, unless another process was first; say whether."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    reached("database_named")
    sync_folder(path.parent)
    return True
