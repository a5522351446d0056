"""Faults of the SQLite file: locked (8), damaged (9), read-only (10), of another version (11)."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import web_support
from click.testing import CliRunner
from daemon_support import (
    TOKEN,
    HandClock,
    four_hours_of_x,
    judge,
    only_accounts,
    open_install,
    statuses,
    unmeasured,
    write_config,
)
from drill_sizes import IndependentRounds, seeds
from faults_support import mounts_of_our_own
from sqlite_support import database_of
from store_support import ALL, QUEUE, mention, put

import daemon
from tanggap.cli import cli, main
from tanggap.clock import Clock
from tanggap.errors import StoreError
from tanggap.simulator.server import Simulator
from tanggap.store import open_store
from tanggap.store.rows import EVERYTHING
from tanggap.store.sqlite import SqliteStore

OPDS = ("pemkot", "dpupr", "dishub")
PAGES = 4096


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    with four_hours_of_x() as running:
        yield running


@pytest.fixture
def path(simulator: Simulator, tmp_path: Path) -> Path:
    return write_config(tmp_path, simulator.address, *only_accounts(*OPDS))


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Hold the write lock of a database in another process."""
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            other.kill()


@pytest.mark.fault(8)
def test_a_lock_held_by_another_program_costs_turns_and_nothing_that_was_said_is_lost(
    simulator: Simulator,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("tanggap.store.sqlite_connections.BUSY_SECONDS", 0.2)
    monkeypatch.setattr(
        SqliteStore.__init__, "__kwdefaults__", {"read_only": False, "busy_seconds": 0.2}
    )
    clock = HandClock(Clock().now())
    with open_install(path, clock) as house:
        database = house.config.database_path
        with locked(database):
            total = daemon.once(house)
        assert total.refused > 0
        assert total.new == 0
        assert "event=store_refused source=x:" in caplog.text
        assert "error=StoreBusy times=1 reason=basis data" in caplog.text
        clock.advance(timedelta(minutes=10))
        assert daemon.once(house).refused == 0
        assert {status.state for status in statuses(house.store, clock).values()} == {"ok"}
        for _ in range(2):
            clock.advance(timedelta(days=1))
            daemon.once(house)
    assert judge(simulator, database, watched={"x": OPDS}).exact


@pytest.mark.fault(8)
def test_while_another_program_writes_the_desk_reads_without_waiting(tmp_path: Path) -> None:
    with web_support.town(tmp_path) as town:
        item = town.put(web_support.make_mention(1))
        person = town.person("ketua")
        slowest = 0.0
        with locked(town.config.database_path):
            for address in ("/antrean", f"/aduan/{item.id}", "/sumber", "/healthz"):
                answer = person.get(address)
                assert answer.status_code == 200, address
                slowest = max(slowest, answer.elapsed.total_seconds())
        # The wait of a write is ten seconds: nobody has begun one.
        assert slowest < 9
        assert person.get("/antrean").status_code == 200


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a closed database with forty items."""
    path = tmp_path_factory.mktemp("utuh") / "tanggap.db"
    store = SqliteStore(path)
    store.migrate()
    put(
        store,
        *((mention(str(number), f"jalan rusak {number} " * 9), QUEUE) for number in range(40)),
    )
    while store.index_text(500):
        pass
    store.close()
    return path


def harm(data: bytes, dice: random.Random) -> bytes:
    """Damage a file as disks, power cuts and people do."""
    kind = dice.choice(["flip", "flip", "flips", "zeros", "noise", "cut", "empty", "header"])
    at = dice.randrange(len(data))
    length = dice.choice([1, 16, 512, PAGES, 3 * PAGES])
    if kind == "flip":
        return data[:at] + bytes([data[at] ^ (1 << dice.randrange(8))]) + data[at + 1 :]
    if kind == "flips":
        flipped = bytearray(data)
        for _ in range(64):
            flipped[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        return bytes(flipped)
    if kind == "zeros":
        return data[:at] + b"\0" * len(data[at : at + length]) + data[at + length :]
    if kind == "noise":
        return data[:at] + dice.randbytes(len(data[at : at + length])) + data[at + length :]
    if kind == "cut":
        return data[:at]
    return b"" if kind == "empty" else dice.randbytes(dice.randrange(1, 100)) + data[100:]


def held_by(path: Path) -> tuple[int, int, int]:
    """Open a file as the daemon does; return how many of forty items it knows, counts, exports."""
    store = open_store(path, thorough=True)
    try:
        assert store.migrate() == [], "taken for an older one"
        store.check_schema()
        known = store.fresh([mention(str(number)) for number in range(40)]).count(False)
        exported = sum(1 for _ in store.export(EVERYTHING, ALL))
        return known, store.count(EVERYTHING, ALL), exported
    finally:
        store.close()


@pytest.mark.fault(9)
def test_a_damaged_file_is_refused_or_holds_all_it_held(whole: Path, tmp_path: Path) -> None:
    data = whole.read_bytes()
    given = seeds("corrupt_files")
    refused = 0
    path = tmp_path / "tanggap.db"
    with IndependentRounds("corrupt_files") as rounds:
        for seed in given:
            harmed = harm(data, random.Random(seed))
            for leftover in tmp_path.iterdir():
                leftover.unlink()
            path.write_bytes(harmed)
            with rounds.one(seed):
                try:
                    held = held_by(path)
                except ValueError:
                    continue  # one stored value makes no sense any more: that row fails, and loudly
                except StoreError as exc:
                    refused += 1
                    said = str(exc)
                else:
                    assert held == (40, 40, 40), "started with data lost"
                    continue
                assert "\n" not in said
                assert said.startswith(("basis data", "berkas ini basis data")), said
                assert len(path.read_bytes()) >= len(harmed), "what may be rescued is gone"
    assert refused > len(given) / 3


@pytest.mark.fault(9)
@pytest.mark.parametrize("damage", ["empty", "cut", "header", "pages"])
def test_a_daemon_does_not_start_on_a_damaged_file_and_says_what_to_restore(
    path: Path, whole: Path, tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = whole.read_bytes()
    harmed = {
        "empty": b"",
        "cut": data[: len(data) // 2],
        "header": b"bukan basis data" + data[16:],
        "pages": data[: 2 * PAGES] + b"\xff" * (len(data) - 2 * PAGES),
    }[damage]
    database = tmp_path / "tanggap.db"
    database.write_bytes(harmed)
    with pytest.raises(SystemExit) as left:
        main(["--config", str(path), "run"])
    assert left.value.code == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "jangan dihapus" in said
    assert database.read_bytes() == harmed
    checked = CliRunner().invoke(cli, ["--config", str(path), "check", "--offline", "--json"])
    found = {row["part"]: row for row in json.loads(checked.stdout)}
    assert found["basis data"]["level"] == "fail"
    assert "cadangan" in found["basis data"]["text"]


def bound_by_modes(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command with the rights of any user: root's way around modes of files is dropped."""
    as_anybody = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
    return subprocess.run(
        [*(as_anybody if os.geteuid() == 0 else []), sys.executable, "-m", "tanggap", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=unmeasured(),
    )


@pytest.fixture
def public(path: Path, tmp_path: Path) -> Iterator[Path]:
    """Return the folder of an install with an empty database."""
    assert path.parent == tmp_path
    store = open_store(tmp_path / "tanggap.db")
    store.migrate()
    store.close()
    yield tmp_path
    tmp_path.chmod(0o700)


@pytest.mark.fault(10)
@pytest.mark.parametrize("closed", ["file", "folder", "shared memory"])
def test_what_cannot_be_written_is_found_before_anything_is_fetched(
    simulator: Simulator, path: Path, public: Path, closed: str
) -> None:
    database = public / "tanggap.db"
    if closed == "file":
        database.chmod(0o444)
    elif closed == "folder":
        public.chmod(0o555)
    else:
        shared = database.with_name("tanggap.db-shm")
        shared.write_bytes(b"")
        shared.chmod(0o400)
    done = bound_by_modes("--config", str(path), "once")
    assert done.returncode == 1, done.stdout
    assert done.stderr.count("\n") == 1, done.stderr
    line = done.stderr
    assert "izin" in line
    assert str(public) in line
    assert simulator.oracle.log() == []
    checked = bound_by_modes("--config", str(path), "check", "--offline")
    if closed == "shared memory":  # whoever leaves last takes it away: the next start is well
        assert checked.returncode == 0
    else:
        assert checked.returncode == 1
        assert "GAGAL basis data" in checked.stdout


@pytest.mark.fault(10)
def test_a_shared_memory_file_that_is_missing_is_made_again(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "tanggap.db"
    shutil.copy(whole, path)
    store = open_store(path)
    put(store, (mention("99"), QUEUE))
    # As after a crash and a careless copy: the log is there, what indexes it is not.
    shutil.copy(path, tmp_path / "salinan.db")
    shutil.copy(f"{path}-wal", tmp_path / "salinan.db-wal")
    store.close()
    again = open_store(tmp_path / "salinan.db", thorough=True)
    assert again.count(EVERYTHING, ALL) == 41
    again.close()


@pytest.mark.fault(10)
@pytest.mark.parametrize(
    "command",
    [("once",), ("run",), ("sources",), ("web",), ("backup", "{}"), ("check", "--offline")],
)
def test_a_read_only_file_system_is_named(
    path: Path, public: Path, command: tuple[str, ...]
) -> None:
    """Only where this machine lets us mount; elsewhere modes of files stand for it (above)."""
    script = (
        f'mount --bind "{public}" "{public}" && mount -o remount,ro,bind "{public}" && '
        f'exec "{sys.executable}" -m tanggap --config "{path}" {" ".join(command).format(public)}'
    )
    done = subprocess.run(
        [*mounts_of_our_own(), "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=unmeasured(),
    )
    assert done.returncode == 1
    (line,) = (line for line in (done.stderr + done.stdout).splitlines() if "hanya-baca" in line)
    assert str(public) in line
    assert "migrate" not in done.stderr
    if command[0] != "check":
        assert done.stderr.count("\n") == 1, done.stderr


@pytest.mark.fault(11)
def test_a_newer_database_is_refused_by_daemon_desk_and_check_and_left_alone(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "tanggap.db"
    store = SqliteStore(database)
    store.migrate()
    database_of(store)["_sqlite_migrations"].insert(
        {"migration_set": "tanggap", "name": "m9999_future", "applied_at": "-"}
    )
    store.close()
    before = database.read_bytes()
    for command in ("run", "once", "web", "migrate"):
        with pytest.raises(SystemExit) as left:
            main(["--config", str(path), command])
        assert left.value.code == 1
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert "perbarui Tanggap" in line, command
    checked = CliRunner().invoke(cli, ["--config", str(path), "check", "--offline"])
    assert "lebih baru" in checked.stdout
    assert database.read_bytes() == before
