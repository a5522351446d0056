"""What the parts of a store stand on: transactions that speak the SQL both databases know.

The parts (sources, ingest, items, ...) are written once. Their SQL keeps to what SQLite and
PostgreSQL both understand: parameters are `?` or `:name`, rows are read by name, flags are
integers compared with 1. The few things that the two say differently are methods of `Transaction`.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from tanggap.store.codec import Row

Value = str | int | float | None
Params = Sequence[Value] | Mapping[str, Value]
MAX_ID = 2**63 - 1
"""The largest integer of both databases; a number from an address line may be anything."""


class Result(Protocol):
    """What a statement brought; rows are read by column name."""

    @property
    def rowcount(self) -> int:
        """The number of rows that were written (of `executemany`: by all of them)."""
        ...

    def fetchone(self) -> Any:
        """Return the next `Row`, or None; the asker knows when there must be one."""
        ...

    def fetchall(self) -> Sequence[Row]:
        """Return all rows that are left."""
        ...

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows that are left."""
        ...


class Transaction(Protocol):
    """One transaction of one thread."""

    def take_your_time(self) -> None:
        """Let this transaction take as long as it takes, where the server has a limit.

        For what copies or reads whole tables; the limit is there for daemons that freeze.
        """
        ...

    def execute(self, sql: str, params: Params = (), /) -> Result:
        """Run one statement; see the module about its SQL."""
        ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Value]], /) -> Result:
        """Run one statement for each row of values."""
        ...

    def texts_in(self, parameter: str) -> str:
        """Return a select of the texts in a JSON list: `IN ({texts_in(":ids")})`."""
        ...

    def lists_in(self, parameter: str) -> str:
        """Return a table of the lists in a JSON list of lists: `FROM {lists_in(":keys")} AS j`.

        Its one column is read with `j.value ->> 0`, which is text on one of the two databases
        whatever it was: numbers need `CAST(j.value ->> 0 AS BIGINT)`.
        """
        ...

    def days_apart(self, left: str, right: str) -> str:
        """Return an expression: how far two moments (columns or parameters) are apart."""
        ...

    def reserve_ids(self, table: str, count: int) -> int:
        """Return the first of `count` ids of `mentions` or `items` that were never used before.

        For rows that this transaction inserts with these ids.
        """
        ...

    def last_id(self, table: str) -> int:
        """Return the largest id that a numbered table ever gave out; 0 for none."""
        ...

    def keep_ids_above(self, table: str, last: int) -> None:
        """Let a numbered table give out ids above `last` and above those it holds."""
        ...

    def matching(self, parameter: str) -> str:
        """Return a select of `mention_id` of all that a full-text expression finds."""
        ...

    def index(self, rows: Sequence["Indexed"]) -> None:
        """Put mentions into the full-text index, where they are not yet."""
        ...

    def unindex(self, mention_ids: Sequence[int]) -> None:
        """Take mentions out of the full-text index."""
        ...


def ids_in(conn: Transaction, parameter: str) -> str:
    """Return a select of the column `id`: the numbers of a parameter that `id_list` made."""
    return f"SELECT CAST(t.value AS BIGINT) AS id FROM ({conn.texts_in(parameter)}) AS t"  # noqa: S608 - names of our own


def id_list(ids: Iterable[int]) -> str:
    """Return ids as `ids_in` reads them; none that no column could hold."""
    return json.dumps([str(one) for one in sorted(ids) if 0 < one <= MAX_ID])


class Indexed(NamedTuple):
    """What the full-text index holds of a mention."""

    mention_id: int
    text: str
    owners: tuple[str, ...]
    """The OPD that may see its item."""


class SqlDatabase(ABC):
    """Gives every method of a store one transaction."""

    @abstractmethod
    def _read(self) -> AbstractContextManager[Transaction]:
        """Give a transaction whose reads all see the same moment; never waits for a writer."""

    @abstractmethod
    def _write(self, *, wait: bool = True) -> AbstractContextManager[Transaction]:
        """Give a transaction that commits at the end or, on any error, never was.

        There is one writer at a time, so what it read first still holds when it writes. Without
        `wait` raise StoreBusy at once when there is another.
        """

    @abstractmethod
    def _match(self, words: Sequence[str], opds: Sequence[str]) -> str:
        """Return a full-text expression: all `words`, owned by one of `opds` (none: by anyone).

        The last word, if it is long enough, matches beginnings (`search.is_prefix`).
        """
