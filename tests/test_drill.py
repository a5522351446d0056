"""`make drill`: every goal is in one of its parts, and no failure is left out of its table."""

import importlib.util
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from drill_sizes import SIZES, seeds

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


def files_of(part: "Part", tests: Path = ROOT / "tests") -> list[Path]:
    return sorted({path for glob in part.tests for path in tests.glob(glob)})


@dataclass(frozen=True)
class Part:
    """As the drill's own: what a made-up drill consists of."""

    tests: tuple[str, ...]
    about: str = "a made-up part"
    minutes: int = 1
    only: str = ""


def test_every_part_has_tests_and_none_is_to_take_longer_than_forty_minutes(
    drill: ModuleType,
) -> None:
    for name, part in drill.PARTS.items():
        for glob in part.tests:
            assert list((ROOT / "tests").glob(glob)), (name, glob)
        assert 0 < part.minutes < 40


def test_every_size_of_a_goal_is_used_by_a_part_and_reported(drill: ModuleType) -> None:
    texts = [
        path.read_text(encoding="utf-8") for part in drill.PARTS.values() for path in files_of(part)
    ]
    reporting = [text for text in texts if "record_rounds(" in text]
    unused = [
        name
        for name in SIZES
        if not any(re.search(rf'\b(?:size|seeds)\("{name}"', text) for text in reporting)
    ]
    assert unused == []


def test_the_seeds_of_a_long_run_begin_with_those_of_the_short_one() -> None:
    long = seeds("kills", 40)
    assert long[:5] == seeds("kills", 5)
    assert len(set(long)) == 40
    assert seeds("burst", 5) != long[:5]


MADE_UP = """
from drill_sizes import record_rounds, size

def test_a_goal_of_which_one_round_fails():
    record_rounds("goal", size("kills") - 1, 1, [7, 9], mb=1.5)

def test_the_same_goal_elsewhere():
    record_rounds("goal", 10, 0, [7, 11])

def test_one_that_breaks_off_before_it_reports():
    raise AssertionError
"""
SOUND = """
def test_one():
    pass
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
    cells = [[cell.strip() for cell in line.split("|")[1:4]] for line in lines if "|" in line]
    assert cells[2:] == [
        ["sound", "(tests)", "1 passed, 0 failed"],
        ["wrong", "goal", "509 passed, 1 failed"],
        ["wrong", "(tests)", "2 passed, 1 failed"],
    ]
    assert "7, 9, 11" in lines[3]
    assert "Not run: none." in lines
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


def test_a_part_that_is_not_there_is_a_mistake_of_the_command_line(
    drill: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["drill.py", "soap"])
    with pytest.raises(SystemExit) as ended:
        drill.main()
    assert ended.value.code == 2
    assert "soak" in capsys.readouterr().err
