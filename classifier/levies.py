"""Somebody demands money for a public service (pungli): who, and what for, within a few words.

The word alone says little: campaigns, news and thanks name it too. So an official, an office or a
document must stand near it; or near a demand with money right behind it. And nothing may say that
it is a campaign, news, over, or a question about reporting it.
"""

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
_SERVICE = any_of(f"{_OFFICIALS} {_OFFICES} {_PAPERS}")
_DEMAND = any_of(
    "minta mintak mintain meminta dimintai dimintain diminta dipalak* malak* njaluk* dijaluk* "
    "menta dipentaan matok dipatok mematok"
)
_MONEY = any_of(
    "uang* duit* dhuwit artos amplop* pelicin* seikhlasnya* *rb *ribu *jt juta rp* gocap cepek "
    "ceban"
)
_BEHIND = 2
"""Words from a demand to the money, at most: "diminta menyetor Rp35 juta"."""
_QUIET = Phrases(
    (words, words)
    for words in (
        # campaigns and announcements
        "bebas pungli", "berantas pungli", "memberantas pungli", "pemberantasan pungli",
        "stop pungli", "anti pungli", "antipungli", "tolak pungli", "cegah pungli",
        "mencegah pungli", "pencegahan pungli", "tanpa pungli", "tidak ada pungli",
        "tdk ada pungli", "lawan pungli", "nol pungli", "zero pungli", "satgas saber",
        "satgas pungli", "tim saber", "saber pungli kota", "saber pungli kabupaten", "sosialisasi",
        "bimtek", "deklarasi", "pakta integritas", "zona integritas", "wbk", "wbbm", "waspada",
        "hati hati", "himbauan", "imbauan", "mengimbau", "menghimbau", "maklumat", "komitmen",
        "narasumber", "apel",
        # news and what is over
        "ujar", "ujarnya", "kata inspektur", "tegas inspektur", "membantah", "tersangka",
        "ditangkap", "tertangkap", "ott", "divonis", "sidang", "dipindah", "ditindak", "diproses",
        "diusut", "ngusut", "mengusut", "dikembalikan", "dibalikin", "uang kembali",
        "sudah kembali",
        "sudah beres", "terbongkar", "hasil pemeriksaan", "asil pemeriksaan",
        # questions about reporting it
        "kemana", "ke mana", "lewat mana", "kalo lapor", "kalau lapor", "kalau mau melapor",
        "kalau mau melaporkan", "cara lapor", "cara melapor", "cara melaporkan", "pelapor",
        "prosedur",
        # what is asked for openly, or never was
        "lowongan", "uang muka", "uang kas", "pernah minta", "tidak minta", "ga minta", "gak minta",
    )
)  # fmt: skip
"""Where one of these stands, nothing is said to be demanded."""


def levies(words: Sequence[str]) -> list[str]:
    """Return the words by which a text says that money is demanded for a public service."""
    found = [pair.words for pair in _NAMED.find(words)] or _demanded(words)
    return found[:1] if found and not _QUIET.any(words) else []


def _demanded(words: Sequence[str]) -> list[str]:
    """Return each demand with the money that it is for, near an official or a document.

    "pungli" stands before it, so that the kind of danger is told (tanggap/advice.toml).
    """
    return [
        f"pungli, {word} {money}"
        for at, word in enumerate(words)
        if _DEMAND.fullmatch(word)
        and any(_SERVICE.fullmatch(near) for near in words[max(0, at - NEAR) : at + NEAR + 1])
        for money in words[at + 1 : at + 1 + _BEHIND]
        if _MONEY.fullmatch(money)
    ]
