"""What an item becomes once a record of an answer is withdrawn: the pure rules, on any history."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from store_support import DECISION, NOW, QUEUE, TRIAGE

from tanggap.mention import STATUSES, UNANSWERED
from tanggap.store.answer_withdrawal import Act, Otherwise, withdrawn
from tanggap.store.item_state import ItemState, first_state

HOUR = timedelta(hours=1)
MOMENTS = st.integers(0, 20).map(lambda hours: NOW + hours * HOUR)
STATUS = st.sampled_from(STATUSES)
VERDICTS = st.sampled_from(["status", "answer", "withdraw", "note", "forward"])


@st.composite
def histories(draw: st.DrawFn) -> tuple[ItemState, Otherwise]:
    """Return a state and what is known beside the record, consistent or not."""
    statuses = draw(st.lists(STATUS, min_size=2, max_size=6))
    acts = [
        Act(number, NOW + number * HOUR, draw(VERDICTS), {"status": one}, {"status": other})
        for number, (one, other) in enumerate(pairwise(statuses), start=1)
    ]
    state = first_state(DECISION, draw(st.sampled_from([QUEUE, TRIAGE])), NOW)
    state = replace(state, status=draw(STATUS), answered_at=draw(st.none() | MOMENTS))
    recorded = draw(st.dictionaries(st.integers(1, 8), MOMENTS, max_size=2))
    seen = draw(st.lists(MOMENTS, max_size=2))
    closed = draw(st.none() | MOMENTS)
    # Only an answer that stands can have been noticed: what is gone is left out of both.
    noticed = draw(st.lists(MOMENTS, max_size=len(seen)))
    waited = (draw(st.sampled_from(UNANSWERED)), draw(st.none() | MOMENTS))
    return state, Otherwise(acts, recorded, seen, noticed, closed, *waited)


@given(histories())
def test_no_other_label_moves_and_the_version_grows_by_one(
    history: tuple[ItemState, Otherwise],
) -> None:
    state, other = history
    after = withdrawn(state, other, "sari", NOW)
    assert after.version == state.version + 1
    assert (after.updated_by, after.touched) == ("sari", True)
    assert (after.opd, after.sector, after.kecamatan) == (state.opd, state.sector, state.kecamatan)
    if state.status not in ("dijawab", "selesai"):
        assert (after.status, after.tab, after.jenis) == (state.status, state.tab, state.jenis)


@given(histories())
def test_it_was_answered_first_when_the_first_that_is_left_was(
    history: tuple[ItemState, Otherwise],
) -> None:
    state, other = history
    became = [
        one.id
        for one in other.acts
        if one.before["status"] != "dijawab" and one.after["status"] == "dijawab"
    ]
    said = [one.at for one in other.acts if one.said_answered and one.id >= max(became, default=0)]
    left = [*other.seen, *other.recorded.values(), *said]
    after = withdrawn(state, other, "sari", NOW)
    assert after.answered_at == min(left, default=None)


@given(histories())
def test_where_nothing_stands_it_is_not_answered(history: tuple[ItemState, Otherwise]) -> None:
    state, other = history
    other = replace(
        other,
        acts=[one for one in other.acts if not one.said_answered],
        recorded={},
        seen=[],
        noticed=[],
    )
    assert withdrawn(state, other, "sari", NOW).status != "dijawab"


@given(st.sampled_from([*UNANSWERED, "tertunda"]), st.lists(MOMENTS, max_size=3))
def test_alone_it_leads_back_to_the_status_before_it(status: str, before: list[object]) -> None:
    state = replace(first_state(DECISION, QUEUE, NOW), status="dijawab")
    act = Act(1, NOW + 30 * HOUR, "answer", {"status": status}, {"status": "dijawab"})
    other = Otherwise([act], {}, [], before, None)  # type: ignore[arg-type]
    assert withdrawn(state, other, "sari", NOW).status == status
