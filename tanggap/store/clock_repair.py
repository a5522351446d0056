"""Waits that were reckoned by a clock which was then set back: they are begun anew.

A schedule that lives in the database has no other clock than the host's. When that clock ran ahead
and is put right, what it wrote would keep sources silent until the wrong moment comes: for a day,
or until 2038. Every row says when it was last tried, so one that was tried in the future gives
itself away, and with it how long the wait was meant to be.
"""

from datetime import datetime, timedelta

from tanggap.clock import from_text, to_text
from tanggap.store.codec import Row
from tanggap.store.database import SqlDatabase, Transaction

TOLERANCE = timedelta(minutes=10)
"""By which clocks of several machines may differ, and a single one be corrected, unnoticed."""


class ClockRepair(SqlDatabase):
    """Implements `renew_waits` of `tanggap.store.base.SourceStore`."""

    def renew_waits(self, now: datetime) -> list[str]:
        """Begin anew, at `now`, the waits that a clock ahead by ten minutes or more has set.

        Each keeps its length, so that no network is asked sooner than it said. A lease that would
        last longer than any is given is dropped: whoever had it is fenced off. Return the ids of
        the sources, none in the ordinary case.
        """
        with self._read() as conn:
            if not _wrong(conn, now):
                return []
        with self._write() as conn:
            wrong = _wrong(conn, now)
            for row in wrong:
                _put_right(conn, row, now)
            tried = [row["last_attempt_at"] for row in wrong if row["last_attempt_at"]]
            ahead = max((from_text(text) for text in tried), default=now) - now
            if ahead > TOLERANCE:
                _shorten_holds(conn, ahead, now)
        return [row["id"] for row in wrong]


def _wrong(conn: Transaction, now: datetime) -> list[Row]:
    """Return the sources with a moment that cannot be: tried, or new, in the future."""
    rows = conn.execute(
        "SELECT id, next_poll_at, last_attempt_at, last_success_at, lease_until, lease_seconds "
        "FROM sources WHERE active = 1 AND (last_attempt_at > :limit OR lease_until > :limit "
        "OR (last_attempt_at IS NULL AND next_poll_at > :limit)) ORDER BY id",
        {"limit": to_text(now + TOLERANCE)},
    ).fetchall()
    limit = to_text(now + TOLERANCE)
    return [row for row in rows if _early(row, limit) or _leased_too_long(row, now)]


def _early(row: Row, limit: str) -> bool:
    tried = row["last_attempt_at"]
    moment: str = row["next_poll_at"] if tried is None else tried
    return moment > limit


def _leased_too_long(row: Row, now: datetime) -> bool:
    if row["lease_until"] is None:
        return False
    longest = timedelta(seconds=row["lease_seconds"]) + TOLERANCE
    return from_text(row["lease_until"]) - now > longest


def _put_right(conn: Transaction, row: Row, now: datetime) -> None:
    present = to_text(now)
    following, tried, succeeded = (
        row["next_poll_at"],
        row["last_attempt_at"],
        row["last_success_at"],
    )
    if _early(row, to_text(now + TOLERANCE)):
        wait = from_text(following) - from_text(tried) if tried else timedelta()
        following = to_text(now + max(wait, timedelta()))
        tried = present if tried else None
        succeeded = min(succeeded, present) if succeeded else None
    conn.execute(
        "UPDATE sources SET next_poll_at = ?, last_attempt_at = ?, last_success_at = ? "
        "WHERE id = ?",
        (following, tried, succeeded, row["id"]),
    )
    if _leased_too_long(row, now):
        conn.execute(
            "UPDATE sources SET lease_owner = NULL, lease_until = NULL, fence = fence + 1 "
            "WHERE id = ?",
            (row["id"],),
        )


def _shorten_holds(conn: Transaction, ahead: timedelta, now: datetime) -> None:
    """Take off holds what the clock was ahead. One that ends before that was set by a right clock,
    or is as good as over and was lifted by the success that followed it."""
    for row in conn.execute(
        "SELECT scope, until FROM holds WHERE until > ?", (to_text(now + ahead),)
    ).fetchall():
        conn.execute(
            "UPDATE holds SET until = ? WHERE scope = ?",
            (to_text(from_text(row["until"]) - ahead), row["scope"]),
        )
