"""Every write and sync of a cycle disturbed once: killed there, a failing disk, a full disk.

strace counts the system calls that the cycle of `sweep_cycle.py` makes on the files of its
database, and lets the n-th of a kind fail, for every n (in `make test` for every tenth).
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from cycle_states import History, history_of, rest_of_the_cycle, state_of, whole
from drill_sizes import one_round, size

CYCLE = Path(__file__).parent / "sweep_cycle.py"
CALLS = ("openat", "pwrite64", "fdatasync", "fsync", "ftruncate", "unlink")
EFFECTS = {"signal=KILL": 0, "error=EIO": 3, "error=ENOSPC": 6}
"""What happens to a call, and the first point of a run that takes every tenth."""
STRACE_ENDED_BY = 128


@dataclass(frozen=True)
class Call:
    """A system call on the files of the database, or the write of an acknowledgement."""

    name: str
    file: str
    """db, wal, shm, journal, folder or said."""
    disturbed: bool


@dataclass(frozen=True)
class Run:
    """How a disturbed cycle ended: its exit code and what it acknowledged."""

    code: int
    said: tuple[str, ...]
    calls: tuple[Call, ...]
    """In their order, acknowledgements among them."""

    @property
    def kept(self) -> list[str]:
        return [line.split()[1] for line in self.said if line.startswith("kept ")]

    @property
    def refused(self) -> list[str]:
        return [line for line in self.said if line.startswith("refused ")]


def traced(database: Path, *inject: str) -> Run:
    """Run the cycle on a database under strace; `inject` as strace takes it."""
    log, said = database.with_name("strace"), database.with_name("said")
    files = {str(database) + end: end[1:] or "db" for end in ("", "-wal", "-shm", "-journal")}
    # The folder too: the name of a new file in it is synced.
    files |= {str(database.parent): "folder", str(said): "said"}
    calls = ",".join(("write", *CALLS))
    with said.open("wb") as stdout:
        done = subprocess.run(
            ["strace", "-f", "-y", "-s", "0", "-o", str(log), "-e", f"trace={calls}",
             *(part for file in files for part in ("-P", file)),
             *(part for one in inject for part in ("-e", f"inject={one}")),
             sys.executable, str(CYCLE), str(database)],
            env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )  # fmt: skip
    assert "ptrace" not in done.stderr, f"this machine forbids strace: {done.stderr.strip()}"
    made = tuple(_calls(log.read_text(encoding="utf-8"), files))
    log.unlink()
    lines = said.read_text(encoding="utf-8").split("\n")[:-1]
    return Run(done.returncode, tuple(lines), made)


def _calls(log: str, files: Mapping[str, str]) -> Iterator[Call]:
    for line in log.splitlines():
        # As in: 7121 fdatasync(4</tmp/tanggap.db-wal>) = -1 EIO (Input/output error) (INJECTED)
        found = re.match(r"\d+\s+(\w+)\((.*)", line)
        if found:
            paths = re.findall(r"[<\"](/[^>\"]*)[>\"]", found[2])
            [file] = {files[path] for path in paths if path in files} or {"?"}
            yield Call(found[1], file, "(INJECTED)" in line)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    assert shutil.which("strace"), "strace is missing: apt-get install strace"
    return history_of(tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="module")
def points(history: History, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int]]:
    """Return the calls of an undisturbed cycle: name, and the how-manieth of that name."""
    database = history.fresh(tmp_path_factory.mktemp("counted"))
    run = traced(database)
    assert (run.code, run.kept, run.refused) == (0, list(history.steps), [])
    assert state_of(database) == history.states[-1]
    counts: dict[str, int] = {}
    found = []
    for call in run.calls:
        if call.file != "said":
            counts[call.name] = counts.get(call.name, 0) + 1
            found.append((call.name, counts[call.name]))
    assert counts["pwrite64"] > 200
    assert counts["fdatasync"] > len(history.steps)
    return found


@pytest.mark.fault(3, 4)
@pytest.mark.slow
@pytest.mark.parametrize("effect", EFFECTS)
def test_a_cycle_disturbed_at_any_system_call_keeps_what_it_acknowledged(
    effect: str, history: History, points: Sequence[tuple[str, int]], tmp_path: Path
) -> None:
    step = size("sweep_step")
    chosen = points[EFFECTS[effect] % step :: step]
    problems = []
    with one_round("syscall_sweep", count=len(chosen)) as report:
        report.passed = 0
        for call, number in chosen:
            database = history.fresh(tmp_path / f"{call}-{number}")
            run = traced(database, f"{call}:{effect}:when={number}")
            judge = killed if effect.endswith("KILL") else refused
            problem = judge(run, history, database)
            if problem:
                problems.append(f"{call} {number}: {problem}")
            report.passed += not problem
            shutil.rmtree(database.parent)
        assert problems == []
    assert len(chosen) > 30


@pytest.mark.fault(4)
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_a_database_that_could_not_be_opened_for_writing_is_written_again_later(
    error: str, history: History, tmp_path: Path
) -> None:
    # SQLite opens it for reading then, and says nothing.
    database = history.fresh(tmp_path / "kota")
    run = traced(database, f"openat:error={error}:when=1")
    assert [call.file for call in run.calls if call.disturbed] == ["db"]
    assert refused(run, history, database) == ""
    assert run.refused == ["refused page-1 StoreFull"]


def killed(run: Run, history: History, database: Path) -> str:
    """Say what is wrong after a kill and a restart; empty when all is well."""
    if run.code not in (-signal.SIGKILL, STRACE_ENDED_BY + signal.SIGKILL):
        return f"not killed: {run}"
    if run.kept != list(history.steps)[: len(run.kept)] or run.refused:
        return f"said {run.said}"
    return whole(database) or rest_of_the_cycle(database, history, len(run.kept))


def refused(run: Run, history: History, database: Path) -> str:
    """Say what is wrong after a failing call that did not come again; empty when all is well."""
    if run.code != 0 or run.kept != list(history.steps):
        return f"did not go on: {run.code} {run.said}"
    told = [line.split()[2] for line in run.refused]
    if set(told) - {"StoreFull", "StoreError"}:
        return f"refused by {told}"
    if not told and not may_be_silent(run):
        return f"nobody was told: {[call for call in run.calls if call.disturbed]}"
    if state_of(database) != history.states[-1]:
        return "the end is another one"
    return whole(database)


def may_be_silent(run: Run) -> bool:
    """Whether the call was part of copying SQLite's log back into the database, or came last.

    Whatever is acknowledged stands in the log and is synced there first. Where the copying fails,
    or the removal of the log when the database is closed, the log stays and still holds all.
    Whether the folder could be opened and synced, into which the log is put once, SQLite does not
    ask (`unixSync` in its os_unix.c).
    """
    [place] = [place for place, call in enumerate(run.calls) if call.disturbed]
    failed, before = run.calls[place], run.calls[:place]
    if "said" not in {call.file for call in run.calls[place:]} or (
        failed.file == "db" and failed.name != "openat"
    ):
        return True
    if failed.file == "folder" and failed.name in ("openat", "fdatasync"):
        return True
    # The copying begins with a sync of the log, which the commit has just done already.
    earlier = [call.name for call in before if call.file == failed.file]
    return failed.name == "fdatasync" and earlier[-1:] == ["fdatasync"]
