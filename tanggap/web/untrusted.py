"""Texts of strangers on a page: what links they hold, what of them is hidden, where a line breaks.

Auto-escaping keeps markup out and `tanggap.untrusted` characters that deceive; this module takes
care of links that look like others, words without an end, and personal data: every text goes
through `shown`, which hides it unless somebody asked to see it.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from tanggap import untrusted
from tanggap.personal import DOTS, mask
from tanggap.untrusted import MARKS_AT_MOST, clean

__all__ = ["MARKS_AT_MOST", "Piece", "clean", "host_of", "one_line", "pieces", "shown"]

_LINK = re.compile(r"https?://[^\s<>\"]{1,2000}", re.IGNORECASE)
_TRAILING = ".,;:!?)]}'\u201d\u2019\u2026"

# Chromium takes ten seconds to find the lines of one word of 30 000 letters (measured with
# version 156, 2026); with places to break it takes none. Never inside a cluster of marks or emoji.
# The two alternatives share no character, or the search would take exponential time.
_LONG_RUN = re.compile(r"(?:[^\W_]|[!-/:-@\[-`{-~]){60}(?=[^\W_]|[!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; `url` is set when it is a link that may be opened with care."""

    text: str
    url: str = ""

    @property
    def parts(self) -> list[str]:
        """The text in parts between which a line may break though there is no space."""
        # Cleaned text has no NUL, so it can mark the places.
        return _LONG_RUN.sub(r"\g<0>\0", self.text).split("\0")


def shown(text: str, *, revealed: bool = False) -> str:
    """Return `text` as a page may show it: cleaned, with the personal data in it hidden."""
    # Cleaned first: what is invisible could part a number that people read as one.
    text = clean(text)
    return text if revealed else mask(text)


def one_line(text: str, at_most: int = 280, *, revealed: bool = False) -> str:
    """Return `text` as `shown`, on one line, cut at a word near `at_most` characters."""
    # Hidden before it is cut: half a number is a number still.
    return untrusted.one_line(shown(text, revealed=revealed), at_most)


def pieces(text: str, *, revealed: bool = False) -> list[Piece]:
    """Return `text` as `shown`, split at its links; one that holds personal data is none."""
    text = shown(text, revealed=revealed)
    found: list[Piece] = []
    end = 0
    for match in _LINK.finditer(text):
        url = match.group().rstrip(_TRAILING)
        if not host_of(url) or DOTS in url:
            continue
        if match.start() > end:
            found.append(Piece(text[end : match.start()]))
        end = match.start() + len(url)
        found.append(Piece(url, url))
    if end < len(text):
        found.append(Piece(text[end:]))
    return found


def host_of(url: str) -> str:
    """Return the host of an http(s) address in ASCII (punycode), or "" when it has none."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not host or parts.port == 0:
            return ""
        return host.encode("idna").decode("ascii")
    except ValueError:  # UnicodeError of the idna codec is one, too
        return ""
