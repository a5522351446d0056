"""Figures of grouped cross-validation: every text judged by a model that has not seen its file."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from classifier.artefact import FLAGS
from classifier.calibration import coverage_at
from classifier.dataset import UNKNOWN
from classifier.evaluation import score_labels
from classifier.training import Trained
from tanggap.mention import ACTIONABLE, JENIS
from tanggap.sectors import SECTORS


@dataclass(frozen=True, slots=True)
class Figures:
    """Scores as in `tanggap tune evaluate`, and the sector accuracy of each file left out."""

    jenis: dict[str, Any]
    sector: dict[str, Any]
    flags: dict[str, dict[str, float]]
    """Flag to recall and precision at the stored threshold (model alone, without word lists)."""
    per_file: dict[str, dict[str, float]]


def judge(trained: Trained) -> Figures:
    """Return the figures of the held-out predictions, with the final calibration."""
    artefact, held = trained.artefact, trained.held
    limits = artefact.thresholds
    asks = np.array([example.jenis in ACTIONABLE for example in held.examples])
    flags = {
        flag: artefact.flag_calibration[flag].probabilities(held.flags[:, i])
        for i, flag in enumerate(FLAGS)
    }
    asked = flags["actionable"]
    shares = artefact.jenis_calibration.probabilities(held.jenis)
    actionable = np.array([label in ACTIONABLE for label in JENIS])
    allowed = np.where(asked[:, None] >= limits.asked_cut, actionable, ~actionable)
    said = [JENIS[i] for i in np.where(allowed, shares, -1.0).argmax(axis=1)]
    jenis = score_labels(
        (label, (example.jenis,)) for label, example in zip(said, held.examples, strict=True)
    )
    jenis["actionable_recall"] = _mean((asked >= limits.asked_cut)[asks])
    jenis["false_alarm_rate"] = _mean((asked >= limits.asked_cut)[~asks])
    jenis["aside_of_actionable"] = _mean((asked < limits.aside_below)[asks])
    jenis["aside_of_others"] = _mean((asked < limits.aside_below)[~asks])
    sectors = artefact.sector_calibration.probabilities(held.sector[asks])
    rows = [example for example in held.examples if example.jenis in ACTIONABLE]
    names = list(SECTORS)
    best = [names[i] for i in sectors.argmax(axis=1)]
    sector = score_labels(
        (label, (example.sector,)) for label, example in zip(best, rows, strict=True)
    )
    right = np.array([label == row.sector for label, row in zip(best, rows, strict=True)])
    sure = sectors.max(axis=1)
    routed = (sure >= np.array([limits.sector[label] for label in best])) & (
        asked[asks] >= limits.actionable_from
    )
    sector["coverage_at_95"] = round(coverage_at(sure, right, 0.95), 4)
    sector["routed_share"] = _mean(routed)
    sector["routed_accuracy"] = _mean(right[routed])
    sector["confidence"] = _mean(sure)
    groups = np.array(held.groups)
    told = {
        flag: np.array([getattr(example, flag) for example in held.examples])
        for flag in ("urgent", "sensitive")
    }
    return Figures(
        jenis=jenis,
        sector=sector,
        flags={
            flag: _flag((flags[flag] >= getattr(limits, flag))[known], words[known] == "1")
            for flag, words in told.items()
            for known in [words != UNKNOWN]
        },
        per_file={
            str(group): {
                "n": int((groups[asks] == group).sum()),
                "accuracy": _mean(right[groups[asks] == group]),
            }
            for group in sorted(set(groups))
        },
    )


def _flag(said: Any, truth: Any) -> dict[str, float]:
    return {"recall": _mean(said[truth]), "precision": _mean(truth[said])}


def _mean(values: Any) -> float:
    return round(float(np.mean(values)), 4) if len(values) else 0.0
