"""`tanggap run`: the daemon."""

import click

import daemon
from tanggap.commands.install import config_of
from tanggap.store import daemon_lock, open_store


@click.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Collect, classify and route until SIGTERM; SIGHUP reads the config again."""
    config = config_of(ctx, secrets=True)
    with daemon_lock(config.database_path):
        store = open_store(config.database_path)
        try:
            store.migrate()
            daemon.run(
                daemon.open_house(config, store), reload=lambda: config_of(ctx, secrets=True)
            )
        finally:
            store.close()
