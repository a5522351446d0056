"""What may still be read of a network that bills by the read."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from tanggap.store.rows import Usage


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
