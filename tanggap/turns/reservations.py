"""Who keeps the parts of budgets that turns may be spending just now, so that none overruns.

One daemon keeps them in its memory, several that spend from one budget keep them in the store.
How large a part is says `tanggap.turns.budget.granted`, for both.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Protocol

from tanggap.config import Config
from tanggap.store import Store
from tanggap.store.rows import Lease
from tanggap.turns.budget import Part, Room, granted


class Keeper(Protocol):
    """Keeps parts of budgets for turns."""

    def part(self, scope: str, look: Callable[[], Room]) -> AbstractContextManager[Part]:
        """Keep a part of a scope's budgets while the block runs; give it.

        `look` says what there is. It is asked once, while nobody else can take or give back: what
        was written down meanwhile must not be given twice.
        """
        ...


class Reservations:
    """The parts that the workers of one process hold. May be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[str] = Counter()
        self._reads: Counter[str] = Counter()

    def taken(self, scope: str) -> Part:
        """Return what all workers together hold of a scope."""
        with self._lock:
            return self._taken(scope)

    @contextmanager
    def part(self, scope: str, look: Callable[[], Room]) -> Iterator[Part]:
        """See `Keeper.part`."""
        with self._lock:
            part = granted(look(), self._taken(scope))
            self._requests[scope] += part.requests
            self._reads[scope] += part.reads or 0
        try:
            yield part
        finally:
            with self._lock:
                self._requests[scope] -= part.requests
                self._reads[scope] -= part.reads or 0

    def _taken(self, scope: str) -> Part:
        return Part(self._requests[scope], self._reads[scope])


class SharedReservations:
    """Does for one turn what `Reservations` does inside one process, for all daemons.

    A part counts until the turn keeps another one or its lease ends, whatever becomes of the
    daemon. So it may stand beside what is written down already; never is any missing.
    """

    def __init__(self, store: Store, lease: Lease, now: Callable[[], datetime]) -> None:
        self._store = store
        self._lease = lease
        self._now = now

    @contextmanager
    def part(self, scope: str, look: Callable[[], Room]) -> Iterator[Part]:
        """See `Keeper.part`. Raise LeaseLost when the source has another owner by now."""
        requests, reads = f"requests {scope}", f"reads {scope}"

        def grant(taken: Mapping[str, int]) -> dict[str, int]:
            part = granted(look(), Part(taken[requests], taken[reads]))
            billed = {} if part.reads is None else {reads: part.reads}
            return {requests: part.requests, **billed}

        kept = self._store.reserve(self._lease, (requests, reads), self._now(), grant)
        yield Part(kept[requests], kept.get(reads))


def keeper_of(store: Store, config: Config, lease: Lease, own: Reservations) -> Keeper:
    """Return who keeps the parts of a turn: `own` while there is one daemon only."""
    if config.on_sqlite:
        return own
    return SharedReservations(store, lease, config.clock.now)
