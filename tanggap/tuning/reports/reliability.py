"""Do confidences mean what they say? Of texts said with 80 %, are 80 % right?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tanggap.tuning.reports.judgement import Judgement
from tanggap.wording import number

BINS = 15
GOOD = 0.04
"""Calibration error up to which confidences may be read as they stand; the aim of the project."""
DRAWN = 400
LIKELY = 0.95
SEED = 20261101


def reliability(judgements: Sequence[Judgement]) -> dict[str, Any]:
    """Return the report `reliability` (without its head).

    `{"sector": PART, "asked": PART, "summary"}`, see `part`. `sector` counts the texts that ask
    something and whose sector is known; `asked` those whose jenis is known.
    """
    told = [j for j in judgements if j.asks and j.sector and j.said_sector]
    kinds = [j for j in judgements if j.jenis]
    sector = part(np.array([j.confidence for j in told]), np.array([j.right for j in told], bool))
    asked = part(np.array([j.asked for j in kinds]), np.array([j.asks for j in kinds], bool))
    return {"sector": sector, "asked": asked, "summary": _summary(sector)}


def part(confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Return `{"n", "ece", "limit", "confidence", "accuracy", "bins": [{"low", "high", "n",
    "confidence", "accuracy"}]}`: at most `BINS` bins of nearly equal numbers, ties together.

    Equal confidences stay in one bin, so that the figure does not depend on the order of texts.
    `limit` is up to which error nothing is wrong: `GOOD`, or what texts that are right exactly as
    often as the model says give by chance in 95 of 100 drawings; of few texts that is more.
    """  # fmt: skip
    n = len(confidence)
    bins: list[dict[str, Any]] = []
    gap = 0.0
    by_chance = np.zeros(DRAWN)
    rng = np.random.default_rng(SEED)
    for rows in _equal_mass(confidence):
        sure, hits = float(confidence[rows].mean()), float(right[rows].mean())
        gap += abs(sure - hits) * len(rows)
        drawn = rng.random((DRAWN, len(rows))) < confidence[rows]
        by_chance += np.abs(sure - drawn.mean(axis=1)) * len(rows)
        bins.append({
            "low": round(float(confidence[rows].min()), 4),
            "high": round(float(confidence[rows].max()), 4),
            "n": len(rows),
            "confidence": round(sure, 4),
            "accuracy": round(hits, 4),
        })  # fmt: skip
    return {
        "n": n,
        "ece": round(gap / n, 4) if n else None,
        "limit": max(GOOD, round(float(np.quantile(by_chance, LIKELY)) / n, 4)) if n else None,
        "confidence": round(float(confidence.mean()), 4) if n else None,
        "accuracy": round(float(right.mean()), 4) if n else None,
        "bins": bins,
    }


def _equal_mass(confidence: npt.NDArray[np.float64]) -> list[npt.NDArray[np.int64]]:
    """Return the rows of each bin, lowest first; the border moves up to the end of a tie."""
    order = np.argsort(confidence, kind="stable")
    values = confidence[order]
    cuts = {
        int(np.searchsorted(values, values[len(values) * i // BINS - 1], side="right"))
        for i in range(1, BINS + 1)
        if len(values) * i // BINS > 0
    }
    return [rows for rows in np.split(order, sorted(cuts)) if len(rows)]


def _summary(sector: dict[str, Any]) -> str:
    if sector["ece"] is None:
        return "Belum ada teks bersektor untuk mengukur."
    points = number(100 * sector["ece"], 1)
    if sector["ece"] <= GOOD:
        return f"Keyakinan boleh dibaca apa adanya: rata-rata meleset {points} poin."
    if sector["ece"] <= sector["limit"]:
        return (
            f"Keyakinan boleh dibaca apa adanya: rata-rata meleset {points} poin; pada "
            f"{number(sector['n'])} teks itu masih mungkin kebetulan."
        )
    lean = "terlalu yakin" if sector["confidence"] > sector["accuracy"] else "terlalu ragu"
    return (
        f"Model {lean}: keyakinan rata-rata meleset {points} poin. "
        "Latih ulang dengan label kota ini."
    )
