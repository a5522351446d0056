"""Several daemons on one PostgreSQL: whatever becomes of them, each mention is routed once."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from daemon_support import (
    START,
    TOKEN,
    fetched,
    judge,
    only_accounts,
    unmeasured,
    write_config,
)
from daemons_support import Daemons, daemons, wait_until
from drill_sizes import record_rounds, seeds, size
from kills_support import clock_table, last_of_each_source
from postgres_support import Server

from tanggap.clock import Clock
from tanggap.errors import InputError, StoreError, VersionConflict
from tanggap.mention import Review
from tanggap.simulator.generator import generate_city
from tanggap.simulator.server import Simulator
from tanggap.store import Store, open_store
from tanggap.store.rows import EVERYTHING, ItemFilter

pytestmark = pytest.mark.slow

SPEED = 100.0
LEASE_SECONDS = 1
"""Real seconds: with every page that is stored, a lease begins anew."""
IMPATIENT = "options=-cidle_in_transaction_session_timeout%3D2s%20-ctransaction_timeout%3D4s"
"""A daemon that froze inside a write holds up the others for so long; an install waits longer."""
OPDS = ("dpupr", "dishub", "dlh", "dinkes", "disdik", "satpolpp")
ROUNDS = size("daemon_rounds")
SECONDS_PER_ROUND = 5.0
"""What a round takes about: so long is the story."""


@dataclass
class City:
    """What X shows of a few accounts, and the config of those who read it."""

    folder: Path
    seed: int
    clock: Clock = field(init=False)
    hours: float = field(init=False)

    def __post_init__(self) -> None:
        self.hours = max(1.0, ROUNDS * SECONDS_PER_ROUND * SPEED / 3600)
        self.clock = Clock(SPEED, Clock().now(), START)
        mentions = int(self.hours * 400)
        worlds = generate_city(self.seed, START, self.hours, mentions, clock=self.clock)
        self.simulator = Simulator(*worlds, clock=self.clock, token=TOKEN)

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
            *only_accounts(*OPDS),
            ('url = "sqlite:tanggap.db"', f'url = "{url}?{IMPATIENT}"'),
            ("poll_seconds = 180\n", "poll_seconds = 100\n"),
            ("timeline_poll_seconds = 600", "timeline_poll_seconds = 100"),
            ("tick_seconds = 1.0", "tick_seconds = 0.2"),
            ("lease_seconds = 180", f"lease_seconds = {LEASE_SECONDS}"),
        )
        path.write_text(written.read_text(encoding="utf-8") + clock_table(self.clock), "utf-8")


@dataclass
class Desk:
    """Somebody at the desk who reads and reviews all the while."""

    url: str
    done: list[int] = field(default_factory=list)
    refused: int = 0
    pages: int = 0
    broken: list[BaseException] = field(default_factory=list)

    def work(self, store: Store, stop: threading.Event, dice: random.Random) -> None:
        """Read a page and review one of its items, until `stop`."""
        try:
            while not stop.wait(0.1):
                try:
                    items = store.items(EVERYTHING, ItemFilter(), limit=25)
                    self.pages += 1
                    if items:
                        item = dice.choice(items)
                        review = Review(item.id, "sari", "note", item.version, why="dilihat")
                        store.review(EVERYTHING, review, Clock().now())
                        self.done.append(item.id)
                except (StoreError, VersionConflict, InputError):
                    self.refused += 1
        except BaseException as error:
            self.broken.append(error)
            raise


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    made = City(tmp_path, seeds("daemon_rounds", 1)[0])
    with made.simulator:
        yield made


def one_joins(group: Daemons, _: random.Random) -> None:
    new = group.join()
    group.wait_for_lease(new)
    group.leave(group.running[0])


def one_leaves(group: Daemons, dice: random.Random) -> None:
    one = dice.choice(group.running)
    group.wait_for_lease(one)
    seconds = group.leave(one)
    # What it held is free at once; nobody has to wait for a lease to run out.
    assert group.leases(one) == []
    assert seconds < 10
    group.join()


def one_freezes(group: Daemons, dice: random.Random) -> None:
    one = dice.choice(group.running)
    held = group.wait_for_lease(one)
    os.kill(one.process.pid, signal.SIGSTOP)
    try:
        held = group.leases(one) or held
        time.sleep(LEASE_SECONDS)
        # The others have taken over what it held, though it has not given it back.
        wait_until(lambda: not group.leases(one), one.log)
    finally:
        os.kill(one.process.pid, signal.SIGCONT)
    assert held


def one_is_cut_off(group: Daemons, dice: random.Random) -> None:
    one = dice.choice(group.running)
    group.wait_for_lease(one)
    one.proxy.set("cut")
    time.sleep(LEASE_SECONDS + 0.5)
    one.proxy.set("open")


def ones_line_stalls(group: Daemons, dice: random.Random) -> None:
    one = dice.choice(group.running)
    group.wait_for_lease(one)
    one.proxy.set("stalled")
    time.sleep(LEASE_SECONDS + 0.5)
    one.proxy.set("open")


def connections_are_ended(group: Daemons, _: random.Random) -> None:
    for _ in range(5):
        with psycopg.connect(group.server.url("postgres"), autocommit=True) as server:
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'tanggap' AND datname = %s",
                (group.url.rpartition("/")[2],),
            )
        time.sleep(0.2)


def the_server_restarts(group: Daemons, dice: random.Random) -> None:
    group.server.stop(dice.choice([signal.SIGINT, signal.SIGQUIT]))
    time.sleep(dice.uniform(0.0, 1.0))
    group.server.start()


EVENTS: tuple[Callable[[Daemons, random.Random], None], ...] = (
    one_joins,
    one_leaves,
    one_freezes,
    one_is_cut_off,
    ones_line_stalls,
    connections_are_ended,
    the_server_restarts,
)


@pytest.mark.fault(14)
def test_daemons_that_come_go_freeze_and_are_cut_off_route_each_mention_once(
    city: City, postgres_server: Server, migrated_postgres_url: str
) -> None:
    url, dice = migrated_postgres_url, random.Random(city.seed)
    events = [EVENTS[number % len(EVENTS)] for number in range(ROUNDS)]
    dice.shuffle(events)
    desk, stop = Desk(url), threading.Event()
    passed = 0
    try:
        with daemons(city.folder, url, postgres_server, city.write_config) as group:
            for _ in range(3):
                group.join()
            for one in group.running:
                group.wait_for_lease(one)
            store = open_store(url)
            sitting = threading.Thread(target=desk.work, args=(store, stop, random.Random(1)))
            sitting.start()
            try:
                for event in events:
                    event(group, dice)
                    for one in group.running:
                        assert one.process.poll() is None, one.log.read_text()[-3000:]
                        group.wait_for_sign_of_life(one)
                    assert routed_twice(url) == [], event.__name__
                    passed += 1
            finally:
                stop.set()
                sitting.join(60)
                store.close()
            settle(city, group)
        assert_whole(city, url, desk)
    except BaseException:
        passed = min(passed, ROUNDS - 1)
        raise
    finally:
        record_rounds("daemon_rounds", passed, ROUNDS - passed, [city.seed])


def settle(city: City, group: Daemons) -> None:
    """Let the story end, and what is shown late be read, by two at once."""
    for one in list(group.running):
        group.leave(one)
    for step in (timedelta(hours=city.hours), timedelta(hours=2)):
        city.jump(step)
        config = city.folder / "settling.toml"
        city.write_config(config, group.url)
        command = [sys.executable, "-m", "tanggap", "--config", str(config), "once"]
        both = [
            subprocess.Popen(
                command,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=unmeasured(),
            )
            for _ in range(2)
        ]
        for process in both:
            process.wait(120)


def routed_twice(url: str) -> list[tuple[object, ...]]:
    """Return what more than one daemon has decided: items, events, decisions."""
    return [
        *fetched(
            url,
            "SELECT item_id, count(*) FROM events WHERE kind = 'routed' "
            "GROUP BY 1 HAVING count(*) > 1",
        ),
        *fetched(
            url,
            "SELECT mention_id, revision, count(*) FROM decisions "
            "GROUP BY 1, 2 HAVING count(*) > 1",
        ),
        *fetched(
            url,
            "SELECT id FROM items EXCEPT SELECT item_id FROM events WHERE kind = 'routed'",
        ),
    ]


def assert_whole(city: City, url: str, desk: Desk) -> None:
    """Assert that nothing is lost, doubled or made up, by daemons and desk."""
    cut_off = last_of_each_source(city.simulator, 0)
    verdict = judge(city.simulator, url, cut_off, {"x": OPDS})
    assert verdict.exact, verdict
    assert verdict.addressed_and_stored > 20
    assert routed_twice(url) == []
    with closing(open_store(url)) as store:
        assert store.verify_events() > verdict.addressed_and_stored
        [(reviews,)] = fetched(url, "SELECT count(*) FROM reviews")
    assert desk.broken == []
    assert desk.pages > ROUNDS
    # A review that the desk was told of is there; one whose answer was cut off may be too.
    assert len(desk.done) <= reviews <= len(desk.done) + desk.refused
