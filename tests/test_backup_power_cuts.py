"""The power is cut while a backup is made or restored: the old one, the new one, never a torn one.

The commands run once under strace; what a disk holds after a cut is replayed from their calls.
"""

import random
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from backup_support import CITY, fill, rows_in
from drill_sizes import IndependentRounds, seeds, size
from power_cut_support import Disk, Step, record_command
from store_support import at
from test_commands import tanggap

from tanggap.backup import unpack
from tanggap.errors import InputError
from tanggap.store import open_store
from tanggap.upkeep.safekeeping import make_backup


@dataclass(frozen=True)
class Recorded:
    """What a command found in its folder, and what it did there."""

    start: Path
    steps: list[Step]
    end: Path

    def cut(self, seed: int, folder: Path, left_out: tuple[str, str] | None = None) -> bool:
        """Lay out what a cut at some step leaves; return whether the command had said it is done.

        A call on a file can be left out, as a program would that forgets it.
        """
        dice = random.Random(seed)
        steps = [one for one in self.steps if (one.call, one.name) != left_out]
        number = dice.randrange(len(steps) + 1)
        fate = dice.random()
        if fate < 0.2:  # the command has ended, and nothing else has written to the disk
            number = len(steps)
        elif fate < 0.8:  # most steps are writes; what may go wrong lies around the others
            rare = [place for place, step in enumerate(steps) if step.call != "pwrite64"]
            number = dice.choice(rare) + dice.randrange(2)
        disk = Disk(self.start)
        for step in steps[:number]:
            if step.call != "said":
                disk.do(step)
        folder.mkdir()
        disk.after_a_cut(dice, folder)
        return any(step.call == "said" for step in steps[:number])


def recorded(folder: Path, *arguments: str) -> Recorded:
    """Run a command of `tanggap` that works in a folder."""
    start = shutil.copytree(folder, folder.with_name(f"{folder.name}-awal"))
    steps = record_command([sys.executable, "-m", "tanggap", *arguments], folder)
    return Recorded(start, steps, folder)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kota") / "tanggap.db"
    store = open_store(path)
    store.migrate()
    fill(store)
    make_backup(store, path.with_name("b.backup"), CITY, "", at(0))
    store.close()
    return path


# --- a backup -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def backing_up(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    home = tmp_path_factory.mktemp("rumah")
    assert tanggap("init", str(home), "--city", CITY).returncode == 0
    config = home / "tanggap.toml"
    text = config.read_text(encoding="utf-8").replace("disk_low_mb = 500", "disk_low_mb = 0")
    text = text.replace("sqlite:tanggap.db", f"sqlite:{database}")
    config.write_text(text, encoding="utf-8")
    folder = tmp_path_factory.mktemp("disk") / "cadangan"
    folder.mkdir()
    shutil.copy(database.with_name("b.backup"), folder / "lama.backup")
    return recorded(folder, "--config", str(config), "backup", str(folder / "baru.backup"))


def wrong_with_backups(left: Path, said: bool, whole: Path) -> str:
    """Return what is wrong with a folder of backups after a cut; empty: nothing."""
    if (left / "lama.backup").read_bytes() != whole.with_name("lama.backup").read_bytes():
        return "the old backup is another"
    if not (left / "baru.backup").exists():
        return "a backup that was said to be made is gone" if said else ""
    try:
        unpack(left / "baru.backup", None, "")
    except InputError as exc:
        return f"a torn backup has its name: {exc}"
    same = (left / "baru.backup").read_bytes() == whole.read_bytes()
    return "" if same else "not what was written"


@pytest.mark.fault(5)
def test_a_power_cut_leaves_the_old_backup_and_the_new_one_whole_or_not_at_all(
    backing_up: Recorded, tmp_path: Path
) -> None:
    whole = backing_up.end / "baru.backup"
    with IndependentRounds("power_cuts_of_a_backup") as rounds:
        for seed in seeds("power_cuts", size("power_cuts") // 2):
            with rounds.one(seed):
                said = backing_up.cut(seed, tmp_path / str(seed))
                assert wrong_with_backups(tmp_path / str(seed), said, whole) == ""
                shutil.rmtree(tmp_path / str(seed))


def test_a_backup_is_written_then_synced_then_named_and_then_its_folder_is_synced(
    backing_up: Recorded,
) -> None:
    steps = backing_up.steps
    [named] = [n for n, step in enumerate(steps) if step.second == "baru.backup"]
    packed = steps[named].name
    written = max(n for n, one in enumerate(steps) if (one.call, one.name) == ("pwrite64", packed))
    synced = min(n for n, one in enumerate(steps) if (one.call, one.name) == ("fsync", packed))
    folder = min(n for n, one in enumerate(steps) if (one.call, one.name) == ("fsync", ""))
    said = min(n for n, one in enumerate(steps) if one.call == "said")
    assert written < synced < named < folder < said


@pytest.mark.parametrize(("missing", "told"), [("file", "torn"), ("folder", "gone")])
def test_these_cuts_would_find_a_backup_that_is_not_synced(
    missing: str, told: str, backing_up: Recorded, tmp_path: Path
) -> None:
    whole = backing_up.end / "baru.backup"
    [packed] = [step.name for step in backing_up.steps if step.second == "baru.backup"]
    left_out = ("fsync", packed if missing == "file" else "")
    found = []
    for seed in seeds("power_cuts", 150):
        said = backing_up.cut(seed, tmp_path / str(seed), left_out)
        found.append(wrong_with_backups(tmp_path / str(seed), said, whole))
    assert sum(told in one for one in found) > 2


# --- a restore ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def restoring(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Restore over a database that holds something else."""
    folder = tmp_path_factory.mktemp("disk") / "data"
    folder.mkdir()
    store = open_store(folder / "tanggap.db")
    store.migrate()
    fill(store, 5, 500)
    store.close()
    backup = str(database.with_name("b.backup"))
    return recorded(folder, "restore", backup, "--to", f"sqlite:{folder}/tanggap.db", "--replace")


@pytest.mark.fault(5)
def test_a_power_cut_in_a_restore_leaves_the_old_database_or_the_new_one(
    restoring: Recorded, tmp_path: Path
) -> None:
    old, new = (rows_in(folder / "tanggap.db") for folder in (restoring.start, restoring.end))
    for rows in (old, new):
        rows.pop("changes")  # moved by the index behind it
    with IndependentRounds("power_cuts_of_a_restore") as rounds:
        for seed in seeds("power_cuts", size("power_cuts") // 4):
            with rounds.one(seed):
                said = restoring.cut(seed, tmp_path / str(seed))
                path = tmp_path / str(seed) / "tanggap.db"
                open_store(path, thorough=True).close()
                left = rows_in(path)
                left.pop("changes")
                assert left == new or (left == old and not said)
                shutil.rmtree(path.parent)
