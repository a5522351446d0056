"""A city whose daemon is killed again and again, under load, and at last judged by the oracle.

Between two runs the city's clock jumps: what was posted meanwhile is waiting, every source is due,
and so each run begins with a rush of work, however fast or slow this machine is.
"""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from daemon_support import START, TOKEN, Verdict, judge, unmeasured, write_config, write_session
from exactness_support import CITY_DISORDER, EVERY_NETWORK, PATIENT, WATCHED

from tanggap.clock import Clock, to_text
from tanggap.simulator.generator import generate_city
from tanggap.simulator.oracle import Served
from tanggap.simulator.server import Simulator

STEP = timedelta(minutes=55)
"""Simulated time from one run's beginning to the next one's, at least; nearly all are due again."""
MENTIONS_PER_STEP = 110
SPEED = 100.0
"""Inside a run. So low that the slowest machine stays within the story's hours."""
LATEST_KILL = 1.2
"""Real seconds after a run's first request; most of the rush is done by then."""
HOUSEKEEPING_EVERY = 25
HOUSEKEEPING_KILL = (4.9, 5.5)
"""Every so manieth kill comes so late, when the full-text index is brought up to date."""
SWEEPS = 3
SETTLING = (*([timedelta(hours=10)] * SWEEPS), *([timedelta(hours=4)] * 8))
"""Jumps after the last kill: what the networks show late is found by the first ones' sweeps."""


@dataclass
class KilledCity:
    """One simulated city, its config, and the runs of its daemon so far."""

    folder: Path
    seed: int
    kills: int
    where: str
    """URL of the database, as the config has it."""
    cut_off: set[int] = field(default_factory=set)
    """Log entries that a killed daemon may have read without storing them."""
    kills_at_work: int = 0
    """Kills of a daemon that had been served posts in that run."""
    seconds_of_kills: float = 0.0
    seconds_of_settling: float = 0.0

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.clock = Clock(SPEED, Clock().now(), START)
        self.story_hours = self.kills * STEP / timedelta(hours=1)
        worlds = generate_city(
            self.seed, START, self.story_hours, self.kills * MENTIONS_PER_STEP, clock=self.clock
        )
        self.simulator = Simulator(*worlds, clock=self.clock, token=TOKEN, faults=CITY_DISORDER)

    def install(self) -> None:
        """Write the config of a city that reads all networks, pointed at the simulator."""
        self.path = write_config(
            self.folder,
            self.simulator.address,
            *PATIENT,
            ('url = "sqlite:tanggap.db"', f'url = "{self.where}"'),
            ("tick_seconds = 1.0", "tick_seconds = 0.2"),
            ("lease_seconds = 180", "lease_seconds = 2"),
            # However slowly the kills go on this machine: no source begins later than this.
            ("backfill_days = 2", "backfill_days = 7"),
            networks=EVERY_NETWORK,
        )
        self.config_text = self.path.read_text(encoding="utf-8")
        write_session(self.folder, self.simulator)
        self.jump(STEP)

    def jump(self, step: timedelta) -> None:
        """Let the city's clock stand `step` later; only while no daemon runs."""
        self.clock = Clock(SPEED, Clock().now(), self.clock.now() + step)
        self.simulator.clock = self.clock
        for world in self.simulator.worlds.values():
            world.clock = self.clock
        self.path.write_text(self.config_text + clock_table(self.clock), encoding="utf-8")

    def kill(self, number: int) -> None:
        """Start a daemon, let it get to work, and kill it at a random moment.

        Raise AssertionError when it does not come up by itself after what was done to it before.
        """
        began = time.monotonic()
        before = len(self.simulator.oracle.log())
        process = start_daemon(self.path)
        try:
            wait_for_request(self.simulator, process, before)
            late = number % HOUSEKEEPING_EVERY == HOUSEKEEPING_EVERY - 1
            time.sleep(self.dice.uniform(*(HOUSEKEEPING_KILL if late else (0.0, LATEST_KILL))))
            assert process.poll() is None, "the daemon ended by itself"
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        wait_until_quiet(self.simulator, 0.15)
        entries = self.simulator.oracle.log(before)
        self.kills_at_work += any(entry.ids for entry in entries)
        self.cut_off |= last_of_each_source(self.simulator, before)
        self.seconds_of_kills += time.monotonic() - began
        left = STEP - timedelta(seconds=(time.monotonic() - began) * SPEED)
        self.jump(max(left, timedelta(0)))

    def settle(self) -> Verdict:
        """Read undisturbed until all that the story tells late is told and read.

        By `tanggap once`, which ends by itself when nothing is due any more: how long a slow
        machine may pause between two requests need not be guessed.
        """
        began = time.monotonic()
        end = START + timedelta(hours=self.story_hours)
        self.jump(max(end - self.clock.now(), timedelta(0)))
        verdict = None
        for position, step in enumerate(SETTLING):
            read_all_that_is_due(self.path)
            if position >= SWEEPS:
                verdict = self.judge()
                if verdict.exact:
                    break
            self.jump(step)
        self.seconds_of_settling = time.monotonic() - began
        assert verdict is not None
        return verdict

    def judge(self) -> Verdict:
        """Compare the store with what the city showed."""
        return judge(self.simulator, self.where, self.cut_off, WATCHED)


def start_daemon(path: Path) -> "subprocess.Popen[bytes]":
    """Start `tanggap run` as an operator would."""
    return subprocess.Popen(
        [sys.executable, "-m", "tanggap", "--config", str(path), "run"],
        stderr=subprocess.DEVNULL,
        env=unmeasured(),
    )


def read_all_that_is_due(path: Path) -> None:
    """Run `tanggap once`; a source that fails meanwhile (exit 1) is read the next time."""
    done = subprocess.run(
        [sys.executable, "-m", "tanggap", "--config", str(path), "once"],
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
        env=unmeasured(),
    )
    assert done.returncode in (0, 1), done.stderr[-2000:]
    assert "Traceback" not in done.stderr, done.stderr[-2000:]


@contextmanager
def running_daemon(path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the daemon beside the body; it must still be there at the end, and leave cleanly."""
    process = start_daemon(path)
    try:
        yield process
        assert process.poll() is None, "the daemon ended by itself"
    finally:
        process.terminate()
        process.wait(20)
    assert process.returncode == 0


def clock_table(clock: Clock) -> str:
    """Return the config's table of a clock."""
    assert clock.real_start is not None
    assert clock.simulated_start is not None
    return (
        f"\n[clock]\nspeed = {clock.speed}\nreal_start = {to_text(clock.real_start)}\n"
        f"simulated_start = {to_text(clock.simulated_start)}\n"
    )


def last_of_each_source(simulator: Simulator, before: int) -> set[int]:
    """Return the log entries that a killed daemon may have read without storing them.

    Pages of one source are stored before the next is asked for: only the last can be cut off.
    What stands under an account's own posts and under those that tag it is asked for alike, and by
    two sources that may work at once; under a post that tags two accounts, with two tokens.
    """
    return set({_reader(entry): entry.number for entry in simulator.oracle.log(before)}.values())


def first_of_each_source(simulator: Simulator, before: int) -> set[int]:
    """Return the log entries after `before` whose turn may have begun earlier, one of each source.

    Who was asked for what is told apart as in `last_of_each_source`.
    """
    first: dict[tuple[object, ...], int] = {}
    for entry in simulator.oracle.log(before):
        first.setdefault(_reader(entry), entry.number)
    return set(first.values())


def _reader(entry: Served) -> tuple[object, ...]:
    return entry.network, entry.endpoint, entry.source, entry.elsewhere, entry.token


def wait_until_quiet(simulator: Simulator, seconds: float) -> None:
    """Wait until for `seconds` nothing more was asked for, and what was is written down."""
    deadline = time.monotonic() + 120
    before, since = -1, time.monotonic()
    while time.monotonic() - since < seconds:
        assert time.monotonic() < deadline
        now = len(simulator.oracle.log())
        if now != before:
            before, since = now, time.monotonic()
        time.sleep(0.02)


def wait_for_request(simulator: Simulator, process: "subprocess.Popen[bytes]", before: int) -> None:
    """Wait until this run of the daemon has asked for something, so that the kill hits work."""
    deadline = time.monotonic() + 60
    while len(simulator.oracle.log()) == before:
        assert process.poll() is None, "the daemon did not come up"
        assert time.monotonic() < deadline
        time.sleep(0.01)
