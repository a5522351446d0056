"""Whether two mentions may tell of one incident. Pure.

A machine only suggests, so the rule would rather miss a pair than bring strangers together: one
sector, near in time, one place, and words that are rare among what was written lately. "Min jalan
rusak min" says nothing that half the city could not say, so a very short text is like another one
only where both name the same street or building within hours.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from tanggap.complaint_words import (
    BEFORE,
    BEHIND,
    BUILDINGS,
    HALF,
    MARKERS,
    NO_NAME,
    NUMBERED,
    OF_ANY,
    ONE_IN_TOWN,
    PASSING,
    PLAIN,
    SAME,
    SILENT,
    SURE,
    SWALLOWED,
)

SPAN = timedelta(hours=48)
"""Further apart, two mentions are never suggested as one incident."""
SHORT_SPAN = timedelta(hours=12)
"""As SPAN, where one of them is very short or tells of what passes within hours."""
CONTENT_WORDS = 6
"""With fewer words that say something, a text is very short."""
WITH_NAME, WITH_BUILDING, WITHOUT_NAME = 0.22, 0.32, 0.42
"""How alike the words must be: where both name the same street or building; where both are at the
one station of one kecamatan; where only the kecamatan agrees."""
WORDS_SHOWN = 5
MAX_LENGTH = 2000

_LINK = re.compile(r"(?:https?://|www\.)\S+|<url>", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w.])@[\w.]*\w|<user>", re.IGNORECASE)
_HASHTAG = re.compile(r"#\w+")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_WORD = re.compile(r"[^\W_]+")

_TEXTS_AT_LEAST = 50
_SHORTEST_STEM = 4
_SHORTEST_NEAR = 6
_AREA_WORDS = 2


@dataclass(frozen=True, slots=True)
class Told:
    """A mention as it is compared."""

    sector: str | None
    kecamatan: str | None
    posted_at: datetime
    words: frozenset[str]
    """Stems of the words that say something, those of names among them."""
    names: dict[str, str]
    """Names of streets and buildings, those of two words as one ("bukitindah"): as written."""
    areas: frozenset[str]
    """Kecamatan and kelurahan that stand in the text."""
    pairs: frozenset[str]
    """Every two words that stand together, as one."""
    numbers: frozenset[tuple[str, str]]
    """Numbers of RT, RW, block, school and the like."""
    passing: bool
    """Whether it tells of something that is over within hours."""
    said: dict[str, str]
    """Each stem as it was written."""

    @property
    def short(self) -> bool:
        """Whether it has too few words to be told from others by them."""
        return len(self.words) < CONTENT_WORDS


@dataclass(frozen=True, slots=True)
class Likeness:
    """Why two mentions may be one incident."""

    score: float
    """Share of the rare words that both have, 0..1."""
    names: tuple[str, ...]
    """Streets and buildings that both name."""
    words: tuple[str, ...]
    """The rarest other words that both have, at most WORDS_SHOWN."""
    apart: timedelta
    kecamatan: str | None
    """The kecamatan that both are known to be in."""


def told(
    text: str,
    posted_at: datetime,
    sector: str | None,
    kecamatan: str | None,
    wide: Collection[str] = (),
) -> Told:
    """Return a mention ready to be compared; `wide`: names of areas as `area_names` gives them."""
    plain = (word.removesuffix("2") if word[0].isalpha() else word for word in words_of(text))
    words = [SAME.get(word, word) for word in plain]
    pairs = {one + other: (one, other) for one, other in pairwise(words)}
    areas = frozenset(name for name in wide if name in pairs or name in words)
    of_areas = {part for name in areas for part in pairs.get(name, (name,))}
    said: dict[str, str] = {}
    for word in words:
        if word not in SILENT and word not in of_areas and len(word) > 1 and not word.isdigit():
            said.setdefault(stem(word), word)
    return Told(
        sector=sector,
        kecamatan=kecamatan,
        posted_at=posted_at,
        words=frozenset(said),
        names=_names(words, areas),
        areas=areas,
        pairs=frozenset(pairs),
        numbers=_numbers(words),
        passing=not PASSING.isdisjoint(words) or not PASSING.isdisjoint(said),
        said=said,
    )


def area_names(names: Iterable[str]) -> frozenset[str]:
    """Return names of kecamatan and kelurahan as texts are searched for them; of one or two words.

    "Sukamaju Utara" becomes "sukamajuutara", longer ones are left out.
    """
    split = (words_of(name) for name in names)
    return frozenset("".join(words) for words in split if 0 < len(words) <= _AREA_WORDS)


def words_of(text: str) -> list[str]:
    """Return the words of a text, lower case, without links, handles and hashtags.

    But for the hashtags these are the words that the classifier reads.
    """
    text = unicodedata.normalize("NFKC", text[:MAX_LENGTH])
    for one in (_LINK, _HANDLE, _HASHTAG):
        text = one.sub(" ", text)
    return _WORD.findall(_STRETCHED.sub(r"\1", text.lower()))


def stem(word: str) -> str:
    """Return a word without the commonest beginnings and ends: "berlubang" becomes "lubang"."""
    for end in BEHIND:
        if word.endswith(end) and len(word) - len(end) >= _SHORTEST_STEM:
            word = word[: -len(end)]
            break
    for start in BEFORE:
        if word.startswith(start) and len(word) - len(start) >= _SHORTEST_STEM:
            word = word[len(start) :]
            if start in SWALLOWED and word[0] in "aiueo":
                word = SWALLOWED[start] + word
            break
    return SAME.get(word, word)


def rarity(lately: Iterable[Told]) -> "Rarity":
    """Return how rare each word is among what was told lately (the sector's window)."""
    counted: Counter[str] = Counter()
    texts = 0
    for one in lately:
        counted.update(one.words)
        texts += 1
    return Rarity(counted, texts)


@dataclass(frozen=True, slots=True)
class Rarity:
    """In how many texts of the window each word stands."""

    counted: Counter[str]
    texts: int

    def of(self, word: str) -> float:
        """Return a word's weight: more the rarer it is.

        As if there were many other texts at least, and never nothing: a window of three texts
        says little of what is rare.
        """
        texts = max(self.texts, _TEXTS_AT_LEAST)
        return 1.0 + math.log(texts / min(max(self.counted[word], 1), texts))


def likeness(left: Told, right: Told, rare: Rarity) -> Likeness | None:
    """Return why two mentions may be one incident, None when they are not suggested.

    The same whichever of them comes first.
    """
    apart = abs(left.posted_at - right.posted_at)
    if left.sector is None or left.sector != right.sector or apart > SPAN:
        return None
    if left.kecamatan and right.kecamatan and left.kecamatan != right.kecamatan:
        return None
    if apart > SHORT_SPAN and (left.short or right.short or left.passing or right.passing):
        return None
    if _numbered_apart(left.numbers, right.numbers):
        return None
    both = _named_by(left, right) | _named_by(right, left)
    kecamatan = left.kecamatan if left.kecamatan == right.kecamatan else None
    in_area = bool(kecamatan or left.areas & right.areas)
    needed = WITH_NAME
    if both <= ONE_IN_TOWN and not (in_area and left.numbers & right.numbers):
        elsewhere = _apart(left.names, right.names) or _apart(left.areas, right.areas)
        if left.short or right.short or not in_area or (elsewhere and not both):
            return None
        needed = WITH_BUILDING if both else WITHOUT_NAME
    shown = {(left.names | right.names)[name] for name in both}
    no_topic = MARKERS | {stem(part) for name in shown for part in name.split()}
    one, other = left.words - no_topic, right.words - no_topic
    shared = one & other
    score = _score(one, other, shared, rare)
    if not shared or score < needed:
        return None
    ranked = sorted(shared, key=lambda word: (-rare.of(word), word))
    return Likeness(
        score=score,
        names=tuple(sorted(shown)),
        words=tuple(min(left.said[word], right.said[word]) for word in ranked[:WORDS_SHOWN]),
        apart=apart,
        kecamatan=kecamatan,
    )


def _score(
    left: frozenset[str], right: frozenset[str], shared: frozenset[str], rare: Rarity
) -> float:
    """Return the mean of cosine and of what the shorter text shares, weighted by rarity."""
    mass, one, other = (
        math.fsum(rare.of(word) for word in words) for words in (shared, left, right)
    )
    if not mass:
        return 0.0
    return (mass / math.sqrt(one * other) + mass / min(one, other)) / 2


def _names(words: Sequence[str], areas: frozenset[str]) -> dict[str, str]:
    """Return the names behind words of place; one of a whole area only with its building."""
    names: dict[str, str] = {}
    for at, word in enumerate(words):
        if word not in MARKERS:
            continue
        if word in ONE_IN_TOWN:
            names[word] = word
            continue
        first, second, third = (*words[at + 1 : at + 4], "", "", "")[:3]
        if word in NUMBERED and first.isdecimal():
            names[word + first] = f"{word} {first}"
            continue
        if word == "kali" and at and words[at - 1].isdecimal():
            continue  # "5 kali lipat"
        if word in BUILDINGS and first in BUILDINGS and first not in HALF:
            continue
        if first in OF_ANY:
            first, second = second, third
        if first in areas or first + second in areas:
            name = first if first in areas else f"{first} {second}"
            names[word + name.replace(" ", "")] = f"{word} {name}"
        elif first in HALF and second:
            names[first + second] = f"{first} {second}"
        elif len(first) > 2 and not _is_plain(first, sure=word in SURE):
            names[first] = first
    return names


def _is_plain(word: str, *, sure: bool) -> bool:
    """Whether a word is no name; `sure`: it stands where names stand."""
    known = SILENT | NO_NAME | MARKERS if sure else PLAIN
    return word.endswith("nya") or not word.isalpha() or word in known or stem(word) in known


def _numbers(words: Sequence[str]) -> frozenset[tuple[str, str]]:
    return frozenset(
        (word, number.lstrip("0"))
        for word, number in pairwise(words)
        if word in NUMBERED and (number.isdecimal() or len(number) == 1)
    )


def _numbered_apart(left: frozenset[tuple[str, str]], right: frozenset[tuple[str, str]]) -> bool:
    """Whether both name an RT (or block, school ...), and not the same."""
    kinds = {kind for kind, _ in left} & {kind for kind, _ in right}
    return any(
        not {one for one in left if one[0] == kind} & {one for one in right if one[0] == kind}
        for kind in kinds
    )


def _apart(left: Collection[str], right: Collection[str]) -> bool:
    """Whether both name something, and nothing in common."""
    return bool(left and right) and set(left).isdisjoint(right)


def _named_by(left: Told, right: Told) -> frozenset[str]:
    """Return the names of `left` that stand in `right`; of longer ones one letter may be wrong."""
    spoken = {*right.names, *right.pairs, *right.said.values()}
    found = frozenset(
        name for name in left.names if name in (right.names if name in PLAIN else spoken)
    )
    near = {
        name
        for name in left.names.keys() - found
        if len(name) >= _SHORTEST_NEAR
        and any(len(other) >= _SHORTEST_NEAR and _nearly(name, other) for other in right.names)
    }
    return found | near


def _nearly(one: str, other: str) -> bool:
    """Whether one letter is wrong, missing or too many."""
    if abs(len(one) - len(other)) > 1:
        return False
    if len(one) > len(other):
        one, other = other, one
    start = next((at for at, letter in enumerate(one) if letter != other[at]), len(one))
    return one[start + (len(one) == len(other)) :] == other[start + 1 :]
