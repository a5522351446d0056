"""What codes and labels are called on the desk, in Indonesian. Words only, no logic.

The words are the source language of the catalogues: templates pass them through `_()`.
"""

from tanggap.web.answer_words import ANSWER_KINDS as ANSWER_KINDS  # part of the words
from tanggap.web.answer_words import CLOCK_STATES as CLOCK_STATES
from tanggap.web.answer_words import CLOCKS as CLOCKS
from tanggap.web.answer_words import REACTIONS as REACTIONS
from tanggap.web.answer_words import UNWATCHED as UNWATCHED
from tanggap.web.word import Word as Word

JENIS = {
    "pengaduan": "Pengaduan",
    "permintaan_informasi": "Permintaan informasi",
    "aspirasi": "Aspirasi",
    "apresiasi": "Apresiasi",
    "bukan_aduan": "Bukan aduan",
    "spam": "Spam",
}

STATUS = {
    "baru": "Baru",
    "terverifikasi": "Terverifikasi",
    "koordinasi": "Koordinasi",
    "proses": "Proses",
    "dijawab": "Dijawab",
    "selesai": "Selesai",
    "tertunda": "Tertunda",
    "bukan_kewenangan": "Bukan kewenangan",
    "duplikat": "Duplikat",
    "bukan_aduan": "Bukan aduan",
    "arsip": "Arsip",
}

NETWORK = {"x": "X", "facebook": "Facebook", "instagram": "Instagram"}

KINDS = {
    "mention": "sebutan",
    "comment": "komentar",
    "reply": "balasan",
    "tag": "kiriman yang menandai",
    "quote": "kutipan",
    "repost": "kiriman ulang",
    "post": "kiriman",
    "visitor_post": "kiriman warga di halaman",
    "intake": "dari berkas",
}
"""Kinds of `Mention`, as they stand behind the name of the network."""

KINDS_OF_NETWORK = {
    ("facebook", "reply"): "balasan komentar",
    ("instagram", "reply"): "balasan komentar",
    ("facebook", "post"): "kiriman halaman",
    ("instagram", "post"): "kiriman akun",
}
"""Kinds that are called otherwise on one network."""

TABS = {
    "queue": Word("Antrean", "Aduan yang sudah jelas OPD-nya"),
    "triage": Word("Triase", "Model belum yakin; perlu keputusan orang"),
    "sensitive": Word("Sensitif", "Kekerasan, anak, korban, atau penyalahgunaan wewenang"),
    "aside": Word("Disisihkan", "Bukan aduan, apresiasi, dan spam; dapat dikembalikan"),
}

LISTS = {
    "triage": TABS["triage"],
    "queue": Word("Antrean", "Aduan yang sudah jelas OPD-nya dan belum ditutup"),
    "unanswered": Word(
        "Belum dijawab", "Di antrean, dan belum ada jawaban OPD yang terlihat atau dicatat"
    ),
    "late": Word("Lewat batas", "Belum dijawab, dan hari kerja untuk jawaban pertama sudah lewat"),
    "sensitive": TABS["sensitive"],
    "aside": TABS["aside"],
    "closed": Word("Selesai", "Sudah ditutup: selesai, bukan kewenangan, duplikat, atau arsip"),
}
"""The lists of the queue, in their order (`tanggap.web.lists`)."""

AGES = {
    "1": "1 hari terakhir",
    "3": "3 hari terakhir",
    "7": "7 hari terakhir",
    "30": "30 hari terakhir",
    "lebih1": "lebih dari 1 hari",
    "lebih3": "lebih dari 3 hari",
    "lebih7": "lebih dari 7 hari",
    "lebih14": "lebih dari 14 hari",
    "lebih30": "lebih dari 30 hari",
}
"""How long ago an item was posted, in days, as it stands in an address."""

NARROWED = {
    "cari": "Kata",
    "opd": "OPD",
    "sektor": "Sektor",
    "usia": "Usia",
    "kecamatan": "Kecamatan",
    "jenis": "Jenis",
    "status": "Status",
    "jaringan": "Jaringan",
    "mendesak": "Mendesak",
    "lewat": "Lewat suatu batas",
    "dari": "Dari tanggal",
    "sampai": "Sampai tanggal",
}
"""What a list is narrowed by, as it stands in an address."""

ROLES = {
    "supervisor": "Supervisor",
    "opd": "Admin OPD",
    "analyst": "Analis",
    "auditor": "Pemeriksa (hanya membaca)",
}

STATES = {
    "new": "Belum pernah diambil",
    "ok": "Lancar",
    "backoff": "Terganggu",
    "waiting": "Menunggu",
    "needs_human": "Perlu tindakan",
}

SOURCE_KINDS = {
    "mentions": "sebutan",
    "timeline": "jawaban akun OPD",
    "search": "pencarian",
    "feed": "kiriman dan komentar",
    "media": "komentar di kiriman sendiri",
    "tagged": "kiriman yang menandai",
    "tags": "kiriman yang menandai",
    "token": "pemeriksaan token",
}

RULES = {
    "sensitive": "Isinya peka (kekerasan, anak, korban, atau oknum), jadi orang yang memutuskan.",
    "no_decision": "Model tidak dapat memutuskan, jadi orang yang memutuskan.",
    "no_text": "Tidak ada kata-kata di dalamnya (foto, tautan, atau emoji saja).",
    "aside": "Model yakin bahwa tidak ada yang diminta dari pemerintah.",
    "unsure_jenis": "Model belum yakin apakah ada yang diminta dari pemerintah.",
    "urgent_unsure": "Tampaknya mendesak, tetapi sektornya belum pasti.",
    "unsure_sector": "Jelas ada yang diminta, tetapi sektornya belum pasti.",
    "outside": "Yang berwenang bukan pemerintah daerah; OPD ini yang menjelaskannya kepada warga.",
    "sector": "Jenis dan sektornya jelas; OPD ditentukan oleh kebijakan kota.",
}

UNSURE_RULES = frozenset({"unsure_jenis", "unsure_sector", "urgent_unsure"})
"""Rules that fired because the machine was not sure enough to do without a person."""

REASONS = {
    "jalan": "jalan yang disebut: {}",
    "tempat": "tempat: {}",
    "koreksi": "pelajaran dari perbaikan petugas: {}",
    "darurat": "kata darurat: {}",
    "sensitif": "kata peka: {}",
}
"""How a reason of the classifier reads, by its prefix; `{}` is what stood after the colon."""

MODEL_REASONS = {
    "darurat:model": "isinya tampak mendesak",
    "sensitif:model": "isinya tampak peka",
}

STOP_WORDS = frozenset(
    (
        "ada", "aja", "akan", "aku", "apa", "atau", "bisa", "bu", "dan", "dari", "dengan", "di",
        "dong", "ga", "gak", "ini", "itu", "jadi", "juga", "kak", "kalau", "kalo", "kami", "kan",
        "karena", "ke", "kita", "kok", "lagi", "masih", "mau", "min", "mohon", "nih", "oleh",
        "pada", "pak", "saja", "sama", "sampai", "sangat", "saya", "sudah", "tapi", "terus",
        "tidak", "tolong", "udah", "untuk", "ya", "yang", "yg",
    )
)  # fmt: skip
"""Words that say nothing to a reader, though the model may weigh them."""

FIELDS = {
    "jenis": "Jenis",
    "sector": "Sektor",
    "opd": "OPD",
    "kecamatan": "Kecamatan",
    "status": "Status",
    "tab": "Tempat",
    "supporting": "OPD pendukung",
    "incident": "Insiden",
    "network": "Jaringan",
    "kind": "Mutu",
}

VERDICTS = {
    "agree": "menyetujui",
    "relabel": "memperbaiki",
    "forward": "melimpahkan",
    "status": "mengubah status",
    "answer": "mencatat jawaban",
    "withdraw": "menarik catatan jawaban",
    "note": "mencatat",
    "confidential": "merahasiakan",
    "open": "membuka kerahasiaan",
    "revealed": "melihat data pribadi",
}

EVENTS = {
    "agree": "menyetujui keputusan",
    "relabel": "memperbaiki keputusan",
    "forward": "melimpahkan",
    "status": "mengubah status",
    "answer": "mencatat jawaban yang tidak terpantau",
    "withdraw": "menarik catatan jawaban",
    "answer_kind": "menetapkan mutu jawaban",
    "answer_kind_returned": "menyerahkan mutu jawaban lagi kepada model",
    "note": "menulis catatan",
    "confidential": "merahasiakan aduan",
    "open": "membuka kerahasiaan aduan",
    "revealed": "melihat data pribadi",
    "undone": "membatalkan tindakannya",
    "routed": "menempatkan aduan",
    "rerouted": "memutuskan ulang setelah diubah penulisnya",
    "suggested": "menyarankan hal lain setelah diubah penulisnya",
    "answered": "melihat jawaban OPD",
    "answer_gone": "mendapati jawaban OPD tidak ada lagi di jaringan",
    "answer_back": "melihat lagi jawaban OPD yang tadinya tidak ada di jaringan",
    "closed": "menutup otomatis: lama tidak ada tanggapan atas jawaban OPD",
    "reopened": "membuka kembali karena penulisnya mengadu lagi",
    "incident_joined": "menyatukan dengan aduan lain",
    "incident_left": "memisahkan dari aduan lain",
}
"""Kinds of `Event`."""

INCIDENTS = {
    "open": Word("Terbuka", "Insiden yang masih ditangani"),
    "closed": Word("Ditutup", "Insiden yang sudah selesai; dapat dibuka lagi"),
}

INCIDENT_STATES = {
    "open": "Terbuka",
    "closed": "Ditutup",
    "merged": "Digabung",
    "dissolved": "Dibubarkan",
}

INCIDENT_EVENTS = {
    "made": "membuat insiden",
    "added": "menambahkan aduan",
    "removed": "mengeluarkan aduan",
    "renamed": "mengubah judul",
    "merged": "menggabungkan",
    "split": "memisahkan aduan",
    "state": "mengubah keadaan",
}
"""Kinds of `IncidentEvent`."""

INCIDENT_PROBLEMS = {
    "gone": "Salah satu aduan itu tidak ada, atau bukan bagian OPD Anda. Muat ulang halamannya.",
    "none": "Centang dulu aduan yang dimaksud.",
    "two": "Tandai sedikitnya dua aduan tentang kejadian yang sama.",
}

DONE = {
    "insiden": "Aduan disatukan menjadi satu insiden.",
    "bukan_insiden": "Dicatat: bukan kejadian yang sama. Tidak akan disarankan lagi.",
    "judul_insiden": "Judul insiden disimpan.",
    "gabung_insiden": "Kedua insiden digabung.",
    "pisah_insiden": "Aduan dipisahkan.",
    "tutup_insiden": "Insiden ditutup.",
    "buka_insiden": "Insiden dibuka lagi.",
    "duplikat_insiden": "Aduan lain ditandai duplikat; yang sedang diubah orang lain dilewati.",
    "benar": "Keputusan disetujui.",
    "perbaiki": "Perbaikan disimpan.",
    "limpahkan": "Aduan dilimpahkan.",
    "status": "Status diubah.",
    "jawaban": "Jawaban dicatat.",
    "ralat": "Catatan jawaban diperbaiki.",
    "tarik": "Catatan jawaban ditarik.",
    "mutu": "Mutu jawaban disimpan.",
    "mutu_kembali": "Mutu jawaban dinilai model lagi.",
    "catatan": "Catatan disimpan.",
    "rahasia": "Aduan dirahasiakan.",
    "terbuka": "Aduan tidak lagi rahasia.",
    "sektor": "Sektor ditetapkan.",
    "opd": "OPD ditetapkan.",
    "sisihkan": "Disisihkan: bukan aduan.",
    "borongan": "Tindakan borongan selesai.",
    "batal": "Tindakan dibatalkan; keadaannya seperti semula.",
    "coba_lagi": "Daemon mencobanya lagi.",
    "hapus_notis": "Dihapus dari daftar.",
    "ambil": "Pengambilan dimulai pada putaran berikut.",
    "keluar": "Anda sudah keluar.",
    "perangkat": "Perangkat itu sudah dikeluarkan.",
    "perangkat_lain": "Semua perangkat lain sudah dikeluarkan.",
    "sandi": "Kata sandi diganti. Semua perangkat lain sudah dikeluarkan.",
    "kode_mati": "Kode saat masuk dimatikan. Semua perangkat lain sudah dikeluarkan.",
    "label": "Label disimpan.",
    "tampilan": "Tampilan disimpan.",
    "tampilan_ubah": "Tampilan diubah.",
    "tampilan_hapus": "Tampilan dihapus.",
    "latih": "Pelatihan diminta. Daemon mengerjakannya; hasilnya muncul di halaman ini.",
    "laporan": "Laporan diminta. Daemon mengerjakannya; hasilnya muncul di halaman ini.",
    "pakai": "Versi itu sekarang yang dipakai. Daemon memuatnya dalam beberapa detik.",
    "kembali": "Versi sebelumnya dipakai lagi. Daemon memuatnya dalam beberapa detik.",
}

PROBLEMS = {
    "nothing_to_confirm": "Belum ada jenis untuk disetujui. Isi lewat Perbaiki.",
    "nothing_changed": "Tidak ada yang diubah. Ganti salah satu pilihan, atau pakai Setujui.",
    "unknown_choice": "Pilihan itu tidak dikenal. Pilih dari daftar.",
    "opd_needed": "Pilih OPD tujuan.",
    "same_opd": "Aduan ini sudah pada OPD itu. Pilih OPD lain.",
    "why_needed": "Tulis alasannya, agar OPD tujuan mengerti.",
    "status_needed": "Pilih status.",
    "status_why_needed": "Status ini perlu alasan. Tulis singkat saja.",
    "answering_opd_needed": "Pilih OPD yang menjawab.",
    "answer_link_needed": "Tulis tautan jawabannya dengan lengkap, diawali https://.",
    "answer_time_needed": "Tulis kapan warga dijawab: tanggal dan jam.",
    "answer_gone": "Jawaban itu bukan jawaban atas aduan ini. Muat ulang halamannya.",
    "record_gone": "Catatan jawaban itu sudah ditarik atau diganti. Muat ulang halamannya.",
    "answer_needed": "Tulis tautan jawabannya, atau di mana warga dijawab.",
    "note_needed": "Catatan masih kosong.",
    "reason_needed": "Tulis alasannya. Alasan itu tersimpan di riwayat aduan.",
    "notice_gone": "Pemberitahuan itu sudah terkirim, atau ikut dalam gabungan.",
    "undo_late": "Tidak dapat dibatalkan lagi: lewat 10 detik, atau bukan tindakan terakhir Anda.",
    "act_needed": "Pilih tindakannya.",
    "sector_needed": "Pilih sektornya.",
    "none_marked": "Belum ada aduan yang ditandai.",
    "too_many": "Terlalu banyak: paling banyak 500 aduan sekali jalan.",
    "too_long": "Terlalu panjang: paling banyak 2.000 huruf.",
}

LOGIN_PROBLEMS = {
    "wrong": "Nama atau kata sandi salah.",
    "throttled": "Terlalu banyak percobaan. Tunggu 15 menit, lalu coba lagi.",
    "busy": "Server sedang sibuk. Coba lagi sebentar.",
    "throttled_day": "Terlalu banyak kode salah hari ini. Hubungi Diskominfo, atau coba besok.",
    "wrong_password": "Kata sandi sekarang salah.",
    "wrong_code": (
        "Kode salah atau sudah dipakai. Tunggu kode berikutnya, lalu tulis yang sedang tampil; "
        "pastikan jam ponsel diatur otomatis."
    ),
    "wrong_recovery": "Kode cadangan salah atau sudah dipakai.",
    "totp_key": (
        "Kode dari ponsel tidak dapat diperiksa: kunci server berubah. Pakai kode cadangan, "
        "atau hubungi Diskominfo."
    ),
    "too_late": "Waktunya habis. Masuk lagi dari awal.",
    "changed": "Kata sandi baru saja diganti di tempat lain. Muat ulang, lalu coba lagi.",
    "nothing_waiting": "Keadaannya sudah berubah. Mulai lagi dari awal halaman ini.",
}

PASSWORDS_DIFFER = "kedua kata sandi baru tidak sama"
PASSWORD_AS_BEFORE = "kata sandi baru sama dengan yang lama"  # noqa: S105 - words for a person

ERRORS = {
    400: Word("Permintaan tidak lengkap", "Kembali, muat ulang halamannya, lalu coba lagi."),
    401: Word(
        "Sesi Anda sudah berakhir", "Masuk lagi, lalu ulangi. Perubahan tadi belum disimpan."
    ),
    403: Word("Tidak diizinkan", "Akun Anda tidak berhak atas tindakan ini."),
    404: Word("Tidak ditemukan", "Alamatnya keliru, atau yang dicari tidak ada."),
    405: Word("Cara membukanya keliru", "Buka dari tombol atau tautan di meja ini."),
    409: Word("Sudah diubah orang lain", "Muat ulang untuk melihat keadaan terbaru."),
    413: Word("Kiriman terlalu besar", "Persingkat tulisannya, lalu kirim lagi."),
    500: Word("Ada kesalahan di dalam Tanggap", "Coba lagi. Bila berulang, beri tahu Diskominfo."),
    503: Word(
        "Basis data sedang tidak dapat dipakai",
        "Coba lagi sebentar. Bila berulang, beri tahu Diskominfo.",
    ),
}

FOREIGN_ORIGIN = Word(
    "Kiriman ditolak",
    "Formulir ini tidak dikirim dari halaman Tanggap sendiri. Buka Tanggap di alamat resminya, "
    "lalu ulangi dari sana.",
)

NOT_YOURS = Word("Tidak ditemukan", "Alamatnya keliru, atau aduan ini bukan bagian OPD Anda.")
"""404 for an OPD's admin, who does not see what belongs to others."""

EXPORT_PROBLEMS = {
    "form": "Pilih bentuk berkasnya: CSV, XLSX, atau JSON.",
    "many": "Daftar ini lebih dari {} aduan. Persempit saringannya, atau ambil lewat terminal "
    "dengan `tanggap queue export`.",
}
