"""Views of the queue that people keep under a name."""

from datetime import datetime

from tanggap.clock import to_text
from tanggap.errors import InputError
from tanggap.language import gettext as _
from tanggap.store.codec import clean
from tanggap.store.database import MAX_ID, SqlDatabase, Transaction
from tanggap.store.rows_lists import VIEW_NAME_AT_MOST, VIEWS_AT_MOST, SavedView


class Views(SqlDatabase):
    """Implements `tanggap.store.base_views.ViewStore`."""

    def views(self, name: str) -> list[SavedView]:
        """Return a person's own views and the shared ones, by name of the view."""
        with self._read() as conn:
            rows = conn.execute(
                "SELECT v.id, v.name, v.query, v.shared, u.name AS owner "
                "FROM saved_views AS v JOIN users AS u USING (folded) "
                "WHERE u.name = :me OR v.shared = 1",
                {"me": clean(name)},
            ).fetchall()
        found = [
            SavedView(
                id=row["id"],
                name=row["name"],
                query=row["query"],
                shared=bool(row["shared"]),
                owner=row["owner"],
                own=row["owner"] == clean(name),
            )
            for row in rows
        ]
        return sorted(found, key=lambda view: (view.name.casefold(), view.id))

    def save_view(self, owner: str, name: str, query: str, shared: bool, now: datetime) -> int:
        """Keep a view; return its id. Raise InputError when it cannot be kept."""
        with self._write() as conn:
            known = _names(conn, owner)
            if len(known) >= VIEWS_AT_MOST:
                raise InputError(
                    _("tampilan Anda sudah {}; hapus salah satu yang tidak dipakai").format(
                        VIEWS_AT_MOST
                    )
                )
            row = conn.execute(
                "INSERT INTO saved_views (folded, name, query, shared, made_at) "
                "SELECT folded, ?, ?, ?, ? FROM users WHERE name = ? RETURNING id",
                (_free_name(name, known), clean(query), int(shared), to_text(now), clean(owner)),
            ).fetchone()
            if row is None:
                raise InputError(_("tidak ada pengguna bernama {!r}").format(owner))
            return int(row["id"])

    def change_view(self, owner: str, view_id: int, name: str, shared: bool) -> bool:
        """Rename a person's view, and share it or take it back; False when it is not theirs."""
        with self._write() as conn:
            known = _names(conn, owner)
            if known.pop(view_id, None) is None:
                return False
            conn.execute(
                "UPDATE saved_views SET name = ?, shared = ? WHERE id = ?",
                (_free_name(name, known), int(shared), view_id),
            )
            return True

    def remove_view(self, owner: str, view_id: int, *, any_shared: bool = False) -> bool:
        """Remove a person's view, with `any_shared` a shared one of anybody."""
        if not 0 < view_id <= MAX_ID:
            return False
        with self._write() as conn:
            removed = conn.execute(
                "DELETE FROM saved_views WHERE id = :id AND ((shared = 1 AND :any_shared = 1) "
                "OR folded IN (SELECT folded FROM users WHERE name = :me))",
                {"id": view_id, "me": clean(owner), "any_shared": int(any_shared)},
            )
            return removed.rowcount > 0


def _names(conn: Transaction, owner: str) -> dict[int, str]:
    # By the name as it is shown, which no other account has: as a `User` brings it.
    rows = conn.execute(
        "SELECT v.id, v.name FROM saved_views AS v JOIN users AS u USING (folded) WHERE u.name = ?",
        (clean(owner),),
    )
    return {row["id"]: row["name"] for row in rows}


def _free_name(name: str, known: dict[int, str]) -> str:
    """Return a name as it is kept; raise InputError when it is none, too long, or taken."""
    shown = " ".join(clean(name).split())
    if not shown:
        raise InputError(_("tulis nama tampilannya"))
    if len(shown) > VIEW_NAME_AT_MOST:
        raise InputError(_("nama tampilan paling panjang {} huruf").format(VIEW_NAME_AT_MOST))
    if shown.casefold() in (other.casefold() for other in known.values()):
        raise InputError(_("tampilan bernama “{}” sudah ada; pilih nama lain").format(shown))
    return shown
