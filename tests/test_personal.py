"""Personal data in texts: what is found and hidden, and what everybody may go on reading.

Every number, name and address is invented.
"""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.personal import DOTS, Kind, find, mask, without_handles

HIDDEN: list[tuple[Kind, str, str]] = [
    # NIK and KK: 16 digits with a region and a date in them.
    ("nik", "NIK 3201011208450001 belum terdaftar", "NIK •••• belum terdaftar"),
    ("nik", "nik saya: 32.01.01.120845.0001", "nik saya: ••••"),
    ("nik", "3273015203900002 atas nama ibu", "NIK •••• atas nama ibu"),
    ("nik", "3273 0152 0390 0002 ditolak", "NIK •••• ditolak"),
    ("nik", "3273-0152-0390-0002", "NIK ••••"),
    ("nik", "KTP: 3273015203900002", "KTP: ••••"),
    ("nik", "no KTP saya 3273015203900002 ya", "no KTP saya •••• ya"),
    ("nik", "no induk kependudukan 3273015203900002", "no induk kependudukan ••••"),
    ("nik", "nik3273015203900002", "nik••••"),
    ("nik", "(3273015203900002)", "(NIK ••••)"),
    ("nik", "NIK 1234567890123456 salah ketik", "NIK •••• salah ketik"),
    ("nik", "NIK 327301520390000 kurang satu angka", "NIK •••• kurang satu angka"),
    ("nik", "e-ktp 3578 014107 650003 hilang", "e-ktp •••• hilang"),
    ("nik", "3578014107650003, mohon dicek", "NIK ••••, mohon dicek"),
    ("nik", "327301520390001O dan 3273O15203900002", "NIK •••• dan NIK ••••"),
    ("nik", "https://contoh.example/cek?nik=3273015203900002", "https://contoh.example/cek?nik=••••"),
    ("nik", "idr 3273015203900002", "idr NIK ••••"),
    ("nik", "3273015203900002 rupiah", "NIK •••• rupiah"),
    ("nik", "３２７３０１５２０３９００００２", "NIK ••••"),
    ("kk", "KK 3273011203900002", "KK ••••"),
    ("kk", "kartu keluarga 3273 0112 0390 0002", "kartu keluarga ••••"),
    ("kk", "no. KK kami : 3273011203900002 belum jadi", "no. KK kami : •••• belum jadi"),
    # Telephones.
    ("phone", "08123456789", "0812••••789"),
    ("phone", "hubungi 08123456789 ya", "hubungi 0812••••789 ya"),
    ("phone", "wa 0812-3456-7890", "wa 0812••••890"),
    ("phone", "0812 3456 7890", "0812••••890"),
    ("phone", "0812.3456.7890", "0812••••890"),
    ("phone", "0812 345 678", "0812••••78"),
    ("phone", "(0812) 3456 7890", "(0812••••890"),
    ("phone", "+62 812-3456-7890", "+62812••••890"),
    ("phone", "+6281234567890", "+62812••••890"),
    ("phone", "62 812 3456 7890", "62812••••890"),
    ("phone", "6281234567890", "62812••••890"),
    ("phone", "+62 (0) 812 3456 7890", "+62081••••890"),
    ("phone", "o8123456789o", "0812••••890"),
    ("phone", "O812 3456 789O", "0812••••890"),
    ("phone", "o8I2-3456-7890", "0812••••890"),
    ("phone", "0 8 1 2 3 4 5 6 7 8 9 0", "0812••••890"),
    ("phone", "08 12 34 56 78 90", "0812••••890"),
    ("phone", "0-8-1-2-3-4-5-6-7-8-9-0", "0812••••890"),
    ("phone", "0️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣9️⃣0️⃣", "0812••••890"),
    ("phone", "０８１２３４５６７８９", "0812••••789"),
    ("phone", "0812\u200b3456\u200b7890", "0812••••890"),
    ("phone", "0812\u00ad3456\u200e7890", "0812••••890"),
    ("phone", "081234567890ya min", "0812••••890ya min"),
    ("phone", "hp081234567890", "hp0812••••890"),
    ("phone", "WA:081234567890", "WA:0812••••890"),
    ("phone", "WA 812-3456-7890", "WA 8123••••890"),
    ("phone", "telp rumah 0341-551234", "telp rumah 0341••••34"),
    ("phone", "telp (021) 5551234", "telp (0215••••34"),
    ("phone", "https://wa.me/6281234567890", "https://wa.me/62812••••890"),
    ("phone", "https://api.whatsapp.com/send?phone=6281234567890&text=halo",
     "https://api.whatsapp.com/send?phone=62812••••890&text=halo"),
    ("phone", "wa.me/6281234567890", "wa.me/62812••••890"),
    ("phone", "https://t.me/+6281234567890", "https://t.me/+62812••••890"),
    ("phone", "t.me/+6281234567890", "t.me/+62812••••890"),
    ("phone", "kirim ke +65 8123 4567", "kirim ke +6581••••67"),
    # Beside money, though no money themselves.
    ("phone", "Rp 081234567890", "Rp 0812••••890"),
    ("phone", "hubungi Rp.0812-3456-7890", "hubungi Rp.0812••••890"),
    ("phone", "0812-3456-789 rb", "0812••••789 rb"),
    ("phone", "0812 3456 7890 juta", "0812••••890 juta"),
    ("phone", "nomor 62 812 3456 7890 perak", "nomor 62812••••890 perak"),
    ("phone", "(0812) 3456 7890 rupiah", "(0812••••890 rupiah"),
    ("phone", "lapor 0812 3456 7890 2 orang", "lapor 0812••••890 2 orang"),
    ("phone", "#08123456789", "#0812••••789"),
    ("phone", "lampu mati di depan, cp 0857 1234 5678 (Budi)",
     "lampu mati di depan, cp 0857••••678 (Budi)"),
    # Vehicle plates.
    ("plate", "B 1234 XYZ parkir di trotoar", "B •••• parkir di trotoar"),
    ("plate", "b 1234 xyz", "b ••••"),
    ("plate", "B1234XYZ", "B ••••"),
    ("plate", "b1234xy ngebut", "b •••• ngebut"),
    ("plate", "AB-4321-CD", "AB ••••"),
    ("plate", "DK 987 AB", "DK ••••"),
    ("plate", "plat D 12 AB", "plat D ••••"),
    ("plate", "nopol: L 5 A", "nopol: L ••••"),
    ("plate", "motor n 77 bc menerobos", "motor n •••• menerobos"),
    ("plate", "truk plat nomor KT 8123 RW", "truk plat nomor KT ••••"),
    ("plate", "mobil avanza hitam w 456 qq", "mobil avanza hitam w ••••"),
    ("plate", "angkot (F 1900 BC)", "angkot (F ••••)"),
    # E-mail addresses.
    ("email", "budi.s@gmail.com", "b••••@gmail.com"),
    ("email", "kirim ke BUDI_S+lapor@Contoh.co.id ya", "kirim ke B••••@Contoh.co.id ya"),
    ("email", "surel: 1budi@contoh.net.", "surel: 1••••@contoh.net."),
    ("email", "a@b.id", "a••••@b.id"),
    ("email", "mailto:siti@contoh.org", "mailto:s••••@contoh.org"),
    ("email", "081234567890@contoh.com", "0••••@contoh.com"),
    ("email", "budi@tanggap.pw", "b••••@tanggap.pw"),
    ("email", "kirim ke budi@contoh.comya", "kirim ke b••••@contoh.comya"),
    ("email", "budi@contoh.kota.photography.", "b••••@contoh.kota.photography."),
    ("email", "budi@contoh.com2", "b••••@contoh.com2"),
    # Accounts: banks, customers, insurance, tax.
    ("account", "rek BCA 1234567890 an Budi", "rek BCA ••••890 an Budi"),
    ("account", "no rekening 0123-01-001234-50-1", "no rekening ••••501"),
    ("account", "norek: 1234567890", "norek: ••••890"),
    ("account", "transfer ke Mandiri 1370012345678", "transfer ke Mandiri ••••678"),
    ("account", "1234567890 (BCA)", "••••890 (BCA)"),
    ("account", "1234567890 bank jatim", "••••890 bank jatim"),
    ("account", "BRI 0012 0100 1234 505", "BRI ••••505"),
    ("account", "BNI: 0123456789", "BNI: ••••789"),
    ("account", "rekening atas nama Budi 7123456789", "rekening atas nama Budi ••••789"),
    ("account", "idpel 512345678901 mati lampu", "idpel ••••901 mati lampu"),
    ("account", "no pelanggan 12345678", "no pelanggan ••••678"),
    ("account", "no. meter 14123456789", "no. meter ••••789"),
    ("account", "BPJS 0001234567890 tidak aktif", "BPJS ••••890 tidak aktif"),
    ("account", "NPWP 01.234.567.8-901.000", "NPWP ••••000"),
    ("account", "VA 8801234567890", "VA ••••890"),
    ("card", "4111 1111 1111 1111", "••••111"),
    ("card", "kartu 5555-5555-5555-4444", "kartu ••••444"),
]  # fmt: skip

OPEN = [
    # Years, dates, times.
    "tahun 2026 belum juga", "2024/2025", "sejak 12 Agustus 2025", "08-12-2026 10.30",
    "08-12-26 10.30", "08/12/2026, 13:45", "2026-11-20 08:15:30", "jam 08.15-16.30",
    "pukul 08.15 - 10.00 WIB", "08.15 s/d 16.30", "buka 08:00-16:00 setiap hari",
    "17/8/1945", "1998-2024", "20.00 WIB 08.00 WIB", "rapat 08.10 pagi",
    # Prices and amounts.
    "Rp 1.500.000", "Rp1.500.000,00", "150rb", "150 ribu", "rp 62.812.345.678", "1.250.000.000",
    "anggaran Rp. 8.123.456.789", "62.812.345.678 rupiah", "2,5 juta", "bayar BCA Rp 12.345.678",
    "rekening listrik 1.250.000", "rekening PDAM Rp 12345678", "50 jt per RT",
    "10-15 juta", "Rp 1.000.000-1.500.000", "2025 150 ribu", "transfer BRI 150000000",
    "3.000.000.000.000",
    # Addresses.
    "RT 03 RW 04 No 12", "RT.03/RW.04", "rt 003 rw 012", "Jl. Melati No. 123", "blok B 12 RT 3",
    "Blok D 123 AB", "Gang A 100 BC", "Jl. Raya KM 12 B", "kode pos 40123", "Perum Indah A 12 No 5",
    "km 7.8", "-6.2812345, 106.8123456", "-7.81234567, 110.37123456",
    # The public's numbers.
    "112", "hubungi 119", "telp 110 sekarang", "call 1708", "14045", "halo 14022 ya",
    "1500-567", "1500 123", "0800-1-500-567", "08001500567", "wa 112", "telp 123",
    "14045, 1500-567, 0800-1-500-567", "113 dan 115",
    # Handles, tags and links.
    "@budi081234567890", "@081234567890", "@dishub_sukamaju", "@b1234xyz", "@dinas.id",
    "kata @pdam.sukamaju.id itu", "#jalanrusak2026",
    "https://x.com/budi/status/1812345678901234567",
    "https://www.facebook.com/1234567890/posts/3273015203900002",
    "https://www.instagram.com/p/C081234567890/", "x.com/i/status/3273015203900002",
    "https://berita.contoh.example/read/2026/08/12/081234567890/jalan-rusak",
    "www.contoh.example/081234567890", "https://bit.ly/081234567890",
    # Words that look like plates.
    "P3K", "guru P3K 2024", "limbah B3", "D3 TI", "S 1 dan S 2", "S1 PGSD", "vitamin D 1000 IU",
    "d 500 m", "a 300 rb", "k 1000 per", "T 45 m", "b 2024 ini", "L 300 km", "kelas A 123 BC",
    "G 20", "KT 12", "B 1234", "bus R 4 di", "H 250 org", "pasal A 100 b", "M 1000 TB",
    "kerja dr 2019 phk", "2021 n 2022 d hentikan", "katup DN200 pk 4",
    "bank jatim tahun 2017-2022", "No 02.02.2022.06.0126",
    # Numbers of other things.
    "1234567", "12345678", "tiket 081234", "0812", "0812 3456", "nomor aduan 20261120001234",
    "1812345678901234567", "3299999999999999", "0000000000000000", "1234 5678 9012 3456",
    "3.1415926535897932", "0812345678ab12", "ab0812345678", "versi baseline-0123456789ab",
    "1 2 3 4 5 6 7 8 9", "123 456 789", "korban 10 orang, 12 luka", "nilai 08 dan 62",
    # Nothing at all.
    "", "lampu jalan mati", "NIK saya salah", "rek", "a.n. Budi", "•••• 0812••••789",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "shown"), HIDDEN, ids=[row[1] for row in HIDDEN])
def test_personal_data_is_found_and_hidden(kind: Kind, text: str, shown: str) -> None:
    assert mask(text) == shown
    assert {span.kind for span in find(text)} == {kind}


@pytest.mark.parametrize("text", OPEN)
def test_what_everybody_may_read_stays_as_it_is(text: str) -> None:
    assert mask(text) == text


def test_there_are_enough_cases_of_both_kinds() -> None:
    assert len(HIDDEN) >= 60
    assert len(OPEN) >= 60
    assert len({text for _, text, _ in HIDDEN}) + len(set(OPEN)) >= 190


def test_several_kinds_in_one_text_are_each_hidden_and_the_rest_stays() -> None:
    text = (
        "Min, NIK 3273015203900002 a.n. Siti, hp 0812-3456-7890 atau 0857 1234 5678, surel "
        "siti@contoh.com, kena tilang B 1234 XYZ tgl 08-12-2026 jam 10.30, denda Rp 250.000 lewat "
        "rek BRI 001201001234505. Call center 112."
    )
    assert mask(text) == (
        "Min, NIK •••• a.n. Siti, hp 0812••••890 atau 0857••••678, surel "
        "s••••@contoh.com, kena tilang B •••• tgl 08-12-2026 jam 10.30, denda Rp 250.000 lewat "
        "rek BRI ••••505. Call center 112."
    )
    assert [span.kind for span in find(text)] == [
        "nik", "phone", "phone", "email", "plate", "account",
    ]  # fmt: skip


OWN = frozenset({"dishub_sukamaju", "dinas.id"})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pelakunya @budi_santoso, cek", "pelakunya @••••, cek"),
        ("@Dishub_Sukamaju. tolong @dinas.id", "@Dishub_Sukamaju. tolong @dinas.id"),
        ("halo@siti.id ＠budi", "halo@•••• ＠••••"),
        ("lihat https://x.com/budi/status/1 ya", "lihat https://x.com/•••• ya"),
        ("www.instagram.com/budi", "www.instagram.com/••••"),
        ("b••••@contoh.com", "b••••@contoh.com"),
        ("Pak Joko, jam 08.00 @ alun-alun", "Pak Joko, jam 08.00 @ alun-alun"),
    ],
)
def test_in_a_copy_to_share_handles_are_hidden_but_those_of_the_city(text: str, shown: str) -> None:
    assert without_handles(text, OWN) == shown
    assert without_handles(shown, OWN) == shown


def test_a_text_of_the_longest_kind_is_masked_in_no_time() -> None:
    for piece in ("0 ", "08123456789 ", "a@", "@", "1.", "B 1234 XYZ ", "rek ", "-0", "o0l1", "."):
        text = (piece * 50_000)[:50_000]
        assert len(mask(text)) <= len(text) + 5 * text.count(piece)


CITIZEN = st.lists(
    st.sampled_from(
        [
            "08123456789", "0812", "3456", "7890", "3273015203900002", "rek", "BCA", "nik", "KK",
            "wa", "+62", "62", "B", "1234", "xyz", "budi@gmail.com", "@", "•", "••••", " ", "-",
            ".", "/", "Rp", "1.500.000", "12-08-2026", "10.30", "https://wa.me/", "https://x.com/",
            "o8", "2", "(", ")", "\n", "lampu", "4111111111111111", "idpel", "8", "?nik=", "+",
        ]
    ),
    max_size=14,
).map("".join) | st.text(max_size=80)  # fmt: skip


@settings(deadline=None)
@given(CITIZEN)
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask(text)
    assert mask(once) == once
    assert not find(once)


@settings(deadline=None)
@given(CITIZEN)
def test_what_is_found_lies_in_order_and_never_overlaps(text: str) -> None:
    end = 0
    for span in find(text):
        assert end <= span.start < span.end <= len(text)
        end = span.end


@settings(deadline=None)
@given(st.text().filter(lambda text: not any(c == "@" or c.isdecimal() for c in text)))
def test_a_text_without_digits_and_at_is_never_changed(text: str) -> None:
    assert mask(text) is text


@settings(deadline=None)
@given(
    st.sampled_from(["32", "35", "11", "73"]),
    st.integers(1, 79),
    st.integers(1, 99),
    st.integers(1, 31) | st.integers(41, 71),
    st.integers(1, 12),
    st.integers(0, 99),
    st.integers(1, 9999),
    st.sampled_from(["", " ", "-", "."]),
    st.text(string.ascii_letters + " ,!\n", max_size=30),
)
def test_no_digit_of_a_nik_is_shown(
    province: str, regency: int, district: int, day: int, month: int, year: int, serial: int,
    gap: str, around: str,
) -> None:  # fmt: skip
    nik = f"{province}{regency:02}{district:02}{day:02}{month:02}{year:02}{serial:04}"
    written = gap.join(nik[at : at + 4] for at in range(0, 16, 4))
    shown = mask(f"{around} {written} {around}")
    assert not any(character.isdecimal() for character in shown)
    assert DOTS in shown


@settings(deadline=None)
@given(st.from_regex(r"08[1-9][0-9]{7,9}", fullmatch=True), st.sampled_from([" ", "-", ".", ""]))
def test_of_a_telephone_number_at_most_seven_digits_are_shown(phone: str, gap: str) -> None:
    written = gap.join([phone[:4], phone[4:8], phone[8:]])
    shown = mask(f"tolong {written} mohon")
    assert shown.startswith(f"tolong {phone[:4]}{DOTS}")
    assert sum(character.isdecimal() for character in shown) <= 7
