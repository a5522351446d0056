"""What the networks may bill, how long they want to be left alone, alarms, the sign of life."""

import calendar
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from tanggap.clock import to_text
from tanggap.mention import Wait
from tanggap.store.codec import clean
from tanggap.store.database import SqlDatabase, Transaction
from tanggap.store.rows import Usage

_KEEP_KEYS = timedelta(days=2)
"""Keys are only needed while their UTC day lasts, plus a day for a clock that is set back."""


def note_reads(conn: Transaction, network: str, keys: Sequence[str], now: datetime) -> None:
    """Count resources that were read; the same one counts once per UTC day."""
    if not keys:
        return
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
    oldest = (now.astimezone(UTC) - _KEEP_KEYS).date().isoformat()
    conn.execute("DELETE FROM reads WHERE network = ? AND day < ?", (network, oldest))


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
    """Implements budgets, alarms and progress of `tanggap.store.base.SourceStore`."""

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

    def note_progress(self, now: datetime, model: str) -> None:
        """Leave the daemon's sign of life and the version of the model in use."""
        with self._write() as conn:
            conn.executemany(
                "INSERT INTO meta VALUES (?, ?) "
                "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                [("progress_at", to_text(now)), ("model", clean(model))],
            )
