"""X, Facebook and Instagram side by side: none disturbs another, and each limit is obeyed."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from daemon_support import (
    START,
    TOKEN,
    HandClock,
    only_accounts,
    open_install,
    statuses,
    write_config,
    write_session,
)

import daemon
from tanggap.simulator.faults import Fault
from tanggap.simulator.generator import generate_city
from tanggap.simulator.server import Simulator

OPDS = ("pemkot", "dpupr", "dlh")
WEB = ("distan",)
EVERY_NETWORK = ("x", "facebook", "instagram", "instagram_web")
STEP = timedelta(minutes=10)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture
def simulator(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)
    worlds = generate_city(9, START, 24, 900, clock=clock)  # type: ignore[arg-type]
    with Simulator(*worlds, clock=clock, token=TOKEN) as running:  # type: ignore[arg-type]
        yield running


def install(folder: Path, simulator: Simulator, *changes: tuple[str, str]) -> Path:
    path = write_config(
        folder,
        simulator.address,
        *(change for n in EVERY_NETWORK[:3] for change in only_accounts(*OPDS, network=n)),
        *only_accounts(*WEB, network="instagram_web"),
        *changes,
        networks=EVERY_NETWORK,
    )
    write_session(folder, simulator)
    return path


def lags(simulator: Simulator, database: Path) -> dict[str, list[timedelta]]:
    """Return, per network, how long after the network showed it each mention was seen."""
    shown: dict[tuple[str, str], datetime] = {}
    for name, wire in simulator.wires.items():
        world = simulator.worlds["instagram" if name.startswith("instagram") else name]
        for post in world.everything():
            stored_as = "instagram" if name == "instagram_web" else name
            shown[stored_as, wire.identity(post)] = post.shown_from
    found: dict[str, list[timedelta]] = {}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        for network, identity, seen_at in db.execute(
            "SELECT network, network_id, seen_at FROM mentions"
        ):
            since = shown[network, identity]
            if since >= START:
                found.setdefault(network, []).append(datetime.fromisoformat(seen_at) - since)
    return found


def a_day(path: Path, clock: HandClock) -> Path:
    with open_install(path, clock) as house:
        while clock.now() < START + timedelta(hours=24):
            clock.advance(STEP)
            daemon.once(house)
        return house.config.database_path


@pytest.mark.slow
def test_one_network_down_all_day_leaves_the_others_as_fresh_as_ever(
    tmp_path: Path, simulator: Simulator, clock: HandClock
) -> None:
    folders = [tmp_path / "well", tmp_path / "ill"]
    for folder in folders:
        folder.mkdir()
    calm = ("deadline_seconds = 30.0", "deadline_seconds = 3.0")
    well = lags(simulator, a_day(install(folders[0], simulator, calm), clock))
    clock.moment = START
    simulator.faults.add(
        Fault("hang", path="/v26.0/1000", every=2), Fault("html", path="/v26.0/1000")
    )
    path = install(folders[1], simulator, calm)
    database = a_day(path, clock)
    ill = lags(simulator, database)
    assert set(well) == {"x", "facebook", "instagram"}
    assert set(ill) == {"x", "instagram"}
    for network in ill:
        # A post that is deleted within minutes is met by one of the two only.
        assert abs(len(ill[network]) - len(well[network])) <= 3
        assert len(ill[network]) > 50
        assert abs(median(ill[network]) - median(well[network])) <= STEP
        assert abs(max(ill[network]) - max(well[network])) <= STEP
    with open_install(path, clock) as house:
        found = statuses(house.store, clock)
    states = {(s.spec.network, s.state) for s in found.values() if s.spec.kind != "token"}
    assert states == {(n, "backoff" if n == "facebook" else "ok") for n in EVERY_NETWORK}


def median(values: list[timedelta]) -> timedelta:
    return sorted(values)[len(values) // 2]


def test_no_restart_makes_a_request_while_a_limit_says_wait(
    tmp_path: Path, simulator: Simulator, clock: HandClock
) -> None:
    clock.advance(timedelta(hours=2))
    path = install(tmp_path, simulator)
    simulator.faults.add(
        Fault("rate_limit", endpoint="mentions", seconds=900),
        Fault("graph_error", kind="4", endpoint="feed"),
        Fault("please_wait", endpoint="tagged", source="distan.sukamaju"),
    )
    with open_install(path, clock) as house:
        daemon.once(house)
        holds = {hold.scope: hold.until for hold in house.store.holds(clock.now())}
    assert set(holds) == {"x:mentions", "meta", "instagram_web"}
    simulator.faults.clear()
    began = len(simulator.oracle.log())
    for _ in range(20):
        clock.advance(timedelta(seconds=44))
        with open_install(path, clock) as house:  # a restart
            daemon.once(house)
        asked = {(entry.network, entry.endpoint) for entry in simulator.oracle.log()[began:]}
        assert asked <= {("x", "tweets")}  # the accounts' own posts have a limit of their own
    clock.moment = max(holds.values()) + timedelta(minutes=1)
    with open_install(path, clock) as house:
        daemon.once(house)
    asked = {(entry.network, entry.endpoint) for entry in simulator.oracle.log()[began:]}
    assert asked >= {("x", "mentions"), ("facebook", "feed"), ("instagram_web", "tagged")}


LIMITS = {
    # requests of one account in an hour: what the network grants at least
    "x": 450 * 4 / 22,  # mentions, shared by 22 accounts of one app
    "facebook": 4800 / 24,  # per engaged person; one is engaged at least
    "instagram": 4800 / 24,
    "instagram_web": 200 * 60 / 11,  # instaloader's own count; Instagram publishes none
}


def test_an_ordinary_day_stays_far_below_the_published_limits(
    tmp_path: Path, simulator: Simulator, clock: HandClock
) -> None:
    path = install(tmp_path, simulator)
    with open_install(path, clock) as house:
        for _ in range(180):
            clock.advance(timedelta(minutes=1))
            daemon.once(house)
    hours: Counter[tuple[str, str, str]] = Counter()
    for entry in simulator.oracle.log():
        if entry.source:
            hours[entry.network, entry.source, entry.at[:13]] += 1
    busiest = {
        network: max(count for key, count in hours.items() if key[0] == network)
        for network in EVERY_NETWORK
    }
    assert all(busiest[network] <= LIMITS[network] * 0.75 for network in EVERY_NETWORK), busiest
    assert {entry.status for entry in simulator.oracle.log()} <= {200, 400, 403, 404}
