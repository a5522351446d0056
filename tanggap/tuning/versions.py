"""Which version decides, its bytes read and checked.

Nothing here imports scikit-learn: the daemon, the commands and the reports all ask here.
"""

import models
from classifier import artefact
from classifier.artefact import Artefact
from tanggap.errors import ModelError
from tanggap.store import Store


def in_use(store: Store, configured: str) -> Artefact:
    """Return what decides: the promoted version, else the model that the config names.

    Raise ModelError where it is not sound.
    """
    return read(store, store.current_model(), configured)


def read(store: Store, version: str | None, configured: str) -> Artefact:
    """Return a version's artefact (None: that of the config).

    Raise ModelError if it is not sound; its line says what to do.
    """
    try:
        return artefact.read(models.path(configured)) if version is None else stored(store, version)
    except ModelError as exc:
        raise ModelError(f"{exc}; {_OF_CONFIG if version is None else _OF_STORE}") from exc


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


_OF_CONFIG = (
    'kembalikan foldernya, atau tulis classifier.model = "baseline" di konfigurasi lalu muat ulang '
    "daemon"
)
_OF_STORE = "pakai versi lain: `tanggap tune versions`, lalu `tanggap tune promote`"
