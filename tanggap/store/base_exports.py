"""What the desk needs to tell who took what out of it, whichever database keeps it."""

from datetime import datetime
from typing import Protocol

from tanggap.store.rows_desk import ExportNote


class ExportStore(Protocol):
    """The log of exports; nothing is ever taken out of it."""

    def note_export(self, by: str, form: str, query: str, items: int, now: datetime) -> None:
        """Write down that somebody takes a file of so many items; `query` is cut at 500 letters."""
        ...

    def exports(self, limit: int = 200) -> list[ExportNote]:
        """Return the newest exports, newest first."""
        ...
