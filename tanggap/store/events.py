"""The history: append-only events in a hash chain."""

from collections.abc import Iterable, Iterator

from tanggap.errors import StoreError
from tanggap.store.chain import START, Chain, ChainedEvent, digest, is_key, new_key
from tanggap.store.codec import Row
from tanggap.store.database import SqlDatabase, Transaction
from tanggap.store.meta import meta, set_meta

_KEY = "event_key"
_HEAD = "event_head"
_CHUNK = 1000
"""Events in memory at once: PostgreSQL hands over the whole answer to a select."""
_LOWEST = -(1 << 63)


def open_chain(conn: Transaction) -> Chain:
    """Return the chain as it stands; call it inside a write transaction."""
    key = meta(conn, _KEY)
    if key is None:
        key = new_key()
        set_meta(conn, _KEY, key)
    last = conn.execute("SELECT id, digest FROM events ORDER BY id DESC LIMIT 1").fetchone()
    return Chain(key, last["id"], last["digest"]) if last else Chain(key, 0, START)


def append(conn: Transaction, chain: Chain, events: Iterable[ChainedEvent]) -> None:
    """Write events that `chain` has made, and where the chain now ends."""
    conn.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", events)
    set_meta(conn, _HEAD, f"{chain.last_id} {chain.last_digest}")


class Events(SqlDatabase):
    """Checks the history."""

    def verify_events(self) -> int:
        """Return the number of events when the hash chain is whole; raise StoreError if not."""
        with self._read() as conn:
            key = meta(conn, _KEY)
            head = meta(conn, _HEAD)
            if key is None or head is None:
                if conn.execute("SELECT 1 FROM events LIMIT 1").fetchone() is not None:
                    raise StoreError("rantai riwayat rusak: kuncinya hilang")
                return 0
            if not is_key(key):
                raise StoreError("rantai riwayat rusak: kuncinya tidak terbaca")
            before, count = START, 0
            for row in _all_events(conn):
                count += 1
                expected = digest(
                    key, before, row["id"], row["item_id"], row["at"], row["actor"], row["kind"],
                    row["detail"],
                )  # fmt: skip
                if row["id"] != count or row["digest"] != expected:
                    raise StoreError(f"rantai riwayat rusak pada kejadian {count}")
                before = row["digest"]
            if head != f"{count} {before}":
                raise StoreError(f"rantai riwayat rusak: terpotong setelah kejadian {count}")
            return count


def _all_events(conn: Transaction) -> Iterator[Row]:
    """Yield all events in the order of their ids, whatever these are."""
    first = _LOWEST
    select = "SELECT * FROM events WHERE id >= ? ORDER BY id LIMIT ?"
    while rows := conn.execute(select, (first, _CHUNK)).fetchall():
        yield from rows
        first = rows[-1]["id"] + 1
