"""Looks through what is open for deadlines that are near or past, and has people told of it.

What it reckons is kept beside the items: lists ask the database for it, and notices are put into
the outbox where a clock became more pressing. All is reckoned anew every few minutes, so that a
changed calendar, policy or status counts from the next look on.
"""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from tanggap.city_calendar import calendar_of
from tanggap.clock import lately
from tanggap.clocks import Reckoner
from tanggap.config import Config
from tanggap.mention import OPEN
from tanggap.store import Store
from tanggap.store.rows import EVERYTHING
from tanggap.store.rows_answers import AnswerFacts
from tanggap.store.rows_deadlines import ItemDeadlines
from tanggap.watching import Watch

EVERY = timedelta(minutes=5)
"""On the install's clock."""
APART = timedelta(minutes=15)
"""Real time between two notices of one kind on one channel."""
AT_ONCE = 500
"""Items of one round of the housekeeping: some tenths of a second."""


class DeadlineDuty:
    """How far the present look has come."""

    def __init__(self) -> None:
        self._looked_at: datetime | None = None
        self._open: Iterator[AnswerFacts] | None = None

    def look_after(
        self, store: Store, config: Config, stop: threading.Event, now: datetime
    ) -> None:
        """Begin a look every `EVERY`, and go on with it by `AT_ONCE` items, until `stop`."""
        if stop.is_set():
            return
        if self._open is None:
            if lately(self._looked_at, EVERY, now):
                return
            self._looked_at = now
            self._open = iter(store.answer_facts(EVERYTHING, statuses=OPEN))
        some = list(islice(self._open, AT_ONCE))
        reckoner = Reckoner(calendar_of(config), config.policy.deadline, now)
        watch = Watch(store.last_reads(), config)
        store.note_deadlines([deadlines_of(one, reckoner, watch) for one in some], now)
        if len(some) < AT_ONCE:
            self._open = None
            store.forget_deadlines(OPEN)
            # What one look has found is told together: a working day ends for everybody at once.
            store.tell_deadlines(now, APART * config.clock.speed)


def deadlines_of(facts: AnswerFacts, reckoner: Reckoner, watch: Watch) -> ItemDeadlines:
    """Return which clocks of an item run or ran out, and how pressing they are. Pure."""
    clocks = reckoner.clocks(facts, watch.of(facts))
    return ItemDeadlines(facts.item_id, facts.version, facts.opd, tuple(reckoner.running(clocks)))
