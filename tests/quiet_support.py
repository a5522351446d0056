"""Invented accounts for tests of the quiet alarm: how many mentions each hour brings them."""

import math
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from tanggap.upkeep.quiet import HOUR, LOOK_BACK, SHORTEST, WEEK, silence_of

START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
RATES = (0.5, 1, 2, 4, 8, 15, 30, 60, 120, 250)
"""Mentions a day of an account on average, from a kecamatan office to the city's own."""
Hours = dict[datetime, int]


def rhythm(hour: datetime) -> float:
    """Return how busy an hour is, 1 on average over a week: little at night (WIB) and weekends."""
    local = hour + timedelta(hours=7)
    day = 1.16 if local.weekday() < 5 else 0.6
    return day * (1 + 0.9 * math.cos((local.hour - 14) / 24 * 2 * math.pi))


def poisson(rate: float, dice: random.Random) -> int:
    """Return how many come where `rate` are expected (Knuth, in steps that do not underflow)."""
    count = 0
    while rate > 30:
        count += poisson(30, dice)
        rate -= 30
    limit, product = math.exp(-rate), dice.random()
    while product > limit:
        count += 1
        product *= dice.random()
    return count


def account(
    per_day: float, days: int, dice: random.Random, *, bursts: bool = False, trend: float = 0.0
) -> Hours:
    """Return the mentions per hour of an invented account.

    `bursts`: about once a month something goes round for two days, at twenty times the rate, and
    each single hour varies by itself (clustered, as real mentions are). `trend`: by how much the
    rate falls in a month.
    """
    hours: Hours = {}
    boost_until = START
    for number in range(days * 24):
        hour = START + number * HOUR
        rate = per_day / 24 * rhythm(hour) * (1 - trend) ** (number / 720)
        if bursts:
            if dice.random() < 1 / 720:
                boost_until = hour + 2 * DAY
            rate *= 20 if hour < boost_until else 1
            rate *= dice.gammavariate(1.0, 1.0)
        if count := poisson(rate, dice):
            hours[hour] = count
    return hours


def known_at(hours: Hours, now: datetime) -> Hours:
    """Return what the store would give at a moment."""
    return {hour: count for hour, count in hours.items() if now - LOOK_BACK <= hour < now}


def alarmed(hours: Hours, until: datetime) -> bool:
    """Whether the rule speaks at a moment."""
    return silence_of(known_at(hours, until), until) is not None


def false_alarms(hours: Hours) -> int:
    """Return how many of the silences between mentions would have been told.

    A silence is told more and more as it lasts, so its last hour decides.
    """
    busy = sorted(hours)
    return sum(
        alarmed(hours, after) for before, after in pairwise(busy) if after - before > SHORTEST
    )


def delay(hours: Hours, dies: datetime, longest: timedelta = 8 * WEEK) -> timedelta | None:
    """Return how long after an account went dead that is told; None: not within `longest`."""
    kept = {hour: count for hour, count in hours.items() if hour < dies}
    return first_of(lambda after: alarmed(kept, dies + after), longest)


def first_of(tells: Callable[[timedelta], bool], longest: timedelta) -> timedelta | None:
    """Return the first hour at which something holds that holds from then on."""
    if not tells(longest):
        return None
    low, high = timedelta(0), longest
    while high - low > HOUR:
        middle = low + (high - low) / 2 // HOUR * HOUR
        low, high = (low, middle) if tells(middle) else (middle, high)
    return high


def accounts(
    count: int, days: int, seed: int, **more: bool | float
) -> Iterator[tuple[float, Hours]]:
    """Yield accounts of all sizes: (mentions a day, mentions per hour)."""
    dice = random.Random(seed)
    for number in range(count):
        rate = RATES[number % len(RATES)]
        yield rate, account(rate, days, dice, **more)  # type: ignore[arg-type] # passed on
