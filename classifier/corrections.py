"""What people's corrections taught about who acts: cues inside a sector that name another OPD.

A correction says: of `n` texts of this sector in which the cue stood, people gave `share` to this
OPD, though the policy would not. From AUTOMATIC_TEXTS and AUTOMATIC_SHARE on it decides; below it
is one of the three that a person is offered. It is learnt in `tanggap/tuning/corrections.py`, is
kept in the artefact and never stronger than a rule that the city wrote down.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifier.phrases import Phrases
from tanggap.policy import Policy
from tanggap.sectors import SECTORS

SECTOR, WORD, KECAMATAN, ACCOUNT = "sektor", "kata", "kecamatan", "akun"
CUES = (SECTOR, WORD, KECAMATAN, ACCOUNT)
"""The whole sector; a word or two of the text; the kecamatan; the account that it addresses."""
AUTOMATIC_TEXTS = 8
AUTOMATIC_SHARE = 0.9
DOUBT = 8.0
"""A suggestion's share is weighed against so many texts that say nothing."""
MOST = 300
"""Corrections that an artefact may hold."""
LONGEST = 80


@dataclass(frozen=True, slots=True)
class Correction:
    """One cue of one sector, and the OPD that it stands for."""

    sector: str
    cue: str
    """One of CUES."""
    value: str
    """The word, kecamatan id or OPD id of the account; empty for the whole sector."""
    opd: str
    n: int
    share: float

    @property
    def automatic(self) -> bool:
        """Whether it decides without a person."""
        return self.n >= AUTOMATIC_TEXTS and self.share >= AUTOMATIC_SHARE

    @property
    def weight(self) -> float:
        """Return how far it is to be believed, 0..1: its share, less where texts are few."""
        return self.share * self.n / (self.n + DOUBT)

    @property
    def reason(self) -> str:
        """Return what stands among the reasons of a decision."""
        return f"koreksi:{self.value or self.sector}"


class Learned:
    """The corrections that one city's policy can use, ready to be asked; built once."""

    def __init__(self, corrections: Iterable[Correction], policy: Policy) -> None:
        known = {*policy.opd, *policy.outside}
        usable = [one for one in corrections if one.opd in known]
        self._words = Phrases((one.value, one) for one in usable if one.cue == WORD)
        self._other: dict[tuple[str, str], list[Correction]] = {}
        for one in usable:
            if one.cue != WORD:
                self._other.setdefault((one.cue, one.value), []).append(one)
        self._of_sectors = self._other.pop((SECTOR, ""), [])
        self._any = bool(usable)

    def find(
        self, words: Sequence[str], addressed: Sequence[str], kecamatan: str | None
    ) -> dict[str, list[Correction]]:
        """Return by sector the corrections whose cue is there, most believed first."""
        if not self._any:
            return {}
        found = [*self._of_sectors, *self._words.find(words)]
        for account in addressed:
            found += self._other.get((ACCOUNT, account), ())
        if kecamatan is not None:
            found += self._other.get((KECAMATAN, kecamatan), ())
        by_sector: dict[str, list[Correction]] = {}
        for one in sorted(dict.fromkeys(found), key=_order):
            by_sector.setdefault(one.sector, []).append(one)
        return by_sector


def deciding(corrections: Sequence[Correction]) -> Correction | None:
    """Return the correction that decides; None when there is none or two name different OPD."""
    sure = [one for one in corrections if one.automatic]
    return sure[0] if sure and len({one.opd for one in sure}) == 1 else None


def to_tables(corrections: Iterable[Correction]) -> list[dict[str, Any]]:
    """Return corrections as the artefact keeps them, in an order that does not vary."""
    return [
        {
            "sector": one.sector,
            "cue": one.cue,
            "value": one.value,
            "opd": one.opd,
            "n": one.n,
            "share": one.share,
        }
        for one in sorted(corrections, key=_order)
    ]


def from_tables(tables: Sequence[Mapping[str, Any]]) -> tuple[Correction, ...]:
    """Return the corrections of an artefact; KeyError, TypeError, ValueError for another form."""
    return tuple(
        Correction(
            sector=str(table["sector"]),
            cue=str(table["cue"]),
            value=str(table["value"]),
            opd=str(table["opd"]),
            n=int(table["n"]),
            share=float(table["share"]),
        )
        for table in tables
    )


def problem(corrections: Sequence[Correction]) -> str | None:
    """Return what is wrong with the corrections of an artefact, or None.

    An OPD that this city's policy does not know is nothing wrong: it is passed over.
    """
    if len(corrections) > MOST:
        return f"lebih dari {MOST} koreksi OPD"
    for one in corrections:
        if one.sector not in SECTORS:
            return f"koreksi OPD memuat sektor `{one.sector[:LONGEST]}` yang tidak dikenal"
        if one.cue not in CUES or (one.cue == SECTOR) != (not one.value):
            return "koreksi OPD memuat petunjuk yang tidak dikenal"
        if not one.opd or max(len(one.opd), len(one.value)) > LONGEST:
            return "koreksi OPD memuat teks kosong atau terlalu panjang"
        if not (math.isfinite(one.share) and 0.0 <= one.share <= 1.0 and one.n >= 1):
            return "koreksi OPD memuat bilangan yang tidak sah"
    return None


def _order(one: Correction) -> tuple[bool, float, str, str, str, str]:
    return (not one.automatic, -one.weight, one.sector, one.cue, one.value, one.opd)
