"""Answers that persons recorded, because no network shows them: written, replaced, withdrawn."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from dataclasses import replace
from datetime import datetime

from tanggap.clock import from_text, from_text_or_none, to_text
from tanggap.errors import InputError
from tanggap.language import gettext as _
from tanggap.mention import UNANSWERED, Review
from tanggap.store.answer_withdrawal import Act, Otherwise, recorded_anew, withdrawn
from tanggap.store.codec import clean
from tanggap.store.database import MAX_ID, Transaction
from tanggap.store.item_history import History, histories_of
from tanggap.store.item_state import ItemState

RECORDED = """
    SELECT a.item_id, a.opd, a.posted_at, a.kind, a.link, r."by" AS recorded_by, a.review_id
    FROM recorded_answers AS a JOIN reviews AS r ON r.id = a.review_id
    LEFT JOIN reviews AS w ON w.id = a.withdrawn_by
    WHERE r.undone_at IS NULL AND (w.id IS NULL OR w.undone_at IS NOT NULL)
"""
"""What persons recorded and nobody took back: by undoing it, withdrawing it or another status."""
_COUNTS = (
    "(withdrawn_by IS NULL OR withdrawn_by IN (SELECT id FROM reviews WHERE undone_at IS NOT NULL))"
)


def without_record(
    conn: Transaction, before: ItemState, review: Review, now: datetime
) -> ItemState:
    """Return the state after a review that withdraws a record, or puts another in its place.

    Raise InputError without a reason, or where the record is none of this item that counts.
    """
    if not review.why.strip():
        raise InputError(_("tulis alasannya"))
    other = _otherwise(conn, review)
    if review.verdict == "withdraw":
        return withdrawn(before, other, review.by, now)
    return recorded_anew(before, other, _with_link(conn, review), now)


def keep_record(conn: Transaction, review: Review, review_id: int, status: str) -> None:
    """Keep the answer that an act records, and that it withdraws one or, by a status, all."""
    if review.withdraws is not None:
        conn.execute(
            f"UPDATE recorded_answers SET withdrawn_by = ? WHERE review_id = ? AND {_COUNTS}",
            (review_id, review.withdraws),
        )
    if review.verdict == "answer" and review.answered_at is not None:
        conn.execute(
            "INSERT INTO recorded_answers (review_id, item_id, opd, posted_at, kind, link) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                review_id,
                review.item_id,
                review.opd,
                to_text(review.answered_at),
                review.answer_kind,
                clean(_with_link(conn, review).link),
            ),
        )
    elif review.verdict == "status" and status in UNANSWERED:
        conn.execute(
            f"UPDATE recorded_answers SET withdrawn_by = ? WHERE item_id = ? AND {_COUNTS}",
            (review_id, review.item_id),
        )


def _with_link(conn: Transaction, review: Review) -> Review:
    """Return a review with the link of the record in whose place it stands, if it brings none.

    Who corrects a record may not be shown its link.
    """
    if review.link or review.withdraws is None:
        return review
    row = conn.execute(
        "SELECT link FROM recorded_answers WHERE review_id = ? AND item_id = ?",
        (review.withdraws, review.item_id),
    ).fetchone()
    return replace(review, link=row["link"]) if row else review


def _otherwise(conn: Transaction, review: Review) -> Otherwise:
    item = (review.item_id,)
    recorded = {
        row["review_id"]: from_text(row["posted_at"])
        for row in conn.execute(f"{RECORDED} AND a.item_id = ?", item)
    }
    wanted = review.withdraws or 0
    if not 0 < wanted <= MAX_ID or recorded.pop(wanted, None) is None:
        raise InputError(_("catatan jawaban itu sudah ditarik atau diganti; muat ulang halamannya"))
    acts = conn.execute(
        "SELECT id, at, verdict, before, after FROM reviews "
        "WHERE item_id = ? AND undone_at IS NULL ORDER BY id",
        item,
    ).fetchall()
    seen = conn.execute(
        "SELECT m.network_id, a.posted_at FROM item_answers AS i "
        "JOIN answers AS a USING (mention_id) JOIN mentions AS m ON m.id = a.mention_id "
        "WHERE i.item_id = ? AND a.gone_at IS NULL",
        item,
    ).fetchall()
    course = histories_of(conn, item).get(review.item_id, History()).course
    standing = {row["network_id"] for row in seen}
    closed = conn.execute(
        "SELECT max(at) AS last FROM events WHERE item_id = ? AND kind = 'closed'", item
    ).fetchone()
    return Otherwise(
        acts=[
            Act(
                row["id"],
                from_text(row["at"]),
                row["verdict"],
                json.loads(row["before"]),
                json.loads(row["after"]),
            )
            for row in acts
        ],
        recorded=recorded,
        seen=[from_text(row["posted_at"]) for row in seen],
        noticed=[at for answer, at in course.noticed.items() if answer in standing],
        closed_at=from_text_or_none(closed["last"]),
        waited_as=course.waited_as,
        waited_at=course.waited_at,
    )
