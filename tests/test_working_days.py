"""Working days and hours: hand-made cases of 2026, and a reckoner that walks minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.city_calendar import calendar
from tanggap.due import Pause
from tanggap.language import read_in
from tanggap.office_hours import OfficeHours, TimeAllowed
from tanggap.policy import load_policy
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
    assert USUAL.after_minutes(wib(posted), minutes).at == wib(due)


@pytest.mark.parametrize(
    ("posted", "days", "words"),
    [
        ("2026-11-16 08:00", 3, "Senin 08.00 + 3 hari kerja, jadi Kamis 16.00"),
        (
            "2026-11-16 08:00", 5,  # in another week: days with their dates
            "Senin 16 November 08.00 + 5 hari kerja, lewat akhir pekan, "
            "jadi Senin 23 November 16.00",
        ),
        (
            "2026-05-13 09:00", 1,
            "Rabu 13 Mei 09.00 + 1 hari kerja, lewat Kenaikan Yesus Kristus (14 Mei), Cuti Bersama "
            "Kenaikan Yesus Kristus (15 Mei), dan akhir pekan, jadi Senin 18 Mei 16.00",
        ),
        (
            "2026-03-16 08:00", 3,  # Lebaran itself lies on a weekend
            "Senin 16 Maret 08.00 + 3 hari kerja, lewat Cuti Bersama Hari Suci Nyepi (18 Maret), "
            "Hari Suci Nyepi (19 Maret), Cuti Bersama Hari Raya Idul Fitri (20, 23, dan 24 Maret), "
            "dan akhir pekan, jadi Kamis 26 Maret 16.00",
        ),
        (
            "2026-03-16 08:00", 60,  # many reasons: the first ones, the rest counted
            "Senin 16 Maret 08.00 + 60 hari kerja, lewat Cuti Bersama Hari Suci Nyepi (18 Maret), "
            "Hari Suci Nyepi (19 Maret), Cuti Bersama Hari Raya Idul Fitri (20, 23, dan 24 Maret), "
            "dan 36 hari lain, jadi Kamis 25 Juni 16.00",
        ),
        (
            "2026-12-31 09:00", 1,  # another year
            "Kamis 31 Desember 2026 09.00 + 1 hari kerja, lewat Tahun Baru Masehi (1 Januari) "
            "dan akhir pekan, jadi Senin 4 Januari 2027 16.00",
        ),
    ],
)  # fmt: skip
def test_the_arithmetic_of_days_can_be_read(posted: str, days: int, words: str) -> None:
    assert USUAL.after_days(wib(posted), days).words == words


@pytest.mark.parametrize(
    ("posted", "minutes", "words"),
    [
        ("2026-11-16 08:00", 360, "Senin 08.00 + 6 jam kerja, jadi Senin 15.00"),
        ("2026-11-16 08:00", 45, "Senin 08.00 + 45 menit kerja, jadi Senin 08.45"),
        ("2026-11-16 15:00", 90, "Senin 15.00 + 1 jam 30 menit kerja, jadi Selasa 08.30"),
        (
            "2026-11-16 23:30", 60,
            "Senin 23.30 + 1 jam kerja, dihitung mulai Selasa 08.00, jadi Selasa 09.00",
        ),
        (
            "2026-11-21 03:00", 60,
            "Sabtu 21 November 03.00 + 1 jam kerja, dihitung mulai Senin 23 November 08.00, "
            "lewat akhir pekan, jadi Senin 23 November 09.00",
        ),
    ],
)  # fmt: skip
def test_the_arithmetic_of_hours_can_be_read(posted: str, minutes: int, words: str) -> None:
    assert USUAL.after_minutes(wib(posted), minutes).words == words


def test_a_weekday_without_office_hours_is_no_weekend() -> None:
    mondays = (OfficeHours(days=("senin",), opens=time(8), closes=time(16)),)
    short = calendar(mondays, {}, WIB)
    assert short.after_days(wib("2026-11-16 09:00"), 1).words == (
        "Senin 16 November 09.00 + 1 hari kerja, lewat hari tanpa jam kantor (17, 18, 19, dan 20 "
        "November) dan akhir pekan, jadi Senin 23 November 16.00"
    )
    said = short.after_days(wib("2026-11-16 09:00"), 2).words
    assert "hari tanpa jam kantor (8 hari)" in said


def test_dates_of_two_months_each_name_their_own() -> None:
    leave = {
        date(2026, 9, 30): "Pilkada",
        date(2026, 10, 1): "Pilkada",
        date(2026, 10, 2): "Pilkada",
    }
    said = calendar((), leave, WIB).after_days(wib("2026-09-29 09:00"), 1).words
    assert "Pilkada (30 September, 1, dan 2 Oktober)" in said


# --- Pauses --------------------------------------------------------------------------------------


def pause(start: str, end: str = "", label: str = "") -> Pause:
    return Pause(wib(start), wib(end) if end else None, label)


WAITED = pause("2026-11-18 10:00", "2026-11-20 09:00", "tertunda")


def test_a_day_that_a_pause_touches_is_no_day_that_counts() -> None:
    due = USUAL.after_days(wib("2026-11-16 08:00"), 5, [WAITED])
    assert due.at == wib("2026-11-26 16:00")
    assert due.words == (
        "Senin 16 November 08.00 + 5 hari kerja, lewat akhir pekan, "
        "berhenti 18–20 November (tertunda), jadi Kamis 26 November 16.00"
    )


def test_of_hours_only_the_minutes_of_a_pause_are_left_out() -> None:
    due = USUAL.after_minutes(wib("2026-11-17 15:00"), 360, [WAITED])
    assert due.at == wib("2026-11-20 13:30")
    assert due.words == (
        "Selasa 15.00 + 6 jam kerja, berhenti 18 Nov 10.00 sampai 20 Nov 09.00 (tertunda), "
        "jadi Jumat 13.30"
    )
    short = USUAL.after_minutes(
        wib("2026-11-17 08:00"), 60, [pause("2026-11-17 08:10", "2026-11-17 08:20")]
    )
    assert short.words == (
        "Selasa 08.00 + 1 jam kerja, berhenti 17 Nov 08.10 sampai 08.20, jadi Selasa 09.10"
    )


def test_while_a_pause_has_no_end_there_is_no_date_and_the_words_say_since_when() -> None:
    still = [pause("2026-11-18 10:00", label="koordinasi")]
    days = USUAL.after_days(wib("2026-11-16 08:00"), 5, still)
    hours = USUAL.after_minutes(wib("2026-11-18 09:00"), 90, still)
    assert days.at is None
    assert hours.at is None
    assert days.words == (
        "Senin 16 November 08.00 + 5 hari kerja, berhenti sejak 18 November (koordinasi), "
        "jadi belum ada batas"
    )
    assert "berhenti sejak 18 Nov 10.00 (koordinasi), jadi belum ada batas" in hours.words


def test_what_was_due_before_a_pause_stays_due_and_says_nothing_of_it() -> None:
    for later in (pause("2026-11-19 16:00"), pause("2026-11-19 16:00", "2026-11-25 08:00")):
        due = USUAL.after_days(wib("2026-11-16 08:00"), 3, [later])
        assert due.words == "Senin 08.00 + 3 hari kerja, jadi Kamis 16.00"
        due = USUAL.after_minutes(wib("2026-11-19 14:00"), 120, [later])
        assert due.words == "Kamis 14.00 + 2 jam kerja, jadi Kamis 16.00"
    same_day = pause("2026-11-19 15:00", "2026-11-19 15:30")
    assert "berhenti" not in USUAL.after_minutes(wib("2026-11-19 09:00"), 60, [same_day]).words


def test_what_had_ended_before_the_posting_is_not_said() -> None:
    ended = [pause("2026-11-19 09:00", "2026-11-19 10:00")]
    assert USUAL.after_minutes(wib("2026-11-19 14:00"), 60, ended).words == (
        "Kamis 14.00 + 1 jam kerja, jadi Kamis 15.00"
    )
    assert "berhenti" not in USUAL.after_days(wib("2026-11-19 14:00"), 1, ended).words


def test_pauses_are_said_in_their_order_whatever_that_of_the_list() -> None:
    later = pause("2026-11-24 09:00", "2026-11-24 10:00", "koordinasi")
    said = USUAL.after_days(wib("2026-11-16 08:00:59"), 5, [later, WAITED])
    assert "berhenti 18–20 November (tertunda) dan 24 November (koordinasi)" in said.words
    assert said.posted_at == wib("2026-11-16 08:00")


def test_many_pauses_are_named_shortly_and_over_months() -> None:
    days = [pause(f"2026-11-{day} 09:00", f"2026-11-{day} 10:00") for day in (16, 17, 18, 19, 20)]
    said = USUAL.after_days(wib("2026-11-13 08:00"), 1, days).words
    assert "berhenti 16 November, 17 November, 18 November, dan 2 kali lagi" in said
    over = USUAL.after_days(
        wib("2026-11-27 08:00"), 1, [pause("2026-11-30 09:00", "2026-12-02 10:00", "tertunda")]
    )
    assert "berhenti 30 November–2 Desember (tertunda)" in over.words


def test_the_words_are_made_in_the_language_of_who_reads_them() -> None:
    due = USUAL.after_days(wib("2026-11-16 08:00"), 3)
    with read_in("en"):
        assert "Monday 08:00" in due.words
    assert "Senin 08.00" in due.words


def test_time_allowed_in_days_or_in_hours_is_counted_alike() -> None:
    posted = wib("2026-11-16 10:00")
    assert USUAL.after(posted, TimeAllowed(days=2)) == USUAL.after_days(posted, 2)
    assert USUAL.after(posted, TimeAllowed(minutes=60)) == USUAL.after_minutes(posted, 60)


def test_a_moment_without_a_zone_is_refused_wherever_it_stands() -> None:
    bare = datetime(2026, 11, 16, 8)  # noqa: DTZ001  that is the point
    good = wib("2026-11-16 08:00")
    for ask in (
        lambda: USUAL.after_days(bare, 1),
        lambda: USUAL.after_minutes(bare, 1),
        lambda: USUAL.minutes_between(good, bare),
        lambda: USUAL.after_days(good, 1, [Pause(bare)]),
        lambda: USUAL.after_days(good, 1, [Pause(good, bare)]),
    ):
        with pytest.raises(ValueError, match="zone"):
            ask()


@pytest.mark.parametrize("count", [0, -1])
def test_less_than_one_day_or_minute_cannot_be_counted(count: int) -> None:
    for ask in (USUAL.after_days, USUAL.after_minutes):
        with pytest.raises(ValueError, match="at least one"):
            ask(wib("2026-11-16 08:00"), count)


# --- Zones, calendars that change ----------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"])
def test_the_zone_of_the_city_decides_not_that_of_the_moment(zone: str) -> None:
    here = calendar((), {}, ZoneInfo(zone))
    late = datetime(2026, 11, 16, 23, 30, tzinfo=ZoneInfo(zone))
    assert here.after_days(late.astimezone(UTC), 1).at == datetime(
        2026, 11, 17, 16, tzinfo=ZoneInfo(zone)
    )


def test_a_calendar_without_a_working_day_is_refused_with_the_remedy() -> None:
    empty = Calendar(WIB, lambda day: (), lambda day: "")
    for allowed in (TimeAllowed(days=1), TimeAllowed(minutes=1)):
        with pytest.raises(ValueError, match="office_hours"):
            empty.after(wib("2026-11-16 08:00"), allowed)


def test_a_changed_day_off_moves_a_deadline_once_the_policy_is_loaded_anew(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    example = (files("tanggap.examples") / "sukamaju-policy.toml").read_text(encoding="utf-8")

    def due() -> datetime | None:
        city = load_policy(file)
        allowed = city.deadline.first_answer_for("dishub", "pengaduan")
        days = calendar(city.office_hours, city.day_off, WIB)
        return days.after(wib("2026-12-23 10:00"), allowed).at

    file.write_text(example, encoding="utf-8")
    assert due() == wib("2026-12-28 16:00")
    file.write_text(f'{example}\n[day_off]\n"2026-12-24" = ""\n', encoding="utf-8")
    assert due() == wib("2026-12-24 16:00")  # the decree gave the joint leave back
    file.write_text(f'{example}\n[day_off]\n"2026-12-28" = "Cuti bersama"\n', encoding="utf-8")
    assert due() == wib("2026-12-29 16:00")


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
    due = city.after_minutes(start, minutes).at
    assert due is not None
    assert city.minutes_between(start, due) == minutes
    assert open_at(city, due - timedelta(minutes=1))


@given(calendars, moments, st.integers(1, 20))
def test_days_are_those_that_a_walk_over_the_calendar_counts(
    city: Calendar, posted: datetime, days: int
) -> None:
    due = city.after_days(posted, days).at
    assert due is not None
    first, last = posted.astimezone(WIB).date(), due.astimezone(WIB).date()
    between = [first + timedelta(at) for at in range(1, (last - first).days + 1)]
    assert sum(bool(city.spans(day)) for day in between) == days
    assert city.spans(last)[-1].closes == due.astimezone(WIB).time()
