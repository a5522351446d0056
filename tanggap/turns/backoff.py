"""How long to leave a source alone after a failed turn. Pure: the caller brings clock and dice.

Numbers: full jitter as in AWS's "Exponential Backoff And Jitter"; waits per kind of refusal as in
X's documentation of limits and errors (docs.x.com, August 2026).
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from tanggap.errors import CollectorError, NotAuthorised, RateLimited, Unavailable
from tanggap.store.rows import SourceState

UNSAID_WAIT = timedelta(minutes=15)
"""After a 429 without a reset time; doubles up to `UNSAID_CAP`."""
UNSAID_CAP = timedelta(hours=2)
USAGE_CAP_WAIT = timedelta(hours=6)
HUMAN_WAIT = timedelta(minutes=15)
"""After a refusal that only a person can mend; doubles up to `HUMAN_CAP`, never gives up."""
HUMAN_CAP = timedelta(hours=1)
FIXED_WAITS = {
    "credits": timedelta(hours=1),
    "meta_blocked": timedelta(hours=24),
    "graph_deprecated": timedelta(hours=24),
}
"""Refusals that deserve the same wait each time: asking earlier changes nothing, or makes it worse
(Meta's 368)."""
RESTS: dict[str, tuple[timedelta, ...]] = {
    "instagram_wait": tuple(timedelta(hours=hours) for hours in (1, 4, 12, 24)),
    "instagram_limit": tuple(timedelta(minutes=11) * 2**times for times in range(8)),
    "instagram_feedback": tuple(timedelta(hours=hours) for hours in (24, 48, 72)),
    "instagram_checkpoint": (timedelta(days=1),),
    "instagram_session": (timedelta(days=1),),
    "instagram_private": (timedelta(days=1),),
    "instagram_account_gone": (timedelta(days=1),),
    "library_outdated": (timedelta(days=1),),
}
"""Codes of Instagram by instaloader with the rest after the first time, the second, and so on; the
last one repeats. Asking sooner costs the account (instaloader's docs/troubleshooting.rst, 2026)."""
ALERT_AT_SECOND = frozenset({"instagram_wait"})
"""Rests of which the first mends itself and the second is for a person to look at."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """What to do after a failed turn."""

    state: SourceState
    next_poll_at: datetime
    hold: bool
    """Whether everything in the error's scope waits too."""


def react(
    error: CollectorError,
    *,
    errors_before: int,
    holds_before: int,
    now: datetime,
    first_seconds: int,
    cap_seconds: int,
    dice: random.Random,
) -> Reaction:
    """Return the reaction to an error.

    `errors_before` counts failed turns of this source in a row, `holds_before` how often the
    error's scope was put on hold in a row.
    """
    if error.code in RESTS:
        return _rested(error, holds_before, now)
    if isinstance(error, RateLimited):
        return Reaction("waiting", _rate_limit_end(error, holds_before, now), hold=True)
    if isinstance(error, NotAuthorised):
        wait = FIXED_WAITS.get(error.code) or min(_doubled(HUMAN_WAIT, holds_before), HUMAN_CAP)
        return Reaction("needs_human", now + wait, hold=True)
    ceiling = min(cap_seconds, first_seconds * 2 ** min(errors_before, 20))
    # At least a second, so that a run of lucky throws never becomes a storm.
    seconds = max(1.0, dice.uniform(0, ceiling))
    if isinstance(error, Unavailable) or errors_before < 2:
        return Reaction("backoff", now + timedelta(seconds=seconds), hold=False)
    return Reaction("needs_human", now + timedelta(seconds=max(seconds, 60.0)), hold=False)


def _rested(error: CollectorError, holds_before: int, now: datetime) -> Reaction:
    rests = RESTS[error.code]
    until = now + rests[min(holds_before, len(rests) - 1)]
    if isinstance(error, RateLimited) and error.retry_at:
        until = max(until, error.retry_at)
    calm = isinstance(error, RateLimited)
    if error.code in ALERT_AT_SECOND and holds_before:
        calm = False
    return Reaction("waiting" if calm else "needs_human", until, hold=True)


def _rate_limit_end(error: RateLimited, holds_before: int, now: datetime) -> datetime:
    if error.retry_at is not None:
        return error.retry_at
    if error.code == "usage_cap":
        return now + USAGE_CAP_WAIT
    return now + min(_doubled(UNSAID_WAIT, holds_before), UNSAID_CAP)


def _doubled(first: timedelta, times: int) -> timedelta:
    return first * (1 << min(times, 10))
