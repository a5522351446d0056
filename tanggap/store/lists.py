"""How a list of items becomes SQL: the one place that turns a scope and a filter into a query."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from tanggap.clock import to_text
from tanggap.store.codec import clean
from tanggap.store.database import Transaction
from tanggap.store.items import ALL
from tanggap.store.rows import ItemFilter, Scope
from tanggap.store.search import typed_words

MAX_ID = 2**63 - 1
"""The largest integer of both databases; a number from an address line may be anything."""
Sql = tuple[str, dict[str, str | int]]


class Listing:
    """The items that a filter asks for, within what a scope may see.

    Without an OPD the queue is read from `items`; for one or several OPD from `item_opds`, one
    arm each, so that every list walks an index in its own order and stops at the limit.
    """

    def __init__(
        self,
        scope: Scope,
        wanted: ItemFilter,
        match: Callable[[Sequence[str], Sequence[str]], str],
    ) -> None:
        wanted = replace(wanted, opd=clean(wanted.opd))
        self._wanted = wanted
        self._also = ""
        """An OPD whose own and supported items are asked for by somebody of another one."""
        if scope.everything:
            self._opds = [wanted.opd] if wanted.opd else []
            self.empty = False
        else:
            self._opds = [wanted.opd] if wanted.opd in scope.opds else sorted(scope.opds)
            self._also = wanted.opd if wanted.opd not in scope.opds else ""
            self.empty = not scope.opds
        self._match = ""
        if wanted.text.strip():
            words = typed_words(wanted.text)
            self._match = match(words, self._opds) if words else ""
            self.empty = self.empty or not self._match

    def keys(
        self,
        conn: Transaction,
        after: tuple[datetime, int] | None,
        limit: int,
        *,
        ordered: bool = True,
    ) -> Sql:
        """Return SQL for `item_id` and `posted_at` of the page after a key, newest first.

        Full text is found in the index's own order: putting it in ours means finding all of it,
        which counting (`ordered=False`) is spared.
        """
        params: dict[str, str | int] = {"limit": limit}
        for name in ("tab", "status", "sector", "network"):
            params[name] = clean(getattr(self._wanted, name))
        params["also"] = self._also
        if after is not None:
            params["after_at"] = to_text(after[0])
            params["after_id"] = max(0, min(after[1], MAX_ID))
        if self._match:
            params["match"] = self._match
            params["opds"] = json.dumps(self._opds)
            return self._searched(conn, after is not None, ordered), params
        if not self._opds:
            return self._all(after is not None), params
        arms = []
        for number, opd in enumerate(self._opds):
            params[f"opd_{number}"] = opd
            arms.append(self._arm(f":opd_{number}", after is not None))
        if len(arms) == 1:
            return arms[0], params
        union = " UNION ".join(f"SELECT * FROM ({arm}) AS arm" for arm in arms)
        return f"{union} ORDER BY posted_at DESC, item_id DESC LIMIT :limit", params

    def capped(self, conn: Transaction, limit: int) -> Sql:
        """Return SQL that counts the matching items (`n`) up to `limit`, in whatever order."""
        keys, params = self.keys(conn, None, limit, ordered=not self._match)
        return f"SELECT count(*) AS n FROM ({keys}) AS keys", params

    def counter(self) -> Sql | None:
        """Return SQL that reads the number `n` from the counters, or None when they cannot tell."""
        wanted = self._wanted
        if self._match or self._also or wanted.sector or wanted.network or len(self._opds) > 1:
            return None
        sql = "SELECT coalesce(sum(count), 0) AS n FROM counters WHERE opd = :opd"
        params: dict[str, str | int] = {"opd": self._opds[0] if self._opds else ALL}
        for name in ("tab", "status"):
            if value := getattr(wanted, name):
                sql += f" AND {name} = :{name}"
                params[name] = clean(value)
        return sql, params

    def _all(self, paged: bool) -> str:
        return (
            "SELECT i.id AS item_id, i.posted_at FROM items AS i "
            f"WHERE {self._narrowed('i', 'i', paged, 'i.id')} "
            "ORDER BY i.posted_at DESC, i.id DESC LIMIT :limit"
        )

    def _arm(self, opd: str, paged: bool) -> str:
        join, joined = "", ""
        if self._wanted.sector or self._wanted.network:
            # CROSS: SQLite takes the order from item_opds, whatever it thinks of items.
            join, joined = "CROSS JOIN items AS i ", "i.id = o.item_id AND "
        return (
            f"SELECT o.item_id, o.posted_at FROM item_opds AS o {join}"
            f"WHERE {joined}o.opd = {opd} AND {self._narrowed('o', 'i', paged, 'o.item_id')} "
            "ORDER BY o.posted_at DESC, o.item_id DESC LIMIT :limit"
        )

    def _searched(self, conn: Transaction, paged: bool, ordered: bool) -> str:
        order = "ORDER BY i.posted_at DESC, i.id DESC " if ordered else ""
        visible = ""
        if self._opds:
            # The index lags: who may see an item is asked of the rows, not of the index.
            visible = (
                "EXISTS (SELECT 1 FROM item_opds AS v WHERE v.item_id = i.id "
                f"AND v.opd IN ({conn.texts_in(':opds')})) AND "
            )
        return (
            f"SELECT i.id AS item_id, i.posted_at FROM ({conn.matching(':match')}) AS found "
            "CROSS JOIN items AS i WHERE i.mention_id = found.mention_id "
            f"AND {visible}{self._narrowed('i', 'i', paged, 'i.id')} "
            f"{order}LIMIT :limit"
        )

    def _narrowed(self, near: str, item: str, paged: bool, key: str) -> str:
        """Return the conditions; tab, status and the key stand in `near`, the rest in `item`."""
        wanted = self._wanted
        parts = []
        if wanted.tab:
            parts.append(f"{near}.tab = :tab")
        if wanted.status:
            parts.append(f"{near}.status = :status")
        if wanted.sector:
            parts.append(f"{item}.sector = :sector")
        if wanted.network:
            parts.append(f"{item}.network = :network")
        if self._also:
            parts.append(
                f"EXISTS (SELECT 1 FROM item_opds AS also WHERE also.item_id = {key} "
                "AND also.opd = :also)"
            )
        if paged:
            parts.append(f"({near}.posted_at, {key}) < (:after_at, :after_id)")
        return " AND ".join(parts) or "TRUE"
