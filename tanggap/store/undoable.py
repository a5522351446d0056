"""What an act changed, kept for a while so that it can be undone."""

from datetime import datetime, timedelta

from tanggap.clock import to_text
from tanggap.store.database import Transaction
from tanggap.store.item_state import ItemState
from tanggap.store.items import ItemRow, state_text

_KEEP_UNDOABLE = timedelta(days=1)
"""On the install's clock: long enough for any speed at which people still look on."""


def remember_act(
    conn: Transaction,
    item: ItemRow,
    review_id: int,
    after: ItemState,
    now: datetime,
    batch: str,
) -> None:
    """Keep what an act changed, so that it can be undone; it takes the place of the one before."""
    conn.execute("DELETE FROM undoable WHERE at < ?", (to_text(now - _KEEP_UNDOABLE),))
    conn.execute(
        'INSERT INTO undoable (item_id, review_id, "by", at, batch, before, after) '
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (item_id) DO UPDATE SET "
        'review_id = excluded.review_id, "by" = excluded."by", at = excluded.at, '
        "batch = excluded.batch, before = excluded.before, after = excluded.after",
        (
            item.id,
            review_id,
            after.updated_by,
            to_text(now),
            batch,
            state_text(item.state),
            state_text(after),
        ),
    )
