"""Who has answered what and when, out of items, answers, reviews and the history."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from tanggap.clock import from_text, from_text_or_none, to_text
from tanggap.errors import InputError
from tanggap.language import gettext as _
from tanggap.mention import ANSWER_KINDS, STATUSES
from tanggap.store.answers import kind_values
from tanggap.store.asking import ASKS, asks_something
from tanggap.store.codec import Row, clean, decision_from, list_of
from tanggap.store.database import MAX_ID, SqlDatabase, Transaction, id_list, ids_in
from tanggap.store.item_history import History, histories_of
from tanggap.store.item_state import closed_by_itself
from tanggap.store.items import ITEM_SELECT, QueueWrites, item_row, label_changes, queue_writes
from tanggap.store.recorded_answers import RECORDED
from tanggap.store.rows import Answer, EventKind, Scope, Tab
from tanggap.store.rows_answers import (
    AnswerFacts,
    Label,
    LaterPost,
    SeenAnswer,
)
from tanggap.store.scope import opds_of, sees, visible

_PAGE = 500
_FIRST, _LAST = "", "9"
"""Texts before and behind every moment."""
LATER_POSTS = """
    SELECT i.id AS item_id, r.posted_at, l.jenis, l.tab
    FROM ({}) AS j CROSS JOIN items AS i CROSS JOIN mentions AS m CROSS JOIN mentions AS r
    CROSS JOIN items AS l
    WHERE i.id = j.id AND m.id = i.mention_id AND r.network = m.network
        AND r.thread_id = coalesce(m.thread_id, m.network_id) AND r.author_id = m.author_id
        AND r.posted_at > m.posted_at AND l.mention_id = r.id
    """

_SELECT = """
    SELECT i.*, m.kind AS mention_kind, m.seen_at, m.author_id, m.addressed,
        root.author_opd AS under_opd, root.posted_at AS root_posted_at
    FROM items AS i JOIN mentions AS m ON m.id = i.mention_id
    LEFT JOIN mentions AS root ON root.network = m.network AND root.network_id = m.thread_id
        AND root.id <> m.id
"""


class AnswerBook(SqlDatabase):
    """Implements `tanggap.store.base_answers.AnswerStore`."""

    def answer_facts(
        self,
        scope: Scope,
        since: datetime | None = None,
        before: datetime | None = None,
        *,
        statuses: Collection[str] = (),
    ) -> Iterator[AnswerFacts]:
        """Yield the facts of items posted from `since` until before `before`, oldest first."""
        after: tuple[str, int] = (to_text(since) if since else _FIRST, 0)
        end = to_text(before) if before else _LAST
        while True:
            with self._read() as conn:
                rows = _items(conn, scope, after, end, statuses)
                told = _told_of(conn, [row["id"] for row in rows])
            for row in rows:
                yield _facts(row, told)
            if len(rows) < _PAGE:
                return
            after = (rows[-1]["posted_at"], rows[-1]["id"])

    def item_facts(self, scope: Scope, item_id: int) -> AnswerFacts | None:
        """Return the facts of one item, or None when it is missing or not in scope."""
        if not 0 < item_id <= MAX_ID:
            return None
        with self._read() as conn:
            row = conn.execute(
                f"{_SELECT} WHERE i.id = :item AND {sees(conn, scope, 'i.id')}",
                {"item": item_id, "opds": opds_of(scope)},
            ).fetchone()
            if row is None:
                return None
            told = _told_of(conn, [item_id])
        return _facts(row, told)

    def received_by_hour(
        self, scope: Scope, label: Label, since: datetime, before: datetime
    ) -> dict[str, dict[datetime, int]]:
        """Return how many items that ask something were posted in each UTC hour, by a label."""
        found: defaultdict[str, dict[datetime, int]] = defaultdict(dict)
        with self._read() as conn:
            rows = conn.execute(
                f"SELECT coalesce(i.{label}, '') AS label, substr(i.posted_at, 1, 13) AS hour, "
                "count(*) AS n FROM items AS i WHERE i.posted_at >= :since "
                f"AND i.posted_at < :before AND {asks_something(conn)} "
                f"AND {sees(conn, scope, 'i.id')} GROUP BY 1, 2 ORDER BY 1, 2",
                {
                    "since": to_text(since),
                    "before": to_text(before),
                    "asks": ASKS,
                    "opds": opds_of(scope),
                },
            )
            for row in rows:
                found[row["label"]][from_text(f"{row['hour']}:00:00Z")] = row["n"]
        return dict(found)

    def close_answered(self, seen: Sequence[AnswerFacts], now: datetime) -> list[int]:
        """Close answered items that are as they were seen; return those that were."""
        items = {one.item_id: one for one in seen}
        done = []
        with self._write() as conn, queue_writes(conn, now) as writes:
            answers = _answers_of(conn, items)
            for row in conn.execute(
                f"{ITEM_SELECT} WHERE i.id IN ({ids_in(conn, ':ids')}) ORDER BY i.id",
                {"ids": id_list(items)},
            ).fetchall():
                item, before = item_row(row), items[row["item_id"]]
                after = closed_by_itself(item.state, now)
                # A further answer, or another kind of one, moves no version.
                same = _standing(answers.get(item.id, ())) == before.answers
                if same and item.state.version == before.version and after is not item.state:
                    writes.change(item, after)
                    changes = label_changes(item.state, after)
                    writes.event(item.id, "closed", changes)
                    done.append(item.id)
        return done

    def correct_answer_kind(
        self, scope: Scope, item_id: int, answer_id: int, kind: str, by: str, now: datetime
    ) -> bool:
        """Say which of ANSWER_KINDS an answer to an item is; no later model changes it."""
        if kind not in ANSWER_KINDS:
            raise InputError(
                _("mutu jawaban {!r} tidak dikenal; pilih salah satu: {}").format(
                    kind, ", ".join(ANSWER_KINDS)
                )
            )
        by = clean(by)
        if not 0 < answer_id <= MAX_ID:
            return False
        with self._write() as conn, queue_writes(conn, now, by) as writes:
            answer = _answer_to(conn, scope, item_id, answer_id)
            if answer is None:
                return False
            conn.execute(
                "UPDATE answers SET kind = ?, kind_by = ? WHERE mention_id = ?",
                (kind, by, answer_id),
            )
            _tell_kind(writes, "answer_kind", answer_id, answer["kind"], kind)
            return True

    def return_answer_kind(
        self, scope: Scope, item_id: int, answer_id: int, by: str, now: datetime
    ) -> bool:
        """Give the word on an answer's kind back to the classifier: what it last said of it."""
        if not 0 < answer_id <= MAX_ID:
            return False
        with self._write() as conn, queue_writes(conn, now, clean(by)) as writes:
            answer = _answer_to(conn, scope, item_id, answer_id)
            if answer is None:
                return False
            if answer["kind_by"] is None:
                return True
            row = conn.execute(
                "SELECT decision FROM decisions WHERE mention_id = ? ORDER BY id DESC LIMIT 1",
                (answer_id,),
            ).fetchone()
            judged = kind_values(decision_from(row["decision"]) if row else None)
            conn.execute(
                "UPDATE answers SET kind = ?, kind_confidence = ?, kind_because = ?, "
                "kind_by = NULL WHERE mention_id = ?",
                (*judged, answer_id),
            )
            kind = None if judged[0] is None else str(judged[0])
            _tell_kind(writes, "answer_kind_returned", answer_id, answer["kind"], kind)
            return True


def _answer_to(conn: Transaction, scope: Scope, item_id: int, answer_id: int) -> Row | None:
    """Return the kind of a seen answer to an item in scope, and who said it; None for any other."""
    if visible(conn, scope, item_id) is None:
        return None
    found: Row | None = conn.execute(
        "SELECT a.kind, a.kind_by FROM item_answers AS i JOIN answers AS a USING (mention_id) "
        "WHERE i.item_id = ? AND i.mention_id = ?",
        (item_id, answer_id),
    ).fetchone()
    return found


def _tell_kind(
    writes: QueueWrites, event: EventKind, answer_id: int, before: str | None, after: str | None
) -> None:
    """Write another kind into the history of all items that an answer stands on: of a thread."""
    detail = {"answer": str(answer_id), "kind_from": before, "kind_to": after}
    for row in writes.conn.execute(
        "SELECT item_id FROM item_answers WHERE mention_id = ? ORDER BY item_id", (answer_id,)
    ).fetchall():
        writes.event(row["item_id"], event, detail)
        seen = visible(writes.conn, Scope(everything=True), row["item_id"])
        if seen is not None:
            writes.touch(item_row(seen).state)


def answers_of(conn: Transaction, item_id: int) -> tuple[Answer, ...]:
    """Return the answers to one item as its page shows them, oldest first."""
    seen = conn.execute(
        "SELECT a.*, m.text, m.permalink FROM item_answers AS i "
        "JOIN answers AS a USING (mention_id) JOIN mentions AS m ON m.id = a.mention_id "
        "WHERE i.item_id = ? ORDER BY a.posted_at, a.mention_id",
        (item_id,),
    )
    shown = [
        Answer(
            row["opd"],
            from_text(row["posted_at"]),
            row["text"],
            row["permalink"],
            id=row["mention_id"],
            kind=row["kind"],
            kind_confidence=row["kind_confidence"],
            because=list_of(row["kind_because"]) if row["kind_because"] else (),
            kind_by=row["kind_by"] or "",
            gone_at=from_text_or_none(row["gone_at"]),
        )
        for row in seen
    ]
    recorded = conn.execute(f"{RECORDED} AND a.item_id = ? ORDER BY a.review_id", (item_id,))
    shown += [
        Answer(
            row["opd"],
            from_text(row["posted_at"]),
            "",
            row["link"],
            kind=row["kind"],
            recorded_by=row["recorded_by"],
            record=row["review_id"],
        )
        for row in recorded
    ]
    return tuple(sorted(shown, key=lambda one: one.posted_at))


def _items(
    conn: Transaction, scope: Scope, after: tuple[str, int], end: str, statuses: Collection[str]
) -> Sequence[Row]:
    """Return the next page of items; at first `after` names a moment and no item.

    Of `statuses` it walks the index of lists place by place (one tab, one status): what waits is
    few among a million that do not.
    """
    after_key = "(i.posted_at, i.id) > (:at, :id) AND i.posted_at < :end"
    walks = [
        f"AND i.tab = '{tab}' AND i.status = '{status}'"
        for tab in get_args(Tab)
        for status in STATUSES
        if status in statuses
    ] or [""]
    arms = " UNION ALL ".join(
        f"SELECT * FROM (SELECT i.id, i.posted_at FROM items AS i WHERE {after_key} {walk} "
        f"AND {sees(conn, scope, 'i.id')} ORDER BY i.posted_at, i.id LIMIT :page) AS arm"
        for walk in walks
    )
    return conn.execute(
        f"WITH keys AS ({arms} ORDER BY posted_at, id LIMIT :page) "
        f"{_SELECT} JOIN keys ON keys.id = i.id ORDER BY i.posted_at, i.id",
        {"at": after[0], "id": after[1], "end": end, "opds": opds_of(scope), "page": _PAGE},
    ).fetchall()


def _answers_of(conn: Transaction, items: Collection[int]) -> Mapping[int, Sequence[SeenAnswer]]:
    found: defaultdict[int, list[SeenAnswer]] = defaultdict(list)
    seen = conn.execute(
        "SELECT i.item_id, a.opd, a.posted_at, a.kind, a.gone_at "
        f"FROM ({ids_in(conn, ':ids')}) AS j CROSS JOIN item_answers AS i CROSS JOIN answers AS a "
        "WHERE i.item_id = j.id AND a.mention_id = i.mention_id",
        {"ids": id_list(items)},
    )
    for row in seen:
        gone = from_text_or_none(row["gone_at"])
        at = from_text(row["posted_at"])
        answer = SeenAnswer(row["opd"], at, row["kind"], gone_at=gone)
        found[row["item_id"]].append(answer)
    recorded = conn.execute(
        f"{RECORDED} AND a.item_id IN ({ids_in(conn, ':ids')})", {"ids": id_list(items)}
    )
    for row in recorded:
        at = from_text(row["posted_at"])
        found[row["item_id"]].append(SeenAnswer(row["opd"], at, row["kind"], by_hand=True))
    return {
        item: sorted(answers, key=lambda one: (one.posted_at, one.by_hand, one.opd))
        for item, answers in found.items()
    }


def _standing(answers: Sequence[SeenAnswer]) -> tuple[SeenAnswer, ...]:
    return tuple(one for one in answers if one.gone_at is None)


def _later_of(conn: Transaction, items: Collection[int]) -> Mapping[int, Sequence[LaterPost]]:
    """Return what the authors of items wrote after them in the same threads.

    Along the key of a thread and an author: also under an OPD's post nothing else is looked at.
    """
    found: defaultdict[int, list[LaterPost]] = defaultdict(list)
    rows = conn.execute(
        f"{LATER_POSTS.format(ids_in(conn, ':ids'))} ORDER BY i.id, r.posted_at, r.id",
        {"ids": id_list(items)},
    )
    for row in rows:
        post = LaterPost(from_text(row["posted_at"]), row["jenis"], row["tab"])
        found[row["item_id"]].append(post)
    return found


@dataclass(frozen=True, slots=True)
class _Told:
    """What other tables tell of a page of items."""

    answers: Mapping[int, Sequence[SeenAnswer]]
    later: Mapping[int, Sequence[LaterPost]]
    histories: Mapping[int, History]


def _told_of(conn: Transaction, items: Collection[int]) -> _Told:
    answers = _answers_of(conn, items)
    return _Told(answers, _later_of(conn, answers), histories_of(conn, items))


def _facts(row: Row, told: _Told) -> AnswerFacts:
    seen, history = told.answers.get(row["id"], ()), told.histories.get(row["id"], History())
    answers = _standing(seen)
    if not answers and row["answered_at"]:  # a person set the status `dijawab` without a link
        answers = (SeenAnswer(row["opd"] or "", from_text(row["answered_at"]), None, by_hand=True),)
    return AnswerFacts(
        item_id=row["id"],
        version=row["version"],
        network=row["network"],
        kind=row["mention_kind"],
        posted_at=from_text(row["posted_at"]),
        seen_at=from_text(row["seen_at"]),
        citizen=row["author_id"] or "",
        addressed=list_of(row["addressed"]),
        under_opd=row["under_opd"],
        root_posted_at=from_text_or_none(row["root_posted_at"]),
        opd=row["opd"],
        supporting=list_of(row["supporting"]),
        jenis=row["jenis"],
        sector=row["sector"],
        kecamatan=row["kecamatan"],
        urgent=bool(row["urgent"]),
        sensitive=bool(row["sensitive"]),
        confidential=bool(row["confidential"]),
        tab=row["tab"],
        status=row["status"],
        answers=answers,
        gone=tuple(one for one in seen if one.gone_at is not None),
        changes=tuple(history.changes),
        in_charge_since=history.given[-1] if history.given else None,
        later=tuple(told.later.get(row["id"], ())),
    )
