"""Every kill point of backup and restore, on both databases, into the same kind and the other.

One prepared source per database serves all of them; each test gets a folder and a target of its
own. What is there afterwards is compared row by row with what the source holds.
"""

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from backup_support import CITY, Rows, a_place, asked, assert_restored, fill, rows_in
from drill_sizes import one_round, seeds
from nest_support import Nest, nest
from store_support import at
from test_commands import tanggap

from tanggap.clock import from_text
from tanggap.store import open_store
from tanggap.store.rows import EVERYTHING, ItemFilter
from tanggap.upkeep.safekeeping import make_backup

SEEDS = seeds("kill_point_rounds")
KINDS = ("sqlite", "postgresql")
OF_A_BACKUP = {
    "config_read": 1,
    "backup_half_copied": {"sqlite": 1, "postgresql": 25},
    "backup_packed": 1,
    "backup_named": 1,
}
"""Kill points of `tanggap backup`, and how often each is surely reached (on each database)."""
OF_A_RESTORE = {
    "sqlite": (
        *("lock_taken", "backup_unpacked", "migration_half_done", "restore_half_done"),
        *("database_named", "text_indexed"),
    ),
    "postgresql": (
        *("backup_unpacked", "migration_half_done", "migration_half_done:2"),
        *("rows_half_restored", "text_indexed"),
    ),
}
"""Kill points of `tanggap restore` into each kind of database; the steps are done first in the copy
that is unpacked, and on a server a second time."""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
KEEPS_THE_ROWS = ("database_named", "text_indexed")
"""The rows are in the target by then: nobody restores again, the daemon does the rest."""


@dataclass(frozen=True)
class Source:
    """An install with something in every part of it, and a backup of it."""

    kind: str
    config: Path
    rows: Rows
    backup: Path


@pytest.fixture(scope="module", params=KINDS)
def source(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Source]:
    folder = tmp_path_factory.mktemp(request.param)
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    where = f"sqlite:{folder}/asal.db" if server is None else server.lend()
    store = open_store(where)
    store.migrate()
    fill(store)
    file = make_backup(store, folder / "b.backup", CITY, "", at(0)).path
    store.close()
    assert tanggap("init", str(folder), "--city", CITY).returncode == 0
    config = folder / "tanggap.toml"
    text = config.read_text(encoding="utf-8").replace("disk_low_mb = 500", "disk_low_mb = 0")
    config.write_text(text.replace("sqlite:tanggap.db", where), encoding="utf-8")
    rows = rows_in(where)
    yield Source(request.param, config, rows, file)
    assert rows_in(where) == rows  # a backup writes nothing into the database
    if server is not None:
        server.take_back(where)


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nest]:
    with nest(tmp_path_factory.mktemp("log")) as opened:
        yield opened


@pytest.mark.fault(1)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("point", OF_A_BACKUP)
def test_a_backup_killed_at_any_point_is_whole_or_not_there_and_the_next_one_restores(
    point: str,
    kind: str,
    seed: int,
    source: Source,
    forks: Nest,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    reached = OF_A_BACKUP[point]
    most = reached[source.kind] if isinstance(reached, dict) else reached
    time_of_it = random.Random(f"{point} {seed}").randint(1, most)
    older, new = tmp_path / "lama.backup", tmp_path / "baru.backup"
    older.write_bytes(source.backup.read_bytes())
    command = ("--config", str(source.config), "backup")
    with one_round("kill_points_of_backups", seed):
        forks.killed(f"{point}=KILL:{time_of_it}", *command, str(new))
        assert older.read_bytes() == source.backup.read_bytes()
        assert new.exists() is (point == "backup_named")
        again = tmp_path / "lagi.backup"
        done = tanggap(*command, str(again))
        assert done.returncode == 0, done.stderr
        left = {path.name for path in tmp_path.iterdir()}
        assert left == {older.name, again.name} | ({new.name} if new.exists() else set())
        made = new if new.exists() else again
        target = a_place(kind, request, tmp_path / "baru.db")
        done = tanggap("restore", str(made), "--to", target, "--json")
        assert done.returncode == 0, done.stderr
        assert_restored(target, source.rows, from_text(json.loads(done.stdout)["made_at"]))


@pytest.mark.fault(1)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("kind", "point"), [(kind, point) for kind in KINDS for point in OF_A_RESTORE[kind]]
)
def test_a_restore_killed_at_any_point_leaves_nothing_or_all_and_ends_well(
    kind: str,
    point: str,
    seed: int,
    source: Source,
    forks: Nest,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    # On a server nothing yet, not even tables: the restore makes them.
    fresh = request.getfixturevalue("postgres_url") if kind == "postgresql" else ""
    target = fresh or f"sqlite:{tmp_path}/baru.db"
    command = ("restore", str(source.backup), "--to", target)
    with one_round("kill_points_of_restores", seed):
        name, _, times = point.partition(":")
        forks.killed(f"{name}=KILL:{times or 1}", *command)
        if point in KEEPS_THE_ROWS:
            assert_restored(target, source.rows, at(0))
            done = tanggap(*command)
            assert done.returncode == 2
            assert "sudah berisi 8 aduan, 13 sebutan, 1 pengguna" in done.stderr
        else:
            nothing_in(target)
            done = tanggap(*command)
            assert done.returncode == 0, done.stderr
            assert list(tmp_path.glob(".*")) == []  # what the killed one left is gone
        assert_restored(target, source.rows, at(0))
        store = open_store(target, thorough=True)
        try:
            while store.index_text(500):
                pass
            assert store.verify_events() > 0
            found = store.items(EVERYTHING, ItemFilter(text="sekali"))
            assert [item.mention.network_id for item in found] == ["000000"]
        finally:
            store.close()


def nothing_in(target: str) -> None:
    """Fail unless there is no such file, or no table in the server's database."""
    if target.startswith("sqlite:"):
        assert not Path(target.removeprefix("sqlite:")).exists()
        return
    deadline = time.monotonic() + 20  # the server may need a moment to see that the line is cut
    while asked(target, TABLES):
        assert time.monotonic() < deadline
        time.sleep(0.1)
