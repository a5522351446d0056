"""Several daemons on one PostgreSQL: whatever becomes of them, each mention is routed once.

What happens to them is drawn, and meets them at any moment. What becomes of a write that comes too
late is in test_several_daemons_fence.py, where the moment is a named one.
"""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from daemon_support import TOKEN, fetched, judge
from daemons_support import Daemons, Line, OneDaemon, daemons, wait_until
from drill_sizes import LONG, one_round, seeds, size
from fast_city_support import BETWEEN_READINGS, SPEED, City, read_once, read_to_the_end
from kills_support import first_of_each_source, last_of_each_source
from postgres_support import Server

from tanggap.clock import Clock, to_text
from tanggap.errors import InputError, StoreError, VersionConflict
from tanggap.mention import Review
from tanggap.store import Store, open_store
from tanggap.store.rows import EVERYTHING, ItemFilter

pytestmark = pytest.mark.slow

OPDS = ("pemkot", "dpupr", "dishub", "dlh", "dinkes", "disdik", "satpolpp")
ROUNDS = size("daemon_rounds")
CITIES = 4 if LONG else 1
"""Rounds of one city stand or fall together: nobody knows which of them went wrong."""
SECONDS_PER_ROUND = 6.0
"""What a round takes at most, about: so long is the story."""
POSTS_PER_HOUR = 1200
"""Of the whole city on all networks: in a second about eight of ours."""
ITEMS_PER_ROUND = 25
"""So many more have been read, decided and routed when a round is over."""


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


@dataclass(frozen=True)
class Share:
    """The rounds that one city sees."""

    seed: int
    first: int
    """How many rounds other cities see before it: what happens goes on from there."""
    rounds: int


def shares() -> list[Share]:
    """Return the rounds of each city; together as many as the goal asks for."""
    ends = [ROUNDS * number // CITIES for number in range(CITIES + 1)]
    given = zip(seeds("daemon_rounds", CITIES), ends, ends[1:], strict=False)
    return [Share(seed, begin, end - begin) for seed, begin, end in given if end > begin]


@pytest.fixture(params=shares(), ids=lambda share: f"seed {share.seed}")
def share(request: pytest.FixtureRequest) -> Share:
    assert isinstance(request.param, Share)
    return request.param


@pytest.fixture
def city(tmp_path: Path, share: Share, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    hours = max(1.0, share.rounds * SECONDS_PER_ROUND * SPEED / 3600)
    made = City(tmp_path, share.seed, OPDS, hours, POSTS_PER_HOUR)
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
    assert group.leases(one) == {}
    assert seconds < 10
    group.join()


def one_freezes(group: Daemons, dice: random.Random) -> None:
    # Anywhere in its turn, mostly while it waits: often enough it has nothing to write afterwards.
    # Here it shows that the others go on with what it held, and that it goes on afterwards.
    one = dice.choice(group.running)
    try:
        group.wait_for_takeover(group.strike(one, one.stop, one.go_on), one.log)
    finally:
        one.go_on()


def one_is_cut_off(group: Daemons, dice: random.Random) -> None:
    lose_the_line(group, dice.choice(group.running), "cut")


def ones_line_stalls(group: Daemons, dice: random.Random) -> None:
    lose_the_line(group, dice.choice(group.running), "stalled")


def lose_the_line(group: Daemons, one: OneDaemon, how: Line) -> None:
    """Take the line to the server from a daemon until others have what it held."""
    held = group.strike(one, lambda: one.proxy.set(how), lambda: one.proxy.set("open"))
    group.wait_for_takeover(held, one.log)
    one.proxy.set("open")


def connections_are_ended(group: Daemons, _: random.Random) -> None:
    for _once in range(5):
        # Each time there are some again.
        wait_until(lambda: ended_connections(group) > 0, group.running[0].log)


def ended_connections(group: Daemons) -> int:
    """End the connections of all daemons and the desk; return how many there were."""
    with psycopg.connect(group.server.url("postgres"), autocommit=True) as server:
        return server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'tanggap' AND datname = %s",
            (group.url.rpartition("/")[2],),
        ).rowcount


def the_server_restarts(group: Daemons, dice: random.Random) -> None:
    group.server.stop(dice.choice([signal.SIGINT, signal.SIGQUIT]))
    time.sleep(dice.uniform(0.0, 1.0))  # how long it is away is drawn too
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
    city: City, share: Share, postgres_server: Server, migrated_postgres_url: str
) -> None:
    url, dice = migrated_postgres_url, random.Random(city.seed)
    events = [EVENTS[(share.first + number) % len(EVENTS)] for number in range(share.rounds)]
    dice.shuffle(events)
    desk, stop = Desk(url), threading.Event()
    cut_off: set[int] = set()
    with one_round("daemon_rounds", city.seed, share.rounds) as report:
        with daemons(city.folder, url, postgres_server, city.write_config) as group:
            for _ in range(3):
                group.join()
            for one in group.running:
                group.wait_for_lease(one)
            with closing(open_store(url)) as store:
                sitting = threading.Thread(target=desk.work, args=(store, stop, random.Random(1)))
                sitting.start()
                try:
                    for number, event in enumerate(events):
                        cut_off |= last_of_each_source(city.simulator, 0)
                        before = len(city.simulator.oracle.log())
                        event(group, dice)
                        # What was read meanwhile may have been thrown away; it is read again, but
                        # for what X has taken back by then. So may be what a turn reads next that
                        # was under way, but nothing after that.
                        during = city.simulator.oracle.log(before)
                        cut_off |= {one.number for one in during}
                        assert_work_goes_on(city, group, ITEMS_PER_ROUND * (number + 1))
                        cut_off |= first_of_each_source(city.simulator, before + len(during))
                        assert routed_twice(url) == [], event.__name__
                        report.passed = number + 1
                finally:
                    stop.set()
                    sitting.join(60)
            report.figures["items_during_rounds"] = routed(group)
            assert routed(group) >= ITEMS_PER_ROUND * share.rounds
            cut_off |= last_of_each_source(city.simulator, 0)
            for one in list(group.running):
                group.leave(one)
        city.jump(min(city.left, BETWEEN_READINGS))
        read_once(city, url, times=2)
        verdict = read_to_the_end(city, url, cut_off)
        assert verdict.exact, verdict
        # Most requests meet a daemon that something happens to; what is gone for good is rare: its
        # answer was thrown away, and X had taken it back before the next one.
        unexcused = judge(city.simulator, url, watched={"x": city.opds})
        gone = unexcused.lost + unexcused.lost_answers
        report.figures["gone_with_an_answer"] = len(gone)
        assert len(gone) <= 1 + share.rounds // 10, gone
        assert verdict.addressed_and_stored > ITEMS_PER_ROUND * share.rounds
        assert_whole(share, url, desk, verdict.addressed_and_stored)


def assert_work_goes_on(city: City, group: Daemons, items: int) -> None:
    """Assert that all daemons live, that sources are read anew, and that so much is routed."""
    log, since = group.running[0].log, to_text(city.clock.now())
    for one in group.running:
        assert one.state() != "Z", one.process.said()[-3000:]
        group.wait_for_sign_of_life(one)
    fresh = "SELECT 1 FROM sources WHERE last_success_at > '{}'"
    wait_until(lambda: group.look(fresh.format(since)), log)
    wait_until(lambda: routed(group) >= items, log)


def routed(group: Daemons) -> int:
    """Return how many mentions stand in the queue."""
    [(items,)] = group.look("SELECT count(*) FROM items")
    return int(items)


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


def assert_whole(share: Share, url: str, desk: Desk, stored: int) -> None:
    """Assert that nothing is doubled or made up, by daemons and desk."""
    assert routed_twice(url) == []
    with closing(open_store(url)) as store:
        assert store.verify_events() > stored
        [(reviews,)] = fetched(url, "SELECT count(*) FROM reviews")
    assert desk.broken == []
    assert desk.pages > share.rounds
    # A review that the desk was told of is there; one whose answer was cut off may be too.
    assert len(desk.done) <= reviews <= len(desk.done) + desk.refused
