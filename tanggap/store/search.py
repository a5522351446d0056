"""Full text: an index that lags by seconds, since a trigger would cost three quarters of the
write speed (measured), and what people type, made safe for it."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import unicodedata

from tanggap.store.codec import Row, clean, list_of
from tanggap.store.database import Indexed, SqlDatabase, Transaction, id_list, ids_in
from tanggap.store.items import ALL, note_changes
from tanggap.store.meta import meta, set_meta

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


def typed_words(text: str) -> list[str]:
    """Return what a person typed as words of the index's own form; those without a letter go."""
    return [
        word[:_MAX_WORD]
        for word in normalised(text[: _MAX_WORDS * _MAX_WORD]).split()[:_MAX_WORDS]
        if any(unicodedata.category(char)[0] in "LN" for char in word)
    ]


def is_prefix(last_word: str) -> bool:
    """Whether the last word also matches beginnings, as people expect while they type.

    From three letters on: fewer match everything.
    """
    return len(last_word) >= _MIN_PREFIX


class Search(SqlDatabase):
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
            conn.unindex(stale)
            conn.executemany("DELETE FROM reindex WHERE mention_id = ?", [(one,) for one in stale])
            # One beyond the mark comes with the new ones, now or in a later round.
            wanted = [mention_id for mention_id in stale if mention_id <= mark] + new
            rows = conn.execute(
                "SELECT m.id, m.text, i.opd, i.supporting, i.confidential FROM mentions AS m "
                "JOIN items AS i ON i.mention_id = m.id "
                f"WHERE m.id IN ({ids_in(conn, '?')})",
                (id_list(wanted),),
            ).fetchall()
            conn.index([Indexed(row["id"], row["text"], _owners(row)) for row in rows])
            if rows:
                # Searches find them from now on.
                note_changes(conn, {ALL, *(opd for row in rows for opd in _owners(row))})
            if new:
                set_meta(conn, _MARK, str(new[-1]))
            return len(stale) + len(new)


def _outdated(conn: Transaction, limit: int) -> tuple[list[int], list[int]]:
    """Return ids of mentions to index again and of new ones, at most `limit` together."""
    stale = conn.execute("SELECT mention_id FROM reindex ORDER BY 1 LIMIT ?", (limit,)).fetchall()
    new = conn.execute(
        "SELECT id FROM mentions WHERE id > ? ORDER BY id LIMIT ?",
        (_mark(conn), limit - len(stale)),
    ).fetchall()
    return [row["mention_id"] for row in stale], [row["id"] for row in new]


def _mark(conn: Transaction) -> int:
    return int(meta(conn, _MARK) or 0)


def _owners(row: Row) -> tuple[str, ...]:
    supporting = () if row["confidential"] else list_of(row["supporting"])
    return (*([row["opd"]] if row["opd"] else []), *supporting)
