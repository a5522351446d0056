"""How a citizen took an answer, by what the same author wrote later in the thread."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from answer_support import answered, at, facts, reckoner, watch
from hypothesis import given
from hypothesis import strategies as st

from tanggap.boards import judged, score
from tanggap.mention import ACTIONABLE, JENIS
from tanggap.reactions import reaction
from tanggap.store.rows_answers import LaterPost

ANSWERED = (answered(at(1)), answered(at(3)))


def said(when: datetime, jenis: str | None) -> LaterPost:
    return LaterPost(when, jenis, "queue" if jenis in ACTIONABLE else "aside")


@pytest.mark.parametrize(
    ("later", "wanted"),
    [
        ((), "none"),
        ([said(at(2), "apresiasi")], "thanks"),
        ([said(at(2), "pengaduan")], "again"),
        ([said(at(2), "permintaan_informasi")], "again"),
        ([said(at(2), "apresiasi"), said(at(4), "pengaduan")], "again"),
        ([said(at(2), "pengaduan"), said(at(4), "apresiasi")], "thanks"),
        ([said(at(2), "apresiasi"), said(at(4), "bukan_aduan")], "thanks"),
        ([said(at(2), "spam"), said(at(2), None)], "none"),
        ([said(at(0, 9), "apresiasi")], "none"),
        ([LaterPost(at(2), "pengaduan", "aside")], "none"),
    ],
)
def test_the_last_word_after_the_first_answer_counts(later: list[LaterPost], wanted: str) -> None:
    assert reaction(facts(answers=ANSWERED, later=tuple(later))) == wanted


def test_what_nobody_answered_has_no_reaction() -> None:
    assert reaction(facts(later=(said(at(2), "apresiasi"),))) == "none"


def test_thanks_for_what_another_opd_said_before_an_item_was_sent_on_count_no_more() -> None:
    sent_on: dict[str, Any] = {
        "opd": "dlh",
        "in_charge_since": at(4),
        "later": (said(at(2), "apresiasi"),),
    }
    assert reaction(facts(answers=ANSWERED, **sent_on)) == "none"
    own = answered(at(5), "dlh")
    both = facts(answers=(*ANSWERED, own), status="dijawab", **sent_on)
    assert reaction(both) == "none"
    thanked = (*both.later, said(at(6), "apresiasi"))
    assert reaction(replace(both, later=thanked)) == "thanks"


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from([*JENIS, None])), max_size=8))
def test_who_said_anything_that_counts_has_reacted(posts: list[tuple[int, str | None]]) -> None:
    later = tuple(said(at(day), jenis) for day, jenis in sorted(posts, key=lambda one: one[0]))
    counting = [
        one.jenis
        for one in later
        if one.posted_at > at(1) and one.jenis in {*ACTIONABLE, "apresiasi"}
    ]
    found = reaction(facts(answers=ANSWERED, later=later))
    wanted = {"apresiasi": "thanks"}.get(counting[-1] or "", "again") if counting else "none"
    assert found == wanted


def test_those_who_thanked_are_counted() -> None:
    them = [
        facts(number, answers=ANSWERED, status="dijawab", later=(said(at(2), jenis),))
        for number, jenis in enumerate(("apresiasi", "pengaduan", "apresiasi"), start=1)
    ]
    assert score(judged(them, reckoner(at(9)), watch(at(9)))).thanked == 2
