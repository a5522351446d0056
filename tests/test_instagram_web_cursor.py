"""Whatever Instagram answers, a poll ends, its cursor stays small, and nothing is forgotten."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from instagram_web_support import NOW

from collectors import instagram_web_cursor as steps
from collectors.instagram_web_cursor import Step
from collectors.instagram_web_errors import LibraryTrouble, failure, rest
from collectors.instagram_web_state import State, read, write
from collectors.instagram_web_wire import CommentPage, Media
from collectors.transport import Exchange
from tanggap.mention import Mention
from tanggap.networks import InstagramWebSettings

SETTINGS = InstagramWebSettings()
CAP = 7


def media(code: str, minutes_ago: int, count: int | None) -> Media:
    posted = NOW - timedelta(minutes=minutes_ago)
    return Media(Mention("instagram", code, "post", "", posted, NOW), "1", count)


codes = st.sampled_from([f"C{number}" for number in range(30)])
tokens = st.sampled_from(["", "", "a", "b", "c"])
lists = st.tuples(
    st.lists(st.builds(media, codes, st.integers(0, 60_000), st.none() | st.integers(0, 30))),
    tokens,
)
threads = st.lists(st.tuples(st.sampled_from(["1", "2", "3"]), st.integers(1, 5)), max_size=3)
comments = st.builds(
    CommentPage, token=tokens, threads=threads.map(tuple), unreachable=..., broken=...
)


@given(st.data(), st.booleans())
def test_a_poll_ends_whatever_the_answers_are(data: st.DataObject, own: bool) -> None:
    state = State()
    for _ in range(4 * steps.DEEPEST * 30):
        state = steps.begin(read(write(state)), SETTINGS, NOW, own=own)
        step = one_step(state, data, own=own)
        state = step.state
        cursor = write(state)
        assert read(cursor) == state
        assert len(cursor) < 20_000
        if state.poll is None:
            return
    raise AssertionError("the poll never ends")


def one_step(state: State, data: st.DataObject, *, own: bool) -> Step:
    assert state.poll is not None
    if not state.poll.listed:
        found, token = data.draw(lists)
        return steps.listed(state, found, token, own=own, page_cap=CAP)
    page: Any = data.draw(comments)
    what = data.draw(st.sampled_from(["page", "page", "lost", "gone"]))
    if state.poll.threads:
        lost = what != "page"
        return steps.thread_lost(state, CAP) if lost else steps.replied(state, page, CAP)
    if what == "page":
        return steps.commented(state, page, CAP)
    return steps.given_up(state, CAP, gone=what == "gone")


def test_a_server_that_always_has_a_further_page_is_left_in_the_end() -> None:
    state = steps.begin(State(), SETTINGS, NOW, own=True)
    state = steps.listed(state, [media("C1", 5, 3)], "", own=True, page_cap=CAP).state
    page = CommentPage(token="first", threads=(("7", 3),))
    state = steps.commented(state, page, CAP).state
    pages = 0
    while state.poll:
        pages += 1
        page = CommentPage(token=f"token {pages}")
        follow = steps.replied if state.poll.threads else steps.commented
        state = follow(state, page, CAP).state
        assert pages < 300
    assert "C1" not in state.known


def test_without_a_poll_under_way_nothing_follows() -> None:
    state = State()
    page = CommentPage()
    assert steps.listed(state, [], "", own=True, page_cap=1) == Step(state)
    assert steps.commented(state, page, 1) == steps.replied(state, page, 1) == Step(state)
    assert steps.given_up(state, 1) == steps.thread_lost(state, 1) == Step(state)
    assert steps.restarted(state) is None


def test_a_failure_before_any_request_is_the_librarys() -> None:
    error = failure("KeyError", None, None, "s", NOW)
    assert (type(error), error.detail) == (LibraryTrouble, "KeyError")
    odd = failure("LoginRequiredException", None, Exchange(200, {}, b"{}"), "s", NOW)
    assert odd.code == "instagram_session"


def test_a_rest_is_never_shorter_than_the_window_nor_longer_than_a_day() -> None:
    assert rest(1.0, NOW).retry_at == NOW + timedelta(minutes=11)
    assert rest(1800.0, NOW).retry_at == NOW + timedelta(minutes=30)
    assert rest(1e7, NOW).retry_at == NOW + timedelta(days=1)
