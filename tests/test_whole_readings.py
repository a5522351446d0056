"""When a collector may say that it listed all there is, so that what is not listed is gone."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import thread_cursor, x_cursor
from collectors.thread_cursor import Pace, Step
from collectors.thread_state import State, Thread, write
from collectors.x_wire import id_before, moment_of
from tanggap.mention import Whole
from tanggap.networks import XSettings

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
PACE = Pace(
    backfill=timedelta(days=2),
    watch=timedelta(days=30),
    overlap=timedelta(minutes=15),
    sweep=timedelta(hours=12),
    relist=timedelta(minutes=5),
    page_cap=60,
)
POSTED = NOW - timedelta(days=3)
ORIGIN = NOW - PACE.backfill
"""Since when a source that begins anew tells of comments."""
MINUTE = timedelta(minutes=1)


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=count) for count in minutes]


def thread(count: int | None) -> Thread:
    return Thread("9_1", "1_9_1", POSTED, f"{count}", count)


def listed(count: int | None, state: State | None = None, now: datetime = NOW) -> Step:
    begun = thread_cursor.begin(None if state is None else write(state), PACE, now)
    return thread_cursor.listed(begun, [thread(count)], "", PACE, now)


def commented(
    step: Step, times: Iterable[datetime], token: str = "", now: datetime = NOW, **more: Any
) -> Step:
    return thread_cursor.commented(step.state, times, token, PACE, now, **more)


def test_a_thread_that_was_read_to_its_end_was_read_whole() -> None:
    step = commented(listed(3), ago(5, 6), "more")
    assert step.whole is None
    # The reading began with its first page, also where a restart kept only the cursor.
    kept = thread_cursor.begin(write(step.state), PACE, NOW, going_on=True)
    step = thread_cursor.commented(kept, ago(7), "", PACE, NOW + MINUTE)
    assert step.whole == Whole(ORIGIN, NOW, "1_9_1")


@given(st.integers(0, 9), st.integers(0, 9))
def test_a_source_that_begins_anew_says_nothing_of_what_it_does_not_pass_on(
    days: int, backfill: int
) -> None:
    pace = replace(PACE, backfill=timedelta(days=backfill))
    posted = NOW - timedelta(days=days)
    state = thread_cursor.begin(None, pace, NOW)
    step = thread_cursor.listed(state, [Thread("9_1", "1_9_1", posted, "1", 1)], "", pace, NOW)
    step = thread_cursor.commented(step.state, [posted], "", pace, NOW)
    assert step.whole == Whole(max(posted, step.state.origin), NOW, "1_9_1")


@pytest.mark.parametrize("count", [None, 0, 4, 9])
def test_what_the_networks_own_count_does_not_explain_was_not(count: int | None) -> None:
    step = listed(3 if count == 0 else count)
    assert step.more
    assert commented(step, () if count == 0 else ago(5, 6, 7)).whole is None


def test_an_empty_thread_proves_nothing() -> None:
    before = commented(listed(1), ago(5)).state
    step = listed(0, before, NOW + timedelta(hours=1))
    assert step.more
    assert commented(step, (), now=NOW + timedelta(hours=1)).whole is None


@pytest.mark.parametrize("page", [0, 1])
def test_a_page_that_left_something_out_spoils_the_reading(page: int) -> None:
    step = commented(listed(2), ago(5, 6), "more", flawed=page == 0)
    assert commented(step, ago(7), flawed=page == 1).whole is None


def test_a_reading_that_ended_at_the_mark_was_not_whole() -> None:
    before = commented(listed(1), ago(30)).state
    later = NOW + timedelta(hours=1)
    step = listed(2, before, later)
    step = commented(step, [later, *ago(50)], "more", later)
    assert (step.more, step.whole) == (False, None)


def test_replies_elsewhere_belong_to_the_thread() -> None:
    step = commented(listed(2), ago(5), branches=[("one", "r1")])
    assert step.whole is None
    assert commented(step, ago(4)).whole == Whole(ORIGIN, NOW, "1_9_1")
    step = thread_cursor.branch_gone(
        commented(listed(1), ago(5), branches=[("one", "r1")]).state, PACE, "post_gone"
    )
    assert step.whole is None


def test_a_reading_of_an_older_cursor_has_no_beginning() -> None:
    step = commented(listed(2), ago(5), "more")
    older = write(step.state).replace('"began":"2026-11-21T05:00:00.000Z","listed":1,', "")
    assert older != write(step.state)
    kept = thread_cursor.begin(type(write(step.state))(older), PACE, NOW, going_on=True)
    assert thread_cursor.commented(kept, ago(6, 7), "", PACE, NOW).whole is None


SETTINGS = XSettings()


def timeline(
    *pages: tuple[int, ...], flawed: int = -1, timeline: bool = True, mentions: bool = False
) -> x_cursor.Step:
    """Return the end of a first poll that read these pages of ages in minutes."""
    state, _ = x_cursor.begin(x_cursor.State(), SETTINGS, NOW, windowed=False)
    step = x_cursor.Step(state)
    for number, ages in enumerate(pages):
        step = x_cursor.advance(
            x_cursor.read(x_cursor.write(step.state)),
            tuple(id_before(one) for one in ago(*ages)),
            "" if number == len(pages) - 1 else f"token{number}",
            NOW,
            settings=SETTINGS,
            mentions=mentions,
            timeline=timeline,
            flawed=number == flawed,
        )
        assert number == len(pages) - 1 or step.whole is None
    return step


def test_a_poll_of_a_timeline_is_whole_from_where_it_asked() -> None:
    whole = timeline((1, 2), (3,)).whole
    assert whole is not None
    assert (whole.began, whole.thread_id) == (NOW, None)
    assert whole.since - (NOW - timedelta(days=SETTINGS.backfill_days)) < MINUTE


def test_an_empty_or_a_flawed_timeline_and_other_lists_are_not() -> None:
    assert timeline(()).whole is None
    assert timeline((1,), (2,), flawed=0).whole is None
    assert timeline((1,), (2,), flawed=1).whole is None
    assert timeline((1,), timeline=False).whole is None
    assert timeline((1,), timeline=False, mentions=True).whole is None
    assert timeline(tuple(range(1, 3001))).whole is None


@given(st.integers(1, 6), st.integers(1, 90), st.booleans())
def test_what_a_poll_calls_whole_begins_where_it_asked(
    polls: int, between: int, swept: bool
) -> None:
    state, now = x_cursor.State(), NOW
    for _ in range(polls):
        begun, _ = x_cursor.begin(state, SETTINGS, now, windowed=False)
        assert begun.poll
        step = x_cursor.advance(
            begun, (id_before(now - MINUTE),), "", now,
            settings=SETTINGS, mentions=False, timeline=True,
        )  # fmt: skip
        assert step.whole == Whole(moment_of(begun.poll.since), now)
        state, now = step.state, now + timedelta(minutes=between + 60 * swept)
