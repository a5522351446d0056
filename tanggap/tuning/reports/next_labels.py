"""Which items a person should label next: those the model is least sure of, no two alike."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from tanggap.wording import number

ROWS = 100
LEAST = 0.05
"""Items that would teach less than this are not worth a person's time."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item without a person's word, and what the model says of it."""

    key: str
    item_id: int
    sectors: tuple[tuple[str, float], ...]
    """The best with their confidences, best first; may be empty."""
    asked: float
    jenis: str


def next_labels(candidates: Sequence[Candidate], features: csr_matrix) -> dict[str, Any]:
    """Return the report `next_labels` (without its head).

    `{"looked_at", "rows": [{"key", "item_id", "usefulness", "uncertainty", "asked", "jenis",
    "sectors": [[sector, confidence]]}], "by_sector": [{"sector", "n"}], "summary"}`. `features` has
    a row for each candidate, each of length one (or zero); what is like an item that stands
    before it teaches little more, so usefulness is uncertainty times unlikeness.
    """
    uncertain = np.array([uncertainty(candidate) for candidate in candidates])
    unlike = np.ones(len(candidates))
    rows: list[dict[str, Any]] = []
    while len(rows) < min(ROWS, len(candidates)):
        useful = uncertain * unlike
        best = int(useful.argmax())
        if useful[best] < LEAST:
            break
        chosen = candidates[best]
        rows.append({
            "key": chosen.key,
            "item_id": chosen.item_id,
            "usefulness": round(float(useful[best]), 4),
            "uncertainty": round(float(uncertain[best]), 4),
            "asked": round(chosen.asked, 4),
            "jenis": chosen.jenis,
            "sectors": [[label, round(share, 4)] for label, share in chosen.sectors[:3]],
        })  # fmt: skip
        likeness = np.asarray((features @ features[best].T).todense()).ravel()
        unlike = np.minimum(unlike, np.clip(1.0 - likeness, 0.0, 1.0))
        unlike[best] = 0.0
    guessed = Counter(row["sectors"][0][0] for row in rows if row["sectors"])
    return {
        "looked_at": len(candidates),
        "rows": rows,
        "by_sector": [
            {"sector": sector, "n": n}
            for sector, n in sorted(guessed.items(), key=lambda pair: (-pair[1], pair[0]))
        ],
        "summary": _summary(len(candidates), len(rows)),
    }


def uncertainty(candidate: Candidate) -> float:
    """Return 0 (sure) to 1: of whether anything is asked, or, if so, of the two best sectors.

    A text that the model cannot read at all teaches it nothing either: 0.
    """
    if not candidate.sectors:
        return 0.0
    asked = 1.0 - abs(2.0 * candidate.asked - 1.0)
    second = candidate.sectors[1][1] if len(candidate.sectors) > 1 else 0.0
    sector = 1.0 - (candidate.sectors[0][1] - second)
    return max(asked, candidate.asked * sector)


def _summary(looked_at: int, found: int) -> str:
    if not looked_at:
        return "Tidak ada aduan tanpa label."
    if not found:
        return f"Dari {number(looked_at)} aduan tanpa label, model yakin pada semuanya."
    return (
        f"{number(found)} dari {number(looked_at)} aduan tanpa label paling berguna untuk diberi "
        "label lebih dulu."
    )
