"""The shared queue and all that the daemon must not forget."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path

from tanggap.database_url import wrong_with
from tanggap.errors import InputError, StoreError
from tanggap.store.base import Store
from tanggap.store.datasette import write_datasette
from tanggap.store.lock import file_lock
from tanggap.store.restoring import Restored, copy_store, look_at, restore_file, restore_rows
from tanggap.store.snapshot import Contents, check_snapshot, take_snapshot
from tanggap.store.sqlite import SqliteStore

__all__ = [
    "Contents",
    "Restored",
    "Store",
    "check_snapshot",
    "closed_if_refused",
    "copy_store",
    "daemon_lock",
    "look_at",
    "open_store",
    "restore_file",
    "restore_rows",
    "sqlite_path",
    "take_snapshot",
    "write_datasette",
]


def open_store(
    where: str | Path, *, password: str = "", thorough: bool = False, read_only: bool = False
) -> Store:
    """Return the store at a path, a `sqlite:` URL (relative to the working folder) or a
    `postgresql:` URL, which takes a `password` beside it.

    A SQLite database that does not exist yet is made by `migrate`, and so are the tables of an
    empty PostgreSQL database. An existing one is looked at before anything is written: raise
    StoreError when it is damaged (`thorough`: every page is read) or not ours, SchemaMismatch when
    a newer Tanggap made it, StoreFull when it is read-only (unless `read_only` is asked for),
    StoreBusy when the server cannot be reached. An older schema is left to `migrate` and
    `check_schema`.
    """
    path = sqlite_path(where)
    if path is None:
        return _postgres(str(where), password, thorough=thorough, read_only=read_only)
    store = SqliteStore(path, read_only=read_only)
    if path.exists():
        with closed_if_refused(store):
            store.check_usable(thorough=thorough)
    return store


@contextmanager
def closed_if_refused(store: Store) -> Iterator[None]:
    """Close a store of which the block finds that it cannot be used: nobody else would."""
    with ExitStack() as undo:
        undo.callback(store.close)
        yield
        undo.pop_all()


def daemon_lock(where: str | Path) -> AbstractContextManager[None]:
    """Hold what a daemon must hold while it runs; raise StoreBusy when another one does.

    One daemon per SQLite file, by a lock of the operating system. On PostgreSQL several share the
    sources by leases, and nothing is held.
    """
    path = sqlite_path(where)
    return nullcontext() if path is None else file_lock(path)


def sqlite_path(where: str | Path) -> Path | None:
    """Return the SQLite file that `where` names; None when it names a PostgreSQL database.

    Raise InputError when it is an address that cannot be used, or holds a secret.
    """
    if isinstance(where, Path):
        return where
    scheme, colon, rest = where.partition(":")
    if not colon or not scheme.isalpha():
        return Path(where)
    if wrong := wrong_with(where):
        raise InputError(wrong)
    return Path(rest) if scheme == "sqlite" else None


def _postgres(url: str, password: str, *, thorough: bool, read_only: bool) -> Store:
    try:
        # Only who uses it installs it: the extra `postgres`.
        from tanggap.store.postgres import PostgresStore
    except ImportError as exc:
        raise StoreError(
            "dukungan PostgreSQL belum terpasang; pasang dengan `pip install 'tanggap[postgres]'`"
        ) from exc
    store = PostgresStore(url, password, read_only=read_only)
    with closed_if_refused(store):
        store.check_usable(thorough=thorough)
    return store
