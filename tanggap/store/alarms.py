"""Alarms: what a person must know, said by one daemon of itself or by any of the whole install."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from tanggap.clock import from_text, to_text
from tanggap.store.codec import Row, clean
from tanggap.store.database import SqlDatabase
from tanggap.store.rows import Alarm
from tanggap.store.rows_daemons import DaemonName

_KNOWN = "SELECT 1 AS known FROM alarms WHERE code = ? AND owner = ?"


class Alarms(SqlDatabase):
    """Implements the alarms of `tanggap.store.base.Store`."""

    def raise_alarm(self, code: str, detail: str, now: datetime, owner: str = "") -> bool:
        """Show an alarm until its owner clears it; return whether it is new.

        `owner` is the daemon of which it is true; empty: it is true of the whole install.
        """
        key = (clean(code), clean(owner))
        with self._write() as conn:
            known = conn.execute(_KNOWN, key).fetchone()
            conn.execute(
                "INSERT INTO alarms (code, owner, detail, since, last_at) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (code, owner) DO UPDATE SET "
                "detail = excluded.detail, last_at = excluded.last_at",
                (*key, clean(detail)[:500], to_text(now), to_text(now)),
            )
            return known is None

    def clear_alarm(self, code: str, owner: str = "") -> None:
        """Take an owner's alarm back; nothing happens when there is none."""
        key = (clean(code), clean(owner))
        with self._read() as conn:  # asked every few seconds: spare the write lock
            if conn.execute(_KNOWN, key).fetchone() is None:
                return
        with self._write() as conn:
            conn.execute("DELETE FROM alarms WHERE code = ? AND owner = ?", key)

    def alarms(self) -> list[Alarm]:
        """Return what is alarming now, oldest first: one per code, whoever says it.

        Where there are several daemons, the detail names the machine of each that says it.
        """
        with self._read() as conn:
            rows = conn.execute("SELECT * FROM alarms ORDER BY code, since, owner").fetchall()
            found = conn.execute("SELECT count(*) AS number FROM daemons").fetchone()
        several = found is not None and found["number"] > 1
        alarms = [
            _one(code, list(those), several)
            for code, those in groupby(rows, key=lambda row: str(row["code"]))
        ]
        return sorted(alarms, key=lambda alarm: (alarm.since, alarm.code))


def _one(code: str, rows: Sequence[Row], several: bool) -> Alarm:
    named = several or len(rows) > 1
    return Alarm(
        code=code,
        detail="; ".join(filter(None, (_said(row, named) for row in rows))),
        since=from_text(rows[0]["since"]),
        last_at=max(from_text(row["last_at"]) for row in rows),
        owners=tuple(row["owner"] for row in rows if row["owner"]),
    )


def _said(row: Row, named: bool) -> str:
    """Return the detail, after the host of the daemon that says it where that must be told."""
    detail: str = row["detail"]
    host = DaemonName.of(row["owner"]).host
    if not named or not host:
        return detail
    return f"{host}: {detail}" if detail else host
