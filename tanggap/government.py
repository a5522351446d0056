"""What the local government is called, by the name of its city or regency. Pure rules."""

import re

_KINDS = {
    "kota": "Kota",
    "pemkot": "Kota",
    "kabupaten": "Kabupaten",
    "kab": "Kabupaten",
    "pemkab": "Kabupaten",
    "provinsi": "Provinsi",
    "prov": "Provinsi",
    "pemprov": "Provinsi",
    "daerah": "Daerah",
    "pemda": "Daerah",
}
"""How the name of a city begins, to what its government is of."""
_OTHERS = {
    "Kota": re.compile(r"\b(?:pemerintah\s+kabupaten|pemkab)\b", re.IGNORECASE),
    "Kabupaten": re.compile(r"\b(?:pemerintah\s+kota|pemkot)\b", re.IGNORECASE),
}


def government_of(city: str) -> str:
    """Return "Pemerintah Kabupaten Contoh" for "Kabupaten Contoh" or "Kab. Contoh".

    A name that does not say what it is of gets "Pemerintah Daerah".
    """
    words = city.split()
    if words and words[0].casefold() == "pemerintah":
        words = words[1:]
    kind = _KINDS.get(words[0].casefold().rstrip(".")) if words else None
    return " ".join(("Pemerintah", kind or "Daerah", *(words[1:] if kind else words)))


def other_government(text: str, government: str) -> str:
    """Return the words by which a text calls a regency a city, or the other way round; or "".

    Words with another name behind them are another government's: that is named rightly.
    """
    _, kind, *name = government.split()
    own = " ".join(name).casefold()
    for found in _OTHERS[kind].finditer(text) if kind in _OTHERS else ():
        behind = " ".join(text[found.end() :].split())
        if not behind[:1].isupper() or behind.casefold().startswith(own or behind):
            return " ".join(found[0].split())
    return ""
