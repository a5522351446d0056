"""Names of sectors that fit beside a bar or a cell."""

from tanggap.sectors import SECTORS

_SHORT = {
    "jalan": "Jalan",
    "drainase_banjir": "Drainase",
    "perumahan": "Perumahan",
    "bencana_damkar": "Bencana",
    "ketertiban": "Ketertiban",
    "kesehatan": "Kesehatan",
    "pendidikan": "Pendidikan",
    "sosial": "Sosial",
    "ketenagakerjaan": "Tenaga kerja",
    "perempuan_anak": "Ibu & anak",
    "kebersihan_lingkungan": "Kebersihan",
    "kependudukan": "Dukcapil",
    "desa": "Desa",
    "perhubungan": "Perhubungan",
    "kominfo": "Kominfo",
    "perdagangan_umkm": "Perdagangan",
    "perizinan": "Perizinan",
    "pariwisata_olahraga": "Pariwisata",
    "pertanian": "Pertanian",
    "pajak_aset": "Pajak & aset",
    "pemerintahan": "Aparatur",
    "air_bersih": "Air bersih",
    "listrik": "Listrik",
    "lainnya": "Lainnya",
}
SHORT = {sector: _SHORT.get(sector, caption) for sector, (caption, _) in SECTORS.items()}
"""A sector that has no short name here is called by its caption."""
