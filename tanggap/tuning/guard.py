"""Whether a candidate may replace the model in use; a person may overrule it and says why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from classifier import Classifier
from classifier.dataset import Example
from tanggap.policy import Policy
from tanggap.sectors import SECTORS
from tanggap.tuning import canary, files
from tanggap.tuning.comparison import compare
from tanggap.wording import number

WORSE_BY = 0.01
"""Share of the test set that may be lost, unless by chance alone ..."""
WORSE_P = 0.1
"""... (McNemar, two-sided)."""
LEAST_UNDERSTOOD = 80
"""Of a hundred canary texts, whatever the model in use understands: it may be broken."""
BEATEN_P = 0.05
"""With this p it is beaten, however little it is."""
PARTS = (
    ("sector", "sektor"),
    ("asked", "apakah ada permintaan"),
    ("opd", "OPD yang bertindak"),
)
KINDS = {
    **{sector: caption for sector, (caption, _) in SECTORS.items()},
    "apresiasi": "apresiasi",
    "bukan_aduan": "bukan aduan",
    "spam": "spam",
}
"""What ten texts of the canary have in common, for people."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the guard says, and the figures that it says it by."""

    accepted: bool
    reasons: tuple[str, ...]
    """Why not, in sentences for people."""
    against: str
    """Version that was in use."""
    figures: dict[str, Any]
    """`canary`, and `test_set` or None."""
    notes: tuple[str, ...] = ()
    """What a person has to know of how it was judged, in sentences."""

    def as_json(self) -> dict[str, Any]:
        """Return all of it as figures of a model."""
        verdict = {
            "accepted": self.accepted,
            "reasons": list(self.reasons),
            "against": self.against,
            "notes": list(self.notes),
        }
        return {**self.figures, "verdict": verdict}


def examine(
    old: Classifier,
    new: Classifier,
    test: Sequence[Example],
    policy: Policy,
    notes: Sequence[str] = (),
) -> Verdict:
    """Compare a candidate with the model in use on the canary and on the frozen test set.

    `test`: texts that neither was trained on. `notes` are handed on.
    """
    texts = files.canary()
    found = canary.run(old, new, texts)
    reasons: list[str] = []
    if found.failed or found.new * 100 < LEAST_UNDERSTOOD * found.n:
        most = ", ".join(KINDS.get(kind, kind) for kind in found.failed_kinds)
        reasons.append(
            f"teks uji dasar: {number(found.new)} dari {number(found.n)} dipahami, sebelumnya "
            f"{number(found.old)}{f', terbanyak pada {most}' if most else ''}"
        )
    compared = None
    if test:
        compared = compare(old, new, test, policy)
        reasons += worse_on(compared)
    return Verdict(
        accepted=not reasons,
        reasons=tuple(reasons),
        against=old.version,
        figures={"canary": found.as_json(), "test_set": compared},
        notes=tuple(notes),
    )


def worse_on(compared: dict[str, Any]) -> list[str]:
    """Return why the comparison on the test set speaks against the new model."""
    reasons: list[str] = []
    for part, name in PARTS:
        n = compared["new"]["jenis" if part == "asked" else part]["n"]
        won, lost, p = _counted(compared, part)
        if _worse(won, lost, p, n):
            reasons.append(
                f"set uji ({name}): {number(lost)} teks menjadi salah dan {number(won)} menjadi "
                f"benar dari {number(n)}, turun {number(100 * (lost - won) / n, 1)} poin "
                f"({chance(p)})"
            )
    return reasons + _wrongly_routed(compared)


def _wrongly_routed(compared: dict[str, Any]) -> list[str]:
    """Return why, where more is routed wrongly that is no price of routing more as well."""
    counts = compared["wrongly_routed"]
    won, lost, p = _counted(compared, "routed")
    before, now = (
        counts[name]["wrong"] / max(counts[name]["routed"], 1) for name in ("old", "new")
    )
    if not _worse(won, lost, p, counts["n"]) or now <= before:
        return []
    return [
        f"set uji (langsung ke OPD tanpa orang): {number(counts['new']['wrong'])} teks salah dari "
        f"{number(counts['new']['routed'])}, sebelumnya {number(counts['old']['wrong'])} dari "
        f"{number(counts['old']['routed'])} ({chance(p)})"
    ]


def chance(p: float) -> str:
    """Return how probable a result is by chance alone, for people."""
    if p < 0.001:
        return "peluang kebetulan kurang dari 0,1%"
    return f"peluang kebetulan {number(100 * p, 1)}%"


def _counted(compared: dict[str, Any], part: str) -> tuple[int, int, float]:
    won, lost, p = (compared[f"{part}_{what}"] for what in ("won", "lost", "p"))
    return won, lost, p


def _worse(won: int, lost: int, p: float, n: int) -> bool:
    if lost <= won or not n:
        return False
    return ((lost - won) / n > WORSE_BY and p < WORSE_P) or p < BEATEN_P
