"""What PostgreSQL says in its own way: placeholders, lists as parameters, ids, full text."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import time
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import Connection, Cursor
from psycopg.abc import PQGen
from psycopg.rows import DictRow

from tanggap.store.database import Indexed, Params, Value
from tanggap.store.placeholders import for_psycopg
from tanggap.store.postgres_search import vector

STATEMENT_SECONDS = 20
"""How long a statement may take at the server; a page takes milliseconds."""
PATIENCE_SECONDS = 30.0
"""After that without an answer the line is dead, not the server slow."""


class PatientConnection(Connection[DictRow]):
    """A connection that waits long for an answer, but not for ever.

    The operating system's own clocks (keepalives, tcp_user_timeout) notice a machine that is gone,
    but not one in between that still acknowledges and hands on nothing.
    """

    patience: float | None = PATIENCE_SECONDS

    @property
    def ends_transactions(self) -> bool:
        """Whether the server can end a transaction that takes too long, whatever it waits for."""
        return self.info.server_version >= 170_000

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """Work until `gen` has its answer; raise OperationalError when none comes in time."""
        started = time.monotonic()
        try:
            return super().wait(gen, interval, timeout or self.patience)
        except psycopg.OperationalError:
            if self.patience is not None and time.monotonic() - started >= self.patience:
                self.pgconn.finish()  # whatever still comes is of a statement nobody waits for
            raise


class PostgresTransaction:
    """Implements `tanggap.store.database.Transaction`."""

    def __init__(self, connection: PatientConnection) -> None:
        self.connection = connection

    def take_your_time(self) -> None:
        """Let this transaction take as long as it takes (a large index, a whole copy)."""
        self.connection.patience = None
        self.connection.execute("SET LOCAL statement_timeout = 0")
        if self.connection.ends_transactions:
            self.connection.execute("SET LOCAL transaction_timeout = 0")

    def execute(self, sql: str, params: Params = (), /) -> Cursor[DictRow]:
        """Run one statement of the SQL that both databases know."""
        return self.connection.execute(for_psycopg(sql), params)

    def executemany(self, sql: str, rows: Iterable[Sequence[Value]], /) -> Cursor[DictRow]:
        """Run one statement for each row of values, without waiting for each answer."""
        cursor = self.connection.cursor()
        cursor.executemany(for_psycopg(sql), list(rows))
        return cursor

    def texts_in(self, parameter: str) -> str:
        """Return a select of the texts in a JSON list."""
        return f"SELECT value FROM json_array_elements_text(CAST({parameter} AS json)) AS t (value)"

    def lists_in(self, parameter: str) -> str:
        """Return a table of the lists in a JSON list of lists."""
        return f"json_array_elements(CAST({parameter} AS json))"

    def days_apart(self, left: str, right: str) -> str:
        """Return an expression: how far two moments are apart."""
        return (
            f"abs(CAST(extract(epoch FROM CAST({left} AS timestamptz) "
            f"- CAST({right} AS timestamptz)) AS double precision) / 86400)"
        )

    def reserve_ids(self, table: str, count: int) -> int:
        """Return the first of `count` ids that were never used before.

        The sequence remembers ids whose rows are gone; the largest id there is counts too, since
        rows copied from elsewhere bring theirs along.
        """
        first = self.last_id(table) + 1
        if count > 0:
            self.execute(f"SELECT setval('{table}_id_seq', ?)", (first + count - 1,))
        return first

    def last_id(self, table: str) -> int:
        """Return the largest id that a numbered table ever gave out; 0 for none."""
        row = self.execute(
            f"SELECT greatest((SELECT max(id) FROM {table}), "
            f"(SELECT last_value FROM {table}_id_seq WHERE is_called), 0) AS last"
        ).fetchone()
        assert row is not None  # noqa: S101 - for the type checker: a select without FROM
        return int(row["last"])

    def keep_ids_above(self, table: str, last: int) -> None:
        """Let a numbered table give out ids above `last` and above those it holds."""
        highest = max(last, self.last_id(table))
        if highest > 0:
            self.execute(f"SELECT setval('{table}_id_seq', ?)", (highest,))

    def matching(self, parameter: str) -> str:
        """Return a select of `mention_id` of all that a full-text expression finds."""
        return f"SELECT mention_id FROM search WHERE words @@ CAST({parameter} AS tsquery)"

    def index(self, rows: Sequence[Indexed]) -> None:
        """Put mentions into the full-text index, where they are not yet."""
        self.executemany(
            "INSERT INTO search (mention_id, words) VALUES (?, CAST(? AS tsvector))",
            [(row.mention_id, vector(row.text, row.owners)) for row in rows],
        )

    def unindex(self, mention_ids: Sequence[int]) -> None:
        """Take mentions out of the full-text index."""
        self.executemany("DELETE FROM search WHERE mention_id = ?", [(one,) for one in mention_ids])
