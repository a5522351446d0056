"""Text in, Decision out. Starts without scikit-learn; training imports it on its own."""

from pathlib import Path

from classifier.artefact import read
from classifier.decision import Classifier
from tanggap.policy import Policy

__all__ = ["Classifier", "load", "rules_only"]


def load(folder: Path, policy: Policy) -> Classifier:
    """Return the classifier of an artefact folder; raise ModelError if it is not sound."""
    return Classifier(policy, read(folder))


def rules_only(policy: Policy) -> Classifier:
    """Return a classifier without a model: places and plain words only, jenis stays None."""
    return Classifier(policy, None)
