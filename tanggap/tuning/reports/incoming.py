"""What came in, for two reports: what a person should label next, and what is held for drift."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from classifier.features import Reader
from classifier.text import clean
from classifier.vectoriser import BLOCKS, Vectoriser
from tanggap.mention import ACTIONABLE, Decision
from tanggap.policy import Policy
from tanggap.store.rows import Item
from tanggap.store.rows_tuning import Label
from tanggap.tuning.reports.drift import Seen
from tanggap.tuning.reports.material import Model
from tanggap.tuning.reports.next_labels import Candidate, next_labels

UNLABELLED = 3000
"""Newest items without a label that are looked at."""
MACHINE = "mesin"
"""`Item.decided_by` where no person decided."""


def to_label(
    labels: Sequence[Label],
    items: Sequence[Item],
    decisions: Sequence[Decision],
    model: Model,
    policy: Policy,
) -> dict[str, Any]:
    """Return the report `next_labels` on what nobody has labelled and is not sensitive."""
    labelled = {label.key for label in labels}
    open_ones = [
        (item, decision)
        for item, decision in zip(items, decisions, strict=True)
        if item.decided_by == MACHINE
        and not (item.sensitive or decision.sensitive.on)
        and _key(item) not in labelled
        and item.mention.text.strip()
    ][:UNLABELLED]
    if not open_ones:
        return next_labels([], csr_matrix((0, 0)))
    candidates = [
        Candidate(
            key=_key(item),
            item_id=item.id,
            sectors=decision.sector.top if decision.sector else (),
            asked=decision.actionable,
            jenis=decision.jenis.label if decision.jenis else "",
        )
        for item, decision in open_ones
    ]
    reader = Reader(policy)
    artefact = model.artefact
    vectoriser = Vectoriser(
        artefact.vocabulary, artefact.idf.astype(np.float64), artefact.block_weights
    )
    documents = [reader.read(item.mention, clean(item.mention.text)) for item, _ in open_ones]
    features = vectoriser.transform(documents)[:, : vectoriser.bounds[1]]
    lengths = np.sqrt(np.asarray(features.multiply(features).sum(axis=1)).ravel())
    lengths[lengths == 0.0] = 1.0
    return next_labels(candidates, features.multiply(1.0 / lengths[:, None]).tocsr())


def seen(
    items: Sequence[Item], decisions: Sequence[Decision], model: Model, policy: Policy
) -> list[Seen]:
    """Return what came in and asks something; the rest has no sector to speak of."""
    known = set(model.artefact.vocabulary[BLOCKS[0]])
    reader = Reader(policy)
    found: list[Seen] = []
    for item, decision in zip(items, decisions, strict=True):
        if decision.jenis is None or decision.jenis.label not in ACTIONABLE:
            continue
        if decision.sector is None:
            continue
        tokens = reader.read(item.mention, clean(item.mention.text)).tokens
        words = [word for word in tokens if word.isalpha()]
        found.append(
            Seen(
                item.mention.posted_at,
                decision.sector.label,
                decision.sector.confidence,
                len(words),
                sum(word not in known for word in words),
            )
        )
    return found


def _key(item: Item) -> str:
    return f"{item.mention.network}:{item.mention.network_id}"
