"""`tanggap web` and `tanggap user`, as an operator runs them."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from web_support import make_config

from tanggap.commands.web import _listen
from tanggap.store import Store, open_store


@pytest.fixture
def install(tmp_path: Path) -> Iterator[tuple[Path, Store]]:
    config = make_config(tmp_path)
    store = open_store(config.database_path)
    store.migrate()
    yield config.path, store
    store.close()


def tanggap(config: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tanggap", "--config", str(config), *arguments],
        input=stdin, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_accounts_are_added_listed_disabled_and_enabled(install: tuple[Path, Store]) -> None:
    config, store = install
    done = tanggap(
        config, "user", "add", "Siti.DLH", "--role", "opd", "--opd", "dlh", "--opd", "dlh",
        "--password-file", "-", stdin="rahasia-sekali\nsampah\n",
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")
    assert "Akun Siti.DLH dibuat." in done.stderr
    kept = store.user("siti.dlh")
    assert kept is not None
    assert (kept.role, kept.opds, kept.active) == ("opd", ("dlh",), True)
    assert kept.password_hash.startswith("$argon2id$")
    listed = tanggap(config, "user", "list", "--json")
    assert [(one["name"], one["active"]) for one in json.loads(listed.stdout)] == [
        ("Siti.DLH", True)
    ]
    assert "argon2" not in listed.stdout
    assert tanggap(config, "user", "disable", "siti.dlh").returncode == 0
    assert tanggap(config, "user", "list").stdout == "Siti.DLH\topd\tnonaktif\tdlh\n"
    assert tanggap(config, "user", "enable", "siti.dlh").returncode == 0
    changed = tanggap(
        config, "user", "password", "siti.dlh", "--password-file", "-", stdin="lebih-rahasia!\n"
    )
    assert changed.returncode == 0
    again = store.user("siti.dlh")
    assert again is not None
    assert again.password_hash != kept.password_hash


@pytest.mark.parametrize(
    ("arguments", "password", "problem"),
    [
        (("add", "a b", "--role", "supervisor"), "rahasia-sekali", "tidak dapat dipakai"),
        (("add", "siti", "--role", "opd"), "rahasia-sekali", "perlu sedikitnya satu --opd"),
        (("add", "siti", "--role", "opd", "--opd", "pln"), "rahasia-sekali", "'pln' tidak ada"),
        (("add", "siti", "--role", "supervisor", "--opd", "dlh"), "rahasia-sekali", "hapus --opd"),
        (("add", "siti", "--role", "supervisor"), "kurang", "terlalu pendek"),
        (("add", "siti", "--role", "supervisor"), "p" * 1001, "terlalu panjang"),
        (("add", "siti", "--role", "supervisor"), "siti-123456789", "memuat nama akun"),
        (("add", "siti", "--role", "supervisor"), "Sukamaju-2026", "mudah ditebak"),
        (("add", "ADA", "--role", "supervisor"), "rahasia-sekali", "sudah dipakai"),
        (("password", "tidakada"), "rahasia-sekali", "'tidakada' tidak ada"),
    ],
)
def test_what_cannot_be_is_refused_with_code_2(
    install: tuple[Path, Store], arguments: tuple[str, ...], password: str, problem: str
) -> None:
    config, store = install
    store.add_user("ada", "supervisor", (), "$argon2id$x", make_config(config.parent).clock.now())
    done = tanggap(config, "user", *arguments, "--password-file", "-", stdin=password + "\n")
    assert done.returncode == 2, done.stderr
    assert problem in done.stderr
    assert password not in done.stderr
    assert [user.name for user in store.users()] == ["ada"]


@pytest.mark.parametrize("act", ["disable", "enable"])
def test_an_unknown_account_cannot_be_switched(install: tuple[Path, Store], act: str) -> None:
    done = tanggap(install[0], "user", act, "siapa")
    assert (done.returncode, "'siapa' tidak ada" in done.stderr) == (2, True)


def test_role_and_opd_of_an_account_change_and_its_sessions_end(
    install: tuple[Path, Store],
) -> None:
    config, store = install
    now = make_config(config.parent).clock.now()
    store.add_user("Siti", "opd", ("dlh",), "hash", now)
    store.open_session("sesi", "siti", "hash", now, now + timedelta(hours=1))
    done = tanggap(config, "user", "change", "siti", "--opd", "dlh", "--opd", "dpupr")
    assert (done.returncode, "opd (dlh, dpupr)" in done.stderr) == (0, True)
    assert store.session_user("sesi", now, 600) is None
    assert tanggap(config, "user", "change", "siti", "--role", "auditor").returncode == 0
    [listed] = json.loads(tanggap(config, "user", "list", "--json").stdout)
    assert (listed["role"], listed["opds"], listed["totp"]) == ("auditor", [], False)
    for arguments, problem in (
        (("siti",), "tidak ada yang diubah"),
        (("siti", "--role", "opd"), "perlu sedikitnya satu --opd"),
        (("siti", "--opd", "dlh"), "hapus --opd"),
        (("hantu", "--role", "auditor"), "'hantu' tidak ada"),
    ):
        refused = tanggap(config, "user", "change", *arguments)
        assert (refused.returncode, problem in refused.stderr) == (2, True), refused.stderr


def test_codes_of_somebody_locked_out_are_switched_off_at_the_terminal(
    install: tuple[Path, Store],
) -> None:
    config, store = install
    now = make_config(config.parent).clock.now()
    store.add_user("Siti", "auditor", (), "hash", now)
    refused = tanggap(config, "user", "totp-off", "siti")
    assert (refused.returncode, "tidak memakai kode" in refused.stderr) == (2, True)
    assert store.begin_totp("siti", "5e" * 20, "")
    assert store.confirm_totp("siti", "5e" * 20, 1, ["x"], now, "")
    assert json.loads(tanggap(config, "user", "list", "--json").stdout)[0]["totp"] is True
    store.open_session("sesi", "siti", "hash", now, now + timedelta(hours=1))
    store.note_login("siti", False, now, "code")
    assert tanggap(config, "user", "totp-off", "siti").returncode == 0
    assert store.totp("siti") is None
    assert store.session_user("sesi", now, 600) is None
    assert store.failed_logins("siti", now, "code") == 0
    assert tanggap(config, "user", "totp-off", "hantu").returncode == 2


def test_without_terminal_or_file_no_password_is_taken(install: tuple[Path, Store]) -> None:
    config, store = install
    done = tanggap(config, "user", "add", "siti", "--role", "supervisor", stdin="rahasia-sekali\n")
    assert done.returncode == 2
    assert "--password-file" in done.stderr
    assert store.users() == []
    assert "Belum ada akun" in tanggap(config, "user", "list").stderr


def test_a_terminal_is_asked_twice_and_shows_nothing(install: tuple[Path, Store]) -> None:
    config, store = install
    main, side = pty.openpty()
    arguments = ["--config", str(config), "user", "add", "siti", "--role", "supervisor"]
    with subprocess.Popen(
        [sys.executable, "-m", "tanggap", *arguments], stdin=side, stdout=side, stderr=side,
        start_new_session=True,
    ) as process:  # fmt: skip
        os.close(side)
        said = b""
        for prompt in (b"Kata sandi: ", b"Ulangi kata sandi: "):
            while not said.endswith(prompt):
                said += os.read(main, 1000)
            os.write(main, b"rahasia-sekali\n")
        assert process.wait(60) == 0
    os.close(main)
    assert b"rahasia" not in said
    assert [user.name for user in store.users()] == ["siti"]


def test_web_serves_says_its_address_and_ends_on_sigterm(install: tuple[Path, Store]) -> None:
    config, _ = install
    with subprocess.Popen(
        [sys.executable, "-m", "tanggap", "--config", str(config), "web", "--port", "0"],
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stderr is not None
            first = process.stderr.readline()
            found = re.fullmatch(r"Meja tinjau: (http://127\.0\.0\.1:\d+/)\n", first)
            assert found is not None, first
            answer = requests.get(found[1] + "masuk?lanjut=/rahasia", timeout=20)
            assert answer.status_code == 200
            assert "server" not in answer.headers
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) in (0, -signal.SIGTERM)
            assert "rahasia" not in process.stderr.read()
        finally:
            process.kill()


def test_a_taken_port_is_said_plainly(install: tuple[Path, Store]) -> None:
    config, _ = install
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = tanggap(config, "web", "--port", port)
    assert done.returncode == 2
    assert f"127.0.0.1:{port}" in done.stderr
    assert "--port" in done.stderr


def test_without_a_database_web_says_how_to_make_one(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    done = tanggap(config.path, "web", "--port", "0")
    assert done.returncode == 1
    assert "tanggap migrate" in done.stderr


def test_no_page_waits_for_its_headers_to_be_acknowledged() -> None:
    with _listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
