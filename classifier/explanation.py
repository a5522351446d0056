"""Why one text was decided as it was: each word with what it weighs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier.artefact import Artefact
from classifier.decision import Classifier
from classifier.features import Document, Reader
from classifier.linear import lead, lead_slopes
from classifier.scores import PARENT, asked_column, asking, leaves_open
from classifier.text import clean
from classifier.vectoriser import Vectoriser
from tanggap.mention import Decision, Mention
from tanggap.policy import Policy

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What speaks for one output over another: the parts and the rest sum up to `lead`."""

    words: tuple[tuple[str, float], ...]
    """Word and its part, heaviest first; below zero it speaks against."""
    context: float
    """Of the addressed account and the parent's text."""
    start: float
    """Where a text without any word stands."""
    lead: float
    """Uncalibrated score of the first output over the second."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision and the words behind its two questions."""

    decision: Decision
    sector: Weighed | None
    """Best sector over the second best; None when nothing in the text is known."""
    second: str
    """The second best sector."""
    asked: Weighed | None
    """That something is asked over that nothing is."""


def explain(artefact: Artefact, policy: Policy, mention: Mention) -> Explanation:
    """Return what the artefact decides about a mention, and by which words."""
    (decision,) = Classifier(policy, artefact).decide([mention])
    if decision.sector is None:
        return Explanation(decision, None, "", None)
    document = Reader(policy).read(mention, clean(mention.text))
    vectoriser = Vectoriser(
        artefact.vocabulary, artefact.idf.astype(np.float64), artefact.block_weights
    )
    weights = artefact.weights.astype(np.float64)
    intercepts = artefact.intercepts.astype(np.float64)
    first = len(artefact.jenis)
    asked = _weigh(vectoriser, document, *_of_asked(artefact, vectoriser, document))
    about = document
    if document.parent and _unsure(artefact, vectoriser, document, weights, intercepts):
        about = document.with_parent()
    names = list(artefact.sectors)
    ranked = [label for label, _ in decision.sector.top]
    best, second = (first + names.index(label) for label in ranked[:2])
    sector = _weigh(
        vectoriser,
        about,
        weights[:, best] - weights[:, second],
        float(intercepts[best] - intercepts[second]),
        own=document.tokens,
    )
    return Explanation(decision, sector, ranked[1], asked)


def _of_asked(
    artefact: Artefact, vectoriser: Vectoriser, document: Document
) -> tuple[Floats, float]:
    """Return weights and start of the score that anything is asked.

    The lead of the jenis is not linear: its slopes at this document stand for it.
    """
    weights = artefact.weights.astype(np.float64)
    intercepts = artefact.intercepts.astype(np.float64)
    first = len(artefact.jenis)
    flag, asks = asked_column(artefact), asking(artefact)
    linear = vectoriser.transform([document]) @ weights[:, :first]
    raw = linear + intercepts[:first]
    slopes = lead_slopes(raw[0], asks)
    rest = float(lead(raw, asks)[0] - linear[0] @ slopes)
    return (
        weights[:, flag] + artefact.jenis_lead * (weights[:, :first] @ slopes),
        float(intercepts[flag]) + artefact.jenis_lead * rest,
    )


def _unsure(
    artefact: Artefact,
    vectoriser: Vectoriser,
    document: Document,
    weights: Floats,
    intercepts: Floats,
) -> bool:
    """Whether the text's own words leave open what it is about."""
    first, last = len(artefact.jenis), len(artefact.jenis) + len(artefact.sectors)
    raw = vectoriser.transform([document]) @ weights[:, first:last] + intercepts[first:last]
    return bool(leaves_open(artefact, artefact.sector_calibration.probabilities(raw))[0])


def _weigh(
    vectoriser: Vectoriser,
    document: Document,
    weights: Floats,
    start: float,
    own: tuple[str, ...] | None = None,
) -> Weighed:
    """Share out the score over the words; a feature of several words is shared in equal parts.

    Words that are not in `own` are the parent's, and marked as such.
    """
    found = vectoriser.find([document])
    matrix = vectoriser.weigh(vectoriser.count(found), vectoriser.idf)
    values = np.zeros(vectoriser.size)
    values[matrix.indices] = matrix.data * weights[matrix.indices]
    times = np.bincount(found.features, minlength=vectoriser.size)
    parts = values[found.features] / times[found.features]
    context = float(parts[found.tokens < 0].sum())
    by_word: dict[str, float] = {}
    for token, part in zip(found.tokens.tolist(), parts.tolist(), strict=True):
        if token < 0:
            continue
        word = document.tokens[token]
        shown = word if own is None or word in own else f"{PARENT}{word}"
        by_word[shown] = by_word.get(shown, 0.0) + part
    ordered = sorted(by_word.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
    lead = start + context + sum(part for _, part in ordered)
    return Weighed(tuple(ordered), context, start, lead)
