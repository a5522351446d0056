"""The Store protocol: what the database promises, whichever database it is.

Every moment that goes in or comes out is aware UTC. Every method is one transaction: it happens
whole or not at all. A store object may be used from several threads. Methods raise a
`tanggap.errors.StoreError` (or one of its kinds) when the database cannot do it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from tanggap.mention import Cursor, Decision, Gap, Mention, Page, Review, Route, SourceSpec

Tab = Literal["triage", "queue", "aside", "sensitive"]
SourceState = Literal["new", "ok", "backoff", "waiting", "needs_human"]
Role = Literal["supervisor", "opd"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What one person may see. Every query on items takes one."""

    everything: bool = False
    opds: frozenset[str] = frozenset()
    """OPD whose items (own and supporting) are visible."""


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


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing whose source id starts with `scope` is called before `until`."""

    scope: str
    until: datetime
    code: str
    count: int
    """How often in a row this hold was renewed without a success in between."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a network was asked for and may bill: unique resources per UTC day and month."""

    day_reads: int
    month_reads: int
    day_usd: float
    month_usd: float
    forecast_usd: float
    """This month's cost if it goes on as in the days so far."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something a person must know, until it is cleared. `code` is a key of remedies."""

    code: str
    detail: str
    since: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """What a list of items is narrowed to. Empty strings do not narrow."""

    tab: Tab | Literal[""] = ""
    opd: str = ""
    """Items that this OPD owns or supports."""
    sector: str = ""
    network: str = ""
    status: str = ""
    text: str = ""
    """Words that must all occur (full-text index, so it lags by seconds)."""


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


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an item's history. `detail` holds ids and labels, never text or handles."""

    at: datetime
    actor: str
    kind: str
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A public post of an OPD's own account in the item's thread."""

    opd: str
    posted_at: datetime
    text: str
    permalink: str | None


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

    @property
    def scope(self) -> Scope:
        """What this person may see."""
        return Scope(everything=self.role == "supervisor", opds=frozenset(self.opds))


class SourceStore(Protocol):
    """What the daemon needs: due sources, leases, pages, holds, budgets."""

    def sync_sources(self, specs: Sequence[SourceSpec], now: datetime) -> None:
        """Make the table of sources equal to `specs`; keep the state of those that stay.

        A source that is no longer in `specs` is kept but never due. New ones are due at once.
        """
        ...

    def due(self, now: datetime, limit: int) -> list[str]:
        """Return ids of sources to poll, longest overdue first; no leased or held ones."""
        ...

    def lease(self, source_id: str, owner: str, now: datetime, until: datetime) -> Lease | None:
        """Take the source by a conditional UPDATE; None when another owner has it."""
        ...

    def fresh(self, mentions: Sequence[Mention]) -> list[bool]:
        """Say for each mention whether it is new or a new revision (worth classifying)."""
        ...

    def accept(
        self,
        lease: Lease,
        page: Page,
        decided: Mapping[str, tuple[Decision, Route]],
        now: datetime,
    ) -> Accepted:
        """Store a page in ONE transaction: rows, cursor, events, counters, ledger, gap.

        `decided` maps `network_id` to decision and route for the fresh mentions; a mention
        without an entry is counted as a repeat. The same id with another `revision` becomes a
        new revision: an item that no person has touched takes the new decision and route, one
        that a person has decided gets a suggestion. Extends the lease to its full length.
        Raise LeaseLost (nothing stored) when `lease.fence` is no longer the newest.
        """
        ...

    def finish(self, lease: Lease, now: datetime, next_poll_at: datetime, notice: str) -> None:
        """End a good poll: state ok, errors 0, `notice` (a code or empty) shown beside it."""
        ...

    def fail(
        self,
        lease: Lease,
        now: datetime,
        next_poll_at: datetime,
        state: SourceState,
        code: str,
        detail: str,
    ) -> None:
        """End a failed poll: cursor untouched, errors + 1, reason kept, lease given back."""
        ...

    def release(self, lease: Lease) -> None:
        """Give a lease back as if the poll had not begun (shutdown)."""
        ...

    def hold(self, scope: str, until: datetime, code: str, now: datetime) -> None:
        """Keep every source whose id starts with `scope` from being due before `until`."""
        ...

    def lift_hold(self, scope: str) -> None:
        """Remove a hold after a success in its scope."""
        ...

    def holds(self, now: datetime) -> list[Hold]:
        """Return every hold kept, also those that ended but were not followed by a success."""
        ...

    def sources(self, now: datetime) -> list[SourceStatus]:
        """Return the state of every configured source."""
        ...

    def poll_now(self, source_id: str | None, now: datetime) -> None:
        """Make one source (or all) due at once and lift the holds that cover it."""
        ...

    def usage(self, network: str, now: datetime, usd: Mapping[str, float]) -> Usage:
        """Return the ledger of a network; `usd` is the price per kind of resource."""
        ...

    def account_ids(self, network: str) -> dict[str, str]:
        """Return the remembered numeric ids: lower-case handle to id."""
        ...

    def remember_account_ids(self, network: str, ids: Mapping[str, str]) -> None:
        """Keep ids that were looked up, so that a restart does not ask again."""
        ...

    def intake(
        self,
        mentions: Sequence[Mention],
        decided: Mapping[str, tuple[Decision, Route]],
        actor: str,
        now: datetime,
    ) -> Accepted:
        """Store mentions that a person brought (a file), in one transaction."""
        ...

    def raise_alarm(self, code: str, detail: str, now: datetime) -> bool:
        """Show an alarm until it is cleared; return whether it is new."""
        ...

    def clear_alarm(self, code: str) -> None:
        """Take an alarm back; nothing happens when there is none."""
        ...

    def note_progress(self, now: datetime, model: str) -> None:
        """Leave the daemon's sign of life and the version of the model in use."""
        ...

    def index_text(self, limit: int) -> int:
        """Bring the full-text index up to date by at most `limit` mentions; return how many."""
        ...


class QueueStore(Protocol):
    """What the desk and the terminal need of the queue."""

    def items(
        self,
        scope: Scope,
        wanted: ItemFilter,
        *,
        after: tuple[datetime, int] | None = None,
        limit: int = 25,
    ) -> list[Item]:
        """Return items newest first (`posted_at`, `id`), those after the key `after`."""
        ...

    def count(self, scope: Scope, wanted: ItemFilter, *, cap: int = 1000) -> int:
        """Return how many items match, at most `cap` + 1."""
        ...

    def item(self, scope: Scope, item_id: int) -> ItemDetail | None:
        """Return one item, or None when it is missing or not in scope (no difference)."""
        ...

    def review(self, scope: Scope, review: Review, now: datetime) -> Item | None:
        """Do a person's act with history and counters; None when missing or not in scope.

        Raise VersionConflict when somebody else changed the item since `expected_version`.
        """
        ...

    def export(self, scope: Scope, wanted: ItemFilter) -> Iterator[Item]:
        """Yield all matching items, newest first, without holding a lock."""
        ...

    def changed_at(self, scope: Scope) -> str:
        """Return a short text that changes whenever what this scope sees changes (for ETag)."""
        ...

    def alarms(self) -> list[Alarm]:
        """Return what is alarming now, oldest first."""
        ...

    def progress(self) -> tuple[datetime | None, str]:
        """Return the daemon's last sign of life and the version of the model it uses."""
        ...

    def verify_events(self) -> int:
        """Return the number of events when the hash chain is whole; raise StoreError if not."""
        ...


class UserStore(Protocol):
    """Accounts and sessions of the desk. Session tokens come as digests, never in clear."""

    def add_user(
        self, name: str, role: Role, opds: Sequence[str], password_hash: str, now: datetime
    ) -> None:
        """Add an account; raise InputError when the name is taken."""
        ...

    def user(self, name: str) -> User | None:
        """Return one account by name (case ignored)."""
        ...

    def users(self) -> list[User]:
        """Return all accounts by name."""
        ...

    def set_password(self, name: str, password_hash: str) -> bool:
        """Change a password and end the account's sessions; False when there is no such name."""
        ...

    def set_active(self, name: str, active: bool) -> bool:
        """Enable or disable an account (disabling ends its sessions); False when missing."""
        ...

    def open_session(self, digest: str, name: str, now: datetime, expires: datetime) -> None:
        """Remember a session."""
        ...

    def session_user(self, digest: str, now: datetime, idle_seconds: int) -> User | None:
        """Return the active user of a live session and note its use; None otherwise."""
        ...

    def close_session(self, digest: str) -> None:
        """End a session."""
        ...

    def note_login(self, name: str, ok: bool, now: datetime) -> None:
        """Count a failed login for the throttle; a good one clears the count."""
        ...

    def failed_logins(self, name: str, since: datetime) -> int:
        """Return failed logins of a name (existing or not) since a moment."""
        ...


class Store(SourceStore, QueueStore, UserStore, Protocol):
    """The whole database."""

    def migrate(self) -> list[str]:
        """Bring the schema up to date, each step in a transaction; return the steps done."""
        ...

    def check_schema(self) -> None:
        """Raise SchemaMismatch when the schema is not the one of this program."""
        ...

    def free_bytes(self) -> int:
        """Return the free space where the database lives."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...
