"""How much may be asked for at once, learned from refusals. In memory: a restart begins anew."""

import threading

_RECOVERS_AFTER = 50
"""Good pages in a row after which a halved page grows again."""
_MOST_HALVINGS = 5


class Appetite:
    """Page sizes of the sources of one network; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._halved: dict[str, int] = {}
        self._refusals: dict[str, tuple[str, int]] = {}
        self._good: dict[str, int] = {}

    def size(self, source: str, full: int) -> int:
        """Return how many items to ask for where `full` is the most."""
        with self._lock:
            return max(1, full >> self._halved.get(source, 0))

    def refused(self, source: str, subject: str, *, too_much: bool) -> int:
        """Note a refusal; return how many `subject` (a post, or the list) had in a row.

        From the second one in a row on that may mean too much data, pages are halved.
        """
        with self._lock:
            before, times = self._refusals.get(source, ("", 0))
            times = times + 1 if before == subject else 1
            self._refusals[source] = (subject, times)
            self._good[source] = 0
            if too_much and times >= 2:
                self._halved[source] = min(self._halved.get(source, 0) + 1, _MOST_HALVINGS)
            return times

    def fed(self, source: str) -> None:
        """Note a good page."""
        with self._lock:
            self._refusals.pop(source, None)
            if not self._halved.get(source):
                return
            self._good[source] = self._good.get(source, 0) + 1
            if self._good[source] >= _RECOVERS_AFTER:
                self._good[source] = 0
                self._halved[source] -= 1
