"""When a backup was made and when the next is due; the backups themselves are files elsewhere."""

import json
from datetime import datetime, timedelta

from tanggap.clock import from_text, to_text
from tanggap.store.clock_repair import TOLERANCE
from tanggap.store.database import SqlDatabase
from tanggap.store.meta import meta, set_meta
from tanggap.store.rows import LastBackup

_NEXT, _LAST = "backup_next", "backup_last"


class Backups(SqlDatabase):
    """Implements the duty of backups of `tanggap.store.base.SourceStore`."""

    def claim_backup(self, now: datetime, until: datetime, every: timedelta) -> bool:
        """Take the next backup by a conditional UPDATE when it is due; say whether it was taken.

        It is due again at `until` unless `note_backup` or `backup_again_at` says otherwise, so
        that a daemon that died over it holds up nobody for long. A moment further off than
        `every` was set by a wrong clock, or for a longer interval, and is not waited for.
        """
        longest = now + every + TOLERANCE
        with self._read() as conn:  # asked every few seconds: spare the write lock
            due_at = meta(conn, _NEXT)
        if due_at is not None and now < from_text(due_at) <= longest:
            return False
        with self._write() as conn:
            taken = conn.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET "
                "value = excluded.value WHERE meta.value <= ? OR meta.value > ?",
                (_NEXT, to_text(until), to_text(now), to_text(longest)),
            )
            return taken.rowcount == 1

    def note_backup(self, made: LastBackup, next_at: datetime) -> None:
        """Keep what the last good backup is, and when the next is due."""
        with self._write() as conn:
            values = {
                "made_at": to_text(made.made_at),
                "file": made.file,
                "bytes": made.bytes,
                "rows": made.rows,
                "seconds": round(made.seconds, 3),
            }
            set_meta(conn, _LAST, json.dumps(values))
            set_meta(conn, _NEXT, to_text(next_at))

    def backup_again_at(self, moment: datetime) -> None:
        """Have the next backup due at a moment."""
        with self._write() as conn:
            set_meta(conn, _NEXT, to_text(moment))

    def last_backup(self) -> LastBackup | None:
        """Return the last good backup; None when none was ever noted."""
        with self._read() as conn:
            kept = meta(conn, _LAST)
        if kept is None:
            return None
        values = json.loads(kept)
        return LastBackup(
            made_at=from_text(values["made_at"]),
            file=values["file"],
            bytes=values["bytes"],
            rows=values["rows"],
            seconds=values["seconds"],
        )
