"""A labelled text, as training and evaluation want it. Files are read elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tanggap.errors import InputError
from tanggap.mention import ACTIONABLE, JENIS, Mention
from tanggap.sectors import SECTORS

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
    """`1`, `0` or empty (unknown)."""
    sensitive: str = ""
    parent_text: str = ""
    group: str = ""
    """File that it comes from: one writer or channel, kept together in cross-validation."""


def mention_of(example: Example) -> Mention:
    """Return a mention as a collector would have made it of this text."""
    addressed = tuple(word for word in example.mentioned_opd.replace("|", " ").split() if word)
    return Mention(
        network="intake",
        network_id="0",
        kind="intake",
        text=example.text,
        posted_at=_ANY_TIME,
        seen_at=_ANY_TIME,
        addressed=addressed,
        parent_text=example.parent_text or None,
    )


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
        if jenis not in ACTIONABLE and example.sector:
            raise InputError(f"{where}: jenis `{jenis}` tidak memakai sektor")
        checked.append(replace(example, jenis=jenis))
    return checked
