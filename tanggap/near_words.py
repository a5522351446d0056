"""The hint behind a name that is not known: the nearest one that is."""

import difflib
from collections.abc import Iterable

USUAL = 0.6


def near(word: str, known: Iterable[str], *, likeness: float = USUAL) -> str:
    """Return the known name that is nearest; empty when none is at least so alike (0..1)."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=likeness)), "")


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the hint behind a name that is not known; empty when none is near it."""
    name = near(word, known)
    return f"; mungkin maksudnya `{name}`" if name else ""
