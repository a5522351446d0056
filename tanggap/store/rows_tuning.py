"""What the store keeps for the classifier that learns the city: labels, versions, jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

ModelState = Literal["candidate", "current", "former", "refused"]
JobKind = Literal["train", "report"]
JobState = Literal["waiting", "running", "done", "failed"]

ITSELF = "tanggap"
"""Stands where a person's name would: what nobody asked for."""
KEPT_MODELS = 10
"""Of how many versions the bytes are kept, besides those that were once in use."""
EXAMINED = ("canary", "test_set", "verdict")
"""Figures of a version that a new comparison makes anew; all others are those of its making."""
JOB_ATTEMPTS = 3
"""How often a job is begun whose daemon went away before its end."""


@dataclass(frozen=True, slots=True)
class Label:
    """One person's word on one text. A label that is None: nothing was said of it."""

    key: str
    """`network:network_id` of a mention, or `import:BATCH:LINE`."""
    text: str
    """As the person saw it: later edits of a mention are not what was labelled."""
    parent_text: str | None
    addressed: tuple[str, ...]
    posted_at: datetime | None
    jenis: str | None
    sector: str | None
    opd: str | None
    kecamatan: str | None
    urgent: bool | None
    sensitive: bool | None
    by: str
    at: datetime
    item_id: int | None
    """None for an imported text."""
    corrected: frozenset[str] = frozenset()
    """Names of the labels that the person changed; empty: what stood there was confirmed."""
    first_at: datetime | None = field(default=None, compare=False)
    """When the text was first labelled, by anybody (imported: by `by`), whatever was said since.

    None: at `at`.
    """


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One trained model."""

    version: str
    created_at: datetime
    created_by: str
    parent: str | None
    """The version that was in use when it was trained; None: the config's."""
    state: ModelState
    n_texts: int
    n_local: int
    """How many of the texts are this city's own labels."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """JSON: scores, and `verdict` {"accepted": bool, "reasons": [...]} of the guard."""
    card: str = ""
    kept: bool = True
    """Whether its bytes are still there, so that it can be promoted."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """A change of the version in use. A version that is None: the one that the config names."""

    at: datetime
    by: str
    version: str | None
    previous: str | None
    forced: bool
    why: str


@dataclass(frozen=True, slots=True)
class Job:
    """Work that somebody asked for and one of the daemons does."""

    id: int
    kind: JobKind
    params: Mapping[str, Any]
    by: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    state: JobState
    outcome: str
    """For people; empty until it has ended."""
    owner: str | None = None
    """The daemon that does it, or did."""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class TestSet:
    """The texts that no model is trained on from the freezing on; some were known to one before."""

    __test__ = False  # pytest: not a test, whatever its name begins with

    frozen_at: datetime
    by: str
    keys: frozenset[str]
    digest: str
    """SHA-256 of the sorted keys, see `tanggap.store.tuning.digest_of`."""
    first_posted_at: datetime | None
    last_posted_at: datetime | None
