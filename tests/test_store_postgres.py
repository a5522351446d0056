"""How the PostgreSQL store holds out: servers that go, locks, frozen writers, tampered history."""

import logging
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from postgres_support import LOCKED, Server
from psycopg.sql import SQL, Identifier, Literal
from store_support import DECISION, NOW, QUEUE, act, at, mention, page, put, take, the_item

from tanggap.clock import to_text
from tanggap.errors import (
    InputError,
    LeaseLost,
    SchemaMismatch,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreUnreachable,
)
from tanggap.store import open_store, sqlite_transaction
from tanggap.store import postgres as postgres_module
from tanggap.store.events import append, open_chain
from tanggap.store.postgres import PostgresStore
from tanggap.store.postgres_search import match_expression, vector
from tanggap.store.postgres_transaction import PostgresTransaction
from tanggap.store.search import normalised, owner_token, typed_words
from tanggap.store.steps import STEPS, Step

SECRET = "rahasia-sekali-123"


@pytest.fixture
def opened(migrated_postgres_url: str) -> Iterator[Callable[..., PostgresStore]]:
    """Give what opens the test's database, with settings of its own (`lock_timeout="300ms"`)."""
    stores = []

    def open_one(**settings: str) -> PostgresStore:
        options = quote(" ".join(f"-c {name}={value}" for name, value in settings.items()))
        store = PostgresStore(f"{migrated_postgres_url}?options={options}")
        stores.append(store)
        return store

    yield open_one
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Callable[..., PostgresStore]) -> PostgresStore:
    return opened()


def as_superuser(url: str, *statements: str) -> None:
    """Change the database behind the program's back."""
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


class TestRefusals:
    def refused(self, url: str, kind: type[StoreError], words: str, password: str = "") -> None:
        started = time.monotonic()
        with pytest.raises(kind, match=words) as caught:
            open_store(url, password=password)
        assert time.monotonic() - started < 60  # it is said, not tried for ever
        assert type(caught.value) is kind
        assert "\n" not in str(caught.value)
        assert SECRET not in f"{caught.value} {caught.value.__cause__}"

    def test_a_server_that_is_not_there(self) -> None:
        self.refused(
            "postgresql://tanggap@127.0.0.1:1/x",
            StoreUnreachable,
            "x di 127.0.0.1:1 tidak dapat dihubungi",
        )

    def test_a_database_that_is_not_there(self, postgres_server: Server) -> None:
        self.refused(postgres_server.url("tidakada"), StoreError, "belum ada; buat di server")

    def test_an_address_that_makes_no_sense(self) -> None:
        for address, told in (("x?salah=1", "parameter salah tidak dikenal"), ("x?a", "salah")):
            with pytest.raises(InputError, match=f"alamat basis data PostgreSQL: {told}"):
                PostgresStore(f"postgresql://a@b/{address}")

    def test_a_wrong_password_and_the_right_one(
        self, postgres_server: Server, migrated_postgres_url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        make = SQL("CREATE ROLE {} LOGIN SUPERUSER PASSWORD {}")
        postgres_server.do(make.format(Identifier(LOCKED), Literal(SECRET)))
        url = migrated_postgres_url.replace("postgres@", f"{LOCKED}@")
        try:
            self.refused(url, StoreError, "menolak pengguna atau kata sandi", "salah-" + SECRET)
            self.refused(url, StoreError, "kata sandi basis data belum diisi")
            open_store(url, password=SECRET).close()
        finally:
            postgres_server.do(SQL("DROP ROLE {}").format(Identifier(LOCKED)))
        assert SECRET not in caplog.text

    def test_a_user_without_rights(
        self, postgres_server: Server, migrated_postgres_url: str
    ) -> None:
        postgres_server.do(SQL("CREATE ROLE tamu LOGIN"))
        try:
            url = migrated_postgres_url.replace("postgres@", "tamu@")
            self.refused(url, StoreError, "pengguna tamu tidak berhak")
        finally:
            postgres_server.do(SQL("DROP ROLE tamu"))

    @pytest.mark.fault(12)
    def test_a_server_that_only_reads(self, migrated_postgres_url: str) -> None:
        url = f"{migrated_postgres_url}?options=-cdefault_transaction_read_only%3Don"
        self.refused(url, StoreFull, "hanya-baca")
        reading = open_store(url, read_only=True)
        assert reading.alarms() == []
        with pytest.raises(StoreFull, match="hanya-baca"):
            reading.raise_alarm("model", "", NOW)
        reading.close()

    @pytest.mark.parametrize(
        ("code", "kind", "words"),
        [
            ("53100", StoreFull, "disk penuh di server"),
            ("58030", StoreFull, "disk gagal"),
            ("53300", StoreBusy, "max_connections"),
            ("40P01", StoreBusy, "sedang dipakai"),
            ("57P01", StoreUnreachable, "tidak dapat dihubungi"),
            ("XX001", StoreError, "rusak"),
            ("23505", StoreError, "RaiseException|UniqueViolation"),
        ],
    )
    def test_what_a_server_says_while_it_writes(
        self, store: PostgresStore, code: str, kind: type[StoreError], words: str
    ) -> None:
        def write() -> None:
            with store._write() as conn:
                conn.execute("INSERT INTO meta VALUES ('a', 'b')")
                conn.execute(f"DO 'BEGIN RAISE ''teks warga'' USING ERRCODE = ''{code}''; END'")

        with pytest.raises(kind, match=words) as caught:
            write()
        assert type(caught.value) is kind
        assert "teks warga" not in str(caught.value)
        with store._read() as conn:
            assert conn.execute("SELECT * FROM meta").fetchall() == []

    def test_an_error_that_was_swallowed_is_no_commit(self, store: PostgresStore) -> None:
        def write() -> None:
            with store._write() as conn:
                conn.execute("INSERT INTO meta VALUES ('a', 'b')")
                with suppress(psycopg.Error):
                    conn.execute("SELECT * FROM tidakada")

        with pytest.raises(StoreError, match="tidak disimpan"):
            write()
        assert store.alarms() == []


class TestLock:
    def test_there_is_one_writer_at_a_time_and_readers_do_not_wait(
        self, opened: Callable[..., PostgresStore]
    ) -> None:
        one, two = opened(), opened(lock_timeout="200ms")
        with one._write() as conn:
            conn.execute("INSERT INTO meta VALUES ('a', 'b')")
            with two._read() as other:
                assert other.execute("SELECT * FROM meta").fetchall() == []
            with pytest.raises(StoreBusy, match="sedang dipakai proses lain"), two._write():
                pass
            patient = opened()
            started = time.monotonic()
            with pytest.raises(StoreBusy, match="sedang dipakai"), patient._write(wait=False):
                pass
            assert time.monotonic() - started < 9  # it would wait for ten
        with two._write() as conn:
            assert conn.execute("SELECT value FROM meta").fetchall() == [{"value": "b"}]

    def test_reads_see_one_moment(self, opened: Callable[..., PostgresStore]) -> None:
        one, two = opened(), opened()
        with one._read() as conn:
            assert conn.execute("SELECT * FROM alarms").fetchall() == []
            two.raise_alarm("model", "", NOW)
            assert conn.execute("SELECT * FROM alarms").fetchall() == []
        assert len(one.alarms()) == 1

    def test_a_writer_that_freezes_loses_the_lock_and_what_it_had_written(
        self, opened: Callable[..., PostgresStore]
    ) -> None:
        frozen, other = opened(idle_in_transaction_session_timeout="200ms"), opened()
        wrote, thawed = threading.Event(), threading.Event()

        def write() -> None:
            with frozen._write() as conn:
                conn.execute("INSERT INTO meta VALUES ('a', 'b')")
                wrote.set()
                assert thawed.wait(30)

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write)
            assert wrote.wait(30)
            with other._write() as conn:  # waits until the server has ended the other session
                assert conn.execute("SELECT * FROM meta").fetchall() == []
            thawed.set()
            with pytest.raises(StoreBusy, match="terputus"):
                writing.result(30)
        assert frozen.raise_alarm("model", "", NOW)

    @pytest.mark.fault(14)
    def test_what_a_frozen_daemon_brings_after_its_lease_is_refused(
        self, opened: Callable[..., PostgresStore]
    ) -> None:
        frozen, other = opened(), opened()
        old = take(frozen, owner="d1")
        new = take(other, now=at(181), owner="d2")
        assert new.fence == old.fence + 1
        entry = {"1": (DECISION, QUEUE)}
        for attempt in (
            lambda: frozen.accept(old, page(mention("1")), entry, at(182)),
            lambda: frozen.finish(old, at(182), at(400), ""),
        ):
            with pytest.raises(LeaseLost):
                attempt()
        frozen.release(old)
        assert other.accept(new, page(mention("1")), entry, at(183)).new == 1
        assert other.verify_events() == 1


class TestReconnect:
    @pytest.mark.fault(12)
    def test_a_server_that_restarts_is_met_again_without_a_restart_of_ours(
        self, store: PostgresStore, postgres_server: Server
    ) -> None:
        gate = threading.Barrier(6)

        def read(_: int) -> None:
            with store._read() as conn:
                conn.execute("SELECT 1")
                gate.wait(30)  # so that each has a connection of its own, all of which will die

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(read, range(6)))
        for how in (signal.SIGINT, signal.SIGQUIT):
            postgres_server.stop(how)
            try:
                started = time.monotonic()
                with pytest.raises(StoreBusy, match="tidak dapat dihubungi"):
                    store.alarms()
                assert time.monotonic() - started < 60
            finally:
                postgres_server.start()
            started = time.monotonic()
            store.raise_alarm("model", "", NOW)
            assert time.monotonic() - started < 60

    @pytest.mark.fault(12)
    def test_a_connection_cut_in_a_transaction_costs_that_transaction_only(
        self, store: PostgresStore, migrated_postgres_url: str
    ) -> None:
        def write() -> None:
            with store._write() as conn:
                conn.execute("INSERT INTO meta VALUES ('a', 'b')")
                row = conn.execute("SELECT pg_backend_pid() AS pid").fetchone()
                assert row is not None
                end = f"SELECT pg_terminate_backend({row['pid']}, 5000)"
                as_superuser(migrated_postgres_url, end)

        # The commit is what meets the cut: whether it was done is not known, so it raises.
        with pytest.raises(StoreBusy, match="terputus"):
            write()
        with store._write() as conn:
            assert conn.execute("SELECT * FROM meta").fetchall() == []

    def test_a_line_that_is_dead_without_having_ended_is_given_up(
        self, store: PostgresStore
    ) -> None:
        def read() -> None:
            with store._read() as conn:
                conn.connection.patience = 0.3
                conn.execute("SELECT pg_sleep(20)")

        started = time.monotonic()
        with pytest.raises(StoreBusy, match="tidak dapat dihubungi"):
            read()
        assert time.monotonic() - started < 19  # the server would sleep for twenty
        assert store.alarms() == []

    def test_nothing_is_opened_before_it_is_used_and_nothing_is_left(self) -> None:
        before = set(threading.enumerate())
        store = PostgresStore("postgresql://tanggap@127.0.0.1:1/x")
        store.close()
        assert set(threading.enumerate()) == before

    def test_a_closed_store_leaves_no_thread_and_opens_again(self, store: PostgresStore) -> None:
        before = set(threading.enumerate())
        store.alarms()
        store.close()
        assert set(threading.enumerate()) == before
        assert store.alarms() == []


class TestEvents:
    @pytest.fixture(autouse=True)
    def _some(self, store: PostgresStore) -> None:
        put(store, (mention("1"), QUEUE), (mention("2"), QUEUE))
        act(store, the_item(store, "1"), "agree")
        assert store.verify_events() == 3

    @pytest.mark.parametrize(
        "sql", ["UPDATE events SET actor = 'x'", "DELETE FROM events", "TRUNCATE events"]
    )
    def test_history_cannot_be_changed_or_removed(
        self, migrated_postgres_url: str, sql: str
    ) -> None:
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            as_superuser(migrated_postgres_url, sql)

    @pytest.mark.parametrize(
        "tampering",
        [
            "UPDATE events SET actor = 'orang' WHERE id = 2",
            "UPDATE events SET detail = '{}' WHERE id = 3",
            "DELETE FROM events WHERE id = 1",
            "DELETE FROM events WHERE id = 3",
            "DELETE FROM events",
            "DELETE FROM meta WHERE key = 'event_key'",
        ],
    )
    def test_tampering_behind_the_triggers_is_found(
        self, store: PostgresStore, migrated_postgres_url: str, tampering: str
    ) -> None:
        as_superuser(migrated_postgres_url, "SET session_replication_role = replica", tampering)
        with pytest.raises(StoreError, match="rantai riwayat rusak"):
            store.verify_events()


class TestSchema:
    def test_of_several_that_migrate_at_once_one_does_it(self, postgres_url: str) -> None:
        stores = [PostgresStore(postgres_url) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda store: store.migrate(), stores))
        assert sorted(map(len, done)) == [0, 0, 0, len(STEPS)]
        for store in stores:
            store.check_schema()
            store.close()

    def test_an_older_schema_is_brought_up_to_date(
        self, postgres_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The alarms of then, which belonged to no daemon.
        first = [step.name for step in STEPS].index("m0008_daemons")
        older, later = STEPS[:first], STEPS[first:]
        store = PostgresStore(postgres_url)
        with monkeypatch.context() as patch:
            patch.setattr(postgres_module, "STEPS", older)
            assert store.migrate() == [step.name for step in older]
            with store._write() as conn:
                at = to_text(NOW)
                conn.execute("INSERT INTO alarms VALUES ('model', '', ?, ?)", (at, at))
        with pytest.raises(SchemaMismatch, match=later[0].name):
            store.check_schema()
        assert store.migrate() == [step.name for step in later]
        store.check_schema()
        assert [alarm.code for alarm in store.alarms()] == ["model"]
        store.close()

    def test_a_step_that_fails_changes_nothing(
        self, postgres_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = PostgresStore(postgres_url)
        statements = ("CREATE TABLE halfway (a TEXT)", "ALTER TABLE no ADD b")
        broken = (*STEPS, Step("m9999_broken", (), statements))
        with monkeypatch.context() as patch:
            patch.setattr(postgres_module, "STEPS", broken)
            with pytest.raises(StoreError):
                store.migrate()
        assert store.migrate() == [step.name for step in STEPS]
        store.close()

    def test_a_newer_database_and_a_foreign_one_are_left_alone(
        self, postgres_url: str, migrated_postgres_url: str
    ) -> None:
        as_superuser(migrated_postgres_url, "INSERT INTO migrations VALUES ('m9999_new', 'x')")
        try:
            with pytest.raises(SchemaMismatch, match="lebih baru"):
                open_store(migrated_postgres_url)
        finally:
            as_superuser(migrated_postgres_url, "DELETE FROM migrations WHERE name = 'm9999_new'")
        as_superuser(postgres_url, "CREATE TABLE migrations (id INT, migration TEXT)")
        store = PostgresStore(postgres_url)
        for attempt in (store.migrate, lambda: store.check_usable(thorough=False)):
            with pytest.raises(StoreError, match="bukan milik Tanggap"):
                attempt()
        store.close()

    def test_a_whole_database_is_looked_through(self, store: PostgresStore) -> None:
        put(store, (mention("1"), QUEUE))
        store.check_usable(thorough=True)


class TestIds:
    def test_an_id_is_never_given_twice(
        self, store: PostgresStore, migrated_postgres_url: str
    ) -> None:
        put(store, (mention("1"), QUEUE), (mention("2"), QUEUE))
        last = the_item(store, "2").id
        as_superuser(
            migrated_postgres_url,
            "SET session_replication_role = replica",
            "DELETE FROM items",
            "DELETE FROM mentions",
        )
        put(store, (mention("3"), QUEUE))
        assert the_item(store, "3").id == last + 1

    def test_ids_of_copied_rows_are_not_given_again(self, store: PostgresStore) -> None:
        with store._write() as conn:
            assert conn.last_id("reviews") == 0
            conn.keep_ids_above("reviews", 0)
            conn.keep_ids_above("reviews", 41)
            assert conn.last_id("reviews") == 41
            assert conn.reserve_ids("mentions", 3) == 1
            assert conn.reserve_ids("mentions", 0) == 4
            assert conn.reserve_ids("mentions", 1) == 4
        put(store, (mention("1"), QUEUE))
        act(store, the_item(store, "1"), "agree")
        with store._read() as conn:
            assert conn.execute("SELECT id FROM reviews").fetchall() == [{"id": 42}]


def test_sums_are_numbers_as_they_are_in_sqlite(store: PostgresStore) -> None:
    with store._read() as conn:
        row = conn.execute(
            "SELECT sum(n) AS n, CAST('2.50' AS NUMERIC) AS m "
            "FROM (SELECT CAST(2 AS BIGINT) AS n) AS t"
        ).fetchone()
    assert row is not None
    assert (row["n"], type(row["n"]), row["m"]) == (2, int, 2.5)


@pytest.mark.parametrize(
    ("left", "right", "days"),
    [
        ("2026-11-20T00:00:00.000Z", "2026-11-21T12:00:00.000Z", 1.5),
        ("2026-11-20T00:00:00.000Z", "2026-11-19T00:00:00.000Z", 1.0),
    ],
)
def test_moments_are_as_far_apart_as_in_sqlite(
    store: PostgresStore, left: str, right: str, days: float
) -> None:
    with store._read() as conn:
        sql = f"SELECT {conn.days_apart(':l', ':r')} AS days"
        row = conn.execute(sql, {"l": left, "r": right}).fetchone()
    assert row is not None
    assert row["days"] == pytest.approx(days)


WORDS = st.text(
    st.sampled_from("aeÉéệñçşß1²_-.,:'\"\\&|!*()@#🚧क́\u0301\u0308\u0000 ا jJ"), max_size=14
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=WORDS,
    typed=WORDS,
    owner=st.sampled_from(["dpupr", "d'l\\h"]),
    asker=st.sampled_from(["", "dpupr"]),
)
@example(text="Jl.Merdeka no 5", typed="jl.mer", owner="dpupr", asker="")
@example(text="Merdeka jl", typed="jl.mer", owner="dpupr", asker="")
@example(text="odpupr", typed="odpupr", owner="x", asker="dpupr")
@example(text="Kafé Ambarawa", typed="kafe amb", owner="dpupr", asker="dpupr")
def test_a_search_finds_what_fts5_finds(
    store: PostgresStore, text: str, typed: str, owner: str, asker: str
) -> None:
    words, asked = typed_words(typed), [asker] if asker else []
    expression = match_expression(words, asked) if words else ""
    with store._read() as conn:
        row = conn.execute(
            "SELECT CAST(? AS tsvector) @@ CAST(? AS tsquery) AS found",
            (vector(text, [owner]), expression),
        ).fetchone()
    assert row is not None
    assert row["found"] == (bool(words) and _fts5_finds(text, words, owner, asked))


def _fts5_finds(text: str, words: list[str], owner: str, asked: list[str]) -> bool:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(
            "CREATE VIRTUAL TABLE search USING fts5 "
            "(words, owners, tokenize = 'unicode61 remove_diacritics 2')"
        )
        db.execute("INSERT INTO search VALUES (?, ?)", (normalised(text), owner_token(owner)))
        expression = sqlite_transaction.match_expression(words, asked)
        found = db.execute("SELECT 1 FROM search WHERE search MATCH ?", (expression,)).fetchone()
    return found is not None


def test_a_writer_that_freezes_while_it_sends_many_rows_loses_the_lock_too(
    opened: Callable[..., PostgresStore],
) -> None:
    frozen, other = opened(transaction_timeout="500ms"), opened()

    def send_half() -> None:
        with frozen._write() as conn:
            line = conn.connection.pgconn
            line.enter_pipeline_mode()
            line.send_query_params(b"SELECT 1", None)
            line.flush()  # and never the end of the batch
            with other._write() as second:
                assert second.execute("SELECT 1 AS n").fetchall() == [{"n": 1}]

    with pytest.raises(StoreBusy):
        send_half()
    assert frozen.alarms() == []


def test_a_write_beyond_the_time_the_server_gives_is_called_by_its_name(
    opened: Callable[..., PostgresStore],
) -> None:
    hurried = opened(transaction_timeout="300ms")
    words = r"batas waktu server \(transaction_timeout\)"
    with pytest.raises(StoreBusy, match=words), hurried._write() as conn:
        conn.execute("SELECT pg_sleep(5)")
    with hurried._write() as conn:
        conn.take_your_time()
        conn.execute("SELECT pg_sleep(0.5)")


def test_a_long_history_is_read_in_parts_and_to_its_end(
    store: PostgresStore, migrated_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store._write() as conn:
        chain = open_chain(conn)
        append(conn, chain, [chain.add(n, NOW, "daemon", "routed", "") for n in range(2500)])
    at_once = []
    execute = PostgresTransaction.execute

    def counted(self: PostgresTransaction, *arguments: Any) -> Any:
        result = execute(self, *arguments)
        at_once.append(result.rowcount)
        return result

    with monkeypatch.context() as patch:
        patch.setattr(PostgresTransaction, "execute", counted)
        assert store.verify_events() == 2500
    assert max(at_once) <= 1000
    guard = "ALTER TABLE events {} TRIGGER USER"
    for change in (
        "UPDATE events SET detail = 'x' WHERE id = 1001",
        "UPDATE events SET id = 0 WHERE id = 1",
        "UPDATE events SET id = -9223372036854775808 WHERE id = 0",
        "DELETE FROM events WHERE id = 2500",
    ):
        as_superuser(migrated_postgres_url, guard.format("DISABLE"), change)
        with pytest.raises(StoreError, match="rantai riwayat rusak"):
            store.verify_events()
