"""Faults of time: clocks that jump, and a host that stands in another zone than the city."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import requests
import schedule
import web_support
from click.testing import CliRunner
from daemon_support import (
    START,
    TOKEN,
    HandClock,
    judge,
    only_accounts,
    open_install,
    statuses,
    write_config,
)
from store_support import NOW, OTHER, QUEUE, SPEC, at, mention, put, take

import daemon
from tanggap.cli import cli
from tanggap.clock import Clock, from_text, to_text
from tanggap.errors import LeaseLost
from tanggap.metronome import Metronome
from tanggap.simulator.generator import generate_world
from tanggap.simulator.server import Simulator
from tanggap.store import Store, open_store
from tanggap.store.rows import EVERYTHING, ItemFilter
from tanggap.upkeep.housekeeping import undo_future
from tanggap.web.desk import Desk
from tanggap.web.show import environment

DAY = timedelta(days=1)
OPDS = ("pemkot", "dpupr", "dishub")
JUMPS = {
    "a day ahead": START + DAY,
    "a day behind": START - DAY,
    "1970": datetime(1970, 1, 1, 0, 5, tzinfo=UTC),
    "2038": datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
}


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A city whose network has its own, right clock: it stands at START and moves by hand."""
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    world = generate_world(5, START - timedelta(hours=4), 8, 160)
    with Simulator(world, clock=HandClock(), token=TOKEN) as running:  # type: ignore[arg-type]
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "tanggap.db")
    opened.migrate()
    opened.sync_sources([SPEC, OTHER], NOW)
    yield opened
    opened.close()


@pytest.mark.fault(43)
@pytest.mark.parametrize("jump", list(JUMPS))
def test_a_clock_that_jumps_and_comes_back_silences_nobody_and_loses_nothing(
    simulator: Simulator, tmp_path: Path, jump: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
    right = simulator.clock
    clock = HandClock()
    with open_install(path, clock) as house:
        daemon.once(house)
        # Two hours pass at the network while the host's clock is wrong.
        clock.moment = JUMPS[jump]
        for _ in range(4):
            for moving in (clock, right):
                moving.advance(timedelta(minutes=30))  # type: ignore[union-attr]
            daemon.once(house)
        clock.moment = right.now()
    # It is put right, and the daemon works on as if nothing had been.
    with open_install(path, clock) as house:
        for _ in range(3):
            for moving in (clock, right):
                moving.advance(timedelta(minutes=25))  # type: ignore[union-attr]
            daemon.once(house)
        found = statuses(house.store, clock)
        assert {status.state for status in found.values()} == {"ok"}
        for status in found.values():
            assert status.last_success_at == clock.now(), "somebody still waits"
            assert status.next_poll_at - clock.now() < timedelta(hours=1)
        items = house.store.items(EVERYTHING, ItemFilter(), limit=500)
        posted = [item.mention.posted_at for item in items]
        assert posted == sorted(posted, reverse=True), "order is by the source's time"
        for hours in (24, 13):  # what the network showed late comes with the sweep, as ever
            for moving in (clock, right):
                moving.advance(timedelta(hours=hours))  # type: ignore[union-attr]
            daemon.once(house)
        house.store.verify_events()
        database = house.config.database_path
    verdict = judge(simulator, database, watched={"x": OPDS})
    assert verdict.addressed_and_stored > 0
    assert verdict.exact, verdict
    if JUMPS[jump] > START:
        assert "event=wait_renewed source=x:" in caplog.text


@pytest.mark.fault(43)
def test_waits_set_by_a_clock_that_was_ahead_keep_their_length_from_now_on(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.finish(take(store, OTHER, NOW), NOW, NOW + timedelta(hours=9), "")
    ahead = NOW + DAY
    lease = take(store, now=ahead)
    store.hold("x", ahead + timedelta(minutes=15), "rate_limited", ahead)
    store.fail(lease, ahead, ahead + timedelta(minutes=15), "waiting", "rate_limited", "")
    undo_future(store, NOW, timedelta(0))
    assert caplog.messages == [f"event=wait_renewed source={SPEC.id}"]
    found = {status.spec.id: status for status in store.sources(NOW)}
    assert found[SPEC.id].next_poll_at == NOW + timedelta(minutes=15)
    assert found[SPEC.id].last_attempt_at == NOW
    assert [hold.until for hold in store.holds(NOW)] == [NOW + timedelta(minutes=15)]
    # What a right clock set is left as it is, and what was put right is right.
    assert found[OTHER.id].next_poll_at == NOW + timedelta(hours=9)
    assert store.renew_waits(NOW) == []
    assert store.due(NOW, 9) == []
    assert store.due(NOW + timedelta(minutes=15), 9) == [SPEC.id]


@pytest.mark.fault(43)
def test_a_lease_from_the_future_is_dropped_and_its_holder_fenced_off(store: Store) -> None:
    store.sync_sources([SPEC, OTHER], NOW)
    ahead = NOW + DAY
    lost = take(store, now=ahead)
    assert store.due(NOW, 9) == [OTHER.id]
    assert store.renew_waits(NOW) == [SPEC.id]
    with pytest.raises(LeaseLost):  # already before somebody else takes the source
        store.finish(lost, NOW, at(60), "")
    again = take(store, owner="d2")
    with pytest.raises(LeaseLost):
        store.finish(lost, NOW, at(60), "")
    store.finish(again, NOW, at(60), "")


@pytest.mark.fault(43)
def test_a_source_that_was_added_in_the_future_is_due_now(store: Store) -> None:
    third = replace(SPEC, id="x:mentions:dlh")
    store.sync_sources([SPEC, OTHER, third], NOW + timedelta(days=4000))
    assert third.id not in store.due(NOW, 9)
    assert store.renew_waits(NOW) == [third.id]
    assert third.id in store.due(NOW, 9)


@pytest.mark.fault(43)
def test_the_small_differences_of_several_machines_clocks_change_nothing(store: Store) -> None:
    soon = NOW + timedelta(minutes=9)
    store.finish(take(store, now=soon), soon, soon + timedelta(minutes=3), "")
    take(store, OTHER, soon)
    assert store.renew_waits(NOW) == []


class WallClock(datetime):
    """What `schedule` takes for the time of day."""

    moment = datetime(2026, 11, 20, 8, 0)  # noqa: DTZ001 - schedule reckons with local times

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return cls.moment


@pytest.mark.fault(43, 44)
@pytest.mark.parametrize(
    "back", [timedelta(hours=1), DAY, timedelta(days=20_000)], ids=["daylight", "day", "1970"]
)
def test_no_beat_waits_for_a_clock_that_was_set_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, back: timedelta
) -> None:
    monkeypatch.setattr(
        schedule, "datetime", SimpleNamespace(datetime=WallClock, timedelta=timedelta)
    )
    monkeypatch.setattr(WallClock, "moment", datetime(2026, 11, 20, 8, 0))  # noqa: DTZ001
    beats: list[str] = []
    metronome = Metronome()
    metronome.every(1.0, lambda: beats.append("beat"))
    metronome.every(5, lambda: beats.append("house"))

    def seconds_pass(number: int) -> None:
        for _ in range(number):
            WallClock.moment += timedelta(seconds=1)
            metronome.run_pending()

    seconds_pass(10)
    assert (beats.count("beat"), beats.count("house")) == (10, 2)
    WallClock.moment -= back
    seconds_pass(11)
    assert beats.count("beat") >= 20
    assert beats.count("house") >= 4
    assert sum("event=clock_set_back" in message for message in caplog.messages) == 1


@pytest.mark.fault(43)
def test_a_sign_of_life_from_the_future_is_no_sign_of_life(tmp_path: Path) -> None:
    with web_support.town(tmp_path) as town:
        desk = _desk(town)
        for moment, stale in (
            (web_support.NOW, False),
            (web_support.NOW + DAY, True),
            (web_support.NOW - DAY, True),
        ):
            town.store.note_progress(moment, "baseline")
            assert desk.pulse().stale is stale
            answer = requests.get(f"{town.url}/healthz", timeout=10)
            assert answer.status_code == (503 if stale else 200)


@pytest.mark.fault(43)
@pytest.mark.parametrize(("year", "level"), [(1970, "fail"), (2025, "fail"), (2026, "ok")])
def test_check_names_a_clock_that_shows_a_year_before_there_was_this_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, year: int, level: str
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    path = write_config(tmp_path, "http://127.0.0.1:1")
    monkeypatch.setattr(Clock, "now", lambda _: datetime(year, 11, 20, 1, 0, tzinfo=UTC))
    said = CliRunner().invoke(cli, ["--config", str(path), "check", "--offline", "--json"])
    (clock,) = (row for row in json.loads(said.stdout) if row["part"] == "jam")
    assert clock["level"] == level
    assert str(year) in clock["text"]


@pytest.mark.fault(43)
def test_after_a_restart_a_sign_of_life_from_the_future_hides_no_living_daemon(
    simulator: Simulator, tmp_path: Path
) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts("dpupr"))
    with open_install(path, HandClock(JUMPS["2038"])) as house:
        assert house.store.progress()[0] == JUMPS["2038"]
        ahead = house.owner
    with open_install(path, HandClock()) as house:
        assert house.owner != ahead
        assert [(one.owner, one.seen_at) for one in house.store.daemons(START)] == [
            (house.owner, START)
        ]
        config = replace(house.config, clock=web_support.HandClock(moments=[START]))
        desk = Desk(house.store, config, None, None, None, None, None)  # type: ignore[arg-type]
        assert not desk.pulse().stale


ZONES = {"Asia/Jakarta": (7, "WIB"), "Asia/Makassar": (8, "WITA"), "Asia/Jayapura": (9, "WIT")}
"""Hours ahead of UTC all year round, since Indonesia has no daylight saving; and the name."""
HOSTS = ("UTC", "Asia/Jakarta", "Europe/Berlin", "America/New_York", "Pacific/Chatham")
DATES = [
    # Midnights in the three zones, ends of months and years, a leap day, both nights on which
    # Berlin and New York change their clocks, and every eleventh day of a year beside.
    *(datetime(2026, 12, 31, hour, 59, 59, tzinfo=UTC) for hour in (14, 15, 16, 17, 23)),
    *(datetime(2027, 1, 1, hour, 0, 0, tzinfo=UTC) for hour in (0, 14, 15, 16, 17)),
    *(datetime(2028, 2, 28, hour, 30, tzinfo=UTC) for hour in (14, 15, 16, 17, 18)),
    *(datetime(2028, 2, 29, hour, 30, tzinfo=UTC) for hour in (14, 15, 16, 17, 18)),
    *(datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in range(6)),
    *(datetime(2026, 3, 29, hour, 30, tzinfo=UTC) for hour in range(6)),
    *(datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in range(4, 10)),
    *(datetime(2026, 3, 8, hour, 30, tzinfo=UTC) for hour in range(4, 10)),
    *(datetime(2026, 1, 1, 1, 2, 3, tzinfo=UTC) + timedelta(days=11 * n) for n in range(60)),
]


@pytest.mark.fault(44)
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("city", list(ZONES))
def test_moments_are_kept_in_utc_and_shown_in_the_citys_zone_wherever_the_host_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, city: str
) -> None:
    assert len(set(DATES)) >= 100
    monkeypatch.setenv("TZ", host)
    time.tzset()
    try:
        config = web_support.make_config(tmp_path)
        config = replace(config, city=config.city.model_copy(update={"timezone": city}))
        shown = environment(config, lambda: DATES[0]).filters["at"]
        ahead, zone = ZONES[city]
        for moment in DATES:
            text = to_text(moment)
            assert text == moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
            assert from_text(text) == moment
            assert from_text(moment.astimezone(ZoneInfo(host)).isoformat()) == moment
            local = moment.replace(tzinfo=None) + timedelta(hours=ahead)
            for part in (f"{local.day} ", str(local.year), f"{local:%H.%M}"):
                assert part in shown(moment), (moment, shown(moment))
            assert shown(moment).endswith(f" {zone}")
        # Through the database and out of it again.
        store = open_store(tmp_path / "tanggap.db")
        store.migrate()
        wave = [
            (mention(str(number), posted_at=moment.astimezone(ZoneInfo(host))), QUEUE)
            for number, moment in enumerate(DATES[:30])
        ]
        put(store, *wave)
        items = store.items(EVERYTHING, ItemFilter(), limit=100)
        kept = {item.mention.network_id: item for item in items}
        for number, moment in enumerate(DATES[:30]):
            assert kept[str(number)].mention.posted_at == moment
            assert kept[str(number)].mention.posted_at.tzinfo is UTC
        assert len(kept) == 30
        store.close()
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.fault(44)
@pytest.mark.parametrize("text", ["2026-11-20T08:00:00", "2026-11-20", "Fri, 20 Nov 2026 08:00"])
def test_a_moment_without_a_zone_is_refused_and_never_guessed(text: str) -> None:
    with pytest.raises(ValueError, match=r"zone|Invalid"):
        from_text(text)


def _desk(town: web_support.Town) -> Desk:
    """Return a desk over a town's store that only tells the daemon's pulse."""
    return Desk(town.store, town.config, None, None, None, None, None)  # type: ignore[arg-type]
