"""`tanggap run`: the daemon."""

import logging
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for

import click

import daemon
from tanggap.commands.install import config_of, migrated_store_of
from tanggap.config import Config
from tanggap.errors import ConfigError, StoreBusy
from tanggap.sd_notify import notify
from tanggap.signals import told_by_signals
from tanggap.stderr_stream import UnhurriedStream, unhurried_stderr
from tanggap.store import Store, daemon_lock

logger = logging.getLogger("tanggap.daemon")

THOROUGH_UP_TO = 64 * 1024**2
"""Bytes of a SQLite file that every start reads whole, in less than a second; a larger one is
looked at by `tanggap check`, and damage is met where it lies."""
AGAIN_SECONDS = 3.0
"""Real seconds between two looks at a database that cannot be reached, or is held by others."""
SLOW_SECONDS = 2.0
"""After so many real seconds the log says that the database is still being prepared."""
LOOK_SECONDS = 0.5
"""Real seconds after which a start that prepares the database looks whether it shall stop."""
MORE_TIME = "EXTEND_TIMEOUT_USEC=30000000\nWATCHDOG=1"
"""What systemd is told meanwhile; else it would end a start that takes longer than 90 seconds, and
each one after it."""


@click.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Collect, classify and route until SIGTERM; SIGHUP reads the config again."""
    # From here to the end: a reload asked for while there is no daemon yet must not end the process
    # (systemd takes that for a clean exit and starts nothing again); it is done by the daemon.
    hangup = threading.Event()
    with told_by_signals({signal.SIGHUP: hangup.set}), unhurried_stderr() as log:
        config = config_of(ctx, secrets=True)

        def read_again() -> Config:
            new = config_of(ctx, secrets=True)
            if new.database_where != config.database_where:
                raise ConfigError(
                    f"{new.path}: database.url baru berlaku setelah daemon dijalankan ulang"
                )
            return new

        with daemon_lock(config.database_where):
            store = _opened(config, log, hangup)
            if store is None:  # told to stop before there was one
                return
            try:
                house = daemon.open_house(config, store)
                house.log = log
                if not daemon.run(house, read_again, hangup):
                    _leave_behind_what_hangs(log)
            finally:
                store.close()


def _leave_behind_what_hangs(log: UnhurriedStream | None) -> None:
    """End the process at once: the interpreter would wait for ever for threads that hang.

    What they have not committed is fetched again; the system drops lock and connections.
    """
    if log is not None:
        log.finish()
    os._exit(0)


def _opened(config: Config, log: UnhurriedStream | None, hangup: threading.Event) -> Store | None:
    """Return the database with this program's schema; None when told to stop before it answered.

    After a power cut the server may come up later than we, and another daemon may be bringing the
    schema up to date; systemd would give up starting us. So an unreachable database is waited for,
    and one that others hold. All that waiting does not mend is raised at once. `hangup` notes a
    reload asked for meanwhile.
    """
    stop = threading.Event()
    store: Store | None = None
    waited = False
    with told_by_signals(
        {signal.SIGTERM: stop.set, signal.SIGINT: stop.set, signal.SIGHUP: hangup.set}
    ):
        while store is None and not stop.is_set():
            try:
                store = _prepared(config, stop, log)
            except StoreBusy as error:
                if not waited:
                    logger.warning("event=store_awaited reason=%s", error)
                    notify("READY=1")  # else systemd would end us after its start timeout
                waited = True
                notify("WATCHDOG=1")
                stop.wait(AGAIN_SECONDS)
            else:
                if waited:
                    logger.info("event=store_back")
    # Asked only here: who listens has ended, so that what came until now has been heard.
    if store is not None and stop.is_set():
        store.close()
        return None
    return store


def _prepared(config: Config, stop: threading.Event, log: UnhurriedStream | None) -> Store:
    """Return the database as soon as it is migrated, however long that takes.

    Told to stop, end the process in the middle of it: the steps are one transaction, which either
    database undoes, and the next start does them.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="preparation")
    preparing = pool.submit(migrated_store_of, config, thorough=_is_small(config))
    pool.shutdown(wait=False)
    began, told = time.monotonic(), False
    while not wait_for([preparing], timeout=LOOK_SECONDS).done:
        if stop.is_set():
            logger.info("event=stopped clean=False")
            _leave_behind_what_hangs(log)
        notify(MORE_TIME)
        if not told and time.monotonic() - began > SLOW_SECONDS:
            logger.info("event=store_prepared_slowly")
            told = True
    return preparing.result()


def _is_small(config: Config) -> bool:
    path = config.database_path if config.on_sqlite else None
    return path is not None and path.exists() and path.stat().st_size <= THOROUGH_UP_TO
