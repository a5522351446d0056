"""Twenty-four simulated hours, told exactly: nothing lost, doubled or made up."""

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
    write_config,
    write_session,
)
from exactness_support import (
    CITY_DISORDER,
    CITY_MENTIONS,
    DAY,
    DISORDER,
    EVERY_NETWORK,
    GRACE,
    PATIENT,
    READING_POSTS,
    WATCHED,
    WEB_GRACE,
    tokens,
)

import daemon
from tanggap.simulator.generator import generate_city, generate_world
from tanggap.simulator.server import Simulator

pytestmark = pytest.mark.slow

MENTIONS = 1600


def test_a_day_of_twenty_two_accounts_on_x_agrees_exactly_with_the_oracle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    clock = HandClock(START)
    world = generate_world(24, START, 24, MENTIONS, clock=clock)  # type: ignore[arg-type]
    simulator = Simulator(
        world,
        clock=clock,  # type: ignore[arg-type]
        dialect="post",  # the day on three networks speaks the other
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
                clock.advance(timedelta(hours=1))
                daemon.once(house)
            for _ in range(14):  # what the network shows late is found by the sweeps
                clock.advance(timedelta(hours=1))
                daemon.once(house)
            database = house.config.database_path
        verdict = judge(simulator, database, grace=timedelta(hours=1.5))
        truth = simulator.truth()
        have = stored(database)
    assert verdict.exact, verdict
    assert verdict.outdated == []
    assert verdict.addressed_and_stored >= 1400
    assert len(truth["edited"]) > 20
    assert len(truth["answers"]) > 200
    assert {have[identity] for identity in truth["reposts"] if identity in have} == {"context"}


@pytest.mark.fault(37)
def test_a_day_on_three_networks_agrees_exactly_with_the_oracle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens(monkeypatch)
    clock = HandClock(START)
    worlds = generate_city(5, START, 24, CITY_MENTIONS, clock=clock, guests=True)  # type: ignore[arg-type]
    with Simulator(*worlds, clock=clock, token=TOKEN, faults=CITY_DISORDER) as simulator:  # type: ignore[arg-type]
        path = write_config(tmp_path, simulator.address, *PATIENT, networks=EVERY_NETWORK)
        write_session(tmp_path, simulator)
        with open_install(path, clock) as house:
            while clock.now() < START + DAY:
                clock.advance(timedelta(hours=1))
                daemon.once(house)
            # What is shown late is found by the sweeps. It ends before the offices open, so that
            # every answer is old enough to have been read.
            for _ in range(22):
                clock.advance(timedelta(hours=1))
                daemon.once(house)
            database = house.config.database_path
            gaps = [gap for status in house.store.sources(clock.now()) for gap in status.gaps]
        verdict = judge(simulator, database, watched=WATCHED, grace=WEB_GRACE)
        official = {network: WATCHED[network] for network in EVERY_NETWORK[:3]}
        prompt = judge(simulator, database, watched=official, grace=GRACE)
        posts = [entry for entry in simulator.oracle.log() if entry.method != "GET"]
    assert verdict.exact, verdict
    assert prompt.exact, prompt
    assert verdict.outdated == []
    assert gaps == []
    assert verdict.addressed_and_stored >= 3000
    # Instagram's web site asks some of its reading queries by POST; nothing else does.
    assert {(entry.network, entry.endpoint) for entry in posts} <= READING_POSTS
