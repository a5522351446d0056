"""Full text: an index that lags by seconds, since a trigger would cost three quarters of the
write speed (measured), and what people type, made safe for it."""

import json
import sqlite3
import unicodedata
from collections.abc import Sequence

from tanggap.store.codec import clean, list_of
from tanggap.store.sqlite_connections import SqliteConnections
from tanggap.store.sqlite_items import ALL, note_changes

_MARK = "indexed_to"
_MAX_WORDS = 24
"""FTS5 refuses deeper expressions (256); nobody types more."""
_MAX_WORD = 64
_MIN_PREFIX = 3


def normalised(text: str) -> str:
    """Return text as the index sees it: NFC, lower case."""
    return unicodedata.normalize("NFC", clean(text)).lower()


def owner_token(opd: str) -> str:
    """Return a word that stands for an OPD; ids may hold characters that split words."""
    return "o" + opd.encode().hex()


def match_expression(text: str, opds: Sequence[str]) -> str:
    """Return an FTS5 expression: all words of `text`, owned by one of `opds` (none: by anyone).

    Each word is a quoted string, so nothing that is typed is FTS5 syntax. The last one matches
    beginnings, as people expect while they type (from three letters on: fewer match everything).
    Empty when the text holds no word at all.
    """
    words = [
        word[:_MAX_WORD]
        for word in normalised(text[: _MAX_WORDS * _MAX_WORD]).split()[:_MAX_WORDS]
        if any(unicodedata.category(char)[0] in "LN" for char in word)
    ]
    if not words:
        return ""
    quoted = [_quoted(word) for word in words]
    if len(words[-1]) >= _MIN_PREFIX:
        quoted[-1] += " *"
    expression = f"words : ({' AND '.join(quoted)})"
    if opds:
        owners = " OR ".join(_quoted(owner_token(opd)) for opd in opds)
        expression += f" AND owners : ({owners})"
    return expression


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


class SqliteSearch(SqliteConnections):
    """Keeps the full-text index."""

    def index_text(self, limit: int) -> int:
        """Bring the full-text index up to date by at most `limit` mentions; return how many.

        Only mentions with an item are searched for, so only those are put into the index.
        """
        with self._read() as conn:
            stale, new = _outdated(conn, limit)
        if not stale and not new:
            return 0
        with self._write() as conn:
            stale, new = _outdated(conn, limit)
            mark = _mark(conn)
            changed = [(mention_id,) for mention_id in stale]
            conn.executemany("DELETE FROM search WHERE rowid = ?", changed)
            conn.executemany("DELETE FROM reindex WHERE mention_id = ?", changed)
            # One beyond the mark comes with the new ones, now or in a later round.
            wanted = [mention_id for mention_id in stale if mention_id <= mark] + new
            rows = conn.execute(
                "SELECT m.id, m.text, i.opd, i.supporting FROM json_each(?) AS j "
                "CROSS JOIN mentions AS m ON m.id = j.value "
                "CROSS JOIN items AS i ON i.mention_id = m.id",
                (json.dumps(wanted),),
            ).fetchall()
            conn.executemany(
                "INSERT INTO search (rowid, words, owners) VALUES (?, ?, ?)",
                [
                    (row["id"], normalised(row["text"]), " ".join(map(owner_token, _owners(row))))
                    for row in rows
                ],
            )
            if rows:
                # Searches find them from now on.
                note_changes(conn, {ALL, *(opd for row in rows for opd in _owners(row))})
            if new:
                conn.execute(
                    "INSERT INTO meta VALUES (?, ?) "
                    "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    (_MARK, str(new[-1])),
                )
            return len(stale) + len(new)


def _outdated(conn: sqlite3.Connection, limit: int) -> tuple[list[int], list[int]]:
    """Return ids of mentions to index again and of new ones, at most `limit` together."""
    stale = conn.execute("SELECT mention_id FROM reindex ORDER BY 1 LIMIT ?", (limit,)).fetchall()
    new = conn.execute(
        "SELECT id FROM mentions WHERE id > ? ORDER BY id LIMIT ?",
        (_mark(conn), limit - len(stale)),
    ).fetchall()
    return [row[0] for row in stale], [row[0] for row in new]


def _mark(conn: sqlite3.Connection) -> int:
    row = conn.execute("SELECT value FROM meta WHERE key = ?", (_MARK,)).fetchone()
    return 0 if row is None else int(row["value"])


def _owners(row: sqlite3.Row) -> list[str]:
    return [*([row["opd"]] if row["opd"] else []), *list_of(row["supporting"])]
