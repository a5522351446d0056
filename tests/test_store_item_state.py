"""The rules of an item's state, which every database shares."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_support import (
    ASIDE,
    CONTEXT,
    DECISION,
    NOW,
    QUEUE,
    SENSITIVE,
    TRIAGE,
    answer,
    at,
    decision,
    mention,
)

from tanggap.errors import InputError
from tanggap.mention import ACTIONABLE, JENIS, STATUSES, Mention, Review, handles_named
from tanggap.store.answer_rules import (
    answers_item,
    concerned_by,
    replies_to_nobody,
)
from tanggap.store.codec import clean, decision_from, decision_text
from tanggap.store.item_state import (
    ItemState,
    after_review,
    answered,
    first_state,
    redecided,
)
from tanggap.store.rows import newer, newest

ROUTES = st.sampled_from([QUEUE, TRIAGE, ASIDE, SENSITIVE])
REVIEWS = st.builds(
    Review,
    item_id=st.just(1),
    by=st.just("sari"),
    verdict=st.sampled_from(["agree", "relabel", "forward", "status", "note"]),
    expected_version=st.just(1),
    why=st.sampled_from(["", "alasan"]),
    jenis=st.sampled_from([None, *JENIS]),
    opd=st.sampled_from([None, "dpupr", "dlh"]),
    status=st.sampled_from(STATUSES),
)
DECISIONS = st.sampled_from([decision(jenis) for jenis in JENIS])
STEPS = st.lists(st.one_of(REVIEWS, st.tuples(ROUTES, DECISIONS), st.integers(0, 100)), max_size=12)


@given(first=ROUTES, steps=STEPS)
def test_whatever_happens_machines_never_undo_a_person(first: object, steps: list[object]) -> None:
    state = first_state(DECISION, first, NOW)  # type: ignore[arg-type]
    for step in steps:
        before = state
        if isinstance(step, Review):
            try:
                state = after_review(state, step, at(1), seen_answer=None)
            except InputError:
                continue
            assert state.touched or step.verdict == "note"
        elif isinstance(step, int):
            state = answered(state, at(step), at(2))
        else:
            route, decided = step  # type: ignore[misc]
            state = redecided(state, decided, route, at(3))
            assert state.touched == before.touched
            if before.touched:
                assert state.labels == before.labels
        assert state.version >= before.version
        assert (state == before) == (state.version == before.version) or isinstance(step, int)
        _check(state)


def _check(state: ItemState) -> None:
    assert state.status in STATUSES
    assert state.opd not in state.supporting
    if state.tab == "aside":
        assert state.status not in ("baru", "terverifikasi", "koordinasi", "proses", "dijawab")
    if state.status == "bukan_aduan":
        assert state.tab == "aside"
    if state.status == "dijawab":
        assert state.answered_at is not None


@given(st.integers(0, 10**25), st.integers(0, 10**25))
def test_ids_of_x_compare_as_numbers(left: int, right: int) -> None:
    assert newer(mention("1", revision=str(left)), str(right)) == (left > right)


@pytest.mark.parametrize(
    ("left", "right", "is_newer"),
    [
        ("0009", "10", False),
        ("2026-11-02T00:00:00Z", "2026-11-01T00:00:00Z", True),
        ("5", "", True),
        ("", "5", False),
        ("", "", False),
        ("a", "a", False),
    ],
)
def test_other_revisions_compare_as_text(left: str, right: str, is_newer: bool) -> None:
    assert newer(mention("1", revision=left), right) == is_newer
    row = mention("1", kind="intake", revision=left)
    assert newer(row, right) == (left != right)


@given(st.lists(st.builds(mention, st.sampled_from("ab"), revision=st.sampled_from("123"))))
def test_the_newest_of_a_page_is_one_per_post_and_nothing_is_newer(page: list[Mention]) -> None:
    found = {one.network_id: one for one in newest(page)}
    assert len(found) == len(newest(page))
    assert set(found) == {one.network_id for one in page}
    assert not any(newer(one, found[one.network_id].revision) for one in page)


@pytest.mark.parametrize("jenis", JENIS)
def test_what_is_forwarded_never_stands_in_the_queue_as_no_complaint(jenis: str) -> None:
    asks = jenis in ACTIONABLE
    for route in (ASIDE, TRIAGE):
        state = first_state(decision(jenis), route, NOW)
        forward = Review(1, "sari", "forward", 1, why="lampu", opd="dlh")
        after = after_review(state, forward, at(1), seen_answer=None)
        assert (after.tab, after.status, after.opd) == ("queue", "baru", "dlh")
        assert after.jenis == (jenis if asks else None)
        assert after.jenis_confidence == (0.95 if asks else None)
        brought = after_review(state, replace(forward, jenis="aspirasi"), at(1), seen_answer=None)
        assert brought.jenis == "aspirasi"


def test_the_sensitive_lane_is_left_only_for_aside() -> None:
    state = first_state(DECISION, SENSITIVE, NOW)
    for status in STATUSES:
        review = Review(1, "sari", "status", 1, why="x", status=status)
        after = after_review(state, review, NOW, seen_answer=None)
        assert after.tab == ("aside" if status == "bukan_aduan" else "sensitive")
        back = Review(1, "sari", "status", 1, status="proses")
        assert after_review(after, back, NOW, seen_answer=None).tab == "sensitive"


def test_a_route_that_makes_no_item_only_suggests() -> None:
    state = first_state(DECISION, QUEUE, NOW)
    after = redecided(state, DECISION, CONTEXT, at(1))
    assert after.suggestion == {"route": "context"}
    assert after.labels == state.labels


@given(st.text())
def test_clean_text_can_always_be_stored(text: str) -> None:
    assert "\x00" not in clean(text)
    assert len(clean(text)) == len(text)
    clean(text).encode()


@given(st.text(st.characters(codec=None)))
def test_lone_surrogates_are_replaced(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    clean(text).encode()


@given(
    st.sampled_from(sorted(ACTIONABLE)),
    st.floats(0, 1),
    st.lists(st.text(max_size=20), max_size=4),
    st.booleans(),
)
def test_a_decision_survives_its_text(
    jenis: str, share: float, because: list[str], with_place: bool
) -> None:
    made = replace(
        decision(jenis),
        actionable=share,
        because=tuple(because),
        place=decision().place if with_place else None,
    )
    assert decision_from(decision_text(made)) == made


def test_an_answer_on_another_network_or_in_another_thread_is_none() -> None:
    assert answers_item(answer("2", "1"), mention("1"), mention("1"), ())
    assert not answers_item(answer("2", "1"), mention("3"), mention("3"), ())
    assert not answers_item(answer("2", "1"), mention("1", network="facebook"), None, ())


def test_handles_are_read_as_networks_write_them() -> None:
    assert handles_named("Halo @Warga_Satu, @rina.kebun. cc:@dpupr_skm a@b.id @@x") == {
        "warga_satu", "rina.kebun", "dpupr_skm",
    }  # fmt: skip
    assert handles_named("tanpa nama") == frozenset()


@given(st.text())
def test_any_text_can_be_looked_through_for_handles(text: str) -> None:
    for handle in handles_named(text):
        assert f"@{handle}" in text.lower()


@pytest.mark.parametrize(
    ("more", "answers"),
    [
        ({}, True),
        ({"text": "Sudah ditangani, @WARGA"}, True),
        ({"text": "Sudah ditangani, @warga2"}, False),
        ({"author_opd": "dlh"}, False),  # whom nobody asked
        ({"author_opd": "pemkot"}, True),
        ({"author_opd": "bpbd"}, True),  # a supporting one
        ({"author_opd": "dinkes"}, True),  # whom the mention names
        ({"posted_at": at(7 * 86400)}, True),
        ({"posted_at": at(7 * 86400 + 1)}, False),
        ({"posted_at": at(-1)}, False),
        ({"network": "instagram"}, False),
        ({"parent_id": "77", "thread_id": "78"}, False),  # speaks to somebody else
    ],
)
def test_a_post_that_names_the_author_answers_when_it_is_by_one_who_was_asked(
    more: dict[str, Any], answers: bool
) -> None:
    values = {"kind": "post", "parent_id": None, "thread_id": None, "text": "@warga sudah beres"}
    post = answer("9", "1", **{**values, **more})
    asked = mention("1", author_handle="warga", addressed=("dinkes",))
    state = replace(first_state(DECISION, QUEUE, NOW), opd="dpupr", supporting=("bpbd",))
    assert answers_item(post, asked, asked, concerned_by(state, asked)) is answers


def test_a_post_that_names_the_author_answers_nothing_that_was_put_aside() -> None:
    post = answer("9", "1", kind="post", parent_id=None, thread_id=None, text="@warga sudah beres")
    thanks = mention("1", author_handle="warga")
    state = first_state(decision("apresiasi"), ASIDE, NOW)
    assert not answers_item(post, thanks, thanks, concerned_by(state, thanks))
    in_thread = replace(post, parent_id="1", thread_id="1")
    assert answers_item(in_thread, thanks, thanks, concerned_by(state, thanks))


def test_under_an_own_post_a_comment_that_names_the_citizen_answers() -> None:
    root = mention("1", author_opd="dpupr", kind="post")
    asked = mention("2", parent_id="1", thread_id="1", author_handle="warga")
    named = answer("3", "1", text="@warga sudah kami perbaiki, Kak")
    assert replies_to_nobody(named)
    assert answers_item(named, asked, root, ("dpupr",))
    assert not answers_item(replace(named, text="@lain sudah"), asked, root, ("dpupr",))
    to_another = replace(named, parent_id="4")
    assert not answers_item(to_another, asked, root, ("dpupr",))


def test_a_status_that_brings_an_item_back_to_work_takes_its_jenis_away() -> None:
    state = first_state(decision("spam"), ASIDE, NOW)
    back = Review(item_id=1, by="sari", verdict="status", expected_version=1, status="proses")
    after = after_review(state, back, at(1), seen_answer=None)
    assert (after.tab, after.status, after.jenis) == ("queue", "proses", None)
    away = replace(back, status="arsip", why="sudah lama")
    assert after_review(state, away, at(1), seen_answer=None).jenis == "spam"
