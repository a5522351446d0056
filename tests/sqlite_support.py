"""How tests look at what SQLite itself does and says, behind the store."""

import sqlite3

from sqlite_utils import Database

from tanggap.store.sqlite import SqliteStore


def connection_of(store: SqliteStore) -> sqlite3.Connection:
    """Return the connection that the store lends next, while no other thread uses it."""
    with store._connection() as connection:
        return connection


def database_of(store: SqliteStore) -> Database:
    """Return the same, as sqlite-utils knows it."""
    return Database(connection_of(store))
