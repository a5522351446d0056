"""What an alarm means and what a person must do about it, in Indonesian. Words only, no logic."""

ALARMS: dict[str, tuple[str, str]] = {
    "quiet": (
        "Ada akun yang sepi melebihi biasanya: berganti nama, penandaan ditutup, jaringan "
        "menyembunyikan sesuatu, atau memang sepi (misalnya libur panjang).",
        "Buka akun itu di jaringannya dan cari namanya: bila ada sebutan atau komentar baru yang "
        "tidak masuk, periksa nama akun di konfigurasi, pengaturan penandaan, dan izin token. Bila "
        "memang sepi, tidak perlu apa-apa; alarm hilang saat ada yang masuk.",
    ),
    "config": (
        "Konfigurasi baru ditolak; yang lama tetap dipakai.",
        "Jalankan `tanggap check`, perbaiki, lalu muat ulang daemon.",
    ),
    "model": (
        "Model pengklasifikasi tidak dapat dipakai; semua aduan masuk Triase.",
        "Untuk versi yang dipromosikan: kembali ke versi sebelumnya di Analis, Versi, atau dengan "
        "`tanggap tune rollback`. Untuk model dari konfigurasi: tulis "
        'classifier.model = "baseline" lalu muat ulang daemon.',
    ),
    "answer_kinds": (
        "Mutu jawaban OPD tidak dinilai; aduan dan jawabannya tetap masuk.",
        "Pasang ulang Tanggap: berkas models/answers hilang atau rusak. Sementara itu mutu jawaban "
        "dapat ditetapkan orang di halaman aduan.",
    ),
    "drift": (
        "Isi laporan warga bergeser dari yang dipelajari model; ketepatannya mungkin menurun.",
        "Buka Analis: beri label pada Label berikutnya, lalu latih versi baru. Bila pergeserannya "
        "memang wajar (misalnya musim banjir), cukup amati.",
    ),
    "backup_failed": (
        "Cadangan basis data gagal dibuat.",
        "Baca rinciannya: folder, ruang disk, atau TANGGAP_BACKUP_KEY. Dicoba lagi otomatis; "
        "`tanggap backup` mencobanya sekarang.",
    ),
    "backup_old": (
        "Cadangan terakhir yang baik sudah terlalu lama.",
        "Jalankan `tanggap backup` dan perbaiki yang dikatakannya; periksa disk cadangan.",
    ),
    "daemon_silent": (
        "Satu daemon tidak memberi tanda hidup lebih dari 15 menit; daemon lain bekerja terus.",
        "Periksa mesin dan layanan tanggap yang disebut (nama mesin:nomor proses). Alarm hilang "
        "saat daemon itu dijalankan lagi di mesinnya, atau sehari setelah tanda hidup terakhir.",
    ),
    "disk_low": (
        "Ruang disk hampir habis; pengumpulan dihentikan sementara.",
        "Kosongkan ruang disk. Pengumpulan berlanjut sendiri.",
    ),
    "notices": (
        "Pemberitahuan tidak terkirim: satu saluran gagal lebih dari 15 menit, atau ada yang batal "
        "dikirim.",
        "Jalankan `tanggap notice list`, lalu `tanggap notice test SALURAN`.",
    ),
    "log_lost": (
        "Catatan (log) daemon tidak dapat ditulis; sebagian baris hilang. Pengumpulan berjalan "
        "terus.",
        "Periksa ruang disk tempat log dan layanan pencatatnya (journald).",
    ),
}
"""By code: what happened, what to do."""
