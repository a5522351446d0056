"""Whether this machine's clock agrees with that of the database server.

Leases, waits and deadlines are moments that several machines read: a clock that is ahead takes
sources over too early, one that is behind leaves them lying.
"""

from datetime import datetime, timedelta

from tanggap.config import Config
from tanggap.store import Store

LIMIT_SECONDS = 5.0
_FORGOTTEN = timedelta(minutes=10)
"""After so long without a word an alarm of another machine is nobody's any more."""


def seconds_ahead(store: Store, config: Config) -> float | None:
    """Return by how much our clock is ahead of the server's; None where there is none to ask.

    A compressed clock (demo, drills) is never that of a server.
    """
    if config.clock.real_start is not None:
        return None
    before = config.clock.now()
    server = store.server_time()
    if server is None:
        return None
    middle = before + (config.clock.now() - before) / 2
    return (middle - server).total_seconds()


def compare_clocks(store: Store, config: Config, host: str, now: datetime) -> None:
    """Alarm while the clocks of `host` and server differ; take back this host's alarm after it."""
    ahead = seconds_ahead(store, config)
    if ahead is None:
        return
    if abs(ahead) > LIMIT_SECONDS:
        store.raise_alarm("clock_skew", f"{host}: {ahead:+.0f} detik", now)
        return
    for alarm in store.alarms():
        ours = alarm.detail.startswith(f"{host}: ") or now - alarm.last_at > _FORGOTTEN
        if alarm.code == "clock_skew" and ours:
            store.clear_alarm("clock_skew")
