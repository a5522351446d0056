"""`tanggap run`: the daemon."""

import logging
import os
import signal
import threading

import click

import daemon
from tanggap.commands.install import config_of, migrated_store_of
from tanggap.config import Config
from tanggap.errors import ConfigError, StoreUnreachable
from tanggap.sd_notify import notify
from tanggap.signals import told_by_signals
from tanggap.stderr_stream import UnhurriedStream, unhurried_stderr
from tanggap.store import Store, daemon_lock

logger = logging.getLogger("tanggap.daemon")

THOROUGH_UP_TO = 64 * 1024**2
"""Bytes of a SQLite file that every start reads whole, in less than a second; a larger one is
looked at by `tanggap check`, and damage is met where it lies."""
AGAIN_SECONDS = 3.0
"""Real seconds between two looks at a database server that cannot be reached."""


@click.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Collect, classify and route until SIGTERM; SIGHUP reads the config again."""
    with unhurried_stderr() as log:
        config = config_of(ctx, secrets=True)

        def read_again() -> Config:
            new = config_of(ctx, secrets=True)
            if new.database_where != config.database_where:
                raise ConfigError(
                    f"{new.path}: database.url baru berlaku setelah daemon dijalankan ulang"
                )
            return new

        with daemon_lock(config.database_where):
            store = _opened(config)
            if store is None:  # told to stop before there was one
                return
            try:
                house = daemon.open_house(config, store)
                house.log = log
                if not daemon.run(house, reload=read_again):
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


def _opened(config: Config) -> Store | None:
    """Return the database with this program's schema; None when told to stop before it answered.

    After a power cut the server may come up later than we, and systemd would give up starting us:
    so an unreachable one is waited for. All that waiting does not mend is raised at once.
    """
    stop = threading.Event()
    waited = False
    with told_by_signals({signal.SIGTERM: stop.set, signal.SIGINT: stop.set}):
        while not stop.is_set():
            try:
                store = migrated_store_of(config, thorough=_is_small(config))
            except StoreUnreachable as error:
                if not waited:
                    logger.warning("event=store_awaited reason=%s", error)
                    notify("READY=1")  # else systemd would end us after its start timeout
                waited = True
                notify("WATCHDOG=1")
                stop.wait(AGAIN_SECONDS)
            else:
                if waited:
                    logger.info("event=store_back")
                if not stop.is_set():
                    return store
                store.close()
    return None


def _is_small(config: Config) -> bool:
    path = config.database_path if config.on_sqlite else None
    return path is not None and path.exists() and path.stat().st_size <= THOROUGH_UP_TO
