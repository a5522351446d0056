"""What one turn may ask of its network and read of it, page by page. Counted in the store.

Every request is counted on behalf of its source, refused ones too: with the page that it brought,
in the page's transaction, or before the failure is noted. So restarts and failures spend the budget
as well. A worker that is killed takes at most the requests of one page with it uncounted.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from tanggap.config import Config
from tanggap.errors import CollectorError, RateLimited
from tanggap.mention import SourceSpec
from tanggap.networks import Line
from tanggap.outgoing import Outgoing, counted
from tanggap.store import Store
from tanggap.store.rows import Lease, SourceStatus, Spent
from tanggap.turns.budget import Budget, Reservations, Window, day_of, hour_of
from tanggap.turns.shared_budget import SharedReservations, parts_kept

NEWS_PAGES = 2
"""Pages of a turn that count as news; what lies behind them is a backlog."""
PAGE_REQUESTS = 60
"""More than one page takes in the worst case (all Pages of the token, each look-up)."""
PAGE_READS = 40
"""Reads that the smallest page of X may bring: 10 posts, each with its author and two others."""
A_MOMENT = timedelta(minutes=1)


def scope_of(source_id: str) -> str:
    """Return whose token a source is read with: `x`, `meta` or `instagram_web`."""
    return source_id.partition(":")[0]


def line_of(config: Config, scope: str) -> Line:
    """Return the settings that hold the limits of a scope."""
    lines: dict[str, Line] = {
        "x": config.x,
        "meta": config.meta,
        "instagram_web": config.instagram_web,
    }
    return lines[scope]


def request_windows(line: Line, spent: Spent, now: datetime) -> tuple[Window, Window]:
    """Return the windows of requests: this hour's and this day's."""
    n = spent.sources
    return (
        Window(line.requests_per_hour, spent.hour, spent.source_hour, n, *hour_of(now)),
        Window(line.requests_per_day, spent.day, spent.source_day, n, *day_of(now)),
    )


def request_budgets(
    config: Config, store: Store, sources: Iterable[SourceStatus], now: datetime
) -> dict[str, dict[str, int]]:
    """Return for each scope that has sources what left this hour and day, and the limits."""
    found: dict[str, dict[str, int]] = {}
    for scope in sorted({scope_of(status.spec.id) for status in sources}):
        spent, line = store.spent(scope, "", now), line_of(config, scope)
        found[scope] = {
            "hour": spent.hour,
            "hour_limit": line.requests_per_hour,
            "day": spent.day,
            "day_limit": line.requests_per_day,
        }
    return found


def budget_of(store: Store, config: Config, network: str, now: datetime) -> Budget | None:
    """Return what may still be read of a network that bills reads; None for one that does not."""
    if network != "x":
        return None
    usage = store.usage(network, now, config.x.prices)
    return Budget.left_of(usage, config.x.daily_read_limit, config.x.monthly_read_limit)


@dataclass(frozen=True, slots=True)
class Part:
    """What one page may take."""

    reads: int | None
    """Billed reads; None: they are not billed."""


@dataclass(slots=True)
class Spending:
    """The purse of one source's turn."""

    store: Store
    config: Config
    source: SourceSpec
    reservations: Reservations | SharedReservations
    outgoing: Outgoing
    pages: int = 0
    shares_end: datetime | None = None
    """Set while the source's own share of the reads, not the network's budget, bounds a page."""
    crowded: bool = False
    """Whether other turns hold so much of the reads just now that no page is left for this one."""

    @property
    def sent(self) -> int:
        """Requests that left and are not written down yet."""
        return self.outgoing.sent

    def written_down(self) -> None:
        """Forget what left so far: the store has it."""
        self.outgoing.sent = 0

    @contextmanager
    def page(self, now: datetime) -> Iterator[Part | None]:
        """Let as many requests leave as one page may take; yield its part.

        Yield None when there is room for news only and the turn has come to its backlog. Raise
        RateLimited when there is no room for news either.
        """
        backlog = self.pages >= NEWS_PAGES
        self.pages += 1
        network, scope = self.source.network, scope_of(self.source.id)
        spent = self.store.spent(scope, self.source.id, now)
        windows = request_windows(line_of(self.config, scope), spent, now)
        room = min(window.room(now, backlog=backlog) for window in windows)
        reads = self._reads(spent, now)
        reads_room = reads.room(now, backlog=backlog) if reads else None
        if backlog and (room == 0 or (reads_room is not None and reads_room < PAGE_READS)):
            yield None
            return
        with (
            self.reservations.part(scope, partial(self._left, backlog=backlog)) as requests,
            self.reservations.share(network, self._budget, self.config.daemon.workers) as share,
        ):
            if requests == 0:
                raise self.refusal(now)
            self.shares_end = None
            self.crowded = self._is_crowded(share)
            if reads and share is not None and reads_room is not None and reads_room < share:
                self.shares_end = reads.opens_at(now)
                share = reads_room
            self.outgoing.allowed = requests
            try:
                yield Part(share)
            finally:
                self.outgoing.allowed = None
                # While the part is still reserved: others must see either it or the count.
                self._count_rest()

    def explained(self, error: CollectorError, now: datetime) -> CollectorError:
        """Return the error with the end of the budget that it met, or as it is."""
        if error.code == "request_budget":
            return error if isinstance(error, RateLimited) else self.refusal(now)
        if isinstance(error, RateLimited) and error.code == "budget":
            if self.shares_end:
                return RateLimited("fair_share", self.source.id, error.detail, self.shares_end)
            if self.crowded:
                return RateLimited("fair_share", self.source.id, error.detail, now + A_MOMENT)
            budget = self._budget(self.source.network)
            error.retry_at = budget.renewed_at(now) if budget else None
        return error

    def refusal(self, now: datetime) -> RateLimited:
        """Return why no request may leave: the scope's budget, or this source's share of it."""
        scope = scope_of(self.source.id)
        spent = self.store.spent(scope, self.source.id, now)
        windows = request_windows(line_of(self.config, scope), spent, now)
        over = [window for window in windows if window.left == 0]
        if over:
            ends = max(window.ends for window in over)
            return RateLimited("request_budget", scope, "requests", ends)
        shut = [window for window in windows if window.room(now, backlog=False) == 0]
        if shut:
            opens = max(window.opens_at(now) for window in shut)
            return RateLimited("fair_share", self.source.id, "requests", opens)
        # What one page may take was not enough, or others are spending the rest just now.
        return RateLimited("request_budget", self.source.id, "reserved", now + A_MOMENT)

    def _count_rest(self) -> None:
        """Count what no page tells of: requests that were refused, or cut off."""
        if sent := self.outgoing.sent:
            self.outgoing.sent = 0
            self.store.note_requests(self.source.id, sent, self.config.clock.now())

    def _left(self, *, backlog: bool) -> tuple[int, int]:
        """Return how many requests are left of the scope, and how many the next page may take."""
        scope, now = scope_of(self.source.id), self.config.clock.now()
        spent = self.store.spent(scope, self.source.id, now)
        windows = request_windows(line_of(self.config, scope), spent, now)
        room = min(window.room(now, backlog=backlog) for window in windows)
        return min(window.left for window in windows), min(room, PAGE_REQUESTS)

    def _is_crowded(self, share: int | None) -> bool:
        budget = self._budget(self.source.network)
        if budget is None or share is None:
            return False
        return share < PAGE_READS <= budget.share(self.config.daemon.workers, 0)

    def _budget(self, network: str) -> Budget | None:
        return budget_of(self.store, self.config, network, self.config.clock.now())

    def _reads(self, spent: Spent, now: datetime) -> Window | None:
        """Return the window of billed reads: this day's; None where reads are not billed."""
        if self.source.network != "x":
            return None
        limits = self.config.x
        used = self.store.usage("x", now, limits.prices).day_reads
        return Window(
            limits.daily_read_limit, used, spent.source_reads, spent.sources, *day_of(now)
        )


@contextmanager
def spending(
    store: Store, config: Config, lease: Lease, reservations: Reservations
) -> Iterator[Spending]:
    """Give the purse of a turn.

    `reservations` are those of this process; where several daemons spend, the store keeps them.
    """
    kept = parts_kept(store, config, lease, reservations)
    with counted() as outgoing:
        yield Spending(store, config, lease.source, kept, outgoing)
