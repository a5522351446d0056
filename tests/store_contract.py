"""What every store promises, whichever database it is: one suite, gathered from its parts.

Each part is a class of tests that ask for the fixtures `store` (empty, migrated) and `reopen`
(opens the same database once more). See test_store.py.
"""

from store_contract_answers import (
    AnswerFactsContract,
    AnswerKindsContract,
    AutoCloseContract,
    RecordedAnswersContract,
)
from store_contract_boards import EngagementContract, OwnPostsContract, ViralContract
from store_contract_coverage import ArrivalsContract, CoverageContract
from store_contract_deadlines import DeadlinesContract
from store_contract_exports import ExportsContract
from store_contract_incidents import IncidentsContract
from store_contract_ingest import AnswersContract, IngestContract, RevisionsContract
from store_contract_outbox import OutboxContract, OutboxDeliveryContract
from store_contract_presence import AnswerPresenceContract
from store_contract_privacy import PrivacyContract
from store_contract_queue import ListsContract, SearchContract
from store_contract_requests import RequestsContract
from store_contract_reviews import ConsistencyContract, ReviewsContract
from store_contract_second_step import SecondStepContract
from store_contract_sources import HoldsContract, LedgerContract, SourcesContract
from store_contract_triage import CheckoutsContract, ChoicesContract, UndoContract
from store_contract_tuning import (
    FrozenSetContract,
    ImportsContract,
    JobsContract,
    LabelsContract,
    ModelsContract,
)
from store_contract_users import UsersContract
from store_contract_views import ViewsContract
from store_contract_withdrawals import WithdrawnAnswersContract

__all__ = [
    "AnswerFactsContract",
    "AnswerKindsContract",
    "AnswerPresenceContract",
    "AnswersContract",
    "ArrivalsContract",
    "AutoCloseContract",
    "CheckoutsContract",
    "ChoicesContract",
    "ConsistencyContract",
    "CoverageContract",
    "DeadlinesContract",
    "EngagementContract",
    "ExportsContract",
    "FrozenSetContract",
    "HoldsContract",
    "ImportsContract",
    "IncidentsContract",
    "IngestContract",
    "JobsContract",
    "LabelsContract",
    "LedgerContract",
    "ListsContract",
    "ModelsContract",
    "OutboxContract",
    "OutboxDeliveryContract",
    "OwnPostsContract",
    "PrivacyContract",
    "RecordedAnswersContract",
    "RequestsContract",
    "ReviewsContract",
    "RevisionsContract",
    "SearchContract",
    "SecondStepContract",
    "SourcesContract",
    "UndoContract",
    "UsersContract",
    "ViewsContract",
    "ViralContract",
    "WithdrawnAnswersContract",
]
