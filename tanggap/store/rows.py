"""What goes into a store and comes out of it: plain rows, aware UTC moments.

Also the one rule for which version of a post is the newest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tanggap.intervals import Interval
from tanggap.mention import Cursor, Decision, Gap, Mention, SourceSpec, Verdict
from tanggap.roles import Role as Role  # part of the face of the store
from tanggap.store.codec import clean
from tanggap.store.rows_answers import Answer as Answer  # part of the rows
from tanggap.store.rows_lists import ItemFilter as ItemFilter  # part of the rows
from tanggap.store.rows_lists import Tab as Tab  # part of the rows

SourceState = Literal["new", "ok", "backoff", "waiting", "needs_human"]
MachineEvent = Literal[
    "routed",
    "rerouted",
    "suggested",
    "answered",
    "reopened",
    "closed",
    "answer_gone",
    "answer_back",
]
"""What a machine does to an item; a person's `Verdict` is the kind of that person's events."""
PersonEvent = Literal[
    "undone", "revealed", "answer_kind", "answer_kind_returned", "incident_joined", "incident_left"
]
"""What a person does beyond a `Review`: undo it; have personal data shown; say which kind an answer
is, or leave that to the classifier again; (un)join incidents."""
MACHINE = "mesin"
"""The actor of everything that no person did."""
EventKind = MachineEvent | Verdict | PersonEvent
Reporters = Literal["all", "open", "none"]
"""Whose authors are seen: of all items, of all that are not confidential, of none."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What one person may see. Every query on items takes one."""

    everything: bool = False
    opds: frozenset[str] = frozenset()
    """OPD whose items (own and supporting) are visible."""
    reporters: Reporters = "all"

    def in_charge(self, opd: str | None) -> bool:
        """Whether this person answers for an item of that OPD: not by supporting it only."""
        return self.everything or opd in self.opds

    def hides_reporter(self, confidential: bool) -> bool:
        """Whether this person does not see who wrote an item."""
        return self.reporters == "none" or (confidential and self.reporters != "all")


EVERYTHING = Scope(everything=True)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to poll one source until `until`. `fence` grows with every lease of it."""

    source: SourceSpec
    owner: str
    fence: int
    until: datetime
    cursor: Cursor | None
    errors: int
    """Failed turns in a row before this one."""
    activity: float = 1.0
    """New mentions per `poll_seconds`, as `tanggap.turns.polling` keeps it."""
    last_success_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What one transaction did with a page."""

    fetched: int = 0
    new: int = 0
    repeated: int = 0
    revised: int = 0
    rejected: int = 0
    routes: Mapping[str, int] | None = None
    """Route name to the number of new mentions that took it."""
    sensitive: int = 0
    """How many of these went into the sensitive lane, by whatever route."""
    refused: int = 0
    """Turns that the database would not keep; what they brought is fetched again."""

    def __add__(self, other: "Accepted") -> "Accepted":
        """Return what both did together."""
        routes = dict(self.routes or {})
        for name, count in (other.routes or {}).items():
            routes[name] = routes.get(name, 0) + count
        return Accepted(
            fetched=self.fetched + other.fetched,
            new=self.new + other.new,
            repeated=self.repeated + other.repeated,
            revised=self.revised + other.revised,
            rejected=self.rejected + other.rejected,
            routes=routes,
            sensitive=self.sensitive + other.sensitive,
            refused=self.refused + other.refused,
        )


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How one source is doing, for the sources page and `tanggap sources`."""

    spec: SourceSpec
    state: SourceState
    code: str
    """Key of `tanggap.remedies`; empty when all is well."""
    detail: str
    errors: int
    next_poll_at: datetime
    last_attempt_at: datetime | None
    last_success_at: datetime | None
    accepted: int
    """Mentions that this source was the first to bring."""
    held_until: datetime | None
    """Set while a wider hold (rate limit, credits, token) covers the source."""
    held_code: str
    gaps: tuple[Gap, ...]
    """The most recent gaps, newest first, at most ten."""
    quarantined: int
    token_ends_at: datetime | None = None
    """When the right to read ends; None: the network named no end (yet)."""


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """What one source watched in a span of time; see `tanggap.coverage` for what it means."""

    source_id: str
    network: str
    kind: str
    accounts: tuple[str, ...]
    handle: str
    poll_seconds: int
    since: datetime | None
    """When it was first asked for, or the first moment that it read, if that is earlier."""
    until: datetime | None
    """The end of all that it has ever watched; None: nothing yet."""
    removed_at: datetime | None
    """Set while the config does not ask for it."""
    intervals: tuple[Interval, ...]
    """Those that overlap the span, in order."""
    gaps: tuple[Gap, ...]
    """Those that overlap the span, by their start; they may overlap each other."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """A source that is well and brought nothing lately."""

    source_id: str
    until: datetime
    """Until when it has been watched."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing whose source id starts with `scope` is called before `until`."""

    scope: str
    until: datetime
    code: str
    count: int
    """How often in a row this hold was renewed without a success in between."""

    def covers(self, source_id: str) -> bool:
        """Whether a source is in scope (`x`, `x:mentions`, or its whole id)."""
        return source_id == self.scope or source_id.startswith(self.scope + ":")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a network was asked for and may bill: unique resources per UTC day and month."""

    day_reads: int
    month_reads: int
    day_usd: float
    month_usd: float
    forecast_usd: float
    """This month's cost if it goes on as in the days so far."""
    forecast_reads: int = 0
    """This month's reads if it goes on so."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What left on behalf of a scope (`x`, `meta`, `instagram_web`) in this UTC hour and day."""

    hour: int
    day: int
    """Requests, whatever came of them."""
    source_hour: int
    source_day: int
    """Those of one of its sources."""
    source_reads: int
    """Billed reads of that source in this UTC day."""
    sources: int
    """How many sources the scope has."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something a person must know, until it is cleared. `code` is a key of remedies."""

    code: str
    detail: str
    since: datetime
    last_at: datetime
    owners: tuple[str, ...] = ()
    """The daemons that say it of themselves; none: it is true of the whole install."""


@dataclass(frozen=True, slots=True)
class LastBackup:
    """The last good backup that this install made in its folder."""

    made_at: datetime
    file: str
    bytes: int
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the shared queue with what a list shows of its mention."""

    id: int
    version: int
    tab: Tab
    status: str
    opd: str | None
    supporting: tuple[str, ...]
    candidates: tuple[str, ...]
    jenis: str | None
    sector: str | None
    kecamatan: str | None
    urgent: bool
    sensitive: bool
    jenis_confidence: float | None
    sector_confidence: float | None
    rule: str
    decided_by: str
    """`mesin`, or the name of the person who last set jenis, sector or OPD."""
    clock_started_at: datetime
    updated_at: datetime
    answered_at: datetime | None
    mention: Mention
    suggestion: Mapping[str, str] | None
    """What a later model or an edit would say of an item that a person has decided."""
    confidential: bool = False
    """Rahasia: left to its OPD and the supervisors, see `tanggap.store.scope`."""
    updated_by: str = ""
    """Who made this version; looking at it, or a note of the machine, makes none."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an item's history. `detail` holds ids and labels, never text or handles."""

    at: datetime
    actor: str
    kind: str
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Note:
    """What a person wrote about an item."""

    at: datetime
    by: str
    verdict: str
    why: str


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """Everything that the item page shows."""

    item: Item
    decision: Decision | None
    thread: tuple[Mention, ...]
    """Other mentions of the same thread, oldest first."""
    answers: tuple[Answer, ...]
    history: tuple[Event, ...]
    """Oldest first."""
    notes: tuple[Note, ...]
    revisions: tuple[tuple[datetime, str], ...]
    """Earlier texts: (seen_at, text), oldest first, without the present one."""


@dataclass(frozen=True, slots=True)
class User:
    """An account of the desk."""

    name: str
    role: Role
    opds: tuple[str, ...]
    active: bool
    password_hash: str
    created_at: datetime
    hide_reporter: bool = False
    """The city shows no reporters to OPD (config `[privacy]`); never stored."""
    totp: bool = False
    """Whether the login asks for a code as well."""

    @property
    def scope(self) -> Scope:
        """What this person may see."""
        reporters: Reporters = "all" if self.role == "supervisor" else "open"
        if self.role == "opd" and self.hide_reporter:
            reporters = "none"
        return Scope(self.role != "opd", frozenset(self.opds), reporters)


def newer(mention: Mention, than: str) -> bool:
    """Whether a mention is a newer version of a post than the revision `than`.

    X ids are integers, so longer is later; other revisions compare as text. The revision of an
    intake row, and one that begins with `#` (Facebook, Instagram), is a digest of the text, which
    has no order: a different one is a correction.
    """
    revision = clean(mention.revision)
    if mention.kind == "intake" or revision.startswith("#"):
        return revision != than
    if revision.isdecimal() and than.isdecimal():
        left, right = revision.lstrip("0"), than.lstrip("0")
        return (len(left), left) > (len(right), right)
    return revision > than


def newest(mentions: Sequence[Mention]) -> list[Mention]:
    """Return the newest version of each post, in the order in which the posts first appear.

    Of intake rows the last one counts, and of equal versions the first.
    """
    kept: dict[tuple[str, str], Mention] = {}
    for mention in mentions:
        known = kept.setdefault(key(mention), mention)
        if newer(mention, clean(known.revision)):
            kept[key(mention)] = mention
    return list(kept.values())


def key(mention: Mention) -> tuple[str, str]:
    """Return what names a post, whatever its version, as the store keeps it."""
    return mention.network, clean(mention.network_id)
