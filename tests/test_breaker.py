from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tanggap.store.rows import Hold
from tanggap.turns.breaker import (
    CODE,
    FIRST_WAIT,
    IN_A_ROW,
    LONGEST_WAIT,
    one_probe_each,
    opens,
    scopes,
    wait,
)

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ENDED = NOW - timedelta(seconds=1)


def test_the_widest_scope_comes_first_and_the_source_itself_is_none() -> None:
    assert list(scopes("meta:facebook:dpupr:feed")) == [
        "meta",
        "meta:facebook",
        "meta:facebook:dpupr",
    ]


def ids(kind: str, count: int) -> list[str]:
    return [f"x:{kind}:opd{number}" for number in range(count)]


def test_a_network_is_down_when_ten_in_a_row_fail_or_all_of_a_few() -> None:
    assert opens("x", ids("mentions", 9) + ids("timeline", 1), 60)
    assert not opens("x", ids("mentions", 8) + ids("timeline", 1), 60)
    assert opens("x", ids("mentions", 2) + ids("timeline", 2), 4)
    assert not opens("x", ids("mentions", 1) + ids("timeline", 2), 4)
    assert not opens("x", ids("mentions", 1) + ids("timeline", 1), 2), "one account alone"
    assert IN_A_ROW == 10


def test_one_endpoint_that_fails_says_nothing_of_the_others() -> None:
    failing = ids("mentions", 22)
    assert opens("x:mentions", failing, 22)
    assert not opens("x", failing, 44)


@given(st.integers(0, 100), st.integers(1, 100_000), st.floats(0.9, 1.1))
def test_the_waits_grow_to_a_quarter_of_an_hour(before: int, cap: int, jitter: float) -> None:
    span, later = (wait(n, timedelta(seconds=cap), jitter) for n in (before, before + 1))
    assert FIRST_WAIT * 0.9 <= span <= later <= LONGEST_WAIT * 1.1


def test_when_the_wait_has_ended_one_source_tries_for_all() -> None:
    due = ["x:mentions:a", "x:mentions:b", "meta:facebook:a:feed"]
    down = [Hold("x", ENDED, CODE, 3)]
    assert one_probe_each(due, [], down, NOW) == ["x:mentions:a", "meta:facebook:a:feed"]
    assert one_probe_each(due, ["x:timeline:c"], down, NOW) == ["meta:facebook:a:feed"]
    assert one_probe_each(due, ["xx:mentions:c"], down, NOW)[0] == "x:mentions:a"


def test_so_it_is_after_every_wait_whatever_it_was_for() -> None:
    due = ["x:mentions:a", "x:mentions:b", "x:timeline:a"]
    refused = [Hold("x:mentions", ENDED, "rate_limited", 1)]
    assert one_probe_each(due, [], refused, NOW) == ["x:mentions:a", "x:timeline:a"]
    assert one_probe_each(due, [], [], NOW) == due
