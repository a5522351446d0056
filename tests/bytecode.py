"""What Python compiled of program, libraries and tests, kept from run to run and for all processes.

Where an environment forbids Python to keep it, every process that a test starts would compile all
that it imports: for a daemon a second of CPU time and more.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parent
FOLDER = TESTS.parent / ".pytest_cache" / "d" / "bytecode"
"""Among what pytest keeps: git does not see it, `make clean` and `--cache-clear` remove it."""


def keep() -> None:
    """Let every Python that is started from here on keep what it compiles."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(FOLDER)


def fill() -> None:
    """Compile what collecting all tests imports, unless a run before did.

    The workers of xdist import the same files at the same time: each would compile all of them,
    and coverage would follow every line that does it. Here each file is compiled once, by as many
    processes as there are cores.
    """
    done = FOLDER / "filled"
    if done.exists():
        return
    files = sorted(TESTS.glob("test_*.py"))
    cores = os.cpu_count() or 1
    collect = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider"]
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    processes = [
        subprocess.Popen(
            [*collect, *files[first::cores]],
            env=unmeasured,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for first in range(cores)
    ]
    # What cannot be collected is said by the run itself.
    if {process.wait() for process in processes} == {0}:
        done.touch()


def forget_temporary() -> None:
    """Remove what was compiled of files that tests made: their names never return."""
    temporary = Path(tempfile.gettempdir()).resolve()
    kept = FOLDER / temporary.relative_to(temporary.anchor)
    if not kept.is_dir():
        return
    for made in kept.iterdir():
        if not TESTS.is_relative_to(temporary / made.name):
            shutil.rmtree(made, ignore_errors=True)
