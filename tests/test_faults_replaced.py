"""A database taken away or exchanged under the programs that use it, and what they say of it."""

import shutil
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from daemon_support import TOKEN, only_accounts, write_config
from nest_support import Nest, nest
from process_support import desk_process
from store_support import NOW, QUEUE, mention, put

from tanggap.cli import cli
from tanggap.clock import Clock
from tanggap.errors import StoreError, StoreReplaced
from tanggap.simulator.generator import generate_world
from tanggap.simulator.server import Simulator
from tanggap.store import open_store
from tanggap.store.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The config of an install that watches one account of a small city."""
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    world = generate_world(5, Clock().now() - timedelta(hours=1), 1, 10)
    with Simulator(world, token=TOKEN) as running:
        yield write_config(tmp_path, running.address, *only_accounts("dpupr"))


@pytest.fixture
def forks(tmp_path: Path, path: Path) -> Iterator[Nest]:
    with nest(tmp_path / "log") as opened:
        yield opened


def remove(database: Path) -> None:
    database.unlink()


def exchange(database: Path) -> None:
    """Put an older copy in its place by a rename, as who restores by hand does."""
    copy = database.with_name("lama.db")
    shutil.copy(database, copy)
    copy.replace(database)


@pytest.mark.parametrize("harm", [remove, exchange])
def test_a_daemon_whose_database_is_taken_away_ends_and_says_so(
    harm: object, path: Path, forks: Nest, tmp_path: Path
) -> None:
    child = forks.start(path, "run")
    child.wait_for("event=turn ")
    assert callable(harm)
    harm(tmp_path / "tanggap.db")
    child.wait_for("event=database_replaced", 20)
    assert child.ended() == 1
    last = child.said().splitlines()[-1]
    assert str(tmp_path / "tanggap.db") in last
    assert "tanggap restore" in last
    if harm is remove:
        # Started again by systemd: what is left of the log must not be mixed into a new file.
        again = forks.start(path, "run")
        assert again.ended() == 1
        assert "tanggap.db-wal" in again.said()
        assert "tanggap restore" in again.said()
        assert not (tmp_path / "tanggap.db").exists()


def test_a_desk_whose_database_is_exchanged_answers_503_and_writes_nothing(
    path: Path, tmp_path: Path
) -> None:
    store = open_store(tmp_path / "tanggap.db")
    store.migrate()
    store.note_progress(Clock().now(), "rules")
    store.close()
    with desk_process(path) as (_, url):
        assert requests.get(f"{url}/healthz", timeout=10).json()["database"] == "ok"
        exchange(tmp_path / "tanggap.db")
        answer = requests.get(f"{url}/healthz", timeout=10)
        assert answer.status_code == 503
        assert answer.json()["database"] == "StoreReplaced"
        assert requests.get(f"{url}/masuk", timeout=10).status_code < 600


def test_neither_reads_nor_writes_reach_a_file_that_has_lost_its_name(tmp_path: Path) -> None:
    database = tmp_path / "tanggap.db"
    store = open_store(database)
    store.migrate()
    put(store, (mention("1"), QUEUE))
    database.rename(tmp_path / "elsewhere.db")
    for use in (
        store.alarms,
        lambda: store.raise_alarm("config", "", NOW),
        lambda: store.index_text(5),
    ):
        with pytest.raises(StoreReplaced, match="hilang"):
            use()
    (tmp_path / "elsewhere.db").rename(database)
    assert store.alarms() == []  # the same file is back
    store.close()


def test_a_commit_into_a_file_that_has_just_lost_its_name_is_refused(tmp_path: Path) -> None:
    database = tmp_path / "tanggap.db"
    store = open_store(database)
    store.migrate()

    def renamed_before_the_commit() -> None:
        with store._write() as conn:  # type: ignore[attr-defined]
            conn.execute("INSERT INTO meta VALUES ('uji', '1')")
            database.rename(tmp_path / "elsewhere.db")

    with pytest.raises(StoreReplaced):
        renamed_before_the_commit()
    store.close()
    (tmp_path / "elsewhere.db").rename(database)
    with store._read() as conn:  # type: ignore[attr-defined]
        assert conn.execute("SELECT 1 FROM meta WHERE key = 'uji'").fetchone() is None
    store.close()


def test_a_database_that_was_there_is_to_be_restored_and_a_new_one_made(
    path: Path, tmp_path: Path
) -> None:
    runner = CliRunner()
    first = runner.invoke(cli, ["--config", str(path), "sources"])
    assert "tanggap migrate" in str(first.exception)
    assert "restore" not in str(first.exception)
    (tmp_path / "tanggap.db.lock").touch()
    later = runner.invoke(cli, ["--config", str(path), "sources"])
    assert "tanggap restore BERKAS" in str(later.exception)
    checked = runner.invoke(cli, ["--config", str(path), "check", "--offline"])
    assert str(later.exception) in checked.output  # one text for one thing


def test_migrate_makes_no_database_while_a_daemon_holds_the_place(
    path: Path, forks: Nest, tmp_path: Path
) -> None:
    child = forks.start(path, "run")
    child.wait_for("event=turn ")
    done = forks.start(path, "migrate")
    assert done.ended() == 1
    assert f"Daemon sedang berjalan untuk {tmp_path / 'tanggap.db'}" in done.said()
    assert f"(proses {child.pid}); hentikan terlebih dahulu." in done.said()
    child.send(signal.SIGTERM)
    assert child.ended() == 0
    assert forks.start(path, "migrate").ended() == 0


def test_a_store_that_is_closed_may_find_another_file(tmp_path: Path) -> None:
    database = tmp_path / "tanggap.db"
    store = open_store(database)
    store.migrate()
    store.close()
    exchange(database)
    assert store.alarms() == []
    store.close()
    database.unlink()
    with pytest.raises(StoreError, match="belum ada"):
        store.alarms()


def test_a_folder_that_is_missing_is_named_by_every_command(tmp_path: Path, path: Path) -> None:
    gone = tmp_path / "hilang"
    text = path.read_text(encoding="utf-8").replace("sqlite:tanggap.db", f"sqlite:{gone}/a.db")
    path.write_text(text, encoding="utf-8")
    for command in ("run", "once", "sources", "web", "migrate", "check"):
        done = CliRunner().invoke(cli, ["--config", str(path), command])
        assert f"folder {gone} tidak ada" in f"{done.exception} {done.output}", command
        assert "izin" not in f"{done.exception}"


def test_a_disk_with_no_room_at_all_is_not_well_whatever_the_config_says(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path / "tanggap.db")
    store.migrate()
    store.close()
    text = path.read_text(encoding="utf-8")
    assert "disk_low_mb = 0" in text
    monkeypatch.setattr(SqliteStore, "free_bytes", lambda _: 3 * 1024**2)
    done = CliRunner().invoke(cli, ["--config", str(path), "check", "--offline"])
    assert "GAGAL basis data: Ruang disk hampir habis" in done.output
