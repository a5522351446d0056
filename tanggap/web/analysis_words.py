"""What the analyst's pages say, in Indonesian. Words only, no logic."""

from tanggap.web.words import Word

PAGES = {
    "": Word("Ringkasan", "Versi yang dipakai, calonnya, dan apa yang sebaiknya dikerjakan"),
    "/label": Word("Label berikutnya", "Teks yang paling berguna bila diberi label sekarang"),
    "/dicurigai": Word("Dicurigai salah", "Label orang yang tampaknya keliru"),
    "/kebingungan": Word("Kebingungan", "Sektor mana yang tertukar dengan sektor mana"),
    "/risiko": Word(
        "Risiko dan cakupan",
        "Berapa yang langsung ke OPD tanpa diperiksa orang, dan berapa yang salah",
    ),
    "/keandalan": Word("Keandalan", "Apakah keyakinan model dapat dipercaya"),
    "/sektor": Word("Per sektor", "Nilai tiap sektor, dibandingkan dengan versi sebelumnya"),
    "/versi": Word("Versi", "Semua versi: melatih, memakai, dan kembali"),
}
"""The analyst's pages by what follows `/analis`, in the order of the work."""

STATES = {
    "candidate": Word("Calon", "Sudah dilatih, belum dipakai"),
    "current": Word("Dipakai", "Memutuskan aduan yang masuk sekarang"),
    "former": Word("Pernah dipakai", "Dapat dipakai lagi kapan saja"),
    "refused": Word(
        "Tidak lolos", "Menurut pemeriksaan mutu otomatis lebih buruk daripada yang dipakai"
    ),
}

JOB_KINDS = {"train": "Melatih calon baru", "report": "Membuat laporan"}

JOB_STATES = {
    "waiting": "Menunggu giliran",
    "running": "Sedang dikerjakan",
    "done": "Selesai",
    "failed": "Gagal",
}

REPORTS = {
    "confusion": Word("Kebingungan", "/kebingungan"),
    "risk_coverage": Word("Risiko dan cakupan", "/risiko"),
    "reliability": Word("Keandalan", "/keandalan"),
    "per_sector": Word("Per sektor", "/sektor"),
    "suspects": Word("Dicurigai salah", "/dicurigai"),
    "next_labels": Word("Label berikutnya", "/label"),
    "learning_curve": Word("Bila labelnya bertambah", ""),
    "drift": Word("Pergeseran", ""),
}
"""Kinds of report: what they are called, and the page (after `/analis`) that shows them."""

WEEKS = {
    "steady": "tetap",
    "watch": "mulai bergeser",
    "alarm": "bergeser",
    "few": "terlalu sedikit",
}

SCORES = {
    ("sector", "accuracy"): "Sektor benar",
    ("sector", "macro_f1"): "Macro-F1 sektor",
    ("sector", "routed_share"): "Langsung ke OPD",
    ("sector", "routed_accuracy"): "Benar di antaranya",
    ("jenis", "accuracy"): "Jenis benar",
}
"""What a version reached, by the part of its figures and the name there."""

COMPARED = SCORES | {
    ("jenis", "actionable_recall"): "Permintaan yang tertangkap",
    ("opd", "accuracy"): "OPD benar",
}
"""What two versions are compared by, likewise."""

CAUSES = {"sector": "sektor", "confidence": "keyakinan", "unknown": "kata tak dikenal"}
"""What a week has moved by."""

PARTS = {"sector": "Sektor", "jenis": "Jenis"}

PROBLEMS = {
    "not_checked": (
        "Versi ini tidak lolos pemeriksaan mutu otomatis. Bila tetap mau memakainya, centang "
        "“Pakai juga” dan tulis alasannya."
    ),
    "why_needed": "Tulis alasannya, agar orang lain mengerti kelak.",
    "no_previous": "Belum ada versi sebelumnya untuk dipakai lagi.",
    "unknown_version": "Versi itu tidak ada.",
}

CONFIG_GONE = (
    "Tidak dapat kembali ke versi konfigurasi: folder model {folder} tidak ada di server ini, jadi "
    "semua aduan akan masuk Triase. Minta pengelola server mengembalikan foldernya, atau menulis "
    'classifier.model = "baseline" di konfigurasi, memuat ulang daemon, dan memulai ulang meja '
    "ini. Sampai saat itu pakai versi lain di bawah."
)
VERSION_GONE = (
    "Tidak dapat kembali ke {version}: berkasnya sudah tidak ada. Pakai versi lain di bawah, atau "
    "latih calon baru."
)
"""Why there is no way back, and what to do."""
