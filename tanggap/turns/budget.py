"""What may still be read of a network that bills by the read, and what may still be asked of any.

Two rules keep one source, or one old backlog, from spending what the others need. A source has a
share of each limit that is always its own. Beyond it, and for a backlog from the first page on, a
source may take only what the rest of the hour or day does not need: half of what the limit grants
to that rest is kept for news.
"""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tanggap.store.rows import Usage

KEPT_FOR_NEWS = 0.5
"""Part of what a limit grants to the rest of its window that only news may take."""
LEAST_SHARE = 0.25
"""Part of a limit that one source may take however little is left; twice its even share if more."""


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
        share = math.ceil(self.limit * max(LEAST_SHARE, min(1.0, even)))
        return max(spare, min(self.left, share - self.by_source))

    def opens_at(self, now: datetime) -> datetime:
        """Return when there is room again for a source that has none: at the end at the latest."""
        if self.left == 0:
            return self.ends
        rest = (self.ends - self.begins) * min(1.0, self.left / (self.limit * KEPT_FOR_NEWS))
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

    def share(self, workers: int, reserved: int) -> int:
        """Return what one of `workers` may read beside what others have `reserved`."""
        return max(0, min(self.day, self.month) - reserved) // workers

    def renewed_at(self, now: datetime) -> datetime:
        """Return when the part that ran out begins anew: next UTC day, or next UTC month."""
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        if self.day <= self.month:
            return midnight
        return (now.replace(day=28) + timedelta(days=4)).replace(
            day=1, hour=0, minute=0, second=0, microsecond=0
        )


class Reservations:
    """Parts of budgets that workers may be reading just now, so that together they never overrun.

    May be used from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reads: dict[str, int] = {}

    def reserved(self, network: str) -> int:
        """Return how many reads of a network are reserved."""
        with self._lock:
            return self._reads.get(network, 0)

    @contextmanager
    def share(
        self, network: str, budget_of: Callable[[str], Budget | None], workers: int
    ) -> Iterator[int | None]:
        """Reserve one of `workers` shares while the block runs; yield how many reads it holds.

        Yields None where `budget_of` says that reads are not billed.
        """
        with self._lock:
            budget = budget_of(network)
            taken = self._reads.get(network, 0)
            reads = budget.share(workers, taken) if budget else 0
            self._reads[network] = taken + reads
        try:
            yield reads if budget else None
        finally:
            with self._lock:
                self._reads[network] -= reads

    @contextmanager
    def part(self, scope: str, room: Callable[[], tuple[int, int]]) -> Iterator[int]:
        """Reserve requests of a scope while the block runs; yield how many.

        `room` says how many are left of the scope and how many of them this worker may have. It is
        asked when no other worker can reserve or give back: what was written down meanwhile must
        not be given twice. A worker gets at most half of what the others have not reserved, so
        that all get some.
        """
        key = f"requests {scope}"
        with self._lock:
            left, most = room()
            taken = self._reads.get(key, 0)
            part = max(0, min(most, math.ceil((left - taken) / 2)))
            self._reads[key] = taken + part
        try:
            yield part
        finally:
            with self._lock:
                self._reads[key] -= part
