"""One round of housekeeping looks after everything: each part of it is asked, each time.

What each part does by itself is tested where the part is; here the daemon's own round is driven on
an install in which everything has gone wrong at once.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from daemon_support import only_accounts, write_config
from store_support import DECISION, QUEUE, mention, page, take

import daemon
from tanggap.clock import Clock, to_text
from tanggap.config import load_config
from tanggap.mention import SourceSpec
from tanggap.stderr_stream import UnhurriedStream
from tanggap.store import Store, open_store
from tanggap.store.rows import EVERYTHING, Accepted, Alarm, ItemFilter, LastBackup
from tanggap.turns.crew import Crew
from tanggap.upkeep.housekeeping import Rounds

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SILENT, WAITING = "x:mentions:dpupr", "x:timeline:dpupr"
DEAD = "mesin-mati:1:ab"
LIMIT = 10**9
"""Reads of a month. All but one are used, so that they will not do until its last milliseconds."""
AHEAD = timedelta(seconds=900)


class WrongClock(Clock):
    """The machine's clock, a quarter of an hour ahead of the server's."""

    def now(self) -> datetime:
        return super().now() + AHEAD


@dataclass
class Troubled:
    """A daemon whose install has all troubles that housekeeping knows, and its workers."""

    house: daemon.House
    crew: Crew
    url: str

    @property
    def store(self) -> Store:
        return self.house.store

    def alarms(self) -> dict[str, Alarm]:
        return {alarm.code: alarm for alarm in self.store.alarms()}

    def keep_house(self) -> None:
        """Do one round, and wait for the backup that it may have begun."""
        daemon.keep_house(self.house, self.crew)
        self.house.rounds.backups.wait(60)

    def waits_until(self) -> datetime:
        (source,) = (one for one in self.store.sources(Clock().now()) if one.spec.id == WAITING)
        return source.next_poll_at


@pytest.fixture
def troubled(
    tmp_path: Path, migrated_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Troubled]:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", "x" * 30)
    path = write_config(
        tmp_path,
        "http://127.0.0.1:1",
        *only_accounts("dpupr"),
        ('url = "sqlite:tanggap.db"', f'url = "{migrated_postgres_url}"'),
        ("monthly_read_limit = 300000", f"monthly_read_limit = {LIMIT}"),
        ('folder = ""  ', f'folder = "{tmp_path / "disk-yang-tidak-terpasang"}"  '),
    )
    with closing(open_store(migrated_postgres_url)) as store:
        house = daemon.open_house(load_config(path), store)
        crew = Crew(lambda _: Accepted(new=1), 1)
        house.log = lossy_log()
        try:
            trouble(store, house, migrated_postgres_url)
            yield Troubled(house, crew, migrated_postgres_url)
        finally:
            crew.close()
            crew.wait(20)
            house.close()


def lossy_log() -> UnhurriedStream:
    """Return a log on a full disk that has lost seven lines."""
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        stream = UnhurriedStream(full)
        for _ in range(7):
            stream.write("baris\n")
        assert stream.finish()
    finally:
        os.close(full)
    return stream


def trouble(store: Store, house: daemon.House, url: str) -> None:
    """Let everything go wrong that a round of housekeeping tells of or mends."""
    now = house.now()
    specs = {status.spec.id: status.spec for status in store.sources(now)}
    # One source waits for a moment that a clock has set that was a day ahead.
    ahead = now + DAY
    store.fail(take(store, specs[WAITING], ahead), ahead, ahead + HOUR, "backoff", "x", "")
    silence(store, specs[SILENT], now, url)
    with psycopg.connect(url) as server:
        server.execute(
            "INSERT INTO read_counts (network, day, kind, count) VALUES ('x', %s, 'post', %s)",
            (to_text(now)[:10], LIMIT - 1),
        )
    store.note_progress(now - HOUR, "rules", DEAD)
    store.note_backup(LastBackup(now - 2 * DAY, "lama.backup", 1, 1, 1.0), now - DAY)
    said = '{"alarm": true, "alarm_text": "banjir naik"}'
    store.save_report(house.classifier.version, "drift", said, now)


def silence(store: Store, spec: SourceSpec, now: datetime, url: str) -> None:
    """Let a source that brought something each hour of four weeks bring nothing for four days."""
    lease = take(store, spec, now)
    old = mention("1", "jembatan ambruk", posted_at=now - 20 * DAY, seen_at=now)
    read = page(old, watched_since=now - 32 * DAY, watched_until=now)
    store.accept(lease, read, {"1": (DECISION, QUEUE)}, now)
    store.finish(lease, now, now + HOUR, "")
    hours = [to_text(now - number * HOUR)[:13] for number in range(4 * 24, 32 * 24)]
    with psycopg.connect(url) as server, server.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO arrivals VALUES (%s, %s, 1) ON CONFLICT DO NOTHING",
            [(spec.id, hour) for hour in hours],
        )


@pytest.mark.fault(7, 43)
def test_one_round_of_housekeeping_tells_of_every_trouble_and_mends_what_it_can(
    troubled: Troubled, caplog: pytest.LogCaptureFixture
) -> None:
    assert troubled.crew.send(SILENT)
    assert troubled.crew.wait(20)
    assert troubled.alarms() == {}
    before = troubled.house.now()
    assert troubled.waits_until() > before + DAY
    troubled.keep_house()
    said = {code: alarm.detail for code, alarm in troubled.alarms().items()}
    assert set(said) == {
        "log_lost",
        "quiet",
        "forecast",
        "daemon_silent",
        "backup_old",
        "backup_failed",
        "drift",
    }
    assert said["log_lost"].endswith("7 baris")
    assert said["quiet"] == SILENT
    assert f"terpakai {LIMIT - 1}" in said["forecast"]
    assert said["daemon_silent"] == DEAD
    assert said["drift"] == "banjir naik"
    assert said["backup_old"] == "lama.backup"
    assert "disk-yang-tidak-terpasang" in said["backup_failed"]
    # What it can mend it has mended: the wait, and the index of what was collected.
    assert f"event=wait_renewed source={WAITING}" in caplog.messages
    assert before + HOUR <= troubled.waits_until() <= troubled.house.now() + HOUR
    (found,) = troubled.store.items(EVERYTHING, ItemFilter(text="jembatan"))
    assert found.mention.network_id == "1"
    assert troubled.crew.collect() == [], "what finished turns brought is never forgotten"


@pytest.mark.fault(43)
def test_a_round_on_a_machine_with_a_wrong_clock_dates_by_the_server_and_mends_no_wait(
    troubled: Troubled, caplog: pytest.LogCaptureFixture
) -> None:
    until = troubled.waits_until()
    troubled.house.config = replace(troubled.house.config, clock=WrongClock())
    troubled.keep_house()
    alarms = troubled.alarms()
    assert {"log_lost", "quiet", "forecast", "daemon_silent", "backup_old"} <= set(alarms)
    by_the_server = Clock().now() + timedelta(seconds=5)
    assert all(alarm.last_at <= by_the_server for alarm in alarms.values())
    assert troubled.waits_until() == until
    assert "event=wait_renewed" not in caplog.text
    # `tanggap once` looks for silences too.
    troubled.store.clear_alarm("quiet")
    troubled.house.rounds = Rounds()
    assert daemon.once(troubled.house) == Accepted()
    assert troubled.alarms()["quiet"].last_at <= Clock().now() + timedelta(seconds=5)
