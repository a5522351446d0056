"""What people do with incidents: join, refuse, rename, close, merge, split. Each with history."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from tanggap.clock import to_text
from tanggap.errors import InputError
from tanggap.language import gettext as _
from tanggap.store.codec import clean, text_mapping
from tanggap.store.database import SqlDatabase, Transaction, id_list, ids_in
from tanggap.store.incidents import holds_only_seen, visible_incident
from tanggap.store.items import ALL, ITEM_SELECT, ItemRow, QueueWrites, item_row, queue_writes
from tanggap.store.rows import Scope
from tanggap.store.rows_incidents import TITLE_AT_MOST, IncidentChange, IncidentState
from tanggap.store.scope import opds_of, sees

JOINED_AT_ONCE = 100
_REFUSED_AT_MOST = 50
"""Of what is left of an incident, how many are noted as refused by each that was taken out: one
is enough as long as it stays."""


class IncidentActs(SqlDatabase):
    """Implements what `tanggap.store.base_incidents.IncidentStore` writes."""

    def join_incident(
        self, scope: Scope, item_ids: Collection[int], title: str, by: str, now: datetime
    ) -> int | None:
        """Join items to the incident of one of them, or to a new one; return its id."""
        wanted = set(item_ids)
        if len(wanted) < 2:
            raise InputError(_("pilih paling sedikit satu aduan lain"))
        if len(wanted) > JOINED_AT_ONCE:
            raise InputError(_("paling banyak {} aduan sekaligus").format(JOINED_AT_ONCE))
        with self._write() as conn, queue_writes(conn, now, clean(by)) as writes:
            rows = _visible(conn, scope, wanted)
            if rows.keys() != wanted:
                return None
            at_present = _present(conn, wanted)
            known = sorted(set(at_present.values()))
            if len(known) > 1:
                raise InputError(
                    _("aduan-aduan ini ada di insiden yang berbeda; gabungkan insidennya dulu")
                )
            new = [rows[one] for one in sorted(wanted - at_present.keys())]
            incident = known[0] if known else _make(conn, new, _title(title), by, now)
            if new:
                _add(conn, writes, incident, new, by, now)
                _forget_refusals(conn, wanted)
                if known:
                    _note(conn, incident, "added", {"items": _list(row.id for row in new)}, by, now)
            _recount(conn, writes, incident, by, now)
            return incident

    def refuse_incident(
        self, scope: Scope, item_id: int, other_ids: Collection[int], by: str, now: datetime
    ) -> bool:
        """Remember that an item and others are not one incident; False when not all in scope."""
        wanted = {item_id, *other_ids}
        with self._write() as conn:
            rows = _visible(conn, scope, wanted)
            if rows.keys() != wanted or len(wanted) < 2:
                return False
            _refuse(conn, [item_id], sorted(wanted - {item_id}), by, now)
            return True

    def rename_incident(
        self, scope: Scope, incident_id: int, title: str, by: str, now: datetime
    ) -> bool:
        """Give it another title; False when not in scope."""
        title = _title(title)
        if not title:
            raise InputError(_("judul kosong: tulis apa yang terjadi dan di mana"))
        with self._write() as conn, queue_writes(conn, now, clean(by)) as writes:
            incident = visible_incident(conn, scope, incident_id)
            if incident is None:
                return False
            if incident.title != title:
                conn.execute("UPDATE incidents SET title = ? WHERE id = ?", (title, incident_id))
                change = {"title_from": incident.title, "title_to": title}
                _note(conn, incident_id, "renamed", change, by, now)
                _touch(conn, writes, incident_id)
            return True

    def set_incident_state(
        self, scope: Scope, incident_id: int, state: IncidentState, by: str, now: datetime
    ) -> bool:
        """Close or reopen it; False when not in scope."""
        with self._write() as conn, queue_writes(conn, now, clean(by)) as writes:
            incident = visible_incident(conn, scope, incident_id)
            if incident is None:
                return False
            if state not in ("open", "closed") or incident.state not in ("open", "closed"):
                raise InputError(_("insiden ini sudah digabung atau dibubarkan"))
            if incident.state != state:
                conn.execute("UPDATE incidents SET state = ? WHERE id = ?", (state, incident_id))
                _note(conn, incident_id, "state", {"state": state}, by, now)
                _touch(conn, writes, incident_id)
            return True

    def merge_incidents(
        self, scope: Scope, incident_id: int, other_id: int, by: str, now: datetime
    ) -> bool:
        """Move all members of `other_id` to `incident_id`; False when one is not in scope."""
        with self._write() as conn, queue_writes(conn, now, clean(by)) as writes:
            conn.take_your_time()
            kept = visible_incident(conn, scope, incident_id)
            gone = visible_incident(conn, scope, other_id)
            if kept is None or gone is None:
                return False
            if kept.id == gone.id:
                raise InputError(_("pilih insiden yang lain"))
            if not kept.members or not gone.members:
                raise InputError(_("insiden ini sudah digabung atau dibubarkan"))
            if not all(holds_only_seen(conn, scope, one.id) for one in (kept, gone)):
                raise InputError(
                    _(
                        "sebagian aduannya bukan bagian OPD Anda; mintalah supervisor "
                        "menggabungkannya"
                    )
                )
            moved = _members(conn, gone.id)
            _remove(conn, writes, gone.id, moved, by, now)
            _add(conn, writes, kept.id, moved, by, now)
            conn.execute(
                "UPDATE incidents SET state = 'merged', merged_into = ? WHERE id = ?",
                (kept.id, gone.id),
            )
            items = _list(row.id for row in moved)
            _note(conn, kept.id, "merged", {"from": str(gone.id), "items": items}, by, now)
            _note(conn, gone.id, "merged", {"to": str(kept.id), "items": items}, by, now)
            _recount(conn, writes, kept.id, by, now)
            _recount(conn, writes, gone.id, by, now)
            return True

    def split_incident(
        self, scope: Scope, incident_id: int, item_ids: Collection[int], by: str, now: datetime
    ) -> int | None:
        """Take items out; two or more of them become an incident of their own."""
        wanted = set(item_ids)
        if not wanted:
            raise InputError(_("pilih aduan yang dipisahkan"))
        with self._write() as conn, queue_writes(conn, now, clean(by)) as writes:
            incident = visible_incident(conn, scope, incident_id)
            rows = _visible(conn, scope, wanted)
            inside = [one for one, where in _present(conn, wanted).items() if where == incident_id]
            if incident is None or rows.keys() != wanted or set(inside) != wanted:
                return None
            if len(wanted) == incident.members:
                raise InputError(_("sisakan paling sedikit satu aduan"))
            parted = [rows[one] for one in sorted(wanted)]
            _remove(conn, writes, incident_id, parted, by, now)
            left = [row.id for row in _members(conn, incident_id)][:_REFUSED_AT_MOST]
            _refuse(conn, sorted(wanted), left, by, now)
            made = 0
            if len(parted) > 1:
                made = _make(conn, parted, incident.title, by, now)
                _add(conn, writes, made, parted, by, now)
                _recount(conn, writes, made, by, now)
                _note(conn, made, "split", {"from": str(incident_id)}, by, now)
            change = {"items": _list(wanted), "to": str(made) if made else None}
            _note(conn, incident_id, "split" if made else "removed", change, by, now)
            _recount(conn, writes, incident_id, by, now)
            return made


def _title(text: str) -> str:
    return " ".join(clean(text).split())[:TITLE_AT_MOST]


def _list(ids: Iterable[int]) -> str:
    return ",".join(str(one) for one in sorted(ids))


def _visible(conn: Transaction, scope: Scope, item_ids: Collection[int]) -> dict[int, ItemRow]:
    """Return those of the items that the scope sees, by id."""
    rows = conn.execute(
        f"{ITEM_SELECT} WHERE i.id IN ({ids_in(conn, ':ids')}) AND {sees(conn, scope, 'i.id')}",
        {"ids": id_list(item_ids), "opds": opds_of(scope)},
    )
    return {row["item_id"]: item_row(row) for row in rows}


def _present(conn: Transaction, item_ids: Collection[int]) -> dict[int, int]:
    """Return the incident of each of the items that is in one."""
    rows = conn.execute(
        "SELECT item_id, incident_id FROM incident_items WHERE removed_at IS NULL "
        f"AND item_id IN ({ids_in(conn, ':ids')})",
        {"ids": id_list(item_ids)},
    )
    return {row["item_id"]: row["incident_id"] for row in rows}


def _members(conn: Transaction, incident_id: int) -> list[ItemRow]:
    rows = conn.execute(
        f"{ITEM_SELECT} JOIN incident_items AS p ON p.item_id = i.id "
        "WHERE p.incident_id = ? AND p.removed_at IS NULL ORDER BY i.posted_at, i.id",
        (incident_id,),
    )
    return [item_row(row) for row in rows]


def _make(conn: Transaction, rows: Collection[ItemRow], title: str, by: str, now: datetime) -> int:
    first = min(rows, key=lambda row: (row.posted_at, row.id))
    kecamatan = next((row.state.kecamatan for row in rows if row.state.kecamatan), None)
    made = conn.execute(
        "INSERT INTO incidents (title, made_by, made_at, sector, kecamatan, state, "
        "first_posted_at, last_posted_at, members, citizens, unknown) "
        "VALUES (?, ?, ?, ?, ?, 'open', ?, ?, 0, 0, 0) RETURNING id",
        (
            title, clean(by), to_text(now), first.state.sector, kecamatan,
            first.posted_at, first.posted_at,
        ),
    ).fetchone()  # fmt: skip
    incident = int(made["id"])
    _note(conn, incident, "made", {"items": _list(row.id for row in rows)}, by, now)
    return incident


def _add(
    conn: Transaction,
    writes: QueueWrites,
    incident_id: int,
    rows: Collection[ItemRow],
    by: str,
    now: datetime,
) -> None:
    conn.executemany(
        "INSERT INTO incident_items (incident_id, item_id, added_by, added_at) VALUES (?, ?, ?, ?)",
        [(incident_id, row.id, clean(by), to_text(now)) for row in rows],
    )
    for row in rows:
        writes.event(row.id, "incident_joined", {"incident_to": str(incident_id)})


def _remove(
    conn: Transaction,
    writes: QueueWrites,
    incident_id: int,
    rows: Collection[ItemRow],
    by: str,
    now: datetime,
) -> None:
    conn.executemany(
        "UPDATE incident_items SET removed_by = ?, removed_at = ? "
        "WHERE item_id = ? AND removed_at IS NULL",
        [(clean(by), to_text(now), row.id) for row in rows],
    )
    for row in rows:
        writes.touch(row.state)
        writes.event(row.id, "incident_left", {"incident_from": str(incident_id)})


def _refuse(
    conn: Transaction, left: Collection[int], right: Collection[int], by: str, now: datetime
) -> None:
    conn.executemany(
        'INSERT INTO incident_refusals (item_id, other_id, "by", at) VALUES (?, ?, ?, ?) '
        "ON CONFLICT (item_id, other_id) DO NOTHING",
        [
            (min(one, other), max(one, other), clean(by), to_text(now))
            for one in left
            for other in right
        ],
    )


def _forget_refusals(conn: Transaction, item_ids: Collection[int]) -> None:
    """Take back what was refused between items that a person has joined after all."""
    chosen = ids_in(conn, ":ids")
    conn.execute(
        f"DELETE FROM incident_refusals WHERE item_id IN ({chosen}) AND other_id IN ({chosen})",
        {"ids": id_list(item_ids)},
    )


def _recount(
    conn: Transaction, writes: QueueWrites, incident_id: int, by: str, now: datetime
) -> None:
    """Count what the present members say; dissolve an incident of fewer than two."""
    row = conn.execute("SELECT state FROM incidents WHERE id = ?", (incident_id,)).fetchone()
    members = _members(conn, incident_id)
    if len(members) < 2:
        _remove(conn, writes, incident_id, members, by, now)
        if row["state"] != "merged":
            conn.execute("UPDATE incidents SET state = 'dissolved' WHERE id = ?", (incident_id,))
    _touch(conn, writes, incident_id)
    conn.execute(
        """
        UPDATE incidents SET members = said.members, citizens = said.citizens,
            unknown = said.members - said.named,
            first_posted_at = coalesce(said.first, first_posted_at),
            last_posted_at = coalesce(said.last, last_posted_at)
        FROM (
            SELECT count(*) AS members, count(m.author_id) AS named,
                count(DISTINCT m.network || ':' || m.author_id) AS citizens,
                min(m.posted_at) AS first, max(m.posted_at) AS last
            FROM incident_items AS p JOIN items AS i ON i.id = p.item_id
            JOIN mentions AS m ON m.id = i.mention_id
            WHERE p.incident_id = :incident AND p.removed_at IS NULL
        ) AS said
        WHERE incidents.id = :incident
        """,
        {"incident": incident_id},
    )


def _touch(conn: Transaction, writes: QueueWrites, incident_id: int) -> None:
    """Have everybody who sees a member notice: the number of citizens is shown with each."""
    rows = conn.execute(
        "SELECT DISTINCT o.opd FROM incident_items AS p JOIN item_opds AS o USING (item_id) "
        "WHERE p.incident_id = ? AND p.removed_at IS NULL",
        (incident_id,),
    )
    writes.notice({ALL, *(row["opd"] for row in rows)})


def _note(
    conn: Transaction,
    incident_id: int,
    kind: IncidentChange,
    detail: Mapping[str, str | None],
    by: str,
    now: datetime,
) -> None:
    known = {key: value for key, value in detail.items() if value}
    conn.execute(
        "INSERT INTO incident_events (incident_id, at, actor, kind, detail) VALUES (?, ?, ?, ?, ?)",
        (incident_id, to_text(now), clean(by), kind, text_mapping(known)),
    )
