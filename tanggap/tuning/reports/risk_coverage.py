"""What would go to an OPD without a person, and what of it wrongly, for every threshold."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from tanggap.tuning.reports.judgement import Judgement
from tanggap.wording import number, percent

THRESHOLDS = tuple(i / 100 for i in range(101))
TARGETS = ("0.90", "0.95", "0.98")
LEAST_ROUTED = 10
"""Fewer texts say nothing of an accuracy."""
AT_LEAST = 3
"""So many wrong texts must be expected where an accuracy is just missed, before none seen tells
that it is reached: 30 texts for 90 %, 150 for 98 %."""
PERSON_ANYWAY = ("sensitive", "no_decision", "no_text")
"""Rules of the router that ask for a person whatever the threshold."""

Curve = dict[str, Any]


def risk_coverage(
    judgements: Sequence[Judgement], asked_from: float, stored: Mapping[str, float]
) -> dict[str, Any]:
    """Return the report `risk_coverage` (without its head).

    `{"thresholds": [101], "asked_from", "all": CURVE, "sectors": {sector: CURVE}, "now": {"n",
    "routed", "wrong", "share", "accuracy", "aside", "aside_wrong"}, "summary"}` with `CURVE =
    {"n", "routed": [101], "wrong": [101], "share": [101], "accuracy": [101], "aside",
    "aside_wrong", "threshold", "row", "lowest_for": {"0.90", "0.95", "0.98"}}`. `stored` are the
    thresholds of the version, by the sector that the model says; `row` is that of the threshold.
    Texts that ask something but whose right sector nobody said are left out; one that asks nothing
    is wrong wherever it would be routed. What the router puts aside, or leaves to a person whatever
    the threshold, is never routed.
    """
    known = [j for j in judgements if j.sector or not j.asks]
    confidence = np.array([_routed_from(j, asked_from) for j in known])
    wrong = np.array([not (j.asks and j.right) for j in known], bool)
    said = np.array([j.said_sector for j in known], str)
    aside = np.array([j.rule == "aside" for j in known], bool)
    asks = np.array([j.asks for j in known], bool)

    def curve_of(kept: npt.NDArray[np.bool_]) -> Curve:
        found = curve(confidence[kept], wrong[kept])
        found["aside"] = int(aside[kept].sum())
        found["aside_wrong"] = int((aside & asks)[kept].sum())
        return found

    sectors = {
        sector: {**curve_of(said == sector), "threshold": limit, "row": row_of(limit)}
        for sector, limit in stored.items()
    }
    everything = curve_of(np.ones(len(known), bool))
    limits = np.array([stored.get(sector, 1.0) for sector in said])
    routed = confidence >= limits if len(known) else np.zeros(0, bool)
    now = {
        "n": len(known),
        "routed": int(routed.sum()),
        "wrong": int(wrong[routed].sum()),
        "share": _share(int(routed.sum()), len(known)),
        "accuracy": _share(int((~wrong[routed]).sum()), int(routed.sum())),
        "aside": everything["aside"],
        "aside_wrong": everything["aside_wrong"],
    }
    return {
        "thresholds": list(THRESHOLDS),
        "asked_from": asked_from,
        "all": {**everything, "threshold": None, "row": None},
        "sectors": sectors,
        "now": now,
        "summary": _summary(now),
    }


def row_of(threshold: float) -> int:
    """Return the row of a threshold: the first that routes no text which the threshold holds."""
    return min(len(THRESHOLDS) - 1, ceil(round(100 * threshold, 6)))


def curve(confidence: npt.NDArray[np.float64], wrong: npt.NDArray[np.bool_]) -> Curve:
    """Return the figures of `CURVE` by threshold; a confidence below 0 is never routed."""
    order = np.argsort(-confidence, kind="stable")
    fallen = -confidence[order]
    routed = np.searchsorted(fallen, -np.array(THRESHOLDS), side="right")
    wrongs = np.concatenate([[0], np.cumsum(wrong[order])])[routed]
    n = len(confidence)
    accuracy = [_share(int(r - w), int(r)) for r, w in zip(routed, wrongs, strict=True)]
    return {
        "n": n,
        "routed": routed.tolist(),
        "wrong": wrongs.tolist(),
        "share": [_share(int(count), n) for count in routed],
        "accuracy": accuracy,
        "lowest_for": {target: _lowest(routed, wrongs, float(target)) for target in TARGETS},
    }


def _routed_from(judgement: Judgement, asked_from: float) -> float:
    """Return the highest threshold that still routes a text, -1 where none does."""
    kept = judgement.rule == "aside" or judgement.rule in PERSON_ANYWAY
    if kept or not judgement.said_sector or judgement.asked < asked_from:
        return -1.0
    return judgement.confidence


def _lowest(
    routed: npt.NDArray[np.int64], wrong: npt.NDArray[np.int64], target: float
) -> float | None:
    least = round(AT_LEAST / (1.0 - target))
    for threshold, count, bad in zip(THRESHOLDS, routed, wrong, strict=True):
        if count >= least and count - bad >= target * count:
            return threshold
    return None


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _summary(now: dict[str, Any]) -> str:
    if not now["n"]:
        return "Belum ada teks berlabel untuk mengukur."
    if not now["routed"]:
        return "Dengan ambang versi ini tidak ada yang langsung ke OPD tanpa diperiksa orang."
    return (
        f"Dengan ambang versi ini {percent(100 * now['share'])} teks langsung ke OPD tanpa "
        "diperiksa orang; "
        f"{number(now['wrong'])} dari {number(now['routed'])} di antaranya salah."
    )
