"""A server that starts late or goes away, one of several daemons that dies, a refused reload."""

import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import requests
from click.testing import CliRunner
from daemon_support import TOKEN, only_accounts, write_config
from nest_support import Nest, nest
from postgres_support import Server, running_server
from psycopg.sql import SQL
from web_support import served

from tanggap.cli import cli, main
from tanggap.clock import Clock
from tanggap.config import Config, load_config
from tanggap.errors import StoreBusy, StoreFull, StoreReplaced, StoreUnreachable
from tanggap.simulator.generator import generate_world
from tanggap.simulator.server import Simulator
from tanggap.store import open_store
from tanggap.store.postgres import PostgresStore
from tanggap.store.postgres_connections import WRITER
from tanggap.store.rows_daemons import ENDED
from tanggap.upkeep import silent_daemons
from tanggap.upkeep.refusals import Refusals
from tanggap.web.app import create_app

SQLITE = 'url = "sqlite:tanggap.db"'
SLOW_STEPS = """
    CREATE SCHEMA uji;
    CREATE FUNCTION uji.slow() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF current_setting('application_name') = 'lambat' THEN PERFORM pg_sleep(600); END IF;
    END $$;
    CREATE EVENT TRIGGER slow ON ddl_command_end EXECUTE FUNCTION uji.slow();
"""
"""The steps of who calls himself `lambat` take as long as on a very large database."""


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    world = generate_world(5, Clock().now() - timedelta(hours=1), 1, 10)
    with Simulator(world, token=TOKEN) as running:
        yield running


@pytest.fixture
def forks(tmp_path: Path, simulator: Simulator) -> Iterator[Nest]:
    assert simulator
    with nest(tmp_path / "log") as opened:
        yield opened


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server of this test alone, since it is stopped and started."""
    with running_server() as server:
        yield server


@pytest.mark.fault(12)
def test_a_daemon_waits_for_a_server_that_starts_late_and_says_when_it_is_gone_and_back(
    tmp_path: Path, simulator: Simulator, forks: Nest, own_server: Server
) -> None:
    url = own_server.create()
    accounts = only_accounts("dpupr")
    path = write_config(tmp_path, simulator.address, *accounts, (SQLITE, f'url = "{url}"'))
    own_server.stop()
    child = forks.start(path, "run")
    child.wait_for("event=store_awaited")
    child.send(signal.SIGHUP)  # systemd thinks it ready, and whoever dies by SIGHUP stays ended
    assert "tidak dapat dihubungi" in child.said()
    impatient = forks.start(path, "run")
    impatient.wait_for("event=store_awaited")
    impatient.send(signal.SIGTERM)
    assert impatient.ended() == 0
    # Whoever calls a command is told to call it again: nothing waits for the server then.
    asked = forks.start(path, "once")
    assert asked.ended() == 1
    assert asked.said().rstrip().endswith("lalu jalankan lagi nanti")
    own_server.start()
    child.wait_for("event=started")
    child.wait_for("event=reloaded")
    assert child.said().count("event=store_awaited") == 1
    child.wait_for("event=turn ")
    own_server.stop()
    child.wait_for("event=store_refused")
    child.wait_for("error=StoreUnreachable")
    with (
        closing(PostgresStore(url)) as store,
        served(create_app(store, load_config(path))) as desk,
    ):
        assert requests.get(f"{desk}/healthz", timeout=30).status_code == 503
    own_server.start()
    last = child.said().rindex("event=store_refused")
    deadline = time.monotonic() + 60
    while "event=store_back" not in child.said()[last:]:
        assert time.monotonic() < deadline, child.said()[-2000:]
        time.sleep(0.05)
    assert child.said().count("event=store_refused") <= 2
    child.send(signal.SIGTERM)
    assert child.ended() == 0
    store = open_store(url)
    # Who ended well is not waited for, but when it was is still known.
    assert [one.owner for one in store.daemons(Clock().now())] == [ENDED]
    store.close()


@contextmanager
def systemd(folder: Path) -> Iterator[tuple[Callable[[], str], dict[str, str]]]:
    """Listen as systemd does; give what was said next, and the environment of a service."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(folder / "notify"))
        channel.settimeout(20)
        yield lambda: channel.recv(500).decode(), {"NOTIFY_SOCKET": str(folder / "notify")}


def test_a_daemon_stopped_in_the_middle_of_a_long_migration_leaves_it_and_the_next_one_does_it(
    tmp_path: Path, simulator: Simulator, forks: Nest, postgres_server: Server, postgres_url: str
) -> None:
    url = postgres_url
    postgres_server.do(SQL(SLOW_STEPS), url.rpartition("/")[2])
    # As long as a test waits, instead of ten seconds.
    options = "options=-c%20lock_timeout%3D300ms"
    accounts = only_accounts("dpupr")
    path = write_config(
        tmp_path,
        simulator.address,
        *accounts,
        (SQLITE, f'url = "{url}?application_name=lambat&{options}"'),
    )
    with systemd(tmp_path) as (heard, environment):
        slow = forks.start(path, "run", **environment)
        slow.wait_for("event=store_prepared_slowly")
        assert "EXTEND_TIMEOUT_USEC=" in heard()  # else systemd would end it at its start
        slow.send(signal.SIGHUP)
        slow.send(signal.SIGTERM)
        assert slow.ended() == 0
    assert slow.said().splitlines()[-1].endswith("event=stopped clean=False")
    path.write_text(path.read_text(encoding="utf-8").replace("lambat", "cepat"), encoding="utf-8")
    with psycopg.connect(url, autocommit=True) as other:
        # The server notices that nobody waits for that step any more, and undoes all of them.
        other.execute("SET lock_timeout = '30s'")
        other.execute("SELECT pg_advisory_lock(%s)", (WRITER,))
        after = forks.start(path, "run")
        after.wait_for("event=store_awaited")  # as while another daemon does the steps
        assert "sedang dipakai proses lain" in after.said()
    after.wait_for("event=started")
    after.send(signal.SIGTERM)
    assert after.ended() == 0


def test_what_waiting_does_not_mend_ends_a_daemon_at_once(
    tmp_path: Path, simulator: Simulator, forks: Nest, postgres_server: Server
) -> None:
    url = postgres_server.url("tidakada")
    path = write_config(tmp_path, simulator.address, (SQLITE, f'url = "{url}"'))
    child = forks.start(path, "run")
    assert child.ended() == 1
    assert "belum ada; buat di server" in child.said()
    assert "event=store_awaited" not in child.said()


@pytest.mark.fault(12)
def test_one_and_the_same_refusal_is_told_once_a_minute_with_its_number(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    seconds = [0.0]
    refusals = Refusals(lambda: seconds[0])
    for second in range(130):
        seconds[0] = float(second)
        with refusals.tolerated():
            raise StoreUnreachable("basis data x tidak dapat dihubungi")
    lines = [record.getMessage() for record in caplog.records]
    assert [line.split("times=")[1].split()[0] for line in lines] == ["1", "60", "60"]
    assert all("reason=basis data x tidak dapat dihubungi" in line for line in lines)
    refusals.note(StoreFull("disk penuh"), "x:mentions:dlh")  # another kind is news
    assert "source=x:mentions:dlh error=StoreFull times=10 " in caplog.messages[-1]
    refusals.over()
    refusals.over()
    assert caplog.messages.count("event=store_back") == 1
    # Back and forth every second is told as seldom.
    before = len(caplog.messages)
    for second in range(130, 180):
        seconds[0] = float(second)
        refusals.note(StoreFull("disk penuh"))
        refusals.over()
    assert len(caplog.messages) == before


def test_a_file_that_was_exchanged_is_not_tolerated(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(StoreReplaced), Refusals().tolerated():
        raise StoreReplaced("basis data x hilang")
    assert caplog.messages == ["event=database_replaced"]


@pytest.fixture
def config(tmp_path: Path, simulator: Simulator, migrated_postgres_url: str) -> Config:
    url = migrated_postgres_url
    return load_config(write_config(tmp_path, simulator.address, (SQLITE, f'url = "{url}"')))


def test_one_cycle_by_hand_is_not_taken_for_a_daemon_that_died(config: Config) -> None:
    CliRunner().invoke(cli, ["--config", str(config.path), "once"])
    with closing(open_store(config.database_where)) as store:
        assert store.sources(config.clock.now())  # it did run
        later = config.clock.now() + timedelta(minutes=20)
        assert silent_daemons.silent_daemons(store, config, later) == []


def test_a_daemon_without_a_sign_of_life_is_told_of_by_the_others(config: Config) -> None:
    now = config.clock.now()
    store = open_store(config.database_where)
    store.note_progress(now - timedelta(hours=2), "rules", ENDED)
    store.note_progress(now - timedelta(minutes=16), "rules", "mesin-1:10:aa")
    store.note_progress(now - timedelta(minutes=14), "rules", "mesin-2:20:bb")
    silent_daemons.listen_for_daemons(store, config, now)
    assert [(a.code, a.detail) for a in store.alarms()] == [("daemon_silent", "mesin-1:10:aa")]
    runner = CliRunner()
    said = runner.invoke(cli, ["--config", str(config.path), "check", "--offline"]).output
    (line,) = (line for line in said.splitlines() if "tanpa tanda hidup" in line)
    assert "mesin-1:10:aa" in line
    assert "mesin-2:20:bb (14 menit lalu)" in line
    # Back, or ended by itself: nobody waits any more.
    store.note_progress(now, "rules", "mesin-1:10:aa")
    silent_daemons.listen_for_daemons(store, config, now)
    assert store.alarms() == []
    silent_daemons.take_leave(store, config, "mesin-2:20:bb", "rules")
    assert {one.owner for one in store.daemons(now)} == {"mesin-1:10:aa", ENDED}
    later = now + timedelta(hours=1)
    silent_daemons.listen_for_daemons(store, config, later)
    assert [a.detail for a in store.alarms()] == ["mesin-1:10:aa"]
    store.forget_daemons(["mesin-1:10:aa"])
    silent_daemons.listen_for_daemons(store, config, later)
    assert store.alarms() == []
    store.close()


def test_on_a_compressed_clock_a_few_real_seconds_are_no_silence(config: Config) -> None:
    start = Clock().now()
    fast = replace(config, clock=Clock(1000.0, start, start))
    store = open_store(config.database_where)
    store.note_progress(start, "rules", "mesin-1:10:aa")
    soon = start + timedelta(minutes=16)  # one real second
    assert silent_daemons.silent_daemons(store, fast, soon) == []
    assert silent_daemons.silent_daemons(store, fast, start + timedelta(hours=20)) != []
    store.close()


def test_a_refused_reload_names_each_problem_and_another_database_is_one(
    tmp_path: Path, simulator: Simulator, forks: Nest
) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts("dpupr"))
    good = path.read_text(encoding="utf-8")
    child = forks.start(path, "run")
    child.wait_for("event=turn ")
    bad = good.replace("tick_seconds = 1.0", "tick_seconds = -5").replace(
        "lease_seconds = 180", "lease_seconds = 0"
    )
    path.write_text(bad, encoding="utf-8")
    child.send(signal.SIGHUP)
    child.wait_for("daemon.lease_seconds")
    assert "daemon.tick_seconds" in child.said()
    path.write_text(good.replace(SQLITE, 'url = "sqlite:lain.db"'), encoding="utf-8")
    child.send(signal.SIGHUP)
    child.wait_for("database.url baru berlaku setelah daemon dijalankan ulang")
    store = open_store(tmp_path / "tanggap.db", read_only=True)
    assert [alarm.code for alarm in store.alarms()] == ["config"]
    store.close()
    assert "event=reloaded" not in child.said()
    path.write_text(good, encoding="utf-8")
    child.send(signal.SIGHUP)
    child.wait_for("event=reloaded")
    assert TOKEN not in child.said()
    child.send(signal.SIGTERM)
    assert child.ended() == 0
    assert not (tmp_path / "lain.db").exists()


def test_a_command_that_meets_a_busy_database_promises_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "postgresql://tanggap@127.0.0.1:1/x"
    path = write_config(tmp_path, "http://127.0.0.1:1", (SQLITE, f'url = "{url}"'))
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(path), "sources"])
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "jalankan lagi nanti" in said
    assert "sendiri" not in said
    assert issubclass(StoreUnreachable, StoreBusy)
