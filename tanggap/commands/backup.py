"""`tanggap backup`: one file with everything, made while daemon and desk go on."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from tanggap.clock import to_text
from tanggap.commands.install import config_of, store_of
from tanggap.config import read_secret
from tanggap.errors import InputError
from tanggap.upkeep.backup_duty import note
from tanggap.upkeep.safekeeping import check_key, make_backup, thin_out
from tanggap.wording import moment, number


@click.command()
@click.argument("target", required=False, type=click.Path(path_type=Path, readable=False))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def backup(ctx: click.Context, target: Path | None, as_json: bool) -> None:
    """Back up the database into TARGET: a folder, or the name of a new file.

    Without TARGET into `backup.folder` of the config, where only the newest `backup.keep` stay.
    """
    config = config_of(ctx)
    folder = config.backup_folder
    if target is None and folder is None:
        raise InputError(
            "folder cadangan belum diatur; isi backup.folder di konfigurasi, atau sebut folder "
            "atau nama berkas"
        )
    scheduled = target is None or (folder is not None and target.resolve() == folder.resolve())
    where = target if target is not None else folder
    assert where is not None  # noqa: S101 - refused above
    key = check_key(read_secret("backup_key", config.path.parent))
    store = store_of(config)
    try:
        made = make_backup(
            store,
            where,
            config.city.name,
            key,
            config.clock.now(),
            reserve=config.daemon.disk_low_mb * 1024**2,
        )
        removed: tuple[Path, ...] = ()
        if scheduled:
            note(store, config, made)
            removed = thin_out(made.path.parent, config.backup.keep, made.path, config.city.name)
    finally:
        store.close()
    report = {
        "file": str(made.path),
        "made_at": to_text(made.manifest.made_at),
        "bytes": made.bytes,
        "database_bytes": made.manifest.unpacked.length,
        "rows": made.manifest.rows,
        "seconds": round(made.seconds, 3),
        "sealed": bool(key),
        "removed": [path.name for path in removed],
    }
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    click.echo(
        f"{made.path}: {number(made.bytes / 1024**2, 1)} MB, {number(made.manifest.rows)} baris, "
        f"dibuat {moment(made.manifest.made_at, ZoneInfo(config.city.timezone))} dalam "
        f"{number(made.seconds, 1)} detik"
    )
    if not key:
        click.echo(
            "Tanpa TANGGAP_BACKUP_KEY hanya kerusakan yang ketahuan, perubahan sengaja tidak.",
            err=True,
        )
