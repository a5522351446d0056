"""Who asks Instagram's web site: nobody in particular, a session that lives, or a dead one."""

import base64
import binascii
import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from tanggap.simulator.wire import Call

VIEWER_ID = "5290000001"
VIEWER_HANDLE = "pemantau.sukamaju"
"""The account whose session the simulator gives out; it belongs to no world and never posts."""
_CSRF_TOKEN = "kD3vPqz0sUyLr8WmXb5HnE7tJc2AfGo1"  # noqa: S105 - a form token, no secret
_BEARER = "bearer igt:2:"

VisitorStanding = Literal["anonymous", "alive", "dead"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a call says about who sends it, by cookie or by the header of the telephone app."""

    sessionid: str
    csrftoken: str
    """Value of the cookie; the header must repeat it where something is sent by POST."""

    @property
    def secret(self) -> str:
        """The secret part of `sessionid`, `{user id}:{secret}:{number}`; all of it otherwise."""
        parts = self.sessionid.split(":")
        return parts[1] if len(parts) > 1 else self.sessionid

    def standing(self, tokens: Collection[str]) -> VisitorStanding:
        """Return whether the session is one of `tokens`; without a cookie nobody is logged in."""
        if not self.sessionid:
            return "anonymous"
        return "alive" if self.secret in tokens else "dead"


def session_cookies(token: str) -> dict[str, str]:
    """Return the cookies that a browser has after a login, as many as the simulator looks at."""
    return {
        "sessionid": f"{VIEWER_ID}%3A{token}%3A8",
        "csrftoken": _CSRF_TOKEN,
        "ds_user_id": VIEWER_ID,
        "mid": "Zx1AaQALAAHk2r5mN0t7vYq3eWfU",
    }


def new_csrf_token() -> str:
    """Return a token for a visitor who has none yet."""
    return secrets.token_hex(16)


def visitor_of(call: Call) -> Visitor:
    """Read cookies and `Authorization`; whatever cannot be read counts as not sent."""
    cookies = _cookies(call.headers.get("cookie", ""))
    sessionid = cookies.get("sessionid", "") or _from_bearer(call.headers.get("authorization", ""))
    return Visitor(unquote(sessionid), cookies.get("csrftoken", ""))


def repeats_csrf(call: Call) -> bool:
    """Return whether a POST repeats the csrf cookie in its header, as the site demands."""
    token = visitor_of(call).csrftoken
    return bool(token) and call.headers.get("x-csrftoken") == token


def _cookies(header: str) -> dict[str, str]:
    """Return the cookies; of several with one name the last that is not empty."""
    found: dict[str, str] = {}
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if value or name not in found:
            found[name] = value.strip('"')
    return found


def _from_bearer(header: str) -> str:
    """Return the session that the app wraps as base64 of JSON with `sessionid`."""
    if not header.lower().startswith(_BEARER):
        return ""
    try:
        wrapped = json.loads(base64.b64decode(header[len(_BEARER) :]))
    except (ValueError, binascii.Error):
        return ""
    return str(wrapped.get("sessionid", "")) if isinstance(wrapped, dict) else ""
