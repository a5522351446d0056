"""What corrections taught about who acts: how it decides, what it offers, how it is kept."""

import json
from dataclasses import replace

import pytest
from classifier_support import BASELINE, artefact, mention, other_city, policy
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import load
from classifier.artefact import (
    FORMAT,
    FORMAT_WITH_CORRECTIONS,
    FORMAT_WITH_LEAD,
    MODEL_FILE,
    pack,
    read,
    read_packed,
    save,
)
from classifier.corrections import (
    ACCOUNT,
    AUTOMATIC_SHARE,
    AUTOMATIC_TEXTS,
    CUES,
    KECAMATAN,
    MOST,
    SECTOR,
    WORD,
    Correction,
    problem,
)
from classifier.decision import Classifier
from classifier.opd import Desk
from classifier.text import words_of
from tanggap.errors import ModelError
from tanggap.mention import UMBRELLA
from tanggap.sectors import SECTORS

SIGN = Correction("perhubungan", WORD, "rambu", "dpupr", 20, 0.95)


def assign(corrections, sectors, text="", addressed=(), kecamatan=None, city=None):
    desk = Desk(city or policy(), corrections)
    return desk.assign(sectors, words_of(text), addressed, kecamatan)


def test_a_word_that_people_corrected_often_enough_names_the_opd():
    assigned = assign([SIGN], [("perhubungan", 1.0)], "rambu di tikungan hilang")
    assert (assigned.opd.label, assigned.because) == ("dpupr", "koreksi:rambu")
    assert assign([SIGN], [("perhubungan", 1.0)], "bus telat").opd.label == "dishub"
    assert assign([SIGN], [("kesehatan", 1.0)], "rambu di puskesmas").opd.label == "dinkes"


@pytest.mark.parametrize(
    ("correction", "asked"),
    [
        (Correction("jalan", SECTOR, "", "disperkim", 8, 0.9), {}),
        (
            Correction("jalan", KECAMATAN, "karangsari", "disperkim", 8, 0.9),
            {"kecamatan": "karangsari"},
        ),
        (Correction("jalan", ACCOUNT, "dishub", "disperkim", 8, 0.9), {"addressed": ("dishub",)}),
        (Correction("jalan", WORD, "paving gang", "disperkim", 8, 0.9), {"text": "Paving, gang!"}),
    ],
)  # fmt: skip
def test_the_whole_sector_a_place_an_account_and_two_words_are_cues_too(correction, asked):
    assert assign([correction], [("jalan", 1.0)], **asked).opd.label == "disperkim"
    if asked:
        assert assign([correction], [("jalan", 1.0)], "lubang").opd.label == "dpupr"


@pytest.mark.parametrize(
    "weak",
    [
        replace(SIGN, n=AUTOMATIC_TEXTS - 1, share=1.0),
        replace(SIGN, n=50, share=AUTOMATIC_SHARE - 0.01),
    ],
)
def test_too_few_or_disagreeing_people_only_offer_their_opd(weak):
    assigned = assign([weak], [("perhubungan", 0.9), ("desa", 0.05)], "rambu hilang")
    assert (assigned.opd.label, assigned.because) == ("dishub", "sektor:perhubungan")
    assert assigned.opd.top[1][0] == "dpupr"
    assert assigned.supporting == ()
    assert sum(share for _, share in assigned.opd.top) <= 1.0
    assert assigned.opd.top[0][1] > assigned.opd.top[1][1]


def test_two_corrections_that_name_different_opd_leave_it_to_the_owner():
    other = Correction("perhubungan", WORD, "tikungan", "disperkim", 30, 1.0)
    assigned = assign([SIGN, other], [("perhubungan", 1.0)], "rambu di tikungan")
    assert assigned.opd.label == "dishub"
    assert {opd for opd, _ in assigned.opd.top} & {"dpupr", "disperkim"}


def test_what_the_city_wrote_down_is_stronger_than_what_was_learnt():
    learnt = Correction("jalan", WORD, "jalan provinsi", "disperkim", 40, 1.0)
    assigned = assign([learnt], [("jalan", 1.0)], "lubang di jalan provinsi")
    assert (assigned.opd.label, assigned.because) == ("provinsi", "rule:jalan_provinsi")


def test_an_opd_that_the_policy_no_longer_knows_is_passed_over():
    assigned = assign([SIGN], [("perhubungan", 1.0)], "rambu hilang", city=other_city())
    assert assigned.opd.label == "umum_kab"


def test_a_correction_is_kept_in_the_artefact_and_decides_after_loading(tmp_path):
    taught = replace(artefact(), corrections=(replace(SIGN, value="rambu"),))
    save(taught, tmp_path)
    assert json.loads((tmp_path / MODEL_FILE).read_text())["format"] == FORMAT_WITH_LEAD
    again = read(tmp_path)
    assert read_packed(pack(tmp_path)).digest == again.digest == taught.digest
    assert again.corrections == taught.corrections
    assert again.version == taught.version != artefact().version
    text = mention("rambu lalu lintas di perempatan hilang, tolong dishub pasang rambu lagi")
    (decision,) = load(tmp_path, policy()).decide([text])
    assert decision.sector is not None
    assert decision.sector.label == "perhubungan"
    assert decision.opd is not None
    assert decision.opd.label == "dpupr"
    assert "koreksi:rambu" in decision.because


@pytest.mark.parametrize(
    ("lead", "corrections", "number"),
    [
        (0.0, (), FORMAT),
        (0.0, (SIGN,), FORMAT_WITH_CORRECTIONS),
        (1.0, (), FORMAT_WITH_LEAD),
        (1.0, (SIGN,), FORMAT_WITH_LEAD),
    ],
)
def test_a_model_is_kept_in_the_oldest_format_that_holds_it(lead, corrections, number, tmp_path):
    kept = replace(artefact(), jenis_lead=lead, corrections=corrections)
    save(kept, tmp_path)
    header = json.loads((tmp_path / MODEL_FILE).read_text())
    assert header["format"] == number
    assert ("corrections" in header, "jenis_lead" in header) == (bool(corrections), bool(lead))
    assert read(tmp_path).digest == kept.digest


def test_the_same_model_gives_the_same_bytes(tmp_path):
    save(artefact(), tmp_path)
    assert (tmp_path / MODEL_FILE).read_bytes() == (BASELINE / MODEL_FILE).read_bytes()


def test_a_changed_correction_breaks_the_digest(tmp_path):
    save(replace(artefact(), corrections=(SIGN,)), tmp_path)
    path = tmp_path / MODEL_FILE
    path.write_text(path.read_text().replace('"opd":"dpupr"', '"opd":"bapenda"'))
    with pytest.raises(ModelError, match="digest"):
        read(tmp_path)


@pytest.mark.parametrize(
    "broken",
    [
        replace(SIGN, sector="antariksa"),
        replace(SIGN, cue="firasat"),
        replace(SIGN, value=""),
        replace(SIGN, cue=SECTOR),
        replace(SIGN, opd=""),
        replace(SIGN, opd="x" * 81),
        replace(SIGN, n=0),
        replace(SIGN, share=1.1),
        replace(SIGN, share=float("inf")),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(broken):
    assert problem([SIGN]) is None
    assert problem([broken]) is not None


def test_an_artefact_with_broken_corrections_is_refused_whatever_its_digest(tmp_path):
    for wrong in ((replace(SIGN, sector="antariksa"),), (SIGN,) * (MOST + 1)):
        save(replace(artefact(), corrections=wrong), tmp_path)
        with pytest.raises(ModelError, match="koreksi"):
            read(tmp_path)
    header = json.loads((tmp_path / MODEL_FILE).read_text())
    for form in ("x", 3, [3], [{"sector": "jalan"}], {"sector": "jalan"}):
        (tmp_path / MODEL_FILE).write_text(json.dumps({**header, "corrections": form}))
        with pytest.raises(ModelError):
            read(tmp_path)


OPDS = sorted({*policy().opd, *policy().outside})
CORRECTIONS = st.builds(
    Correction,
    sector=st.sampled_from(sorted(SECTORS)),
    cue=st.sampled_from(CUES[1:]),
    value=st.sampled_from(["lampu", "rambu hilang", "karangsari", "dishub"]),
    opd=st.sampled_from([*OPDS, "entah"]),
    n=st.integers(1, 50),
    share=st.floats(0.0, 1.0),
)


@settings(deadline=None)
@given(
    st.lists(CORRECTIONS, max_size=12),
    st.lists(st.sampled_from(sorted(SECTORS)), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from([*OPDS, UMBRELLA, "entah"]), max_size=2),
)
def test_whatever_was_learnt_the_best_three_are_opd_of_the_policy_and_shares_add_up(
    corrections, sectors, addressed
):
    shares = [(sector, 1.0 / len(sectors)) for sector in sectors]
    text = "lampu dan rambu hilang di kec karangsari"
    assigned = assign(corrections, shares, text, tuple(addressed), "karangsari")
    assert set(dict(assigned.opd.top)) <= set(OPDS)
    assert assigned.opd.top[0] == (assigned.opd.label, assigned.opd.confidence)
    assert sum(share for _, share in assigned.opd.top) <= 1.0 + 1e-9
    assert assigned.opd.label not in assigned.supporting


def test_a_classifier_of_rules_alone_learnt_nothing():
    (decision,) = Classifier(policy(), None).decide([mention("rambu hilang")])
    assert decision.opd is None
