"""How well the shipped model tells the kinds of an answer apart, on answers held apart.

    .venv/bin/python tests/measure_answer_kinds.py [--confusion]

Scores tests/answer_kinds.jsonl, which nobody trained on, in all and by the invented admin who
writes. Prints figures only, one JSON line each.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import models
from classifier import load_answers
from classifier.answer_figures import figures
from tanggap.mention import ANSWER_KINDS

HELD_APART = Path(__file__).parent / "answer_kinds.jsonl"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--confusion", action="store_true", help="the table of what was mixed up")
    asked = parser.parse_args()
    rows = [json.loads(line) for line in HELD_APART.read_text(encoding="utf-8").splitlines()]
    shares = load_answers(models.answers()).probabilities([row["text"] for row in rows])
    truth = [row["kind"] for row in rows]
    found = figures(truth, shares)
    whole = {
        "n": found.n,
        "macro_f1": round(found.macro_f1, 4),
        "interval": [round(end, 4) for end in found.interval],
        "accuracy": round(found.accuracy, 4),
        "confidence": round(found.confidence, 4),
        "gap": round(found.gap, 4),
    }
    print(json.dumps(whole))  # noqa: T201
    for kind, scores in found.per_kind.items():
        print(json.dumps({"kind": kind, **scores}))  # noqa: T201
    if asked.confusion:
        for kind, said in zip(ANSWER_KINDS, found.confusion.tolist(), strict=True):
            said_as = dict(zip(ANSWER_KINDS, said, strict=True))
            print(json.dumps({"is": kind, "said": said_as}))  # noqa: T201
    right = shares.argmax(axis=1) == [ANSWER_KINDS.index(kind) for kind in truth]
    admins = np.array([row["admin"] for row in rows])
    for admin in sorted(set(admins.tolist())):
        mine = right[admins == admin]
        share = round(float(mine.mean()), 4)
        print(json.dumps({"admin": admin, "n": len(mine), "accuracy": share}))  # noqa: T201


if __name__ == "__main__":
    main()
