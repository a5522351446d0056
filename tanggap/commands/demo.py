"""`tanggap demo`: the main job without any token, on loopback, in compressed time.

Three processes, as in production: a simulated network, the daemon and the desk. They share one
folder that is thrown away at the end.
"""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Any, NoReturn

import click

from collectors.instagram_session import Session, save_session, session_path
from tanggap.clock import Clock, to_text
from tanggap.config import Config, load_config
from tanggap.errors import TanggapError
from tanggap.signals import told_by_signals
from tanggap.store import open_store
from tanggap.store.rows import EVERYTHING, ItemFilter, Role
from tanggap.web.auth import Passwords

SPEED = 60.0
"""One real second is one simulated minute."""
PAST = timedelta(days=2)
"""How much of the world has already happened when the demo starts."""
START_SECONDS = 60.0


@click.command()
@click.option("--port", default=8600, type=click.IntRange(0, 65535), help="Port of the desk.")
@click.option("--seed", default=2026, help="Seed of the invented city.")
@click.option("--speed", default=SPEED, type=click.FloatRange(1, 3600), help="Times real time.")
@click.pass_context
def demo(ctx: click.Context, port: int, seed: int, speed: float) -> int:
    """Show the whole product on an invented city; Ctrl-C ends it and leaves nothing behind."""
    stop = threading.Event()
    ctx.with_resource(told_by_signals({SIGINT: stop.set, SIGTERM: stop.set}))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tanggap-demo-") as name:
        folder = Path(name)
        _say("1/4 kota rekaan Sukamaju; X, Facebook dan Instagram tiruan")
        with _simulator(folder, seed, speed) as (ready, started):
            wanted, port = port, _free_port(port)
            if wanted and port != wanted:
                _say(f"- port {wanted} terpakai; meja memakai {port}")
            config_path = write_install(folder, ready["address"], speed, started, port)
            os.environ["TANGGAP_X_BEARER_TOKEN"] = ready["token"]
            os.environ["TANGGAP_META_TOKEN"] = ready["token"]
            config = load_config(config_path)
            save_session(session_path(config), Session("pemantau.sukamaju", ready["session"]))
            _say("2/4 basis data dan akun meja")
            passwords = _prepare(config)
            _say("3/4 daemon dan meja tinjau")
            with (
                _process(["run"], config_path, folder / "daemon.log") as daemon,
                _process(["web"], config_path, folder / "web.log") as desk,
            ):
                _say("4/4 menunggu aduan pertama")
                shown = False
                while not stop.wait(0.2):
                    for part, process in (("daemon", daemon), ("meja", desk)):
                        if process.poll() is not None:
                            _fail(folder, f"{part} berakhir dengan kode {process.returncode}")
                    if not shown and _ready(config, port):
                        _ask_for_reports(config)
                        _welcome(port, passwords, speed, time.monotonic() - began)
                        shown = True
                    if not shown and time.monotonic() - began > START_SECONDS:
                        _fail(folder, f"belum ada aduan setelah {START_SECONDS:.0f} detik")
        _say("- selesai; berkas demo dihapus")
    return 0


def write_install(
    folder: Path, address: str, speed: float, started: tuple[datetime, datetime], port: int
) -> Path:
    """Write config and policy of the demo into `folder`; return the config's path.

    `started` is (real, simulated) start of the shared clock.
    """
    examples = files("tanggap.examples")
    policy = examples.joinpath("sukamaju-policy.toml").read_text(encoding="utf-8")
    (folder / "sukamaju-policy.toml").write_text(policy, encoding="utf-8")
    text = examples.joinpath("sukamaju.toml").read_text(encoding="utf-8")
    for table, settings in demo_settings(address, port).items():
        for key, value in settings.items():
            text = _with(text, table, key, json.dumps(value))
    real, simulated = started
    text += (
        f"\n[clock]\nspeed = {speed}\nreal_start = {to_text(real)}\n"
        f"simulated_start = {to_text(simulated)}\n"
    )
    path = folder / "tanggap.toml"
    path.write_text(text, encoding="utf-8")
    return path


def demo_settings(address: str, port: int) -> dict[str, dict[str, str | int | bool]]:
    """Return what the demo changes in the example: table to key to value.

    Compressed time would ask twenty times a second; longer polls spare the machine.
    """
    return {
        "daemon": {"disk_low_mb": 50},
        "x": {
            "enabled": True,
            "enterprise_agreement": True,
            "base_url": address,
            "poll_seconds": 360,
            "timeline_poll_seconds": 1200,
        },
        "meta": {"base_url": address},
        "facebook": {"enabled": True, "poll_seconds": 600, "tagged_poll_seconds": 1800},
        "instagram": {"enabled": True, "poll_seconds": 900, "tagged_poll_seconds": 1800},
        "instagram_web": {"enabled": True, "accept_risk": True, "base_url": address},
        "web": {"port": port},
    }


def _with(text: str, table: str, key: str, value: str) -> str:
    """Return the TOML text with one value of one table changed."""
    start = text.find(f"\n[{table}]") + 1
    end = (text + "\n[").index("\n[", start)
    found = re.compile(rf"^{key} = ([^\n#]*[^\s#])", re.MULTILINE).search(text, start, end)
    if start == 0 or found is None:
        raise TanggapError(f"contoh konfigurasi tidak memuat {table}.{key}")
    return text[: found.start(1)] + value + text[found.end(1) :]


@contextmanager
def _simulator(
    folder: Path, seed: int, speed: float
) -> Iterator[tuple[dict[str, Any], tuple[datetime, datetime]]]:
    real = simulated = Clock().now()
    world_start = simulated - PAST
    command = [
        sys.executable, "-m", "tanggap", "simulate", "--port", "0", "--seed", str(seed),
        "--start", to_text(world_start), "--hours", str(24 * 16), "--mentions", "6000",
        "--speed", str(speed), "--real-start", to_text(real),
        "--simulated-start", to_text(simulated),
    ]  # fmt: skip
    with (folder / "simulator.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            command, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            assert process.stdout is not None  # noqa: S101 - asked for with PIPE
            line = process.stdout.readline()
            if not line:
                _fail(folder, "jaringan tiruan tidak mulai")
            yield json.loads(line), (real, simulated)
        finally:
            _end(process)


@contextmanager
def _process(
    command: list[str], config_path: Path, log_path: Path
) -> Iterator["subprocess.Popen[str]"]:
    with log_path.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, "-m", "tanggap", "--config", str(config_path), *command],
            stdout=log,
            stderr=log,
            text=True,
        )
        try:
            yield process
        finally:
            _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _prepare(config: Config) -> dict[str, str]:
    """Make the database and the accounts to log in with; return name to password."""
    store = open_store(config.database_path)
    try:
        store.migrate()
        passwords: dict[str, str] = {}
        logins: tuple[tuple[str, Role, tuple[str, ...]], ...] = (
            ("diskominfo", "supervisor", ()),
            ("dpupr", "opd", ("dpupr",)),
            ("analis", "analyst", ()),
        )
        for name, role, opds in logins:
            passwords[name] = secrets.token_urlsafe(9)
            store.add_user(name, role, opds, Passwords().hash(passwords[name]), config.clock.now())
    finally:
        store.close()
    return passwords


def _ask_for_reports(config: Config) -> None:
    """Have the analyst's reports made of what has come in: pages without them show little."""
    store = open_store(config.database_path)
    try:
        store.ask_job("report", {}, "analis", config.clock.now())
    finally:
        store.close()


def _ready(config: Config, port: int) -> bool:
    """Whether the desk answers and the queue has items of every network."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        if probe.connect_ex(("127.0.0.1", port)) != 0:
            return False
    store = open_store(config.database_path)
    try:
        return all(
            store.count(EVERYTHING, ItemFilter(network=network), cap=5) >= 5
            for network in ("x", "facebook", "instagram")
        )
    finally:
        store.close()


def _free_port(wanted: int) -> int:
    """Return `wanted` when it is free on loopback, else a free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise TanggapError("tidak ada port kosong di 127.0.0.1")


def _welcome(port: int, passwords: dict[str, str], speed: float, seconds: float) -> None:
    click.echo(f"\nMeja tinjau: http://127.0.0.1:{port}/   (siap dalam {seconds:.0f} detik)")
    for name, password in passwords.items():
        click.echo(f"  masuk sebagai {name:<11} kata sandi {password}")
    click.echo(f"{pace(speed)} Ctrl-C untuk selesai.\n")


def pace(speed: float) -> str:
    """Return the sentence on how fast time goes in the demo."""
    size, unit = next(
        (size, unit)
        for size, unit in ((3600, "jam"), (60, "menit"), (1, "detik"))
        if speed % size == 0 or size == 1
    )
    number = "satu" if speed == size else f"{speed / size:g}".replace(".", ",")
    return f"Satu detik di sini sama dengan {number} {unit} di Sukamaju."


def _say(text: str) -> None:
    click.echo(f"[{text.split(' ', 1)[0]}] {text.split(' ', 1)[1]}", err=True)


def _fail(folder: Path, why: str) -> NoReturn:
    """Say why the demo ends and what its parts said last."""
    tails: list[str] = []
    for log in sorted(folder.glob("*.log")):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        tails.extend(f"{log.stem}: {line}" for line in lines)
    raise TanggapError("\n".join([f"demo berhenti: {why}; kata-kata terakhir:", *tails]))
