import logging
import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
from classifier_support import BASELINE, artefact, baseline, decide, mention, other_city, policy
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import load
from classifier.dataset import Example, mention_of
from classifier.features import Reader
from classifier.scores import FILED_ODDS
from classifier.text import clean
from router import route
from tanggap.mention import ACTIONABLE, JENIS
from tanggap.sectors import SECTORS
from tanggap.tuning import files


@pytest.mark.parametrize(
    ("text", "jenis", "sector", "opd"),
    [
        ("jalan depan pasar berlubang parah tolong diaspal min", "pengaduan", "jalan", "dpupr"),
        ("sampah numpuk seminggu ga diangkut", "pengaduan", "kebersihan_lingkungan", "dlh"),
        ("air pdam mati dari kemarin pagi", "pengaduan", "air_bersih", "pdam"),
        ("listrik padam terus di kampung kami", "pengaduan", "listrik", "pln"),
        (
            "syarat bikin ktp baru apa aja ya min?",
            "permintaan_informasi",
            "kependudukan",
            "disdukcapil",
        ),
        (
            "usul agar disediakan bank sampah dan tong sampah terpilah di tiap RW",
            "aspirasi",
            "kebersihan_lingkungan",
            "dlh",
        ),
    ],
)
def test_plain_texts_are_understood(text, jenis, sector, opd):
    decision = decide(text)
    assert decision.jenis is not None
    assert decision.sector is not None
    assert decision.opd is not None
    assert (decision.jenis.label, decision.sector.label, decision.opd.label) == (jenis, sector, opd)


@pytest.mark.parametrize(
    ("text", "jenis"),
    [
        ("terima kasih pak, jalannya sudah mulus, mantap", "apresiasi"),
        ("jual followers murah, link di bio, bonus new member", "spam"),
        ("Rapat koordinasi pelayanan publik digelar hari ini di aula. #InfoKota", "bukan_aduan"),
    ],
)
def test_what_asks_nothing_is_not_called_actionable(text, jenis):
    decision = decide(text)
    assert decision.jenis is not None
    assert decision.jenis.label == jenis
    assert decision.actionable < decision.actionable_thresholds[1]


def test_the_parent_tells_what_a_bare_reply_is_about():
    alone = decide("di sini juga min, udah seminggu")
    under = decide("di sini juga min, udah seminggu", parent="Lampu jalan PJU padam di mana saja?")
    assert under.sector is not None
    assert alone.sector is not None
    assert under.sector.label == "perhubungan"
    assert under.sector.confidence > alone.sector.confidence


@pytest.mark.parametrize(
    ("change", "filed"),
    [
        ({}, True),
        ({"network": "x"}, False),
        ({"mentioned_opd": "pemkot"}, False),
        ({"parent_text": "Pemadaman bergilir"}, False),
        ({"text": "@pln lampu jalan padam, gelap"}, False),
    ],
)
def test_a_report_that_was_handed_in_is_likelier_to_ask_something(change, filed):
    example = Example("lampu jalan padam, gelap")
    seen = mention_of(replace(example, **change))
    assert Reader(policy()).read(seen, clean(seen.text)).filed is filed


def test_a_report_that_was_handed_in_has_ten_times_the_odds():
    odds = []
    for network in ("", "x"):
        (decision,) = baseline().decide([mention_of(Example("pagi semua", network=network))])
        odds.append(decision.actionable / (1.0 - decision.actionable))
    assert odds[0] / odds[1] == pytest.approx(FILED_ODDS)


def test_confidences_are_probabilities_and_the_label_leads_its_top():
    for example in files.corpus()[::37]:
        decision = baseline().decide([mention_of(example)])[0]
        for part, labels in ((decision.jenis, JENIS), (decision.sector, tuple(SECTORS))):
            if part is None:
                continue
            assert part.label in labels
            assert part.top[0] == (part.label, part.confidence)
            assert len(part.top) == 3
            assert all(0.0 <= share <= 1.0 for _, share in part.top)
            assert sum(share for _, share in part.top) <= 1.0 + 1e-9
        if decision.jenis is not None:
            assert (decision.jenis.label in ACTIONABLE) == (
                decision.actionable >= artefact().thresholds.asked_cut
            )


def test_a_page_gives_what_single_texts_give():
    mentions = [mention_of(example) for example in files.corpus()[::29]]
    page = baseline().decide(mentions)
    for one, decision in zip(mentions, page, strict=True):
        alone = baseline().decide([one])[0]
        assert decision.sector is None or (
            alone.sector and alone.sector.label == decision.sector.label
        )
        assert alone.actionable == pytest.approx(decision.actionable, abs=1e-5)
        assert alone.because == decision.because


def test_a_large_page_is_worked_on_in_parts():
    texts = [mention(f"jalan rusak nomor {i}") for i in range(1100)]
    assert [d.sector.label for d in baseline().decide(texts) if d.sector] == ["jalan"] * 1100
    assert baseline().decide([]) == []


@pytest.mark.parametrize("text", ["", "   ", "\u200b"])
def test_an_empty_text_is_left_to_a_person(text):
    decision = decide(text)
    assert (decision.jenis, decision.sector, decision.opd) == (None, None, None)
    assert route(mention(text), decision, policy()).name == "triage"


def test_one_unreadable_text_does_not_spoil_the_page(caplog):
    broken = replace(mention("x"), text=SimpleNamespace())
    with caplog.at_level(logging.WARNING, "tanggap.classifier"):
        first, second, third = baseline().decide(
            [mention("jalan rusak"), broken, mention("air pdam mati")]
        )
    assert first.sector is not None
    assert third.sector is not None
    assert (first.sector.label, third.sector.label) == ("jalan", "air_bersih")
    assert (second.jenis, second.sector, second.model) == (None, None, baseline().version)
    assert "event=unreadable" in caplog.text


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(max_size=200), max_size=5), st.text(max_size=50))
def test_no_text_makes_it_fail(texts, parent):
    for decision in baseline().decide([mention(text, "dpupr", parent=parent) for text in texts]):
        assert decision.model == baseline().version
        if decision.sector is not None:
            assert math.isfinite(decision.sector.confidence)


def test_because_names_the_rule_and_words_of_the_text():
    decision = decide("jalan aspal berlubang dalam sekali")
    assert decision.because[0] == "sektor:jalan"
    words = [
        reason.removeprefix("kata:") for reason in decision.because if reason.startswith("kata:")
    ]
    assert words
    assert set(words) <= {"jalan", "aspal", "berlubang", "dalam", "sekali"}


def test_another_citys_policy_routes_with_the_same_model():
    classifier = load(BASELINE, other_city())
    decision = classifier.decide([mention("jalan rusak parah berlubang", "pupr_kab")])[0]
    assert decision.opd is not None
    assert decision.opd.label == "pupr_kab"
    assert classifier.version == baseline().version


def test_the_words_that_decided_a_short_reply_are_named_as_its_parents_where_they_are():
    classifier = load(BASELINE, policy())
    reply = mention("di tempat saya juga begini min", parent="Lampu jalan padam sejak minggu lalu")
    (decision,) = classifier.decide([reply])
    assert any(reason.startswith("induk:") for reason in decision.because)
    assert not [word for word in decision.because if word in ("kata:lampu", "kata:padam")]


def test_a_text_that_says_itself_what_it_is_about_takes_nothing_from_its_parent():
    """Under an announcement about taxes people raise potholes too."""
    classifier = load(BASELINE, policy())
    words = "jalan depan pasar berlubang besar, aspal mengelupas"
    alone, under = classifier.decide(
        [mention(words), mention(words, parent="Jatuh tempo PBB tinggal sepuluh hari")]
    )
    assert alone.sector is not None
    assert under.sector is not None
    assert alone.sector.label == under.sector.label == "jalan"
    assert under.sector.confidence > 0.9
    assert not [reason for reason in under.because if reason.startswith("induk:")]
