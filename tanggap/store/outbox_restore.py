"""What a restore does to the outbox: nothing that waited in a backup is sent once more."""

from datetime import datetime

from tanggap.clock import to_text
from tanggap.store.database import Transaction
from tanggap.store.meta import set_meta
from tanggap.store.outbox import RESTORED


def forget_notices(conn: Transaction, made_at: datetime) -> None:
    """End what waits in a database made of a backup, and have the next daemon know of it.

    What waited then was sent since, or is told of by the posts that are read again.
    """
    at = to_text(made_at)
    conn.execute(
        "UPDATE outbox SET state = 'dead', code = 'restored', ended_at = ? WHERE state = 'waiting'",
        (at,),
    )
    conn.execute(
        "UPDATE notice_channels SET owner = NULL, until = NULL, failures = 0, "
        "failing_since = NULL, next_try_at = NULL, code = ''"
    )
    if conn.execute("SELECT 1 AS known FROM notice_channels LIMIT 1").fetchone() is not None:
        set_meta(conn, RESTORED, at)
