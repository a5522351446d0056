"""Options that several commands of `tanggap tune` share, and whose act it is."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tanggap.commands.install import config_of, store_of
from tanggap.config import Config
from tanggap.errors import InputError
from tanggap.store import Store
from tanggap.store.rows_tuning import Job, JobKind

FILE = click.Path(path_type=Path, readable=False)
MODEL_HELP = "Artefact folder, version, or `baseline` [default: the one in use]."
CONFIG_HELP = "Config file [default: that of --config before the command, or Sukamaju]."
KINDS: dict[JobKind, str] = {"train": "latih", "report": "laporan"}
JSON_HELP = "Print JSON."

json_option = click.option("--json", "as_json_", is_flag=True, help=JSON_HELP)
config_option = click.option("--config", "config_path", type=FILE, help=CONFIG_HELP)
by_option = click.option(
    "--by", default=None, metavar="NAME", help="Whose act this is [default: your login name]."
)

trust_option = click.option(
    "--trust",
    "trusted",
    multiple=True,
    metavar="NAME",
    help="Count the labels of NAME however often others contradict them; repeatable.",
)


@contextmanager
def install_of(ctx: click.Context) -> Iterator[tuple[Config, Store]]:
    """Give the config of `--config` and its database, which must exist."""
    config = config_of(ctx)
    store = store_of(config)
    try:
        yield config, store
    finally:
        store.close()


def asked_for(store: Store, job_id: int, kind: JobKind) -> Job:
    """Return a job of the queue; raise InputError when there is no such one of this kind."""
    found = store.job(job_id)
    if found is None or found.kind != kind:
        raise InputError(f"tidak ada pekerjaan {KINDS[kind]} nomor {job_id}")
    return found


def person(by: str | None) -> str:
    """Return who acts: as said, else the login name of this terminal."""
    names = (by, os.environ.get("SUDO_USER"), os.environ.get("USER"))
    return next((name.strip() for name in names if name and name.strip()), "terminal")
