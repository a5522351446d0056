"""Fit a model on labelled texts: linear, over words and characters, calibrated on unseen writers.

The only module of the classifier that imports scikit-learn.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
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
    sector_thresholds,
    threshold_for_recall,
)
from classifier.dataset import Example, check_for_training, mention_of
from classifier.features import Document, Reader
from classifier.opd import NO_TOPIC
from classifier.text import clean, tokens_of
from classifier.vectoriser import BLOCKS, Vectoriser, char_ngrams, word_ngrams
from tanggap.errors import InputError
from tanggap.mention import ACTIONABLE, JENIS
from tanggap.policy import Policy
from tanggap.sectors import SECTORS

Term = tuple[str, str]
"""Sector and a word or phrase that speaks for it."""
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
    sector_c: float = 0.2
    term_weight: float = 1.0
    """A term of the sectors' word list counts as this share of a text."""
    jenis_c: float = 0.5
    asked_c: float = 0.3
    flag_c: float = 0.1
    sector_bayes: float = 0.5
    asked_bayes: float = 0.3
    """Share of complement naive Bayes beside the support vector machine."""
    bayes_alpha: float = 0.5
    no_topic_shift: float = 0.1
    """Taken off the score of `lainnya`: the forced best sector is a topic when there is one."""
    folds: int = 6
    routed_accuracy: float = 0.96
    sector_strength: float = 60.0
    aside_lost: float = 0.004
    false_alarms: float = 0.05
    asked_recall: float = 0.989
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
    texts = check_for_training(examples)
    reader = Reader(policy)
    plain = [reader.read(mention_of(example), clean(example.text)) for example in texts]
    joined = [document.with_parent() for document in plain]
    named = [Document(tuple(tokens_of(term)), ()) for _, term in terms]
    vectoriser = Vectoriser(*_vocabulary([*joined, *named], settings))
    data = _Data(
        plain=vectoriser.count(vectoriser.find(plain)),
        joined=vectoriser.count(vectoriser.find(joined)),
        terms=vectoriser.count(vectoriser.find(named)),
        term_sector=np.array([list(SECTORS).index(sector) for sector, _ in terms], np.int64),
        targets=_Targets(texts),
    )
    targets = data.targets
    held = _cross_validate(texts, data, vectoriser, settings)
    idf = _idf(data, np.arange(len(texts)), settings)
    weights, intercepts = _fit(data, vectoriser, idf, np.arange(len(texts)), settings)
    asked = np.array([example.jenis in ACTIONABLE for example in texts])
    jenis = fit_softmax(held.jenis, targets.jenis)
    shift = np.where(np.array(list(SECTORS)) == NO_TOPIC, -settings.no_topic_shift, 0.0)
    sector = fit_softmax(held.sector[asked], targets.sector[asked], tuple(shift.tolist()))
    flags = {
        flag: fit_sigmoid(held.flags[:, i], targets.flags[:, i]) for i, flag in enumerate(FLAGS)
    }
    probability = {f: flags[f].probabilities(held.flags[:, i]) for i, f in enumerate(FLAGS)}
    low, high = aside_and_actionable(
        probability["actionable"], asked, settings.aside_lost, settings.false_alarms
    )
    cut = min(0.5, float(np.quantile(probability["actionable"][asked], 1 - settings.asked_recall)))
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
            aside_below=low,
            actionable_from=high,
            asked_cut=round(cut, 4),
            sector=sector_thresholds(
                tuple(SECTORS),
                sector.probabilities(held.sector[asked]),
                targets.sector[asked],
                settings.routed_accuracy,
                settings.sector_strength,
            ),
            urgent=threshold_for_recall(
                probability["urgent"],
                targets.flags[:, 1],
                settings.urgent_recall,
                settings.flag_least,
            ),
            urgent_alone=settings.urgent_alone,
            sensitive=threshold_for_recall(
                probability["sensitive"],
                targets.flags[:, 2],
                settings.sensitive_recall,
                settings.flag_least,
            ),
        ),
        weights=weights[keep].astype(np.float16),
        intercepts=intercepts.astype(np.float32),
        idf=idf[keep].astype(np.float32),
    )
    return Trained(artefact, held)


def corpus_digest(examples: Sequence[Example], terms: Sequence[Term]) -> str:
    """Return the SHA-256 over texts, labels and terms, whatever their order."""
    lines = sorted(json.dumps(asdict(e), ensure_ascii=False, sort_keys=True) for e in examples)
    lines += sorted(f"{sector}={term}" for sector, term in terms)
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


class _Targets:
    """The labels as numbers; -1 where a text has none."""

    def __init__(self, examples: Sequence[Example]) -> None:
        sectors = list(SECTORS)
        self.jenis = np.array([JENIS.index(e.jenis) for e in examples])
        self.sector = np.array([sectors.index(e.sector) if e.sector else -1 for e in examples])
        self.flags = np.array(
            [[e.jenis in ACTIONABLE, e.urgent == "1", e.sensitive == "1"] for e in examples]
        )
        for kind, numbers, names in (
            ("jenis", self.jenis, JENIS),
            ("sektor", self.sector, sectors),
        ):
            missing = [name for i, name in enumerate(names) if not (numbers == i).any()]
            if missing:
                raise InputError(f"data latih tidak punya contoh {kind} `{missing[0]}`")


def _vocabulary(
    documents: Sequence[Document], settings: Settings
) -> tuple[dict[str, Sequence[str]], Floats, dict[str, float]]:
    frequencies: dict[str, dict[str, int]] = {block: {} for block in BLOCKS}
    of_word: dict[str, list[str]] = {}
    for document in documents:
        for word in document.tokens:
            if word not in of_word:
                of_word[word] = char_ngrams(word)
        grams = {
            "word": set(word_ngrams(document.tokens)),
            "char": {gram for word in set(document.tokens) for gram in of_word[word]},
            "context": set(document.context),
        }
        for block, found in grams.items():
            counter = frequencies[block]
            for gram in found:
                counter[gram] = counter.get(gram, 0) + 1
    common = sorted(
        (-count, block, gram)
        for block, counter in frequencies.items()
        for gram, count in counter.items()
        if count >= settings.least_documents
    )[: settings.max_features]
    vocabulary = {
        block: sorted(gram for _, its_block, gram in common if its_block == block)
        for block in BLOCKS
    }
    weights = {
        "word": settings.word_weight,
        "char": settings.char_weight,
        "context": settings.context_weight,
    }
    return dict(vocabulary), np.ones(len(common)), weights


@dataclass(frozen=True, slots=True)
class _Data:
    """Counts (n_texts or n_terms x n_features) and labels."""

    plain: csr_matrix
    joined: csr_matrix
    """Like `plain`, with the words of the parents."""
    terms: csr_matrix
    term_sector: Ints
    targets: _Targets


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
    shares = np.repeat([1.0, settings.term_weight], [len(asked), len(data.term_sector)])
    flags = targets.flags[rows]
    parts = [
        _machine(plain, targets.jenis[rows], settings.jenis_c, settings),
        _add(
            _machine(about, sectors, settings.sector_c, settings, shares),
            _bayes(about, sectors, settings, shares),
            settings.sector_bayes,
        ),
        _add(
            _machine(plain, flags[:, 0], settings.asked_c, settings),
            _bayes(plain, flags[:, 0], settings),
            settings.asked_bayes,
        ),
        _machine(plain, flags[:, 1], settings.flag_c, settings, balanced=True),
        _machine(plain, flags[:, 2], settings.flag_c, settings, balanced=True),
    ]
    return np.hstack([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


_Linear = tuple[Floats, Floats]
"""Weights (n_features x n_outputs) and intercepts."""


def _machine(
    matrix: csr_matrix,
    labels: npt.NDArray[Any],
    c: float,
    settings: Settings,
    shares: Floats | None = None,
    balanced: bool = False,
) -> _Linear:
    """Fit a linear support vector machine; one output for a yes or no."""
    model = LinearSVC(
        C=c, class_weight="balanced" if balanced else None, random_state=settings.seed
    )
    model.fit(matrix, labels, sample_weight=shares)
    return model.coef_.T, np.atleast_1d(model.intercept_)


def _bayes(
    matrix: csr_matrix,
    labels: npt.NDArray[Any],
    settings: Settings,
    shares: Floats | None = None,
) -> _Linear:
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


def _add(first: _Linear, second: _Linear, share: float) -> _Linear:
    """Return the sum of two linear models, the second times `share`: linear again."""
    return first[0] + share * second[0], first[1] + share * second[1]


def _cross_validate(
    texts: Sequence[Example], data: _Data, vectoriser: Vectoriser, settings: Settings
) -> Held:
    """Predict every text by a model that has seen no text of its file."""
    groups = np.array(_groups(texts, settings.folds))
    first_sector, first_flag = len(JENIS), len(JENIS) + len(SECTORS)
    scores = np.zeros((len(texts), first_flag + len(FLAGS)))
    for group in sorted(set(groups)):
        out, rows = np.flatnonzero(groups == group), np.flatnonzero(groups != group)
        idf = _idf(data, rows, settings)
        weights, intercepts = _fit(data, vectoriser, idf, rows, settings)
        scores[out] = vectoriser.weigh(data.plain[out], idf) @ weights + intercepts
        about = vectoriser.weigh(data.joined[out], idf) @ weights + intercepts
        scores[out, first_sector:first_flag] = about[:, first_sector:first_flag]
    return Held(
        tuple(texts),
        tuple(map(str, groups)),
        scores[:, :first_sector],
        scores[:, first_sector:first_flag],
        scores[:, first_flag:],
    )


def _groups(texts: Sequence[Example], folds: int) -> list[str]:
    """Return the fold of each text: its file; texts of one single file are dealt out."""
    if len({example.group for example in texts}) > 1:
        return [example.group for example in texts]
    return [str(i % folds) for i in range(len(texts))]
