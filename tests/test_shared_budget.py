"""Several daemons spend from one budget: never more than it, and all of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from daemon_support import write_config
from store_support import NOW, SPEC, page

from tanggap.config import load_config
from tanggap.errors import LeaseLost
from tanggap.mention import SourceSpec
from tanggap.store import Store, open_store
from tanggap.store.rows import Lease
from tanggap.turns.budget import Budget, Reservations
from tanggap.turns.shared_budget import SharedReservations, parts_kept

LIMIT = 500
SOURCES = [
    SourceSpec(f"x:mentions:opd{number}", "x", "mentions", (f"opd{number}",), "x", 180)
    for number in range(6)
]


@pytest.fixture
def stores(migrated_postgres_url: str) -> list[Store]:
    stores = [open_store(migrated_postgres_url) for _ in range(3)]
    stores[0].sync_sources(SOURCES, NOW)
    return stores


def leased(store: Store, spec: SourceSpec, owner: str = "d") -> Lease:
    lease = store.lease(spec.id, owner, NOW, NOW + timedelta(seconds=180))
    assert lease is not None
    return lease


def budget_on(store: Store) -> Callable[[str], Budget | None]:
    return lambda network: Budget.left_of(store.usage(network, NOW, {}), LIMIT, 10**6)


def test_many_turns_of_many_daemons_end_at_the_limit(stores: list[Store]) -> None:
    def spend(number: int) -> int:
        """Read as a turn does, page by page, until nothing is left for it."""
        store, spec = stores[number % 3], SOURCES[number]
        lease = leased(store, spec, f"d{number % 3}")
        parts = SharedReservations(store, lease, lambda: NOW)
        done = 0
        while True:
            with parts.share("x", budget_on(store), 4) as reads:
                assert reads is not None
                if reads == 0:
                    return done
                # The network bills what it returns: all that was allowed, each of them new.
                keys = tuple(f"post:{number}-{done + one}" for one in range(reads))
                store.accept(lease, page(reads=keys), {}, NOW)
                done += reads

    with ThreadPoolExecutor(len(SOURCES)) as pool:
        spent = sum(pool.map(spend, range(len(SOURCES))))
    used = stores[0].usage("x", NOW, {}).day_reads
    for store in stores:
        store.close()
    assert used == spent
    assert LIMIT - 4 < used <= LIMIT


def test_requests_of_all_daemons_together_stay_within_what_is_left(stores: list[Store]) -> None:
    parts = [
        SharedReservations(stores[number % 3], leased(stores[0], spec), lambda: NOW)
        for number, spec in enumerate(SOURCES)
    ]
    got = []
    for one in parts:
        with one.part("x", lambda: (20, 60)) as requests:
            got.append(requests)
    for store in stores:
        store.close()
    assert got == [10, 5, 3, 1, 1, 0]


def test_who_lost_the_source_asks_the_network_for_nothing(stores: list[Store]) -> None:
    old = leased(stores[0], SOURCES[0], "d1")
    later = NOW + timedelta(seconds=181)
    assert stores[1].lease(SOURCES[0].id, "d2", later, later + timedelta(seconds=180))
    parts = SharedReservations(stores[0], old, lambda: later)
    with pytest.raises(LeaseLost), parts.share("x", budget_on(stores[0]), 4):
        pass
    with pytest.raises(LeaseLost), parts.part("x", lambda: (9, 9)):
        pass
    with parts.share("facebook", lambda _: None, 4) as reads:
        assert reads is None
    for store in stores:
        store.close()


def test_one_daemon_on_a_file_keeps_its_parts_to_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stores: list[Store]
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", "x" * 30)
    own, lease = Reservations(), leased(stores[0], SOURCES[0])
    on_file = load_config(write_config(tmp_path, "http://127.0.0.1:1"))
    assert parts_kept(stores[0], on_file, lease, own) is own
    url = ('url = "sqlite:tanggap.db"', 'url = "postgresql://tanggap@127.0.0.1/tanggap"')
    shared = load_config(write_config(tmp_path, "http://127.0.0.1:1", url))
    assert isinstance(parts_kept(stores[0], shared, lease, own), SharedReservations)
    assert lease.source.network == SPEC.network
    for store in stores:
        store.close()
