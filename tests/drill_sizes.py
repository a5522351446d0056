"""How long each test of a reliability goal runs, with which seeds, and what it reports.

`make test` runs the small sizes, `make drill` (TANGGAP_DRILL=1) the long ones.
"""

import json
import os
import random
from collections.abc import Sequence
from pathlib import Path

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
    "soak_seconds": (15, 1800),
}
"""Name of a goal: its size in `make test`, and in `make drill`."""

# Read when this module is imported: while a test runs, nothing of TANGGAP_ is in the environment.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k.startswith("TANGGAP_DRILL")}
LONG = ENVIRONMENT.get("TANGGAP_DRILL") == "1"


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


def record_rounds(
    name: str, passed: int, failed: int, seeds: Sequence[int] = (), **figures: object
) -> None:
    """Report the rounds (kills, points, restores; not tests) of one test to `make drill`.

    Writes a JSON line into the file named by TANGGAP_DRILL_RESULTS; without it, nothing. `figures`
    are what was measured on the way, such as `rss_mb=210.5`.
    """
    results = ENVIRONMENT.get("TANGGAP_DRILL_RESULTS")
    if results is None:
        return
    line = {"name": name, "passed": passed, "failed": failed, "seeds": list(seeds)}
    if figures:
        line["figures"] = figures
    with Path(results).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
