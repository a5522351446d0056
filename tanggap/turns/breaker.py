"""The circuit breaker: when a whole network is down, its sources do not find out one by one. Pure.

Refusals that name their scope (a rate limit, a token) put a hold on it at once. An outage does not
name one: it is taken for one when several sources in a row, with no success between, found nobody
who answers. The hold's waits grow; after each of them one source tries for all.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from tanggap.store.rows import Hold

CODE = "network_down"
IN_A_ROW = 10
"""Sources of a scope that fail one after the other; of a smaller scope all, and at least three."""
LEAST = 3
WITHIN = timedelta(minutes=15)
"""Failures longer ago say nothing of now."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
"""A network that is back is found again within so long."""


def scopes(source_id: str) -> Iterator[str]:
    """Yield what a source shares with others, the widest first: `meta`, `meta:facebook`, ..."""
    parts = source_id.split(":")
    for length in range(1, len(parts)):
        yield ":".join(parts[:length])


def opens(scope: str, failing: Collection[str], sources: int) -> bool:
    """Whether the sources `failing` in a row, of so many in the scope, mean that nobody answers.

    They must not all be of one part of it: that one endpoint or network fails says nothing of the
    others behind the same token.
    """
    depth = len(scope.split(":"))
    parts = {one.split(":")[depth] for one in failing}
    return len(failing) >= max(LEAST, min(IN_A_ROW, sources)) and len(parts) > 1


def wait(holds_before: int, cap: timedelta, jitter: float) -> timedelta:
    """Return how long the scope rests, the `holds_before` + 1st time in a row."""
    longest = min(LONGEST_WAIT, max(cap, FIRST_WAIT))
    return min(FIRST_WAIT * (1 << min(holds_before, 10)), longest) * jitter


def one_probe_each(
    due: Sequence[str], running: Collection[str], holds: Sequence[Hold], now: datetime
) -> list[str]:
    """Return the due sources that may go: where a wait has ended, one at a time until it succeeds.

    The first to ask learns whether the refusal still stands, for all that it covers. `running` are
    the sources that somebody is at, in this daemon or in another.
    """
    resting = [hold for hold in holds if hold.until <= now]
    if not resting:
        return list(due)
    probing = {hold.scope for hold in resting if any(map(hold.covers, running))}
    chosen = []
    for source_id in due:
        scopes_of = {hold.scope for hold in resting if hold.covers(source_id)}
        if not scopes_of & probing:
            probing |= scopes_of
            chosen.append(source_id)
    return chosen
