"""What answers and clocks are called on the desk, in Indonesian. Words only, no logic."""

from tanggap.web.word import Word

ANSWER_KINDS = {
    "substantif": Word("Substantif", "Menjelaskan apa yang ditemukan atau dikerjakan"),
    "template": Word("Template", "Hanya salam, terima kasih, atau janji tanpa rincian"),
    "minta_dm": Word("Minta DM/bersurat", "Meminta pesan pribadi, surat, atau datang melapor"),
    "arahkan": Word("Arahkan ke kanal lain", "Menyuruh warga menghubungi kanal atau instansi lain"),
}
"""What an answer does for the citizen (docs/answers.md)."""

REACTIONS = {
    "thanks": "berterima kasih",
    "again": "mengadu atau bertanya lagi",
    "none": "belum ada",
}
"""How the citizen took the answer (`tanggap.reactions`)."""

CLOCKS = {
    "first_answer": Word("Jawaban pertama", "Jawaban terbuka pertama dari akun OPD"),
    "verification": Word("Verifikasi", "OPD memastikan aduan ini urusannya"),
    "follow_up": Word("Tindak lanjut", "Sampai aduan ditutup"),
}

CLOCK_STATES = {
    "met": "tepat waktu",
    "met_late": "terlambat",
    "running": "berjalan",
    "stopped": "berhenti",
    "missed": "lewat batas",
    "missed_unwatched": "lewat batas, lalu tidak terpantau",
    "unwatched": "tidak terpantau",
    "ended": "tidak dihitung lagi",
}

UNWATCHED = {
    "intake": "Aduan ini masuk lewat berkas; jawabannya di luar jejaring tidak terlihat.",
    "elsewhere": "Jawaban di bawah kiriman orang lain tidak diperlihatkan jaringannya.",
    "no_account": "Akun OPD ini di jaringan itu belum tersambung.",
    "not_read": "Akun yang menjawab belum pernah terbaca.",
    "over": "Kirimannya sudah lama; komentar di bawahnya tidak dibaca lagi.",
    "": "Jawabannya tidak terbaca lagi sejak sebelum batas waktunya.",
}
"""Why nobody can see whether an item was answered (`tanggap.watching`)."""
