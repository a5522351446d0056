"""A fixed set of clear texts: what no model of any city may unlearn.

`models/canary/canary.jsonl` holds ten for each sector, and ten each of thanks, talk and spam. They
are judged by and never trained on, so they see damage of which no labelled text of the city speaks.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from classifier import Classifier
from classifier.dataset import Example, mention_of
from tanggap.mention import ACTIONABLE, Decision

LOST_OF_100 = 2
"""A candidate that loses more is refused."""
LOST_OF_TEN = 3
"""Of the ten of one sector, or of those that ask nothing, no more may be lost either: damage to one
kind alone would be hidden among the others."""


@dataclass(frozen=True, slots=True)
class Result:
    """How two models did: numbers are those of the texts, from 0."""

    n: int
    old: int
    """Texts that the old one understands."""
    new: int
    lost: tuple[int, ...]
    won: tuple[int, ...]
    failed_kinds: tuple[str, ...]
    """Kinds (sectors; `apresiasi`, `bukan_aduan`, `spam`) of which too many were lost at once."""

    @property
    def failed(self) -> bool:
        """Whether too much was unlearnt."""
        return bool(self.failed_kinds) or (self.old - self.new) * 100 > LOST_OF_100 * self.n

    def as_json(self) -> dict[str, Any]:
        """Return it as figures of a model."""
        return {
            "n": self.n,
            "old": self.old,
            "new": self.new,
            "lost": list(self.lost),
            "won": list(self.won),
            "failed_kinds": list(self.failed_kinds),
        }


def run(old: Classifier, new: Classifier, texts: Sequence[Example]) -> Result:
    """Return how both models understand the canary texts."""
    mentions = [mention_of(text) for text in texts]
    before = [understood(t, d) for t, d in zip(texts, old.decide(mentions), strict=True)]
    after = [understood(t, d) for t, d in zip(texts, new.decide(mentions), strict=True)]
    lost = [i for i, (was, now) in enumerate(zip(before, after, strict=True)) if was and not now]
    won = [i for i, (was, now) in enumerate(zip(before, after, strict=True)) if now and not was]
    fell = Counter(kind_of(texts[i]) for i in lost)
    fell.subtract(Counter(kind_of(texts[i]) for i in won))
    return Result(
        n=len(texts),
        old=sum(before),
        new=sum(after),
        lost=tuple(lost),
        won=tuple(won),
        failed_kinds=tuple(sorted(kind for kind, n in fell.items() if n > LOST_OF_TEN)),
    )


def understood(text: Example, decision: Decision) -> bool:
    """Whether a decision is right: the sector where something is asked, else that nothing is."""
    asked = decision.jenis is not None and decision.jenis.label in ACTIONABLE
    if text.jenis not in ACTIONABLE:
        return decision.jenis is not None and not asked
    return asked and decision.sector is not None and decision.sector.label == text.sector


def kind_of(text: Example) -> str:
    """Return what ten texts of the set have in common."""
    return text.sector or text.jenis
