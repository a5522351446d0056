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
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
from daemon_support import (
    TOKEN,
    HandClock,
    four_hours_of_x,
    only_accounts,
    open_install,
    stored,
    write_config,
)
from drill_sizes import one_round, seeds, size
from faults_support import wholly_collected
from nest_support import Child, Nest, nest
from web_support import HandClock as StandingClock
from web_support import served

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
    wholly_collected(simulator, path, OPDS)


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
@one_round("sigterms", seeds("sigterms"), size("sigterms"))
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
    moods = []
    for seed in seeds("sigterms"):
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
        left = house.store.sources(house.now())
        assert {one.code for one in left} <= {"", "rate_limited", "partial_errors"}
        # A good poll may say `partial_errors`: a post that another refers to is gone, as it is
        # in some four hours of the city and not in others.
        assert {one.errors for one in left if one.code != "rate_limited"} <= {0}
        assert {one.state for one in left if one.code == "partial_errors"} <= {"ok"}
        house.store.poll_now(None, house.now())
    wholly_collected(simulator, path, OPDS)


@pytest.mark.fault(17)
@one_round("reloads", seeds("reloads"), size("reloads"))
def test_a_storm_of_reloads_good_bad_and_half_written_leaves_the_last_good_one(
    simulator: Simulator, house_of_forks: Nest, tmp_path: Path
) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
    good = path.read_bytes()
    bad = good.replace(b"[daemon]", b"[demon]")
    child = house_of_forks.start(path, "run")
    child.wait_for("event=started")
    for seed in seeds("reloads"):
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
    wholly_collected(simulator, path, OPDS)


@contextmanager
def systemd(folder: Path) -> Iterator[tuple[Callable[[float], str], dict[str, str]]]:
    """Listen as systemd does: give how to hear the next word, and what to start a daemon with.

    Who hears waits so many seconds, and hears "" when nothing was said.
    """
    address = str(folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)

        def hear(seconds: float) -> str:
            listener.settimeout(seconds)
            try:
                return listener.recv(100).decode()
            except TimeoutError:
                return ""

        yield hear, {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "2000000"}


def wait_until_heard(hear: Callable[[float], str], word: str, patience: float = 1.0) -> None:
    """Wait for a word; "" is a silence of `patience` seconds."""
    deadline = time.monotonic() + 60
    while hear(patience) != word:
        assert time.monotonic() < deadline, f"systemd never heard {word!r}"


@pytest.mark.fault(48)
def test_a_daemon_whose_turns_hang_stops_telling_the_watchdog_that_it_lives(
    simulator: Simulator, house_of_forks: Nest, tmp_path: Path
) -> None:
    path = write_config(
        tmp_path,
        simulator.address,
        *only_accounts("dpupr"),
        ("deadline_seconds = 30.0", "deadline_seconds = 8.0"),
    )
    simulator.faults.add(Fault("hang"))
    with systemd(tmp_path) as (hear, environment):
        child = house_of_forks.start(path, "run", **environment)
        wait_until_heard(hear, "READY=1")
        wait_until_heard(hear, "WATCHDOG=1")
        wait_until_heard(hear, "", patience=2.5)  # more than two beats, and what systemd waits
        assert "event=turn" not in child.said(), "silent though a turn had ended"
        wait_until_heard(hear, "WATCHDOG=1")  # the deadline has ended the turns: that is progress
        assert "event=turn_refused" in child.said()
        # The whole process stands still: systemd hears nothing, and the desk says so. It stood
        # beside the daemon before, so that nothing is left for it to write at its first start.
        assert health_of(path, Clock().now()) == (200, "ok")
        child.send(signal.SIGSTOP)
        assert health_of(path, Clock().now() + timedelta(minutes=10)) == (503, "stale")
        child.send(signal.SIGCONT)
        child.send(signal.SIGTERM)
        wait_until_heard(hear, "STOPPING=1")
        assert child.ended() == 0


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
    assert health_of(path, Clock().now() + timedelta(minutes=10)) == (503, "stale")
    with closing(sqlite3.connect(database, isolation_level=None)) as mending:
        mending.execute("DROP TRIGGER broken")
    wholly_collected(simulator, path, OPDS)


def health_of(path: Path, moment: datetime) -> tuple[int, str]:
    """Return status and word of the health that a desk tells at a moment."""
    config = replace(load_config(path), clock=StandingClock(moments=[moment]))
    with (
        closing(open_store(config.database_path)) as store,
        served(create_app(store, config)) as address,
    ):
        answer = requests.get(f"{address}/healthz", timeout=10)
    return answer.status_code, answer.json()["status"]


REFUSED = re.compile(
    r"event=(no_thread|turn_failed|turn_lost|store_refused) |"
    r"event=turn_refused .* code=network_unreachable "
)


@pytest.mark.fault(47)
def test_files_that_the_system_refuses_cost_turns_and_nothing_that_was_said_is_lost(
    simulator: Simulator, house_of_forks: Nest, tmp_path: Path
) -> None:
    path, child = hurried_daemon(simulator, house_of_forks, tmp_path)
    # No more than the standard streams: what is open stays, nothing is opened.
    before = limited(child, resource.RLIMIT_NOFILE, 3)
    wait_until_refused(child, before)
    assert is_alive(child)
    resource.prlimit(child.pid, resource.RLIMIT_NOFILE, before.limits)
    child.send(signal.SIGTERM)
    assert child.ended() == 0, child.said()
    wholly_collected(simulator, path, OPDS)


@pytest.mark.fault(47)
def test_memory_that_the_system_refuses_costs_turns_or_the_process_and_nothing_is_lost(
    simulator: Simulator, house_of_forks: Nest, tmp_path: Path
) -> None:
    """Where exactly memory is refused is chance: also inside Python and the libraries below it."""
    path, child = hurried_daemon(simulator, house_of_forks, tmp_path)
    child.wait_for("event=turn source=x:mentions:pemkot")
    status = Path(f"/proc/{child.pid}/status").read_text(encoding="ascii")
    (size_kb,) = re.findall(r"^VmSize:\s+(\d+) kB", status, re.MULTILINE)
    before = limited(child, resource.RLIMIT_AS, int(size_kb) * 1024)
    (world,) = simulator.worlds.values()
    for number in range(300):  # longer than what lies free in the process has room for
        opd = world.opd(OPDS[number % len(OPDS)])
        world.post(f"warga_{number}", f"@{opd.handle} {number} {'jalan rusak ' * 1_000}")
    wait_until_refused(child, before)
    if is_alive(child):
        resource.prlimit(child.pid, resource.RLIMIT_AS, before.limits)
        child.send(signal.SIGTERM)
        assert child.ended() == 0, child.said()
    else:  # systemd starts it again
        code = child.ended()
        assert code in (1, -signal.SIGSEGV, -signal.SIGABRT), child.said()
        assert code < 0 or len(child.said()) > before.said, "it ended and said nothing"
    wholly_collected(simulator, path, OPDS)


def hurried_daemon(simulator: Simulator, house: Nest, folder: Path) -> tuple[Path, Child]:
    """Start a daemon that asks every second; return its config too."""
    path = write_config(
        folder,
        simulator.address,
        *only_accounts(*OPDS),
        ("poll_seconds = 180", "poll_seconds = 1"),
    )
    child = house.start(path, "run")
    child.wait_for("event=started")
    return path, child


@dataclass(frozen=True)
class Before:
    """What a command was granted, and how much it had said, before a limit was set."""

    limits: tuple[int, int]
    said: int


def limited(child: Child, number: int, allowed: int) -> Before:
    """Set a limit of a running command."""
    said = len(child.said())
    limits = resource.prlimit(child.pid, number)
    resource.prlimit(child.pid, number, (allowed, limits[1]))
    return Before(limits, said)


def wait_until_refused(child: Child, before: Before) -> None:
    """Wait until a command said what it was refused, or ended."""
    deadline = time.monotonic() + 60
    while not REFUSED.search(child.said(), before.said) and is_alive(child):
        assert time.monotonic() < deadline, child.said()
        time.sleep(0.05)


def is_alive(child: Child) -> bool:
    """Whether a command still runs; one that has ended waits for its parent to ask."""
    return Path(f"/proc/{child.pid}/stat").read_text(encoding="ascii").split()[2] != "Z"


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
