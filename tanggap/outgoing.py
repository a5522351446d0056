"""How many requests leave on behalf of the work under way, and how many may.

The transport asks before each request; the daemon opens a count around a turn. It knows nothing of
networks, so whatever a collector does (a second try, a look-up, a refused call) is counted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Outgoing:
    """The requests of one turn. Used by the thread of that turn alone."""

    allowed: int | None = None
    """How many may still leave; None: as many as are wanted."""
    sent: int = 0
    """Left since they were last written down."""


_UNDER_WAY: ContextVar[Outgoing | None] = ContextVar("outgoing", default=None)


@contextmanager
def counted() -> Iterator[Outgoing]:
    """Count what leaves while the block runs."""
    outgoing = Outgoing()
    before = _UNDER_WAY.set(outgoing)
    try:
        yield outgoing
    finally:
        _UNDER_WAY.reset(before)


def may_leave() -> bool:
    """Count one request and say True; False (nothing counted) when no more may leave."""
    outgoing = _UNDER_WAY.get()
    if outgoing is None:
        return True
    if outgoing.allowed is not None:
        if outgoing.allowed <= 0:
            return False
        outgoing.allowed -= 1
    outgoing.sent += 1
    return True
