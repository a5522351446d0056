"""Hostile labellers are named and set aside, honest ones never are."""

import random
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest
from city_support import HOSTILE, PEOPLE, WAYS, honest, label_of, parted, with_hostile
from classifier_support import policy
from hypothesis import given
from hypothesis import strategies as st

from classifier.training import held_out
from tanggap.mention import ACTIONABLE
from tanggap.sectors import SECTORS
from tanggap.tuning import files, trust
from tanggap.tuning.trust import hear, judge

SHARE = 0.05


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(trust, "QUICK", replace(trust.QUICK, max_features=8000))


@cache
def city():
    """Return a corpus of some 1,550 texts and a city of 650."""
    return parted(1300, 650)


def heard(labels):
    return hear(labels, city().corpus, policy(), files.terms())


@pytest.mark.parametrize(("seed", "way"), list(enumerate(WAYS)))
def test_one_hostile_account_among_honest_ones_is_named_and_nobody_else(seed, way):
    chance = random.Random(seed)
    labels = honest(chance.sample(city().city, len(city().city)), chance)
    voices = heard(with_hostile(labels, SHARE, way, seed))
    assert {voice.by for voice in voices} == {*PEOPLE, HOSTILE}
    assert [voice.by for voice in voices if voice.doubtful] == [HOSTILE]
    assert voices[0].contradicted / voices[0].n > 3 * voices[0].usual


@cache
def misunderstood():
    """Return the city's complaints whose sector the quick model itself gets wrong."""
    corpus, texts = city().corpus, city().city
    asked = [replace(text, group="kota") for text in texts if text.jenis in ACTIONABLE]
    held = held_out([*corpus, *asked], policy(), files.terms(), trust.QUICK)
    said = held.sector[len(corpus) :].argmax(axis=1)
    names = list(SECTORS)
    return [text for text, best in zip(asked, said, strict=True) if names[best] != text.sector]


@pytest.mark.slow
def test_who_only_corrects_what_the_model_gets_wrong_is_honest():
    wrong = misunderstood()
    assert len(wrong) >= 30
    mine = [label_of(i, text, "pengoreksi") for i, text in enumerate(wrong)]
    alone = heard(mine)
    assert [(voice.by, voice.doubtful) for voice in alone] == [("pengoreksi", False)]
    known = {text.text for text in wrong}
    texts = [text for text in city().city if text.text not in known]
    others = [replace(label, key=f"{label.key}:o") for label in honest(texts, random.Random(3))]
    assert [voice.by for voice in heard([*mine, *others]) if voice.doubtful] == []


def test_what_others_say_too_does_not_speak_against_anybody():
    labels = with_hostile(honest(city().city, random.Random(1)), SHARE, WAYS[0], 1)
    echo = [
        replace(label, by=by) for label in labels if label.by == HOSTILE for by in ("ani", "budi")
    ]
    voices = {voice.by: voice for voice in heard([*labels, *echo])}
    assert voices[HOSTILE].contradicted == 0


def test_without_labels_there_is_nobody_to_hear():
    assert heard([]) == []


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 2000), min_size=1),
    st.floats(0.0, 0.3),
    st.floats(0.0, 0.1),
)
def test_whoever_is_contradicted_like_the_others_is_never_set_aside(counts, share, of_corpus):
    found = {by: int(share * n) for by, n in counts.items()}
    assert not any(voice.doubtful for voice in judge(counts, found, of_corpus))


def test_a_few_labels_say_nothing_and_many_wrong_ones_do():
    counts = Counter(ani=400, budi=11, citra=60)
    voices = {v.by: v for v in judge(counts, {"ani": 20, "budi": 11, "citra": 48}, 0.03)}
    assert [by for by, voice in voices.items() if voice.doubtful] == ["citra"]
    assert voices["citra"].usual == pytest.approx((20 + 11 + 1.5) / (411 + 50))
