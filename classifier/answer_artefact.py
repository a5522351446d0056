"""The trained model of answer kinds as two files, saved and loaded without pickle.

The same two files as of `classifier.artefact`: `model.json` with format, labels, vocabulary,
calibration, dates and digests, `weights.npz` with `weights` (n_features x n_labels, float16),
`intercepts` (n_labels) and `idf` (n_features). Shipped with the program, the same for every
model that a city promotes.
"""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.artefact import (
    MODEL_FILE,
    WEIGHTS_FILE,
    Halves,
    Singles,
    canonical,
    contents,
    digest_of,
    read_arrays,
    read_header,
    softmax_of,
    wrong_array,
)
from classifier.linear import Softmax
from classifier.vectoriser import BLOCKS
from tanggap.errors import ModelError
from tanggap.mention import ANSWER_KINDS

FORMATS = (1,)
ABOUT = "answer_kinds"
"""Stands in the header, so that a model of something else is not taken for one."""
REMEDY = "pasang ulang Tanggap atau latih ulang dengan tools/train_answers.py"


@dataclass(frozen=True, slots=True)
class AnswerArtefact:
    """Everything that decides of what kind an answer is, and where it comes from."""

    created: str
    """Day of the training, ISO 8601."""
    sklearn: str
    """Version of scikit-learn that fitted it."""
    corpus_digest: str
    """SHA-256 over the training texts and their labels."""
    n_texts: int
    labels: tuple[str, ...]
    vocabulary: dict[str, tuple[str, ...]]
    block_weights: dict[str, float]
    calibration: Softmax
    weights: Halves
    intercepts: Singles
    idf: Singles

    @property
    def digest(self) -> str:
        """Return the SHA-256 over all content, in hexadecimal."""
        return digest_of(_header(self), self)


def save(artefact: AnswerArtefact, folder: Path) -> None:
    """Write the two files into `folder` (made when missing); the same content, the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / WEIGHTS_FILE).open("wb") as file:
        np.savez_compressed(
            file, weights=artefact.weights, intercepts=artefact.intercepts, idf=artefact.idf
        )
    header = {**_header(artefact), "digest": artefact.digest}
    (folder / MODEL_FILE).write_bytes(canonical(header) + b"\n")


def read(folder: Path) -> AnswerArtefact:
    """Return the artefact of a folder; raise ModelError, one line with file and remedy."""
    model, weights = folder / MODEL_FILE, folder / WEIGHTS_FILE
    try:
        header = read_header(str(model), contents(model, "model"), FORMATS)
        arrays = read_arrays(str(weights), contents(weights, "bobot"))
    except ModelError as exc:
        raise ModelError(f"{exc}; {REMEDY}") from exc
    try:
        artefact = _assemble(header, arrays)
        wrong = _problem(header, artefact)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as exc:
        # ValueError: also a name that is no text, of which there is no digest
        wrong = "isi tidak lengkap atau salah bentuk"
        raise ModelError(f"{model}: {wrong}; {REMEDY}") from exc
    if wrong is not None:
        raise ModelError(f"{model}: {wrong}; {REMEDY}")
    return artefact


def _header(artefact: AnswerArtefact) -> dict[str, Any]:
    return {
        "format": FORMATS[-1],
        "about": ABOUT,
        "created": artefact.created,
        "sklearn": artefact.sklearn,
        "corpus_digest": artefact.corpus_digest,
        "n_texts": artefact.n_texts,
        "labels": list(artefact.labels),
        "block_weights": artefact.block_weights,
        "calibration": asdict(artefact.calibration),
        "vocabulary": {block: list(artefact.vocabulary[block]) for block in BLOCKS},
    }


def _assemble(header: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> AnswerArtefact:
    if header.get("about") != ABOUT:
        raise ValueError
    return AnswerArtefact(
        created=str(header["created"]),
        sklearn=str(header["sklearn"]),
        corpus_digest=str(header["corpus_digest"]),
        n_texts=int(header["n_texts"]),
        labels=tuple(map(str, header["labels"])),
        vocabulary={block: tuple(map(str, header["vocabulary"][block])) for block in BLOCKS},
        block_weights={block: float(header["block_weights"][block]) for block in BLOCKS},
        calibration=softmax_of(header["calibration"]),
        weights=arrays["weights"],
        intercepts=arrays["intercepts"],
        idf=arrays["idf"],
    )


def _problem(header: dict[str, Any], artefact: AnswerArtefact) -> str | None:
    """Return what is wrong with the content, or None."""
    if artefact.labels != ANSWER_KINDS:
        return "daftar jenis jawaban bukan yang dikenal program ini"
    n_features, n_labels = sum(map(len, artefact.vocabulary.values())), len(artefact.labels)
    if (wrong := wrong_array(artefact, n_features, n_labels)) is not None:
        return wrong
    calibration = artefact.calibration
    numbers = [calibration.temperature, *calibration.shift, *artefact.block_weights.values()]
    if len(calibration.shift) != n_labels or not all(map(math.isfinite, numbers)):
        return "kalibrasi tidak sesuai dengan daftar label, atau memuat NaN atau tak hingga"
    if calibration.temperature <= 0:
        return "suhu kalibrasi harus lebih dari nol"
    if artefact.digest != header.get("digest"):
        return "sidik (digest) tidak cocok; berkas berubah atau tidak lengkap"
    return None
