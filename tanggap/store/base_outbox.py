"""What notices need of the store: an outbox, and the channels that it is for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tanggap.store.rows_outbox import ChannelStatus, Notice, NoticeChannel, NoticeState


class OutboxStore(Protocol):
    """Notices that wait, were sent or are dead. Only references are kept, never a text.

    `accept`, `intake` and acts of persons put a notice of each urgent or sensitive item there, for
    each channel that is to know, in their own transaction.
    """

    def sync_notice_channels(
        self, channels: Sequence[NoticeChannel], now: datetime, *, alone: bool = False
    ) -> None:
        """Make the channels those of the config; what waits for one that is gone is dead.

        `alone`: no other daemon shares the database, so that nobody else has a claim.
        """
        ...

    def notice_channels(self, now: datetime) -> list[ChannelStatus]:
        """Return the channels by id, with how they are doing."""
        ...

    def plan_notice(self, channel: str, key: str, now: datetime, *, supersedes: str = "") -> bool:
        """Put a digest into the outbox, once for each key; say whether it is new.

        Those of the channel that still wait and whose key ends like `supersedes` are over.
        """
        ...

    def claim_notices(self, channel: str, owner: str, now: datetime, until: datetime) -> bool:
        """Take a channel by a conditional UPDATE, or keep it: nobody else sends on it meanwhile."""
        ...

    def release_notices(self, channel: str, owner: str) -> None:
        """Give a channel back."""
        ...

    def free_notices(self, owners: Sequence[str]) -> None:
        """Give back the channels of daemons that are no more."""
        ...

    def due_notices(self, channel: str, now: datetime, limit: int = ...) -> list[Notice]:
        """Return what waits for a channel and is due, in the order in which it is sent.

        Without those that a summary stands for.
        """
        ...

    def sent_lately(self, channel: str, since: datetime) -> list[datetime]:
        """Return when notices of items, and summaries, were sent since a moment, in order."""
        ...

    def fold_notices(self, ids: Sequence[int], now: datetime) -> Notice:
        """Put one summary into the outbox that stands for these notices, which wait with it."""
        ...

    def folded_notices(self, summary: int) -> list[Notice]:
        """Return the notices that a summary stands for, in order."""
        ...

    def notice_sent(self, notice: int, now: datetime, *, digest: str = "") -> None:
        """Note that a notice was sent, with all that it stands for; its channel is well.

        `digest`: of the one address that took it, where others of the channel are still to.
        """
        ...

    def notice_failed(
        self, notice: int, code: str, now: datetime, next_try_at: datetime, *, channel_too: bool
    ) -> None:
        """Note that a notice was not sent, and when it is tried again.

        `channel_too`: nothing can be sent on its channel, which waits as long.
        """
        ...

    def end_notice(self, notice: int, code: str, now: datetime) -> None:
        """Note that a notice, with all that it stands for, will not be sent."""
        ...

    def notices(self, state: NoticeState, limit: int = ...) -> list[Notice]:
        """Return notices of all channels: waiting ones as they are due, others newest first.

        Of dead ones first those that a person should look at.
        """
        ...

    def retry_notices(self, notice_id: str | None, now: datetime) -> int:
        """Have a notice, or all dead ones that a person should look at, tried at once.

        Return how many.
        """
        ...

    def drop_notices(self, notice_id: str | None, now: datetime) -> int:
        """Give up a notice, or take all dead ones that a person should look at as seen.

        Return how many.
        """
        ...

    def prune_notices(self, sent_before: datetime, dead_before: datetime) -> int:
        """Forget old notices; return how many."""
        ...
