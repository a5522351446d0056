"""What is wrong with a file that is no TOML, in Indonesian, with the line and what to do.

Python's parser (`tomllib`) says it in English. Of the file only names of tables and keys are
repeated: a value may be a secret.
"""

import re

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_TABLE = re.compile(r"\[\[?\s*([A-Za-z0-9_.\- ]+?)\s*\]\]?")
_KEY = re.compile(r"\s*([A-Za-z0-9_.\-]+)\s*=")
_QUOTES = (
    'teks ditulis dalam tanda kutip lurus ("), bilangan serta true dan false tanpa tanda kutip'
)
_SAID = (
    ("Expected '='", "sesudah nama kunci harus ada ="),
    ("Expected newline", "satu baris memuat satu kunci saja; periksa tanda kutip, tulis jam "
     "lengkap dengan detik (08:00:00) dan bilangan pecahan dengan titik (1.5), atau awali "
     "keterangan dengan #"),
    ("Expected ']'", "kurung siku nama tabel belum ditutup; tulis misalnya [city]"),
    ("Expected ']]'", "kurung siku belum ditutup; tulis misalnya [[notice]]"),
    ("Illegal character", f"ada tanda kutip yang belum ditutup; {_QUOTES}"),
    ("Unterminated string", f"ada tanda kutip yang belum ditutup; {_QUOTES}"),
    ('Expected "', f"ada tanda kutip yang belum ditutup; {_QUOTES}"),
    ("Expected '\"", f"ada tanda kutip yang belum ditutup; {_QUOTES}"),
    ("Unescaped", "tanda \\ dalam teks harus ditulis dua kali"),
    ("Unclosed array", "daftar belum ditutup dengan ]"),
    ("Unclosed inline table", "kurung kurawal belum ditutup dengan }"),
    ("Invalid date", "tanggalnya tidak ada; tulis misalnya 2026-11-02"),
    ("Invalid value", f"nilainya kosong atau tidak sah; {_QUOTES}"),
    ("Duplicate inline table key", "satu kunci ditulis dua kali; hapus salah satu"),
    ("Found invalid character", "nama kunci hanya huruf, angka, _ dan -"),
    ("Invalid initial character", "nama kunci hanya huruf, angka, _ dan -"),
    ("Invalid statement", "baris ini bukan kunci dan bukan [tabel]; hapus, atau awali dengan #"),
)  # fmt: skip
"""How a message of Python 3.11 to 3.14 begins, and what is said for it."""


def toml_problem(said: str, text: str) -> str:
    """Return what is wrong with a text, by the parser's message about it."""
    found = _AT_LINE.search(said)
    number = int(found[1]) if found else 0
    where = f"baris {number}" if found else "di akhir berkas"
    # A line that was not ended is told by where the next one begins.
    line = text.splitlines()[number - 1] if 0 < number <= len(text.splitlines()) else ""
    return f"bukan TOML yang sah, {where}: {_problem(said, line, text)}"


def _problem(said: str, line: str, text: str) -> str:
    if said.startswith(("Cannot declare", "Cannot mutate", "Cannot redefine")):
        return _twice(line, text)
    if said.startswith("Cannot overwrite"):
        if table := _TABLE.match(line.strip()):
            name = table[1]
            return f"[{name}] yang lebih dulu harus [[{name}]], dengan dua kurung siku, seperti ini"
        key = _KEY.match(line)
        named = f"kunci `{key[1]}`" if key else "kunci ini"
        return f"{named} ditulis dua kali di tabel yang sama; hapus salah satu"
    return next((words for begin, words in _SAID if said.startswith(begin)), "periksa penulisannya")


def _twice(line: str, text: str) -> str:
    """Return what to do about a table that stands there twice, or once as a list."""
    table = _TABLE.match(line.strip())
    if table is None:
        return "kunci ini sudah ditulis sebagai tabel; gabungkan keduanya"
    name = table[1]
    if f"[[{name}]]" in text:
        return f"[{name}] di sini harus [[{name}]], dengan dua kurung siku, seperti yang lain"
    return f"tabel [{name}] ditulis dua kali; pindahkan isinya ke [{name}] yang pertama, lalu hapus"
