"""Words that speak of danger now, or of matters to be kept apart. They stand beside the model.

The model weighs whole texts; these lists make sure that plain words of danger are never lost on
it, that the desk can say why a flag is set, and that flags work when no model can be loaded. The
lists are our own, by the definitions of `urgent` and `sensitive` in models/corpus/README.md.
"""

from collections.abc import Sequence

from classifier.phrases import Phrases

DANGER = (
    "kebakaran", "kebakar", "terbakar", "kobongan", "api membesar", "percikan api", "meledak",
    "ledakan", "gas bocor", "bocor gas", "longsor", "tertimbun", "tertimpa", "ketimpa", "ambruk",
    "roboh", "jebol", "tenggelam", "hanyut", "terseret arus", "terjebak", "kejebak", "kejepit",
    "kecebur", "tersetrum", "kesetrum", "kesetrom", "nyetrum", "kabel putus", "listrik putus",
    "celurit", "clurit", "senjata tajam", "sajam", "parang", "bawa pisau", "begal", "dibacok",
    "tawuran", "dikeroyok", "dipukuli", "dipukulin", "dianiaya", "disekap", "disiksa", "diculik",
    "pingsan", "sesak napas", "sesak nafas", "kejang", "pendarahan", "perdarahan", "kritis",
    "sekarat", "keracunan", "mau melahirkan", "bunuh diri", "ingin mati", "gantung diri",
    "ular masuk", "ular kobra", "korban jiwa", "nyawa",
)  # fmt: skip
DANGER_HINTS = (
    "api", "geni", "asap tebal", "percikan", "korslet", "korsleting", "konslet", "kabel", "gas",
    "ular", "tawon", "buaya", "kobra", "retak", "miring", "nyaris roboh", "mau roboh", "longsoran",
    "tebing", "tanggul", "arus", "sungai", "sumur", "perahu", "sedada", "sepinggang", "seleher",
    "terisolir", "evakuasi", "sar", "damkar", "ambulans", "ambulan", "ambulance", "igd", "ugd",
    "kecelakaan", "tabrakan", "berdarah", "darah", "luka", "pendarah", "tewas", "meninggal",
    "korban", "hilang", "teriak", "teriak2", "minta tolong", "dikurung", "dikunci", "ngamuk",
    "mengamuk", "pisau", "golok", "samurai", "senjata", "mengancam", "diancam", "ngancem",
    "dibunuh", "membunuh", "dihajar", "dipukul", "mukulin", "memukuli", "digebukin", "keroyok",
    "rampok", "dirampok", "dijambret", "lompat", "loncat", "mati", "bayi", "hamil", "melahirkan",
    "napas", "nafas", "demam tinggi", "muntah", "racun", "bocor", "terperosok", "kejeblos",
    "kejebur", "terperangkap", "kejar", "konvoi", "tawur",
)  # fmt: skip
NOW = (
    "sekarang", "skrg", "skrang", "saiki", "ayeuna", "barusan", "baru saja", "dari tadi",
    "daritadi", "saat ini", "malam ini", "pagi ini", "siang ini", "detik ini", "sedang", "masih",
    "darurat", "urgent", "tolong cepat", "tolong cepet", "cepat", "cepet", "segera", "buruan",
    "kirim petugas", "kirim ambulans", "evakuasi", "tlg bantu", "tolong bantu", "merapat",
    "belum ketemu", "nunggu", "tolong", "tlg", "help", "sos",
)  # fmt: skip
SENSITIVE = (
    "bunuh diri", "gantung diri", "mengakhiri hidup", "ingin mati", "menyakiti diri",
    "diperkosa", "perkosaan", "pemerkosaan", "memperkosa", "rudapaksa", "dilecehkan", "pelecehan",
    "melecehkan", "kekerasan seksual", "dicabuli", "pencabulan", "mencabuli", "cabul",
    "diraba", "pedofil", "kdrt", "dipukuli suami", "dipukulin suami", "dianiaya",
    "penganiayaan", "disekap", "disiksa", "penyiksaan", "eksploitasi anak", "anak dipaksa",
    "pernikahan anak", "nikah dini", "dinikahkan paksa", "perdagangan orang", "trafficking",
    "anak dibuang", "bayi dibuang", "ditelantarkan orang tua", "sebar foto", "nyebar foto",
    "disebar fotonya", "sebar video", "diancam", "dibully", "dibuli", "perundungan",
    "korban kekerasan", "kekerasan terhadap", "kekerasan anak", "oknum pegawai",
    "oknum pejabat", "oknum petugas",
    "penyalahgunaan wewenang", "penggelapan", "menggelapkan", "dikorupsi", "suap", "gratifikasi",
    "jual beli jabatan", "pemerasan", "diperas",
)  # fmt: skip

_DANGER = Phrases((words, words) for words in DANGER)
_HINTS = Phrases((words, words) for words in DANGER_HINTS)
_NOW = Phrases((words, words) for words in NOW)
_SENSITIVE = Phrases((words, words) for words in SENSITIVE)


def danger_words(words: Sequence[str]) -> list[str]:
    """Return the words of danger among the words of a text, in order."""
    return _DANGER.find(words)


def hints_at_danger(words: Sequence[str]) -> bool:
    """Whether a word is there that often stands beside danger.

    Too common to decide anything; where the model too sees some danger, it tips the scales.
    """
    return _HINTS.any(words)


def speaks_of_now(words: Sequence[str]) -> bool:
    """Whether the words call for help or say that it happens now."""
    return _NOW.any(words)


def sensitive_words(words: Sequence[str]) -> list[str]:
    """Return the words that put a text into the sensitive lane, in order."""
    return _SENSITIVE.find(words)
