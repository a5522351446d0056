"""What SQLite says in its own way: lists as parameters, ids, full text by FTS5."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import sqlite3
from collections.abc import Sequence

from tanggap.store.database import Indexed
from tanggap.store.search import is_prefix, normalised, owner_token


class SqliteTransaction(sqlite3.Connection):
    """Implements `tanggap.store.database.Transaction`."""

    def take_your_time(self) -> None:
        """Do nothing: a file ends no transaction."""

    def texts_in(self, parameter: str) -> str:
        """Return a select of the texts in a JSON list."""
        return f"SELECT value FROM json_each({parameter})"

    def lists_in(self, parameter: str) -> str:
        """Return a table of the lists in a JSON list of lists."""
        return f"json_each({parameter})"

    def days_apart(self, left: str, right: str) -> str:
        """Return an expression: how far two moments are apart."""
        return f"abs(julianday({left}) - julianday({right}))"

    def reserve_ids(self, table: str, count: int) -> int:
        """Return the first of `count` ids that were never used before.

        AUTOINCREMENT notes the largest id by itself when the rows go in.
        """
        row = self.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        return 1 if row is None else int(row["seq"]) + 1

    def last_id(self, table: str) -> int:
        """Return the largest id that a numbered table ever gave out; 0 for none."""
        row = self.execute(
            f'SELECT max((SELECT coalesce(max(id), 0) FROM "{table}"), '
            "coalesce((SELECT seq FROM sqlite_sequence WHERE name = ?), 0)) AS last",
            (table,),
        ).fetchone()
        return int(row["last"])

    def keep_ids_above(self, table: str, last: int) -> None:
        """Let a numbered table give out ids above `last`; those without a sequence cannot."""
        made = self.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        if "AUTOINCREMENT" in made["sql"]:
            last = max(last, self.last_id(table))
            self.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            self.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))

    def matching(self, parameter: str) -> str:
        """Return a select of `mention_id` of all that a full-text expression finds."""
        return f"SELECT rowid AS mention_id FROM search WHERE search MATCH {parameter}"

    def index(self, rows: Sequence[Indexed]) -> None:
        """Put mentions into the full-text index, where they are not yet."""
        self.executemany(
            "INSERT INTO search (rowid, words, owners) VALUES (?, ?, ?)",
            [
                (row.mention_id, normalised(row.text), " ".join(map(owner_token, row.owners)))
                for row in rows
            ],
        )

    def unindex(self, mention_ids: Sequence[int]) -> None:
        """Take mentions out of the full-text index."""
        self.executemany("DELETE FROM search WHERE rowid = ?", [(one,) for one in mention_ids])


def match_expression(words: Sequence[str], opds: Sequence[str]) -> str:
    """Return an FTS5 expression: all `words`, owned by one of `opds` (none: by anyone).

    Each word is a quoted string, so nothing that is typed is FTS5 syntax.
    """
    quoted = [_quoted(word) for word in words]
    if is_prefix(words[-1]):
        quoted[-1] += " *"
    expression = f"words : ({' AND '.join(quoted)})"
    if opds:
        owners = " OR ".join(_quoted(owner_token(opd)) for opd in opds)
        expression += f" AND owners : ({owners})"
    return expression


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
