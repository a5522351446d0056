"""Sector, place, words and addressed account to OPD: the city's policy, and what it was taught.

For each probable sector the first that fits:

    rule:<id>       a policy rule (asset words, sector, kecamatan) names the OPD
    koreksi:<cue>   people's corrections say so (classifier/corrections.py), often and agreeing
    alamat:<opd>    the mention addresses an OPD that owns no sector (a hospital, a kecamatan
                    office), and the sector is one that such an office serves at its counter
    sebut:<word>    the same, and the text names such an OPD by a keyword
    sektor:<id>     the owner of the sector in this city

People often address the wrong OPD, so an account that owns a sector decides nothing here (the
model weighs it); but where the sector tells nothing ("lainnya") it has a part in the matter.
The OPD shown is that of the best sector. Corrections that are too few or disagree only offer
their OPD among the best three.

Another OPD supports when the text names two problems: a part of it complains of a sector of that
OPD (`problems`, from `classifier.clauses`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from classifier.corrections import Correction, Learned, deciding
from classifier.phrases import Phrases
from tanggap.mention import Prediction
from tanggap.policy import Policy

COUNTER_SECTORS = frozenset({"lainnya", "pemerintahan", "kesehatan", "kependudukan", "sosial"})
"""What an OPD without a sector of its own (hospital, kecamatan office) serves at its counter."""
NO_TOPIC = "lainnya"
LEAST_SHARE = 0.02
MOST_OFFERED = 0.49
"""Part of a sector's share that a mere suggestion may take from the OPD that leads."""
TOP = 3


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who should act, who has a part in it, and the reason for the first."""

    opd: Prediction
    supporting: tuple[str, ...]
    because: str


class Desk:
    """One city's rules and what was learnt there, ready to be asked; built once."""

    def __init__(self, policy: Policy, corrections: Iterable[Correction] = ()) -> None:
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
        self._learned = Learned(corrections, policy)

    def assign(
        self,
        sectors: Sequence[tuple[str, float]],
        words: Sequence[str],
        addressed: Sequence[str],
        kecamatan: str | None,
        problems: Sequence[str] = (),
    ) -> Assignment:
        """Return the OPD for sectors with their probabilities, best first, at least one.

        `words` are those of the text; `kecamatan` only if it is sure; `problems` are the sectors
        of its parts when it surely names more than one. Of several rules that fit, the first of
        the policy decides.
        """
        facts = self._facts(words, addressed, kecamatan)
        shares: dict[str, float] = {}
        because = ""
        for sector, probability in sectors:
            if probability < LEAST_SHARE and shares:
                break
            opd, reason = self._owner(sector, facts)
            because = because or reason
            shares.setdefault(opd, 0.0)
            for offered in facts.corrections.get(sector, ()):
                if offered.opd != opd:
                    part = probability * min(MOST_OFFERED, offered.weight)
                    shares[offered.opd] = shares.get(offered.opd, 0.0) + part
                    probability -= part
                    break
            shares[opd] += probability
        lead = next(iter(shares))
        ranked = sorted(shares.items(), key=lambda pair: (pair[0] != lead, -pair[1]))
        top = tuple((opd, min(1.0, share)) for opd, share in ranked[:TOP])
        supporting = [self._owner(sector, facts)[0] for sector in problems]
        asked = facts.known
        if sectors[0][0] != NO_TOPIC:
            asked = [opd for opd in asked if opd not in self._owners]
        named = dict.fromkeys(opd for opd in (*supporting, *asked) if opd != lead)
        return Assignment(Prediction(lead, top[0][1], top), tuple(named), because)

    def _facts(
        self, words: Sequence[str], addressed: Sequence[str], kecamatan: str | None
    ) -> "_Facts":
        fired = [self._policy.rule[i] for i in sorted(set(self._rules.find(words)))]
        known = [opd for opd in addressed if opd in self._policy.opd]
        return _Facts(
            rules=[
                (rule.id, rule.opd, rule.sectors)
                for rule in fired
                if rule.kecamatan in (None, kecamatan)
            ],
            corrections=self._learned.find(words, addressed, kecamatan),
            named=next(iter(self._keywords.find(words)), None),
            known=known,
            office=next((opd for opd in known if opd not in self._owners), None),
        )

    def _owner(self, sector: str, facts: "_Facts") -> tuple[str, str]:
        """Return who acts if this is the sector, and why."""
        for rule, opd, sectors in facts.rules:
            if not sectors or sector in sectors:
                return opd, f"rule:{rule}"
        if (learnt := deciding(facts.corrections.get(sector, ()))) is not None:
            return learnt.opd, learnt.reason
        if sector in COUNTER_SECTORS:
            if facts.office is not None:
                return facts.office, f"alamat:{facts.office}"
            if facts.named is not None:
                return facts.named[1], f"sebut:{facts.named[0]}"
        return self._policy.sector_opd[sector], f"sektor:{sector}"


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a text says that bears on who acts, whatever its sector."""

    rules: list[tuple[str, str, tuple[str, ...]]]
    """Id, OPD and sectors of the rules that fired."""
    corrections: dict[str, list[Correction]]
    named: tuple[str, str] | None
    known: list[str]
    office: str | None
