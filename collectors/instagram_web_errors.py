"""What an answer of Instagram's web site that is not a page means: one of our errors.

Pure. Decided by what came over the wire, not by the library's wording: its exceptions carry no
status, and their texts hold addresses. What the answers mean was gathered from instaloader's
issue tracker and its docs/troubleshooting.rst (2025 and 2026); Instagram documents none of it.
Details name status and known words only.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from collectors.refusals import asks_for_login, no_answer, pause, retry_after
from collectors.transport import Exchange, TransportError
from tanggap.errors import (
    CollectorError,
    NotAuthorised,
    RateLimited,
    Unavailable,
    UnexpectedResponse,
)

NETWORK = "instagram_web"
"""Scope of what concerns the session or this machine's address: all sources of the network."""

SHORTEST_REST = timedelta(minutes=11)
"""Window in which Instagram counts requests, as instaloader's RateController knows it."""
_LONGEST_REST = timedelta(hours=24)

_WORDS: Mapping[str, str] = {
    "checkpoint_required": "instagram_checkpoint",
    "challenge_required": "instagram_checkpoint",
    "feedback_required": "instagram_feedback",
    "login_required": "instagram_session",
    "user_has_logged_out": "instagram_session",
}
_DOORS: tuple[tuple[str, str], ...] = (
    ("/accounts/login", "instagram_session"),
    ("/challenge", "instagram_checkpoint"),
    ("/checkpoint", "instagram_checkpoint"),
    ("/accounts/suspended", "instagram_checkpoint"),
    ("/accounts/disabled", "instagram_checkpoint"),
    ("/consent", "instagram_checkpoint"),
)
"""Where redirects of a refused session lead."""


class ProfileUnseen(UnexpectedResponse):
    """Instagram shows no such profile. Not proof: it says so of living accounts too."""

    def __init__(self, source: str, detail: str = "") -> None:
        super().__init__("profile_unseen", source, detail)


class LoginWall(NotAuthorised):
    """Sent to the login page: a session that ended, or a visitor who is not let in."""

    def __init__(self, detail: str) -> None:
        super().__init__("instagram_session", NETWORK, detail)


class NotThere(UnexpectedResponse):
    """A 404 for one thing, such as a post that was deleted meanwhile."""

    def __init__(self, source: str, detail: str = "") -> None:
        super().__init__("library_outdated", source, detail)


class LibraryTrouble(UnexpectedResponse):
    """The library cannot read what came, or its query is no longer understood."""

    def __init__(self, scope: str, detail: str = "") -> None:
        super().__init__("library_outdated", scope, detail)


def rest(seconds: float, now: datetime) -> RateLimited:
    """Return the error for a pause of `seconds` that the library's own counting asks for."""
    wait = min(max(timedelta(seconds=seconds), SHORTEST_REST), _LONGEST_REST)
    return RateLimited("instagram_limit", NETWORK, "own count of requests", now + wait)


def failure(
    kind: str,
    trouble: TransportError | None,
    exchange: Exchange | None,
    source: str,
    now: datetime,
) -> CollectorError:
    """Return the error for a failed call of `source`.

    `kind` is the class name of what the library raised, `trouble` and `exchange` what the
    transport last saw: why there was no answer, or the answer.
    """
    if trouble is not None:
        return _no_answer(trouble, source)
    if exchange is None:
        return LibraryTrouble(source, kind)
    body = answer_of(exchange.body)
    said = body.get("message")
    word = said if isinstance(said, str) and said in _WORDS else ""
    detail = f"HTTP {exchange.status} {word or kind}"
    if word:
        return NotAuthorised(_WORDS[word], NETWORK, detail)
    if exchange.status == 429:
        return RateLimited("instagram_limit", NETWORK, detail, _retry_at(exchange.headers, now))
    failed = exchange.status == 200 and body.get("status") == "fail"
    if exchange.status in (401, 403) or failed:
        # "Please wait a few minutes before you try again": the session and this address.
        return RateLimited("instagram_wait", NETWORK, detail, _retry_at(exchange.headers, now))
    if exchange.status >= 500:
        paused = pause(exchange.status, exchange.headers, NETWORK, now)
        return paused or Unavailable("network_error", source, detail)
    return _misread(kind, exchange, source, detail, whole=bool(body))


def answer_of(content: bytes) -> dict[str, Any]:
    """Return the JSON object of an answer; empty when it is anything else."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _no_answer(trouble: TransportError, source: str) -> CollectorError:
    code = _door(trouble)
    if code == "instagram_session":
        return LoginWall(trouble.detail)
    if code:
        return NotAuthorised(code, NETWORK, trouble.detail)
    if trouble.code == "host_refused" and not trouble.redirect:
        # The library wanted something that Tanggap does not let out: it is not the known version.
        return LibraryTrouble(source, trouble.detail)
    return no_answer(trouble, source, NETWORK)


def _door(trouble: TransportError) -> str:
    host, _, path = trouble.redirect.partition("/")
    if host != "instagram.com" and not host.endswith(".instagram.com"):
        return ""
    return next((code for start, code in _DOORS if f"/{path}".startswith(start)), "")


def _misread(
    kind: str, exchange: Exchange, source: str, detail: str, *, whole: bool
) -> CollectorError:
    """Return the error for an answer that was no refusal and still could not be used."""
    if kind == "ProfileNotExistsException":
        return ProfileUnseen(source, detail)
    if kind == "PrivateProfileNotFollowedException":
        return NotAuthorised("instagram_private", source, detail)
    if kind in ("LoginRequiredException", "AbortDownloadException"):
        return NotAuthorised("instagram_session", NETWORK, detail)
    if exchange.status == 404:
        return NotThere(source, detail)
    if kind == "BadResponseException" and _shown_to_a_stranger(exchange.body):
        return NotAuthorised("instagram_session", NETWORK, detail)
    if not whole and asks_for_login(exchange.status, exchange.body):
        return NotAuthorised("instagram_session", NETWORK, detail)
    broken = kind == "ConnectionException" or not exchange.body.lstrip().startswith(b"<")
    if broken and 200 <= exchange.status < 300 and not whole and not _is_json(exchange.body):
        return Unavailable("not_json", source, f"{len(exchange.body)} bytes")
    return LibraryTrouble(source, detail)


def _is_json(content: bytes) -> bool:
    """Whether an answer can be read as JSON, whatever it says."""
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def _shown_to_a_stranger(page: bytes) -> bool:
    """Whether a start page is the one for visitors: it has the general token, not the user's."""
    return b'"LSD",[],{' in page and b'"DTSGInitialData",[],{"token":"' not in page


def _retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Return the end of a rest that the server names, when it is longer than ours would be."""
    wait = retry_after(headers, now)
    return now + min(wait, _LONGEST_REST) if wait and wait > SHORTEST_REST else None
