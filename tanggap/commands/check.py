"""`tanggap check`: is this install ready? One line each, with the remedy. Writes nothing."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import click

from collectors import NETWORKS
from collectors.base import Network
from collectors.instagram_session import load_session, session_path
from tanggap.clock import Clock
from tanggap.commands.check_provider import provider_finding
from tanggap.commands.finding import Finding
from tanggap.commands.install import (
    DEFAULT_CONFIG,
    config_of,
    open_database,
    refuse_to_begin_anew,
)
from tanggap.config import Config, read_secret
from tanggap.errors import (
    CollectorError,
    ConfigError,
    DatabaseGone,
    InputError,
    NotAuthorised,
    SchemaMismatch,
    StoreError,
    TanggapError,
)
from tanggap.government import government_of, other_government
from tanggap.mention import SourceSpec
from tanggap.notice_settings import variable_of
from tanggap.reach import WAYS, Reach, reach, token_end
from tanggap.reasons import reason
from tanggap.remedies import remedy
from tanggap.store import Store
from tanggap.store.rows import LastBackup
from tanggap.upkeep.backup_duty import TOO_OLD, believed, every
from tanggap.upkeep.clock_skew import LIMIT_SECONDS, seconds_ahead
from tanggap.upkeep.model import Loaded, configured_model, load_model
from tanggap.upkeep.safekeeping import check_key
from tanggap.upkeep.silent_daemons import silent_daemons
from tanggap.wording import ago, moment, number

LEAST_FREE = 16 * 1024**2
"""Bytes without which nothing can be written for long, whatever daemon.disk_low_mb says."""
MARKS = {"ok": "baik ", "warn": "awas ", "fail": "GAGAL"}


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
    findings.extend(_policy(config))
    findings.extend(_networks(config, offline=offline))
    looked_at, last, loaded = _database(config)
    findings.extend(looked_at)
    findings.append(_backup(config, last))
    findings.extend(_models(config, loaded))
    findings.extend(provider_finding(config, offline=offline))
    findings.extend(_notices(config))
    findings.append(_clock(config))
    _print(findings, as_json=as_json)
    return 1 if any(finding.level == "fail" for finding in findings) else 0


def _policy(config: Config) -> Iterator[Finding]:
    """Say what the policy holds, and where a text calls a regency a city."""
    policy, city = config.policy, config.city.name
    yield Finding("kebijakan", "ok", f"{len(policy.opd)} OPD, {len(policy.rule)} aturan")
    texts = {f"outside.{key}.reply": body.reply for key, body in policy.outside.items()}
    texts |= {f"reply `{one.id}`": one.text for one in policy.reply}
    for where, text in texts.items():
        if called := other_government(text, government_of(city)):
            said = f"{where} menyebut {called}, padahal city.name adalah {city}"
            action = "Bila yang dimaksud pemerintah daerah ini, tulis {pemerintah}."
            yield Finding("kebijakan", "warn", said, action)


def _networks(config: Config, *, offline: bool) -> Iterator[Finding]:
    for name, found in reach(config).items():
        if not found.on:
            text = f"tidak dipantau ({name}.enabled = false)"
            warning = f" {found.way.warning}" if found.way.warning else ""
            yield Finding(name, "warn", text, f"Untuk menyalakan: {found.way.turn_on}{warning}")
        elif name in NETWORKS:
            network = NETWORKS[name](config)
            try:
                yield from _network(config, found, network, offline=offline)
            except CollectorError as exc:
                words = remedy(exc.code)
                yield Finding(name, "fail", words.meaning, words.action)
            finally:
                network.close()


def _network(config: Config, found: Reach, network: Network, *, offline: bool) -> Iterator[Finding]:
    """Say what is configured, whether the token works, and which accounts it may not read."""
    specs = network.sources()
    size = f"{len(found.accounts)} akun, {_mentions(specs)} sumber"
    if found.network == "instagram_web":
        # Asking after each profile is what Instagram blocks for: the session is looked at alone.
        yield _session(config)
        yield Finding(
            found.network, "warn", f"{size}; jangkauan tidak diperiksa", found.way.warning
        )
    elif offline:
        yield Finding(found.network, "ok", f"{size}; jangkauan tidak diperiksa")
    else:
        for spec in specs:
            if spec.kind == "token":
                yield from _token(config, network, spec)
        ids = network.resolve({})
        missing = [
            f"{handle} ({opd})"
            for opd, handle in found.accounts.items()
            if handle.lower() not in ids
        ]
        if missing:
            yield Finding(found.network, "fail", *_not_found(found.network, missing))
        else:
            yield Finding(found.network, "ok", f"{size}, token diterima, akun ditemukan")
    if found.unconnected:
        text = f"{len(found.unconnected)} OPD belum tersambung: {', '.join(found.unconnected)}"
        yield Finding(f"cakupan {found.network}", "warn", text, found.way.connect)


def _mentions(specs: Sequence[SourceSpec]) -> int:
    return sum(1 for spec in specs if spec.kind != "token")


def _not_found(network: str, missing: Sequence[str]) -> tuple[str, str]:
    """Return what is wrong with accounts that the network did not give, and what to do."""
    names = ", ".join(sorted(missing))
    if network == "x":
        return f"akun tidak ditemukan: {names}", "Periksa ejaan di x.accounts."
    return (
        f"akun belum memberi akses kepada token ini, atau namanya lain: {names}",
        f"{WAYS[network].connect} Bila sudah, periksa ejaan di {network}.accounts.",
    )


def _token(config: Config, network: Network, spec: SourceSpec) -> Iterator[Finding]:
    """Ask once after the token: whether it works, until when, and what it may not do."""
    collector = network.collector(spec, {})
    try:
        page = collector.fetch(None, allowance=None)
    finally:
        collector.close()
    end = token_end(page.token_ends_at, config.clock.now())
    at = page.token_ends_at
    on = f" ({moment(at, ZoneInfo(config.city.timezone))})" if at else ""
    action = "" if end.level == "ok" else remedy("token_ends_soon").action
    yield Finding("token meta", end.level, f"diterima, {end.words}{on}", action)
    for code in page.notices:
        if code != "token_ends_soon":
            words = remedy(code)
            yield Finding("token meta", "warn", words.meaning, words.action)


def _session(config: Config) -> Finding:
    """Look at the file of the Instagram session; its content is never shown."""
    path = session_path(config)
    try:
        session = load_session(path)
        written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except NotAuthorised as exc:
        words = remedy(exc.code)
        return Finding("sesi instagram", "fail", f"{path}: {words.meaning}", words.action)
    except OSError as exc:
        return Finding("sesi instagram", "fail", f"{path}: {reason(exc)}")
    age = max(0, (Clock().now() - written_at).days)
    text = f"{path}, hanya terbaca pemiliknya, diimpor {number(age)} hari lalu"
    if session.ends_at is None:
        return Finding("sesi instagram", "ok", text)
    end = token_end(session.ends_at, config.clock.now())
    action = "" if end.level == "ok" else remedy("instagram_session").action
    return Finding("sesi instagram", end.level, f"{text}, {end.words}", action)


def _database(
    config: Config,
) -> tuple[list[Finding], LastBackup | TanggapError | None, Loaded | None]:
    """Look at the database; return also its last backup, or why it could not be asked, and the
    model that daemons load from it.
    """
    found: list[Finding] = []
    new = False
    try:
        with closing(open_database(config, thorough=True)) as store:
            new = store.is_new()
            refuse_to_begin_anew(store, config)
            store.check_schema()
            found.append(_room_and_clock(config, store))
            found.extend(_silence(config, store))
            return found, store.last_backup(), load_model(store, config)
    except DatabaseGone as exc:
        return [Finding("basis data", "fail", str(exc))], exc, None
    except SchemaMismatch as exc:
        if new:
            return [_none_yet(config, exc)], None, None
        return [Finding("basis data", "fail", str(exc))], exc, None
    except (StoreError, InputError) as exc:
        action = "Buat folder." if _has_no_folder(config) else ""
        return [*found, Finding("basis data", "fail", str(exc), action)], exc, None


def _has_no_folder(config: Config) -> bool:
    return config.on_sqlite and not config.database_path.absolute().parent.is_dir()


def _none_yet(config: Config, said: SchemaMismatch) -> Finding:
    """Say that there is no database yet, in the words that every command has for it."""
    folder = config.database_path.absolute().parent if config.on_sqlite else None
    if folder is not None and not os.access(folder, os.W_OK):
        text = f"folder {folder} hanya-baca atau tidak dapat ditulisi"
        return Finding("basis data", "fail", text, "Perbaiki izin folder, atau disknya.")
    return Finding("basis data", "warn", str(said), "Atau biarkan: `tanggap run` membuatnya.")


def _silence(config: Config, store: Store) -> Iterator[Finding]:
    """Name the daemons that share the database when one of them is silent."""
    now = config.clock.now()
    if not (silent := silent_daemons(store, config, now)):
        return
    seen = ", ".join(
        f"{one.owner} ({ago(timedelta(seconds=config.clock.real_seconds(now - one.seen_at)))})"
        for one in store.daemons(now)
    )
    words = remedy("daemon_silent")
    text = f"tanpa tanda hidup: {', '.join(silent)}; terlihat sehari ini: {seen}"
    yield Finding("daemon", "warn", text, words.action)


def _room_and_clock(config: Config, store: Store) -> Finding:
    free = store.free_bytes()
    ahead = seconds_ahead(store, config)
    if ahead is not None and abs(ahead) > LIMIT_SECONDS:
        words = remedy("clock_skew")
        text = f"{config.database.url}, jam server ini {_apart(ahead)}"
        return Finding("basis data", "fail", text, words.action)
    if free is None:
        return Finding("basis data", "ok", f"{config.database.url}, jam server sama")
    if free < max(config.daemon.disk_low_mb * 1024**2, LEAST_FREE):
        words = remedy("disk_low")
        return Finding("basis data", "fail", words.meaning, words.action)
    return Finding(
        "basis data", "ok", f"{config.database_path}, {number(free // 1024**2)} MB bebas"
    )


def _backup(config: Config, last: LastBackup | TanggapError | None) -> Finding:
    """Say whether backups are made, where, and how old the last good one is."""
    folder = config.backup_folder
    if folder is None:
        text = "cadangan otomatis tidak dibuat (backup.folder kosong)"
        return Finding("cadangan", "warn", text, "Isi backup.folder, sebaiknya di disk lain.")
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        text = f"folder {folder} tidak ada atau tidak dapat ditulisi"
        return Finding("cadangan", "fail", text, "Buat foldernya atau pasang disknya.")
    try:
        check_key(read_secret("backup_key", config.path.parent))
    except ConfigError as exc:
        return Finding("cadangan", "fail", str(exc))
    if isinstance(last, DatabaseGone):
        return Finding("cadangan", "warn", f"{folder}, terbaru {last.backup}")
    if isinstance(last, TanggapError):  # told above
        return Finding("cadangan", "warn", f"{folder}, tidak diketahui kapan terakhir")
    if last is None:
        return Finding("cadangan", "warn", f"{folder}, belum ada cadangan", "Dibuat oleh daemon.")
    now = config.clock.now()
    text = f"{folder}, terakhir {last.file} ({ago(now - last.made_at)})"
    if believed(last, now) is None:
        return Finding("cadangan", "warn", text, "Periksa sinkronisasi waktu.")
    if now - last.made_at > TOO_OLD * every(config):
        return Finding("cadangan", "fail", text, remedy("backup_old").action)
    return Finding("cadangan", "ok", text)


def _models(config: Config, loaded: Loaded | None) -> Iterator[Finding]:
    """Say which model decides, and whether answers get their kind.

    `loaded`: what the database says; None: it could not be asked.
    """
    found = loaded or configured_model(config)
    if found.problem is not None:
        yield Finding("model", "fail", found.problem, remedy("model").action)
    else:
        text = found.classifier.version
        if found.promoted is not None:
            text += f", dipromosikan; classifier.model ({config.classifier.model}) tidak dipakai"
        yield Finding("model", "ok", text)
    if found.answers_problem is not None:
        action = remedy("answer_kinds").action
        yield Finding("mutu jawaban", "fail", found.answers_problem, action)


def _notices(config: Config) -> Iterator[Finding]:
    """Say of each channel whether its address is there and understood. Sends nothing."""
    if not config.notices:
        return
    from tanggap.notify.apprise_wire import kind_of  # takes a second: only where there are any

    for channel in config.notices:
        part, variable = f"notice {channel.id}", variable_of(channel.id)
        readers = ", ".join(channel.opd) or channel.role
        url = config.notice_urls[channel.id].get_secret_value()
        if not url:
            action = f"Isi variabel lingkungan {variable} atau {variable}_FILE."
            yield Finding(part, "fail", "alamat saluran belum ada", action)
        elif kind := kind_of(url):
            yield Finding(part, "ok", f"{kind} untuk {readers}: {', '.join(channel.kinds)}")
        else:
            action = f"Periksa alamat di {variable}; contohnya di docs/notices.md."
            yield Finding(part, "fail", "alamat tidak dikenal Apprise", action)


def _clock(config: Config) -> Finding:
    now = config.clock.now()
    said = moment(now, ZoneInfo(config.city.timezone))
    if config.clock.speed != 1.0:
        text = f"waktu dipercepat {_times(config.clock.speed)} kali, kini {said}"
        return Finding("jam", "warn", text, "Hanya untuk demo dan latihan.")
    if now.year < 2026:
        return Finding("jam", "fail", f"jam server {said}", "Nyalakan sinkronisasi waktu.")
    return Finding("jam", "ok", said)


def _times(speed: float) -> str:
    return number(speed) if speed == int(speed) else number(speed, 1)


def _apart(seconds: float) -> str:
    return f"{number(abs(seconds))} detik lebih {'cepat' if seconds > 0 else 'lambat'}"


def _print(findings: list[Finding], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
        return
    for finding in findings:
        line = f"{MARKS[finding.level]} {finding.part}: {finding.text}"
        click.echo(f"{line}  {finding.action}".rstrip())
