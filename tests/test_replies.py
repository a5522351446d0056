"""Reply drafts: what comes with the program, what a city makes of it, which suit an item."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap import advice
from tanggap.contacts import Contacts
from tanggap.mention import ACTIONABLE, JENIS
from tanggap.replies import FIELDS, Reply, filled, offered, packaged, suitable
from tanggap.sectors import SECTORS

VALUES = {
    **dict.fromkeys(FIELDS, ""),
    "opd": "Dinas Uji",
    "nomor": "17",
    "kota": "Sukamaju",
    **Contacts().model_dump(),
}
PERSONS_IN_DANGER = ("bunuh_diri", "perempuan_anak", "kekerasan", "wewenang")


def ids(replies: list[Reply]) -> list[str]:
    return [reply.id for reply in replies]


def test_the_packaged_drafts_are_different_short_and_without_personal_questions() -> None:
    texts = [filled(reply.text, VALUES) for reply in packaged()]
    assert len({reply.id for reply in packaged()}) == len(set(texts)) == len(texts)
    for text in texts:
        assert 60 <= len(text) <= 280, "a post on X holds 280 characters"
        assert not re.search(
            r"(?i)sebutkan[^.]*(nik|nomor telepon|alamat rumah|nama lengkap)", text
        )


@pytest.mark.parametrize("sector", [one for one in SECTORS if one not in ("lainnya", "listrik")])
def test_a_complaint_about_any_sector_of_the_city_has_a_draft_of_its_own(sector: str) -> None:
    first = suitable(packaged(), "pengaduan", sector, urgent=False)[0]
    assert sector in first.sectors
    assert first.title


@pytest.mark.parametrize("jenis", [*sorted(ACTIONABLE), "apresiasi"])
def test_any_jenis_that_wants_an_answer_has_a_draft_without_a_sector(jenis: str) -> None:
    assert suitable(packaged(), jenis, None, urgent=False)


def test_an_urgent_item_is_first_told_where_help_comes_at_once() -> None:
    found = suitable(packaged(), "pengaduan", "bencana_damkar", urgent=True)
    assert ids(found)[:2] == ["darurat", "bencana"]
    assert "112" in filled(found[0].text, VALUES)
    assert "darurat" not in ids(suitable(packaged(), "pengaduan", "bencana_damkar", urgent=False))


@pytest.mark.parametrize("danger", PERSONS_IN_DANGER)
@pytest.mark.parametrize("jenis", ["pengaduan", "aspirasi", "bukan_aduan"])
def test_a_danger_for_a_person_has_drafts_of_its_own_and_no_others(danger: str, jenis: str) -> None:
    assert danger in {one.id for one in advice.packaged()}
    for sector in (None, *SECTORS):
        found = suitable(packaged(), jenis, sector, urgent=True, dangers=(danger,))
        assert found
        assert all(danger in one.dangers for one in found)


def test_a_draft_for_a_person_in_danger_names_the_help_and_nothing_of_the_case() -> None:
    helped_by = {
        "bunuh_diri": ("suicide", "emergency"),
        "perempuan_anak": ("women_children", "emergency", "police"),
        "kekerasan": ("emergency", "police"),
        "wewenang": ("wbs", "emergency"),
    }
    for reply in packaged():
        for danger in reply.dangers:
            assert all(f"{{{name}}}" in reply.text for name in helped_by[danger]), reply.id
            for of_the_case in ("{nomor}", "{kecamatan}", "{sektor}", "{opd"):
                assert of_the_case not in reply.text, reply.id
            assert not re.search(r"(?i)\b(nomor aduan|laporan anda|dicatat|diproses)\b", reply.text)
            if re.search(r"(?i)\b(foto|bukti)", reply.text):
                assert "ditulis atau dibagikan" in reply.text, reply.id
            assert "pribadi" in reply.text or "rahasia" in reply.text, "the case goes on elsewhere"


def test_who_may_need_112_is_told_a_second_number_as_few_places_run_112() -> None:
    acute = [one for one in packaged() if one.urgent or {*one.dangers} - {"wewenang"}]
    assert len(acute) >= 6
    for reply in acute:
        assert "{emergency}" in reply.text, reply.id
        assert "{ambulance}" in reply.text or "{police}" in reply.text, reply.id


def test_who_reports_an_official_is_not_sent_to_the_police_who_may_be_meant() -> None:
    found = suitable(packaged(), "pengaduan", None, urgent=False, dangers=("wewenang",))
    assert found
    assert not any("{police}" in one.text for one in found)


def test_where_somebody_has_died_the_bereaved_are_given_condolence_and_help() -> None:
    found = suitable(packaged(), "pengaduan", None, urgent=True, dangers=("bunuh_diri",))
    [mourning] = [one for one in found if "berduka" in one.text]
    assert "meninggal" in mourning.title
    assert all(field in mourning.text for field in ("{police}", "{suicide}", "foto"))
    assert "bercerita" not in mourning.text


def test_of_two_dangers_the_drafts_of_the_first_stand_first() -> None:
    both = suitable(packaged(), "pengaduan", None, urgent=True, dangers=("kekerasan", "bunuh_diri"))
    first = [one.dangers[0] for one in both]
    assert first == sorted(first, key=("kekerasan", "bunuh_diri").index)
    assert set(first) == {"kekerasan", "bunuh_diri"}


def test_a_danger_without_drafts_of_its_own_changes_nothing() -> None:
    plain = suitable(packaged(), "pengaduan", "jalan", urgent=True)
    assert suitable(packaged(), "pengaduan", "jalan", urgent=True, dangers=("bencana",)) == plain
    assert not any(one.dangers for one in plain)


def test_a_city_that_switches_drafts_for_a_danger_off_gets_none_and_not_the_general_ones() -> None:
    own = [Reply(id=one.id, text="") for one in packaged() if "bunuh_diri" in one.dangers]
    assert not suitable(offered(own), "pengaduan", None, urgent=True, dangers=("bunuh_diri",))


def test_a_city_replaces_one_switches_one_off_and_adds_one() -> None:
    own = (
        Reply(id="jalan", title="Jalan kami", text="Kami cek.", sectors=("jalan",)),
        Reply(id="apresiasi", text=""),
        Reply(id="tambahan", title="Tambahan", text="Halo."),
    )
    merged = offered(own)
    assert [one.title for one in merged if one.id == "jalan"] == ["Jalan kami"]
    assert "apresiasi" not in ids(list(merged))
    assert merged[-1].id == "tambahan"
    assert len(merged) == len(packaged())


def test_a_draft_is_filled_and_an_unknown_place_leaves_no_double_blank() -> None:
    assert (
        filled("Di {kecamatan} nomor {nomor}, {opd}. {{x}}", VALUES)
        == "Di nomor 17, Dinas Uji. {x}"
    )
    assert filled("Halo.\n\nNomor {nomor}.\n", VALUES) == "Halo.\n\nNomor 17."


@given(
    st.sampled_from(JENIS),
    st.sampled_from([None, *SECTORS]),
    st.booleans(),
    st.lists(st.sampled_from([one.id for one in advice.packaged()]), max_size=2, unique=True),
)
def test_whatever_the_item_every_draft_suits_it_and_has_no_open_field(
    jenis: str, sector: str | None, urgent: bool, dangers: list[str]
) -> None:
    for reply in suitable(packaged(), jenis, sector, urgent=urgent, dangers=dangers):
        assert not reply.jenis or jenis in reply.jenis
        assert not reply.sectors or sector in reply.sectors
        assert "{" not in filled(reply.text, VALUES)
