"""`tanggap user`: accounts of the review desk. A password never stands on the command line."""

import json
import os
import re
import sys
from typing import TextIO, get_args

import click

from tanggap.clock import to_text
from tanggap.commands.install import config_of, store_of
from tanggap.config import Config
from tanggap.errors import InputError
from tanggap.near_words import nearest
from tanggap.secret_file import open_to_others
from tanggap.store import Store
from tanggap.store.rows import Role, User
from tanggap.web.auth import Passwords
from tanggap.web.new_password import PASSWORD_AT_MOST, wrong_with

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}", re.IGNORECASE)

password_option = click.option(
    "--password-file",
    type=click.File(encoding="utf-8"),
    help="Read the password from the first line of a file, - for stdin [default: ask].",
)


@click.group()
def user() -> None:
    """Manage the accounts of the review desk."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(get_args(Role)), required=True)
@click.option("--opd", "opds", multiple=True, help="OPD id; repeat it for several.")
@password_option
@click.pass_context
def add(
    ctx: click.Context, name: str, role: Role, opds: tuple[str, ...], password_file: TextIO | None
) -> None:
    """Add an account."""
    config = config_of(ctx)
    if not NAME.fullmatch(name):
        raise InputError(
            f"nama {name!r} tidak dapat dipakai: 2 sampai 40 huruf, angka, titik, garis"
        )
    _check_opds(config, role, opds)
    store = store_of(config)
    try:
        # Asking twice for a password only to hear that the name is taken would be a nuisance.
        if store.user(name) is not None:
            raise InputError(f"nama {name!r} sudah dipakai")
        password_hash = Passwords().hash(_new_password(config, password_file, name))
        store.add_user(name, role, list(dict.fromkeys(opds)), password_hash, config.clock.now())
    finally:
        store.close()
    click.echo(f"Akun {name} dibuat.", err=True)


def _check_opds(config: Config, role: Role, opds: tuple[str, ...]) -> None:
    if role == "opd" and not opds:
        raise InputError("akun OPD perlu sedikitnya satu --opd")
    if role != "opd" and opds:
        raise InputError(f"{role} melihat semua OPD; hapus --opd")
    for opd in opds:
        if opd not in config.policy.opd:
            known = ", ".join(config.policy.opd)
            raise InputError(
                f"OPD {opd!r} tidak ada di kebijakan{nearest(opd, config.policy.opd)}; "
                f"yang ada: {known}"
            )


def _new_password(config: Config, file: TextIO | None, name: str) -> str:
    if file is not None:
        _warn_of_readers(file)
        password = file.readline(PASSWORD_AT_MOST + 2).rstrip("\r\n")
    elif sys.stdin.isatty():
        password = click.prompt("Kata sandi", hide_input=True, err=True)
        # Not by click's own confirmation: it says in English that the two differ.
        if click.prompt("Ulangi kata sandi", hide_input=True, err=True) != password:
            raise InputError("kedua kata sandi tidak sama; jalankan lagi")
    else:
        raise InputError("tidak ada terminal untuk menanyakan kata sandi; pakai --password-file")
    if wrong := wrong_with(password, name, (config.city.name,)):
        raise InputError(wrong)
    return password


def _warn_of_readers(file: TextIO) -> None:
    """Say so when others can read the file; it is for one use, so it is taken all the same."""
    try:
        mode = open_to_others(os.fstat(file.fileno()))
    except (OSError, ValueError):  # not a file of the system's
        return
    if mode:
        click.echo(
            f"Peringatan: berkas {file.name} terbuka bagi pengguna lain di server ini; hapus "
            "setelah dipakai.",
            err=True,
        )


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_users(ctx: click.Context, as_json: bool) -> None:
    """List all accounts."""
    store = store_of(config_of(ctx))
    try:
        users = store.users()
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps([_as_dict(one) for one in users], ensure_ascii=False, indent=2))
        return
    if not users:
        click.echo(
            "Belum ada akun. Buat dengan `tanggap user add NAMA --role supervisor`.", err=True
        )
    for one in users:
        state = "aktif" if one.active else "nonaktif"
        click.echo(f"{one.name}\t{one.role}\t{state}\t{','.join(one.opds) or '-'}")


def _as_dict(one: User) -> dict[str, object]:
    return {
        "name": one.name,
        "role": one.role,
        "opds": list(one.opds),
        "active": one.active,
        "totp": one.totp,
        "created_at": to_text(one.created_at),
    }


@user.command("disable")
@click.argument("name")
@click.pass_context
def disable(ctx: click.Context, name: str) -> None:
    """Disable an account and end its sessions."""
    _set_active(store_of(config_of(ctx)), name, active=False)


@user.command("enable")
@click.argument("name")
@click.pass_context
def enable(ctx: click.Context, name: str) -> None:
    """Enable an account again."""
    _set_active(store_of(config_of(ctx)), name, active=True)


def _set_active(store: Store, name: str, *, active: bool) -> None:
    try:
        found = store.set_active(name, active)
    finally:
        store.close()
    if not found:
        raise InputError(f"akun {name!r} tidak ada")
    click.echo(f"Akun {name} {'diaktifkan' if active else 'dinonaktifkan'}.", err=True)


@user.command("change")
@click.argument("name")
@click.option("--role", type=click.Choice(get_args(Role)), help="[default: as it is]")
@click.option("--opd", "opds", multiple=True, help="OPD id; repeat it for several: all it has.")
@click.pass_context
def change(ctx: click.Context, name: str, role: Role | None, opds: tuple[str, ...]) -> None:
    """Change role or OPD of an account and end its sessions."""
    config = config_of(ctx)
    if role is None and not opds:
        raise InputError("tidak ada yang diubah; beri --role atau --opd")
    store = store_of(config)
    try:
        found = store.user(name)
        if found is None:
            raise InputError(f"akun {name!r} tidak ada")
        role = role or found.role
        # An admin who stays one keeps the OPD that nobody spoke of.
        chosen = opds or (found.opds if role == "opd" else ())
        _check_opds(config, role, chosen)
        store.set_role(name, role, list(dict.fromkeys(chosen)))
    finally:
        store.close()
    told = f"{role} ({', '.join(dict.fromkeys(chosen))})" if chosen else role
    click.echo(f"Akun {found.name} sekarang {told}; sesi lamanya ditutup.", err=True)


@user.command("totp-off")
@click.argument("name")
@click.pass_context
def totp_off(ctx: click.Context, name: str) -> None:
    """Switch off the codes at login of somebody who is locked out, and end the sessions."""
    config = config_of(ctx)
    store = store_of(config)
    try:
        if store.user(name) is None:
            raise InputError(f"akun {name!r} tidak ada")
        if not store.end_totp(name):
            raise InputError(f"akun {name!r} tidak memakai kode saat masuk")
        store.note_login(name, True, config.clock.now())  # locked out by wrong codes, too
    finally:
        store.close()
    click.echo(
        f"Kode saat masuk {name} dimatikan; sesi lamanya ditutup. Pastikan itu memang orangnya.",
        err=True,
    )


@user.command("password")
@click.argument("name")
@password_option
@click.pass_context
def password(ctx: click.Context, name: str, password_file: TextIO | None) -> None:
    """Change a password and end the account's sessions."""
    config = config_of(ctx)
    store = store_of(config)
    try:
        if store.user(name) is None:
            raise InputError(f"akun {name!r} tidak ada")
        store.set_password(name, Passwords().hash(_new_password(config, password_file, name)))
    finally:
        store.close()
    click.echo(f"Kata sandi {name} diganti; sesi lamanya ditutup.", err=True)
