"""One exchange's socket with its deadline, one gzip body, and the error of both. No HTTP here."""

import logging
import socket
import threading
import zlib

import requests


class TransportError(requests.RequestException):
    """An exchange that brought no usable answer. `code` is a key of `tanggap.remedies`.

    `detail` is ours alone: no URL, no header, nothing that the other side said.
    """

    def __init__(self, code: str, detail: str, redirect: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.redirect = redirect
        """Where the answer wanted to send us, as host and path: never followed, never shown."""


class Gunzip:
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


class GuardedSocket:
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
