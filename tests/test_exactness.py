"""Twenty-four simulated hours, told exactly: nothing lost, doubled or made up."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from daemon_support import (
    START,
    TOKEN,
    HandClock,
    judge,
    open_install,
    stored,
    unmeasured,
    write_config,
    write_session,
)

import daemon
from tanggap.clock import Clock, to_text
from tanggap.policy import packaged_policy
from tanggap.simulator.faults import Fault
from tanggap.simulator.generator import generate_city, generate_world
from tanggap.simulator.server import Simulator

pytestmark = pytest.mark.slow

DAY = timedelta(hours=24)
MENTIONS = 1600
CITY_MENTIONS = 3700
KILLS = int(os.environ.get("TANGGAP_KILLS", "50"))

EVERY_NETWORK = ("x", "facebook", "instagram", "instagram_web")
WEB = ("distan", "dpmd", "inspektorat")
"""Accounts that the example reads by instaloader."""
OFFICIAL = ("pemkot", *(opd for opd in packaged_policy().opd if opd not in WEB))
WATCHED = {"x": None, "facebook": None, "instagram": OFFICIAL, "instagram_web": WEB}
READING_POSTS = {("instagram_web", "metadata"), ("instagram_web", "media")}
PATIENT = (
    ("poll_seconds = 180\n", "poll_seconds = 2400\n"),
    ("timeline_poll_seconds = 600", "timeline_poll_seconds = 7200"),
    ("poll_seconds = 300\n", "poll_seconds = 1500\n"),
    ("\npoll_seconds = 600\n", "\npoll_seconds = 2400\n"),
    ("tagged_poll_seconds = 900", "tagged_poll_seconds = 3600"),
    ("watch_days = 14", "watch_days = 30"),  # as old as the posts of this city
)
"""Longer polls: the day is told in a minute or two."""

DISORDER = (
    Fault("twice", share=0.05, seed=1),
    Fault("shuffle", share=0.05, seed=2),
    Fault("repeat_token", endpoint="mentions", share=0.01, seed=3),
    Fault("empty_with_next", share=0.01, seed=4),
    Fault("partial_errors", share=0.05, seed=5),
)
"""Not breakdowns but the everyday untidiness of a network."""
CITY_DISORDER = (
    *DISORDER,
    Fault("no_usage", share=0.05, seed=6),
    Fault("graph_error", endpoint="comments", kind="1", share=0.01, seed=7),
)


@pytest.mark.parametrize("dialect", ["tweet", "post"])
def test_a_day_of_twenty_two_accounts_agrees_exactly_with_the_oracle(
    dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    clock = HandClock(START)
    world = generate_world(24, START, 24, MENTIONS, clock=clock)  # type: ignore[arg-type]
    simulator = Simulator(
        world,
        clock=clock,  # type: ignore[arg-type]
        dialect=dialect,  # type: ignore[arg-type]
        token=TOKEN,
        faults=DISORDER,
    )
    with simulator:
        path = write_config(
            tmp_path,
            simulator.address,
            ("search = []", 'search = ["distan", "dpmd", "inspektorat"]'),
            ("poll_seconds = 180\n", "poll_seconds = 1500\n"),
            ("timeline_poll_seconds = 600", "timeline_poll_seconds = 3000"),
        )
        with open_install(path, clock) as house:
            while clock.now() < START + DAY:
                clock.advance(timedelta(minutes=30))
                daemon.once(house)
            for _ in range(14):  # what the network shows late is found by the sweeps
                clock.advance(timedelta(hours=1))
                daemon.once(house)
            database = house.config.database_path
        verdict = judge(simulator, database)
        truth = simulator.truth()
        have = stored(database)
    assert verdict.exact, verdict
    assert sum(route in ("queue", "triage", "aside") for route in have.values()) >= 1400
    assert len(truth["edited"]) > 20
    assert len(truth["answers"]) > 200
    assert {have[identity] for identity in truth["answers"] if identity in have} == {"answer"}
    assert {have[identity] for identity in truth["reposts"] if identity in have} == {"context"}


def test_a_day_on_three_networks_agrees_exactly_with_the_oracle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens(monkeypatch)
    clock = HandClock(START)
    worlds = generate_city(5, START, 24, CITY_MENTIONS, clock=clock)  # type: ignore[arg-type]
    with Simulator(*worlds, clock=clock, token=TOKEN, faults=CITY_DISORDER) as simulator:  # type: ignore[arg-type]
        path = write_config(tmp_path, simulator.address, *PATIENT, networks=EVERY_NETWORK)
        write_session(tmp_path, simulator)
        with open_install(path, clock) as house:
            while clock.now() < START + DAY:
                clock.advance(timedelta(minutes=30))
                daemon.once(house)
            for _ in range(30):  # what is shown late is found by the sweeps
                clock.advance(timedelta(hours=1))
                daemon.once(house)
            database = house.config.database_path
            gaps = [gap for status in house.store.sources(clock.now()) for gap in status.gaps]
        verdict = judge(simulator, database, watched=WATCHED)
        have = stored(database)
        posts = [entry for entry in simulator.oracle.log() if entry.method != "GET"]
        truths = {network: simulator.truth(network) for network in EVERY_NETWORK}
    assert verdict.exact, verdict
    assert gaps == []
    assert sum(route in ("queue", "triage", "aside") for route in have.values()) >= 3000
    for truth in truths.values():
        answers = {have[identity] for identity in truth["answers"] if identity in have}
        assert answers == {"answer"}
    # Instagram's web site asks some of its reading queries by POST; nothing else does.
    assert {(entry.network, entry.endpoint) for entry in posts} <= READING_POSTS


def test_a_day_with_fifty_sigkills_at_random_moments_agrees_exactly_with_the_oracle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens(monkeypatch)
    speed = 1000.0
    real = Clock().now()
    clock = Clock(speed, real, START)
    worlds = generate_city(7, START, 24, CITY_MENTIONS, clock=clock)
    dice = random.Random(11)
    with Simulator(*worlds, clock=clock, token=TOKEN, faults=CITY_DISORDER) as simulator:
        path = write_config(
            tmp_path,
            simulator.address,
            *PATIENT,
            ("tick_seconds = 1.0", "tick_seconds = 0.2"),
            ("lease_seconds = 180", "lease_seconds = 2"),
            # However slowly the kills go on this machine: no source begins later than this.
            ("backfill_days = 2", "backfill_days = 7"),
            extra=f"\n[clock]\nspeed = {speed}\nreal_start = {to_text(real)}\n"
            f"simulated_start = {to_text(START)}\n",
            networks=EVERY_NETWORK,
        )
        write_session(tmp_path, simulator)
        database = tmp_path / "tanggap.db"
        cut_off: set[int] = set()
        for _ in range(KILLS):
            before = len(simulator.oracle.log())
            process = start_daemon(path)
            wait_for_first_request(simulator, process)
            time.sleep(dice.uniform(0.0, 1.2))  # the moment of the kill: any will do
            process.send_signal(signal.SIGKILL)
            process.wait()
            cut_off |= last_of_each_source(simulator, before)
        process = start_daemon(path)
        deadline = time.monotonic() + 400
        while time.monotonic() < deadline:
            time.sleep(2.0)
            assert process.poll() is None
            past = clock.now() > START + DAY + timedelta(hours=30)
            if past and judge(simulator, database, cut_off, WATCHED).exact:
                break
        process.terminate()
        assert process.wait(10) == 0
        verdict = judge(simulator, database, cut_off, WATCHED)
    assert verdict.exact, verdict


def tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the secrets of all networks."""
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)


def start_daemon(path: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "tanggap", "--config", str(path), "run"],
        stderr=subprocess.DEVNULL,
        env=unmeasured(),
    )


def last_of_each_source(simulator: Simulator, before: int) -> set[int]:
    """Return the log entries that a killed daemon may have read without storing them.

    Pages of one source are stored before the next is asked for: only the last can be cut off.
    """
    last = {(entry.endpoint, entry.source): entry.number for entry in simulator.oracle.log(before)}
    return set(last.values())


def wait_for_first_request(simulator: Simulator, process: "subprocess.Popen[bytes]") -> None:
    """Wait until this run of the daemon has asked for something, so that the kill hits work."""
    before = len(simulator.oracle.log())
    deadline = time.monotonic() + 60
    while len(simulator.oracle.log()) == before:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
