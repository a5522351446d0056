"""Connections to one PostgreSQL database: a bounded pool, set up for durability and short waits."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from tanggap.errors import InputError, StoreBusy, StoreError
from tanggap.store.database import SqlDatabase
from tanggap.store.postgres_errors import place_of, translated, wrong_address
from tanggap.store.postgres_search import match_expression
from tanggap.store.postgres_transaction import (
    PATIENCE_SECONDS,
    STATEMENT_SECONDS,
    PatientConnection,
    PostgresTransaction,
)

WRITER = 0x54474750
"""Key of the advisory lock of the one writer: "TGGP", as in the header of a SQLite file."""
WAIT_SECONDS = 10.0
"""How long a write waits for another one, and any work for a free connection."""
_SLICE_SECONDS = 1.0
_CONNECTIONS = 20
_SETTINGS = {
    "lock_timeout": f"{int(WAIT_SECONDS)}s",
    "statement_timeout": f"{STATEMENT_SECONDS}s",
    # A daemon that freezes (SIGSTOP, a stalled virtual machine) between two statements of a write
    # holds the lock that all others wait for. The server ends its session; what it had not
    # committed never was.
    "idle_in_transaction_session_timeout": "10s",
    "synchronous_commit": "on",
    "timezone": "UTC",
}
_WRITE_SECONDS = 60
"""How long a whole write may take, where the server can be told so (PostgreSQL 17)."""
_BEGIN_READ = (
    b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
    # A reader holds up nobody; what it does between two statements (hash a history) may take long.
    b"SET LOCAL idle_in_transaction_session_timeout = '15min'"
)
_CLIENT_SECONDS = 2
"""How often the server looks, while it works on a statement, whether its asker is still there."""
_NO_END = b"; SET LOCAL transaction_timeout = 0"


class _Number(Loader):
    """Reads NUMERIC as the int or float that SQLite would give: sums of integers are NUMERIC."""

    def load(self, data: Any) -> int | float:
        """Return the number that `data` spells."""
        text = bytes(data).decode()
        return float(text) if "." in text or "e" in text.lower() else int(text)


class PostgresConnections(SqlDatabase):
    """Gives every method one transaction on a connection of the pool."""

    def __init__(self, url: str, password: str = "", *, read_only: bool = False) -> None:
        """Connect to nothing yet: a store that is never used costs nothing."""
        try:
            given = conninfo_to_dict(url)
            self.place = place_of(url)
            self._user = str(given.get("user") or "")
        except psycopg.ProgrammingError as exc:
            raise InputError(wrong_address(exc)) from exc
        settings = {**_SETTINGS, "default_transaction_read_only": "on"} if read_only else _SETTINGS
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._arguments: dict[str, Any] = {
            "application_name": "tanggap",
            "connect_timeout": 5,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 20_000,
            **given,
            # What the operator wrote into the address counts: the last one wins.
            "options": f"{options} {given.get('options') or ''}".strip(),
            **({"password": password} if password else {}),
        }
        self._read_only = read_only
        self._pool: ConnectionPool[PatientConnection] | None = None
        self._guard = threading.Lock()
        self._mine = threading.local()
        # It warns of each attempt to connect, in its own words; ours say it once, to be acted on.
        for name in ("psycopg", "psycopg.pool"):
            logging.getLogger(name).setLevel(logging.ERROR)

    @contextmanager
    def _read(self) -> Iterator[PostgresTransaction]:
        """Give a transaction whose reads all see the same moment; never waits for a writer.

        A read inside a write of the same thread is part of it.
        """
        writing: PostgresTransaction | None = getattr(self._mine, "writing", None)
        if writing is not None:
            yield writing
            return
        with self._transaction(_BEGIN_READ, _NO_END) as connection:
            yield PostgresTransaction(connection)

    @contextmanager
    def _write(self, *, wait: bool = True) -> Iterator[PostgresTransaction]:
        """Give a transaction that commits at the end or, on any error, never was.

        One writer at a time: the history is one chain, and what was read first must still hold.
        The lock is the first statement, so that all others see what the writer before committed.
        Nothing is tried again: whether a commit that lost its connection was done, the next read
        of the same rows tells (`network_id` is unique, so a page that comes again is a repeat).
        """
        with self._transaction(b"BEGIN ISOLATION LEVEL READ COMMITTED") as connection:
            if wait:
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (WRITER,))
            else:
                row = connection.execute(
                    "SELECT pg_try_advisory_xact_lock(%s) AS free", (WRITER,)
                ).fetchone()
                if row is None or not row["free"]:
                    raise StoreBusy(
                        f"basis data {self.place} sedang dipakai proses lain; coba lagi"
                    )
            self._mine.writing = PostgresTransaction(connection)
            try:
                yield self._mine.writing
            finally:
                self._mine.writing = None

    def close(self) -> None:
        """Close all connections; the store opens new ones when it is used again."""
        with self._guard:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _match(self, words: Sequence[str], opds: Sequence[str]) -> str:
        return match_expression(words, opds)

    @contextmanager
    def _transaction(self, begin: bytes, at_17: bytes = b"") -> Iterator[PatientConnection]:
        with translated(self.place, self._user), self._connection() as connection:
            connection.execute(begin + at_17 if connection.ends_transactions else begin)
            try:
                yield connection
                done = connection.execute("COMMIT").statusmessage
            except BaseException:
                with suppress(psycopg.Error):
                    connection.rollback()
                raise
            if done != "COMMIT":
                # A statement had failed and its error was swallowed: the server rolled back.
                raise StoreError(f"basis data {self.place}: transaksi tidak disimpan")

    @contextmanager
    def _connection(self) -> Iterator[PatientConnection]:
        pool = self._opened_pool()
        connection = self._take(pool)
        try:
            yield connection
        finally:
            connection.patience = PATIENCE_SECONDS
            if connection.broken:
                # The server restarted or was cut off: what else the pool keeps is as dead.
                pool.drain()
            pool.putconn(connection)

    def _take(self, pool: ConnectionPool[PatientConnection]) -> PatientConnection:
        """Return a connection that works.

        The pool connects behind our back and tells only that it took too long. So when it does, we
        try once ourselves: that says why, at once, or shows that what the pool keeps is outdated.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                return pool.getconn(timeout=_SLICE_SECONDS)
            except PoolTimeout:
                PatientConnection.connect(**self._arguments).close()
                if time.monotonic() > deadline:
                    raise
                if pool.get_stats()["pool_available"]:
                    pool.drain()

    def _opened_pool(self) -> ConnectionPool[PatientConnection]:
        with self._guard:
            if self._pool is None:
                PatientConnection.connect(**self._arguments).close()
                self._pool = ConnectionPool(
                    connection_class=PatientConnection,
                    kwargs=self._arguments,
                    configure=_configure,
                    check=ConnectionPool.check_connection,
                    min_size=0,
                    max_size=_CONNECTIONS,
                    max_idle=300.0,
                    reconnect_timeout=0,
                    num_workers=1,
                    open=True,
                    name="tanggap",
                )
            return self._pool


def _configure(connection: PatientConnection) -> None:
    """Set up a new connection: we begin transactions ourselves; rows are read by name."""
    connection.autocommit = True
    connection.row_factory = dict_row
    connection.adapters.register_loader("numeric", _Number)
    # Who is killed in a statement that takes its time (a step of the schema) would hold the lock of
    # the one writer until that statement ends. Before PostgreSQL 14 and on some systems (Windows)
    # the server cannot look.
    with suppress(psycopg.errors.InvalidParameterValue):
        connection.execute(
            "SELECT set_config('client_connection_check_interval', %s, false) "
            "WHERE current_setting('client_connection_check_interval', true) = '0'",
            (f"{_CLIENT_SECONDS}s",),
        )
    if connection.ends_transactions:
        # Who freezes while it sends many rows at once counts neither as idle nor as running a
        # statement (found with 18.6), and would hold the lock of the one writer for ever.
        connection.execute(
            "SELECT set_config('transaction_timeout', %s, false) "
            "WHERE current_setting('transaction_timeout') = '0'",
            (f"{_WRITE_SECONDS}s",),
        )
