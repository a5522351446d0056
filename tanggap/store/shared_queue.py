"""What the desk and the terminal read of the queue. Every query on items goes through a scope."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tanggap.clock import from_text, from_text_or_none, to_text
from tanggap.errors import InputError, VersionConflict
from tanggap.killpoints import reached
from tanggap.language import gettext as _
from tanggap.mention import Mention, Review
from tanggap.store.answer_facts import answers_of
from tanggap.store.codec import (
    clean,
    clean_or_none,
    decision_from,
    mention_from,
)
from tanggap.store.database import MAX_ID, SqlDatabase, Transaction
from tanggap.store.item_state import after_review
from tanggap.store.items import ALL, ITEM_SELECT, item_from, item_row, label_changes, queue_writes
from tanggap.store.lists import Listing, Place
from tanggap.store.recorded_answers import keep_record, without_record
from tanggap.store.rows import Event, Item, ItemDetail, ItemFilter, Note, Scope
from tanggap.store.rows_lists import Counted
from tanggap.store.scope import (
    SECLUDED,
    opds_of,
    seen_detail,
    seen_items,
    sees,
    visible,
    without_hidden_parents,
)
from tanggap.store.undoable import remember_act

_EXPORT_PAGE = 500
_THREAD_SHOWN = 200
SEARCHED_AT_MOST = 10_000
"""Items found by full text that are looked at for counts: about 20 ms of work."""


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
            return seen_items(conn, scope, rows)

    def count(self, scope: Scope, wanted: ItemFilter, *, cap: int = 1000) -> int:
        """Return how many items match, at most `cap` + 1."""
        [counted] = self.counts(scope, [wanted], cap=cap, find=None)
        return counted.number + counted.more

    def counts(
        self,
        scope: Scope,
        lists: Sequence[ItemFilter],
        *,
        cap: int = 1000,
        find: int | None = SEARCHED_AT_MOST,
    ) -> list[Counted]:
        """Return how many items each of `lists` has, up to `cap`; they differ in tab and status.

        Of full text `find` items are looked at (None: all); where it finds more, what a list has
        is `more` than its number.
        """
        together = replace(lists[0], tab="", status="", tabs=(), statuses=())
        listing = Listing(scope, together, self._match)
        if listing.empty:
            return [Counted(0, more=False) for _ in lists]
        with self._read() as conn:
            cut, places = False, listing.places(conn)
            wanted = [one for one in places if any(listed.takes(*one) for listed in lists)]
            if listing.searched:
                cut, places = _found(conn, listing, MAX_ID - 1 if find is None else find)
            elif wanted and not listing.counters_tell:
                rows = conn.execute(*listing.counted(wanted, cap + 1)).fetchall()
                places = {wanted[row["place"]]: int(row["n"]) for row in rows}
        return [_counted(listed, places, cap, cut=cut) for listed in lists]

    def item(self, scope: Scope, item_id: int) -> ItemDetail | None:
        """Return one item, or None when it is missing or not in scope (no difference)."""
        with self._read() as conn:
            row = visible(conn, scope, item_id)
            if row is None:
                return None
            mention_id = row["mention_id"]
            raw = conn.execute("SELECT raw FROM mentions WHERE id = ?", (mention_id,)).fetchone()
            item = item_from(row, raw["raw"])
            thread, confidential = _thread(conn, scope, item.mention)
            own, *others = without_hidden_parents(conn, scope, [item.mention, *thread])
            decision = conn.execute(
                "SELECT decision FROM decisions WHERE mention_id = ? ORDER BY id DESC LIMIT 1",
                (mention_id,),
            ).fetchone()
            detail = ItemDetail(
                item=replace(item, mention=own),
                decision=None if decision is None else decision_from(decision["decision"]),
                thread=tuple(others),
                answers=answers_of(conn, item_id),
                history=_history(conn, item_id),
                notes=_notes(conn, item_id),
                revisions=_revisions(conn, mention_id),
            )
            return seen_detail(scope, detail, confidential)

    def review(
        self, scope: Scope, review: Review, now: datetime, *, batch: str = ""
    ) -> Item | None:
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
            row = visible(conn, scope, review.item_id)
            if row is None:
                return None
            item = item_row(row)
            before = item.state
            if before.version != review.expected_version:
                raise VersionConflict(item.id, before.updated_by)
            if review.verdict in ("confidential", "open") and not scope.in_charge(before.opd):
                raise InputError(
                    _("hanya supervisor atau OPD penanggung jawabnya yang dapat mengubah")
                )
            seen = conn.execute(
                "SELECT min(a.posted_at) AS first FROM item_answers "
                "JOIN answers AS a USING (mention_id) WHERE item_id = ? AND a.gone_at IS NULL",
                (item.id,),
            ).fetchone()
            # People write no seconds.
            minute = from_text(item.posted_at).replace(second=0, microsecond=0)
            if review.answered_at is not None and review.answered_at < minute:
                raise InputError(_("jawaban itu lebih dulu dari aduannya; periksa waktunya"))
            if review.verdict == "withdraw" or review.withdraws is not None:
                after = without_record(conn, before, review, now)
            else:
                first = from_text_or_none(seen["first"])
                after = after_review(before, review, now, seen_answer=first)
            writes.change(item, after)
            writes.event(
                item.id,
                review.verdict,
                label_changes(before, after)
                | {
                    "wrong_opd": "true" if review.wrong_opd else None,
                    "record": str(review.withdraws) if review.withdraws else None,
                },
            )
            written = conn.execute(
                'INSERT INTO reviews (item_id, at, "by", verdict, before, after, wrong_opd, why) '
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                (
                    item.id,
                    to_text(now),
                    review.by,
                    review.verdict,
                    json.dumps(before.labels),
                    json.dumps(after.labels),
                    int(review.wrong_opd),
                    review.why,
                ),
            ).fetchone()
            keep_record(conn, review, written["id"], after.status)
            remember_act(conn, item, written["id"], after, now, clean(batch))
            rows = conn.execute(f"{ITEM_SELECT} WHERE i.id = ?", (item.id,)).fetchall()
            [done] = seen_items(conn, scope, rows)
            reached("review_written")
            return done

    def export(
        self, scope: Scope, wanted: ItemFilter, *, confidential: bool = False
    ) -> Iterator[Item]:
        """Yield all matching items, newest first, without holding a lock.

        Those that are confidential only where a supervisor asks for them.
        """
        with_them = confidential and scope.everything and scope.reporters == "all"
        after: tuple[datetime, int] | None = None
        while page := self.items(scope, wanted, after=after, limit=_EXPORT_PAGE):
            yield from (item for item in page if with_them or not item.confidential)
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


def _found(conn: Transaction, listing: Listing, most: int) -> tuple[bool, dict[Place, int]]:
    """Return whether full text finds more than `most`, and how many of these are where."""
    rows = conn.execute(*listing.found(conn, most + 1)).fetchall()
    found = {(row["tab"], row["status"]): int(row["n"]) for row in rows}
    return found.pop(("", "")) > most, found


def _counted(listed: ItemFilter, places: Mapping[Place, int], cap: int, *, cut: bool) -> Counted:
    number = sum(n for place, n in places.items() if listed.takes(*place))
    return Counted(min(number, cap), more=cut or number > cap)


def _thread(
    conn: Transaction, scope: Scope, mention: Mention
) -> tuple[list[Mention], frozenset[str]]:
    """Return the other mentions of a thread, oldest first; of a very long one the nearest.

    And the network ids of those that are confidential items.

    What another OPD has in its queue is left out, but for the post that was answered and the
    one at the root, without which the mention cannot be understood; secluded ones always, and
    with them the answers that they got.
    """
    root = mention.thread_id or mention.network_id
    related = [root, mention.network_id, *([mention.parent_id] if mention.parent_id else [])]
    # Under an OPD's post stand the comments of a whole city: first comes what belongs together.
    branch = mention.parent_id if mention.parent_id not in (None, root) else mention.network_id
    found = conn.execute(
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
                AND {SECLUDED} AND NOT {sees(conn, scope, "i.id")}
        ), shown AS (
            SELECT m.*, coalesce(i.confidential, 0) AS confidential
            FROM mentions AS m LEFT JOIN items AS i ON i.mention_id = m.id
            WHERE m.id IN (SELECT id FROM thread) AND m.network_id <> :own
                AND ((m.network_id IN (SELECT id FROM related)
                        AND coalesce(i.sensitive, 0) = 0 AND coalesce(i.confidential, 0) = 0)
                    OR (i.id IS NULL
                        AND coalesce(m.parent_id, '') NOT IN (SELECT network_id FROM hidden))
                    OR {sees(conn, scope, "i.id")})
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
            "opds": opds_of(scope),
        },
    )
    rows = found.fetchall()
    confidential = frozenset(row["network_id"] for row in rows if row["confidential"])
    return [mention_from(row) for row in rows], confidential


def _history(conn: Transaction, item_id: int) -> tuple[Event, ...]:
    rows = conn.execute("SELECT * FROM events WHERE item_id = ? ORDER BY id", (item_id,))
    return tuple(
        Event(from_text(row["at"]), row["actor"], row["kind"], json.loads(row["detail"]))
        for row in rows
    )


def _notes(conn: Transaction, item_id: int) -> tuple[Note, ...]:
    rows = conn.execute(
        "SELECT * FROM reviews WHERE item_id = ? AND why <> '' AND undone_at IS NULL ORDER BY id",
        (item_id,),
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
