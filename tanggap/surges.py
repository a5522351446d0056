"""Whether more people than usual complain about one thing in one kecamatan. Pure.

"Usual" are the same hours of the days before, so that a morning is compared with mornings. The
busiest tenth of them is left out: last week's flood must not hide this week's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HOURS = timedelta(hours=6)
"""How far back "now" reaches."""
DAYS = 28
"""How many days before are looked at."""
CITIZENS_AT_LEAST = 5
CHANCE = 1e-4
"""So seldom an ordinary six hours brings as many."""
LEAST_USUAL, LEAST_USUAL_NEW = 0.25, 1.0
"""What counts as usual at least; the second while less than a week is known."""
_DAYS_KNOWN = 7


@dataclass(frozen=True, slots=True)
class Surge:
    """One sector in one kecamatan of which unusually many citizens write."""

    sector: str
    kecamatan: str
    citizens: int
    """Distinct ones in the last HOURS."""
    usual: float
    """As many as the same hours of other days bring."""
    since: datetime
    """When the first of these mentions was posted."""


def usual(days: Sequence[int]) -> float:
    """Return how many citizens the same hours of the days before brought, per day.

    `days`: of each day that is known, how many.
    """
    kept = sorted(days)[: max(1, len(days) - math.ceil(len(days) / 10))]
    mean = sum(kept) / len(kept) if kept else 0.0
    return max(mean, LEAST_USUAL if len(days) >= _DAYS_KNOWN else LEAST_USUAL_NEW)


def is_surge(citizens: int, expected: float) -> bool:
    """Whether `citizens` are more than chance brings where `expected` are usual."""
    return citizens >= CITIZENS_AT_LEAST and at_least(citizens, expected) < CHANCE


def at_least(count: int, mean: float) -> float:
    """Return the chance of `count` or more where `mean` are expected (Poisson)."""
    if count <= mean:
        return 1.0  # not needed exactly: it is above every bound of ours
    term = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    total = 0.0
    while term > total * 1e-12:
        total += term
        count += 1
        term *= mean / count
    return total
