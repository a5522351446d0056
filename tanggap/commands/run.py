"""`tanggap run`: the daemon."""

import click

import daemon
from tanggap.commands.install import config_of, open_database
from tanggap.store import daemon_lock


@click.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Collect, classify and route until SIGTERM; SIGHUP reads the config again."""
    config = config_of(ctx, secrets=True)
    with daemon_lock(config.database_where):
        store = open_database(config)
        try:
            store.migrate()
            daemon.run(
                daemon.open_house(config, store), reload=lambda: config_of(ctx, secrets=True)
            )
        finally:
            store.close()
