"""Loaded by every Python that the tests start: nothing but this machine may be asked for.

Python imports a module of this name by itself when it is on the path. Whatever is asked for
elsewhere is written down, for the end of the run, and refused.
"""

import functools
import ipaddress
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

RECORD = "EGRESS_RECORD"
"""Environment variable: the file that takes a line for each host asked for."""


def is_here(host: object) -> bool:
    """Whether a host name or address can only be this machine (or stands for none)."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        # RFC 2606: a name that no resolver knows; tests of unknown hosts use it.
        return str(host).endswith(".invalid")


def check(host: object) -> None:
    """Write down and refuse a host that is not this machine."""
    if is_here(host):
        return
    record = os.environ.get(RECORD)
    if record:
        with Path(record).open("a", encoding="utf-8") as file:
            file.write(f"{host}\n")
    raise PermissionError(f"a test asked for {host!r}, which is not this machine")


def guarded(call: Callable[..., Any], host_of: Callable[..., object]) -> Callable[..., Any]:
    """Return `call` that checks first which host it is for."""

    @functools.wraps(call)
    def checked(*args: Any, **keywords: Any) -> Any:
        check(host_of(*args, **keywords))
        return call(*args, **keywords)

    return checked


def of_name(host: object, *_: object, **__: object) -> object:
    """Return the host that a name or an address is looked up for."""
    return host


def of_pair(address: object, *_: object) -> object:
    """Return the host of an address with a port; None for a socket's file."""
    return address[0] if isinstance(address, tuple) else None


def of_connection(_: socket.socket, address: object) -> object:
    """Return the host that a socket is connected to."""
    return of_pair(address)


def of_datagram(_: socket.socket, __: object, *rest: object) -> object:
    """Return the host that a datagram goes to: the address is the last argument."""
    return of_pair(rest[-1]) if rest else None


def of_message(_: socket.socket, *given: object) -> object:
    """Return the host that a message goes to: the address is the fourth argument, if any."""
    return of_pair(given[3]) if len(given) > 3 else None


if os.environ.get(RECORD):
    # Not an audit hook: written in Python it breaks coverage's tracing of threads (3.11).
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        setattr(socket, name, guarded(getattr(socket, name), of_name))
    socket.getnameinfo = guarded(socket.getnameinfo, of_pair)
    for name, host_of in (
        ("connect", of_connection),
        ("connect_ex", of_connection),
        ("sendto", of_datagram),
        ("sendmsg", of_message),
    ):
        setattr(socket.socket, name, guarded(getattr(socket.socket, name), host_of))
