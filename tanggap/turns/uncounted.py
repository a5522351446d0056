"""Requests that left and that the store refused to count, until it counts them.

The process remembers them, so that a refusal of the store makes no budget larger.
"""

import threading
from collections import Counter
from datetime import datetime

from tanggap.store import Store


class Uncounted:
    """What the turns of one process could not write down. May be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._requests: Counter[str] = Counter()

    def add(self, source_id: str, requests: int) -> None:
        """Remember what left on behalf of a source."""
        with self._lock:
            self._requests[source_id] += requests

    def of(self, scope: str) -> int:
        """Return how many of a scope (`x`) are not counted. Never waits for the store."""
        with self._lock:
            return sum(n for one, n in self._requests.items() if one.partition(":")[0] == scope)

    def count(self, store: Store, now: datetime) -> None:
        """Let the store count all of them; what it refuses stays, and its error is raised."""
        with self._counting:
            with self._lock:
                waiting = dict(self._requests)
            for source_id, requests in waiting.items():
                store.note_requests(source_id, requests, now)
                with self._lock:
                    self._requests -= Counter({source_id: requests})
