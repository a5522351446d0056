"""The contract of the store, held by every database; another one is another `param` here."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from store_contract import (
    AnswersContract,
    ConsistencyContract,
    HoldsContract,
    IngestContract,
    LedgerContract,
    ListsContract,
    ReviewsContract,
    RevisionsContract,
    SearchContract,
    SourcesContract,
    UsersContract,
)

from tanggap.store import Store, open_store


def _sqlite(tmp_path: Path) -> Callable[[], Store]:
    return lambda: open_store(tmp_path / "tanggap.db")


@pytest.fixture(params=[_sqlite])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Give what opens the same database once more, as another program would."""
    opened: list[Store] = []
    open_one = request.param(tmp_path)

    def open_it() -> Store:
        store: Store = open_one()
        opened.append(store)
        return store

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def store(reopen: Callable[[], Store]) -> Store:
    """Give an empty, migrated store."""
    store = reopen()
    assert store.migrate()
    return store


class TestSources(SourcesContract):
    pass


class TestHolds(HoldsContract):
    pass


class TestLedger(LedgerContract):
    pass


class TestIngest(IngestContract):
    pass


class TestRevisions(RevisionsContract):
    pass


class TestAnswers(AnswersContract):
    pass


class TestLists(ListsContract):
    pass


class TestSearch(SearchContract):
    pass


class TestReviews(ReviewsContract):
    pass


class TestConsistency(ConsistencyContract):
    pass


class TestUsers(UsersContract):
    pass


def test_a_store_is_migrated_once(store: Store) -> None:
    assert store.migrate() == []
    store.check_schema()
