"""A page goes in: rows, cursor, events, counters, ledger and gap in ONE transaction."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tanggap.clock import to_text
from tanggap.killpoints import reached
from tanggap.mention import Decision, Mention, Page, Route
from tanggap.store.answer_presence import Presence
from tanggap.store.answers import NewAnswer, NewItem, Threads
from tanggap.store.codec import (
    MENTION_COLUMNS,
    clean,
    decision_text,
    list_of,
    mention_from,
    mention_values,
    text_list,
)
from tanggap.store.coverage import count_arrivals, keep_coverage
from tanggap.store.database import SqlDatabase, Transaction
from tanggap.store.engagement import add_engagement, follow_engagement
from tanggap.store.item_state import first_state, redecided
from tanggap.store.items import ITEM_SELECT, ItemRow, QueueWrites, item_row, queue_writes
from tanggap.store.ledger import note_reads, note_requests, put_hold
from tanggap.store.quarantine import quarantine
from tanggap.store.rows import Accepted, EventKind, Lease, key, newer, newest
from tanggap.store.sources import check_fence

Decided = Mapping[str, tuple[Decision, Route]]

_INSERT_MENTION = (
    f"INSERT INTO mentions (id, {', '.join(MENTION_COLUMNS)}, source_id) "
    f"VALUES ({', '.join('?' * (len(MENTION_COLUMNS) + 2))})"
)


class Ingest(SqlDatabase):
    """Implements the way in of `tanggap.store.base.SourceStore`."""

    def fresh(self, mentions: Sequence[Mention]) -> list[bool]:
        """Say for each mention whether it is new or a new revision (worth classifying)."""
        with self._read() as conn:
            known = _known(conn, mentions)
        answers = []
        for mention in mentions:
            before = known.get(key(mention))
            answers.append(before is None or newer(mention, before.revision))
        return answers

    def texts(self, network: str, ids: Sequence[str]) -> dict[str, str]:
        """Return the newest text of each mention that is stored; ids not stored are left out."""
        asked = {clean(one): one for one in ids}
        with self._read() as conn:
            rows = conn.execute(
                "SELECT network_id, text FROM mentions "
                f"WHERE network = :network AND network_id IN ({conn.texts_in(':ids')})",
                {"network": network, "ids": json.dumps(list(asked))},
            ).fetchall()
        return {asked[row["network_id"]]: row["text"] for row in rows}

    def accept(self, lease: Lease, page: Page, decided: Decided, now: datetime) -> Accepted:
        """Store a page in ONE transaction: rows, cursor, events, counters, ledger, gap.

        A mention without an entry in `decided` is counted as a repeat. Raise LeaseLost, with
        nothing stored, when `lease.fence` is no longer the newest.
        """
        source = lease.source
        with self._write() as conn:
            check_fence(conn, lease)
            reached("transaction_begun")
            with queue_writes(conn, now) as writes:
                taken = _store(writes, page.mentions, decided, source.id)
                Presence(writes, source).note(page)
            reached("rows_written")
            quarantine(conn, source.id, page.rejected, now)
            keep_coverage(conn, source, page, now)
            reads = note_reads(conn, source.network, page.reads, now)
            note_requests(conn, source.id, page.requests, reads, now)
            if page.wait is not None:
                put_hold(conn, page.wait, now)
            _move_cursor(conn, lease, page, taken.new, now)
            reached("cursor_written")
        reached("committed")
        return taken.accepted(len(page.rejected))

    def intake(
        self, mentions: Sequence[Mention], decided: Decided, actor: str, now: datetime
    ) -> Accepted:
        """Store mentions that a person brought (a file), in one transaction."""
        with self._write() as conn, queue_writes(conn, now, clean(actor)) as writes:
            taken = _store(writes, mentions, decided, None)
        return taken.accepted(0)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored of a mention already."""

    id: int
    revision: str
    addressed_list: str
    """As the column holds it: who only asks what is new needs none of it read."""

    @property
    def addressed(self) -> tuple[str, ...]:
        return list_of(self.addressed_list)


@dataclass(slots=True)
class _Taken:
    """Counts while a page goes in."""

    new: int = 0
    repeated: int = 0
    revised: int = 0
    routes: Counter[str] = field(default_factory=Counter)
    sensitive: int = 0

    def accepted(self, rejected: int) -> Accepted:
        return Accepted(
            fetched=self.new + self.repeated + self.revised + rejected,
            new=self.new,
            repeated=self.repeated,
            revised=self.revised,
            rejected=rejected,
            routes=dict(self.routes),
            sensitive=self.sensitive,
        )


def _known(conn: Transaction, mentions: Sequence[Mention]) -> dict[tuple[str, str], _Known]:
    rows = conn.execute(
        # CROSS: SQLite then reads the few keys first, whatever it thinks of their number.
        "SELECT m.id, m.network, m.network_id, m.revision, m.addressed "
        f"FROM {conn.lists_in('?')} AS j CROSS JOIN mentions AS m "
        "WHERE m.network = j.value ->> 0 AND m.network_id = j.value ->> 1",
        (json.dumps([key(mention) for mention in mentions]),),
    )
    return {
        (row["network"], row["network_id"]): _Known(row["id"], row["revision"], row["addressed"])
        for row in rows
    }


def _store(
    writes: QueueWrites, mentions: Sequence[Mention], decided: Decided, source_id: str | None
) -> _Taken:
    """Store the newest version of each post of a page, and keep the older ones beside it."""
    shown = newest(mentions)
    taken = _store_distinct(writes, shown, decided, source_id)
    if len(shown) == len(mentions):
        return taken
    on_page = {key(mention): mention for mention in shown}
    known = _known(writes.conn, shown)
    for mention in mentions:
        latest, stored = on_page[key(mention)], known.get(key(mention))
        if mention is latest:
            continue
        taken.repeated += 1
        if stored is not None and (
            stored.revision == clean(latest.revision) or not newer(mention, stored.revision)
        ):
            _keep_older(writes.conn, stored, mention)
    return taken


def _store_distinct(
    writes: QueueWrites, mentions: Sequence[Mention], decided: Decided, source_id: str | None
) -> _Taken:
    taken = _Taken()
    known = _known(writes.conn, mentions)
    new: list[Mention] = []
    stored = ((known[key(one)].id, one) for one in mentions if key(one) in known)
    follow_engagement(writes.conn, stored)
    for mention in mentions:
        before = known.get(key(mention))
        entry = decided.get(mention.network_id)
        if before is None and entry is not None:
            new.append(mention)
        elif before is not None and entry is not None and newer(mention, before.revision):
            _revise(writes, before, mention, *entry)
            taken.revised += 1
        else:
            taken.repeated += 1
            if before is not None:
                _address_too(writes.conn, before, mention)
            if before is not None and not newer(mention, before.revision):
                _keep_older(writes.conn, before, mention)
    _insert(writes, new, decided, source_id)
    taken.new = len(new)
    taken.routes.update(decided[mention.network_id][1].name for mention in new)
    taken.sensitive = sum(decided[mention.network_id][1].sensitive for mention in new)
    return taken


def _insert(
    writes: QueueWrites, new: Sequence[Mention], decided: Decided, source_id: str | None
) -> None:
    conn = writes.conn
    first_id = conn.reserve_ids("mentions", len(new))
    numbered = list(enumerate(new, first_id))
    conn.executemany(
        _INSERT_MENTION,
        [(number, *mention_values(mention), source_id) for number, mention in numbered],
    )
    add_engagement(conn, numbered)
    if source_id is not None:
        count_arrivals(conn, source_id, new, writes.now)
    _insert_decisions(
        writes, [(number, mention, *decided[mention.network_id]) for number, mention in numbered]
    )
    made = sum(decided[mention.network_id][1].makes_item for mention in new)
    item_id = conn.reserve_ids("items", made)
    items: list[NewItem] = []
    answers: list[NewAnswer] = []
    for number, mention in numbered:
        decision, route = decided[mention.network_id]
        if route.makes_item:
            item = _new_item(writes, item_id, number, mention, decision, route)
            items.append((item, mention, decision, route))
            item_id += 1
        elif route.name == "answer":
            opd = route.opd or mention.author_opd or ""
            answers.append((number, mention, decision, opd))
    writes.add([item for item, _, _, _ in items])
    Threads(writes).join(items, answers)


def _new_item(
    writes: QueueWrites,
    item_id: int,
    mention_id: int,
    mention: Mention,
    decision: Decision,
    route: Route,
) -> ItemRow:
    state = first_state(decision, route, writes.now)
    writes.event(
        item_id,
        "routed",
        {
            "route": route.name,
            "rule": route.rule,
            "tab": state.tab,
            "status": state.status,
            "opd": state.opd,
            "jenis": state.jenis,
            "sector": state.sector,
            "model": decision.model,
        },
    )
    return ItemRow(item_id, mention_id, mention.network, to_text(mention.posted_at), state)


def _insert_decisions(
    writes: QueueWrites, rows: Sequence[tuple[int, Mention, Decision, Route]]
) -> None:
    at = to_text(writes.now)
    writes.conn.executemany(
        "INSERT INTO decisions (mention_id, revision, at, model, route, rule, decision) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                mention_id,
                clean(mention.revision),
                at,
                decision.model,
                route.name,
                route.rule,
                decision_text(decision),
            )
            for mention_id, mention, decision, route in rows
        ],
    )


def _revise(
    writes: QueueWrites, before: _Known, mention: Mention, decision: Decision, route: Route
) -> None:
    """Show a newer version of a mention; what it means for its item is decided anew."""
    conn = writes.conn
    conn.execute(
        "INSERT INTO revisions SELECT id, revision, revision_seen_at, text, raw "
        "FROM mentions WHERE id = ? ON CONFLICT DO NOTHING",
        (before.id,),
    )
    # Its own place in time stays: posted_at and seen_at are those of the first version.
    shown = dict(zip(MENTION_COLUMNS, mention_values(mention), strict=True))
    conn.execute(
        "UPDATE mentions SET text = :text, raw = :raw, revision = :revision, "
        "revision_seen_at = :revision_seen_at, addressed = :addressed, has_media = :has_media, "
        "author_handle = coalesce(:author_handle, author_handle), "
        "parent_text = coalesce(:parent_text, parent_text) WHERE id = :id",
        {**shown, "id": before.id},
    )
    shown_again = (before.id, clean(mention.revision))
    conn.execute("DELETE FROM revisions WHERE mention_id = ? AND revision = ?", shown_again)
    _insert_decisions(writes, [(before.id, mention, decision, route)])
    writes.reindex(before.id)
    row = conn.execute(f"{ITEM_SELECT} WHERE i.mention_id = ?", (before.id,)).fetchone()
    if row is not None:
        item = item_row(row)
        state = redecided(item.state, decision, route, writes.now)
        writes.change(item, state)
        kind: EventKind = "suggested" if item.state.touched or not route.makes_item else "rerouted"
        writes.event(
            item.id,
            kind,
            {"revision": mention.revision, "rule": route.rule, "tab": state.tab, "opd": state.opd}
            | {"status": state.status},
        )
        return
    # As it is stored: an item stands in lists at the time of the first version.
    stored = mention_from(
        conn.execute("SELECT * FROM mentions WHERE id = ?", (before.id,)).fetchone()
    )
    threads = Threads(writes)
    if route.makes_item:
        new = _new_item(writes, conn.reserve_ids("items", 1), before.id, stored, decision, route)
        writes.add([new])
        threads.join([(new, stored, decision, route)], [])
    elif route.name == "answer" and threads.is_answer(before.id):
        threads.judge_anew(before.id, decision)
    elif route.name == "answer":
        opd = route.opd or stored.author_opd or ""
        threads.join([], [(before.id, stored, decision, opd)])


def _address_too(conn: Transaction, before: _Known, mention: Mention) -> None:
    """Note whom else a repeat addresses, that came by another account's source.

    A post that tags two accounts is shown to each as if it were the only one. Whose job it is was
    decided by what it says, and stays.
    """
    already = before.addressed
    both = tuple(dict.fromkeys((*already, *mention.addressed)))
    if both != already:
        conn.execute("UPDATE mentions SET addressed = ? WHERE id = ?", (text_list(both), before.id))


def _keep_older(conn: Transaction, known: _Known, mention: Mention) -> None:
    """Keep a version that is older than the one shown, unless it is that one or kept already."""
    if not mention.revision or clean(mention.revision) == known.revision:
        return
    conn.execute(
        "INSERT INTO revisions VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            known.id,
            clean(mention.revision),
            to_text(mention.seen_at),
            clean(mention.text),
            clean(mention.raw),
        ),
    )


def _move_cursor(conn: Transaction, lease: Lease, page: Page, new: int, now: datetime) -> None:
    row = conn.execute(
        "SELECT lease_seconds FROM sources WHERE id = ?", (lease.source.id,)
    ).fetchone()
    until = now + timedelta(seconds=row["lease_seconds"])
    ends = page.token_ends_at
    conn.execute(
        "UPDATE sources SET cursor = ?, accepted = accepted + ?, last_attempt_at = ?, "
        "lease_owner = ?, lease_until = ?, token_ends_at = ? WHERE id = ?",
        (
            *(page.next_cursor, new, to_text(now), lease.owner, to_text(until)),
            *(to_text(ends) if ends else None, lease.source.id),
        ),
    )
