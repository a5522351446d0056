"""The lists of the queue: which items stand in each, and how an address narrows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request

from tanggap.mention import CLOSED, JENIS, OPEN, STATUSES, UNANSWERED
from tanggap.sectors import SECTORS
from tanggap.store.rows import Item, ItemFilter, Tab
from tanggap.web import words
from tanggap.web.desk import Desk

TEXT_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """What stands in one list. A further list is a further rule."""

    tabs: tuple[Tab, ...]
    statuses: tuple[str, ...] = ()
    """Any where it is empty."""
    late: bool = False
    """Only what is past what is held against its OPD for a first answer, pauses taken out."""

    def holds(self, item: Item) -> bool:
        """Whether an item stands in the list; what is late, an item alone does not tell."""
        placed = item.tab in self.tabs and (not self.statuses or item.status in self.statuses)
        return placed and not self.late


LISTS: Mapping[str, Rule] = MappingProxyType(
    {
        "triage": Rule(("triage",), OPEN),
        "queue": Rule(("queue",), OPEN),
        "unanswered": Rule(("queue",), UNANSWERED),
        "late": Rule(("queue",), UNANSWERED, late=True),
        "sensitive": Rule(("sensitive",), OPEN),
        "aside": Rule(("aside",)),
        "closed": Rule(("triage", "queue", "sensitive"), CLOSED),
    }
)
"""In the order of the page; `late` is a part of `unanswered`, that of `queue`; others are apart."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The query of a list as the address line holds it; unknown values do not narrow."""

    list: str
    filter: ItemFilter
    """With the tabs and statuses of the list."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What narrows it, as it stands in an address."""

    def query(self, **changes: str) -> str:
        """Return the query string of the same list with other values."""
        values = {"tab": self.list, **self.values} | changes
        return urlencode({key: value for key, value in values.items() if value})

    def of(self, name: str) -> ItemFilter:
        """Return the filter of another list, narrowed as this one."""
        rule = LISTS[name]
        narrowed = replace(self.filter, tabs=rule.tabs, statuses=rule.statuses)
        if rule.late:
            return replace(narrowed, late="first_answer")
        return replace(narrowed, late="any" if self.values.get("lewat") else "")

    @property
    def narrowed(self) -> int:
        """How many filters are in use, the list not counted."""
        return len(self.values)

    @property
    def further(self) -> int:
        """How many filters are in use that stand folded on a wide page."""
        return len(self.values.keys() & set(FURTHER))


FURTHER = ("kecamatan", "jenis", "jaringan", "status", "mendesak", "lewat", "dari", "sampai")


def asked(request: Request) -> Wanted:
    """Return what the query of a request asks for (a dependency of routes)."""
    return wanted_of(request.app.state.desk, dict(request.query_params))


def wanted_in(desk: Desk, query: str) -> Wanted:
    """Return what a query string asks for."""
    return wanted_of(desk, dict(parse_qsl(query)))


def wanted_of(desk: Desk, given: Mapping[str, str]) -> Wanted:
    """Return what the values of an address ask for; those not known do not narrow."""
    policy, zone = desk.config.policy, ZoneInfo(desk.config.city.timezone)
    text = " ".join(
        "".join(char if char.isprintable() else " " for char in given.get("cari", "")).split()
    )
    first, last = _day(given.get("dari", "")), _day(given.get("sampai", ""))
    values = {
        "opd": _known(given.get("opd", ""), policy.opd),
        "sektor": _known(given.get("sektor", ""), SECTORS),
        "jaringan": given.get("jaringan", "")[:TEXT_AT_MOST],
        "status": _known(given.get("status", ""), STATUSES),
        "kecamatan": _known(given.get("kecamatan", ""), policy.kecamatan),
        "jenis": _known(given.get("jenis", ""), JENIS),
        "mendesak": _known(given.get("mendesak", ""), ("1",)),
        "lewat": _known(given.get("lewat", ""), ("1",)),
        "usia": _known(given.get("usia", ""), words.AGES),
        "dari": first.isoformat() if first else "",
        "sampai": last.isoformat() if last else "",
        "cari": text[:TEXT_AT_MOST],
    }
    name = given.get("tab", "")
    name = name if name in LISTS else "queue"
    since, before = _span(desk.now(), values["usia"])
    if first:
        since = max(_midnight(first, zone), since or _midnight(first, zone))
    if last:
        end = _midnight(last + timedelta(days=1), zone)
        before = min(end, before or end)
    wanted = Wanted(
        name,
        ItemFilter(
            opd=values["opd"],
            sector=values["sektor"],
            network=values["jaringan"],
            status=values["status"],
            text=values["cari"],
            kecamatan=values["kecamatan"],
            jenis=values["jenis"],
            urgent=bool(values["mendesak"]),
            since=since,
            before=before,
        ),
        {key: value for key, value in values.items() if value},
    )
    return replace(wanted, filter=wanted.of(name))


def lists_of(item: Item) -> Sequence[str]:
    """Return the lists that an item stands in, the one where it is looked for first."""
    return [name for name, rule in LISTS.items() if rule.holds(item)] or ["queue"]


def _known(value: str, known: Sequence[str] | Mapping[str, object]) -> str:
    return value if value in known else ""


def _day(text: str) -> date | None:
    """Return the day that `text` names, None for none or one that nobody means."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _span(now: datetime, age: str) -> tuple[datetime | None, datetime | None]:
    """Return from when until before when items of an age were posted.

    Moved on by the hour, so that an answer that is kept stays true for as long.
    """
    if not age:
        return None, None
    older, days = age.startswith("lebih"), int(age.removeprefix("lebih"))
    edge = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=days)
    return (None, edge) if older else (edge, None)
