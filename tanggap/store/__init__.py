"""The shared queue and all that the daemon must not forget."""

from pathlib import Path

from tanggap.errors import StoreError
from tanggap.store.base import Store
from tanggap.store.lock import daemon_lock
from tanggap.store.sqlite import SqliteStore

__all__ = ["Store", "daemon_lock", "open_store"]


def open_store(where: str | Path, *, thorough: bool = False, read_only: bool = False) -> Store:
    """Return the store at a path or a `sqlite:` URL; a relative one is in the working folder.

    A database that does not exist yet is made by `migrate`. An existing one is looked at before
    anything is written: raise StoreError when it is damaged (`thorough`: every page is read)
    or not ours, SchemaMismatch when a newer Tanggap made it, StoreFull when it is read-only
    (unless `read_only` is asked for). An older schema is left to `migrate` and `check_schema`.
    """
    text = str(where)
    scheme, colon, rest = text.partition(":")
    if colon and scheme != "sqlite" and scheme.isalpha():
        raise StoreError(f'basis data {scheme}: tidak dikenal; pakai "sqlite:tanggap.db"')
    path = Path(rest if colon and scheme == "sqlite" else text)
    store = SqliteStore(path, read_only=read_only)
    if path.exists():
        try:
            store.check_usable(thorough=thorough)
        except BaseException:
            store.close()
            raise
    return store
