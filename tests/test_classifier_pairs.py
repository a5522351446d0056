"""Two words, one of each group, near each other."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.pairs import LONGEST, NEAR, REMEMBERED, Found, Pairs
from classifier.problems import PROBLEMS, problems
from classifier.text import MAX_LENGTH, words_of
from tanggap.sectors import SECTORS

LAMPS = Pairs([("lampu* pju", "mati padam*"), ("*pukul* api", "anak rumah* api")])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("lampu mati", [Found(0, "lampu mati")]),
        ("mati terus tuh Lampunya!", [Found(0, "mati lampunya")]),
        ("pju padam, lampu mati", [Found(0, "pju padam")]),
        ("lampu " + "x " * (NEAR - 1) + "mati", [Found(0, "lampu mati")]),
        ("lampu " + "x " * NEAR + "mati", []),
        ("alampu mati", []),
        ("anak dipukuli, lampu padamm", [Found(0, "lampu padamm"), Found(1, "anak dipukuli")]),
        ("lampu", []),
        ("api", []),
        ("api, api", [Found(1, "api api")]),
        ("stasiun kereta api dekat rumah", []),
        ("", []),
    ],
)
def test_a_pair_is_found_in_any_order_when_its_words_are_near(text, wanted):
    assert LAMPS.find(words_of(text)) == wanted


def test_the_nearest_two_are_shown():
    assert LAMPS.find(["lampu", "a", "b", "mati", "pju", "padam"]) == [Found(0, "mati pju")]


@settings(deadline=None)
@given(st.lists(st.sampled_from(["lampu", "mati", "api", "rumah", "x"]), max_size=30))
def test_what_is_found_stands_there_and_nothing_near_is_missed(words):
    found = {one.number for one in LAMPS.find(words)}
    for number, (first, second) in enumerate([({"lampu"}, {"mati"}), ({"api"}, {"rumah", "api"})]):
        near = any(
            words[one] in first and words[other] in second and 0 < abs(one - other) <= NEAR
            for one in range(len(words))
            for other in range(len(words))
        )
        assert (number in found) == near


def test_a_text_made_to_be_slow_is_not():
    words = words_of("lampu mati " * (MAX_LENGTH // 11))
    began = time.process_time()
    assert LAMPS.find(words)
    assert LAMPS.find(["lampu" * LONGEST, "mati"]) == []
    assert time.process_time() - began < 2  # each with each other would be a minute


def test_what_is_remembered_of_words_has_a_bound():
    pairs = Pairs([("lampu*", "mati*")])
    for start in range(0, 3 * REMEMBERED, 5000):
        pairs.find([f"lampu{start + i}" if i % 2 else f"kata{start + i}" for i in range(5000)])
        assert len(pairs._roles) + len(pairs._plain) <= REMEMBERED
    assert pairs.find(["lampu", "mati"]) == [Found(0, "lampu mati")]


def test_every_sector_but_the_one_without_a_topic_has_words_for_what_goes_wrong():
    assert set(PROBLEMS) == set(SECTORS) - {"lainnya"}


@pytest.mark.parametrize(
    ("part", "sectors"),
    [
        ("lampu jalannya juga mati udah sebulan", {"perhubungan"}),
        ("dekat puskesmas", set()),
        ("fotokopi ktp", set()),
        ("sampah di tps tidak pernah diangkut", {"kebersihan_lingkungan"}),
        ("token listrik anjlok terus", {"listrik"}),
        ("pupuk langka", {"pertanian"}),
    ],
)
def test_a_part_complains_of_what_fails_in_it_not_of_what_it_names(part, sectors):
    assert problems(words_of(part)) >= sectors
    assert bool(problems(words_of(part))) == bool(sectors)
