"""Faults of what is written to: a disk that fills up (6), a log that nobody takes (7)."""

import fcntl
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests
import web_support
from daemon_support import (
    TOKEN,
    four_hours_of_x,
    only_accounts,
    stored,
    unmeasured,
    write_config,
)
from faults_support import mounts_of_our_own, wholly_collected
from store_support import NOW

import daemon
from tanggap import logs
from tanggap.simulator.server import Simulator
from tanggap.stderr_stream import FLUSH_SECONDS, UnhurriedStream, unhurried_stderr
from tanggap.store import open_store
from tanggap.upkeep.housekeeping import tell_of_lost_lines

OPDS = ("pemkot", "dpupr", "dishub")


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    with four_hours_of_x() as running:
        yield running


FILLED = """
set -e
mount -t tmpfs -o size=3m tmpfs "$1/db"
"$2" -m tanggap --config "$1/tanggap.toml" migrate > /dev/null
"$2" -m tanggap --config "$1/tanggap.toml" web --port 0 2> "$1/web.err" &
desk=$!
trap 'kill $desk 2> /dev/null || true' EXIT
until grep -q http "$1/web.err"; do kill -0 $desk; sleep 0.1; done
address=$(grep -o 'http[^ ]*' "$1/web.err")
# To the last byte, and past what the database keeps free inside.
dd if=/dev/zero of="$1/db/isi" bs=1k 2> /dev/null || true
"$2" -m tanggap --config "$1/tanggap.toml" once > "$1/full.json" 2> "$1/full.err" && exit 9
"$2" -m tanggap --config "$1/tanggap.toml" queue export > "$1/export.csv"
"$2" -m tanggap --config "$1/tanggap.toml" check --offline > "$1/check" && exit 9
"$2" -c "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).status)" \\
  "${address}masuk" > "$1/desk"
rm "$1/db/isi"
"$2" -m tanggap --config "$1/tanggap.toml" once > "$1/again.json"
kill $desk
wait $desk
trap - EXIT
cp "$1"/db/* "$1/"
"""


@pytest.mark.fault(6)
def test_on_a_disk_full_to_the_last_byte_nothing_is_lost_and_work_resumes_alone(
    simulator: Simulator, tmp_path: Path
) -> None:
    """On a file system of three megabytes; elsewhere a limit of file sizes stands for it."""
    mount = mounts_of_our_own()
    path = write_config(
        tmp_path,
        simulator.address,
        *only_accounts(*OPDS),
        ("sqlite:tanggap.db", "sqlite:db/tanggap.db"),
        ("disk_low_mb = 0", "disk_low_mb = 1"),
    )
    (tmp_path / "db").mkdir()
    script = [*mount, "sh", "-c", FILLED, "sh", str(tmp_path), sys.executable]
    with subprocess.Popen(
        script,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=unmeasured(),
        start_new_session=True,  # whatever happens, the desk that it starts ends with it
    ) as filling:
        try:
            _, said = filling.communicate(timeout=120)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(filling.pid, signal.SIGKILL)
    assert filling.returncode == 0, (filling.returncode, said)
    refused = (tmp_path / "full.err").read_text(encoding="utf-8")
    assert "Traceback" not in refused
    full = (tmp_path / "full.json").read_text(encoding="utf-8")
    if full:
        assert json.loads(full)["alarms"] == ["disk_low"]
    else:
        assert "kosongkan ruang disk" in refused
    assert (tmp_path / "export.csv").read_text(encoding="utf-8-sig").startswith("id,")
    assert "GAGAL basis data" in (tmp_path / "check").read_text(encoding="utf-8")
    assert (tmp_path / "desk").read_text(encoding="ascii") == "200\n"
    again = json.loads((tmp_path / "again.json").read_text(encoding="utf-8"))
    assert again["alarms"] == []
    assert again["failing"] == {}
    assert again["new"] > 0
    path.write_text(
        path.read_text(encoding="utf-8").replace("sqlite:db/tanggap.db", "sqlite:tanggap.db"),
        encoding="utf-8",
    )
    wholly_collected(simulator, path, OPDS)


def stalled_pipe() -> tuple[int, int]:
    """Return the two ends of the smallest pipe, filled to the last byte."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"x" * 512)
    except BlockingIOError:
        os.set_blocking(writing, True)
    return reading, writing


def read_all(descriptor: int, *until: str) -> str:
    """Read a pipe until all of some words have come."""
    read = b""
    while not all(words.encode() in read for words in until):
        piece = os.read(descriptor, 65536)
        assert piece, read
        read += piece
    return read.decode()


@pytest.mark.fault(7)
def test_a_log_that_nobody_reads_stops_neither_collecting_nor_the_end(
    simulator: Simulator, tmp_path: Path
) -> None:
    path = write_config(
        tmp_path,
        simulator.address,
        *only_accounts(*OPDS),
        ("poll_seconds = 180", "poll_seconds = 1"),
    )
    reading, writing = stalled_pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "tanggap", "--verbose", "--config", str(path), "run"], stderr=writing
    )
    os.close(writing)
    try:
        deadline = time.monotonic() + 60
        database = tmp_path / "tanggap.db"
        while not (database.exists() and asked_twice(simulator)):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        assert stored(database)
        process.send_signal(signal.SIGTERM)
        assert process.wait(12) == 0
    finally:
        process.kill()
        process.wait()
        os.close(reading)
    wholly_collected(simulator, path, OPDS)


HANGING = """
import pathlib, sys, threading
import daemon
from tanggap import cli, killpoints

def hang():
    pathlib.Path(sys.argv[1]).touch()
    threading.Event().wait()

daemon.SHUTDOWN_SECONDS = 1.0  # the sum of all waits is looked at below
killpoints.arm("page_parsed", hang)
cli.main(["--verbose", "--config", sys.argv[2], "run"])
"""


@pytest.mark.fault(7)
@pytest.mark.fault(16)
def test_neither_a_turn_that_hangs_nor_a_stalled_log_keeps_the_daemon_from_its_end(
    simulator: Simulator, tmp_path: Path
) -> None:
    assert daemon.SHUTDOWN_SECONDS + FLUSH_SECONDS <= 9.5  # of ten
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
    hangs = tmp_path / "hangs"
    reading, writing = stalled_pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", HANGING, str(hangs), str(path)], stderr=writing
    )
    os.close(writing)
    try:
        deadline = time.monotonic() + 60
        while not hangs.exists():
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(8) == 0  # it would be for ever
    finally:
        process.kill()
        process.wait()
        os.close(reading)
    wholly_collected(simulator, path, OPDS)


def asked_twice(simulator: Simulator) -> bool:
    """Whether some source was read, waited for its time, and was read again."""
    asked = [entry.source for entry in simulator.oracle.log() if entry.endpoint == "mentions"]
    return len(asked) > len(set(asked))


@pytest.mark.fault(7)
def test_lines_that_nobody_takes_are_dropped_counted_and_told_of_later(tmp_path: Path) -> None:
    reading, writing = stalled_pipe()
    stream = UnhurriedStream(writing, lines_at_most=10)
    store = open_store(tmp_path / "tanggap.db")
    store.migrate()
    try:
        began = time.monotonic()
        for number in range(100):
            assert stream.write(f"baris {number}\n") > 0
        assert time.monotonic() - began < 30  # it would be for ever
        # Ten stand in line, and the thread has one in hand if it had begun by then.
        assert 89 <= stream.lost <= 90
        tell_of_lost_lines(store, stream, NOW, "kota:1:ab")
        (alarm,) = store.alarms()
        assert (alarm.code, alarm.detail) == ("log_lost", f"{stream.lost} baris")
        lost = stream.lost
        os.set_blocking(reading, True)
        told = read_all(reading, f"event=log_lines_lost count={lost}\n", "baris 0\n")
        assert "baris 99" not in told
        stream.write("lagi\n")
        read_all(reading, "lagi\n")
        assert stream.lost == 0
        tell_of_lost_lines(store, stream, NOW, "kota:1:ab")
        assert store.alarms() == []
        assert stream.finish()
    finally:
        os.close(reading)
        os.close(writing)
        store.close()


@pytest.mark.fault(7)
def test_the_number_of_lost_lines_is_told_on_the_desk_in_health_and_in_metrics(
    tmp_path: Path,
) -> None:
    stream = stream_on_a_full_disk(50)
    with web_support.town(tmp_path) as town:
        tell_of_lost_lines(town.store, stream, town.clock.now(), "kota:1:ab")
        person = town.person("ketua")
        assert "50 baris" in web_support.words_of(person.get("/sumber").text)
        assert person.get("/healthz").json()["alarms"] == ["log_lost"]
        person.close()
        metrics = requests.get(f"{town.url}/metrics", timeout=10).text
        assert 'tanggap_alarm{code="log_lost"} 1' in metrics


def stream_on_a_full_disk(lines: int) -> UnhurriedStream:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device of the system's
        stream = UnhurriedStream(full.fileno())
        for number in range(lines):
            stream.write(f"baris {number}\n")
        assert stream.finish()
    return stream


@pytest.mark.fault(7)
def test_a_full_disk_under_the_log_costs_lines_only() -> None:
    assert stream_on_a_full_disk(50).lost == 50


@pytest.mark.fault(7)
def test_the_end_of_a_process_does_not_wait_for_a_stalled_log() -> None:
    reading, writing = stalled_pipe()
    stream = UnhurriedStream(writing)
    stream.write("baris\n")
    assert not stream.finish(0.1)
    os.close(reading)  # whoever read is gone: the write fails, the thread ends
    stream._writer.join(20)
    assert not stream._writer.is_alive()
    os.close(writing)


@pytest.mark.fault(7)
def test_many_threads_log_through_it_and_every_line_arrives_whole(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with capfd.disabled(), (tmp_path / "log").open("w", encoding="utf-8") as file:
        before, sys.stderr = sys.stderr, file
        try:
            with unhurried_stderr() as stream:
                assert stream is not None
                logs.set_up()
                logger = logging.getLogger("tanggap.uji")

                def talk(thread: int) -> None:
                    for number in range(100):
                        logger.info("event=baris thread=%d number=%d akhir", thread, number)

                threads = [threading.Thread(target=talk, args=(n,)) for n in range(8)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
        finally:
            sys.stderr = before
    lines = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 800
    assert all(line.endswith(" akhir") for line in lines)


@pytest.mark.fault(7)
def test_where_stderr_is_no_file_it_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with unhurried_stderr() as stream:
        assert stream is None
        logs.set_up()
        logging.getLogger("tanggap.uji").warning("event=x")
    assert "event=x" in capsys.readouterr().err
