"""The table of cases that a person can check, random cases, and machines of other zones."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from measure_working_days import CALENDARS, HOLIDAYS, answer, cases, differs, rows

from tanggap.city_calendar import calendar

ROOT = Path(__file__).parent.parent


def test_the_engine_says_what_the_table_says() -> None:
    table = rows()
    wrong = {row["id"]: answer(row) for row in table if answer(row) != row["expected"]}
    right = len(table) - len(wrong)
    assert f"{right} of {len(table)}: {wrong}" == f"{len(table)} of {len(table)}: {{}}"


def test_the_table_is_of_all_kinds() -> None:
    table = rows()
    assert len(table) >= 300
    assert [row["id"] for row in table] == [str(number + 1) for number in range(len(table))]
    for name in CALENDARS:
        units = {row["unit"] for row in table if row["calendar"] == name}
        assert units >= {"days", "minutes"}, name
    assert sum(row["pauses"] != "" for row in table) >= 60
    assert sum(row["expected"] == "none" for row in table) >= 6
    assert all(len(row["note"]) > 20 for row in table)


def test_something_of_the_table_was_posted_on_every_day_off_of_2026() -> None:
    usual = calendar((), {}, CALENDARS["wib"].zone)
    posted = {row["posted"][:10] for row in rows() if row["unit"] == "days"}
    off = {day for day in HOLIDAYS if day.startswith("2026")}
    assert len(off) == 25
    assert off <= posted
    assert all(usual.day_off(date.fromisoformat(day)) for day in off)


@pytest.mark.parametrize("seed", range(4))
def test_engine_and_slow_reckoner_agree_on_a_thousand_random_cases(seed: int) -> None:
    assert [said for said in map(differs, cases(1000, seed)) if said] == []


def test_the_zone_of_the_machine_changes_nothing() -> None:
    places = ("UTC", "Asia/Jakarta", "America/New_York", "Pacific/Auckland", "Europe/London")
    said = {
        subprocess.run(
            [sys.executable, str(ROOT / "tests/measure_working_days.py"), "--table"],
            env=os.environ | {"TZ": place},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for place in places
    }
    assert said == {"".join(f"{row['id']} {row['expected']}\n" for row in rows())}
