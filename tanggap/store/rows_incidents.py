"""What the store gives and takes of incidents: plain rows, aware UTC moments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tanggap.store.rows import Item

TITLE_AT_MOST = 120
"""Letters of an incident's title."""
IncidentState = Literal["open", "closed", "merged", "dissolved"]
"""`merged`: its members went over to another one; `dissolved`: fewer than two were left."""
IncidentChange = Literal["made", "added", "removed", "renamed", "merged", "split", "state"]


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident with what its present members say together."""

    id: int
    title: str
    made_by: str
    made_at: datetime
    sector: str | None
    kecamatan: str | None
    state: IncidentState
    merged_into: int | None
    first_posted_at: datetime
    """Its one clock: when the first of its mentions was posted."""
    last_posted_at: datetime
    members: int
    citizens: int
    """Distinct known authors; who wrote twice counts once."""
    unknown: int
    """Members whose author is not known."""


@dataclass(frozen=True, slots=True)
class Member:
    """An item of an incident, by whom it was joined to it, and when."""

    item: Item
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class IncidentEvent:
    """One line of an incident's history. `detail` holds ids and titles that staff wrote."""

    at: datetime
    actor: str
    kind: IncidentChange
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """Everything that the page of an incident shows."""

    incident: Incident
    members: tuple[Member, ...]
    """Those that the scope sees, oldest first, at most MEMBERS_SHOWN."""
    history: tuple[IncidentEvent, ...]
    """Oldest first; none for a scope that does not see all members."""


@dataclass(frozen=True, slots=True)
class Nearby:
    """An item as it is compared with others, and the incident that it belongs to."""

    item_id: int
    network: str
    text: str
    posted_at: datetime
    sector: str | None
    kecamatan: str | None
    status: str
    opd: str | None
    incident: Incident | None


@dataclass(frozen=True, slots=True)
class Busy:
    """One sector in one kecamatan: how many citizens lately, how many mentions on other days."""

    sector: str
    kecamatan: str
    citizens: int
    since: datetime
    days: tuple[int, ...]
    """Mentions in the same hours of each day before, as far back as anything is known."""
