"""Parts of budgets when several daemons spend from one: kept in the store, tied to the lease."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from tanggap.config import Config
from tanggap.store import Store
from tanggap.store.rows import Lease
from tanggap.turns.budget import Budget, Reservations

MOST_OF_A_PAGE = 500
"""Reads that the largest page of X may bill: 100 posts, each with its author and others. Who keeps
no more than that leaves enough to the turns of all other daemons."""


class SharedReservations:
    """Does for one turn what `Reservations` does inside one process, for all daemons.

    A part counts until the turn keeps another one or its lease ends, whatever becomes of the
    daemon. So it may stand beside reads that are written down already; never is one missing.
    """

    def __init__(self, store: Store, lease: Lease, now: Callable[[], datetime]) -> None:
        self._store = store
        self._lease = lease
        self._now = now

    @contextmanager
    def share(
        self, network: str, budget_of: Callable[[str], Budget | None], workers: int
    ) -> Iterator[int | None]:
        """Keep one of `workers` shares of the billed reads; yield how many it holds, or None.

        Yields None where `budget_of` says that reads are not billed. Raise LeaseLost when the
        source has another owner by now.
        """
        if budget_of(network) is None:
            yield None
            return

        def grant(kept: int) -> int:
            # Asked again while nobody else can write: what was read until now is in it.
            budget = budget_of(network)
            return min(MOST_OF_A_PAGE, budget.share(workers, kept)) if budget else 0

        yield self._store.reserve(self._lease, f"reads {network}", self._now(), grant)

    @contextmanager
    def part(self, scope: str, room: Callable[[], tuple[int, int]]) -> Iterator[int]:
        """Keep requests of a scope; yield how many.

        `room` says how many are left of the scope and how many of them this worker may have. It is
        asked while nobody else can write. A worker gets at most half of what the others have not
        kept, so that all get some.
        """

        def grant(kept: int) -> int:
            left, most = room()
            return max(0, min(most, math.ceil((left - kept) / 2)))

        yield self._store.reserve(self._lease, f"requests {scope}", self._now(), grant)


def parts_kept(
    store: Store, config: Config, lease: Lease, own: Reservations
) -> Reservations | SharedReservations:
    """Return what keeps parts of budgets for a turn: `own` while there is one daemon only."""
    if config.on_sqlite:
        return own
    return SharedReservations(store, lease, config.clock.now)
