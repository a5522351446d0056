"""What Python compiled is kept for the next process and the next run, but for passing files."""

import subprocess
import sys
from pathlib import Path

import bytecode
import pytest


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what these tests compile in a folder of their own."""
    made = tmp_path / "kept"
    monkeypatch.setattr(bytecode, "FOLDER", made)
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", "")
    return made


def test_a_process_that_is_started_keeps_what_it_compiled_though_it_was_forbidden_to(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "contoh.py").write_text("angka = 1\n")
    bytecode.keep()
    subprocess.run([sys.executable, "-c", "import contoh"], cwd=tmp_path, check=True)
    assert [path.name.partition(".")[0] for path in folder.rglob("contoh*.pyc")] == ["contoh"]


def test_what_was_compiled_of_files_that_a_test_made_is_not_kept(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "sementara"
    ours, theirs = temporary / "sumber" / "tests", temporary / "pytest-1"
    monkeypatch.setattr(bytecode.tempfile, "gettempdir", lambda: str(temporary))
    monkeypatch.setattr(bytecode, "TESTS", ours)
    kept = [folder / path.relative_to("/") / "a.pyc" for path in (ours, theirs, tmp_path / "lib")]
    for path in kept:
        path.parent.mkdir(parents=True)
        path.touch()
    bytecode.forget_temporary()
    assert [path.exists() for path in kept] == [True, False, True]


def test_nothing_is_compiled_before_a_run_when_a_run_before_did(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir()
    (folder / "filled").touch()
    monkeypatch.setattr(sys, "executable", str(folder / "no-python"))
    bytecode.fill()


def test_what_could_not_be_compiled_is_tried_again_by_the_next_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    bytecode.fill()
    assert not (folder / "filled").exists()
