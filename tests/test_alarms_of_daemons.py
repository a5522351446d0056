"""Whose alarm it is: a daemon takes back its own, also when it is another process by now."""

import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from daemon_support import START, HandClock, open_install, write_config
from sqlite_utils import Database

import daemon
from tanggap.config import Config, load_config
from tanggap.personal import mask
from tanggap.store import Store, open_store, schema
from tanggap.store.rows_daemons import DaemonName
from tanggap.upkeep.housekeeping import forget_predecessors, tell_of_lost_lines


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", "x" * 30)
    return write_config(tmp_path, "http://127.0.0.1:1")


def test_no_daemon_has_a_name_that_the_desk_would_hide_like_a_persons_number() -> None:
    for _ in range(500):
        name = DaemonName.of_this_process()
        assert mask(f":{name.process}:{name.mark}") == f":{name.process}:{name.mark}"


class LosesLines:
    lost = 5


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(30)
    return process.pid


def codes(store: Store) -> list[str]:
    return [alarm.code for alarm in store.alarms()]


@pytest.mark.fault(7)
def test_a_daemon_takes_back_no_alarm_of_another(tmp_path: Path) -> None:
    store = open_store(tmp_path / "tanggap.db")
    store.migrate()
    tell_of_lost_lines(store, LosesLines(), START, "kota-a:1:ab")  # type: ignore[arg-type]
    tell_of_lost_lines(store, None, START, "kota-b:1:cd")
    assert codes(store) == ["log_lost"]
    tell_of_lost_lines(store, None, START, "kota-a:1:ab")
    assert codes(store) == []
    store.close()


def test_on_a_file_a_new_daemon_takes_back_what_a_killed_one_left_standing(path: Path) -> None:
    with open_install(path, HandClock()) as house:
        for code in ("log_lost", "config", "model"):
            house.store.raise_alarm(code, "", house.now(), house.owner)
        house.store.raise_alarm("quiet", "x:mentions:dpupr", house.now())
        house.store.raise_alarm("disk_low", "", house.now(), "mati-sebelum-tanda-hidup:1:ab")
    with open_install(path, HandClock()) as house:
        assert codes(house.store) == ["quiet"]


def test_on_a_server_the_processes_of_this_machine_that_ended_are_forgotten_and_no_others(
    path: Path, migrated_postgres_url: str
) -> None:
    config: Config = replace(
        load_config(path),
        database=load_config(path).database.model_copy(update={"url": migrated_postgres_url}),
    )
    store, host = open_store(migrated_postgres_url), socket.gethostname()
    ours = f"{host}:{os.getpid()}:new"
    dead = [f"{host}:{ended_process()}:aa", f"{host}:{os.getpid()}:before-the-reboot"]
    alive = [f"{host}:{os.getppid()}:bb", f"{host}-lain:{ended_process()}:cc", "daemon", ours]
    for owner in dead + alive:
        store.note_progress(START, "m", owner)
        store.raise_alarm("config", "", START, owner)
    forget_predecessors(store, config, START, ours)
    assert {one.owner for one in store.daemons(START)} == set(alive)
    [alarm] = store.alarms()
    assert set(alarm.owners) == set(alive)
    store.close()


def test_a_source_that_another_daemon_reads_is_the_one_that_tries_for_all(path: Path) -> None:
    with open_install(path, HandClock()) as house:
        now = house.now()
        first, *others = [one for one in house.store.due(now, 99) if one.startswith("x:")]
        assert others
        house.store.hold("x", now, "network_down", now)
        taken = house.store.lease(first, "kota-b:1:cd", now, now + daemon.lease_length(house))
        assert taken is not None
        crew = daemon.crew_of(house)
        try:
            assert daemon.cycle(house, crew) == set()
        finally:
            crew.close()


OLD = ("quiet", "forecast", "backup_failed", "model", "log_lost")


def test_the_alarms_of_an_older_install_are_kept_until_the_new_daemon_judges(path: Path) -> None:
    """What only a daemon can know of itself is the old one's, and goes with it."""
    config = load_config(path)
    with closing(sqlite3.connect(config.database_path)) as db:
        schema.MIGRATIONS.apply(Database(db, execute_plugins=False), stop_before="m0008_daemons")
        db.executemany(
            "INSERT INTO alarms VALUES (?, 'x', ?, ?)",
            [(code, "2026-11-20T01:00:00.000Z", "2026-11-20T02:00:00.000Z") for code in OLD],
        )
        db.commit()
    store = open_store(config.database_path)
    store.migrate()
    assert sorted(codes(store)) == sorted(OLD)
    assert [one.owners for one in store.alarms() if one.code == "model"] == [("daemon",)]
    store.close()
    with open_install(path, HandClock()) as house:
        assert sorted(codes(house.store)) == ["backup_failed", "forecast", "quiet"]
