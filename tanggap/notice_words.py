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
REFUSALS = {
    "login": "kunci, token atau kata sandinya ditolak; buat yang baru, lalu perbarui alamatnya",
    "missing": "tujuannya tidak ada di sana; periksa nomor, grup atau jalur di alamatnya",
    "often": "diminta mencoba lagi nanti; tunggu sebentar",
    "refused": "isi permintaannya ditolak; periksa tujuan dan pilihan di alamatnya",
    "broken_service": "layanannya sedang terganggu; coba lagi nanti",
    "mail": "server e-mail menolak pengirim atau penerimanya; periksa keduanya di alamatnya",
    "name": "nama servernya tidak ditemukan; periksa ejaannya, dan DNS server ini",
    "certificate": "sambungan TLS gagal; periksa sertifikat, nama server dan port",
    "timeout": "tidak ada jawaban pada waktunya; periksa port, dan firewall server ini",
    "closed": "tidak ada layanan di port itu; periksa nama server dan port",
    "unreachable": "servernya tidak terjangkau dari sini; periksa jaringan server ini",
    "broken": "sambungan diputus dari sana; periksa port dan TLS, lalu coba lagi",
    "unknown": "sebabnya tidak disebut; periksa alamatnya menurut docs/notices.md",
}
"""Why an address did not take a message, and what to do (keys of `tanggap.notify.refusal`)."""
