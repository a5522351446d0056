"""`tanggap instagram import-session`: the session with which instaloader reads, from a browser."""

from pathlib import Path
from zoneinfo import ZoneInfo

import click

from collectors.instagram_session import import_session, save_session, session_path
from tanggap.commands.install import config_of
from tanggap.errors import InputError
from tanggap.reasons import reason
from tanggap.wording import day

WARNING = (
    "PERINGATAN: membaca Instagram secara otomatis melanggar ketentuan Instagram. Akun yang "
    "dipakai dapat dikunci atau ditutup, dan pembacaan dapat berhenti berjam-jam atau "
    "berhari-hari. Pakai akun yang boleh hilang, jangan akun resmi OPD. Siapa pun yang memegang "
    "berkas sesi dapat masuk sebagai akun itu."
)
_LARGEST = 2 << 20


@click.group()
def instagram() -> None:
    """Prepare the reading of Instagram accounts without a token (instaloader)."""


@instagram.command("import-session")
@click.argument("file", type=click.Path(path_type=Path, readable=False, dir_okay=False))
@click.option("--username", default="", help="Name of the account, without @.")
@click.pass_context
def import_session_command(ctx: click.Context, file: Path, username: str) -> None:
    """Turn a browser's cookie export (cookies.txt or JSON) into the session file of the config."""
    config = config_of(ctx)
    click.echo(WARNING, err=True)
    try:
        with file.open("rb") as export:
            content = export.read(_LARGEST)
    except OSError as exc:
        raise InputError(f"{file}: tidak dapat dibaca ({reason(exc)})") from exc
    path = session_path(config)
    if file.resolve() == path.resolve():
        raise InputError(f"{file} adalah berkas sesi itu sendiri; beri ekspor cookie dari peramban")
    session = import_session(content, username.removeprefix("@"), config.clock.now())
    save_session(path, session)
    click.echo(f"ditulis: {path} ({len(session.cookies)} cookie, hanya terbaca oleh pemiliknya)")
    if session.ends_at:
        zone = ZoneInfo(config.city.timezone)
        click.echo(f"berlaku paling lama sampai: {day(session.ends_at, zone)}")
    settings = config.instagram_web
    steps = [] if settings.accept_risk else ["tulis `accept_risk = true` di [instagram_web]"]
    steps += [] if settings.enabled else ["tulis `enabled = true` di [instagram_web]"]
    steps += [] if settings.accounts else ["isi akun yang dibaca di [instagram_web.accounts]"]
    steps += ["jalankan `tanggap check`", "muat ulang atau mulai ulang daemon"]
    steps.append(f"hapus berkas ekspor {file}: isinya sama rahasianya")
    click.echo("Langkah berikutnya:", err=True)
    for number, step in enumerate(steps, 1):
        click.echo(f"  {number}. {step}", err=True)
