"""Bounded pools of workers, one per network, with at most one turn per source at a time.

Each network has workers of its own: one that hangs keeps none of another's.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for

from tanggap.store.rows import Accepted

logger = logging.getLogger("tanggap.crew")

BACKLOG = 8
"""Turns per worker that may wait behind those under way, so that no worker idles until the next
beat. Short, since what waits here has left the store's order of urgency."""


class Crew:
    """Runs `turn(source_id)` in worker threads; adds up what the turns brought.

    `workers` is the number for each network; `network_of` says whose source it is.
    """

    def __init__(
        self,
        turn: Callable[[str], Accepted],
        workers: int,
        network_of: Callable[[str], str] = lambda _: "",
    ) -> None:
        self._turn = turn
        self._workers = workers
        self._network_of = network_of
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._load: Counter[str] = Counter()
        """Turns under way or waiting, per network."""
        self._closed = False
        self._lock = threading.Lock()
        self._running: dict[str, Future[Accepted]] = {}
        self._done: list[Accepted] = []

    def busy(self) -> int:
        """Return how many turns are under way or waiting for a worker."""
        with self._lock:
            return len(self._running)

    def running(self) -> set[str]:
        """Return the sources whose turn is under way or waits for a worker."""
        with self._lock:
            return set(self._running)

    def send(self, source_id: str) -> bool:
        """Take a turn on.

        False when its network's workers are full or have one of this source, or there is no thread.
        """
        network = self._network_of(source_id)
        with self._lock:
            full = self._load[network] >= self._workers * BACKLOG
            if self._closed or full or source_id in self._running:
                return False
            if network not in self._pools:
                name = f"turn-{network}"
                self._pools[network] = ThreadPoolExecutor(self._workers, thread_name_prefix=name)
            pool = self._pools[network]
            future: Future[Accepted] | None
            try:
                future = pool.submit(self._turn, source_id)
            except RuntimeError:  # the system gives no thread; the turn stands in line all the same
                del self._pools[network]
                future = None
            else:
                self._running[source_id] = future
                self._load[network] += 1
        if future is None:
            # Nobody may take from that line behind our back: what waits in it is due again.
            pool.shutdown(wait=False, cancel_futures=True)
            logger.error("event=no_thread source=%s", source_id)
            return False
        future.add_done_callback(lambda done: self._finished(source_id, network, done))
        return True

    def _finished(self, source_id: str, network: str, future: Future[Accepted]) -> None:
        with self._lock:
            self._running.pop(source_id, None)
            self._load[network] -= 1
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
        with self._lock:
            self._closed = True
            pools = list(self._pools.values())
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)
