"""Rows of the desk's own book-keeping."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ExportNote:
    """One file that somebody took out of the desk."""

    at: datetime
    by: str
    form: str
    """`csv`, `xlsx` or `json`."""
    query: str
    """The list as its address line says it."""
    items: int
