"""What an answer holds beyond its words: when, how much, done or promised, where it sends people.

Plain rules over one text by `classifier.text.clean`. The model weighs them; none decides alone.
"""

import re

from classifier.text import HANDLE, LINK

_VAGUE = (
    r"(?:tindak ?lanjut|terus|sampai|koordinasi|terima|proses|maklumi|catat|tampung|respon"
    r"|informasi|bantu|hubungi|laporkan)"
)
"""Stems after "di-" and "kami" that name no work on the matter."""
_WORK = rf"(?: \w+)? (?:di|kami )(?!{_VAGUE})\w{{4,}}"
"""What is done, with one word before it at most: "diangkut", "petugas kami angkut"."""
_DAYS = r"senin|selasa|rabu|kamis|jum[ ']?at|sabtu|minggu|ahad"
_MONTHS = (
    r"jan(?:uari)?|feb(?:ruari)?|mar(?:et)?|apr(?:il)?|mei|juni?|juli?|agu?s?(?:tus)?"
    r"|sep(?:t(?:ember)?)?|okt(?:ober)?|no[vp](?:ember)?|des(?:ember)?"
)
_RULES: dict[str, tuple[str, ...]] = {
    # when
    "tanggal": (r"\b(?:tanggal|tgl)\b", rf"\b\d{{1,2}} ?(?:{_MONTHS})\b", r"\b\d{1,2}/\d{1,2}\b"),
    "hari": (rf"\b(?:{_DAYS}|besok|lusa|kemarin|tadi|semalam|hari ini|nanti (?:sore|malam))\b",),
    "jam": (r"\b(?:jam|pukul|pkl|wib|wita|wit)\b", r"\b\d{1,2}[.:]\d{2}\b"),
    "selama": (r"\b\d+ ?(?:[-–] ?\d+ ?)?(?:hari|minggu|bulan|jam|menit)\b", r"\bhari kerja\b"),
    "kapan": (r"\b(?:minggu|pekan|bulan|tahun|triwulan) (?:ini|depan|lalu|kemarin)\b", r"\bapbd"),
    # how much, which number
    "uang": (r"\brp\b", r"\brp\.? ?\d", r"\b(?:ribu|juta|rupiah|gratis|biaya|retribusi)\b"),
    "banyak": (
        r"\b\d+ ?(?:m|meter|km|cm|titik|orang|unit|truk|personel|petugas|kk|rt|lampu|persen)\b",
    ),
    "nomor": (
        r"\b(?:no(?:mor)?|kode)\.? ?(?:tiket|laporan|aduan|pengaduan|registrasi|agenda)\b",
        r"\btiket\b",
    ),
    "angka": (r"\d",),
    # the next step is private, written, or a visit
    "japri": (
        r"\b(?:dm|inbox|japri|wa|whats ?app|messenger|pm|jalur pribadi|kotak masuk)\b",
        r"\bpesan (?:langsung|pribadi)\b",
        r"\b(?:direct|personal) message\b",
    ),
    "identitas": (r"\b(?:nik|no(?:mor)?\.? (?:hp|telepon|kontak)|data diri|identitas|id pel)\b",),
    "bersurat": (r"\b(?:bersurat|surat (?:resmi|permohonan|tertulis)|tertulis|proposal)\b",),
    "datang": (r"\b(?:datang|ke kantor|berkunjung)\b",),
    # somebody else, another way
    "aplikasi": (r"\b(?:aplikasi|website|situs|web|laman|portal|tautan|link)\b",),
    "hotline": (
        r"\b(?:call ?cent(?:er|re)|hotline|lapor!|sp4n|pusat panggilan)",
        r"\b(?:11\d|123|129)\b",
    ),
    "wewenang": (r"\b(?:ke)?wewenang(?:an)?\b", r"\b(?:ranah|domain|dikelola)\b"),
    "hubungi": (
        r"\b(?:silak?an|mohon|bisa|dapat)(?: \w+){0,2} (?:hubungi|lapor|sampaikan|mention)",
    ),
    "tautan": (LINK,),
    "akun": (HANDLE,),
    "telepon": (r"\b0\d{2,3}[ -]?\d{3,4}[ -]?\d{2,5}\b", r"\b08\d{8,11}\b"),
    # done, promised, or nothing said
    "sudah": (rf"\b(?:sudah|telah|udah|selesai|berhasil){_WORK}",),
    "akan": (rf"\bakan{_WORK}",),
    "samar": (rf"\b(?:di|me[nmty]?\w?|kami )?{_VAGUE}",),
    "karena": (r"\b(?:karena|sebab|dikarenakan|akibat|lantaran|masih menunggu|belum bisa)\b",),
    "tim": (r"\b(?:tim|petugas|regu|teknisi|mekanik)\b",),
    "sopan": (r"\b(?:terima ?kasih|makasih|maaf)\b",),
    "menunggu": (r"\b(?:mohon|harap|dimohon|ditunggu)\b",),
    "tanya": (r"\?",),
    "tanya_tempat": (r"\b(?:lokasi|alamat|patokan|foto|titik|di ?mana)[^.!]{0,40}\?",),
}
_MARKS = tuple((f"tanda:{name}", re.compile("|".join(rule))) for name, rule in _RULES.items())
_GREETED = re.compile(rf"^(?:\s*{HANDLE})+")
"""Whom the answer is to: it sends nobody anywhere."""
_LENGTHS = ((6, "pendek"), (14, "sedang"), (30, "panjang"))
"""Up to how many words an answer is called so."""


def marks(cleaned: str, n_words: int) -> tuple[str, ...]:
    """Return the names of the marks that a clean text of `n_words` words carries, each once."""
    said = _GREETED.sub("", cleaned)
    found = [name for name, rule in _MARKS if rule.search(said)]
    length = next((name for most, name in _LENGTHS if n_words <= most), "sangat_panjang")
    return (*found, f"panjang:{length}")
