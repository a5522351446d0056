"""Which items ask something of an OPD, as a condition of SQL; the same as `clocks.asks`."""

import json

from tanggap.mention import ACTIONABLE
from tanggap.store.database import Transaction

ASKS = json.dumps(sorted(ACTIONABLE))
"""Parameter `asks` of `asks_something`."""


def asks_something(conn: Transaction) -> str:
    """Return a condition: the item `i` asks something and was not put aside (parameter `asks`)."""
    return (
        "i.tab IN ('queue', 'sensitive') "
        f"AND (i.jenis IS NULL OR i.jenis IN ({conn.texts_in(':asks')}))"
    )
