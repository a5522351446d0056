"""Words that speak of danger now, or of matters to be kept apart. They stand beside the model.

The model weighs whole texts; these lists, and the pairs of `classifier.situations`, make sure that
plain words of danger are never lost on it, that the desk can say why a flag is set, and that flags
work when no model can be loaded. The lists are our own, by the definitions of `urgent` and
`sensitive` in models/corpus/README.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from classifier.phrases import Phrases
from classifier.situations import situations

GRAVE = (
    "bawa celurit", "bawa parang", "bawa golok", "bawa pisau", "bawa sajam", "celurit", "clurit",
    "parang", "bacok", "dibacok", "kebacok", "bacokan", "ditusuk", "ditodong", "todong", "ditembak",
    "penembakan", "diancam dibunuh", "ancam bunuh", "mau dibunuh", "mau bunuh", "disekap",
    "diculik", "kecebur", "kecemplung", "kesetrum", "kesetrom", "tersetrum", "percikan api",
    "listrik putus", "kabel putus", "kesamber", "tertimbun", "kahuruan", "ular masuk", "ular kobra",
    "digigit ular", "dipatuk ular", "gas bocor", "bocor gas", "bau gas", "tabung bocor",
    "tabung gas bocor", "pecah ketuban", "ketuban pecah", "mau melahirkan", "pendarahan",
    "perdarahan", "serangan jantung", "henti napas", "muntah darah", "kehabisan oksigen",
    "butuh oksigen", "butuh darah", "tidak sadar", "tak sadar", "ga sadar", "gak sadar",
    "nggak sadar", "tidak sadarkan diri", "tak sadarkan diri", "overdosis", "ingin mati",
    "pengen mati", "pingin mati", "mau lompat", "mau loncat", "gantung diri", "bunuh diri",
    "percobaan bunuh diri", "belum dievakuasi", "blm dievakuasi", "butuh perahu", "butuh evakuasi",
    "butuh ambulans", "butuh ambulan", "butuh ambulance", "butuh pertolongan", "rem blong",
    "nyaris roboh", "hayang paeh", "pengin mati", "kepengen mati", "capek hidup", "cape hidup",
    "capek idup", "ga mau hidup", "gak mau hidup", "nyerah hidup", "nyusul anaknya", "ga gerak",
    "gak gerak", "tidak bergerak", "ga napas", "tidak bernapas", "jatuh dari lantai",
    "jatuh dari atap", "jatuh dari ketinggian", "adu banteng",
)  # fmt: skip
"""What hardly anybody writes of unless it happens now; it decides by itself."""
DANGER = (
    "kebakaran", "kebakar", "terbakar", "kobongan", "api membesar", "meledak", "ledakan", "longsor",
    "tertimpa", "ketimpa", "ambruk", "roboh", "jebol", "tenggelam", "hanyut", "terseret arus",
    "terjebak", "kejebak", "kejepit", "nyetrum", "senjata tajam", "sajam", "begal", "tawuran",
    "dikeroyok", "dipukuli", "dipukulin", "dianiaya", "disiksa", "pingsan", "sesak napas",
    "sesak nafas", "kejang", "kritis", "sekarat", "keracunan", "korban jiwa", "nyawa", "kobong",
    "si jago merah", "korsleting", "konslet", "kabel jatuh", "kabel menjuntai", "kabel ngglantung",
    "katinggang", "ketiban", "kerobohan", "rubuh", "mau roboh", "hampir roboh", "mau ambruk",
    "hampir ambruk", "urug", "kelelep", "klelep", "titeuleum", "tenggelem", "keli", "palid",
    "kebawa arus", "terbawa arus", "kacebur", "terperosok", "kejeblos", "terjepit",
    "kejebak banjir", "terjebak banjir", "minta evakuasi", "semaput", "kapiuhan", "batuk darah",
    "kontraksi", "tabrak lari", "kecelakaan beruntun", "kecelakaan maut", "laka", "geng motor",
    "gangster", "klitih", "penusukan", "bentrok", "digebukin", "digebuki", "dikeroyokan",
    "pengeroyokan", "keroyokan", "dibegal", "pembegalan", "dirampok", "perampokan", "penculikan",
    "loncat dari", "lompat dari", "anak hilang", "hilang dari rumah", "belum ditemukan",
    "blm ditemukan", "dirantai", "dipasung", "diserang tawon", "anjing gila", "se dada", "se leher",
    "belum pulang sejak", "belum pulang dari", "blm pulang dari", "ga pulang dari",
    "tidak pulang sejak", "hilang kontak", "se pinggang", "di bawah reruntuhan",
)  # fmt: skip
"""What is danger when it happens now, and a complaint or news when it does not."""
DANGER_HINTS = (
    "api", "geni", "asap tebal", "percikan", "korslet", "kabel", "gas", "ular", "tawon", "buaya",
    "kobra", "retak", "miring", "longsoran", "tebing", "tanggul", "arus", "sungai", "sumur",
    "perahu", "sedada", "sepinggang", "seleher", "terisolir", "evakuasi", "sar", "damkar",
    "ambulans", "ambulan", "ambulance", "igd", "ugd", "kecelakaan", "tabrakan", "berdarah",
    "darah", "luka", "pendarah", "tewas", "meninggal", "korban", "hilang", "teriak", "teriak2",
    "minta tolong", "dikurung", "dikunci", "ngamuk", "mengamuk", "pisau", "golok", "samurai",
    "senjata", "mengancam", "diancam", "ngancem", "dibunuh", "membunuh", "dihajar", "dipukul",
    "mukulin", "memukuli", "keroyok", "rampok", "dijambret", "lompat", "loncat", "mati", "bayi",
    "hamil", "melahirkan", "napas", "nafas", "demam tinggi", "muntah", "racun", "bocor", "kejebur",
    "terperangkap", "kejar", "konvoi", "tawur", "bahaya", "berbahaya", "membahayakan", "ngeri",
    "jatuh", "jatoh", "celaka", "kecelaka", "nabrak", "ditabrak", "ketabrak", "tertabrak",
    "tumbang", "banjir", "tiang", "listrik", "nyengat", "menyengat", "tegangan", "atap",
    "lantai dua", "terkepung", "kepung", "mengungsi", "ngungsi", "pengungsi", "lansia", "balita",
    "anak kecil", "bocah", "nenek", "sakit parah", "lemas", "lemes", "kambuh", "rujukan", "icu",
    "stroke", "dbd", "gawat", "ditolak rs", "ditolak rumah sakit", "ngeroyok", "berantem", "gelut",
    "tukaran", "ribut", "nodong", "maling", "copet", "jambret", "preman", "mabuk", "rusuh",
    "ricuh", "melawan", "nangis", "menangis", "jeritan", "teriakan", "takut", "trauma", "depresi",
    "silet", "silet2", "nekat", "nekad", "bangunan tua", "tembok", "plafon", "ambrol", "rapuh",
    "lapuk", "keropos", "retakan", "jembatan gantung", "rabies", "sarang tawon", "ular sanca",
    "ular piton", "amblas", "ambles", "palang kereta", "rel",
)  # fmt: skip
NOW = (
    "sekarang", "skrg", "skrang", "skr", "saiki", "ayeuna", "barusan", "baru saja", "kakara",
    "nembe", "detik ini", "saat ini", "malam ini", "malem ini", "mlm ini", "pagi ini", "siang ini",
    "sore ini", "subuh ini", "dari tadi", "daritadi", "masih di dalam", "masih di dalem",
    "masih ada orang", "msh ada", "masih hidup", "masih idup", "masih nyetrum", "masih terjebak",
    "masih teriak", "masih naik", "naik terus", "naek terus", "terus naik", "lagi bawa",
    "lagi pada", "lagi ngamuk", "lagi jerit", "belum ketemu", "blm ketemu", "belom ketemu",
    "durung ketemu", "belum datang", "belum dateng", "blm datang", "blm dateng", "belom dateng",
    "belum ada petugas", "blm ada petugas", "belum ada yg datang", "siapa aja", "siapa saja",
    "siapapun", "siapa pun", "sopo wae", "saha wae", "cepetan", "cepet", "buruan", "buru", "ndang",
    "tolong cepat", "mohon segera", "kirim petugas", "kirim orang", "kirim unit", "tolong kirim",
    "kirim ambulans", "minta tolong", "tulung", "help", "sos", "darurat", "urgent", "emergency",
    "merapat", "jemput", "sibuk terus", "sibuk mulu", "makin lemas", "makin lemes", "makin pelan",
    "makin lemah", "belum bisa keluar", "ga bisa keluar", "gak bisa keluar", "pada lari",
    "ngumpet", "sembunyi", "nyumput", "ndelik", "takut keluar",
)  # fmt: skip
"""That it happens now, or that somebody is called there."""
PLEAS = (
    "sedang", "masih", "cepat", "segera", "tolong", "tlg", "tlg bantu", "tolong bantu", "nunggu",
    "evakuasi",
)  # fmt: skip
"""What stands in many a complaint about something that can wait too."""
BEFORE = (
    "kemarin", "kmrn", "kemaren", "wingi", "winginane", "kamari", "semalam", "semalem",
    "bulan lalu", "minggu lalu", "tahun lalu", "sebulan lalu", "bulan kemarin", "minggu kemarin",
    "dari dulu", "jaman dulu", "dulu waktu", "dulunya", "dahulu", "biyen", "baheula", "tiap hujan",
    "tiap ujan", "tiap sore", "tiap angin", "tahunan", "taunan", "setahun", "setaun", "korban jiwa",
    "wib", "untung", "untungnya", "alhamdulillah", "salut", "sudah padam",
)  # fmt: skip
"""That it is over, comes again and again, or is told as news."""
SENSITIVE = (
    "bunuh diri", "gantung diri", "mengakhiri hidup", "ingin mati", "menyakiti diri", "diperkosa",
    "perkosaan", "pemerkosaan", "memperkosa", "rudapaksa", "dilecehkan", "pelecehan", "melecehkan",
    "kekerasan seksual", "dicabuli", "pencabulan", "mencabuli", "cabul", "diraba", "pedofil",
    "kdrt", "dipukuli suami", "dipukulin suami", "dianiaya", "penganiayaan", "disekap", "disiksa",
    "penyiksaan", "eksploitasi anak", "anak dipaksa", "pernikahan anak", "nikah dini",
    "dinikahkan paksa", "perdagangan orang", "trafficking", "anak dibuang", "bayi dibuang",
    "ditelantarkan orang tua", "sebar foto", "nyebar foto", "disebar fotonya", "sebar video",
    "diancam", "dibully", "dibuli", "perundungan", "korban kekerasan", "kekerasan terhadap",
    "kekerasan anak", "oknum pegawai", "oknum pejabat", "oknum petugas", "penyalahgunaan wewenang",
    "penggelapan", "menggelapkan", "dikorupsi", "suap", "gratifikasi", "jual beli jabatan",
    "pemerasan", "diperas", "pengen mati", "pingin mati", "mau mati aja", "capek hidup",
    "cape hidup", "mau lompat", "mau loncat", "percobaan bunuh diri", "silet tangan",
    "nyilet tangan", "self harm", "selfharm", "dipukul suami", "dipukuli bapaknya",
    "dipukuli ibunya", "dipukul guru", "ditampar guru", "dipukuli guru", "ditampar", "dihajar",
    "digebukin", "dikeroyok", "pengeroyokan", "dirantai", "dipasung", "dikurung", "diculik",
    "penculikan", "diperdagangkan", "dijual ke", "nikah paksa", "dipaksa nikah", "dihamili",
    "hamil di luar", "digrepe", "digerayangi", "dipegang pegang", "begal payudara", "asusila",
    "catcalling", "di bully", "di buli", "bullying", "pembulian", "pembullyan", "korban kdrt",
    "anak terlantar", "anak ditelantarkan", "dipalak", "uang pelicin", "uang rokok", "dikorup",
    "oknum polisi", "oknum guru", "oknum lurah", "oknum kades", "oknum rt", "oknum rw",
    "oknum satpol", "oknum asn", "oknum pns", "intimidasi", "diintimidasi", "mengintimidasi",
    "dibacok", "dibunuh", "pembunuhan", "penusukan", "ditusuk",
)  # fmt: skip

HINTS_ENOUGH = 2
"""Different hints that weigh as much as a word of danger, beside a plea."""

_DANGER = Phrases((words, words) for words in (*GRAVE, *DANGER))
_IS_GRAVE = frozenset(GRAVE)
_HINTS = Phrases((words, words) for words in DANGER_HINTS)
_NOW = Phrases((words, words) for words in NOW)
_PLEAS = Phrases((words, words) for words in PLEAS)
_BEFORE = Phrases((words, words) for words in BEFORE)
_SENSITIVE = Phrases((words, words) for words in SENSITIVE)


class Danger(IntEnum):
    """How much the plain words of a text speak of danger: the more, the less the model must."""

    NONE = 0
    HINTED = 1
    """A word that often stands beside danger; too common to decide anything."""
    LIKELY = 2
    """A word or a situation of danger, or two hints and a plea."""
    PRESSING = 3
    """One of them that happens now, or is grave; both, and a plea."""


@dataclass(frozen=True, slots=True)
class Peril:
    """What the plain words of a text say of danger."""

    level: Danger
    words: tuple[str, ...]
    """Words and situations of danger, as they stand in the text; not the hints."""


def peril(words: Sequence[str]) -> Peril:
    """Return what the words of a text say of danger."""
    named, seen = _DANGER.find(words), situations(words)
    if named or seen:
        found = tuple(dict.fromkeys((*named, *(one.words for one in seen))))
        pressing = (
            not _IS_GRAVE.isdisjoint(named)
            or any(one.grave for one in seen)
            or _NOW.any(words)
            or (bool(named and seen) and _PLEAS.any(words))
        )
        over = pressing and _BEFORE.any(words)
        return Peril(Danger.PRESSING if pressing and not over else Danger.LIKELY, found)
    hints = len(set(_HINTS.find(words)))
    if hints >= HINTS_ENOUGH and (_NOW.any(words) or _PLEAS.any(words)):
        return Peril(Danger.LIKELY, ())
    return Peril(Danger.HINTED if hints else Danger.NONE, ())


def sensitive_words(words: Sequence[str]) -> list[str]:
    """Return the words that put a text into the sensitive lane, in order."""
    return _SENSITIVE.find(words)
