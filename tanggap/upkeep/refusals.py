"""What the log says while the database refuses: enough to act on, and not every second."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tanggap.errors import StoreError, StoreReplaced

logger = logging.getLogger("tanggap.daemon")

AGAIN_SECONDS = 60.0
"""Real seconds between two lines about one and the same refusal."""


class Refusals:
    """Counts what the database refuses; safe for several threads. `clock` gives real seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kind = ""
        self._told_at: float | None = None
        self._untold = 0
        self._standing = False

    @contextmanager
    def tolerated(self) -> Iterator[None]:
        """Let a full or busy database cost this work only; the next beat tries again.

        A file that is another one than was opened stays so: StoreReplaced goes on.
        """
        try:
            yield
        except StoreReplaced:
            logger.critical("event=database_replaced")
            raise
        except StoreError as error:
            self.note(error)

    def note(self, error: StoreError, source_id: str = "") -> None:
        """Count a refusal; log it when it is the first, of another kind, or a minute has gone by.

        The text of a StoreError names the database and what to do, never a secret.
        """
        kind = type(error).__name__
        with self._lock:
            self._untold += 1
            now = self._clock()
            recent = self._told_at is not None and now - self._told_at < AGAIN_SECONDS
            if recent and kind == self._kind:
                return
            times, self._untold = self._untold, 0
            self._kind, self._told_at, self._standing = kind, now, True
        where = f" source={source_id}" if source_id else ""
        logger.error("event=store_refused%s error=%s times=%d reason=%s", where, kind, times, error)

    @property
    def standing(self) -> bool:
        """Whether the database refused and nothing was written since."""
        with self._lock:
            return self._standing

    def over(self) -> None:
        """Note that a write was done; say so once after refusals that were told of."""
        with self._lock:
            ended, self._standing = self._standing, False
        if ended:
            logger.info("event=store_back")
