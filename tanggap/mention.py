"""The nouns that travel through the pipeline. Plain data: no I/O, no clock, no rules."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType

Cursor = NewType("Cursor", str)
"""Opaque JSON text; only the collector that made it reads it. Kept by the store."""

UMBRELLA = "pemkot"
"""Stands for the city's own account where an OPD id is expected."""

Kind = Literal[
    "mention", "comment", "reply", "tag", "quote", "repost", "post", "visitor_post", "intake"
]

JENIS: tuple[str, ...] = (
    "pengaduan",
    "permintaan_informasi",
    "aspirasi",
    "apresiasi",
    "bukan_aduan",
    "spam",
)
ACTIONABLE: frozenset[str] = frozenset(JENIS[:3])
"""The jenis that ask something of the government and therefore carry a sector."""

ANSWER_KINDS: tuple[str, ...] = ("substantif", "template", "minta_dm", "arahkan")
"""What an OPD's public answer does for the citizen (docs/answers.md says what belongs to each):
says something about the matter itself; is only polite; asks for a private message, a letter or a
visit; sends on to another channel or body."""
SUBSTANTIVE = ANSWER_KINDS[0]

STATUSES: tuple[str, ...] = (
    "baru",
    "terverifikasi",
    "koordinasi",
    "proses",
    "dijawab",
    "selesai",
    "tertunda",
    "bukan_kewenangan",
    "duplikat",
    "bukan_aduan",
    "arsip",
)
UNANSWERED: tuple[str, ...] = STATUSES[:4]
"""baru, terverifikasi, koordinasi, proses: what an answer turns into `dijawab`."""
CLOSED: tuple[str, ...] = ("selesai", "bukan_kewenangan", "duplikat", "bukan_aduan", "arsip")
"""Nothing is waited for any more. `dijawab` is not closed, and `tertunda` waits for somebody."""
OPEN: tuple[str, ...] = tuple(status for status in STATUSES if status not in CLOSED)
STATUSES_WITH_REASON: frozenset[str] = frozenset(STATUSES[6:])
"""Sideways statuses: a person has to say why."""


@dataclass(frozen=True, slots=True)
class Engagement:
    """How many people reacted to a post when it was last read; None: the network did not say."""

    likes: int | None = None
    """Likes, on Facebook reactions of any kind."""
    comments: int | None = None
    """Comments, on X replies."""
    shares: int | None = None
    """On X reposts and quotes; Instagram tells none."""

    @property
    def total(self) -> int:
        """All that is known, added up."""
        return (self.likes or 0) + (self.comments or 0) + (self.shares or 0)


@dataclass(frozen=True, slots=True)
class Mention:
    """Anything public that was seen on a network, in our own words."""

    network: str
    """"x", "facebook", "instagram", or the channel of an intake file."""
    network_id: str
    """The network's own id, always text, stable across edits (on X: the first id of the edit
    history). Unique together with `network`."""
    kind: Kind
    text: str
    """The whole text, HTML entities decoded, lone surrogates and NUL replaced; may be empty."""
    posted_at: datetime
    """The network's own time, aware UTC."""
    seen_at: datetime
    """When Tanggap first had it in hand, aware UTC."""
    author_id: str | None = None
    author_handle: str | None = None
    author_opd: str | None = None
    """Set when the author's account belongs to an OPD of this city (`pemkot`: the umbrella)."""
    addressed: tuple[str, ...] = ()
    """OPD ids (or `pemkot`) whose accounts the text addresses, in order of appearance."""
    parent_id: str | None = None
    """`network_id` of the post that this one answers, quotes or reposts."""
    parent_text: str | None = None
    thread_id: str | None = None
    """`network_id` of the post at the root of the conversation."""
    permalink: str | None = None
    revision: str = ""
    """Id of the version that `text` shows: changes with every edit at the source."""
    has_media: bool = False
    raw: str = "{}"
    """The item as the network sent it, JSON text."""
    engagement: Engagement | None = None
    """None where the network said nothing of it. Kept apart: what a store gives back has none."""


_HANDLE = re.compile(r"(?<![\w@])@([A-Za-z0-9_](?:[A-Za-z0-9_.]*[A-Za-z0-9_])?)")
"""Of X and Instagram; a dot at the end belongs to the sentence."""


def handles_named(text: str) -> frozenset[str]:
    """Return the handles that a text names, in lower case without `@`."""
    return frozenset(handle.lower() for handle in _HANDLE.findall(text))


@dataclass(frozen=True, slots=True)
class Prediction:
    """One label with its calibrated confidence and the best three with theirs (0..1)."""

    label: str
    confidence: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    """A yes or no with the confidence (0..1) that it is yes."""

    on: bool
    confidence: float


OFF = Flag(on=False, confidence=0.0)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the classifier says of one mention. A part that could not be decided is None."""

    model: str
    """Version of the artefact, or `rules` when none could be loaded."""
    jenis: Prediction | None = None
    sector: Prediction | None = None
    """The forced best sector, whatever `jenis` says."""
    opd: Prediction | None = None
    place: Prediction | None = None
    """Kecamatan id; `top` holds wider matches as suggestions."""
    supporting: tuple[str, ...] = ()
    """Further OPD ids that have a part in it."""
    urgent: Flag = OFF
    sensitive: Flag = OFF
    actionable: float = 0.0
    """Probability that something is asked of the government."""
    actionable_thresholds: tuple[float, float] = (1.0, 1.0)
    """(aside below, actionable from): between the two a person decides."""
    sector_threshold: float = 1.0
    """Confidence from which the sector may be routed without a person."""
    because: tuple[str, ...] = ()
    """Words and rules that decided, strongest first."""
    answer: Prediction | None = None
    """Only of a post by an OPD's own account: which of ANSWER_KINDS it would be as an answer."""


RouteName = Literal["queue", "triage", "answer", "context", "aside"]


@dataclass(frozen=True, slots=True)
class Route:
    """Where a mention goes, and the id of the rule that said so."""

    name: RouteName
    rule: str
    opd: str | None = None
    supporting: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    """OPD ids that triage should offer first."""
    sensitive: bool = False
    """True puts the item into the sensitive lane."""

    @property
    def makes_item(self) -> bool:
        """Whether the mention gets a row in the shared queue."""
        return self.name in ("queue", "triage", "aside")


Verdict = Literal[
    "agree", "relabel", "forward", "status", "answer", "withdraw", "note", "confidential", "open"
]


@dataclass(frozen=True, slots=True)
class Review:
    """A person's act on an item. Fields left None stay as they are.

    `agree` confirms what is there, `relabel` corrects jenis, sector, OPD or place, `forward`
    (limpahkan) sends it on to another OPD, `status` changes the status, `answer` records an answer
    that no network shows to Tanggap and `withdraw` takes such a record back, `note` only says
    something, `confidential` (rahasia) leaves the item to those who must act on it and `open` takes
    that back. `expected_version` is the version that the person saw.
    """

    item_id: int
    by: str
    verdict: Verdict
    expected_version: int
    why: str = ""
    jenis: str | None = None
    sector: str | None = None
    opd: str | None = None
    kecamatan: str | None = None
    status: str | None = None
    wrong_opd: bool = False
    """Only with `forward`: the reason is "wrong OPD", so the act is a label too."""
    answered_at: datetime | None = None
    """Only with `answer`: when `opd` answered in public."""
    link: str = ""
    """Only with `answer`: where it can be read (http, https). Empty with `withdraws`: as it was."""
    answer_kind: str | None = None
    """Only with `answer`: one of ANSWER_KINDS, as the person judges it."""
    withdraws: int | None = None
    """With `withdraw`: the record, by its number (`Answer.record`). With `answer`: the one in whose
    place it stands."""


@dataclass(frozen=True, slots=True)
class Gap:
    """An interval in which a source could not be watched, and why (a code of `remedies`)."""

    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """One item of a page that could not be mapped; kept with its raw bytes, bounded."""

    raw: str
    error: str


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One stream of one account (or one search over several), as the config asks for it."""

    id: str
    """Parts joined by colons, ordered as the network's limits nest, so that a prefix names all
    that waits together: `x:mentions:dpupr` (limits per endpoint), `meta:facebook:dpupr:feed` (per
    app, then per account)."""
    network: str
    """Key of `collectors.NETWORKS`; mentions may name another one (`instagram_web` reads
    `instagram`)."""
    kind: str
    accounts: tuple[str, ...]
    """OPD ids (or `pemkot`) that it watches."""
    handle: str
    """What a person knows it by: the handle, or the handles of a search."""
    poll_seconds: int
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """What a network said along with a good answer: nothing in `scope` before `until`."""

    scope: str
    """A prefix of source ids."""
    until: datetime
    code: str
    """Key of `tanggap.remedies`."""


@dataclass(frozen=True, slots=True)
class Whole:
    """Posts that a source has listed without leaving any out, as far as the network shows them.

    All that was posted from `since` until `began` under `thread_id` (None: by the source's own
    account) and is still there stands on the pages of this reading, this one being the last.
    """

    since: datetime
    began: datetime
    """When the reading began; aware UTC."""
    thread_id: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a network, mapped. Nothing of it is stored yet."""

    mentions: tuple[Mention, ...]
    next_cursor: Cursor
    more: bool = False
    """True while the same poll has further pages to read from `next_cursor`."""
    looks_back: bool = False
    """Whether the next of them only looks if the network left anything out of those before."""
    gap: Gap | None = None
    rejected: tuple[Rejected, ...] = ()
    requests: int = 0
    """How many requests it took, refused ones among them; the daemon counts them."""
    reads: tuple[str, ...] = ()
    """Keys of the resources that the network may bill, such as `post:123` or `user:7`."""
    notices: tuple[str, ...] = ()
    """Codes of `tanggap.remedies` for things a person should know though the page is good."""
    wait: Wait | None = None
    """Set when the network's limit is nearly used up: the page is good, the next one waits."""
    stretch: float = 1.0
    """By how much the next poll should come later than usual (1.0: as usual)."""
    token_ends_at: datetime | None = None
    """When the right to read ends, where the network said so (aware UTC)."""
    watched_since: datetime | None = None
    """Where the source once began to read (its backfill); None: this source reads no mentions."""
    watched_until: datetime | None = None
    """When its last whole poll began: what was posted from `watched_since` until then was read,
    but for the gaps. None: there was no whole poll yet."""
    whole: Whole | None = None
    """What this page completes, so that what was not listed is gone; None where nobody can say."""
