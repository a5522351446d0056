"""The outbox as a delivery sees it: who sends, what is due, what has come of it."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

from collections.abc import Sequence
from datetime import datetime

from tanggap.clock import from_text, to_text
from tanggap.store.clock_repair import TOLERANCE
from tanggap.store.codec import list_of, text_list
from tanggap.store.database import SqlDatabase, id_list, ids_in
from tanggap.store.outbox import end, notice_from
from tanggap.store.outbox_intake import INSERT, notice_id
from tanggap.store.rows_outbox import Notice

_AT_ONCE = 500


class OutboxDelivery(SqlDatabase):
    """Implements the sending of `tanggap.store.base_outbox.OutboxStore`."""

    def claim_notices(self, channel: str, owner: str, now: datetime, until: datetime) -> bool:
        """Take a channel by a conditional UPDATE, or keep it.

        A claim that lasts longer than one given now could was given by a wrong clock.
        """
        with self._write() as conn:
            taken = conn.execute(
                "UPDATE notice_channels SET owner = :owner, until = :until WHERE id = :id "
                "AND active = 1 AND (owner IS NULL OR owner = :owner OR until <= :now "
                "OR until > :longest)",
                {
                    "owner": owner,
                    "until": to_text(until),
                    "id": channel,
                    "now": to_text(now),
                    "longest": to_text(until + TOLERANCE),
                },
            )
            return taken.rowcount == 1

    def release_notices(self, channel: str, owner: str) -> None:
        """Give a channel back."""
        with self._write() as conn:
            conn.execute(
                "UPDATE notice_channels SET owner = NULL, until = NULL WHERE id = ? AND owner = ?",
                (channel, owner),
            )

    def free_notices(self, owners: Sequence[str]) -> None:
        """Give back the channels of daemons that are no more."""
        with self._write() as conn:
            conn.executemany(
                "UPDATE notice_channels SET owner = NULL, until = NULL WHERE owner = ?",
                [(owner,) for owner in owners],
            )

    def due_notices(self, channel: str, now: datetime, limit: int = _AT_ONCE) -> list[Notice]:
        """Return what waits for a channel and is due, in the order in which it is sent."""
        with self._read() as conn:
            rows = conn.execute(
                "SELECT * FROM outbox WHERE state = 'waiting' AND channel = :channel "
                "AND due_at <= :now AND coalesce(next_try_at, '') <= :now "
                "AND folded_into IS NULL ORDER BY due_at, id LIMIT :limit",
                {"channel": channel, "now": to_text(now), "limit": limit},
            ).fetchall()
        return [notice_from(row) for row in rows]

    def sent_lately(self, channel: str, since: datetime) -> list[datetime]:
        """Return when notices of items, and summaries, were sent since a moment, in order."""
        with self._read() as conn:
            rows = conn.execute(
                "SELECT sent_at FROM outbox WHERE channel = ? AND sent_at >= ? "
                "AND kind IN ('urgent', 'summary') AND folded_into IS NULL ORDER BY sent_at",
                (channel, to_text(since)),
            ).fetchall()
        return [from_text(row["sent_at"]) for row in rows]

    def fold_notices(self, ids: Sequence[int], now: datetime) -> Notice:
        """Put one summary into the outbox that stands for these notices, which wait with it."""
        at = to_text(now)
        with self._write() as conn:
            first = conn.execute("SELECT * FROM outbox WHERE id = ?", (min(ids),)).fetchone()
            channel, key = first["channel"], str(first["id"])
            name = notice_id(conn, channel, "summary", first["notice_id"])
            due, again = first["due_at"], first["again"]
            conn.execute(INSERT, (name, channel, "summary", key, None, at, due, again))
            summary = conn.execute(
                "SELECT * FROM outbox WHERE channel = ? AND kind = 'summary' AND key = ?",
                (channel, key),
            ).fetchone()
            conn.execute(
                "UPDATE outbox SET folded_into = :summary WHERE state = 'waiting' "
                f"AND folded_into IS NULL AND id IN (SELECT id FROM ({ids_in(conn, ':ids')}) AS f)",
                {"summary": summary["id"], "ids": id_list(ids)},
            )
        return notice_from(summary)

    def folded_notices(self, summary: int) -> list[Notice]:
        """Return the notices that a summary stands for, in order."""
        with self._read() as conn:
            rows = conn.execute(
                "SELECT * FROM outbox WHERE folded_into = ? ORDER BY due_at, id", (summary,)
            ).fetchall()
        return [notice_from(row) for row in rows]

    def notice_sent(self, notice: int, now: datetime, *, digest: str = "") -> None:
        """Note that a notice was sent, with all that it stands for; its channel is well."""
        at = to_text(now)
        with self._write() as conn:
            row = conn.execute(
                "SELECT channel, reached FROM outbox WHERE id = ?", (notice,)
            ).fetchone()
            if row is None:
                return
            if digest:
                reached = dict.fromkeys((*list_of(row["reached"]), digest))
                conn.execute(
                    "UPDATE outbox SET reached = ? WHERE id = ?", (text_list([*reached]), notice)
                )
            else:
                conn.execute(
                    "UPDATE outbox SET state = 'sent', code = '', sent_at = ?, ended_at = ? "
                    "WHERE id = ? OR folded_into = ?",
                    (at, at, notice, notice),
                )
            conn.execute(
                "UPDATE notice_channels SET failures = 0, failing_since = NULL, "
                "next_try_at = NULL, code = '' WHERE id = ?",
                (row["channel"],),
            )
            # What only waited behind others was not refused itself.
            conn.execute(
                "UPDATE outbox SET failing_since = NULL, code = '' WHERE state = 'waiting' "
                "AND channel = ? AND attempts = 0 AND failing_since IS NOT NULL",
                (row["channel"],),
            )

    def notice_failed(
        self, notice: int, code: str, now: datetime, next_try_at: datetime, *, channel_too: bool
    ) -> None:
        """Note that a notice was not sent, and when it is tried again."""
        at, later = to_text(now), to_text(next_try_at)
        with self._write() as conn:
            conn.execute(
                "UPDATE outbox SET attempts = attempts + 1, code = ?, next_try_at = ?, "
                "failing_since = coalesce(failing_since, ?) WHERE id = ?",
                (code, later, at, notice),
            )
            if not channel_too:
                return
            row = conn.execute("SELECT channel FROM outbox WHERE id = ?", (notice,)).fetchone()
            if row is None:
                return
            conn.execute(
                "UPDATE notice_channels SET failures = failures + 1, code = ?, next_try_at = ?, "
                "failing_since = coalesce(failing_since, ?) WHERE id = ?",
                (code, later, at, row["channel"]),
            )
            conn.execute(
                "UPDATE outbox SET failing_since = ?, code = ? WHERE state = 'waiting' "
                "AND channel = ? AND due_at <= ? AND failing_since IS NULL",
                (at, code, row["channel"], at),
            )

    def end_notice(self, notice: int, code: str, now: datetime) -> None:
        """Note that a notice, with all that it stands for, will not be sent."""
        with self._write() as conn:
            end(conn, notice, code, now)
