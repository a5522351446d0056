"""Learn from labels which OPD acts where the policy would name another.

For each sector, cues (the whole sector, a word or two, the kecamatan, the addressed account) are
counted over the texts of which a person said who acts. A cue is kept where people gave most of
its texts to one OPD that the policy did not name, and clearly more often than without the cue.
See `classifier/corrections.py` for what then decides and what only offers.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from classifier.corrections import (
    ACCOUNT,
    AUTOMATIC_TEXTS,
    KECAMATAN,
    LONGEST,
    MOST,
    SECTOR,
    WORD,
    Correction,
)
from classifier.decision import Classifier
from classifier.opd import Desk
from classifier.places import AUTOMATIC, Gazetteer, place_of
from classifier.text import words_of
from tanggap.mention import UMBRELLA, Mention
from tanggap.policy import Policy
from tanggap.sectors import SECTORS
from tanggap.store.rows_tuning import Label
from tanggap.tuning.labels import identity
from tanggap.wording import number

LEAST_TEXTS = 3
LEAST_SHARE = 0.5
CHANCE = 0.001
"""A cue is kept when its count would come about by chance less often than this."""
MOST_OF_A_SECTOR = 5
"""Cues of one sector that name the same OPD."""
MOST_OF_ONE = 5
"""Where at least ENOUGH_PEOPLE label, one person's word on so many texts of a cue counts."""
ENOUGH_PEOPLE = 3
"""So many have to have given a cue's texts to its OPD before it decides without a person."""
SHORTEST_WORD = 3
MOST_DIGITS = 4
"""A word with more of them may be a telephone number or another of a person: it is no cue."""
OTHER_SECTOR = 0.1
"""Where the OPD that was named owns another sector that is so probable, the sector was wrong."""

_Cue = tuple[str, str]
"""Kind and value."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One text of which the sector and the OPD are known."""

    sector: str
    opd: str
    by: str
    cues: frozenset[_Cue]
    wrong: bool
    """The policy would have named another OPD."""


def learn(
    labels: Sequence[Label], policy: Policy, classifier: Classifier | None = None
) -> tuple[Correction, ...]:
    """Return the corrections that the labels teach, most believed first.

    `labels`: oldest first, only trusted ones, none of the test set. A label without a sector
    (sent on because the OPD was wrong) counts when `classifier` is sure of the sector.
    """
    cases = _cases(labels, policy, classifier)
    crowd = len({case.by for case in cases}) >= ENOUGH_PEOPLE
    by_sector: dict[str, list[_Case]] = defaultdict(list)
    for case in cases:
        by_sector[case.sector].append(case)
    learnt = [
        one
        for sector, inside in sorted(by_sector.items())
        for one in _learn_sector(sector, inside, crowd)
    ]
    learnt.sort(key=_most_believed)
    return tuple(learnt[:MOST])


def told(learnt: Iterable[Correction], labels: Iterable[Label]) -> dict[str, int]:
    """Return how many corrections decide, how many only offer, and how many people said who acts.

    `needed`: of fewer people no correction decides, however often they say the same.
    """
    kinds = Counter(one.automatic for one in learnt)
    people = {label.by for label in labels if label.opd is not None}
    return {
        "deciding": kinds[True],
        "offered": kinds[False],
        "people": len(people),
        "needed": ENOUGH_PEOPLE,
    }


def advice(acts: Mapping[str, int]) -> list[str]:
    """Return what to do where too few people label for what was learnt (`told`) to decide."""
    if not acts["offered"] or acts["people"] >= acts["needed"]:
        return []
    return [
        f"{number(acts['offered'])} koreksi OPD hanya ditawarkan, karena baru "
        f"{number(acts['people'])} orang yang menyebut OPD (perlu {number(acts['needed'])}); yang "
        "sudah pasti ditulis sebagai [[rule]] di kebijakan"
    ]


def _most_believed(one: Correction) -> tuple[bool, float, str, str, str]:
    return (not one.automatic, -one.weight, one.sector, one.value, one.opd)


def _cases(labels: Sequence[Label], policy: Policy, classifier: Classifier | None) -> list[_Case]:
    known = {*policy.opd, *policy.outside}
    newest: dict[tuple[str, str], Label] = {}
    for label in labels:
        if label.opd in known and label.text.strip():
            text = identity(label.text, label.parent_text)
            newest.pop(text, None)  # the same words sent often are one text, as said last
            newest[text] = label
    told = list(newest.values())
    sectors = _sectors(told, policy, classifier)
    gazetteer, desk = Gazetteer(policy), Desk(policy)
    cases: list[_Case] = []
    for label, sector in zip(told, sectors, strict=True):
        if sector is None or label.opd is None:
            continue
        words = words_of(label.text)
        place = place_of(gazetteer.find(words))
        kecamatan = place.label if place is not None and place.confidence >= AUTOMATIC else None
        assigned = desk.assign([(sector, 1.0)], words, label.addressed, kecamatan)
        if assigned.because.startswith("rule:"):
            continue  # the city wrote down who acts
        wrong = assigned.opd.label != label.opd
        cues = frozenset(_cues(words, label.addressed, kecamatan, policy))
        cases.append(_Case(sector, label.opd, label.by, cues, wrong))
    return cases


def _sectors(
    labels: Sequence[Label], policy: Policy, classifier: Classifier | None
) -> list[str | None]:
    """Return the sector of each label: what the person said, else what the model is sure of."""
    silent = [label for label in labels if label.sector is None]
    decided: dict[int, str | None] = {}
    if classifier is not None and silent:
        decisions = classifier.decide([_mention(label) for label in silent])
        for label, decision in zip(silent, decisions, strict=True):
            sector = decision.sector
            if sector is None or sector.confidence < decision.sector_threshold:
                continue
            others = (one for one, share in sector.top[1:] if share >= OTHER_SECTOR)
            if label.opd not in {policy.sector_opd[one] for one in others}:
                decided[id(label)] = sector.label
    told = [decided.get(id(label)) if label.sector is None else label.sector for label in labels]
    return [sector if sector in SECTORS else None for sector in told]


def _mention(label: Label) -> Mention:
    moment = label.posted_at or label.at
    return Mention(
        network="intake",
        network_id=label.key,
        kind="intake",
        text=label.text,
        posted_at=moment,
        seen_at=moment,
        addressed=label.addressed,
        parent_text=label.parent_text,
    )


def _cues(
    words: Sequence[str], addressed: Iterable[str], kecamatan: str | None, policy: Policy
) -> Iterable[_Cue]:
    yield SECTOR, ""
    for position, word in enumerate(words):
        if len(word) >= SHORTEST_WORD and not word.isdigit() and not _is_number(word):
            yield WORD, word[:LONGEST]
            pair = " ".join(words[position : position + 2])
            if " " in pair and len(pair) <= LONGEST and not any(map(_is_number, pair.split())):
                yield WORD, pair
    for account in addressed:
        if account in policy.opd and account != UMBRELLA:
            yield ACCOUNT, account
    if kecamatan is not None:
        yield KECAMATAN, kecamatan


def _is_number(word: str) -> bool:
    return sum(map(str.isdigit, word)) > MOST_DIGITS


def _learn_sector(sector: str, cases: Sequence[_Case], crowd: bool) -> list[Correction]:
    inside: dict[_Cue, list[_Case]] = defaultdict(list)
    for case in cases:
        for cue in case.cues:
            inside[cue].append(case)
    base = Counter(case.opd for case in cases)
    found: list[tuple[Correction, frozenset[int]]] = []
    for (kind, value), mine in inside.items():
        votes = _votes(mine, crowd)
        n = round(math.fsum(votes.values()))
        if n < LEAST_TEXTS:
            continue
        opd = max(sorted(votes), key=votes.__getitem__)
        share = votes[opd] / math.fsum(votes.values())
        mended = frozenset(id(case) for case in mine if case.wrong and case.opd == opd)
        if share < LEAST_SHARE or len(mended) < LEAST_TEXTS:
            continue
        if kind != SECTOR:
            all_hits = sum(case.opd == opd for case in mine)
            outside = (base[opd] - all_hits + 1) / (len(cases) - len(mine) + 2)
            if _tail(n, round(share * n), outside) > CHANCE:
                continue
        if len({case.by for case in mine if case.opd == opd}) < ENOUGH_PEOPLE:
            n = min(n, AUTOMATIC_TEXTS - 1)  # one or two accounts never decide without a person
        found.append((Correction(sector, kind, value, opd, n, round(share, 4)), mended))
    return _without_repeats(found)


def _votes(cases: Sequence[_Case], crowd: bool) -> dict[str, float]:
    """Return how many texts speak for each OPD; in a crowd no one counts for more than a few."""
    of_one = Counter(case.by for case in cases)
    votes: dict[str, float] = defaultdict(float)
    for case in cases:
        votes[case.opd] += min(1.0, MOST_OF_ONE / of_one[case.by]) if crowd else 1.0
    return votes


def _tail(n: int, hits: int, chance: float) -> float:
    """Return how probable at least `hits` of `n` are when each has `chance`."""
    return math.fsum(
        math.comb(n, k) * chance**k * (1.0 - chance) ** (n - k) for k in range(hits, n + 1)
    )


def _without_repeats(
    found: Sequence[tuple[Correction, frozenset[int]]],
) -> list[Correction]:
    """Return the corrections that mend texts which none before them mends; widest first."""
    kept: list[Correction] = []
    covered: Mapping[str, set[int]] = defaultdict(set)
    taken: Counter[str] = Counter()
    ranked = sorted(
        found, key=lambda pair: (not pair[0].automatic, -len(pair[1]), *_most_believed(pair[0]))
    )
    for correction, mended in ranked:
        new = mended - covered[correction.opd]
        if len(new) >= LEAST_TEXTS and taken[correction.opd] < MOST_OF_A_SECTOR:
            kept.append(correction)
            covered[correction.opd].update(new)
            taken[correction.opd] += 1
    return kept
