"""What fast triage gets out of a store."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LastAct:
    """The last thing that a person did, as long as it may be undone."""

    verdict: str
    batch: str
    """Names an act on many items at once; empty: it was on one."""
    acts: tuple[tuple[int, int], ...]
    """Each item with its version since the act; oldest act first."""
    began_at: datetime
    """When the first of them was done."""
