"""Work that somebody asked for at the desk or terminal, and that one of the daemons does."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from tanggap.clock import from_text, from_text_or_none, to_text
from tanggap.errors import InputError
from tanggap.language import gettext as _
from tanggap.store.clock_repair import TOLERANCE
from tanggap.store.codec import Row, clean
from tanggap.store.database import SqlDatabase
from tanggap.store.rows_tuning import JOB_ATTEMPTS, Job, JobKind

_MAX_ID = 2**63 - 1
# One that is said to have begun later than now was begun by a clock that was ahead.
_FREE = "(state = 'waiting' OR (state = 'running' AND (until <= ? OR started_at > ?)))"
_GIVEN_UP = "tidak pernah selesai: prosesnya berhenti tanpa kabar {} kali"


class TuningJobs(SqlDatabase):
    """Implements the jobs of `tanggap.store.base_tuning.TuningStore`."""

    def ask_job(self, kind: JobKind, params: Mapping[str, Any], by: str, now: datetime) -> int:
        """Ask for work and return its id; raise InputError while one of its kind is not ended."""
        with self._write() as conn:
            other = conn.execute(
                "SELECT \"by\" FROM jobs WHERE kind = ? AND state IN ('waiting', 'running')",
                (kind,),
            ).fetchone()
            if other is not None:
                asked = _("pekerjaan yang sama sudah diminta oleh {}; tunggu sampai selesai")
                raise InputError(asked.format(other["by"]))
            row = conn.execute(
                'INSERT INTO jobs (kind, params, "by", asked_at, state, outcome, attempts) '
                "VALUES (?, ?, ?, ?, 'waiting', '', 0) RETURNING id",
                (kind, json.dumps(dict(params), sort_keys=True), clean(by), to_text(now)),
            ).fetchone()
            return int(row["id"])

    def claim_job(self, owner: str, now: datetime, until: datetime) -> Job | None:
        """Take the oldest job that nobody does; None when there is none."""
        free = (to_text(now), to_text(now + TOLERANCE))
        with self._read() as conn:  # asked every few seconds: spare the write lock
            waiting = conn.execute(f"SELECT 1 FROM jobs WHERE {_FREE} LIMIT 1", free).fetchone()
        if waiting is None:
            return None
        with self._write() as conn:
            conn.execute(
                "UPDATE jobs SET state = 'failed', ended_at = ?, outcome = ? "
                f"WHERE attempts >= ? AND {_FREE}",
                (to_text(now), _GIVEN_UP.format(JOB_ATTEMPTS), JOB_ATTEMPTS, *free),
            )
            row = conn.execute(
                "UPDATE jobs SET state = 'running', owner = ?, started_at = ?, until = ?, "
                "attempts = attempts + 1 WHERE id = "
                f"(SELECT min(id) FROM jobs WHERE {_FREE}) RETURNING *",
                (clean(owner), to_text(now), to_text(until), *free),
            ).fetchone()
        return None if row is None else _job(row)

    def end_job(
        self,
        job_id: int,
        state: Literal["done", "failed", "waiting"],
        outcome: str,
        now: datetime,
        *,
        owner: str | None = None,
    ) -> bool:
        """Note how a running job ended; `waiting` gives it back. Return whether it was running."""
        if not 0 < job_id <= _MAX_ID:
            return False
        with self._write() as conn:
            ended = conn.execute(
                "UPDATE jobs SET state = ?, outcome = ?, ended_at = ?, attempts = attempts - ? "
                "WHERE id = ? AND state = 'running' AND owner = coalesce(?, owner)",
                (
                    state,
                    clean(outcome),
                    None if state == "waiting" else to_text(now),
                    int(state == "waiting"),  # who gives it back went away in good order
                    job_id,
                    None if owner is None else clean(owner),
                ),
            )
            return ended.rowcount == 1

    def free_jobs(self, owners: Sequence[str], now: datetime) -> None:
        """Let the jobs of daemons that are no more be claimed at once; each counts as begun."""
        with self._write() as conn:
            conn.executemany(
                "UPDATE jobs SET until = ? WHERE state = 'running' AND owner = ?",
                [(to_text(now), clean(owner)) for owner in owners],
            )

    def job(self, job_id: int) -> Job | None:
        """Return one job; None when there is no such one."""
        if not 0 < job_id <= _MAX_ID:
            return None
        with self._read() as conn:
            row = conn.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return None if row is None else _job(row)

    def jobs(self, limit: int) -> list[Job]:
        """Return the newest jobs, newest first."""
        with self._read() as conn:
            rows = conn.execute("SELECT * FROM jobs ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
        return [_job(row) for row in rows]


def _job(row: Row) -> Job:
    return Job(
        id=row["id"],
        kind=row["kind"],
        params=json.loads(row["params"]),
        by=row["by"],
        asked_at=from_text(row["asked_at"]),
        started_at=from_text_or_none(row["started_at"]),
        ended_at=from_text_or_none(row["ended_at"]),
        state=row["state"],
        outcome=row["outcome"],
        owner=row["owner"],
        attempts=row["attempts"],
    )
