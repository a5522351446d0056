"""Faults of the process: many daemons at once, signals at any moment, a hang, a crash loop."""

import os
import random
import re
import resource
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
from daemon_support import (
    TOKEN,
    HandClock,
    four_hours_of_x,
    judge,
    only_accounts,
    open_install,
    stored,
    write_config,
)
from drill_sizes import record_rounds, seeds
from nest_support import Nest, nest
from web_support import HandClock as StandingClock
from web_support import served

import daemon
from tanggap.clock import Clock
from tanggap.config import load_config
from tanggap.simulator.faults import Fault
from tanggap.simulator.server import Simulator
from tanggap.store import open_store
from tanggap.store.rows import Accepted
from tanggap.turns.crew import Crew
from tanggap.turns.heartbeat import STUCK_SECONDS, Heartbeat
from tanggap.web.app import create_app

OPDS = ("pemkot", "dpupr", "dishub")
ONE_LINE = "Daemon sedang berjalan"


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A city whose last four hours are over, on the real clock."""
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    with four_hours_of_x() as running:
        yield running


@pytest.fixture
def house_of_forks(tmp_path: Path, simulator: Simulator) -> Iterator[Nest]:
    """Commands that know the simulator's token."""
    with nest(tmp_path / "log") as opened:
        yield opened


def wholly_collected(simulator: Simulator, path: Path) -> None:
    """Let a day go by undisturbed, then assert that nothing is missing, invented or doubled."""
    with open_install(path, HandClock(Clock().now() + timedelta(hours=1))) as house:
        for _ in range(2):
            daemon.once(house)
            house.config.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
        assert house.store.alarms() == []
        house.store.verify_events()
        database = house.config.database_path
    watched = {"x": OPDS}
    verdict = judge(simulator, database, watched=watched)
    assert verdict.addressed_and_stored > 0
    assert verdict.exact, verdict


@pytest.mark.fault(13)
def test_of_twenty_daemons_at_once_one_runs_and_nineteen_leave_with_one_line(
    simulator: Simulator, house_of_forks: Nest, tmp_path: Path
) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
    twenty = [house_of_forks.start(path, "run") for _ in range(20)]
    deadline = time.monotonic() + 60
    while sum(ONE_LINE in child.said() for child in twenty) < 19:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (first,) = (child for child in twenty if ONE_LINE not in child.said())
    for child in twenty:
        if child is not first:
            assert child.ended() == 1
            (line,) = child.said().splitlines()
            assert "hentikan terlebih dahulu." in line
    first.wait_for("event=turn ")
    asked = [entry.source for entry in simulator.oracle.log() if entry.endpoint == "mentions"]
    assert len(asked) == len(set(asked)), "two daemons asked"
    # A late one is told whose place it wanted.
    late = house_of_forks.start(path, "run")
    assert late.ended() == 1
    assert f"proses {first.pid}" in late.said()
    first.send(signal.SIGTERM)
    assert first.ended() == 0
    assert "event=store_refused" not in first.said()
    wholly_collected(simulator, path)


@pytest.mark.fault(15)
def test_a_lock_left_by_a_killed_daemon_is_no_lock_though_its_process_id_lives_again(
    simulator: Simulator, house_of_forks: Nest, tmp_path: Path
) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
    killed = house_of_forks.start(path, "run")
    killed.wait_for("event=started")
    killed.send(signal.SIGKILL)
    assert killed.ended() == -signal.SIGKILL
    lock = tmp_path / "tanggap.db.lock"
    assert lock.read_text(encoding="ascii") == str(killed.pid)
    # The number that stands in the file may belong to anybody by now, even to us.
    lock.write_text(str(os.getpid()), encoding="ascii")
    after = house_of_forks.start(path, "run")
    after.wait_for("event=started")
    assert lock.read_text(encoding="ascii") == str(after.pid)
    after.send(signal.SIGTERM)
    assert after.ended() == 0


def _moods(simulator: Simulator, dice: random.Random) -> str:
    """Let the network be well, hang, or refuse; return which."""
    simulator.faults.clear()
    mood = dice.choice(["well", "well", "hang", "wait"])
    if mood == "hang":
        simulator.faults.add(Fault("hang", endpoint="mentions"))
    elif mood == "wait":
        end = str(round(time.time()) + 3)
        headers = {"x-rate-limit-reset": end, "x-rate-limit-remaining": "0"}
        simulator.faults.add(Fault("status", endpoint="mentions", status=429, headers=headers))
    return mood


@pytest.mark.fault(16)
def test_sigterm_at_any_moment_ends_within_ten_seconds_and_loses_nothing(
    simulator: Simulator, house_of_forks: Nest, tmp_path: Path
) -> None:
    path = write_config(
        tmp_path,
        simulator.address,
        *only_accounts(*OPDS),
        ("poll_seconds = 180", "poll_seconds = 1"),
        ("lease_seconds = 180", "lease_seconds = 1"),
    )
    rounds = seeds("sigterms")
    moods = []
    for seed in rounds:
        dice = random.Random(seed)
        moods.append(_moods(simulator, dice))
        child = house_of_forks.start(path, "run")
        if dice.random() < 0.8:
            child.wait_for("event=started")
        time.sleep(dice.random() ** 2 * 0.8)
        child.send(signal.SIGTERM)
        began = time.monotonic()
        code = child.ended()
        assert time.monotonic() - began < 10, seed
        if "event=started" in child.said():
            assert code == 0, (seed, child.said())
            assert "event=stopped clean=True" in child.said(), seed
        else:  # before there was anything to finish, the signal just ends it
            assert code in (0, -signal.SIGTERM), (seed, code)
        assert "Traceback" not in child.said(), seed
    assert {"well", "hang"} <= set(moods)
    simulator.faults.clear()
    with open_install(path, HandClock(Clock().now())) as house:
        # A turn that was cut off leaves no trace: no error is counted, nothing is held for it.
        assert {status.code for status in house.store.sources(house.now())} <= {"", "rate_limited"}
        house.store.poll_now(None, house.now())
    wholly_collected(simulator, path)
    record_rounds("sigterms", len(rounds), 0, rounds)


@pytest.mark.fault(17)
def test_a_storm_of_reloads_good_bad_and_half_written_leaves_the_last_good_one(
    simulator: Simulator, house_of_forks: Nest, tmp_path: Path
) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
    good = path.read_bytes()
    bad = good.replace(b"[daemon]", b"[demon]")
    child = house_of_forks.start(path, "run")
    child.wait_for("event=started")
    rounds = seeds("reloads")
    for seed in rounds:
        dice = random.Random(seed)
        written = dice.choice([good, bad, good[: dice.randrange(len(good))], b""])
        path.write_bytes(written)
        child.send(signal.SIGHUP)
        time.sleep(dice.random() * 0.1)
    path.write_bytes(bad)
    told = child.said().count("event=reload_refused")
    child.send(signal.SIGHUP)
    deadline = time.monotonic() + 60
    while child.said().count("event=reload_refused") == told:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    store = open_store(tmp_path / "tanggap.db")
    try:
        (alarm,) = (alarm for alarm in store.alarms() if alarm.code == "config")
        assert "daemon" in alarm.detail  # the nearest right name
        assert str(path) in alarm.detail
        path.write_bytes(good)
        child.send(signal.SIGHUP)
        while any(alarm.code == "config" for alarm in store.alarms()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert {status.spec.accounts for status in store.sources(Clock().now())} >= {
            (opd,) for opd in OPDS
        }
    finally:
        store.close()
    child.send(signal.SIGTERM)
    assert child.ended() == 0
    assert "Traceback" not in child.said()
    assert "event=reloaded" in child.said()
    wholly_collected(simulator, path)
    record_rounds("reloads", len(rounds), 0, rounds)


def _heard(listener: socket.socket, seconds: float) -> list[str]:
    """Return what systemd would hear for so long."""
    heard = []
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        listener.settimeout(left)
        try:
            heard.append(listener.recv(100).decode())
        except TimeoutError:
            break
    return heard


@pytest.mark.fault(48)
def test_a_daemon_whose_turns_hang_stops_telling_the_watchdog_that_it_lives(
    simulator: Simulator, house_of_forks: Nest, tmp_path: Path
) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts("dpupr"))
    simulator.faults.add(Fault("hang"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        child = house_of_forks.start(
            path, "run", NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="2000000"
        )
        child.wait_for("event=started")
        while not simulator.oracle.log():
            time.sleep(0.05)
        _heard(listener, 3.5)  # for one interval after the last progress it may still be told
        assert "WATCHDOG=1" not in _heard(listener, 2.5)
        simulator.faults.clear()
        # Stopped altogether it is silent, too; going on, it speaks again.
        child.send(signal.SIGSTOP)
        _heard(listener, 0.2)
        assert _heard(listener, 1.5) == []
        child.send(signal.SIGCONT)
        child.send(signal.SIGTERM)
        assert child.ended() == 0
        assert "STOPPING=1" in _heard(listener, 0.5)


@pytest.mark.fault(48)
def test_one_turn_that_spins_for_ever_is_not_hidden_by_the_progress_of_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seconds = [0.0]
    heartbeat = Heartbeat(lambda: seconds[0])
    heartbeat.begin("x:mentions:dpupr")
    while seconds[0] < STUCK_SECONDS - 30:
        seconds[0] += 30
        heartbeat.begin("x:mentions:dlh")
        heartbeat.end("x:mentions:dlh")
        assert heartbeat.alive(busy=True, patience=60)
    seconds[0] += 30
    heartbeat.begin("x:mentions:dlh")
    heartbeat.end("x:mentions:dlh")
    for _ in range(3):
        assert not heartbeat.alive(busy=True, patience=60)
    assert [record.getMessage() for record in caplog.records] == [
        "event=turn_stuck source=x:mentions:dpupr"
    ]
    heartbeat.step("x:mentions:dpupr")
    assert heartbeat.alive(busy=True, patience=60)
    # Nothing under way is no hang; something under way without any result is one.
    heartbeat.end("x:mentions:dpupr")
    seconds[0] += 1000
    assert heartbeat.alive(busy=False, patience=60)
    heartbeat.begin("x:mentions:dpupr")
    seconds[0] += 60
    assert not heartbeat.alive(busy=True, patience=60)


@pytest.mark.fault(49)
def test_a_crash_loop_keeps_all_state_and_the_desk_says_that_nobody_collects(
    simulator: Simulator, house_of_forks: Nest, tmp_path: Path
) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
    well = house_of_forks.start(path, "once")
    well.ended()
    database = tmp_path / "tanggap.db"
    before = stored(database)
    assert before
    # A daemon that dies at each start: of its database no write comes through any more.
    with closing(sqlite3.connect(database, isolation_level=None)) as breaking:
        breaking.execute(
            "CREATE TRIGGER broken BEFORE UPDATE ON sources "
            "BEGIN SELECT RAISE(ABORT, 'always'); END"
        )
    for _ in range(5):
        dying = house_of_forks.start(path, "run")
        assert dying.ended() == 1
        assert "always" in dying.said().splitlines()[-1]
    assert stored(database) == before
    with desk_of(path, Clock().now() + timedelta(minutes=10)) as address:
        answer = requests.get(f"{address}/healthz", timeout=10)
    assert answer.status_code == 503
    assert answer.json()["status"] == "stale"
    with closing(sqlite3.connect(database, isolation_level=None)) as mending:
        mending.execute("DROP TRIGGER broken")
    wholly_collected(simulator, path)


@contextmanager
def desk_of(path: Path, moment: datetime) -> Iterator[str]:
    """Serve the desk of a config at a moment; give its address."""
    config = replace(load_config(path), clock=StandingClock(moments=[moment]))
    store = open_store(config.database_path)
    try:
        with served(create_app(store, config)) as address:
            yield address
    finally:
        store.close()


@pytest.mark.fault(47)
@pytest.mark.parametrize("limit", ["files", "memory"])
def test_what_the_system_refuses_costs_turns_and_nothing_that_was_said_is_lost(
    simulator: Simulator, house_of_forks: Nest, tmp_path: Path, limit: str
) -> None:
    path = write_config(
        tmp_path,
        simulator.address,
        *only_accounts(*OPDS),
        ("poll_seconds = 180", "poll_seconds = 1"),
    )
    child = house_of_forks.start(path, "run")
    child.wait_for("event=started")
    if limit == "files":
        number = resource.RLIMIT_NOFILE
        allowed = len(list(Path(f"/proc/{child.pid}/fd").iterdir()))
    else:  # no thread has room for its stack, no large page for its text
        number = resource.RLIMIT_AS
        status = Path(f"/proc/{child.pid}/status").read_text(encoding="ascii")
        (size,) = re.findall(r"^VmSize:\s+(\d+) kB", status, re.MULTILINE)
        allowed = int(size) * 1024 + 500_000
    before = resource.prlimit(child.pid, number)
    resource.prlimit(child.pid, number, (allowed, before[1]))
    time.sleep(3)
    alive = Path(f"/proc/{child.pid}/stat").read_text(encoding="ascii").split()[2] != "Z"
    if alive:
        resource.prlimit(child.pid, number, before)
        child.send(signal.SIGTERM)
        assert child.ended() == 0, child.said()
    else:  # systemd starts it again
        assert child.ended() == 1, child.said()
    wholly_collected(simulator, path)


@pytest.mark.fault(47)
def test_a_machine_without_another_thread_costs_turns_and_work_goes_on_when_there_is_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def turn(source_id: str) -> Accepted:
        done.append(source_id)
        return Accepted()

    crew = Crew(turn, 2)
    start = threading.Thread.start

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")  # what CPython says

    try:
        monkeypatch.setattr(threading.Thread, "start", refuse)
        assert not crew.send("x:mentions:dpupr")
        assert crew.busy() == 0
        assert "event=no_thread source=x:mentions:dpupr" in caplog.text
        monkeypatch.setattr(threading.Thread, "start", start)
        assert crew.send("x:mentions:dpupr")
        assert crew.wait(20)
        assert done == ["x:mentions:dpupr"]
    finally:
        crew.close()
