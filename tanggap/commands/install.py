"""What most commands begin with: the install's config and its database."""

import shlex
from importlib.resources import as_file, files
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from tanggap import logs
from tanggap.backup import manifest_of
from tanggap.config import Config, load_config
from tanggap.errors import DatabaseGone, InputError
from tanggap.killpoints import reached
from tanggap.store import Store, closed_if_refused, open_store
from tanggap.upkeep.backup_duty import AHEAD
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
    """Raise DatabaseGone when there is no database but a backup of this city's.

    Somebody took it away: a new and empty one would hide that, and soon push out the backups.
    Only `tanggap migrate` makes one all the same.
    """
    if not store.is_new():  # asked first: the backups may lie on a disk that does not answer
        return
    newest = newest_backup(config)
    if newest is None:
        return
    path, city = newest
    if config.on_sqlite:
        gone = f"{config.database_path} tidak ada, padahal pernah ada"
        first = "Pasang dulu disknya bila belum terpasang"
    else:
        gone, first = "PostgreSQL kosong, padahal pernah berisi", "Periksa dulu database.url"
    when = made_at(path)
    since = f" (dibuat {moment(when, ZoneInfo(config.city.timezone))})" if when else ""
    of = f" dari {city}" if city else ""
    raise DatabaseGone(
        f"basis data {gone}: cadangan terbaru {path}{since}{of}. {first}; "
        f"bila memang hilang, pulihkan dengan `tanggap restore {shlex.quote(str(path))}`; untuk "
        "sengaja mulai dari kosong jalankan `tanggap migrate`",
        path.name,
    )


def newest_backup(config: Config) -> tuple[Path, str] | None:
    """Return this city's newest backup in the folder of the config, and the city that it names.

    A folder may be shared: another city's backup is none. One that cannot be read may be ours, and
    is returned with no city where there is no other.
    """
    try:
        folder, latest = config.backup_folder, config.clock.now() + AHEAD
        kept = backups_in(folder, latest) if folder is not None else []
    except OSError:  # no folder, or a disk that is not there: `tanggap check` says so
        return None
    unread = None
    for path in reversed(kept):
        try:
            city = manifest_of(path).city
        except (InputError, OSError):
            unread = unread or (path, "")
            continue
        if city == config.city.name:
            return path, city
    return unread
