"""Lists of items: what narrows them, how many there are, and those kept under a name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

Tab = Literal["triage", "queue", "aside", "sensitive"]
VIEWS_AT_MOST = 20
"""Views of one person."""
VIEW_NAME_AT_MOST = 40
"""Letters of a view's name."""


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """What a list of items is narrowed to. Empty strings do not narrow."""

    tab: Tab | Literal[""] = ""
    opd: str = ""
    """Items that this OPD owns or supports."""
    sector: str = ""
    network: str = ""
    status: str = ""
    text: str = ""
    """Words that must all occur (full-text index, so it lags by seconds)."""
    tabs: tuple[Tab, ...] = ()
    """Any of these; with `tab`, both hold. So with `statuses` and `status`."""
    statuses: tuple[str, ...] = ()
    kecamatan: str = ""
    jenis: str = ""
    urgent: bool = False
    """Only urgent ones; False does not narrow."""
    since: datetime | None = None
    """Posted at this moment or later."""
    before: datetime | None = None
    """Posted before this moment."""
    late: Literal["", "first_answer", "any"] = ""
    """Only those found to be past what is held against their OPD: for a first answer, for any."""

    def takes(self, tab: str, status: str) -> bool:
        """Whether items of a tab with a status may match."""
        return (
            (not self.tab or tab == self.tab)
            and (not self.tabs or tab in self.tabs)
            and (not self.status or status == self.status)
            and (not self.statuses or status in self.statuses)
        )


class Counted(NamedTuple):
    """How many items match: `number`, or `more` than that (not all of them were counted)."""

    number: int
    more: bool


@dataclass(frozen=True, slots=True)
class SavedView:
    """A list of the queue that a person keeps under a name."""

    id: int
    name: str
    query: str
    """Of the list's address, without a page."""
    shared: bool
    """Everybody sees it (and in it what they may see)."""
    owner: str
    own: bool
    """Of the person who asks."""
