"""How well the flags and the supporting OPD are found: the social test set, and our own examples.

    .venv/bin/python tests/measure_flags.py

The social set (models/social) has never been trained on; the examples of tests/problem_examples.py
and the corpus (of money demanded, `levies`) are those by which the words were tried out, so kinder.
Prints figures only, one JSON line each.
"""

import json
from collections.abc import Sequence
from typing import Any

from classifier_support import baseline, decide
from problem_examples import CALM, ONE_PROBLEM, TWO_PROBLEMS, URGENT

import models
from classifier.dataset import Example, mention_of
from classifier.levies import levies
from classifier.text import words_of
from classifier.urgency import sensitive_words
from tanggap.mention import Decision

Row = dict[str, Any]


def of_row(row: Row) -> Example:
    """Return a row of the social set as the classifier gets it."""
    names = ("text", "mentioned_opd", "parent_text")
    return Example(**{name: row[name] for name in names if name in row})


def flag(rows: Sequence[Row], decisions: Sequence[Decision], name: str) -> dict[str, int]:
    """Return how many rows carry a flag, how many got it, and how many rightly."""
    pairs = [(bool(row.get(name)), getattr(decision, name).on)
             for row, decision in zip(rows, decisions, strict=True)]  # fmt: skip
    return {
        "true": sum(truth for truth, _ in pairs),
        "said": sum(said for _, said in pairs),
        "right": sum(truth and said for truth, said in pairs),
    }


def supporting(rows: Sequence[Row], decisions: Sequence[Decision]) -> dict[str, int]:
    """Return the same of the supporting OPD where something is asked.

    `acting`: said to support, but it is the one that must act.
    """
    told = {"true": 0, "said": 0, "right": 0, "acting": 0}
    for row, decision in zip(rows, decisions, strict=True):
        if "sector" not in row:
            continue
        truth, said = set(row.get("supporting", ())), set(decision.supporting)
        told["true"] += len(truth)
        told["said"] += len(said)
        told["right"] += len(truth & said)
        told["acting"] += row["opd"] in said
    return told


def of_levies() -> dict[str, int]:
    """Return how many texts of the corpus speak of money demanded for a service, by words alone.

    `new`: no other word calls them sensitive; `right`: of those, how many are by their label.
    """
    corpus = sorted((models.social().parent.parent / "corpus").glob("*.jsonl"))
    rows = [json.loads(line) for path in corpus for line in path.read_text("utf-8").splitlines()]
    said = [row for row in rows if levies(words_of(row["text"]))]
    new = [row for row in said if not sensitive_words(words_of(row["text"]))]
    right = sum(bool(row.get("sensitive")) for row in new)
    return {"n": len(rows), "said": len(said), "new": len(new), "right": right}


def both_named(text: str, one: str, other: str) -> bool:
    """Whether the two OPD are those that a decision names."""
    decision = decide(text)
    return decision.opd is not None and {one, other} <= {decision.opd.label, *decision.supporting}


def main() -> None:
    """Print the figures."""
    rows = [json.loads(line) for line in models.social().read_text(encoding="utf-8").splitlines()]
    for kind in ("natural", "hard"):
        part = [row for row in rows if row["kind"] == kind]
        decisions = baseline().decide([mention_of(of_row(row)) for row in part])
        for name in ("urgent", "sensitive"):
            found = flag(part, decisions, name)
            print(json.dumps({"set": kind, "part": name, **found}))  # noqa: T201
        found = supporting(part, decisions)
        print(json.dumps({"set": kind, "part": "supporting", **found}))  # noqa: T201
    print(json.dumps({"set": "corpus", "part": "levies", **of_levies()}))  # noqa: T201
    own = {
        "urgent": sum(decide(text).urgent.on for text in URGENT),
        "of": len(URGENT),
        "calm_called_urgent": sum(decide(text).urgent.on for text in CALM),
        "of_calm": len(CALM),
        "two_problems": sum(both_named(*example) for example in TWO_PROBLEMS),
        "of_two": len(TWO_PROBLEMS),
        "one_called_two": sum(bool(decide(text).supporting) for text in ONE_PROBLEM),
        "of_one": len(ONE_PROBLEM),
    }
    print(json.dumps({"set": "own examples", **own}))  # noqa: T201


if __name__ == "__main__":
    main()
