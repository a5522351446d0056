"""Texts of strangers on a page: what links they hold, and where a line may break.

Auto-escaping keeps markup out and `tanggap.untrusted` characters that deceive; this module takes
care of links that look like others and words without an end.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from tanggap.untrusted import MARKS_AT_MOST, clean, one_line

__all__ = ["MARKS_AT_MOST", "Piece", "clean", "host_of", "one_line", "pieces"]

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


def pieces(text: str) -> list[Piece]:
    """Return `text` cleaned and split at its links."""
    text = clean(text)
    found: list[Piece] = []
    end = 0
    for match in _LINK.finditer(text):
        url = match.group().rstrip(_TRAILING)
        if not host_of(url):
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
