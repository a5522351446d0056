"""Whether this machine's clock agrees with that of the database server.

Leases, waits and deadlines are moments that several machines read: a clock that is ahead takes
sources over too early, and one that is behind takes what the others have set for a clock's error.
So a daemon whose clock is wrong stands aside until it is right: it neither leases nor repairs, and
what else it writes down it dates by the server's clock.
"""

from datetime import datetime, timedelta

from tanggap.config import Config
from tanggap.store import Store

LIMIT_SECONDS = 5.0


def seconds_ahead(store: Store, config: Config) -> float | None:
    """Return by how much our clock is ahead of the server's; None where there is none to ask.

    By how much at least: an answer that took its time proves less. A compressed clock (demo,
    drills) is never that of a server.
    """
    if config.clock.real_start is not None:
        return None
    before = config.clock.now()
    server = store.server_time()
    if server is None:
        return None
    after = config.clock.now()
    nearest = min(max(server, before), after)
    return (nearest - server).total_seconds()


def clock_error(store: Store, config: Config) -> timedelta:
    """Return by how much our clock is wrong; zero up to the limit, or where no server tells."""
    ahead = seconds_ahead(store, config)
    if ahead is None or abs(ahead) <= LIMIT_SECONDS:
        return timedelta(0)
    return timedelta(seconds=ahead)


def right_now(store: Store, config: Config) -> datetime:
    """Return the present moment: the server's where our clock is wrong, else our own."""
    error = clock_error(store, config)
    return config.clock.now() - error


def judge_clock(store: Store, config: Config, owner: str) -> timedelta:
    """Return by how much the clock of `owner` is wrong (zero: it is right), and alarm while it is.

    The alarm's host is told wherever alarms of several daemons are.
    """
    error = clock_error(store, config)
    if error:
        detail = f"{error.total_seconds():+.0f} detik"
        store.raise_alarm("clock_skew", detail, config.clock.now() - error, owner)
    else:
        store.clear_alarm("clock_skew", owner)
    return error
