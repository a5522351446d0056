"""What warnings need of the store: which deadlines are near or past, and who was told of it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from tanggap.store.rows_deadlines import ItemDeadlines, News
from tanggap.store.rows_outbox import Notice


class DeadlineStore(Protocol):
    """The clocks that run, as the daemon last reckoned them (`tanggap.clocks`)."""

    def note_deadlines(self, found: Sequence[ItemDeadlines], now: datetime) -> int:
        """Keep what was reckoned of these items; return how many had changed.

        Left alone are items that changed since they were reckoned. What was sent on to another OPD
        begins anew.
        """
        ...

    def tell_deadlines(self, now: datetime, apart: timedelta) -> int:
        """Put a notice into the outbox of each channel for which something has become pressing.

        `warning` to the OPD in charge, `escalation` to it once the deadline has passed, and to the
        supervisors later; one of a kind in `apart`. One that still waits and that nobody has got
        is over: the new one tells of both. Return how many were put.
        """
        ...

    def forget_deadlines(self, statuses: Collection[str]) -> int:
        """Forget the clocks of items that have none of `statuses`; return of how many items."""
        ...

    def deadline_news(self, notice: Notice, limit: int) -> News:
        """Return what a `warning` or `escalation` tells that none before it on its channel told.

        Only what is still so: not what was answered, confirmed or closed since.
        """
        ...
