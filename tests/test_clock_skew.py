"""Clocks of a daemon's machine and of the database server that differ are told of."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from daemon_support import START, write_config

import daemon
from tanggap.clock import Clock
from tanggap.config import Config, load_config
from tanggap.errors import StoreBusy
from tanggap.store import open_store
from tanggap.store.postgres import PostgresStore
from tanggap.store.rows import Accepted
from tanggap.turns.crew import Crew
from tanggap.upkeep import clock_skew


@pytest.fixture
def store(migrated_postgres_url: str) -> PostgresStore:
    return PostgresStore(migrated_postgres_url)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", "x" * 30)
    return load_config(write_config(tmp_path, "http://127.0.0.1:1"))


class Ahead(Clock):
    """A clock that is wrong by a few seconds."""

    seconds = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.seconds)


def ahead(config: Config, seconds: float) -> Config:
    class Wrong(Ahead):
        pass

    Wrong.seconds = seconds
    return replace(config, clock=Wrong())


def alarms(store: PostgresStore) -> list[str]:
    return [alarm.detail for alarm in store.alarms() if alarm.code == "clock_skew"]


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, []), (4, []), (-4, []), (30, ["+30"]), (-7, ["-7"])]
)
def test_a_difference_beyond_five_seconds_is_an_alarm(
    store: PostgresStore, config: Config, seconds: float, told: list[str]
) -> None:
    wrong = ahead(config, seconds)
    assert bool(clock_skew.judge_clock(store, wrong, "mesin-1:7:ab")) is bool(told)
    assert alarms(store) == [f"{one} detik" for one in told]
    assert abs(clock_skew.right_now(store, wrong) - config.clock.now()) < timedelta(seconds=5)
    store.close()


def test_only_the_daemon_that_was_wrong_takes_its_alarm_back(
    store: PostgresStore, config: Config
) -> None:
    wrong = ahead(config, 30)
    assert clock_skew.judge_clock(store, wrong, "mesin-1:7:ab")
    assert not clock_skew.judge_clock(store, config, "mesin-2:7:cd")
    assert alarms(store) == ["+30 detik"]
    # Where there are several, the machine is named: once.
    for owner in ("mesin-1:7:ab", "mesin-2:7:cd"):
        store.note_progress(config.clock.now(), "rules", owner)
    assert alarms(store) == ["mesin-1: +30 detik"]
    assert not clock_skew.judge_clock(store, config, "mesin-1:7:ab")
    assert alarms(store) == []
    store.close()


def test_an_answer_that_took_long_is_no_proof_of_a_wrong_clock(
    store: PostgresStore, config: Config
) -> None:
    class Slow(Clock):
        """The line is slow: eight seconds pass between two looks at it."""

        looks = 0

        def now(self) -> datetime:
            self.__class__.looks += 1
            return super().now() + timedelta(seconds=(-4, 4)[self.looks % 2 == 0])

    assert clock_skew.seconds_ahead(store, replace(config, clock=Slow())) == 0
    store.close()


@pytest.fixture
def houses(store: PostgresStore, config: Config) -> Iterator[Callable[[float], daemon.House]]:
    """Open houses on one database, each with a clock that is ahead by so many seconds."""
    opened: list[daemon.House] = []

    def opened_house(seconds: float) -> daemon.House:
        opened.append(daemon.open_house(ahead(config, seconds), store))
        return opened[-1]

    yield opened_house
    for house in opened:
        house.close()
    store.close()


@pytest.mark.fault(43)
@pytest.mark.parametrize("seconds", [-900, 900, -30])
def test_a_daemon_whose_clock_is_wrong_stands_aside_and_takes_nothing_from_the_others(
    houses: Callable[[float], daemon.House], store: PostgresStore, seconds: float
) -> None:
    healthy = houses(0)
    now = healthy.now()
    first, second, third, *_ = store.due(now, 9)
    until = now + daemon.lease_length(healthy)
    done = store.lease(first, healthy.owner, now, until)
    under_way = store.lease(second, healthy.owner, now, until)
    assert done is not None
    assert under_way is not None
    store.finish(done, now, now + timedelta(seconds=300), "")
    store.hold(third, now + timedelta(minutes=40), "rate_limited", now)

    def schedule() -> list[object]:
        found = [(one.spec.id, one.next_poll_at, one.held_until) for one in store.sources(now)]
        return [*found, *store.leased(now)]

    before = schedule()
    wrong = houses(seconds)
    crew = daemon.crew_of(wrong)
    try:
        for _ in range(3):
            daemon.keep_house(wrong, crew)
            daemon.beat(wrong, crew, threading.Event())
            assert crew.busy() == 0
    finally:
        crew.close()
    assert daemon.once(wrong) == Accepted()  # so does `tanggap once`
    assert schedule() == before
    store.finish(under_way, now, now + timedelta(seconds=300), "")  # not fenced off
    [alarm] = [one for one in store.alarms() if one.code == "clock_skew"]
    assert alarm.owners == (wrong.owner,)
    store.note_progress(healthy.now(), "baseline", healthy.owner)
    (detail,) = alarms(store)
    assert re.fullmatch(rf"{socket.gethostname()}: [+-]\d+ detik", detail)
    # Its signs of life bear the server's time: they hide nobody else's, and make none look old.
    signs = store.daemons(healthy.now())
    assert {one.owner for one in signs} == {healthy.owner, wrong.owner}
    for one in signs:
        assert abs(one.seen_at - healthy.now()) < timedelta(seconds=30)
    # Put right, it works on.
    wrong.config = healthy.config
    assert not clock_skew.judge_clock(store, wrong.config, wrong.owner)
    assert alarms(store) == []


def test_a_beat_and_a_round_of_housekeeping_ask_the_server_for_its_time_once_each(
    houses: Callable[[float], daemon.House], store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = houses(0)
    asked: list[datetime | None] = []
    ask = store.server_time

    def counted() -> datetime | None:
        asked.append(ask())
        return asked[-1]

    monkeypatch.setattr(store, "server_time", counted)
    crew = Crew(lambda _: Accepted(), 1)
    try:
        daemon.beat(house, crew, threading.Event())
        assert len(asked) == 1
        daemon.keep_house(house, crew)
        assert len(asked) == 2
    finally:
        crew.close()
        crew.wait(20)


def test_while_the_server_does_not_tell_its_time_no_sign_of_life_is_left(
    houses: Callable[[float], daemon.House], store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It could bear a wrong date: whose clock is right nobody knows."""
    house = houses(0)
    store.forget_daemons([house.owner])
    crew = Crew(lambda _: Accepted(), 1)

    def refused() -> None:
        raise StoreBusy("sedang ditulis")

    try:
        with monkeypatch.context() as patch:
            patch.setattr(store, "server_time", refused)
            daemon.beat(house, crew, threading.Event())
            assert store.daemons(house.now()) == []
            assert house.refusals.standing
        daemon.beat(house, crew, threading.Event())
        assert [one.owner for one in store.daemons(house.now())] == [house.owner]
    finally:
        crew.close()
        crew.wait(20)


def test_a_compressed_clock_and_a_file_have_nothing_to_compare(
    store: PostgresStore, config: Config, tmp_path: Path
) -> None:
    compressed = replace(config, clock=Clock(60.0, Clock().now(), START))
    assert clock_skew.seconds_ahead(store, compressed) is None
    assert abs(clock_skew.seconds_ahead(store, config) or 0) < 5
    store.close()
    file = open_store(tmp_path / "tanggap.db")
    file.migrate()
    assert clock_skew.seconds_ahead(file, config) is None
    file.close()
