"""First steps in danger: what comes with the program, what a city makes of it, what suits."""

import re

import pytest
from hypothesis import given as from_any
from hypothesis import strategies as st
from pydantic import ValidationError

from tanggap.advice import (
    AT_MOST,
    GRAVE,
    Advice,
    Case,
    advised,
    called,
    dangers,
    filled,
    given,
    packaged,
)
from tanggap.advice_words import CONTACTS
from tanggap.contacts import NAMES, Contacts
from tanggap.sectors import SECTORS

EVERY = given(())


def kinds(
    *because: str,
    urgent: bool = True,
    sensitive: bool = False,
    sector: str | None = None,
    text: str = "",
) -> list[str]:
    return [one.id for one in advised(EVERY, Case(urgent, sensitive, sector, because, text))]


def test_the_packaged_texts_are_short_named_and_end_with_those_for_any_danger() -> None:
    every = packaged()
    assert len({one.id for one in every}) == len(every)
    for one in every:
        assert one.title
        assert one.contacts
        assert 80 <= len(filled(one, Contacts())) <= 330
    general = [one.id for one in every if not (one.words or one.sectors)]
    assert general == ["umum", "peka"]
    assert [one.id for one in every][-2:] == general


def test_no_text_has_anything_personal_asked_for_in_public() -> None:
    for one in packaged():
        asked = re.findall(r"Tanyakan hanya ([^.;]*)", one.text)
        for what in asked:
            assert not re.search(r"\b(nama|nik|alamat|foto|nomor)\b", what.lower())


def test_every_contact_has_a_caption_and_a_number_and_is_called_for_by_some_kind() -> None:
    assert set(CONTACTS) == set(NAMES)
    assert set(called(packaged())) == set(NAMES)
    numbers = Contacts()
    assert (numbers.emergency, numbers.police, numbers.women_children[:3]) == ("112", "110", "129")


@pytest.mark.parametrize(
    ("because", "flags", "first"),
    [
        ("darurat:kebakaran", "u", "kebakaran"),
        ("darurat:kobaran api", "u", "kebakaran"),
        ("darurat:kesetrum kabel", "u", "listrik"),
        ("darurat:motor ditabrak", "u", "kecelakaan"),
        ("darurat:pecah ketuban", "u", "medis"),
        ("darurat:bawa celurit", "u", "kekerasan"),
        ("darurat:air sepinggang", "u", "bencana"),
        ("darurat:mau lompat", "us", "bunuh_diri"),
        ("sensitif:bunuh diri", "s", "bunuh_diri"),
        ("sensitif:pelecehan", "s", "perempuan_anak"),
        ("sensitif:dilecehkan", "s", "perempuan_anak"),
        ("sensitif:oknum polisi", "s", "wewenang"),
        ("sensitif:dikorupsi", "s", "wewenang"),
    ],
)
def test_the_word_that_set_a_flag_tells_the_kind(because: str, flags: str, first: str) -> None:
    found = kinds(because, urgent="u" in flags, sensitive="s" in flags)
    assert found[0] == first


def test_where_only_the_model_spoke_the_text_tells_and_then_the_sector() -> None:
    assert kinds("darurat:model", text="KEBAKARAN!! di pasar lama") == ["kebakaran"]
    assert kinds("darurat:model", text="tolong", sector="drainase_banjir") == ["bencana"]
    assert kinds("sensitif:model", urgent=False, sensitive=True, sector="desa") == ["wewenang"]


def test_a_word_of_the_reasons_goes_before_one_of_the_text() -> None:
    assert kinds("darurat:banjir", text="banjir, takut kabel listrik nyetrum") == ["bencana"]


BEATEN = (
    "anak saya dikeroyok, digebukin temannya, sekarang bilang pengen mati",
    ("darurat:dikeroyok", "darurat:digebukin", "sensitif:dikeroyok", "sensitif:digebukin"),
)


def test_a_grave_danger_in_the_text_is_found_beside_the_reasons_and_suicide_stands_first() -> None:
    text, because = BEATEN
    assert kinds(*because, sensitive=True, text=text) == ["bunuh_diri", "kekerasan"]
    assert kinds("darurat:banjir", text="banjir, ada yang diculik") == ["kekerasan", "bencana"]
    said = "korban dilecehkan oknum guru"
    assert kinds("sensitif:oknum guru", sensitive=True, text=said)[0] == "perempuan_anak"


def test_every_grave_danger_is_a_packaged_one_and_suicide_stands_first() -> None:
    assert [one.id for one in packaged() if one.id in GRAVE] == list(GRAVE)


def test_two_kinds_are_shown_and_none_is_left_out_of_all_that_there_are() -> None:
    because = ("darurat:kebakar", "darurat:sesak napas", "sensitif:dianiaya")
    case = Case(True, True, None, because, "")
    assert [one.id for one in dangers(EVERY, case)] == ["kebakaran", "medis", "kekerasan"]
    assert advised(EVERY, case) == dangers(EVERY, case)[:AT_MOST]


def test_words_stand_whole_and_never_across_two_reasons() -> None:
    assert kinds(text="apiknya taman kota") == ["umum"]
    assert kinds(text="tiga setengah") == ["umum"]
    assert kinds("darurat:bunuh", "sensitif:diri") == ["kekerasan"]
    assert kinds(text="gas\nbocor!") == ["kebakaran"]


def test_violence_about_a_woman_or_child_gets_the_safe_way_beside_the_police() -> None:
    found = kinds("sensitif:dihajar", sensitive=True, sector="perempuan_anak")
    assert found == ["perempuan_anak", "kekerasan"]


def test_danger_for_life_stands_before_the_abuse_of_an_office() -> None:
    assert kinds("darurat:dipukuli", "sensitif:oknum satpol", sensitive=True) == [
        "kekerasan",
        "wewenang",
    ]


def test_a_matter_that_is_only_sensitive_is_no_accident() -> None:
    assert kinds(text="disabet kabel", urgent=False, sensitive=True) == ["peka"]
    assert kinds(text="oknum", urgent=True, sensitive=False) == ["umum"]


def test_what_is_not_recognised_gets_the_general_emergency_number_if_it_is_urgent() -> None:
    assert kinds(text="tolong kami") == ["umum"]
    assert kinds(text="tolong kami", sensitive=True) == ["umum"]
    assert kinds(text="tolong kami", urgent=False, sensitive=True) == ["peka"]
    [umum] = advised(EVERY, Case(True, False, None, (), ""))
    assert umum.contacts[0] == "emergency"
    assert "112" in filled(umum, Contacts())


def test_an_ordinary_complaint_gets_none() -> None:
    assert kinds(text="kebakaran", urgent=False, sector="bencana_damkar") == []


def test_a_city_replaces_one_switches_one_off_adds_one_and_has_its_own_numbers() -> None:
    own = (
        Advice(id="kebakaran", title="Api", text="Hubungi {fire}.", words=("kebakaran",)),
        Advice(id="peka", text=""),
        Advice(id="kimia", title="Kimia", text="Menjauh.", words=("klorin",), contacts=("fire",)),
    )
    every = given(own)
    assert [one.title for one in every if one.id == "kebakaran"] == ["Api"]
    assert [one.id for one in every][-2:] == ["kimia", "umum"]
    case = Case(True, False, None, (), "bau klorin dari pabrik")
    assert [one.id for one in advised(every, case)] == ["kimia"]
    numbers = Contacts(fire="0274 555 113")
    assert filled(own[0], numbers) == "Hubungi 0274 555 113."


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"text": "Telepon {emergensi}."}, "emergency"),
        ({"text": "Telepon {emergency."}, "kurung kurawal"),
        ({"text": "Halo", "title": ""}, "title"),
        ({"contacts": ("polis",)}, "police"),
        ({"sectors": ("jalanan",)}, "jalan"),
        ({"words": ("",)}, "tidak sah"),
        ({"words": ("api.*",)}, "tidak sah"),
        ({"nomor": "112"}, "nomor"),
    ],
)
def test_what_a_city_writes_wrongly_is_refused_with_the_word_that_is_wrong(
    written: dict[str, object], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        Advice.model_validate({"id": "uji", "title": "Uji", "text": "Uji.", **written})


@pytest.mark.parametrize("number", ["", "  ", "1\n2", "9" * 61])
def test_a_number_is_one_line_that_says_something(number: str) -> None:
    with pytest.raises(ValidationError):
        Contacts(emergency=number)


@from_any(
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, *SECTORS]),
    st.lists(st.text(max_size=30).map(lambda one: f"darurat:{one}"), max_size=3),
    st.text(max_size=300),
)
def test_whatever_an_item_says_it_has_advice_just_when_it_is_urgent_or_sensitive(
    urgent: bool, sensitive: bool, sector: str | None, because: list[str], text: str
) -> None:
    found = advised(EVERY, Case(urgent, sensitive, sector, because, text))
    assert bool(found) is (urgent or sensitive)
    assert found == dangers(EVERY, Case(urgent, sensitive, sector, because, text))[:AT_MOST]
    assert len(found) <= AT_MOST
    assert all("{" not in filled(one, Contacts()) for one in found)
    assert all(urgent or not one.urgent for one in found)
    assert all(sensitive or not one.sensitive for one in found)


@pytest.mark.parametrize("text", ["a" * 100_000, "a " * 50_000, "mau\u00a0" * 25_000, "api" * 9999])
def test_the_longest_text_is_read_too(text: str) -> None:
    assert kinds(text=text) == ["umum"]
