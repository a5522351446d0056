"""What pages need of the store: items, lists, counts, and what people do with them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from tanggap.mention import Review
from tanggap.store.rows import (
    Alarm,
    Item,
    ItemDetail,
    ItemFilter,
    Scope,
)
from tanggap.store.rows_lists import Counted


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

    def counts(
        self,
        scope: Scope,
        lists: Sequence[ItemFilter],
        *,
        cap: int = 1000,
        find: int | None = ...,
    ) -> list[Counted]:
        """Return how many items each of `lists` has, up to `cap`; they differ in tab and status.

        Of full text only the first `find` finds are looked at (None: all): where there are
        others, what a list has is `more` than its number.
        """
        ...

    def item(self, scope: Scope, item_id: int) -> ItemDetail | None:
        """Return one item, or None when it is missing or not in scope (no difference).

        Here as in lists, `parent_text` is None (and `raw` empty) where the parent is a sensitive
        item that the scope does not see.
        """
        ...

    def review(
        self, scope: Scope, review: Review, now: datetime, *, batch: str = ""
    ) -> Item | None:
        """Do a person's act with history and counters; None when missing or not in scope.

        `batch` names an act on many items at once, which is undone as one (`last_act`).
        Raise VersionConflict when somebody else changed the item since `expected_version`.
        """
        ...

    def export(
        self, scope: Scope, wanted: ItemFilter, *, confidential: bool = False
    ) -> Iterator[Item]:
        """Yield all matching items, newest first, without holding a lock.

        Those that are confidential only where a supervisor asks for them.
        """
        ...

    def changed_at(self, scope: Scope) -> str:
        """Return a short text that changes whenever what this scope sees changes (for ETag)."""
        ...

    def alarms(self) -> list[Alarm]:
        """Return what is alarming now, oldest first: one per code, whoever says it."""
        ...

    def progress(self) -> tuple[datetime | None, str]:
        """Return the newest sign of life of any daemon and the model that it uses."""
        ...

    def verify_events(self) -> int:
        """Return the number of events when the hash chain is whole; raise StoreError if not."""
        ...
