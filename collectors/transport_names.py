"""Looks names up without letting a slow resolver keep a request beyond its time.

The system's resolver cannot be interrupted, so each name is asked for in a thread of its own that
all who want the same name wait for together: however many polls come while it hangs, there is one
thread for each name and no more.
"""

import _thread
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
    while not wait_for([found], timeout=_LOOK_AROUND_SECONDS).done or found.cancelled():
        if guarded.trouble:
            raise guarded.trouble
        if time.monotonic() >= until:
            if found.cancel():  # its thread has not run yet: the next who asks tries again
                _forget(host, port, found)
            break
        if found.cancelled():  # by one who had less time
            _forget(host, port, found)
            found = _asked(host, port)
    if not found.done() or found.cancelled():
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
    try:
        # Not threading.Thread: its `start` waits until the thread runs, and one that dies before it
        # does, where memory is short, is waited for for ever (CPython issue 140746).
        _thread.start_new_thread(_ask, (host, port, found))
    except RuntimeError as exc:  # no thread left: the next who asks tries again
        _forget(host, port, found)
        found.set_exception(OSError(str(exc)))
    return found


def _ask(host: str, port: int, found: "Future[list[Address]]") -> None:
    if not found.set_running_or_notify_cancel():
        return
    answer: list[Address] = []
    trouble: Exception | None = OSError("name look-up broke off")
    try:
        answer = list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        trouble = None
    except (OSError, ValueError) as exc:  # ValueError: no name that could be asked for
        trouble = exc
    finally:
        _forget(host, port, found)
        if trouble is None:
            found.set_result(answer)
        else:
            found.set_exception(trouble)


def _forget(host: str, port: int, found: "Future[list[Address]]") -> None:
    """Let the next who asks for a name begin anew, unless somebody else did already."""
    with _lock:
        if _under_way.get((host, port)) is found:
            del _under_way[host, port]


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
