"""Rows of clocks that run: by when, and how pressing they were when the daemon last looked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from tanggap.store.rows import Item

ClockName = Literal["first_answer", "verification", "follow_up"]
Stage = Literal["", "warning", "missed", "escalated"]
"""How pressing a clock is: not yet; its end is near; past it; so long past it that the supervisors
are told."""


class Running(NamedTuple):
    """A clock that runs, or that ran out."""

    clock: ClockName
    due_at: datetime
    """The moment after which it is held against the OPD."""
    stage: Stage


@dataclass(frozen=True, slots=True)
class ItemDeadlines:
    """The clocks of one item, as they were reckoned from one version of it."""

    item_id: int
    version: int
    opd: str | None
    """Who is in charge of it."""
    running: tuple[Running, ...]
    """None of those that were met, stand still, or that nobody can see."""


class Pressing(NamedTuple):
    """An item of which a notice tells, with the first of its clocks that is pressing."""

    item: Item
    clock: ClockName
    due_at: datetime


class News(NamedTuple):
    """What a notice of deadlines has to tell."""

    items: tuple[Pressing, ...]
    """The earliest deadline first, at most as many as were asked for."""
    total: int
