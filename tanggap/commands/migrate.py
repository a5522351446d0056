"""`tanggap migrate`: make the database, or bring an older one up to date."""

import click

from tanggap.commands.install import config_of
from tanggap.store import open_store


@click.command()
@click.pass_context
def migrate(ctx: click.Context) -> None:
    """Create the database or bring its schema up to date."""
    config = config_of(ctx)
    store = open_store(config.database_path)
    try:
        steps = store.migrate()
    finally:
        store.close()
    for step in steps:
        click.echo(f"dijalankan: {step}")
    if not steps:
        click.echo("Basis data sudah mutakhir.")
