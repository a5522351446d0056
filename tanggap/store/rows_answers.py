"""Rows of who answered what and when, for pages, and for clocks, boards and recaps."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from tanggap.mention import SourceSpec

Label = Literal["sector", "network", "kecamatan"]
"""What received items are counted by."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A public post of an OPD's own account in the item's thread, or one that a person recorded."""

    opd: str
    posted_at: datetime
    text: str
    """Empty where a person recorded it."""
    permalink: str | None
    id: int | None = None
    """Under which its kind can be corrected; None where a person recorded it."""
    kind: str | None = None
    """One of ANSWER_KINDS; None: not judged."""
    kind_confidence: float | None = None
    because: tuple[str, ...] = ()
    """Words that decided its kind, strongest first."""
    kind_by: str = ""
    """Who corrected its kind; empty: the classifier's word."""
    recorded_by: str = ""
    """The person who recorded it; empty: seen on the network."""
    record: int | None = None
    """Under which it can be withdrawn or replaced; None where it was seen."""
    gone_at: datetime | None = None
    """Since when it is known to be no longer on the network."""


class LastRead(NamedTuple):
    """When a source was last read with success; None: never."""

    spec: SourceSpec
    last_success_at: datetime | None


@dataclass(frozen=True, slots=True)
class SeenAnswer:
    """An answer to an item: seen on the network, or recorded by a person."""

    opd: str
    posted_at: datetime
    kind: str | None
    """One of ANSWER_KINDS; None: not judged."""
    by_hand: bool = False
    gone_at: datetime | None = None
    """Since when it is known to be no longer on the network."""


@dataclass(frozen=True, slots=True)
class LaterPost:
    """What the author of an item wrote later in its thread, as far as it is an item of its own."""

    posted_at: datetime
    jenis: str | None
    tab: str


@dataclass(frozen=True, slots=True)
class StatusChange:
    """From when an item had a status, and who set it (`mesin`: no person)."""

    at: datetime
    status: str
    by: str


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """All of one item that tells whether, when and by whom it was answered. No text, no names."""

    item_id: int
    version: int
    network: str
    kind: str
    """Kind of the mention."""
    posted_at: datetime
    seen_at: datetime
    citizen: str
    """The same for all items of one author on one network; "" where the author is not known."""
    addressed: tuple[str, ...]
    under_opd: str | None
    """The OPD under whose own post it stands; None elsewhere, or where that was not seen."""
    root_posted_at: datetime | None
    """When the post was posted under which it stands; None where it opened its thread."""
    opd: str | None
    supporting: tuple[str, ...]
    jenis: str | None
    sector: str | None
    kecamatan: str | None
    urgent: bool
    sensitive: bool
    confidential: bool
    tab: str
    status: str
    answers: tuple[SeenAnswer, ...]
    """Those that stand, oldest first."""
    changes: tuple[StatusChange, ...]
    """Oldest first; the first is the status with which it came."""
    in_charge_since: datetime | None = None
    """When a person gave it to its OPD, or took it out of triage; None: it came that way."""
    later: tuple[LaterPost, ...] = ()
    """Oldest first; read only of what was answered."""
    gone: tuple[SeenAnswer, ...] = ()
    """Answers that are no longer on the network: they count for nothing from then on."""
