"""Which days a recap is about, when they are judged, and what they are compared with."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recap_support import WIB, days

from tanggap.errors import InputError
from tanggap.recap.period import asked_for, compared_with, judged_at

NOW = datetime(2026, 11, 23, 3, 24, 31, tzinfo=UTC)


def asked(now: datetime = NOW, **how: Any) -> Any:
    return asked_for(WIB, now, **how)


@pytest.mark.parametrize(
    ("how", "name", "mark", "option"),
    [
        ({"of_month": "2026-10"}, "Oktober 2026", "2026-10", "--month 2026-10"),
        (
            {"week": "2026-W43"},
            "Minggu ke-43 2026 (19-25 Oktober)",
            "2026-W43",
            "--week 2026-W43",
        ),
        (
            {"week": "2026-W40"},
            "Minggu ke-40 2026 (28 September - 4 Oktober)",
            "2026-W40",
            "--week 2026-W40",
        ),
        (
            {"week": "2026-W01"},
            "Minggu ke-1 2026 (29 Desember 2025 - 4 Januari 2026)",
            "2026-W01",
            "--week 2026-W01",
        ),
        (
            {"first": date(2026, 10, 1), "last": date(2026, 10, 31)},
            "1 sampai 31 Oktober 2026",
            "2026-10-01_2026-10-31",
            "--from 2026-10-01 --to 2026-10-31",
        ),
        (
            {"first": date(2026, 10, 5), "last": date(2026, 10, 5)},
            "5 Oktober 2026",
            "2026-10-05_2026-10-05",
            "--from 2026-10-05 --to 2026-10-05",
        ),
        ({}, "Oktober 2026", "2026-10", "--month 2026-10"),
    ],
)
def test_a_period_has_the_name_that_people_give_it(
    how: dict[str, Any], name: str, mark: str, option: str
) -> None:
    period = asked(**how)
    assert (period.name, period.mark, period.option) == (name, mark, option)


def test_a_month_begins_and_ends_at_midnight_of_the_city() -> None:
    span = asked(of_month="2026-10").span
    assert span.start == datetime(2026, 9, 30, 17, tzinfo=UTC)
    assert span.end == datetime(2026, 10, 31, 17, tzinfo=UTC)
    eastern = asked_for(ZoneInfo("Asia/Jayapura"), NOW, of_month="2026-10").span
    assert eastern.start == datetime(2026, 9, 30, 15, tzinfo=UTC)


def test_the_last_whole_month_goes_by_the_citys_calendar() -> None:
    evening = datetime(2026, 10, 31, 18, tzinfo=UTC)  # already the first of November in Jakarta
    assert asked(evening).mark == "2026-10"
    assert asked(evening - timedelta(hours=2)).mark == "2026-09"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"of_month": "2026-10", "week": "2026-W43"}, "pilih satu saja"),
        ({"of_month": "2026-10", "first": date(2026, 10, 1)}, "pilih satu saja"),
        ({"first": date(2026, 10, 1)}, "--to harus"),
        ({"last": date(2026, 10, 1)}, "--to harus"),
        ({"first": date(2026, 10, 2), "last": date(2026, 10, 1)}, "lebih awal"),
        ({"of_month": "2026-13"}, "2026-10"),
        ({"of_month": "Oktober"}, "2026-10"),
        ({"week": "2026-W54"}, "2026-W43"),
        ({"week": "43"}, "2026-W43"),
        ({"week": "9999-W52"}, "2026-W43"),
        ({"of_month": "1999-12"}, "di luar jangkauan"),
        ({"of_month": "0001-01"}, "terlalu jauh"),
        ({"of_month": "2026-12"}, "belum mulai"),
        ({"first": date(2026, 11, 24), "last": date(2026, 11, 24)}, "belum mulai"),
        ({"first": date(9999, 12, 31), "last": date(9999, 12, 31)}, "terlalu jauh"),
    ],
)
def test_what_is_no_period_is_refused_with_the_remedy(how: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        asked(**how)


def test_a_period_that_is_long_past_is_always_judged_at_the_same_moment() -> None:
    october = asked(of_month="2026-10")
    settled = datetime(2026, 11, 14, 17, tzinfo=UTC)
    assert judged_at(october, NOW) == settled
    assert judged_at(october, NOW + days(400)) == settled


def test_a_fresh_or_running_period_is_judged_now_to_the_minute() -> None:
    minute = datetime(2026, 11, 23, 3, 24, tzinfo=UTC)
    assert judged_at(asked(of_month="2026-11"), NOW) == minute
    assert judged_at(asked(first=date(2026, 11, 10), last=date(2026, 11, 15)), NOW) == minute


def test_a_moment_that_was_asked_for_is_taken_unless_it_cannot_be() -> None:
    october = asked(of_month="2026-10")
    asked_moment = datetime(2026, 10, 5, 2, 30, 59, tzinfo=UTC)
    assert judged_at(october, NOW, asked_moment) == datetime(2026, 10, 5, 2, 30, tzinfo=UTC)
    with pytest.raises(InputError, match="masih di depan"):
        judged_at(october, NOW, NOW + timedelta(seconds=1))
    with pytest.raises(InputError, match="lebih awal"):
        judged_at(october, NOW, datetime(2026, 9, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("how", "before"),
    [
        ({"of_month": "2026-03"}, "2026-02"),
        ({"of_month": "2026-01"}, "2025-12"),
        ({"week": "2026-W01"}, "2025-W52"),
        (
            {"first": date(2026, 10, 11), "last": date(2026, 10, 20)},
            "2026-10-01_2026-10-10",
        ),
    ],
)
def test_a_period_is_compared_with_the_one_just_before_it(how: dict[str, Any], before: str) -> None:
    period = asked(**how)
    earlier, as_of = compared_with(period, period.span.end + days(14))
    assert earlier.mark == before
    assert earlier.span.end == period.span.start
    assert as_of == earlier.span.end + days(14), "both had as long to be answered"


def test_a_running_month_is_compared_with_the_same_part_of_the_one_before() -> None:
    november = asked(of_month="2026-11")
    earlier, as_of = compared_with(november, november.span.start + days(9.5))
    assert as_of == earlier.span.end == datetime(2026, 10, 10, 5, tzinfo=UTC)
    assert earlier.past_name == "Oktober 2026, sampai 10 Oktober 2026"
    late = asked(datetime(2026, 3, 30, tzinfo=UTC), of_month="2026-03")
    whole, _ = compared_with(late, late.span.start + days(29))
    assert whole.span.end == late.span.start, "February is over by then"


@settings(deadline=None)
@given(st.dates(date(2001, 1, 15), date(2090, 1, 1)), st.integers(0, 400))
def test_periods_follow_each_other_without_a_hole(first: date, more: int) -> None:
    now = datetime(2099, 1, 1, tzinfo=UTC)
    year, week, _ = first.isocalendar()
    midnight = datetime(first.year, first.month, first.day, tzinfo=WIB)
    for how in (
        {"of_month": f"{first:%Y-%m}"},
        {"week": f"{year}-W{week:02}"},
        {"first": first, "last": first + timedelta(days=more)},
    ):
        period = asked(now, **how)
        assert period.before().span.end == period.span.start
        assert period.span.start <= midnight < period.span.end
