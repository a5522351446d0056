"""How a list of items becomes SQL: the one place that turns a scope and a filter into a query.

Without an OPD the queue is read from `items`; for one or several OPD from `item_opds`. A list is
read place by place: a place is one tab with one status, of one OPD. Each is a walk of an index in
the list's own order that stops at the limit (`steps/m0012_lists`), and the counters tell which
places hold anything.
"""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from tanggap.clock import to_text
from tanggap.store.codec import clean
from tanggap.store.database import MAX_ID, Transaction
from tanggap.store.items import ALL
from tanggap.store.rows import ItemFilter, Scope
from tanggap.store.search import typed_words

Params = dict[str, str | int]
Sql = tuple[str, Params]
Place = tuple[str, str]
"""A tab and a status."""
_LABELS = ("sector", "kecamatan", "jenis", "network")
_EMPTY = "SELECT i.id AS item_id, i.posted_at FROM items AS i WHERE 1 = 0 LIMIT :limit"


class Listing:
    """The items that a filter asks for, within what a scope may see."""

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
        self.searched = bool(wanted.text.strip())
        self._match = ""
        if self.searched:
            words = typed_words(wanted.text)
            self._match = match(words, self._opds) if words else ""
            self.empty = self.empty or not self._match

    @property
    def counters_tell(self) -> bool:
        """Whether the number of items of each place is the number that matches there."""
        wanted = self._wanted
        return len(self._opds) <= 1 and not (
            self._match
            or self._also
            or any(getattr(wanted, name) for name in _LABELS)
            or wanted.urgent
            or wanted.since
            or wanted.before
            or wanted.late
        )

    def places(self, conn: Transaction) -> dict[Place, int]:
        """Return the places that hold anything, with the number there whatever its labels.

        Of several OPD an item may be counted more than once.
        """
        rows = conn.execute(
            "SELECT tab, status, sum(count) AS n FROM counters "
            f"WHERE opd IN ({conn.texts_in('?')}) AND count > 0 GROUP BY tab, status",
            (json.dumps(self._opds or [ALL]),),
        ).fetchall()
        places = {(row["tab"], row["status"]): int(row["n"]) for row in rows}
        return {place: n for place, n in places.items() if self._wanted.takes(*place)}

    def keys(self, conn: Transaction, after: tuple[datetime, int] | None, limit: int) -> Sql:
        """Return SQL for `item_id` and `posted_at` of the page after a key, newest first.

        Full text is found in the index's own order: putting it in ours means finding all of it.
        """
        params = self._params()
        params["limit"] = limit
        if after is not None:
            params["after_at"] = to_text(after[0])
            params["after_id"] = max(0, min(after[1], MAX_ID))
        if self._match:
            return self._searched(conn, params, paged=after is not None), params
        arms = self._arms(self._walks(conn), params, after is not None)
        if not arms:
            return _EMPTY, params
        if len(arms) == 1:
            return arms[0], params
        kind = " UNION " if len(self._opds) > 1 else " UNION ALL "
        union = kind.join(f"SELECT * FROM ({arm}) AS arm" for arm in arms)
        return f"{union} ORDER BY posted_at DESC, item_id DESC LIMIT :limit", params

    def counted(self, places: Sequence[Place], limit: int) -> Sql:
        """Return SQL that counts each of `places` up to `limit`: its index `place`, and `n`."""
        params = self._params()
        params["limit"] = limit
        kind = " UNION " if len(self._opds) > 1 else " UNION ALL "
        counts = []
        for number, place in enumerate(places):
            arms = [
                f"SELECT * FROM ({arm}) AS arm"
                for arm in self._arms([place], params, False, name=f"p{number}", ordered=False)
            ]
            counts.append(
                f"SELECT {number} AS place, count(*) AS n FROM ({kind.join(arms)}) AS keys"
            )
        return " UNION ALL ".join(counts), params

    def found(self, conn: Transaction, most: int) -> Sql:
        """Return SQL that counts what full text finds, by `tab` and `status` (`n`).

        It looks at `most` of what it finds, in whatever order, and says with an empty tab and
        status how many these were.
        """
        params = self._params()
        params["most"] = most
        where = self._seen(conn, params)
        return (
            f"WITH found AS MATERIALIZED ({conn.matching(':match')} LIMIT :most) "
            "SELECT '' AS tab, '' AS status, count(*) AS n FROM found UNION ALL "
            "SELECT i.tab, i.status, count(*) FROM found CROSS JOIN items AS i "
            f"WHERE i.mention_id = found.mention_id AND {where} GROUP BY i.tab, i.status"
        ), params

    def _walks(self, conn: Transaction) -> list[Place | None]:
        """Return the places to walk; None stands for all of them in one walk."""
        wanted = self._wanted
        labels = any(getattr(wanted, name) for name in _LABELS) or wanted.urgent
        if labels or wanted.tab or wanted.tabs or wanted.status or wanted.statuses:
            return list(self.places(conn))
        return [None]

    def _params(self) -> Params:
        wanted = self._wanted
        params: Params = {
            name: clean(getattr(wanted, name)) for name in _LABELS if getattr(wanted, name)
        }
        for name, moment in (("since", wanted.since), ("before", wanted.before)):
            if moment is not None:
                params[name] = to_text(moment)
        if self._also:
            params["also"] = self._also
        if self._match:
            params["match"] = self._match
        elif self._opds:
            params |= {f"opd_{number}": opd for number, opd in enumerate(self._opds)}
        return params

    def _arms(
        self,
        places: Sequence[Place | None],
        params: Params,
        paged: bool,
        *,
        name: str = "",
        ordered: bool = True,
    ) -> list[str]:
        """Return a walk for each place and OPD; `params` gets what each place is."""
        arms = []
        for number, place in enumerate(places):
            parts = []
            if place is not None:
                own = f"{name}_{number}"
                params[f"tab{own}"], params[f"status{own}"] = place
                parts = [f"tab = :tab{own}", f"status = :status{own}"]
            if not self._opds:
                arms.append(self._arm("items", "id", parts, paged, ordered))
            for opd in range(len(self._opds)):
                of_opd = [f"opd = :opd_{opd}", *parts]
                arms.append(self._arm("item_opds", "item_id", of_opd, paged, ordered))
        return arms

    def _arm(self, table: str, key: str, parts: Sequence[str], paged: bool, ordered: bool) -> str:
        where = [*(f"t.{part}" for part in parts), *self._narrowed("t", f"t.{key}", paged)]
        order = f"ORDER BY t.posted_at DESC, t.{key} DESC " if ordered else ""
        return (
            f"SELECT t.{key} AS item_id, t.posted_at FROM {table} AS t "
            f"WHERE {' AND '.join(where) or 'TRUE'} {order}LIMIT :limit"
        )

    def _searched(self, conn: Transaction, params: Params, *, paged: bool) -> str:
        return (
            f"SELECT i.id AS item_id, i.posted_at FROM ({conn.matching(':match')}) AS found "
            "CROSS JOIN items AS i WHERE i.mention_id = found.mention_id "
            f"AND {self._seen(conn, params, paged=paged)} "
            "ORDER BY i.posted_at DESC, i.id DESC LIMIT :limit"
        )

    def _seen(self, conn: Transaction, params: Params, *, paged: bool = False) -> str:
        """Return what is asked of the items that full text finds, beside its words."""
        wanted = self._wanted
        where = self._narrowed("i", "i.id", paged)
        if self._opds:
            # The index lags: who may see an item is asked of the rows, not of the index.
            params["opds"] = json.dumps(self._opds)
            where.append(
                "EXISTS (SELECT 1 FROM item_opds AS v WHERE v.item_id = i.id "
                f"AND v.opd IN ({conn.texts_in(':opds')}))"
            )
        for column, one, several in (
            ("tab", wanted.tab, wanted.tabs),
            ("status", wanted.status, wanted.statuses),
        ):
            if one:
                params[column] = clean(one)
                where.append(f"i.{column} = :{column}")
            if several:
                params[f"{column}s"] = json.dumps(several)
                where.append(f"i.{column} IN ({conn.texts_in(f':{column}s')})")
        return " AND ".join(where) or "TRUE"

    def _narrowed(self, table: str, key: str, paged: bool) -> list[str]:
        """Return the conditions that are the same in every place."""
        wanted = self._wanted
        parts = [f"{table}.{name} = :{name}" for name in _LABELS if getattr(wanted, name)]
        if wanted.urgent:
            parts.append(f"{table}.urgent = 1")
        if wanted.since is not None:
            parts.append(f"{table}.posted_at >= :since")
        if wanted.before is not None:
            parts.append(f"{table}.posted_at < :before")
        if wanted.late:
            first = "AND late.clock = 'first_answer' " if wanted.late == "first_answer" else ""
            parts.append(
                f"EXISTS (SELECT 1 FROM item_deadlines AS late WHERE late.item_id = {key} "
                f"{first}AND late.missed_at IS NOT NULL)"
            )
        if self._also:
            parts.append(
                f"EXISTS (SELECT 1 FROM item_opds AS also WHERE also.item_id = {key} "
                "AND also.opd = :also)"
            )
        if paged:
            parts.append(f"({table}.posted_at, {key}) < (:after_at, :after_id)")
        return parts
