"""How long each test of a reliability goal runs, with which seeds, and what it reports.

`make test` runs the small sizes, `make drill` (TANGGAP_DRILL=1) the long ones.
"""

import json
import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SIZES: dict[str, tuple[int, int]] = {
    "kills": (25, 500),
    "kill_point_rounds": (1, 10),
    "sweep_step": (10, 1),
    "power_cuts": (60, 1000),
    "corrupt_files": (60, 1000),
    "sigterms": (20, 200),
    "reloads": (60, 1000),
    "refusal_restarts": (10, 100),
    "daemon_rounds": (20, 200),
    "restore_drills": (3, 50),
    "tampered_backups": (40, 500),
    "burst": (3000, 60000),
    "burst_genuine": (20, 200),
    "soak_seconds": (8, 2220),
}
"""Name of a goal: its size in `make test`, and in `make drill`."""

# Read when this module is imported: while a test runs, nothing of TANGGAP_ is in the environment.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k.startswith("TANGGAP_DRILL")}
LONG = ENVIRONMENT.get("TANGGAP_DRILL") == "1"
REASON_LENGTH = 2000


def size(name: str) -> int:
    """Return how often, or with how many, the goal `name` is tested in this run.

    TANGGAP_DRILL_<NAME>, such as TANGGAP_DRILL_KILLS=100, overrides both sizes.
    """
    small, long = SIZES[name]
    override = ENVIRONMENT.get(f"TANGGAP_DRILL_{name.upper()}")
    return int(override) if override else long if LONG else small


def seeds(name: str, count: int | None = None) -> list[int]:
    """Return `count` (None: `size(name)`) different seeds of a goal, the same on every machine.

    The first ones do not depend on `count`, so that a long run repeats the short one.
    TANGGAP_DRILL_SEED=<n> shifts all of them: another drill with the same tests.
    """
    dice = random.Random(f"{name} {ENVIRONMENT.get('TANGGAP_DRILL_SEED', '0')}")
    found: dict[int, None] = {}
    while len(found) < (size(name) if count is None else count):
        found[dice.randrange(1, 1_000_000)] = None
    return list(found)


@dataclass
class Report:
    """What a test adds to the report of its rounds while they run."""

    passed: int | None = None
    """How many have passed so far, when they do not all stand or fall together."""
    figures: dict[str, object] = field(default_factory=dict)
    """What was measured on the way, such as `rss_mb`."""


@contextmanager
def one_round(
    name: str, seed: int | Sequence[int] | None = None, count: int = 1
) -> Iterator[Report]:
    """Report the body to `make drill` as a round of goal `name`, whichever way the body ends.

    Works as a decorator of a test too. `count` rounds when nobody can tell them apart (the kills of
    one city). A body that raises has failed, all rounds of it but those in `Report.passed`, and the
    error is kept as the reason. A test that skips has had no round.
    """
    report = Report()
    given = [] if seed is None else [seed] if isinstance(seed, int) else list(seed)
    try:
        yield report
    except pytest.skip.Exception:
        raise
    except BaseException as error:
        passed, reason = min(report.passed or 0, count - 1), f"{type(error).__name__}: {error}"
        _write(name, passed, count - passed, given, report.figures, reason)
        raise
    passed = count if report.passed is None else report.passed
    _write(name, passed, count - passed, given, report.figures)


class IndependentRounds:
    """Rounds of one test that do not build on each other: one that fails does not end the others.

        with IndependentRounds("corrupt_files") as rounds:
            for seed in seeds("corrupt_files"):
                with rounds.one(seed):
                    ...

    The test fails at the end, with what all of them said.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[str] = []

    def __enter__(self) -> "IndependentRounds":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            assert self.problems == []

    @contextmanager
    def one(self, seed: int) -> Iterator[Report]:
        """Report the body as one round; keep what it raised for the end."""
        try:
            with one_round(self.name, seed) as report:
                yield report
        except Exception as error:  # noqa: BLE001 - told at the end, after the other rounds
            self.problems.append(f"seed {seed}: {type(error).__name__}: {error}")


def record_rounds(
    name: str, passed: int, failed: int, seeds: Sequence[int] = (), **figures: object
) -> None:
    """Report the rounds (kills, points, restores; not tests) of one test to `make drill`.

    For what `one_round` cannot say; a test that breaks off before this line reports nothing.
    `figures` are what was measured on the way, such as `rss_mb=210.5`.
    """
    _write(name, passed, failed, seeds, figures)


def _write(
    name: str,
    passed: int,
    failed: int,
    seeds: Sequence[int],
    figures: dict[str, object],
    reason: str = "",
) -> None:
    """Write a JSON line into the file named by TANGGAP_DRILL_RESULTS; without it, nothing."""
    results = ENVIRONMENT.get("TANGGAP_DRILL_RESULTS")
    if results is None:
        return
    line = {"name": name, "passed": passed, "failed": failed, "seeds": list(seeds)}
    if reason:
        line["reason"] = reason[:REASON_LENGTH]
    if figures:
        line["figures"] = figures
    with Path(results).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
