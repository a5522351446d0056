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
    change_in_table,
    open_install,
    statuses,
    write_every_network,
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
    return write_every_network(folder, simulator, OPDS, WEB, *changes)


def lags(simulator: Simulator, database: Path) -> dict[str, list[timedelta]]:
    """Return how long after the network showed it each citizen's post was seen.

    By the kind of source that stored it first, such as `facebook feed`.
    """
    shown: dict[tuple[str, str], datetime] = {}
    for name, wire in simulator.wires.items():
        world = simulator.worlds["instagram" if name.startswith("instagram") else name]
        for post in world.everything():
            if post.author.opd is None:
                shown["instagram" if name == "instagram_web" else name, wire.identity(post)] = (
                    post.shown_from
                )
    found: dict[str, list[timedelta]] = {}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        for network, identity, seen_at, source_network, kind in db.execute(
            "SELECT m.network, m.network_id, m.seen_at, s.network, s.kind "
            "FROM mentions m JOIN sources s ON s.id = m.source_id"
        ):
            since = shown.get((network, identity))
            if since is not None and since >= START:
                lag = datetime.fromisoformat(seen_at) - since
                found.setdefault(f"{source_network} {kind}", []).append(lag)
    return found


def a_day(path: Path, clock: HandClock) -> Path:
    with open_install(path, clock) as house:
        while clock.now() < START + timedelta(hours=24):
            clock.advance(STEP)
            daemon.once(house)
        return house.config.database_path


POLLS = {
    # how often each kind of source is asked, by the example config
    "x mentions": timedelta(minutes=3),
    "facebook feed": timedelta(minutes=5),
    "facebook tagged": timedelta(minutes=15),
    "instagram media": timedelta(minutes=10),
    "instagram tags": timedelta(minutes=15),
    "instagram_web media": timedelta(hours=3),
    "instagram_web tagged": timedelta(hours=3),
}
BUSY = {"x mentions", "facebook feed", "instagram media"}
"""Kinds with so much to see in a day that two days can be compared."""


@pytest.mark.slow
@pytest.mark.fault(24, 28, 53)
def test_one_network_down_all_day_leaves_the_others_as_fresh_as_ever(
    tmp_path: Path, simulator: Simulator, clock: HandClock
) -> None:
    folders = [tmp_path / "well", tmp_path / "ill"]
    for folder in folders:
        folder.mkdir()
    well = lags(simulator, a_day(impatient_with_meta(install(folders[0], simulator)), clock))
    assert set(well) <= set(POLLS)
    assert {kind for kind, found in well.items() if len(found) > 50} >= BUSY
    on_time(well)
    clock.moment = START
    hanging = Fault("hang", path="/v26.0/1000", every=3, count=6)
    simulator.faults.add(hanging, Fault("html", path="/v26.0/1000"))
    path = impatient_with_meta(install(folders[1], simulator))
    ill = lags(simulator, a_day(path, clock))
    assert hanging.fired == 6
    assert set(ill) == {kind for kind in well if not kind.startswith("facebook")}
    on_time(ill)
    for kind, found in ill.items():
        # A post that is deleted within minutes is met by one of the two only.
        assert abs(len(found) - len(well[kind])) <= 3
    for kind in BUSY & set(ill):
        for share in (0.5, 0.95):
            assert abs(quantile(ill[kind], share) - quantile(well[kind], share)) <= STEP, kind
    with open_install(path, clock) as house:
        found_states = statuses(house.store, clock)
    states = {(s.spec.network, s.state) for s in found_states.values() if s.spec.kind != "token"}
    assert states == {(n, "backoff" if n == "facebook" else "ok") for n in EVERY_NETWORK}


def impatient_with_meta(path: Path) -> Path:
    """Let a request to Meta end after three seconds; the other networks keep their half minute."""
    change_in_table(path, "meta", "deadline_seconds = 30.0", "deadline_seconds = 3.0")
    assert path.read_text(encoding="utf-8").count("deadline_seconds = 30.0") == 2
    return path


def on_time(found: dict[str, list[timedelta]]) -> None:
    """Assert that half of what was seen was seen by the next poll, in whole steps."""
    for kind, waited in found.items():
        assert quantile(waited, 0.5) <= POLLS[kind] + STEP, kind


def quantile(values: list[timedelta], share: float) -> timedelta:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


@pytest.mark.fault(22)
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
}
SESSION_LIMIT = 200
"""Requests of one session in 11 minutes: instaloader's own count; Instagram publishes none."""


def test_three_hours_of_polls_stay_far_below_the_published_limits(
    tmp_path: Path, simulator: Simulator, clock: HandClock
) -> None:
    path = install(tmp_path, simulator)
    with open_install(path, clock) as house:
        for _ in range(181):  # a minute more than three hours, for the second poll of three hours
            clock.advance(timedelta(minutes=1))
            daemon.once(house)
    hours: Counter[tuple[str, str, str]] = Counter()
    session: list[datetime] = []
    for entry in simulator.oracle.log():
        if entry.network == "instagram_web":
            session.append(datetime.fromisoformat(entry.at))
        elif entry.source:
            hours[entry.network, entry.source, entry.at[:13]] += 1
    busiest = {
        network: max(count for key, count in hours.items() if key[0] == network)
        for network in LIMITS
    }
    assert all(busiest[network] <= LIMITS[network] * 0.75 for network in LIMITS), busiest
    # All accounts together, since Instagram's patience is with the session.
    window = timedelta(minutes=11)
    most = max(sum(first <= at < first + window for at in session) for first in session)
    assert most <= SESSION_LIMIT * 0.75
    assert {entry.status for entry in simulator.oracle.log()} <= {200, 400, 403, 404}
