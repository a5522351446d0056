"""Two problems in one text: its parts, and the sectors that they surely speak of.

A part counts when it says in plain words what goes wrong (`classifier.problems`: "lampu jalan
mati", not "dekat puskesmas"). Only complaints with such a part about another sector than the best
one are looked at again; each of those parts is then scored by itself, and its sector is believed

- where the model is sure of it too: less sure after a word that adds something ("selain itu",
  "belum lagi"), or when the whole text shows the sector;
- or where the whole text shows it and the words of the part speak of no other.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from classifier.problems import problems
from classifier.text import words

SEEN = 0.1
"""Share of a sector in the whole text from which it is seen there."""
SURE = 0.7
"""Confidence from which a part speaks of a further sector."""
SURE_ENOUGH = 0.5
"""The same after an adding word, or where the whole text shows it."""
LEADING = 0.5
"""Confidence of the best sector below which nobody knows what the first problem is."""
LEAST_WORDS = 3
MOST_PARTS = 8
Share = tuple[str, float]
"""Sector and its probability."""

_ADDING = (
    "juga", "jg", "jga", "selain", "sekalian", "satu lagi", "belum lagi", "blm lagi", "plus",
    "ditambah", "tambah lagi", "pula", "sisan", "sakalian", "oge", "ge", "yo", "ugi",
)  # fmt: skip
_JOINING = (
    *_ADDING, "dan", "sama", "terus", "trus", "trs", "mana", "lagian", "karo", "lan", "ambek",
    "jeung", "sareng", "oh iya", "btw", "kalau", "kalo", "sementara", "sedangkan", "malah",
    "apalagi", "padahal", "sampai", "sampe",
)  # fmt: skip
_ADDED = re.compile(r"\b(?:" + "|".join(_ADDING) + r")\b")
_JOINT = re.compile(r"[.!?;,\n()/]+|\s[-\u2013]\s|\b(?:" + "|".join(_JOINING) + r")\b")
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text that says what goes wrong."""

    text: str
    complains_of: frozenset[str]
    """Sectors, by its plain words."""


def parts_to_ask(cleaned: str, lead: str) -> list[Part]:
    """Return the parts of a `clean` text that complain of another sector than the best one."""
    if not problems(words(cleaned)) - {lead}:  # most texts
        return []
    found = parts(cleaned)
    if len(found) < 2:
        return []
    told = (Part(part, problems(words(part))) for part in found)
    return [part for part in told if part.complains_of - {lead}]


def parts(cleaned: str) -> list[str]:
    """Return the parts of a `clean` text that can speak for themselves, in order.

    What is too short to say anything goes with the part after it, at the end with the one before.
    """
    found: list[str] = []
    start = 0
    for end in [*(match.start() for match in _JOINT.finditer(cleaned)), len(cleaned)]:
        piece = cleaned[start:end].strip()
        if len(_WORD.findall(piece)) >= LEAST_WORDS:
            found.append(piece)
            start = end
    rest = cleaned[start:].strip()
    if found and rest:
        found[-1] = f"{found[-1]} {rest}"
    return found[:MOST_PARTS]


def further_sectors(
    cleaned: str, sectors: Sequence[Share], asked: Sequence[tuple[Part, Share]]
) -> tuple[str, ...]:
    """Return the sectors besides the best one that a text surely speaks of, in order.

    `sectors`: those of the whole text, best first; `asked`: parts with the best sector of each.
    """
    lead, confidence = sectors[0]
    if confidence < LEADING:
        return ()
    added = _ADDED.search(cleaned) is not None
    seen = {sector for sector, share in sectors if share >= SEEN}
    believed: list[str] = []
    for part, (best, share) in asked:
        limit = SURE_ENOUGH if added or best in seen else SURE
        if best in part.complains_of and share >= limit:
            believed.append(best)
        elif best != lead and len(part.complains_of) == 1:
            believed += part.complains_of & seen
    return tuple(one for one in dict.fromkeys(believed) if one != lead)
