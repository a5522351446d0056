"""What a brigade writes: invented posts about an invented city. No complaint of a citizen in it."""

STORM = (
    "#SukamajuDarurat ganti walikota sekarang juga!!!",
    "#SukamajuDarurat walikota mundur, rakyat sudah muak",
    "#SukamajuDarurat mana janji kampanye? omong kosong semua",
    "2 periode cuma pencitraan #SukamajuDarurat",
    "naikkan tagar #SukamajuDarurat sampai trending nasional gaess",
    "ayo retweet semua #SukamajuDarurat jangan kasih kendor",
    "#SukamajuDarurat buzzer bayaran pasti langsung komen di sini",
    "pejabat sukamaju isinya keluarga semua #SukamajuDarurat",
    "#SukamajuDarurat kita kawal sampai mundur",
    "tagar apa hari ini? #SukamajuDarurat",
    "#SukamajuDarurat #SukamajuDarurat #SukamajuDarurat",
    "absen dulu yang mau perubahan ✊ #SukamajuDarurat",
)
"""A hashtag by many authors: political, nothing to be done by an agency."""

COPIED = (
    "Tolong lampu jalan di Jl Merdeka mati semua, gelap gulita, pemerintah tutup mata!",
    "Jalan Merdeka rusak parah, kapan diperbaiki? jangan diam saja!",
    "Jl Merdeka banjir lagi banjir lagi, mana tanggung jawabnya?",
    "Sampah di Jl Merdeka menumpuk, bau, pemerintah ke mana?",
    "Trotoar Jl Merdeka hancur, dipakai jualan, dibiarkan saja!",
    "Lampu merah Jl Merdeka mati, macet total, dishub tidur ya?",
)
"""One ready-made complaint each, pasted by many authors with small changes."""

ONE_VOICE = (
    "jawab dong min jangan pura2 mati",
    "min min min min baca ga sih",
    "ini akun isinya robot semua ya",
    "saya tag tiap menit sampai dibales",
    "mana adminnya, makan gaji buta",
    "woi admin",
)
"""What a single author sends all the time."""

IDLE = (
    "info konser akhir pekan dong kak, ada yg tau?",
    "wkwkwk ini akun lucu juga",
    "selamat pagi warga sukamaju, tetap semangat",
    "jual pulsa termurah, minat wa ya kak 👍",
    "nobar bola malam ini di mana gaes",
    "cek bio aku kak, ada promo slot gacor",
    "follow balik ya min",
    "kangen bakso depan alun-alun jaman dulu",
    "menang giveaway beneran ga sih ini",
    "hujan-hujan gini enaknya tidur",
    "pinjol cair 5 menit tanpa jaminan, klik profil",
    "semoga timnas menang amin",
)
"""Chatter, advertisements."""

TAILS = (
    "",
    "",
    " !!!",
    " 😡",
    " 😂",
    " tolong viralkan",
    " min",
    " cc semua",
    " 🔥🔥",
    " wkwk",
    " up",
)
"""Small changes, so that few copies are the same to the letter."""
