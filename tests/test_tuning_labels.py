"""What people said, made ready to train on."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from city_support import START, label_of
from hypothesis import given
from hypothesis import strategies as st

from classifier.dataset import UNKNOWN, Example
from tanggap.tuning.labels import (
    COUNTS_FROM,
    LARGEST_SHARE,
    LEAST_WEIGHT,
    settle,
    to_judge,
    to_train,
    weights_of,
)

HOLE = Example("jalan berlubang di depan pasar", jenis="pengaduan", sector="jalan")
WATER = Example("air pdam mati dua hari", jenis="pengaduan", sector="air_bersih")


def said(number, example, by, **more):
    return replace(label_of(number, example, by), **more)


def test_the_newest_word_stands_and_the_same_words_are_one_text():
    first = said(0, HOLE, "ani")
    again = said(5, replace(HOLE, text="Jalan BERLUBANG, di depan pasar!!"), "budi", sector="desa")
    (text,) = settle([first, again])
    assert (text.example.sector, text.by) == ("desa", "budi")
    assert text.keys == {first.key, again.key}
    assert text.posted_at == START
    (without,) = settle([first, again], aside={"budi"})
    assert (without.example.sector, without.by) == ("jalan", "ani")


def test_a_reply_to_another_post_is_another_text():
    here = said(0, HOLE, "ani")
    there = said(1, HOLE, "ani", parent_text="lampu mati", sector="perhubungan")
    assert len(settle([here, there])) == 2


@pytest.mark.parametrize(
    "label",
    [
        said(0, HOLE, "ani", jenis=None, sector=None),
        said(0, HOLE, "ani", sector=None),
        said(0, HOLE, "ani", sector="antariksa"),
        said(0, HOLE, "ani", jenis="gosip"),
        said(0, HOLE, "ani", text="  "),
    ],
    ids=["nothing said", "no sector", "unknown sector", "unknown jenis", "no text"],
)
def test_a_label_that_says_too_little_teaches_nothing(label):
    assert settle([label]) == []
    older = said(0, HOLE, "budi", at=START)
    kept = settle([older, label])
    assert [text.by for text in kept] == ["budi"]


def test_a_sector_alone_is_a_complaint_and_what_asks_nothing_has_no_sector():
    (text,) = settle([said(0, HOLE, "ani", jenis=None)])
    assert (text.example.jenis, text.example.sector) == ("pengaduan", "jalan")
    (text,) = settle([said(0, HOLE, "ani", jenis="spam")])
    assert (text.example.jenis, text.example.sector) == ("spam", "")


def test_a_flag_is_as_somebody_said_last_and_unknown_where_nobody_did():
    (text,) = settle([said(0, HOLE, "ani")])
    assert text.example.urgent == UNKNOWN
    assert to_judge([text])[0].urgent == ""
    words = [
        said(0, HOLE, "ani", urgent=True),
        said(0, HOLE, "budi", at=START + timedelta(days=1), sensitive=False),
    ]
    (text,) = settle(words)
    assert (text.example.urgent, text.example.sensitive) == ("1", "0")


def test_texts_come_in_the_order_of_time_in_four_groups_to_train_on():
    texts = settle([said(i, replace(HOLE, text=f"lubang ke {chr(97 + i)}"), "a") for i in range(8)])
    examples = to_train(texts)
    assert [e.group for e in examples] == [f"lokal:{i // 2}" for i in range(8)]
    assert {e.weight for e in examples} == {1.0}


COUNTS = st.dictionaries(st.sampled_from("abcdefghij"), st.integers(1, 3000), min_size=1)


@given(COUNTS)
def test_nobody_has_more_than_a_quarter_of_the_weight_and_no_label_is_dropped(counts):
    weights = weights_of(counts)
    assert all(LEAST_WEIGHT <= weight <= 1.0 for weight in weights.values())
    several = sum(n >= COUNTS_FROM for n in counts.values())
    if several < 3:
        assert set(weights.values()) == {1.0}
        return
    share = max(LARGEST_SHARE, 1 / several)
    total = sum(weights[by] * n for by, n in counts.items())
    for by, n in counts.items():
        at_least = weights[by] <= LEAST_WEIGHT + 1e-6
        assert at_least or weights[by] * n <= share * total + 0.01 or weights[by] == 1.0
        if weights[by] == 1.0:
            assert n <= share * total + 0.01


def test_who_labels_most_of_all_is_weighed_down_among_others():
    weights = weights_of({"ketua": 900, "ani": 200, "budi": 200, "citra": 200, "dewi": 200})
    assert weights["ketua"] == pytest.approx(800 / 3 / 900, rel=0.01)
    assert weights["ani"] == 1.0
    texts = [
        said(i, replace(HOLE, text=f"lubang {'abcdefghij'[i % 10]} {'klmnopqrst'[i // 10]}"), by)
        for i, by in enumerate(["ketua"] * 60 + ["ani"] * 20 + ["budi"] * 20)
    ]
    examples = to_train(settle(texts))
    assert Counter(e.weight for e in examples) == {0.3333: 60, 1.0: 40}


def test_one_click_of_a_third_person_changes_nothing():
    assert set(weights_of({"ketua": 900, "ani": 200, "budi": 1}).values()) == {1.0}
