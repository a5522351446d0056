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
_SINCE = {"warning": "warned_at", "missed": "missed_at", "escalated": "escalated_at"}


class _Kept(NamedTuple):
    """One row: by when, and since when it is how pressing."""

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
            reached: defaultdict[str, set[str | None]] = defaultdict(set)
            for one in same:
                old, state = before.get(one.item_id, {}), states[one.item_id]
                new = _moved_all(one, old, at)
                _write_rows(conn, one.item_id, old, new)
                writes.touch(state)
                for clock, row in new.items():
                    for column in _newly(old.get(clock), row):
                        reached[column].add(state.opd)
            _put_notices(conn, reached, at)
        return len(same)

    def forget_deadlines(self, statuses: Collection[str]) -> int:
        """Forget the clocks of items that have none of `statuses`; return of how many items."""
        with self._read() as conn:
            rows = conn.execute(
                "SELECT DISTINCT d.item_id FROM item_deadlines AS d "
                "JOIN items AS i ON i.id = d.item_id "
                f"WHERE i.status NOT IN ({conn.texts_in(':statuses')})",
                {"statuses": json.dumps(sorted(statuses))},
            ).fetchall()
        if rows:
            with self._write() as conn:
                conn.executemany(
                    "DELETE FROM item_deadlines WHERE item_id = ?",
                    [(row["item_id"],) for row in rows],
                )
        return len(rows)

    def deadline_news(self, notice: Notice, limit: int) -> News:
        """Return what a notice tells that none before it on its channel told."""
        with self._read() as conn:
            channel = conn.execute(
                "SELECT * FROM notice_channels WHERE id = ?", (notice.channel,)
            ).fetchone()
            if channel is None:
                return News((), 0)
            everything, opds = bool(channel["everything"]), list_of(channel["opds"])
            column = _column(notice.kind, everything)
            own = "TRUE" if everything else f"i.opd IN ({conn.texts_in(':opds')})"
            rows = conn.execute(
                "SELECT d.item_id, d.clock, d.due_at FROM item_deadlines AS d "
                f"JOIN items AS i ON i.id = d.item_id WHERE d.{column} > :after "
                f"AND d.{column} <= :key AND {own} AND {_WAITS_FOR} "
                "ORDER BY d.due_at, d.item_id, d.clock",
                {
                    "after": _told_until(conn, notice, channel["since"]),
                    "key": notice.key,
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
        found[row["item_id"]][row["clock"]] = _Kept(
            row["due_at"], row["warned_at"], row["missed_at"], row["escalated_at"]
        )
    return found


def _moved_all(one: ItemDeadlines, old: Mapping[str, _Kept], now: str) -> dict[str, _Kept]:
    return {running.clock: _moved(running, old, now) for running in one.running}


def _moved(running: Running, old: Mapping[str, _Kept], now: str) -> _Kept:
    """Return what is kept of a clock; since when it is so pressing stays as it was."""
    before, stage = old.get(running.clock, _Kept("")), running.stage
    return _Kept(
        to_text(running.due_at),
        (before.warned_at or now) if stage == "warning" else before.warned_at if stage else None,
        (before.missed_at or now) if stage in ("missed", "escalated") else None,
        (before.escalated_at or now) if stage == "escalated" else None,
    )


def _newly(before: _Kept | None, after: _Kept) -> list[str]:
    old = before or _Kept("")
    return [
        column for column in _SINCE.values() if getattr(after, column) and not getattr(old, column)
    ]


def _write_rows(
    conn: Transaction, item_id: int, old: Mapping[str, _Kept], new: Mapping[str, _Kept]
) -> None:
    conn.executemany(
        "DELETE FROM item_deadlines WHERE item_id = ? AND clock = ?",
        [(item_id, clock) for clock in old if clock not in new],
    )
    conn.executemany(
        "INSERT INTO item_deadlines VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (item_id, clock) DO UPDATE SET due_at = excluded.due_at, "
        "warned_at = excluded.warned_at, missed_at = excluded.missed_at, "
        "escalated_at = excluded.escalated_at",
        [(item_id, clock, *row) for clock, row in new.items() if old.get(clock) != row],
    )


def _column(kind: str, everything: bool) -> str:
    """Return since when a clock must be how pressing for a channel to be told by such a notice."""
    if kind == "warning":
        return _SINCE["warning"]
    return _SINCE["escalated" if everything else "missed"]


def _put_notices(conn: Transaction, reached: Mapping[str, set[str | None]], at: str) -> None:
    """Put a notice into the outbox of each channel for whose OPD a stage was reached."""
    if not reached:
        return
    channels = conn.execute("SELECT * FROM notice_channels WHERE active = 1 ORDER BY id").fetchall()
    for row in channels:
        channel, everything = row["id"], bool(row["everything"])
        for kind in ("warning", "escalation"):
            concerned = reached.get(_column(kind, everything), set())
            known = concerned if everything else concerned & {*list_of(row["opds"])}
            if not known or kind not in list_of(row["kinds"]):
                continue
            name = notice_id(conn, channel, kind, at)
            conn.execute(INSERT, (name, channel, kind, at, None, at, at, 0))
            conn.execute(
                "UPDATE outbox SET state = 'dead', code = 'superseded', ended_at = ? "
                "WHERE state = 'waiting' AND channel = ? AND kind = ? AND key < ?",
                (at, channel, kind, at),
            )


def _told_until(conn: Transaction, notice: Notice, since: str) -> str:
    """Return until when what became pressing was told of on a channel."""
    sent = conn.execute(
        "SELECT max(key) AS key FROM outbox WHERE channel = ? AND kind = ? AND state = 'sent' "
        "AND key < ?",
        (notice.channel, notice.kind, notice.key),
    ).fetchone()
    floor = to_text(from_text(notice.key) - TOLD_AGAIN_AFTER)
    return max(sent["key"] or "", since, floor)
