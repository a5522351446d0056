"""What a model says of labelled texts, beside what is right: what most reports are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from classifier import Classifier
from classifier.dataset import Example, mention_of
from router import route
from tanggap.mention import ACTIONABLE, JENIS
from tanggap.policy import Policy
from tanggap.sectors import SECTORS


@dataclass(frozen=True, slots=True)
class Judgement:
    """One text: the right labels that are known (none: empty) and what the model said."""

    jenis: tuple[str, ...]
    """Right ones; any of them counts."""
    sector: tuple[str, ...]
    said_jenis: str
    """Empty when the model could not tell."""
    said_sector: str
    confidence: float
    """Of the sector, 0..1."""
    asked: float
    """Probability that something is asked of the government."""
    rule: str = ""
    """By which the router would place it (`router.route`)."""

    @property
    def asks(self) -> bool:
        """Whether something is asked in truth: by its jenis, else because it has a sector."""
        return self.jenis[0] in ACTIONABLE if self.jenis else bool(self.sector)

    @property
    def right(self) -> bool:
        """Whether the sector is right."""
        return self.said_sector in self.sector


def judge(classifier: Classifier, examples: Sequence[Example], policy: Policy) -> list[Judgement]:
    """Return one judgement for each text that carries a label known here, in order."""
    known = [(example, _labels(example)) for example in examples]
    known = [pair for pair in known if any(pair[1])]
    mentions = [mention_of(example) for example, _ in known]
    decisions = classifier.decide(mentions)
    return [
        Judgement(
            jenis=jenis,
            sector=sector,
            said_jenis=decision.jenis.label if decision.jenis else "",
            said_sector=decision.sector.label if decision.sector else "",
            confidence=decision.sector.confidence if decision.sector else 0.0,
            asked=decision.actionable,
            rule=route(mention, decision, policy).rule,
        )
        for (_, (jenis, sector)), mention, decision in zip(known, mentions, decisions, strict=True)
    ]


def _labels(example: Example) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (
        tuple(label for label in example.jenis.split("|") if label in JENIS),
        tuple(label for label in example.sector.split("|") if label in SECTORS),
    )
