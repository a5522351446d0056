"""Whether one of several daemons has died: the others go on, and a person must be told."""

from datetime import datetime, timedelta

from tanggap.config import Config
from tanggap.store import Store
from tanggap.store.rows_daemons import ENDED
from tanggap.upkeep.clock_skew import right_now

SILENT_AFTER = timedelta(minutes=15)
"""On the install's clock; never less than ten beats of a daemon."""


def silent_daemons(store: Store, config: Config, now: datetime) -> list[str]:
    """Return the daemons of the last day that gave no sign of life and did not end by themselves.

    On a file there is one only, and the desk says when it stands still.
    """
    if config.on_sqlite:
        return []
    beats = timedelta(seconds=10 * config.daemon.tick_seconds * config.clock.speed)
    limit = max(SILENT_AFTER, beats)
    return sorted(
        one.owner for one in store.daemons(now) if one.owner != ENDED and now - one.seen_at > limit
    )


def listen_for_daemons(store: Store, config: Config, now: datetime) -> None:
    """Alarm while another daemon is silent; take it back when it is there again or forgotten."""
    silent = silent_daemons(store, config, now)
    if silent:
        store.raise_alarm("daemon_silent", ", ".join(silent), now)
    else:
        store.clear_alarm("daemon_silent")


def take_leave(store: Store, config: Config, owner: str, model: str) -> None:
    """Leave no sign of life that the desk or other daemons would wait for, but when it was."""
    store.note_progress(right_now(store, config), model, ENDED)
    store.forget_daemons([owner])
