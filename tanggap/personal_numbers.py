"""Which numbers in a text are a person's own, and which everybody may read. Pure.

`text` is here always the plain one of `tanggap.personal`: its digits are ASCII.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Kind = Literal["nik", "kk", "phone", "plate", "email", "account", "card"]
DOTS = "\u2022\u2022\u2022\u2022"
"""What stands for what is hidden; no rule finds anything that touches it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch `text[start:end]` that holds personal data, and what is shown of it instead."""

    start: int
    end: int
    kind: Kind
    shown: str


_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"]+|(?<![\w.@-])(?:[a-z0-9-]+\.)+[a-z]{2,}/[^\s<>\"]*",
    re.IGNORECASE,
)
_LINK_OF_A_PERSON = re.compile(
    r"^(?:https?://)?(?:www\.)?(?:wa\.me|(?:api|web|chat)\.whatsapp\.com|whatsapp\.com)/"
    r"|^(?:https?://)?(?:www\.)?(?:t|telegram)\.me/\+"
    r"|[?&;](?:nik|kk|nokk|no_kk|phone|nohp|no_hp|hp|wa|nowa|telp?|telepon|e?mail)=",
    re.IGNORECASE,
)
_AMOUNT = r"[1-9](?![0-9]{15}(?![0-9]))[0-9.,]*"
"""A telephone number begins with 0, and 16 digits in one are nobody's money."""
_SUM = re.compile(
    rf"(?:\brp\.?|\bidr)\s*{_AMOUNT}"
    r"|(?<![\w.,])(?<![0-9][\s\-\u2010-\u2015/_])(?<![0-9][\s)-][\s(-])"
    rf"{_AMOUNT}\s*(?:ribu|rb|juta|jt|miliar|milyar|triliun|rupiah|perak)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?<![0-9])[0-3]?[0-9]([-/.])[01]?[0-9]\1(?:(?:19|20)[0-9]{2}|[0-9]{2})(?![0-9]|[-/.][0-9])"
    r"|(?<![0-9])(?:19|20)[0-9]{2}([-/.])[01]?[0-9]\2[0-3]?[0-9](?![0-9]|[-/.][0-9])"
)
_TIMES = re.compile(
    r"(?<![0-9.])[0-2]?[0-9][.:][0-5][0-9](?:\s*(?:-|\u2013|\u2014|s/?d|sampai|hingga)\s*"
    r"[0-2]?[0-9][.:][0-5][0-9](?![0-9])|\s*(?:wib|wita|wit|pagi|siang|sore|malam)\b)"
    r"|(?<![0-9])[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?(?![0-9])",
    re.IGNORECASE,
)
_COORDINATES = re.compile(r"(?<![0-9])[0-9]{1,3}\.[0-9]{4,}\s*,\s*-?[0-9]{1,3}\.[0-9]{4,}")
_SERVICE = re.compile(
    r"(?<![0-9])(?<![0-9][ .-])(?:14[0-9]{3}|1-?500[ .-]?[0-9]{3}|080[0-9](?:[ .-]?[0-9]){6,8})"
    r"(?![0-9])"
)
"""Hotlines: 14045, 1500-567, 0800-1-234-567. Shorter ones (112, 1708) are too short to be found."""
_HANDLE = re.compile(r"(?<![\w.+%-])@[\w.]+")
_RULES = (_SUM, _DATE, _TIMES, _COORDINATES, _SERVICE, _HANDLE)


class OpenToAll:
    """Stretches of a text in which nothing is looked for: what everybody may read."""

    def __init__(self, text: str) -> None:
        spans = [match.span() for rule in _RULES for match in rule.finditer(text)]
        spans += [
            match.span() for match in _LINK.finditer(text) if not _LINK_OF_A_PERSON.search(match[0])
        ]
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def holds(self, start: int, end: int) -> bool:
        """Whether some of `start:end` stands in such a stretch."""
        at = bisect_right(self._ends, start)
        return at < len(self._starts) and self._starts[at] < end


_INVISIBLE = "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\u20e3\ufeff"
"""With the parts of a key cap, which stand behind its digit."""
_SEPARATOR = rf"[ \t\u00a0\u202f.\-\u2010-\u2015_/(){_INVISIBLE}]"
_RUN = re.compile(rf"[0-9](?:{_SEPARATOR}{{0,3}}[0-9])*")
_GROUP = re.compile(r"[0-9]+")
_PROVINCES = frozenset(
    (
        "11", "12", "13", "14", "15", "16", "17", "18", "19", "21", "31", "32", "33", "34", "35",
        "36", "51", "52", "53", "61", "62", "63", "64", "65", "71", "72", "73", "74", "75", "76",
        "81", "82", "91", "92", "93", "94", "95", "96", "97",
    )
)  # fmt: skip
_SAYS_NIK = re.compile(
    r"\b(?:nik|ktp|e-?ktp|no\.?\s?induk(?: kependudukan)?|induk kependudukan)\W{0,8}"
    r"(?:(?:saya|ku|nya|istri|suami|anak|ibu|bapak|adalah|an|atas nama|no|nomor)\W{0,4}){0,3}$",
    re.IGNORECASE,
)
_SAYS_KK = re.compile(
    r"\b(?:kk|kartu keluarga)\W{0,8}"
    r"(?:(?:saya|ku|nya|kami|adalah|no|nomor)\W{0,4}){0,3}$",
    re.IGNORECASE,
)
_SAYS_PHONE = re.compile(
    r"(?:\b|_)(?:wa|w\.a|whats?app?|hp|h\.p|telp|telpon|telfon|telepon|tlp|tlpn|tilp|tel|phone|"
    r"hub|hubungi|kontak|contact|cp|call|sms|nohp|nowa|no|nomor|nmr)\W{0,4}"
    r"(?:(?:saya|ku|nya|aku|ini|di|ke|no|nomor|rumah|wa|hp)\W{0,4}){0,3}$",
    re.IGNORECASE,
)
_BANKS = (
    "bca|bri|bni|btn|bsi|bjb|mandiri|cimb|cimb niaga|danamon|permata|mega|muamalat|ocbc|panin|"
    "jago|seabank|jenius|btpn|bank [a-z]+"
)
_SAYS_ACCOUNT = re.compile(
    rf"\b(?:no\.?\s?rek|norek|rek|rekening|{_BANKS}|va|virtual account|gopay|ovo|shopeepay|linkaja|"
    r"id\s?pel|id\s?pelanggan|no\.?\s?pel|nopel|nomor pelanggan|no\.? pelanggan|no\.? sambungan|"
    r"no\.? meter|nomor meter|bpjs|kis|npwp)\b[^0-9\n\u2022@]{0,30}$",
    re.IGNORECASE,
)
_BANK_FOLLOWS = re.compile(
    rf"\s{{0,2}}[(,\-\u2013]?\s{{0,2}}(?:(?:rek(?:ening)?|bank)\s)?(?:{_BANKS})\b", re.IGNORECASE
)
_GLUED = re.compile(
    r"(?<![^\W\d_])(?:wa|hp|telp|tlp|tel|cp|call|no|nomor|nik|ktp|kk|rek|norek|nohp|nowa|hub)$",
    re.IGNORECASE,
)
_LOOK_BACK = 60
_DIGITS_AT_MOST = 18
"""Of the longest number that is looked for; it has not more groups of digits either."""


@dataclass(frozen=True, slots=True)
class _Number:
    """Some neighbouring groups of digits: `digits` without what stands between them."""

    start: int
    end: int
    digits: str


def numbers(text: str, open_to_all: OpenToAll) -> Iterator[Found]:
    """Yield the numbers of persons, cards, telephones and accounts in a plain text."""
    for run in _RUN.finditer(text):
        if run.end() - run.start() < 7:
            continue
        groups = _groups(text, run, open_to_all)
        at = 0
        while at < len(groups):
            first = groups[at].start
            # Within a run no word stands before a group, only what separates digits.
            since = first - _LOOK_BACK if first == run.start() else first - 3
            before = text[max(0, since) : first]
            found, width = _first_of(text, before, groups[at : at + _DIGITS_AT_MOST])
            if found is not None:
                yield found
            at += width


def _groups(text: str, run: re.Match[str], open_to_all: OpenToAll) -> list[_Number]:
    """Return the groups of digits of a run that are neither masks' remains nor open to all."""
    groups = []
    for match in _GROUP.finditer(text, run.start(), run.end()):
        start, end = match.span()
        if DOTS[0] in (text[start - 1 : start], text[end : end + 1]):
            continue
        if not open_to_all.holds(start, end):
            groups.append(_Number(start, end, match[0]))
    return groups


def _first_of(text: str, before: str, groups: Sequence[_Number]) -> tuple[Found | None, int]:
    """Return what begins at the first group, and how many groups that takes (at least one)."""
    if before[-1:].isalnum() and not _GLUED.search(before):
        return None, 1
    widths = list(_widths(groups))
    if len(widths[-1][1]) < 8:
        return None, 1
    for rule in (_identity, _card, _phone, _account):
        width = rule(text, before, groups, widths)
        if not width:
            continue
        whole = _joined(text, groups[:width])
        if _goes_on(text, whole.end):
            continue
        return _hidden(text, before, whole, rule.__name__), width
    return None, 1


_KEY_CAP = re.compile(r"[\ufe0f\u20e3]*")


def _joined(text: str, groups: Sequence[_Number]) -> _Number:
    digits = "".join(group.digits for group in groups)
    cap = _KEY_CAP.match(text, groups[-1].end)
    return _Number(groups[0].start, cap.end() if cap else groups[-1].end, digits)


_WORD = re.compile(r"[^\W_]*")


def _goes_on(text: str, end: int) -> bool:
    """Whether a number is only the beginning of a word with more digits in it (a digest)."""
    word = _WORD.match(text, end)
    return word is not None and any(one.isdecimal() for one in word[0])


def _hidden(text: str, before: str, number: _Number, rule: str) -> Found:
    digits, start = number.digits, number.start
    if rule == "_identity":
        says_kk = bool(_SAYS_KK.search(before))
        named = says_kk or bool(_SAYS_NIK.search(before))
        return Found(
            start, number.end, "kk" if says_kk else "nik", DOTS if named else f"NIK {DOTS}"
        )
    if rule == "_phone":
        plus = "+" if text[start - 1 : start] == "+" else ""
        first, last = (5 if digits.startswith("62") else 4), (3 if len(digits) >= 11 else 2)
        shown = f"{plus}{digits[:first]}{DOTS}{digits[-last:]}"
        return Found(start - len(plus), number.end, "phone", shown)
    kind: Kind = "card" if rule == "_card" else "account"
    return Found(start, number.end, kind, f"{DOTS}{digits[-3:]}")


Widths = Sequence[tuple[int, str]]
"""How many groups may belong to one number, with their digits; the fewest first."""


def _widths(groups: Sequence[_Number]) -> Iterator[tuple[int, str]]:
    digits = ""
    for width, group in enumerate(groups, 1):
        if width > 1 and group.start - groups[width - 2].end > 3:
            return  # between them stood something that is open to all
        digits += group.digits
        yield width, digits
        if len(digits) >= _DIGITS_AT_MOST:
            return


def _identity(text: str, before: str, groups: Sequence[_Number], widths: Widths) -> int:
    """16 digits with a region and a date in them; behind the word NIK or KK any such length."""
    for width, digits in widths:
        if len(digits) == 16 and _is_identity(digits) and len(set(_gaps(text, groups, width))) < 2:
            return width
    if not (_SAYS_NIK.search(before) or _SAYS_KK.search(before)):
        return 0
    fitting = [width for width, digits in widths if 12 <= len(digits) <= _DIGITS_AT_MOST]
    return fitting[-1] if fitting else 0


def _is_identity(digits: str) -> bool:
    day, month = int(digits[6:8]), int(digits[8:10])
    return (
        digits[:2] in _PROVINCES
        and digits[2:4] != "00"
        and digits[4:6] != "00"
        and (1 <= day <= 31 or 41 <= day <= 71)
        and 1 <= month <= 12
        and digits[12:] != "0000"
    )


def _card(text: str, before: str, groups: Sequence[_Number], widths: Widths) -> int:
    for width, digits in widths:
        if len(digits) == 16 and digits[0] in "3456" and _luhn(digits):
            return width
    return 0


def _luhn(digits: str) -> bool:
    doubled = (2 * int(digit) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


_MOBILE = re.compile(r"(?:0|62|620)8[1-9][0-9]*")
_LANDLINE = re.compile(r"0[2-79][0-9]{7,10}")


def _phone(text: str, before: str, groups: Sequence[_Number], widths: Widths) -> int:
    """A mobile number, also abroad with "+"; with a word before it also 812… and landlines."""
    abroad = before.endswith("+")
    said = bool(_SAYS_PHONE.search(before.rstrip("+(")))
    least = 9 if said else 10
    single = _single_digits(groups)
    best = 0
    for width, digits in widths:
        if width > 1 and best and not _continues(text, groups, width):
            break
        start = groups[0].digits if not single else digits
        if not least <= len(digits) <= 15 or (len(start) < 2 and not abroad):
            continue
        national = re.sub(r"^(?:620|62|0)", "", digits)
        fits = (
            (_MOBILE.fullmatch(digits) and start[:2] in ("08", "62") and len(national) <= 12)
            or (abroad and digits[0] != "0")
            or (said and re.fullmatch(r"8[1-9][0-9]{7,10}", digits))
            or (said and len(start) > 2 and _LANDLINE.fullmatch(digits))
        )
        if fits:
            best = width
    return best


_UNSEEN = re.compile(f"[{_INVISIBLE}]+")


def _gaps(text: str, groups: Sequence[_Number], width: int) -> list[str]:
    """Return what is seen between the first `width` groups."""
    return [
        _UNSEEN.sub("", text[left.end : right.start]) for left, right in pairwise(groups[:width])
    ]


def _single_digits(groups: Sequence[_Number]) -> bool:
    return len(groups) >= 9 and all(len(group.digits) == 1 for group in groups[:9])


def _continues(text: str, groups: Sequence[_Number], width: int) -> bool:
    """Whether the last of `width` groups may still belong to a number that could end before it."""
    last = groups[width - 1]
    gaps = _gaps(text, groups, width)
    same = len(gaps[-1]) <= 1 and gaps[-1] == gaps[max(-2, -len(gaps))]
    starts_anew = last.digits.startswith(("08", "62")) and len(last.digits) >= 4
    return same and not starts_anew and (len(last.digits) > 1 or _single_digits(groups))


def _tight(text: str, groups: Sequence[_Number], width: int) -> bool:
    """Whether no space stands before the last of `width` groups: `01.234.567.8-901.000`."""
    gap = _gaps(text, groups, width)[-1]
    return len(gap) <= 1 and not gap.isspace()


_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


def _account(text: str, before: str, groups: Sequence[_Number], widths: Widths) -> int:
    said = bool(_SAYS_ACCOUNT.search(before))
    best = 0
    for width, digits in widths:
        if best and not (_tight(text, groups, width) or _continues(text, groups, width)):
            break
        if not 8 <= len(digits) <= _DIGITS_AT_MOST or digits.endswith("00000"):
            continue
        if all(_YEAR.fullmatch(group.digits) for group in groups[:width]):
            continue
        if said or _BANK_FOLLOWS.match(text, groups[width - 1].end):
            best = width
    return best
