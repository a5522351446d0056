"""A city on X whose clock runs a hundred times as fast, for several daemons on one PostgreSQL."""

import contextlib
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from daemon_support import (
    START,
    TOKEN,
    Verdict,
    judge,
    only_accounts,
    unmeasured,
    write_config,
)
from kills_support import clock_table
from process_support import end_process

from tanggap.cli import cli
from tanggap.clock import Clock
from tanggap.simulator.generator import generate_city
from tanggap.simulator.server import Simulator

SPEED = 100.0
LEASE_SECONDS = 1
"""Real seconds: with every page that is stored, a lease begins anew."""
BETWEEN_READINGS = timedelta(hours=2)
"""X shows the newest 800 mentions of an account: so long is less than that many at our load."""
SETTLING = (*([timedelta(hours=10)] * 3), *([timedelta(hours=4)] * 8))
"""Jumps after the story's end: what X shows late is found by the sweeps of the first ones."""
IMPATIENT = "options=-cidle_in_transaction_session_timeout%3D2s%20-ctransaction_timeout%3D4s"
"""A daemon that froze inside a write holds up the others for so long; an install waits longer."""


@dataclass
class City:
    """What X shows of a few accounts, and the config of those who read it."""

    folder: Path
    seed: int
    opds: tuple[str, ...]
    hours: float
    """How long the story goes on; `before` of them are over when the first daemon looks."""
    per_hour: int
    """Citizens' posts of the whole city, on all networks."""
    before: float = 0.0
    workers: int = 4
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = Clock(SPEED, Clock().now(), START)
        begin = START - timedelta(hours=self.before)
        mentions = int(self.hours * self.per_hour)
        worlds = generate_city(self.seed, begin, self.hours, mentions, clock=self.clock)
        self.simulator = Simulator(*worlds, clock=self.clock, token=TOKEN)

    @property
    def left(self) -> timedelta:
        """How much of the story is still to come."""
        end = START + timedelta(hours=self.hours - self.before)
        return max(end - self.clock.now(), timedelta(0))

    def jump(self, step: timedelta) -> None:
        """Let the clock stand `step` later; only while no daemon runs."""
        self.clock = Clock(SPEED, Clock().now(), self.clock.now() + step)
        self.simulator.clock = self.clock
        for world in self.simulator.worlds.values():
            world.clock = self.clock

    def write_config(self, path: Path, url: str) -> None:
        """Write the config of one daemon."""
        written = write_config(
            self.folder,
            self.simulator.address,
            *only_accounts(*self.opds),
            ('url = "sqlite:tanggap.db"', f'url = "{url}?{IMPATIENT}"'),
            ("poll_seconds = 180\n", "poll_seconds = 100\n"),
            ("timeline_poll_seconds = 600", "timeline_poll_seconds = 100"),
            ("tick_seconds = 1.0", "tick_seconds = 0.2"),
            ("workers = 4 ", f"workers = {self.workers} "),
            ("lease_seconds = 180", f"lease_seconds = {LEASE_SECONDS}"),
        )
        path.write_text(written.read_text(encoding="utf-8") + clock_table(self.clock), "utf-8")


def read_to_the_end(city: City, url: str, cut_off: set[int]) -> Verdict:
    """Let the story end, and what is shown late be read; return the oracle's verdict.

    `cut_off` are numbers of log entries whose reader may not have stored them (see `judge`).
    """
    while city.left:
        city.jump(min(city.left, BETWEEN_READINGS))
        read_once(city, url)
    for step in SETTLING:
        city.jump(step)
        read_once(city, url)
        verdict = judge(city.simulator, url, cut_off, {"x": city.opds})
        if verdict.exact:
            break
    return verdict


def read_once(city: City, url: str, times: int = 1) -> None:
    """Run `tanggap once`, or so many of it side by side; none is left afterwards."""
    config = city.folder / "once.toml"
    city.write_config(config, url)
    command = [sys.executable, "-m", "tanggap", "--config", str(config), "once"]
    if times == 1:
        cli.main(command[3:], standalone_mode=False)
        return
    with contextlib.ExitStack() as ending:
        started = []
        for _ in range(times):
            process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=unmeasured()
            )
            ending.callback(end_process, process)
            started.append(process)
        for process in started:
            process.wait(120)
