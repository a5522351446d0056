"""Working days and hours: hand-made cases of 2026, and a reckoner that walks minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.city_calendar import calendar
from tanggap.office_hours import OfficeHours
from tanggap.working_days import Calendar

WIB = ZoneInfo("Asia/Jakarta")
RAMADAN = OfficeHours(
    days=("senin", "selasa", "rabu", "kamis"), opens=time(8), closes=time(15),
    break_from=time(12), break_until=time(12, 30), first=date(2026, 2, 18), last=date(2026, 3, 19),
)  # fmt: skip
OWN = {date(2026, 4, 1): "Hari jadi kota", date(2026, 12, 24): ""}
USUAL = calendar((), {}, WIB)
WEEK = (
    OfficeHours(
        days=("senin", "selasa", "rabu", "kamis"), opens=time(8), closes=time(16),
        break_from=time(12), break_until=time(13),
    ),
    OfficeHours(
        days=("jumat",), opens=time(8), closes=time(16, 30),
        break_from=time(11, 30), break_until=time(13),
    ),
    RAMADAN,
)  # fmt: skip
CITY = calendar(WEEK, OWN, WIB)


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


@pytest.mark.parametrize(
    ("posted", "days", "due"),
    [
        ("2026-11-16 08:00", 1, "2026-11-17 16:00"),  # Monday, day 0 whatever the hour
        ("2026-11-16 00:00", 1, "2026-11-17 16:00"),
        ("2026-11-16 23:59", 1, "2026-11-17 16:00"),
        ("2026-11-19 10:00", 1, "2026-11-20 16:30"),  # to the end of a Friday
        ("2026-11-20 10:00", 1, "2026-11-23 16:00"),  # over the weekend
        ("2026-11-21 10:00", 1, "2026-11-23 16:00"),  # Saturday is day 0, Monday day 1
        ("2026-11-22 23:00", 1, "2026-11-23 16:00"),
        ("2026-11-16 10:00", 3, "2026-11-19 16:00"),
        ("2026-11-16 10:00", 5, "2026-11-23 16:00"),
        ("2026-11-16 10:00", 14, "2026-12-04 16:30"),
        ("2026-03-16 08:00", 3, "2026-03-26 16:00"),  # Nyepi, Lebaran and their joint leave
        ("2026-02-13 09:00", 1, "2026-02-18 16:00"),  # Imlek and its joint leave
        ("2026-05-13 09:00", 1, "2026-05-18 16:00"),  # Ascension, joint leave, weekend
        ("2026-05-26 09:00", 1, "2026-05-29 16:30"),
        ("2026-05-29 17:00", 1, "2026-06-02 16:00"),  # Waisak on a Sunday, Pancasila on Monday
        ("2026-08-14 09:00", 1, "2026-08-18 16:00"),
        ("2026-12-23 09:00", 1, "2026-12-28 16:00"),
        ("2026-12-31 09:00", 1, "2027-01-04 16:00"),  # over New Year
    ],
)
def test_the_usual_calendar_of_2026(posted: str, days: int, due: str) -> None:
    assert USUAL.after_days(wib(posted), days).at == wib(due)


@pytest.mark.parametrize(
    ("posted", "days", "due"),
    [
        ("2026-02-23 10:00", 1, "2026-02-24 15:00"),  # Ramadan hours
        ("2026-02-26 10:00", 1, "2026-02-27 16:30"),  # a Friday that the period leaves as it is
        ("2026-03-31 10:00", 1, "2026-04-02 16:00"),  # the city's own day off
        ("2026-12-23 10:00", 1, "2026-12-24 16:00"),  # joint leave that the city takes back
    ],
)
def test_a_citys_own_days_and_periods_come_before_the_usual_ones(
    posted: str, days: int, due: str
) -> None:
    assert CITY.after_days(wib(posted), days).at == wib(due)


@pytest.mark.parametrize(
    ("posted", "minutes", "due"),
    [
        ("2026-11-16 08:00", 60, "2026-11-16 09:00"),
        ("2026-11-16 11:30", 60, "2026-11-16 13:30"),  # over the break
        ("2026-11-16 12:10", 60, "2026-11-16 14:00"),  # from the next working minute on
        ("2026-11-16 15:30", 60, "2026-11-17 08:30"),
        ("2026-11-20 16:00", 60, "2026-11-23 08:30"),
        ("2026-11-21 03:00", 60, "2026-11-23 09:00"),
        ("2026-11-16 08:00", 420, "2026-11-16 16:00"),  # exactly a day's work ends that day
        ("2026-11-16 08:00", 421, "2026-11-17 08:01"),
    ],
)
def test_working_hours_count_from_the_next_working_minute(
    posted: str, minutes: int, due: str
) -> None:
    assert USUAL.after_minutes(wib(posted), minutes) == wib(due)


def test_the_arithmetic_can_be_read() -> None:
    assert USUAL.after_days(wib("2026-05-13 09:00"), 1).words == (
        "Rabu 13 Mei 2026 09.00 + 1 hari kerja, lewat Kenaikan Yesus Kristus (Kamis 14 Mei 2026), "
        "Cuti Bersama Kenaikan Yesus Kristus (Jumat 15 Mei 2026), akhir pekan, "
        "jadi Senin 18 Mei 2026 16.00"
    )


def test_a_weekday_without_office_hours_is_no_weekend() -> None:
    short = calendar((OfficeHours(days=("senin",), opens=time(8), closes=time(16)),), {}, WIB)
    said = short.after_days(wib("2026-11-16 09:00"), 1).words
    assert "Selasa 17 November 2026 (tanpa jam kantor)" in said
    assert said.count("akhir pekan") == 1


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"])
def test_the_zone_of_the_city_decides_not_that_of_the_moment(zone: str) -> None:
    here = calendar((), {}, ZoneInfo(zone))
    late = datetime(2026, 11, 16, 23, 30, tzinfo=ZoneInfo(zone))
    assert here.after_days(late.astimezone(UTC), 1).at == datetime(
        2026, 11, 17, 16, tzinfo=ZoneInfo(zone)
    )


def test_a_calendar_without_a_working_day_is_refused_with_the_remedy() -> None:
    empty = Calendar(WIB, lambda day: (), lambda day: "")
    for ask in (empty.after_days, empty.overdue_before):
        with pytest.raises(ValueError, match="office_hours"):
            ask(wib("2026-11-16 08:00"), 1)


# --- A slow reckoner that knows nothing of the engine ------------------------------------------

moments = st.integers(0, 334 * 24 * 60).map(
    lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
)
calendars = st.sampled_from([USUAL, CITY])


def open_at(city: Calendar, minute: datetime) -> bool:
    local = minute.astimezone(WIB)
    return any(span.opens <= local.time() < span.closes for span in city.spans(local.date()))


@given(calendars, moments, st.integers(0, 3000))
@settings(max_examples=60)
def test_minutes_between_are_those_that_a_walk_counts(
    city: Calendar, start: datetime, length: int
) -> None:
    end = start + timedelta(minutes=length)
    walked = sum(open_at(city, start + timedelta(minutes=at)) for at in range(length))
    assert city.minutes_between(start, end) == walked
    assert city.minutes_between(end, start) == 0


@given(calendars, moments, st.integers(1, 900))
@settings(max_examples=60)
def test_so_many_working_minutes_pass_until_the_moment_that_is_said(
    city: Calendar, start: datetime, minutes: int
) -> None:
    due = city.after_minutes(start, minutes)
    assert city.minutes_between(start, due) == minutes
    assert open_at(city, due - timedelta(minutes=1))


@given(calendars, moments, st.integers(1, 20))
def test_days_are_those_that_a_walk_over_the_calendar_counts(
    city: Calendar, posted: datetime, days: int
) -> None:
    due = city.after_days(posted, days).at
    first, last = posted.astimezone(WIB).date(), due.astimezone(WIB).date()
    between = [first + timedelta(at) for at in range(1, (last - first).days + 1)]
    assert sum(bool(city.spans(day)) for day in between) == days
    assert city.spans(last)[-1].closes == due.astimezone(WIB).time()


@given(calendars, moments, moments, st.integers(1, 15))
def test_late_is_what_was_posted_before_the_bound(
    city: Calendar, posted: datetime, now: datetime, days: int
) -> None:
    late = city.after_days(posted, days).at < now
    assert late == (posted < city.overdue_before(now, days))
