import pytest
from classifier_support import other_city, policy

from classifier.opd import Desk
from classifier.text import words_of


def assign(sectors, text="", addressed=(), kecamatan=None, city=None, problems=()):
    desk = Desk(city or policy())
    return desk.assign(sectors, words_of(text), addressed, kecamatan, problems)


def test_the_owner_of_the_best_sector_acts():
    assigned = assign([("jalan", 0.9), ("listrik", 0.1)])
    assert assigned.opd.label == "dpupr"
    assert assigned.because == "sektor:jalan"
    assert assigned.supporting == ()


def test_two_sectors_of_one_opd_add_up():
    assigned = assign([("jalan", 0.5), ("drainase_banjir", 0.4), ("desa", 0.1)])
    assert assigned.opd.confidence == pytest.approx(0.9)
    assert assigned.opd.top[1] == ("dpmd", 0.1)


def test_a_second_problem_makes_its_opd_support_but_doubt_alone_does_not():
    doubt = [("jalan", 0.6), ("kesehatan", 0.4)]
    assert assign(doubt, problems=("kesehatan",)).supporting == ("dinkes",)
    assert assign(doubt).supporting == ()


def test_two_problems_of_one_opd_need_no_support():
    both = [("jalan", 0.6), ("drainase_banjir", 0.4)]
    assert assign(both, problems=("drainase_banjir",)).supporting == ()


def test_the_second_problem_goes_by_the_rules_too():
    text = "bansos macet, dan jalan provinsi berlubang"
    assigned = assign([("sosial", 0.9)], text, problems=("jalan",))
    assert (assigned.opd.label, assigned.supporting) == ("dinsos", ("provinsi",))


def test_asset_words_beat_the_owner_but_only_in_their_sectors():
    assigned = assign([("jalan", 0.9)], "lubang di jalan provinsi depan pasar")
    assert (assigned.opd.label, assigned.because) == ("provinsi", "rule:jalan_provinsi")
    assert assign([("kesehatan", 0.9)], "klinik di jalan provinsi").opd.label == "dinkes"
    assert assign([("lainnya", 0.9)], "urus sertipikat tanah").opd.label == "bpn"


def test_a_rule_with_a_kecamatan_needs_the_place():
    text = "pasar induk becek"
    assert assign([("jalan", 1.0)], text, city=other_city()).opd.label == "pupr_kab"
    there = assign([("jalan", 1.0)], text, kecamatan="utara", city=other_city())
    assert (there.opd.label, there.because) == ("umum_kab", "rule:pasar")


def test_people_often_address_the_wrong_opd_so_it_does_not_decide():
    assigned = assign([("jalan", 0.9)], "jalan berlubang", ("dishub",))
    assert assigned.opd.label == "dpupr"
    assert assigned.supporting == ()


def test_where_no_topic_can_be_told_the_addressed_opd_has_a_part():
    assigned = assign([("lainnya", 0.9)], "gimana min", ("dishub", "pemkot"))
    assert assigned.opd.label == "diskominfo"
    assert assigned.supporting == ("dishub",)


def test_a_hospital_without_a_sector_acts_for_its_own_counter_and_supports_otherwise():
    counter = assign([("kesehatan", 0.9)], "antre lama", ("rsud_kab",), city=other_city())
    assert (counter.opd.label, counter.because) == ("rsud_kab", "alamat:rsud_kab")
    road = assign([("jalan", 0.9)], "jalan rusak", ("rsud_kab",), city=other_city())
    assert (road.opd.label, road.supporting) == ("pupr_kab", ("rsud_kab",))


def test_a_hospital_can_be_named_by_a_keyword():
    assigned = assign([("kesehatan", 0.9)], "Rumah Sakit Umum penuh", city=other_city())
    assert (assigned.opd.label, assigned.because) == ("rsud_kab", "sebut:rumah sakit umum")


def test_unknown_accounts_are_passed_over():
    assert assign([("lainnya", 1.0)], "halo", ("entah",)).supporting == ()
