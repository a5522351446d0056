"""What the daemon looks after beside its sources: disk, silences, the full-text index."""

import logging
import socket
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tanggap.config import Config
from tanggap.killpoints import reached
from tanggap.stderr_stream import UnhurriedStream
from tanggap.store import Store
from tanggap.upkeep import quiet
from tanggap.upkeep.backup_duty import BackupDuty
from tanggap.upkeep.clock_skew import compare_clocks
from tanggap.upkeep.forecast import warning

logger = logging.getLogger("tanggap.housekeeping")

QUIET_EVERY = timedelta(minutes=15)
FORECAST_EVERY = timedelta(minutes=15)
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


def tell_of_lost_lines(store: Store, log: UnhurriedStream | None, now: datetime) -> None:
    """Alarm while lines are lost that the log does not know of; take the alarm back after it."""
    lost = log.lost if log is not None else 0
    if lost:
        store.raise_alarm("log_lost", f"{lost} baris", now)
    else:
        store.clear_alarm("log_lost")


@dataclass(slots=True)
class Rounds:
    """When the daemon last looked at what it looks at seldom, on the install's clock."""

    quiet_at: datetime | None = None
    forecast_at: datetime | None = None
    backups: BackupDuty = field(default_factory=BackupDuty)


def listen_for_silence(store: Store, rounds: Rounds, now: datetime) -> None:
    """Alarm, every `QUIET_EVERY`, while an account is silent beyond what is usual for it."""
    if rounds.quiet_at is not None and timedelta(0) <= now - rounds.quiet_at < QUIET_EVERY:
        return
    rounds.quiet_at = now
    silent = [
        one.source_id
        for one in store.silent(now - quiet.SHORTEST, now - quiet.LOOK_BACK)
        if quiet.silence_of(one.hours, one.until)
    ]
    if silent:
        store.raise_alarm("quiet", ", ".join(silent), now)
    else:
        store.clear_alarm("quiet")


def look_ahead(store: Store, config: Config, rounds: Rounds, now: datetime) -> None:
    """Alarm, every `FORECAST_EVERY`, while this month's reads of X will not do."""
    if rounds.forecast_at is not None and timedelta(0) <= now - rounds.forecast_at < FORECAST_EVERY:
        return
    rounds.forecast_at = now
    limit = config.x.monthly_read_limit
    said = warning(store.usage("x", now, config.x.prices), limit, now) if config.x.enabled else ""
    if said:
        store.raise_alarm("forecast", said, now)
    else:
        store.clear_alarm("forecast")


def undo_future(store: Store, now: datetime) -> None:
    """Let no source wait for a moment that only a wrong clock has set."""
    for source_id in store.renew_waits(now):
        logger.warning("event=wait_renewed source=%s", source_id)


def index_all(store: Store, stop: threading.Event) -> None:
    """Bring the full-text index up to date in small transactions, until `stop`."""
    while not stop.is_set() and store.index_text(INDEX_CHUNK):
        reached("text_indexed")


def look_after(
    store: Store,
    config: Config,
    rounds: Rounds,
    log: UnhurriedStream | None,
    stop: threading.Event,
    now: datetime,
) -> None:
    """Do one round of all of it; called every few seconds."""
    undo_future(store, now)
    tell_of_lost_lines(store, log, now)
    listen_for_silence(store, rounds, now)
    look_ahead(store, config, rounds, now)
    compare_clocks(store, config, socket.gethostname(), now)
    rounds.backups.look_after(store, config, stop, now)
    index_all(store, stop)
