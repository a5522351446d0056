"""What the daemon looks after beside its sources.

Which daemons are no more, room on the disk, lost lines of the log, silent accounts and silent
daemons, the month's reads, texts unlike those of the training, waits that only a wrong clock has
set, backups, jobs of the analysts, answered matters that nobody came back to, deadlines,
notices, the full-text index.
"""

import logging
import os
import socket
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tanggap.clock import lately
from tanggap.config import Config
from tanggap.killpoints import reached
from tanggap.stderr_stream import UnhurriedStream
from tanggap.store import Store
from tanggap.store.rows_daemons import DaemonName
from tanggap.upkeep import quiet
from tanggap.upkeep.auto_close import AutoClose
from tanggap.upkeep.backup_duty import BackupDuty
from tanggap.upkeep.clock_skew import clock_error, right_now
from tanggap.upkeep.deadlines import DeadlineDuty
from tanggap.upkeep.drift import ask_for_report, drift_of
from tanggap.upkeep.forecast import warning
from tanggap.upkeep.jobs import JobDuty
from tanggap.upkeep.notices import NoticeDuty
from tanggap.upkeep.silent_daemons import listen_for_daemons, take_leave

logger = logging.getLogger("tanggap.housekeeping")

QUIET_EVERY = timedelta(minutes=15)
FORECAST_EVERY = timedelta(minutes=15)
DRIFT_EVERY = timedelta(minutes=15)
NOTICES_SECONDS = 0.5
"""Real seconds for what was just sent to be noted; what is not is sent once more."""
INDEX_CHUNK = 500
"""Mentions that one pass of the full-text indexing takes (its own small transaction)."""


def forget_predecessors(store: Store, config: Config, now: datetime, owner: str) -> None:
    """Forget the daemons that are no more, and what they left standing, however they ended.

    On a file those are all but this one; else those of this machine whose process has ended. One
    of another machine that died is forgotten after a day.
    """
    others = [one.owner for one in store.daemons(now) if one.owner != owner]
    gone = [other for other in others if config.on_sqlite or _has_ended(other)]
    if gone:
        store.free_jobs(gone, now)
        store.free_notices(gone)
        store.forget_daemons(gone)


def _has_ended(owner: str) -> bool:
    name = DaemonName.of(owner)
    if name.host != socket.gethostname() or not name.process.isdecimal():
        return False
    if int(name.process) == os.getpid():  # the number lives again, in us
        return True
    try:
        os.kill(int(name.process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # somebody else's
        return False
    return False


def disk_is_low(store: Store, config: Config, now: datetime, owner: str) -> bool:
    """Alarm and say True below the configured free space; take the alarm back above it."""
    free = store.free_bytes()
    low = free is not None and free < config.daemon.disk_low_mb * 1024 * 1024
    if low:
        store.raise_alarm("disk_low", "", now, owner)
    else:
        store.clear_alarm("disk_low", owner)
    return low


def tell_of_lost_lines(
    store: Store, log: UnhurriedStream | None, now: datetime, owner: str
) -> None:
    """Alarm while lines are lost that the log does not know of; take the alarm back after it."""
    lost = log.lost if log is not None else 0
    if lost:
        store.raise_alarm("log_lost", f"{lost} baris", now, owner)
    else:
        store.clear_alarm("log_lost", owner)


@dataclass(slots=True)
class Rounds:
    """When the daemon last looked at what it looks at seldom, on the install's clock."""

    quiet_at: datetime | None = None
    forecast_at: datetime | None = None
    drift_at: datetime | None = None
    backups: BackupDuty = field(default_factory=BackupDuty)
    jobs: JobDuty = field(default_factory=JobDuty)
    auto_close: AutoClose = field(default_factory=AutoClose)
    deadlines: DeadlineDuty = field(default_factory=DeadlineDuty)
    notices: NoticeDuty = field(default_factory=NoticeDuty)


def listen_for_silence(store: Store, rounds: Rounds, stop: threading.Event, now: datetime) -> None:
    """Alarm, every `QUIET_EVERY`, while an account is silent beyond what is usual for it.

    One source after the other, so that neither memory nor `stop` waits for all of them.
    """
    if lately(rounds.quiet_at, QUIET_EVERY, now):
        return
    rounds.quiet_at = now
    silent: list[str] = []
    for one in store.quiet_sources(now - quiet.SHORTEST, now - quiet.LOOK_BACK):
        if stop.is_set():
            return
        if quiet.silence_of(store.arrivals(one.source_id, now - quiet.LOOK_BACK), one.until):
            silent.append(one.source_id)
    if silent:
        store.raise_alarm("quiet", ", ".join(silent), now)
    else:
        store.clear_alarm("quiet")


def look_ahead(store: Store, config: Config, rounds: Rounds, now: datetime) -> None:
    """Alarm, every `FORECAST_EVERY`, while this month's reads of X will not do."""
    if lately(rounds.forecast_at, FORECAST_EVERY, now):
        return
    rounds.forecast_at = now
    limit = config.x.monthly_read_limit
    said = warning(store.usage("x", now, config.x.prices), limit, now) if config.x.enabled else ""
    if said:
        store.raise_alarm("forecast", said, now)
    else:
        store.clear_alarm("forecast")


def listen_for_drift(store: Store, rounds: Rounds, model: str, now: datetime) -> None:
    """Alarm, every `DRIFT_EVERY`, while the newest report finds texts unlike the training's."""
    if lately(rounds.drift_at, DRIFT_EVERY, now):
        return
    rounds.drift_at = now
    if said := drift_of(store, model):
        store.raise_alarm("drift", said, now)
    else:
        store.clear_alarm("drift")
    ask_for_report(store, model, now)


def undo_future(store: Store, now: datetime, wrong_by: timedelta) -> None:
    """Let no source wait for a moment that only a wrong clock has set.

    Where the wrong clock is our own, what the others have set is right, and stays.
    """
    if wrong_by:
        return
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
    owner: str,
    model: str,
) -> None:
    """Do one round of all of it; called every few seconds. `model`: version that decides."""
    wrong_by = clock_error(store, config)
    now = config.clock.now() - wrong_by
    undo_future(store, now, wrong_by)
    tell_of_lost_lines(store, log, now, owner)
    listen_for_silence(store, rounds, stop, now)
    look_ahead(store, config, rounds, now)
    listen_for_daemons(store, config, now)
    listen_for_drift(store, rounds, model, now)
    rounds.backups.look_after(store, config, stop, now)
    rounds.jobs.look_after(store, config, now, owner)
    rounds.auto_close.look_after(store, config, stop, now)
    rounds.deadlines.look_after(store, config, stop, now)
    rounds.notices.look_after(store, config, stop, now, owner)
    index_all(store, stop)


def end(store: Store, config: Config, rounds: Rounds, owner: str, model: str) -> None:
    """Leave nothing that the desk or other daemons would wait for."""
    rounds.notices.wait(NOTICES_SECONDS)
    rounds.jobs.give_back(store, right_now(store, config), owner)
    take_leave(store, config, owner, model)
