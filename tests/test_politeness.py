"""A whole install against a network that is down, a tight budget, a flood, and after an outage."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from daemon_support import (
    START,
    TOKEN,
    HandClock,
    judge,
    only_accounts,
    open_install,
    statuses,
    stored,
    write_config,
)

import daemon
from tanggap.cli import cli
from tanggap.clock import from_text
from tanggap.remedies import REMEDIES
from tanggap.simulator.faults import Fault
from tanggap.simulator.generator import generate_world
from tanggap.simulator.server import Simulator
from tanggap.simulator.world import World
from tanggap.turns.breaker import CODE, IN_A_ROW
from tanggap.upkeep.housekeeping import Rounds, look_ahead

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
FEW = ("pemkot", "dpupr", "dlh", "dishub", "dinkes", "disdik")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    return HandClock(START)


def city(clock: HandClock, hours: float, mentions: int) -> World:
    return generate_world(11, START, hours, mentions, clock=clock)  # type: ignore[arg-type]


@pytest.fixture
def serve(clock: HandClock) -> Iterator[Callable[[World], Simulator]]:
    with ExitStack() as stack:
        yield lambda world: stack.enter_context(
            Simulator(world, clock=clock, token=TOKEN)  # type: ignore[arg-type]
        )


class Install:
    """One daemon that is stopped and started again every now and then."""

    def __init__(self, path: Path, clock: HandClock) -> None:
        self._path, self._clock = path, clock
        self._stack = ExitStack()
        self.house = self._stack.enter_context(open_install(path, clock))

    def restart(self) -> None:
        self._stack.close()
        self.house = self._stack.enter_context(open_install(self._path, self._clock))

    def run(self, span: timedelta, step: timedelta, restart_every: timedelta | None = None) -> None:
        end, last = self._clock.now() + span, self._clock.now()
        while self._clock.now() < end:
            self._clock.advance(step)
            if restart_every and self._clock.now() >= last + restart_every:
                self.restart()
                last = self._clock.now()
            daemon.once(self.house)

    def __enter__(self) -> "Install":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def per_span(simulator: Simulator, length: int) -> Counter[str]:
    """Count the requests served by UTC hour (13 characters) or day (10)."""
    return Counter(entry.at[:length] for entry in simulator.oracle.log())


def test_when_a_network_is_down_one_source_tries_for_all_across_restarts(
    tmp_path: Path, clock: HandClock, serve: Callable[[World], Simulator]
) -> None:
    simulator = serve(city(clock, 12, 60))
    simulator.faults.add(Fault("status", status=503))
    path = write_config(tmp_path, simulator.address)
    with Install(path, clock) as install:
        daemon.once(install.house)
        first = len(simulator.oracle.log())
        workers = install.house.config.daemon.workers
        assert first <= IN_A_ROW + 2 * workers + 1, "not every one of 44 finds out by itself"
        for step in range(6 * 60):
            clock.advance(MINUTE)
            if step % 20 == 0:
                install.restart()
            held = {h.scope: h for h in install.house.store.holds(clock.now())}
            before = len(simulator.oracle.log())
            daemon.once(install.house)
            asked = len(simulator.oracle.log()) - before
            assert held["x"].code == CODE
            assert asked <= (0 if held["x"].until > clock.now() else 1), "one probe, after the wait"
        assert 6 * 60 / 20 <= len(simulator.oracle.log()) - first <= 6 * 60 / 13 + 8
        found = statuses(install.house.store, clock)
        assert {status.held_code for status in found.values()} == {CODE}
        simulator.faults.clear()
        install.run(timedelta(minutes=17), MINUTE)
        assert install.house.store.holds(clock.now()) == []
        install.run(timedelta(minutes=90), timedelta(minutes=5))
        assert {s.state for s in statuses(install.house.store, clock).values()} == {"ok"}
        database = install.house.config.database_path
    verdict = judge(simulator, database)
    assert verdict.exact, verdict


def test_an_outage_of_some_sources_is_no_outage_of_the_network(
    tmp_path: Path, clock: HandClock, serve: Callable[[World], Simulator]
) -> None:
    simulator = serve(city(clock, 2, 20))
    simulator.faults.add(Fault("status", endpoint="mentions", status=503))
    path = write_config(tmp_path, simulator.address)
    with Install(path, clock) as install:
        install.run(timedelta(minutes=10), MINUTE)
        held = {hold.scope: hold.code for hold in install.house.store.holds(clock.now())}
        assert held == {"x:mentions": CODE}
        found = statuses(install.house.store, clock)
    assert {s.state for name, s in found.items() if "timeline" in name} == {"ok"}


@pytest.mark.slow
def test_no_hour_and_no_day_sees_more_requests_than_allowed_across_restarts_and_refusals(
    tmp_path: Path, clock: HandClock, serve: Callable[[World], Simulator]
) -> None:
    simulator = serve(city(clock, 30, 300))
    simulator.faults.add(Fault("status", status=503, share=0.3, seed=4))
    path = write_config(
        tmp_path,
        simulator.address,
        *only_accounts(*FEW),
        ("requests_per_hour = 1800", "requests_per_hour = 25"),
        ("requests_per_day = 30000", "requests_per_day = 140"),
    )
    with Install(path, clock) as install:
        codes: set[str] = set()
        for _ in range(28):
            install.run(HOUR, timedelta(minutes=6), restart_every=timedelta(minutes=30))
            codes |= {hold.code for hold in install.house.store.holds(clock.now())}
        assert max(per_span(simulator, 13).values()) <= 25
        assert max(per_span(simulator, 10).values()) <= 140
        assert per_span(simulator, 10)[START.isoformat()[:10]] >= 135, "the budget is used"
        assert "request_budget" in codes
        # A person's impatience asks for nothing that the budget does not hold.
        while not held_by_budget(install, clock):
            install.run(timedelta(minutes=6), timedelta(minutes=6))
        before = len(simulator.oracle.log())
        install.house.store.poll_now(None, clock.now())
        daemon.once(install.house)
        assert len(simulator.oracle.log()) == before
        assert held_by_budget(install, clock)
        shown = CliRunner().invoke(cli, ["--config", str(path), "sources", "--json"])
        limits = json.loads(shown.output)["requests"]["x"]
        assert (limits["hour_limit"], limits["day_limit"]) == (25, 140)


def held_by_budget(install: Install, clock: HandClock) -> bool:
    held = {h.scope: h for h in install.house.store.holds(clock.now())}
    return "x" in held and held["x"].code == "request_budget" and held["x"].until > clock.now()


@pytest.mark.slow
def test_after_a_day_offline_all_news_come_first_and_the_backlog_follows_within_the_budget(
    tmp_path: Path, clock: HandClock, serve: Callable[[World], Simulator]
) -> None:
    """A busy city with one account in a flood; the daemon was off for a day."""
    world = city(clock, 24, 500)
    for number in range(1300):
        at = START + timedelta(minutes=5 + number)
        text = f"@dishub_skm parkir liar nomor {number} di depan pasar, tolong ditertibkan"
        world.post(f"warga{number % 90}", text, at=at)
    simulator = serve(world)
    path = write_config(
        tmp_path,
        simulator.address,
        ("page_cap = 20", "page_cap = 5"),
        ("requests_per_hour = 1800", "requests_per_hour = 250"),
    )
    with Install(path, clock) as install:
        install.run(timedelta(minutes=10), timedelta(minutes=5))
        clock.advance(timedelta(hours=23, minutes=45))
        install.restart()
        back, slowest = clock.now(), timedelta(minutes=15)
        newest = newest_of_each(simulator, back)
        install.run(slowest, MINUTE)
        have = stored(install.house.config.database_path)
        assert {opd for opd, identity in newest.items() if identity not in have} == set()
        behind: set[str] = set()
        while clock.now() < back + 2 * HOUR:
            install.run(timedelta(minutes=12), timedelta(minutes=6))
            behind |= {
                name
                for name, status in statuses(install.house.store, clock).items()
                if status.code in ("catching_up", "page_cap")
            }
        install.run(12 * HOUR, HOUR)  # what the network shows late is found by the sweeps
        assert "x:mentions:dishub" in behind or was_behind(simulator, back)
        database = install.house.config.database_path
    assert max(per_span(simulator, 13).values()) <= 250
    verdict = judge(simulator, database)
    assert verdict.exact, verdict
    assert verdict.addressed_and_stored >= 1300


def test_a_busy_account_whose_polls_end_in_an_empty_search_is_read_each_time_in_a_tight_hour(
    tmp_path: Path, clock: HandClock, serve: Callable[[World], Simulator]
) -> None:
    """Two pages of mentions, and a look by search whether the endpoint left any out."""
    world = city(clock, 0.1, 1)
    for number in range(310):
        at = START + timedelta(seconds=6 * number - 900)
        world.post(f"warga{number}", f"@dpupr_skm jalan rusak nomor {number}", at=at)
    simulator = serve(world)
    path = write_config(
        tmp_path,
        simulator.address,
        *only_accounts("dpupr"),
        ("requests_per_hour = 1800", "requests_per_hour = 60"),
    )
    with Install(path, clock) as install:
        house = install.house
        daemon.once(house)
        house.store.note_requests("x:timeline:dpupr", 36, clock.now())
        for _ in range(4):
            clock.advance(timedelta(minutes=4))
            daemon.turn(house, "x:mentions:dpupr")
            newest = newest_of_each(simulator, clock.now())["dpupr"]
            assert newest in stored(house.config.database_path)
    searches = [entry for entry in simulator.oracle.log() if entry.endpoint == "search"]
    assert len(searches) == 4
    assert not any(entry.ids for entry in searches)


def newest_of_each(simulator: Simulator, now: datetime) -> dict[str, str]:
    """Return for each OPD the newest post that concerns it and can be seen now."""
    shown = {str(post.id) for post in simulator.worlds["x"].everything() if post.seen_at(now)}
    addressed = simulator.truth()["addressed"]
    found = {opd: sorted(shown & set(ids), key=int) for opd, ids in addressed.items()}
    return {opd: ids[-1] for opd, ids in found.items() if ids}


def was_behind(simulator: Simulator, back: datetime) -> bool:
    """Whether the flooded account's backlog took longer than the first quarter of an hour."""
    pages = [
        from_text(entry.at)
        for entry in simulator.oracle.log()
        if entry.endpoint == "mentions" and len(entry.ids) >= 90 and from_text(entry.at) > back
    ]
    return bool(pages) and max(pages) > back + timedelta(minutes=15)


def test_billed_reads_stop_hard_at_the_limit_across_restarts(
    tmp_path: Path, clock: HandClock, serve: Callable[[World], Simulator]
) -> None:
    simulator = serve(city(clock, 6, 300))
    clock.advance(6 * HOUR)
    limit = ("daily_read_limit = 20000", "daily_read_limit = 150")
    path = write_config(tmp_path, simulator.address, *only_accounts(*FEW), limit)
    with Install(path, clock) as install:
        daemon.once(install.house)
        for _ in range(12):
            install.restart()
            held = {hold.scope for hold in install.house.store.holds(clock.now())}
            before = len(simulator.oracle.log())
            daemon.once(install.house)
            assert "x" not in held or len(simulator.oracle.log()) == before
            clock.advance(timedelta(minutes=30))
        house = install.house
        assert {h.scope: h.code for h in house.store.holds(clock.now())}["x"] == "budget"
        assert 0 < house.store.usage("x", clock.now(), house.config.x.prices).day_reads <= 150


def test_one_accounts_flood_spends_its_share_of_the_reads_and_the_others_are_still_read(
    tmp_path: Path, clock: HandClock, serve: Callable[[World], Simulator]
) -> None:
    world = city(clock, 6, 40)
    for number in range(700):
        text = f"@dishub_skm angkot ngetem nomor {number} di depan sekolah"
        world.post(f"warga{number}", text, at=START + timedelta(seconds=30 * number))
    last = world.post("warga_sabar", "@dinkes_skm puskesmas tutup terus", at=START + 6 * HOUR)
    simulator = serve(world)
    path = write_config(
        tmp_path,
        simulator.address,
        ("daily_read_limit = 20000", "daily_read_limit = 1000"),
        ("expand_authors = true", "expand_authors = false"),
    )
    clock.advance(6 * HOUR)
    with Install(path, clock) as install:
        install.run(HOUR, timedelta(minutes=10))
        house = install.house
        own = house.store.spent("x", "x:mentions:dishub", clock.now())
        usage = house.store.usage("x", clock.now(), house.config.x.prices)
        found = statuses(house.store, clock)
        have = stored(house.config.database_path)
    assert str(last.id) in have
    assert usage.day_reads <= 1000
    assert own.source_reads < 700, "a flood does not spend what is kept for the day"
    noisy = found["x:mentions:dishub"]
    assert {noisy.code, noisy.held_code} & {"catching_up", "fair_share"}
    others = [s for name, s in found.items() if name != noisy.spec.id]
    assert {s.held_code for s in others} == {""}


def test_the_months_forecast_alarms_before_the_stop_and_is_taken_back(
    tmp_path: Path, clock: HandClock, serve: Callable[[World], Simulator]
) -> None:
    simulator = serve(city(clock, 1, 5))
    limit = ("monthly_read_limit = 300000", "monthly_read_limit = 600")
    path = write_config(tmp_path, simulator.address, limit)
    with Install(path, clock) as install:
        store, config = install.house.store, install.house.config
        store.remember_account_ids("x", {f"h{n}": str(n) for n in range(500)}, clock.now())
        look_ahead(store, config, Rounds(), clock.now())
        (alarm,) = store.alarms()
        assert alarm.code == "forecast"
        assert "batas 600" in alarm.detail
        shown = CliRunner().invoke(cli, ["--config", str(path), "sources"])
        assert f"ALARM {REMEDIES['forecast'].meaning}" in shown.output
        assert "baca)" in shown.output
        raised = config.x.model_copy(update={"monthly_read_limit": 6000})
        look_ahead(store, replace(config, x=raised), Rounds(), clock.now())
        assert store.alarms() == []
