"""A citizen's text as the classifier reads it: cleaned, in tokens, in words. Words only."""

import re
import unicodedata

MAX_LENGTH = 20_000
"""Characters that are looked at; what follows in a longer text is not read."""

LINK = "xxtautan"
HANDLE = "xxakun"
NUMBER = "0"
_MARKS = frozenset({LINK, HANDLE})

_LINK = re.compile(r"(?:https?://|www\.)\S+|<url>", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w.])@[\w.]*\w|<user>", re.IGNORECASE)
_MASK = re.compile(r"<(?:id|phone|num|email)>", re.IGNORECASE)
_HASHTAG = re.compile(r"#(\w+)")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_TOKEN = re.compile(r"[^\W_]+|[^\s\w]")
_WORD = re.compile(r"[^\W_]+")


def clean(text: str) -> str:
    """Return the text composed and lower case, with one mark for each link and each handle.

    Hashtags are split at capitals and underscores; a letter written three times or more counts
    once ("bangeeet"). The rest of the module's shapes start from here.
    """
    text = unicodedata.normalize("NFKC", text[:MAX_LENGTH])
    if "http" in text or "www." in text or "HTTP" in text or "<" in text:
        text = _MASK.sub(f" {NUMBER} ", _LINK.sub(f" {LINK} ", text))
    if "@" in text or "<" in text:
        text = _HANDLE.sub(f" {HANDLE} ", text)
    if "#" in text:
        text = _HASHTAG.sub(_split_hashtag, text)
    return _STRETCHED.sub(r"\1", text.lower())


def tokens(cleaned: str) -> list[str]:
    """Return words, punctuation marks and emoji of a `clean` text; numbers become one token."""
    return _TOKEN.findall(_NUMBER.sub(NUMBER, cleaned))


def words(cleaned: str) -> list[str]:
    """Return the words and numbers of a `clean` text without the marks: for whole-word search."""
    return [word for word in _WORD.findall(cleaned) if word not in _MARKS]


def tokens_of(text: str) -> list[str]:
    """Return the tokens of a text as it came."""
    return tokens(clean(text))


def words_of(text: str) -> list[str]:
    """Return the words of a text as it came: "Jl. Alun-Alun" becomes jl, alun, alun."""
    return words(clean(text))


def _split_hashtag(match: re.Match[str]) -> str:
    return f" {_CAMEL.sub(' ', match.group(1))} "
