"""Somebody demands money for a public service (pungli): who, and what for, within a few words.

The word alone says little: campaigns, news and thanks name it too. So an official, an office or a
document must stand near it, and nothing may say that it is a campaign, news, over, or a question
about reporting it. A demand with money right behind it says more: that holds whatever else is said,
where an official or an office demands it, and not those who live there.
"""

import re
from collections.abc import Sequence

from classifier.pairs import NEAR, Pairs, any_of
from classifier.phrases import Phrases

_OFFICIALS = (
    "petugas* pegawai* lurah* kades* kadus* camat* bayan perangkat* pamong* staf* stap* asn pns "
    "pejabat* kasi sekdes* pendamping* mantri* penghulu* kepsek* kadis* kabid* penguji*"
)
_OFFICES = "loket* kelurahan* kecamatan* samsat dukcapil disdukcapil capil kua"
_PAPERS = (
    "ktp kk akta akte surat* suket ttd tanda legalisir* domisili sktm skck sertifikat* sertipikat* "
    "ptsl izin* ijin* imb pbg nib kir bpkb stnk kia berkas*"
)
_ELSEWHERE = (
    "kantor* balai* dinas* puskesmas* rsud sekolah* sd sdn smp smpn sma sman smk terminal* pasar* "
    "pelabuhan* dishub* bapenda* uptd desa waris* nikah* bansos bantuan* blt pkh ambulans*"
)
"""Where the word itself must stand: money is demanded there for other things, too."""
_NAMED = Pairs(
    [(f"{_OFFICIALS} {_OFFICES} {_PAPERS} {_ELSEWHERE}", "pungli* dipungli* mungli* memungli*")]
)
_OFFICIAL = any_of(_OFFICIALS)
_OFFICE = any_of(f"{_OFFICIALS} {_OFFICES} kantor*")
_SERVICE = any_of(f"{_OFFICIALS} {_OFFICES} {_PAPERS}")
_DEMANDS = any_of("minta mintak mintain meminta malak malaki malakin njaluk* menta matok mematok")
"""Who demands stands before it."""
_IS_DEMANDED = any_of("diminta dimintai dimintain dipalak* dijaluk* dipentaan dipatok")
"""Who demands stands before it or after it, or is not named at all."""
_CITIZENS = any_of(
    "kami kita kite saya sy aku aq gue gua gw ane abdi urang nyong warga masyarakat rakyat mohon "
    "mhn tolong tlg"
)
"""Right before a demand, or between it and the office, it is they who ask."""
_WE = any_of("kami kita saya sy aku aq gue gua gw")
"""Right before an official, they are one themselves: "kami pegawai kebersihan minta"."""
_AS = any_of("para selaku sebagai ini")
"""May stand between the two: "kami para pegawai"."""
_TO = any_of("ke kepada sama ama pada dari ka mendatangi datangi")
"""Before citizens: not they, but of whom it is demanded: "datang ke warga minta"."""
_THEIRS = any_of(f"desa kelurahan kecamatan kampung dusun rt rw {_PAPERS}")
"""Before "we": what is ours, not what we do: "lurah desa gue tiap bulan minta"."""
_NO = any_of("tidak tdk tak ga gak gk ngga nggak enggak kagak ora ra teu belum blm tanpa jangan")
_EVER = any_of("pernah ada perlu usah")
_OPEN = Phrases((words, words) for words in ("uang muka", "uang kas"))
"""What is asked for openly."""
_MONEY = re.compile(
    any_of(
        "uang* duit* dhuwit artos amplop* pelicin* seikhlasnya* *rb *ribu *jt juta gocap cepek "
        "ceban"
    ).pattern
    + r"|rp\d\w*"
)
_BEHIND = 2
"""Words from a demand to the money, at most: "diminta menyetor Rp35 juta"."""
_DONE = ("sudah", "sdh", "udah", "udh", "telah", "akhirnya", "beneran", "benar benar")
_CLOSED = (
    "ditindak", "diproses", "diusut", "dipindah", "ditangkap", "dikembalikan", "dibalikin",
)  # fmt: skip
"""Over only when it is said to be done: "tolong ditindak" asks for it."""
_TALK = Phrases(
    (words, words)
    for words in (
        # campaigns and announcements
        "bebas pungli", "berantas pungli", "memberantas pungli", "pemberantasan pungli",
        "stop pungli", "anti pungli", "antipungli", "tolak pungli", "cegah pungli",
        "mencegah pungli", "pencegahan pungli", "tanpa pungli", "tidak ada pungli",
        "tdk ada pungli", "ga ada pungli", "gak ada pungli", "nggak ada pungli", "lawan pungli",
        "bahaya pungli", "nol pungli", "zero pungli", "waspada pungli", "waspadai pungli",
        "satgas saber", "satgas pungli", "tim saber", "saber pungli kota",
        "saber pungli kabupaten", "sosialisasi", "bimtek", "deklarasi", "pakta integritas",
        "zona integritas", "wbk", "wbbm", "himbauan", "imbauan", "mengimbau", "menghimbau",
        "maklumat", "komitmen", "narasumber", "apel pagi", "apel gabungan", "apel siaga",
        # news and what is over
        "ujar", "ujarnya", "kata inspektur", "tegas inspektur", "membantah", "tersangka",
        "tertangkap", "kena ott", "terjaring ott", "divonis", "sidang perdana", "sidang kasus",
        "polisi mengusut", "kejaksaan mengusut", "terbongkar", "hasil pemeriksaan",
        "asil pemeriksaan", "uang sudah kembali", "uangnya sudah kembali",
        *(f"{done} {end}" for done in _DONE for end in _CLOSED),
        # questions about reporting it
        "lapor pungli kemana", "lapor pungli ke mana", "lapor kemana", "lapor ke mana",
        "melapor kemana", "melapor ke mana", "lewat mana", "kalo lapor", "kalau lapor",
        "kalau mau melapor", "kalau mau melaporkan", "cara lapor", "cara melapor",
        "cara melaporkan", "prosedur lapor", "prosedur melapor", "prosedur melaporkan",
        "prosedur pelaporan", "prosedur pengaduan", "dirahasiain ga", "dirahasiain gak",
        "dirahasiakan tidak", "dirahasiakan ga", "apakah identitas pelapor", "apakah nama pelapor",
    )
)  # fmt: skip
"""Where one of these stands, the word itself says nothing; a demand says what it says."""


def levies(words: Sequence[str]) -> list[str]:
    """Return the words by which a text says that money is demanded for a public service."""
    named = [pair.words for pair in _NAMED.find(words)]
    if named and _TALK.any(words):
        named = []
    return (named or _demanded(words))[:1]


def _demanded(words: Sequence[str]) -> list[str]:
    """Return each demand with the money that it is for, by an official or for a document.

    "pungli" stands before it, so that the kind of danger is told (tanggap/advice.toml).
    """
    return [
        f"pungli, {word} {words[money]}"
        for at, word in enumerate(words)
        if (_DEMANDS.fullmatch(word) and _by_office(words[max(0, at - NEAR - 2) : at]))
        or (_IS_DEMANDED.fullmatch(word) and _near_service(words, at))
        if not _denied(words, at) and not _OPEN.any(words[at + 1 : at + _BEHIND + 2])
        for money in range(at + 1, min(len(words), at + 1 + _BEHIND))
        if _is_money(words, money)
    ]


def _by_office(before: Sequence[str]) -> bool:
    """Whether it is an official or an office that demands, by the words before the demand."""
    near = [
        at
        for at in range(len(before) - 1, max(-1, len(before) - 1 - NEAR), -1)
        if _OFFICE.fullmatch(before[at])
        if "mengatasnamakan" not in before[max(0, at - 2) : at]
    ]
    if not near or any(_they_ask(before, at) for at in range(near[0] + 1, len(before))):
        return False
    official = next((at for at in near if _OFFICIAL.fullmatch(before[at])), near[0])
    ahead = [word for word in before[max(0, official - 2) : official] if not _AS.fullmatch(word)]
    return not (ahead and _WE.fullmatch(ahead[-1]))


def _they_ask(before: Sequence[str], at: int) -> bool:
    """Whether a word between an office and a demand says that citizens are those who ask."""
    word, ahead = before[at], before[at - 1]
    if not _CITIZENS.fullmatch(word) or _TO.fullmatch(ahead):
        return False
    last = at == len(before) - 1
    return last or not (_WE.fullmatch(word) and _THEIRS.fullmatch(ahead))


def _near_service(words: Sequence[str], at: int) -> bool:
    return any(_SERVICE.fullmatch(near) for near in words[max(0, at - NEAR) : at + NEAR + 1])


def _denied(words: Sequence[str], at: int) -> bool:
    """Whether a "not" stands before a demand: "ga pernah minta"."""
    ahead = [word for word in words[max(0, at - 2) : at] if not _EVER.fullmatch(word)]
    return bool(ahead and _NO.fullmatch(ahead[-1]))


def _is_money(words: Sequence[str], at: int) -> bool:
    if words[at] == "rp":  # "Rp 50.000"
        return words[at + 1 : at + 2] != [] and words[at + 1][0].isdigit()
    return _MONEY.fullmatch(words[at]) is not None
