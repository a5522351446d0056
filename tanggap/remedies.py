"""What a code means and what a person must do about it, in Indonesian. Words only, no logic.

Codes are stable: they stand in the store, in logs and in metrics. Log text is English and names
the code; pages and the command line show these words.
"""

from typing import NamedTuple


class Remedy(NamedTuple):
    """What happened, and what to do; empty `action`: nothing, it mends itself."""

    meaning: str
    action: str


REMEDIES: dict[str, Remedy] = {
    # a source
    "network_unreachable": Remedy(
        "Jaringan tidak dapat dihubungi.",
        "Dicoba lagi otomatis. Bila lebih dari satu jam, periksa sambungan internet server.",
    ),
    "network_timeout": Remedy("Jaringan terlalu lama menjawab.", "Dicoba lagi otomatis."),
    "network_error": Remedy(
        "Jaringan sedang bermasalah di pihaknya (kode 5xx).", "Dicoba lagi otomatis."
    ),
    "not_json": Remedy(
        "Jawaban jaringan bukan data (halaman pemeliharaan atau terpotong).",
        "Dicoba lagi otomatis.",
    ),
    "body_too_large": Remedy(
        "Jawaban jaringan melebihi batas ukuran.",
        "Dicoba lagi otomatis. Bila berulang, laporkan kepada pengelola Tanggap.",
    ),
    "host_refused": Remedy(
        "Jaringan mengarahkan ke alamat lain; Tanggap tidak mengikutinya.",
        "Laporkan kepada pengelola Tanggap.",
    ),
    "rate_limited": Remedy(
        "Batas panggilan jaringan tercapai.", "Dilanjutkan otomatis pada waktu yang tertera."
    ),
    "usage_cap": Remedy(
        "Kuota bulanan X habis.",
        "Naikkan kuota di konsol pengembang X atau tunggu periode berikutnya.",
    ),
    "credits": Remedy("Saldo X habis.", "Isi saldo di konsol pengembang X. Dicoba lagi tiap jam."),
    "budget": Remedy(
        "Batas baca harian atau bulanan dari konfigurasi tercapai.",
        "Naikkan x.daily_read_limit atau x.monthly_read_limit bila memang dikehendaki.",
    ),
    "token": Remedy(
        "Token ditolak jaringan.",
        "Buat token baru di konsol pengembang; isi berkas TANGGAP_X_BEARER_TOKEN_FILE lalu muat "
        "ulang, atau isi TANGGAP_X_BEARER_TOKEN lalu mulai ulang.",
    ),
    "app_forbidden": Remedy(
        "Aplikasi tidak diizinkan jaringan (ditangguhkan atau belum terdaftar).",
        "Periksa status aplikasi di konsol pengembang X.",
    ),
    "account_gone": Remedy(
        "Akun tidak ditemukan: ditangguhkan, dikunci, atau berganti nama.",
        "Periksa akun itu di jaringan; bila berganti nama, perbarui x.accounts dan x.ids.",
    ),
    "bad_request": Remedy(
        "Jaringan menolak bentuk permintaan.",
        "Perbarui Tanggap; bila sudah terbaru, laporkan kepada pengelola.",
    ),
    "dialect_changed": Remedy(
        "X memakai nama kolom yang lain dari biasanya; Tanggap menyesuaikan diri.",
        "Tulis x.dialect sesuai agar tidak perlu mencoba dua kali.",
    ),
    "fields_reduced": Remedy(
        "X menolak sebagian kolom yang diminta; Tanggap membaca tanpa kolom itu.",
        "Perbarui Tanggap; bila sudah terbaru, laporkan kepada pengelola.",
    ),
    "library_error": Remedy(
        "Jawaban jaringan tidak dapat dibaca.",
        "Dicoba lagi otomatis. Bila berulang, perbarui Tanggap.",
    ),
    "paging_loop": Remedy(
        "Jaringan memberi halaman yang berulang; pengambilan dihentikan.",
        "Diambil lagi otomatis. Bila berulang, laporkan kepada pengelola.",
    ),
    "page_cap": Remedy(
        "Terlalu banyak halaman sekali ambil; sisanya diambil pada putaran berikut.", ""
    ),
    "mentions_over_800": Remedy(
        "Lebih dari 800 sebutan sejak pengambilan terakhir; X hanya memberi 800 terbaru.",
        "Sisanya diambil lewat pencarian (7 hari terakhir); celahnya dicatat.",
    ),
    "older_than_window": Remedy(
        "Pengambilan terakhir lebih tua daripada yang diberikan X (7 hari).",
        "Celah dicatat; periksa akun secara langsung untuk masa itu.",
    ),
    "partial_errors": Remedy("Sebagian data disembunyikan jaringan; sisanya diterima.", ""),
    "rejected_items": Remedy(
        "Ada data yang tidak dapat dibaca dan disimpan di karantina.",
        "Laporkan kepada pengelola Tanggap.",
    ),
    "internal": Remedy(
        "Kesalahan di dalam Tanggap saat mengolah sumber ini.",
        "Lihat log daemon, lalu laporkan kepada pengelola Tanggap.",
    ),
    # the installation
    "config": Remedy(
        "Konfigurasi baru ditolak; yang lama tetap dipakai.",
        "Jalankan `tanggap check`, perbaiki, lalu muat ulang daemon.",
    ),
    "model": Remedy(
        "Model pengklasifikasi tidak dapat dipakai; semua aduan masuk Triase.",
        'Pulihkan model: tulis classifier.model = "baseline" atau latih ulang.',
    ),
    "disk_low": Remedy(
        "Ruang disk hampir habis; pengumpulan dihentikan sementara.",
        "Kosongkan ruang disk. Pengumpulan berlanjut sendiri.",
    ),
}


def remedy(code: str) -> Remedy:
    """Return the words for a code; an unknown one (a newer database) is shown as it is."""
    return REMEDIES.get(code, Remedy(code, ""))
