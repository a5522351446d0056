"""What more labels would bring: fitted on what the labels so far brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tanggap.wording import number, percent

NEEDED = 100
"""Labels with a sector; with fewer a curve says nothing."""
MORE = (100, 300, 1000)
SAID = 300
"""Of `MORE`, the one of the sentence."""
WORTH = 0.005
"""A gain below half a point is as good as none."""
RESAMPLED = 200
SEED = 20261101
_SCALES = np.array([30.0, 100.0, 300.0, 1000.0, 3000.0])
_POWERS = np.arange(0.0, 1.01, 0.05)

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fitted:
    """One throw-away model: of how many local labels, and which test texts it gets right."""

    n: int
    sector: Bools
    """For each test text with a sector, the same texts for every size."""
    jenis: Bools


def learning_curve(fitted: Sequence[Fitted], n_labels: int, complete: bool) -> dict[str, Any]:
    """Return the report `learning_curve` (without its head).

    `{"enough", "needed", "n_labels", "n_test", "points": [{"n", "sector_accuracy", "low", "high",
    "jenis_accuracy"}], "forecast": [{"more", "n", "sector_accuracy", "gain", "low", "high"}],
    "complete", "advice", "summary"}`. `fitted` may come in any order; `n_labels` is what there is
    of labels with a sector. Fewer than two sizes: no forecast. `low` and `high` hold 80 % of what
    resampled test texts give, of a forecast those of its gain.
    """
    points = sorted(fitted, key=lambda one: one.n)
    enough = n_labels >= NEEDED and len(points) > 1 and len(points[0].sector) > 0
    rows: list[dict[str, Any]] = []
    forecast: list[dict[str, Any]] = []
    if enough:
        right = np.array([point.sector for point in points], float)
        sizes = np.array([point.n for point in points], float)
        draws = np.random.default_rng(SEED).integers(0, right.shape[1], (RESAMPLED, right.shape[1]))
        resampled = np.stack([row[draws].mean(axis=1) for row in right], axis=1)
        rows = [
            {
                "n": point.n,
                "sector_accuracy": _rounded(right[i].mean()),
                "low": _rounded(np.quantile(resampled[:, i], 0.1)),
                "high": _rounded(np.quantile(resampled[:, i], 0.9)),
                "jenis_accuracy": _rounded(point.jenis.mean()) if len(point.jenis) else None,
            }
            for i, point in enumerate(points)
        ]
        forecast = _forecast(sizes, right.mean(axis=1), resampled)
    return {
        "enough": enough,
        "needed": NEEDED,
        "n_labels": n_labels,
        "n_test": len(points[0].sector) if points else 0,
        "points": rows,
        "forecast": forecast,
        "complete": complete,
        "advice": _advice(forecast),
        "summary": _advice(forecast) or _too_few(n_labels),
    }


def extrapolate(sizes: Floats, accuracy: Floats, wanted: Floats) -> Floats:
    """Return the accuracy at each of the sizes `wanted`; `accuracy` is n_curves x n_sizes.

    The error is fitted as `e0 * (1 + n / scale) ** -power`, least squares over a grid: it can fall
    or stay, never rise, and never below zero.
    """
    error = 1.0 - accuracy
    best = np.full(len(error), np.inf)
    found = np.zeros((len(error), len(wanted)))
    for scale in _SCALES:
        for power in _POWERS:
            basis = (1.0 + sizes / scale) ** -power
            first = np.clip(error @ basis / (basis @ basis), 0.0, 1.0)
            loss = ((error - first[:, None] * basis) ** 2).sum(axis=1)
            better = loss < best - 1e-12
            best[better] = loss[better]
            later = (1.0 + wanted / scale) ** -power
            found[better] = first[better, None] * later
    return 1.0 - found


def _forecast(sizes: Floats, accuracy: Floats, resampled: Floats) -> list[dict[str, Any]]:
    last = sizes.max()
    wanted = np.array([last, *(last + more for more in MORE)])
    middle = extrapolate(sizes, accuracy[None, :], wanted)[0]
    spread = extrapolate(sizes, resampled, wanted)
    gains = spread[:, 1:] - spread[:, :1]
    now = accuracy[sizes.argmax()]
    rows: list[dict[str, Any]] = []
    for i, more in enumerate(MORE):
        # The gain is the curve's; it starts from what was measured, not from the curve.
        gain = middle[i + 1] - middle[0]
        low, high = np.quantile(gains[:, i], 0.1), np.quantile(gains[:, i], 0.9)
        rows.append({
            "more": more,
            "n": int(last) + more,
            "sector_accuracy": _rounded(min(1.0, now + gain)),
            "gain": _rounded(gain),
            "low": _rounded(min(low, gain)),
            "high": _rounded(max(high, gain)),
        })  # fmt: skip
    return rows


def _rounded(value: Any) -> float:
    return round(float(value), 4)


def _advice(forecast: Sequence[dict[str, Any]]) -> str:
    for row in forecast:
        if row["more"] == SAID:
            if row["gain"] < WORTH:
                return (
                    f"{number(SAID)} label lagi hampir tidak menaikkan ketepatan sektor; lebih "
                    "berguna memeriksa label yang dicurigai dan sektor yang terlemah."
                )
            before = row["sector_accuracy"] - row["gain"]
            return (
                f"{number(SAID)} label lagi diperkirakan menaikkan ketepatan sektor dari "
                f"{percent(100 * before, 1)} menjadi {percent(100 * row['sector_accuracy'], 1)}: "
                f"kenaikan {number(100 * row['gain'], 1)} poin ({number(100 * row['low'], 1)} "
                f"sampai {number(100 * row['high'], 1)})."
            )
    return ""


def _too_few(n_labels: int) -> str:
    if n_labels >= NEEDED:
        return "Kurva belajar belum selesai dihitung."
    return (
        f"Baru ada {number(n_labels)} label bersektor di luar teks uji; kurva belajar dapat "
        f"dihitung mulai {number(NEEDED)}."
    )
