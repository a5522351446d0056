"""How notices come into the outbox: in the transaction that makes an item urgent for somebody."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tanggap.clock import to_text
from tanggap.store.chain import new_key
from tanggap.store.codec import list_of
from tanggap.store.database import Transaction, id_list, ids_in
from tanggap.store.meta import meta, set_meta

READ_AGAIN_BEFORE = "notices_again_before"
"""Key of `meta`: what was posted before this moment may have been told before a restore."""
_KEY = "notice_key"
INSERT = (
    "INSERT INTO outbox (notice_id, channel, kind, key, item_id, created_at, due_at, again) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (channel, kind, key) DO UPDATE SET "
    "state = 'waiting', code = '', due_at = excluded.due_at, ended_at = NULL, attempts = 0, "
    "next_try_at = NULL, failing_since = NULL, folded_into = NULL "
    "WHERE outbox.state = 'dead' AND outbox.code IN ('not_visible', 'settled')"
)
"""A notice that was over, since its item was sent on or put aside, waits again with it."""


class Told(NamedTuple):
    """An item that became urgent for somebody."""

    item_id: int
    mention_id: int
    posted_at: str
    opds: tuple[str, ...]
    """OPD that see it as urgent only now."""
    everybody: bool
    """It is urgent only now, so the supervisors do not know of it either."""


def notice_id(conn: Transaction, *matter: str) -> str:
    """Return a short name of a notice: the same for the same matter, also after a restore.

    With a key, for readers see it: nobody can try which post a sensitive notice is about.
    """
    key = meta(conn, _KEY)
    if key is None:
        key = new_key()
        set_meta(conn, _KEY, key)
    return hmac.digest(bytes.fromhex(key), "\n".join(matter).encode(), "sha256").hex()[:10]


def put_notices(conn: Transaction, told: Sequence[Told], now: datetime) -> None:
    """Put a notice of each item into the outbox of each channel that is to know of it."""
    if not told:
        return
    channels = [
        (row["id"], bool(row["everything"]), frozenset(list_of(row["opds"])))
        for row in conn.execute("SELECT * FROM notice_channels WHERE active = 1 ORDER BY id")
        if "urgent" in list_of(row["kinds"])
    ]
    if not channels:
        return
    posts = conn.execute(
        "SELECT m.id, m.network, m.network_id FROM "
        f"({ids_in(conn, ':ids')}) AS wanted CROSS JOIN mentions AS m WHERE m.id = wanted.id",
        {"ids": id_list(one.mention_id for one in told)},
    ).fetchall()
    names = {row["id"]: (row["network"], row["network_id"]) for row in posts}
    again_before = meta(conn, READ_AGAIN_BEFORE) or ""
    at = to_text(now)
    conn.executemany(
        INSERT,
        [
            (
                notice_id(conn, channel, "urgent", *names[one.mention_id]),
                *(channel, "urgent", str(one.item_id), one.item_id, at, at),
                int(one.posted_at < again_before),
            )
            for one in told
            for channel, everything, opds in channels
            if (one.everybody if everything else opds & {*one.opds})
        ],
    )
