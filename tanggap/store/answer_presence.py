"""Whether answers are still on their network: listed again, missed, gone, or back.

A network lists late and out of order, so nothing is concluded from one absence. An answer is gone
when its source, which listed it before, has read its whole surroundings twice without listing it.
Beyond what a source reads again nothing is known (docs/answers.md).
"""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from collections.abc import Sequence
from datetime import timedelta

from tanggap.clock import from_text, to_text
from tanggap.mention import Page, SourceSpec, Whole
from tanggap.store.answers import Threads
from tanggap.store.codec import Row, mention_from
from tanggap.store.database import id_list, ids_in
from tanggap.store.item_history import History, histories_of
from tanggap.store.item_state import answered, unanswered
from tanggap.store.items import ITEM_SELECT, ItemRow, QueueWrites, item_row
from tanggap.store.recorded_answers import RECORDED
from tanggap.store.rows import EventKind, key

MARGIN = timedelta(minutes=5)
"""At both ends of what was read, and before its beginning: clocks and lists are not exact."""
APART = timedelta(minutes=30)
"""The second reading begins at least so long after the first one that missed an answer."""
_LIST_ANSWERS = ("timeline", "feed", "media")
"""Kinds of sources whose readings may be whole (`tanggap.mention.Whole`)."""


class Presence:
    """Notes what a page of one source tells of answers, inside the transaction that stores it."""

    def __init__(self, writes: QueueWrites, source: SourceSpec) -> None:
        self._writes = writes
        self._conn = writes.conn
        self._source = source

    def note(self, page: Page) -> None:
        """Note which answers a page lists, and which of those it should have listed are not there.

        In a constant number of statements, but for answers that are gone or back, which are few.
        """
        if self._source.kind not in _LIST_ANSWERS:
            return
        own = [key(mention) for mention in page.mentions if mention.author_opd]
        if own:
            self._note_listed(own)
        if page.whole is not None and page.whole.began <= self._writes.now:
            self._note_missed(page.whole)

    def _note_listed(self, own: Sequence[tuple[str, str]]) -> None:
        rows = self._conn.execute(
            "SELECT a.mention_id, a.gone_at "
            f"FROM {self._conn.lists_in('?')} AS j CROSS JOIN mentions AS m "
            "CROSS JOIN answers AS a WHERE m.network = j.value ->> 0 "
            "AND m.network_id = j.value ->> 1 AND a.mention_id = m.id",
            (json.dumps(own),),
        ).fetchall()
        if not rows:
            return
        self._conn.execute(
            "UPDATE answers SET listed_by = :source, listed_at = :now, missed_at = NULL, "
            f"gone_at = NULL WHERE mention_id IN ({ids_in(self._conn, ':ids')})",
            {
                "source": self._source.id,
                "now": to_text(self._writes.now),
                "ids": id_list([row["mention_id"] for row in rows]),
            },
        )
        for answer_id in sorted({row["mention_id"] for row in rows if row["gone_at"]}):
            self._come_back(answer_id)

    def _note_missed(self, whole: Whole) -> None:
        where = "a.listed_by = :source"
        if whole.thread_id is not None:  # not by its source: of that there are far more
            where = "a.network = :network AND a.thread_id = :thread"
        found = self._conn.execute(
            f"SELECT a.mention_id, a.missed_at, a.listed_by FROM answers AS a WHERE {where} "
            "AND a.posted_at BETWEEN :since AND :until AND a.gone_at IS NULL "
            "AND a.listed_at < :before ORDER BY a.mention_id",
            {
                "source": self._source.id,
                "network": self._source.network,
                "thread": whole.thread_id or "",
                "since": to_text(whole.since + MARGIN),
                "until": to_text(whole.began - MARGIN),
                "before": to_text(whole.began - MARGIN),
            },
        ).fetchall()
        rows = [row for row in found if row["listed_by"] == self._source.id]
        first = [row["mention_id"] for row in rows if row["missed_at"] is None]
        gone = [
            row["mention_id"]
            for row in rows
            if row["missed_at"] and from_text(row["missed_at"]) <= whole.began - APART
        ]
        for column, ids in (("missed_at", first), ("gone_at", gone)):
            if ids:
                self._conn.execute(
                    f"UPDATE answers SET {column} = :now "
                    f"WHERE mention_id IN ({ids_in(self._conn, ':ids')})",
                    {"now": to_text(self._writes.now), "ids": id_list(ids)},
                )
        for answer_id in gone:
            self._go(answer_id)

    def _go(self, answer_id: int) -> None:
        """Have the items wait again that were answered by nothing else since they last waited.

        What the machine closed, and something else has answered, waits for the citizen again.
        """
        answer = self._answer(answer_id)
        for item in self._items_of(answer_id):
            course, state = self._history(item.id).course, item.state
            standing, recorded = self._standing(item.id)
            closed = state.status == "selesai" and course.kind == "closed"
            status = None
            if state.status == "dijawab" or closed:
                stands = (
                    course.said is not None
                    or bool(recorded)
                    or not course.noticed.keys().isdisjoint(standing)
                )
                if not stands:
                    status = course.waited_as
                elif closed:  # it may have gone by the answer that is gone
                    status = "dijawab"
            first = min((*standing.values(), *recorded), default=None)
            at = None if first is None else from_text(first)
            if at is None:
                at = course.said
            after = unanswered(state, status, at, self._writes.now)
            self._tell(item, "answer_gone", answer, after.status)
            if after is not state:
                self._writes.change(item, after)
            else:
                self._writes.touch(state)

    def _come_back(self, answer_id: int) -> None:
        """Have the items answered again that waited only because this answer was gone."""
        answered_anew = []
        answer = self._answer(answer_id)
        mention = mention_from(answer)
        for item in self._items_of(answer_id):
            state = item.state
            if self._history(item.id).waits_for_what_is_gone:
                state = answered(state, mention.posted_at, self._writes.now)
                answered_anew.append(item.id)
            else:
                first = min(mention.posted_at, state.answered_at or mention.posted_at)
                state = unanswered(state, None, first, self._writes.now)
            self._tell(item, "answer_back", answer, state.status)
            if state is not item.state:
                self._writes.change(item, state)
            else:
                self._writes.touch(state)
        # Complaints that came while it was gone have not met it, and have reopened nothing.
        threads = Threads(self._writes)
        threads.meet(answer_id, mention, answer["opd"])
        threads.reopen_answered(answered_anew)

    def _tell(self, item: ItemRow, kind: EventKind, answer: Row, status: str) -> None:
        detail = {"opd": answer["opd"], "answer": answer["network_id"], "status": status}
        self._writes.event(item.id, kind, detail)

    def _answer(self, answer_id: int) -> Row:
        row: Row = self._conn.execute(
            "SELECT a.opd, m.* FROM answers AS a JOIN mentions AS m ON m.id = a.mention_id "
            "WHERE a.mention_id = ?",
            (answer_id,),
        ).fetchone()
        return row

    def _items_of(self, answer_id: int) -> list[ItemRow]:
        rows = self._conn.execute(
            f"{ITEM_SELECT} WHERE i.id IN "
            "(SELECT item_id FROM item_answers WHERE mention_id = ?) ORDER BY i.id",
            (answer_id,),
        ).fetchall()
        return [item_row(row) for row in rows]

    def _history(self, item_id: int) -> History:
        history = histories_of(self._conn, [item_id]).get(item_id, History())
        for actor, kind, detail in self._writes.pending(item_id):
            history.add(self._writes.now, actor, kind, detail)
        return history

    def _standing(self, item_id: int) -> tuple[dict[str, str], list[str]]:
        """Return `network_id` and moment of the seen answers that stand, and moments by hand."""
        seen = self._conn.execute(
            "SELECT m.network_id, a.posted_at FROM item_answers AS i "
            "JOIN answers AS a USING (mention_id) JOIN mentions AS m ON m.id = a.mention_id "
            "WHERE i.item_id = ? AND a.gone_at IS NULL",
            (item_id,),
        ).fetchall()
        recorded = self._conn.execute(f"{RECORDED} AND a.item_id = ?", (item_id,)).fetchall()
        return (
            {row["network_id"]: row["posted_at"] for row in seen},
            [row["posted_at"] for row in recorded],
        )
