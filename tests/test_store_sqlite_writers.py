"""Threads that write to one SQLite file: one after the other, and none waits too long."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlite_support import connection_of
from store_support import ALL, QUEUE, mention, put

from tanggap.errors import StoreBusy, StoreError
from tanggap.store.rows import EVERYTHING
from tanggap.store.sqlite import SqliteStore

LONG = 3600.0
"""Seconds of patience: whoever waits all of them fails the test by its time limit."""
BUSY = "sedang ditulis; coba lagi"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "tanggap.db", busy_seconds=LONG)
    store.migrate()
    yield store
    store.close()


def write(store: SqliteStore, *, wait: bool = True) -> None:
    with store._write(wait=wait) as connection:
        connection.execute("UPDATE meta SET value = value")


def said_to_sqlite(store: SqliteStore) -> list[str]:
    """Return a list that what the connection of a store that has one is told will be added to."""
    said: list[str] = []
    connection_of(store).set_trace_callback(said.append)
    return said


def test_threads_that_write_at_once_hand_on_and_never_wait_in_sqlite(store: SqliteStore) -> None:
    said = said_to_sqlite(store)
    gate = threading.Barrier(4)

    def writes() -> None:
        gate.wait(60)
        for _ in range(5):
            with store._write():
                time.sleep(0.005)  # the others are at the door by now

    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(writes) for _ in range(4)]:
            one.result(60)
    assert said == ["BEGIN IMMEDIATE", "COMMIT"] * 20


def test_while_a_thread_writes_reads_go_on_and_another_write_may_fail_at_once(
    store: SqliteStore,
) -> None:
    put(store, (mention("1"), QUEUE))
    with ThreadPoolExecutor(1) as pool:
        with store._write():
            assert pool.submit(store.count, EVERYTHING, ALL).result(60) == 1
            with pytest.raises(StoreBusy, match=BUSY):
                pool.submit(write, store, wait=False).result(60)
        pool.submit(write, store, wait=False).result(60)


def test_who_waits_in_vain_for_a_thread_that_writes_is_told_the_same_words(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "tanggap.db", busy_seconds=0.1)
    store.migrate()
    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        with store._write(), pytest.raises(StoreBusy, match=BUSY):
            pool.submit(write, store).result(60)
        assert time.monotonic() - began >= 0.1
        pool.submit(write, store).result(60)
    store.close()


class Door:
    """The lock of the writers; it tells when somebody stands before it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.waiting = threading.Event()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if blocking:
            self.waiting.set()
        return self.lock.acquire(blocking, timeout)

    def release(self) -> None:
        self.lock.release()


@pytest.mark.parametrize(
    ("waited", "left"), [(0.01, None), (100.5, 3500), (LONG, 0), (LONG + 1, 0)]
)
def test_waiting_for_threads_and_then_for_processes_is_bounded_together(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, waited: float, left: int | None
) -> None:
    door = Door()
    times = iter([0.0, waited])
    monkeypatch.setattr(store, "_writer", door)
    monkeypatch.setattr("tanggap.store.sqlite_connections.monotonic", lambda: next(times))
    with ThreadPoolExecutor(1) as pool:
        with store._write():
            said = said_to_sqlite(store)
            second = pool.submit(write, store)
            assert door.waiting.wait(60)
        second.result(60)
        assert said.pop(0) == "COMMIT"  # of the first
        timeouts = [line for line in said if line.startswith("PRAGMA")]
        if left is None:
            assert timeouts == []
        else:
            assert timeouts == [f"PRAGMA busy_timeout = {ms}" for ms in (left * 1000, 3600_000)]
            assert said.index("BEGIN IMMEDIATE") == 1


def test_a_write_inside_a_write_of_the_same_thread_fails_at_once_and_undoes_both(
    store: SqliteStore,
) -> None:
    def both() -> None:
        with store._write() as connection:
            connection.execute("UPDATE meta SET value = 'half'")
            write(store)

    with pytest.raises(StoreError, match="transaction within a transaction"):
        both()
    with store._read() as connection:
        assert not connection.execute("SELECT 1 FROM meta WHERE value = 'half'").fetchall()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(write, store, wait=False).result(60)


def test_a_write_that_fails_hands_on(store: SqliteStore) -> None:
    with pytest.raises(ZeroDivisionError), store._write():
        raise ZeroDivisionError
    with ThreadPoolExecutor(1) as pool:
        pool.submit(write, store, wait=False).result(60)
