"""Fit the model of answer kinds on labelled answers, calibrated on files it has not seen."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier.answer_artefact import AnswerArtefact
from classifier.answer_kinds import document_of
from classifier.calibration import fit_softmax
from classifier.features import Document
from classifier.training import Linear, Settings, add, bayes, machine
from classifier.vectoriser import BLOCKS, Vectoriser
from classifier.vocabulary import vocabulary_of
from tanggap.errors import InputError
from tanggap.mention import ANSWER_KINDS
from tanggap.reasons import reason

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Answer:
    """One labelled answer; `group` is its file, kept together in cross-validation."""

    text: str
    kind: str
    parent_text: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """How the model is fitted; the defaults are those of the shipped one."""

    seed: int = 20261123
    least_documents: int = 1
    max_features: int = 25_000
    word_weight: float = 1.0
    char_weight: float = 1.0
    context_weight: float = 0.7
    """Of the marks (`classifier.answer_marks`)."""
    c: float = 1.0
    bayes: float = 0.5
    """Share of complement naive Bayes beside the support vector machine."""
    bayes_alpha: float = 0.2


@dataclass(frozen=True, slots=True)
class TrainedAnswers:
    """A fitted artefact and predictions for every text by a model that has not seen its file."""

    artefact: AnswerArtefact
    groups: tuple[str, ...]
    truth: Ints
    """Column numbers of the labels."""
    held: Floats
    """n_texts x n_labels, calibrated."""


def read_answers(path: Path) -> list[Answer]:
    """Return the lines of a JSONL file; raise InputError naming file, line and what is wrong."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as exc:
        raise InputError(f"{path}: tidak dapat dibaca ({reason(exc)})") from exc
    except UnicodeDecodeError as exc:
        raise InputError(f"{path}: bukan UTF-8 (byte {exc.start}); simpan ulang") from exc
    answers: list[Answer] = []
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            answer = Answer(row["text"], row["kind"], row.get("parent_text") or "", path.stem)
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise InputError(f"{path}: baris {number} tidak punya `text` dan `kind`") from exc
        if not isinstance(answer.text, str) or not answer.text.strip():
            raise InputError(f"{path}: baris {number}: `text` kosong")
        if answer.kind not in ANSWER_KINDS:
            raise InputError(
                f"{path}: baris {number}: kind `{answer.kind}` tidak dikenal; "
                f"tulis salah satu dari {', '.join(ANSWER_KINDS)}"
            )
        answers.append(answer)
    return answers


def train_answers(
    answers: Sequence[Answer], created: str, settings: AnswerSettings | None = None
) -> TrainedAnswers:
    """Return a model of `answers`; raise InputError where a kind has no text in some fold.

    Deterministic: the same texts, settings and library versions give the same artefact.
    """
    settings = settings or AnswerSettings()
    answers = sorted(answers, key=lambda one: (one.group, one.text))
    groups = tuple(answer.group for answer in answers)
    if len(set(groups)) < 2:
        raise InputError("data latih jawaban perlu paling sedikit dua berkas")
    documents = [document_of(answer.text) for answer in answers]
    truth = np.array([ANSWER_KINDS.index(answer.kind) for answer in answers])
    raw = np.zeros((len(answers), len(ANSWER_KINDS)))
    for group in sorted(set(groups)):
        out = np.array([one == group for one in groups])
        if len(set(truth[~out].tolist())) < len(ANSWER_KINDS):
            raise InputError(f"tanpa berkas `{group}` ada jenis jawaban yang tidak punya contoh")
        seen = [document for document, left in zip(documents, out, strict=True) if not left]
        unseen = [document for document, left in zip(documents, out, strict=True) if left]
        vectoriser, fitted = _fit(seen, truth[~out], settings)
        raw[out] = vectoriser.transform(unseen) @ fitted[0] + fitted[1]
    calibration = fit_softmax(raw, truth)
    vectoriser, (weights, intercepts) = _fit(documents, truth, settings)
    artefact = AnswerArtefact(
        created=created,
        sklearn=version("scikit-learn"),
        corpus_digest=corpus_digest(answers),
        n_texts=len(answers),
        labels=ANSWER_KINDS,
        vocabulary={block: tuple(vectoriser.vocabulary[block]) for block in BLOCKS},
        block_weights=dict(vectoriser.weights),
        calibration=calibration,
        weights=weights.astype(np.float16),
        intercepts=intercepts.astype(np.float32),
        idf=vectoriser.idf.astype(np.float32),
    )
    return TrainedAnswers(artefact, groups, truth, calibration.probabilities(raw))


def _fit(
    documents: Sequence[Document], truth: Ints, settings: AnswerSettings
) -> tuple[Vectoriser, Linear]:
    """Return what counts words, and the weights that were fitted on `documents`."""
    grams = vocabulary_of(documents, settings.least_documents, settings.max_features)
    block_weights = {
        "word": settings.word_weight,
        "char": settings.char_weight,
        "context": settings.context_weight,
    }
    plain = Vectoriser(grams, np.ones(sum(map(len, grams.values()))), block_weights)
    counts = plain.count(plain.find(documents))
    frequency = np.bincount(counts.indices, minlength=plain.size)
    idf = np.log((1.0 + len(documents)) / (1.0 + frequency)) + 1.0
    rows = plain.weigh(counts, idf)
    shares = np.ones(len(documents))
    how = Settings(seed=settings.seed, bayes_alpha=settings.bayes_alpha)
    fitted = add(
        machine(rows, truth, settings.c, how, shares, balanced=True),
        bayes(rows, truth, how, shares),
        settings.bayes,
    )
    return Vectoriser(grams, idf, block_weights), fitted


def corpus_digest(answers: Sequence[Answer]) -> str:
    """Return the SHA-256 over texts, labels and files, whatever their order."""
    lines = sorted(
        json.dumps([answer.group, answer.kind, answer.text], ensure_ascii=False)
        for answer in answers
    )
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
