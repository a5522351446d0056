"""The simulator's own memory of what it served, to whom and when.

Tests and drills compare the product's store with it and with the truth (`truth.py`): lost,
doubled, own posts turned into items.
"""

import hashlib
import json
import threading
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from tanggap.clock import to_text


@dataclass(slots=True)
class Served:
    """One reply. `at` is simulated UTC text; `ids` are first ids in the order of the page."""

    number: int
    at: str
    token: str
    """First 12 hex digits of the token's SHA-256; empty without one."""
    network: str
    endpoint: str
    source: str
    method: str
    status: int
    ids: tuple[str, ...]
    fault: str
    """Action of the fault that struck it, or empty."""
    elsewhere: bool = False
    """Whether it was asked about something of somebody else, who only tagged the account."""
    whole: bool = True
    """False when the body is known not to have gone out in full."""


class Oracle:
    """An append-only log of replies, kept in memory and, if wished, as JSON lines in a file."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._log: list[Served] = []

    def note(
        self,
        *,
        at: datetime,
        token: str,
        network: str,
        endpoint: str,
        source: str,
        method: str = "GET",
        status: int,
        ids: tuple[str, ...],
        fault: str,
        whole: bool,
        elsewhere: bool = False,
    ) -> Served:
        """Append one reply just before it is sent and return its entry."""
        with self._lock:
            entry = Served(
                number=len(self._log) + 1,
                at=to_text(at),
                token=token_digest(token),
                network=network,
                endpoint=endpoint,
                source=source,
                method=method,
                status=status,
                ids=ids,
                fault=fault,
                elsewhere=elsewhere,
                whole=whole,
            )
            self._log.append(entry)
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(entry)) + "\n")
            return entry

    def log(self, after: int = 0) -> list[Served]:
        """Return the entries with a number above `after`."""
        with self._lock:
            return self._log[after:]

    def served(self, *endpoints: str, network: str = "") -> set[str]:
        """Return the ids of all posts that went out whole, of some endpoints or of all.

        `network` narrows it to what was served of one network.
        """
        return {
            identity
            for entry in self.log()
            if entry.whole
            and (not endpoints or entry.endpoint in endpoints)
            and network in ("", entry.network)
            for identity in entry.ids
        }


def token_digest(token: str) -> str:
    """Return a short name for a token that does not give it away."""
    return hashlib.sha256(token.encode()).hexdigest()[:12] if token else ""
