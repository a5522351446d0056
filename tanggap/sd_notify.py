"""Tell systemd that the daemon is ready, alive or stopping (sd_notify(3)); nothing elsewhere."""

import os
import socket
from datetime import timedelta


def notify(state: str) -> bool:
    """Send a state such as `READY=1` or `WATCHDOG=1`; return False when nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    if address.startswith("@"):  # abstract namespace
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        try:
            channel.sendto(state.encode(), address)
        except OSError:
            return False
    return True


def watchdog_interval() -> timedelta | None:
    """Return the time within which systemd wants a `WATCHDOG=1`, or None when it does not."""
    text = os.environ.get("WATCHDOG_USEC", "")
    return timedelta(microseconds=int(text)) if text.isdigit() and text != "0" else None
