"""A bounded pool of workers with at most one turn per source at a time."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for

from tanggap.store.rows import Accepted

logger = logging.getLogger("tanggap.crew")

BACKLOG = 8
"""Turns per worker that may wait behind those under way, so that no worker idles until the next
beat. Short, since what waits here has left the store's order of urgency."""


class Crew:
    """Runs `turn(source_id)` in worker threads; adds up what the turns brought."""

    def __init__(self, turn: Callable[[str], Accepted], workers: int) -> None:
        self._turn = turn
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="turn")
        self._capacity = workers * BACKLOG
        self._lock = threading.Lock()
        self._running: dict[str, Future[Accepted]] = {}
        self._done: list[Accepted] = []

    def busy(self) -> int:
        """Return how many turns are under way or waiting for a worker."""
        with self._lock:
            return len(self._running)

    def room(self) -> int:
        """Return how many further turns the crew takes."""
        return self._capacity - self.busy()

    def send(self, source_id: str) -> bool:
        """Take a turn on; False when the crew is full or already has one of this source."""
        with self._lock:
            if source_id in self._running or len(self._running) >= self._capacity:
                return False
            future = self._pool.submit(self._turn, source_id)
            self._running[source_id] = future
        future.add_done_callback(lambda done: self._finished(source_id, done))
        return True

    def _finished(self, source_id: str, future: Future[Accepted]) -> None:
        with self._lock:
            self._running.pop(source_id, None)
            if future.cancelled():
                return
            if (error := future.exception()) is not None:
                logger.error("event=turn_lost source=%s", source_id, exc_info=error)
                return
            self._done.append(future.result())

    def collect(self) -> list[Accepted]:
        """Return (and forget) what finished turns brought since the last call."""
        with self._lock:
            done, self._done = self._done, []
            return done

    def wait(self, seconds: float) -> bool:
        """Wait until no turn is under way, or `seconds`; return whether all have ended."""
        with self._lock:
            futures = list(self._running.values())
        return not wait_for(futures, timeout=seconds).not_done

    def close(self) -> None:
        """Accept no more turns; those not begun are dropped, those under way go on."""
        self._pool.shutdown(wait=False, cancel_futures=True)
