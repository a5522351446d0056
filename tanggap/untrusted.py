"""Text that strangers wrote, made fit for a page or a terminal. The original is never changed.

Takes care of characters that steer a terminal, turn the reading direction, pile up, or are
invisible. Escaping for HTML is the page's business.
"""

import re
import unicodedata

SHOWN_AT_MOST = 50_000
"""Characters of one text that are shown; the longest post of the networks has 25 000."""
MARKS_AT_MOST = 4
"""Combining marks kept on one letter: enough for every living script, too few for towers."""

_MANY_LINES = re.compile(r"\n{4,}")
# Unbalanced isolates can close the isolation of the element around them, so they are dropped, as
# are soft hyphens: some thousands of them keep Chromium 156 busy for minutes. Overrides and
# embeddings are shown, since nobody writes them without a purpose.
_DROPPED = frozenset("\u00ad\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff")
_REVEALED = frozenset("\u202a\u202b\u202c\u202d\u202e")


def clean(text: str) -> str:
    """Return `text` for display: no controls, no direction tricks, no towers of marks."""
    text = text[:SHOWN_AT_MOST]
    if not text.isascii() or not text.isprintable():
        text = "".join(_calm(text))
    return _MANY_LINES.sub("\n\n\n", text)


def _calm(text: str) -> list[str]:
    out: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if category in ("Mn", "Me"):
            marks += 1
            if marks > MARKS_AT_MOST:
                continue
        else:
            marks = 0
        if character in _DROPPED:
            continue
        if character in _REVEALED:
            out.append(f"[U+{ord(character):04X}]")
        elif character in "\n\t":
            out.append(character)
        elif category in ("Cc", "Cs"):
            out.append("\ufffd")
        else:
            out.append(character)
    return out


def one_line(text: str, at_most: int = 280) -> str:
    """Return `text` cleaned, on one line, cut at a word near `at_most` characters."""
    words = " ".join(clean(text[: at_most * 8]).split())
    if len(words) <= at_most:
        return words
    cut = words[:at_most]
    return (cut.rsplit(" ", 1)[0] if " " in cut[at_most // 2 :] else cut) + " \u2026"
