"""Rows of the outbox: notices that wait, were sent or are dead, and the channels they go by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tanggap.store.rows import Scope

NoticeState = Literal["waiting", "sent", "dead"]
NoticeKind = Literal["urgent", "warning", "escalation", "digest", "summary"]
NEEDS_PERSON = ("gave_up",)
"""Codes of dead notices that a person should look at; the others are over for a reason of ours."""


@dataclass(frozen=True, slots=True)
class NoticeChannel:
    """What one channel is to be told, as the config has it. Never its address."""

    id: str
    opds: tuple[str, ...] = ()
    """OPD whose items it is told of; none where `everything`."""
    everything: bool = False
    kinds: tuple[str, ...] = ("urgent",)

    @property
    def scope(self) -> Scope:
        """What its readers may know: what these OPD see, and never who wrote it."""
        return Scope(self.everything, frozenset(self.opds), "none")


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """How a channel is doing."""

    channel: NoticeChannel
    since: datetime
    """When it was first asked for; digests of before are not its."""
    failing_since: datetime | None
    """Since when all that was tried on it failed."""
    failures: int
    next_try_at: datetime | None
    code: str
    """Why it failed last; empty when all is well."""
    waiting: int
    dead: int
    """Those that a person should look at."""
    claimed_until: datetime | None
    """Until when a daemon wanted to be done with the notice that it is sending; None: none is."""
    due: bool
    """Whether something is to be tried now, as far as waits and claims of others allow."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice for one channel. What it says is not kept: it is written when it is sent."""

    id: int
    notice_id: str
    """Shown to the reader, so that a repeat is recognised; the same for the same matter."""
    channel: str
    kind: NoticeKind
    key: str
    """The item; the moment and OPD of a digest; the moment until which a warning or escalation
    tells; the first one that a summary stands for."""
    item_id: int | None
    created_at: datetime
    due_at: datetime
    attempts: int
    state: NoticeState
    next_try_at: datetime | None
    failing_since: datetime | None
    code: str
    """Why it was not sent; empty while nothing was tried or once it was."""
    sent_at: datetime | None
    again: bool = False
    """Its item was read again after a restore: readers may have been told of it before."""
    reached: tuple[str, ...] = ()
    """Digests of those of the channel's addresses that have taken it already."""
