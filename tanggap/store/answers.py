"""Threads: answers meet complaints, whichever is seen first, and a new complaint reopens."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from collections.abc import Iterable, Sequence

from tanggap.clock import to_text
from tanggap.mention import Decision, Mention, Route, handles_named
from tanggap.store.answer_rules import (
    NAMED_WITHIN,
    answers_item,
    concerned_by,
    replies_to_nobody,
)
from tanggap.store.codec import Row, clean, clean_or_none, mention_from, text_list
from tanggap.store.database import id_list, ids_in
from tanggap.store.item_state import answered, asks_again, reopened
from tanggap.store.items import ITEM_SELECT, ItemRow, QueueWrites, item_row

ANSWER_WORDS = "jawaban:"
"""How those reasons of a decision begin that tell of an answer's kind."""
NewItem = tuple[ItemRow, Mention, Decision, Route]
NewAnswer = tuple[int, Mention, Decision, str]
"""Id of the mention, the mention, what was decided, and the OPD whose account wrote it."""


class Threads:
    """Joins new items and answers with what is already there, inside one transaction.

    A thread under an OPD's own post may hold thousands of items. There only a direct reply
    counts (`answers_item`), so such a thread is never looked through: that would take longer
    with every comment.
    """

    def __init__(self, writes: QueueWrites) -> None:
        self._writes = writes
        self._conn = writes.conn
        self._roots: dict[tuple[str, str], Mention | None] = {}
        self._answered: list[int] = []
        """Items that became `dijawab`."""

    def is_answer(self, mention_id: int) -> bool:
        """Whether a mention is known as an answer."""
        row = self._conn.execute(
            "SELECT 1 FROM answers WHERE mention_id = ?", (mention_id,)
        ).fetchone()
        return row is not None

    def join(self, items: Sequence[NewItem], answers: Sequence[NewAnswer]) -> None:
        """Store new answers, and attach answers to items where one of the two is new."""
        self._insert(answers)
        for mention_id, answer, _, opd in answers:
            self.meet(mention_id, answer, opd)
        for row in self._answers_near(items):
            item = self._conn.execute(f"{ITEM_SELECT} WHERE i.id = ?", (row["item_id"],)).fetchone()
            answer = mention_from(row)
            self._attach(item_row(item), mention_from(item), row["id"], answer, row["opd"])
        self._reopen(items)
        self.reopen_answered()

    def meet(self, mention_id: int, answer: Mention, opd: str) -> None:
        """Attach an answer to the items that it answers and is not attached to yet."""
        for row in self._items_near(answer, mention_id):
            self._attach(item_row(row), mention_from(row), mention_id, answer, opd)

    def _insert(self, answers: Sequence[NewAnswer]) -> None:
        self._conn.executemany(
            "INSERT INTO answers (mention_id, opd, network, parent_id, thread_id, posted_at, "
            "kind, kind_confidence, kind_because) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    mention_id,
                    opd,
                    answer.network,
                    clean_or_none(answer.parent_id),
                    clean_or_none(answer.thread_id),
                    to_text(answer.posted_at),
                    *kind_values(decision),
                )
                for mention_id, answer, decision, opd in answers
            ],
        )
        self._conn.executemany(
            "INSERT INTO answer_names (mention_id, handle, network, posted_at) VALUES (?, ?, ?, ?)",
            [
                (mention_id, handle, answer.network, to_text(answer.posted_at))
                for mention_id, answer, _, _ in answers
                if replies_to_nobody(answer)
                for handle in sorted(handles_named(answer.text))
            ],
        )

    def judge_anew(self, mention_id: int, decision: Decision) -> None:
        """Take the kind of an answer that was edited, unless a person has said which it is."""
        self._conn.execute(
            "UPDATE answers SET kind = ?, kind_confidence = ?, kind_because = ? "
            "WHERE mention_id = ? AND kind_by IS NULL",
            (*kind_values(decision), mention_id),
        )

    def _items_near(self, answer: Mention, mention_id: int) -> Sequence[Row]:
        """Return the items that an answer may belong to and is not attached to yet."""
        keys = {key for key in (answer.parent_id, answer.thread_id) if key}
        threads = {key for key in keys if not self._opened_by_opd(answer.network, key)}
        named = handles_named(answer.text) if replies_to_nobody(answer) else ()
        return self._conn.execute(
            f"""
            {ITEM_SELECT} WHERE m.id IN (
                SELECT id FROM mentions WHERE network = :network
                    AND network_id IN ({self._conn.texts_in(":keys")})
                UNION
                SELECT id FROM mentions WHERE network = :network
                    AND thread_id IN ({self._conn.texts_in(":threads")})
                UNION
                SELECT id FROM mentions WHERE network = :network AND author_opd IS NULL
                    AND author_handle IS NOT NULL
                    AND lower(author_handle) IN ({self._conn.texts_in(":named")})
                    AND posted_at BETWEEN :since AND :until
            ) AND NOT EXISTS (
                SELECT 1 FROM item_answers AS x WHERE x.item_id = i.id AND x.mention_id = :answer
            ) ORDER BY i.id
            """,
            {
                "answer": mention_id,
                "network": answer.network,
                "keys": json.dumps(sorted(keys)),
                "threads": json.dumps(sorted(threads)),
                "named": json.dumps(sorted(named)),
                "since": to_text(answer.posted_at - NAMED_WITHIN),
                "until": to_text(answer.posted_at),
            },
        ).fetchall()

    def _answers_near(self, items: Sequence[NewItem]) -> Sequence[Row]:
        """Return the answers, also those of the same page, that may belong to new items."""
        if not items or self._conn.execute("SELECT 1 FROM answers LIMIT 1").fetchone() is None:
            return []
        keys = [
            (item.id, mention.network, key)
            for item, mention, _, _ in items
            for key in sorted({mention.network_id, mention.thread_id or mention.network_id})
            if key == mention.network_id or not self._opened_by_opd(mention.network, key)
        ]
        authors = [
            (
                item.id,
                mention.network,
                mention.author_handle.lower(),
                to_text(mention.posted_at),
                to_text(mention.posted_at + NAMED_WITHIN),
            )
            for item, mention, _, _ in items
            if mention.author_handle
        ]
        return self._conn.execute(
            f"""
            WITH keys (item_id, network, key) AS MATERIALIZED (
                SELECT CAST(j.value ->> 0 AS BIGINT), j.value ->> 1, j.value ->> 2
                FROM {self._conn.lists_in(":keys")} AS j
            ), authors (item_id, network, handle, since, until) AS MATERIALIZED (
                SELECT CAST(j.value ->> 0 AS BIGINT), j.value ->> 1, j.value ->> 2,
                    j.value ->> 3, j.value ->> 4
                FROM {self._conn.lists_in(":authors")} AS j
            ), found (item_id, mention_id) AS (
                SELECT k.item_id, a.mention_id FROM keys AS k CROSS JOIN answers AS a
                    WHERE a.network = k.network AND a.parent_id = k.key
                UNION
                SELECT k.item_id, a.mention_id FROM keys AS k CROSS JOIN answers AS a
                    WHERE a.network = k.network AND a.thread_id = k.key
                UNION
                SELECT k.item_id, n.mention_id FROM authors AS k CROSS JOIN answer_names AS n
                    WHERE n.network = k.network AND n.handle = k.handle
                        AND n.posted_at BETWEEN k.since AND k.until
            )
            SELECT f.item_id, a.opd, m.* FROM found AS f
            JOIN answers AS a USING (mention_id) JOIN mentions AS m ON m.id = a.mention_id
            WHERE a.gone_at IS NULL
            ORDER BY a.posted_at, a.mention_id, f.item_id
            """,
            {"keys": json.dumps(keys), "authors": json.dumps(authors)},
        ).fetchall()

    def _attach(
        self, item: ItemRow, mention: Mention, answer_id: int, answer: Mention, opd: str
    ) -> None:
        root = self._root(mention.network, mention.thread_id)
        concerned = concerned_by(item.state, mention)
        if not answers_item(answer, mention, root, concerned):
            return
        added = self._conn.execute(
            "INSERT INTO item_answers VALUES (?, ?) ON CONFLICT DO NOTHING", (item.id, answer_id)
        )
        if added.rowcount == 0:
            return
        state = answered(item.state, answer.posted_at, self._writes.now)
        if state is not item.state:
            self._writes.change(item, state)
            self._answered.append(item.id)
        else:
            self._writes.touch(state)
        self._writes.event(
            item.id,
            "answered",
            {"opd": opd, "answer": answer.network_id, "status": state.status},
        )

    def _reopen(self, items: Sequence[NewItem]) -> None:
        """Reopen what the authors of new items had complained about in the same threads."""
        again = {
            item.id: (mention, decision, route)
            for item, mention, decision, route in items
            if mention.author_id and mention.thread_id not in (None, mention.network_id)
        }
        keys = [
            (item_id, mention.network, mention.thread_id, mention.author_id)
            for item_id, (mention, _, _) in again.items()
        ]
        found = self._conn.execute(
            f"""
            WITH keys (item_id, network, thread, author) AS MATERIALIZED (
                SELECT CAST(j.value ->> 0 AS BIGINT), j.value ->> 1, j.value ->> 2, j.value ->> 3
                FROM {self._conn.lists_in("?")} AS j
            ), found (again_id, mention_id) AS (
                SELECT k.item_id, m.id FROM keys AS k CROSS JOIN mentions AS m
                    WHERE m.network = k.network AND m.thread_id = k.thread
                        AND m.author_id = k.author
                UNION
                SELECT k.item_id, m.id FROM keys AS k CROSS JOIN mentions AS m
                    WHERE m.network = k.network AND m.network_id = k.thread
            )
            SELECT f.again_id, i.id AS item_id FROM found AS f JOIN items AS i USING (mention_id)
            WHERE i.status IN ('dijawab', 'selesai') AND i.id <> f.again_id ORDER BY 1, 2
            """,
            (json.dumps(keys),),
        ).fetchall()
        for pair in found:
            again_id, item_id = pair["again_id"], pair["item_id"]
            row = self._conn.execute(f"{ITEM_SELECT} WHERE i.id = ?", (item_id,)).fetchone()
            mention, decision, route = again[again_id]
            asks = asks_again(route.name, decision.jenis.label if decision.jenis else None)
            self._reopen_by(row, again_id, mention, asks=asks)

    def reopen_answered(self, others: Iterable[int] = ()) -> None:
        """Reopen what its author complained about again before the answer to it was read.

        Which of the two a network shows first must not matter. `others` are items that became
        `dijawab` in another way than by `join` and `meet`.
        """
        found = self._conn.execute(
            f"""
            SELECT j.id AS item_id, i.id AS again_id
            FROM ({ids_in(self._conn, ":ids")}) AS j CROSS JOIN items AS own
            CROSS JOIN mentions AS o CROSS JOIN mentions AS m CROSS JOIN items AS i
            WHERE own.id = j.id AND o.id = own.mention_id AND m.network = o.network
                AND m.thread_id = coalesce(o.thread_id, o.network_id)
                AND m.author_id = o.author_id
                AND m.posted_at > coalesce(own.answered_at, own.posted_at)
                AND i.mention_id = m.id AND i.id <> own.id AND i.tab <> 'aside'
                AND NOT EXISTS (
                    SELECT 1 FROM item_answers AS x JOIN answers AS a USING (mention_id)
                    WHERE x.item_id = own.id AND a.posted_at >= m.posted_at AND a.gone_at IS NULL
                )
            ORDER BY j.id, i.id
            """,
            {"ids": id_list({*self._answered, *others})},
        ).fetchall()
        done = set()
        for pair in found:
            if pair["item_id"] in done:
                continue
            row, other = (
                self._conn.execute(f"{ITEM_SELECT} WHERE i.id = ?", (pair[name],)).fetchone()
                for name in ("item_id", "again_id")
            )
            again = item_row(other)
            route = "triage" if again.state.tab == "triage" else "queue"
            asks = asks_again(route, again.state.jenis)
            if self._reopen_by(row, again.id, mention_from(other), asks=asks):
                done.add(pair["item_id"])
        self._answered.clear()

    def _reopen_by(self, row: Row, again_id: int, again: Mention, *, asks: bool) -> bool:
        """Reopen the item of a row if a further mention of its author does so; say whether."""
        item = item_row(row)
        state = reopened(item.state, mention_from(row), again, asks=asks, now=self._writes.now)
        if state is item.state:
            return False
        self._writes.change(item, state)
        self._writes.event(item.id, "reopened", {"by_item": str(again_id), "status": state.status})
        return True

    def _opened_by_opd(self, network: str, thread_id: str) -> bool:
        root = self._root(network, thread_id)
        return root is not None and root.author_opd is not None

    def _root(self, network: str, thread_id: str | None) -> Mention | None:
        """Return the post that opened a thread, if it was seen."""
        if thread_id is None:
            return None
        key = (network, clean(thread_id))
        if key not in self._roots:
            row = self._conn.execute(
                "SELECT * FROM mentions WHERE network = ? AND network_id = ?", key
            ).fetchone()
            self._roots[key] = None if row is None else mention_from(row)
        return self._roots[key]


def kind_values(decision: Decision | None) -> tuple[str | float | None, ...]:
    """Return kind, confidence and reasons of an answer as its row holds them."""
    judged = decision.answer if decision else None
    if decision is None or judged is None:
        return None, None, None
    words = [said for said in decision.because if said.startswith(ANSWER_WORDS)]
    return judged.label, judged.confidence, text_list(words)
