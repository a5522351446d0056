"""Busy accounts more often, quiet ones less, none starved: the rule, and a simulated day of it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.turns.polling import BUSY, NORMAL, QUIET, Pauses, activity, pause, pauses

PACE = pauses(180, 15, 0.5, 4.0)
SECONDS = st.integers(1, 90_000)
ACTIVITIES = st.floats(0, 1e5)
PACES = st.builds(pauses, SECONDS, st.integers(0, 1440), st.floats(0.1, 1), st.floats(1, 20))


def seconds(active: float, pace: Pauses = PACE, stretch: float = 1.0) -> float:
    return pause(active, pace, stretch, 1.0).total_seconds()


@given(st.floats(QUIET, BUSY))
def test_an_account_of_usual_activity_keeps_the_operators_pause(active: float) -> None:
    assert seconds(active) == seconds(NORMAL) == 180


def test_four_times_as_busy_is_polled_twice_as_often_and_a_quarter_half_as_often() -> None:
    assert seconds(4 * BUSY) == 90
    assert seconds(QUIET / 4) == 360
    assert seconds(0) == PACE.slowest == 720


@given(PACES, ACTIVITIES, st.floats(1, 4), st.floats(0.95, 1.05))
def test_the_bounds_always_hold(pace: Pauses, active: float, stretch: float, jitter: float) -> None:
    wanted = pause(active, pace, stretch, jitter).total_seconds()
    assert pace.fastest * stretch * jitter - 0.001 <= wanted
    assert wanted <= pace.slowest * stretch * jitter + 0.001


@given(SECONDS, st.integers(0, 1440), st.floats(0.1, 1), st.floats(1, 20))
def test_no_pause_outgrows_the_overlap_the_hour_or_the_operators_own(
    poll: int, overlap: int, fastest: float, slowest: float
) -> None:
    pace = pauses(poll, overlap, fastest, slowest)
    assert pace.slowest <= max(poll, min(overlap * 60, 3600, poll * slowest))
    assert pace.fastest <= pace.normal <= pace.slowest
    assert pace.fastest >= min(1.0, poll * fastest)


@given(PACES, ACTIVITIES, ACTIVITIES)
def test_a_busier_source_never_waits_longer(pace: Pauses, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert pause(more, pace, 1.0, 1.0) <= pause(less, pace, 1.0, 1.0)


@given(PACES, ACTIVITIES, st.integers(0, 5000), st.integers(0, 5000), st.floats(0, 1e6))
def test_more_mentions_never_make_a_source_quieter(
    pace: Pauses, before: float, one: int, other: int, since: float
) -> None:
    less, more = sorted((one, other))
    span = timedelta(seconds=since)
    assert activity(before, less, span, pace) <= activity(before, more, span, pace) + 1e-9
    assert activity(before, less, span, pace) >= 0


@given(st.integers(0, 300), st.floats(20, 400))
def test_a_source_that_was_quiet_and_wakes_up_is_at_its_fast_pace_within_three_polls(
    quiet: int, rate: float
) -> None:
    """`rate`: new mentions per usual pause; the first poll saw only the end of the silence."""
    active = NORMAL
    for _ in range(quiet):
        active = activity(active, 0, timedelta(seconds=seconds(active)), PACE)
    for new_share in (0.0, 1.0, 1.0):
        span = seconds(active)
        new = round(new_share * rate * span / 180)
        active = activity(active, new, timedelta(seconds=span), PACE)
    assert seconds(active) <= 1.1 * PACE.fastest


def test_the_backfill_of_a_new_source_does_not_count_as_activity() -> None:
    assert activity(NORMAL, 5000, None, PACE) == NORMAL


def test_one_flood_is_forgotten_after_a_quiet_day() -> None:
    active = activity(NORMAL, 60_000, timedelta(hours=1), PACE)
    assert seconds(active) == PACE.fastest
    slept = 0.0
    while seconds(active) < PACE.normal:
        slept += seconds(active)
        active = activity(active, 0, timedelta(seconds=seconds(active)), PACE)
    assert slept < 3600


@pytest.mark.parametrize("budget", [400, 800])
def test_under_a_fixed_budget_no_source_waits_longer_than_the_cap(budget: int) -> None:
    """Forty sources of loads 1:100 for a day; `budget` requests an hour, longest overdue first."""
    loads = [4 * 100 ** (number / 39) for number in range(40)]  # mentions per hour
    due = [0.0] * 40
    active, last, carried = [NORMAL] * 40, [0.0] * 40, [0.0] * 40
    longest, left, asked, moment = 0.0, 0.0, 0, 0.0
    polls = [0] * 40
    while moment < 86_400:
        left = min(left + budget / 3600, budget / 60)
        for source in sorted(range(40), key=lambda one: due[one]):
            if due[source] > moment or left < 1:
                break
            left -= 1
            asked += 1
            polls[source] += 1
            span = moment - last[source]
            longest = max(longest, span)
            carried[source] += loads[source] * span / 3600
            new = int(carried[source])
            carried[source] -= new
            since = timedelta(seconds=span) if polls[source] > 1 else None
            active[source] = activity(active[source], new, since, PACE)
            last[source] = moment
            due[source] = moment + seconds(active[source])
        moment += 1
    assert longest <= PACE.slowest + 60
    assert asked <= budget * 24
    assert polls[-1] > 1.5 * polls[0]
