"""How a recap counts, in words under its tables: method, coverage, how to make it again. Pure."""

from collections.abc import Iterator

from tanggap.coverage import Statement
from tanggap.reach import WAYS
from tanggap.recap.material import Called, Recap
from tanggap.recap.period import SETTLED
from tanggap.wording import capitalised, moment


def method(recap: Recap) -> Iterator[str]:
    """Yield how the figures came about, one matter each."""
    deadlines = recap.deadlines
    own = any(one.first_answer for one in deadlines.opd.values())
    own = own or any(one.first_answer for one in deadlines.jenis.values())
    exceptions = " Sebagian OPD atau jenis punya batas sendiri menurut kebijakan kota."
    yield (
        "Diterima: semua pengaduan, permintaan informasi, dan aspirasi yang ditulis dalam periode "
        "ini dan sudah ditetapkan OPD-nya. Yang masih di triase dan yang disisihkan tidak "
        "dihitung. Aduan yang dirahasiakan atau peka ikut dihitung, tetapi isinya tidak "
        "pernah disebut."
    )
    yield (
        "Diterima = Dijawab + Belum dijawab + Tidak terpantau + Tidak ditunggu (ditutup, ditunda, "
        "atau bukan urusannya, tanpa jawaban terbuka)."
    )
    yield (
        "Dijawab: ada jawaban terbuka dari akun OPD atau akun induk kota, atau jawaban yang "
        "dicatat petugas dengan tautannya. Dijawab belum berarti selesai."
    )
    yield (
        f"Batas jawaban pertama: {deadlines.first_answer_for().words}."
        f"{exceptions if own else ''} Waktu dihitung sejak OPD dapat mengetahui aduan: bukan "
        "sebelum kiriman terlihat, dan bukan sebelum aduan diserahkan kepadanya. Hari libur, waktu "
        "di luar jam kerja, dan jeda menurut kebijakan tidak dihitung."
    )
    yield (
        "Terlambat: dijawab sesudah batas, atau belum dijawab dan sudah lewat batas. Lewat batas: "
        "yang di antara Belum dijawab sudah lewat. Bagian tepat waktu = Tepat waktu dibagi (Tepat "
        "waktu + Terlambat)."
    )
    yield (
        "Tidak terpantau: jaringan tidak memperlihatkan ada atau tidaknya jawaban, akun OPD tidak "
        "terhubung, atau kiriman tempatnya berdiri sudah terlalu lama untuk dibaca lagi. Ini tidak "
        "dihitung terhadap OPD mana pun, kecuali batasnya lewat selagi masih terpantau: yang itu "
        "juga terhitung Terlambat. Jawaban yang terlihat tetap "
        "dihitung, jadi di mana banyak yang tidak terpantau, bagian tepat waktunya dapat tampak "
        "lebih baik daripada sebenarnya."
    )
    yield (
        "Bukan urusannya: bukan kewenangan kota, duplikat, atau diarsipkan. Masih terbuka: belum "
        "ditutup. Dijawab akun lain: jawaban pertamanya bukan dari akun OPD itu sendiri."
    )
    yield (
        "Median: separuh paling lama sekian. P90: sembilan dari sepuluh paling lama sekian. "
        "Tanda - berarti tidak ada yang diukur; 0,0 jam kerja: dijawab dalam beberapa menit, "
        "atau di luar jam kerja."
    )
    yield (
        f"Saat penilaian: {moment(recap.as_of, recap.zone)}. Jawaban dan perubahan status sesudah "
        "saat itu tidak dihitung, begitu pula aduan yang baru terbaca sesudahnya. Tanpa --as-of, "
        f"periode yang sudah lewat dinilai {SETTLED.days} hari sesudah berakhir. OPD, sektor, dan "
        "kecamatan menurut isi basis data saat rekap dibuat; batas waktu, jam kerja, dan hari "
        "libur menurut kebijakan saat rekap dibuat."
    )
    yield (
        f"Rekap yang sama dibuat lagi dengan: tanggap recap {recap.period.option} "
        f"--as-of {as_typed(recap)}"
    )


def as_typed(recap: Recap) -> str:
    """Return the moment of judging as it is written behind --as-of, in the city's zone."""
    return f"{recap.as_of.astimezone(recap.zone):%Y-%m-%dT%H:%M}"


def coverage(found: Statement, called: Called) -> Iterator[str]:
    """Yield what was watched: the sentence, each network, what is never seen."""
    yield found.sentence
    for network, share in found.networks.items():
        count = sum(one.source.network == network for one in found.sources)
        yield f"{_title(network)}: terbaca {share.words} dari waktunya, {count} sumber."
    for network, never in found.unseen.items():
        if never:
            yield f"{_title(network)} tidak memperlihatkan: {'; '.join(never)}."
        if missing := found.unconnected.get(network, ()):
            names = ", ".join(called(opd, "opd") for opd in missing)
            yield f"{_title(network)} belum tersambung: {names}."
    if found.off:
        yield f"Tidak dibaca sama sekali: {', '.join(map(_title, found.off))}."


def _title(network: str) -> str:
    return WAYS[network].title if network in WAYS else capitalised(network)
