"""The Store protocol: what the database promises, whichever database it is.

Every moment that goes in or comes out is aware UTC. Every method is one transaction: it happens
whole or not at all. A store object may be used from several threads. Methods raise a
`tanggap.errors.StoreError` (or one of its kinds) when the database cannot do it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from tanggap.mention import Decision, Mention, Page, Route, SourceSpec
from tanggap.store.base_answers import AnswerStore as AnswerStore  # part of the face
from tanggap.store.base_backups import BackupStore as BackupStore  # part of the face too
from tanggap.store.base_boards import BoardStore as BoardStore  # part of the face, as these
from tanggap.store.base_deadlines import DeadlineStore as DeadlineStore  # part of the face
from tanggap.store.base_exports import ExportStore as ExportStore  # part of the face too
from tanggap.store.base_incidents import IncidentStore as IncidentStore  # likewise
from tanggap.store.base_outbox import OutboxStore as OutboxStore  # part of the face too
from tanggap.store.base_privacy import PrivacyStore as PrivacyStore  # part of the face, as these
from tanggap.store.base_queue import QueueStore as QueueStore  # part of the face of the store
from tanggap.store.base_second_step import SecondStepStore as SecondStepStore
from tanggap.store.base_triage import TriageStore as TriageStore  # part of the face of the store
from tanggap.store.base_tuning import TuningStore as TuningStore  # part of the face of the store
from tanggap.store.base_users import UserStore as UserStore  # part of the face of the store
from tanggap.store.base_views import ViewStore as ViewStore  # part of the face of the store
from tanggap.store.rows import (
    Accepted,
    Hold,
    Lease,
    Quiet,
    SourceCoverage,
    SourceState,
    SourceStatus,
    Spent,
    Usage,
)
from tanggap.store.rows_answers import LastRead
from tanggap.store.rows_daemons import ENDED, DaemonStatus


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
        """Take the source by a conditional UPDATE.

        None when another owner has it, or since `due` somebody polled it (it is not due any
        more) or a hold came up that covers it.
        """
        ...

    def fresh(self, mentions: Sequence[Mention]) -> list[bool]:
        """Say for each mention whether it is new or a new revision (worth classifying).

        Which revision is newer, `rows.newer` says; of an intake row any other is.
        """
        ...

    def texts(self, network: str, ids: Sequence[str]) -> dict[str, str]:
        """Return the newest text of each mention that is stored; ids not stored are left out."""
        ...

    def accept(
        self,
        lease: Lease,
        page: Page,
        decided: Mapping[str, tuple[Decision, Route]],
        now: datetime,
    ) -> Accepted:
        """Store a page in ONE transaction: rows, cursor, events, counters, ledger, gap.

        `decided` maps `network_id` to decision and route for the fresh mentions; a mention without
        an entry is counted as a repeat. Of several versions of one post on a page the entry belongs
        to the newest (`rows.newest`); the others are kept as older ones and count as repeats. A
        newer `revision` of what is stored becomes a new revision: an item that no person touched
        takes the new decision and route, one that a person decided gets a suggestion. Extends the
        lease to its full length. `page.wait` becomes a hold. `page.token_ends_at` is kept, and
        taken back by a page without one. Whom else a repeat addresses, and the newest numbers of
        its `engagement`, are kept. Raise LeaseLost (nothing stored) when `lease.fence` is stale.
        """
        ...

    def finish(
        self,
        lease: Lease,
        now: datetime,
        next_poll_at: datetime,
        notice: str,
        activity: float | None = None,
    ) -> None:
        """End a good poll: state ok, errors 0, `notice` (a code or empty) shown beside it.

        `activity` is how busy the source is by now (None: as before).
        """
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
        """Keep every source whose id starts with `scope` from being due before `until`.

        The hold's `count` rises only when the former hold had ended: a refusal that several
        workers meet at once counts once.
        """
        ...

    def lift_hold(self, scope: str, now: datetime) -> None:
        """Remove a hold after a success in its scope, unless it still lasts at `now`."""
        ...

    def failing(self, scope: str, since: datetime) -> tuple[list[str], int]:
        """Return which sources of a scope failed in a row since a moment, and how many it has.

        In a row: none of the scope had a success in between. Refusals that put a hold on their
        scope do not count: only state `backoff` does.
        """
        ...

    def holds(self, now: datetime) -> list[Hold]:
        """Return every hold kept, also those that ended but were not followed by a success."""
        ...

    def sources(self, now: datetime) -> list[SourceStatus]:
        """Return the state of every configured source."""
        ...

    def last_reads(self) -> list[LastRead]:
        """Return when each configured source was last read: what `sources` tells of it, alone."""
        ...

    def coverage(self, start: datetime, end: datetime) -> list[SourceCoverage]:
        """Return what each source watched between two moments, by source id.

        Of sources that the config no longer asks for, those that were removed after `start`.
        """
        ...

    def quiet_sources(self, quiet_since: datetime, known_since: datetime) -> list[Quiet]:
        """Return the sources that are well and brought nothing posted since `quiet_since`.

        Those that brought nothing since `known_since` either, and those of an account's own
        posts, are left out.
        """
        ...

    def arrivals(self, source_id: str, since: datetime) -> dict[datetime, int]:
        """Return how many mentions of a source were posted in each hour from that of `since` on.

        By the beginning of the hour; hours without any are left out.
        """
        ...

    def renew_waits(self, now: datetime) -> list[str]:
        """Begin anew, at `now`, waits and leases of a clock that was ahead and was set back.

        Return the ids of their sources, none in the ordinary case.
        """
        ...

    def poll_now(self, source_id: str | None, now: datetime) -> None:
        """Make one source (or all) due at once and lift the holds that cover it.

        Waits that the network itself asked for (`errors.SAID_BY_NETWORK`) stay.
        """
        ...

    def usage(self, network: str, now: datetime, usd: Mapping[str, float]) -> Usage:
        """Return the ledger of a network; `usd` is the price per kind of resource."""
        ...

    def note_requests(self, source_id: str, requests: int, now: datetime) -> None:
        """Count requests that no page tells of: they were refused, or cut off."""
        ...

    def spent(self, scope: str, source_id: str, now: datetime) -> Spent:
        """Return the requests of a scope, and of one of its sources, in this UTC hour and day."""
        ...

    def account_ids(self, network: str) -> dict[str, str]:
        """Return the remembered numeric ids: lower-case handle to id."""
        ...

    def remember_account_ids(self, network: str, ids: Mapping[str, str], now: datetime) -> None:
        """Keep ids that were looked up, so that a restart does not ask again.

        Each counts as a read of `user:ID` in the ledger.
        """
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

    def raise_alarm(self, code: str, detail: str, now: datetime, owner: str = "") -> bool:
        """Show an alarm until its owner clears it; return whether it is new.

        `owner` is the daemon of which it is true; empty: it is true of the whole install.
        """
        ...

    def clear_alarm(self, code: str, owner: str = "") -> None:
        """Take an owner's alarm back; nothing happens when there is none."""
        ...

    def note_progress(self, now: datetime, model: str, owner: str = ENDED) -> None:
        """Leave the sign of life of one daemon and the version of the model that it uses.

        Daemons not seen for a day, or seen in the future, are forgotten with their alarms.
        """
        ...

    def forget_daemons(self, owners: Sequence[str]) -> None:
        """Take back the signs of life and the alarms of daemons that are no more."""
        ...

    def daemons(self, now: datetime) -> list[DaemonStatus]:
        """Return the daemons of the last day with what each holds, newest sign of life first."""
        ...

    def leased(self, now: datetime) -> list[str]:
        """Return the ids of the sources under a lease, whoever has it."""
        ...

    def reserve(
        self,
        lease: Lease,
        keys: Sequence[str],
        now: datetime,
        grant: Callable[[Mapping[str, int]], Mapping[str, int]],
    ) -> Mapping[str, int]:
        """Keep parts of some budgets (`keys`) for the holder of a lease, and return them.

        `grant` is told what other leases keep of each and says what this one gets; nothing changes
        in between. A part counts until this lease keeps another one or ends. Raise LeaseLost
        when `lease.fence` is no longer the newest.
        """
        ...

    def index_text(self, limit: int) -> int:
        """Bring the full-text index up to date by at most `limit` mentions; return how many.

        `changed_at` changes for those whose searches find something else afterwards.
        """
        ...


class Store(
    SourceStore, BackupStore, QueueStore, TriageStore, PrivacyStore, ViewStore, IncidentStore,
    UserStore, SecondStepStore, ExportStore, TuningStore, AnswerStore, BoardStore, DeadlineStore,
    OutboxStore, Protocol,
):  # fmt: skip
    """The whole database."""

    kind: str
    """`sqlite` or `postgresql`."""

    def is_new(self) -> bool:
        """Whether there is nothing of Tanggap yet: no file, or a database without our tables.

        Raise StoreError where the tables of another program are.
        """
        ...

    def size(self) -> int:
        """Return about how many bytes all of it takes."""
        ...

    def migrate(self) -> list[str]:
        """Bring the schema up to date, each step in a transaction; return the steps done."""
        ...

    def check_schema(self) -> None:
        """Raise SchemaMismatch when the schema is not the one of this program."""
        ...

    def free_bytes(self) -> int | None:
        """Return the free space where the database lives; None when that is another machine."""
        ...

    def server_time(self) -> datetime | None:
        """Return the present moment on the database server's clock; None where it has none."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...
