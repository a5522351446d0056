"""`tanggap run`: the daemon."""

import click

import daemon
from tanggap.commands.install import config_of, open_database
from tanggap.config import Config
from tanggap.stderr_stream import unhurried_stderr
from tanggap.store import daemon_lock

THOROUGH_UP_TO = 64 * 1024**2
"""Bytes of a SQLite file that every start reads whole, in less than a second; a larger one is
looked at by `tanggap check`, and damage is met where it lies."""


@click.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Collect, classify and route until SIGTERM; SIGHUP reads the config again."""
    with unhurried_stderr() as log:
        config = config_of(ctx, secrets=True)
        with daemon_lock(config.database_where):
            store = open_database(config, thorough=_is_small(config))
            try:
                store.migrate()
                house = daemon.open_house(config, store)
                house.log = log
                daemon.run(house, reload=lambda: config_of(ctx, secrets=True))
            finally:
                store.close()


def _is_small(config: Config) -> bool:
    path = config.database_path if config.on_sqlite else None
    return path is not None and path.exists() and path.stat().st_size <= THOROUGH_UP_TO
