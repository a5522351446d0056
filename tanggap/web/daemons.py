"""The daemons that share the database, as the sources page lists them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tanggap.store.rows_daemons import ENDED, DaemonName, DaemonStatus
from tanggap.web.desk import Desk


@dataclass(frozen=True, slots=True)
class DaemonRow:
    """One daemon as a person sees it."""

    host: str
    """Empty where only that a daemon ended well is known."""
    process: str
    state: Literal["runs", "silent", "ended"]
    seen_at: datetime
    model: str
    reading: int


def daemons_of(desk: Desk) -> list[DaemonRow]:
    """Return the daemons of the last day, the newest sign of life first.

    That one has ended is worth a line only while no other is there.
    """
    found = desk.store.daemons(desk.now())
    named = [one for one in found if one.owner != ENDED]
    return list(_rows(desk, named or found))


def _rows(desk: Desk, found: Iterable[DaemonStatus]) -> Iterable[DaemonRow]:
    for one in found:
        name = DaemonName.of(one.owner)
        silent = desk.is_stale(one.seen_at)
        yield DaemonRow(
            host=name.host,
            process=name.process,
            state="ended" if one.owner == ENDED else "silent" if silent else "runs",
            seen_at=one.seen_at,
            model=one.model,
            reading=one.reading,
        )
