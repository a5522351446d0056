"""Full text on PostgreSQL: the same words, and the same meaning of a search, as FTS5 has.

PostgreSQL's own parser knows other words (hosts, mail addresses, hyphenated compounds), so texts
are cut into words here, as FTS5's `unicode61 remove_diacritics 2` cuts them
(https://sqlite.org/fts5.html#unicode61_tokenizer), and stored ready as a tsvector.
"""

import re
import unicodedata
from collections.abc import Sequence

from tanggap.store.search import is_prefix, normalised

_WORD = re.compile(r"[^\W_]+")
_MAX_TOKEN = 500
"""Characters of a word that count; PostgreSQL refuses lexemes of 2,048 bytes and more."""
_MAX_TOKENS = 30_000
"""Words of a text that count: a tsvector holds less than 1 MB."""
_LAST_POSITION = 16_383
"""PostgreSQL counts no further; it keeps at most 255 positions of one lexeme."""
_MAX_POSITIONS = 255
_DIACRITICS = re.compile("[\u0300-\u0331]")
"""Those that FTS5 knows; a mark of another script divides words there, and so it does here."""
_OWNER = "@"
"""Begins the lexeme of an OPD; no word does."""


def tokens(text: str) -> list[str]:
    """Return the words of a normalised text as both databases find them: no diacritics."""
    plain = unicodedata.normalize("NFC", _DIACRITICS.sub("", unicodedata.normalize("NFD", text)))
    return [word[:_MAX_TOKEN] for word in _WORD.findall(plain)]


def vector(text: str, owners: Sequence[str]) -> str:
    """Return what the index holds of a text and its owners, written as a tsvector."""
    positions: dict[str, list[int]] = {}
    for position, token in enumerate(tokens(normalised(text))[:_MAX_TOKENS], 1):
        kept = positions.setdefault(token, [])
        if position <= _LAST_POSITION and len(kept) < _MAX_POSITIONS:
            kept.append(position)
    parts = [
        _quoted(token) + (":" + ",".join(map(str, places)) if places else "")
        for token, places in positions.items()
    ]
    return " ".join([*parts, *(_quoted(_OWNER + opd) for opd in owners)])


def match_expression(words: Sequence[str], opds: Sequence[str]) -> str:
    """Return a tsquery: all `words`, owned by one of `opds` (none: by anyone).

    Each lexeme is quoted, so nothing that is typed is syntax. What was typed as one word and
    holds several (`jl.merdeka`) is found where they stand side by side. Empty when nothing is left.
    """
    phrases = [[_quoted(token) for token in tokens(word)] for word in words]
    phrases = [phrase for phrase in phrases if phrase]
    if not phrases:
        return ""
    if is_prefix(words[-1]):
        phrases[-1][-1] += ":*"
    parts = [f"({' <-> '.join(phrase)})" for phrase in phrases]
    if opds:
        parts.append(f"({' | '.join(_quoted(_OWNER + opd) for opd in opds)})")
    return " & ".join(parts)


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
