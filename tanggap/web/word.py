"""A caption with its meaning, as the words of the desk are made of."""

from typing import NamedTuple


class Word(NamedTuple):
    """A caption and what it means, for a tooltip or a line of help."""

    caption: str
    meaning: str
