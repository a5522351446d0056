from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tanggap.store.rows import Usage
from tanggap.turns.budget import MOST_OF_A_PAGE, PAGE_READS, Budget, Part, Room, granted


def usage(day: int, month: int) -> Usage:
    return Usage(day_reads=day, month_reads=month, day_usd=0, month_usd=0, forecast_usd=0)


COUNTS = st.integers(0, 10**6)


@given(COUNTS, COUNTS, st.integers(1, 32), st.lists(COUNTS, max_size=100))
def test_all_workers_together_never_overrun_what_is_left(
    daily: int, used: int, workers: int, wanted: list[int]
) -> None:
    left = Budget.left_of(usage(used, used), daily, 10**7).left
    requests = reads = 0
    for most in wanted:  # nothing comes back: the worst case
        room = Room(left=Part(left, left), most=Part(most, most), workers=workers)
        part = granted(room, Part(requests, reads))
        assert part.reads is not None
        assert 0 <= part.requests <= most
        assert 0 <= part.reads <= most
        requests, reads = requests + part.requests, reads + part.reads
    assert requests <= left
    assert reads <= left


@given(COUNTS, COUNTS, st.integers(1, 32))
def test_a_whole_page_is_granted_as_long_as_there_is_one(
    left: int, taken: int, workers: int
) -> None:
    room = Room(left=Part(1, left), most=Part(60, left), workers=workers)
    reads = granted(room, Part(0, taken)).reads
    assert reads is not None
    assert reads >= min(PAGE_READS, max(0, left - taken))
    assert reads <= MOST_OF_A_PAGE


def test_what_is_not_billed_is_not_bounded_by_reads() -> None:
    room = Room(left=Part(9, None), most=Part(60, None), workers=4)
    assert granted(room, Part(2, 0)) == Part(4, None)


def test_an_exhausted_day_begins_anew_at_the_next_utc_midnight() -> None:
    budget = Budget.left_of(usage(100, 100), 100, 1000)
    now = datetime(2026, 12, 31, 23, 59, 30, tzinfo=UTC)
    assert budget.renewed_at(now) == datetime(2027, 1, 1, tzinfo=UTC)


def test_an_exhausted_month_begins_anew_on_the_first_of_the_next() -> None:
    budget = Budget.left_of(usage(10, 1000), 100, 1000)
    now = datetime(2026, 1, 31, 5, 0, tzinfo=UTC)
    assert budget.renewed_at(now) == datetime(2026, 2, 1, tzinfo=UTC)
