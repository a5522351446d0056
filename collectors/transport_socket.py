"""One exchange's socket with its deadline, one gzip body, and the error of both. No HTTP here."""

import io
import logging
import socket
import threading
import time
import zlib
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


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
    """The socket of one exchange, bound by the deadline and cut from another thread.

    Shutting the socket down wakes whoever reads it. A duplicate descriptor is held because
    wrapping a socket in TLS takes the first one away.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._held: socket.socket | None = None
        self.trouble: TransportError | None = None

    def hold(self, sock: socket.socket) -> None:
        """Take over the socket that is used from now on; raise when it was abandoned already."""
        with self._lock:
            if self.trouble:
                raise self.trouble
            if self._held:
                self._held.close()
            self._held = sock.dup()

    def seconds_left(self) -> float:
        """Return the seconds to the deadline, more than none; raise when it is past."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TransportError("network_timeout", "deadline")
        return left

    def cut(self) -> None:
        """End the exchange now, from any thread."""
        with self._lock:
            if self.trouble is None:
                self.trouble = TransportError("network_unreachable", "abandoned")
            if self._held:
                _shut(self._held)

    def release(self) -> None:
        """Free the duplicate."""
        with self._lock:
            if self._held:
                self._held.close()
                self._held = None


class TimedSocket:
    """A connected socket as `http.client` uses one, each step of which ends by the deadline.

    A time-out on the socket itself starts anew with every byte, so a slow drip would never end.
    Closing it closes nothing: who connected the socket closes it, when the answer is read.
    """

    def __init__(self, sock: socket.socket, guarded: GuardedSocket) -> None:
        self._sock = sock
        self._guarded = guarded

    def sendall(self, data: bytes) -> None:
        """Send a request."""
        self._sock.settimeout(self._guarded.seconds_left())
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return what the answer is read from."""
        return io.BufferedReader(_TimedReader(self._sock, self._guarded))

    def close(self) -> None:
        """Leave it open: the answer is still to be read."""


class _TimedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, guarded: GuardedSocket) -> None:
        self._sock = sock
        self._guarded = guarded

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._sock.settimeout(self._guarded.seconds_left())
        try:
            return self._sock.recv_into(buffer)
        except TimeoutError:
            raise TransportError("network_timeout", "deadline") from None


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError as exc:
        # Not connected (any more): then nobody is left to wake.
        logging.getLogger("tanggap.transport").debug("event=cut_idle errno=%s", exc.errno)
