"""`make drill`: every goal is in one of its parts, and no failure is left out of its table."""

import ast
import importlib.util
import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import drill_sizes
import fault_matrix
import pytest
from drill_sizes import SIZES, IndependentRounds, one_round, seeds

from tanggap.killpoints import KILL_POINTS

ROOT = Path(__file__).parent.parent


@pytest.fixture
def drill(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("drill", ROOT / "tools" / "drill.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "drill", module)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Part:
    """As the drill's own: what a made-up drill consists of."""

    tests: tuple[str, ...]
    about: str = "a made-up part"
    minutes: int = 1
    only: str = ""
    marked: str = ""


def test_every_part_has_tests_and_none_is_to_take_longer_than_forty_minutes(
    drill: ModuleType,
) -> None:
    for name, part in drill.PARTS.items():
        for glob in part.tests:
            assert list((ROOT / "tests").glob(glob)), (name, glob)
        assert 0 < part.minutes < 40


def test_every_size_of_a_goal_is_used_by_a_part_and_reported(drill: ModuleType) -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in files_of_goals(drill)}
    unused = [
        name
        for name in SIZES
        if not any(re.search(rf'\b(?:size|seeds)\("{name}"', text) for text in texts.values())
    ]
    assert unused == []
    silent = [
        path.name
        for path, text in texts.items()
        if "from drill_sizes import" in text
        and not re.search(r"\b(?:one_round|IndependentRounds|record_rounds)\(", text)
    ]
    assert silent == []


def files_of_goals(drill: ModuleType) -> list[Path]:
    """Return the files of all parts; of a part of marked tests those that hold one."""
    marked = {test.partition("::")[0] for tests in fault_matrix.claims().values() for test in tests}
    return sorted(
        {
            path
            for part in drill.PARTS.values()
            for path in drill.files_of(part)
            if not part.marked or path.name in marked
        }
    )


def test_every_test_that_has_a_long_size_is_run_by_a_part(drill: ModuleType) -> None:
    sized = {
        path.name
        for path in (ROOT / "tests").glob("test_*.py")
        if "from drill_sizes import" in path.read_text(encoding="utf-8")
    }
    run = {path.name for path in files_of_goals(drill)}
    assert sized - run == {Path(__file__).name}


def test_every_test_of_the_fault_matrix_is_run_by_a_part(drill: ModuleType) -> None:
    claimed = {
        test.partition("::")[0] for tests in fault_matrix.claims().values() for test in tests
    }
    run = {path.name for path in files_of_goals(drill)}
    # What a contract holds is run by the files of the back ends, which inherit it.
    assert {name for name in claimed if name.startswith("test_")} - run == set()
    assert len(claimed) > 40


def test_the_part_of_the_fault_matrix_leaves_to_the_others_what_is_theirs(
    drill: ModuleType,
) -> None:
    names = {path.name for path in drill.files_of(drill.PARTS["faults"])}
    assert "test_faults_x.py" in names
    assert not names & {"test_exactness_killed.py", "test_kill_points.py", "test_restore_killed.py"}


def test_every_kill_point_those_of_backup_and_restore_too_is_armed_in_a_part(
    drill: ModuleType,
) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in files_of_goals(drill))
    assert [name for name in KILL_POINTS if f'"{name}' not in text] == []


def test_the_seeds_of_a_long_run_begin_with_those_of_the_short_one() -> None:
    long = seeds("kills", 40)
    assert long[:5] == seeds("kills", 5)
    assert len(set(long)) == 40
    assert seeds("burst", 5) != long[:5]


MADE_UP = """
from drill_sizes import one_round, record_rounds, size

def test_a_goal_of_which_one_round_fails():
    record_rounds("goal", size("kills") - 1, 1, [7, 9], mb=1.5)

def test_the_same_goal_elsewhere():
    record_rounds("goal", 10, 0, [7, 11])

def test_one_that_breaks_off_before_it_reports():
    raise AssertionError

def test_a_round_that_fails():
    with one_round("goal", 13):
        raise AssertionError("the reason")
"""
SOUND = """
import pytest
from drill_sizes import one_round

def test_one():
    pass

def test_one_that_cannot_be_tried_here():
    with one_round("goal", 1):
        pytest.skip("not here")
"""


@pytest.fixture
def made_up(drill: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A drill of two parts in a folder of its own."""
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_made_up.py").write_text(MADE_UP, encoding="utf-8")
    (tests / "test_sound.py").write_text(SOUND, encoding="utf-8")
    monkeypatch.setattr(drill, "ROOT", tmp_path)
    monkeypatch.setattr(
        drill,
        "PARTS",
        {"sound": Part(("test_sound.py",)), "wrong": Part(("test_made_up.py",)), "none": Part(())},
    )
    paths = [str(ROOT / "tests"), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    return drill


def test_a_failed_round_or_test_fails_the_drill_and_stands_in_the_table(
    made_up: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = tmp_path / "results"
    monkeypatch.setattr(sys, "argv", ["drill.py", "sound", "wrong", "--results", str(results)])
    assert made_up.main() == 1
    lines = made_up.table(results).splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:6]] for line in lines if "|" in line]
    assert cells[2:] == [
        ["sound", "(tests)", "1", "0", "1"],
        ["wrong", "goal", "509", "2", ""],
        ["wrong", "(tests)", "2", "2", "0"],
    ]
    assert "7, 9, 11, 13" in lines[3]
    assert "Not run: none." in lines
    assert "- goal: AssertionError: the reason" in lines
    assert f"Python {sys.version.split()[0]}" in lines[-1]


def test_a_drill_without_a_failure_ends_well(
    made_up: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["drill.py", "sound", "--results", str(tmp_path / "results")])
    assert made_up.main() == 0


def test_a_part_that_takes_too_long_is_ended_and_counts_as_failed(
    made_up: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = "import time\n\ndef test_endless():\n    time.sleep(60)\n"
    (tmp_path / "tests" / "test_sound.py").write_text(endless, encoding="utf-8")
    monkeypatch.setattr(made_up, "LIMIT_SECONDS", 3)
    monkeypatch.setattr(sys, "argv", ["drill.py", "sound", "--results", str(tmp_path / "results")])
    assert made_up.main() == 1
    assert "broke off" in made_up.table(tmp_path / "results")


def test_each_row_names_the_commit_that_its_part_was_run_at(
    made_up: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = tmp_path / "results"
    for part, commit in (("sound", "aaaaaaa"), ("wrong", "bbbbbbb with changes")):
        monkeypatch.setattr(made_up, "commit", lambda commit=commit: commit)
        monkeypatch.setattr(sys, "argv", ["drill.py", part, "--results", str(results)])
        made_up.main()
    lines = made_up.table(results).splitlines()
    assert [line.split("|")[7].strip() for line in lines[2:5]] == [
        "aaaaaaa",
        "bbbbbbb with changes",
        "bbbbbbb with changes",
    ]


def test_the_marked_tests_of_a_part_are_run_and_no_others(
    made_up: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked = "import pytest\n\n@pytest.mark.skip\ndef test_marked(): ...\n\ndef test_other(): ...\n"
    (tmp_path / "tests" / "test_marked.py").write_text(marked, encoding="utf-8")
    made_up.PARTS["marks"] = Part(("test_*.py",), marked="skip")
    monkeypatch.setattr(sys, "argv", ["drill.py", "marks", "--results", str(tmp_path)])
    made_up.main()
    kept = json.loads((tmp_path / "marks.json").read_text(encoding="utf-8"))
    assert (kept["tests_passed"], kept["tests_failed"], kept["tests_skipped"]) == (0, 0, 1)
    assert [path.name for path in made_up.files_of(made_up.PARTS["marks"])] == ["test_marked.py"]


# --- what tests report --------------------------------------------------------------------------


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], list[dict[str, object]]]:
    """Return what was reported so far."""
    file = tmp_path / "rounds.jsonl"
    monkeypatch.setitem(drill_sizes.ENVIRONMENT, "TANGGAP_DRILL_RESULTS", str(file))
    return lambda: (
        [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        if file.exists()
        else []
    )


def test_a_round_is_told_whichever_way_it_ends(
    told: Callable[[], list[dict[str, object]]],
) -> None:
    with one_round("goal", 1) as report:
        report.figures["mb"] = 2
    with pytest.raises(ZeroDivisionError), one_round("goal", 2, count=50):
        _ = 1 // 0
    with pytest.raises(KeyboardInterrupt), one_round("goal", 3):
        raise KeyboardInterrupt
    assert told() == [
        {"name": "goal", "passed": 1, "failed": 0, "seeds": [1], "figures": {"mb": 2}},
        {"name": "goal", "passed": 0, "failed": 50, "seeds": [2], "reason": ANY_ZERO_DIVISION},
        {"name": "goal", "passed": 0, "failed": 1, "seeds": [3], "reason": "KeyboardInterrupt: "},
    ]


ANY_ZERO_DIVISION = "ZeroDivisionError: integer division or modulo by zero"


def test_rounds_that_were_through_before_one_failed_are_told_as_passed(
    told: Callable[[], list[dict[str, object]]],
) -> None:
    def some(through: int) -> None:
        with one_round("goal", count=20) as report:
            report.passed = through
            raise AssertionError

    for through in (7, 20):  # all were through, and what all of them led to was wrong
        with pytest.raises(AssertionError):
            some(through)
    assert [(line["passed"], line["failed"]) for line in told()] == [(7, 13), (19, 1)]


def test_a_test_that_skips_has_had_no_round(told: Callable[[], list[dict[str, object]]]) -> None:
    with pytest.raises(pytest.skip.Exception), one_round("goal"):
        pytest.skip("not on this machine")
    assert told() == []


def test_of_independent_rounds_all_are_run_and_one_that_fails_fails_the_test(
    told: Callable[[], list[dict[str, object]]],
) -> None:
    with pytest.raises(AssertionError, match="seed 2: ValueError: the second"):
        fail_the_second()
    assert [(line["seeds"], line["passed"]) for line in told()] == [([1], 1), ([2], 0), ([3], 1)]


def fail_the_second() -> None:
    with IndependentRounds("goal") as rounds:
        for seed in (1, 2, 3):
            with rounds.one(seed):
                if seed == 2:
                    raise ValueError("the second")


def test_no_test_can_only_ever_report_rounds_that_passed(drill: ModuleType) -> None:
    for path in files_of_goals(drill):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "record_rounds":
                assert not isinstance(call.args[2], ast.Constant), f"{path.name}:{call.lineno}"


def test_a_part_that_is_not_there_is_a_mistake_of_the_command_line(
    drill: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["drill.py", "soap"])
    with pytest.raises(SystemExit) as ended:
        drill.main()
    assert ended.value.code == 2
    assert "soak" in capsys.readouterr().err
