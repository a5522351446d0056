"""What only the SQLite store promises: durability, plans, damage, locks, the lone daemon."""

# ruff: noqa: S608 - the tests put their own statements together.

import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
import sqlite_utils
from sqlite_support import connection_of, database_of
from sqlite_utils import Migrations
from store_contract_presence import HOUR, read
from store_support import (
    ALL,
    CONTEXT,
    DECISION,
    NOW,
    QUEUE,
    TRIAGE,
    answer,
    at,
    mention,
    only,
    page,
    put,
    take,
)

from tanggap.clock import to_text
from tanggap.errors import InputError, SchemaMismatch, StoreBusy, StoreError, StoreFull
from tanggap.mention import UNANSWERED, Engagement, Whole
from tanggap.store import open_store, schema
from tanggap.store.lists import Listing
from tanggap.store.rows import EVERYTHING, ItemFilter, Scope
from tanggap.store.sqlite import SqliteStore
from tanggap.store.sqlite_connections import SHARED
from tanggap.store.steps import STEPS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tanggap.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path, busy_seconds=0.2)
    store.migrate()
    yield store
    store.close()


def test_a_second_store_of_one_process_takes_no_lock_from_the_first(
    store: SqliteStore, tmp_path: Path
) -> None:
    put(store, (mention("1"), QUEUE))
    log = store.path.with_name(f"{store.path.name}-wal")
    before = log.stat().st_ino
    with closing(open_store(store.path)):  # as a backup or a notice opens one beside the daemon's
        pass
    leave = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
    leave += "c.execute('SELECT count(*) FROM items').fetchone(); c.close()"
    subprocess.run([sys.executable, "-c", leave, str(store.path)], check=True)
    assert log.exists(), "who left believed to be the last, and took the log of writes away"
    assert log.stat().st_ino == before
    put(store, (mention("2"), QUEUE))
    with closing(sqlite3.connect(store.path)) as other:
        assert other.execute("SELECT count(*) FROM items").fetchone() == (2,)


def test_the_facts_of_what_waits_are_read_along_the_index_of_lists(store: SqliteStore) -> None:
    put(store, (mention("1"), QUEUE), (mention("2"), TRIAGE))
    said: list[str] = []
    with store._read() as conn:
        conn.set_trace_callback(said.append)
    waiting = list(store.answer_facts(EVERYTHING, statuses=UNANSWERED))
    assert len(waiting) == 2
    with store._read() as conn:
        conn.set_trace_callback(None)
        [asked] = [sql for sql in said if "WITH keys AS" in sql]
        plan = [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {asked}")]
    walks = [step for step in plan if "posted_at" in step]
    assert walks
    for step in walks:
        assert step.startswith("SEARCH i USING COVERING INDEX items_list (tab=? AND status=?"), plan


def test_what_people_react_to_is_read_along_indexes_that_hold_nothing_else(
    store: SqliteStore,
) -> None:
    put(store, (mention("1", kind="post", author_opd="dpupr"), CONTEXT), (mention("2"), QUEUE))
    put(store, (mention("3", kind="comment", thread_id="1"), QUEUE))
    said: list[str] = []
    with store._read() as conn:
        conn.set_trace_callback(said.append)
    for scope in (EVERYTHING, only("dpupr")):
        assert len(store.own_posts(scope, at(-60), 20)) == 1
        assert store.viral(scope, at(-60), 20) == []
    with store._read() as conn:
        conn.set_trace_callback(None)
        asked = [sql for sql in said if sql.lstrip().startswith("WITH")]
        plans = [[row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}")] for sql in asked]
    walks = ("mentions_own_posts", "mentions_thread", "engagement_lively")
    for plan, walk in zip(plans, walks * 2, strict=True):
        assert any(walk in step for step in plan), plan
        # By name, what is scanned are the few rows that were found so; never a table.
        scanned = {step.split()[1] for step in plan if step.startswith("SCAN")}
        scanned = {name for name in scanned if not name.startswith("(subquery-")}  # a window's rows
        assert scanned <= {"json_each", "posts", "chosen", "lively", "engaged", "arm", "busy",
                           "ranked", "found", "c", "below"}, plan  # fmt: skip


def test_a_page_of_repeats_asks_once_for_its_reactions_and_writes_none(store: SqliteStore) -> None:
    told = [mention(str(n), engagement=Engagement(n, 0)) for n in range(1, 40)]
    put(store, *((one, QUEUE) for one in told))
    lease = take(store)
    said: list[str] = []
    with store._write() as conn:
        conn.set_trace_callback(said.append)
    store.accept(lease, page(*told), {}, at(1))
    with store._write() as conn:
        conn.set_trace_callback(None)
    assert [sql.split()[0] for sql in said if "engagement" in sql] == ["SELECT"]


def test_an_answer_that_goes_or_comes_back_is_looked_up_once_for_all_its_items(
    store: SqliteStore,
) -> None:
    def looked_up(items: int) -> list[list[str]]:
        root = f"r{items}"
        under = [
            mention(f"{items}c{n}", author_id=str(n), parent_id=root, thread_id=root)
            for n in range(1, items)
        ]
        put(store, *((one, QUEUE) for one in (mention(root), *under)))
        found = []
        told = answer(f"{root}a", root)
        for hours, listed in ((1, [told]), (2, []), (3, []), (4, [told])):
            said: list[str] = []
            with store._write() as conn:
                conn.set_trace_callback(said.append)
            read(store, hours, *listed, whole=Whole(at(-HOUR), at(hours * HOUR), root))
            with store._write() as conn:
                conn.set_trace_callback(None)
            found.append([sql for sql in said if sql.lstrip().startswith(("SELECT", "WITH"))])
        asked = [item.status for item in store.items(EVERYTHING, ALL, limit=1000)]
        assert set(asked) == {"dijawab"}
        return found[2:]

    few, many = looked_up(3), looked_up(30)
    assert [len(said) for said in few] == [len(said) for said in many]
    with store._read() as conn:
        walks = [
            row[3]
            for sql in many[0] + many[1]
            if "item_answers" in sql
            for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}")
        ]
    # What is scanned are lists that were handed over; never a table.
    assert {step.split()[1] for step in walks if step.startswith("SCAN")} <= {"json_each", "f"}


def test_every_connection_is_durable(store: SqliteStore) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
    names += ("recursive_triggers",)
    store.close()  # each is opened anew
    with store._read() as first, ThreadPoolExecutor(1) as pool:
        second = pool.submit(connection_of, store).result()
        assert first is not second
        for conn in (first, second):
            asked = [conn.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
            assert asked == ["wal", 2, 1, 1, 200, 1]


def test_threads_share_a_few_connections(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tanggap.store.sqlite_connections.PATIENCE_SECONDS", 60.0)
    used: list[int] = []

    def read() -> None:
        with store._read() as conn:
            used.append(id(conn))
            time.sleep(0.002)  # the others are at the door by now

    with ThreadPoolExecutor(20) as pool:
        for one in [pool.submit(read) for _ in range(200)]:
            one.result(60)
        assert len(set(used)) <= SHARED
        used.clear()
        for _ in range(20):  # one after the other: one serves all
            pool.submit(read).result(60)
        assert len(set(used)) == 1


def test_who_holds_a_connection_for_long_keeps_nobody_waiting(store: SqliteStore) -> None:
    door = threading.Barrier(SHARED + 1)

    def read_for_long() -> int:
        with store._read() as conn:
            door.wait(60)
            door.wait(60)
            return id(conn)

    with ThreadPoolExecutor(SHARED) as pool:
        long = [pool.submit(read_for_long) for _ in range(SHARED)]
        door.wait(60)  # all that are shared are in use
        assert store.count(EVERYTHING, ALL) == 0
        with store._read() as another:
            pass
        with pytest.raises(sqlite3.ProgrammingError):
            another.execute("SELECT 1")  # was for that use alone
        with store._write() as conn:
            conn.execute("UPDATE meta SET value = value")
        door.wait(60)
        assert len({one.result(60) for one in long}) == SHARED


def test_a_closed_store_leaves_no_connection_open_and_opens_again_when_used(
    store: SqliteStore,
) -> None:
    with ThreadPoolExecutor(1) as pool, store._read() as lent:
        idle = pool.submit(connection_of, store).result()
        store.close()
        with pytest.raises(sqlite3.ProgrammingError):
            idle.execute("SELECT 1")
        lent.execute("SELECT 1")  # whoever is at work ends it
    with pytest.raises(sqlite3.ProgrammingError):
        lent.execute("SELECT 1")
    assert store.count(EVERYTHING, ALL) == 0


def test_all_tables_are_strict_and_nobody_else_may_read_the_file(
    store: SqliteStore, path: Path
) -> None:
    loose = (
        connection_of(store)
        .execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0 "
            "AND name NOT LIKE 'search%' AND name NOT LIKE '%sqlite%'"
        )
        .fetchall()
    )
    assert loose == []
    put(store, (mention("1"), QUEUE))
    for file in path.parent.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file.name


OPEN = ("baru", "terverifikasi", "koordinasi", "proses", "dijawab", "tertunda")


@pytest.mark.parametrize("scope", [EVERYTHING, only("dpupr"), only("dpupr", "dlh", "dishub")])
@pytest.mark.parametrize("after", [None, (NOW, 5)])
@pytest.mark.parametrize(
    "wanted",
    [
        ALL,
        ItemFilter(tab="queue"),
        ItemFilter(status="baru"),
        ItemFilter(tab="queue", status="baru"),
        ItemFilter(tab="queue", statuses=OPEN),
        ItemFilter(tabs=("queue", "triage"), statuses=OPEN),
        ItemFilter(opd="dpupr", tab="triage"),
        ItemFilter(tab="queue", sector="jalan"),
        ItemFilter(sector="jalan"),
        ItemFilter(tab="queue", network="x"),
        ItemFilter(tab="queue", kecamatan="cibeureum", jenis="pengaduan", urgent=True),
        ItemFilter(tab="queue", sector="jalan", kecamatan="cibeureum", network="x"),
        ItemFilter(jenis="pengaduan", since=at(-60), before=at(60)),
        ItemFilter(tab="queue", since=at(-60)),
        ItemFilter(urgent=True),
    ],
)
def test_no_main_list_reads_a_whole_table_or_looks_at_rows_to_narrow_it(
    store: SqliteStore, scope: Scope, after: object, wanted: ItemFilter
) -> None:
    put(store, (mention("1"), QUEUE), (mention("2"), TRIAGE))
    listing = Listing(scope, wanted, store._match)
    with store._read() as conn:
        plans = [
            [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}", params)]
            for sql, params in (
                listing.keys(conn, after, 25),  # type: ignore[arg-type]
                listing.counted(list(listing.places(conn)), 25),
            )
        ]
    for plan in plans:
        for step in plan:
            # An ordered walk of the index is what an unfiltered list is; it ends at the limit.
            walk = "SCAN t USING COVERING INDEX items_posted"
            assert not step.startswith("SCAN t") or step == walk, plan
            assert not step.startswith("SEARCH t") or "USING COVERING INDEX" in step, plan
        for walked, then in pairwise(plan):
            # What is put in order is what walks brought, at most the limit of each.
            assert not (" t USING" in walked and "TEMP B-TREE" in then), plan


def test_fresh_is_one_query_per_page(store: SqliteStore) -> None:
    put(store, (mention("1"), QUEUE))
    seen: list[str] = []
    connection_of(store).set_trace_callback(seen.append)
    store.fresh([mention(str(number)) for number in range(500)])
    connection_of(store).set_trace_callback(None)
    assert sum("SELECT" in statement for statement in seen) == 1


@pytest.mark.parametrize(
    "moment",
    [
        "BEFORE INSERT ON mentions WHEN new.network_id = '3'",
        "BEFORE INSERT ON decisions",
        "BEFORE INSERT ON items WHEN new.id = 2",
        "BEFORE INSERT ON item_opds",
        "BEFORE INSERT ON read_counts",
        "BEFORE UPDATE OF cursor ON sources",
        "BEFORE INSERT ON counters",
        "BEFORE INSERT ON changes",
        "BEFORE INSERT ON events",
    ],
)
def test_a_page_that_fails_anywhere_leaves_nothing(store: SqliteStore, moment: str) -> None:
    put(store, (mention("1"), QUEUE))
    lease = take(store)
    before = _everything(store)
    connection_of(store).execute(
        f"CREATE TEMP TRIGGER boom {moment} BEGIN SELECT RAISE(ABORT, 'boom'); END"
    )
    wave = [mention("2"), mention("3")]
    decided = {one.network_id: (DECISION, QUEUE) for one in wave}
    with pytest.raises(StoreError):
        store.accept(lease, page(*wave, cursor="c2", reads=("post:2",)), decided, NOW)
    assert _everything(store) == before
    connection_of(store).execute("DROP TRIGGER boom")
    assert store.accept(lease, page(*wave, cursor="c2"), decided, NOW).new == 2


def _everything(store: SqliteStore) -> list[object]:
    conn = connection_of(store)
    tables = [row[0] for row in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return [[tuple(row) for row in conn.execute(f'SELECT * FROM "{name}"')] for name in tables]


@pytest.mark.fault(6)
def test_a_full_disk_rolls_back_and_mends_itself(store: SqliteStore) -> None:
    pages = connection_of(store).execute("PRAGMA page_count").fetchone()[0]
    connection_of(store).execute(f"PRAGMA max_page_count = {pages + 2}").fetchone()
    wave = [mention(str(number), "x" * 2000) for number in range(50)]
    decided = {one.network_id: (DECISION, QUEUE) for one in wave}
    lease = take(store)
    with pytest.raises(StoreFull, match="disk penuh"):
        store.accept(lease, page(*wave), decided, NOW)
    assert store.count(EVERYTHING, ALL) == 0
    connection_of(store).execute("PRAGMA max_page_count = 1000000").fetchone()
    assert store.accept(lease, page(*wave), decided, NOW).new == 50


@pytest.mark.fault(8)
def test_while_another_process_writes_reads_go_on_and_writes_say_busy(
    store: SqliteStore, path: Path
) -> None:
    put(store, (mention("1"), QUEUE))
    store.add_user("sari", "opd", ["dpupr"], "hash", NOW)
    store.open_session("ab", "sari", "hash", NOW, at(9999))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy):
            put(store, (mention("2"), QUEUE))
        assert store.count(EVERYTHING, ALL) == 1
        store.lift_hold("x", NOW)
        store.clear_alarm("model")
        assert store.index_text(0) == 0
        assert store.session_user("ab", at(500), 600) is not None
        other.execute("ROLLBACK")
    # The use could not be noted, and the wait for other writes is as long as before.
    assert store.session_user("ab", at(601), 600) is None
    assert connection_of(store).execute("PRAGMA busy_timeout").fetchone()[0] == 200
    assert put(store, (mention("2"), QUEUE)).new == 1


@pytest.mark.fault(10)
def test_a_read_only_store_reads_and_says_why_it_cannot_write(
    store: SqliteStore, path: Path
) -> None:
    put(store, (mention("1"), QUEUE))
    reading = open_store(path, read_only=True)
    try:
        assert reading.count(EVERYTHING, ALL) == 1
        with pytest.raises(StoreFull, match="hanya-baca"):
            reading.note_progress(NOW, "m")
    finally:
        reading.close()


@pytest.mark.parametrize("where", ["{}", "sqlite:{}"])
def test_a_store_is_opened_by_path_or_url(store: SqliteStore, path: Path, where: str) -> None:
    put(store, (mention("1"), QUEUE))
    again = open_store(where.format(path), thorough=True)
    assert again.count(EVERYTHING, ALL) == 1
    again.close()
    with pytest.raises(InputError, match="tidak dikenal"):
        open_store("mysql:tanggap")


def test_a_missing_database_is_never_made_in_passing(path: Path) -> None:
    store = open_store(path)
    with pytest.raises(SchemaMismatch, match="tanggap migrate"):
        store.check_schema()
    with pytest.raises(SchemaMismatch, match="belum ada; buat dengan"):
        store.items(EVERYTHING, ALL)
    store.close()
    assert not path.exists()
    with pytest.raises(StoreError):
        open_store(path.parent / "tidak" / "ada.db").migrate()
    with pytest.raises(StoreError):
        open_store(path.parent / "tidak" / "ada.db").free_bytes()


def test_of_several_that_start_at_once_one_makes_the_database(path: Path) -> None:
    def start(_: int) -> int:
        store = open_store(path)
        try:
            done = len(store.migrate())
            store.check_schema()
        finally:
            store.close()
        return done

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there = pool.apply_async(_migrate, (str(path),))
        here = start(0)
        assert sorted([here, there.get(60)]) == [0, len(schema.MIGRATIONS.pending(_empty()))]
        pool.close()
        pool.join()
    assert [file.name for file in path.parent.iterdir()] == ["tanggap.db"]


def _migrate(path: str) -> int:
    store = open_store(path)
    try:
        return len(store.migrate())
    finally:
        store.close()


def _empty() -> sqlite_utils.Database:
    return sqlite_utils.Database(memory=True)


def _closed(store: SqliteStore) -> None:
    put(store, *((mention(str(number), "jalan " * 50), QUEUE) for number in range(200)))
    store.close()


@pytest.mark.fault(9)
@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"bukan basis data " * 1000,
        lambda data: b"\x00" * 100 + data[100:],
        lambda data: data[: len(data) // 2],
        lambda data: data[:4096] + os.urandom(len(data) - 4096),
        lambda data: data[:8192] + b"\xff" * 40960 + data[49152:],
    ],
    ids=["empty", "text", "header", "truncated", "noise", "pages"],
)
def test_a_damaged_database_is_refused_and_left_alone(
    store: SqliteStore, path: Path, damage: object
) -> None:
    _closed(store)
    harmed = damage(path.read_bytes())  # type: ignore[operator]
    path.write_bytes(harmed)
    with pytest.raises(StoreError, match=r"rusak; .*`tanggap restore BERKAS`"):
        open_store(path, thorough=True)
    assert path.read_bytes() == harmed


@pytest.mark.fault(9)
def test_damage_met_on_the_way_is_named(store: SqliteStore, path: Path) -> None:
    _closed(store)
    data = path.read_bytes()
    with closing(sqlite3.connect(path)) as conn:
        root = conn.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'items'").fetchone()[0]
    path.write_bytes(data[: (root - 1) * 4096] + b"\xff" * 4096 + data[root * 4096 :])
    with pytest.raises(StoreError, match="rusak"):
        store.items(EVERYTHING, ALL)
    store.close()
    with pytest.raises(StoreError, match="rusak"):
        open_store(path, thorough=True)
    hasty = open_store(path)  # only a thorough look finds it at the start
    hasty.close()


def test_a_folder_or_a_foreign_database_is_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "lain.db"
    with closing(sqlite3.connect(foreign)) as conn:
        conn.execute("CREATE TABLE penting (a)")
    with pytest.raises(StoreError, match="bukan milik Tanggap"):
        open_store(foreign)
    with pytest.raises(StoreError, match="tidak dapat dibaca"):
        open_store(tmp_path)


@pytest.mark.fault(11)
def test_a_newer_schema_is_refused(store: SqliteStore, path: Path) -> None:
    database_of(store)["_sqlite_migrations"].insert(
        {"migration_set": "tanggap", "name": "m9999_future", "applied_at": "-"}
    )
    store.close()
    with pytest.raises(SchemaMismatch, match="lebih baru"):
        open_store(path)
    with pytest.raises(SchemaMismatch):
        SqliteStore(path).migrate()


@pytest.mark.fault(11)
def test_an_older_schema_is_copied_and_then_migrated(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", _migrations(before="m0005_token_end"))
        old = SqliteStore(path)
        assert old.migrate()[-1] == "m0004_search"
        old.close()
    with closing(sqlite3.connect(path)) as conn, conn:  # as the program of that step did
        conn.execute(
            "INSERT INTO alarms (code, detail, since, last_at) VALUES ('model', '', ?, ?)",
            (to_text(NOW), to_text(NOW)),
        )
    store = open_store(path)
    with pytest.raises(SchemaMismatch, match="m0005_token_end"):
        store.check_schema()
    assert store.migrate() == [step.name for step in STEPS[4:]]
    store.check_schema()
    assert [alarm.code for alarm in store.alarms()] == ["model"]
    store.close()
    copy = path.with_name("tanggap.db.sebelum-m0005_token_end")
    with closing(sqlite3.connect(copy)) as conn:
        assert conn.execute("SELECT code FROM alarms").fetchall() == [("model",)]
    assert copy.stat().st_mode & 0o077 == 0


@pytest.mark.fault(11)
def test_a_migration_that_fails_changes_nothing(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = _migrations()

    def good(db: sqlite_utils.Database) -> None:
        db.execute("CREATE TABLE halfway (a TEXT) STRICT")

    def bad(db: sqlite_utils.Database) -> None:
        db.execute("ALTER TABLE tidakada ADD COLUMN a TEXT")

    broken(name="m0098")(good)
    broken(name="m0099")(bad)
    monkeypatch.setattr(schema, "MIGRATIONS", broken)
    with pytest.raises(StoreError):
        store.migrate()
    monkeypatch.undo()
    store.check_schema()
    assert "halfway" not in database_of(store).table_names()


def _migrations(before: str = "m9999") -> Migrations:
    copy = Migrations("tanggap")
    for step in schema.MIGRATIONS._migrations:
        if step.name < before:
            copy(name=step.name)(step.fn)
    return copy
