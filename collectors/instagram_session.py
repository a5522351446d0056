"""The cookies of the Instagram account that instaloader reads with: from a browser, to a file.

The file is JSON that only its owner may read: {"username", "cookies", "ends_at"}. Never a pickle,
as instaloader itself would write: loading one runs what it holds. No message here repeats a value.
"""

import json
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collectors.wire import as_dict, as_list
from tanggap.clock import from_text, to_text
from tanggap.config import Config
from tanggap.errors import InputError, NotAuthorised
from tanggap.reasons import reason

NEEDED = ("sessionid", "csrftoken", "ds_user_id")
"""Without these instaloader's `load_session` makes no session that is logged in."""
_LEFT_OUT = frozenset({"rur"})
"""A hint for Instagram's own routing; stale within hours, and instaloader unescapes it."""
_SITE = "instagram.com"
_MAX_BYTES = 1 << 20
_MAX_COOKIES = 40
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_VALUE = re.compile(r"[!#-+\--:<-\[\]-~]{1,4000}")
"""A cookie's value by RFC 6265: no space, quote, comma, semicolon or backslash."""
_NAMED = re.compile(r"(?<![\w-])\.?(?:www\.)?instagram\.com(?![\w.-])")
"""The site's name as it stands in a line of cookies."""
_USERNAME = re.compile(r"[A-Za-z0-9._]{1,30}")


@dataclass(frozen=True, slots=True)
class Session:
    """A logged-in session. Keep it out of logs: `repr` shows no cookie."""

    username: str
    """The account's name, or its number when nobody said the name."""
    cookies: Mapping[str, str]
    ends_at: datetime | None = None
    """When the browser would throw the session cookie away; Instagram may end it earlier."""

    def __repr__(self) -> str:
        return f"<Session of {len(self.cookies)} cookies>"


@dataclass(frozen=True, slots=True)
class _Cookie:
    name: str
    value: str
    ends_at: float
    """Unix seconds; infinite when it ends with the browser."""


def session_path(config: Config) -> Path:
    """Return the session file of an install; a relative name is next to the config file."""
    return config.path.parent / config.instagram_web.session_file


def load_session(path: Path) -> Session:
    """Return the session in a file; raise NotAuthorised when there is none that may be used."""
    text, code = _private_text(path)
    if code:
        raise NotAuthorised(code, "instagram_web", path.name)
    try:
        kept = json.loads(text)
    except (ValueError, RecursionError):
        kept = None
    kept = as_dict(kept)
    cookies, username = as_dict(kept.get("cookies")), kept.get("username")
    good = all(
        isinstance(value, str) and _NAME.fullmatch(name) and _VALUE.fullmatch(value)
        for name, value in cookies.items()
    )
    whole = good and all(name in cookies for name in NEEDED) and cookies["ds_user_id"].isdecimal()
    if not whole or not isinstance(username, str) or not _USERNAME.fullmatch(username):
        raise NotAuthorised("instagram_session_broken", "instagram_web", path.name)
    return Session(username, cookies, _ends_at(kept.get("ends_at")))


def save_session(path: Path, session: Session) -> None:
    """Write a session so that only its owner may read it, whole or not at all; raise InputError."""
    kept: dict[str, Any] = {"username": session.username, "cookies": dict(session.cookies)}
    kept["ends_at"] = to_text(session.ends_at) if session.ends_at else None
    try:
        # Files of mkstemp are made with mode 0600.
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                json.dump(kept, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)  # gone already when it took the place of `path`
    except OSError as exc:
        raise InputError(f"{path}: tidak dapat ditulis ({reason(exc)})") from exc


def import_session(content: bytes, username: str, now: datetime) -> Session:
    """Return the session in a browser's export of cookies; raise InputError.

    Understood are a Netscape cookies.txt and the JSON that common extensions and browser drivers
    write: a list of cookies, or an object with that list under `cookies`. Only cookies of
    instagram.com are taken.
    """
    if len(content) > _MAX_BYTES:
        raise InputError(
            "berkas terlalu besar untuk ekspor cookie; ekspor situs instagram.com saja"
        )
    if username and not _USERNAME.fullmatch(username):
        raise InputError("--username: tulis nama akun Instagram tanpa @")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("berkas bukan teks UTF-8; ekspor ulang cookie dari peramban") from None
    found = _newest(_cookies(text))
    if not found and _NAMED.search(text):
        raise InputError(
            "ada baris instagram.com di berkas ini, tetapi bentuknya tidak terbaca; simpan ekspor "
            "sebagai berkas cookies.txt atau JSON, jangan disalin-tempel"
        )
    if not found:
        raise InputError(
            "tidak ada cookie instagram.com di berkas ini; masuk ke instagram.com di peramban, "
            "lalu ekspor cookie situs itu sebagai cookies.txt atau JSON"
        )
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise InputError(
            f"cookie {', '.join(missing)} tidak ada; masuk dulu ke instagram.com di peramban, lalu "
            "ekspor lagi"
        )
    ended = [name for name in NEEDED if found[name].ends_at <= now.timestamp()]
    if ended:
        raise InputError(
            f"cookie {', '.join(ended)} sudah kedaluwarsa; masuk lagi ke instagram.com di "
            "peramban, lalu ekspor lagi"
        )
    number = found["ds_user_id"].value
    if not number.isdecimal() or not number.isascii():
        raise InputError("cookie ds_user_id bukan nomor akun; ekspor ulang cookie dari peramban")
    kept = sorted(found.values(), key=lambda cookie: cookie.name not in NEEDED)[:_MAX_COOKIES]
    return Session(
        username or number,
        {cookie.name: cookie.value for cookie in kept},
        _moment(found["sessionid"].ends_at),
    )


def _cookies(text: str) -> Iterator[_Cookie]:
    """Yield the usable cookies of instagram.com in an export of either form; raise InputError."""
    if text.lstrip().startswith(("[", "{")):
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            raise InputError("berkas JSON ini rusak; ekspor ulang cookie dari peramban") from None
        entries = as_list(body) or as_list(as_dict(body).get("cookies"))
        parts: Iterable[tuple[Any, Any, Any, Any]] = (
            (one.get("domain", one.get("host")), one.get("name"), one.get("value"), _expiry(one))
            for one in map(as_dict, entries)
        )
    else:
        parts = _netscape(text)
    for domain, name, value, ends_at in parts:
        if not isinstance(domain, str) or not _of_instagram(domain):
            continue
        if not isinstance(name, str) or not isinstance(value, str):
            continue
        if _NAME.fullmatch(name) and _VALUE.fullmatch(value) and name not in _LEFT_OUT:
            yield _Cookie(name, value, _seconds(ends_at))


def _netscape(text: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield domain, name, value and expiry of each line of a cookies.txt (curl.se/docs, 2026)."""
    for line in text.splitlines():
        fields = line.removeprefix("#HttpOnly_").split("\t")
        if len(fields) == 7 and not fields[0].startswith("#"):
            yield fields[0], fields[5], fields[6].strip(), fields[4]


def _expiry(cookie: Mapping[str, Any]) -> object:
    names = ("expirationDate", "expires", "expiry")
    return next((cookie[name] for name in names if name in cookie), None)


def _of_instagram(domain: str) -> bool:
    name = domain.strip().lower().lstrip(".")
    return name == _SITE or name.endswith(f".{_SITE}")


def _seconds(ends_at: object) -> float:
    """Return an expiry as Unix seconds; one that is zero, missing or odd ends with the browser."""
    try:
        seconds = float(ends_at) if isinstance(ends_at, str | int | float) else 0.0
    except ValueError:
        return float("inf")
    if seconds > 1e11:
        seconds /= 1000  # some browsers count milliseconds
    return seconds if seconds > 0 else float("inf")


def _newest(cookies: Iterable[_Cookie]) -> dict[str, _Cookie]:
    """Return one cookie for each name: of several, the one that lasts longest."""
    found: dict[str, _Cookie] = {}
    for cookie in cookies:
        if cookie.name not in found or found[cookie.name].ends_at <= cookie.ends_at:
            found[cookie.name] = cookie
    return found


def _private_text(path: Path) -> tuple[str, str]:
    """Return the text of a file that only its owner may read, or the code of what is wrong."""
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                return "", "instagram_session_open"
            return file.read(_MAX_BYTES).decode("utf-8"), ""
    except FileNotFoundError:
        return "", "instagram_session_missing"
    except (OSError, UnicodeDecodeError):
        return "", "instagram_session_broken"


def _ends_at(text: object) -> datetime | None:
    try:
        return from_text(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _moment(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
