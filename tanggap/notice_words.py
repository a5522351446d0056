"""What notices are called, at the terminal and on the desk, in Indonesian. Words only, no logic."""

KINDS = {
    "urgent": "mendesak",
    "warning": "hampir lewat batas",
    "escalation": "lewat batas",
    "digest": "ringkasan",
    "summary": "gabungan",
}
STATES = {"waiting": "menunggu", "sent": "terkirim", "dead": "batal"}
NOT_SENT = "tidak dikirim"
"""A dead one that nobody has to look at."""
CODES = {
    "refused": "ditolak atau tidak terjangkau",
    "partly": "sebagian alamat menolak",
    "url_missing": "alamat belum diisi",
    "url_unknown": "alamat tidak dikenal Apprise",
    "gave_up": "gagal tiga hari, dihentikan",
    "restored": "dari sebelum pemulihan cadangan",
    "superseded": "digantikan yang lebih baru",
    "settled": "aduannya sudah selesai atau bukan aduan",
    "not_visible": "aduannya tidak lagi untuk saluran ini",
    "channel_removed": "salurannya dihapus dari konfigurasi",
    "dropped": "dibatalkan orang",
}
"""What a code of a notice or a channel means."""
