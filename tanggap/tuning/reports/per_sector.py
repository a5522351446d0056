"""The scores of each sector, beside those of the version before on the same texts."""

from collections.abc import Mapping, Sequence
from typing import Any

from classifier.evaluation import score_labels
from tanggap.sectors import SECTORS
from tanggap.tuning.comparison import sign_test
from tanggap.tuning.reports.judgement import Judgement
from tanggap.wording import number, percent

FEW = 30
"""A sector of fewer texts is not named as the weakest: its score may be chance."""
CHANCE = 0.1
"""A split this uneven or more comes by chance in one of ten comparisons."""


def per_sector(
    judgements: Sequence[Judgement],
    before: Sequence[Judgement] | None,
    before_version: str | None,
    thresholds: Mapping[str, float],
    alone: str = "",
) -> dict[str, Any]:
    """Return the report `per_sector` (without its head).

    `{"before", "rows": [{"sector", "n", "precision", "recall", "f1", "threshold", "before":
    {"precision", "recall", "f1"} or null, "change", "won", "lost", "gone", "new", "p"}],
    "all": {"n", "accuracy", "macro_f1", "before": {"accuracy", "macro_f1"} or null,
    "change", "won", "lost", "p"}, "summary"}`.

    `before` are the judgements of the version before on the same texts, in the same order; where
    there are none, the sentence `alone` says why. Rows are the sectors that occur as truth, in the
    order of `SECTORS`. `won` and `lost` are texts of the sector, `gone` and `new`
    texts of others that are no longer, or newly, wrongly said to be of it; `p` counts all four.
    """
    kept = [i for i, j in enumerate(judgements) if j.sector and j.asks]
    new = [judgements[i] for i in kept]
    old = None if before is None else [before[i] for i in kept]
    scores = _scores(new)
    earlier = None if old is None else _scores(old)
    rows = [
        _row(sector, scores["per_label"][sector], earlier, thresholds.get(sector))
        | _changes(new, old, sector)
        for sector in SECTORS
        if sector in scores["per_label"]
    ]
    total = {
        "n": scores["n"],
        "accuracy": scores["accuracy"],
        "macro_f1": scores["macro_f1"],
        "before": None
        if earlier is None
        else {"accuracy": earlier["accuracy"], "macro_f1": earlier["macro_f1"]},
        "change": None if earlier is None else _change(scores["accuracy"], earlier["accuracy"]),
        **_won_and_lost(new, old),
    }
    return {
        "before": before_version if old is not None else None,
        "rows": rows,
        "all": total,
        "summary": " ".join(filter(None, (_summary(rows, total), alone))),
    }


def _scores(judgements: Sequence[Judgement]) -> dict[str, Any]:
    return score_labels((j.said_sector, j.sector) for j in judgements)


def _row(
    sector: str, scores: dict[str, Any], earlier: dict[str, Any] | None, threshold: float | None
) -> dict[str, Any]:
    was = None if earlier is None else earlier["per_label"].get(sector)
    return {
        "sector": sector,
        **scores,
        "threshold": threshold,
        "before": None if was is None else {k: was[k] for k in ("precision", "recall", "f1")},
        "change": None if was is None else _change(scores["f1"], was["f1"]),
    }


def _changes(
    new: Sequence[Judgement], old: Sequence[Judgement] | None, sector: str
) -> dict[str, Any]:
    """Return what became right and wrong of a sector, and what is said to be of it."""
    if old is None:
        return {**_won_and_lost([], None), "gone": None, "new": None}
    own = [(n, o) for n, o in zip(new, old, strict=True) if n.sector[0] == sector]
    found = _won_and_lost([n for n, _ in own], [o for _, o in own])
    wrongly = [
        (n.said_sector == sector and not n.right, o.said_sector == sector and not o.right)
        for n, o in zip(new, old, strict=True)
    ]
    found["gone"] = sum(before and not now for now, before in wrongly)
    found["new"] = sum(now and not before for now, before in wrongly)
    better, worse = found["won"] + found["gone"], found["lost"] + found["new"]
    return {**found, "p": round(sign_test(better, worse), 4)}


def _won_and_lost(new: Sequence[Judgement], old: Sequence[Judgement] | None) -> dict[str, Any]:
    if old is None:
        return {"won": None, "lost": None, "p": None}
    pairs = list(zip(new, old, strict=True))
    won = sum(now.right and not before.right for now, before in pairs)
    lost = sum(before.right and not now.right for now, before in pairs)
    return {"won": won, "lost": lost, "p": round(sign_test(won, lost), 4)}


def _change(now: float | None, was: float | None) -> float | None:
    return None if now is None or was is None else round(now - was, 4)


def _summary(rows: list[dict[str, Any]], total: dict[str, Any]) -> str:
    if not total["n"]:
        return "Belum ada teks bersektor untuk mengukur."
    said = f"Sektor benar pada {percent(100 * total['accuracy'], 1)} dari {number(total['n'])} teks"
    enough = [row for row in rows if row["n"] >= FEW]
    if enough:
        weakest = min(enough, key=lambda row: (row["f1"], row["sector"]))
        name = SECTORS[weakest["sector"]][0]
        said += f"; terlemah {name} (F1 {percent(100 * weakest['f1'], 1)})"
    return f"{said}. {_against(total)}".rstrip()


def _against(total: dict[str, Any]) -> str:
    """Return how all sectors together stand against the version before; empty without one."""
    if total["change"] is None:
        return ""
    if not total["won"] and not total["lost"]:
        return "Sama dengan versi sebelumnya."
    if not total["change"]:
        both = number(total["won"])
        return f"Versi sebelumnya sama baiknya: {both} teks menjadi benar, {both} menjadi salah."
    points = number(abs(100 * total["change"]), 1)
    word = "naik" if total["change"] > 0 else "turun"
    sure = "" if total["p"] < CHANCE else "; bedanya masih mungkin kebetulan"
    return f"Dibanding versi sebelumnya {word} {points} poin{sure}."
