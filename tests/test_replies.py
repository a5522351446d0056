"""Reply drafts: what comes with the program, what a city makes of it, which suit an item."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.mention import ACTIONABLE, JENIS
from tanggap.replies import FIELDS, Reply, filled, offered, packaged, suitable
from tanggap.sectors import SECTORS

VALUES = dict.fromkeys(FIELDS, "") | {"opd": "Dinas Uji", "nomor": "17", "kota": "Sukamaju"}


def ids(replies: list[Reply]) -> list[str]:
    return [reply.id for reply in replies]


def test_the_packaged_drafts_are_different_short_and_without_personal_questions() -> None:
    texts = [reply.text for reply in packaged()]
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
    assert "112" in found[0].text
    assert "darurat" not in ids(suitable(packaged(), "pengaduan", "bencana_damkar", urgent=False))


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
    reply = Reply(id="a", title="A", text="Di {kecamatan} nomor {nomor}, {opd}. {{x}}")
    assert filled(reply, VALUES) == "Di nomor 17, Dinas Uji. {x}"
    assert filled(Reply(id="b", title="B", text="Halo.\n\nNomor {nomor}.\n"), VALUES) == (
        "Halo.\n\nNomor 17."
    )


@given(st.sampled_from(JENIS), st.sampled_from([None, *SECTORS]), st.booleans())
def test_whatever_the_item_every_draft_suits_it_and_has_no_open_field(
    jenis: str, sector: str | None, urgent: bool
) -> None:
    for reply in suitable(packaged(), jenis, sector, urgent=urgent):
        assert not reply.jenis or jenis in reply.jenis
        assert not reply.sectors or sector in reply.sectors
        assert "{" not in filled(reply, VALUES)
