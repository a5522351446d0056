"""The labels of the texts to train on, as numbers, and the digest of texts and labels."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from classifier.dataset import UNKNOWN, Example
from tanggap.errors import InputError
from tanggap.mention import ACTIONABLE, JENIS
from tanggap.sectors import SECTORS

Term = tuple[str, str]
"""Sector and a word or phrase that speaks for it."""


def corpus_digest(examples: Sequence[Example], terms: Sequence[Term]) -> str:
    """Return the SHA-256 over texts, labels and terms, whatever their order."""
    lines = sorted(json.dumps(_row(e), ensure_ascii=False, sort_keys=True) for e in examples)
    lines += sorted(f"{sector}={term}" for sector, term in terms)
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def _row(example: Example) -> dict[str, Any]:
    """Return the fields that are learnt from; the usual weight is left out, as in old digests."""
    row = asdict(example)
    del row["posted_at"], row["network"]
    if row["weight"] == 1.0:
        del row["weight"]
    return row


class Targets:
    """The labels as numbers; -1 where a text has none."""

    def __init__(self, examples: Sequence[Example]) -> None:
        sectors = list(SECTORS)
        self.jenis = np.array([JENIS.index(e.jenis) for e in examples])
        self.sector = np.array([sectors.index(e.sector) if e.sector else -1 for e in examples])
        self.flags = np.array(
            [[e.jenis in ACTIONABLE, e.urgent == "1", e.sensitive == "1"] for e in examples]
        )
        self.known = np.array(
            [[True, e.urgent != UNKNOWN, e.sensitive != UNKNOWN] for e in examples]
        )
        """Whether anybody said so: of flags that nobody spoke of nothing is learnt."""
        self.weights = np.array([e.weight for e in examples])
        for kind, numbers, names in (
            ("jenis", self.jenis, JENIS),
            ("sektor", self.sector, sectors),
        ):
            missing = [name for i, name in enumerate(names) if not (numbers == i).any()]
            if missing:
                raise InputError(f"data latih tidak punya contoh {kind} `{missing[0]}`")
