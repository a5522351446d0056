"""Fit a model on labelled texts: linear, over words and characters, calibrated on unseen writers.

The only module of the classifier that imports scikit-learn.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import sklearn
from scipy.sparse import csr_matrix, vstack
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from classifier.artefact import FLAGS, Artefact, Thresholds
from classifier.calibration import (
    aside_and_actionable,
    fit_sigmoid,
    fit_softmax,
    halves,
    sector_thresholds,
    threshold_for_recall,
)
from classifier.dataset import LOCAL, Example, check_for_training, mention_of
from classifier.features import Document, Reader
from classifier.folds import groups_of, packed
from classifier.linear import lead
from classifier.opd import NO_TOPIC
from classifier.targets import Targets, corpus_digest
from classifier.targets import Term as Term  # part of the face of training
from classifier.text import clean, tokens_of
from classifier.vectoriser import BLOCKS, Vectoriser
from classifier.vocabulary import vocabulary_of
from tanggap.mention import ACTIONABLE, JENIS
from tanggap.policy import Policy
from tanggap.sectors import SECTORS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a model is fitted; the defaults are those of the shipped one."""

    seed: int = 20261101
    least_documents: int = 2
    """N-grams of fewer texts are left out."""
    max_features: int = 60_000
    """Of the n-grams, those of most texts are kept: bounds the artefact's size."""
    word_weight: float = 1.0
    char_weight: float = 1.0
    context_weight: float = 0.3
    sector_c: float = 0.6
    term_weight: float = 0.6
    """A term of the sectors' word list counts as this share of a text."""
    jenis_c: float = 1.0
    jenis_lead: float = 1.0
    """What the jenis say of whether anything is asked, beside the machine that was taught that: six
    planes part praise, news and spam from the rest better than one."""
    asked_c: float = 0.5
    flag_c: float = 0.1
    sector_bayes: float = 0.5
    asked_bayes: float = 0.15
    """Share of complement naive Bayes beside the support vector machine."""
    bayes_alpha: float = 0.2
    no_topic_shift: float = 0.1
    """Taken off the score of `lainnya`: the forced best sector is a topic when there is one."""
    folds: int = 6
    """Into how many folds the texts of one single file are dealt out."""
    most_folds: int = 8
    """More files than that are put together: bounds the time of a training."""
    machines: bool = True
    """False: naive Bayes alone, a hundredth of the work; of sectors and whether anything is asked,
    nothing else."""
    routed_accuracy: float = 0.96
    strange: float = 0.02
    """Asked of cross-validation beyond `routed_accuracy` while nothing is known of the city: the
    corpus's writers are kinder than life. Its four hardest files then still have 0.97."""
    at_home: int = 3_000
    """From this many of the city's own texts on nothing more is asked; before, in proportion."""
    sector_strength: float = 60.0
    aside_lost: float = 0.004
    false_alarms: float = 0.05
    asked_recall: float = 0.97
    urgent_recall: float = 0.85
    sensitive_recall: float = 0.85
    flag_least: float = 0.08
    urgent_alone: float = 0.4


@dataclass(frozen=True, slots=True)
class Held:
    """Predictions for every text by a model that has not seen its file."""

    examples: tuple[Example, ...]
    groups: tuple[str, ...]
    jenis: Floats
    """n_texts x n_jenis, uncalibrated scores."""
    sector: Floats
    flags: Floats


@dataclass(frozen=True, slots=True)
class Trained:
    """A fitted artefact and what it was judged by."""

    artefact: Artefact
    held: Held


def train(
    examples: Sequence[Example],
    policy: Policy,
    terms: Sequence[Term],
    name: str,
    created: str,
    settings: Settings | None = None,
) -> Trained:
    """Return a model of `examples`; raise InputError for labels that cannot be learnt.

    `terms` help the sectors only: they say what a thing is called, not how people write.

    Deterministic: the same texts, settings and library versions give the same artefact.
    """
    settings = settings or Settings()
    texts, data, vectoriser = _prepare(examples, policy, terms, settings)
    targets = data.targets
    held = _cross_validate(texts, data, vectoriser, settings)
    idf = _idf(data, np.arange(len(texts)), settings)
    weights, intercepts = _fit(data, vectoriser, idf, np.arange(len(texts)), settings)
    asked = np.array([example.jenis in ACTIONABLE for example in texts])
    jenis = fit_softmax(held.jenis, targets.jenis)
    shift = np.where(np.array(list(SECTORS)) == NO_TOPIC, -settings.no_topic_shift, 0.0)
    local = np.array([example.group.startswith(LOCAL) for example in texts])[asked]
    sector = fit_softmax(
        held.sector[asked], targets.sector[asked], tuple(shift.tolist()), halves(local)
    )
    strange = settings.strange * max(0.0, 1.0 - float(local.sum()) / settings.at_home)
    flags = {
        flag: fit_sigmoid(held.flags[known, i], targets.flags[known, i])
        for i, flag in enumerate(FLAGS)
        for known in [targets.known[:, i]]
    }
    probability = {f: flags[f].probabilities(held.flags[:, i]) for i, f in enumerate(FLAGS)}
    low, high = aside_and_actionable(
        probability["actionable"], asked, settings.aside_lost, settings.false_alarms
    )
    cut = min(0.5, float(np.quantile(probability["actionable"][asked], 1 - settings.asked_recall)))
    cut = round(cut, 4)
    keep = np.flatnonzero(idf > 0)
    sizes = np.cumsum([len(vectoriser.vocabulary[block]) for block in BLOCKS])
    starts = (0, *sizes)
    artefact = Artefact(
        name=name,
        created=created,
        sklearn=sklearn.__version__,
        corpus_digest=corpus_digest(texts, terms),
        n_texts=len(texts),
        jenis=JENIS,
        sectors=tuple(SECTORS),
        vocabulary={
            block: tuple(
                vectoriser.vocabulary[block][i - starts[number]]
                for i in keep[(keep >= starts[number]) & (keep < starts[number + 1])]
            )
            for number, block in enumerate(BLOCKS)
        },
        block_weights=dict(vectoriser.weights),
        jenis_calibration=jenis,
        sector_calibration=sector,
        flag_calibration=flags,
        thresholds=Thresholds(
            aside_below=min(low, cut),
            actionable_from=max(high, cut),
            asked_cut=cut,
            sector=sector_thresholds(
                tuple(SECTORS),
                sector.probabilities(held.sector[asked]),
                targets.sector[asked],
                settings.routed_accuracy + strange,
                settings.sector_strength,
            ),
            urgent=threshold_for_recall(
                probability["urgent"][targets.known[:, 1]],
                targets.flags[targets.known[:, 1], 1],
                settings.urgent_recall,
                settings.flag_least,
            ),
            urgent_alone=settings.urgent_alone,
            sensitive=threshold_for_recall(
                probability["sensitive"][targets.known[:, 2]],
                targets.flags[targets.known[:, 2], 2],
                settings.sensitive_recall,
                settings.flag_least,
            ),
        ),
        weights=weights[keep].astype(np.float16),
        intercepts=intercepts.astype(np.float32),
        idf=idf[keep].astype(np.float32),
        jenis_lead=settings.jenis_lead,
    )
    return Trained(artefact, held)


def held_out(
    examples: Sequence[Example],
    policy: Policy,
    terms: Sequence[Term],
    settings: Settings,
) -> Held:
    """Return predictions for every text by a model that has not seen its group; fit no artefact."""
    return _cross_validate(*_prepare(examples, policy, terms, settings), settings)


def _prepare(
    examples: Sequence[Example], policy: Policy, terms: Sequence[Term], settings: Settings
) -> "tuple[list[Example], _Data, Vectoriser]":
    """Return the texts checked, counted, and what counted them."""
    texts = check_for_training(examples)
    reader = Reader(policy)
    plain = [reader.read(mention_of(example), clean(example.text)) for example in texts]
    joined = [document.with_parent() for document in plain]
    named = [Document(tuple(tokens_of(term)), ()) for _, term in terms]
    grams = vocabulary_of([*joined, *named], settings.least_documents, settings.max_features)
    weights = {
        "word": settings.word_weight,
        "char": settings.char_weight,
        "context": settings.context_weight,
    }
    vectoriser = Vectoriser(grams, np.ones(sum(map(len, grams.values()))), weights)
    data = _Data(
        plain=vectoriser.count(vectoriser.find(plain)),
        joined=vectoriser.count(vectoriser.find(joined)),
        terms=vectoriser.count(vectoriser.find(named)),
        term_sector=np.array([list(SECTORS).index(sector) for sector, _ in terms], np.int64),
        targets=Targets(texts),
    )
    return texts, data, vectoriser


@dataclass(frozen=True, slots=True)
class _Data:
    """Counts (n_texts or n_terms x n_features) and labels."""

    plain: csr_matrix
    joined: csr_matrix
    """Like `plain`, with the words of the parents."""
    terms: csr_matrix
    term_sector: Ints
    targets: Targets


def _idf(data: _Data, rows: Ints, settings: Settings) -> Floats:
    """Return scikit-learn's smoothed IDF over the texts `rows`; 0 for n-grams that are too rare.

    Terms count towards being known, not towards the IDF: each stands there once by design.
    """
    frequency = _document_frequency(data.plain[rows])
    idf = np.log((1.0 + len(rows)) / (1.0 + frequency)) + 1.0
    known = _document_frequency(data.joined[rows]) + _document_frequency(data.terms)
    idf[known < settings.least_documents] = 0.0
    return np.asarray(idf)


def _document_frequency(counts: csr_matrix) -> Ints:
    return np.bincount(counts.indices, minlength=counts.shape[1])


def _fit(
    data: _Data, vectoriser: Vectoriser, idf: Floats, rows: Ints, settings: Settings
) -> tuple[Floats, Floats]:
    """Return weights (n_features x n_outputs) and intercepts, fitted on the texts `rows`."""
    targets = data.targets
    plain = vectoriser.weigh(data.plain[rows], idf)
    asked = rows[targets.sector[rows] >= 0]
    about = vectoriser.weigh(vstack([data.joined[asked], data.terms], format="csr"), idf)
    sectors = np.concatenate([targets.sector[asked], data.term_sector])
    shares = np.concatenate(
        [targets.weights[asked], np.full(len(data.term_sector), settings.term_weight)]
    )
    weights, flags, known = targets.weights[rows], targets.flags[rows], targets.known[rows]
    parts = [
        machine(plain, targets.jenis[rows], settings.jenis_c, settings, weights, balanced=True),
        add(
            machine(about, sectors, settings.sector_c, settings, shares),
            bayes(about, sectors, settings, shares),
            settings.sector_bayes,
        ),
        add(
            machine(plain, flags[:, 0], settings.asked_c, settings, weights),
            bayes(plain, flags[:, 0], settings, weights),
            settings.asked_bayes,
        ),
        *(
            machine(
                plain[known[:, i]],
                flags[known[:, i], i],
                settings.flag_c,
                settings,
                weights[known[:, i]],
                balanced=True,
            )
            for i in (1, 2)
        ),
    ]
    return np.hstack([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


Linear = tuple[Floats, Floats]
"""Weights (n_features x n_outputs) and intercepts."""


def machine(
    matrix: csr_matrix,
    labels: npt.NDArray[Any],
    c: float,
    settings: Settings,
    shares: Floats,
    balanced: bool = False,
) -> Linear:
    """Fit a linear support vector machine; one output for a yes or no."""
    if not settings.machines:
        n_labels = len(np.unique(labels))
        n_outputs = n_labels if n_labels > 2 else 1
        return np.zeros((matrix.shape[1], n_outputs)), np.zeros(n_outputs)
    model = LinearSVC(
        C=c, class_weight="balanced" if balanced else None, random_state=settings.seed
    )
    model.fit(matrix, labels, sample_weight=shares)
    return model.coef_.T, np.atleast_1d(model.intercept_)


def bayes(
    matrix: csr_matrix,
    labels: npt.NDArray[Any],
    settings: Settings,
    shares: Floats,
) -> Linear:
    """Fit complement naive Bayes, which is linear too; one output for a yes or no.

    What all labels have in common is taken off each feature: it changes no decision, and small
    weights lose less in half precision.
    """
    model = ComplementNB(alpha=settings.bayes_alpha)
    model.fit(matrix, labels, sample_weight=shares)
    weights = model.feature_log_prob_.T
    if weights.shape[1] == 2:
        weights = weights[:, 1:] - weights[:, :1]
    else:
        weights = weights - weights.mean(axis=1, keepdims=True)
    return weights, np.zeros(weights.shape[1])


def add(first: Linear, second: Linear, share: float) -> Linear:
    """Return the sum of two linear models, the second times `share`: linear again."""
    return first[0] + share * second[0], first[1] + share * second[1]


def _cross_validate(
    texts: Sequence[Example], data: _Data, vectoriser: Vectoriser, settings: Settings
) -> Held:
    """Predict every text by a model that has seen no text of its file."""
    groups = np.array(groups_of(texts, settings.folds))
    fold_of = packed(Counter(groups.tolist()), settings.most_folds)
    folds = np.array([fold_of[group] for group in groups.tolist()])
    first_sector, first_flag = len(JENIS), len(JENIS) + len(SECTORS)
    scores = np.zeros((len(texts), first_flag + len(FLAGS)))
    for fold in sorted(set(folds)):
        out, rows = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        idf = _idf(data, rows, settings)
        weights, intercepts = _fit(data, vectoriser, idf, rows, settings)
        scores[out] = vectoriser.weigh(data.plain[out], idf) @ weights + intercepts
        about = vectoriser.weigh(data.joined[out], idf) @ weights + intercepts
        scores[out, first_sector:first_flag] = about[:, first_sector:first_flag]
    asks = np.array([label in ACTIONABLE for label in JENIS])
    column = first_flag + FLAGS.index("actionable")
    scores[:, column] += settings.jenis_lead * lead(scores[:, :first_sector], asks)
    return Held(
        tuple(texts),
        tuple(map(str, groups)),
        scores[:, :first_sector],
        scores[:, first_sector:first_flag],
        scores[:, first_flag:],
    )
