"""What the desk needs of incidents, whichever database keeps them."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Protocol

from tanggap.store.rows import Scope
from tanggap.store.rows_incidents import Busy, Incident, IncidentDetail, IncidentState, Nearby


class IncidentStore(Protocol):
    """Incidents: a person joins items, an item belongs to at most one at a time.

    An incident is seen by who sees one of its present members, and of the members only those.
    """

    def nearby(
        self, scope: Scope, item_id: int, span: timedelta, limit: int
    ) -> tuple[Nearby, list[Nearby]] | None:
        """Return an item and others of its sector near in time, none of another kecamatan.

        At most about `limit`, the nearest in time on both sides of it; none that is set aside, is
        in the same incident, or was refused (with any member of its incident). None when the item
        is missing or not in scope.
        """
        ...

    def join_incident(
        self, scope: Scope, item_ids: Collection[int], title: str, by: str, now: datetime
    ) -> int | None:
        """Join items to the incident of one of them, or to a new one; return its id.

        None when one of them is missing or not in scope. Raise InputError for fewer than two,
        more than JOINED_AT_ONCE, and when they belong to different incidents.
        """
        ...

    def refuse_incident(
        self, scope: Scope, item_id: int, other_ids: Collection[int], by: str, now: datetime
    ) -> bool:
        """Remember that an item and others are not one incident; False when not all in scope."""
        ...

    def incidents(
        self, scope: Scope, state: IncidentState, *, limit: int = 50, skip: int = 0
    ) -> list[Incident]:
        """Return incidents, those of most citizens first, then the newest."""
        ...

    def count_incidents(self, scope: Scope, state: IncidentState, *, cap: int = 1000) -> int:
        """Return how many there are, at most `cap` + 1."""
        ...

    def incident(self, scope: Scope, incident_id: int) -> IncidentDetail | None:
        """Return one incident; None when it is missing or not in scope (no difference)."""
        ...

    def incidents_of(self, item_ids: Collection[int]) -> dict[int, Incident]:
        """Return the incident of each of these items that is in one, by item."""
        ...

    def rename_incident(
        self, scope: Scope, incident_id: int, title: str, by: str, now: datetime
    ) -> bool:
        """Give it another title; False when not in scope. Raise InputError for an empty title."""
        ...

    def set_incident_state(
        self, scope: Scope, incident_id: int, state: IncidentState, by: str, now: datetime
    ) -> bool:
        """Close or reopen it; False when not in scope. Raise InputError for another state."""
        ...

    def merge_incidents(
        self, scope: Scope, incident_id: int, other_id: int, by: str, now: datetime
    ) -> bool:
        """Move all members of `other_id` to `incident_id`; False when one is not in scope.

        Raise InputError for one with itself, and where members of either are out of scope.
        """
        ...

    def split_incident(
        self, scope: Scope, incident_id: int, item_ids: Collection[int], by: str, now: datetime
    ) -> int | None:
        """Take items out; two or more of them become an incident of their own.

        Return its id, 0 when there is none, None when the incident or an item of it is not in
        scope. What is left of fewer than two members is dissolved. The parted are not suggested
        to each other again.
        """
        ...

    def busy(
        self, scope: Scope, now: datetime, hours: timedelta, days: int, least: int
    ) -> list[Busy]:
        """Return where at least `least` citizens wrote of one sector in the last `hours`."""
        ...
