"""What most commands begin with: the install's config and its database."""

from importlib.resources import as_file, files
from pathlib import Path

import click

from tanggap import logs
from tanggap.config import Config, load_config
from tanggap.killpoints import reached
from tanggap.store import Store, closed_if_refused, open_store

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
        store.check_schema()
    return store
