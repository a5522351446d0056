import pytest
from classifier_support import decide, mention, policy

from classifier import rules_only
from classifier.text import words_of
from classifier.urgency import danger_words, hints_at_danger, sensitive_words, speaks_of_now


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
    assert danger_words(words_of("kebakarannya")) == []
    assert sensitive_words(words_of("kdrtx")) == []
    assert speaks_of_now(words_of("Sekarang!"))
    assert not speaks_of_now(words_of("kemarin"))
    assert hints_at_danger(words_of("ada ular"))
