"""The city's frozen test set: the newest quarter of what was labelled, not trained on since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from scipy.sparse import csr_matrix

from classifier.text import words_of
from tanggap.errors import InputError
from tanggap.store import Store
from tanggap.store.rows_tuning import TestSet
from tanggap.tuning.labels import Text
from tanggap.tuning.tested import LEAST_TEST
from tanggap.wording import number

SHARE = 4
"""One of so many texts is frozen."""
LEAST = LEAST_TEST
"""Texts in it."""
TOO_ALIKE = 0.75
"""Share of different words that two texts have in common, from which they are nearly one."""
FEW_WORDS = 6
"""Shorter texts are alike only when all their words are the same."""
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Parted:
    """Texts to train on, texts to judge by, and how many fell to neither."""

    training: tuple[Text, ...]
    test: tuple[Text, ...]
    too_alike: int
    """Texts that nearly repeat one of the test set."""


def due(texts: Sequence[Text]) -> bool:
    """Whether there are enough labels to freeze a quarter of them."""
    return len(texts) // SHARE >= LEAST


def freeze(store: Store, texts: Sequence[Text], by: str, now: datetime) -> TestSet:
    """Freeze the newest quarter by the time of posting; raise InputError when that is too few."""
    if not due(texts):
        raise InputError(
            f"baru ada {number(len(texts))} teks berlabel; set uji dibekukan mulai "
            f"{number(SHARE * LEAST)} teks (seperempat terbaru, paling sedikit {number(LEAST)})"
        )
    newest = sorted(texts, key=lambda text: (text.posted_at, min(text.keys)))
    chosen = newest[-(len(texts) // SHARE) :]
    return store.freeze_test_set({key for text in chosen for key in text.keys}, by, now)


def part(texts: Sequence[Text], frozen: TestSet | None) -> Parted:
    """Part the texts by the test set; none to train on is nearly one of the test set."""
    keys = frozenset[str]() if frozen is None else frozen.keys
    test = [text for text in texts if text.keys & keys]
    others = [text for text in texts if not text.keys & keys]
    known = repeated([text.example.text for text in others], [text.example.text for text in test])
    training = [text for i, text in enumerate(others) if i not in known]
    return Parted(tuple(training), tuple(test), len(known))


def repeated(texts: Sequence[str], known: Sequence[str]) -> set[int]:
    """Return the numbers of the texts that nearly repeat one of `known`."""
    if not texts or not known:
        return set()
    vocabulary: dict[str, int] = {}
    left, right = (_words(side, vocabulary) for side in (texts, known))
    first, second = (_matrix(side, len(vocabulary)) for side in (left, right))
    sizes = np.array([len(words) for words in right])
    found: set[int] = set()
    for start in range(0, len(left), _BATCH):
        mine = np.array([len(words) for words in left[start : start + _BATCH]])[:, None]
        common = (first[start : start + _BATCH] @ second.T).toarray()
        union = mine + sizes[None, :] - common
        alike = common / np.maximum(union, 1) >= TOO_ALIKE
        short = np.minimum(mine, sizes[None, :]) < FEW_WORDS
        hit = np.where(short, (common == union) & (union > 0), alike).any(axis=1)
        found.update((np.flatnonzero(hit) + start).tolist())
    return found


def _words(texts: Sequence[str], vocabulary: dict[str, int]) -> list[list[int]]:
    return [
        [vocabulary.setdefault(word, len(vocabulary)) for word in dict.fromkeys(words_of(text))]
        for text in texts
    ]


def _matrix(texts: Sequence[list[int]], n_words: int) -> csr_matrix:
    columns = np.array([word for words in texts for word in words], np.int64)
    ends = np.cumsum([0, *(len(words) for words in texts)])
    return csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(texts), n_words))
