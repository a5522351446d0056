"""Sources: what is due, who polls it, how it is doing, what holds it back."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from tanggap.clock import from_text, from_text_or_none, to_text
from tanggap.errors import SAID_BY_NETWORK, InputError, LeaseLost
from tanggap.mention import Cursor, Gap, SourceSpec, Wait
from tanggap.store.codec import Row, clean, list_of, text_list, text_mapping
from tanggap.store.coverage import note_configured
from tanggap.store.database import SqlDatabase, Transaction
from tanggap.store.ledger import note_reads, put_hold
from tanggap.store.rows import Hold, Lease, SourceState, SourceStatus
from tanggap.store.rows_answers import LastRead

_GAPS_SHOWN = 10
_COVERED = "({id} = {scope} OR substr({id}, 1, length({scope}) + 1) = {scope} || ':')"
"""`Hold.covers` in SQL: whole parts of an id only, `x:mentions` does not cover `x:mentionsfoo`."""


class Sources(SqlDatabase):
    """Implements the schedule and the leases of `tanggap.store.base.SourceStore`."""

    def sync_sources(self, specs: Sequence[SourceSpec], now: datetime) -> None:
        """Make the table of sources equal to `specs`; keep the state of those that stay.

        A source that is no longer in `specs` is kept but never due. New ones are due at once.
        """
        with self._write() as conn:
            conn.execute(
                f"UPDATE sources SET active = 0 WHERE id NOT IN ({conn.texts_in('?')})",
                (json.dumps([spec.id for spec in specs]),),
            )
            conn.executemany(
                """
                INSERT INTO sources
                    (id, network, kind, accounts, handle, poll_seconds, options, next_poll_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET
                    network = excluded.network, kind = excluded.kind,
                    accounts = excluded.accounts, handle = excluded.handle,
                    poll_seconds = excluded.poll_seconds, options = excluded.options, active = 1
                """,
                [
                    (
                        spec.id,
                        spec.network,
                        spec.kind,
                        text_list(spec.accounts),
                        spec.handle,
                        spec.poll_seconds,
                        text_mapping(spec.options),
                        to_text(now),
                    )
                    for spec in specs
                ],
            )
            note_configured(conn, now)

    def due(self, now: datetime, limit: int) -> list[str]:
        """Return ids of sources to poll, longest overdue first; no leased or held ones."""
        covered = _COVERED.format(scope="h.scope", id="s.id")
        with self._read() as conn:
            rows = conn.execute(
                f"""
                SELECT s.id FROM sources AS s
                WHERE s.active = 1 AND s.next_poll_at <= :now
                    AND (s.lease_until IS NULL OR s.lease_until <= :now)
                    AND NOT EXISTS (SELECT 1 FROM holds AS h WHERE h.until > :now AND {covered})
                ORDER BY s.next_poll_at, s.id LIMIT :limit
                """,
                {"now": to_text(now), "limit": limit},
            ).fetchall()
        return [row["id"] for row in rows]

    def leased(self, now: datetime) -> list[str]:
        """Return the ids of the sources under a lease, whoever has it."""
        with self._read() as conn:
            rows = conn.execute(
                "SELECT id FROM sources WHERE lease_until > ? ORDER BY id", (to_text(now),)
            ).fetchall()
        return [row["id"] for row in rows]

    def lease(self, source_id: str, owner: str, now: datetime, until: datetime) -> Lease | None:
        """Take the source by a conditional UPDATE; None when it is not due, held, or another's."""
        covered = _COVERED.format(scope="h.scope", id="sources.id")
        with self._write() as conn:
            row = conn.execute(
                f"""
                UPDATE sources SET lease_owner = :owner, lease_until = :until,
                    lease_seconds = :seconds, fence = fence + 1
                WHERE id = :id AND active = 1 AND next_poll_at <= :now
                    AND (lease_until IS NULL OR lease_until <= :now OR lease_owner = :owner)
                    AND NOT EXISTS (SELECT 1 FROM holds AS h WHERE h.until > :now AND {covered})
                RETURNING *
                """,
                {
                    "id": source_id,
                    "owner": owner,
                    "now": to_text(now),
                    "until": to_text(until),
                    "seconds": (until - now).total_seconds(),
                },
            ).fetchone()
        if row is None:
            return None
        cursor = row["cursor"]
        return Lease(
            source=_spec(row),
            owner=owner,
            fence=row["fence"],
            until=until,
            cursor=None if cursor is None else Cursor(cursor),
            errors=row["errors"],
            activity=row["activity"],
            last_success_at=from_text_or_none(row["last_success_at"]),
        )

    def finish(
        self,
        lease: Lease,
        now: datetime,
        next_poll_at: datetime,
        notice: str,
        activity: float | None = None,
    ) -> None:
        """End a good poll: state ok, errors 0, `notice` (a code or empty) shown beside it.

        `activity` is how busy the source is by now (None: as before).
        """
        with self._write() as conn:
            _end(
                conn,
                lease,
                "state = 'ok', errors = 0, code = ?, detail = '', next_poll_at = ?, "
                "last_attempt_at = ?, last_success_at = ?, activity = ?",
                (
                    notice,
                    to_text(next_poll_at),
                    to_text(now),
                    to_text(now),
                    lease.activity if activity is None else activity,
                ),
            )

    def fail(
        self,
        lease: Lease,
        now: datetime,
        next_poll_at: datetime,
        state: SourceState,
        code: str,
        detail: str,
    ) -> None:
        """End a failed poll: cursor untouched, errors + 1, reason kept, lease given back."""
        with self._write() as conn:
            _end(
                conn,
                lease,
                "state = ?, errors = errors + 1, code = ?, detail = ?, next_poll_at = ?, "
                # A success of a clock that ran ahead and was put back meanwhile was before this.
                "last_success_at = CASE WHEN last_success_at > ? THEN ? ELSE last_success_at END, "
                "last_attempt_at = ?",
                (
                    *(state, code, clean(detail)[:500], to_text(next_poll_at)),
                    *(to_text(now), to_text(now), to_text(now)),
                ),
            )

    def release(self, lease: Lease) -> None:
        """Give a lease back as if the poll had not begun (shutdown)."""
        with self._write() as conn:
            conn.execute(
                "UPDATE sources SET lease_owner = NULL, lease_until = NULL "
                "WHERE id = ? AND fence = ?",
                (lease.source.id, lease.fence),
            )

    def hold(self, scope: str, until: datetime, code: str, now: datetime) -> None:
        """Keep every source whose id starts with `scope` from being due before `until`.

        A hold that still lasts longer is not shortened, and one that still lasts is not counted
        again: several workers may meet the same refusal. `x:` means the same as `x`.
        """
        with self._write() as conn:
            put_hold(conn, Wait(scope, until, code), now)

    def lift_hold(self, scope: str, now: datetime) -> None:
        """Remove a hold that has ended, after a success in its scope."""
        scope = scope.rstrip(":")
        with self._read() as conn:
            # Every success asks for it, and hardly ever is there one: spare the write lock.
            ended = "FROM holds WHERE scope = ? AND until <= ?"
            if conn.execute(f"SELECT 1 {ended}", (scope, to_text(now))).fetchone() is None:
                return
        with self._write() as conn:
            conn.execute(f"DELETE {ended}", (scope, to_text(now)))

    def failing(self, scope: str, since: datetime) -> tuple[list[str], int]:
        """Return which sources of a scope failed in a row since a moment, and how many it has.

        In a row: none of the scope had a success in between.
        """
        with self._read() as conn:
            rows = conn.execute(
                "SELECT id, state, last_attempt_at, last_success_at FROM sources "
                "WHERE active = 1 AND substr(id, 1, :length) = :prefix ORDER BY id",
                {"prefix": f"{scope}:", "length": len(scope) + 1},
            ).fetchall()
        well = max((row["last_success_at"] or "" for row in rows), default="")
        failed = [
            row["id"]
            for row in rows
            if row["state"] == "backoff" and row["last_attempt_at"] > well
            if row["last_attempt_at"] >= to_text(since)
        ]
        return failed, len(rows)

    def holds(self, now: datetime) -> list[Hold]:
        """Return every hold kept, also those that ended but were not followed by a success."""
        with self._read() as conn:
            return _holds(conn)

    def sources(self, now: datetime) -> list[SourceStatus]:
        """Return the state of every configured source."""
        with self._read() as conn:
            rows = conn.execute(
                "SELECT s.*, (SELECT count(*) FROM quarantine AS q WHERE q.source_id = s.id) "
                "AS quarantined FROM sources AS s WHERE active = 1 ORDER BY id"
            ).fetchall()
            live = [hold for hold in _holds(conn) if hold.until > now]
            gaps = {row["id"]: _gaps(conn, row["id"]) for row in rows}
        return [_status(row, live, gaps[row["id"]]) for row in rows]

    def last_reads(self) -> list[LastRead]:
        """Return when each configured source was last read."""
        with self._read() as conn:
            rows = conn.execute("SELECT * FROM sources WHERE active = 1 ORDER BY id").fetchall()
        return [LastRead(_spec(row), from_text_or_none(row["last_success_at"])) for row in rows]

    def poll_now(self, source_id: str | None, now: datetime) -> None:
        """Make one source (or all) due at once and lift the holds that cover it.

        Those that the network itself asked for stay. Raise InputError when there is no such source.
        """
        said = json.dumps(sorted(SAID_BY_NETWORK))
        with self._write() as conn:
            if source_id is None:
                conn.execute("UPDATE sources SET next_poll_at = ?", (to_text(now),))
                ours = f"code NOT IN ({conn.texts_in('?')})"
                conn.execute(f"DELETE FROM holds WHERE {ours}", (said,))
                return
            changed = conn.execute(
                "UPDATE sources SET next_poll_at = ? WHERE id = ? AND active = 1",
                (to_text(now), clean(source_id)),
            )
            if changed.rowcount == 0:
                raise InputError(f"sumber {clean(source_id)!r} tidak ada")
            covered = _COVERED.format(scope="scope", id="CAST(:id AS TEXT)")
            ours = f"code NOT IN ({conn.texts_in(':said')})"
            conn.execute(
                f"DELETE FROM holds WHERE {covered} AND {ours}",
                {"id": clean(source_id), "said": said},
            )

    def account_ids(self, network: str) -> dict[str, str]:
        """Return the remembered numeric ids: lower-case handle to id."""
        with self._read() as conn:
            rows = conn.execute(
                "SELECT handle, id FROM account_ids WHERE network = ? ORDER BY handle", (network,)
            ).fetchall()
        return {row["handle"]: row["id"] for row in rows}

    def remember_account_ids(self, network: str, ids: Mapping[str, str], now: datetime) -> None:
        """Keep ids that were looked up and count the look-ups in the ledger."""
        with self._write() as conn:
            conn.executemany(
                "INSERT INTO account_ids VALUES (?, ?, ?) "
                "ON CONFLICT (network, handle) DO UPDATE SET id = excluded.id",
                [(network, handle.lower(), account) for handle, account in ids.items()],
            )
            note_reads(conn, network, [f"user:{account}" for account in ids.values()], now)


def check_fence(conn: Transaction, lease: Lease) -> None:
    """Raise LeaseLost when the source was leased again since; ask in the transaction it guards."""
    row = conn.execute("SELECT fence FROM sources WHERE id = ?", (lease.source.id,)).fetchone()
    if row is None or row["fence"] != lease.fence:
        raise LeaseLost(f"sumber {lease.source.id} sudah diambil alih")


def _end(conn: Transaction, lease: Lease, changes: str, values: tuple[str | float, ...]) -> None:
    ended = conn.execute(
        f"UPDATE sources SET {changes}, lease_owner = NULL, lease_until = NULL "
        "WHERE id = ? AND fence = ?",
        (*values, lease.source.id, lease.fence),
    )
    if ended.rowcount == 0:
        raise LeaseLost(f"sumber {lease.source.id} sudah diambil alih")


def _spec(row: Row) -> SourceSpec:
    return SourceSpec(
        id=row["id"],
        network=row["network"],
        kind=row["kind"],
        accounts=list_of(row["accounts"]),
        handle=row["handle"],
        poll_seconds=row["poll_seconds"],
        options=json.loads(row["options"]),
    )


def _holds(conn: Transaction) -> list[Hold]:
    rows = conn.execute("SELECT * FROM holds ORDER BY scope")
    return [Hold(row["scope"], from_text(row["until"]), row["code"], row["count"]) for row in rows]


def _gaps(conn: Transaction, source_id: str) -> tuple[Gap, ...]:
    rows = conn.execute(
        'SELECT start, "end", reason FROM gaps WHERE source_id = ? '
        'ORDER BY "end" DESC, start DESC LIMIT ?',
        (source_id, _GAPS_SHOWN),
    )
    return tuple(Gap(from_text(row["start"]), from_text(row["end"]), row["reason"]) for row in rows)


def _status(row: Row, live: Sequence[Hold], gaps: tuple[Gap, ...]) -> SourceStatus:
    covering = [hold for hold in live if hold.covers(row["id"])]
    longest = max(covering, key=lambda hold: hold.until, default=None)
    return SourceStatus(
        spec=_spec(row),
        state=row["state"],
        code=row["code"],
        detail=row["detail"],
        errors=row["errors"],
        next_poll_at=from_text(row["next_poll_at"]),
        last_attempt_at=from_text_or_none(row["last_attempt_at"]),
        last_success_at=from_text_or_none(row["last_success_at"]),
        accepted=row["accepted"],
        held_until=longest.until if longest else None,
        held_code=longest.code if longest else "",
        gaps=gaps,
        quarantined=row["quarantined"],
        token_ends_at=from_text_or_none(row["token_ends_at"]),
    )
