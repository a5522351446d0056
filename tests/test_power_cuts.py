"""The power is cut at any moment: what was acknowledged is there, and the file opens whole."""

import random
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from cycle_states import History, history_of, rest_of_the_cycle, whole
from drill_sizes import IndependentRounds, seeds, size
from power_cut_support import Disk, Step, record

from tanggap.store import open_store
from tanggap.store.rows import EVERYTHING, ItemFilter


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    assert shutil.which("strace"), "strace is missing: apt-get install strace"
    return history_of(tmp_path_factory.mktemp("undisturbed"))


def cut(steps: list[Step], start: Path, seed: int, folder: Path) -> tuple[Path, int]:
    """Lay out what is left after a cut at a random step; return the database and how often the
    run had said by then that something is kept.
    """
    dice = random.Random(seed)
    number = dice.randrange(len(steps) + 1)
    if dice.random() < 0.5:  # most steps are writes; what may go wrong lies around the others
        rare = [place for place, step in enumerate(steps) if step.call != "pwrite64"]
        number = dice.choice(rare) + dice.randrange(2)
    disk = Disk(start)
    for step in steps[:number]:
        if step.call != "said":
            disk.do(step)
    folder.mkdir()
    disk.after_a_cut(dice, folder)
    return folder / "tanggap.db", sum(step.call == "said" for step in steps[:number])


@pytest.mark.fault(5)
def test_what_was_acknowledged_survives_a_power_cut_at_any_moment(
    history: History, tmp_path: Path
) -> None:
    database = history.fresh(tmp_path / "recorded")
    start = shutil.copytree(database.parent, tmp_path / "start")
    steps = record(database)
    with IndependentRounds("power_cuts") as rounds:
        for seed in seeds("power_cuts"):
            with rounds.one(seed):
                left, said = cut(steps, start, seed, tmp_path / str(seed))
                assert (whole(left) or rest_of_the_cycle(left, history, said)) == ""
                shutil.rmtree(left.parent)


@pytest.mark.fault(5)
def test_a_new_database_is_there_whole_or_not_at_all_after_a_power_cut(tmp_path: Path) -> None:
    start = tmp_path / "start"
    start.mkdir()
    recorded = tmp_path / "recorded"
    recorded.mkdir()
    steps = record(recorded / "tanggap.db")
    with IndependentRounds("power_cuts_of_a_new_database") as rounds:
        for seed in seeds("power_cuts", size("power_cuts") // 4):
            with rounds.one(seed):
                left, said = cut(steps, start, seed, tmp_path / str(seed))
                with closing(open_store(left, thorough=True)) as store:
                    done = store.migrate()
                    assert not (said and done)
                    if said:
                        assert store.count(EVERYTHING, ItemFilter()) == 1
                        assert store.verify_events() == 1
                assert whole(left) == ""
                shutil.rmtree(left.parent)


def test_these_cuts_would_find_a_store_that_does_not_sync_what_it_acknowledges(
    history: History, tmp_path: Path
) -> None:
    database = history.fresh(tmp_path / "recorded")
    start = shutil.copytree(database.parent, tmp_path / "start")
    steps = record(database, "NORMAL")
    lost = 0
    for seed in seeds("power_cuts", 20):
        left, said = cut(steps, start, seed, tmp_path / str(seed))
        assert whole(left) == ""
        lost += bool(rest_of_the_cycle(left, history, said))
    assert lost > 5
