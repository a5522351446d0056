"""What the desk needs of the views of the queue that people keep under a name."""

from datetime import datetime
from typing import Protocol

from tanggap.store.rows_lists import SavedView


class ViewStore(Protocol):
    """Named views: the query of a list, never what it showed. Who sees what, scopes say."""

    def views(self, name: str) -> list[SavedView]:
        """Return a person's own views and the shared ones, by name of the view."""
        ...

    def save_view(self, owner: str, name: str, query: str, shared: bool, now: datetime) -> int:
        """Keep a view; return its id.

        Raise InputError when the name is empty, too long or taken by another view of this person,
        or when there are `VIEWS_AT_MOST` of them, or no such account.
        """
        ...

    def change_view(self, owner: str, view_id: int, name: str, shared: bool) -> bool:
        """Rename a person's view, and share it or take it back; False when it is not theirs.

        Raise InputError as `save_view` does.
        """
        ...

    def remove_view(self, owner: str, view_id: int, *, any_shared: bool = False) -> bool:
        """Remove a person's view; False when it is not theirs.

        With `any_shared` a shared one of anybody: its owner may be gone.
        """
        ...
