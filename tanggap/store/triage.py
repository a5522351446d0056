"""Fast triage: undoing the last act, who has an item in hand, what to choose a sector from."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from tanggap.clock import from_text, to_text
from tanggap.errors import InputError, StoreBusy, VersionConflict
from tanggap.language import gettext as _
from tanggap.store.codec import clean, decision_from
from tanggap.store.database import MAX_ID, SqlDatabase, Transaction, id_list, ids_in
from tanggap.store.items import (
    ITEM_SELECT,
    item_row,
    label_changes,
    queue_writes,
    state_from,
    state_text,
)
from tanggap.store.rows import Item, Scope
from tanggap.store.rows_triage import LastAct
from tanggap.store.scope import opds_of, seen_items, sees, visible

_RECENT = 2000
"""Of how many of the newest items the sectors are counted: some milliseconds at any size."""
_GONE = "tidak ada tindakan Anda yang masih dapat dibatalkan pada aduan ini"


class Triage(SqlDatabase):
    """Implements `tanggap.store.base_triage.TriageStore`."""

    def last_act(self, by: str, since: datetime) -> LastAct | None:
        """Return the newest act of a person that may be undone; None when it is before `since`."""
        with self._read() as conn:
            newest = conn.execute(
                "SELECT u.*, r.verdict FROM undoable AS u JOIN reviews AS r ON r.id = u.review_id "
                'WHERE u."by" = ? AND u.at >= ? ORDER BY u.review_id DESC LIMIT 1',
                (clean(by), to_text(since)),
            ).fetchone()
            if newest is None:
                return None
            rows = [newest]
            if newest["batch"]:
                rows = list(
                    conn.execute(
                        'SELECT * FROM undoable WHERE "by" = ? AND batch = ? ORDER BY review_id',
                        (clean(by), newest["batch"]),
                    )
                )
        return LastAct(
            verdict=newest["verdict"],
            batch=newest["batch"],
            acts=tuple((row["item_id"], json.loads(row["after"])["version"]) for row in rows),
            began_at=min(from_text(row["at"]) for row in rows),
        )

    def undo(
        self, scope: Scope, by: str, item_id: int, version: int, now: datetime, since: datetime
    ) -> Item | None:
        """Give an item the state back that it had before this person's last act on it."""
        by = clean(by)
        if not 0 < item_id <= MAX_ID:
            return None
        with self._write() as conn, queue_writes(conn, now, by) as writes:
            seen = visible(conn, scope, item_id)
            kept = conn.execute(
                'SELECT * FROM undoable WHERE item_id = ? AND "by" = ?', (item_id, by)
            ).fetchone()
            before = None if kept is None else state_from(json.loads(kept["before"]))
            if seen is None and (before is None or not scope.opds.intersection(before.visible_to)):
                return None
            row = conn.execute(f"{ITEM_SELECT} WHERE i.id = ?", (item_id,)).fetchone()
            item = item_row(row)
            present = item.state
            if present.version != version:
                raise VersionConflict(item.id, present.updated_by)
            if kept is None or before is None or from_text(kept["at"]) < since:
                raise InputError(_(_GONE))
            if state_text(present) != kept["after"]:
                # An answer that was seen since moves no version.
                raise VersionConflict(item.id, present.updated_by)
            after = replace(before, version=version + 1, updated_at=now, updated_by=by)
            writes.change(item, after)
            writes.event(item.id, "undone", label_changes(present, after))
            conn.execute(
                "UPDATE reviews SET undone_at = ? WHERE id = ?", (to_text(now), kept["review_id"])
            )
            conn.execute("DELETE FROM undoable WHERE item_id = ?", (item.id,))
            rows = conn.execute(f"{ITEM_SELECT} WHERE i.id = ?", (item.id,)).fetchall()
            [done] = seen_items(conn, scope, rows)
            return done

    def some_items(self, scope: Scope, item_ids: Collection[int]) -> list[Item]:
        """Return those of the items that there are and the scope sees, newest first."""
        if not item_ids:
            return []
        with self._read() as conn:
            rows = conn.execute(
                f"{ITEM_SELECT} WHERE i.id IN ({ids_in(conn, ':ids')}) "
                f"AND {sees(conn, scope, 'i.id')} ORDER BY i.posted_at DESC, i.id DESC",
                {"ids": id_list(item_ids), "opds": opds_of(scope)},
            ).fetchall()
            return seen_items(conn, scope, rows)

    def alternatives(self, item_ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
        """Return what the last decision on each item held for its sector, most likely first."""
        if not item_ids:
            return {}
        with self._read() as conn:
            rows = conn.execute(
                "SELECT i.id AS item_id, d.decision "
                f"FROM ({ids_in(conn, ':ids')}) AS j CROSS JOIN items AS i "
                "CROSS JOIN decisions AS d WHERE i.id = j.id "
                "AND d.id = (SELECT max(id) FROM decisions WHERE mention_id = i.mention_id)",
                {"ids": id_list(item_ids)},
            ).fetchall()
        held = {row["item_id"]: decision_from(row["decision"]).sector for row in rows}
        return {
            item_id: tuple(sector for sector, _ in found.top) or (found.label,)
            for item_id, found in held.items()
            if found is not None
        }

    def frequent_sectors(self) -> tuple[str, ...]:
        """Return the sectors of the newest items by how often they come."""
        with self._read() as conn:
            rows = conn.execute(
                "SELECT sector, count(*) AS n FROM (SELECT sector FROM items "
                "ORDER BY posted_at DESC, id DESC LIMIT ?) AS newest "
                "WHERE sector IS NOT NULL GROUP BY sector ORDER BY n DESC, sector",
                (_RECENT,),
            ).fetchall()
        return tuple(row["sector"] for row in rows)

    # Check-outs ---------------------------------------------------------------------------------

    def check_out(
        self,
        scope: Scope,
        item_id: int,
        by: str,
        now: datetime,
        until: datetime,
        *,
        wait: bool = True,
    ) -> tuple[str, ...] | None:
        """Say that a person works on an item until a moment; return who else does."""
        by = clean(by)
        with self._read() as conn:
            if visible(conn, scope, item_id) is None:
                return None
            others = _in_hand(conn, [item_id], by, now).get(item_id, ())
        try:
            with self._write(wait=wait) as conn:
                conn.execute("DELETE FROM checkouts WHERE until <= ?", (to_text(now),))
                conn.execute(
                    'INSERT INTO checkouts (item_id, "by", since, until) VALUES (?, ?, ?, ?) '
                    'ON CONFLICT (item_id, "by") DO UPDATE SET until = excluded.until',
                    (item_id, by, to_text(now), to_text(until)),
                )
        except StoreBusy:
            # The page asks again within a minute.
            return others
        return others

    def check_in(self, item_id: int, by: str) -> None:
        """Take back that a person works on an item."""
        with self._write() as conn:
            conn.execute(
                'DELETE FROM checkouts WHERE item_id = ? AND "by" = ?', (item_id, clean(by))
            )

    def in_hand(
        self, item_ids: Collection[int], but_not: str, now: datetime
    ) -> Mapping[int, tuple[str, ...]]:
        """Return who works on which of the items, first come first; others than `but_not`."""
        if not item_ids:
            return {}
        with self._read() as conn:
            return _in_hand(conn, item_ids, clean(but_not), now)


def _in_hand(
    conn: Transaction, item_ids: Collection[int], but_not: str, now: datetime
) -> dict[int, tuple[str, ...]]:
    rows = conn.execute(
        f'SELECT c.item_id, c."by" FROM ({ids_in(conn, ":ids")}) AS j CROSS JOIN checkouts AS c '
        "WHERE c.item_id = j.id AND c.until > :now "
        'AND c."by" <> :own ORDER BY c.since, c."by"',
        {"ids": id_list(item_ids), "now": to_text(now), "own": but_not},
    )
    found: dict[int, tuple[str, ...]] = {}
    for row in rows:
        found[row["item_id"]] = (*found.get(row["item_id"], ()), row["by"])
    return found
