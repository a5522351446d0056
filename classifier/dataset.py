"""A labelled text, as training and evaluation want it. Files are read elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tanggap.errors import InputError
from tanggap.mention import ACTIONABLE, JENIS, Mention
from tanggap.sectors import SECTORS

UNKNOWN = "?"
"""Flag of a text to train on of which nobody said whether it is set."""
LOCAL = "lokal:"
"""Begins the group of a text that a city labelled itself."""
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
"""No feature looks at times."""


@dataclass(frozen=True, slots=True)
class Example:
    """One text with the labels that are known of it; an empty label is unknown."""

    text: str
    jenis: str = ""
    sector: str = ""
    """In files to evaluate `a|b`: either counts."""
    opd: str = ""
    mentioned_opd: str = ""
    kecamatan: str = ""
    """Id or name."""
    urgent: str = ""
    """`1`, `0` or empty (unknown; in training a no, where `?` is unknown)."""
    sensitive: str = ""
    parent_text: str = ""
    group: str = ""
    """File that it comes from: one writer or channel, kept together in cross-validation."""
    posted_at: str = ""
    """As a file has it, for the order of labels; no feature looks at it."""
    network: str = ""
    """Social network that it stood on; empty: a report that was handed in. Not learnt from."""
    weight: float = 1.0
    """What it counts in training beside a text of the corpus; more than 0, at most 1."""


def mention_of(example: Example) -> Mention:
    """Return a mention as a collector would have made it of this text."""
    return Mention(
        network=example.network or "intake",
        network_id="0",
        kind="mention" if example.network else "intake",
        text=example.text,
        posted_at=_ANY_TIME,
        seen_at=_ANY_TIME,
        addressed=addressed_of(example),
        parent_text=example.parent_text or None,
    )


def addressed_of(example: Example) -> tuple[str, ...]:
    """Return the accounts that a text addresses; a file separates them by `|` or spaces."""
    return tuple(example.mentioned_opd.replace("|", " ").split())


def check_for_training(examples: Iterable[Example]) -> list[Example]:
    """Return examples whose flags are filled in; raise InputError for a label to learn wrongly."""
    checked: list[Example] = []
    for example in examples:
        where = f"{example.group}: {example.text[:40]!r}"
        if not example.text:
            raise InputError(f"{example.group}: ada baris tanpa teks")
        jenis = example.jenis or ("pengaduan" if example.sector else "")
        if jenis not in JENIS:
            raise InputError(f"{where}: jenis `{jenis}` tidak dikenal")
        if jenis in ACTIONABLE and example.sector not in SECTORS:
            raise InputError(f"{where}: sektor `{example.sector}` tidak dikenal")
        if not 0.0 < example.weight <= 1.0:
            raise InputError(f"{where}: bobot {example.weight} bukan lebih dari 0 sampai 1")
        if jenis not in ACTIONABLE and example.sector:
            raise InputError(f"{where}: jenis `{jenis}` tidak memakai sektor")
        checked.append(replace(example, jenis=jenis))
    return checked
