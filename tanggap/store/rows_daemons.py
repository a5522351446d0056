"""Rows of the daemons that share a store."""

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime

ENDED = "daemon"
"""Whose sign of life it is once its daemon has ended well: the desk still says since when."""


@dataclass(frozen=True, slots=True)
class DaemonName:
    """Who a daemon is, written `host:process:mark`: a process number is given again, a mark not."""

    host: str
    process: str
    mark: str = ""

    @classmethod
    def of_this_process(cls) -> "DaemonName":
        """Return a name for a daemon that begins in this process."""
        # Letters only: the desk would hide `d494df`, which reads like a vehicle's plate.
        mark = "".join(secrets.choice("bcdfghjkmnpqrstvwxyz") for _ in range(6))
        return cls(socket.gethostname(), str(os.getpid()), mark)

    @classmethod
    def of(cls, owner: str) -> "DaemonName":
        """Return the parts of an owner as the store keeps it: none of `ENDED` or of nobody."""
        host, _, rest = ("" if owner == ENDED else owner).partition(":")
        process, _, mark = rest.partition(":")
        return cls(host, process, mark)

    def __str__(self) -> str:
        """Return it as the store keeps it."""
        return f"{self.host}:{self.process}:{self.mark}"


@dataclass(frozen=True, slots=True)
class DaemonStatus:
    """One daemon of the last day."""

    owner: str
    """A `DaemonName`; `ENDED` once it has ended well."""
    seen_at: datetime
    model: str
    reading: int
    """Sources that it holds under a lease just now."""
