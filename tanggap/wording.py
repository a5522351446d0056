"""How moments and numbers are said to people, in the language that they read.

JSON, logs and the database keep ISO 8601 in UTC and plain numbers.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit

from tanggap.language import gettext as _
from tanggap.language import locale


def moment(when: datetime, zone: ZoneInfo) -> str:
    """Return a moment in the city's zone: `12 Nov 2026 03.40 WIB`."""
    local = when.astimezone(zone)
    return f"{format_date(local, 'd MMM y', locale=locale())} {time_of_day(local)} {local.tzname()}"


def short_moment(local: datetime, *, year: bool) -> str:
    """Return a moment as it stands, without its zone: `12 Nov 03.40`, or with the year alone."""
    if year:
        return str(format_date(local, "d MMM y", locale=locale()))
    return f"{format_date(local, 'd MMM', locale=locale())} {time_of_day(local)}"


def moments(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Return a span in the city's zone: `12 Nov 2026 03.40 sampai 13 Nov 2026 07.00 WIB`."""
    return _("{} sampai {}").format(moment(start, zone).rpartition(" ")[0], moment(end, zone))


def day(when: datetime | date, zone: ZoneInfo) -> str:
    """Return a day, of a moment that of the city's zone: `12 November 2026`."""
    local = when.astimezone(zone) if isinstance(when, datetime) else when
    return str(format_date(local, "d MMMM y", locale=locale()))


def month_name(when: datetime, zone: ZoneInfo) -> str:
    """Return the month of a moment in the city's zone: `November 2026`."""
    return str(format_date(when.astimezone(zone), "MMMM y", locale=locale()))


def weekday(when: date) -> str:
    """Return a day with its name: `Senin 16 Maret 2026`."""
    return str(format_date(when, "EEEE d MMMM y", locale=locale()))


def time_of_day(when: datetime) -> str:
    """Return hours and minutes as they stand: `08.00`."""
    return str(format_time(when, "short", locale=locale()))


def number(value: float, digits: int = 0) -> str:
    """Return a number with so many decimals: `1.000`, `2,5`."""
    # Babel rounds to what its pattern shows; a fixed pattern keeps columns in line.
    said = str(format_decimal(value, "#,##0" + ("." + "0" * digits if digits else ""), locale()))
    return said if said.strip("-0,.") else said.removeprefix("-")


def percent(hundredths: float, digits: int = 0) -> str:
    """Return a share that is counted in hundredths: `98,6%`."""
    return f"{number(hundredths, digits)}%"


def usd(amount: float) -> str:
    """Return an amount of money: `US$6,17`."""
    return str(format_currency(amount, "USD", locale=locale()))


def length(span: timedelta) -> str:
    """Return a length in its two largest units: `2 hari 3 jam`, rounded down."""
    minutes = span // timedelta(minutes=1)
    if minutes < 1:
        return _("kurang dari semenit")
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = [(days, "day"), (hours, "hour"), (minutes if not days else 0, "minute")]
    return " ".join(
        str(format_unit(count, f"duration-{unit}", locale=locale()))
        for count, unit in units
        if count
    )


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence: `A`, `A dan B`, `A, B, dan C`; "" of none."""
    return str(format_list(words, locale=locale()))


def capitalised(text: str) -> str:
    """Return a text that begins with a capital letter; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def ago(age: timedelta) -> str:
    """Return how long something is past; where it is still to come, that a clock is wrong."""
    if age <= -timedelta(minutes=1):
        return _("{} di depan jam mesin ini; periksa jamnya").format(length(-age))
    return _("{} lalu").format(length(age))
