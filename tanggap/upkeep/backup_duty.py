"""The daemon's duty to make backups: when one is due, who makes it, what a person must know.

A backup takes seconds to minutes, so it is made in a thread of its own, with connections of its
own; the daemon's beat goes on. Of several daemons the one that claims it makes it.
"""

import logging
import threading
from contextlib import closing
from datetime import datetime, timedelta

from tanggap.backup import Progress
from tanggap.config import Config, read_secret
from tanggap.errors import ConfigError, InputError, StoreBusy, StoreError
from tanggap.reasons import reason
from tanggap.store import Store, open_store
from tanggap.store.rows import LastBackup
from tanggap.upkeep.safekeeping import Made, check_key, make_backup, thin_out

logger = logging.getLogger("tanggap.backup")

CLAIM = timedelta(hours=1)
"""Real time after which a backup is due again whose daemon died over it."""
AGAIN = timedelta(minutes=15)
"""Real time from a failed one to the next try."""
UNJUDGED = timedelta(hours=2)
"""Real time after which an alarm that no daemon repeats is nobody's any more."""
TOO_OLD = 2
"""So many times `backup.every_hours` may pass since the last good one."""
AHEAD = timedelta(minutes=10)
"""So far another machine's clock may be ahead of ours when it made one."""


class _ToldToStop(Exception):
    """The daemon ends; the backup is not finished, and its leftovers go with the next."""


class BackupDuty:
    """Makes the backups of one daemon, one at a time."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._watched_since: datetime | None = None

    def look_after(
        self, store: Store, config: Config, stop: threading.Event, now: datetime
    ) -> None:
        """Begin a backup when one is due, and alarm while the last good one is too old."""
        if config.backup_folder is None:
            # Of several daemons another may make them, and these alarms are of the install.
            ours = config.on_sqlite or self._watched_since is not None
            self._watched_since = None
            _take_back(store, None if ours else now - UNJUDGED * config.clock.speed)
            return
        self._watched_since = min(self._watched_since or now, now)
        last = believed(store.last_backup(), now)
        since = last.made_at if last else self._watched_since
        if now - since > TOO_OLD * every(config):
            store.raise_alarm("backup_old", last.file if last else "", now)
        else:
            store.clear_alarm("backup_old")
        if self._thread is not None and self._thread.is_alive():
            return
        until = now + min(every(config), CLAIM * config.clock.speed)
        if store.claim_backup(now, until, every(config)):
            # Not waited for at the end of the process: what it leaves is cleared by the next.
            self._thread = threading.Thread(
                target=back_up, args=(config, stop, now), name="backup", daemon=True
            )
            self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait for a backup under way, at most so long."""
        if self._thread is not None:
            self._thread.join(seconds)


def every(config: Config) -> timedelta:
    """Return the time between two backups."""
    return timedelta(hours=config.backup.every_hours)


def _take_back(store: Store, judged_before: datetime | None) -> None:
    """Take the alarms back; only those that nobody has repeated since, where a moment is given."""
    for alarm in store.alarms():
        if alarm.code in ("backup_failed", "backup_old") and (
            judged_before is None or alarm.last_at < judged_before
        ):
            store.clear_alarm(alarm.code)


def back_up(config: Config, stop: threading.Event, now: datetime) -> None:
    """Make the backup that is due and note it; a failure is an alarm, and is tried again."""

    def until_told_to_stop(what: str, done: int) -> None:
        if stop.is_set():
            raise _ToldToStop

    password = config.database_password.get_secret_value()
    try:
        with closing(open_store(config.database_where, password=password)) as store:
            _back_up(store, config, until_told_to_stop, now)
    except StoreError as exc:
        # The database itself: it takes no alarm either. Due again when the claim ends.
        logger.error("event=backup_failed error=%s", type(exc).__name__)  # noqa: TRY400 - named


def _back_up(store: Store, config: Config, progress: Progress, now: datetime) -> None:
    folder = config.backup_folder
    if folder is None:
        return
    soon = now + min(every(config), AGAIN * config.clock.speed)
    try:
        if not folder.is_dir():
            raise InputError(f"folder cadangan {folder} tidak ada; buat, atau pasang disknya")
        made = make_backup(
            store,
            folder,
            config.city.name,
            check_key(read_secret("backup_key", config.path.parent)),
            now,
            reserve=config.daemon.disk_low_mb * 1024**2,
            progress=progress,
        )
        note(store, config, made)  # before anything else can go wrong: it is a good one
        thin_out(folder, config.backup.keep, made.path, config.city.name)
    except _ToldToStop:
        store.backup_again_at(now)
    except StoreBusy as exc:  # somebody makes one by hand, or the database is just busy
        logger.warning("event=backup_put_off error=%s", type(exc).__name__)
        store.backup_again_at(soon)
    except (StoreError, InputError, ConfigError, OSError) as exc:
        logger.error("event=backup_failed error=%s", type(exc).__name__)  # noqa: TRY400 - named
        refused = f"folder cadangan {folder}: {reason(exc)}" if isinstance(exc, OSError) else ""
        said = refused or str(exc) or type(exc).__name__
        store.raise_alarm("backup_failed", said.splitlines()[0], now)
        store.backup_again_at(soon)


def believed(last: LastBackup | None, now: datetime) -> LastBackup | None:
    """Return the last good backup; None also for one that a clock far ahead of ours has dated.

    How old that one is nobody knows, so that it cannot keep the alarm away.
    """
    return None if last is None or last.made_at > now + AHEAD else last


def note(store: Store, config: Config, made: Made) -> None:
    """Keep what was made in the folder of the config, and take the alarms back."""
    at = made.manifest.made_at
    store.note_backup(
        LastBackup(at, made.path.name, made.bytes, made.manifest.rows, made.seconds),
        at + every(config),
    )
    store.clear_alarm("backup_failed")
    store.clear_alarm("backup_old")
    logger.info(
        "event=backup_made bytes=%d rows=%d ms=%d",
        made.bytes,
        made.manifest.rows,
        made.seconds * 1000,
    )
