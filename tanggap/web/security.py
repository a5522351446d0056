"""What every answer carries and what every request must fulfil, before any page sees it."""

from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tanggap.language import gettext as _
from tanggap.loopback import is_loopback

BODY_AT_MOST = 64 * 1024
"""Bytes of a request body; the longest form of the desk needs a tenth."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), "
        "display-capture=(), clipboard-read=(), clipboard-write=(self)"
    ),
    "X-Robots-Tag": "noindex, nofollow",
}


def add_headers(headers: MutableHeaders, *, https: bool, host: str) -> None:
    """Put the security headers on an answer; pages are never cached unless they say so.

    With `no-referrer` browsers send `Origin: null` with a form (Fetch standard, "append a request
    Origin header", 2026); on plain HTTP beyond loopback they do not send Sec-Fetch-Site either,
    and no form could be told from a foreign one. There the policy is `same-origin`.
    """
    for name, value in _HEADERS.items():
        headers[name] = value
    trustworthy = https or is_loopback(urlsplit(f"//{host}").hostname or "")
    headers["Referrer-Policy"] = "no-referrer" if trustworthy else "same-origin"
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    headers.setdefault("Cache-Control", "no-store")


class Guard:
    """ASGI middleware: security headers on every answer, a cap on every body."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self.https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                host = asked.get("host", "")
                add_headers(MutableHeaders(scope=message), https=self.https, host=host)
            await send(message)

        asked = Headers(scope=scope)
        length = asked.get("content-length", "0")
        if not length.isdecimal() or int(length[:12]) > BODY_AT_MOST:
            refusal = PlainTextResponse(_("Kiriman terlalu besar."), 413)
            await refusal(scope, receive, send_with_headers)
            return
        await self.app(scope, _capped(receive), send_with_headers)


def _capped(receive: Receive) -> Receive:
    """Return `receive` that ends a body without (or with a false) length at the cap."""
    taken = 0

    async def capped() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > BODY_AT_MOST:
            raise HTTPException(413)
        return message

    return capped


def refuse_foreign_write(request: Request, public_url: str) -> None:
    """Raise 403 unless a writing request comes from one of our own pages.

    Browsers send Origin with every POST ("null" where the page's referrer policy hides it) and,
    on trustworthy addresses, Sec-Fetch-Site; a request that tells neither is refused. Without a
    `public_url` the Host header is what the address line showed, so Origin must equal it.
    """
    if request.method in ("GET", "HEAD"):
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if public_url:
        own = _origin(public_url)
    else:
        own = _origin(f"http://{request.headers.get('host', '')}")
    told = origin not in (None, "null")
    if site not in (None, "same-origin") or (not told and site is None):
        raise HTTPException(403, "foreign_origin")
    if told and _origin(str(origin)) != own:
        raise HTTPException(403, "foreign_origin")


def _origin(url: str) -> tuple[Any, ...]:
    """Return scheme, host and port of `url`; an unreadable one equals nothing but itself."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return (url,)
    return (parts.scheme, parts.hostname, port)
