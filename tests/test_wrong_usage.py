"""A command line that cannot be understood: one Indonesian sentence with the nearest right word."""

import errno
import fcntl
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import pytest
from test_commands import tanggap

from tanggap.cli import cli
from tanggap.reasons import reason
from tanggap.wording import ago, day, length, moment, moments, number, percent, usd

DAY = timedelta(days=1)
ENGLISH = re.compile(
    r"\b(Usage|Error|Try|No such|Missing|Invalid|not|requires|does|Got|Did you mean|is a)\b"
)


@pytest.fixture(scope="module")
def install(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh install; what is refused here changes nothing in it."""
    folder = tmp_path_factory.mktemp("kota")
    assert tanggap("init", str(folder), "--city", "Kota").returncode == 0
    assert tanggap("--config", str(folder / "tanggap.toml"), "migrate").returncode == 0
    (folder / "FILE").write_text("", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("quee", "perintah `quee` tidak dikenal; mungkin maksudnya `queue`"),
        ("xyz", "perintah `xyz` tidak dikenal; yang ada: backup, check, classify,"),
        ("queue lst", "perintah `lst` tidak dikenal; mungkin maksudnya `list`"),
        ("--konfig x check", "opsi `--konfig` tidak dikenal; mungkin maksudnya `--config`"),
        ("queue list --limt 3", "opsi `--limt` tidak dikenal; mungkin maksudnya `--limit`"),
        ("queue list --qqqqq", "opsi `--qqqqq` tidak dikenal"),
        ("sources --config x", "opsi `--config` ditulis sebelum perintah: `tanggap --config ..."),
        ("queue list --limit", "opsi `--limit` perlu nilai"),
        ("queue list --json=1", "opsi `--json` tidak memakai nilai"),
        ("queue show", "`ITEM_ID` wajib diisi"),
        ("queue show satu", "`ITEM_ID` bernilai `satu`: harus bilangan bulat"),
        ("queue show 1 2", "kelebihan kata: `2`; teks yang memuat spasi"),
        ("user add sari", "opsi `--role` wajib diisi: pilih supervisor, opd, analyst, auditor"),
        ("tune evaluate", "opsi `--data` wajib diisi"),
        (
            "queue list --tab antrian",
            "`--tab` bernilai `antrian`: tidak dikenal; mungkin maksudnya `antrean`; yang ada: ",
        ),
        ("user add a --role bos", "`--role` bernilai `bos`: tidak dikenal; yang ada: supervisor, "),
        ("queue list --limit 0", "`--limit` bernilai `0`: harus bilangan bulat dari 1 sampai 1000"),
        ("web --port abc", "`--port` bernilai `abc`: harus bilangan bulat dari 0 sampai 65535"),
        ("demo --speed 0", "`--speed` bernilai `0.0`: harus bilangan dari 1 sampai 3600"),
        ("simulate --hours 0", "harus bilangan lebih dari 0 sampai 8784"),
        ("demo --seed x", "`--seed` bernilai `x`: harus bilangan bulat"),
        ("sources --coverage --since kemarin", "`--since` bernilai `kemarin`: bukan tanggal; tul"),
        ("simulate --start kemarin", "`--start`: 'kemarin' bukan waktu; tulis dengan zona"),
        ("init FILE", "bernilai `FILE`: itu berkas; sebut folder"),
        ("queue export --output .", "`--output` bernilai `.`: itu folder; sebut berkas"),
        ("user add a --role opd --password-file hilang", "bernilai `hilang`: tidak dapat dibaca"),
        ("queue list --tab aside", "yang ada: triase, antrean, disisihkan, sensitif"),
        (
            "sources --month 2026-10",
            "--since, --until dan --month hanya dipakai bersama --coverage",
        ),
        ("intake hilang.csv --channel X", "--channel: tulis 2 sampai 31 huruf kecil"),
    ],
)
def test_a_wrong_line_is_one_indonesian_sentence_with_the_nearest_right_word(
    line: str, said: str, install: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(install)
    done = tanggap(*line.split())
    first, *more = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert said in first
    assert all(re.fullmatch(r"Bantuan: `tanggap[a-z -]* --help`", one) for one in more)
    assert len(more) <= 1
    assert ENGLISH.search(done.stderr) is None


def test_help_stays_english_also_where_a_group_is_called_without_a_command() -> None:
    assert tanggap("queue", "list", "--help").stdout.startswith("Usage: tanggap queue list")
    asked = tanggap("queue")
    assert (asked.returncode, asked.stdout) == (2, "")
    assert asked.stderr.startswith("Usage: tanggap queue [OPTIONS] COMMAND")


def test_a_filter_for_an_opd_that_is_not_there_is_no_empty_queue(
    install: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(install)
    for command in ("list", "export"):
        done = tanggap("queue", command, "--opd", "dpur")
        assert done.returncode == 2
        assert done.stderr == "OPD `dpur` tidak ada di kebijakan; mungkin maksudnya `dpupr`\n"
    assert tanggap("queue", "list", "--opd", "pemkot").returncode == 0
    refused = tanggap("user", "add", "sari", "--role", "opd", "--opd", "dpur")
    assert (
        "OPD 'dpur' tidak ada di kebijakan; mungkin maksudnya `dpupr`; yang ada" in refused.stderr
    )
    # Nobody is asked for the city's name only to hear that nothing will be written.
    assert "tidak ditimpa" in tanggap("init", ".").stderr


def test_a_day_that_is_still_to_come_is_said_to_be_so(
    install: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(install)
    for arguments in (
        ("--since", "2199-01-01"),
        ("--since", "2199-01-01", "--until", "2199-02-01"),
    ):
        done = tanggap("sources", "--coverage", *arguments)
        assert done.returncode == 2
        assert done.stderr.startswith("tanggal awal 1 Januari 2199 belum tiba; hari ini ")
        assert len(done.stderr.splitlines()) == 1
    done = tanggap("sources", "--coverage", "--month", "2199-01")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("bulan Januari 2199 belum tiba; hari ini ")
    assert len(done.stderr.splitlines()) == 1
    # A beginning that was not typed is not what is wrong.
    done = tanggap("sources", "--coverage", "--until", "2199-12-31")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("tanggal akhir 31 Desember 2199 belum tiba; hari ini ")
    assert (
        tanggap(
            "sources", "--coverage", "--until", f"{datetime.now(UTC) + DAY:%Y-%m-%d}"
        ).returncode
        == 0
    )


def test_no_path_is_asked_for_whether_it_can_be_read() -> None:
    """click would say in its own words what our own errors say in ours."""
    paths = [
        (" ".join(way), param.name, param.type.readable or param.type.writable)
        for way, command in commands(cli)
        for param in command.params
        if isinstance(param.type, click.Path)
    ]
    assert len(paths) >= 15
    assert [path for path in paths if path[-1]] == []


def commands(command: click.Command, *way: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield way, command
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for name in command.list_commands(ctx):
            if (one := command.get_command(ctx, name)) is not None:
                yield from commands(one, *way, name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("restore rahasia", "cadangan rahasia tidak dapat dibaca: tidak diizinkan"),
        ("intake rahasia", "rahasia: tidak dapat dibaca (tidak diizinkan)"),
        ("backup rahasia", "rahasia sudah ada; cadangan tidak pernah ditimpa"),
        ("backup tertutup/x", "cadangan di tertutup/x tidak dapat ditulis: tidak diizinkan"),
        ("queue export --output tertutup/x", "tertutup/x: tidak dapat ditulis (tidak diizinkan)"),
        ("instagram import-session rahasia", "rahasia: tidak dapat dibaca (tidak diizinkan)"),
        ("simulate --faults rahasia", "rahasia: tidak dapat dibaca (tidak diizinkan)"),
        ("init tertutup --city Kota", "tertutup/tanggap.toml: tidak dapat ditulis (tidak diiz"),
        ("--config rahasia sources", "rahasia: tidak dapat dibaca (tidak diizinkan)"),
        ("init rahasia", "`FOLDER` bernilai `rahasia`: itu berkas; sebut folder"),
    ],
)
def test_what_another_users_file_refuses_is_said_to_be_that(
    line: str, said: str, install: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (install / "rahasia").write_text("isi", encoding="utf-8")
    (install / "rahasia").chmod(0o600)
    (install / "tertutup").mkdir(mode=0o700, exist_ok=True)
    opened = [one for one in install.parents if not one.stat().st_mode & 0o001]
    modes = [one.stat().st_mode & 0o777 for one in opened]
    owned = [
        install,
        *install.glob("tanggap.db*"),
        install / "tanggap.toml",
        install / "policy.toml",
    ]
    monkeypatch.chdir(install)
    output, written = os.pipe()
    for one in opened:
        one.chmod(0o711)
    install.chmod(0o755)
    for one in owned:
        os.chown(one, 65534, 65534)
    try:
        child = os.fork()
        if child == 0:
            try:
                signal.alarm(60)
                os.setgid(65534)
                os.setuid(65534)
                os.write(written, tanggap(*line.split()).stderr.encode()[:4096])
            finally:
                os._exit(0)
        os.close(written)
        with os.fdopen(output, "rb") as told:
            answer = told.read().decode()
        os.waitpid(child, 0)
    finally:
        for one, mode in zip(opened, modes, strict=True):
            one.chmod(mode)
    assert said in answer
    assert ENGLISH.search(answer) is None


def test_two_passwords_that_differ_are_refused_in_indonesian(
    install: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The terminal is a real one; only so does the program ask."""
    monkeypatch.chdir(install)
    command = [sys.executable, "-m", "tanggap", "user", "add", "sari", "--role", "supervisor"]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    ) as process:  # fmt: skip
        os.close(theirs)
        said = b""
        for question, answer in (
            (b"Kata sandi: ", b"rahasia sekali 1\n"),
            (b"Ulangi kata sandi: ", b"x\n"),
        ):
            while question not in said:
                said += os.read(ours, 1024)
            os.write(ours, answer)
        while b"jalankan lagi" not in said:
            said += os.read(ours, 1024)
        assert process.wait(60) == 2
    os.close(ours)
    assert b"kedua kata sandi tidak sama; jalankan lagi" in said
    assert b"rahasia" not in said


# --- how it is said -----------------------------------------------------------------------------

WIB, WIT = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Jayapura")
EVENING = datetime(2026, 8, 16, 20, 5, tzinfo=UTC)


def test_moments_are_the_citys_with_the_name_of_its_zone() -> None:
    assert moment(EVENING, WIB) == "17 Agu 2026 03.05 WIB"
    assert moment(EVENING, WIT) == "17 Agu 2026 05.05 WIT"
    assert day(EVENING, WIB) == "17 Agustus 2026"
    assert day(date(2026, 8, 16), WIB) == "16 Agustus 2026"
    assert moments(EVENING, EVENING + timedelta(hours=30), WIB) == (
        "17 Agu 2026 03.05 sampai 18 Agu 2026 09.05 WIB"
    )


def test_numbers_have_a_decimal_comma_and_dots_between_thousands() -> None:
    assert [number(value) for value in (0, 999, 1000, 1_234_567)] == [
        *("0", "999", "1.000", "1.234.567"),
    ]
    assert (number(-0.04, 1), number(-0.04, 2), number(-0.4), number(-1)) == (
        "0,0",
        "-0,04",
        "0",
        "-1",
    )
    assert (percent(98.6, 1), percent(100), percent(7.4)) == ("98,6%", "100%", "7%")
    assert (number(2.5, 1), number(0.91, 4), number(1234.5, 2)) == ("2,5", "0,9100", "1.234,50")
    assert usd(1234.5) == "US$1.234,50"
    assert length(timedelta(days=1200, hours=2)) == "1.200 hari 2 jam"


def test_what_lies_ahead_of_the_clock_is_not_said_to_be_past() -> None:
    assert ago(timedelta(hours=27)) == "1 hari 3 jam lalu"
    assert ago(timedelta(seconds=-59)) == "kurang dari semenit lalu"
    assert ago(timedelta(hours=-3)) == "3 jam di depan jam mesin ini; periksa jamnya"


def test_the_systems_reasons_are_said_in_indonesian_where_there_are_words() -> None:
    for code in (errno.ENOENT, errno.EACCES, errno.ENOSPC, errno.EADDRINUSE):
        assert reason(OSError(code, os.strerror(code))) != os.strerror(code)
    assert reason(OSError(errno.EXDEV, "Invalid cross-device link")) == "Invalid cross-device link"
    assert reason(OSError()) == "OSError"
