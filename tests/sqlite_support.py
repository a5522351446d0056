"""How tests look at what SQLite itself does and says, behind the store; empty databases."""

import sqlite3
import tempfile
from functools import cache
from pathlib import Path

from sqlite_utils import Database

from tanggap.store.sqlite import SqliteStore


def connection_of(store: SqliteStore) -> sqlite3.Connection:
    """Return the connection that the store lends next, while no other thread uses it."""
    with store._connection() as connection:
        return connection


def database_of(store: SqliteStore) -> Database:
    """Return the same, as sqlite-utils knows it."""
    return Database(connection_of(store))


def put_migrated(path: Path) -> None:
    """Make an empty database as the store itself leaves it: far quicker than all its steps again.

    Not for tests of how the file comes about.
    """
    content, mode = _migrated()
    path.write_bytes(content)
    path.chmod(mode)


@cache
def _migrated() -> tuple[bytes, int]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tanggap.db"
        store = SqliteStore(path)
        store.migrate()
        store.close()
        assert not path.with_name("tanggap.db-wal").exists()
        return path.read_bytes(), path.stat().st_mode & 0o777
