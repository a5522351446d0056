"""What one turn does when the store, the network or a reload gets in its way."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from daemon_support import (
    TOKEN,
    HandClock,
    config_on,
    four_hours_of_x,
    only_accounts,
    open_install,
    statuses,
    write_config,
)

import daemon
from collectors.base import Network
from tanggap import killpoints
from tanggap.clock import Clock
from tanggap.config import Config
from tanggap.errors import StoreBusy
from tanggap.mention import Mention
from tanggap.simulator.faults import Fault
from tanggap.simulator.server import Simulator
from tanggap.store.base import Store
from tanggap.store.rows import EVERYTHING, Accepted, ItemFilter
from tanggap.turns.budget import PAGE_READS, Part, Room
from tanggap.turns.spending import spending


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    with four_hours_of_x() as running:
        yield running


@pytest.fixture
def house(simulator: Simulator, tmp_path: Path) -> Iterator[daemon.House]:
    clock = HandClock(Clock().now())
    path = write_config(tmp_path, simulator.address, *only_accounts("dpupr"))
    with open_install(path, clock) as opened:
        yield opened


class Refusing:
    """A store that is busy in the methods named, once each time it is armed."""

    def __init__(self, store: Store, *names: str) -> None:
        self._store = store
        self.names = set(names)

    def __getattr__(self, name: str) -> object:
        if name in self.names:

            def refuse(*_: object, **__: object) -> None:
                raise StoreBusy("sedang dipakai")

            return refuse
        return getattr(self._store, name)


@pytest.mark.fault(8)
@pytest.mark.parametrize("method", ["lease", "accept", "finish", "fail", "hold"])
def test_a_busy_store_costs_one_turn_is_logged_and_everything_comes_later(
    house: daemon.House,
    simulator: Simulator,
    method: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if method in ("fail", "hold"):
        simulator.faults.add(Fault("no_reset_header", endpoint="mentions", count=1))
    true_store = house.store
    house.store = Refusing(true_store, method)  # type: ignore[assignment]
    assert daemon.turn(house, "x:mentions:dpupr").new == 0 or method == "finish"
    assert "event=store_refused source=x:mentions:dpupr error=StoreBusy" in caplog.text
    house.store = true_store
    clock = house.config.clock
    clock.advance(timedelta(hours=4))  # type: ignore[attr-defined]
    assert daemon.turn(house, "x:mentions:dpupr").fetched > 0
    assert statuses(true_store, clock)["x:mentions:dpupr"].state == "ok"  # type: ignore[arg-type]


def test_of_two_versions_on_one_page_the_newest_is_decided_and_shown(
    house: daemon.House,
) -> None:
    now = house.now()
    first = Mention(
        network="x",
        network_id="2123582153021899865",
        kind="mention",
        text="Terima kasih banyak pak, sukses selalu",
        posted_at=now,
        seen_at=now,
        addressed=("dpupr",),
        revision="2123582153021899865",
    )
    second = replace(
        first,
        text="Lampu jalan mati semua di depan pasar, sudah seminggu gelap, tolong diperbaiki",
        revision="2123582253021899865",
    )
    for page in ([second, first], [first, second]):
        decided = daemon.decide(house.store, house.classifier, house.config.policy, page)
        assert [decision.jenis.label for decision, _ in decided.values() if decision.jenis] == [
            "pengaduan"
        ]
    house.store.intake([second, first], decided, "uji", now)
    (item,) = house.store.items(EVERYTHING, ItemFilter())
    assert (item.jenis, item.sector) == ("pengaduan", "perhubungan")
    assert item.mention.text == second.text


def test_an_account_that_was_unknown_is_asked_for_again(
    house: daemon.House, simulator: Simulator
) -> None:
    simulator.faults.add(Fault("status", endpoint="users_by", status=200, body={}))
    daemon.once(house)
    clock = house.config.clock
    found = statuses(house.store, clock)  # type: ignore[arg-type]
    assert {status.code for status in found.values()} == {"account_gone"}
    simulator.faults.clear()
    clock.advance(timedelta(hours=2))  # type: ignore[attr-defined]
    daemon.once(house)
    found = statuses(house.store, clock)  # type: ignore[arg-type]
    assert {status.state for status in found.values()} == {"ok"}
    usage = house.store.usage("x", house.now(), {"user": 1.0})
    assert usage.day_usd >= 1.0  # the look-up is in the ledger


@pytest.mark.fault(17)
def test_a_reload_marks_no_source_that_it_cuts_off(
    house: daemon.House, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.faults.add(Fault("hang", endpoint="mentions"))
    clock = house.config.clock
    worker = threading.Thread(target=daemon.turn, args=(house, "x:mentions:dpupr"))
    worker.start()
    while not any(entry.fault == "hang" for entry in simulator.oracle.log()):
        worker.join(0.02)
    daemon.apply_reload(house, lambda: config_on(tmp_path / "tanggap.toml", clock))  # type: ignore[arg-type]
    worker.join(20)
    assert not worker.is_alive()
    struck = statuses(house.store, clock)["x:mentions:dpupr"]  # type: ignore[arg-type]
    assert (struck.errors, struck.code) == (0, "")
    simulator.faults.clear()
    assert daemon.turn(house, "x:mentions:dpupr").fetched > 0


def at_body(number: int, action: Callable[[], object]) -> None:
    """Do something when so many answers have been read and nothing is made of the last one yet."""
    read = 0

    def one_more() -> None:
        nonlocal read
        read += 1
        if read == number:
            action()

    killpoints.arm("body_read", one_more, times=number)


SAYS_WAIT = Fault("status", status=429, headers={"Retry-After": "1800"}, body={"status": 429})


@pytest.mark.fault(17)
@pytest.mark.parametrize(
    ("fault", "bodies", "code"),
    # A token that X refuses is shown to it twice before it is believed.
    [(Fault("unauthorized"), 2, ""), (SAYS_WAIT, 1, "rate_limited")],
    ids=["the old token is refused", "the network says wait"],
)
def test_of_what_the_network_says_while_a_reload_goes_on_only_a_wait_stands(
    house: daemon.House, simulator: Simulator, tmp_path: Path, fault: Fault, bodies: int, code: str
) -> None:
    simulator.faults.add(fault)

    def reload() -> None:
        simulator.faults.clear()
        clock = house.config.clock
        daemon.apply_reload(house, lambda: config_on(tmp_path / "tanggap.toml", clock))  # type: ignore[arg-type]

    before = house.networks["x"]
    at_body(bodies, reload)
    daemon.turn(house, "x:mentions:dpupr")
    assert house.networks["x"] is not before
    assert len(simulator.oracle.log()) == bodies
    struck = statuses(house.store, house.config.clock)["x:mentions:dpupr"]  # type: ignore[arg-type]
    assert struck.held_code == code
    assert (struck.state == "new") is (code == "")
    assert (daemon.turn(house, "x:mentions:dpupr").fetched > 0) is (code == "")


@pytest.mark.fault(17)
@pytest.mark.parametrize("ending", ["reload", "shutdown"])
def test_a_limit_of_our_own_that_a_turn_meets_while_it_is_cut_off_holds_nothing_up(
    house: daemon.House, tmp_path: Path, ending: str
) -> None:
    clock, path = house.config.clock, tmp_path / "tanggap.toml"
    limits = house.config.x.model_copy(update={"daily_read_limit": PAGE_READS // 3})
    house.config = replace(house.config, x=limits)
    house.networks["x"] = daemon.NETWORKS["x"](house.config)

    def cut_off() -> None:
        if ending == "reload":  # and the new config has a higher limit
            daemon.apply_reload(house, lambda: config_on(path, clock))  # type: ignore[arg-type]
        else:
            house.stop.set()

    at_body(1, cut_off)  # of the look-up of ids; then the page finds too few reads left
    daemon.turn(house, "x:mentions:dpupr")
    struck = statuses(house.store, clock)["x:mentions:dpupr"]  # type: ignore[arg-type]
    assert (struck.state, struck.code, struck.held_code) == ("new", "", "")
    house.stop.clear()
    house.config = config_on(path, clock)  # type: ignore[arg-type]
    assert daemon.turn(house, "x:mentions:dpupr").fetched > 0


def test_a_reload_that_the_store_refuses_changes_nothing_and_works_the_next_time(
    house: daemon.House, tmp_path: Path
) -> None:
    true_store, before = house.store, house.config
    house.store = Refusing(true_store, "sync_sources")  # type: ignore[assignment]
    clock = house.config.clock
    with house.refusals.tolerated():
        daemon.apply_reload(house, lambda: config_on(tmp_path / "tanggap.toml", clock))  # type: ignore[arg-type]
    assert house.config is before
    house.store = true_store
    daemon.apply_reload(house, lambda: config_on(tmp_path / "tanggap.toml", clock))  # type: ignore[arg-type]
    assert house.config is not before


def reloads_of_a_working_daemon(
    house: daemon.House, path: Path, during: Callable[[int], None], hangup: threading.Event
) -> int:
    """Let the daemon work until its second reload; return how many it did. `during` comes first."""
    done = 0

    def reload() -> Config:
        nonlocal done
        done += 1
        during(done)
        if done == 2:
            house.stop.set()
        return config_on(path, house.config.clock)  # type: ignore[arg-type]

    hangup.set()
    give_up = threading.Timer(30, house.stop.set)
    give_up.start()
    try:
        daemon.work(house, reload, hangup)
    finally:
        give_up.cancel()
    return done


@pytest.mark.fault(17)
def test_a_hangup_that_comes_while_the_files_are_read_is_heard_once_more(
    house: daemon.House, tmp_path: Path
) -> None:
    hangup = threading.Event()

    def another(number: int) -> None:
        if number == 1:
            hangup.set()

    assert reloads_of_a_working_daemon(house, tmp_path / "tanggap.toml", another, hangup) == 2
    assert not hangup.is_set()


@pytest.mark.fault(17)
def test_a_reload_that_the_database_refuses_is_tried_again_unasked(
    house: daemon.House, tmp_path: Path
) -> None:
    true_store, hangup = house.store, threading.Event()

    def refusing(number: int) -> None:
        refused = Refusing(true_store, "sync_sources")
        house.store = refused if number == 1 else true_store  # type: ignore[assignment]

    assert reloads_of_a_working_daemon(house, tmp_path / "tanggap.toml", refusing, hangup) == 2


def test_a_worker_that_resolves_for_a_replaced_network_leaves_no_trace(
    house: daemon.House,
) -> None:
    network: Network = house.networks["x"]
    house.networks = {"x": daemon.NETWORKS["x"](house.config)}
    assert daemon.account_ids(house, "x", network)
    assert house.ids == {}
    network.close()


def test_reads_that_others_hold_just_now_cost_a_minute_and_stop_nobody_else(
    house: daemon.House,
) -> None:
    limits = house.config.x.model_copy(update={"daily_read_limit": 400})
    house.config = replace(house.config, x=limits)
    daemon.once(house)  # looks the ids up, and reads a little
    house.store.poll_now("x:mentions:dpupr", house.now())
    much = Part(100, 380)
    with house.reservations.part("x", lambda: Room(left=much, most=much, workers=1)):
        daemon.turn(house, "x:mentions:dpupr")
    [status] = [
        one for one in house.store.sources(house.now()) if one.spec.id == "x:mentions:dpupr"
    ]
    assert status.code == "fair_share"
    assert status.next_poll_at <= house.now() + timedelta(minutes=1)
    assert {hold.scope for hold in house.store.holds(house.now())} <= {"x:mentions:dpupr"}


@pytest.mark.parametrize("limit", [45, 79])
def test_a_small_limit_is_read_though_there_are_more_workers(
    house: daemon.House, limit: int
) -> None:
    limits = house.config.x.model_copy(update={"daily_read_limit": limit})
    house.config = replace(house.config, x=limits)
    fetched = daemon.once(house).fetched
    # The other of the two sources may have been first, and this one then waits for a minute.
    assert isinstance(house.config.clock, HandClock)
    house.config.clock.advance(timedelta(minutes=1))
    fetched += daemon.once(house).fetched
    assert fetched > 0
    assert 0 < house.store.usage("x", house.now(), house.config.x.prices).day_reads <= limit


@pytest.mark.parametrize("limit", [41, 79, 159, 400])
def test_whoever_reads_alone_has_a_whole_page_while_there_is_one(
    house: daemon.House, limit: int
) -> None:
    limits = house.config.x.model_copy(update={"daily_read_limit": limit})
    config = replace(house.config, x=limits)
    now = house.now()
    lease = house.store.lease("x:mentions:dpupr", "d", now, now + timedelta(minutes=3))
    assert lease is not None
    with (
        spending(house.store, config, lease, house.reservations, house.uncounted) as purse,
        purse.page(now) as part,
    ):
        assert part is not None
        assert part.reads is not None
        assert PAGE_READS <= part.reads <= limit


class Counting:
    """A store that counts how often each method is called."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> object:
        self.calls[name] += 1
        return getattr(self._store, name)


def test_a_page_looks_once_at_what_is_spent(house: daemon.House) -> None:
    true_store = house.store
    counting = Counting(true_store)
    house.store = counting  # type: ignore[assignment]
    daemon.turn(house, "x:mentions:dpupr")
    house.store = true_store
    pages = counting.calls["accept"]
    assert pages > 0
    assert (counting.calls["spent"], counting.calls["usage"]) == (pages, pages)


def test_requests_that_the_store_refuses_to_count_are_counted_with_the_next_page_of_any_source(
    house: daemon.House, simulator: Simulator
) -> None:
    true_store = house.store
    house.store = Refusing(true_store, "accept", "note_requests")  # type: ignore[assignment]
    assert daemon.turn(house, "x:mentions:dpupr").refused == 1
    left = len(simulator.oracle.log())
    assert left > 0
    assert true_store.spent("x", "x:mentions:dpupr", house.now()).day == 0
    assert daemon.turn(house, "x:timeline:dpupr").refused == 1
    assert len(simulator.oracle.log()) == left, "nothing leaves before that is counted"
    house.store = true_store
    house.config.clock.advance(timedelta(hours=4))  # type: ignore[attr-defined]
    daemon.turn(house, "x:timeline:dpupr")
    spent = true_store.spent("x", "x:mentions:dpupr", house.now())
    assert (spent.source_day, spent.day) == (left, len(simulator.oracle.log()))


@pytest.mark.fault(6)
def test_a_cycle_on_a_low_disk_hands_out_nothing_and_once_ends(house: daemon.House) -> None:
    settings = house.config.daemon.model_copy(update={"disk_low_mb": 10**9})
    house.config = replace(house.config, daemon=settings)
    assert daemon.once(house) == Accepted()
    assert [alarm.code for alarm in house.store.alarms()] == ["disk_low"]
