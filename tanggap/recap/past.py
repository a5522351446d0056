"""What was known of an item at a moment: later answers and statuses are left out. Pure."""

from dataclasses import replace
from datetime import datetime

from tanggap.store.rows_answers import AnswerFacts


def known_at(facts: AnswerFacts, as_of: datetime) -> AnswerFacts | None:
    """Return the facts as they were at a moment; None for an item that was not there yet.

    An answer counts from when it was given, also where it was seen or recorded later, until it was
    known to be gone. OPD, sector,
    jenis and place are those of today: the facts hold no history of them.
    """
    if facts.seen_at > as_of or (facts.changes and facts.changes[0].at > as_of):
        return None
    still = [one for one in facts.gone if one.gone_at is not None and one.gone_at > as_of]
    answers = tuple(one for one in facts.answers if one.posted_at <= as_of)
    if still:
        answers = tuple(
            sorted(
                (*answers, *(one for one in still if one.posted_at <= as_of)),
                key=lambda one: (one.posted_at, one.by_hand, one.opd),
            )
        )
    later = tuple(one for one in facts.later if one.posted_at <= as_of)
    changes = tuple(one for one in facts.changes if one.at <= as_of)
    given = facts.in_charge_since
    if given is not None and given > as_of:
        facts = replace(facts, in_charge_since=None)
    if len(changes) < len(facts.changes):
        facts = replace(facts, changes=changes, status=changes[-1].status)
    if answers == facts.answers and len(later) == len(facts.later):
        return facts
    return replace(facts, answers=answers, later=later)
