"""The contract of the store, held by every database; another one is another `param` here."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlite_support import put_migrated
from store_contract import (
    AnswerFactsContract,
    AnswerKindsContract,
    AnswerPresenceContract,
    AnswersContract,
    ArrivalsContract,
    AutoCloseContract,
    CheckoutsContract,
    ChoicesContract,
    ConsistencyContract,
    CoverageContract,
    DeadlinesContract,
    EngagementContract,
    ExportsContract,
    FrozenSetContract,
    HoldsContract,
    ImportsContract,
    IncidentsContract,
    IngestContract,
    JobsContract,
    LabelsContract,
    LedgerContract,
    ListsContract,
    ModelsContract,
    OutboxContract,
    OutboxDeliveryContract,
    OwnPostsContract,
    PrivacyContract,
    RecordedAnswersContract,
    RequestsContract,
    ReviewsContract,
    RevisionsContract,
    SearchContract,
    SecondStepContract,
    SourcesContract,
    UndoContract,
    UsersContract,
    ViewsContract,
    ViralContract,
    WithdrawnAnswersContract,
)

from tanggap.store import Store, open_store


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Say where a database for one test is, or will be when it is migrated."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("migrated_postgres_url")
        return url
    put_migrated(tmp_path / "tanggap.db")
    return tmp_path / "tanggap.db"


@pytest.fixture
def reopen(where: str | Path) -> Iterator[Callable[[], Store]]:
    """Give what opens the same database once more, as another program would."""
    opened: list[Store] = []

    def open_it() -> Store:
        store = open_store(where)
        opened.append(store)
        return store

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def store(reopen: Callable[[], Store]) -> Store:
    """Give an empty, migrated store."""
    store = reopen()
    store.migrate()
    return store


class TestSources(SourcesContract):
    pass


class TestOutbox(OutboxContract):
    pass


class TestOutboxDelivery(OutboxDeliveryContract):
    pass


class TestPrivacy(PrivacyContract):
    pass


class TestRequests(RequestsContract):
    pass


class TestHolds(HoldsContract):
    pass


class TestLedger(LedgerContract):
    pass


class TestCoverage(CoverageContract):
    pass


class TestArrivals(ArrivalsContract):
    pass


class TestIngest(IngestContract):
    pass


class TestRevisions(RevisionsContract):
    pass


class TestAnswers(AnswersContract):
    pass


class TestAnswerKinds(AnswerKindsContract):
    pass


class TestRecordedAnswers(RecordedAnswersContract):
    pass


class TestWithdrawnAnswers(WithdrawnAnswersContract):
    pass


class TestAnswerFacts(AnswerFactsContract):
    pass


class TestAnswerPresence(AnswerPresenceContract):
    pass


class TestAutoClose(AutoCloseContract):
    pass


class TestDeadlines(DeadlinesContract):
    pass


class TestLists(ListsContract):
    pass


class TestSearch(SearchContract):
    pass


class TestReviews(ReviewsContract):
    pass


class TestConsistency(ConsistencyContract):
    pass


class TestUndo(UndoContract):
    pass


class TestCheckouts(CheckoutsContract):
    pass


class TestChoices(ChoicesContract):
    pass


class TestIncidents(IncidentsContract):
    pass


class TestUsers(UsersContract):
    pass


class TestExports(ExportsContract):
    pass


class TestSecondStep(SecondStepContract):
    pass


class TestLabels(LabelsContract):
    pass


class TestImports(ImportsContract):
    pass


class TestFrozenSet(FrozenSetContract):
    pass


class TestViews(ViewsContract):
    pass


class TestModels(ModelsContract):
    pass


class TestJobs(JobsContract):
    pass


class TestEngagement(EngagementContract):
    pass


class TestOwnPosts(OwnPostsContract):
    pass


class TestViral(ViralContract):
    pass


def test_a_store_is_migrated_once(store: Store) -> None:
    assert store.migrate() == []
    store.check_schema()
