"""The standard list of sectors. Which OPD owns one is the city's own policy, not this list.

Urusan codes: UU 23/2014 art. 12 and Permendagri 90/2019.
"""

SECTORS: dict[str, tuple[str, str]] = {
    "jalan": ("Jalan & jembatan", "1.03"),
    "drainase_banjir": ("Drainase, sungai & banjir", "1.03"),
    "perumahan": ("Perumahan, permukiman & sanitasi", "1.04"),
    "bencana_damkar": ("Bencana, kebakaran & penyelamatan", "1.05"),
    "ketertiban": ("Ketenteraman & ketertiban", "1.05"),
    "kesehatan": ("Kesehatan", "1.02"),
    "pendidikan": ("Pendidikan", "1.01"),
    "sosial": ("Sosial & bantuan sosial", "1.06"),
    "ketenagakerjaan": ("Ketenagakerjaan", "2.07"),
    "perempuan_anak": ("Perlindungan perempuan & anak", "2.08"),
    "kebersihan_lingkungan": ("Kebersihan & lingkungan hidup", "2.11"),
    "kependudukan": ("Administrasi kependudukan", "2.12"),
    "desa": ("Pemberdayaan masyarakat & desa", "2.13"),
    "perhubungan": ("Perhubungan, PJU, parkir & lalu lintas", "2.15"),
    "kominfo": ("Komunikasi & informatika", "2.16"),
    "perdagangan_umkm": ("Perdagangan, pasar & UMKM", "2.17, 3.30"),
    "perizinan": ("Perizinan & penanaman modal", "2.18"),
    "pariwisata_olahraga": ("Pariwisata, budaya, pemuda & olahraga", "2.19, 2.22, 3.26"),
    "pertanian": ("Pertanian, perikanan & pangan", "2.09, 3.25, 3.27"),
    "pajak_aset": ("Pajak daerah, retribusi & aset", "penunjang"),
    "pemerintahan": ("Aparatur, pungli & pelayanan kantor", "penunjang"),
    "air_bersih": ("Air bersih (PDAM/Perumda)", "BUMD"),
    "listrik": ("Listrik (PLN)", "luar kewenangan"),
    "lainnya": ("Lainnya", "-"),
}
"""Sector id to (caption, urusan)."""


def caption_of(sector: str | None) -> str:
    """Return what people read for a sector; an unknown one as it is, "" for none."""
    return SECTORS[sector][0] if sector in SECTORS else (sector or "")
