"""A month of the invented city on three networks: are all answers found that can be seen?

    python tests/measure_answers.py --days 30 --mentions 5600

tells precision and recall of the answers beside what the simulator knows, in one line of JSON.
About half of the mentions are complaints. Days are told by a clock that a script moves, polls are
seldom: an hour of the city takes about a second.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from answers_judge import AnswerVerdict, judge_answers, told
from daemon_support import TOKEN, fetched
from exactness_support import WATCHED, WEB_GRACE
from lived_city import STEP, lived_city


def tell_days(folder: Path, days: int, mentions: int, seed: int) -> tuple[AnswerVerdict, int]:
    """Let so many days of the city pass and be read; return the verdict and how many items."""
    with lived_city(folder, days, mentions, seed) as lived:
        verdict = judge_answers(lived.simulator, lived.house, WATCHED, WEB_GRACE + STEP)
        database = lived.house.config.database_path
        [(items,)] = fetched(database, "SELECT count(*) FROM items WHERE tab <> 'aside'")
    return verdict, items


def main() -> int:
    """Tell the days that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--mentions", type=int, default=5600)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    os.environ |= {"TANGGAP_X_BEARER_TOKEN": TOKEN, "TANGGAP_META_TOKEN": TOKEN}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        verdict, items = tell_days(Path(folder), asked.days, asked.mentions, asked.seed)
    seconds = time.monotonic() - began
    sys.stdout.write(f"{told(verdict)}\n")
    sys.stderr.write(f"{items} items in {asked.days} days, {seconds:.0f} s\n")
    for name in ("missed", "invented", "wrong_time", "wrong_opd", "accused", "misread"):
        said = [" ".join(pair) for pair in getattr(verdict, name)[:9]]
        sys.stderr.writelines(f"{name} {one}\n" for one in said)
    return 0 if verdict.recall >= 0.99 and verdict.precision >= 0.99 else 1


if __name__ == "__main__":
    sys.exit(main())
