"""Is a silence longer than an account's own past lets one expect? Pure: no I/O, no clock.

Two things must come together. First, the silence is longer than all silences of the last twelve
weeks but the longest one (that may have been a trouble, too). Second, it is laid beside the same
hours of the week in the weeks before it, so that nights and weekends are compared with nights and
weekends, and chance does not explain it: if the quieter half of those weeks, `w` of them, brought
`n` mentions in those hours, the chance that all of them fell into the past and none into the
silence is (w / (w + 1)) ** n, whatever the account's rate. With few weeks of history more is asked
of the past; only the quieter half counts, so that no uproar becomes the measure. Each mention
begins a silence that might be the one, so the chance is multiplied by the mentions of a month:
what is left is how often such a silence would come by itself in a month.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
HISTORY = 12 * WEEK
"""How much of the past is looked at."""
LEAST_WEEKS = 2
"""Weeks of history without which nothing is said."""
LONGEST = 4 * WEEK
"""So much of a silence is compared; an account that is slower says too little to judge."""
LOOK_BACK = HISTORY + 14 * WEEK
"""So far back are mentions asked for: the past of a silence that has lasted long, too."""
SHORTEST = timedelta(hours=2)
"""Shorter silences are never worth a word, and need not be looked at."""
RARER_THAN = 0.01
"""Alarm where such a silence would come by itself less than once in 100 months of the account."""
_MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence that is longer than usual."""

    since: datetime
    until: datetime
    expected: float
    """Mentions that the same hours of a quiet past week brought (of its first weeks at most)."""
    per_month: float
    """How often such a silence would come by itself in a month."""


def silence_of(hours: Mapping[datetime, int], until: datetime) -> Silence | None:
    """Return the silence that is to be told, or None where it may well be chance.

    `hours` are the beginnings of full UTC hours with the mentions that were posted in them (hours
    without any may be missing), of at least `HISTORY` if there was so much; `until` is the moment
    up to which the source has been watched.
    """
    busy = sorted(hour for hour, count in hours.items() if count)
    if not busy:
        return None
    since = busy[-1] + HOUR
    length = (until - since) // HOUR * HOUR
    if length < SHORTEST:
        return None
    recent = [hour for hour in busy if hour >= since - HISTORY]
    silences = sorted(after - before - HOUR for before, after in pairwise(recent))
    if len(silences) < 2 or length <= silences[-2]:
        return None
    lately = sum(hours[hour] for hour in recent if hour >= since - _MONTH)
    step = WEEK
    while step <= LONGEST:
        counts = _before(hours, since, min(length, step), step)
        if len(counts) >= LEAST_WEEKS:
            kept = sorted(counts)[: len(counts) // 2]
            chance = (len(kept) / (len(kept) + 1)) ** sum(kept)
            if lately * chance < RARER_THAN:
                return Silence(since, since + length, sum(kept) / len(kept), lately * chance)
        if length <= step:
            break
        step += WEEK  # a silence of more than a week is laid beside pairs of weeks, and so on
    return None


def _before(
    hours: Mapping[datetime, int], since: datetime, length: timedelta, step: timedelta
) -> list[int]:
    """Return what stretches of `length` brought that began `step`, twice `step`, ... before."""
    first = min(hour for hour, count in hours.items() if count)
    counts = [0] * (min(since - first, HISTORY) // step)
    for hour, count in hours.items():
        back = -(-(since - hour) // step)
        if 1 <= back <= len(counts) and hour + back * step < since + length:
            counts[back - 1] += count
    return counts
