"""Closes what was answered in substance and nobody came back to (ditutup otomatis).

So many working days after the last answer, by the policy (`deadline.auto_close`). It is the one
thing that a machine closes; a new complaint of the citizen opens it again.
"""

import logging
import threading
from datetime import datetime, timedelta

from tanggap.city_calendar import calendar_of
from tanggap.clock import lately
from tanggap.clocks import Reckoner
from tanggap.config import Config
from tanggap.store import Store
from tanggap.store.rows import EVERYTHING
from tanggap.store.rows_answers import AnswerFacts
from tanggap.watching import Watch

logger = logging.getLogger("tanggap.auto_close")

EVERY = timedelta(hours=1)
"""On the install's clock: deadlines are ends of working days."""
AT_ONCE = 100
"""Items that one transaction closes: the one writer is held for some milliseconds."""


class AutoClose:
    """When it last looked."""

    def __init__(self) -> None:
        self._looked_at: datetime | None = None

    def look_after(
        self, store: Store, config: Config, stop: threading.Event, now: datetime
    ) -> None:
        """Close, every `EVERY`, what is due, until `stop`.

        Only where the citizen's reaction would have been seen since.
        """
        if lately(self._looked_at, EVERY, now):
            return
        self._looked_at = now
        reckoner = Reckoner(calendar_of(config), config.policy.deadline, now)
        watch = Watch(store.last_reads(), config)
        # So many working days are at least as many days.
        before = now - timedelta(days=config.policy.deadline.auto_close)
        due: list[AnswerFacts] = []
        for one in store.answer_facts(EVERYTHING, before=before, statuses=("dijawab",)):
            if stop.is_set():
                return
            at, read = reckoner.closes_itself_at(one), watch.of(one).until
            if at is not None and at < now and (read is None or at < read):
                due.append(one)
        for start in range(0, len(due), AT_ONCE):
            if stop.is_set():
                return
            closed = store.close_answered(due[start : start + AT_ONCE], now)
            logger.info("event=closed_by_itself items=%d", len(closed))
