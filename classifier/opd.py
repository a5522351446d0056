"""Sector, place, words and addressed account to OPD, by the city's policy.

For each probable sector the first that fits:

    rule:<id>       a policy rule (asset words, sector, kecamatan) names the OPD
    alamat:<opd>    the mention addresses an OPD that owns no sector (a hospital, a kecamatan
                    office), and the sector is one that such an office serves at its counter
    sebut:<word>    the same, and the text names such an OPD by a keyword
    sektor:<id>     the owner of the sector in this city

People often address the wrong OPD, so an account that owns a sector decides nothing here (the
model weighs it); but where the sector tells nothing ("lainnya") it has a part in the matter.
The OPD shown is that of the best sector. Another OPD supports when the sectors that lead to it
have a share of SUPPORTING or more together: two problems in one text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from classifier.phrases import Phrases
from tanggap.mention import Prediction
from tanggap.policy import Policy

SUPPORTING = 0.20
COUNTER_SECTORS = frozenset({"lainnya", "pemerintahan", "kesehatan", "kependudukan", "sosial"})
"""What an OPD without a sector of its own (hospital, kecamatan office) serves at its counter."""
NO_TOPIC = "lainnya"
LEAST_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who should act, who has a part in it, and the reason for the first."""

    opd: Prediction
    supporting: tuple[str, ...]
    because: str


class Desk:
    """One city's rules, ready to be asked; built once."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._owners = frozenset(policy.sector_opd.values())
        self._rules = Phrases(
            (words, i) for i, rule in enumerate(policy.rule) for words in rule.words
        )
        self._keywords = Phrases(
            (words, (words, opd))
            for opd, entry in policy.opd.items()
            if opd not in self._owners
            for words in (entry.short, *entry.keywords)
        )

    def assign(
        self,
        sectors: list[tuple[str, float]],
        words: Sequence[str],
        addressed: tuple[str, ...],
        kecamatan: str | None,
    ) -> Assignment:
        """Return the OPD for sectors with their probabilities, best first, at least one.

        `words` are those of the text; `kecamatan` only if it is sure. Of several rules that
        fit, the first of the policy decides.
        """
        fired = [self._policy.rule[i] for i in sorted(set(self._rules.find(words)))]
        rules = [rule for rule in fired if rule.kecamatan in (None, kecamatan)]
        named = next(iter(self._keywords.find(words)), None)
        known = [opd for opd in addressed if opd in self._policy.opd]
        office = next((opd for opd in known if opd not in self._owners), None)
        shares: dict[str, float] = {}
        reasons: dict[str, str] = {}
        for sector, probability in sectors:
            if probability < LEAST_SHARE and shares:
                break
            opd, reason = self._policy.sector_opd[sector], f"sektor:{sector}"
            if office is not None and sector in COUNTER_SECTORS:
                opd, reason = office, f"alamat:{office}"
            elif named is not None and sector in COUNTER_SECTORS:
                opd, reason = named[1], f"sebut:{named[0]}"
            for rule in rules:
                if not rule.sectors or sector in rule.sectors:
                    opd, reason = rule.opd, f"rule:{rule.id}"
                    break
            shares[opd] = shares.get(opd, 0.0) + probability
            reasons.setdefault(opd, reason)
        lead = next(iter(shares))
        ranked = sorted(shares.items(), key=lambda pair: (pair[0] != lead, -pair[1]))
        top = tuple((opd, min(1.0, share)) for opd, share in ranked[:3])
        supporting = [opd for opd, share in ranked[1:] if share >= SUPPORTING]
        asked = known if sectors[0][0] == NO_TOPIC else [o for o in known if o not in self._owners]
        supporting += [opd for opd in asked if opd not in (lead, *supporting)]
        return Assignment(Prediction(lead, top[0][1], top), tuple(supporting), reasons[lead])
