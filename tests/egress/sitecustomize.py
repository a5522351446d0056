"""Loaded by every Python that the tests start: nothing but this machine may be asked for.

Python imports a module of this name by itself when it is on the path. Whatever is asked for
elsewhere is written down, for the end of the run, and refused.
"""

import ipaddress
import os
import sys
from pathlib import Path

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


def guard(event: str, args: tuple[object, ...]) -> None:
    """Write down and refuse what leaves this machine."""
    host: object = None
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = args[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
        host = args[1][0]
    if is_here(host):
        return
    record = os.environ.get(RECORD)
    if record:
        with Path(record).open("a", encoding="utf-8") as file:
            file.write(f"{host}\n")
    raise PermissionError(f"a test asked for {host!r}, which is not this machine")


if os.environ.get(RECORD):
    sys.addaudithook(guard)
