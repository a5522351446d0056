"""Daemons: which are there, and what each may be reading just now, so that none overruns."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from tanggap.clock import from_text, to_text
from tanggap.store.clock_repair import TOLERANCE
from tanggap.store.codec import clean
from tanggap.store.database import SqlDatabase, Transaction
from tanggap.store.rows import Lease
from tanggap.store.rows_daemons import ENDED, DaemonStatus
from tanggap.store.sources import check_fence

_FORGOTTEN = timedelta(days=1)


class Daemons(SqlDatabase):
    """Implements signs of life and reservations of `tanggap.store.base.Store`."""

    def note_progress(self, now: datetime, model: str, owner: str = ENDED) -> None:
        """Leave the sign of life of one daemon and the version of the model that it uses.

        Daemons that were not seen for a day are forgotten with their alarms. So are those seen in
        the future, as by a clock that ran ahead: they would count as the newest until it comes.
        """
        with self._write() as conn:
            conn.execute(
                "INSERT INTO daemons (owner, started_at, seen_at, model) "
                "VALUES (:owner, :now, :now, :model) ON CONFLICT (owner) DO UPDATE SET "
                "seen_at = excluded.seen_at, model = excluded.model",
                {"owner": clean(owner), "now": to_text(now), "model": clean(model)},
            )
            conn.execute(
                "DELETE FROM daemons WHERE seen_at < ? OR seen_at > ?",
                (to_text(now - _FORGOTTEN), to_text(now + TOLERANCE)),
            )
            _forget_their_alarms(conn)

    def forget_daemons(self, owners: Sequence[str]) -> None:
        """Take back the signs of life and the alarms of daemons that are no more."""
        with self._write() as conn:
            conn.executemany("DELETE FROM daemons WHERE owner = ?", [(one,) for one in owners])
            _forget_their_alarms(conn)

    def progress(self) -> tuple[datetime | None, str]:
        """Return the newest sign of life of any daemon and the model that it uses."""
        with self._read() as conn:
            row = conn.execute(
                "SELECT seen_at, model FROM daemons ORDER BY seen_at DESC, owner LIMIT 1"
            ).fetchone()
        return (None, "") if row is None else (from_text(row["seen_at"]), row["model"])

    def daemons(self, now: datetime) -> list[DaemonStatus]:
        """Return the daemons of the last day with what each holds, newest sign of life first."""
        with self._read() as conn:
            rows = conn.execute(
                "SELECT d.owner AS owner, d.seen_at AS seen_at, d.model AS model, "
                "(SELECT count(*) FROM sources AS s "
                "WHERE s.lease_owner = d.owner AND s.lease_until > ?) AS reading "
                "FROM daemons AS d ORDER BY d.seen_at DESC, d.owner",
                (to_text(now),),
            ).fetchall()
        return [
            DaemonStatus(row["owner"], from_text(row["seen_at"]), row["model"], row["reading"])
            for row in rows
        ]

    def reserve(
        self,
        lease: Lease,
        keys: Sequence[str],
        now: datetime,
        grant: Callable[[Mapping[str, int]], Mapping[str, int]],
    ) -> Mapping[str, int]:
        """Keep parts of some budgets (`keys`) for the holder of a lease, and return them.

        `grant` is told what other leases keep of each and says what this one gets; nothing changes
        in between. A part counts until this lease keeps another one or ends. Raise LeaseLost
        when `lease.fence` is no longer the newest.
        """
        with self._write() as conn:
            check_fence(conn, lease)
            rows = conn.execute(
                "SELECT r.key AS key, sum(r.amount) AS taken FROM reservations AS r "
                "JOIN sources AS s ON s.id = r.source_id AND s.fence = r.fence "
                "WHERE r.source_id <> ? AND s.lease_until > ? GROUP BY r.key",
                (lease.source.id, to_text(now)),
            ).fetchall()
            taken = {row["key"]: int(row["taken"]) for row in rows}
            parts = grant({key: taken.get(key, 0) for key in keys})
            conn.executemany(
                "INSERT INTO reservations (source_id, key, fence, amount) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (source_id, key) DO UPDATE SET "
                "fence = excluded.fence, amount = excluded.amount",
                [(lease.source.id, key, lease.fence, part) for key, part in parts.items()],
            )
            return parts


def _forget_their_alarms(conn: Transaction) -> None:
    conn.execute(
        "DELETE FROM alarms WHERE owner <> '' AND owner NOT IN (SELECT owner FROM daemons)"
    )
