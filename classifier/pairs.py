"""Pairs of words: one of each of two groups, near each other in a text.

No list of phrases holds all that people write ("lampunya udah seminggu mati", "mati terus tuh
lampu"); two short lists of words do.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

NEAR = 8
"""Words from one to the other, at most."""

LONGEST = 30
"""Letters of the longest word that is looked up, and remembered."""
REMEMBERED = 20_000
"""Words whose groups are remembered: most words come again and again."""

_OTHERWISE = frozenset((
    ("kereta", "api"), ("kembang", "api"), ("korek", "api"), ("gunung", "api"), ("api", "unggun"),
    ("air", "mata"), ("mata", "air"), ("rumah", "sakit"), ("banting", "harga"),
    ("banting", "tulang"), ("pukul", "rata"), ("tanah", "air"), ("lalu", "lintas"),
))  # fmt: skip
"""Two words that mean something else than each of them; neither is looked at."""


class Found(NamedTuple):
    """A pair that stands in a text."""

    number: int
    """Which pair of groups."""
    words: str
    """The two words, as they stand there."""


class Pairs:
    """Pairs of groups of words, separated by blanks; `*` stands for any letters."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._groups = [(any_of(first), any_of(second)) for first, second in pairs]
        self._roles: dict[str, tuple[tuple[int, int], ...]] = {}
        self._plain: set[str] = set()
        """Words of no group; most words of a text are, and come again and again."""

    def find(self, words: Sequence[str]) -> list[Found]:
        """Return the pairs that stand in the words of a text, in the order of the groups."""
        roles = {word: self._roles_of(word) for word in set(words).difference(self._plain)}
        places: dict[tuple[int, int], list[int]] = {}
        for position in [at for at, word in enumerate(words) if roles.get(word)]:
            if not _means_otherwise(words, position):
                for role in roles[words[position]]:
                    places.setdefault(role, []).append(position)
        found: list[Found] = []
        for number, side in sorted(places):
            if side == 0 and (number, 1) in places:
                pair = _nearest(places[number, 0], places[number, 1])
                if pair is not None:
                    found.append(Found(number, " ".join(words[at] for at in pair)))
        return found

    def _roles_of(self, word: str) -> tuple[tuple[int, int], ...]:
        """Return the groups that hold a word: number of the pair, and 0 or 1 in it."""
        if len(word) > LONGEST:
            return ()
        known = self._roles.get(word)
        if known is None:
            known = tuple(
                (number, side)
                for number, groups in enumerate(self._groups)
                for side, group in enumerate(groups)
                if group.fullmatch(word)
            )
            if len(self._roles) + len(self._plain) >= REMEMBERED:
                self._roles, self._plain = {}, set()
            if known:
                self._roles[word] = known
            else:
                self._plain.add(word)
        return known


def any_of(words: str) -> re.Pattern[str]:
    """Return what matches any of some words, separated by blanks; `*` stands for any letters."""
    return re.compile("|".join(re.escape(word).replace(r"\*", r"\w*") for word in words.split()))


def _means_otherwise(words: Sequence[str], position: int) -> bool:
    return (
        tuple(words[position : position + 2]) in _OTHERWISE
        or tuple(words[max(0, position - 1) : position + 1]) in _OTHERWISE
    )


def _nearest(first: Sequence[int], second: Sequence[int]) -> tuple[int, int] | None:
    """Return the two positions that are nearest to each other, if near enough; in order."""
    sides = (frozenset(first), frozenset(second))
    last: list[int | None] = [None, None]
    best: tuple[int, int] | None = None
    for at in sorted(sides[0] | sides[1]):
        here = [side for side in (0, 1) if at in sides[side]]
        for side in here:
            before = last[1 - side]
            if before is not None and at - before <= (best[1] - best[0] - 1 if best else NEAR):
                best = before, at
        for side in here:
            last[side] = at
    return best
