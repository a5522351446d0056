"""Which kecamatan a text speaks of, by the gazetteer of the city's policy.

A name counts by itself ("automatic") after kec./kel./ds., or when it has two words or more and
belongs to one kecamatan only. A single word without prefix, a name that follows jl./gg. or a
building ("puskesmas"), or precedes "raya" is only a suggestion: "Jl. Karangsari Raya" may
lie anywhere.
"""

import re
from dataclasses import dataclass

from classifier.text import MAX_LENGTH, words_of
from tanggap.mention import Prediction
from tanggap.policy import Policy

PREFIXED = 0.98
SEVERAL_WORDS = 0.83
PLAIN = 0.45
STREET = 0.25
"""Confidence by the way in which the name stands in the text. The first two are near what a
real city's texts showed (0.98, 0.83); below AUTOMATIC it is a suggestion for a person, however
often right."""
AUTOMATIC = 0.5

_KECAMATAN = frozenset({"kec", "kecamatan", "kcmtn"})
_KELURAHAN = frozenset({"kel", "kelurahan", "klurahan", "ds", "desa", "dsn", "dusun"})
_NOT_THE_PLACE = frozenset((
    "jl", "jln", "jalan", "gg", "gang", "perum", "perumahan", "komplek", "kompleks", "pasar",
    "terminal", "stasiun", "halte", "jembatan", "puskesmas", "pkm", "rs", "rsud", "klinik", "sd",
    "sdn", "smp", "smpn", "sma", "sman", "smk", "smkn", "taman", "gor", "masjid", "mesjid",
    "spbu", "toko", "warung", "ruko", "blok", "bank", "hotel", "pt", "cv", "kali", "sungai",
    "bendungan", "waduk", "simpang", "pertigaan", "perempatan", "flyover",
))  # fmt: skip
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


@dataclass(frozen=True, slots=True)
class Found:
    """One kecamatan that the text may mean."""

    kecamatan: str
    confidence: float
    words: str
    """The name as it stands in the gazetteer, lower case."""


class Gazetteer:
    """The names of a policy, ready to be looked up; built once."""

    def __init__(self, policy: Policy) -> None:
        self._names: dict[tuple[str, ...], dict[str, set[str]]] = {}
        for key, kecamatan in policy.kecamatan.items():
            for name in (kecamatan.name, *kecamatan.aliases):
                self._add(name, "kecamatan", key)
            for name in kecamatan.kelurahan:
                self._add(name, "kelurahan", key)
        self._longest: dict[str, int] = {}
        for words in self._names:
            self._longest[words[0]] = max(self._longest.get(words[0], 0), len(words))

    def _add(self, name: str, kind: str, key: str) -> None:
        if words := tuple(words_of(name)):
            kinds = self._names.setdefault(words, {"kecamatan": set(), "kelurahan": set()})
            kinds[kind].add(key)

    def find(self, words: list[str]) -> list[Found]:
        """Return the kecamatan that the words of a text may mean, surest first, each once."""
        if self._longest.keys().isdisjoint(words):
            return []
        best: dict[str, Found] = {}
        position = 0
        while position < len(words):
            length = self._match(words, position)
            if length:
                for found in self._judge(words, position, length):
                    known = best.get(found.kecamatan)
                    if known is None or found.confidence > known.confidence:
                        best[found.kecamatan] = found
            position += max(1, length)
        return sorted(best.values(), key=lambda found: -found.confidence)

    def _match(self, words: list[str], position: int) -> int:
        """Return the number of words of the longest name at `position`; 0: none."""
        for length in range(self._longest.get(words[position], 0), 0, -1):
            if tuple(words[position : position + length]) in self._names:
                return length
        return 0

    def _judge(self, words: list[str], position: int, length: int) -> list[Found]:
        name = tuple(words[position : position + length])
        kinds = self._names[name]
        before = words[position - 1] if position else ""
        after = words[position + length] if position + length < len(words) else ""
        if before in _KECAMATAN:
            keys, confidence = kinds["kecamatan"] or kinds["kelurahan"], PREFIXED
        elif before in _KELURAHAN:
            keys, confidence = kinds["kelurahan"] or kinds["kecamatan"], PREFIXED
        else:
            keys = kinds["kecamatan"] | kinds["kelurahan"]
            confidence = SEVERAL_WORDS if length > 1 else PLAIN
        if before in _NOT_THE_PLACE or after == "raya":
            confidence = STREET
        if len(keys) > 1:
            confidence = min(confidence, PLAIN) / len(keys)
        return [Found(key, confidence, " ".join(name)) for key in sorted(keys)]


def place_of(found: list[Found]) -> Prediction | None:
    """Return the place: sure of one kecamatan, a suggestion below AUTOMATIC, or None.

    Two sure names of different kecamatan ("from A to B") are suggestions both.
    """
    if not found:
        return None
    sure = [one for one in found if one.confidence >= AUTOMATIC]
    cap = 1.0 if len(sure) == 1 else PLAIN
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
