"""`tanggap check`: is this install ready? One line each, with the remedy. Writes nothing."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

import models
from classifier import load
from collectors import NETWORKS
from tanggap.clock import to_text
from tanggap.commands.install import DEFAULT_CONFIG, config_of
from tanggap.config import Config
from tanggap.errors import CollectorError, ConfigError, ModelError, StoreError
from tanggap.remedies import remedy
from tanggap.store import open_store

MARKS = {"ok": "baik ", "warn": "awas ", "fail": "GAGAL"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `level`: ok, warn or fail."""

    part: str
    level: str
    text: str
    action: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--offline", is_flag=True, help="Do not ask the networks.")
@click.pass_context
def check(ctx: click.Context, as_json: bool, offline: bool) -> int:
    """Check config, tokens, reach, database, model and clock. Exit 2 config, 1 anything else."""
    path = ctx.obj or DEFAULT_CONFIG
    try:
        config = config_of(ctx, secrets=True)
    except ConfigError as exc:
        findings = [Finding("konfigurasi", "fail", problem) for problem in exc.problems]
        _print(findings, as_json=as_json)
        return 2
    findings = [Finding("konfigurasi", "ok", f"{path}: {config.city.name}")]
    findings.append(
        Finding(
            "kebijakan", "ok", f"{len(config.policy.opd)} OPD, {len(config.policy.rule)} aturan"
        )
    )
    findings.extend(_networks(config, offline=offline))
    findings.append(_database(config))
    findings.append(_model(config))
    findings.append(_clock(config))
    _print(findings, as_json=as_json)
    return 1 if any(finding.level == "fail" for finding in findings) else 0


def _networks(config: Config, *, offline: bool) -> Iterator[Finding]:
    for name, factory in NETWORKS.items():
        network = factory(config)
        try:
            specs = network.sources()
            if not specs:
                off = (
                    f"{name}.enabled = false" if not config.x.enabled else f"{name}.accounts kosong"
                )
                yield Finding(
                    name,
                    "warn",
                    f"tidak dipantau ({name}: {off})",
                    "Nyalakan bila akun dan tokennya ada.",
                )
                continue
            if offline:
                yield Finding(name, "ok", f"{len(specs)} sumber; jangkauan tidak diperiksa")
                continue
            found = network.resolve({})
            missing = {
                handle for handle in config.x.accounts.values() if handle.lower() not in found
            }
            if missing:
                yield Finding(
                    name,
                    "fail",
                    f"akun tidak ditemukan: {', '.join(sorted(missing))}",
                    "Periksa ejaan di x.accounts.",
                )
            else:
                yield Finding(name, "ok", f"{len(specs)} sumber, token diterima, akun ditemukan")
        except CollectorError as exc:
            words = remedy(exc.code)
            yield Finding(name, "fail", words.meaning, words.action)
        finally:
            network.close()


def _database(config: Config) -> Finding:
    path: Path = config.database_path
    if not path.exists():
        if not path.parent.is_dir():
            return Finding("basis data", "fail", f"folder {path.parent} tidak ada", "Buat folder.")
        if not os.access(path.parent, os.W_OK):
            text = f"folder {path.parent} tidak dapat ditulisi"
            return Finding("basis data", "fail", text, "Perbaiki izin folder.")
        return Finding(
            "basis data", "warn", f"{path} belum ada", "Dibuat oleh `tanggap run` atau `migrate`."
        )
    try:
        store = open_store(path)
        try:
            store.check_schema()
            free = store.free_bytes() // 1024**2
        finally:
            store.close()
    except StoreError as exc:
        return Finding("basis data", "fail", str(exc))
    if free < config.daemon.disk_low_mb:
        words = remedy("disk_low")
        return Finding("basis data", "fail", words.meaning, words.action)
    return Finding("basis data", "ok", f"{path}, {free} MB bebas")


def _model(config: Config) -> Finding:
    try:
        loaded = load(models.path(config.classifier.model), config.policy)
    except ModelError as exc:
        return Finding("model", "fail", str(exc), remedy("model").action)
    return Finding("model", "ok", loaded.version)


def _clock(config: Config) -> Finding:
    now = config.clock.now()
    if config.clock.speed != 1.0:
        text = f"waktu dipercepat {config.clock.speed:g} kali, kini {to_text(now)}"
        return Finding("jam", "warn", text, "Hanya untuk demo dan latihan.")
    if now.year < 2026:
        return Finding("jam", "fail", f"jam server {to_text(now)}", "Nyalakan sinkronisasi waktu.")
    return Finding("jam", "ok", to_text(now))


def _print(findings: list[Finding], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
        return
    for finding in findings:
        line = f"{MARKS[finding.level]} {finding.part}: {finding.text}"
        click.echo(f"{line}  {finding.action}".rstrip())
