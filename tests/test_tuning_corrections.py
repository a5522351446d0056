"""What labels teach about who acts where the policy would name another OPD."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from classifier_support import baseline, other_city, policy
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.corrections import ACCOUNT, KECAMATAN, SECTOR, WORD, Correction, problem
from classifier.opd import Desk
from classifier.text import words_of
from tanggap.sectors import SECTORS
from tanggap.store.rows_tuning import Label
from tanggap.tuning.corrections import MOST_OF_ONE, advice, learn, told

START = datetime(2026, 6, 1, tzinfo=UTC)
PEOPLE = ("ani", "budi", "citra", "dedi")
STREETS = (
    "mawar", "melati", "anggrek", "dahlia", "kamboja", "seroja", "tulip", "lili", "nusa", "kenari",
    "merak", "nuri",
)  # fmt: skip


def label(number, text, sector, opd, by=None, **more):
    return Label(
        key=f"x:{number}",
        text=text,
        parent_text=None,
        addressed=more.get("addressed", ()),
        posted_at=START,
        jenis="pengaduan",
        sector=sector,
        opd=opd,
        kecamatan=None,
        urgent=None,
        sensitive=None,
        by=by or PEOPLE[number % len(PEOPLE)],
        at=START + timedelta(minutes=number),
        item_id=number,
    )


def city_labels(signs=12, agreeing=1.0, by=None):
    """Return labels of a city in which road signs belong to the roads' OPD, and all else as is."""
    others = ("bus telat lagi", "lampu jalan padam", "parkir liar semrawut", "macet parah pagi")
    labels = [
        label(i, f"{others[i % 4]} dekat {STREETS[i % 12]} {i}", "perhubungan", "dishub")
        for i in range(40)
    ]
    for i in range(signs):
        opd = "dpupr" if i < round(signs * agreeing) else "dishub"
        text = f"rambu penunjuk hilang dekat {STREETS[i % 12]} nomor {i}"
        labels.append(label(100 + i, text, "perhubungan", opd, by=by))
    return labels


def test_a_word_that_people_always_send_elsewhere_is_learnt_and_decides():
    learnt = learn(city_labels(), policy())
    assert [(one.sector, one.cue, one.opd, one.n, one.share) for one in learnt] == [
        ("perhubungan", WORD, "dpupr", 12, 1.0)
    ]
    assert learnt[0].value in ("rambu", "penunjuk", "hilang", "rambu penunjuk", "penunjuk hilang")
    desk = Desk(policy(), learnt)
    sign = words_of("min rambu penunjuk hilang")
    assert desk.assign([("perhubungan", 0.9)], sign, (), None).opd.label == "dpupr"
    bus = words_of("bus telat")
    assert desk.assign([("perhubungan", 0.9)], bus, (), None).opd.label == "dishub"


@pytest.mark.parametrize(("signs", "agreeing"), [(7, 1.0), (20, 0.8)])
def test_few_or_disagreeing_labels_teach_a_suggestion_only(signs, agreeing):
    learnt = learn(city_labels(signs, agreeing), policy())
    assert learnt
    assert not any(one.automatic for one in learnt)
    assert learnt[0].opd == "dpupr"


def test_labels_that_the_policy_gives_too_teach_nothing():
    labels = [
        label(i, f"teks {sector} nomor {i} {STREETS[i % 12]}", sector, policy().sector_opd[sector])
        for i, sector in enumerate(sorted(SECTORS) * 10)
    ]
    assert learn(labels, policy()) == ()
    assert learn([], policy()) == ()


def test_a_whole_sector_a_place_and_an_account_are_learnt():
    whole = [
        label(i, f"macet di {STREETS[i % 12]} {i}", "perhubungan", "satpolpp") for i in range(12)
    ]
    (one,) = learn(whole, policy())
    assert (one.cue, one.value, one.opd) == (SECTOR, "", "satpolpp")
    elsewhere = [
        label(100 + i, f"lubang {STREETS[i % 12]} {i} kec. Cibeureum", "jalan", "dpupr")
        for i in range(12)
    ]
    place = [
        label(200 + i, f"lubang {STREETS[i % 12]} {i} kec. Karangsari", "jalan", "disperkim")
        for i in range(12)
    ]
    (one,) = learn([*elsewhere, *place], policy())
    assert (one.opd, one.automatic) == ("disperkim", True)
    assert (one.cue, one.value) in {(KECAMATAN, "karangsari"), (WORD, "karangsari"),
                                    (WORD, "kec karangsari")}  # fmt: skip
    plain = [
        label(300 + i, f"antre {STREETS[i % 12]} {i}", "kesehatan", "dinkes") for i in range(12)
    ]
    asked = [
        replace(label(400 + i, f"antre {STREETS[i % 12]} no {400 + i}", "kesehatan", "dinsos"),
                addressed=("dinsos",))
        for i in range(12)
    ]  # fmt: skip
    learnt = learn([*plain, *asked], policy())
    assert any((one.cue, one.value, one.opd) == (ACCOUNT, "dinsos", "dinsos") for one in learnt)


def test_no_telephone_number_becomes_a_cue():
    labels = city_labels(0) + [
        label(100 + i, f"{STREETS[i]} wa 081234567890 hub081234567890", "perhubungan", "dpupr")
        for i in range(12)
    ]
    for one in learn(labels, policy()):
        assert "0812" not in one.value


def test_the_same_words_sent_often_are_one_text():
    labels = city_labels(0)
    labels += [label(100 + i, "rambu penunjuk hilang!", "perhubungan", "dpupr") for i in range(30)]
    assert learn(labels, policy()) == ()


def test_the_newest_word_on_a_text_counts():
    labels = city_labels()
    taken_back = [
        replace(one, opd="dishub", at=one.at + timedelta(days=1), by="ani")
        for one in labels
        if one.opd == "dpupr"
    ]
    assert learn([*labels, *taken_back], policy()) == ()


def test_where_several_people_label_no_one_alone_teaches_what_decides():
    alone = learn(city_labels(30, by="iseng"), policy())
    assert alone
    assert all(one.n <= MOST_OF_ONE for one in alone)
    assert not any(one.automatic for one in alone)


@pytest.mark.parametrize(("people", "automatic"), [(1, False), (2, False), (3, True)])
def test_what_one_or_two_accounts_say_is_offered_and_decides_from_three_on(people, automatic):
    # Six texts each: two who only ever send on would make twelve.
    labels = [
        replace(one, by=PEOPLE[i % people]) if one.opd == "dpupr" else one
        for i, one in enumerate(city_labels(6 * people if people > 1 else 12))
    ]
    learnt = learn(labels, policy())
    assert {one.opd for one in learnt} == {"dpupr"}
    assert any(one.automatic for one in learnt) is automatic
    office = [replace(one, by=PEOPLE[i % people]) for i, one in enumerate(labels)]
    assert any(one.automatic for one in learn(office, policy())) is automatic
    acts = told(learn(office, policy()), office)
    assert (acts["people"], acts["needed"], acts["deciding"] > 0) == (people, 3, automatic)
    assert bool(advice(acts)) is (people < 3)
    for said in advice(acts):
        assert f"baru {people} orang" in said
        assert "[[rule]]" in said


def test_what_came_last_does_not_stand_for_the_whole_sector():
    before = [
        label(i, f"macet dekat {STREETS[i % 12]} {i}", "perhubungan", "dishub") for i in range(200)
    ]
    signs = [replace(one, key=f"y:{one.key}") for one in city_labels(40) if one.opd == "dpupr"]
    learnt = learn([*before, *signs], policy())
    assert learnt
    assert {one.cue for one in learnt} == {WORD}


def test_what_a_rule_of_the_city_decides_is_not_learnt_against_it():
    labels = [
        label(i, f"jalan provinsi rusak dekat {STREETS[i % 12]} {i}", "jalan", "dpupr")
        for i in range(20)
    ]
    assert learn(labels, policy()) == ()


def test_labels_of_unknown_opd_and_sectors_are_passed_over():
    labels = [replace(one, opd="entah") for one in city_labels()]
    labels += [replace(one, sector="antariksa", key=f"y:{one.key}") for one in city_labels()]
    assert learn(labels, policy()) == ()
    assert learn(city_labels(), other_city()) == ()


def test_a_text_sent_on_without_a_sector_counts_where_the_model_is_sure():
    labels = [
        label(
            i,
            f"lampu jalan padam gelap di {STREETS[i % 12]} nomor {i}, mohon perbaikan pju",
            None,
            "disperkim",
        )
        for i in range(12)
    ]
    assert learn(labels, policy()) == ()
    learnt = learn(labels, policy(), baseline())
    assert {(one.sector, one.opd) for one in learnt} == {("perhubungan", "disperkim")}


def test_the_order_of_labels_of_one_time_changes_nothing():
    labels = city_labels(20, 0.8)
    assert learn(labels, policy()) == learn(list(reversed(labels)), policy())


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(
    st.lists(st.sampled_from([*STREETS, "rambu", "bus", "karangsari", "kec"]), max_size=6),
    st.sampled_from([*sorted(SECTORS)[:4], None, "antariksa"]),
    st.sampled_from([*sorted(policy().opd)[:3], "pln", "entah", None]),
    st.sampled_from(PEOPLE),
), max_size=60))  # fmt: skip
def test_whatever_people_say_what_is_learnt_can_be_kept_and_is_never_more_than_was_said(rows):
    labels = [
        label(i, " ".join(words), sector, opd, by)
        for i, (words, sector, opd, by) in enumerate(rows)
    ]
    learnt = learn(labels, policy())
    assert problem(learnt) is None
    for one in learnt:
        assert isinstance(one, Correction)
        said = [row for row in labels if row.opd == one.opd and row.sector == one.sector]
        assert one.n * one.share <= len(said) + 0.01
        assert one.opd != policy().sector_opd[one.sector]
