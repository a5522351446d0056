"""The city's policy: what the example says, and what follows from it."""

from importlib.resources import as_file, files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tanggap.mention import ACTIONABLE
from tanggap.office_hours import Deadlines, TimeAllowed
from tanggap.policy import ID, Kecamatan, Opd, Outside, Policy, Rule, load_policy
from tanggap.sectors import SECTORS


@pytest.fixture(scope="module")
def city() -> Policy:
    with as_file(files("tanggap.examples") / "sukamaju-policy.toml") as path:
        return load_policy(path)


def test_the_example_is_the_invented_city(city: Policy) -> None:
    assert len(city.opd) == 21
    assert len(city.kecamatan) == 6
    assert sum(len(kecamatan.kelurahan) for kecamatan in city.kecamatan.values()) == 12
    assert city.owner_of("perhubungan") == "dishub"
    assert city.owner_of("listrik") == "pln"
    assert city.owner_of("lainnya") == "diskominfo"


def test_an_unknown_sector_has_no_owner(city: Policy) -> None:
    with pytest.raises(KeyError):
        city.owner_of("antariksa")


def test_outside_bodies_are_told_from_the_citys_own(city: Policy) -> None:
    assert city.is_outside("pln")
    assert not city.is_outside("dishub")
    assert not city.is_outside("tidak_ada")


def test_every_id_has_a_name_that_people_read(city: Policy) -> None:
    assert set(city.names) == {*city.opd, *city.outside}
    assert city.names["dpupr"] == "DPUPR"
    assert city.names["pln"] == "PLN"


def test_every_opd_of_the_example_owns_a_sector(city: Policy) -> None:
    assert set(city.opd) <= set(city.sector_opd.values())


def test_no_name_or_keyword_stands_for_two_opd(city: Policy) -> None:
    words = [
        word.lower()
        for opd in city.opd.values()
        for word in {opd.short.lower(), *map(str.lower, opd.keywords)}
    ]
    assert len(words) == len(set(words))


def policy(**changes: object) -> Policy:
    parts: dict[str, object] = {
        "opd": {"dishub": Opd(name="Dinas Perhubungan", short="Dishub")},
        "outside": {"pln": Outside(name="PLN", channel="123", reply="Mohon maaf.")},
        "kecamatan": {"utara": Kecamatan(name="Utara")},
        "sector_opd": dict.fromkeys(SECTORS, "dishub"),
    }
    return Policy.model_validate(parts | changes)


def test_a_policy_of_one_opd_that_owns_all_is_enough() -> None:
    assert set(policy().sector_opd.values()) == {"dishub"}


def test_a_policy_without_any_opd_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"diskominfo|dishub"):
        policy(opd={})


@pytest.mark.parametrize(
    "key", ["Dishub", "dis hub", "dis:hub", "1dishub", "", "dis-hub", "dïshub"]
)
def test_an_id_that_would_break_source_ids_is_refused(key: str) -> None:
    with pytest.raises(ValidationError, match="huruf kecil"):
        policy(opd={key: Opd(name="A", short="A"), "dishub": Opd(name="B", short="B")})


@given(st.sets(st.from_regex(ID, fullmatch=True), min_size=1, max_size=8), st.data())
def test_all_problems_are_found_at_once_however_many_there_are(
    strangers: set[str], data: st.DataObject
) -> None:
    strangers -= {"dishub", "pln", "pemkot"}
    sectors = data.draw(
        st.lists(
            st.sampled_from(list(SECTORS)),
            min_size=len(strangers),
            max_size=len(strangers),
            unique=True,
        )
    )
    wrong = dict(zip(sectors, sorted(strangers), strict=True))
    owners = dict.fromkeys(SECTORS, "dishub") | wrong
    if not wrong:
        assert policy(sector_opd=owners)
        return
    with pytest.raises(ValidationError) as caught:
        policy(sector_opd=owners)
    said = str(caught.value.errors()[0]["ctx"]["error"]).splitlines()
    assert len(said) == len(wrong)
    for sector, stranger in wrong.items():
        assert any(f"sector_opd.{sector}: OPD `{stranger}`" in line for line in said)


def test_a_rule_may_name_an_outside_body_sectors_and_a_kecamatan() -> None:
    rule = Rule(id="gardu", words=("gardu",), opd="pln", sectors=("listrik",), kecamatan="utara")
    assert policy(rule=[rule]).rule == (rule,)


def test_a_street_lies_in_one_kecamatan_or_in_several() -> None:
    both = {"utara": Kecamatan(name="Utara"), "selatan": Kecamatan(name="Selatan")}
    city = policy(kecamatan=both, jalan={"melati": "utara", "jl. raya": ["utara", "selatan"]})
    assert city.jalan == {"melati": ("utara",), "jl. raya": ("utara", "selatan")}
    assert policy().jalan == {}


@pytest.mark.parametrize(
    ("streets", "words"),
    [
        ({"melati": "utra"}, r"jalan `melati`: kecamatan `utra` .*mungkin maksudnya `utara`"),
        ({"melati": ["utara", "timur"]}, "jalan `melati`: kecamatan `timur`"),
        ({" ": "utara"}, "nama jalan kosong"),
        ({"melati": []}, "at least 1 item"),
        ({"melati": 3}, "tuple"),
    ],
)
def test_a_street_that_leads_nowhere_is_refused(streets: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        policy(jalan=streets)


def test_the_example_shows_how_streets_are_written(city: Policy) -> None:
    assert city.jalan
    assert {place for places in city.jalan.values() for place in places} <= set(city.kecamatan)


# --- Deadlines -----------------------------------------------------------------------------------

DAY = TimeAllowed(days=1)


def test_a_policy_that_says_nothing_has_the_usual_deadlines(city: Policy) -> None:
    usual = Deadlines()
    assert city.deadline == usual  # the example writes them out
    assert policy().deadline == usual
    assert usual.first_answer_for() == usual.first_answer_for("dishub", "aspirasi") == DAY
    assert usual.verification_for("dishub") == TimeAllowed(days=3)
    days = {jenis: usual.follow_up_for("dishub", jenis) for jenis in sorted(ACTIONABLE)}
    assert days == {
        "aspirasi": TimeAllowed(days=14),
        "pengaduan": TimeAllowed(days=14),
        "permintaan_informasi": TimeAllowed(days=5),
    }
    assert usual.follow_up_for("dishub", "pengaduan", sensitive=True) == TimeAllowed(days=60)
    assert (usual.auto_close, usual.warn_before, usual.escalate_after) == (10, 4, 1)
    assert usual.pauses == ("tertunda", "koordinasi")


@pytest.mark.parametrize("jenis", ["apresiasi", "spam", "tidak_ada", None])
def test_what_asks_for_nothing_has_no_follow_up(jenis: str | None) -> None:
    assert Deadlines().follow_up_for("dishub", jenis, sensitive=True) is None


def test_an_opd_comes_before_a_jenis_and_a_jenis_before_the_general_time() -> None:
    written = {
        "first_answer": 2,
        "follow_up": {"aspirasi": "20 jam"},
        "jenis": {"permintaan_informasi": {"first_answer": "6 jam"}},
        "opd": {"dishub": {"first_answer": 3, "follow_up": {"pengaduan": 7}}},
    }
    city = policy(deadline=written).deadline
    assert city.first_answer_for() == city.first_answer_for("dlh", "pengaduan")
    assert city.first_answer_for() == TimeAllowed(days=2)
    assert city.first_answer_for("dlh", "permintaan_informasi") == TimeAllowed(minutes=360)
    assert city.first_answer_for("dishub", "permintaan_informasi") == TimeAllowed(days=3)
    assert city.verification_for("dishub") == city.verification_for() == TimeAllowed(days=3)
    assert city.follow_up_for("dishub", "pengaduan") == TimeAllowed(days=7)
    assert city.follow_up_for("dishub", "aspirasi") == TimeAllowed(minutes=1200)
    assert city.follow_up_for("dlh", "pengaduan") == TimeAllowed(days=14)
    assert city.follow_up_for(None, "permintaan_informasi") == TimeAllowed(days=5)
    assert city.follow_up_for("dishub", "pengaduan", sensitive=True) == TimeAllowed(days=60)


def test_an_opd_may_have_a_verification_of_its_own_and_a_city_no_pauses() -> None:
    city = policy(deadline={"opd": {"dishub": {"verification": "8 jam"}}, "pauses": []}).deadline
    assert city.verification_for("dishub") == TimeAllowed(minutes=480)
    assert city.verification_for("dlh") == TimeAllowed(days=3)
    assert city.pauses == ()


@pytest.mark.parametrize(
    "wrong", [0, 366, -1, True, 1.5, "", "6", "0 jam", "6jam", "6 jam ", "1000 jam", "2 hari", [1]]
)
def test_a_time_that_is_neither_days_nor_hours_is_refused(wrong: object) -> None:
    for deadline in (
        {"first_answer": wrong},
        {"follow_up": {"aspirasi": wrong}},
        {"opd": {"dishub": {"verification": wrong}}},
        {"jenis": {"aspirasi": {"first_answer": wrong}}},
    ):
        with pytest.raises(ValidationError, match='misalnya 3 atau "6 jam"'):
            policy(deadline=deadline)


@pytest.mark.parametrize(
    ("allowed", "words"),
    [
        (TimeAllowed(days=14), "14 hari kerja"),
        (TimeAllowed(minutes=360), "6 jam kerja"),
        (TimeAllowed(minutes=45), "45 menit kerja"),
        (TimeAllowed(minutes=90), "1 jam 30 menit kerja"),
    ],
)
def test_a_time_is_said_in_days_hours_and_minutes(allowed: TimeAllowed, words: str) -> None:
    assert allowed.words == words
