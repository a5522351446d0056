"""How a turn ends: what is kept of its success or failure, and when the source is polled next."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tanggap.config import Config
from tanggap.errors import CollectorError, Unavailable
from tanggap.killpoints import reached
from tanggap.mention import Cursor, Page, SourceSpec
from tanggap.reach import NOT_HURRIED, settings_of
from tanggap.store import Store
from tanggap.store.rows import Accepted, Hold, Lease
from tanggap.turns import breaker, polling
from tanggap.turns.backoff import Reaction, react

CATCHING_UP = "catching_up"
"""Notice of a source whose backlog waits for what the others leave of the budget."""
READS_ON = "page_cap"
"""Notice of a source whose backlog goes on with its next turn."""


@dataclass(slots=True)
class Reading:
    """What a turn has read so far, and from where it goes on."""

    cursor: Cursor | None
    total: Accepted = field(default_factory=Accepted)
    notices: list[str] = field(default_factory=list)
    stretch: float = 1.0
    """How much longer than usual the next pause shall be, as the network asked."""
    more: bool = True

    def add(self, page: Page, accepted: Accepted) -> None:
        """Take in a page that is stored."""
        self.total += accepted
        self.notices.extend(page.notices)
        self.stretch = max(self.stretch, page.stretch)
        self.cursor, self.more = page.next_cursor, page.more

    def put_off(self) -> None:
        """End here although there is more: the rest is read in later turns."""
        self.notices.insert(0, CATCHING_UP)
        self.more = False

    @property
    def notice(self) -> str:
        """What is shown beside the good state of the source; empty when there is nothing."""
        return "rejected_items" if self.total.rejected else next(iter(self.notices), "")

    @property
    def reads_on(self) -> bool:
        """Whether a backlog goes on with the next turn, whatever else there is to show."""
        return READS_ON in self.notices


@dataclass(frozen=True, slots=True)
class Ending:
    """What the end of a turn needs."""

    store: Store
    config: Config
    dice: random.Random
    lease: Lease
    now: datetime

    def succeeded(self, reading: Reading) -> None:
        """Keep a good turn; set the next poll by how busy the source is."""
        lease, now = self.lease, self.now
        stretch = reading.stretch
        pace = pauses_of(self.config, lease.source)
        since = now - lease.last_success_at if lease.last_success_at else None
        active = polling.activity(lease.activity, reading.total.new, since, pace)
        # A little off the beat, so that sources spread.
        jitter = self.dice.uniform(0.95, 1.05)
        pause = polling.pause(active, pace, stretch, jitter)
        if reading.reads_on:
            pause = min(pause, timedelta(seconds=pace.fastest * max(1.0, stretch) * jitter))
        self.store.finish(lease, now, now + pause, reading.notice, active)
        reached("turn_finished")
        for hold in self.store.holds(now):
            # One still in force was set while this turn was under way: its success proves nothing.
            if hold.covers(lease.source.id) and hold.until <= now:
                self.store.lift_hold(hold.scope, now)

    def failed(self, error: CollectorError) -> Reaction:
        """Keep a failed turn: the cursor stays, the reason and the wait are in the store."""
        lease, now, settings = self.lease, self.now, self.config.daemon
        holds = {hold.scope: hold for hold in self.store.holds(now)}
        reaction = react(
            error,
            errors_before=lease.errors,
            holds_before=_count_before(holds.get(error.scope), now),
            now=now,
            first_seconds=settings.backoff_first_seconds,
            cap_seconds=settings.backoff_cap_seconds,
            dice=self.dice,
        )
        if reaction.hold:
            self.store.hold(error.scope, reaction.next_poll_at, error.code, now)
            reached("hold_noted")
        until, code = reaction.next_poll_at, error.code
        self.store.fail(lease, now, until, reaction.state, code, error.detail)
        if isinstance(error, Unavailable):
            self._break(holds)
        return reaction

    def _break(self, holds: dict[str, Hold]) -> None:
        """Put the widest scope that answers nobody to rest; see `tanggap.turns.breaker`."""
        now = self.now
        for scope in breaker.scopes(self.lease.source.id):
            hold = holds.get(scope)
            if hold and hold.until > now:
                return
            was_down = hold is not None and hold.code == breaker.CODE
            if was_down or breaker.opens(scope, *self.store.failing(scope, now - breaker.WITHIN)):
                cap = timedelta(seconds=self.config.daemon.backoff_cap_seconds)
                before = hold.count if hold and was_down else 0
                wait = breaker.wait(before, cap, self.dice.uniform(0.9, 1.1))
                self.store.hold(scope, now + wait, breaker.CODE, now)
                return


def pauses_of(config: Config, source: SourceSpec) -> polling.Pauses:
    """Return the pauses of a source; its network's settings and the daemon's say them."""
    overlap = settings_of(config, source.network).overlap_minutes
    fastest = 1.0 if source.network in NOT_HURRIED else config.daemon.poll_fastest
    if source.kind == "token":
        fastest = 1.0
    return polling.pauses(source.poll_seconds, overlap, fastest, config.daemon.poll_slowest)


def _count_before(hold: Hold | None, now: datetime) -> int:
    """Return how often a scope was held in a row before.

    A hold that still lasts was renewed by a turn beside this one: that is the same refusal.
    """
    if hold is None:
        return 0
    return hold.count if hold.until <= now else hold.count - 1
