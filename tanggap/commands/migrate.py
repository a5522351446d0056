"""`tanggap migrate`: make the database, bring an older one up to date, or move to another one."""

import sys
import threading

import click

from tanggap.clock import Clock
from tanggap.commands.install import DEFAULT_CONFIG, config_of, open_database
from tanggap.config import read_secret
from tanggap.database_url import shown
from tanggap.errors import InputError
from tanggap.store import copy_store, daemon_lock, open_store, sqlite_path
from tanggap.upkeep.housekeeping import index_all
from tanggap.wording import number


@click.command()
@click.option("--from", "source", help="Copy everything out of this database ...")
@click.option("--to", "target", help="... into this one, which must be empty.")
@click.pass_context
def migrate(ctx: click.Context, source: str | None, target: str | None) -> None:
    """Create the database or bring its schema up to date.

    With --from and --to (`sqlite:FILE` or `postgresql://USER@HOST/NAME`; password in
    TANGGAP_DATABASE_PASSWORD_FILE): copy one database into another. The source is only read.
    """
    if source is not None and target is not None:
        move(ctx, source, target)
    elif source is not None or target is not None:
        raise InputError("sebut keduanya: --from dan --to")
    else:
        config = config_of(ctx)
        with daemon_lock(config.database_where):
            store = open_database(config)
            try:
                steps = store.migrate()
            finally:
                store.close()
        for step in steps:
            click.echo(f"dijalankan: {step}")
        if not steps:
            click.echo("Basis data sudah mutakhir.")


def move(ctx: click.Context, source: str, target: str) -> None:
    """Copy one database into another, empty one; compare both; say what to do next."""
    if source == target:
        raise InputError("--from dan --to sama")
    path = sqlite_path(source)
    if path is not None and not path.exists():
        raise InputError(f"basis data {path} tidak ada")
    password = read_secret("database_password", (ctx.obj or DEFAULT_CONFIG).parent)
    with daemon_lock(source), daemon_lock(target):
        origin = open_store(source, password=password)
        try:
            goal = open_store(target, password=password)
            try:
                rows = copy_store(origin, goal, Clock().now(), _progress)
                index_all(goal, threading.Event())
            finally:
                goal.close()
        finally:
            origin.close()
    click.echo(
        f"{number(rows)} baris disalin dari {shown(source)} ke {shown(target)}; "
        "jumlah dan sidik tiap tabel sama."
    )
    click.echo(
        f'Selanjutnya: tulis database.url = "{target}" di konfigurasi, `tanggap check`, lalu '
        "jalankan daemon dan `tanggap web`. Basis data lama tidak diubah; simpan sampai yakin.",
        err=True,
    )


def _progress(table: str, rows: int) -> None:
    """Show on a terminal how far it has come."""
    if sys.stderr.isatty() and table:
        click.echo(f"\r\x1b[K{table}: {number(rows)}", nl=False, err=True)
