"""How often the engine of working days and a slow reckoner differ, over random cases.

    .venv/bin/python tests/measure_working_days.py            # 100000 cases, 0 differences
    .venv/bin/python tests/measure_working_days.py --cases 4000 --seed 7
    .venv/bin/python tests/measure_working_days.py --table    # the hand-checked table, line by line

The reckoner knows the definition only: it looks at the office minutes of a day one by one. It has
its own list of days off, its own office hours and its own zones, and shares no code with the
engine.
"""

import argparse
import csv
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from tanggap.city_calendar import calendar
from tanggap.due import Pause
from tanggap.office_hours import OfficeHours, TimeAllowed
from tanggap.working_days import Calendar

TABLE = Path(__file__).parent / "working_day_cases.csv"
SEED = 2026

# --- The calendars as a policy gives them to the engine ------------------------------------------

FOUR = ("senin", "selasa", "rabu", "kamis")


def week(days: tuple[str, ...], hours: str, pause: str = "", period: str = "") -> OfficeHours:
    """Return office hours of `08:00-16:00`, with a break and a period written alike."""
    opens, closes = (time.fromisoformat(at) for at in hours.split("-"))
    rest = [time.fromisoformat(at) for at in pause.split("-")] if pause else [None, None]
    within = [date.fromisoformat(day) for day in period.split("/")] if period else [None, None]
    return OfficeHours(
        days=days, opens=opens, closes=closes, break_from=rest[0], break_until=rest[1],
        first=within[0], last=within[1],
    )  # fmt: skip


USUAL = (
    week(FOUR, "08:00-16:00", "12:00-13:00"),
    week(("jumat",), "08:00-16:30", "11:30-13:00"),
)
FASTING = "2026-02-19/2026-03-19"
RAMADAN = (
    *USUAL,
    week(FOUR, "08:00-15:00", "12:00-12:30", FASTING),
    week(("jumat",), "08:00-15:30", "11:30-12:00", FASTING),
)
SIX = (week((*FOUR, "jumat"), "07:30-14:00"), week(("sabtu",), "07:30-12:00"))
OWN = {
    date(2026, 4, 1): "Hari jadi kota",
    date(2026, 9, 7): "Pemilihan kepala daerah",
    date(2026, 5, 15): "",
    date(2026, 12, 24): "",
}
WIB, WITA, WIT = (ZoneInfo(f"Asia/{city}") for city in ("Jakarta", "Makassar", "Jayapura"))
CALENDARS: dict[str, Calendar] = {
    "wib": calendar((), {}, WIB),
    "wita": calendar((), {}, WITA),
    "wit": calendar((), {}, WIT),
    "ramadan": calendar(RAMADAN, {}, WIB),
    "own": calendar((), OWN, WIB),
    "six": calendar(SIX, {}, WITA),
}

# --- The slow reckoner: moments are whole minutes of local time since 2025 began ------------------

EAST_OF_UTC = {"wib": 7, "wita": 8, "wit": 9, "ramadan": 7, "own": 7, "six": 8}
BEGAN = date(2025, 1, 1)
HOLIDAYS = {
    "2026-01-01", "2026-01-16", "2026-02-16", "2026-02-17", "2026-03-18", "2026-03-19",
    "2026-03-20", "2026-03-21", "2026-03-22", "2026-03-23", "2026-03-24", "2026-04-03",
    "2026-04-05", "2026-05-01", "2026-05-14", "2026-05-15", "2026-05-27", "2026-05-28",
    "2026-05-31", "2026-06-01", "2026-06-16", "2026-08-17", "2026-08-25", "2026-12-24",
    "2026-12-25", "2027-01-01", "2027-01-05",
}  # fmt: skip
"""Typed from the joint decree of three ministers for 2026, and the first of 2027."""

Stills = list[tuple[int, int | None]]


@cache
def office_minutes(name: str, day: int) -> tuple[int, ...]:
    """Return the office minutes of a day (0: 1 January 2025), in their order."""
    written = (BEGAN + timedelta(day)).isoformat()
    number = (day + 2) % 7  # 1 January 2025 was a Wednesday; 0 is Monday
    return tuple(
        day * 1440 + minute
        for minute in range(1440)
        if _is_open(name, written, number, f"{minute // 60:02}:{minute % 60:02}")
    )


def _is_open(name: str, day: str, number: int, at: str) -> bool:
    off = day in HOLIDAYS
    if name == "own":
        off = day in ("2026-04-01", "2026-09-07") or (
            off and day not in ("2026-05-15", "2026-12-24")
        )
    if off or number == 6:
        return False
    if name == "six":
        return "07:30" <= at < ("12:00" if number == 5 else "14:00")
    if number == 5:
        return False
    if name == "ramadan" and "2026-02-19" <= day <= "2026-03-19":
        if number == 4:
            return "08:00" <= at < "11:30" or "12:00" <= at < "15:30"
        return "08:00" <= at < "12:00" or "12:30" <= at < "15:00"
    if number == 4:
        return "08:00" <= at < "11:30" or "13:00" <= at < "16:30"
    return "08:00" <= at < "12:00" or "13:00" <= at < "16:00"


def minute_of(name: str, moment: datetime) -> int:
    """Return the local minute in which a moment lies."""
    seconds = (moment - datetime(2025, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    return (seconds + EAST_OF_UTC[name] * 3600) // 60


def stands_still(stills: Stills, minute: int) -> bool:
    """Whether a minute lies in a pause."""
    for start, end in stills:  # noqa: SIM110  half as quick otherwise, and asked very often
        if start <= minute and (end is None or minute < end):
            return True
    return False


def slow_days(name: str, posted: int, days: int, stills: Stills) -> int | None:
    """Return the minute at which the last of so many untouched working days closes."""
    open_from = min((start for start, end in stills if end is None), default=None)
    day = posted // 1440
    while days:
        day += 1
        minutes = office_minutes(name, day)
        if open_from is not None and minutes and minutes[-1] >= open_from:
            return None
        if minutes and not any(stands_still(stills, minute) for minute in minutes):
            days -= 1
    return office_minutes(name, day)[-1] + 1


def slow_minutes(name: str, posted: int, wanted: int, stills: Stills) -> int | None:
    """Return the minute after the last of so many office minutes outside all pauses."""
    open_from = min((start for start, end in stills if end is None), default=None)
    day = posted // 1440
    while True:
        for minute in office_minutes(name, day):
            if minute >= posted and not stands_still(stills, minute):
                wanted -= 1
                if wanted == 0:
                    return minute + 1
        day += 1
        if open_from is not None and day * 1440 > max(open_from, posted):
            return None


def slow_between(name: str, start: int, end: int, stills: Stills) -> int:
    """Return how many office minutes outside all pauses lie between two minutes."""
    return sum(
        start <= minute < end and not stands_still(stills, minute)
        for day in range(start // 1440, end // 1440 + 1)
        for minute in office_minutes(name, day)
    )


# --- Random cases ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One question to both; `unit` is days, minutes or between."""

    calendar: str
    posted: datetime
    unit: str
    amount: int
    until: datetime
    pauses: tuple[Pause, ...]


def cases(count: int, seed: int = SEED) -> Iterator[Case]:
    """Yield random cases of 2026; December's are short, so that they end in January."""
    chance = random.Random(seed)
    for _ in range(count):
        posted = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(
            seconds=chance.randrange(364 * 24 * 3600)
        )
        unit = chance.choice(("days", "minutes", "between"))
        months = 60 if posted.month < 7 else 15 if posted.month < 12 else 5
        amount = chance.randint(1, chance.choice((3, months)))
        if unit == "minutes":
            amount = -chance.randint(1, 3000 if posted.month < 12 else 1200)
        until = posted + timedelta(seconds=chance.randint(-3600, 20 * 24 * 3600))
        pauses = tuple(_pauses(chance, posted))
        yield Case(chance.choice(list(CALENDARS)), posted, unit, amount, until, pauses)


def _pauses(chance: random.Random, posted: datetime) -> Iterator[Pause]:
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        # Half of them begin on a full hour, where office hours and breaks do.
        start = posted + timedelta(seconds=chance.randint(-2 * 24 * 3600, 12 * 24 * 3600))
        lasts = timedelta(seconds=chance.randint(-60, chance.choice((7200, 4 * 24 * 3600))))
        if chance.random() < 0.5:
            start = start.replace(minute=chance.choice((0, 30)), second=0)
            lasts -= lasts % timedelta(minutes=30)
        yield Pause(start, None if chance.random() < 0.1 else start + lasts)


def differs(case: Case) -> str:
    """Return what engine and reckoner say where they differ, else ""."""
    name, engine = case.calendar, CALENDARS[case.calendar]
    posted = minute_of(name, case.posted)
    stills = [
        (minute_of(name, one.start), None if one.end is None else minute_of(name, one.end))
        for one in case.pauses
    ]
    allowed = TimeAllowed(days=case.amount) if case.amount > 0 else TimeAllowed(0, -case.amount)
    slow: int | None
    fast: int | None
    if case.unit == "between":
        slow = slow_between(name, posted, minute_of(name, case.until), stills)
        fast = engine.minutes_between(case.posted, case.until, case.pauses)
    else:
        if case.amount > 0:
            slow = slow_days(name, posted, case.amount, stills)
        else:
            slow = slow_minutes(name, posted, -case.amount, stills)
        due = engine.after(case.posted, allowed, case.pauses).at
        fast = None if due is None else minute_of(name, due)
    return "" if slow == fast else f"{case}: reckoner {slow}, engine {fast}"


# --- The table ------------------------------------------------------------------------------------


def rows() -> list[dict[str, str]]:
    """Return the cases of the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def answer(row: dict[str, str]) -> str:
    """Return what the engine says to a case of the table, as the table writes it."""
    engine = CALENDARS[row["calendar"]]
    pauses = [
        Pause(moment(start, engine.zone), moment(end, engine.zone) if end else None)
        for start, _, end in (
            one.strip().partition("/") for one in row["pauses"].split(";") if one.strip()
        )
    ]
    posted = moment(row["posted"], engine.zone)
    if row["unit"] == "between":
        return str(engine.minutes_between(posted, moment(row["amount"], engine.zone), pauses))
    ask = engine.after_days if row["unit"] == "days" else engine.after_minutes
    due = ask(posted, int(row["amount"]), pauses).at
    return "none" if due is None else f"{due:%Y-%m-%d %H:%M}"


def moment(written: str, zone: ZoneInfo) -> datetime:
    """Return a moment of the table: local time, or UTC where a Z says so."""
    parsed = datetime.fromisoformat(written)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)


def main() -> int:
    """Print the number of cases and of differences; 1 where there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--table", action="store_true")
    wanted = parser.parse_args()
    if wanted.table:
        for row in rows():
            sys.stdout.write(f"{row['id']} {answer(row)}\n")
        return 0
    found = [text for text in map(differs, cases(wanted.cases, wanted.seed)) if text]
    sys.stdout.writelines(f"{text}\n" for text in found[:20])
    sys.stdout.write(f"{wanted.cases} cases, {len(found)} differences\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
