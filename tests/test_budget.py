from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tanggap.store.rows import Usage
from tanggap.turns.budget import Budget


def usage(day: int, month: int) -> Usage:
    return Usage(day_reads=day, month_reads=month, day_usd=0, month_usd=0, forecast_usd=0)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 32), st.integers(1, 100))
def test_all_workers_together_never_overrun_what_is_left(
    daily: int, used: int, workers: int, requests: int
) -> None:
    budget = Budget.left_of(usage(used, used), daily, 10**7)
    reserved = 0
    for _ in range(requests):  # nothing comes back: the worst case
        reserved += budget.share(workers, reserved)
    assert 0 <= reserved <= max(0, daily - used)


def test_an_exhausted_day_begins_anew_at_the_next_utc_midnight() -> None:
    budget = Budget.left_of(usage(100, 100), 100, 1000)
    now = datetime(2026, 12, 31, 23, 59, 30, tzinfo=UTC)
    assert budget.renewed_at(now) == datetime(2027, 1, 1, tzinfo=UTC)


def test_an_exhausted_month_begins_anew_on_the_first_of_the_next() -> None:
    budget = Budget.left_of(usage(10, 1000), 100, 1000)
    now = datetime(2026, 1, 31, 5, 0, tzinfo=UTC)
    assert budget.renewed_at(now) == datetime(2026, 2, 1, tzinfo=UTC)
