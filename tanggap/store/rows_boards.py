"""Rows of what the boards show beside answers: posts of the OPD, and what many talk about."""

from dataclasses import dataclass
from datetime import datetime

from tanggap.mention import Engagement
from tanggap.store.rows import Item
from tanggap.store.rows_incidents import Incident


@dataclass(frozen=True, slots=True)
class OwnPost:
    """A post of an OPD's own account with what stands under it, as one scope sees it."""

    opd: str
    network: str
    posted_at: datetime
    text: str
    """Its beginning."""
    permalink: str | None
    engagement: Engagement | None
    """None: the network tells nothing, or nothing was read since Tanggap keeps it."""
    seen_at: datetime | None
    """When these numbers were first read as they are."""
    below: int
    """Items under it that ask something, as many as are counted at most."""
    waiting: int
    """Of these: with a status that still waits for a first answer."""
    waits_longest: int | None
    """Number of the item that waits longest, by its posting; None where none does."""


@dataclass(frozen=True, slots=True)
class ViralItem:
    """An item that asks something, with what tells how many people talk about it."""

    item: Item
    engagement: Engagement | None
    incident: Incident | None
    """The one that it is a present member of."""
