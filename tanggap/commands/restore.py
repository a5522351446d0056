"""`tanggap restore`: the database again, from one file, on an empty machine."""

import json
import shlex
import threading
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from tanggap.backup import carry_on, is_sealed
from tanggap.clock import Clock, to_text
from tanggap.commands.install import DEFAULT_CONFIG
from tanggap.config import City, load_config, read_secret
from tanggap.database_url import shown
from tanggap.errors import ConfigError, InputError
from tanggap.store import (
    Restored,
    daemon_lock,
    look_at,
    open_store,
    restore_file,
    restore_rows,
    sqlite_path,
)
from tanggap.upkeep.housekeeping import index_all
from tanggap.upkeep.safekeeping import check_key
from tanggap.wording import ago, moment, number


@click.command()
@click.argument("file", type=click.Path(path_type=Path, readable=False))
@click.option("--to", "target", help="Where to, instead of `database.url` of the config.")
@click.option("--replace", is_flag=True, help="Move a SQLite database that is there aside.")
@click.option("--check", "only_check", is_flag=True, help="Only check the backup; restore nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def restore(
    ctx: click.Context,
    file: Path,
    target: str | None,
    replace: bool,
    only_check: bool,
    as_json: bool,
) -> None:
    """Make the database again from the backup FILE, after checking all of it.

    The target must be empty, and daemon and desk must not run.
    """
    folder = (ctx.obj or DEFAULT_CONFIG).parent
    key = check_key(read_secret("backup_key", folder))
    clock = Clock()
    if only_check:
        target = None
    elif target is None:
        config = load_config(ctx.obj or DEFAULT_CONFIG, secrets=False)
        target, clock = config.database_where, config.clock
    if target is None:
        done = Restored(look_at(file, key, carry_on), (), None)
    else:
        password = read_secret("database_password", folder)
        done = restored(file, target, password, key, clock.now(), replace=replace)
    if as_json:
        report = {
            "made_at": to_text(done.manifest.made_at),
            "city": done.manifest.city,
            "program": done.manifest.program,
            "rows": done.manifest.rows,
            "restored_to": shown(target) if target else None,
            "steps": list(done.steps),
            "moved": str(done.moved) if done.moved else None,
            "seal_checked": bool(key),
        }
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    age = clock.now() - done.manifest.made_at
    click.echo(
        f"{file}: utuh; {done.manifest.city}, {number(done.manifest.rows)} baris, dibuat "
        f"{moment(done.manifest.made_at, zone_of(ctx))} ({ago(age)})"
    )
    if not key:
        click.echo(unsealed(file), err=True)
    if target is not None:
        click.echo(f"Dipulihkan ke {shown(target)}.")
        if done.moved is not None:
            click.echo(f"Basis data yang ada dipindahkan ke {done.moved}.")
        click.echo(WHAT_NEXT, err=True)


WHAT_NEXT = """Selanjutnya:
1. `tanggap check`, lalu jalankan lagi daemon dan `tanggap web`.
2. Daemon mengambil sendiri yang terlewat sejak cadangan, sejauh jaringan masih memberikannya;
   periksa celahnya dengan `tanggap sources`.
3. Tindakan admin sesudah cadangan dibuat tidak ada lagi dan perlu diulang; nomor aduan yang baru
   melompat, agar nomor lama tidak menunjuk aduan lain. Semua orang perlu masuk lagi.
4. Hitungan bacaan dan permintaan kembali ke saat cadangan: yang dibaca sesudahnya tidak terhitung.
   Lihat pemakaian di konsol X; dekat batasnya, turunkan dulu x.daily_read_limit dan
   x.monthly_read_limit sebesar selisihnya."""


def restored(
    file: Path, target: str, password: str, key: str, now: datetime, *, replace: bool
) -> Restored:
    """Restore a backup into a database file or a PostgreSQL database, and make it searchable."""
    path = sqlite_path(target)
    if path is not None and not (folder := path.absolute().parent).is_dir():
        # It is not made: where a disk should be mounted, a folder would hide that it is not.
        raise InputError(
            f"folder {folder} tidak ada; pasang disknya, atau buat dengan "
            f"`install -d -m 0700 {shlex.quote(str(folder))}`, lalu ulangi"
        )
    with daemon_lock(target):
        if path is not None:
            done = restore_file(file, path, key, now, replace=replace, progress=carry_on)
        elif replace:
            raise InputError(
                "--replace hanya untuk berkas SQLite; buat basis data PostgreSQL baru yang kosong "
                "dan tulis alamatnya di database.url"
            )
        store = open_store(target, password=password)
        try:
            if path is None:
                done = restore_rows(file, store, key, progress=carry_on)
            index_all(store, threading.Event())
        finally:
            store.close()
    return done


def zone_of(ctx: click.Context) -> ZoneInfo:
    """Return the city's zone; where there is no config to read, that of most cities (WIB)."""
    try:
        return ZoneInfo(load_config(ctx.obj or DEFAULT_CONFIG, secrets=False).city.timezone)
    except ConfigError:
        return ZoneInfo(City.model_fields["timezone"].default)


def unsealed(file: Path) -> str:
    """Return what to say when no key was there to check the seal with."""
    if is_sealed(file):
        return "Cadangan ini bersegel, tetapi TANGGAP_BACKUP_KEY tidak diisi: segelnya tidak dicek."
    return (
        "Cadangan ini tanpa segel: kerusakan akan ketahuan, perubahan yang disengaja tidak. "
        "Isi TANGGAP_BACKUP_KEY agar cadangan berikutnya bersegel."
    )
