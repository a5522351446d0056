"""Whose labels cannot be meant: contradicted by all others, far more often than anybody's.

A quick model judges each labeller's labels without having seen any of them. A label counts as
contradicted when that model leans to something else and next to nothing speaks for what the
label says, and no other person gave the same label to the text. Honest people are contradicted
now and then (also those who only ever correct the model's mistakes); who is contradicted in a large
part of all labels is set aside and named, for a person to look into. Nothing is deleted.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.calibration import fit_sigmoid, fit_softmax
from classifier.dataset import Example
from classifier.training import Held, Settings, held_out
from tanggap.mention import ACTIONABLE
from tanggap.policy import Policy
from tanggap.sectors import SECTORS
from tanggap.store.rows_tuning import Label
from tanggap.tuning.labels import Text, identity, settle

QUICK = Settings(machines=False, most_folds=16, max_features=30_000)
LEAST_LABELS = 12
"""Of fewer nothing can be said."""
SURE = 0.5
"""Confidence from which the quick model speaks against a label ..."""
NEXT_TO_NOTHING = 0.02
"""... to which it gives less than this."""
ALL_BUT_SURE = 0.1
"""Whether anything is asked is told in two ways only: less than this speaks against a label."""
USUAL_TIMES = 3.0
"""A labeller is doubtful who is contradicted so many times as often as the others ..."""
LEAST_SHARE = 0.3
"""... and in more than this share of all labels, each beyond chance (Z)."""
Z = 3.09
"""One-sided 99.9 %."""
_PRIOR = 50.0
"""Texts of the corpus that speak for what is usual, where few others labelled."""

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Voice:
    """How often one labeller was contradicted, beside the others."""

    by: str
    n: int
    contradicted: int
    usual: float
    """Share of the others' labels that was."""
    doubtful: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as figures of a model."""
        return {
            "by": self.by,
            "n": self.n,
            "contradicted": self.contradicted,
            "usual": round(self.usual, 4),
        }


def hear(
    labels: Sequence[Label],
    corpus: Sequence[Example],
    policy: Policy,
    terms: Sequence[tuple[str, str]],
) -> list[Voice]:
    """Return every labeller, most contradicted first."""
    people = sorted({label.by for label in labels})
    mine = {by: settle([label for label in labels if label.by == by]) for by in people}
    texts = [(by, text) for by in people for text in mine[by]]
    if not texts:
        return []
    examples = [*corpus, *(replace(text.example, group=f"label:{by}") for by, text in texts)]
    against = contradicted(held_out(examples, policy, terms, QUICK))
    of_corpus, of_labels = against[: len(corpus)], against[len(corpus) :]
    backed = _backed(texts)
    counts = Counter(by for by, _ in texts)
    found = Counter(
        by for (by, text), no in zip(texts, of_labels, strict=True) if no and not backed(by, text)
    )
    return judge(counts, found, float(np.mean(of_corpus)))


def judge(counts: Mapping[str, int], found: Mapping[str, int], of_corpus: float) -> list[Voice]:
    """Return the labellers with what is usual among the others; `of_corpus` stands in for few."""
    n, all_found = sum(counts.values()), sum(found.values())
    voices: list[Voice] = []
    for by, own in counts.items():
        no = found.get(by, 0)
        usual = (all_found - no + _PRIOR * of_corpus) / (n - own + _PRIOR)
        least = _lower_bound(no, own)
        doubtful = own >= LEAST_LABELS and least > max(LEAST_SHARE, USUAL_TIMES * usual)
        voices.append(Voice(by, own, no, usual, doubtful))
    return sorted(voices, key=lambda voice: (-voice.contradicted / voice.n, voice.by))


def contradicted(held: Held) -> Bools:
    """Return of which examples the label is spoken against by predictions that never saw it."""
    asks = np.array([example.jenis in ACTIONABLE for example in held.examples])
    asked = fit_sigmoid(held.flags[:, 0], asks).probabilities(held.flags[:, 0])
    against = np.where(asks, asked, 1.0 - asked) < ALL_BUT_SURE
    names = list(SECTORS)
    rows = np.flatnonzero(asks)
    truth = np.array([names.index(held.examples[row].sector) for row in rows])
    shares = fit_softmax(held.sector[rows], truth).probabilities(held.sector[rows])
    own = shares[np.arange(len(rows)), truth]
    against[rows] |= (shares.max(axis=1) >= SURE) & (own < NEXT_TO_NOTHING)
    return np.asarray(against)


def _backed(texts: Sequence[tuple[str, Text]]) -> Any:
    """Return whether somebody else said the same of a text."""
    said: dict[tuple[tuple[str, str], str, str], set[str]] = {}

    def what(text: Text) -> tuple[tuple[str, str], str, str]:
        example = text.example
        return identity(example.text, example.parent_text), example.jenis, example.sector

    for by, text in texts:
        said.setdefault(what(text), set()).add(by)
    return lambda by, text: bool(said[what(text)] - {by})


def _lower_bound(hits: int, n: int) -> float:
    """Return Wilson's lower bound of a share."""
    if n == 0:
        return 0.0
    share, z2 = hits / n, Z * Z
    middle = share + z2 / (2 * n)
    spread = Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return float((middle - spread) / (1 + z2 / n))
