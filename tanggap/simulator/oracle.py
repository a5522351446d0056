"""The simulator's own memory of what it served, to whom and when; and what the truth is.

Tests and drills compare the product's store with it: lost, doubled, own posts turned into items.
"""

import hashlib
import json
import threading
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tanggap.clock import to_text
from tanggap.simulator.world import Post, World


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
    status: int
    ids: tuple[str, ...]
    fault: str
    """Action of the fault that struck it, or empty."""
    whole: bool = True
    """False when the body is known not to have gone out in full."""


class Oracle:
    """An append-only log of replies, kept in memory and, if wished, as JSON lines in a file."""

    def __init__(self, world: World, path: Path | None = None) -> None:
        self._world = world
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
        status: int,
        ids: tuple[str, ...],
        fault: str,
        whole: bool,
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
                status=status,
                ids=ids,
                fault=fault,
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

    def served(self, *endpoints: str) -> set[str]:
        """Return the first ids of all posts that went out whole, of some endpoints or of all."""
        return {
            identity
            for entry in self.log()
            if entry.whole and (not endpoints or entry.endpoint in endpoints)
            for identity in entry.ids
        }

    def truth(self, now: datetime) -> dict[str, Any]:
        """Return what a perfect watcher would know at `now`. Ids are first ids, as text.

        `addressed`: OPD id to the citizens' posts, reposts apart, that named its account and were
        ever to be seen; `own`: posts by the city's accounts (never items); `answers`: own post to
        the citizen's post it replies to; `reposts`, `edited`, `vanished`: subsets of all posts
        ever to be seen; `rows`: id to the row of the file that gave the text.
        """
        with self._world.lock:
            seen = [post for post in self._world.everything() if post.ever_seen_by(now)]
            naming = {
                account.id: sorted(self._world.naming(account.handle), key=lambda post: post.id)
                for account in self._world.city_accounts()
            }
        own = [post for post in seen if post.author.opd is not None]
        return {
            "at": to_text(now),
            "addressed": {
                account.opd: [
                    str(post.id)
                    for post in naming[account.id]
                    if post.author.opd is None
                    and post.kind != "repost"
                    and post.ever_seen_by(now)
                    and _named(post, account.handle, now)
                ]
                for account in self._world.city_accounts()
            },
            "own": [str(post.id) for post in own],
            "answers": {
                str(post.id): str(post.parent.id)
                for post in own
                if post.kind == "reply" and post.parent and post.parent.author.opd is None
            },
            "reposts": [str(post.id) for post in seen if post.kind == "repost"],
            "edited": [str(post.id) for post in seen if len(post.versions_at(now)) > 1],
            "vanished": [str(post.id) for post in seen if not post.seen_at(now)],
            "rows": {str(post.id): post.row for post in seen if post.row is not None},
        }


def token_digest(token: str) -> str:
    """Return a short name for a token that does not give it away."""
    return hashlib.sha256(token.encode()).hexdigest()[:12] if token else ""


def _named(post: Post, handle: str, now: datetime) -> bool:
    wanted = handle.lower()
    until = min(now, post.deleted_at) if post.deleted_at else now
    shown = post.versions_at(max(post.visible_at, post.posted_at))[-1:]
    later = [v for v in post.versions if post.visible_at < v.at <= until]
    return any(wanted in version.handles for version in (*shown, *later))
