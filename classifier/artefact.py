"""A trained model as two files, saved and loaded without pickle.

`model.json` holds the format version, label sets, vocabulary, calibration, thresholds, dates, the
corpus digest and a digest over everything; `weights.npz` holds three arrays: `weights`
(n_features x n_outputs, float16), `intercepts` (n_outputs) and `idf` (n_features). The outputs
are all jenis, all sectors, then the flags, in the order of the label sets. Where a model has to be
one value, as in the database, `pack` makes one ZIP of the two files.
"""

import hashlib
import io
import json
import math
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from classifier.corrections import Correction, from_tables, problem, to_tables
from classifier.linear import Sigmoid, Softmax
from classifier.vectoriser import BLOCKS
from tanggap.errors import ModelError
from tanggap.mention import JENIS
from tanggap.reasons import reason
from tanggap.sectors import SECTORS

FORMAT = 1
FORMAT_WITH_CORRECTIONS = 2
"""A model without corrections of the OPD stays in format 1, which older programs read too."""
FORMAT_WITH_LEAD = 3
"""With a lead of the jenis, and corrections or none: older programs would decide otherwise."""
FORMATS = (FORMAT, FORMAT_WITH_CORRECTIONS, FORMAT_WITH_LEAD)
MODEL_FILE = "model.json"
WEIGHTS_FILE = "weights.npz"
FLAGS = ("actionable", "urgent", "sensitive")
MAX_BYTES = 256 * 1024 * 1024
"""A larger file, packed or unpacked, is refused before it is read."""

Halves = npt.NDArray[np.float16]
Singles = npt.NDArray[np.float32]


class Arrays(Protocol):
    """What a model of either kind holds beside its header."""

    @property
    def weights(self) -> Halves:
        """n_features x n_outputs."""
        ...

    @property
    def intercepts(self) -> Singles:
        """n_outputs."""
        ...

    @property
    def idf(self) -> Singles:
        """n_features."""
        ...


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
    jenis_lead: float = 0.0
    """What the lead of the jenis that ask something adds to the score that anything is asked."""
    corrections: tuple[Correction, ...] = ()
    """What people's corrections taught about who acts; none in the shipped model."""

    @property
    def digest(self) -> str:
        """Return the SHA-256 over all content, in hexadecimal."""
        return digest_of(_header(self), self)

    @property
    def version(self) -> str:
        """Return name and first twelve digits of the digest; stands on every decision."""
        return f"{self.name}-{self.digest[:12]}"


def digest_of(header: dict[str, Any], arrays: Arrays) -> str:
    """Return the SHA-256 over a header and its arrays, in hexadecimal."""
    sha = hashlib.sha256(canonical(header))
    for name in ("idf", "intercepts", "weights"):
        array = np.ascontiguousarray(getattr(arrays, name))
        sha.update(f"{name} {array.dtype.str} {array.shape}".encode())
        sha.update(array.tobytes())
    return sha.hexdigest()


def save(artefact: Artefact, folder: Path) -> None:
    """Write the two files into `folder` (made when missing); the same content, the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    header = {**_header(artefact), "digest": artefact.digest}
    with (folder / WEIGHTS_FILE).open("wb") as file:
        np.savez_compressed(
            file, weights=artefact.weights, intercepts=artefact.intercepts, idf=artefact.idf
        )
    (folder / MODEL_FILE).write_bytes(canonical(header) + b"\n")


def read(folder: Path) -> Artefact:
    """Return the artefact of a folder; raise ModelError with one clear line if it is not sound."""
    raw_header = contents(folder / MODEL_FILE, "model")
    raw_arrays = contents(folder / WEIGHTS_FILE, "bobot")
    return _sound(str(folder), raw_header, raw_arrays)


def pack(folder: Path) -> bytes:
    """Return the artefact of a folder as one value; the same artefact, the same bytes.

    Only these two files go in, and only if they are sound: raise ModelError otherwise.
    """
    raw = {
        MODEL_FILE: contents(folder / MODEL_FILE, "model"),
        WEIGHTS_FILE: contents(folder / WEIGHTS_FILE, "bobot"),
    }
    _sound(str(folder), raw[MODEL_FILE], raw[WEIGHTS_FILE])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in raw.items():
            entry = zipfile.ZipInfo(name)  # its time is 1980, whenever it is made
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return packed.getvalue()


def read_packed(packed: bytes, where: str = "model") -> Artefact:
    """Return the artefact of packed bytes; `where` begins the line of the ModelError."""
    raw = _open(packed, where)
    return _sound(where, raw[MODEL_FILE], raw[WEIGHTS_FILE])


def _open(packed: bytes, where: str) -> dict[str, bytes]:
    """Return the two files of packed bytes; nothing else may be in there, whatever its name."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entries = archive.infolist()
            if sorted(entry.filename for entry in entries) != [MODEL_FILE, WEIGHTS_FILE]:
                raise ModelError(f"{where}: bukan paket model Tanggap")
            if sum(entry.file_size for entry in entries) > MAX_BYTES:
                raise ModelError(f"{where}: terlalu besar untuk sebuah model")
            return {entry.filename: archive.read(entry) for entry in entries}
    except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as exc:
        raise ModelError(f"{where}: paket model rusak atau terpotong") from exc


def _sound(where: str, raw_header: bytes, raw_arrays: bytes) -> Artefact:
    header = read_header(f"{where}/{MODEL_FILE}", raw_header)
    arrays = read_arrays(f"{where}/{WEIGHTS_FILE}", raw_arrays)
    try:
        artefact = _assemble(header, arrays)
        wrong = _problem(artefact)
        if wrong is None and artefact.digest != header.get("digest"):
            wrong = "sidik (digest) tidak cocok; berkas berubah atau tidak lengkap"
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as exc:
        # ValueError: also a name that is no text, of which there is no digest
        raise ModelError(f"{where}/{MODEL_FILE}: isi tidak lengkap atau salah bentuk") from exc
    if wrong is not None:
        raise ModelError(f"{where}: {wrong}")
    return artefact


def _header(artefact: Artefact) -> dict[str, Any]:
    learnt: dict[str, Any] = {}
    if artefact.corrections:
        learnt["corrections"] = to_tables(artefact.corrections)
    version = FORMAT_WITH_CORRECTIONS if learnt else FORMAT
    if artefact.jenis_lead:
        learnt["jenis_lead"] = artefact.jenis_lead
        version = FORMAT_WITH_LEAD
    return {
        **learnt,
        "format": version,
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


def canonical(header: dict[str, Any]) -> bytes:
    """Return a header as JSON: the same content, the same bytes."""
    return json.dumps(
        header, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode("utf-8")


def contents(path: Path, kind: str) -> bytes:
    """Return the bytes of a file of a model; raise ModelError naming it (`kind`: model, bobot)."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ModelError(f"{path}: terlalu besar untuk sebuah model")
        return path.read_bytes()
    except FileNotFoundError as exc:
        raise ModelError(f"{path}: berkas {kind} tidak ada") from exc
    except OSError as exc:
        raise ModelError(f"{path}: tidak dapat dibaca ({reason(exc)})") from exc


def read_header(where: str, raw: bytes, formats: Sequence[int] = FORMATS) -> dict[str, Any]:
    """Return the JSON of a model file; raise ModelError, beginning with `where`, if it is not."""
    try:
        header = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as exc:  # also a number of too many digits
        raise ModelError(f"{where}: bukan JSON yang utuh") from exc
    if not isinstance(header, dict) or not isinstance(header.get("format"), int):
        raise ModelError(f"{where}: bukan model Tanggap (tanpa `format`)")
    if header["format"] not in formats:
        raise ModelError(
            f"{where}: format {header['format']} tidak dikenal program ini "
            f"(mengenal {formats[0]} sampai {formats[-1]}); "
            "perbarui Tanggap atau latih ulang model"
        )
    return header


def read_arrays(where: str, raw: bytes) -> dict[str, npt.NDArray[Any]]:
    """Return the three arrays of a weights file; raise ModelError, beginning with `where`."""
    wanted = ("weights", "intercepts", "idf")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
                raise ModelError(f"{where}: terlalu besar untuk sebuah model")
        with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in wanted}
    except KeyError as exc:
        raise ModelError(f"{where}: larik bobot kurang ({exc.args[0]})") from exc
    except (
        *(OSError, ValueError, EOFError, MemoryError, RuntimeError),
        *(zipfile.BadZipFile, zlib.error),
    ) as exc:
        # MemoryError: an array that claims a size beyond all bounds; RuntimeError: one that claims
        # to be encrypted, or packed in a way that nobody knows
        raise ModelError(f"{where}: berkas bobot rusak atau terpotong") from exc


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
        jenis_calibration=softmax_of(calibration["jenis"]),
        sector_calibration=softmax_of(calibration["sector"]),
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
        jenis_lead=float(header.get("jenis_lead", 0.0)),
        corrections=from_tables(header.get("corrections", ())),
    )


def softmax_of(table: dict[str, Any]) -> Softmax:
    """Return the calibration that a header holds; raise as what is in it may."""
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
    if (wrong := wrong_array(artefact, n_features, n_outputs)) is not None:
        return wrong
    if len(artefact.jenis_calibration.shift) != len(artefact.jenis) or len(
        artefact.sector_calibration.shift
    ) != len(artefact.sectors):
        return "kalibrasi tidak sesuai dengan daftar label"
    if not all(map(math.isfinite, _numbers(artefact))):
        return "kalibrasi atau ambang memuat NaN atau tak hingga"
    if (wrong := problem(artefact.corrections)) is not None:
        return wrong
    if artefact.jenis_calibration.temperature <= 0 or artefact.sector_calibration.temperature <= 0:
        return "suhu kalibrasi harus lebih dari nol"
    return None


def wrong_array(arrays: Arrays, n_features: int, n_outputs: int) -> str | None:
    """Return what is wrong with the arrays of a model, or None."""
    wanted = {
        "weights": ((n_features, n_outputs), "f2"),
        "intercepts": ((n_outputs,), "f4"),
        "idf": ((n_features,), "f4"),
    }
    for name, (shape, kind) in wanted.items():
        array = getattr(arrays, name)
        if array.shape != shape or array.dtype.str[1:] != kind:
            return f"larik `{name}` salah ukuran atau jenis"
        if not np.isfinite(array).all():
            return f"larik `{name}` memuat NaN atau tak hingga"
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
        artefact.jenis_lead,
    ]
