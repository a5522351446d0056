"""Looks names up without letting a slow resolver keep a request beyond its time.

The system's resolver cannot be interrupted, so each name is asked for in a thread of its own that
all who want the same name wait for together: however many polls come while it hangs, there is one
thread for each name and no more.
"""

import ipaddress
import socket
import threading
import time
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from typing import Any

from collectors.transport_socket import GuardedSocket, TransportError

Address = tuple[Any, ...]
"""What `socket.getaddrinfo` says of one address."""

_LOOK_AROUND_SECONDS = 0.1
"""Real seconds after which a waiting request looks whether it was abandoned."""
_lock = threading.Lock()
_under_way: dict[tuple[str, int], Future[list[Address]]] = {}


def addresses(host: str, port: int, until: float, guarded: GuardedSocket) -> list[Address]:
    """Return the addresses of a name; raise OSError, or TransportError when it takes too long.

    `until` is a monotonic time. An abandoned `guarded` ends the wait too.
    """
    if _is_number(host):
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    found = _asked(host, port)
    while not wait_for([found], timeout=_LOOK_AROUND_SECONDS).done:
        if guarded.trouble:
            raise guarded.trouble
        if time.monotonic() >= until:
            raise TransportError("network_timeout", "name look-up")
    return found.result()


def _asked(host: str, port: int) -> "Future[list[Address]]":
    """Return the look-up under way for a name; begin one where there is none."""
    with _lock:
        known = _under_way.get((host, port))
        if known is not None:
            return known
        found: Future[list[Address]] = Future()
        _under_way[host, port] = found
    # Without the lock: where memory is short, starting a thread may wait for ever (CPython issue
    # 140746), and other names must not wait with it.
    thread = threading.Thread(
        target=_ask, args=(host, port, found), name="name-look-up", daemon=True
    )
    try:
        thread.start()
    except RuntimeError as exc:  # no thread left: the next who asks tries again
        with _lock:
            del _under_way[host, port]
        found.set_exception(OSError(str(exc)))
    return found


def _ask(host: str, port: int, found: "Future[list[Address]]") -> None:
    try:
        answer = list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, ValueError) as exc:  # ValueError: no name that could be asked for
        trouble: Exception | None = exc
    else:
        trouble = None
    with _lock:
        del _under_way[host, port]
    if trouble is None:
        found.set_result(answer)
    else:
        found.set_exception(trouble)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
