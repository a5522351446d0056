"""All parts of a store together, for whichever database they run on."""

from tanggap.store.backups import Backups
from tanggap.store.clock_repair import ClockRepair
from tanggap.store.daemons import Daemons
from tanggap.store.events import Events
from tanggap.store.ingest import Ingest
from tanggap.store.ledger import Ledger
from tanggap.store.search import Search
from tanggap.store.shared_queue import SharedQueue
from tanggap.store.sources import Sources
from tanggap.store.users import Users
from tanggap.store.watched import Watch


class SqlStore(
    Sources,
    ClockRepair,
    Ingest,
    Ledger,
    SharedQueue,
    Events,
    Search,
    Users,
    Watch,
    Backups,
    Daemons,
):
    """Implements `tanggap.store.base.Store` but for what only the database itself knows."""
