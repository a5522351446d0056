"""How well answers are told apart: scores per kind, confusion, and how far chance may move them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.evaluation import score_labels
from tanggap.mention import ANSWER_KINDS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DRAWINGS = 2_000
SEED = 20261123
BINS = 10


@dataclass(frozen=True, slots=True)
class Figures:
    """What one set of labelled answers says of a model."""

    n: int
    accuracy: float
    macro_f1: float
    interval: tuple[float, float]
    """95 of 100 drawings of the texts with replacement give a macro-F1 between these."""
    per_kind: dict[str, dict[str, Any]]
    """Kind to `n`, `precision`, `recall`, `f1`."""
    confusion: Ints
    """Rows: what it is; columns: what was said; both in the order of ANSWER_KINDS."""
    confidence: float
    """Mean confidence of what was said; equal to `accuracy` where confidences keep their word."""
    gap: float
    """Mean distance of confidence and accuracy over at most ten bins of equal numbers of texts."""


def figures(truth: Sequence[str], shares: Floats) -> Figures:
    """Return the figures of `shares`, n_texts x n_kinds in the order of ANSWER_KINDS."""
    right = np.array([ANSWER_KINDS.index(kind) for kind in truth])
    said = shares.argmax(axis=1)
    table = _confusion(right, said)
    scores = score_labels(
        (ANSWER_KINDS[one], (kind,)) for one, kind in zip(said, truth, strict=True)
    )
    dice = np.random.default_rng(SEED)
    drawn = (dice.integers(0, len(right), len(right)) for _ in range(DRAWINGS))
    spread = [macro_f1(_confusion(right[rows], said[rows])) for rows in drawn]
    low, high = np.quantile(spread, (0.025, 0.975))
    confidence, hits = shares.max(axis=1), said == right
    bins = np.array_split(np.argsort(confidence, kind="stable"), min(BINS, len(right)))
    gaps = [abs(confidence[part].mean() - hits[part].mean()) * len(part) for part in bins]
    return Figures(
        n=len(right),
        accuracy=float(hits.mean()),
        macro_f1=macro_f1(table),
        interval=(float(low), float(high)),
        per_kind=scores["per_label"],
        confusion=table,
        confidence=float(confidence.mean()),
        gap=float(sum(gaps) / len(right)),
    )


def macro_f1(confusion: Ints) -> float:
    """Return the mean F1 over the kinds that occur (rows: truth)."""
    both = confusion.sum(axis=0) + confusion.sum(axis=1)
    occurs = confusion.sum(axis=1) > 0
    return float((2.0 * confusion.diagonal()[occurs] / both[occurs]).mean())


def _confusion(right: Ints, said: Ints) -> Ints:
    n = len(ANSWER_KINDS)
    return np.bincount(right * n + said, minlength=n * n).reshape(n, n)
