"""The daemon as a process and as a flow: signals, locks, reload, progress, disk."""

import os
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from daemon_support import (
    TOKEN,
    HandClock,
    config_on,
    four_hours_of_x,
    judge,
    only_accounts,
    open_install,
    statuses,
    stored,
    unmeasured,
    write_config,
)
from web_support import Town, password_hash, served, words_of

import daemon
from tanggap.clock import Clock
from tanggap.config import load_config
from tanggap.errors import StoreBusy
from tanggap.simulator.faults import Fault
from tanggap.simulator.server import Simulator
from tanggap.store import daemon_lock, open_store
from tanggap.store.rows import Accepted
from tanggap.web.app import create_app

OPDS = ("pemkot", "dpupr", "dishub")


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A city whose last four hours are over, on the real clock."""
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    with four_hours_of_x() as running:
        yield running


@contextmanager
def running_daemon(path: Path, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tanggap", "--config", str(path), "run"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def eventually(condition: object, seconds: float = 60.0) -> None:
    """Wait until `condition()` is true; fail after `seconds`."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def ended(process: "subprocess.Popen[str]", seconds: float) -> tuple[int, str]:
    """Wait for the end of a process; return its code and what it logged."""
    _, log = process.communicate(timeout=seconds)
    return process.returncode, log


def has_rows(path: Path) -> bool:
    """Whether the daemon has made its database and stored something."""
    try:
        return bool(stored(path))
    except sqlite3.OperationalError:  # not there yet, or without tables
        return False


def said_of_sources(path: Path) -> str:
    """Return what the desk tells a supervisor about the daemon and the sources."""
    config = load_config(path)
    with closing(open_store(config.database_where)) as store:
        store.add_user("ketua", "supervisor", (), password_hash(), config.clock.now())
        app = create_app(store, config)
        with served(app) as url, closing(Town(config, store, app, url).person("ketua")) as person:
            return words_of(person.get("/sumber").text)


@pytest.mark.fault(16)
def test_sigterm_ends_the_daemon_within_ten_seconds_even_while_requests_hang(
    simulator: Simulator, tmp_path: Path
) -> None:
    simulator.faults.add(Fault("hang", endpoint="mentions"))
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
    with running_daemon(path) as process:
        eventually(lambda: any(e.fault == "hang" for e in simulator.oracle.log()))
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code, log = ended(process, 15)
        assert time.monotonic() - began < 10
    assert code == 0
    assert "event=stopped clean=True" in log
    assert "Dihentikan" in said_of_sources(path)
    with open_install(path, HandClock(Clock().now())) as house:
        hung = house.store.sources(Clock().now())
        abandoned = [status for status in hung if status.spec.kind == "mentions"]
        # As if the poll had not begun: no error is counted, nothing is held.
        assert {status.errors for status in abandoned} == {0}


def test_a_restart_after_sigkill_finds_everything_and_doubles_nothing(
    simulator: Simulator, tmp_path: Path
) -> None:
    path = write_config(
        tmp_path,
        simulator.address,
        *only_accounts(*OPDS),
        ("lease_seconds = 180", "lease_seconds = 1"),
    )
    database = tmp_path / "tanggap.db"
    with running_daemon(path) as process:
        eventually(lambda: len(simulator.oracle.log()) > 2)
        process.kill()
    with running_daemon(path) as process:
        opds = set(OPDS)

        def complete() -> bool:
            if not has_rows(database):
                return False
            wanted = simulator.truth()["addressed"]
            ours = {identity for opd in opds for identity in wanted[opd]}
            return not set(judge(simulator, database).lost) & ours

        eventually(complete)
        process.send_signal(signal.SIGTERM)
        assert ended(process, 15)[0] == 0
    verdict = judge(simulator, database)
    assert not verdict.invented
    assert not verdict.doubled
    assert not verdict.own_as_items


@pytest.mark.fault(13)
def test_a_second_daemon_on_the_same_database_says_so_and_leaves(
    simulator: Simulator, tmp_path: Path
) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
    with daemon_lock(tmp_path / "tanggap.db"), running_daemon(path) as process:
        code, log = ended(process, 30)
    assert code == 1
    assert len(log.strip().splitlines()) == 1
    assert "Traceback" not in log
    with (
        daemon_lock(tmp_path / "tanggap.db"),
        pytest.raises(StoreBusy),
        daemon_lock(tmp_path / "tanggap.db"),
    ):
        pass


@pytest.mark.fault(48)
def test_systemd_hears_of_readiness_progress_and_the_end(
    simulator: Simulator, tmp_path: Path
) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
    address = tmp_path / "notify"
    heard: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(address))
        listener.settimeout(60)
        with running_daemon(path, NOTIFY_SOCKET=str(address), WATCHDOG_USEC="60000000") as process:
            while "WATCHDOG=1" not in heard:
                heard.append(listener.recv(100).decode())
            process.send_signal(signal.SIGTERM)
            while "STOPPING=1" not in heard:
                heard.append(listener.recv(100).decode())
            assert ended(process, 15)[0] == 0
    assert heard[0] == "READY=1"


def test_the_log_names_no_text_handle_or_token(simulator: Simulator, tmp_path: Path) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
    with running_daemon(path) as process:
        eventually(lambda: has_rows(tmp_path / "tanggap.db"))
        process.send_signal(signal.SIGTERM)
        code, log = ended(process, 15)
    assert code == 0
    assert TOKEN not in log
    assert "event=turn source=x:" in log
    for post in simulator.world.everything():
        assert post.author.opd or post.author.handle not in log
        assert post.versions[0].text[:30] not in log


class Reloading:
    """A house in a thread of its own would need signals; reload is called directly."""

    def __init__(self, path: Path, clock: HandClock) -> None:
        self.path = path
        self.clock = clock

    def __call__(self) -> object:
        return config_on(self.path, self.clock)


@pytest.mark.fault(33, 34)
def test_a_good_reload_takes_new_accounts_and_tries_a_refused_token_at_once(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock(Clock().now())
    path = write_config(tmp_path, simulator.address, *only_accounts("dpupr"))
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", "a-token-that-was-revoked")
    with open_install(path, clock) as house:
        daemon.once(house)
        assert statuses(house.store, clock)["x:mentions:dpupr"].code == "token"
        monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
        write_config(tmp_path, simulator.address, *only_accounts("dpupr", "dishub"))
        daemon.apply_reload(house, Reloading(path, clock))  # type: ignore[arg-type]
        daemon.once(house)
        found = statuses(house.store, clock)
        assert set(found) == {
            f"x:{kind}:{opd}" for kind in ("mentions", "timeline") for opd in ("dpupr", "dishub")
        }
        assert {status.state for status in found.values()} == {"ok"}


@pytest.mark.fault(17)
def test_a_bad_reload_changes_nothing_and_is_loud(simulator: Simulator, tmp_path: Path) -> None:
    clock = HandClock(Clock().now())
    path = write_config(tmp_path, simulator.address, *only_accounts("dpupr"))
    with open_install(path, clock) as house:
        before = house.config
        path.write_text("bukan toml = = =", encoding="utf-8")
        daemon.apply_reload(house, Reloading(path, clock))  # type: ignore[arg-type]
        assert house.config is before
        assert [alarm.code for alarm in house.store.alarms()] == ["config"]
        daemon.once(house)
        assert {s.state for s in statuses(house.store, clock).values()} == {"ok"}
        write_config(tmp_path, simulator.address, *only_accounts("dpupr"))
        daemon.apply_reload(house, Reloading(path, clock))  # type: ignore[arg-type]
        assert house.store.alarms() == []


@pytest.mark.fault(17)
def test_sighup_reloads_the_running_daemon(simulator: Simulator, tmp_path: Path) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts("dpupr"))
    database = tmp_path / "tanggap.db"
    with running_daemon(path) as process:
        eventually(lambda: has_rows(database))
        write_config(tmp_path, simulator.address, *only_accounts("dpupr", "dishub"))
        process.send_signal(signal.SIGHUP)
        eventually(lambda: any(e.source == "dishub_skm" for e in simulator.oracle.log()))
        process.send_signal(signal.SIGTERM)
        code, log = ended(process, 15)
    assert code == 0
    assert "event=reloaded" in log


@pytest.mark.fault(6)
def test_low_disk_stops_collecting_with_an_alarm_and_resumes_by_itself(
    simulator: Simulator, tmp_path: Path
) -> None:
    clock = HandClock(Clock().now())
    path = write_config(tmp_path, simulator.address, *only_accounts("dpupr"))
    with open_install(path, clock) as house:
        roomy = house.config
        settings = roomy.daemon.model_copy(update={"disk_low_mb": 10**9})
        house.config = replace(roomy, daemon=settings)
        crew = daemon.crew_of(house)
        try:
            assert daemon.cycle(house, crew) == set()
            assert daemon.once(house) == Accepted()  # and it comes to an end
            assert [alarm.code for alarm in house.store.alarms()] == ["disk_low"]
            assert simulator.oracle.log() == []
            house.config = roomy
            assert daemon.cycle(house, crew)
            assert crew.wait(60)
        finally:
            crew.close()
        assert house.store.alarms() == []


@pytest.mark.fault(4, 6)
def test_a_database_that_cannot_grow_loses_nothing_and_fills_up_when_there_is_room_again(
    simulator: Simulator, tmp_path: Path
) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
    database = tmp_path / "tanggap.db"
    store = open_store(database)
    store.migrate()
    store.close()

    def no_growth() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write then fails, as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    full = subprocess.run(
        [sys.executable, "-m", "tanggap", "--config", str(path), "once"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=no_growth,
        env=unmeasured(),
    )
    assert full.returncode == 1, full.stdout
    assert "Traceback" not in full.stderr
    # A limit on files is to SQLite an I/O error; with a full disk it says StoreFull.
    assert re.search(r"event=store_refused .*periksa disk dan ruang kosongnya", full.stderr), (
        full.stderr
    )
    clock = HandClock(Clock().now() + timedelta(hours=1))
    with open_install(path, clock) as house:
        daemon.once(house)
        assert {status.state for status in statuses(house.store, clock).values()} == {"ok"}
        assert house.store.verify_events() > 0
    wanted = simulator.truth()["addressed"]
    ours = {identity for opd in OPDS for identity in wanted[opd]}
    verdict = judge(simulator, database)
    assert not set(verdict.lost) & ours
    assert not verdict.doubled


@pytest.mark.fault(47)
def test_an_unexpected_error_in_one_turn_stops_no_other_and_shows_on_the_source(
    simulator: Simulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = HandClock(Clock().now())
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
    with open_install(path, clock) as house:
        network = house.networks["x"]

        class Broken:
            """Fails for one source in a way that nobody foresaw."""

            def __getattr__(self, name: str) -> object:
                return getattr(network, name)

            def collector(self, spec: object, ids: object) -> object:
                if getattr(spec, "id", "") == "x:mentions:dpupr":
                    raise ZeroDivisionError
                return network.collector(spec, ids)  # type: ignore[arg-type]

        house.networks["x"] = Broken()  # type: ignore[assignment]
        daemon.once(house)
        found = statuses(house.store, clock)
        assert found["x:mentions:dpupr"].code == "internal"
        assert "event=turn_failed source=x:mentions:dpupr" in caplog.messages
        others = {status.state for name, status in found.items() if name != "x:mentions:dpupr"}
        assert others == {"ok"}


def test_python_daemon_py_starts_the_same_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(Path(daemon.__file__)), "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert "SIGTERM" in done.stdout


def test_a_slow_source_does_not_keep_the_others_waiting(
    simulator: Simulator, tmp_path: Path
) -> None:
    simulator.faults.add(Fault("hang", endpoint="mentions", source="dpupr_skm"))
    clock = HandClock(Clock().now())
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
    with open_install(path, clock) as house:
        worker = threading.Thread(target=daemon.once, args=(house,))
        worker.start()
        try:

            def others_done() -> bool:
                found = statuses(house.store, clock)
                return all(
                    status.last_success_at
                    for name, status in found.items()
                    if name != "x:mentions:dpupr"
                )

            eventually(others_done, 20)
            assert statuses(house.store, clock)["x:mentions:dpupr"].last_success_at is None
        finally:
            house.stop.set()
            house.close()
            worker.join(20)
        assert not worker.is_alive()
