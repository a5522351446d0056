"""Whether the daemon gets on: what it may tell the watchdog and the desk. Real time only."""

import logging
import threading
import time
from collections.abc import Callable

STUCK_SECONDS = 600.0
"""A turn under way without a page for so long hangs: one request ends after a minute at most."""

logger = logging.getLogger("tanggap.daemon")


class Heartbeat:
    """When something was last got done, by all turns together and by each one under way."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._last = seconds()
        self._turns: dict[str, float] = {}
        self._stuck: frozenset[str] = frozenset()

    def step(self, source_id: str) -> None:
        """Note that a turn stored a page."""
        with self._lock:
            self._last = self._turns[source_id] = self._seconds()

    def begin(self, source_id: str) -> None:
        """Note that a turn began, which is not yet progress."""
        with self._lock:
            self._turns[source_id] = self._seconds()

    def end(self, source_id: str) -> None:
        """Note that a turn ended."""
        with self._lock:
            self._turns.pop(source_id, None)
            self._last = self._seconds()

    def alive(self, *, busy: bool, patience: float) -> bool:
        """Say whether there is progress to tell of; `busy`: turns are under way or waiting.

        No when nothing was got done for `patience` seconds though there was something to do, or
        when a single turn hangs: the others' progress must not hide it.
        """
        now = self._seconds()
        with self._lock:
            if not busy:
                self._last = now
            stuck = frozenset(
                source for source, at in self._turns.items() if now - at >= STUCK_SECONDS
            )
            told, self._stuck = self._stuck, stuck
            alive = not stuck and now - self._last < patience
        for source in sorted(stuck - told):
            logger.error("event=turn_stuck source=%s", source)
        return alive
