"""A day with kills at random moments: nothing lost, doubled or made up."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from daemon_support import START, TOKEN, judge, unmeasured, write_config, write_session
from exactness_support import (
    CITY_DISORDER,
    CITY_MENTIONS,
    DAY,
    EVERY_NETWORK,
    PATIENT,
    WATCHED,
    tokens,
)

from tanggap.clock import Clock, to_text
from tanggap.simulator.generator import generate_city
from tanggap.simulator.server import Simulator

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("TANGGAP_KILLS", "50"))


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
            wait_until_quiet(simulator)
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
    last = {
        (entry.network, entry.endpoint, entry.source): entry.number
        for entry in simulator.oracle.log(before)
    }
    return set(last.values())


def wait_until_quiet(simulator: Simulator) -> None:
    """Wait until what a killed daemon had asked for is answered and written down."""
    deadline = time.monotonic() + 60
    before = -1
    while len(simulator.oracle.log()) != before:
        assert time.monotonic() < deadline
        before = len(simulator.oracle.log())
        time.sleep(0.3)


def wait_for_first_request(simulator: Simulator, process: "subprocess.Popen[bytes]") -> None:
    """Wait until this run of the daemon has asked for something, so that the kill hits work."""
    before = len(simulator.oracle.log())
    deadline = time.monotonic() + 60
    while len(simulator.oracle.log()) == before:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
