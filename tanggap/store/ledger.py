"""What the networks may bill, how long they want to be left alone, alarms."""

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
    """Implements budgets and alarms of `tanggap.store.base.SourceStore`."""

    def usage(self, network: str, now: datetime, usd: Mapping[str, float]) -> Usage:
        """Return the ledger of a network; `usd` is the price per kind of resource."""
        moment = now.astimezone(UTC)
        today = moment.date().isoformat()
        first = moment.date().replace(day=1)
        with self._read() as conn:
            rows = conn.execute(
                "SELECT day, kind, count FROM read_counts "
                "WHERE network = ? AND day BETWEEN ? AND ?",
                (network, first.isoformat(), today),
            ).fetchall()
        month_usd = sum(row["count"] * usd.get(row["kind"], 0.0) for row in rows)
        days = calendar.monthrange(moment.year, moment.month)[1]
        began = datetime(moment.year, moment.month, 1, tzinfo=UTC)
        # On the first day a few minutes would forecast nonsense: it counts as a whole one.
        elapsed = max(1.0, (moment - began) / timedelta(days=1))
        of_today = [row for row in rows if row["day"] == today]
        return Usage(
            day_reads=sum(row["count"] for row in of_today),
            month_reads=sum(row["count"] for row in rows),
            day_usd=sum(row["count"] * usd.get(row["kind"], 0.0) for row in of_today),
            month_usd=month_usd,
            forecast_usd=month_usd / elapsed * days,
            forecast_reads=round(sum(row["count"] for row in rows) / elapsed * days),
        )

    def note_requests(self, source_id: str, requests: int, now: datetime) -> None:
        """Count requests that no page tells of: they were refused, or cut off."""
        with self._write() as conn:
            note_requests(conn, source_id, requests, 0, now)

    def spent(self, scope: str, source_id: str, now: datetime) -> Spent:
        """Return what left on behalf of a scope, and of one of its sources, this hour and day."""
        today, hour = _hour(now)[:10], _hour(now)
        with self._read() as conn:
            rows = conn.execute(
                "SELECT hour, source_id, requests, reads FROM request_counts "
                "WHERE scope = ? AND hour BETWEEN ? AND ?",
                (scope, f"{today}T00", f"{today}T23"),
            ).fetchall()
            found = conn.execute(
                "SELECT count(*) AS sources FROM sources WHERE active = 1 AND substr(id, 1, ?) = ?",
                (len(scope) + 1, f"{scope}:"),
            ).fetchone()
        own = [row for row in rows if row["source_id"] == source_id]
        return Spent(
            hour=sum(row["requests"] for row in rows if row["hour"] == hour),
            day=sum(row["requests"] for row in rows),
            source_hour=sum(row["requests"] for row in own if row["hour"] == hour),
            source_day=sum(row["requests"] for row in own),
            source_reads=sum(row["reads"] for row in own),
            sources=found["sources"] if found else 0,
        )

    def raise_alarm(self, code: str, detail: str, now: datetime) -> bool:
        """Show an alarm until it is cleared; return whether it is new."""
        with self._write() as conn:
            known = conn.execute("SELECT 1 FROM alarms WHERE code = ?", (code,)).fetchone()
            conn.execute(
                "INSERT INTO alarms VALUES (?, ?, ?, ?) ON CONFLICT (code) DO UPDATE SET "
                "detail = excluded.detail, last_at = excluded.last_at",
                (code, clean(detail)[:500], to_text(now), to_text(now)),
            )
            return known is None

    def clear_alarm(self, code: str) -> None:
        """Take an alarm back; nothing happens when there is none."""
        with self._read() as conn:
            if conn.execute("SELECT 1 FROM alarms WHERE code = ?", (code,)).fetchone() is None:
                return
        with self._write() as conn:
            conn.execute("DELETE FROM alarms WHERE code = ?", (code,))
