"""Accounts, sessions and the login throttle of the desk."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tanggap.clock import from_text, to_text
from tanggap.errors import InputError, StoreBusy
from tanggap.store.codec import Row, clean, list_of, text_list
from tanggap.store.database import SqlDatabase
from tanggap.store.rows import Role, User

_KEEP_FAILURES = timedelta(days=2)
_NOTE_USE_SECONDS = 60.0


class Users(SqlDatabase):
    """Implements `tanggap.store.base_users.UserStore`."""

    def add_user(
        self, name: str, role: Role, opds: Sequence[str], password_hash: str, now: datetime
    ) -> None:
        """Add an account; raise InputError when the name is taken."""
        shown = clean(name).strip()
        if not shown:
            raise InputError("nama pengguna kosong")
        with self._write() as conn:
            added = conn.execute(
                "INSERT INTO users (folded, name, role, opds, active, password_hash, created_at) "
                "VALUES (?, ?, ?, ?, 1, ?, ?) ON CONFLICT (folded) DO NOTHING",
                (_folded(name), shown, role, text_list(opds), password_hash, to_text(now)),
            )
            if added.rowcount == 0:
                raise InputError(f"nama pengguna {shown!r} sudah dipakai")

    def user(self, name: str) -> User | None:
        """Return one account by name (case ignored)."""
        with self._read() as conn:
            row = conn.execute("SELECT * FROM users WHERE folded = ?", (_folded(name),)).fetchone()
        return None if row is None else _user(row)

    def users(self) -> list[User]:
        """Return all accounts by name."""
        with self._read() as conn:
            rows = conn.execute("SELECT * FROM users ORDER BY folded").fetchall()
        return [_user(row) for row in rows]

    def set_password(self, name: str, password_hash: str) -> bool:
        """Change a password and end the account's sessions; False when there is no such name."""
        with self._write() as conn:
            changed = conn.execute(
                "UPDATE users SET password_hash = ? WHERE folded = ?",
                (password_hash, _folded(name)),
            )
            conn.execute("DELETE FROM sessions WHERE folded = ?", (_folded(name),))
            return changed.rowcount > 0

    def set_active(self, name: str, active: bool) -> bool:
        """Enable or disable an account (disabling ends its sessions); False when missing."""
        with self._write() as conn:
            changed = conn.execute(
                "UPDATE users SET active = ? WHERE folded = ?", (int(active), _folded(name))
            )
            if not active:
                conn.execute("DELETE FROM sessions WHERE folded = ?", (_folded(name),))
            return changed.rowcount > 0

    def open_session(
        self, digest: str, name: str, password_hash: str, now: datetime, expires: datetime
    ) -> None:
        """Remember a session; raise InputError when there is no such active account.

        `password_hash` is the one that was verified: it must still be the account's.
        """
        with self._write() as conn:
            conn.execute("DELETE FROM sessions WHERE expires_at <= ?", (to_text(now),))
            opened = conn.execute(
                "INSERT INTO sessions (digest, folded, opened_at, used_at, expires_at) "
                "SELECT ?, folded, ?, ?, ? FROM users "
                "WHERE folded = ? AND active = 1 AND password_hash = ?",
                (
                    digest,
                    to_text(now),
                    to_text(now),
                    to_text(expires),
                    _folded(name),
                    password_hash,
                ),
            )
            if opened.rowcount == 0:
                raise InputError(f"akun {clean(name)!r} tidak ada, tidak aktif, atau baru diubah")

    def session_user(
        self, digest: str, now: datetime, idle_seconds: int, *, touch: bool = True
    ) -> User | None:
        """Return the active user of a live session and, with `touch`, note its use.

        Use is noted at most once a minute, and not at all while somebody else writes: reading a
        page must never wait for the daemon.
        """
        with self._read() as conn:
            row = conn.execute(
                "SELECT u.*, s.used_at, s.expires_at FROM sessions AS s "
                "JOIN users AS u USING (folded) WHERE s.digest = ? AND u.active = 1",
                (clean(digest),),
            ).fetchone()
        if row is None or from_text(row["expires_at"]) <= now:
            return None
        unused = (now - from_text(row["used_at"])).total_seconds()
        if unused > idle_seconds:
            return None
        if touch and unused >= min(_NOTE_USE_SECONDS, idle_seconds / 10):
            self._note_use(digest, now)
        return _user(row)

    def close_session(self, digest: str) -> None:
        """End a session."""
        with self._write() as conn:
            conn.execute("DELETE FROM sessions WHERE digest = ?", (clean(digest),))

    def note_login(self, name: str, ok: bool, now: datetime) -> None:
        """Count a failed login for the throttle; a good one clears the count."""
        with self._write() as conn:
            if ok:
                conn.execute("DELETE FROM failed_logins WHERE folded = ?", (_folded(name),))
                return
            conn.execute("DELETE FROM failed_logins WHERE at < ?", (to_text(now - _KEEP_FAILURES),))
            conn.execute(
                "INSERT INTO failed_logins (folded, at) VALUES (?, ?)",
                (_folded(name), to_text(now)),
            )

    def take_back_failure(self, name: str, at: datetime) -> None:
        """Take one failed login back that was noted at `at`; the others stay counted."""
        with self._write() as conn:
            conn.execute(
                "DELETE FROM failed_logins WHERE id = "
                "(SELECT max(id) FROM failed_logins WHERE folded = ? AND at = ?)",
                (_folded(name), to_text(at)),
            )

    def failed_logins(self, name: str, since: datetime) -> int:
        """Return failed logins of a name (existing or not) since a moment."""
        with self._read() as conn:
            row = conn.execute(
                "SELECT count(*) AS n FROM failed_logins WHERE folded = ? AND at >= ?",
                (_folded(name), to_text(since)),
            ).fetchone()
        return int(row["n"])

    def _note_use(self, digest: str, now: datetime) -> None:
        try:
            with self._write(wait=False) as conn:
                conn.execute(
                    "UPDATE sessions SET used_at = :now WHERE digest = :digest AND used_at < :now",
                    {"now": to_text(now), "digest": clean(digest)},
                )
        except StoreBusy:
            # The next request will note it.
            return


def _folded(name: str) -> str:
    return clean(name).strip().casefold()[:200]


def _user(row: Row) -> User:
    return User(
        name=row["name"],
        role=row["role"],
        opds=list_of(row["opds"]),
        active=bool(row["active"]),
        password_hash=row["password_hash"],
        created_at=from_text(row["created_at"]),
    )
