"""The OPD's own posts with what stands under them, and the items that many talk about."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from datetime import datetime
from typing import NamedTuple

from tanggap.clock import from_text, from_text_or_none, to_text
from tanggap.mention import UNANSWERED
from tanggap.store.asking import ASKS, asks_something
from tanggap.store.codec import Row
from tanggap.store.database import SqlDatabase, Transaction
from tanggap.store.engagement import LIVELY, engagement_from
from tanggap.store.incidents import INCIDENT_IN_ROW, incident_from, shows_incident
from tanggap.store.items import ITEM_SELECT
from tanggap.store.rows import Scope
from tanggap.store.rows_boards import OwnPost, ViralItem
from tanggap.store.scope import opds_of, seen_items, sees

COUNTED_BELOW = 1001
"""Items under one post that are counted: one more than a page names as a number."""
LOOKED_AT_BELOW = 5000
"""Comments under one post that are looked at for it; of more, any."""
MEMBERS_AT_MOST = 50
"""Members of each incident that one answer of `viral` holds: those most reacted to."""
_LOOKED_AT = 20_000
"""Posts, or items that people reacted to, of a period that are ranked: the newest."""
_TEXT_KEPT = 400


class BoardBook(SqlDatabase):
    """Implements `tanggap.store.base_boards.BoardStore`."""

    def own_posts(self, scope: Scope, since: datetime, limit: int) -> list[OwnPost]:
        """Return posts of the scope's OPD since a moment, those with most reactions first."""
        with self._read() as conn:
            ours = "" if scope.everything else f"AND p.author_opd IN ({conn.texts_in(':opds')})"
            rows = conn.execute(
                f"""
                WITH posts AS (
                    SELECT p.id, p.posted_at FROM mentions AS p
                    WHERE p.kind = 'post' AND p.author_opd IS NOT NULL AND p.posted_at >= :since
                        {ours} AND NOT EXISTS (SELECT 1 FROM answers AS a WHERE a.mention_id = p.id)
                    ORDER BY p.posted_at DESC, p.id DESC LIMIT :looked_at
                ), chosen AS (
                    SELECT posts.id, posts.posted_at, coalesce(e.total, -1) AS total
                    FROM posts LEFT JOIN engagement AS e ON e.mention_id = posts.id
                    ORDER BY total DESC, posts.posted_at DESC, posts.id DESC LIMIT :limit
                )
                SELECT m.author_opd, m.network, m.network_id, m.posted_at, m.permalink,
                    substr(m.text, 1, {_TEXT_KEPT}) AS text, e.likes, e.comments, e.shares,
                    e.seen_at
                FROM chosen JOIN mentions AS m ON m.id = chosen.id
                LEFT JOIN engagement AS e ON e.mention_id = m.id
                ORDER BY chosen.total DESC, m.posted_at DESC, m.id DESC
                """,
                {
                    "since": to_text(since),
                    "opds": opds_of(scope),
                    "looked_at": _LOOKED_AT,
                    "limit": limit,
                },
            ).fetchall()
            found = [(row, _below(conn, scope, row)) for row in rows]
        return [
            OwnPost(
                opd=row["author_opd"],
                network=row["network"],
                posted_at=from_text(row["posted_at"]),
                text=row["text"],
                permalink=row["permalink"],
                engagement=engagement_from(row),
                seen_at=from_text_or_none(row["seen_at"]),
                below=below.asking,
                waiting=below.waiting,
                waits_longest=below.waits_longest,
            )
            for row, below in found
        ]

    def viral(self, scope: Scope, since: datetime, limit: int) -> list[ViralItem]:
        """Return items that ask something and that more than one person talks about."""
        with self._read() as conn:
            wanted = f"{asks_something(conn)} AND {sees(conn, scope, 'i.id')}"
            if scope.hides_reporter(confidential=True):  # moment and counts lead to the post
                wanted += " AND i.confidential = 0"
            # A state that is a constant, so that each arm walks the index of states.
            incidents = " UNION ALL ".join(
                f"SELECT * FROM (SELECT n.id, n.citizens FROM incidents AS n "
                f"WHERE n.state = '{state}' AND n.citizens + n.unknown > 1 "
                f"AND n.last_posted_at >= :since AND {shows_incident(conn, scope)} "
                "ORDER BY n.citizens DESC, n.last_posted_at DESC, n.id DESC LIMIT :limit) AS arm"
                for state in ("open", "closed")
            )
            rows = conn.execute(
                f"""
                WITH lively AS (
                    SELECT e.mention_id, e.total FROM engagement AS e
                    WHERE e.posted_at >= :since AND e.total >= {LIVELY}
                    ORDER BY e.posted_at DESC, e.mention_id DESC LIMIT :looked_at
                ), engaged AS (
                    SELECT i.id FROM lively CROSS JOIN items AS i
                    WHERE i.mention_id = lively.mention_id AND {wanted}
                    ORDER BY lively.total DESC, i.id DESC LIMIT :limit
                ), busy AS (
                    {incidents} ORDER BY citizens DESC, id DESC LIMIT :limit
                ), chosen AS (
                    SELECT id FROM busy UNION SELECT p.incident_id FROM engaged
                    JOIN incident_items AS p ON p.item_id = engaged.id AND p.removed_at IS NULL
                ), members AS (
                    SELECT id FROM (
                        SELECT i.id, row_number() OVER (
                            PARTITION BY p.incident_id ORDER BY coalesce(e.total, 0) DESC, i.id DESC
                        ) AS place
                        FROM chosen CROSS JOIN incident_items AS p CROSS JOIN items AS i
                        LEFT JOIN engagement AS e ON e.mention_id = i.mention_id
                        WHERE p.incident_id = chosen.id AND p.removed_at IS NULL
                            AND i.id = p.item_id AND {wanted}
                    ) AS ranked WHERE place <= :members
                ), found AS (SELECT id FROM engaged UNION SELECT id FROM members)
                {_VIRAL_SELECT} JOIN found ON found.id = i.id ORDER BY i.id
                """,
                {
                    "since": to_text(since),
                    "opds": opds_of(scope),
                    "asks": ASKS,
                    "looked_at": _LOOKED_AT,
                    "limit": limit,
                    "members": MEMBERS_AT_MOST,
                },
            ).fetchall()
            items = seen_items(conn, scope, rows)
        return [
            ViralItem(
                item,
                engagement_from(row),
                None if row["n_id"] is None else incident_from(row, "n_"),
            )
            for item, row in zip(items, rows, strict=True)
        ]


class _Below(NamedTuple):
    """What stands under one post: fields as those of `OwnPost`."""

    asking: int = 0
    waiting: int = 0
    waits_longest: int | None = None


def _below(conn: Transaction, scope: Scope, post: Row) -> _Below:
    """Walk once what was written under a post."""
    row = conn.execute(
        f"""
        WITH below AS (
            SELECT i.id, c.posted_at,
                CASE WHEN i.status IN ({conn.texts_in(":waits")}) THEN 1 ELSE 0 END AS waits
            FROM (
                SELECT m.id, m.posted_at FROM mentions AS m
                WHERE m.network = :network AND m.thread_id = :thread AND m.network_id <> :thread
                LIMIT :looked_at
            ) AS c CROSS JOIN items AS i
            WHERE i.mention_id = c.id AND {asks_something(conn)} AND {sees(conn, scope, "i.id")}
        )
        SELECT id, waits, count(*) OVER () AS asking, sum(waits) OVER () AS waiting
        FROM below ORDER BY waits DESC, posted_at, id LIMIT 1
        """,
        {
            "network": post["network"],
            "thread": post["network_id"],
            "opds": opds_of(scope),
            "asks": ASKS,
            "waits": json.dumps(UNANSWERED),
            "looked_at": LOOKED_AT_BELOW,
        },
    ).fetchone()
    if row is None:
        return _Below()
    most = COUNTED_BELOW
    first = row["id"] if row["waits"] else None
    return _Below(min(row["asking"], most), min(row["waiting"], most), first)


_VIRAL_SELECT = (
    ITEM_SELECT.replace(
        " FROM items AS i ", f", e.likes, e.comments, e.shares, {INCIDENT_IN_ROW} FROM items AS i "
    )
    + " LEFT JOIN engagement AS e ON e.mention_id = i.mention_id "
    "LEFT JOIN incident_items AS p ON p.item_id = i.id AND p.removed_at IS NULL "
    "LEFT JOIN incidents AS n ON n.id = p.incident_id"
)
