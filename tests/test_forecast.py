from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tanggap.store.rows import Usage
from tanggap.upkeep.forecast import warning


def usage(month: int, forecast: int) -> Usage:
    return Usage(0, month, 0.0, 0.0, 0.0, forecast)


def on(day: int) -> datetime:
    return datetime(2026, 11, day, 12, tzinfo=UTC)


def test_a_month_that_will_not_do_is_told_with_its_figures() -> None:
    said = warning(usage(160_000, 480_000), 300_000, on(10))
    assert "480000" in said
    assert "300000" in said
    assert "160000" in said


def test_the_backfill_of_the_first_days_alarms_nobody_until_it_is_much() -> None:
    assert warning(usage(20_000, 400_000), 300_000, on(2)) == ""
    assert warning(usage(90_000, 1_000_000), 300_000, on(2)) != ""
    assert warning(usage(20_000, 400_000), 300_000, on(4)) != ""


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**6), st.integers(1, 30))
def test_it_warns_only_before_the_stop_and_only_of_too_much(
    month: int, forecast: int, limit: int, day: int
) -> None:
    if warning(usage(month, forecast), limit, on(day)):
        assert forecast > limit > month
