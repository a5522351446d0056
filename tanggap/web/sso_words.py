"""What is said of a login with the city's account. Words only, no logic."""

from tanggap.web.words import Word

CAPTION = "Masuk dengan akun kota"
"""The default of `web.oidc.caption`; what a city writes there is shown as it stands."""

PROBLEMS = {
    "unreachable": Word(
        "Akun kota sedang tidak dapat dipakai",
        "Penyedia akun kota tidak menjawab. Masuk dengan nama akun dan kata sandi meja ini, atau "
        "coba lagi nanti.",
    ),
    "busy": Word(
        "Server sedang sibuk",
        "Terlalu banyak yang masuk dengan akun kota bersamaan. Coba lagi sebentar, atau masuk "
        "dengan nama akun dan kata sandi meja ini.",
    ),
    "state": Word(
        "Langkah masuk ini tidak berlaku",
        "Langkah ini sudah pernah dipakai, atau tidak dimulai di peramban ini. Mulai lagi dari "
        "halaman masuk.",
    ),
    "late": Word(
        "Waktunya habis",
        "Masuk dengan akun kota harus selesai dalam sepuluh menit. Mulai lagi dari halaman masuk.",
    ),
    "denied": Word(
        "Masuk dibatalkan",
        "Anda membatalkannya, atau penyedia akun kota tidak mengizinkan. Bila seharusnya boleh, "
        "hubungi Diskominfo.",
    ),
    "account": Word(
        "Belum ada akun di Tanggap",
        "Akun kota Anda dikenali, tetapi di Tanggap tidak ada akun aktif dengan nama itu. Hubungi "
        "Diskominfo.",
    ),
    "claim": Word(
        "Nama akun tidak disebutkan",
        "Penyedia akun kota tidak menyebutkan nama akun Anda. Hubungi Diskominfo.",
    ),
}
"""Why a login by the city's provider did not succeed, by the reason of `OidcRefused`."""
ANSWER = Word(
    "Jawaban akun kota tidak dapat dipercaya",
    "Jawaban penyedia akun kota tidak lolos pemeriksaan. Mulai lagi; bila berulang, hubungi "
    "Diskominfo.",
)
"""For every other reason: what exactly was wrong stands in the log."""
