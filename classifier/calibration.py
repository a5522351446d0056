"""Fit calibration on predictions for unseen writers; choose thresholds by the cost of errors."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, minimize_scalar

from classifier.linear import Sigmoid, Softmax

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def fit_softmax(
    scores: Floats, truth: Ints, shift: tuple[float, ...] = (), say: Floats | None = None
) -> Softmax:
    """Return the temperature that makes `truth` (column numbers) most likely.

    `scores` is n_texts x n_labels, out of fold; `shift` is added to them first; `say` is what each
    text counts.
    """
    shift = shift or (0.0,) * scores.shape[1]
    rows = np.arange(len(truth))

    def loss(log_temperature: float) -> float:
        model = Softmax(float(np.exp(log_temperature)), shift)
        told = np.log(model.probabilities(scores)[rows, truth] + 1e-12)
        return float(-np.average(told, weights=say))

    best = minimize_scalar(loss, bounds=(-5.0, 3.0), method="bounded")
    return Softmax(float(np.exp(best.x)), shift)


def halves(local: Bools) -> Floats:
    """Return what each text counts, so that a city's own texts weigh as much as all the others."""
    n_local = int(local.sum())
    if not 0 < n_local < len(local):
        return np.ones(len(local))
    return np.where(local, 0.5 / n_local, 0.5 / (len(local) - n_local))


def fit_sigmoid(scores: Floats, truth: Bools) -> Sigmoid:
    """Return Platt's slope and offset, with his smoothed targets.

    J. Platt, "Probabilistic outputs for support vector machines", 1999.
    """
    yes, no = int(truth.sum()), int((~truth).sum())
    target = np.where(truth, (yes + 1.0) / (yes + 2.0), 1.0 / (no + 2.0))

    def loss(parameters: Floats) -> float:
        power = parameters[0] * scores + parameters[1]
        return float((np.logaddexp(0.0, power) - target * power).mean())

    best = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B")
    return Sigmoid(float(best.x[0]), float(best.x[1]))


def threshold_for_accuracy(confidence: Floats, right: Bools, target: float) -> float:
    """Return the lowest confidence from which predictions are `target` accurate together.

    The risk-coverage curve: sorted by confidence, the longest head whose accuracy reaches the
    target. 1.0 (nothing) when no head does.
    """
    if not len(confidence):
        return 1.0
    order = np.argsort(-confidence, kind="stable")
    accuracy = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(accuracy >= target)
    return float(confidence[order][good[-1]]) if len(good) else 1.0


def coverage_at(confidence: Floats, right: Bools, target: float) -> float:
    """Return the largest share by confidence that is `target` accurate (an oracle's choice)."""
    if not len(confidence):
        return 0.0
    order = np.argsort(-confidence, kind="stable")
    accuracy = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(accuracy >= target)
    return float((good[-1] + 1) / len(order)) if len(good) else 0.0


def sector_thresholds(
    sectors: tuple[str, ...], probabilities: Floats, truth: Ints, target: float, strength: float
) -> dict[str, float]:
    """Return per predicted sector the confidence from which it is routed.

    Few texts per sector make its own curve jumpy, so each threshold is drawn to the common one:
    weight n / (n + strength) for its own.
    """
    best = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    right = best == truth
    common = threshold_for_accuracy(confidence, right, target)
    chosen: dict[str, float] = {}
    for column, sector in enumerate(sectors):
        mine = best == column
        own = threshold_for_accuracy(confidence[mine], right[mine], target)
        share = mine.sum() / (mine.sum() + strength)
        chosen[sector] = round(float(share * own + (1.0 - share) * common), 4)
    return chosen


def aside_and_actionable(
    asked: Floats, truth: Bools, lost: float, false_alarms: float
) -> tuple[float, float]:
    """Return (aside below, actionable from) for the probability that something is asked.

    Putting a complaint aside is the worst error: at most the share `lost` of the truly asked may
    lie below the first. From the second on, at most `false_alarms` of what is called asked is not.
    """
    low = float(np.quantile(asked[truth], lost)) if truth.any() else 0.0
    high = threshold_for_accuracy(asked, truth, 1.0 - false_alarms)
    return round(min(low, high), 4), round(min(max(low, high), 1.0), 4)


def threshold_for_recall(probability: Floats, truth: Bools, recall: float, least: float) -> float:
    """Return the highest threshold that still finds `recall` of the true ones, at least `least`."""
    if not truth.any():
        return 1.0
    return round(max(least, float(np.quantile(probability[truth], 1.0 - recall))), 4)
