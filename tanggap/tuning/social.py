"""What a model says of the social test set, by which every model can be compared with any other."""

from collections.abc import Mapping, Sequence
from typing import Any

from classifier import Classifier
from classifier.artefact import Artefact
from classifier.dataset import Example
from classifier.evaluation import evaluate
from tanggap.tuning import files
from tanggap.tuning.setting import policy_of

ALL = "all"
"""Name of the row over all kinds together."""


def judge_social(
    artefact: Artefact, kinds: Mapping[str, Sequence[Example]] | None = None
) -> dict[str, dict[str, Any]]:
    """Return the report of `tanggap tune evaluate` for each kind, then for ALL.

    Nothing where the set was not shipped. The policy is that of the invented city whose citizens
    wrote the texts (the packaged one), whatever city the model is for. `kinds` is the shipped set
    unless given.
    """
    kinds = files.social() if kinds is None else kinds
    if not kinds:
        return {}
    policy = policy_of(None)
    classifier = Classifier(policy, artefact)
    everything = [example for examples in kinds.values() for example in examples]
    return {
        kind: evaluate(classifier, examples, policy)
        for kind, examples in {**kinds, ALL: everything}.items()
    }
