"""The daemons that share the database, as the sources page lists them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tanggap.store.rows import DaemonStatus
from tanggap.web.desk import Desk


@dataclass(frozen=True, slots=True)
class DaemonRow:
    """One daemon as a person sees it."""

    host: str
    """Empty where only that a daemon ended well is known."""
    process: str
    state: Literal["runs", "silent", "ended"]
    started_at: datetime
    seen_at: datetime
    model: str
    reading: int


def daemons_of(desk: Desk) -> list[DaemonRow]:
    """Return the daemons of the last day, the newest sign of life first.

    That one has ended is worth a line only while no other is there.
    """
    found = desk.store.daemon_statuses(desk.now())
    named = [one for one in found if ":" in one.owner]
    return list(_rows(desk, named or found))


def _rows(desk: Desk, found: Iterable[DaemonStatus]) -> Iterable[DaemonRow]:
    for one in found:
        host, _, rest = one.owner.partition(":")
        ended = not rest
        yield DaemonRow(
            host="" if ended else host,
            process=rest.partition(":")[0],
            state="ended" if ended else "silent" if desk.is_stale(one.seen_at) else "runs",
            started_at=one.started_at,
            seen_at=one.seen_at,
            model=one.model,
            reading=one.reading,
        )
