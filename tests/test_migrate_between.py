"""`tanggap migrate --from --to`: the same rows on the other database, or nothing at all."""

import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest
from backup_support import a_place, asked, fill, fill_every_table, new_database, rows_in
from store_support import NOW, QUEUE, at, mention, put, the_item
from test_commands import tanggap

from tanggap.backup import carry_on
from tanggap.errors import StoreError
from tanggap.store import copy_store, copying, daemon_lock, open_store, postgres_connections
from tanggap.store.rows import EVERYTHING, ItemFilter
from tanggap.upkeep.safekeeping import make_backup


@pytest.fixture(params=["sqlite to postgresql", "postgresql to sqlite", "sqlite to sqlite"])
def ways(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Give where from and where to, both without rows; files are not there yet."""
    first, second = (
        a_place(kind, request, tmp_path / f"{number}.db")
        for number, kind in enumerate(request.param.split(" to "))
    )
    return first, second


def copied(source: str, target: str) -> None:
    """Copy without building the index again: what stands in the rows is made up."""
    stores = [open_store(where) for where in (source, target)]
    try:
        copy_store(stores[0], stores[1], NOW, carry_on)
    finally:
        for store in stores:
            store.close()


def test_no_table_of_the_schema_is_forgotten(tmp_path: Path) -> None:
    new_database(tmp_path / "tanggap.db")
    with closing(connect(tmp_path / "tanggap.db")) as db:
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    ours = {name for name in tables if not name.startswith(("sqlite_", "_sqlite_", "search"))}
    # What is left of the full-text index is built again.
    assert {shape.name for shape in copying.shapes()} == ours - {"reindex"}


def test_every_table_stands_behind_those_that_it_refers_to() -> None:
    done: set[str] = set()
    for shape in copying.shapes():
        assert shape.parents <= done
        done.add(shape.name)
    assert all(shape.key for shape in copying.shapes())


def test_every_row_of_every_table_arrives_whatever_stands_in_it(ways: tuple[str, str]) -> None:
    source, target = ways
    store = open_store(source)
    fill_every_table(store)
    store.close()
    before = rows_in(source)
    assert {name for name, rows in before.items() if not rows} == set()
    assert before.keys() == {shape.name for shape in copying.shapes()}
    copied(source, target)
    assert rows_in(source) == before
    assert rows_in(target) == before


def test_a_moved_queue_is_searched_and_goes_on_with_the_next_numbers(
    ways: tuple[str, str],
) -> None:
    source, target = ways
    store = open_store(source)
    store.migrate()
    fill(store)
    last = max(item.id for item in store.items(EVERYTHING, ItemFilter(), limit=100))
    store.close()
    done = tanggap("migrate", "--from", source, "--to", target)
    assert done.returncode == 0, done.stderr
    store = open_store(target)
    try:
        assert store.verify_events() > 10
        words = ItemFilter(text="sekali")
        assert [i.mention.network_id for i in store.items(EVERYTHING, words)] == ["000000"]
        assert store.session_user("digest", at(60), 3600) is not None
        put(store, (mention("777777"), QUEUE), now=at(10))
        assert the_item(store, "777777").id == last + 1
        store.verify_events()
    finally:
        store.close()


def test_ids_that_were_given_out_and_are_gone_are_not_given_out_again(
    ways: tuple[str, str],
) -> None:
    source, target = ways
    store = open_store(source)
    fill_every_table(store)  # three rows, and forty more numbers were given out
    store.close()
    copied(source, target)
    store = open_store(target)
    try:
        with store._read() as conn:  # type: ignore[attr-defined]  # what no method tells
            assert {name: conn.last_id(name) for name in ("mentions", "items", "reviews")} == {
                "mentions": 43, "items": 43, "reviews": 43,
            }  # fmt: skip
    finally:
        store.close()


def test_a_target_that_holds_rows_is_refused_and_stays_as_it_is(ways: tuple[str, str]) -> None:
    for where in ways:
        new_database(where, 3)
    before = rows_in(ways[1])
    done = tanggap("migrate", "--from", ways[0], "--to", ways[1])
    assert (done.returncode, done.stdout) == (2, "")
    assert "harus kosong, tetapi sudah berisi" in done.stderr
    assert "2 aduan, 4 sebutan, 1 pengguna" in done.stderr
    assert done.stderr.count("\n") == 1
    assert ("CREATE DATABASE" in done.stderr) is ways[1].startswith("postgresql:")
    assert ("nama berkas baru dengan --to" in done.stderr) is ways[1].startswith("sqlite:")
    assert rows_in(ways[1]) == before


def test_a_target_is_empty_with_and_without_tables(tmp_path: Path, postgres_url: str) -> None:
    source, target = f"sqlite:{tmp_path}/source.db", f"sqlite:{tmp_path}/target.db"
    for where in (source, target):
        new_database(where)
    store = open_store(source)
    fill(store, 3)
    store.close()
    for where in (target, postgres_url):
        copied(source, where)
        assert rows_in(where) == rows_in(source)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_tables_of_a_copy_are_made_by_the_steps_and_never_by_the_source(
    kind: str, tmp_path: Path, postgres_url: str
) -> None:
    path = tmp_path / "asal.db"
    new_database(path, 3)
    before = rows_in(path)
    with closing(connect(path)) as db:
        db.executescript(
            "DROP TRIGGER events_refuse_update; DROP INDEX events_item; "
            "CREATE TABLE catatan (isi TEXT)"
        )
    target = f"sqlite:{tmp_path}/baru.db" if kind == "sqlite" else postgres_url
    copied(f"sqlite:{path}", target)
    assert rows_in(target) == before
    if kind == "sqlite":
        new_database(tmp_path / "lain.db")
        made = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
        assert asked(target, made) == asked(tmp_path / "lain.db", made)


def test_a_source_whose_index_lacks_rows_is_not_copied(tmp_path: Path, postgres_url: str) -> None:
    """What such an index let in twice, or in vain refers to something, would move along."""
    path = tmp_path / "asal.db"
    new_database(path, 3)
    with closing(connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        [[root]] = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events_item'")
        [[page]] = db.execute("PRAGMA page_size")
    body = bytearray(path.read_bytes())
    body[(root - 1) * page + 3 : (root - 1) * page + 5] = bytes(2)  # no entries
    path.write_bytes(body)
    for target in (f"sqlite:{tmp_path}/baru.db", postgres_url):
        done = tanggap("migrate", "--from", f"sqlite:{path}", "--to", target)
        assert (done.returncode, "rusak" in done.stderr) == (1, True), done.stderr
    assert not (tmp_path / "baru.db").exists()


def test_nothing_is_kept_when_the_source_changes_meanwhile(ways: tuple[str, str]) -> None:
    source, target = open_store(ways[0]), open_store(ways[1])
    source.migrate()
    fill(source, 3)
    desk = open_store(ways[0])
    written = []

    def act_meanwhile(table: str, rows: int) -> None:
        if not written:
            written.append(table)
            put(desk, (mention("555"), QUEUE), now=at(5))

    try:
        with pytest.raises(StoreError, match="berubah selama disalin"):
            copy_store(source, target, NOW, act_meanwhile)
        target.close()
        if ways[1].startswith("sqlite:"):
            assert not Path(ways[1].removeprefix("sqlite:")).exists()
        else:
            assert not any(rows_in(ways[1]).values())
        # And the next try, in quiet, does it.
        assert copy_store(source, target, NOW, carry_on) > 0
    finally:
        for store in (source, target, desk):
            store.close()
    assert len(rows_in(ways[1])["mentions"]) == 5


def test_it_is_refused_while_a_daemon_has_the_file(tmp_path: Path) -> None:
    path = tmp_path / "tanggap.db"
    new_database(path)
    other = f"sqlite:{tmp_path}/other.db"
    with daemon_lock(path):
        held_by = subprocess.run(
            [sys.executable, "-m", "tanggap", "migrate", "--from", f"sqlite:{path}", "--to", other],
            capture_output=True,
            text=True,
            check=False,
        )
    assert held_by.returncode == 1
    assert "Daemon sedang berjalan" in held_by.stderr
    assert not (tmp_path / "other.db").exists()


def test_a_large_copy_may_take_longer_than_any_other_write(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_connections, "_WRITE_SECONDS", 2)
    source, target = f"sqlite:{tmp_path}/source.db", postgres_url
    store = open_store(source)
    store.migrate()
    for number in range(6 * copying.CHUNK):
        store.raise_alarm(f"a{number}", "", at(0))
    goal = open_store(target)
    waited = []

    def slow(table: str, rows: int) -> None:
        if table == "alarms" and len(waited) < 6:
            time.sleep(0.5)  # the server's clock runs on: three seconds in all
            waited.append(rows)

    try:
        assert copy_store(store, goal, NOW, slow) >= 6 * copying.CHUNK
    finally:
        store.close()
        goal.close()
    assert len(waited) == 6
    assert rows_in(target) == rows_in(source)


def test_an_address_that_cannot_be_read_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "asal.db"
    new_database(path)
    for wrong in ("postgresql://[bad/db", "postgresql://tanggap@db/x?password=rahasia123"):
        done = tanggap("migrate", "--from", f"sqlite:{path}", "--to", wrong)
        assert done.returncode == 2
        assert len(done.stderr.strip().splitlines()) == 1
        assert "rahasia123" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["migrate", "restore"])
def test_an_unknown_parameter_of_a_server_is_named_and_refused(
    command: str, tmp_path: Path
) -> None:
    path = tmp_path / "asal.db"
    store = open_store(path)
    store.migrate()
    file = make_backup(store, tmp_path / "b.backup", "Kota", "", NOW).path
    store.close()
    first = ["--from", f"sqlite:{path}"] if command == "migrate" else [str(file)]
    wrong = "postgresql://tanggap@127.0.0.1:1/x?foo=rahasia123"
    done = tanggap(command, *first, "--to", wrong)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "parameter `foo` pada alamat basis data tidak dikenal" in done.stderr
    assert "rahasia123" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "sqlite:a.db"], "sebut keduanya"),
        (["--from", "sqlite:a.db", "--to", "sqlite:a.db"], "sama"),
        (["--from", "sqlite:/nowhere/a.db", "--to", "sqlite:b.db"], "tidak ada"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], told: str) -> None:
    done = tanggap("migrate", *arguments)
    assert done.returncode == 2
    assert told in done.stderr


def test_an_older_source_is_not_copied(tmp_path: Path) -> None:
    from sqlite_utils import Database

    from tanggap.store import schema

    with closing(connect(tmp_path / "old.db", isolation_level=None)) as db:
        schema.MIGRATIONS.apply(Database(db), stop_before="m0005_token_end")
    old = open_store(tmp_path / "old.db")
    new = open_store(tmp_path / "new.db")
    try:
        with pytest.raises(StoreError, match="tanggap migrate"):
            copy_store(old, new, NOW, carry_on)
        assert not (tmp_path / "new.db").exists()
    finally:
        old.close()
        new.close()
