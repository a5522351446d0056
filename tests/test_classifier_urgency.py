import pytest
from classifier_support import decide, mention, policy
from hypothesis import given, settings
from hypothesis import strategies as st
from problem_examples import CALM, URGENT

from classifier import rules_only, urgency
from classifier.situations import SITUATIONS, situations
from classifier.text import words_of
from classifier.urgency import Danger, peril, sensitive_words


@pytest.mark.parametrize(
    "text",
    [
        "tolong rumah tetangga kebakaran sekarang api membesar",
        "anak tenggelam di sungai barusan belum ketemu",
        "tetangga dibacok, tolong cepat kirim ambulans",
    ],
)
def test_plain_words_of_danger_now_set_the_flag_and_are_named(text):
    decision = decide(text)
    assert decision.urgent.on
    assert any(reason.startswith("darurat:") for reason in decision.because)


@pytest.mark.parametrize(
    "text",
    [
        "tolong lampu jalan dinyalakan min",
        "jalan berlubang di kec. Karangsari min, tolong",
        "bagaimana cara daftar ppdb",
        "terima kasih damkar atas edukasinya kemarin",
    ],
)
def test_a_plea_alone_is_not_urgent(text):
    assert not decide(text).urgent.on


@pytest.mark.parametrize(
    "text", ["ada yang mau bunuh diri", "siswi dilecehkan gurunya", "KDRT tiap malam"]
)
def test_words_of_violence_set_the_sensitive_flag(text):
    assert decide(text).sensitive.on


def test_without_a_model_words_alone_set_the_flags_and_nothing_else_is_decided():
    decision = rules_only(policy()).decide([mention("kebakaran di kec. Karangsari, ada KDRT")])[0]
    assert decision.model == "rules"
    assert decision.urgent.on
    assert decision.sensitive.on
    assert decision.place is not None
    assert (decision.jenis, decision.sector, decision.opd) == (None, None, None)
    assert decision.actionable == 0.0


def test_words_are_matched_whole():
    assert peril(words_of("kebakarannya")).words == ()
    assert sensitive_words(words_of("kdrtx")) == []


def level(text):
    return peril(words_of(text)).level


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("taman kota indah sekali", Danger.NONE),
        ("tolong segera diperbaiki min", Danger.NONE),
        ("ada pisau", Danger.HINTED),
        ("ada pisau, tolong segera", Danger.HINTED),
        ("silet dan pisau kemarin", Danger.HINTED),
        ("banjir, listrik mati, tolong segera", Danger.LIKELY),
        ("rumahnya terbakar", Danger.LIKELY),
        ("rumahnya terbakar tahun lalu", Danger.LIKELY),
        ("rumahnya terbakar sekarang", Danger.PRESSING),
        ("kabel di depan rumah putus", Danger.LIKELY),
        ("barusan kabel di depan rumah putus", Danger.PRESSING),
        ("pohon roboh, ada yang ketindihan", Danger.LIKELY),
        ("pohon roboh nimpa orang, tolong segera", Danger.PRESSING),
        ("ada yang bawa celurit di depan sekolah", Danger.PRESSING),
        ("kemarin ada yang bawa celurit di depan sekolah", Danger.LIKELY),
        ("odgj di pasar ngamuk bawa batu", Danger.PRESSING),
        ("mohon dibantu, ibu saya sekarang sesak di rumah. terima kasih", Danger.PRESSING),
        ("kabel putus di genangan, tolong matikan dulu listriknya sekarang", Danger.PRESSING),
    ],
)
def test_the_more_the_words_speak_of_danger_now_the_higher_the_level(text, wanted):
    assert level(text) is wanted


def test_a_situation_is_shown_with_the_two_words_that_make_it():
    decision = decide("barusan kabelnya di depan pos ronda tau2 putus, tolong")
    assert decision.urgent.on
    assert "darurat:kabelnya putus" in decision.because


def test_words_of_danger_are_found_in_what_nobody_has_seen_and_seldom_where_there_is_none():
    """By the words alone, whatever the model: what has to be said to a person at once."""
    assert sum(level(text) >= Danger.LIKELY for text in URGENT) >= 0.95 * len(URGENT)
    assert sum(level(text) is Danger.PRESSING for text in URGENT) >= 0.4 * len(URGENT)
    assert sum(level(text) >= Danger.LIKELY for text in CALM) <= 0.25 * len(CALM)
    assert sum(level(text) is Danger.PRESSING for text in CALM) <= 0.05 * len(CALM)


def test_the_flag_is_set_on_most_of_what_is_urgent_and_seldom_on_the_rest():
    assert sum(decide(text).urgent.on for text in URGENT) >= 0.75 * len(URGENT)
    assert sum(decide(text).urgent.on for text in CALM) <= 0.15 * len(CALM)


def test_where_nothing_is_asked_only_plain_words_that_it_happens_now_set_the_flag():
    thanks = "terima kasih damkar, kebakaran kemarin cepat padam, warga selamat semua. mantap"
    decision = decide(thanks)
    assert decision.jenis is not None
    assert decision.jenis.label == "apresiasi"
    assert level(thanks) is Danger.LIKELY
    assert not decision.urgent.on


def test_no_word_is_listed_twice_and_none_with_a_weaker_meaning():
    lists = (
        urgency.GRAVE, urgency.DANGER, urgency.DANGER_HINTS, urgency.NOW, urgency.PLEAS,
        urgency.BEFORE, urgency.SENSITIVE,
    )  # fmt: skip
    for words in lists:
        assert len(words) == len(set(words))
    assert set(urgency.GRAVE).isdisjoint(urgency.DANGER)
    assert set(urgency.DANGER).isdisjoint(urgency.DANGER_HINTS)
    assert set(urgency.GRAVE).isdisjoint(urgency.DANGER_HINTS)
    assert set(urgency.NOW).isdisjoint(urgency.PLEAS)
    assert set(urgency.NOW).isdisjoint(urgency.BEFORE)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.first.split()[0])
def test_every_situation_is_found_by_words_of_its_two_groups_and_by_one_alone_not(situation):
    first = situation.first.split()[0].strip("*")
    second = situation.second.split()[-1].strip("*")
    assert any(one.grave == situation.grave for one in situations([first, second]))
    assert situations([first]) == []


@settings(deadline=None)
@given(st.lists(st.sampled_from(["kabel", "putus", "anak", "kejepit", "di", "kemarin"])))
def test_danger_grows_with_what_is_said_and_never_without_words(words):
    found = peril(words)
    assert (found.level >= Danger.LIKELY) >= bool(found.words)
    assert peril([*words, "barusan"]).level >= found.level
    assert peril([*words, "kemarin"]).level <= found.level
