"""What the desk and the terminal read of the queue. Every query on items goes through a scope."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from tanggap.clock import from_text, from_text_or_none, to_text
from tanggap.errors import VersionConflict
from tanggap.killpoints import reached
from tanggap.mention import Mention, Review
from tanggap.store.codec import (
    Row,
    clean,
    clean_or_none,
    decision_from,
    mention_from,
)
from tanggap.store.database import SqlDatabase, Transaction
from tanggap.store.item_state import after_review
from tanggap.store.items import ALL, ITEM_SELECT, item_from, item_row, queue_writes
from tanggap.store.lists import MAX_ID, Listing
from tanggap.store.rows import Answer, Event, Item, ItemDetail, ItemFilter, Note, Scope

_EXPORT_PAGE = 500
_THREAD_SHOWN = 200


class SharedQueue(SqlDatabase):
    """Implements `tanggap.store.base.QueueStore`."""

    def items(
        self,
        scope: Scope,
        wanted: ItemFilter,
        *,
        after: tuple[datetime, int] | None = None,
        limit: int = 25,
    ) -> list[Item]:
        """Return items newest first (`posted_at`, `id`), those after the key `after`."""
        listing = Listing(scope, wanted, self._match)
        if listing.empty:
            return []
        with self._read() as conn:
            keys, params = listing.keys(conn, after, limit)
            rows = conn.execute(
                f"WITH keys AS ({keys}) {ITEM_SELECT} JOIN keys ON keys.item_id = i.id "
                "ORDER BY i.posted_at DESC, i.id DESC",
                params,
            ).fetchall()
            items = [item_from(row) for row in rows]
            shown = _without_hidden_parents(conn, scope, [item.mention for item in items])
        return [replace(item, mention=one) for item, one in zip(items, shown, strict=True)]

    def count(self, scope: Scope, wanted: ItemFilter, *, cap: int = 1000) -> int:
        """Return how many items match, at most `cap` + 1."""
        listing = Listing(scope, wanted, self._match)
        if listing.empty:
            return 0
        with self._read() as conn:
            sql, params = listing.counter() or listing.capped(conn, cap + 1)
            row = conn.execute(sql, params).fetchone()
        return min(int(row["n"]), cap + 1)

    def item(self, scope: Scope, item_id: int) -> ItemDetail | None:
        """Return one item, or None when it is missing or not in scope (no difference)."""
        with self._read() as conn:
            row = _visible(conn, scope, item_id)
            if row is None:
                return None
            mention_id = row["mention_id"]
            raw = conn.execute("SELECT raw FROM mentions WHERE id = ?", (mention_id,)).fetchone()
            item = item_from(row, raw["raw"])
            thread = _thread(conn, scope, item.mention)
            own, *others = _without_hidden_parents(conn, scope, [item.mention, *thread])
            decision = conn.execute(
                "SELECT decision FROM decisions WHERE mention_id = ? ORDER BY id DESC LIMIT 1",
                (mention_id,),
            ).fetchone()
            return ItemDetail(
                item=replace(item, mention=own),
                decision=None if decision is None else decision_from(decision["decision"]),
                thread=tuple(others),
                answers=_answers(conn, item_id),
                history=_history(conn, item_id),
                notes=_notes(conn, item_id),
                revisions=_revisions(conn, mention_id),
            )

    def review(self, scope: Scope, review: Review, now: datetime) -> Item | None:
        """Do a person's act with history and counters; None when missing or not in scope.

        Raise VersionConflict when somebody else changed the item since `expected_version`, and
        InputError when the act makes no sense. Return the item as it is afterwards, also when
        the act took it out of the person's scope.
        """
        review = replace(
            review,
            by=clean(review.by),
            why=clean(review.why).strip(),
            opd=clean_or_none(review.opd),
            kecamatan=clean_or_none(review.kecamatan),
        )
        with self._write() as conn, queue_writes(conn, now, review.by) as writes:
            row = _visible(conn, scope, review.item_id)
            if row is None:
                return None
            item = item_row(row)
            before = item.state
            if before.version != review.expected_version:
                raise VersionConflict(item.id, before.updated_by)
            seen = conn.execute(
                "SELECT min(a.posted_at) AS first FROM item_answers "
                "JOIN answers AS a USING (mention_id) WHERE item_id = ?",
                (item.id,),
            ).fetchone()
            after = after_review(before, review, now, seen_answer=from_text_or_none(seen["first"]))
            writes.change(item, after)
            old, new = before.labels, after.labels
            changed = [name for name in old if old[name] != new[name]]
            writes.event(
                item.id,
                review.verdict,
                {f"{name}_from": old[name] for name in changed}
                | {f"{name}_to": new[name] for name in changed}
                | {"wrong_opd": "true" if review.wrong_opd else None},
            )
            conn.execute(
                'INSERT INTO reviews (item_id, at, "by", verdict, before, after, wrong_opd, why) '
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    item.id,
                    to_text(now),
                    review.by,
                    review.verdict,
                    json.dumps(old),
                    json.dumps(new),
                    int(review.wrong_opd),
                    review.why,
                ),
            )
            row = conn.execute(f"{ITEM_SELECT} WHERE i.id = ?", (item.id,)).fetchone()
            done = item_from(row)
            [shown] = _without_hidden_parents(conn, scope, [done.mention])
            reached("review_written")
            return replace(done, mention=shown)

    def export(self, scope: Scope, wanted: ItemFilter) -> Iterator[Item]:
        """Yield all matching items, newest first, without holding a lock."""
        after: tuple[datetime, int] | None = None
        while page := self.items(scope, wanted, after=after, limit=_EXPORT_PAGE):
            yield from page
            after = (page[-1].mention.posted_at, page[-1].id)

    def changed_at(self, scope: Scope) -> str:
        """Return a short text that changes whenever what this scope sees changes (for ETag)."""
        opds = [ALL] if scope.everything else sorted(scope.opds)
        with self._read() as conn:
            rows = conn.execute(
                f"SELECT opd, count FROM changes WHERE opd IN ({conn.texts_in('?')}) ORDER BY opd",
                (json.dumps(opds),),
            ).fetchall()
        seen = json.dumps([opds, [(row["opd"], row["count"]) for row in rows]])
        return hashlib.sha256(seen.encode()).hexdigest()[:16]


def _visible(conn: Transaction, scope: Scope, item_id: int) -> Row | None:
    """Return the row of an item if the scope may see it."""
    if not 0 < item_id <= MAX_ID:
        return None
    sql = f"{ITEM_SELECT} WHERE i.id = ?"
    params: list[int | str] = [item_id]
    if not scope.everything:
        sql += (
            " AND EXISTS (SELECT 1 FROM item_opds AS o WHERE o.item_id = i.id "
            f"AND o.opd IN ({conn.texts_in('?')}))"
        )
        params.append(json.dumps(sorted(scope.opds)))
    row: Row | None = conn.execute(sql, params).fetchone()
    return row


def _without_hidden_parents(
    conn: Transaction, scope: Scope, mentions: Sequence[Mention]
) -> list[Mention]:
    """Return the mentions without the text of parents that are sensitive items out of scope.

    What came with it in `raw` goes too.
    """
    parents = {(one.network, one.parent_id) for one in mentions if one.parent_id}
    if scope.everything or not parents:
        return list(mentions)
    rows = conn.execute(
        f"""
        SELECT m.network, m.network_id FROM {conn.lists_in(":parents")} AS j
        CROSS JOIN mentions AS m CROSS JOIN items AS i
        WHERE m.network = j.value ->> 0 AND m.network_id = j.value ->> 1
            AND i.mention_id = m.id AND i.sensitive = 1
            AND NOT EXISTS (SELECT 1 FROM item_opds AS o WHERE o.item_id = i.id
                AND o.opd IN ({conn.texts_in(":opds")}))
        """,
        {"parents": json.dumps(sorted(parents)), "opds": json.dumps(sorted(scope.opds))},
    )
    hidden = {(row["network"], row["network_id"]) for row in rows}
    return [
        replace(one, parent_text=None, raw="{}") if (one.network, one.parent_id) in hidden else one
        for one in mentions
    ]


def _thread(conn: Transaction, scope: Scope, mention: Mention) -> list[Mention]:
    """Return the other mentions of a thread, oldest first; of a very long one the nearest.

    What another OPD has in its queue is left out, but for the post that was answered and the
    one at the root, without which the mention cannot be understood; sensitive ones always, and
    with them the answers that they got.
    """
    root = mention.thread_id or mention.network_id
    related = [root, mention.network_id, *([mention.parent_id] if mention.parent_id else [])]
    # Under an OPD's post stand the comments of a whole city: first comes what belongs together.
    branch = mention.parent_id if mention.parent_id not in (None, root) else mention.network_id
    rows = conn.execute(
        f"""
        WITH related (id) AS ({conn.texts_in(":related")}), thread (id) AS (
            SELECT id FROM mentions WHERE network = :network AND thread_id = :root
            UNION
            SELECT id FROM mentions WHERE network = :network AND parent_id = :own
            UNION
            SELECT id FROM mentions WHERE network = :network
                AND network_id IN (SELECT id FROM related)
        ), hidden (network_id) AS (
            SELECT m.network_id FROM mentions AS m CROSS JOIN items AS i
            WHERE i.mention_id = m.id AND m.id IN (SELECT id FROM thread)
                AND :everything = 0 AND i.sensitive = 1
                AND NOT EXISTS (SELECT 1 FROM item_opds AS o WHERE o.item_id = i.id
                    AND o.opd IN ({conn.texts_in(":opds")}))
        ), shown AS (
            SELECT m.* FROM mentions AS m LEFT JOIN items AS i ON i.mention_id = m.id
            WHERE m.id IN (SELECT id FROM thread) AND m.network_id <> :own
                AND (:everything = 1
                    OR (m.network_id IN (SELECT id FROM related) AND coalesce(i.sensitive, 0) = 0)
                    OR (i.id IS NULL
                        AND coalesce(m.parent_id, '') NOT IN (SELECT network_id FROM hidden))
                    OR EXISTS (SELECT 1 FROM item_opds AS o WHERE o.item_id = i.id
                        AND o.opd IN ({conn.texts_in(":opds")})))
            ORDER BY
                CASE WHEN m.network_id IN (SELECT id FROM related) THEN 0
                    WHEN m.parent_id IN (:own, :branch) THEN 1 ELSE 2 END,
                {conn.days_apart("m.posted_at", ":posted_at")}, m.id
            LIMIT :limit
        )
        SELECT * FROM shown ORDER BY posted_at, id
        """,
        {
            "related": json.dumps(related),
            "network": mention.network,
            "root": root,
            "own": mention.network_id,
            "branch": branch,
            "posted_at": to_text(mention.posted_at),
            "limit": _THREAD_SHOWN,
            "everything": int(scope.everything),
            "opds": json.dumps(sorted(scope.opds)),
        },
    )
    return [mention_from(row) for row in rows]


def _answers(conn: Transaction, item_id: int) -> tuple[Answer, ...]:
    rows = conn.execute(
        "SELECT a.opd, m.posted_at, m.text, m.permalink FROM item_answers AS i "
        "JOIN answers AS a USING (mention_id) JOIN mentions AS m ON m.id = a.mention_id "
        "WHERE i.item_id = ? ORDER BY a.posted_at, a.mention_id",
        (item_id,),
    )
    return tuple(
        Answer(row["opd"], from_text(row["posted_at"]), row["text"], row["permalink"])
        for row in rows
    )


def _history(conn: Transaction, item_id: int) -> tuple[Event, ...]:
    rows = conn.execute("SELECT * FROM events WHERE item_id = ? ORDER BY id", (item_id,))
    return tuple(
        Event(from_text(row["at"]), row["actor"], row["kind"], json.loads(row["detail"]))
        for row in rows
    )


def _notes(conn: Transaction, item_id: int) -> tuple[Note, ...]:
    rows = conn.execute(
        "SELECT * FROM reviews WHERE item_id = ? AND why <> '' ORDER BY id", (item_id,)
    )
    return tuple(Note(from_text(row["at"]), row["by"], row["verdict"], row["why"]) for row in rows)


def _revisions(conn: Transaction, mention_id: int) -> tuple[tuple[datetime, str], ...]:
    # Of those seen at once the longer revision is the later one where it is a number.
    rows = conn.execute(
        "SELECT seen_at, text FROM revisions WHERE mention_id = ? "
        "ORDER BY seen_at, length(revision), revision",
        (mention_id,),
    ).fetchall()
    return tuple((from_text(row["seen_at"]), row["text"]) for row in rows)
