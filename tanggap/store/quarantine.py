"""What could not be read, kept with its raw text for a person to look at."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from tanggap.clock import to_text
from tanggap.mention import Rejected
from tanggap.store.codec import clean
from tanggap.store.database import Transaction

_RAW_KEPT = 65_536
_QUARANTINED_PER_SOURCE = 1000


def quarantine(
    conn: Transaction, source_id: str, rejected: Sequence[Rejected], now: datetime
) -> None:
    """Keep what could not be read, once each, with bounded raw text and a bounded number."""
    if not rejected:
        return
    conn.executemany(
        "INSERT INTO quarantine (source_id, digest, seen_at, error, raw) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [
            (
                source_id,
                hashlib.sha256(clean(item.raw).encode()).hexdigest(),
                to_text(now),
                clean(item.error)[:500],
                clean(item.raw[:_RAW_KEPT]),
            )
            for item in rejected
        ],
    )
    conn.execute(
        "DELETE FROM quarantine WHERE source_id = ? AND id <= ("
        "SELECT id FROM quarantine WHERE source_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
        (source_id, source_id, _QUARANTINED_PER_SOURCE),
    )
