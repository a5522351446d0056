"""Which passwords people may choose, at the desk and at the terminal."""

from collections.abc import Iterable

from tanggap.language import gettext as _

PASSWORD_AT_LEAST = 12
PASSWORD_AT_MOST = 1000
DIFFERENT_AT_LEAST = 5
"""Different letters of a password: `aaaaaaaaaaaa` is long, too."""

_COMMON = frozenset(
    (
        "abcdefghijkl", "admin", "adminadmin", "administrator", "akusayangkamu", "alhamdulillah",
        "anjing", "asdfghjkl", "assalamualaikum", "bangsat", "bismillah",
        "bismillahirrahmanirrahim",
        "diskominfo", "dragon", "garuda", "iloveyou", "indonesia", "indonesiaku",
        "indonesiaraya", "jakarta", "katasandi", "kucing", "letmein", "merdeka", "monkey",
        "pancasila", "pass", "passw0rd", "password", "passwordpassword", "pemkot", "persib",
        "persija", "qazwsxedc", "qwerty", "qwertyqwerty", "qwertyuiop", "qwertyuiopasdfghjkl",
        "rahasia", "rahasiabanget", "rahasianegara", "sayang", "sayangkamu", "selamatdatang",
        "selamatpagi", "semangat", "supervisor", "tanggap", "terserah", "welcome", "zxcvbnm",
    )
)  # fmt: skip
"""What people choose first; digits and signs before and behind it make it no better."""


def wrong_with(password: str, name: str, known: Iterable[str] = ()) -> str:
    """Return why the account `name` may not have this password, for a person; "" when it may.

    `known` are names that everybody there would try, such as the city's name.
    """
    if len(password) < PASSWORD_AT_LEAST:
        return _("kata sandi terlalu pendek: sedikitnya {} huruf").format(PASSWORD_AT_LEAST)
    if len(password) > PASSWORD_AT_MOST:
        return _("kata sandi terlalu panjang: paling banyak {} huruf").format(PASSWORD_AT_MOST)
    if name.casefold() in password.casefold() and len(password) < 2 * PASSWORD_AT_LEAST:
        return _("kata sandi memuat nama akun; pilih yang lain")
    local = {_core(part) for phrase in known for part in (phrase, *phrase.split())}
    easy = _COMMON | local | {""}
    if len(set(password.casefold())) < DIFFERENT_AT_LEAST or _core(password) in easy:
        return _("kata sandi terlalu mudah ditebak; pakai beberapa kata yang tidak berhubungan")
    return ""


def _core(password: str) -> str:
    """Return the letters of a password without what stands around them, nor blanks between."""
    letters = [letter for letter in password.casefold() if not letter.isspace()]
    while letters and not letters[-1].isalpha():
        letters.pop()
    while letters and not letters[0].isalpha():
        letters.pop(0)
    return "".join(letters)
