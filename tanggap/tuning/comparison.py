"""Two artefacts on the same labelled texts: what changes, and whether it is more than chance."""

from collections.abc import Sequence
from math import comb
from typing import Any

from classifier import Classifier
from classifier.dataset import Example, mention_of
from classifier.evaluation import evaluate
from tanggap.policy import Policy

SHOWN = (
    ("jenis", ("n", "accuracy", "macro_f1", "actionable_recall", "false_alarm_rate")),
    ("sector", ("n", "accuracy", "macro_f1", "top3", "routed_share", "routed_accuracy")),
    ("opd", ("n", "accuracy")),
    ("place", ("n", "precision", "coverage")),
    ("urgent", ("n", "recall", "precision")),
)


def compare(
    old: Classifier, new: Classifier, examples: Sequence[Example], policy: Policy
) -> dict[str, Any]:
    """Return both reports, their differences, and the sectors won and lost with McNemar's p."""
    reports = {name: evaluate(c, examples, policy) for name, c in (("old", old), ("new", new))}
    differences: dict[str, dict[str, float | None]] = {}
    for part, names in SHOWN:
        before, after = reports["old"][part], reports["new"][part]
        differences[part] = {
            name: None
            if before[name] is None or after[name] is None
            else round(after[name] - before[name], 4)
            for name in names
            if name != "n"
        }
    won, lost = _changes(old, new, [example for example in examples if example.sector])
    return {
        "old": reports["old"],
        "new": reports["new"],
        "difference": differences,
        "sector_won": won,
        "sector_lost": lost,
        "sector_p": round(sign_test(won, lost), 4),
    }


def sign_test(won: int, lost: int) -> float:
    """Return the two-sided probability of so uneven a split by chance (exact McNemar)."""
    n = won + lost
    if n == 0:
        return 1.0
    tail: int = sum(comb(n, k) for k in range(min(won, lost) + 1))
    return min(1.0, float(2 * tail) / float(2**n))


def _changes(old: Classifier, new: Classifier, examples: Sequence[Example]) -> tuple[int, int]:
    mentions = [mention_of(example) for example in examples]
    won = lost = 0
    for example, before, after in zip(
        examples, old.decide(mentions), new.decide(mentions), strict=True
    ):
        right = example.sector.split("|")
        was = before.sector is not None and before.sector.label in right
        now = after.sector is not None and after.sector.label in right
        won += now and not was
        lost += was and not now
    return won, lost
