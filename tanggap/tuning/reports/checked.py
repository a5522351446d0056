"""Everybody's labels, checked by models that saw neither the text nor one that reads the same."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from classifier.calibration import fit_softmax
from classifier.dataset import Example
from classifier.training import Settings, held_out
from tanggap.clock import to_text
from tanggap.mention import ACTIONABLE, JENIS
from tanggap.policy import Policy
from tanggap.sectors import SECTORS
from tanggap.store.rows_tuning import Label
from tanggap.tuning import files
from tanggap.tuning.labels import Text, identity, settle
from tanggap.tuning.reports.material import Local
from tanggap.tuning.reports.suspects import Given, Part, suspects

FOLDS = 5


def check_labels(local: Local, policy: Policy) -> dict[str, Any]:
    """Return the report `suspects`.

    What a later word of somebody else overruled is out of question, and so is what two people say.
    """
    said = standing(local.labels)
    if not said:
        return suspects([])
    frozen = {text.identity for text in local.tested.texts}
    items = {(label.key, label.by): label.item_id for label in local.labels}
    sources: list[Given | None] = []
    for text, agreed in said:
        key = min(text.keys)
        given = Given(
            key, text.by, to_text(text.at), items.get((key, text.by)), text.identity in frozen
        )
        sources.append(None if agreed else given)
    corpus = files.corpus()
    examples = [*corpus, *(text.example for text, _ in said)]
    sources = [*([None] * len(corpus)), *sources]
    held = held_out([_dealt(example) for example in examples], policy, files.terms(), Settings())
    jenis = np.array([JENIS.index(example.jenis) for example in held.examples])
    asks = np.flatnonzero([example.jenis in ACTIONABLE for example in held.examples])
    names = list(SECTORS)
    sector = np.array([names.index(held.examples[row].sector) for row in asks])
    return suspects([
        Part(
            "sector",
            tuple(SECTORS),
            fit_softmax(held.sector[asks], sector).probabilities(held.sector[asks]),
            sector,
            [sources[row] for row in asks],
        ),
        Part(
            "jenis", JENIS, fit_softmax(held.jenis, jenis).probabilities(held.jenis), jenis, sources
        ),
    ])  # fmt: skip


def _dealt(example: Example) -> Example:
    """Put a text into one of the folds by its words: what reads the same comes together."""
    words = "\n".join(identity(example.text, example.parent_text or None))
    digest = hashlib.sha256(words.encode("utf-8", "surrogatepass")).digest()
    return replace(example, group=f"lipatan:{digest[0] % FOLDS}")


def standing(labels: Sequence[Label]) -> list[tuple[Text, bool]]:
    """Return each person's labels that nobody overruled, and whether another one says the same."""
    of_text: dict[tuple[str, str], list[Text]] = {}
    for by in sorted({label.by for label in labels}):
        for text in settle([label for label in labels if label.by == by]):
            of_text.setdefault(text.identity, []).append(text)
    found: list[tuple[Text, bool]] = []
    for words in of_text.values():
        for text in words:
            others = [other for other in words if other.by != text.by]
            agreed = any(_said(other) == _said(text) for other in others)
            if agreed or not any(other.at > text.at for other in others):
                found.append((text, agreed))
    return found


def _said(text: Text) -> tuple[str, str]:
    return text.example.jenis, text.example.sector
