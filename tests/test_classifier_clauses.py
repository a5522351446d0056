"""Two problems in one text: where it is parted, and when a second sector is believed."""

import pytest
from classifier_support import decide
from hypothesis import given, settings
from hypothesis import strategies as st
from problem_examples import ONE_PROBLEM, TWO_PROBLEMS

from classifier.clauses import (
    LEADING,
    MOST_PARTS,
    SEEN,
    SURE,
    SURE_ENOUGH,
    Part,
    further_sectors,
    parts,
    parts_to_ask,
)
from classifier.text import clean, words

ROAD = [("jalan", 0.97), ("desa", 0.01)]
ROAD_AND_CLINIC = [("jalan", 0.7), ("kesehatan", SEEN)]
CLINIC = Part("puskesmas tutup", frozenset({"kesehatan"}))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("jalan rusak parah, lampu jalan mati", ["jalan rusak parah", ", lampu jalan mati"]),
        ("air pdam keruh. sampah ga diangkut", ["air pdam keruh", ". sampah ga diangkut"]),
        ("jalan depan rusak dan puskesmas tutup", ["jalan depan rusak", "dan puskesmas tutup"]),
        ("jalan rusak, min", ["jalan rusak, min"]),
        ("rusak, mati", []),
        ("", []),
    ],
)  # fmt: skip
def test_a_text_is_parted_at_stops_and_joining_words_where_each_part_says_something(text, wanted):
    assert parts(text) == wanted


@settings(deadline=None)
@given(st.text(st.sampled_from("abc, .!dan juga"), max_size=200))
def test_no_word_of_a_short_text_is_lost_between_its_parts(text):
    found = parts(text)
    if found and len(found) < MOST_PARTS:
        assert words(" ".join(found)) == words(text.strip())


def test_only_parts_that_complain_of_another_sector_are_looked_at():
    two = "jalan depan rusak parah, puskesmas tutup tiap hari"
    assert [part.text for part in parts_to_ask(two, "jalan")] == [", puskesmas tutup tiap hari"]
    assert [part.text for part in parts_to_ask(two, "kesehatan")] == ["jalan depan rusak parah"]
    assert parts_to_ask("jalan depan rusak parah, itu lho dekat puskesmas", "jalan") == []
    assert parts_to_ask("puskesmas tutup tiap hari", "jalan") == []


@pytest.mark.parametrize(
    ("cleaned", "whole", "limit"),
    [
        ("a, b", ROAD, SURE),
        ("a, b juga", ROAD, SURE_ENOUGH),
        ("a, b", ROAD_AND_CLINIC, SURE_ENOUGH),
    ],
    ids=["alone", "added", "seen"],
)
def test_a_second_sector_needs_a_part_that_is_sure_of_it(cleaned, whole, limit):
    assert further_sectors(cleaned, whole, [(CLINIC, ("kesehatan", limit))]) == ("kesehatan",)
    unsure = [(CLINIC, ("kesehatan", limit - 0.01))]
    seen = whole is ROAD_AND_CLINIC  # whose words speak of nothing else
    assert further_sectors(cleaned, whole, unsure) == (("kesehatan",) if seen else ())


def test_the_model_alone_and_the_words_alone_are_not_believed():
    sure = ("kesehatan", 1.0)
    assert further_sectors("a, b", ROAD, [(Part("b", frozenset({"desa"})), sure)]) == ()
    assert further_sectors("a, b", ROAD, [(CLINIC, ("desa", 1.0))]) == ()
    both = Part("b", frozenset({"kesehatan", "desa"}))
    assert further_sectors("a, b", ROAD_AND_CLINIC, [(both, ("pendidikan", 0.9))]) == ()


def test_where_nobody_knows_the_first_problem_there_is_no_second():
    doubt = [("jalan", LEADING - 0.01), ("kesehatan", 0.4)]
    assert further_sectors("a, b", doubt, [(CLINIC, ("kesehatan", 1.0))]) == ()


def test_a_part_that_speaks_of_the_best_sector_names_no_other():
    part = Part("b", frozenset({"jalan", "kesehatan"}))
    assert further_sectors("a, b juga", ROAD_AND_CLINIC, [(part, ("jalan", 1.0))]) == ()
    assert further_sectors("a, b", ROAD_AND_CLINIC, [(CLINIC, ("jalan", 1.0))]) == ()


def test_most_texts_with_two_problems_name_both_opd_and_few_with_one_do():
    def named(text):
        decision = decide(text)
        assert decision.opd is not None
        return {decision.opd.label, *decision.supporting}

    both = sum({one, other} <= named(text) for text, one, other in TWO_PROBLEMS)
    assert both >= 0.7 * len(TWO_PROBLEMS)
    assert sum(len(named(text)) > 1 for text in ONE_PROBLEM) <= 0.2 * len(ONE_PROBLEM)


def test_a_question_about_two_things_has_no_supporting_opd():
    decision = decide(
        "mau tanya min, syarat bikin ktp yang hilang apa aja ya? kalau bpjs yang belum aktif juga "
        "ngurusnya di puskesmas mana?"
    )
    assert decision.jenis is not None
    assert decision.jenis.label == "permintaan_informasi"
    assert decision.supporting == ()


def test_two_problems_of_two_opd_give_the_second_a_part():
    decision = decide(
        "jalan depan sekolah berlubang parah bikin motor jatuh. "
        "selain itu sampah di tps menumpuk tidak diangkut dua minggu"
    )
    assert decision.opd is not None
    assert {decision.opd.label, *decision.supporting} == {"dpupr", "dlh"}


@pytest.mark.parametrize(
    "text",
    [
        "jalan depan pasar berlubang, aspalnya mengelupas, tolong diaspal, bahaya kalau malam",
        "lampu jalan padam di sini, di gang sebelah juga padam, sudah dua minggu",
    ],
)
def test_one_problem_told_in_several_parts_has_no_supporting_opd(text):
    assert decide(clean(text)).supporting == ()
