"""Why an address did not take a message, told from what Apprise and the libraries below it say.

Apprise itself answers yes or no. Its lines hold hosts, addresses and tokens, so nothing of them
goes on but the code that a network or a server gave. Pure rules.
"""

import re
from collections.abc import Iterable

_HTTP = re.compile(r"error=([1-5]\d\d)\b")
_SMTP = re.compile(r"\(([45]\d\d), b['\"]")
_SAID = tuple(
    (code, re.compile(words, re.IGNORECASE))
    for code, words in (
        ("name", r"resolve|getaddrinfo|name or service not known|nodename nor"),
        ("certificate", r"certificate|\bssl\b|\btls\b|wrong_version_number"),
        ("timeout", r"timed? ?out"),
        ("closed", r"connection refused|errno 111\b"),
        ("unreachable", r"unreachable|no route|errno 1(?:01|13)\b"),
        ("broken", r"reset by peer|aborted|unexpectedly closed|broken pipe"),
    )
)
_HTTP_CODES = {"401": "login", "403": "login", "404": "missing", "410": "missing", "429": "often"}


def refusal(lines: Iterable[str]) -> tuple[str, str]:
    """Return a key of `tanggap.notice_words.REFUSALS`, and the number that the other side gave.

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
