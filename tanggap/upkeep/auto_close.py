"""Closes what was answered in substance and nobody came back to (ditutup otomatis).

So many working days after the last answer, by the policy (`deadline.auto_close`). It is the one
thing that a machine closes; a new complaint of the citizen opens it again.
"""

import logging
from datetime import datetime, timedelta

from tanggap.city_calendar import calendar_of
from tanggap.clock import lately
from tanggap.clocks import Reckoner
from tanggap.config import Config
from tanggap.store import Store
from tanggap.store.rows import EVERYTHING

logger = logging.getLogger("tanggap.auto_close")

EVERY = timedelta(hours=1)
"""On the install's clock: deadlines are ends of working days."""
AT_ONCE = 100
"""Items that one transaction closes: the one writer is held for some milliseconds."""


class AutoClose:
    """When it last looked."""

    def __init__(self) -> None:
        self._looked_at: datetime | None = None

    def look_after(self, store: Store, config: Config, now: datetime) -> None:
        """Close, every `EVERY`, what is due."""
        if lately(self._looked_at, EVERY, now):
            return
        self._looked_at = now
        reckoner = Reckoner(calendar_of(config), config.policy.deadline, now)
        due = {
            one.item_id: one.version
            for one in store.answer_facts(EVERYTHING, statuses=("dijawab",))
            if (at := reckoner.closes_itself_at(one)) is not None and at < now
        }
        numbers = sorted(due)
        for start in range(0, len(numbers), AT_ONCE):
            part = {number: due[number] for number in numbers[start : start + AT_ONCE]}
            closed = store.close_answered(part, now)
            logger.info("event=closed_by_itself items=%d", len(closed))
