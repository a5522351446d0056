"""What an answer of X that is not a page means: status, headers and body to one of our errors.

Pure; the table is docs.x.com/x-api/fundamentals/response-codes-and-errors (2026). The details
name status and problem; only of a 400 X's own words are kept, redacted and bounded, since nobody
could mend the request without them.
"""

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from collectors.refusals import LONGEST_WAIT, asks_for_login, http_date, pause, retry_after
from collectors.transport import Exchange, redact
from tanggap.errors import (
    CollectorError,
    NotAuthorised,
    RateLimited,
    Unavailable,
    UnexpectedResponse,
)

NETWORK = "x"
"""Scope of what concerns every source of the network: token, app, credits, cap."""

_WINDOW = 900
"""Seconds of X's rate-limit window; a later reset can only be a wrong clock."""
_LONG_PAST = -60.0
"""Seconds; a reset that is over for longer says nothing about the refusal that names it."""
_WORDS_KEPT = 200
_WHOLE_NUMBER = re.compile(r"[0-9]{1,12}")
_PARAMETERS = re.compile(
    r"\b(?:since_id|until_id|start_time|end_time|pagination_token|next_token|max_results|query"
    r"|usernames|exclude|expansions|(?:tweet|post|user|media|place|poll)\.fields)"
)
_ACCOUNT_BARRED = ("not-authorized-for-resource", "resource-unavailable", "resource-not-found")


class ParameterRefused(UnexpectedResponse):
    """A 400; `names` are the parameters that X complains about."""

    def __init__(self, scope: str, detail: str, names: frozenset[str]) -> None:
        super().__init__("bad_request", scope, detail)
        self.names = names


@dataclass(frozen=True, slots=True)
class Asker:
    """On whose behalf a call was made: decides how far its failure reaches."""

    source: str
    """Id of the source, or the network for calls without one."""
    endpoint: str
    """Scope of X's rate limit, such as `x:mentions`."""
    account_id: str = ""
    """Set when the call is about one account: then a 404 means that account."""


def failure(
    exchange: Exchange, asker: Asker, now: datetime, rng: random.Random, *secrets: str
) -> CollectorError:
    """Return the error for a refused call (any status but 2xx); no detail holds a secret."""
    status, problem = exchange.status, problem_of(exchange.body)
    kind = _kind(problem)
    detail = f"HTTP {status} {kind}".strip()
    if status == 429:
        if kind == "usage-capped" or "usagecap" in _word(problem.get("title")):
            return RateLimited("usage_cap", NETWORK, detail)
        return RateLimited(
            "rate_limited", asker.endpoint, detail, retry_at(exchange.headers, now, rng)
        )
    if status >= 500:
        paused = pause(status, exchange.headers, NETWORK, now)
        return paused or Unavailable("network_error", asker.source, detail)
    if status == 402:
        return NotAuthorised("credits", NETWORK, detail)
    if status == 401:
        return NotAuthorised("token", NETWORK, detail)
    if asker.account_id and (status == 404 or (status == 403 and kind in _ACCOUNT_BARRED)):
        return NotAuthorised("account_gone", asker.source, detail)
    if status == 403:
        return NotAuthorised("app_forbidden", NETWORK, detail)
    if status == 400:
        said = redact(" / ".join(filter(None, _words(problem))), *secrets)
        detail = f"{detail}: {said[:_WORDS_KEPT]}" if said else detail
        return ParameterRefused(asker.source, detail, refused_parameters(problem))
    return UnexpectedResponse("bad_request", asker.source, detail)


def account_missing(body: Mapping[str, Any], account_id: str) -> bool:
    """Whether a 200 says in `errors` that the account asked about cannot be read."""
    if body.get("data") or not account_id:
        return False
    return any(
        error.get("resource_type") == "user"
        and account_id in (str(error.get("value")), str(error.get("resource_id")))
        for error in _entries(body)
    )


def refused_parameters(problem: Mapping[str, Any]) -> frozenset[str]:
    """Return the names that a 400 complains about.

    The `parameters` of its errors count; only without any the words do, and of them only what
    stands before a list of what would be right ("is not one of [...]").
    """
    keys = {
        str(name)
        for error in _entries(problem)
        if isinstance(error.get("parameters"), dict)
        for name in error["parameters"]
    }
    if keys:
        return frozenset(name for name in keys if _PARAMETERS.fullmatch(name))
    said = [re.split(r"(?:not|be) one of", text, maxsplit=1)[0] for text in _words(problem)]
    return frozenset(name for text in said for name in _PARAMETERS.findall(text))


def retry_at(headers: Mapping[str, str], now: datetime, rng: random.Random) -> datetime | None:
    """Return when a rate limit ends on our clock, or None if the answer does not say.

    The reset is a moment of the server's clock, so the server's own Date tells how far off it
    is. At least 1 s from `now`, at most the 900 of X's window or the day of a `Retry-After`, and
    1 to 5 s more so that sources do not return at once.
    """
    server_now = http_date(headers.get("date", "")) or now
    wait = _reset_in(headers.get("x-rate-limit-reset", ""), server_now)
    if wait is None:
        said = retry_after(headers, now)
        if said is None:
            return None
        wait = said.total_seconds() if said <= LONGEST_WAIT else _WINDOW
    return now + timedelta(seconds=max(wait, 1.0) + rng.uniform(1.0, 5.0))


def read_body(content: bytes, scope: str) -> dict[str, Any]:
    """Return the JSON object of a good answer; raise Unavailable or UnexpectedResponse."""
    try:
        body = json.loads(content, parse_constant=_no_constant)
    except (json.JSONDecodeError, UnicodeDecodeError):
        body = None
        trouble: CollectorError = Unavailable("not_json", scope, f"{len(content)} bytes")
        if asks_for_login(200, content):
            trouble = NotAuthorised("login_page", NETWORK, f"{len(content)} bytes")
    except (ValueError, RecursionError) as exc:
        body = None
        trouble = UnexpectedResponse("library_error", scope, type(exc).__name__)
    else:
        trouble = UnexpectedResponse("library_error", scope, f"JSON {type(body).__name__}")
    if isinstance(body, dict):
        return body
    raise trouble


def problem_of(content: bytes) -> dict[str, Any]:
    """Return the problem object of a refusal; empty when it is anything else."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _entries(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    errors = body.get("errors")
    return (
        [entry for entry in errors if isinstance(entry, dict)] if isinstance(errors, list) else []
    )


def _words(problem: Mapping[str, Any]) -> list[str]:
    """Return what a refusal says in words, one line each, without control characters."""
    said = [
        str(source.get(key) or "")
        for source in (*_entries(problem), problem)
        for key in ("message", "detail")
    ]
    return [re.sub(r"[^\x20-\x7e]", "?", text) for text in said]


def _kind(problem: Mapping[str, Any]) -> str:
    """Return the last path part of the problem's type: the host in front of it varies."""
    kind = str(problem.get("type", "")).rstrip("/").rpartition("/")[2]
    return kind if re.fullmatch(r"[a-z0-9-]{1,40}", kind) else ""


def _word(title: object) -> str:
    return re.sub(r"[^a-z]", "", str(title).lower())


def _reset_in(text: str, server_now: datetime) -> float | None:
    if not _WHOLE_NUMBER.fullmatch(text.strip()):
        return None
    seconds = int(text) - server_now.timestamp()
    return min(seconds, _WINDOW) if seconds > _LONG_PAST else None


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is not JSON"
    raise ValueError(msg)
