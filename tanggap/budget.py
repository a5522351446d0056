"""What may still be read of a network that bills by the read. Pure."""

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
