"""Why an address did not take a message, told from what Apprise and the libraries below it say.

Apprise itself answers yes or no. Its lines hold hosts, addresses and tokens, so nothing of them
goes on but the code that a network or a server gave. What is said at the terminal is Indonesian.
"""

import re
from collections.abc import Iterable

REFUSALS = {
    "login": "kunci, token atau kata sandinya ditolak; buat yang baru, lalu perbarui alamatnya",
    "missing": "tujuannya tidak ada di sana; periksa nomor, grup atau jalur di alamatnya",
    "often": "diminta mencoba lagi nanti; tunggu sebentar",
    "refused": "isi permintaannya ditolak; periksa tujuan dan pilihan di alamatnya",
    "broken_service": "layanannya sedang terganggu; coba lagi nanti",
    "mail": "server e-mail menolak pengirim atau penerimanya; periksa keduanya di alamatnya",
    "name": "nama servernya tidak ditemukan; periksa ejaannya, dan DNS server ini",
    "certificate": "sambungan TLS gagal; periksa sertifikat, nama server dan port",
    "timeout": "tidak ada jawaban pada waktunya; periksa port, dan firewall server ini",
    "closed": "tidak ada layanan di port itu; periksa nama server dan port",
    "unreachable": "servernya tidak terjangkau dari sini; periksa jaringan server ini",
    "broken": "sambungan diputus dari sana; periksa port dan TLS, lalu coba lagi",
    "unknown": "sebabnya tidak disebut; periksa alamatnya menurut docs/notices.md",
}
"""Why an address did not take a message, and what to do, by the code of `refusal`."""
_HTTP = re.compile(r"error=([1-5]\d\d)\b")
_SMTP = re.compile(r"\(([45]\d\d), b['\"]")
_SAID = tuple(
    (code, re.compile(words, re.IGNORECASE))
    for code, words in (
        ("timeout", r"timed? ?out"),
        ("closed", r"connection refused|errno 111\b"),
        ("unreachable", r"unreachable|no route|errno 1(?:01|13)\b"),
        ("broken", r"reset by peer|aborted|unexpectedly closed|broken pipe"),
        ("name", r"failed to resolve|getaddrinfo|name or service not known|nodename nor"),
        # Last: a host may be called so, and stands in the lines of all the others.
        ("certificate", r"certificate|\bssl\b|\btls\b|wrong_version_number"),
    )
)
_HTTP_CODES = {"401": "login", "403": "login", "404": "missing", "410": "missing", "429": "often"}


def refusal(lines: Iterable[str]) -> tuple[str, str]:
    """Return a key of REFUSALS, and the number that the other side gave.

    The number is empty where there was none; ("unknown", "") where no line tells a reason.
    """
    text = "\n".join(lines)
    if found := _HTTP.search(text):
        number = found[1]
        usual = "broken_service" if number >= "500" else "refused"
        return _HTTP_CODES.get(number, usual), f"HTTP {number}"
    if found := _SMTP.search(text):
        number = found[1]
        code = "login" if number in ("530", "534", "535") else "mail"
        return ("often" if number.startswith("4") else code), f"SMTP {number}"
    return next((code for code, words in _SAID if words.search(text)), "unknown"), ""
