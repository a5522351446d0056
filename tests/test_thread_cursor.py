"""The walk of threads: what is asked next, when a reading ends, what a cursor holds."""

import json
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import thread_cursor
from collectors.thread_cursor import Ask, Pace, Step
from collectors.thread_state import Known, Reading, State, Thread, read, write
from tanggap.mention import Cursor, Gap

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
PACE = Pace(
    backfill=timedelta(days=2),
    watch=timedelta(days=30),
    overlap=timedelta(minutes=15),
    sweep=timedelta(hours=12),
    relist=timedelta(minutes=5),
    page_cap=60,
)


def thread(name: str, count: int | None = 1, age: float = 1.0, check: str = "") -> Thread:
    return Thread(name, name, NOW - timedelta(hours=age), check or f"{count}", count)


def minutes(*ago: float) -> list[datetime]:
    return [NOW - timedelta(minutes=count) for count in ago]


def listed(step_or_state: State, *threads: Thread, token: str = "", pace: Pace = PACE) -> Step:
    return thread_cursor.listed(step_or_state, threads, token, pace, NOW)


def commented(
    state: State, times: Iterable[datetime] = (), token: str = "", pace: Pace = PACE
) -> Step:
    return thread_cursor.commented(state, times, token, pace, NOW)


def after_one_poll(*threads: Thread, times: tuple[float, ...] = (30,)) -> State:
    step = listed(thread_cursor.begin(None, PACE, NOW), *threads)
    while step.more:
        step = commented(step.state, minutes(*times))
    return step.state


def begin(state: State, pace: Pace = PACE, later: float = 0.1) -> State:
    return thread_cursor.begin(write(state), pace, NOW + timedelta(hours=later))


def listed_later(state: State, days: float, *threads: Thread) -> Step:
    now = NOW + timedelta(days=days)
    return thread_cursor.listed(
        thread_cursor.begin(write(state), PACE, now), threads, "", PACE, now
    )


def test_a_first_poll_lists_and_then_reads_every_post_that_has_comments() -> None:
    state = thread_cursor.begin(None, PACE, NOW)
    assert thread_cursor.ask(state) == Ask()
    step = listed(state, thread("a"), token="t1")
    assert step.more
    assert thread_cursor.ask(step.state) == Ask("t1")
    step = listed(step.state, thread("empty", 0), thread("unknown", None), token="")
    assert thread_cursor.ask(step.state) == Ask(thread=thread("a"))
    step = commented(step.state, minutes(30), "c1")
    assert thread_cursor.ask(step.state) == Ask("c1", thread("a"))
    step = commented(step.state, minutes(40))
    assert thread_cursor.ask(step.state).thread == thread("unknown", None)
    step = commented(step.state)
    assert not step.more
    assert step.state.poll is None
    assert step.state.checked == NOW
    assert step.state.swept == NOW
    assert step.state.known["a"].mark == minutes(30)[0]
    assert step.state.known["unknown"].mark is None


def test_an_unchanged_check_is_not_read_again_but_a_missing_one_always() -> None:
    state = after_one_poll(thread("a"), Thread("b", "b", NOW, "", None))
    step = listed(begin(state), thread("a"), Thread("b", "b", NOW, "", None))
    assert thread_cursor.ask(step.state).thread == Thread("b", "b", NOW, "", None)
    assert not commented(step.state).more


@pytest.mark.parametrize(
    ("count", "times", "ends"),
    [
        (2, (5, 50), True),  # one more, one new
        (2, (5, 40), False),  # the last is not below mark and overlap
        (3, (5, 50), False),  # two more, one new: one came late
        (1, (5, 50), True),  # one new, one deleted
        (2, (50, 60), False),  # nothing new: something came late
        (2, (), False),
        (None, (5, 50), True),  # the network gives no counts
        (2, (5, 60 * 24 * 3), True),
    ],
)
def test_a_reading_ends_at_the_mark_when_what_is_new_explains_the_growth(
    count: int | None, times: tuple[float, ...], ends: bool
) -> None:
    state = after_one_poll(thread("a", 1))
    step = listed(begin(state), thread("a", count, check="changed"))
    step = commented(step.state, minutes(*times), "more")
    assert step.more is not ends


def test_a_sweep_reads_to_where_the_source_began() -> None:
    state = after_one_poll(thread("a"), thread("b", 0))
    swept = begin(state, later=13)
    step = listed(swept, thread("a"), thread("b", 0))
    step = commented(step.state, minutes(5, 500), "more")
    assert step.more
    step = commented(step.state, minutes(60 * 24 * 2 + 16), "more")
    assert thread_cursor.ask(step.state).thread == thread("b", 0)
    step = commented(step.state)
    assert step.state.swept == NOW + timedelta(hours=13)


def test_changed_posts_are_read_before_swept_ones() -> None:
    state = after_one_poll(thread("a"), thread("b"))
    step = listed(begin(state, later=13), thread("a"), thread("b", 2))
    assert thread_cursor.ask(step.state).thread == thread("b", 2)


def test_a_list_ends_after_several_old_posts_in_a_row_not_at_a_pinned_one() -> None:
    state = thread_cursor.begin(None, PACE, NOW)
    old = [thread(f"o{n}", age=24 * 40) for n in range(10)]
    step = listed(state, *old[:9], thread("a"), *old[:5], token="t")
    assert thread_cursor.ask(step.state) == Ask("t")
    step = listed(step.state, *old[:5], token="u")
    assert thread_cursor.ask(step.state).thread == thread("a")
    assert "o1" not in step.state.known


def test_too_many_posts_keep_the_newest_and_say_so() -> None:
    many = [thread(f"p{n}", age=n / 100) for n in range(700)]
    step = listed(thread_cursor.begin(None, PACE, NOW), *many, token="more")
    assert step.notices == ("too_many_posts",)
    assert step.state.poll
    assert [entry.id for entry in step.state.poll.queue] == [f"p{n}" for n in range(600)]
    pace = Pace(**{f: getattr(PACE, f) for f in PACE.__slots__} | {"page_cap": 2000})
    while step.more:
        step = commented(step.state, minutes(1), pace=pace)
    assert len(step.state.known) == 600
    assert len(write(step.state)) < 150_000


def test_posts_that_left_the_window_are_forgotten() -> None:
    state = after_one_poll(thread("a", age=24 * 29.5))
    assert "a" in state.known
    step = listed(begin(state, later=48))
    assert step.state.known == {}


def test_the_next_turn_lists_again_before_it_reads_on() -> None:
    pace = Pace(**{f: getattr(PACE, f) for f in PACE.__slots__} | {"page_cap": 2})
    step = listed(thread_cursor.begin(None, pace, NOW), thread("a"), thread("b"), pace=pace)
    step = commented(step.state, minutes(3), "c", pace=pace)
    assert (step.more, step.notices) == (False, ("page_cap",))
    state = thread_cursor.begin(write(step.state), pace, NOW)
    assert thread_cursor.ask(state) == Ask()
    step = listed(state, thread("new"), thread("a"), thread("b"), pace=pace)
    # What was half read goes on, then what changed.
    assert thread_cursor.ask(step.state) == Ask("c", thread("a"))
    step = commented(step.state, pace=pace)
    state = thread_cursor.begin(write(step.state), pace, NOW)
    step = listed(state, thread("new"), thread("a"), thread("b"), pace=pace)
    assert thread_cursor.ask(step.state).thread in (thread("new"), thread("b"))


def test_a_list_as_long_as_the_page_cap_does_not_keep_threads_from_being_read() -> None:
    pace = Pace(**{f: getattr(PACE, f) for f in PACE.__slots__} | {"page_cap": 1})
    state, read_pages = thread_cursor.begin(None, pace, NOW), 0
    for turn in range(8):
        if thread_cursor.ask(state).thread:
            step = commented(state, minutes(3), pace=pace)
            read_pages += 1
        else:
            step = listed(state, thread("a"), thread("b"), pace=pace)
        moment = NOW + timedelta(minutes=5 * turn)
        state = thread_cursor.begin(write(step.state), pace, moment)
    assert read_pages >= 2


def test_a_poll_held_up_for_long_lists_again() -> None:
    step = listed(thread_cursor.begin(None, PACE, NOW), thread("a"), thread("b"))
    step = commented(step.state, minutes(3))
    soon = thread_cursor.begin(write(step.state), PACE, NOW + timedelta(minutes=1))
    assert thread_cursor.ask(soon).thread == thread("b")
    later = thread_cursor.begin(write(step.state), PACE, NOW + timedelta(minutes=9))
    assert thread_cursor.ask(later) == Ask()


def test_a_thread_that_fails_before_any_page_was_read_is_listed_anew_too() -> None:
    step = listed(thread_cursor.begin(None, PACE, NOW), thread("a"), thread("b"))
    later = NOW + timedelta(minutes=9)
    assert thread_cursor.ask(thread_cursor.begin(write(step.state), PACE, later)) == Ask()
    # Within one turn a thread follows the list, however slow the network is.
    same = thread_cursor.begin(write(step.state), PACE, later, going_on=True)
    assert thread_cursor.ask(same).thread == thread("a")


def test_an_unread_thread_neither_ends_the_sweeps_nor_makes_every_poll_one() -> None:
    posts = [thread(name) for name in "abc"]
    cursor: Cursor | None = None
    asked: list[list[str]] = []
    for hour in range(27):
        now, more = NOW + timedelta(hours=hour), True
        asked.append([])
        while more:
            state = thread_cursor.begin(cursor, PACE, now)
            ask = thread_cursor.ask(state)
            if ask.thread is None:
                step = thread_cursor.listed(state, posts, "", PACE, now)
            else:
                asked[-1].append(ask.thread.id)
                bad = ask.thread.id == "b"
                step = (
                    thread_cursor.skipped(state, PACE, "comments_unreadable")
                    if bad
                    else thread_cursor.commented(state, minutes(30), "", PACE, now)
                )
            cursor, more = write(step.state), step.more
    swept = [hour for hour, names in enumerate(asked) if sorted(names) == ["a", "b", "c"]]
    assert swept == [0, 12, 24]
    assert [names for hour, names in enumerate(asked) if hour not in swept] == [["b"]] * 24


def test_an_unread_thread_is_not_queued_twice_by_one_poll() -> None:
    step = listed(thread_cursor.begin(None, PACE, NOW), thread("a"), thread("b"))
    step = thread_cursor.skipped(step.state, PACE, "comments_unreadable")
    state = thread_cursor.begin(write(step.state), PACE, NOW + timedelta(minutes=9))
    step = listed(state, thread("a"), thread("b"))
    step = commented(step.state)
    assert not step.more
    assert set(step.state.known) == {"b"}


def test_after_a_pause_the_window_reaches_as_far_as_when_the_pause_began() -> None:
    watched = thread("a", 1, age=24 * 20)
    state = after_one_poll(watched)
    step = listed_later(state, 21, thread("a", 4, age=24 * 20))
    assert thread_cursor.ask(step.state).thread == thread("a", 4, age=24 * 20)
    assert step.gap is None
    old = thread("b", 4, age=24 * 29)
    step = listed_later(state, 40, old)
    assert not step.more  # a day older than twice the window
    gap = Gap(NOW, NOW + timedelta(days=10), "long_rest")
    assert (step.gap, step.notices) == (gap, ("long_rest",))
    assert listed_later(step.state, 41).gap is None


def test_a_pause_in_the_middle_of_a_poll_is_a_gap_too() -> None:
    step = listed(thread_cursor.begin(None, PACE, NOW), thread("a"), thread("b"))
    step = commented(step.state)
    step = listed_later(step.state, 35)
    assert step.gap == Gap(NOW, NOW + timedelta(days=5), "long_rest")


def test_posts_beyond_the_newest_are_a_gap_once_per_sweep() -> None:
    pace = Pace(**{f: getattr(PACE, f) for f in PACE.__slots__} | {"page_cap": 2000})
    many = [thread(f"p{n}", 0, age=n / 100) for n in range(700)]
    step = listed(thread_cursor.begin(None, pace, NOW), *many, token="more", pace=pace)
    assert step.gap == Gap(NOW - timedelta(days=2), NOW, "too_many_posts")
    step = listed(begin(step.state), *many, token="more")
    assert (step.gap, step.notices) == (None, ("too_many_posts",))
    step = listed(begin(step.state, later=13), *many, token="more")
    assert step.gap == Gap(NOW, NOW + timedelta(hours=13), "too_many_posts")


def test_a_future_comment_does_not_carry_the_mark_along() -> None:
    state = after_one_poll(thread("a"), times=(-600,))
    assert state.known["a"].mark == NOW


def test_branches_are_read_after_the_comments_and_hold_the_mark_back() -> None:
    pace = Pace(**{f: getattr(PACE, f) for f in PACE.__slots__} | {"whole": True})
    step = listed(thread_cursor.begin(None, pace, NOW), thread("a"), pace=pace)
    step = thread_cursor.commented(
        step.state, minutes(9), "c", pace, NOW, [("one", "r1"), ("two", "r1")]
    )
    assert thread_cursor.ask(step.state) == Ask("c", thread("a"))
    step = commented(step.state, minutes(10), pace=pace)
    assert thread_cursor.ask(step.state) == Ask("r1", thread("a"), "one")
    step = commented(step.state, minutes(8), "r2", pace=pace)
    assert thread_cursor.ask(step.state) == Ask("r2", thread("a"), "one")
    assert "a" not in step.state.known
    step = commented(step.state, minutes(7), pace=pace)
    assert thread_cursor.ask(step.state) == Ask("r1", thread("a"), "two")
    step = commented(step.state, pace=pace)
    assert not step.more
    assert step.state.known["a"].mark == minutes(7)[0]


@pytest.mark.parametrize(("token", "kept"), [("r", 500), ("x" * 190, 294), ("x" * 2000, 29)])
def test_too_many_branches_say_so(token: str, kept: int) -> None:
    step = listed(thread_cursor.begin(None, PACE, NOW), thread("a"))
    branches = [(f"c{n:05}", token) for n in range(600)]
    step = thread_cursor.commented(step.state, [], "", PACE, NOW, branches)
    assert step.notices == ("too_many_posts",)
    assert step.state.poll
    assert step.state.poll.reading
    assert step.state.poll.reading.branches == tuple(branches[:kept])


def test_the_largest_cursor_stays_below_300_kB() -> None:
    name = "100064079190037_2123581841867148"
    posts = [
        Thread(
            f"{name}{n:03}", f"{name}{n:03}", NOW, f"2026-11-20T03:10:00+0000 {n + 10000}", 10000
        )
        for n in range(600)
    ]
    state = thread_cursor.begin(None, PACE, NOW)
    assert state.poll
    state = replace(
        state,
        known={post.id: Known(post, NOW) for post in posts},
        checked=NOW,
        swept=NOW,
        poll=replace(
            state.poll,
            listing=None,
            queue=tuple(posts),
            left=tuple(post.id for post in posts),
            reading=Reading(posts[0], "x" * 2000, ("a" * 12,) * 300, newest=NOW),
        ),
    )
    branches = [(f"17852658379{n:06}", "x" * 200) for n in range(600)]
    step = thread_cursor.commented(state, [], "", PACE, NOW, branches)
    assert len(write(step.state)) < 300_000


def test_a_used_token_gives_the_thread_up_until_the_next_poll() -> None:
    state = after_one_poll(thread("a", 1))
    step = listed(begin(state), thread("a", 2), thread("b", 1))
    step = commented(step.state, minutes(40), "same")
    step = commented(step.state, minutes(50), "same")
    assert step.notices == ("paging_loop",)
    assert thread_cursor.ask(step.state).thread == thread("b", 1)
    step = commented(step.state)
    assert set(step.state.known) == {"b"}
    assert thread_cursor.ask(listed(begin(step.state), thread("a", 2)).state).thread


def test_a_refused_place_begins_anew_once() -> None:
    state = thread_cursor.begin(None, PACE, NOW)
    step = listed(state, thread("a"), token="t")
    again = thread_cursor.restarted(step.state)
    assert again
    assert thread_cursor.ask(again) == Ask()
    step = listed(again, thread("a"), token="t")
    assert thread_cursor.restarted(step.state) is None
    step = thread_cursor.given_up(step.state, PACE, NOW)
    assert step.notices == ("paging_loop",)
    step = commented(step.state, minutes(3), "c")
    fresh = thread_cursor.restarted(step.state)
    assert fresh
    assert thread_cursor.ask(fresh) == Ask(thread=thread("a"))
    step = commented(fresh, minutes(3), "c")
    assert thread_cursor.restarted(step.state) is None
    assert not thread_cursor.given_up(step.state, PACE, NOW).more


def test_what_is_settled_waits_for_a_change_and_what_is_not_for_the_next_poll() -> None:
    step = listed(thread_cursor.begin(None, PACE, NOW), thread("gone"), thread("odd"))
    step = thread_cursor.skipped(step.state, PACE, "post_gone", settled=True)
    step = thread_cursor.skipped(step.state, PACE, "comments_unreadable")
    assert not step.more
    assert set(step.state.known) == {"gone"}
    assert step.state.swept == NOW
    step = listed(begin(step.state), thread("gone"), thread("odd"))
    assert thread_cursor.ask(step.state).thread == thread("odd")


def test_a_vanished_comment_before_any_branch_skips_the_thread() -> None:
    step = listed(thread_cursor.begin(None, PACE, NOW), thread("a"))
    assert not thread_cursor.branch_gone(step.state, PACE, "post_gone").more


def test_without_a_poll_there_is_nothing_to_ask() -> None:
    with pytest.raises(ValueError, match="no poll"):
        thread_cursor.ask(State(NOW, {}))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{}", '{"version":9}', '{"version":1,"origin":"x"}', '{"version":1}'],
)
def test_an_unreadable_cursor_begins_anew(text: str) -> None:
    assert read(Cursor(text), NOW) == State(NOW, {})


def test_the_cursor_survives_its_text_form_at_every_step() -> None:
    step = listed(thread_cursor.begin(None, PACE, NOW), thread("a"), thread("b", None), token="t")
    states = [step.state]
    step = listed(step.state, thread("c"))
    states.append(step.state)
    step = thread_cursor.commented(step.state, minutes(1), "c1", PACE, NOW, [("x", "r")])
    states.append(step.state)
    while step.more:
        step = commented(step.state, minutes(2))
        states.append(step.state)
    for state in states:
        assert read(write(state), NOW - timedelta(days=400)) == state
        assert json.loads(write(state))["version"] == 1


@st.composite
def stories(draw: st.DrawFn) -> list[Any]:
    """Comments as (post, posted at, shown at), in minutes from the start of the source."""
    entry = st.tuples(st.integers(0, 2), st.integers(-600, 600), st.integers(0, 300))
    return draw(st.lists(entry, max_size=25))


@settings(max_examples=60, deadline=None)
@given(stories(), st.integers(1, 4), st.integers(2, 6), st.booleans(), st.integers(0, 2**32))
def test_every_comment_is_seen_by_a_later_poll_whatever_the_pages_and_the_kills(
    story: list[Any], size: int, cap: int, whole: bool, seed: int
) -> None:
    pace = Pace(**{f: getattr(PACE, f) for f in PACE.__slots__} | {"page_cap": cap, "whole": whole})
    posts = [thread(f"p{n}", age=20) for n in range(3)]
    comments = [
        (posts[post].id, NOW + timedelta(minutes=at), NOW + timedelta(minutes=at + late))
        for post, at, late in story
    ]
    dice = random.Random(seed)
    seen: set[tuple[str, datetime]] = set()
    cursor: Cursor | None = None
    now = NOW
    for _ in range(120):
        now += timedelta(minutes=11)
        more = True
        while more:
            state = thread_cursor.begin(cursor, pace, now)
            asked = thread_cursor.ask(state)
            visible = [c for c in comments if c[2] <= now]
            if asked.thread is None:
                rows = []
                for post in posts:
                    count = sum(c[0] == post.id for c in visible)
                    rows.append(Thread(post.id, post.id, post.posted, f"{count}", count))
                found: list[Any] = []
                step = thread_cursor.listed(state, rows, "", pace, now)
            else:
                wanted = asked.thread.id
                under = sorted((c for c in visible if c[0] == wanted), key=lambda c: c[1])[::-1]
                first = int(asked.token or 0)
                found = under[first : first + size]
                rest = str(first + size) if first + size < len(under) else ""
                times = [c[1] for c in found]
                step = thread_cursor.commented(state, times, rest, pace, now)
            if dice.random() < 0.2:
                break  # killed before the commit
            seen |= {(c[0], c[1]) for c in found}
            cursor, more = write(step.state), step.more
    origin = NOW - timedelta(days=2)
    assert seen >= {(c[0], c[1]) for c in comments if c[1] >= origin}
