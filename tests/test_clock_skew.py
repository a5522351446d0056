"""Clocks of a daemon's machine and of the database server that differ are told of."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from daemon_support import START, write_config

from tanggap.clock import Clock
from tanggap.config import Config, load_config
from tanggap.store import open_store
from tanggap.store.postgres import PostgresStore
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
    clock_skew.compare_clocks(store, wrong, "mesin-1", wrong.clock.now())
    assert alarms(store) == [f"mesin-1: {one} detik" for one in told]
    store.close()


def test_only_the_machine_that_was_wrong_takes_its_alarm_back(
    store: PostgresStore, config: Config
) -> None:
    wrong = ahead(config, 30)
    now = config.clock.now()
    clock_skew.compare_clocks(store, wrong, "mesin-1", now)
    clock_skew.compare_clocks(store, config, "mesin-2", now)
    assert len(alarms(store)) == 1
    clock_skew.compare_clocks(store, config, "mesin-1", now)
    assert alarms(store) == []
    # A machine that is gone says nothing any more.
    clock_skew.compare_clocks(store, wrong, "mesin-1", now)
    clock_skew.compare_clocks(store, config, "mesin-2", now + timedelta(minutes=11))
    assert alarms(store) == []
    store.close()


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
