"""What most commands begin with: the install's config and its database."""

from importlib.resources import as_file, files
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from tanggap import logs
from tanggap.config import Config, load_config
from tanggap.errors import SchemaMismatch
from tanggap.killpoints import reached
from tanggap.store import Store, closed_if_refused, is_new, open_store
from tanggap.upkeep.safekeeping import backups_in, made_at
from tanggap.wording import moment

DEFAULT_CONFIG = Path("tanggap.toml")


def config_of(ctx: click.Context, *, secrets: bool = False) -> Config:
    """Return the config of `--config`, TANGGAP_CONFIG or ./tanggap.toml; raise ConfigError.

    Ask for `secrets` where the networks are called: desk and terminal work without them.
    """
    config = load_config(ctx.obj or DEFAULT_CONFIG, secrets=secrets)
    reached("config_read")
    logs.set_up(
        verbose=ctx.find_root().params.get("verbose", False),
        secrets=[secret.get_secret_value() for secret in config.secrets],
    )
    return config


def config_or_packaged(ctx: click.Context) -> Config:
    """Return the config of `--config`, or the packaged Sukamaju when none is named."""
    if ctx.obj is not None:
        return config_of(ctx)
    with as_file(files("tanggap.examples")) as folder:
        return load_config(folder / "sukamaju.toml")


def open_database(config: Config, *, thorough: bool = False) -> Store:
    """Return the install's database as it is, also when it must first be made or migrated.

    `thorough`: every page of it is read first.
    """
    password = config.database_password.get_secret_value()
    return open_store(config.database_where, password=password, thorough=thorough)


def store_of(config: Config) -> Store:
    """Return the install's database, which must exist and have this program's schema."""
    store = open_database(config)
    with closed_if_refused(store):
        refuse_to_begin_anew(store, config)
        store.check_schema()
    return store


def migrated_store_of(config: Config, *, thorough: bool = False) -> Store:
    """Return the install's database with this program's schema, made where nothing ever was."""
    store = open_database(config, thorough=thorough)
    with closed_if_refused(store):
        refuse_to_begin_anew(store, config)
        store.migrate()
    return store


def refuse_to_begin_anew(store: Store, config: Config) -> None:
    """Raise SchemaMismatch when there is no database but a backup of one.

    Somebody took it away: a new and empty one would hide that, and soon push out the backups.
    Only `tanggap migrate` makes one all the same.
    """
    newest = newest_backup(config)
    if newest is None or not is_new(store):
        return
    where = f"{config.database_path} tidak ada" if config.on_sqlite else "PostgreSQL masih kosong"
    since = moment(made_at(newest), ZoneInfo(config.city.timezone))
    raise SchemaMismatch(
        f"basis data {where}, padahal pernah ada: cadangan terbaru {newest} (dibuat {since}). "
        f"Pulihkan dengan `tanggap restore {newest}`; untuk sengaja mulai dari kosong jalankan "
        "`tanggap migrate`"
    )


def newest_backup(config: Config) -> Path | None:
    """Return the newest backup of ours in the folder of the config; None when there is none."""
    try:
        kept = backups_in(config.backup_folder) if config.backup_folder is not None else []
    except OSError:  # no folder, or a disk that is not there: `tanggap check` says so
        return None
    return kept[-1] if kept else None
