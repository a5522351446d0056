"""Personal data in a citizen's text: where NIK, telephone numbers and the like stand, and masks.

A text is hidden for show only; what is stored and what the classifier learns from stays whole.
Found are numbers of persons (NIK, KK), telephones, vehicle plates, e-mail addresses, accounts
(bank, customer numbers, BPJS, NPWP) and payment cards. Years, prices, dates, times, house
numbers, the public's short numbers, handles and links to posts are left as they are. Pure: no
I/O, no settings.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator

from tanggap.personal_numbers import DOTS, Found, Kind, OpenToAll, numbers

__all__ = ["DOTS", "Found", "Kind", "find", "mask", "without_handles"]


def mask(text: str) -> str:
    """Return `text` with the personal data in it hidden but for what tells it apart.

    Idempotent; a text without a digit and without "@" comes back as it is.
    """
    # What is hidden moves words nearer to each other, so that a second look may find more. Each
    # look takes away digits or the name before an "@", so there is an end to it.
    while spans := find(text):
        parts, end = [], 0
        for span in spans:
            parts += [text[end : span.start], span.shown]
            end = span.end
        text = "".join(parts) + text[end:]
    return text


def find(text: str) -> list[Found]:
    """Return the personal data in `text` in order, none overlapping another."""
    if not any(character == "@" or character.isdecimal() for character in text):
        return []
    plain = _plain(text)
    open_to_all = OpenToAll(plain)
    taken = _Taken()
    for found in (*_emails(plain), *numbers(plain, open_to_all), *_plates(plain, open_to_all)):
        taken.add(found)
    return taken.spans


_HANDLE = re.compile(r"(?<!\u2022)([@\uff20])(\w(?:[\w.]*\w)?)")
_PROFILE = re.compile(
    r"\b((?:x|twitter|instagram|facebook|fb|threads|tiktok|youtube|t|telegram)"
    r"\.(?:com|net|me|watch))/[^\s<>\"]+",
    re.IGNORECASE,
)


def without_handles(text: str, known: frozenset[str]) -> str:
    """Return `text` with the handles in it hidden, and what stands behind a network's address.

    `known` are handles in small letters, without "@", that stay. Names in running text stay too:
    no rule tells them from other words. Idempotent.
    """
    text = _PROFILE.sub(rf"\1/{DOTS}", text)
    return _HANDLE.sub(
        lambda match: match[0] if match[2].lower() in known else f"{match[1]}{DOTS}", text
    )


class _Taken:
    """The stretches found so far: who comes first keeps the place."""

    def __init__(self) -> None:
        self.spans: list[Found] = []
        self._starts: list[int] = []

    def add(self, found: Found) -> None:
        at = bisect_right(self._starts, found.start)
        if at and self.spans[at - 1].end > found.start:
            return
        if at < len(self.spans) and self.spans[at].start < found.end:
            return
        self.spans.insert(at, found)
        self._starts.insert(at, found.start)


# ---- the text as it is read ----------------------------------------------------------------

_DISGUISED = re.compile(r"(?<![^\W_])(?=[oOlI]*[0-9])[0-9oOlI]{2,}(?![^\W_])")
_AS_DIGIT = str.maketrans("oOlI", "0011")


def _plain(text: str) -> str:
    """Return `text`, as long as before, with digits of all scripts and "o8I2" as ASCII digits."""
    if not text.isascii():
        text = "".join(
            str(unicodedata.decimal(one)) if not one.isascii() and one.isdecimal() else one
            for one in text
        )
    return _DISGUISED.sub(_undisguised, text)


def _undisguised(match: re.Match[str]) -> str:
    token = match.group()
    digits = sum(one.isdecimal() for one in token)
    return token.translate(_AS_DIGIT) if 2 * digits >= len(token) else token


# ---- e-mail --------------------------------------------------------------------------------

_EMAIL = re.compile(r"(?<![\w.+%\u2022-])([\w.+%-]+)@((?:[a-z0-9-]+\.)+[a-z]{2,})", re.IGNORECASE)
"""Of any ending, since new ones come all the time; a handle has no name before its "@"."""


def _emails(text: str) -> Iterator[Found]:
    if "@" not in text:
        return
    for match in _EMAIL.finditer(text):
        if name := match[1].lstrip("._%+-"):
            start = match.end(1) - len(name)
            yield Found(start, match.end(), "email", f"{name[0]}{DOTS}@{match[2]}")


# ---- vehicle plates ------------------------------------------------------------------------

_LOOK_BACK = 60
_PREFIXES = (
    "A", "AA", "AB", "AD", "AE", "AG", "B", "BA", "BB", "BD", "BE", "BG", "BH", "BK", "BL",
    "BM", "BN", "BP", "D", "DA", "DB", "DC", "DD", "DE", "DG", "DH", "DK", "DL", "DM", "DN",
    "DP", "DR", "DS", "DT", "DW", "E", "EA", "EB", "ED", "F", "G", "H", "K", "KB", "KH", "KT",
    "KU", "L", "M", "N", "P", "PA", "PB", "PE", "PG", "R", "S", "T", "W", "Z",
)  # fmt: skip
_PLATE = re.compile(
    rf"(?<![\w@./\u2022-])({'|'.join(sorted(_PREFIXES, key=len, reverse=True))})"
    r"([ .-]{0,2})([1-9][0-9]{0,3})([ .-]{0,2})([a-z]{1,3})(?![\w\u2022])",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_NOT_ENDS = frozenset(
    (
        "rt", "rw", "no", "di", "ke", "dan", "jam", "yg", "ini", "itu", "ada", "km", "kg", "m",
        "mm", "cm", "ha", "thn", "th", "tgl", "bln", "org", "orang", "kk", "ya", "yah", "min",
        "pak", "bu", "kak", "nya", "dr", "dgn", "dg", "tp", "tapi", "gk", "ga", "gak", "jg",
        "juga", "wib", "wit", "wita", "sd", "s", "per", "pcs", "ltr", "rb", "jt", "lt", "lbr",
        "x", "kali", "bis", "lho", "loh", "dong", "nih", "sih", "kok", "lah", "kan", "utk", "an",
        "pas", "tak", "sdh", "udh", "blm", "kw", "va", "volt", "watt", "w", "v", "l", "gb", "mb",
        "tb", "pm", "am", "hr", "mg", "wa", "hp", "jl", "jln", "gg", "blok", "unit", "pt", "cv",
        "tv", "pj", "dpi", "rpm", "bpd", "dst", "dll", "mbps",
    )
)  # fmt: skip
_SAYS_VEHICLE = re.compile(
    r"\b(?:plat|plat nomor|plat no|nopol|no\.? ?pol|nomor polisi|mobil|motor|truk|truck|angkot|bus|"
    r"bis|pick ?up|avanza|xenia|innova|brio|jazz|vario|beat|scoopy|nmax|mio|supra|taksi|ojol|"
    r"pelat)\W{1,3}(?:[a-z]+\W{1,3}){0,2}$",
    re.IGNORECASE,
)
_SAYS_ADDRESS = re.compile(
    r"\b(?:blok|blk|gang|gg|no|nomor|kav|kavling|jalur|lantai|lt|gedung|ruang|kamar|kelas|peron|"
    r"gate|pintu|tower|halaman|pasal|nilai|grade|golongan|gol|vitamin|hepatitis)\W{0,3}$",
    re.IGNORECASE,
)


def _plates(text: str, open_to_all: OpenToAll) -> Iterator[Found]:
    for match in _PLATE.finditer(text):
        prefix, _, digits, _, end = match.groups()
        if open_to_all.holds(*match.span()):
            continue
        before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
        said = bool(_SAYS_VEHICLE.search(before))
        # "P3K", "D3 TI", "A 12 B": without a word for a vehicle only long numbers are plates.
        if not said and (
            len(digits) < 3
            or end.lower() in _NOT_ENDS
            or prefix.isupper() != end.isupper()
            or (prefix.islower() and _YEAR.fullmatch(digits))
            or _SAYS_ADDRESS.search(before)
        ):
            continue
        if said and end.lower() in _NOT_ENDS and end.islower():
            continue
        yield Found(match.start(), match.end(), "plate", f"{prefix} {DOTS}")
