"""Where answers are seen, until when they were looked for, and what that means for a clock."""

from datetime import datetime
from typing import Any

import pytest
from answer_support import at, facts, packaged_config, reckoner, source, watch

from tanggap.boards import judged, score, unanswered
from tanggap.clocks import State
from tanggap.store.rows_answers import AnswerFacts, StatusChange
from tanggap.watching import Watch, Watched


def state(one: AnswerFacts, now: datetime, watched: Watched | None = None) -> State:
    """Return the state of the first answer's clock."""
    return reckoner(now).first_answer(one, watched or watch(now).of(one)).state


@pytest.mark.parametrize(
    ("more", "until", "why"),
    [
        ({}, at(5), ""),
        ({"opd": "dlh"}, None, "no_account"),
        ({"network": "aplikasi", "kind": "intake"}, None, "intake"),
        ({"network": "facebook", "kind": "comment", "under_opd": "dlh"}, at(4), ""),
        ({"network": "facebook", "kind": "visitor_post", "addressed": ("dlh",)}, at(4), ""),
        ({"network": "facebook", "kind": "tag"}, None, "elsewhere"),
        ({"network": "facebook", "kind": "comment", "under_opd": "dpupr"}, None, "no_account"),
        ({"network": "instagram", "kind": "tag"}, None, "elsewhere"),
        ({"network": "instagram", "kind": "comment", "under_opd": "dlh"}, at(3), ""),
        ({"network": "instagram", "kind": "comment", "under_opd": "pemkot"}, None, "not_read"),
        ({"network": "instagram", "kind": "comment", "addressed": ()}, None, "no_account"),
    ],
)
def test_where_answers_are_seen_and_until_when(
    more: dict[str, Any], until: datetime | None, why: str
) -> None:
    sources = [
        source("x", "timeline", "dpupr", at(5)),
        source("x", "mentions", "dlh", at(6)),  # brings complaints, not answers
        source("facebook", "feed", "dlh", at(4)),
        source("facebook", "tagged", "dpupr", at(6)),
        source("instagram_web", "media", "dlh", at(3)),
        source("instagram", "media", "pemkot", None),
    ]
    found = Watch(sources, packaged_config()).of(facts(**more))
    assert (found.until, found.why) == (until, why)


def test_below_an_old_post_answers_are_seen_no_longer() -> None:
    comment = {"network": "facebook", "kind": "comment", "under_opd": "dlh"}
    old = facts(**comment, root_posted_at=at(-29))
    assert watch(at(9)).of(old) == Watched(at(1), ends=at(1))  # 30 days
    assert state(old, at(0, 12)) == "running"
    assert state(old, at(1, 9)) == "unwatched"  # not due yet
    assert state(old, at(9)) == "unwatched"
    new = facts(**comment, root_posted_at=at(-1))
    assert watch(at(9)).of(new) == Watched(at(9), ends=at(29))
    assert state(new, at(9)) == "missed"


def test_what_came_due_while_it_was_looked_for_is_late_but_waited_for_no_longer() -> None:
    one = facts(network="facebook", kind="comment", under_opd="dlh", root_posted_at=at(-25))
    assert state(one, at(4)) == "missed"
    clock = reckoner(at(6)).first_answer(one, watch(at(6)).of(one))
    assert clock.state == "missed_unwatched"
    assert list(reckoner(at(6)).running([clock])) == []
    [judged_one] = judged([one], reckoner(at(6)), watch(at(6)))
    assert (judged_one.waits, judged_one.unwatched, judged_one.counts) == (False, True, True)
    found = score([judged_one])
    assert (found.late, found.waiting, found.overdue, found.unwatched) == (1, 0, 0, 1)
    assert unanswered([judged_one]) == []


def test_what_was_closed_after_nobody_looked_any_more_is_not_held_against_its_opd() -> None:
    closed = StatusChange(at(3), "selesai", "sari")
    one = facts(status="selesai", changes=(StatusChange(at(0), "baru", "mesin"), closed))
    assert state(one, at(9), Watched(at(9))) == "missed"
    assert state(one, at(9), Watched(at(1, 15))) == "ended"


def test_without_sources_nothing_is_watched() -> None:
    assert Watch([], packaged_config()).of(facts()).why == "no_account"
    assert watch(at(1)).of(facts()).why == ""
