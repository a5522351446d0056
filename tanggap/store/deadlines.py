"""Which deadlines are near or past, kept beside the items, and the notices that tell of it."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from tanggap.clock import from_text, to_text
from tanggap.mention import CLOSED, UNANSWERED
from tanggap.store.codec import Row, list_of
from tanggap.store.database import SqlDatabase, Transaction, id_list, ids_in
from tanggap.store.items import ITEM_SELECT, item_row, queue_writes
from tanggap.store.outbox_intake import INSERT, notice_id
from tanggap.store.rows import Scope
from tanggap.store.rows_deadlines import ItemDeadlines, News, Pressing, Running
from tanggap.store.rows_outbox import Notice
from tanggap.store.scope import seen_items

CLOCKS_APART = timedelta(minutes=1)
"""So far the clocks of daemons may be apart that share a database (`upkeep/clock_skew.py`)."""
TOLD_AGAIN_AFTER = timedelta(days=30)
"""Of what became pressing longer ago no notice tells: those before it may be forgotten by then."""
_WAITS_FOR = """
    (d.clock <> 'first_answer' OR i.status IN ({unanswered}))
    AND (d.clock <> 'verification' OR i.status = 'baru') AND i.status NOT IN ({closed})
""".format(
    unanswered=", ".join(f"'{status}'" for status in UNANSWERED),
    closed=", ".join(f"'{status}'" for status in CLOSED),
)
"""What must still be so of an item `i` for its clock `d` to be waited for."""


class _Kept(NamedTuple):
    """One row: whose it was, by when, and since when it is how pressing."""

    opd: str | None
    due_at: str
    warned_at: str | None = None
    missed_at: str | None = None
    escalated_at: str | None = None


class DeadlineBook(SqlDatabase):
    """Implements `tanggap.store.base_deadlines.DeadlineStore`."""

    def note_deadlines(self, found: Sequence[ItemDeadlines], now: datetime) -> int:
        """Keep what was reckoned of these items; return how many had changed."""
        at = to_text(now)
        with self._read() as conn:  # mostly nothing has changed: spare the write lock
            changed = _changed(conn, found, at)
        if not changed:
            return 0
        with self._write() as conn, queue_writes(conn, now) as writes:
            rows = conn.execute(
                f"{ITEM_SELECT} WHERE i.id IN ({ids_in(conn, ':ids')})",
                {"ids": id_list(one.item_id for one in changed)},
            ).fetchall()
            states = {row["item_id"]: item_row(row).state for row in rows}
            versions = {number: state.version for number, state in states.items()}
            same = [one for one in changed if versions.get(one.item_id) == one.version]
            before = _kept_of(conn, [one.item_id for one in same])
            at = _behind_what_was_told(conn, now)
            for one in same:
                old = before.get(one.item_id, {})
                _write_rows(conn, one.item_id, old, _moved_all(one, old, at))
                writes.touch(states[one.item_id])
        return len(same)

    def tell_deadlines(self, now: datetime, apart: timedelta) -> int:
        """Put a notice into the outbox of each channel for which something has become pressing."""
        at = to_text(now)
        with self._read() as conn:  # mostly there is nothing to tell
            if not _untold(conn, at, apart):
                return 0
        with self._write() as conn:
            untold = _untold(conn, at, apart)
            for channel, kind in untold:
                _put_notice(conn, channel, kind, at)
        return len(untold)

    def forget_deadlines(self, statuses: Collection[str]) -> int:
        """Forget the clocks of items that have none of `statuses`; return of how many items."""
        gone = (
            "SELECT d.item_id FROM item_deadlines AS d JOIN items AS i ON i.id = d.item_id "
            "WHERE i.status NOT IN ({})"
        )
        kept = {"statuses": json.dumps(sorted(statuses))}
        with self._read() as conn:
            old = conn.execute(f"{gone.format(conn.texts_in(':statuses'))} LIMIT 1", kept)
            if old.fetchone() is None:
                return 0
        with self._write() as conn:
            return conn.execute(
                "DELETE FROM item_deadlines "
                f"WHERE item_id IN ({gone.format(conn.texts_in(':statuses'))})",
                kept,
            ).rowcount

    def deadline_news(self, notice: Notice, limit: int) -> News:
        """Return what a notice tells that none before it on its channel told."""
        with self._read() as conn:
            channel = conn.execute(
                "SELECT * FROM notice_channels WHERE id = ?", (notice.channel,)
            ).fetchone()
            if channel is None:
                return News((), 0)
            everything, opds = bool(channel["everything"]), list_of(channel["opds"])
            rows = conn.execute(
                "SELECT d.item_id, d.clock, d.due_at "
                f"{_pressing(conn, notice.kind, everything)} ORDER BY d.due_at, d.item_id, d.clock",
                {
                    "after": _told_until(conn, channel, notice.kind, notice.key),
                    "until": notice.key,
                    "opds": json.dumps(opds),
                },
            ).fetchall()
            first: dict[int, Row] = {}
            for row in rows:
                first.setdefault(row["item_id"], row)
            some = list(first)[:limit]
            shown = conn.execute(
                f"{ITEM_SELECT} WHERE i.id IN ({ids_in(conn, ':ids')})", {"ids": id_list(some)}
            ).fetchall()
            scope = Scope(everything, frozenset(opds), "none")
            items = {item.id: item for item in seen_items(conn, scope, shown)}
        pressing = [
            Pressing(items[number], first[number]["clock"], from_text(first[number]["due_at"]))
            for number in some
        ]
        return News(tuple(pressing), len(first))


def _changed(
    conn: Transaction, found: Sequence[ItemDeadlines], now: str
) -> Sequence[ItemDeadlines]:
    before = _kept_of(conn, [one.item_id for one in found])
    return [
        one for one in found if (old := before.get(one.item_id, {})) != _moved_all(one, old, now)
    ]


def _kept_of(conn: Transaction, items: Iterable[int]) -> Mapping[int, Mapping[str, _Kept]]:
    rows = conn.execute(
        f"SELECT d.* FROM ({ids_in(conn, ':ids')}) AS j CROSS JOIN item_deadlines AS d "
        "WHERE d.item_id = j.id",
        {"ids": id_list(items)},
    )
    found: defaultdict[int, dict[str, _Kept]] = defaultdict(dict)
    for row in rows:
        found[row["item_id"]][row["clock"]] = _Kept(*(row[name] for name in _Kept._fields))
    return found


def _moved_all(one: ItemDeadlines, old: Mapping[str, _Kept], now: str) -> dict[str, _Kept]:
    return {running.clock: _moved(one.opd, running, old, now) for running in one.running}


def _moved(opd: str | None, running: Running, old: Mapping[str, _Kept], now: str) -> _Kept:
    """Return what is kept of a clock; since when it is so pressing for its OPD stays as it was."""
    before, stage = old.get(running.clock), running.stage
    if before is None or before.opd != opd:
        before = _Kept(opd, "")
    return _Kept(
        opd,
        to_text(running.due_at),
        (before.warned_at or now) if stage == "warning" else before.warned_at if stage else None,
        (before.missed_at or now) if stage in ("missed", "escalated") else None,
        (before.escalated_at or now) if stage == "escalated" else None,
    )


def _write_rows(
    conn: Transaction, item_id: int, old: Mapping[str, _Kept], new: Mapping[str, _Kept]
) -> None:
    conn.executemany(
        "DELETE FROM item_deadlines WHERE item_id = ? AND clock = ?",
        [(item_id, clock) for clock in old if clock not in new],
    )
    conn.executemany(
        "INSERT INTO item_deadlines "
        "(item_id, clock, opd, due_at, warned_at, missed_at, escalated_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (item_id, clock) "
        "DO UPDATE SET opd = excluded.opd, due_at = excluded.due_at, "
        "warned_at = excluded.warned_at, missed_at = excluded.missed_at, "
        "escalated_at = excluded.escalated_at",
        [(item_id, clock, *row) for clock, row in new.items() if old.get(clock) != row],
    )


def _pressing(conn: Transaction, kind: str, everything: bool) -> str:
    """Return FROM and WHERE of what such a notice tells: parameters `after`, `until`, `opds`."""
    if kind == "warning":
        column, also = "warned_at", "AND d.missed_at IS NULL"
    else:
        column, also = ("escalated_at" if everything else "missed_at"), ""
    own = "TRUE" if everything else f"i.opd IN ({conn.texts_in(':opds')})"
    return (
        "FROM item_deadlines AS d JOIN items AS i ON i.id = d.item_id "
        f"WHERE d.{column} > :after AND d.{column} <= :until {also} AND {own} AND {_WAITS_FOR}"
    )


def _untold(conn: Transaction, at: str, apart: timedelta) -> list[tuple[str, str]]:
    """Return the channels, and the kinds of notice, for which there is something to tell."""
    found: list[tuple[str, str]] = []
    channels = conn.execute("SELECT * FROM notice_channels WHERE active = 1 ORDER BY id").fetchall()
    lately = to_text(from_text(at) - apart)
    for channel in channels:
        for kind in ("warning", "escalation"):
            told = _told_until(conn, channel, kind, at, superseded=True)
            if kind not in list_of(channel["kinds"]) or lately < told <= at:
                continue
            news = conn.execute(
                f"SELECT 1 AS one {_pressing(conn, kind, bool(channel['everything']))} LIMIT 1",
                {
                    "after": told,
                    "until": at,
                    "opds": channel["opds"],
                },
            )
            if news.fetchone() is not None:
                found.append((channel["id"], kind))
    return found


def _behind_what_was_told(conn: Transaction, now: datetime) -> str:
    """Return now, or the moment after the newest notice: another daemon's clock may be ahead."""
    newest = conn.execute(
        "SELECT max(key) AS key FROM outbox WHERE kind IN ('warning', 'escalation') "
        "AND key BETWEEN ? AND ?",
        (to_text(now), to_text(now + CLOCKS_APART)),
    ).fetchone()
    if newest["key"] is None:
        return to_text(now)
    return to_text(from_text(newest["key"]) + timedelta(milliseconds=1))


def _put_notice(conn: Transaction, channel: str, kind: str, at: str) -> None:
    """Put a notice into the outbox; what still waits and nobody has got is told with it."""
    waiting = "state = 'waiting' AND channel = ? AND kind = ? AND key < ? AND reached = '[]'"
    failing = conn.execute(
        f"SELECT min(failing_since) AS since FROM outbox WHERE {waiting}", (channel, kind, at)
    ).fetchone()
    conn.execute(INSERT, (notice_id(conn, channel, kind, at), channel, kind, at, None, at, at, 0))
    # So that three days of failure are three days, however often there is news.
    conn.execute(
        "UPDATE outbox SET failing_since = ? WHERE channel = ? AND kind = ? AND key = ?",
        (failing["since"], channel, kind, at),
    )
    conn.execute(
        f"UPDATE outbox SET state = 'dead', code = 'superseded', ended_at = ? WHERE {waiting}",
        (at, channel, kind, at),
    )


def _told_until(
    conn: Transaction, channel: Row, kind: str, key: str, *, superseded: bool = False
) -> str:
    """Return until when what became pressing is told of by notices before `key` on a channel.

    What was put off into a later one is told by that one, which is not before itself; with
    `superseded` those count as well.
    """
    put_off = "" if superseded else "AND NOT (state = 'dead' AND code = 'superseded')"
    last = conn.execute(
        f"SELECT max(key) AS key FROM outbox WHERE channel = ? AND kind = ? AND key < ? {put_off}",
        (channel["id"], kind, key),
    ).fetchone()
    floor = to_text(from_text(key) - TOLD_AGAIN_AFTER)
    return max(str(last["key"] or ""), str(channel["since"]), floor)
