"""What other pages show of incidents: suggestions beside an item, chips in lists, surges."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from tanggap import surges
from tanggap.incidents import SPAN, Likeness, Told, area_names, likeness, rarity, told
from tanggap.language import gettext as _
from tanggap.policy import Policy
from tanggap.sectors import caption_of
from tanggap.store.rows import Item, User
from tanggap.store.rows_incidents import Incident, Nearby
from tanggap.web.auth import ACTING
from tanggap.web.desk import Desk
from tanggap.wording import length

LOOKED_AT = 240
"""How many items near in time one is compared with: about ten milliseconds."""
SUGGESTED = 4
"""More would push the decision off a phone; who has joined some is shown the next."""
_KEPT_READY = 1024

_told = lru_cache(_KEPT_READY)(told)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An item, or the incident that it belongs to, that may be the same event."""

    item: Nearby
    """Of an incident the member that is most alike."""
    why: Likeness

    @property
    def incident(self) -> Incident | None:
        """The incident to which one would join."""
        return self.item.incident

    @property
    def apart(self) -> str:
        """How far apart in time they were written, in words."""
        apart = self.why.apart
        if apart < timedelta(minutes=1):
            return _("hampir bersamaan")
        return _("selisih {}").format(length(apart))


@dataclass(frozen=True, slots=True)
class IncidentPart:
    """What the page of an item says of incidents."""

    incident: Incident | None
    """The one that it belongs to."""
    suggestions: tuple[Suggestion, ...]
    """Most alike first; none for who only reads."""

    @property
    def joinable(self) -> bool:
        """Whether any of them can be joined here; two incidents are merged on their own page."""
        return any(not (self.incident and one.incident) for one in self.suggestions)


def part_of(desk: Desk, user: User, item: Item) -> IncidentPart:
    """Return what the page of an item shows."""
    incident = desk.store.incidents_of([item.id]).get(item.id)
    if user.role not in ACTING:
        return IncidentPart(incident, ())
    near = desk.store.nearby(user.scope, item.id, SPAN, LOOKED_AT)
    if near is None:
        return IncidentPart(incident, ())
    return IncidentPart(incident, suggestions(*near, _areas(desk.config.policy)))


def suggestions(
    this: Nearby, others: Sequence[Nearby], areas: frozenset[str]
) -> tuple[Suggestion, ...]:
    """Return which of the others may be the same event, one for each incident."""
    if not others:
        return ()
    own, *told_others = (_ready(one, areas) for one in (this, *others))
    rare = rarity((own, *told_others))
    best: dict[tuple[str, int], Suggestion] = {}
    for one, other in zip(others, told_others, strict=True):
        why = likeness(own, other, rare)
        if why is None:
            continue
        key = ("incident", one.incident.id) if one.incident else ("item", one.item_id)
        if key not in best or why.score > best[key].why.score:
            best[key] = Suggestion(one, why)
    ranked = sorted(best.values(), key=lambda found: (-found.why.score, found.item.item_id))
    return tuple(ranked[:SUGGESTED])


def title_of(desk: Desk, item: Item, names: Sequence[str]) -> str:
    """Return a title for a new incident: its sector and where it is."""
    sector = caption_of(item.sector) or "Insiden"
    place = desk.config.policy.kecamatan.get(item.kecamatan or "")
    where = [name.title() for name in names[:2]] + ([place.name] if place else [])
    return f"{sector}: {', '.join(where)}" if where else sector


def current_surges(desk: Desk, user: User) -> list[surges.Surge]:
    """Return of what unusually many citizens write just now, the most first."""
    found = []
    for busy in desk.store.busy(
        user.scope, desk.now(), surges.HOURS, surges.DAYS, surges.CITIZENS_AT_LEAST
    ):
        expected = surges.usual(busy.days)
        if surges.is_surge(busy.citizens, expected):
            found.append(
                surges.Surge(busy.sector, busy.kecamatan, busy.citizens, expected, busy.since)
            )
    return found


def _ready(one: Nearby, areas: frozenset[str]) -> Told:
    return _told(one.text, one.posted_at, one.sector, one.kecamatan, areas)


def _areas(policy: Policy) -> frozenset[str]:
    return area_names(
        name
        for kecamatan in policy.kecamatan.values()
        for name in (kecamatan.name, *kecamatan.aliases, *kecamatan.kelurahan)
    )
