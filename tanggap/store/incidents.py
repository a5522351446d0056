"""Incidents as the desk reads them. What changes them: `incident_acts`."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tanggap.clock import from_text, to_text
from tanggap.store.codec import Row
from tanggap.store.database import MAX_ID, SqlDatabase, Transaction, id_list, ids_in
from tanggap.store.items import ITEM_SELECT, item_from
from tanggap.store.rows import Item, Scope
from tanggap.store.rows_incidents import (
    Busy,
    Incident,
    IncidentDetail,
    IncidentEvent,
    IncidentState,
    Member,
    Nearby,
)
from tanggap.store.scope import opds_of, seen_item, sees

MEMBERS_SHOWN = 200
_LATELY_AT_MOST = 5000
"""Of what was posted lately, how many of the newest are looked at for surges."""
_INCIDENT_COLUMNS = (
    "id", "title", "made_by", "made_at", "sector", "kecamatan", "state", "merged_into",
    "first_posted_at", "last_posted_at", "members", "citizens", "unknown",
)  # fmt: skip
INCIDENT_IN_ROW = ", ".join(f"n.{name} AS n_{name}" for name in _INCIDENT_COLUMNS)
"""Columns of a join that `incident_from` reads with the prefix `n_`."""


class Incidents(SqlDatabase):
    """Implements what `tanggap.store.base_incidents.IncidentStore` reads."""

    def nearby(
        self, scope: Scope, item_id: int, span: timedelta, limit: int
    ) -> tuple[Nearby, list[Nearby]] | None:
        """Return an item and others of its sector near in time, none of another kecamatan."""
        if not 0 < item_id <= MAX_ID:
            return None
        with self._read() as conn:
            params: dict[str, str | int] = {"item": item_id, "opds": opds_of(scope)}
            row = conn.execute(
                f"{_NEARBY} WHERE i.id = :item AND {sees(conn, scope, 'i.id')}", params
            ).fetchone()
            if row is None:
                return None
            this = _nearby(row)
            if row["sector"] is None or row["tab"] == "aside":
                return this, []
            moment = this.posted_at
            found = conn.execute(
                f"""
                WITH refused AS (
                    SELECT other_id AS id FROM incident_refusals WHERE item_id = :item
                    UNION SELECT item_id FROM incident_refusals WHERE other_id = :item
                ), refused_incidents AS (
                    SELECT p.incident_id AS id FROM refused AS r JOIN incident_items AS p
                        ON p.item_id = r.id AND p.removed_at IS NULL
                ), near AS ({_arms(conn, scope, row["kecamatan"])})
                {_NEARBY} JOIN near ON near.id = i.id
                WHERE i.id NOT IN (SELECT id FROM refused)
                    AND (n.id IS NULL OR (n.id <> :incident
                        AND n.id NOT IN (SELECT id FROM refused_incidents)))
                ORDER BY i.posted_at, i.id
                """,
                {
                    **params,
                    "sector": row["sector"],
                    "kecamatan": row["kecamatan"] or "",
                    "incident": this.incident.id if this.incident else 0,
                    "at": to_text(moment),
                    "from": to_text(moment - span),
                    "to": to_text(moment + span),
                    "limit": max(1, limit // 4),
                },
            ).fetchall()
        return this, [_nearby(one) for one in found]

    def incidents(
        self, scope: Scope, state: IncidentState, *, limit: int = 50, skip: int = 0
    ) -> list[Incident]:
        """Return incidents, those of most citizens first, then the newest."""
        with self._read() as conn:
            rows = conn.execute(
                "SELECT n.* FROM incidents AS n WHERE n.state = :state "
                f"AND {shows_incident(conn, scope)} "
                "ORDER BY n.citizens DESC, n.last_posted_at DESC, n.id DESC "
                "LIMIT :limit OFFSET :skip",
                {"state": state, "opds": opds_of(scope), "limit": limit, "skip": skip},
            ).fetchall()
        return [incident_from(row) for row in rows]

    def count_incidents(self, scope: Scope, state: IncidentState, *, cap: int = 1000) -> int:
        """Return how many there are, at most `cap` + 1."""
        with self._read() as conn:
            row = conn.execute(
                "SELECT count(*) AS n FROM (SELECT 1 AS one FROM incidents AS n "
                f"WHERE n.state = :state AND {shows_incident(conn, scope)} LIMIT :limit) AS found",
                {"state": state, "opds": opds_of(scope), "limit": cap + 1},
            ).fetchone()
        return int(row["n"])

    def incident(self, scope: Scope, incident_id: int) -> IncidentDetail | None:
        """Return one incident; None when it is missing or not in scope (no difference)."""
        with self._read() as conn:
            incident = visible_incident(conn, scope, incident_id)
            if incident is None:
                return None
            params: dict[str, str | int] = {
                "incident": incident_id,
                "opds": opds_of(scope),
                "limit": MEMBERS_SHOWN,
            }
            members = conn.execute(
                f"""
                WITH present AS (
                    SELECT p.item_id, p.added_by, p.added_at FROM incident_items AS p
                    WHERE p.incident_id = :incident AND p.removed_at IS NULL
                        AND {sees(conn, scope, "p.item_id")}
                )
                {_MEMBER_SELECT} JOIN present ON present.item_id = i.id
                ORDER BY i.posted_at, i.id LIMIT :limit
                """,
                params,
            ).fetchall()
            history = conn.execute(
                "SELECT * FROM incident_events WHERE incident_id = :incident ORDER BY id", params
            ).fetchall()
            whole = holds_only_seen(conn, scope, incident_id)
        return IncidentDetail(
            incident=incident,
            members=tuple(
                Member(_as_seen(scope, item_from(row)), row["added_by"], from_text(row["added_at"]))
                for row in members
            ),
            history=tuple(
                IncidentEvent(
                    from_text(row["at"]), row["actor"], row["kind"], json.loads(row["detail"])
                )
                for row in (history if whole else ())
            ),
        )

    def incidents_of(self, item_ids: Collection[int]) -> dict[int, Incident]:
        """Return the incident of each of these items that is in one, by item."""
        if not item_ids:
            return {}
        with self._read() as conn:
            rows = conn.execute(
                "SELECT p.item_id, n.* FROM incident_items AS p "
                "JOIN incidents AS n ON n.id = p.incident_id "
                f"WHERE p.removed_at IS NULL AND p.item_id IN ({ids_in(conn, ':ids')})",
                {"ids": id_list(item_ids)},
            ).fetchall()
        return {row["item_id"]: incident_from(row) for row in rows}

    def busy(
        self, scope: Scope, now: datetime, hours: timedelta, days: int, least: int
    ) -> list[Busy]:
        """Return where at least `least` citizens wrote of one sector in the last `hours`."""
        since = now - hours
        params = {"opds": opds_of(scope), "since": to_text(since), "now": to_text(now)}
        with self._read() as conn:
            lately = conn.execute(
                f"""
                SELECT i.sector, i.kecamatan, min(i.posted_at) AS since,
                    count(DISTINCT coalesce(m.network || ':' || m.author_id, m.network_id)) AS n
                FROM (SELECT * FROM items WHERE posted_at > :since AND posted_at <= :now
                    ORDER BY posted_at DESC, id DESC LIMIT :most) AS i
                JOIN mentions AS m ON m.id = i.mention_id
                WHERE i.sector IS NOT NULL AND i.kecamatan IS NOT NULL AND i.tab <> 'aside'
                    AND {sees(conn, scope, "i.id")}
                GROUP BY i.sector, i.kecamatan
                HAVING count(DISTINCT coalesce(m.network || ':' || m.author_id, m.network_id))
                    >= :least
                ORDER BY n DESC, i.sector, i.kecamatan
                """,
                {**params, "least": least, "most": _LATELY_AT_MOST},
            ).fetchall()
            if not lately:
                return []
            first = conn.execute("SELECT min(posted_at) AS at FROM items").fetchone()["at"]
            known = max(0, min(days, (since - from_text(first)).days))
            places = [(row["sector"], row["kecamatan"]) for row in lately]
            usual = _usual(conn, scope, places, since, hours, known)
        return [
            Busy(
                sector=row["sector"],
                kecamatan=row["kecamatan"],
                citizens=row["n"],
                since=from_text(row["since"]),
                days=tuple(
                    usual[row["sector"], row["kecamatan"], day] for day in range(1, known + 1)
                ),
            )
            for row in lately
        ]


_MEMBER_SELECT = ITEM_SELECT.replace(
    " FROM items AS i ", ", present.added_by, present.added_at FROM items AS i "
)
_NEARBY = (
    "SELECT i.id AS item_id, i.sector, i.kecamatan, i.status, i.opd, i.tab, m.network, m.text, "
    f"m.posted_at, {INCIDENT_IN_ROW} FROM items AS i JOIN mentions AS m ON m.id = i.mention_id "
    "LEFT JOIN incident_items AS p ON p.item_id = i.id AND p.removed_at IS NULL "
    "LEFT JOIN incidents AS n ON n.id = p.incident_id"
)


def _arms(conn: Transaction, scope: Scope, kecamatan: str | None) -> str:
    """Return SQL for the ids of items near in time; each arm walks an index and stops."""
    places = ["TRUE"] if kecamatan is None else ["c.kecamatan = :kecamatan", "c.kecamatan IS NULL"]
    sides = (
        ("c.posted_at <= :at AND c.posted_at >= :from", "DESC"),
        ("c.posted_at > :at AND c.posted_at <= :to", "ASC"),
    )
    arms = [
        f"SELECT c.id FROM items AS c WHERE c.sector = :sector AND {place} AND {side} "
        f"AND c.id <> :item AND c.tab <> 'aside' AND {sees(conn, scope, 'c.id')} "
        f"ORDER BY c.posted_at {order}, c.id {order} LIMIT :limit"
        for place in places
        for side, order in sides
    ]
    return " UNION ALL ".join(f"SELECT id FROM ({arm}) AS arm_{at}" for at, arm in enumerate(arms))


def _usual(
    conn: Transaction,
    scope: Scope,
    places: Sequence[tuple[str, str]],
    since: datetime,
    hours: timedelta,
    days: int,
) -> Counter[tuple[str, str, int]]:
    """Return the mentions of each sector and kecamatan in the same hours, `day` days ago.

    Those that were set aside count too: then the index alone says it all.
    """
    before = [(day, since - timedelta(days=day)) for day in range(1, days + 1)]
    rows = conn.execute(
        f"""
        SELECT s.value ->> 0 AS sector, s.value ->> 1 AS kecamatan, w.value ->> 0 AS day, (
            SELECT count(*) FROM items AS i
            WHERE i.sector = s.value ->> 0 AND i.kecamatan = s.value ->> 1
                AND i.posted_at > w.value ->> 1 AND i.posted_at <= w.value ->> 2
                AND {sees(conn, scope, "i.id")}
        ) AS n
        FROM {conn.lists_in(":windows")} AS w CROSS JOIN {conn.lists_in(":places")} AS s
        """,
        {
            "windows": json.dumps(
                [(str(day), to_text(start), to_text(start + hours)) for day, start in before]
            ),
            "places": json.dumps(places),
            "opds": opds_of(scope),
        },
    )
    return Counter({(row["sector"], row["kecamatan"], int(row["day"])): row["n"] for row in rows})


def shows_incident(conn: Transaction, scope: Scope) -> str:
    """Return a condition: the scope sees a present member of the incident `n`."""
    if scope.everything:
        return "TRUE"
    return (
        "EXISTS (SELECT 1 FROM incident_items AS p WHERE p.incident_id = n.id "
        f"AND p.removed_at IS NULL AND {sees(conn, scope, 'p.item_id')})"
    )


def visible_incident(conn: Transaction, scope: Scope, incident_id: int) -> Incident | None:
    """Return an incident if the scope may see it."""
    if not 0 < incident_id <= MAX_ID:
        return None
    row = conn.execute(
        f"SELECT n.* FROM incidents AS n WHERE n.id = :incident AND {shows_incident(conn, scope)}",
        {"incident": incident_id, "opds": opds_of(scope)},
    ).fetchone()
    return None if row is None else incident_from(row)


def holds_only_seen(conn: Transaction, scope: Scope, incident_id: int) -> bool:
    """Whether the scope sees every present member."""
    row = conn.execute(
        "SELECT 1 AS hidden FROM incident_items AS p WHERE p.incident_id = :incident "
        f"AND p.removed_at IS NULL AND NOT {sees(conn, scope, 'p.item_id')} LIMIT 1",
        {"incident": incident_id, "opds": opds_of(scope)},
    ).fetchone()
    return row is None


def incident_from(row: Row, prefix: str = "") -> Incident:
    """Return the incident of a row; `prefix` stands before its columns in a join."""
    value = {name: row[prefix + name] for name in _INCIDENT_COLUMNS}
    for name in ("made_at", "first_posted_at", "last_posted_at"):
        value[name] = from_text(value[name])
    return Incident(**value)


def _as_seen(scope: Scope, item: Item) -> Item:
    """Return an item as a scope sees it, without the text that it answers, which may be hidden."""
    return seen_item(scope, replace(item, mention=replace(item.mention, parent_text=None)))


def _nearby(row: Row) -> Nearby:
    return Nearby(
        item_id=row["item_id"],
        network=row["network"],
        text=row["text"],
        posted_at=from_text(row["posted_at"]),
        sector=row["sector"],
        kecamatan=row["kecamatan"],
        status=row["status"],
        opd=row["opd"],
        incident=None if row["n_id"] is None else incident_from(row, "n_"),
    )
