"""What a code means and what a person must do about it, in Indonesian. Words only, no logic.

Codes are stable: they stand in the store, in logs and in metrics. Log text is English and names
the code; pages and the command line show these words.
"""

from typing import NamedTuple

from tanggap.alarm_words import ALARMS


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
    "network_paused": Remedy(
        "Jaringan sedang tidak melayani dan meminta menunggu.",
        "Dilanjutkan otomatis pada waktu yang tertera.",
    ),
    "address_refused": Remedy(
        "Nama server jaringan mengarah ke alamat di dalam jaringan sendiri; Tanggap tidak "
        "menghubunginya.",
        "Periksa DNS server ini: portal masuk, penyaring, atau DNS yang dibajak. Dicoba lagi "
        "otomatis.",
    ),
    "tls_refused": Remedy(
        "Sambungan terenkripsi tidak dapat dipercaya (sertifikat tidak sah atau enkripsi usang); "
        "Tanggap tidak melanjutkannya.",
        "Periksa tanggal dan jam server, lalu proxy atau antivirus yang membuka sambungan "
        "terenkripsi. Bila semuanya benar, masalahnya di pihak jaringan; dicoba lagi otomatis.",
    ),
    "login_page": Remedy(
        "Yang menjawab bukan data, melainkan permintaan masuk atau penolakan: dari jaringan atau "
        "dari perantara di sambungan internet server.",
        "Periksa sambungan internet server (halaman masuk, proxy) dan status aplikasi di konsol "
        "pengembang jaringan itu. Dicoba lagi otomatis.",
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
    "request_budget": Remedy(
        "Batas permintaan per jam atau per hari dari konfigurasi tercapai.",
        "Dilanjutkan otomatis pada jam atau hari berikut (UTC). Bila berulang, naikkan "
        "requests_per_hour atau requests_per_day jaringan itu, atau poll_seconds-nya.",
    ),
    "fair_share": Remedy(
        "Sumber ini sudah memakai bagiannya dari batas permintaan atau batas baca; sisanya "
        "disimpan untuk akun lain.",
        "Dilanjutkan otomatis pada waktu yang tertera. Bila berulang, naikkan batas jaringan itu "
        "di konfigurasi.",
    ),
    "catching_up": Remedy(
        "Sedang menyusul: kiriman terbaru sudah dibaca, tunggakan yang lama dibaca bertahap agar "
        "jatah akun lain tidak habis.",
        "",
    ),
    "network_down": Remedy(
        "Jaringan tidak menjawab pada beberapa sumber berturut-turut; semua sumbernya "
        "diistirahatkan dan satu sumber mencoba lebih dulu.",
        "Dicoba lagi otomatis pada waktu yang tertera, paling lama tiap 15 menit. Bila lebih dari "
        "satu jam, periksa sambungan internet server dan status jaringan itu.",
    ),
    "clock_skew": Remedy(
        "Jam satu mesin daemon dan jam server basis data berbeda lebih dari 5 detik; daemon di "
        "mesin itu tidak mengumpulkan.",
        "Nyalakan penyelarasan waktu (chrony atau systemd-timesyncd) di kedua mesin; setelah "
        "jamnya sama, pengumpulan lanjut dan peringatan hilang sendiri.",
    ),
    "forecast": Remedy(
        "Bila bulan ini berlanjut seperti sejauh ini, batas baca bulanan X tercapai sebelum akhir "
        "bulan, dan pembacaan X berhenti sampai bulan berikut.",
        "Naikkan x.monthly_read_limit (dan anggarannya), atau perbesar x.poll_seconds, kecilkan "
        "x.sweep_hours, atau tulis x.expand_authors = false.",
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
    # Facebook and Instagram by the Graph API
    "meta_token": Remedy(
        "Token Meta tidak berlaku lagi: kedaluwarsa, dicabut, atau kata sandi pemiliknya diganti.",
        "Buat token baru di Meta Business Suite (pengguna sistem); isi berkas "
        "TANGGAP_META_TOKEN_FILE lalu muat ulang, atau isi TANGGAP_META_TOKEN lalu mulai ulang.",
    ),
    "page_token": Remedy(
        "Meta menolak token halaman ini; token baru diminta otomatis.",
        "Bila berulang, periksa apakah pemilik token masih berperan di halaman Facebook itu.",
    ),
    "page_not_granted": Remedy(
        "Akun tidak termasuk yang boleh dibaca oleh token Meta.",
        "Tambahkan halaman Facebook (dan akun Instagram yang tertaut) kepada pengguna sistem di "
        "Meta Business Suite, atau perbaiki nama akun di konfigurasi.",
    ),
    "page_gone": Remedy(
        "Halaman Facebook atau akun Instagram tidak ditemukan: dihapus, disembunyikan, atau "
        "berganti nama.",
        "Buka akun itu di Facebook atau Instagram; bila berganti nama, perbarui facebook.accounts "
        "atau instagram.accounts.",
    ),
    "meta_permission": Remedy(
        "Token Meta tidak memiliki izin untuk membaca sumber ini.",
        "Beri izin yang kurang kepada aplikasi di Meta for Developers, lalu buat token baru.",
    ),
    "meta_blocked": Remedy(
        "Meta memblokir aplikasi untuk sementara karena kebijakannya; dicoba lagi setelah 24 jam.",
        "Periksa peringatan di Meta for Developers dan Meta Business Suite.",
    ),
    "graph_deprecated": Remedy(
        "Meta tidak lagi menyediakan bagian Graph API yang diminta; sumber ini diistirahatkan.",
        "Perbarui Tanggap; bila sudah terbaru, laporkan kepada pengelola.",
    ),
    "graph_refused": Remedy(
        "Meta menolak bentuk permintaan; mungkin versi Graph API sudah berubah.",
        "Periksa meta.graph_version, perbarui Tanggap; bila sudah terbaru, laporkan kepada "
        "pengelola.",
    ),
    "graph_version_drift": Remedy(
        "Meta menjawab dengan versi Graph API lain daripada yang diminta.",
        "Tulis versi yang masih hidup di meta.graph_version.",
    ),
    "usage_high": Remedy(
        "Batas panggilan Meta hampir habis; pengambilan dijeda sebelum ditolak.",
        "Dilanjutkan otomatis pada waktu yang tertera. Bila berulang, perpanjang poll_seconds.",
    ),
    "answer_incomplete": Remedy(
        "Jawaban Meta tidak lengkap.", "Dicoba lagi otomatis. Bila berulang, perbarui Tanggap."
    ),
    "authors_hidden": Remedy(
        "Meta tidak menyebut nama penulis komentar; komentarnya tetap diterima.",
        "Periksa izin pages_read_user_content dan pakai token milik pengelola halaman.",
    ),
    "post_gone": Remedy(
        "Sebuah kiriman dihapus saat komentarnya dibaca; kiriman itu dilewati.", ""
    ),
    "comments_barred": Remedy(
        "Komentar di bawah sebuah kiriman tidak boleh dibaca; kiriman itu dilewati.", ""
    ),
    "comments_unreadable": Remedy(
        "Komentar di bawah satu kiriman berulang kali gagal dibaca; yang lain tetap dibaca.",
        "Dicoba lagi pada putaran berikut. Periksa kiriman itu langsung di jaringannya.",
    ),
    "too_many_posts": Remedy(
        "Kiriman, atau balasan di bawah satu kiriman, melebihi yang dapat dipantau sekaligus; yang "
        "terlama dilewati.",
        "Periksa kiriman yang ramai langsung di jaringannya. Bila kirimannya yang terlalu banyak, "
        "perkecil watch_days di konfigurasi.",
    ),
    "long_rest": Remedy(
        "Pembacaan sempat terhenti lebih lama daripada yang dapat disusulkan (watch_days); yang "
        "masih terjangkau sudah dibaca.",
        "Celah dicatat; periksa komentar di bawah kiriman lama langsung di jaringannya.",
    ),
    "token_ends_soon": Remedy(
        "Token Meta segera berakhir (kurang dari 14 hari).",
        "Perbarui token Meta sebelum tanggal yang tertera.",
    ),
    "scopes_missing_facebook": Remedy(
        "Token Meta kekurangan izin untuk Facebook.",
        "Beri izin pages_show_list, pages_read_engagement, dan pages_read_user_content, lalu buat "
        "token baru.",
    ),
    "scopes_missing_instagram": Remedy(
        "Token Meta kekurangan izin untuk Instagram.",
        "Beri izin instagram_basic, instagram_manage_comments, pages_show_list, dan "
        "pages_read_engagement, lalu buat token baru.",
    ),
    # Instagram by instaloader
    "instagram_wait": Remedy(
        "Instagram meminta menunggu beberapa menit sebelum mencoba lagi; pembacaan tanpa token "
        "beristirahat sendiri.",
        "Dilanjutkan otomatis pada waktu yang tertera; jangan memakai akun pembaca di tempat lain "
        "sementara itu. Bila berulang, naikkan instagram_web.poll_seconds atau kurangi akunnya.",
    ),
    "instagram_limit": Remedy(
        "Batas permintaan Instagram tercapai; pembacaan tanpa token beristirahat sendiri.",
        "Dilanjutkan otomatis pada waktu yang tertera. Bila berulang, naikkan "
        "instagram_web.poll_seconds atau kurangi akunnya.",
    ),
    "instagram_checkpoint": Remedy(
        "Instagram menahan akun pembaca dan meminta pemeriksaan (checkpoint).",
        "Masuk ke instagram.com di peramban dengan akun itu, selesaikan pemeriksaannya, jalankan "
        "`tanggap instagram import-session`, lalu muat ulang daemon.",
    ),
    "instagram_feedback": Remedy(
        "Instagram membatasi akun pembaca karena aktivitas otomatis (feedback_required).",
        "Berhenti satu sampai tiga hari; dicoba lagi otomatis. Bila berulang, pakai jalur resmi "
        "Instagram atau akun lain yang boleh hilang.",
    ),
    "instagram_session": Remedy(
        "Sesi Instagram sudah berakhir; Instagram meminta masuk lagi.",
        "Masuk ke instagram.com di peramban, ekspor cookie, jalankan "
        "`tanggap instagram import-session`, lalu muat ulang daemon.",
    ),
    "instagram_session_missing": Remedy(
        "Berkas sesi Instagram belum ada.",
        "Jalankan `tanggap instagram import-session` dengan ekspor cookie dari peramban.",
    ),
    "instagram_session_open": Remedy(
        "Berkas sesi Instagram dapat dibaca pengguna lain di server; tidak dipakai.",
        "Jalankan `chmod 600` pada berkas itu; bila mungkin sudah terbaca orang lain, keluar dari "
        "sesi itu di Instagram dan impor yang baru.",
    ),
    "instagram_session_broken": Remedy(
        "Berkas sesi Instagram rusak, tidak lengkap, atau tidak dapat dibaca.",
        "Jalankan `tanggap instagram import-session` lagi dengan ekspor cookie yang baru.",
    ),
    "instagram_busy": Remedy(
        "Akun Instagram lain sedang dibaca; satu sesi membaca satu per satu.", ""
    ),
    "instagram_private": Remedy(
        "Akun ini tertutup (privat) bagi akun pembaca.",
        "Buka akun itu untuk umum, ikuti dengan akun pembaca, atau hapus dari "
        "instagram_web.accounts.",
    ),
    "instagram_account_gone": Remedy(
        "Instagram tidak lagi menampilkan akun ini, padahal akun lain terbaca.",
        "Periksa akun itu di instagram.com; bila berganti nama, perbarui instagram_web.accounts.",
    ),
    "instagram_rest": Remedy(
        "Pembacaan sempat terhenti lama; yang masih terlihat sudah dibaca menyusul.",
        "Celah dicatat; periksa akun secara langsung untuk masa itu.",
    ),
    "instagram_depth": Remedy(
        "Terlalu banyak kiriman untuk satu pembacaan; yang lebih lama tidak terjangkau.",
        "Celah dicatat; periksa akun secara langsung untuk masa itu.",
    ),
    "profile_unseen": Remedy(
        "Instagram tidak menampilkan akun ini kali ini; itu belum berarti akunnya hilang.",
        "Dicoba lagi otomatis. Bila berlangsung lebih dari sehari, periksa ejaan di "
        "instagram_web.accounts.",
    ),
    "comments_incomplete": Remedy(
        "Komentar di bawah sebuah kiriman tidak terbaca seluruhnya.",
        "Dibaca lagi otomatis pada putaran berikut.",
    ),
    "replies_beyond": Remedy(
        "Sebuah komentar mempunyai lebih banyak balasan daripada yang dapat dibaca.",
        "Periksa balasan itu langsung di Instagram.",
    ),
    "library_outdated": Remedy(
        "Instagram berubah dan pustaka pembacanya (instaloader) tidak memahaminya lagi; "
        "dihentikan sehari.",
        "Perbarui Tanggap, lalu mulai ulang daemon.",
    ),
    # what was not watched (`tanggap.coverage`)
    "lost_place": Remedy(
        "Catatan tempat pembacaan terakhir rusak; pembacaan dimulai lagi dari beberapa hari "
        "sebelumnya.",
        "Periksa akun secara langsung untuk masa celah itu.",
    ),
    "removed": Remedy(
        "Sumber ini tidak ada di konfigurasi (dihapus, atau jaringannya dimatikan).",
        "Bila masih harus dipantau, tulis lagi akunnya di konfigurasi lalu muat ulang daemon.",
    ),
    "unrecorded": Remedy(
        "Tidak terpantau, dan sebabnya tidak tercatat.",
        "Periksa akun secara langsung untuk masa itu.",
    ),
    "not_polled": Remedy(
        "Belum dibaca: daemon tidak berjalan atau antrean pembacaan terlambat.",
        "Periksa layanan tanggap di server; setelah berjalan, yang tertinggal dibaca menyusul.",
    ),
    **{code: Remedy(*words) for code, words in ALARMS.items()},
}


def remedy(code: str) -> Remedy:
    """Return the words for a code; an unknown one (a newer database) is shown as it is."""
    return REMEDIES.get(code, Remedy(code, ""))
