"""The classifier: a page of mentions in, one decision each out. Pure once it is loaded."""

import logging
from collections.abc import Sequence

from classifier.artefact import Artefact
from classifier.features import Document, Reader
from classifier.opd import LEAST_SHARE, Desk
from classifier.places import AUTOMATIC, Gazetteer, place_of, streets
from classifier.scores import PARENT, TOP, Scorer, Scores
from classifier.text import clean, words
from classifier.urgency import danger_words, hints_at_danger, sensitive_words, speaks_of_now
from tanggap.mention import Decision, Flag, Mention, Prediction
from tanggap.policy import Policy

RULES = "rules"
"""Version that stands on decisions when no artefact decides."""
BATCH = 512
"""Mentions that are worked on at a time, so that a large page stays small in memory."""
RULE_CONFIDENCE = 0.9
"""Shown for a flag that plain words set; a setting, not a measured probability."""
FAILURES = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError),
    *(RuntimeError, TypeError, ValueError),
)
"""What a mistake of ours or of a library may raise over a text; never a signal or an exit."""

logger = logging.getLogger("tanggap.classifier")


class Classifier:
    """One artefact (None: rules only, everything goes to a person) and one city's policy."""

    def __init__(self, policy: Policy, artefact: Artefact | None) -> None:
        self.version = artefact.version if artefact is not None else RULES
        self._scorer = Scorer(artefact) if artefact is not None else None
        self._limits = artefact.thresholds if artefact is not None else None
        self._reader = Reader(policy)
        self._gazetteer = Gazetteer(policy)
        self._desk = Desk(policy)

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
        documents = [reading[0] for reading in readings if reading is not None]
        scores = self._scorer.score(documents) if self._scorer is not None and documents else None
        decisions: list[Decision] = []
        row = 0
        for mention, reading in zip(mentions, readings, strict=True):
            if reading is None:
                decisions.append(Decision(model=self.version))
                continue
            decisions.append(self._judge(mention, reading[1], scores, row))
            row += 1
        return decisions

    def _read(self, mention: Mention) -> tuple[Document, list[str]] | None:
        try:
            cleaned = clean(mention.text)
            return self._reader.read(mention, cleaned), words(cleaned)
        except (TypeError, ValueError, AttributeError) as exc:
            logger.warning(
                "event=unreadable network=%s network_id=%s error=%s",
                mention.network,
                mention.network_id,
                type(exc).__name__,
            )
            return None

    def _judge(
        self, mention: Mention, said: list[str], scores: Scores | None, row: int
    ) -> Decision:
        found = self._gazetteer.find(said)
        place = place_of(found)
        where = [f"tempat:{found[0].words}"] if found else []
        where += [f"jalan:{name}" for name in streets(mention.text)[:1]]
        danger, delicate = danger_words(said), sensitive_words(said)
        if scores is None or self._limits is None or not scores.readable(row):
            urgent = _by_words(danger)
            sensitive = _by_words(delicate)
            reasons = _flag_words(urgent, danger, sensitive, delicate)
            return Decision(
                model=self.version,
                place=place,
                urgent=urgent,
                sensitive=sensitive,
                because=(*reasons, *where),
            )
        limits = self._limits
        pressing = bool(danger) and speaks_of_now(said)
        hinted = bool(danger) or hints_at_danger(said)
        limit = limits.urgent if hinted else limits.urgent_alone
        urgent = _flag(scores.flag("urgent", row), limit, pressing)
        sensitive = _flag(scores.flag("sensitive", row), limits.sensitive, bool(delicate))
        sectors = scores.sectors(row, LEAST_SHARE)
        sure = place.label if place is not None and place.confidence >= AUTOMATIC else None
        assignment = self._desk.assign(sectors, said, mention.addressed, sure)
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
                *_flag_words(urgent, danger, sensitive, delicate),
                *where,
            ),
        )


def _by_words(words: list[str]) -> Flag:
    return Flag(on=bool(words), confidence=RULE_CONFIDENCE if words else 0.0)


def _flag(probability: float, threshold: float, words: bool) -> Flag:
    """Return the flag of model and plain words: either is enough."""
    confidence = max(probability, RULE_CONFIDENCE) if words else probability
    return Flag(on=words or probability >= threshold, confidence=confidence)


def _flag_words(urgent: Flag, danger: list[str], sensitive: Flag, delicate: list[str]) -> list[str]:
    reasons: list[str] = []
    if urgent.on:
        reasons += [f"darurat:{word}" for word in danger[:2]] or ["darurat:model"]
    if sensitive.on:
        reasons += [f"sensitif:{word}" for word in delicate[:2]] or ["sensitif:model"]
    return reasons
