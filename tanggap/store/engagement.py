"""How many people reacted to posts: kept beside the mentions, in the transaction of a page."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

from collections.abc import Iterable, Mapping

from tanggap.clock import to_text
from tanggap.mention import Engagement, Mention
from tanggap.store.codec import Row
from tanggap.store.database import Transaction, id_list, ids_in

LIVELY = 3
"""From so many reactions on a post is found by them (the condition of an index)."""
NOTHING = Engagement()


def add_engagement(conn: Transaction, new: Iterable[tuple[int, Mention]]) -> None:
    """Keep the counts that came with new mentions, by the ids of these."""
    _write(conn, {number: (one, one.engagement) for number, one in new if one.engagement})


def follow_engagement(conn: Transaction, stored: Iterable[tuple[int, Mention]]) -> None:
    """Keep the counts that came with stored mentions where they changed.

    One statement reads those of a page; nothing is written where nothing changed. A count that one
    source is not told stays as another was told it.
    """
    told = {number: mention for number, mention in stored if mention.engagement is not None}
    if not told:
        return
    rows = conn.execute(
        "SELECT e.mention_id, e.likes, e.comments, e.shares "
        f"FROM ({ids_in(conn, '?')}) AS j CROSS JOIN engagement AS e WHERE e.mention_id = j.id",
        (id_list(told),),
    )
    known = {row["mention_id"]: _counts(row) for row in rows}
    changed = {}
    for number, mention in told.items():
        before = known.get(number, NOTHING)
        after = _joined(before, mention.engagement or NOTHING)
        if after != before:
            changed[number] = (mention, after)
    _write(conn, changed)


def engagement_from(row: Row) -> Engagement | None:
    """Return the counts of a row; None where none of them is known."""
    found = _counts(row)
    return None if found == NOTHING else found


def _counts(row: Row) -> Engagement:
    return Engagement(row["likes"], row["comments"], row["shares"])


def _joined(before: Engagement, told: Engagement) -> Engagement:
    return Engagement(
        before.likes if told.likes is None else told.likes,
        before.comments if told.comments is None else told.comments,
        before.shares if told.shares is None else told.shares,
    )


def _write(conn: Transaction, changed: Mapping[int, tuple[Mention, Engagement | None]]) -> None:
    conn.executemany(
        # The mention's own place in time is that of its first version.
        "INSERT INTO engagement (mention_id, posted_at, total, likes, comments, shares, seen_at) "
        "SELECT id, posted_at, ?, ?, ?, ?, ? FROM mentions WHERE id = ? "
        "ON CONFLICT (mention_id) DO UPDATE SET total = excluded.total, likes = excluded.likes, "
        "comments = excluded.comments, shares = excluded.shares, seen_at = excluded.seen_at",
        [
            (
                *(counts.total, counts.likes, counts.comments, counts.shares),
                *(to_text(mention.seen_at), number),
            )
            for number, (mention, counts) in changed.items()
            if counts is not None
        ],
    )
