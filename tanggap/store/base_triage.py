"""What fast triage needs of the store: undoing, check-outs, suggestions, whichever database."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from tanggap.store.rows import Item, Scope
from tanggap.store.rows_triage import LastAct


class TriageStore(Protocol):
    """Undo of the last act, who has which item in hand, and what to choose from."""

    def last_act(self, by: str, since: datetime) -> LastAct | None:
        """Return the newest act of a person that may be undone; None when it is before `since`.

        Of acts on many items the newest one counts, and all of them are returned.
        """
        ...

    def undo(
        self, scope: Scope, by: str, item_id: int, version: int, now: datetime, since: datetime
    ) -> Item | None:
        """Give an item the state back that it had before this person's last act on it.

        `version` is the item's since that act. Its review is no label and no note any more; that
        it was undone is an event. The version grows: nobody's form fits again by it. None when
        the item is missing, or not in scope now nor before the act.
        Raise VersionConflict when the item changed since the act, InputError when the last act
        was not this person's or is before `since`.
        """
        ...

    def some_items(self, scope: Scope, item_ids: Collection[int]) -> list[Item]:
        """Return those of the items that there are and the scope sees, newest first."""
        ...

    def alternatives(self, item_ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
        """Return what the last decision on each item held for its sector, most likely first."""
        ...

    def frequent_sectors(self) -> tuple[str, ...]:
        """Return the sectors of the newest items, the most frequent first."""
        ...

    def check_out(
        self,
        scope: Scope,
        item_id: int,
        by: str,
        now: datetime,
        until: datetime,
        *,
        wait: bool = True,
    ) -> tuple[str, ...] | None:
        """Say that a person works on an item until a moment; return who else does, first first.

        It is no lock. None when the item is missing or not in scope. Without `wait` nothing is
        noted while somebody else writes.
        """
        ...

    def check_in(self, item_id: int, by: str) -> None:
        """Take back that a person works on an item."""
        ...

    def in_hand(
        self, item_ids: Collection[int], but_not: str, now: datetime
    ) -> Mapping[int, tuple[str, ...]]:
        """Return who works on which of the items, first come first; others than `but_not`."""
        ...
