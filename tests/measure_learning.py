"""What a city's own labels bring: a learning curve on real complaints.

    EVAL_DATA=FOLDER OPENBLAS_NUM_THREADS=1 .venv/bin/python tests/measure_learning.py [N ...]

surabaya.csv, the 17 sectors that its routing and ours share. Its newest quarter judges; of the rest
the newest N rows (all of them for a larger N) are the city's labels, beside the shipped corpus.
Thresholds and calibration come from what was trained on alone. Some 30 s CPU for each N, twice as
much for all. Prints one JSON line for each N, figures only.
"""

import csv
import json
import sys
import time
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier import Classifier
from classifier.dataset import LOCAL, UNKNOWN, Example, mention_of
from classifier.evaluation import evaluate
from classifier.training import train
from tanggap.errors import InputError
from tanggap.policy import Policy
from tanggap.tuning import files
from tanggap.tuning.benchmarks import CORE_17, Rows, folder
from tanggap.tuning.labels import BLOCKS
from tanggap.tuning.setting import policy_of

SIZES = (0, 100, 300, 1_000, 3_000, 1_000_000)
BINS = 15


def local(rows: Rows) -> list[Example]:
    """Return the rows as what a city labelled: in groups by time, flags that nobody spoke of."""
    return [
        Example(
            text=row["text"],
            jenis="pengaduan",
            sector=row["sector"],
            urgent=UNKNOWN,
            sensitive=UNKNOWN,
            group=f"{LOCAL}{i * BLOCKS // len(rows)}",
        )
        for i, row in enumerate(rows)
    ]


def judged(classifier: Classifier, policy: Policy, rows: Rows) -> dict[str, Any]:
    """Return what a model says of rows that it has not seen.

    `routed_by_sector` asks for the sector's threshold alone, `routed` as the product does: it must
    also be sure that anything is asked.
    """
    examples = [Example(text=row["text"], sector=row["sector"]) for row in rows]
    decisions = classifier.decide([mention_of(example) for example in examples])
    sectors = [decision.sector for decision in decisions]
    sure = np.array([sector.confidence if sector else 0.0 for sector in sectors])
    right = np.array(
        [s is not None and s.label == e.sector for s, e in zip(sectors, examples, strict=True)]
    )
    above = sure >= np.array([decision.sector_threshold for decision in decisions])
    scores = evaluate(classifier, examples, policy)["sector"]
    return {
        "n": scores["n"],
        "accuracy": scores["accuracy"],
        "macro_f1": scores["macro_f1"],
        "ece": calibration_error(sure, right),
        "routed_by_sector": [_share(above), _share(right[above])],
        "routed": [scores["routed_share"], scores["routed_accuracy"]],
    }


def calibration_error(sure: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    """Return the mean gap between confidence and accuracy over BINS bins of equal size (ECE)."""
    bins = np.array_split(np.argsort(sure, kind="stable"), BINS)
    gaps = [abs(sure[rows].mean() - right[rows].mean()) * len(rows) for rows in bins]
    return round(float(sum(gaps)) / len(sure), 4)


def _share(marks: npt.NDArray[np.bool_]) -> float | None:
    return round(float(marks.mean()), 4) if len(marks) else None


def main(sizes: tuple[int, ...]) -> None:
    """Print the figures for each number of labels."""
    try:
        path = folder() / "surabaya.csv"
    except InputError as exc:
        sys.exit(str(exc))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    start = len(rows) * 3 // 4
    older, newer = (
        [row for row in part if row["sector"] in CORE_17] for part in (rows[:start], rows[start:])
    )
    policy, corpus, terms = policy_of(None), files.corpus(), files.terms()
    for size in sizes:
        mine = older[-size:] if size else []
        began = time.process_time()
        trained = train([*corpus, *local(mine)], policy, terms, "ukur", "2026-01-01")
        seconds = time.process_time() - began
        figures = judged(Classifier(policy, trained.artefact), policy, newer)
        row = {"labels": len(mine), **figures, "cpu_seconds": round(seconds)}
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or SIZES)
