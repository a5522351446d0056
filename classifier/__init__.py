"""Text in, Decision out. Starts without scikit-learn; training imports it on its own."""

from pathlib import Path

from classifier import answer_artefact
from classifier.answer_kinds import AnswerKinds
from classifier.artefact import read, read_packed
from classifier.decision import RULES, Classifier
from tanggap.policy import Policy

__all__ = [
    "RULES",
    "AnswerKinds",
    "Classifier",
    "load",
    "load_answers",
    "load_bytes",
    "rules_only",
]


def load(folder: Path, policy: Policy, answers: AnswerKinds | None = None) -> Classifier:
    """Return the classifier of an artefact folder; raise ModelError if it is not sound."""
    return Classifier(policy, read(folder), answers)


def load_answers(folder: Path) -> AnswerKinds:
    """Return the model of answer kinds of a folder; raise ModelError if it is not sound."""
    return AnswerKinds(answer_artefact.read(folder))


def load_bytes(packed: bytes, policy: Policy, where: str = "model") -> Classifier:
    """Return the classifier of an artefact in one value (`classifier.artefact.pack`).

    Raise ModelError, one line that begins with `where`, if it is not sound.
    """
    return Classifier(policy, read_packed(packed, where))


def rules_only(policy: Policy, answers: AnswerKinds | None = None) -> Classifier:
    """Return a classifier without a model: places and plain words only, jenis stays None."""
    return Classifier(policy, None, answers)
