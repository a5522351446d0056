"""The outbox as daemon and terminal see it: channels, digests, lists, what people decide."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from collections.abc import Sequence
from datetime import datetime

from tanggap.clock import from_text, from_text_or_none, to_text
from tanggap.store.codec import Row, clean, list_of, text_list
from tanggap.store.database import SqlDatabase, Transaction
from tanggap.store.meta import meta, set_meta
from tanggap.store.outbox_intake import INSERT, READ_AGAIN_BEFORE, notice_id
from tanggap.store.rows_outbox import (
    NEEDS_PERSON,
    ChannelStatus,
    Notice,
    NoticeChannel,
    NoticeState,
)

RESTORED = "notices_restored"
"""Key of `meta`: the database is from a backup, and no daemon has run on it yet."""
_LISTED = 200
_FOR_PERSONS = ", ".join(f"'{code}'" for code in NEEDS_PERSON)


class Outbox(SqlDatabase):
    """Implements channels, digests and lists of `tanggap.store.base_outbox.OutboxStore`."""

    def sync_notice_channels(
        self, channels: Sequence[NoticeChannel], now: datetime, *, alone: bool = False
    ) -> None:
        """Make the channels those of the config; what waits for one that is gone is dead."""
        at = to_text(now)
        with self._write() as conn:
            if meta(conn, RESTORED) is not None:
                # From here on the past is told in summaries, and its digests not at all.
                conn.execute("DELETE FROM meta WHERE key = ?", (RESTORED,))
                set_meta(conn, READ_AGAIN_BEFORE, at)
                conn.execute("UPDATE notice_channels SET since = ?", (at,))
            conn.executemany(
                "INSERT INTO notice_channels (id, opds, everything, kinds, active, since) "
                "VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT (id) DO UPDATE SET opds = excluded.opds, "
                "everything = excluded.everything, kinds = excluded.kinds, active = 1, "
                "since = CASE WHEN notice_channels.active = 1 THEN notice_channels.since "
                "ELSE excluded.since END",
                [
                    (one.id, text_list(one.opds), int(one.everything), text_list(one.kinds), at)
                    for one in channels
                ],
            )
            here = json.dumps([one.id for one in channels])
            gone = f"NOT IN ({conn.texts_in(':here')})"
            conn.execute(
                "UPDATE notice_channels SET active = 0, owner = NULL, until = NULL, failures = 0, "
                f"failing_since = NULL, next_try_at = NULL, code = '' WHERE id {gone}",
                {"here": here},
            )
            conn.execute(
                "UPDATE outbox SET state = 'dead', code = 'channel_removed', ended_at = :at "
                f"WHERE state = 'waiting' AND channel {gone}",
                {"at": at, "here": here},
            )
            if alone:
                conn.execute("UPDATE notice_channels SET owner = NULL, until = NULL")

    def notice_channels(self, now: datetime) -> list[ChannelStatus]:
        """Return the channels by id, with how they are doing."""
        with self._read() as conn:
            rows = conn.execute(
                f"""
                SELECT c.*, (
                    SELECT count(*) FROM outbox AS o WHERE o.state = 'waiting' AND o.channel = c.id
                ) AS waiting, (
                    SELECT count(*) FROM outbox AS o WHERE o.state = 'dead' AND o.channel = c.id
                        AND o.code IN ({_FOR_PERSONS})
                ) AS dead, (
                    SELECT count(*) FROM outbox AS o WHERE o.state = 'waiting' AND o.channel = c.id
                        AND o.due_at <= :now AND coalesce(o.next_try_at, '') <= :now
                        AND o.folded_into IS NULL
                ) AS due
                FROM notice_channels AS c WHERE c.active = 1 ORDER BY c.id
                """,
                {"now": to_text(now)},
            ).fetchall()
        return [_status(row, to_text(now)) for row in rows]

    def plan_notice(self, channel: str, key: str, now: datetime, *, supersedes: str = "") -> bool:
        """Put a digest into the outbox, once for each key; say whether it is new."""
        at = to_text(now)
        with self._read() as conn:  # asked every few seconds: spare the write lock
            known = conn.execute(
                "SELECT 1 AS known FROM outbox WHERE channel = ? AND kind = 'digest' AND key = ?",
                (channel, key),
            ).fetchone()
        if known is not None:
            return False
        with self._write() as conn:
            row = (notice_id(conn, channel, "digest", key), channel, "digest", key, None, at, at, 0)
            if conn.execute(INSERT, row).rowcount != 1:
                return False
            if supersedes:
                conn.execute(
                    "UPDATE outbox SET state = 'dead', code = 'superseded', ended_at = :at "
                    "WHERE state = 'waiting' AND channel = :channel AND kind = 'digest' "
                    "AND key <> :key AND substr(key, length(key) - length(:ending) + 1) = :ending",
                    {"at": at, "channel": channel, "key": key, "ending": supersedes},
                )
            return True

    def notices(self, state: NoticeState, limit: int = _LISTED) -> list[Notice]:
        """Return notices of all channels: waiting ones as they are due, others newest first."""
        order = "due_at, id" if state == "waiting" else "ended_at DESC, id DESC"
        if state == "dead":
            order = f"CASE WHEN code IN ({_FOR_PERSONS}) THEN 0 ELSE 1 END, {order}"
        with self._read() as conn:
            rows = conn.execute(
                f"SELECT * FROM outbox WHERE state = ? ORDER BY {order} LIMIT ?", (state, limit)
            ).fetchall()
        return [notice_from(row) for row in rows]

    def retry_notices(self, notice_id: str | None, now: datetime) -> int:
        """Have a notice, or all dead ones that a person should look at, tried at once."""
        at = to_text(now)
        with self._write() as conn:
            found = _chosen(conn, notice_id)
            conn.executemany(
                "UPDATE outbox SET state = 'waiting', code = '', ended_at = NULL, due_at = ?, "
                "next_try_at = NULL, failing_since = NULL, attempts = 0 "
                "WHERE id = ? OR folded_into = ?",
                [(at, row["id"], row["id"]) for row in found],
            )
            conn.executemany(
                "UPDATE notice_channels SET next_try_at = NULL WHERE id = ?",
                [(channel,) for channel in sorted({row["channel"] for row in found})],
            )
        return len(found)

    def drop_notices(self, notice_id: str | None, now: datetime) -> int:
        """Give up a notice, or take all dead ones that a person should look at as seen."""
        with self._write() as conn:
            found = _chosen(conn, notice_id)
            for row in found:
                end(conn, row["id"], "dropped", now)
        return len(found)

    def prune_notices(self, sent_before: datetime, dead_before: datetime) -> int:
        """Forget old notices; return how many."""
        old = (to_text(sent_before), to_text(dead_before))
        where = "(state = 'sent' AND ended_at < ?) OR (state = 'dead' AND ended_at < ?)"
        with self._read() as conn:
            if conn.execute(f"SELECT 1 AS old FROM outbox WHERE {where}", old).fetchone() is None:
                return 0
        with self._write() as conn:
            return conn.execute(f"DELETE FROM outbox WHERE {where}", old).rowcount


def notice_from(row: Row) -> Notice:
    """Return a row of the outbox."""
    return Notice(
        id=row["id"],
        notice_id=row["notice_id"],
        channel=row["channel"],
        kind=row["kind"],
        key=row["key"],
        item_id=row["item_id"],
        created_at=from_text(row["created_at"]),
        due_at=from_text(row["due_at"]),
        attempts=row["attempts"],
        state=row["state"],
        next_try_at=from_text_or_none(row["next_try_at"]),
        failing_since=from_text_or_none(row["failing_since"]),
        code=row["code"],
        sent_at=from_text_or_none(row["sent_at"]),
        again=bool(row["again"]),
        reached=list_of(row["reached"]),
    )


def end(conn: Transaction, notice: int, code: str, now: datetime) -> None:
    """Note that a notice, with all that it stands for, will not be sent."""
    conn.execute(
        "UPDATE outbox SET state = 'dead', code = ?, ended_at = ? "
        "WHERE (id = ? OR folded_into = ?) AND state <> 'sent'",
        (code, to_text(now), notice, notice),
    )


def _chosen(conn: Transaction, notice_id: str | None) -> Sequence[Row]:
    """Return those of a name that were not sent; None: all that a person should look at."""
    if notice_id is None:
        return conn.execute(
            f"SELECT id, channel FROM outbox WHERE state = 'dead' AND code IN ({_FOR_PERSONS}) "
            "AND folded_into IS NULL ORDER BY id"
        ).fetchall()
    return conn.execute(
        "SELECT id, channel FROM outbox WHERE notice_id = ? AND state <> 'sent' "
        "AND folded_into IS NULL ORDER BY id",
        (clean(notice_id),),
    ).fetchall()


def _status(row: Row, now: str) -> ChannelStatus:
    waits = (row["next_try_at"] or "") > now or (row["until"] or "") > now
    return ChannelStatus(
        channel=NoticeChannel(
            row["id"], list_of(row["opds"]), bool(row["everything"]), list_of(row["kinds"])
        ),
        since=from_text(row["since"]),
        failing_since=from_text_or_none(row["failing_since"]),
        failures=row["failures"],
        next_try_at=from_text_or_none(row["next_try_at"]),
        code=row["code"],
        waiting=row["waiting"],
        dead=row["dead"],
        claimed_until=from_text_or_none(row["until"]) if row["waiting"] else None,
        due=bool(row["due"]) and not waits,
    )
