"""The only way out of the process: one requests adapter that trusts neither side.

It answers what the HTTP client libraries leave open: a deadline for the whole exchange, a cap on
decoded bytes, which hosts, which method, no redirects, no proxies, and no secret in any text.
It knows nothing of any network's API, never retries and never waits.
"""

import functools
import http.client
import io
import ipaddress
import logging
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPResponse

from collectors.transport_names import addresses
from collectors.transport_socket import GuardedSocket, Gunzip, TimedSocket
from collectors.transport_socket import (
    TransportError as TransportError,  # its users know it from here
)
from tanggap import outgoing
from tanggap.killpoints import reached
from tanggap.loopback import is_loopback

_CHUNK = 64 * 1024
_CAPTURED = (
    *("date", "retry-after", "content-type"),
    *("x-app-usage", "x-business-use-case-usage", "facebook-api-version"),
)
_SECRET_SHAPES = re.compile(
    r"(?i)\b((?:authorization:\s*)?bearer\s+|authorization:\s*|access_token=)[^\s&\"',]+"
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the network answered last: status, rate and date headers (lower case), decoded body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class QueryForms:
    """Queries that a service takes by POST although they only read, each by its fixed number."""

    paths: frozenset[str]
    field: str
    values: frozenset[str]
    max_bytes: int = 16_384

    def allow(self, path: str, query: str, body: object) -> bool:
        """Whether a form is one of these queries: exact path, small body, listed number."""
        if path not in self.paths or query or not isinstance(body, str | bytes):
            return False
        text = body.decode("latin-1") if isinstance(body, bytes) else body
        if len(text) > self.max_bytes or not text.isascii():
            return False
        given = [value for name, value in parse_qsl(text) if name == self.field]
        return len(given) == 1 and given[0] in self.values


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a request goes: `host` names it, `address` is what is called."""

    host: str
    address: str
    path: str
    """Path and query."""
    body: bytes | None


def redact(text: str, *secrets: str) -> str:
    """Return `text` with every secret, raw or percent-encoded, and anything token-like masked."""
    for secret in secrets:
        for form in {secret, quote(secret), quote(secret, safe="")}:
            if form:
                text = text.replace(form, "***")
    return _SECRET_SHAPES.sub(r"\1***", text)


class _Quiet(logging.Filter):
    """Drops what a library says below WARNING, whatever level somebody sets later."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


_QUIET = _Quiet()


def pin_at_warning(*loggers: str) -> None:
    """Keep libraries from logging requests: at DEBUG they write headers, token included."""
    for name in loggers:
        logger = logging.getLogger(name)
        if logger.level != logging.WARNING:  # to set it makes all loggers forget what they know
            logger.setLevel(logging.WARNING)
        logger.addFilter(_QUIET)  # adding the same filter twice changes nothing


class Transport(HTTPAdapter):
    """Carries the requests of one client to one service, one at a time.

    Every exchange has a connection of its own: polls are minutes apart, and a kept connection
    that the server closed meanwhile would fail a request that nothing here may retry.

    `host` is the service's real name, sent as Host header; `aliases` are further names under
    which a library asks for it. `siblings` are further hosts of the service, each under its own
    name and Host header. `base_url` is where requests really go: the service itself, or a server
    on this machine, which then answers for all hosts. Only GET leaves, and POST for `forms`.
    """

    def __init__(
        self,
        *,
        host: str,
        base_url: str,
        aliases: frozenset[str] = frozenset(),
        siblings: frozenset[str] = frozenset(),
        forms: QueryForms | None = None,
        connect_seconds: float,
        deadline_seconds: float,
        max_bytes: int,
    ) -> None:
        super().__init__()
        pin_at_warning("urllib3", "urllib3.connectionpool", "requests")
        base = urlsplit(base_url)
        self._host = host
        self._names = aliases | siblings | {host}
        self._siblings = siblings
        self._forms = forms
        self._tls = base.scheme == "https"
        self._address = base.hostname or host
        self._port = base.port or (443 if self._tls else 80)
        self._path = base.path.rstrip("/")
        self._loopback = is_loopback(self._address)
        self._connect_seconds = connect_seconds
        self._deadline_seconds = deadline_seconds
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._closed = False
        self._sockets: set[GuardedSocket] = set()
        self.last: Exchange | None = None
        """The most recent answer; None while a request is under way or when it brought none."""
        self.trouble: TransportError | None = None
        """Why the most recent request brought no answer; libraries wrap it in their own errors."""

    def attach(self, session: requests.Session) -> None:
        """Make this the session's only way out; proxies and netrc of the environment are off."""
        session.trust_env = False
        session.proxies.clear()
        session.adapters.clear()
        session.mount("https://", self)
        session.mount("http://", self)

    def close(self) -> None:
        """Abandon what is under way and refuse whatever follows; safe from any thread."""
        with self._lock:
            self._closed = True
        self.abandon()
        super().close()

    def abandon(self) -> None:
        """Abandon what is under way; further requests may follow; safe from any thread."""
        with self._lock:
            guarded_sockets = list(self._sockets)
        for guarded in guarded_sockets:
            guarded.cut()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: object = True,
        cert: object = None,
        proxies: object = None,
    ) -> requests.Response:
        """Return the whole answer, already read; raise TransportError.

        The caller's ideas about time-out, certificates and proxies do not count.
        """
        self.last, self.trouble = None, None
        target = self._allowed(request)
        with self._lock:
            if self._closed:
                self.trouble = TransportError("network_unreachable", "abandoned")
                raise self.trouble
            guarded = GuardedSocket(self._deadline_seconds)
            self._sockets.add(guarded)
        trouble: TransportError
        try:
            exchange, reason = self._exchange(guarded, target, request)
        except TransportError as exc:
            trouble = exc
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as exc:
            trouble = _explain(exc)
        else:
            self.last = exchange
            return self.build_response(
                request,
                HTTPResponse(
                    body=io.BytesIO(exchange.body),
                    headers=dict(exchange.headers),
                    status=exchange.status,
                    reason=reason,
                    preload_content=False,
                ),
            )
        finally:
            guarded.release()
            with self._lock:
                self._sockets.discard(guarded)
        # Raised here, outside the handlers, so that no library exception hangs on as context:
        # some of them carry the headers.
        self.trouble = guarded.trouble or trouble
        raise self.trouble

    def _allowed(self, request: requests.PreparedRequest) -> _Target:
        """Return where the request goes; raise when it may not leave."""
        url = urlsplit(request.url or "")
        refused, body = "", None
        if request.method == "POST" and self._forms:
            body = _bytes(request.body)
            if not self._forms.allow(url.path, url.query, body):
                refused = "form is not on the list"
        elif request.method != "GET" or request.body is not None:
            refused = "only GET requests leave this program"
        if url.scheme != "https" or url.hostname not in self._names or url.port not in (None, 443):
            refused = refused or "host is not on the list"
        if refused:
            self.trouble = TransportError("host_refused", refused)
            raise self.trouble
        host = url.hostname if url.hostname in self._siblings else self._host
        address = host if self._address == self._host else self._address
        query = f"?{url.query}" if url.query else ""
        return _Target(host, address, f"{self._path}{url.path or '/'}{query}", body)

    def _exchange(
        self, guarded: GuardedSocket, target: _Target, request: requests.PreparedRequest
    ) -> tuple[Exchange, str]:
        if not outgoing.may_leave():
            raise TransportError("request_budget", "as many requests left as may leave")
        connection = http.client.HTTPConnection(target.address, self._port)
        connection.set_debuglevel(0)
        with self._connect(guarded, target.address) as sock:
            connection.sock = TimedSocket(sock, guarded)
            ours = {"host": target.host, "accept-encoding": "gzip", "connection": "close"}
            if target.body is not None:
                ours["content-length"] = str(len(target.body))
            headers = {name.lower(): _text(value) for name, value in request.headers.items()} | ours
            method = "GET" if target.body is None else "POST"
            connection.request(method, target.path, body=target.body, headers=headers)
            reached("request_sent")
            with connection.getresponse() as response:
                if 300 <= response.status < 400:
                    where = _redirect(response.getheader("Location", ""), target.host)
                    detail = f"HTTP {response.status} redirect"
                    raise TransportError("host_refused", detail, where)
                body = self._body(guarded, response)
                reached("body_read")
                kept = {
                    name.lower(): value
                    for name, value in response.getheaders()
                    if name.lower() in _CAPTURED or name.lower().startswith("x-rate-limit-")
                }
                return Exchange(response.status, kept, body), response.reason

    def _connect(self, guarded: GuardedSocket, host: str) -> socket.socket:
        """Return a connected socket, TLS included; finding one has `connect_seconds` at most."""
        until = time.monotonic() + min(self._connect_seconds, guarded.seconds_left())
        found = addresses(host, self._port, until, guarded)
        trouble: OSError = TransportError("address_refused", "name resolves to a private address")
        for family, kind, protocol, _, address in found:
            if not self._loopback and not _is_public(address[0]):
                continue
            sock = socket.socket(family, kind, protocol)
            try:
                guarded.hold(sock)
                sock.settimeout(max(0.001, until - time.monotonic()))
                sock.connect(address)
                sock.settimeout(guarded.seconds_left())
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._tls:
                    return _tls().wrap_socket(sock, server_hostname=host)
            except OSError as exc:
                sock.close()
                trouble = exc
                if guarded.trouble:
                    break
            else:
                return sock
        raise trouble

    def _body(self, guarded: GuardedSocket, response: http.client.HTTPResponse) -> bytes:
        """Read and decode the body in bounded steps; `read` is cut at the deadline."""
        encoding = (response.getheader("Content-Encoding") or "identity").strip().lower()
        if encoding not in ("identity", "gzip"):
            raise TransportError("not_json", "content encoding was not asked for")
        packed = Gunzip() if encoding == "gzip" else None
        body = bytearray()
        while chunk := response.read(_CHUNK):
            room = self._max_bytes - len(body) + 1
            body += packed.decode(chunk, room) if packed else chunk[:room]
            if len(body) > self._max_bytes:
                raise TransportError("body_too_large", f"more than {self._max_bytes} bytes")
        if guarded.trouble:
            raise guarded.trouble
        if packed and not packed.whole:
            raise TransportError("not_json", "gzip body ended early")
        if response.length:
            # http.client gives a short body without a word when it is read in steps.
            raise TransportError("not_json", "body ended before its announced length")
        return bytes(body)


def _explain(exc: Exception) -> TransportError:
    """Name an exception by its class only: its text may hold headers or what the server sent."""
    detail = type(exc).__name__
    if isinstance(exc, TimeoutError):
        return TransportError("network_timeout", detail)
    if isinstance(exc, ssl.SSLError):
        return TransportError(_tls_code(exc), f"TLS: {exc.reason or detail}")
    if isinstance(exc, OSError):
        return TransportError("network_unreachable", detail)
    return TransportError("not_json", detail)


def _tls_code(exc: ssl.SSLError) -> str:
    """Tell an end that cannot prove who it is from a line that broke while it tried."""
    broke = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
    return "network_unreachable" if isinstance(exc, broke) else "tls_refused"


@functools.cache
def _tls() -> ssl.SSLContext:
    """Trust what requests ships and what the machine's owner added to the system's store."""
    context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
    context.load_default_certs()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _is_public(address: object) -> bool:
    return ipaddress.ip_address(str(address).partition("%")[0]).is_global


def _redirect(location: str, host: str) -> str:
    """Return host and path of a redirect, bounded and without its query; empty for nonsense."""
    try:
        url = urlsplit(location.strip())
    except ValueError:
        return ""
    return f"{url.hostname or host}{url.path}"[:200]


def _bytes(body: object) -> bytes | None:
    """Return a form's body as bytes; anything that is no text as it can never be allowed."""
    if isinstance(body, str):
        return body.encode("utf-8", "replace")
    return body if isinstance(body, bytes) else None


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
