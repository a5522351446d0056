"""Whether answers are still on their network: listed again, missed, gone, or back.

A network lists late and out of order, so nothing is concluded from one absence. An answer is gone
when its source, which listed it before, has read its whole surroundings twice without listing it.
Beyond what a source reads again nothing is known (docs/answers.md).
"""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tanggap.clock import from_text, to_text
from tanggap.mention import Page, SourceSpec, Whole
from tanggap.store.answers import Threads
from tanggap.store.codec import Row, mention_from
from tanggap.store.database import id_list, ids_in
from tanggap.store.item_history import Course, History, histories_of
from tanggap.store.item_state import ItemState, answered, unanswered
from tanggap.store.items import ITEM_SELECT, ItemRow, QueueWrites, item_row
from tanggap.store.recorded_answers import RECORDED
from tanggap.store.rows import EventKind, key

MARGIN = timedelta(minutes=5)
"""At both ends of what was read, and before its beginning: clocks and lists are not exact."""
APART = timedelta(minutes=30)
"""The second reading begins at least so long after the first one that missed an answer."""
_LIST_ANSWERS = ("timeline", "feed", "media")
"""Kinds of sources whose readings may be whole (`tanggap.mention.Whole`)."""


@dataclass(frozen=True, slots=True)
class _Met:
    """An item with the answers to it that went or came back, and what else tells of it."""

    item: ItemRow
    answers: Sequence[Row]
    history: History
    standing: Mapping[str, datetime]
    """`network_id` of the seen answers that stand, and when each was posted."""
    recorded: Sequence[datetime]
    """When the answers were given that persons recorded."""

    @property
    def course(self) -> Course:
        return self.history.course


class Presence:
    """Notes what a page of one source tells of answers, inside the transaction that stores it."""

    def __init__(self, writes: QueueWrites, source: SourceSpec) -> None:
        self._writes = writes
        self._conn = writes.conn
        self._source = source

    def note(self, page: Page) -> None:
        """Note which answers a page lists, and which of those it should have listed are not there.

        In a constant number of statements, but for items that change by it.
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
        self._come_back({row["mention_id"] for row in rows if row["gone_at"]})

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
        self._go(gone)

    def _go(self, gone: Collection[int]) -> None:
        """Have the items wait again that were answered by nothing else since they last waited.

        What the machine closed, and something else has answered, waits for the citizen again.
        """
        for one in self._met(gone):
            course, state = one.course, one.item.state
            closed = state.status == "selesai" and course.kind == "closed"
            status = None
            if state.status == "dijawab" or closed:
                stands = (
                    course.said is not None
                    or bool(one.recorded)
                    or not course.noticed.keys().isdisjoint(one.standing)
                )
                if not stands:
                    status = course.waited_as
                elif closed:  # it may have gone by the answer that is gone
                    status = "dijawab"
            first = min((*one.standing.values(), *one.recorded), default=course.said)
            self._change(one, "answer_gone", unanswered(state, status, first, self._writes.now))

    def _come_back(self, back: Collection[int]) -> None:
        """Have the items answered again that waited only because these answers were gone.

        Or because of a complaint that an answer among them is younger than.
        """
        anew = []
        met = self._met(back)
        complained = self._posted(one.course.reopened_by for one in met)
        for one in met:
            state, now, again = one.item.state, self._writes.now, one.course.reopened_by
            posted = sorted(from_text(answer["posted_at"]) for answer in one.answers)
            answers_again = again is not None and posted[-1] > complained[again]
            if one.history.waits_for_what_is_gone or answers_again:
                after = answered(state, posted[0], now)
                anew.append(one.item.id)
            else:
                first = min(posted[0], state.answered_at or posted[0])
                after = unanswered(state, None, first, now)
            self._change(one, "answer_back", after)
        # Complaints that came while they were gone have not met them, and have reopened nothing.
        threads = Threads(self._writes)
        for answer in self._answers(back):
            threads.meet(answer["id"], mention_from(answer), answer["opd"])
        threads.reopen_answered(anew)

    def _change(self, met: _Met, kind: EventKind, after: ItemState) -> None:
        item = met.item
        for answer in met.answers:
            detail = {"opd": answer["opd"], "answer": answer["network_id"], "status": after.status}
            self._writes.event(item.id, kind, detail)
        if after is not item.state:
            self._writes.change(item, after)
        else:
            self._writes.touch(after)

    def _met(self, answer_ids: Collection[int]) -> list[_Met]:
        """Return the items that answers answer, with all that tells what becomes of them."""
        if not answer_ids:
            return []
        answers = {row["id"]: row for row in self._answers(answer_ids)}
        by_item: defaultdict[int, list[Row]] = defaultdict(list)
        for row in self._conn.execute(
            f"SELECT i.item_id, i.mention_id FROM ({ids_in(self._conn, ':ids')}) AS j "
            "CROSS JOIN item_answers AS i WHERE i.mention_id = j.id "
            "ORDER BY i.item_id, i.mention_id",
            {"ids": id_list(answer_ids)},
        ).fetchall():
            by_item[row["item_id"]].append(answers[row["mention_id"]])
        ids = {"ids": id_list(by_item)}
        histories = self._histories(by_item)
        standing: defaultdict[int, dict[str, datetime]] = defaultdict(dict)
        for row in self._conn.execute(
            "SELECT i.item_id, m.network_id, a.posted_at "
            f"FROM ({ids_in(self._conn, ':ids')}) AS j CROSS JOIN item_answers AS i "
            "CROSS JOIN answers AS a CROSS JOIN mentions AS m WHERE i.item_id = j.id "
            "AND a.mention_id = i.mention_id AND a.gone_at IS NULL AND m.id = a.mention_id",
            ids,
        ).fetchall():
            standing[row["item_id"]][row["network_id"]] = from_text(row["posted_at"])
        recorded: defaultdict[int, list[datetime]] = defaultdict(list)
        for row in self._conn.execute(
            f"{RECORDED} AND a.item_id IN ({ids_in(self._conn, ':ids')})", ids
        ).fetchall():
            recorded[row["item_id"]].append(from_text(row["posted_at"]))
        items = self._conn.execute(
            f"{ITEM_SELECT} WHERE i.id IN ({ids_in(self._conn, ':ids')}) ORDER BY i.id", ids
        ).fetchall()
        return [
            _Met(item, by_item[item.id], histories[item.id], standing[item.id], recorded[item.id])
            for item in map(item_row, items)
        ]

    def _posted(self, items: Iterable[int | None]) -> Mapping[int, datetime]:
        """Return when the mentions of items were posted."""
        rows = self._conn.execute(
            f"SELECT id, posted_at FROM items WHERE id IN ({ids_in(self._conn, ':ids')})",
            {"ids": id_list({item for item in items if item is not None})},
        ).fetchall()
        return {row["id"]: from_text(row["posted_at"]) for row in rows}

    def _histories(self, items: Collection[int]) -> Mapping[int, History]:
        """Return the histories of items, with what this transaction has yet to write of them."""
        found = defaultdict(History, histories_of(self._conn, items))
        for item_id in items:
            for actor, kind, detail in self._writes.pending(item_id):
                found[item_id].add(self._writes.now, actor, kind, detail)
        return found

    def _answers(self, answer_ids: Collection[int]) -> Sequence[Row]:
        return self._conn.execute(
            "SELECT a.opd, m.* FROM answers AS a JOIN mentions AS m ON m.id = a.mention_id "
            f"WHERE a.mention_id IN ({ids_in(self._conn, ':ids')}) ORDER BY a.mention_id",
            {"ids": id_list(answer_ids)},
        ).fetchall()
