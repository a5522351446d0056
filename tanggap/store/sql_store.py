"""All parts of a store together, for whichever database they run on."""

from tanggap.store.events import Events
from tanggap.store.ingest import Ingest
from tanggap.store.ledger import Ledger
from tanggap.store.search import Search
from tanggap.store.shared_queue import SharedQueue
from tanggap.store.sources import Sources
from tanggap.store.users import Users


class SqlStore(Sources, Ingest, Ledger, SharedQueue, Events, Search, Users):
    """Implements `tanggap.store.base.Store` but for what only the database itself knows."""
