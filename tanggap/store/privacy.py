"""What is written down when a person looks at personal data."""

import json
from datetime import datetime

from tanggap.clock import to_text
from tanggap.errors import InputError
from tanggap.language import gettext as _
from tanggap.store.codec import clean
from tanggap.store.database import SqlDatabase
from tanggap.store.items import item_row, queue_writes
from tanggap.store.rows import Scope
from tanggap.store.scope import visible


class Privacy(SqlDatabase):
    """Implements `tanggap.store.base_privacy.PrivacyStore`."""

    def note_revealed(self, scope: Scope, item_id: int, by: str, why: str, now: datetime) -> bool:
        """Write into an item's history that a person had its personal data shown, and why."""
        by, why = clean(by), clean(why).strip()
        if not why:
            raise InputError(_("tulis alasannya"))
        with self._write() as conn, queue_writes(conn, now, by) as writes:
            row = visible(conn, scope, item_id)
            if row is None:
                return False
            state = item_row(row).state
            writes.event(item_id, "revealed", {})
            writes.touch(state)
            labels = json.dumps(state.labels)
            # The reason stands where reasons can be erased, the event only says that it was done.
            conn.execute(
                'INSERT INTO reviews (item_id, at, "by", verdict, before, after, wrong_opd, why) '
                "VALUES (?, ?, ?, 'revealed', ?, ?, 0, ?)",
                (item_id, to_text(now), by, labels, labels, why),
            )
        return True
