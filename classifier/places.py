"""Which kecamatan a text speaks of, by the gazetteer of the city's policy.

A name counts by itself ("automatic") after kec./kel./ds. or the title of its head ("lurah"),
when two different names of one kecamatan stand together ("Jatimulya Karangsari"), when it is a
kecamatan of two words after a word of place ("di Sukamaju Utara"), or when it is a street that
the policy puts into one kecamatan; and only while no other kecamatan is named. All else is a
suggestion: "Jl. Karangsari Raya" may lie anywhere. "Karangsari Indah" is the name of something
else.

Names are compared without spaces and by sound, so that "karang sari", "Tandjoengredjo" and
"tanjung rejo" are found; after kec./kel. also with a letter wrong.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from classifier.text import MAX_LENGTH, words_of
from tanggap.mention import Prediction
from tanggap.policy import Policy

AGREED = 0.99
PREFIXED = 0.97
KNOWN_STREET = 0.95
LOCATED = 0.93
NEARLY = 0.9
AUTOMATIC = 0.5
SEVERAL_WORDS = 0.48
OFFICE = 0.46
PLAIN = 0.45
STREET = 0.25
"""Confidence by the way in which the name stands in the text. Those above AUTOMATIC are near what
a real city's texts showed; below it a name is a suggestion for a person, however often right, and
the figures only order the suggestions."""
SHORTEST_NEAR = 6
"""Letters from which on a name may have one wrong."""

_KECAMATAN = frozenset((
    "kec", "kc", "kecamatan", "kecmatan", "kecamtan", "kecamatn", "kecematan", "kecanatan",
    "kcamatan", "kcmtn", "camat",
))  # fmt: skip
_KELURAHAN = frozenset((
    "kel", "kelurahan", "klurahan", "kelurhan", "keluarahan", "kelurahn", "kelrahan", "keluraan",
    "lurah", "ds", "desa", "dsn", "dusun",
))  # fmt: skip
_PREFIXES = _KECAMATAN | _KELURAHAN
_STREETS = frozenset({"jl", "jln", "jalan", "jlan", "gg", "gang", "gng", "dijalan", "dijl"})
_OFFICES = frozenset({
    "puskesmas", "pkm", "polsek", "koramil", "kua", "sd", "sdn", "smp", "smpn", "warga", "wilayah",
    "kampung", "kp", "kpg", "daerah", "lingkungan",
})  # fmt: skip
"""What bears the name of the place in which it stands more often than not."""
_BUILDINGS = frozenset((
    "perum", "perumahan", "komplek", "kompleks", "pasar", "terminal", "stasiun", "halte",
    "jembatan", "rs", "rsud", "klinik", "sma", "sman", "smk", "smkn", "taman", "gor", "masjid",
    "mesjid", "spbu", "toko", "warung", "ruko", "blok", "bank", "hotel", "pt", "cv", "kali",
    "sungai", "bendungan", "waduk", "simpang", "pertigaan", "perempatan", "flyover", "raya",
))  # fmt: skip
_LOCATING = frozenset({"di", "d", "daerah", "wilayah", "warga", "kampung", "kp", "area", "sekitar"})
_ELSEWHERE = frozenset({"pondok", "apartemen", "apartment", "griya", "graha", "villa", "bumi"})
_ESTATE = frozenset((
    "indah", "permai", "asri", "jaya", "utama", "tama", "regency", "residence", "residences",
    "estate", "park", "city", "persada", "sentosa", "makmur", "harapan", "lestari", "madya",
    "square", "mall", "plaza", "town", "hill", "hills", "garden", "village",
))  # fmt: skip
"""What makes another name of the name before it: right in one of three texts, so left out."""
_STREET = re.compile(
    r"\b(?i:jl|jln|gg|gang)\b\.?\s+((?:[^\W_]+\.?[ ]?){1,3})"
    r"|\b[Jj]alan\s+((?:[A-Z][^\W_]*[ ]?){1,3})"
)
_STREET_ENDS = frozenset((
    "di", "dan", "yg", "yang", "dekat", "depan", "dpn", "sudah", "udah", "udh", "dari", "dr",
    "ke", "sampai", "smp", "arah", "no", "nomor", "rt", "rw", "kec", "kel", "ini", "itu", "rusak",
    "berlubang", "banjir", "mati", "kapan", "kok", "tolong", "mohon", "belum", "blm", "ada",
    "gak", "tidak", "sebelah", "belakang", "samping", "macet", "gelap", "kelurahan", "kecamatan",
))  # fmt: skip

_KEC, _KEL, _JALAN = "kecamatan", "kelurahan", "jalan"


@dataclass(frozen=True, slots=True)
class Found:
    """One kecamatan that the text may mean."""

    kecamatan: str
    confidence: float
    words: str
    """The name as it stands in the text, lower case."""


@dataclass(frozen=True, slots=True)
class _Name:
    """A name that stands in the text, and what it may mean."""

    words: tuple[str, ...]
    keys: frozenset[str]
    confidence: float


_Kinds = dict[str, set[str]]
"""The kecamatan that a name may mean: as a kecamatan, a kelurahan, a street."""


class Gazetteer:
    """The names of a policy, ready to be looked up; built once."""

    def __init__(self, policy: Policy) -> None:
        self._names: dict[str, _Kinds] = {}
        for key, kecamatan in policy.kecamatan.items():
            for name in (kecamatan.name, *kecamatan.aliases):
                self._add(name, _KEC, (key,))
            for name in kecamatan.kelurahan:
                self._add(name, _KEL, (key,))
        for name, keys in policy.jalan.items():
            self._add(_without_prefix(name), _JALAN, keys)
        self._starts = {name[:end] for name in self._names for end in range(1, len(name) + 1)}
        """Whatever a name can begin with: tells at once that no name starts at a word."""
        self._nearby: dict[str, set[str]] = {}
        for name in self._names:
            if len(name) >= SHORTEST_NEAR:
                for shorter in _one_letter_less(name):
                    self._nearby.setdefault(shorter, set()).add(name)

    def _add(self, name: str, kind: str, keys: Iterable[str]) -> None:
        if words := words_of(name):
            sound = _joined(_sounds(words))
            kinds = self._names.setdefault(sound, {_KEC: set(), _KEL: set(), _JALAN: set()})
            kinds[kind].update(keys)

    def find(self, words: Sequence[str]) -> list[Found]:
        """Return the kecamatan that the words of a text may mean, surest first, each once."""
        sounds = _sounds(words)
        if self._starts.isdisjoint(sounds) and _PREFIXES.isdisjoint(words):
            return []
        names: list[_Name] = []
        starts, taken = self._starts, 0
        for position, sound in enumerate(sounds):
            if position < taken:
                continue
            length = self._match(sounds, position) if sound in starts else 0
            if length:
                kinds = self._names[_joined(sounds[position : position + length])]
                names += _judge(words, position, length, kinds)
                taken = position + length
            elif position and words[position - 1] in _PREFIXES:
                names += self._nearly(words, sounds, position)
        return _weighed(names) if names else []

    def _match(self, sounds: Sequence[str], position: int) -> int:
        """Return the number of words of the longest name at `position`; 0: none."""
        sound, longest = "", 0
        for end in range(position, len(sounds)):
            sound = _joined((sound, sounds[end]))
            if sound not in self._starts:
                break
            if sound in self._names:
                longest = end - position + 1
        return longest

    def _nearly(self, words: Sequence[str], sounds: Sequence[str], position: int) -> list[_Name]:
        """Return the name after kec./kel. that has a letter wrong."""
        kind = _kind_before(words[position - 1]) or _KEL
        for length in (2, 1):
            name = tuple(words[position : position + length])
            sound = _joined(sounds[position : position + length])
            if len(name) == length and len(sound) >= SHORTEST_NEAR - 1:
                alike = set[str]().union(
                    *(self._nearby.get(shorter, ()) for shorter in _one_letter_less(sound))
                )
                keys = {key for one in alike for key in self._names[one][kind]}
                if keys:
                    return [_Name(name, frozenset(keys), NEARLY)]
        return []


def place_of(found: list[Found]) -> Prediction | None:
    """Return the place: sure of one kecamatan, a suggestion below AUTOMATIC, or None.

    Two kecamatan that are named ("from A to B") are suggestions both.
    """
    if not found:
        return None
    named = [one for one in found if one.confidence >= PLAIN]
    cap = 1.0 if len(named) == 1 else PLAIN
    top = tuple((one.kecamatan, min(one.confidence, cap)) for one in found[:3])
    return Prediction(top[0][0], top[0][1], top)


def streets(text: str) -> list[str]:
    """Return the names after jl., jln., gg., gang, or "jalan" with a capital; lower case."""
    names: list[str] = []
    for match in _STREET.finditer(text[:MAX_LENGTH]):
        words: list[str] = []
        for word in words_of(match.group(1) or match.group(2)):
            if word in _STREET_ENDS:
                break
            words.append(word)
        if words and " ".join(words) not in names:
            names.append(" ".join(words))
    return names


def _judge(words: Sequence[str], position: int, length: int, kinds: _Kinds) -> list[_Name]:
    """Return the name that stands there with what its neighbours say of it; none: no place."""
    name = tuple(words[position : position + length])
    before = words[position - 1] if position else ""
    after = words[position + length] if position + length < len(words) else ""
    places = kinds[_KEC] | kinds[_KEL]
    kind = _kind_before(before)
    if before in _STREETS and kinds[_JALAN]:
        keys, confidence = kinds[_JALAN], KNOWN_STREET
    elif not places:  # "melati", "pahlawan": only streets are called so
        return [_Name(name, frozenset(kinds[_JALAN]), PLAIN)] if length > 1 else []
    elif kind is not None:
        keys, confidence = kinds[kind] or places, PREFIXED
    elif after in _ESTATE or before in _ELSEWHERE:
        return []
    elif before in _STREETS or before in _BUILDINGS or after == "raya":
        keys, confidence = places, STREET
    elif length > 1:
        located = before in _LOCATING and bool(kinds[_KEC])
        keys, confidence = places, LOCATED if located else SEVERAL_WORDS
    else:
        keys, confidence = places, OFFICE if before in _OFFICES else PLAIN
    return [_Name(name, frozenset(keys), confidence)]


def _weighed(names: Sequence[_Name]) -> list[Found]:
    """Return what the names say together, surest kecamatan first.

    A name of several kecamatan speaks for each with its share, unless another name tells which.
    """
    best: dict[str, Found] = {}
    for key in sorted(frozenset[str]().union(*(name.keys for name in names))):
        own = [name for name in names if key in name.keys]
        shares = [(name.confidence if len(name.keys) == 1 else min(name.confidence, PLAIN)
                   / len(name.keys), name) for name in own]  # fmt: skip
        confidence, name = max(shares, key=lambda share: share[0])
        if _agree(own):
            confidence = max(confidence, AGREED)
        best[key] = Found(key, confidence, " ".join(name.words))
    return sorted(best.values(), key=lambda found: -found.confidence)


def _agree(names: Sequence[_Name]) -> bool:
    """Whether two names that share no word stand there, one of them of this kecamatan alone."""
    return any(
        len(one.keys) == 1 and set(one.words).isdisjoint(other.words)
        for one in names
        for other in names
    )


def _kind_before(word: str) -> str | None:
    if word in _KECAMATAN:
        return _KEC
    return _KEL if word in _KELURAHAN else None


def _without_prefix(street: str) -> str:
    words = words_of(street)
    return " ".join(words[1:] if len(words) > 1 and words[0] in _STREETS else words)


def _one_letter_less(sound: str) -> set[str]:
    """Return the word and each form with a letter left out: shared by words one letter apart."""
    return {sound, *(sound[:i] + sound[i + 1 :] for i in range(len(sound)))}


_TWICE = re.compile(r"([a-z])\1")


def _sounds(words: Sequence[str]) -> list[str]:
    """Return words as they sound: old spelling and Javanese doubled letters folded."""
    text = " ".join(words)
    for old, new in (("tj", "c"), ("dj", "j"), ("oe", "u"), ("dh", "d"), ("th", "t")):
        text = text.replace(old, new)
    return _TWICE.sub(r"\1", text).split(" ")


def _joined(sounds: Sequence[str]) -> str:
    """Return words as one, a letter that ends one and begins the next only once."""
    whole = ""
    for sound in sounds:
        whole += sound[1:] if whole and whole[-1] == sound[:1] else sound
    return whole
