"""Puts a reply on the socket: in one piece, or in one of the ways in which that goes wrong."""

import gzip
import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO

from tanggap.simulator.faults import Fault
from tanggap.simulator.wire import Reply

_GZIP_FROM = 1024
"""Shorter bodies go out as they are, as services do."""
_MAINTENANCE = (
    b"<!DOCTYPE html><html><head><title>Something went wrong</title></head>"
    b"<body><h1>Sedang dalam perawatan</h1></body></html>"
)
CUT_ACTIONS = frozenset({"hang", "reset", "truncate", "endless", "gzip_bomb"})
"""Faults after which the client cannot have the whole body."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """One connection, as much of it as a delivery needs."""

    file: BinaryIO
    connection: socket.socket
    gzip_accepted: bool
    stopping: threading.Event
    date: Callable[[], str]
    """The simulated time as an HTTP date."""


def replaced(fault: Fault) -> Reply | None:
    """Return the reply that a general fault sends instead of the true one, if it does so."""
    if fault.action == "status":
        body = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
        return Reply(fault.status or 500, headers=_lower(fault.headers), body=body.encode())
    if fault.action == "html":
        headers = {"content-type": "text/html; charset=utf-8"}
        return Reply(fault.status or 200, headers=headers, body=_MAINTENANCE)
    if fault.action == "redirect":
        location = fault.location or "https://elsewhere.invalid/"
        return Reply(fault.status or 302, headers={"location": location}, body=b"")
    return None


def malformed(reply: Reply, kind: str) -> Reply:
    """Return the reply with a body that is not the JSON it should be."""
    true_body = reply.encoded()
    broken: dict[str, bytes] = {
        "cut": true_body[: len(true_body) // 2],
        "nan": true_body[:-1] + b',"x":NaN}',
        "nested": b"[" * 100_000,
        "big_int": b'{"data":' + b"9" * 5_000 + b"}",
        "null": b"null",
        "list": b"[]",
        "empty": b"",
        "surrogate": true_body.replace(b'"text":"', b'"text":"\\ud83d\\u0000 ', 1),
    }
    reply.body = broken.get(kind, broken["cut"])
    return reply


def deliver(reply: Reply, fault: Fault | None, outlet: Outlet) -> bool:
    """Send `reply` as `fault` wishes; return whether the connection may be used again."""
    action = fault.action if fault else ""
    if fault is None or action not in _SENDERS:
        outlet.file.write(_whole(reply, outlet))
        return True
    return _SENDERS[action](reply, fault, outlet)


def _delay(reply: Reply, fault: Fault, outlet: Outlet) -> bool:
    outlet.stopping.wait(_seconds(fault))
    outlet.file.write(_whole(reply, outlet))
    return True


def _hang(_reply: Reply, _fault: Fault, outlet: Outlet) -> bool:
    outlet.stopping.wait()
    return False


def _reset(reply: Reply, fault: Fault, outlet: Outlet) -> bool:
    whole = _whole(reply, outlet)
    outlet.file.write(whole[: min(fault.after_bytes, len(whole) - 1)])
    outlet.file.flush()
    # With a linger time of zero, closing sends RST instead of FIN.
    outlet.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def _truncate(reply: Reply, _fault: Fault, outlet: Outlet) -> bool:
    body = reply.encoded()
    outlet.file.write(_head(reply, len(body), outlet) + body[: len(body) // 2])
    return False


def _drip(reply: Reply, fault: Fault, outlet: Outlet) -> bool:
    body = reply.encoded()
    outlet.file.write(_head(reply, len(body), outlet))
    for position in range(len(body)):
        outlet.file.write(body[position : position + 1])
        outlet.file.flush()
        if outlet.stopping.wait(_seconds(fault)):
            return False
    return True


def _gzip_bomb(reply: Reply, fault: Fault, outlet: Outlet) -> bool:
    reply.headers["content-encoding"] = "gzip"
    packed = gzip.compress(bytes(1 << 20), 9) * fault.megabytes
    outlet.file.write(_head(reply, len(packed), outlet) + packed)
    return True


def _endless(reply: Reply, _fault: Fault, outlet: Outlet) -> bool:
    outlet.file.write(_head(reply, None, outlet))
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    while not outlet.stopping.is_set():
        outlet.file.write(chunk)
    return False


def _no_content_type(reply: Reply, _fault: Fault, outlet: Outlet) -> bool:
    reply.headers.pop("content-type", None)
    outlet.file.write(_whole(reply, outlet))
    return True


_SENDERS: dict[str, Callable[[Reply, Fault, Outlet], bool]] = {
    "delay": _delay,
    "hang": _hang,
    "reset": _reset,
    "truncate": _truncate,
    "drip": _drip,
    "gzip_bomb": _gzip_bomb,
    "endless": _endless,
    "no_content_type": _no_content_type,
}


def _whole(reply: Reply, outlet: Outlet) -> bytes:
    body = reply.encoded()
    if outlet.gzip_accepted and len(body) >= _GZIP_FROM and reply.body is None:
        body = gzip.compress(body, compresslevel=1)
        reply.headers["content-encoding"] = "gzip"
    return _head(reply, len(body), outlet) + body


def _head(reply: Reply, length: int | None, outlet: Outlet) -> bytes:
    size = {"transfer-encoding": "chunked"} if length is None else {"content-length": str(length)}
    headers = {"date": outlet.date(), "server": "tanggap-simulator", **size, **reply.headers}
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {reply.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _seconds(fault: Fault) -> float:
    return 1.0 if fault.seconds is None else fault.seconds


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
