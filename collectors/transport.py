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
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPResponse

from tanggap.loopback import is_loopback

_CHUNK = 64 * 1024
_CAPTURED = (
    *("date", "retry-after", "content-type"),
    *("x-app-usage", "x-business-use-case-usage", "facebook-api-version"),
)
_SECRET_SHAPES = re.compile(
    r"(?i)\b((?:authorization:\s*)?bearer\s+|authorization:\s*|access_token=)[^\s&\"',]+"
)


class TransportError(requests.RequestException):
    """An exchange that brought no usable answer. `code` is a key of `tanggap.remedies`.

    `detail` is ours alone: no URL, no header, nothing that the other side said.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the network answered last: status, rate and date headers (lower case), decoded body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


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
        logger.setLevel(logging.WARNING)
        logger.addFilter(_QUIET)  # adding the same filter twice changes nothing


class Transport(HTTPAdapter):
    """Carries the requests of one client to one service, one at a time.

    Every exchange has a connection of its own: polls are minutes apart, and a kept connection
    that the server closed meanwhile would fail a request that nothing here may retry.

    `host` is the service's real name and the only Host header ever sent; `aliases` are further
    names under which a library asks for it. `base_url` is where requests really go: the service
    itself, or a server on this machine.
    """

    def __init__(
        self,
        *,
        host: str,
        base_url: str,
        aliases: frozenset[str] = frozenset(),
        connect_seconds: float,
        deadline_seconds: float,
        max_bytes: int,
    ) -> None:
        super().__init__()
        pin_at_warning("urllib3", "urllib3.connectionpool", "requests")
        base = urlsplit(base_url)
        self._host = host
        self._names = aliases | {host}
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
        self._lines: set[_Line] = set()
        self.last: Exchange | None = None
        """The most recent answer; None while a request is under way or when it brought none."""

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
            lines = list(self._lines)
        for line in lines:
            line.cut("abandoned")
        super().close()

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
        self.last = None
        target = self._allowed(request)
        with self._lock:
            if self._closed:
                raise TransportError("network_unreachable", "abandoned")
            line = _Line(self._deadline_seconds)
            self._lines.add(line)
        trouble: TransportError
        try:
            exchange, reason = self._exchange(line, target, request)
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
            line.release()
            with self._lock:
                self._lines.discard(line)
        # Raised here, outside the handlers, so that no library exception hangs on as context:
        # some of them carry the headers.
        raise line.trouble or trouble

    def _allowed(self, request: requests.PreparedRequest) -> str:
        """Return the path and query to ask for; raise when the request may not leave."""
        url = urlsplit(request.url or "")
        if request.method != "GET" or request.body is not None:
            raise TransportError("host_refused", "only GET requests leave this program")
        if url.scheme != "https" or url.hostname not in self._names or url.port not in (None, 443):
            raise TransportError("host_refused", "host is not on the list")
        query = f"?{url.query}" if url.query else ""
        return f"{self._path}{url.path or '/'}{query}"

    def _exchange(
        self, line: "_Line", target: str, request: requests.PreparedRequest
    ) -> tuple[Exchange, str]:
        connection = http.client.HTTPConnection(self._address, self._port)
        connection.set_debuglevel(0)
        try:
            connection.sock = self._connect(line)
            ours = {"host": self._host, "accept-encoding": "gzip", "connection": "close"}
            headers = {name.lower(): _text(value) for name, value in request.headers.items()} | ours
            connection.request("GET", target, headers=headers)
            with connection.getresponse() as response:
                if 300 <= response.status < 400:
                    raise TransportError("host_refused", f"HTTP {response.status} redirect")
                body = self._body(line, response)
                kept = {
                    name.lower(): value
                    for name, value in response.getheaders()
                    if name.lower() in _CAPTURED or name.lower().startswith("x-rate-limit-")
                }
                return Exchange(response.status, kept, body), response.reason
        finally:
            connection.close()

    def _connect(self, line: "_Line") -> socket.socket:
        """Return a connected socket, TLS included; the whole search has `connect_seconds`."""
        until = time.monotonic() + self._connect_seconds
        found = socket.getaddrinfo(self._address, self._port, type=socket.SOCK_STREAM)
        trouble: OSError = TransportError("host_refused", "name resolves to a private address")
        for family, kind, protocol, _, address in found:
            if not self._loopback and not _is_public(address[0]):
                continue
            sock = socket.socket(family, kind, protocol)
            try:
                line.hold(sock)
                sock.settimeout(max(0.001, until - time.monotonic()))
                sock.connect(address)
                sock.settimeout(self._deadline_seconds)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._tls:
                    return _tls().wrap_socket(sock, server_hostname=self._address)
            except OSError as exc:
                sock.close()
                trouble = exc
                if line.trouble:
                    break
            else:
                return sock
        raise trouble

    def _body(self, line: "_Line", response: http.client.HTTPResponse) -> bytes:
        """Read and decode the body in bounded steps; `read` is cut by the line's deadline."""
        encoding = (response.getheader("Content-Encoding") or "identity").strip().lower()
        if encoding not in ("identity", "gzip"):
            raise TransportError("not_json", "content encoding was not asked for")
        packed = _Gunzip() if encoding == "gzip" else None
        body = bytearray()
        while chunk := response.read(_CHUNK):
            room = self._max_bytes - len(body) + 1
            body += packed.decode(chunk, room) if packed else chunk[:room]
            if len(body) > self._max_bytes:
                raise TransportError("body_too_large", f"more than {self._max_bytes} bytes")
        if line.trouble:
            raise line.trouble
        if packed and not packed.whole:
            raise TransportError("not_json", "gzip body ended early")
        if response.length:
            # http.client gives a short body without a word when it is read in steps.
            raise TransportError("not_json", "body ended before its announced length")
        return bytes(body)


class _Gunzip:
    """Decodes gzip in steps of bounded size; a body may be several members in a row (RFC 1952)."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self.whole = True
        """Whether what came so far could be all: nothing yet, or full members."""

    def decode(self, chunk: bytes, room: int) -> bytes:
        """Return at most `room` decoded bytes; what is beyond them is lost."""
        out = b""
        while chunk and len(out) < room:
            if self._member.eof:
                self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)
            out += self._member.decompress(chunk, room - len(out))
            self.whole = self._member.eof
            chunk = self._member.unused_data
        return out


class _Line:
    """The socket of one exchange, cut at the deadline or from another thread.

    A time-out on the socket starts anew with every byte, so a slow drip would never end; shutting
    the socket down wakes whoever reads it. A duplicate descriptor is held because wrapping a
    socket in TLS takes the first one away.
    """

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._held: socket.socket | None = None
        self.trouble: TransportError | None = None
        self._timer = threading.Timer(seconds, self.cut, ["deadline"])
        self._timer.daemon = True
        self._timer.start()

    def hold(self, sock: socket.socket) -> None:
        """Take over the socket that is used from now on; raise when it is too late already."""
        with self._lock:
            if self.trouble:
                raise self.trouble
            if self._held:
                self._held.close()
            self._held = sock.dup()

    def cut(self, why: str) -> None:
        """End the exchange now; only the first reason counts."""
        with self._lock:
            if self.trouble is None:
                code = "network_timeout" if why == "deadline" else "network_unreachable"
                self.trouble = TransportError(code, why)
            if self._held:
                _shut(self._held)

    def release(self) -> None:
        """Free the duplicate and stop the deadline's timer."""
        self._timer.cancel()
        with self._lock:
            if self._held:
                self._held.close()
                self._held = None


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError as exc:
        # Not connected (any more): then nobody is left to wake.
        logging.getLogger("tanggap.transport").debug("event=cut_idle errno=%s", exc.errno)


def _explain(exc: Exception) -> TransportError:
    """Name an exception by its class only: its text may hold headers or what the server sent."""
    detail = type(exc).__name__
    if isinstance(exc, TimeoutError):
        return TransportError("network_timeout", detail)
    if isinstance(exc, ssl.SSLError):
        return TransportError("network_unreachable", f"TLS: {exc.reason or detail}")
    if isinstance(exc, OSError):
        return TransportError("network_unreachable", detail)
    return TransportError("not_json", detail)


@functools.cache
def _tls() -> ssl.SSLContext:
    """Trust what requests ships and what the machine's owner added to the system's store."""
    context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
    context.load_default_certs()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _is_public(address: object) -> bool:
    return ipaddress.ip_address(str(address).partition("%")[0]).is_global


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
