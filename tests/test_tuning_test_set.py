"""The frozen test set, and that nothing near it is trained on."""

from dataclasses import replace

import pytest
from city_support import label_of

from classifier.dataset import Example
from tanggap.errors import InputError
from tanggap.store import open_store
from tanggap.tuning import test_set as frozen_set
from tanggap.tuning.labels import settle
from tanggap.tuning.test_set import LEAST, SHARE, part, repeated

LETTERS = "abcdefghijklmnopqrstuvwxyz"
LONG = "lampu jalan di depan pasar lama sudah seminggu padam tolong diperbaiki"


def labels(n):
    """Return labels of different texts, one an hour."""
    return [
        label_of(i, Example(f"{LETTERS[i % 26]}x {LETTERS[i // 26]}y rusak", sector="jalan"), "ani")
        for i in range(n)
    ]


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path / "kota.db")
    store.migrate()
    yield store
    store.close()


def test_the_newest_quarter_is_frozen_and_later_labels_are_trained_on(store):
    all_labels = labels(SHARE * LEAST + 40)
    now = all_labels[-1].at
    store.import_labels("a", all_labels[:-40], "ani", now)
    texts = settle(store.labels())
    frozen = frozen_set.freeze(store, texts, "ketua", now)
    assert len(frozen.keys) == LEAST
    assert frozen.first_posted_at == all_labels[3 * LEAST].posted_at
    store.import_labels("b", all_labels[-40:], "ani", now)
    parted = part(settle(store.labels()), store.test_set())
    assert (len(parted.training), len(parted.test)) == (3 * LEAST + 40, LEAST)
    newest = max(text.posted_at for text in parted.training)
    assert newest > max(text.posted_at for text in parted.test)


def test_too_few_labels_freeze_nothing(store):
    few = labels(SHARE * LEAST - 1)
    store.import_labels("a", few, "ani", few[-1].at)
    with pytest.raises(InputError, match="baru ada 399 teks"):
        frozen_set.freeze(store, settle(store.labels()), "ketua", few[-1].at)
    assert store.test_set() is None


def test_what_nearly_repeats_a_test_text_is_not_trained_on(store):
    all_labels = labels(SHARE * LEAST)
    last = replace(all_labels[-1], text=LONG)
    copy = replace(all_labels[0], text=LONG.replace("seminggu", "sebulan") + "!")
    store.import_labels("a", [copy, *all_labels[1:-1], last], "ani", last.at)
    texts = settle(store.labels())
    frozen_set.freeze(store, texts, "ketua", last.at)
    parted = part(texts, store.test_set())
    assert parted.too_alike == 1
    assert copy.text not in {text.example.text for text in parted.training}
    assert len(parted.training) == 3 * LEAST - 1


@pytest.mark.parametrize(
    ("text", "known", "found"),
    [
        (LONG, LONG.upper(), True),
        (LONG, LONG.replace("seminggu", "sebulan"), True),
        (LONG, "lampu jalan padam", False),
        ("lampu padam", "padam lampu!", True),
        ("lampu padam", "lampu padam lagi", False),
        ("😡", "👍", False),
    ],
)
def test_texts_are_nearly_one_by_their_words(text, known, found):
    assert repeated(["yang lain sama sekali", text], ["satu lagi", known]) == (
        {1} if found else set()
    )
    assert repeated([], [known]) == repeated([text], []) == set()
