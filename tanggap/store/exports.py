"""The log of exports."""

from datetime import datetime

from tanggap.clock import from_text, to_text
from tanggap.store.codec import clean
from tanggap.store.database import SqlDatabase
from tanggap.store.rows_desk import ExportNote

_QUERY_AT_MOST = 500


class Exports(SqlDatabase):
    """Implements `tanggap.store.base_exports.ExportStore`."""

    def note_export(self, by: str, form: str, query: str, items: int, now: datetime) -> None:
        """Write down that somebody takes a file of so many items; `query` is cut at 500 letters."""
        with self._write() as conn:
            conn.execute(
                'INSERT INTO exports (at, "by", form, query, items) VALUES (?, ?, ?, ?, ?)',
                (to_text(now), clean(by), clean(form), clean(query)[:_QUERY_AT_MOST], items),
            )

    def exports(self, limit: int = 200) -> list[ExportNote]:
        """Return the newest exports, newest first."""
        with self._read() as conn:
            rows = conn.execute(
                "SELECT * FROM exports ORDER BY id DESC LIMIT ?", (limit,)
            ).fetchall()
        return [
            ExportNote(from_text(row["at"]), row["by"], row["form"], row["query"], row["items"])
            for row in rows
        ]
