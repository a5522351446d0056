"""When a source is polled next: busy accounts more often, quiet ones less, none starved. Pure.

A source's activity is what it lately brought, in new mentions per `poll_seconds` (the operator's
normal pause). From one to four that pause is kept. Beyond four, four times as much halves it; below
one, a quarter of it doubles it: with a given number of requests, pauses that go with one over the
square root of the activity keep the sum of all mentions' waits smallest. Between the two the pause
is the operator's, so that a usual day asks the networks for no more than one without this rule.
"""

import math
from dataclasses import dataclass
from datetime import timedelta

NORMAL = 1.0
"""Activity of a source of which nothing is known: it is polled at the operator's pause."""
QUIET = 1.0
BUSY = 4.0
"""Activities between which a source is polled at the operator's pause."""
RISES = 0.6
FALLS = 0.25
"""How much of a poll's own rate goes into the activity. A source that wakes up is believed sooner
than one that falls quiet: after two polls 84 % of the new rate count."""
LONGEST = timedelta(hours=1)
"""No source waits longer than this (or than its `poll_seconds`, if those are longer), however quiet
it is: an answer or a complaint still stands on the desk within the hour."""
_MOST = 1e6


@dataclass(frozen=True, slots=True)
class Pauses:
    """The shortest, usual and longest pause between two polls of a source."""

    fastest: float
    normal: float
    slowest: float
    """All in seconds."""


def pauses(poll_seconds: int, overlap_minutes: int, fastest: float, slowest: float) -> Pauses:
    """Return a source's pauses; `fastest` and `slowest` are factors of `poll_seconds`.

    No pause is stretched beyond the overlap that each poll reads again, nor beyond `LONGEST`.
    """
    longest = min(poll_seconds * slowest, overlap_minutes * 60.0, LONGEST.total_seconds())
    return Pauses(
        fastest=max(1.0, poll_seconds * fastest),
        normal=float(poll_seconds),
        slowest=max(float(poll_seconds), longest),
    )


def activity(before: float, new: int, since: timedelta | None, pace: Pauses) -> float:
    """Return the activity after a poll with `new` mentions, `since` the last good one.

    The first poll of a source reads its backfill and says nothing of what is usual.
    """
    if since is None:
        return before
    seconds = max(since.total_seconds(), pace.fastest)
    seen = min(new * pace.normal / seconds, _MOST)
    return before + (RISES if seen > before else FALLS) * (seen - before)


def pause(active: float, pace: Pauses, stretch: float, jitter: float) -> timedelta:
    """Return the pause until the next poll.

    `stretch` is by how much the network asks for later polls (1.0: not at all), `jitter` a factor
    about 1 that spreads the sources.
    """
    wanted = pace.normal
    if active > BUSY:
        wanted = max(pace.normal * math.sqrt(BUSY / active), pace.fastest)
    elif active < QUIET:
        later = pace.normal * math.sqrt(QUIET / active) if active > 0 else pace.slowest
        wanted = min(later, pace.slowest)
    return timedelta(seconds=wanted * max(1.0, stretch) * jitter)
