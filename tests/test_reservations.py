"""Turns of one daemon or of several spend from one budget: never more than it, and all of it."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from daemon_support import write_config
from hypothesis import given, settings
from hypothesis import strategies as st
from store_support import NOW, page

from tanggap.config import Config, load_config
from tanggap.errors import CollectorError, LeaseLost, RateLimited
from tanggap.mention import SourceSpec
from tanggap.store import Store, open_store
from tanggap.store.rows import Lease
from tanggap.turns.budget import PAGE_READS, Budget, Part, Room
from tanggap.turns.reservations import Keeper, Reservations, SharedReservations, keeper_of
from tanggap.turns.spending import spending
from tanggap.turns.uncounted import Uncounted

LIMIT = 500
SOURCES = [
    SourceSpec(f"x:mentions:opd{number}", "x", "mentions", (f"opd{number}",), "x", 180)
    for number in range(6)
]


@pytest.fixture
def stores(migrated_postgres_url: str) -> Iterator[list[Store]]:
    stores = [open_store(migrated_postgres_url) for _ in range(3)]
    stores[0].sync_sources(SOURCES, NOW)
    yield stores
    for store in stores:
        store.close()


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Return the config of a daemon that is not alone."""
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", "x" * 30)
    url = ('url = "sqlite:tanggap.db"', 'url = "postgresql://tanggap@127.0.0.1/tanggap"')
    return load_config(write_config(tmp_path, "http://127.0.0.1:1", url))


def leased(store: Store, spec: SourceSpec, owner: str = "d", now: datetime = NOW) -> Lease:
    lease = store.lease(spec.id, owner, now, now + timedelta(seconds=180))
    assert lease is not None
    return lease


def room_on(store: Store, limit: int = LIMIT, now: datetime = NOW) -> Callable[[], Room]:
    def look() -> Room:
        left = Budget.left_of(store.usage("x", now, {}), limit, 10**6).left
        return Room(left=Part(10**6, left), most=Part(60, left), workers=4)

    return look


def test_many_turns_of_many_daemons_end_at_the_limit(stores: list[Store]) -> None:
    def spend(number: int) -> int:
        """Read as a turn does, page by page, until nothing is left for it."""
        store, spec = stores[number % 3], SOURCES[number]
        lease = leased(store, spec, f"d{number % 3}")
        keeper = SharedReservations(store, lease, lambda: NOW)
        done = 0
        while True:
            with keeper.part("x", room_on(store)) as part:
                assert part.reads is not None
                if part.reads == 0:
                    return done
                # The network bills what it returns: all that was allowed, each of them new.
                keys = tuple(f"post:{number}-{done + one}" for one in range(part.reads))
                store.accept(lease, page(reads=keys), {}, NOW)
                done += part.reads

    with ThreadPoolExecutor(len(SOURCES)) as pool:
        spent = sum(pool.map(spend, range(len(SOURCES))))
    used = stores[0].usage("x", NOW, {}).day_reads
    assert used == spent
    assert LIMIT - 4 < used <= LIMIT


Days = tuple[Store, Iterator[datetime]]


@contextmanager
def days_on(where: str) -> Iterator[Days]:
    """Give a store and mornings of days of which nothing is read yet."""
    store = open_store(where)
    try:
        store.migrate()
        store.sync_sources(SOURCES, NOW)
        yield store, (NOW + timedelta(days=number) for number in range(10_000))
    finally:
        store.close()


LIMITS = st.integers(0, 900)
STEPS = st.lists(st.integers(0, len(SOURCES) - 1), max_size=40)
BILLS = st.integers(1, 4)


def test_in_any_order_of_any_workers_the_limit_is_never_passed(tmp_path: Path) -> None:
    own = Reservations()
    with days_on(str(tmp_path / "tanggap.db")) as days:

        @settings(deadline=None, max_examples=80)
        @given(LIMITS, STEPS, BILLS)
        def never_passed(limit: int, steps: list[int], bills: int) -> None:
            walk(days, lambda *_: own, limit, steps, bills)

        never_passed()


def test_in_any_order_of_any_daemons_the_limit_is_never_passed(migrated_postgres_url: str) -> None:
    with days_on(migrated_postgres_url) as days:

        def keeper(lease: Lease, now: datetime) -> Keeper:
            return SharedReservations(days[0], lease, lambda: now)

        @settings(deadline=None, max_examples=40)
        @given(LIMITS, STEPS, BILLS)
        def never_passed(limit: int, steps: list[int], bills: int) -> None:
            walk(days, keeper, limit, steps, bills)

        never_passed()


def walk(
    days: Days,
    keeper: Callable[[Lease, datetime], Keeper],
    limit: int,
    steps: list[int],
    bills: int,
) -> None:
    """Each number is a worker's next step: to take a part, or to read it and write that down."""
    store, mornings = days
    now = next(mornings)
    leases = [leased(store, spec, now=now) for spec in SOURCES]
    keepers = [keeper(lease, now) for lease in leases]
    with ExitStack() as stack:
        under_way: dict[int, tuple[ExitStack, int]] = {}
        pages: Counter[int] = Counter()
        for worker in steps:
            if worker not in under_way:
                block = stack.enter_context(ExitStack())
                part = block.enter_context(keepers[worker].part("x", room_on(store, limit, now)))
                assert part.reads is not None
                under_way[worker] = (block, part.reads)
            else:
                block, reads = under_way.pop(worker)
                pages[worker] += 1
                # Of what was allowed the network may bill all or a part.
                billed = range(-(-reads // bills))
                keys = tuple(f"post:{worker}-{pages[worker]}-{one}" for one in billed)
                store.accept(leases[worker], page(reads=keys), {}, now)
                block.close()
            may_come = sum(reads for _, reads in under_way.values())
            assert store.usage("x", now, {}).day_reads + may_come <= limit


def test_requests_of_all_daemons_together_stay_within_what_is_left(stores: list[Store]) -> None:
    keepers = [
        SharedReservations(stores[number % 3], leased(stores[0], spec), lambda: NOW)
        for number, spec in enumerate(SOURCES)
    ]
    got = []
    for one in keepers:
        with one.part("x", lambda: Room(Part(20, None), Part(60, None), 4)) as part:
            got.append(part)
    assert [part.requests for part in got] == [10, 5, 3, 1, 1, 0]
    assert {part.reads for part in got} == {None}


def test_who_lost_the_source_asks_the_network_for_nothing(stores: list[Store]) -> None:
    old = leased(stores[0], SOURCES[0], "d1")
    later = NOW + timedelta(seconds=181)
    assert stores[1].lease(SOURCES[0].id, "d2", later, later + timedelta(seconds=180))
    keeper = SharedReservations(stores[0], old, lambda: later)
    with pytest.raises(LeaseLost), keeper.part("x", room_on(stores[0])):
        pass


def test_one_daemon_on_a_file_keeps_its_parts_to_itself(
    tmp_path: Path, stores: list[Store], shared: Config
) -> None:
    own, lease = Reservations(), leased(stores[0], SOURCES[0])
    on_file = load_config(write_config(tmp_path, "http://127.0.0.1:1"))
    assert keeper_of(stores[0], on_file, lease, own) is own
    assert isinstance(keeper_of(stores[0], shared, lease, own), SharedReservations)


class Calls:
    """A store that counts how often each method is called."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.names: Counter[str] = Counter()

    def __getattr__(self, name: str) -> object:
        self.names[name] += 1
        return getattr(self._store, name)


def test_a_page_takes_its_parts_in_one_transaction(stores: list[Store], shared: Config) -> None:
    now = shared.clock.now()
    lease = leased(stores[0], SOURCES[0], now=now)
    calls = Calls(stores[0])
    watched = cast("Store", calls)
    with (
        spending(watched, shared, lease, Reservations(), Uncounted()) as purse,
        purse.page(now) as part,
    ):
        assert part is not None
        assert part.reads is not None
    assert calls.names == {"reserve": 1, "spent": 1, "usage": 1}


def explained(stores: list[Store], config: Config, limit: int, *, held: int) -> CollectorError:
    """Return how a turn explains that too few reads were left, while another holds some."""
    limits = config.x.model_copy(update={"daily_read_limit": limit})
    config, now = replace(config, x=limits), config.clock.now()
    mine, other = (leased(stores[0], spec, now=now) for spec in SOURCES[:2])
    much = Room(Part(100, held), Part(1, held), 1)
    own, keeper = Reservations(), SharedReservations(stores[1], other, lambda: now)
    with (
        keeper.part("x", lambda: much),
        spending(stores[0], config, mine, own, Uncounted()) as purse,
    ):
        with purse.page(now) as part:
            assert part is not None
            assert part.reads is not None
            assert part.reads < PAGE_READS
        return purse.explained(RateLimited("budget", "x", "too few"), now)


def test_reads_that_others_hold_just_now_make_one_source_wait_a_moment(
    stores: list[Store], shared: Config
) -> None:
    error = explained(stores, shared, 400, held=390)
    assert (error.code, error.scope) == ("fair_share", SOURCES[0].id)
    assert isinstance(error, RateLimited)
    assert error.retry_at is not None
    assert error.retry_at <= shared.clock.now() + timedelta(minutes=1)


def test_the_network_waits_only_when_less_than_one_page_is_left_of_the_day(
    stores: list[Store], shared: Config
) -> None:
    error = explained(stores, shared, PAGE_READS - 1, held=0)
    assert (error.code, error.scope) == ("budget", "x")
    assert isinstance(error, RateLimited)
    assert error.retry_at is not None
    assert error.retry_at > shared.clock.now() + timedelta(minutes=1)
