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
from collections.abc import Sequence
from pathlib import Path

from answers_judge import AnswerVerdict, judge_answers, told
from daemon_support import TOKEN, fetched
from exactness_support import CITY_DISORDER, WATCHED, WEB_GRACE
from lived_city import STEP, lived_city

from tanggap.simulator.faults import Fault

UNTIDY = (
    *CITY_DISORDER,
    *(Fault("odd_item", endpoint=one, share=0.1, seed=11) for one in ("tweets", "comments")),
    Fault("drop_paging", endpoint="comments", share=0.1, seed=12),
    Fault("no_next", endpoint="comments", share=0.1, seed=13),
    Fault("empty_with_next", share=0.05, seed=14),
    *(Fault("leave_out", endpoint=one, share=0.04, seed=15) for one in ("tweets", "comments")),
)
"""Lists that repeat, mix up, leave out and end too early."""


WRONG = (
    *("missed", "invented", "wrong_time", "wrong_opd", "accused"),
    *("misread", "gone_wrongly", "gone_unnoticed"),
)


def tell_days(
    folder: Path, days: int, mentions: int, seed: int, faults: Sequence[Fault] = ()
) -> tuple[AnswerVerdict, int]:
    """Let so many days of the city pass and be read; return the verdict and how many items."""
    with lived_city(folder, days, mentions, seed, faults=faults) as lived:
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
    parser.add_argument("--untidy", action="store_true", help="networks that list untidily")
    asked = parser.parse_args()
    os.environ |= {"TANGGAP_X_BEARER_TOKEN": TOKEN, "TANGGAP_META_TOKEN": TOKEN}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        faults = UNTIDY if asked.untidy else ()
        verdict, items = tell_days(Path(folder), asked.days, asked.mentions, asked.seed, faults)
    seconds = time.monotonic() - began
    sys.stdout.write(f"{told(verdict)}\n")
    sys.stderr.write(f"{items} items in {asked.days} days, {seconds:.0f} s\n")
    for name in WRONG:
        said = [" ".join(pair) for pair in getattr(verdict, name)[:9]]
        sys.stderr.writelines(f"{name} {one}\n" for one in said)
    return 0 if verdict.recall >= 0.99 and verdict.precision >= 0.99 else 1


if __name__ == "__main__":
    sys.exit(main())
