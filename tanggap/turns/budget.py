"""What may still be read of a network that bills by the read, and what may still be asked of any.

Two rules keep one source, or one old backlog, from spending what the others need. A source has a
share of each limit that is always its own. Beyond it, and for a backlog from the first page on, a
source may take only what the rest of the hour or day does not need: half of what the limit grants
to that rest is kept for news.

A page takes its part before it is asked for; `granted` says how large it is. No I/O and no state
here: who keeps the parts is in `tanggap.turns.reservations`.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tanggap.store.rows import Usage

KEPT_FOR_NEWS = 0.5
"""Part of what a limit grants to the rest of its window that only news may take."""
LEAST_SHARE = 0.25
"""Part of a limit that one source may take however little is left; twice its even share if more."""
PAGE_READS = 40
"""Reads that the smallest page of X may bring: 10 posts, each with its author and two others."""
MOST_OF_A_PAGE = 500
"""More reads than the largest page of X may bill: 100 posts, each with its author and others. Who
takes no more than that leaves enough to the turns of all other workers and daemons."""


@dataclass(frozen=True, slots=True)
class Window:
    """One limit over one span of time, and how much of it is used."""

    limit: int
    used: int
    by_source: int
    """What one source used of it."""
    sources: int
    """How many sources it is for."""
    begins: datetime
    ends: datetime
    least: int = 0
    """What is too little to begin with: the share of a source is never smaller."""

    @property
    def left(self) -> int:
        """What nobody has used yet."""
        return max(0, self.limit - self.used)

    def room(self, now: datetime, *, backlog: bool) -> int:
        """Return how much the source may take now, for news or for its `backlog`."""
        spare = max(0, self.left - self._kept(now))
        if backlog:
            return spare
        even = 2 / max(1, self.sources)
        share = max(self.least, math.ceil(self.limit * max(LEAST_SHARE, min(1.0, even))))
        return max(spare, min(self.left, share - self.by_source))

    def opens_at(self, now: datetime) -> datetime:
        """Return when there is room again for a source that has none: at the end at the latest.

        Room is what is not less than `least`.
        """
        spare = self.left - self.least
        if self.left == 0 or spare < 0:
            return self.ends
        rest = (self.ends - self.begins) * min(1.0, spare / (self.limit * KEPT_FOR_NEWS))
        return min(self.ends, max(self.ends - rest, now) + timedelta(minutes=1))

    def _kept(self, now: datetime) -> int:
        rest = (self.ends - now) / (self.ends - self.begins)
        return math.floor(self.limit * KEPT_FOR_NEWS * min(1.0, max(0.0, rest)))


def hour_of(now: datetime) -> tuple[datetime, datetime]:
    """Return begin and end of the UTC hour."""
    begins = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return begins, begins + timedelta(hours=1)


def day_of(now: datetime) -> tuple[datetime, datetime]:
    """Return begin and end of the UTC day."""
    begins = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return begins, begins + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Budget:
    """Reads left of the day and of the month (UTC, as X counts them); never below 0."""

    day: int
    month: int

    @classmethod
    def left_of(cls, usage: Usage, daily_limit: int, monthly_limit: int) -> "Budget":
        """Return what the limits of the config leave after `usage`."""
        return cls(
            day=max(0, daily_limit - usage.day_reads),
            month=max(0, monthly_limit - usage.month_reads),
        )

    @property
    def left(self) -> int:
        """What may still be read now."""
        return min(self.day, self.month)

    def renewed_at(self, now: datetime) -> datetime:
        """Return when the part that ran out begins anew: next UTC day, or next UTC month."""
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        if self.day <= self.month:
            return midnight
        return (now.replace(day=28) + timedelta(days=4)).replace(
            day=1, hour=0, minute=0, second=0, microsecond=0
        )


@dataclass(frozen=True, slots=True)
class Part:
    """What one page may take, or what is taken."""

    requests: int
    reads: int | None
    """Billed reads; None: they are not billed."""


@dataclass(frozen=True, slots=True)
class Room:
    """What there is for a page, as long as nobody else takes of it."""

    left: Part
    """What nobody has used yet."""
    most: Part
    """What this page may have of it."""
    workers: int
    """How many may want a part at the same time."""


def granted(room: Room, taken: Part) -> Part:
    """Return the part of a page while others have `taken` theirs: never more than is left beside.

    Of the requests at most half of what is free, so that all get some. Of the reads the even part
    of a worker, but a whole page while there is one: less would be read by nobody.
    """
    requests = math.ceil((room.left.requests - taken.requests) / 2)
    return Part(max(0, min(room.most.requests, requests)), _reads_granted(room, taken.reads or 0))


def _reads_granted(room: Room, taken: int) -> int | None:
    if room.left.reads is None or room.most.reads is None:
        return None
    free = max(0, room.left.reads - taken)
    share = max(free // room.workers, min(free, PAGE_READS))
    return max(0, min(share, room.most.reads, MOST_OF_A_PAGE))
