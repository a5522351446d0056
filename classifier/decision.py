"""The classifier: a page of mentions in, one decision each out. Pure once it is loaded."""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from classifier.answer_kinds import AnswerKinds
from classifier.artefact import Artefact, Thresholds
from classifier.clauses import further_sectors, parts_to_ask
from classifier.features import Document, Reader
from classifier.levies import levies
from classifier.opd import LEAST_SHARE, Desk
from classifier.places import AUTOMATIC, Gazetteer, place_of, streets
from classifier.scores import PARENT, TOP, Scorer, Scores
from classifier.text import clean, tokens, words
from classifier.urgency import Danger, peril, sensitive_words
from tanggap.mention import Decision, Flag, Mention, Prediction
from tanggap.policy import Policy

RULES = "rules"
"""Version that stands on decisions when no artefact decides."""
BATCH = 512
"""Mentions that are worked on at a time, so that a large page stays small in memory."""
LIKELY_DANGER = 0.25
"""Part of the threshold of `urgent` from which the model is believed when words speak of danger, or
when the text is probably about one of GRAVE_SECTORS."""
GRAVE_SECTORS = frozenset({"bencana_damkar", "perempuan_anak"})
"""Where life or violence is at stake more often than elsewhere."""
GRAVE_SHARE = 0.3
COMPLAINT = "pengaduan"
"""Jenis of what may name two problems; questions and proposals name topics."""
RULE_CONFIDENCE = 0.9
"""Shown for a flag that plain words set; a setting, not a measured probability."""
ANSWER = "jawaban:"
"""Stands before words that decided of what kind an answer is."""
FAILURES = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError),
    *(RuntimeError, TypeError, ValueError),
)
"""What a mistake of ours or of a library may raise over a text; never a signal or an exit."""

logger = logging.getLogger("tanggap.classifier")


class Classifier:
    """One artefact (None: rules only, everything goes to a person) and one city's policy.

    `answers` says of what kind the posts of the city's own accounts are; None: nobody says.
    """

    def __init__(
        self, policy: Policy, artefact: Artefact | None, answers: AnswerKinds | None = None
    ) -> None:
        self.version = artefact.version if artefact is not None else RULES
        self._scorer = Scorer(artefact) if artefact is not None else None
        self._limits = artefact.thresholds if artefact is not None else None
        self._reader = Reader(policy)
        self._gazetteer = Gazetteer(policy)
        self._desk = Desk(policy, artefact.corrections if artefact is not None else ())
        self._answers = answers

    def decide(self, mentions: Sequence[Mention]) -> list[Decision]:
        """Return one decision for each mention, in order.

        A text that cannot be read gives a decision whose parts are None: a person decides. So does
        one over which something of ours fails, in its batch and then alone; the others go on.
        """
        decisions: list[Decision] = []
        for start in range(0, len(mentions), BATCH):
            batch = mentions[start : start + BATCH]
            try:
                decisions.extend(self._decide(batch))
            except FAILURES:
                decisions.extend(self._decide_alone(mention) for mention in batch)
        return decisions

    def _decide_alone(self, mention: Mention) -> Decision:
        try:
            (decision,) = self._decide([mention])
        except FAILURES as exc:
            logger.error(  # noqa: TRY400 - a traceback of numpy may hold the text
                "event=undecidable network=%s network_id=%s error=%s",
                mention.network,
                mention.network_id,
                type(exc).__name__,
            )
            return Decision(model=self.version)
        return decision

    def _decide(self, mentions: Sequence[Mention]) -> list[Decision]:
        readings = [self._read(mention) for mention in mentions]
        read = [reading for reading in readings if reading is not None]
        scores = None
        problems: list[tuple[str, ...]] = [()] * len(read)
        if self._scorer is not None and read:
            scores = self._scorer.score([reading.document for reading in read])
            problems = self._problems(read, scores, self._scorer)
        decisions: list[Decision] = []
        row = 0
        for mention, reading in zip(mentions, readings, strict=True):
            if reading is None:
                decisions.append(Decision(model=self.version))
                continue
            decisions.append(self._judge(mention, reading.words, scores, row, problems[row]))
            row += 1
        return self._with_answers(mentions, readings, decisions)

    def _with_answers(
        self,
        mentions: Sequence[Mention],
        readings: Sequence["_Reading | None"],
        decisions: list[Decision],
    ) -> list[Decision]:
        """Return the decisions; those of posts by the city's own accounts say their kind too."""
        own = [
            row
            for row, (mention, reading) in enumerate(zip(mentions, readings, strict=True))
            if mention.author_opd is not None and reading is not None and reading.document.tokens
        ]
        if self._answers is None or not own:
            return decisions
        judged = self._answers.judge([mentions[row].text for row in own])
        for row, (kind, said) in zip(own, judged, strict=True):
            because = (*decisions[row].because, *(f"{ANSWER}{phrase}" for phrase in said))
            decisions[row] = replace(decisions[row], answer=kind, because=because)
        return decisions

    def _problems(
        self, readings: Sequence["_Reading"], scores: Scores, scorer: Scorer
    ) -> list[tuple[str, ...]]:
        """Return for each text the sectors beside its best one that parts of it speak of."""
        sectors = [scores.sectors(row, LEAST_SHARE) for row in range(len(readings))]
        asked = [
            parts_to_ask(reading.cleaned, of_whole[0][0])
            if scores.jenis(row).label == COMPLAINT
            else []
            for row, (reading, of_whole) in enumerate(zip(readings, sectors, strict=True))
        ]
        documents = [Document(tuple(tokens(part.text)), ()) for parts in asked for part in parts]
        best = iter(scorer.best_sectors(documents) if documents else ())
        return [
            further_sectors(reading.cleaned, of_whole, [(part, next(best)) for part in parts])
            for reading, of_whole, parts in zip(readings, sectors, asked, strict=True)
        ]

    def _read(self, mention: Mention) -> "_Reading | None":
        try:
            cleaned = clean(mention.text)
            return _Reading(cleaned, self._reader.read(mention, cleaned), words(cleaned))
        except (TypeError, ValueError, AttributeError) as exc:
            logger.warning(
                "event=unreadable network=%s network_id=%s error=%s",
                mention.network,
                mention.network_id,
                type(exc).__name__,
            )
            return None

    def _judge(
        self,
        mention: Mention,
        said: list[str],
        scores: Scores | None,
        row: int,
        problems: tuple[str, ...],
    ) -> Decision:
        found = self._gazetteer.find(said)
        place = place_of(found)
        where = [f"tempat:{found[0].words}"] if found else []
        where += [f"jalan:{name}" for name in streets(mention.text)[:1]]
        danger, delicate = peril(said), sensitive_words(said)
        if scores is None or self._limits is None or not scores.readable(row):
            delicate += levies(said)
            urgent = _by_words(danger.words)
            sensitive = _by_words(delicate)
            reasons = _flag_words(urgent, danger.words, sensitive, delicate)
            return Decision(
                model=self.version,
                place=place,
                urgent=urgent,
                sensitive=sensitive,
                because=(*reasons, *where),
            )
        limits, sectors = self._limits, scores.sectors(row, LEAST_SHARE)
        urgent = _urgent(limits, scores, row, sectors, danger.level)
        if scores.flag("actionable", row) >= limits.asked_cut:  # else it is news of it, or thanks
            delicate += levies(said)
        sensitive = _flag(scores.flag("sensitive", row), limits.sensitive, bool(delicate))
        sure = place.label if place is not None and place.confidence >= AUTOMATIC else None
        assignment = self._desk.assign(sectors, said, mention.addressed, sure, problems)
        return Decision(
            model=self.version,
            jenis=scores.jenis(row),
            sector=Prediction(sectors[0][0], sectors[0][1], tuple(sectors[:TOP])),
            opd=assignment.opd,
            place=place,
            supporting=assignment.supporting,
            urgent=urgent,
            sensitive=sensitive,
            actionable=scores.flag("actionable", row),
            actionable_thresholds=(limits.aside_below, limits.actionable_from),
            sector_threshold=limits.sector[sectors[0][0]],
            because=(
                assignment.because,
                *(
                    word if word.startswith(PARENT) else f"kata:{word}"
                    for word in scores.words(row)
                ),
                *_flag_words(urgent, danger.words, sensitive, delicate),
                *where,
            ),
        )


@dataclass(frozen=True, slots=True)
class _Reading:
    """One text as the parts of the classifier want it."""

    cleaned: str
    document: Document
    words: list[str]


def _urgent(
    limits: Thresholds,
    scores: Scores,
    row: int,
    sectors: Sequence[tuple[str, float]],
    level: Danger,
) -> Flag:
    """Return the flag: plain words that it happens now decide, else the model where one asks."""
    limit = limits.urgent if level else limits.urgent_alone
    grave = sum(share for sector, share in sectors if sector in GRAVE_SECTORS)
    if level is Danger.LIKELY or grave >= GRAVE_SHARE:
        limit = min(limit, limits.urgent * LIKELY_DANGER)
    if scores.flag("actionable", row) < limits.asked_cut:
        limit = math.inf
    return _flag(scores.flag("urgent", row), limit, level is Danger.PRESSING)


def _by_words(words: Sequence[str]) -> Flag:
    return Flag(on=bool(words), confidence=RULE_CONFIDENCE if words else 0.0)


def _flag(probability: float, threshold: float, words: bool) -> Flag:
    """Return the flag of model and plain words: either is enough."""
    confidence = max(probability, RULE_CONFIDENCE) if words else probability
    return Flag(on=words or probability >= threshold, confidence=confidence)


def _flag_words(
    urgent: Flag, danger: Sequence[str], sensitive: Flag, delicate: Sequence[str]
) -> list[str]:
    reasons: list[str] = []
    if urgent.on:
        reasons += [f"darurat:{word}" for word in danger[:2]] or ["darurat:model"]
    if sensitive.on:
        reasons += [f"sensitif:{word}" for word in delicate[:2]] or ["sensitif:model"]
    return reasons
