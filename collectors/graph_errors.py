"""What a refusal of the Graph API means: code and subcode to one of our errors. Pure.

Neither the error's type nor its message decides anything: Meta rewords them. Codes:
developers.facebook.com/docs/graph-api/guides/error-handling, .../overview/rate-limiting and
/documentation/pages-api/error-codes (read in 2026).
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from collectors.graph_usage import regain_minutes
from collectors.refusals import LONGEST_WAIT, SHORTEST_WAIT, asks_for_login, pause, retry_after
from collectors.transport import Exchange
from collectors.wire import as_dict
from tanggap.errors import (
    CollectorError,
    NotAuthorised,
    RateLimited,
    Unavailable,
    UnexpectedResponse,
)

META = "meta"
"""Scope of what concerns every source of the app and its token."""

UNSAID_WAIT = timedelta(minutes=60)
"""After a limit without a time: the window of the app's limit is an hour."""
_APP_LIMITS = frozenset({4, 17, 341})
_ACCOUNT_LIMITS = frozenset({32, 613, *range(80000, 80015)})
"""Page limit, custom limits of a call, and the limits per business use case."""
_TRANSIENT = frozenset({1, 2})
_TOKEN = frozenset({102, 190})
_PERMISSION = frozenset({3, 10, *range(200, 300)})
_UNSUPPORTED_ENDPOINT = 2069030
_OBJECT_GONE = 33
_NAMED_SUBCODES = {
    458: "app removed",
    459: "checkpoint",
    460: "password changed",
    463: "expired",
    464: "unconfirmed user",
    467: "logged out",
    490: "checkpoint",
    492: "role removed",
    493: "data access expired",
    2069032: "Page token required",
}


class ObjectGone(UnexpectedResponse):
    """100/33: what was asked for is deleted or cannot be seen."""


class PlaceRefused(UnexpectedResponse):
    """100 on a request with `after`: the place in the pages is not known any more."""


class TooMuchData(Unavailable):
    """Code 1: among others what Meta says when a page would take too long to put together."""


class Barred(NotAuthorised):
    """Meta does not give what was asked for: a permission is missing, or it gives it no longer."""


@dataclass(frozen=True, slots=True)
class Asker:
    """On whose behalf a call was made: decides how far its failure reaches."""

    source: str
    """Id of the source, or `meta` for calls without one."""
    account: str
    """Scope of the account's limits, such as `meta:facebook:dpupr`."""
    page_token: bool = False
    """Whether the call carries a Page's own token, not the install's."""
    post: bool = False
    """Whether it is about one post, not about the account itself."""


def error_of(content: bytes) -> dict[str, Any] | None:
    """Return the error object in a body, or None when there is none."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    error = as_dict(body).get("error")
    return error if isinstance(error, dict) and error else None


def read_body(content: bytes, scope: str) -> dict[str, Any]:
    """Return the JSON object of a good answer; raise Unavailable or UnexpectedResponse."""
    try:
        body = json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        trouble: CollectorError = Unavailable("not_json", scope, f"{len(content)} bytes")
    else:
        if isinstance(body, dict):
            return body
        trouble = UnexpectedResponse("library_error", scope, f"JSON {type(body).__name__}")
    raise trouble


def failure(exchange: Exchange, asker: Asker, now: datetime, *, placed: bool) -> CollectorError:
    """Return the error for an answer that is not a good one; no detail repeats Meta's words.

    `placed` says that the request named a place in the pages (`after`).
    """
    if paused := pause(exchange.status, exchange.headers, META, now):
        return paused
    error = error_of(exchange.body)
    if error is None:
        return _no_envelope(exchange, asker, now)
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    detail = f"HTTP {exchange.status} code {code}" + (f"/{subcode}" if subcode else "")
    if code in _APP_LIMITS or code in _ACCOUNT_LIMITS:
        scope = META if code in _APP_LIMITS else asker.account
        return RateLimited("rate_limited", scope, detail, _until(exchange, now))
    if code == 1:
        return TooMuchData("network_error", asker.source, detail)
    if code is None or code in _TRANSIENT or error.get("is_transient") is True:
        return Unavailable("network_error", asker.source, detail)
    if code in _TOKEN:
        named = f"{detail} {_NAMED_SUBCODES.get(subcode or 0, '')}".strip()
        if asker.page_token:
            return NotAuthorised("page_token", asker.account, named)
        return NotAuthorised("meta_token", META, named)
    if code == 368:
        return NotAuthorised("meta_blocked", META, detail)
    if code == 12 or subcode == _UNSUPPORTED_ENDPOINT:
        return Barred("graph_deprecated", asker.source, detail)
    if code in _PERMISSION:
        return Barred("meta_permission", asker.source, detail)
    if code == 803:
        return NotAuthorised("page_gone", asker.account, detail)
    if code == 100:
        return _bad_parameter(subcode, asker, detail, placed)
    if exchange.status >= 500:
        return Unavailable("network_error", asker.source, detail)
    return UnexpectedResponse("graph_refused", asker.source, detail)


def _bad_parameter(subcode: int | None, asker: Asker, detail: str, placed: bool) -> CollectorError:
    if subcode == _OBJECT_GONE:
        if asker.post:
            return ObjectGone("graph_refused", asker.source, detail)
        return NotAuthorised("page_gone", asker.account, detail)
    if placed:
        return PlaceRefused("graph_refused", asker.source, detail)
    if asker.post:  # one odd post is no reason to leave the others alone
        return UnexpectedResponse("graph_refused", asker.source, detail)
    return NotAuthorised("graph_refused", asker.source, detail)


def _no_envelope(exchange: Exchange, asker: Asker, now: datetime) -> CollectorError:
    """Return the error for a body without an error object: a proxy, a login page, maintenance."""
    detail = f"HTTP {exchange.status}"
    if exchange.status == 429:
        return RateLimited("rate_limited", META, detail, _until(exchange, now))
    if asks_for_login(exchange.status, exchange.body):
        return NotAuthorised("login_page", META, detail)
    if exchange.status >= 500:
        return Unavailable("network_error", asker.source, detail)
    return Unavailable("not_json", asker.source, detail)


def _until(exchange: Exchange, now: datetime) -> datetime:
    """Return the end of a limit: the later one of what Meta's header and `Retry-After` name."""
    said = retry_after(exchange.headers, now)
    named = [timedelta(minutes=regain_minutes(exchange.headers))]
    named += [min(max(said, SHORTEST_WAIT), LONGEST_WAIT)] if said else []
    return now + (max(named) or UNSAID_WAIT)


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is not JSON"
    raise ValueError(msg)
