"""Drills: a busy store is backed up at any moment, killed on the way, and restored elsewhere."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from backup_support import a_place, assert_restored, database_in, fill, rows_in, writer
from daemon_support import fetched, unmeasured
from drill_sizes import one_round, seeds
from store_support import at
from test_commands import tanggap

from tanggap.clock import from_text
from tanggap.store import open_store
from tanggap.store.rows import EVERYTHING, ItemFilter
from tanggap.upkeep.safekeeping import make_backup

RUNNER = Path(__file__).parent / "kill_runner.py"
CONFIG = """
policy_file = "policy.toml"
[city]
name = "Kota Contoh"
[database]
url = "WHERE"
[daemon]
disk_low_mb = 0
"""


def run(*arguments: str, arms: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
    """Run a command in a process of its own, which `arms` may kill."""
    return subprocess.run(
        [sys.executable, str(RUNNER), *arms, "--", *arguments],
        env=unmeasured(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


KINDS = [
    (seed, ("sqlite", "postgresql")[number % 2])
    for number, seed in enumerate(seeds("restore_drills"))
]
"""Seed and back end of each drill, in turns."""


@pytest.fixture
def where(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a new database is or will be."""
    return a_place(kind, request, tmp_path / "tanggap.db")


@pytest.fixture
def config(tmp_path: Path, where: str) -> Path:
    assert tanggap("init", str(tmp_path), "--city", "Kota Contoh").returncode == 0
    path = tmp_path / "tanggap.toml"
    path.write_text(CONFIG.replace("WHERE", where), encoding="utf-8")
    return path


@pytest.mark.parametrize(("seed", "kind"), KINDS)
def test_what_was_acknowledged_before_the_backup_is_in_it(
    seed: int, kind: str, where: str, config: Path, tmp_path: Path
) -> None:
    with one_round("restore_drills", seed) as report:
        dice = random.Random(seed)
        file, target = tmp_path / "b.backup", tmp_path / "baru.db"
        command = ("--config", str(config), "backup", str(file))
        acknowledged: set[int] = set()
        with writer(where, seed) as process:
            assert process.stdout is not None

            def listen(lines: int) -> None:
                assert process.stdout is not None
                for _ in range(lines):
                    acknowledged.add(int(process.stdout.readline()))

            listen(dice.randint(100, 400))
            # One backup is killed at any moment of its life (test_restore_kill_points: named ones).
            killed = subprocess.Popen(
                [sys.executable, "-m", "tanggap", *command],
                env=unmeasured(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(dice.uniform(0.2, 1.5))  # the moment of the kill: any will do
            killed.kill()
            if killed.wait() == -signal.SIGKILL and file.exists():
                file.rename(tmp_path / "half.backup")  # named just before: then it is whole
                assert tanggap("restore", str(tmp_path / "half.backup"), "--check").returncode == 0
            file.unlink(missing_ok=True)
            listen(dice.randint(1, 100))
            before = set(acknowledged)
            done = tanggap(*command, "--json")
            assert done.returncode == 0, done.stderr
            assert process.poll() is None  # the writer went on
            listen(dice.randint(0, 50))
            in_file = json.loads(done.stdout)["rows"]
        assert list(tmp_path.glob(".tanggap-*.partial*")) == []

        # The machine is gone.
        restored = tanggap("restore", str(file), "--to", f"sqlite:{target}", "--json")
        assert restored.returncode == 0, restored.stderr
        copy = rows_in(database_in(file, tmp_path / "isi.db"))
        assert_restored(target, copy, from_text(json.loads(restored.stdout)["made_at"]))
        store = open_store(target, thorough=True)
        try:
            assert store.verify_events() > 0
            items = list(store.export(EVERYTHING, ItemFilter()))
            assert store.count(EVERYTHING, ItemFilter(), cap=10**6) == len(items)
            counters = fetched(target, "SELECT sum(count) FROM counters WHERE opd = ''")
            assert counters == [(len(items),)]
        finally:
            store.close()
        rows = fetched(target, "SELECT network_id FROM mentions")
        present = {int(row[0]) for row in rows}
        assert len(present) == len(rows)
        assert ask(where) >= present  # nothing that was never written
        # Pages are whole: what was acknowledged before the backup began, and no part of a page.
        sizes = page_sizes(where)
        assert all(len([n for n in present if n // 100 == page]) == sizes[page] for page in
                   {n // 100 for n in present})  # fmt: skip
        routed = fetched(target, "SELECT count(DISTINCT mention_id) FROM decisions")
        assert routed == [(len(present),)]
        assert before <= present
        report.figures |= {"rows": in_file, "database": kind}


def ask(where: str) -> set[int]:
    """Return the numbers that the store itself holds in the end."""
    return {int(row[0]) for row in fetched(where, "SELECT network_id FROM mentions")}


def page_sizes(where: str) -> dict[int, int]:
    sizes: dict[int, int] = {}
    for number in ask(where):
        sizes[number // 100] = sizes.get(number // 100, 0) + 1
    return sizes


def test_a_second_name_that_a_killed_restore_left_goes_with_the_next_start(tmp_path: Path) -> None:
    store = open_store(tmp_path / "asal.db")
    store.migrate()
    fill(store)
    file = make_backup(store, tmp_path / "b.backup", "Kota", "", at(0)).path
    store.close()
    path, draft = tmp_path / "tanggap.db", tmp_path / ".tanggap.db.draft"
    to = ("restore", str(file), "--to", f"sqlite:{path}")
    assert run(*to, arms=("database_named=KILL",)).returncode == -signal.SIGKILL
    assert draft.samefile(path)
    before = rows_in(path)
    store = open_store(path)
    store.migrate()
    store.close()
    assert not draft.exists()
    assert rows_in(path) == before
    draft.touch()  # of a restore that is under way
    store.migrate()
    store.close()
    assert draft.exists()


def test_a_replacing_restore_that_is_killed_leaves_the_old_database_in_use(tmp_path: Path) -> None:
    path = tmp_path / "tanggap.db"
    store = open_store(path)
    store.migrate()
    fill(store)
    file = make_backup(store, tmp_path / "b.backup", "Kota", "", at(0)).path
    fill(store, 12, 100)
    store.close()
    before = rows_in(path)
    to = ("restore", str(file), "--to", f"sqlite:{path}", "--replace")
    assert run(*to, arms=("restore_half_done=KILL",)).returncode == -signal.SIGKILL
    assert rows_in(path) == before
    done = tanggap(*to)
    assert done.returncode == 0, done.stderr
    assert len(rows_in(path)["mentions"]) == 13
    assert any(rows_in(moved) == before for moved in tmp_path.glob("tanggap.db.sebelum-pulih-*"))
    # What the killed one left has gone with the second one.
    assert list(tmp_path.glob("*.draft*")) + list(tmp_path.glob(".*.draft*")) == []
