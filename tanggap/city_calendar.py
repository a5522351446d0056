"""The calendar of a city: its office hours, national holidays, and days off of its own.

National holidays and joint leave (cuti bersama) come from the `holidays` package (its Indonesian
calendar follows the yearly joint decree of three ministers, 2026); a city adds days of its own and
takes back what a later decree changed.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

import holidays
from holidays.constants import GOVERNMENT, PUBLIC

from tanggap.config import Config
from tanggap.office_hours import USUAL, OfficeHours, Span
from tanggap.working_days import Calendar


def calendar(
    hours: Iterable[OfficeHours], days_off: Mapping[date, str], zone: ZoneInfo
) -> Calendar:
    """Return the calendar of a city; of several hours for a day the last one in the file counts."""
    listed = tuple(hours) or tuple(OfficeHours.model_validate(table) for table in USUAL)

    def hours_of(day: date) -> tuple[Span, ...]:
        return next((one.spans for one in reversed(listed) if one.covers(day)), ())

    def day_off(day: date) -> str:
        own = days_off.get(day)
        return _national(day.year).get(day, "") if own is None else own

    return Calendar(zone, hours_of, day_off)


def calendar_of(config: Config) -> Calendar:
    """Return the calendar of an install's city."""
    policy = config.policy
    return calendar(policy.office_hours, policy.day_off, ZoneInfo(config.city.timezone))


@cache
def _national(year: int) -> dict[date, str]:
    found = holidays.country_holidays(
        "ID", years=year, categories=(PUBLIC, GOVERNMENT), language="id"
    )
    return {day: str(name) for day, name in found.items()}
