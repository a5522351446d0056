"""What one turn may ask of its network and read of it, page by page. Counted in the store.

Every request is counted on behalf of its source, refused ones too: with the page that it brought,
in the page's transaction, or before the failure is noted. So restarts and failures spend the budget
as well. What the store refuses to count is counted before the next page of any source leaves. A
worker that is killed takes at most the requests of one page with it uncounted.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from tanggap.config import Config
from tanggap.errors import CollectorError, RateLimited, StoreError
from tanggap.mention import Page, SourceSpec
from tanggap.networks import Line
from tanggap.outgoing import Outgoing, counted
from tanggap.store import Store
from tanggap.store.rows import Lease, SourceStatus, Spent
from tanggap.turns.budget import PAGE_READS, Budget, Part, Room, Window, day_of, hour_of
from tanggap.turns.reservations import Keeper, Reservations, keeper_of
from tanggap.turns.uncounted import Uncounted

NEWS_PAGES = 2
"""Pages of a turn that count as news; what lies behind them is a backlog.

A page that only looks whether those before were all is news too: put off, it would be the next
turn's whole reading, and a busy source would be read every second time.
"""
PAGE_REQUESTS = 60
"""More than one page takes in the worst case (all Pages of the token, each look-up)."""
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


@dataclass(frozen=True, slots=True)
class Billed:
    """What may be read of a network that bills reads."""

    budget: Budget
    window: Window
    """This day's, of which the source has its share."""


@dataclass(slots=True)
class Spending:
    """The purse of one source's turn."""

    store: Store
    config: Config
    source: SourceSpec
    keeper: Keeper
    uncounted: Uncounted
    outgoing: Outgoing
    pages: int = 0
    looks_back: bool = False
    """Whether the page to come only looks if the network left anything out of those before."""
    room: Room | None = None
    """What there was for the page under way, or the last one."""
    billed: Billed | None = None

    @property
    def sent(self) -> int:
        """Requests that left and are not written down yet."""
        return self.outgoing.sent

    def written_down(self, page: Page) -> None:
        """Forget what left so far: the store has it with this page."""
        self.outgoing.sent = 0
        self.looks_back = page.looks_back

    @contextmanager
    def page(self, now: datetime) -> Iterator[Part | None]:
        """Let as many requests leave as one page may take; yield its part.

        Yield None when there is room for news only and the turn has come to its backlog. Raise
        RateLimited when there is no room for news either.
        """
        backlog = self.pages >= NEWS_PAGES and not self.looks_back
        self.pages += 1
        self.uncounted.count(self.store, now)
        look = partial(self._look, backlog=backlog)
        with self.keeper.part(scope_of(self.source.id), look) as part:
            if backlog and self._is_short():
                yield None
                return
            if part.requests == 0:
                raise self.refusal(now)
            self.outgoing.allowed = part.requests
            try:
                yield part
            finally:
                self.outgoing.allowed = None
                # While the part is still reserved: others must see either it or the count.
                self._count_rest()

    def explained(self, error: CollectorError, now: datetime) -> CollectorError:
        """Return the error with the end of the budget that it met, or as it is."""
        if error.code == "request_budget":
            return error if isinstance(error, RateLimited) else self.refusal(now)
        if isinstance(error, RateLimited) and error.code == "budget" and self.billed:
            return self._too_few_reads(error, self.billed, now)
        return error

    def _too_few_reads(self, error: RateLimited, billed: Billed, now: datetime) -> RateLimited:
        """Return who waits, and until when: the network only when no page is left for anybody."""
        if billed.budget.left < PAGE_READS:
            error.retry_at = billed.budget.renewed_at(now)
            return error
        if billed.window.room(now, backlog=False) < PAGE_READS:
            opens = billed.window.opens_at(now)
        else:
            # Other turns hold the rest just now, and give back what they do not read.
            opens = now + A_MOMENT
        return RateLimited("fair_share", self.source.id, error.detail, opens)

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
            try:
                self.store.note_requests(self.source.id, sent, self.config.clock.now())
            except StoreError:
                self.uncounted.add(self.source.id, sent)
                raise

    def _look(self, *, backlog: bool) -> Room:
        """Look at what there is for the next page: once, and while nobody else can take of it."""
        scope, now = scope_of(self.source.id), self.config.clock.now()
        spent = self.store.spent(scope, self.source.id, now)
        windows = request_windows(line_of(self.config, scope), spent, now)
        left = min(window.left for window in windows) - self.uncounted.of(scope)
        most = min(window.room(now, backlog=backlog) for window in windows)
        self.billed = self._billed(spent, now)
        reads_left = reads_most = None
        if self.billed:
            reads_left = self.billed.budget.left
            reads_most = self.billed.window.room(now, backlog=backlog)
        self.room = Room(
            left=Part(left, reads_left),
            most=Part(min(most, PAGE_REQUESTS), reads_most),
            workers=self.config.daemon.workers,
        )
        return self.room

    def _is_short(self) -> bool:
        """Return whether what the others need leaves no page to a backlog."""
        if self.room is None:
            return False
        most = self.room.most
        return most.requests == 0 or (most.reads is not None and most.reads < PAGE_READS)

    def _billed(self, spent: Spent, now: datetime) -> Billed | None:
        """Return what may be read of the network; None where reads are not billed."""
        if self.source.network != "x":
            return None
        limits = self.config.x
        usage = self.store.usage("x", now, limits.prices)
        daily, own, n = limits.daily_read_limit, spent.source_reads, spent.sources
        return Billed(
            Budget.left_of(usage, daily, limits.monthly_read_limit),
            Window(daily, usage.day_reads, own, n, *day_of(now), least=PAGE_READS),
        )


@contextmanager
def spending(
    store: Store,
    config: Config,
    lease: Lease,
    reservations: Reservations,
    uncounted: Uncounted,
) -> Iterator[Spending]:
    """Give the purse of a turn.

    `reservations` and `uncounted` are those of this process; where several daemons spend, the
    store keeps the reservations.
    """
    keeper = keeper_of(store, config, lease, reservations)
    with counted() as outgoing:
        yield Spending(store, config, lease.source, keeper, uncounted, outgoing)
