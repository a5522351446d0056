"""How the SQLite store holds out: tampered history, second daemons, kills at any moment."""

# ruff: noqa: S608 - the tests put their own statements together.

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_support import connection_of
from store_support import (
    ALL,
    DECISION,
    NOW,
    QUEUE,
    SPEC,
    act,
    mention,
    page,
    put,
    queue,
    take,
    the_item,
)

from tanggap.errors import StoreBusy, StoreError
from tanggap.store import daemon_lock, open_store
from tanggap.store.rows import EVERYTHING, ItemFilter
from tanggap.store.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tanggap.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    store.migrate()
    yield store
    store.close()


class TestEvents:
    @pytest.fixture(autouse=True)
    def _some(self, store: SqliteStore) -> None:
        put(store, (mention("1"), QUEUE), (mention("2"), queue("dlh")))
        act(store, the_item(store, "1"), "agree")
        assert store.verify_events() == 3

    def test_history_cannot_be_changed_or_removed(self, store: SqliteStore) -> None:
        for sql in ("UPDATE events SET actor = 'x'", "DELETE FROM events"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection_of(store).execute(sql)

    @pytest.mark.parametrize(
        "tampering",
        [
            *(
                f"UPDATE events SET {change} WHERE id = {number}"
                for number in (1, 2, 3)
                for change in (
                    "actor = 'orang'",
                    "at = '2020-01-01T00:00:00.000Z'",
                    "kind = 'agree '",
                    "detail = '{}'",
                    "item_id = 9",
                    "digest = 'x'",
                )
            ),
            *(f"DELETE FROM events WHERE id = {number}" for number in (1, 2, 3)),
            "UPDATE events SET id = 7 WHERE id = 3",
            "DELETE FROM meta WHERE key = 'event_key'",
            "DELETE FROM meta WHERE key = 'event_head'",
            "INSERT INTO events VALUES (4, 1, '', '', '', '', '')",
        ],
    )
    def test_tampering_is_found(self, store: SqliteStore, tampering: str) -> None:
        conn = connection_of(store)
        conn.execute("DROP TRIGGER events_refuse_update")
        conn.execute("DROP TRIGGER events_refuse_delete")
        conn.execute(tampering)
        with pytest.raises(StoreError, match="rantai riwayat rusak"):
            store.verify_events()

    def test_history_holds_neither_texts_nor_handles(self, store: SqliteStore) -> None:
        secret = mention("5", "kata-rahasia", author_handle="akun_rahasia")
        put(store, (secret, QUEUE))
        act(store, the_item(store, "5"), "note", why="alasan-rahasia")
        rows = connection_of(store).execute("SELECT * FROM events").fetchall()
        assert "rahasia" not in repr([tuple(row) for row in rows])


def test_an_empty_history_is_whole(store: SqliteStore) -> None:
    assert store.verify_events() == 0


class TestDaemonLock:
    @pytest.mark.fault(13)
    def test_a_second_daemon_is_told_and_the_first_goes_on(self, path: Path) -> None:
        with daemon_lock(path):
            with pytest.raises(StoreBusy, match=f"proses {os.getpid()}"), daemon_lock(path):
                pass
            with pytest.raises(StoreBusy), daemon_lock(path):
                pass
        with daemon_lock(path):
            pass

    @pytest.mark.fault(15)
    def test_a_killed_daemon_leaves_no_lock(self, path: Path) -> None:
        code = (
            "import sys, pathlib, tanggap.store as s\n"
            "with s.daemon_lock(pathlib.Path(sys.argv[1])):\n"
            "    sys.stdout.write('locked\\n'); sys.stdout.flush(); sys.stdin.read()\n"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"locked\n"
            with pytest.raises(StoreBusy, match=f"proses {child.pid}"), daemon_lock(path):
                pass
            child.kill()
            child.wait()
        with daemon_lock(path):
            pass

    def test_a_folder_that_is_missing_is_named(self, path: Path) -> None:
        with (
            pytest.raises(StoreError, match=r"folder .* tidak ada"),
            daemon_lock(path / "tidak" / "ada"),
        ):
            pass


def _accept_for_ever(path: str, ready: object) -> None:
    store = open_store(path)
    known = store.sources(NOW)[0].accepted
    while True:
        lease = take(store)
        start = int(lease.cursor or 0)
        wave = [mention(str(number)) for number in range(start - min(start, 3), start + 10)]
        decided = {one.network_id: (DECISION, QUEUE) for one in wave}
        store.accept(lease, page(*wave, cursor=str(start + 10)), decided, NOW)
        store.index_text(7)
        if store.sources(NOW)[0].accepted > known:
            ready.set()  # type: ignore[attr-defined]


def test_nothing_is_lost_or_doubled_when_the_program_is_killed(path: Path) -> None:
    store = open_store(path)
    store.migrate()
    store.sync_sources([SPEC], NOW)
    context = multiprocessing.get_context("spawn")
    for round_ in range(4):
        ready = context.Event()
        child = context.Process(target=_accept_for_ever, args=(str(path), ready))
        child.start()
        assert ready.wait(60)
        time.sleep(0.01 * round_)
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        child.close()
        lease = take(store)
        stored = int(lease.cursor or 0)
        assert stored > 0
        assert store.fresh([mention(str(number)) for number in range(stored)]) == [False] * stored
        assert store.sources(NOW)[0].accepted == stored
        assert store.count(EVERYTHING, ALL, cap=10**9) == stored
        assert sum(1 for _ in store.export(EVERYTHING, ALL)) == stored
        assert store.verify_events() == stored
        store.release(lease)
    store.close()
    thorough = open_store(path, thorough=True)
    while thorough.index_text(1000):
        pass
    assert thorough.count(EVERYTHING, ItemFilter(text="rusak"), cap=10**9) == stored
    thorough.close()
