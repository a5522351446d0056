"""A trained model as two files, saved and loaded without pickle.

`model.json` holds the format version, label sets, vocabulary, calibration, thresholds, dates, the
corpus digest and a digest over everything; `weights.npz` holds three arrays: `weights`
(n_features x n_outputs, float16), `intercepts` (n_outputs) and `idf` (n_features). The outputs
are all jenis, all sectors, then the flags, in the order of the label sets.
"""

import hashlib
import io
import json
import math
import zipfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.linear import Sigmoid, Softmax
from classifier.vectoriser import BLOCKS
from tanggap.errors import ModelError
from tanggap.mention import JENIS
from tanggap.reasons import reason
from tanggap.sectors import SECTORS

FORMAT = 1
MODEL_FILE = "model.json"
WEIGHTS_FILE = "weights.npz"
FLAGS = ("actionable", "urgent", "sensitive")
MAX_BYTES = 256 * 1024 * 1024
"""A larger file, packed or unpacked, is refused before it is read."""

Halves = npt.NDArray[np.float16]
Singles = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a person has to look; chosen on predictions for texts of unseen writers."""

    aside_below: float
    actionable_from: float
    asked_cut: float
    """From this probability the forced jenis is one of the actionable ones."""
    sector: dict[str, float]
    urgent: float
    """For texts that hold a word of danger."""
    urgent_alone: float
    """For texts without one."""
    sensitive: float


@dataclass(frozen=True, slots=True)
class Artefact:
    """Everything that decides, and where it comes from."""

    name: str
    created: str
    """Day of the training, ISO 8601."""
    sklearn: str
    """Version of scikit-learn that fitted it."""
    corpus_digest: str
    """SHA-256 over the training texts and their labels."""
    n_texts: int
    jenis: tuple[str, ...]
    sectors: tuple[str, ...]
    vocabulary: dict[str, tuple[str, ...]]
    block_weights: dict[str, float]
    jenis_calibration: Softmax
    sector_calibration: Softmax
    flag_calibration: dict[str, Sigmoid]
    thresholds: Thresholds
    weights: Halves
    intercepts: Singles
    idf: Singles

    @property
    def digest(self) -> str:
        """Return the SHA-256 over all content, in hexadecimal."""
        sha = hashlib.sha256(_canonical(_header(self)))
        for name in ("idf", "intercepts", "weights"):
            array = np.ascontiguousarray(getattr(self, name))
            sha.update(f"{name} {array.dtype.str} {array.shape}".encode())
            sha.update(array.tobytes())
        return sha.hexdigest()

    @property
    def version(self) -> str:
        """Return name and first twelve digits of the digest; stands on every decision."""
        return f"{self.name}-{self.digest[:12]}"


def save(artefact: Artefact, folder: Path) -> None:
    """Write the two files into `folder` (made when missing); the same content, the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    header = {**_header(artefact), "digest": artefact.digest}
    with (folder / WEIGHTS_FILE).open("wb") as file:
        np.savez_compressed(
            file, weights=artefact.weights, intercepts=artefact.intercepts, idf=artefact.idf
        )
    (folder / MODEL_FILE).write_bytes(_canonical(header) + b"\n")


def read(folder: Path) -> Artefact:
    """Return the artefact of a folder; raise ModelError with one clear line if it is not sound."""
    header = _read_header(folder / MODEL_FILE)
    arrays = _read_arrays(folder / WEIGHTS_FILE)
    try:
        artefact = _assemble(header, arrays)
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise ModelError(f"{folder / MODEL_FILE}: isi tidak lengkap atau salah bentuk") from exc
    problem = _problem(artefact)
    if problem is None and artefact.digest != header.get("digest"):
        problem = "sidik (digest) tidak cocok; berkas berubah atau tidak lengkap"
    if problem is not None:
        raise ModelError(f"{folder}: {problem}")
    return artefact


def _header(artefact: Artefact) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": artefact.name,
        "created": artefact.created,
        "sklearn": artefact.sklearn,
        "corpus_digest": artefact.corpus_digest,
        "n_texts": artefact.n_texts,
        "jenis": list(artefact.jenis),
        "sectors": list(artefact.sectors),
        "flags": list(FLAGS),
        "block_weights": artefact.block_weights,
        "calibration": {
            "jenis": asdict(artefact.jenis_calibration),
            "sector": asdict(artefact.sector_calibration),
            **{flag: asdict(artefact.flag_calibration[flag]) for flag in FLAGS},
        },
        "thresholds": asdict(artefact.thresholds),
        "vocabulary": {block: list(artefact.vocabulary[block]) for block in BLOCKS},
    }


def _canonical(header: dict[str, Any]) -> bytes:
    return json.dumps(
        header, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode("utf-8")


def _read_header(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ModelError(f"{path}: terlalu besar untuk sebuah model")
        header = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise ModelError(f"{path}: berkas model tidak ada") from exc
    except OSError as exc:
        raise ModelError(f"{path}: tidak dapat dibaca ({reason(exc)})") from exc
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as exc:
        raise ModelError(f"{path}: bukan JSON yang utuh") from exc
    if not isinstance(header, dict) or not isinstance(header.get("format"), int):
        raise ModelError(f"{path}: bukan model Tanggap (tanpa `format`)")
    if header["format"] != FORMAT:
        raise ModelError(
            f"{path}: format {header['format']} tidak dikenal program ini (mengenal {FORMAT}); "
            "perbarui Tanggap atau latih ulang model"
        )
    return header


def _read_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    wanted = ("weights", "intercepts", "idf")
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
                raise ModelError(f"{path}: terlalu besar untuk sebuah model")
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in wanted}
    except FileNotFoundError as exc:
        raise ModelError(f"{path}: berkas bobot tidak ada") from exc
    except KeyError as exc:
        raise ModelError(f"{path}: larik bobot kurang ({exc.args[0]})") from exc
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as exc:
        raise ModelError(f"{path}: berkas bobot rusak atau terpotong") from exc


def _assemble(header: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> Artefact:
    calibration = header["calibration"]
    thresholds = header["thresholds"]
    return Artefact(
        name=str(header["name"]),
        created=str(header["created"]),
        sklearn=str(header["sklearn"]),
        corpus_digest=str(header["corpus_digest"]),
        n_texts=int(header["n_texts"]),
        jenis=tuple(map(str, header["jenis"])),
        sectors=tuple(map(str, header["sectors"])),
        vocabulary={block: tuple(map(str, header["vocabulary"][block])) for block in BLOCKS},
        block_weights={block: float(header["block_weights"][block]) for block in BLOCKS},
        jenis_calibration=_softmax(calibration["jenis"]),
        sector_calibration=_softmax(calibration["sector"]),
        flag_calibration={
            flag: Sigmoid(float(calibration[flag]["slope"]), float(calibration[flag]["offset"]))
            for flag in FLAGS
        },
        thresholds=Thresholds(
            aside_below=float(thresholds["aside_below"]),
            actionable_from=float(thresholds["actionable_from"]),
            asked_cut=float(thresholds["asked_cut"]),
            sector={str(key): float(value) for key, value in thresholds["sector"].items()},
            urgent=float(thresholds["urgent"]),
            urgent_alone=float(thresholds["urgent_alone"]),
            sensitive=float(thresholds["sensitive"]),
        ),
        weights=arrays["weights"],
        intercepts=arrays["intercepts"],
        idf=arrays["idf"],
    )


def _softmax(table: dict[str, Any]) -> Softmax:
    return Softmax(float(table["temperature"]), tuple(map(float, table["shift"])))


def _problem(artefact: Artefact) -> str | None:
    """Return what is wrong with the content, or None."""
    for kind, labels, known in (
        ("jenis", artefact.jenis, JENIS),
        ("sektor", artefact.sectors, SECTORS),
    ):
        foreign = [label for label in labels if label not in known]
        if foreign:
            return f"{kind} `{foreign[0]}` tidak dikenal program ini"
        if not labels or len(set(labels)) != len(labels):
            return f"daftar {kind} kosong atau berulang"
    if set(artefact.thresholds.sector) != set(artefact.sectors):
        return "ambang sektor tidak sesuai dengan daftar sektor"
    n_features = sum(len(grams) for grams in artefact.vocabulary.values())
    n_outputs = len(artefact.jenis) + len(artefact.sectors) + len(FLAGS)
    wanted = {
        "weights": ((n_features, n_outputs), "f2"),
        "intercepts": ((n_outputs,), "f4"),
        "idf": ((n_features,), "f4"),
    }
    for name, (shape, kind) in wanted.items():
        array = getattr(artefact, name)
        if array.shape != shape or array.dtype.str[1:] != kind:
            return f"larik `{name}` salah ukuran atau jenis"
        if not np.isfinite(array).all():
            return f"larik `{name}` memuat NaN atau tak hingga"
    if len(artefact.jenis_calibration.shift) != len(artefact.jenis) or len(
        artefact.sector_calibration.shift
    ) != len(artefact.sectors):
        return "kalibrasi tidak sesuai dengan daftar label"
    if not all(map(math.isfinite, _numbers(artefact))):
        return "kalibrasi atau ambang memuat NaN atau tak hingga"
    if artefact.jenis_calibration.temperature <= 0 or artefact.sector_calibration.temperature <= 0:
        return "suhu kalibrasi harus lebih dari nol"
    return None


def _numbers(artefact: Artefact) -> list[float]:
    limits = artefact.thresholds
    return [
        artefact.jenis_calibration.temperature,
        *artefact.jenis_calibration.shift,
        artefact.sector_calibration.temperature,
        *artefact.sector_calibration.shift,
        *(value for flag in artefact.flag_calibration.values() for value in asdict(flag).values()),
        *limits.sector.values(),
        limits.aside_below,
        limits.actionable_from,
        limits.asked_cut,
        limits.urgent,
        limits.urgent_alone,
        limits.sensitive,
        *artefact.block_weights.values(),
    ]
