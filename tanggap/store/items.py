"""Rows of the queue: what one transaction writes of items, with all that must move together."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from tanggap.clock import from_text, from_text_or_none, to_text
from tanggap.store.chain import ChainedEvent
from tanggap.store.codec import (
    Row,
    list_of,
    mention_from,
    text_list,
    text_mapping,
)
from tanggap.store.database import Transaction
from tanggap.store.events import append, open_chain
from tanggap.store.item_state import MACHINE, ItemState
from tanggap.store.outbox_intake import Told, put_notices
from tanggap.store.rows import EventKind, Item

ALL = ""
"""Stands for every OPD in counters and changes."""
_STATE_COLUMNS = (
    "version", "tab", "status", "opd", "supporting", "candidates", "jenis", "sector", "kecamatan",
    "urgent", "sensitive", "jenis_confidence", "sector_confidence", "rule", "decided_by",
    "touched", "answered_at", "suggestion", "updated_at", "updated_by",
    "confidential",
)  # fmt: skip
_INSERT = (
    f"INSERT INTO items (id, mention_id, network, posted_at, {', '.join(_STATE_COLUMNS)}) "
    f"VALUES ({', '.join('?' * (4 + len(_STATE_COLUMNS)))})"
)
_UPDATE = f"UPDATE items SET {', '.join(f'{name} = ?' for name in _STATE_COLUMNS)} WHERE id = ?"
ITEM_SELECT = (
    "SELECT i.id AS item_id, i.mention_id, "
    + ", ".join(f"i.{name}" for name in _STATE_COLUMNS)
    + ", m.network, m.network_id, m.kind, m.posted_at, m.seen_at, m.author_id, m.author_handle, "
    "m.author_opd, m.addressed, m.parent_id, m.thread_id, m.permalink, m.revision, m.has_media, "
    "m.text, m.parent_text FROM items AS i JOIN mentions AS m ON m.id = i.mention_id"
)
"""Reads what `item_from` needs; `raw` is left out."""


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item with what never changes of it."""

    id: int
    mention_id: int
    network: str
    posted_at: str
    state: ItemState


class QueueWrites:
    """Collects what one transaction does to the queue, so that nothing moves alone.

    Rows are written at once; counters, changes and events at the end, in one go.
    """

    def __init__(self, conn: Transaction, now: datetime, actor: str) -> None:
        self.conn = conn
        self.now = now
        self._actor = actor
        self._counters: Counter[tuple[str, str, str]] = Counter()
        self._changed: set[str] = set()
        self._events: list[tuple[int, str, str, str]] = []
        self._told: list[Told] = []

    def add(self, rows: Sequence[ItemRow]) -> None:
        """Insert new items."""
        self.conn.executemany(
            _INSERT,
            [
                (row.id, row.mention_id, row.network, row.posted_at, *_state_values(row.state))
                for row in rows
            ],
        )
        self._insert_opds(rows)
        for row in rows:
            self._count(row.state, +1)
            self._tell(row, None)

    def change(self, row: ItemRow, state: ItemState) -> ItemRow:
        """Write another state of an item; return the item with it."""
        changed = ItemRow(row.id, row.mention_id, row.network, row.posted_at, state)
        self.conn.execute(_UPDATE, (*_state_values(state), row.id))
        self._count(row.state, -1)
        self._count(state, +1)
        before, after = row.state, state
        if (before.visible_to, _narrowed_by(before)) != (after.visible_to, _narrowed_by(after)):
            self.conn.execute("DELETE FROM item_opds WHERE item_id = ?", (row.id,))
            self._insert_opds([changed])
        if row.state.visible_to != state.visible_to:
            self.reindex(row.mention_id)
        self._tell(changed, row.state.visible_to if _is_urgent(row.state) else None)
        return changed

    def touch(self, state: ItemState) -> None:
        """Note that something shown beside an item changed, for those who see it."""
        self._changed.update((ALL, *state.visible_to))

    def notice(self, opds: Iterable[str]) -> None:
        """Note that something beside items changed for those who see the items of `opds`."""
        self._changed.update(opds)

    def event(
        self,
        item_id: int,
        kind: EventKind,
        detail: Mapping[str, str | None],
        actor: str | None = None,
    ) -> None:
        """Add a line to the item's history; `detail` holds ids and labels only."""
        known = {key: value for key, value in detail.items() if value}
        self._events.append((item_id, actor or self._actor, kind, text_mapping(known)))

    def pending(self, item_id: int) -> list[tuple[str, str, dict[str, str]]]:
        """Return actor, kind and detail of an item's events that `finish` has yet to write."""
        return [
            (actor, kind, json.loads(detail))
            for item, actor, kind, detail in self._events
            if item == item_id
        ]

    def reindex(self, mention_id: int) -> None:
        """Have the full-text index read a mention again."""
        self.conn.execute("INSERT INTO reindex VALUES (?) ON CONFLICT DO NOTHING", (mention_id,))

    def finish(self) -> None:
        """Write counters, changes, notices and events."""
        self.conn.executemany(
            "INSERT INTO counters VALUES (?, ?, ?, ?) "
            "ON CONFLICT (opd, tab, status) DO UPDATE SET count = counters.count + excluded.count",
            [(*key, change) for key, change in self._counters.items() if change],
        )
        note_changes(self.conn, self._changed)
        put_notices(self.conn, self._told, self.now)
        if self._events:
            chain = open_chain(self.conn)
            events: list[ChainedEvent] = [
                chain.add(item_id, self.now, actor, kind, detail)
                for item_id, actor, kind, detail in self._events
            ]
            append(self.conn, chain, events)

    def _insert_opds(self, rows: Iterable[ItemRow]) -> None:
        self.conn.executemany(
            "INSERT INTO item_opds (item_id, opd, posted_at, network, tab, status, sector, "
            "kecamatan, jenis, urgent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (row.id, opd, row.posted_at, row.network, *_narrowed_by(row.state))
                for row in rows
                for opd in row.state.visible_to
            ],
        )

    def _tell(self, row: ItemRow, before: tuple[str, ...] | None) -> None:
        """Have notices of an urgent item go to those who did not see it as one `before`.

        None: nobody did, and the supervisors neither.
        """
        new = tuple(opd for opd in row.state.visible_to if opd not in (before or ()))
        if _is_urgent(row.state) and (new or before is None):
            told = Told(row.id, row.mention_id, row.posted_at, new, everybody=before is None)
            self._told.append(told)

    def _count(self, state: ItemState, change: int) -> None:
        for opd in (ALL, *state.visible_to):
            self._counters[opd, state.tab, state.status] += change
        self.touch(state)


@contextmanager
def queue_writes(conn: Transaction, now: datetime, actor: str = MACHINE) -> Iterator[QueueWrites]:
    """Give a QueueWrites that finishes at the end of the block, inside its transaction."""
    writes = QueueWrites(conn, now, actor)
    yield writes
    writes.finish()


def note_changes(conn: Transaction, opds: Iterable[str]) -> None:
    """Have those who see the items of `opds` (ALL: the supervisors) notice that something moved."""
    conn.executemany(
        "INSERT INTO changes VALUES (?, 1) "
        "ON CONFLICT (opd) DO UPDATE SET count = changes.count + 1",
        [(opd,) for opd in sorted(opds)],
    )


def _is_urgent(state: ItemState) -> bool:
    """Whether people are to be told of an item at once."""
    return (state.urgent or state.sensitive) and state.tab != "aside"


def label_changes(before: ItemState, after: ItemState) -> dict[str, str | None]:
    """Return what of the labels changed, as an event tells it: `status_from`, `status_to`."""
    old, new = before.labels, after.labels
    changed = [name for name in old if old[name] != new[name]]
    return {f"{name}_from": old[name] for name in changed} | {
        f"{name}_to": new[name] for name in changed
    }


def item_row(row: Row) -> ItemRow:
    """Return the item of a row of ITEM_SELECT."""
    state = state_from(row)
    return ItemRow(row["item_id"], row["mention_id"], row["network"], row["posted_at"], state)


def state_from(row: Row) -> ItemState:
    """Return the state of a row that holds its columns."""
    suggestion = row["suggestion"]
    return ItemState(
        version=row["version"],
        tab=row["tab"],
        status=row["status"],
        opd=row["opd"],
        supporting=list_of(row["supporting"]),
        candidates=list_of(row["candidates"]),
        jenis=row["jenis"],
        sector=row["sector"],
        kecamatan=row["kecamatan"],
        urgent=bool(row["urgent"]),
        sensitive=bool(row["sensitive"]),
        jenis_confidence=row["jenis_confidence"],
        sector_confidence=row["sector_confidence"],
        rule=row["rule"],
        decided_by=row["decided_by"],
        touched=bool(row["touched"]),
        answered_at=from_text_or_none(row["answered_at"]),
        suggestion=None if suggestion is None else json.loads(suggestion),
        updated_at=from_text(row["updated_at"]),
        updated_by=row["updated_by"],
        confidential=bool(row["confidential"]),
    )


def state_text(state: ItemState) -> str:
    """Return a whole state as one text; `state_from(json.loads(it))` is the state again."""
    return json.dumps(dict(zip(_STATE_COLUMNS, _state_values(state), strict=True)))


def item_from(row: Row, raw: str = "{}") -> Item:
    """Return what people see of a row of ITEM_SELECT."""
    item = item_row(row)
    state = item.state
    mention = mention_from(row, raw)
    return Item(
        id=item.id,
        version=state.version,
        tab=state.tab,
        status=state.status,
        opd=state.opd,
        supporting=state.supporting,
        candidates=state.candidates,
        jenis=state.jenis,
        sector=state.sector,
        kecamatan=state.kecamatan,
        urgent=state.urgent,
        sensitive=state.sensitive,
        jenis_confidence=state.jenis_confidence,
        sector_confidence=state.sector_confidence,
        rule=state.rule,
        decided_by=state.decided_by,
        clock_started_at=mention.posted_at,
        updated_at=state.updated_at,
        answered_at=state.answered_at,
        mention=mention,
        suggestion=state.suggestion,
        confidential=state.confidential,
        updated_by=state.updated_by,
    )


def _state_values(state: ItemState) -> tuple[str | int | float | None, ...]:
    return (
        state.version,
        state.tab,
        state.status,
        state.opd,
        text_list(state.supporting),
        text_list(state.candidates),
        state.jenis,
        state.sector,
        state.kecamatan,
        int(state.urgent),
        int(state.sensitive),
        state.jenis_confidence,
        state.sector_confidence,
        state.rule,
        state.decided_by,
        int(state.touched),
        None if state.answered_at is None else to_text(state.answered_at),
        None if state.suggestion is None else text_mapping(state.suggestion),
        to_text(state.updated_at),
        state.updated_by,
        int(state.confidential),
    )


def _narrowed_by(state: ItemState) -> tuple[str | int | None, ...]:
    """Return what lists of an OPD are narrowed by, as far as it may change."""
    return (
        state.tab,
        state.status,
        state.sector,
        state.kecamatan,
        state.jenis,
        int(state.urgent),
    )
