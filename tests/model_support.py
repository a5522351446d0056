"""Models for tests: variants of the shipped one, packed as the store keeps them."""

import io
import zipfile
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from classifier_support import artefact

from classifier.artefact import Artefact, pack, read_packed, save
from tanggap.store import Store
from tanggap.store.rows_tuning import ModelVersion


@cache
def variant(name: str) -> Artefact:
    """Return the shipped model under another name: it decides alike, its version differs."""
    return replace(artefact(), name=name)


@cache
def packed(name: str) -> bytes:
    """Return the bytes of a variant."""
    with TemporaryDirectory() as folder:
        save(variant(name), Path(folder))
        return pack(Path(folder))


def unpack(content: bytes, folder: Path) -> Artefact:
    """Write the two files of packed bytes into `folder` (made when missing) if they are sound."""
    found = read_packed(content, str(folder))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    return found


def keep(store: Store, name: str, now: datetime, content: bytes | None = None) -> str:
    """Save a variant as a candidate, or other bytes under its version; return the version."""
    version = variant(name).version
    made = ModelVersion(
        version=version,
        created_at=now,
        created_by="analis",
        parent=store.current_model(),
        state="candidate",
        n_texts=100,
        n_local=10,
        figures={"verdict": {"accepted": True, "reasons": []}},
    )
    store.save_model(made, packed(name) if content is None else content)
    return version


def promote(store: Store, version: str | None, now: datetime) -> None:
    """Put a version into use, as a person would who has looked at it."""
    store.promote(version, store.current_model(), "analis", "uji", False, now)
