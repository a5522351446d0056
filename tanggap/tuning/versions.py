"""Which version decides, its bytes read and checked, and by which texts it may be judged.

Nothing here imports scikit-learn: the daemon, the commands and the reports all ask here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import models
from classifier import artefact
from classifier.artefact import Artefact
from tanggap.errors import ModelError
from tanggap.store import Store
from tanggap.store.rows_tuning import ModelVersion
from tanggap.tuning.labels import Text, identity, settle

LEAST_TEST = 100
"""Texts from which a comparison says something."""


def in_use(store: Store, configured: str) -> Artefact:
    """Return what decides: the promoted version, else the model that the config names.

    Raise ModelError where it is not sound.
    """
    return read(store, store.current_model(), configured)


def read(store: Store, version: str | None, configured: str) -> Artefact:
    """Return a version's artefact (None: that of the config); raise ModelError if not sound."""
    return artefact.read(models.path(configured)) if version is None else stored(store, version)


def stored(store: Store, version: str) -> Artefact:
    """Return the artefact of a version; raise ModelError if it is gone, not sound, or another's."""
    where = f"model {version}"
    packed = store.artefact(version)
    if packed is None:
        raise ModelError(f"{where}: berkasnya tidak ada di basis data")
    found = artefact.read_packed(packed, where)
    if found.version != version:
        raise ModelError(f"{where}: berkas yang tersimpan milik {found.version}")
    return found


def sound(store: Store, version: str | None, configured: str) -> Artefact | None:
    """Return a version's artefact as `read` does; None where it is not sound."""
    try:
        return read(store, version, configured)
    except ModelError:
        return None


def fair_test_texts(store: Store, version: str | None) -> frozenset[str] | None:
    """Return the keys of frozen test texts that a version was surely not trained on.

    All of them for what was not trained here (None, or a version that the store does not know) and
    for what was trained with this very test set held out; else those that nobody had labelled
    when it was made. None where no test set is frozen, or fewer than LEAST_TEST texts are left.
    """
    frozen = store.test_set()
    if frozen is None:
        return None
    trained = None if version is None else _trained(store, version)
    if trained is None or _part(trained, "local").get("held_out") == frozen.digest:
        return frozen.keys
    labels = store.labels_of(frozen.keys)
    seen = {
        identity(label.text, label.parent_text)
        for label in labels
        if (label.first_at or label.at) <= trained.created_at
    }
    texts = settle(labels, set_aside(store))
    unseen = [text for text in texts if text.identity not in seen]
    if len(unseen) < LEAST_TEST:
        return None
    return frozenset(key for text in unseen for key in text.keys) & frozen.keys


def fair_of(store: Store, texts: Sequence[Text], *versions: str) -> list[Text]:
    """Return the texts of the test set that none of the versions was trained on.

    None at all where some had to be left out and fewer than LEAST_TEST are left.
    """
    left = list(texts)
    for version in versions:
        keys = fair_test_texts(store, version) or frozenset()
        left = [text for text in left if text.keys & keys]
    return left if len(left) == len(texts) or len(left) >= LEAST_TEST else []


def tested(store: Store) -> list[Text]:
    """Return the frozen test set with the labels that stand now, without those set aside."""
    frozen = store.test_set()
    if frozen is None:
        return []
    return [text for text in settle(store.labels(), set_aside(store)) if text.keys & frozen.keys]


def set_aside(store: Store) -> set[str]:
    """Return whose labels the newest training left out; nobody before the first one."""
    for model in store.models():
        if "local" in model.figures:
            return {str(voice["by"]) for voice in _part(model, "local").get("aside", ())}
    return set()


def _trained(store: Store, version: str) -> ModelVersion | None:
    """Return the training that a version comes from; None where it did not happen here."""
    model = store.model(version)
    while model is not None and "threshold" in model.figures:
        model = None if model.parent is None else store.model(model.parent)
    return model


def _part(model: ModelVersion, name: str) -> Mapping[str, Any]:
    part = model.figures.get(name)
    return part if isinstance(part, Mapping) else {}
