"""What the networks may bill, and how long they want to be left alone."""

import calendar
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from tanggap.clock import to_text
from tanggap.mention import Wait
from tanggap.store.codec import clean
from tanggap.store.database import SqlDatabase, Transaction
from tanggap.store.rows import Spent, Usage

_KEEP_KEYS = timedelta(days=2)
"""Keys are only needed while their UTC day lasts, plus a day for a clock that is set back."""


def note_reads(conn: Transaction, network: str, keys: Sequence[str], now: datetime) -> int:
    """Count resources that were read; the same one counts once per UTC day. Return how many."""
    if not keys:
        return 0
    total = 0
    day = now.astimezone(UTC).date().isoformat()
    by_kind: defaultdict[str, set[str]] = defaultdict(set)
    for key in keys:
        by_kind[key.partition(":")[0]].add(clean(key))
    for kind, wanted in sorted(by_kind.items()):
        added = conn.executemany(
            "INSERT INTO reads VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [(network, day, key) for key in sorted(wanted)],
        ).rowcount
        conn.execute(
            "INSERT INTO read_counts VALUES (?, ?, ?, ?) "
            "ON CONFLICT (network, day, kind) DO UPDATE "
            "SET count = read_counts.count + excluded.count",
            (network, day, kind, added),
        )
        total += added
    oldest = (now.astimezone(UTC) - _KEEP_KEYS).date().isoformat()
    conn.execute("DELETE FROM reads WHERE network = ? AND day < ?", (network, oldest))
    return total


def note_requests(
    conn: Transaction, source_id: str, requests: int, reads: int, now: datetime
) -> None:
    """Count what left on behalf of a source, inside a transaction."""
    if not requests and not reads:
        return
    scope = source_id.partition(":")[0]
    conn.execute(
        "INSERT INTO request_counts (scope, hour, source_id, requests, reads) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (scope, hour, source_id) DO UPDATE SET "
        "requests = request_counts.requests + excluded.requests, "
        "reads = request_counts.reads + excluded.reads",
        (scope, _hour(now), source_id, requests, reads),
    )
    conn.execute(
        "DELETE FROM request_counts WHERE scope = ? AND hour < ?", (scope, _hour(now - _KEEP_KEYS))
    )


def _hour(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()[:13]


def put_hold(conn: Transaction, wait: Wait, now: datetime) -> None:
    """Write a hold inside a transaction; see `Sources.hold`."""
    conn.execute(
        "INSERT INTO holds (scope, until, code, count) VALUES (?, ?, ?, 1) "
        # The code belongs to the wait that lasts longest: it says who may shorten it.
        "ON CONFLICT (scope) DO UPDATE SET "
        "until = CASE WHEN excluded.until >= holds.until THEN excluded.until ELSE holds.until END, "
        "code = CASE WHEN excluded.until >= holds.until THEN excluded.code ELSE holds.code END, "
        "count = CASE WHEN holds.until <= ? THEN holds.count + 1 ELSE holds.count END",
        (wait.scope.rstrip(":"), to_text(wait.until), wait.code, to_text(now)),
    )


class Ledger(SqlDatabase):
    """Implements the budgets of `tanggap.store.base.SourceStore`."""

    def usage(self, network: str, now: datetime, usd: Mapping[str, float]) -> Usage:
        """Return the ledger of a network; `usd` is the price per kind of resource."""
        moment = now.astimezone(UTC)
        today = moment.date().isoformat()
        first = moment.date().replace(day=1)
        with self._read() as conn:
            rows = conn.execute(
                "SELECT kind, sum(count) AS month, "
                "sum(CASE WHEN day = :today THEN count ELSE 0 END) AS today FROM read_counts "
                "WHERE network = :network AND day BETWEEN :first AND :today GROUP BY kind",
                {"network": network, "first": first.isoformat(), "today": today},
            ).fetchall()
        month = {row["kind"]: int(row["month"]) for row in rows}
        of_today = {row["kind"]: int(row["today"]) for row in rows}
        month_usd = sum(count * usd.get(kind, 0.0) for kind, count in month.items())
        days = calendar.monthrange(moment.year, moment.month)[1]
        began = datetime(moment.year, moment.month, 1, tzinfo=UTC)
        # On the first day a few minutes would forecast nonsense: it counts as a whole one.
        elapsed = max(1.0, (moment - began) / timedelta(days=1))
        return Usage(
            day_reads=sum(of_today.values()),
            month_reads=sum(month.values()),
            day_usd=sum(count * usd.get(kind, 0.0) for kind, count in of_today.items()),
            month_usd=month_usd,
            forecast_usd=month_usd / elapsed * days,
            forecast_reads=round(sum(month.values()) / elapsed * days),
        )

    def note_requests(self, source_id: str, requests: int, now: datetime) -> None:
        """Count requests that no page tells of: they were refused, or cut off."""
        with self._write() as conn:
            note_requests(conn, source_id, requests, 0, now)

    def spent(self, scope: str, source_id: str, now: datetime) -> Spent:
        """Return what left on behalf of a scope, and of one of its sources, this hour and day."""
        today, hour = _hour(now)[:10], _hour(now)
        with self._read() as conn:
            # Summed where they lie: a day of 300 sources is thousands of rows.
            sums = conn.execute(
                "SELECT coalesce(sum(requests), 0) AS day, "
                "coalesce(sum(CASE WHEN hour = :hour THEN requests ELSE 0 END), 0) AS hour, "
                "coalesce(sum(CASE WHEN source_id = :source THEN requests ELSE 0 END), 0) "
                "AS source_day, "
                "coalesce(sum(CASE WHEN source_id = :source AND hour = :hour "
                "THEN requests ELSE 0 END), 0) AS source_hour, "
                "coalesce(sum(CASE WHEN source_id = :source THEN reads ELSE 0 END), 0) "
                "AS source_reads, "
                "(SELECT count(*) FROM sources "
                "WHERE active = 1 AND substr(id, 1, :length) = :prefix) AS sources "
                "FROM request_counts "
                "WHERE scope = :scope AND request_counts.hour BETWEEN :first AND :last",
                {
                    "scope": scope,
                    "source": source_id,
                    "hour": hour,
                    "first": f"{today}T00",
                    "last": f"{today}T23",
                    "length": len(scope) + 1,
                    "prefix": f"{scope}:",
                },
            ).fetchone()
        return Spent(
            hour=int(sums["hour"]),
            day=int(sums["day"]),
            source_hour=int(sums["source_hour"]),
            source_day=int(sums["source_day"]),
            source_reads=int(sums["source_reads"]),
            sources=int(sums["sources"]),
        )
