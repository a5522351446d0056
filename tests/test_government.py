"""What the government of a city or regency is called, and where a text calls it otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.government import government_of, other_government


@pytest.mark.parametrize(
    ("city", "called"),
    [
        ("Kota Sukamaju", "Pemerintah Kota Sukamaju"),
        ("Kabupaten Contoh", "Pemerintah Kabupaten Contoh"),
        ("kab. Contoh Barat", "Pemerintah Kabupaten Contoh Barat"),
        ("Kab Contoh", "Pemerintah Kabupaten Contoh"),
        ("KOTA  CONTOH", "Pemerintah Kota CONTOH"),
        ("Pemkab Contoh", "Pemerintah Kabupaten Contoh"),
        ("Pemkot Contoh", "Pemerintah Kota Contoh"),
        ("Pemerintah Kabupaten Contoh", "Pemerintah Kabupaten Contoh"),
        ("Provinsi Contoh", "Pemerintah Provinsi Contoh"),
        ("Kota", "Pemerintah Kota"),
        ("Contoh", "Pemerintah Daerah Contoh"),
        ("Kotabaru", "Pemerintah Daerah Kotabaru"),
        ("", "Pemerintah Daerah"),
    ],
)
def test_a_government_is_called_by_the_kind_that_stands_in_the_name(city: str, called: str) -> None:
    assert government_of(city) == called


@given(st.text(max_size=60))
def test_whatever_the_name_one_line_begins_with_pemerintah(city: str) -> None:
    called = government_of(city)
    assert called.startswith("Pemerintah ")
    assert called == " ".join(called.split())
    assert government_of(called) == called


def test_a_text_that_calls_a_regency_a_city_is_found() -> None:
    regency, city = "Pemerintah Kabupaten Contoh", "Pemerintah Kota Contoh"
    assert other_government("bukan kewenangan Pemerintah\nKota.", regency) == "Pemerintah Kota"
    assert other_government("Salam dari Pemkot", regency) == "Pemkot"
    assert other_government("bukan kewenangan pemerintah kabupaten", city) == "pemerintah kabupaten"
    for text in ("bukan kewenangan Pemerintah Kabupaten", "kota tua", "Pemerintah Provinsi"):
        assert other_government(text, regency) == ""
    assert other_government("Salam, Pemkot Contoh", regency) == "Pemkot"
    neighbour = "Jalan itu kewenangan Pemerintah Kota Sebelah, bukan kami."
    assert other_government(neighbour, regency) == ""
    assert other_government(f"{neighbour} Salam dari Pemkot.", regency) == "Pemkot"
    assert other_government("Pemerintah Kota dan Pemkab", "Pemerintah Daerah Contoh") == ""
