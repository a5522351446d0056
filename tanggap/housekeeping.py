"""What the daemon looks after beside its sources: the disk and the full-text index."""

import threading
from datetime import datetime

from tanggap.config import Config
from tanggap.killpoints import reached
from tanggap.store import Store

INDEX_CHUNK = 500
"""Mentions that one pass of the full-text indexing takes (its own small transaction)."""


def disk_is_low(store: Store, config: Config, now: datetime) -> bool:
    """Alarm and say True below the configured free space; take the alarm back above it."""
    free = store.free_bytes()
    low = free is not None and free < config.daemon.disk_low_mb * 1024 * 1024
    if low:
        store.raise_alarm("disk_low", "", now)
    else:
        store.clear_alarm("disk_low")
    return low


def index_all(store: Store, stop: threading.Event) -> None:
    """Bring the full-text index up to date in small transactions, until `stop`."""
    while not stop.is_set() and store.index_text(INDEX_CHUNK):
        reached("text_indexed")
