import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.errors import (
    CollectorError,
    NotAuthorised,
    RateLimited,
    Unavailable,
    UnexpectedResponse,
)
from tanggap.turns.backoff import HUMAN_CAP, UNSAID_CAP, Reaction, react

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def reaction(error: CollectorError, errors: int = 0, holds: int = 0, seed: int = 1) -> Reaction:
    return react(
        error,
        errors_before=errors,
        holds_before=holds,
        now=NOW,
        first_seconds=5,
        cap_seconds=3600,
        dice=random.Random(seed),
    )


def test_a_rate_limit_waits_until_the_time_the_network_named_and_holds_its_scope() -> None:
    until = NOW + timedelta(minutes=7)
    found = reaction(RateLimited("rate_limited", "x:mentions", retry_at=until))
    assert found == Reaction("waiting", until, hold=True)


def test_a_rate_limit_without_a_time_waits_fifteen_minutes_and_doubles_up_to_two_hours() -> None:
    waits = [
        reaction(RateLimited("rate_limited", "x:mentions"), holds=holds).next_poll_at - NOW
        for holds in range(6)
    ]
    assert waits[0] == timedelta(minutes=15)
    assert waits[1] == timedelta(minutes=30)
    assert waits[-1] == UNSAID_CAP


def test_an_exhausted_usage_cap_is_probed_every_six_hours() -> None:
    assert reaction(RateLimited("usage_cap", "x")).next_poll_at == NOW + timedelta(hours=6)


def test_missing_credits_are_probed_hourly() -> None:
    found = reaction(NotAuthorised("credits", "x"))
    assert found == Reaction("needs_human", NOW + timedelta(hours=1), hold=True)


@pytest.mark.parametrize("holds", list(range(8)))
def test_a_refused_token_is_tried_at_most_every_fifteen_minutes_and_never_given_up(
    holds: int,
) -> None:
    wait = reaction(NotAuthorised("token", "x"), holds=holds).next_poll_at - NOW
    assert timedelta(minutes=15) <= wait <= HUMAN_CAP


@given(st.integers(0, 10_000), st.integers(0, 2**32))
def test_back_off_stays_between_a_second_and_the_cap(errors: int, seed: int) -> None:
    found = reaction(Unavailable("network_timeout", "x:mentions:dlh"), errors=errors, seed=seed)
    assert found.state == "backoff"
    assert not found.hold
    assert timedelta(seconds=1) <= found.next_poll_at - NOW <= timedelta(seconds=3600)


def test_back_off_is_jittered_over_the_whole_interval() -> None:
    waits = [
        (reaction(Unavailable("network_error", "s"), errors=6, seed=seed).next_poll_at - NOW)
        for seed in range(200)
    ]
    assert min(waits) < timedelta(seconds=40)
    assert max(waits) > timedelta(seconds=280)


def test_an_unexpected_answer_calls_a_person_only_when_it_repeats() -> None:
    error = UnexpectedResponse("bad_request", "x:mentions:dlh")
    assert reaction(error, errors=0).state == "backoff"
    assert reaction(error, errors=1).state == "backoff"
    repeated = reaction(error, errors=2)
    assert repeated.state == "needs_human"
    assert repeated.next_poll_at - NOW >= timedelta(minutes=1)


@pytest.mark.parametrize(
    ("error", "hours"),
    [
        (RateLimited("instagram_wait", "instagram_web"), (1, 4, 12, 24, 24)),
        (NotAuthorised("instagram_feedback", "instagram_web"), (24, 48, 72, 72)),
        (NotAuthorised("instagram_checkpoint", "instagram_web"), (24, 24, 24)),
        (NotAuthorised("instagram_session", "instagram_web"), (24, 24)),
        (NotAuthorised("instagram_private", "instagram_web:dlh:media"), (24, 24)),
        (NotAuthorised("instagram_account_gone", "instagram_web:dlh:media"), (24, 24)),
        (UnexpectedResponse("library_outdated", "instagram_web"), (24, 24, 24)),
    ],
)
def test_instagram_without_a_token_rests_longer_each_time(
    error: CollectorError, hours: tuple[int, ...]
) -> None:
    found = [reaction(error, holds=holds) for holds in range(len(hours))]
    assert [one.next_poll_at - NOW for one in found] == [timedelta(hours=h) for h in hours]
    assert all(one.hold for one in found)
    calm = isinstance(error, RateLimited)
    assert found[0].state == ("waiting" if calm else "needs_human")
    # A person looks when it happens again: the account may be lost without Instagram saying so.
    assert {one.state for one in found[1:]} == {"needs_human"}


def test_instagrams_count_of_requests_rests_eleven_minutes_and_doubles() -> None:
    error = RateLimited("instagram_limit", "instagram_web")
    waits = [reaction(error, holds=holds).next_poll_at - NOW for holds in range(10)]
    assert waits[:4] == [timedelta(minutes=11 * 2**times) for times in range(4)]
    assert waits[-1] == waits[-2] <= timedelta(hours=24)
    assert {reaction(error, holds=holds).state for holds in range(10)} == {"waiting"}


def test_a_named_end_lengthens_a_rest_and_never_shortens_it() -> None:
    until = NOW + timedelta(minutes=40)
    error = RateLimited("instagram_limit", "instagram_web", retry_at=until)
    assert reaction(error, holds=0) == Reaction("waiting", until, hold=True)
    doubled = NOW + timedelta(minutes=88)
    assert reaction(error, holds=3) == Reaction("waiting", doubled, hold=True)


@pytest.mark.parametrize("code", ["meta_blocked", "graph_deprecated"])
@pytest.mark.parametrize("holds", [0, 5])
def test_what_asking_again_makes_no_better_rests_for_a_day(code: str, holds: int) -> None:
    found = reaction(NotAuthorised(code, "meta"), holds=holds)
    assert found == Reaction("needs_human", NOW + timedelta(hours=24), hold=True)
