"""`tanggap init`: write a commented config to begin with."""

import os
import re
from importlib.resources import files
from pathlib import Path

import click

from tanggap.errors import InputError
from tanggap.reasons import reason


@click.command()
@click.argument(
    "folder",
    type=click.Path(path_type=Path, readable=False, file_okay=False),
    default=Path(),
    required=False,
)
@click.option("--city", help="Name of the city or regency [default: ask].")
def init(folder: Path, city: str | None) -> None:
    """Write tanggap.toml and policy.toml into FOLDER [default: here]; overwrite nothing."""
    for name in ("tanggap.toml", "policy.toml"):  # nobody is asked for what will not be written
        if os.path.lexists(folder / name):  # no for what it may not look at; writing says why
            raise InputError(f"{folder / name} sudah ada; tidak ditimpa")
    if city is None:
        city = str(click.prompt("Nama kota atau kabupaten"))
    texts = {"tanggap.toml": _config(city), "policy.toml": _policy(city)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
            click.echo(f"ditulis: {folder / name}")
    except OSError as exc:
        raise InputError(f"{exc.filename}: tidak dapat ditulis ({reason(exc)})") from exc
    click.echo("Ubah keduanya, lalu jalankan `tanggap check`.", err=True)


def _config(city: str) -> str:
    """Return the example config for a city; the invented city's accounts are commented out."""
    text = _example("sukamaju.toml").replace(
        'policy_file = "sukamaju-policy.toml"', 'policy_file = "policy.toml"'
    )
    text = text.replace('name = "Kota Sukamaju"', f"name = {_toml_text(city)}")
    text = text.replace("contoh lengkap: Kota Sukamaju (kota rekaan)", "konfigurasi awal")
    for table in re.findall(r"^\[\w+\.accounts\]", text, re.MULTILINE):
        text = _commented(text, table, "\n\n")
    return text


def _policy(city: str) -> str:
    """Return the example policy for a city; the invented city's places are commented out."""
    name = " ".join(city.split())
    text = _example("sukamaju-policy.toml").replace(
        "# Kebijakan Kota Sukamaju (kota rekaan): siapa mengurus apa.",
        f"# Kebijakan {name}: siapa mengurus apa. Ganti isi contoh ini dengan milik kota Anda.",
    )
    return _commented(text, "# --- Kecamatan", "# --- Aturan aset")


def _example(name: str) -> str:
    return files("tanggap.examples").joinpath(name).read_text(encoding="utf-8")


def _commented(text: str, after: str, before: str) -> str:
    """Return the text with the lines between two marks turned into comments."""
    start = text.index("\n", text.index(after)) + 1
    end = text.index(before, start)
    lines = text[start:end].splitlines(keepends=True)
    shown = [line if not line.strip() or line.startswith("#") else f"# {line}" for line in lines]
    return text[:start] + "".join(shown) + text[end:]


def _toml_text(text: str) -> str:
    escaped = text.strip().replace("\\", "\\\\").replace('"', '\\"')
    if not escaped or any(ord(character) < 32 for character in escaped):
        raise InputError("nama kota kosong atau memuat karakter kendali")
    return f'"{escaped}"'
