"""All parts of a store together, for whichever database they run on."""

from abc import abstractmethod

from tanggap.store.alarms import Alarms
from tanggap.store.answer_facts import AnswerBook
from tanggap.store.backups import Backups
from tanggap.store.base import Store
from tanggap.store.boards import BoardBook
from tanggap.store.clock_repair import ClockRepair
from tanggap.store.coverage import Coverage
from tanggap.store.daemons import Daemons
from tanggap.store.deadlines import DeadlineBook
from tanggap.store.events import Events
from tanggap.store.exports import Exports
from tanggap.store.incident_acts import IncidentActs
from tanggap.store.incidents import Incidents
from tanggap.store.ingest import Ingest
from tanggap.store.ledger import Ledger
from tanggap.store.outbox import Outbox
from tanggap.store.outbox_delivery import OutboxDelivery
from tanggap.store.privacy import Privacy
from tanggap.store.search import Search
from tanggap.store.second_step import SecondStep
from tanggap.store.shared_queue import SharedQueue
from tanggap.store.sources import Sources
from tanggap.store.triage import Triage
from tanggap.store.tuning import Tuning
from tanggap.store.users import Users
from tanggap.store.views import Views


class SqlStore(
    Sources,
    ClockRepair,
    Ingest,
    Ledger,
    SharedQueue,
    Privacy,
    Triage,
    AnswerBook,
    DeadlineBook,
    BoardBook,
    Events,
    Search,
    Users,
    SecondStep,
    Coverage,
    Alarms,
    Backups,
    Daemons,
    Exports,
    Tuning,
    Views,
    Incidents,
    IncidentActs,
    Outbox,
    OutboxDelivery,
    Store,
):
    """Implements `tanggap.store.base.Store` but for what only the database itself knows."""

    @abstractmethod
    def _do_steps(self) -> list[str]:
        """Do the missing steps of the schema inside the `_write` that is under way; return them.

        What is written behind them in the same transaction appears together with the tables.
        """


def sql_store(store: Store) -> SqlStore:
    """Return a store as what it is, for what looks at its rows: there are no others."""
    assert isinstance(store, SqlStore)  # noqa: S101 - both stores that there are
    return store
