"""Throw-away models on growing parts of the local labels: the numbers of the learning curve."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from classifier import Classifier
from classifier.dataset import Example
from classifier.training import Settings, Term, train
from tanggap.policy import Policy
from tanggap.tuning.reports.judgement import judge
from tanggap.tuning.reports.learning_curve import NEEDED, Fitted

SHARES = (1.0, 0.0, 0.5, 0.25, 0.125)
"""Parts of the labels, the most telling first: time may run out."""
CHEAP = Settings(folds=2)
"""Calibration hardly matters for which label is best, and takes most of a training's time."""


def fit_sizes(
    corpus: Sequence[Example],
    local: Sequence[Example],
    test: Sequence[Example],
    policy: Policy,
    terms: Sequence[Term],
    seconds: float,
    elapsed: Callable[[], float],
) -> tuple[list[Fitted], bool]:
    """Return what models of `SHARES` of `local` (oldest first) get right, and whether all ran.

    No size is begun when by the time of the last one it would end after `seconds`; `elapsed` tells
    how many have gone by. Nothing is fitted for fewer than `NEEDED` labels with a sector.
    """  # fmt: skip
    asked = [example for example in test if example.sector]
    if sum(bool(example.sector) for example in local) < NEEDED or not asked:
        return [], True
    fitted: list[Fitted] = []
    took = 0.0
    sizes = list(dict.fromkeys(round(share * len(local)) for share in SHARES))
    for size in sizes:
        began = elapsed()
        if began + took > seconds:
            return fitted, False
        texts = [replace(example, group="") for example in [*corpus, *local[:size]]]
        trained = train(texts, policy, terms, "kurva", "2000-01-01", CHEAP)
        classifier = Classifier(policy, trained.artefact)
        judged = judge(classifier, test, policy)
        fitted.append(
            Fitted(
                n=size,
                sector=np.array([j.right for j in judged if j.sector], bool),
                jenis=np.array([j.said_jenis in j.jenis for j in judged if j.jenis], bool),
            )
        )
        took = elapsed() - began
    return fitted, True
