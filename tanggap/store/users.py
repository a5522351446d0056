"""Accounts, sessions and the login throttle of the desk."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tanggap.clock import from_text, to_text
from tanggap.errors import InputError, StoreBusy
from tanggap.store.codec import Row, clean, list_of, text_list
from tanggap.store.database import SqlDatabase, Transaction
from tanggap.store.rows import Role, User
from tanggap.store.rows_users import LoginStep, Session

_KEEP_FAILURES = timedelta(days=2)
_NOTE_USE_SECONDS = 60.0
_AGENT_AT_MOST = 256


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
                (folded(name), shown, role, text_list(opds), password_hash, to_text(now)),
            )
            if added.rowcount == 0:
                raise InputError(f"nama pengguna {shown!r} sudah dipakai")

    def user(self, name: str) -> User | None:
        """Return one account by name (case ignored)."""
        with self._read() as conn:
            row = conn.execute("SELECT * FROM users WHERE folded = ?", (folded(name),)).fetchone()
        return None if row is None else user_of(row)

    def users(self) -> list[User]:
        """Return all accounts by name."""
        with self._read() as conn:
            rows = conn.execute("SELECT * FROM users ORDER BY folded").fetchall()
        return [user_of(row) for row in rows]

    def set_password(self, name: str, password_hash: str) -> bool:
        """Change a password and end the account's sessions; False when there is no such name."""
        with self._write() as conn:
            changed = conn.execute(
                "UPDATE users SET password_hash = ? WHERE folded = ?",
                (password_hash, folded(name)),
            )
            end_logins(conn, name)
            return changed.rowcount > 0

    def change_password(self, name: str, old_hash: str, new_hash: str, keep: str) -> bool:
        """Change a password that is still `old_hash`; end all sessions but `keep`."""
        with self._write() as conn:
            changed = conn.execute(
                "UPDATE users SET password_hash = ? WHERE folded = ? AND password_hash = ?",
                (new_hash, folded(name), old_hash),
            )
            if changed.rowcount:
                end_logins(conn, name, keep)
            return changed.rowcount > 0

    def set_role(self, name: str, role: Role, opds: Sequence[str]) -> bool:
        """Give an account another role and OPD and end its sessions; False when missing."""
        with self._write() as conn:
            changed = conn.execute(
                "UPDATE users SET role = ?, opds = ? WHERE folded = ?",
                (role, text_list(opds), folded(name)),
            )
            end_logins(conn, name)
            return changed.rowcount > 0

    def set_active(self, name: str, active: bool) -> bool:
        """Enable or disable an account (disabling ends its sessions); False when missing."""
        with self._write() as conn:
            changed = conn.execute(
                "UPDATE users SET active = ? WHERE folded = ?", (int(active), folded(name))
            )
            if not active:
                end_logins(conn, name)
            return changed.rowcount > 0

    def open_session(
        self,
        digest: str,
        name: str,
        password_hash: str,
        now: datetime,
        expires: datetime,
        agent: str = "",
    ) -> None:
        """Remember a session; raise InputError when there is no such active account.

        `password_hash` is the one that was verified: it must still be the account's.
        """
        with self._write() as conn:
            conn.execute("DELETE FROM sessions WHERE expires_at <= ?", (to_text(now),))
            opened = conn.execute(
                "INSERT INTO sessions (digest, folded, opened_at, used_at, expires_at, agent) "
                "SELECT ?, folded, ?, ?, ?, ? FROM users "
                "WHERE folded = ? AND active = 1 AND password_hash = ?",
                (
                    digest,
                    to_text(now),
                    to_text(now),
                    to_text(expires),
                    clean(agent)[:_AGENT_AT_MOST],
                    folded(name),
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
        return user_of(row)

    def close_session(self, digest: str) -> None:
        """End a session."""
        with self._write() as conn:
            conn.execute("DELETE FROM sessions WHERE digest = ?", (clean(digest),))

    def sessions_of(self, name: str, now: datetime, idle_seconds: int) -> list[Session]:
        """Return the live sessions of an account, the last used first."""
        used_after = now - timedelta(seconds=idle_seconds)
        with self._read() as conn:
            rows = conn.execute(
                "SELECT * FROM sessions WHERE folded = ? AND expires_at > ? AND used_at >= ? "
                "ORDER BY used_at DESC, digest",
                (folded(name), to_text(now), to_text(used_after)),
            ).fetchall()
        return [
            Session(
                digest=row["digest"],
                opened_at=from_text(row["opened_at"]),
                used_at=from_text(row["used_at"]),
                agent=row["agent"],
            )
            for row in rows
        ]

    def end_session(self, name: str, digest: str) -> bool:
        """End one session of this account; False when it has no such session."""
        with self._write() as conn:
            ended = conn.execute(
                "DELETE FROM sessions WHERE folded = ? AND digest = ?",
                (folded(name), clean(digest)),
            )
            return ended.rowcount > 0

    def end_sessions(self, name: str, keep: str) -> int:
        """End all sessions of an account but `keep`; return how many."""
        with self._write() as conn:
            return end_logins(conn, name, keep)

    def note_login(self, name: str, ok: bool, now: datetime, step: LoginStep = "password") -> None:
        """Count a failed step of a login for the throttle; a good login clears all counts."""
        with self._write() as conn:
            if ok:
                conn.execute("DELETE FROM failed_logins WHERE folded = ?", (folded(name),))
                return
            conn.execute("DELETE FROM failed_logins WHERE at < ?", (to_text(now - _KEEP_FAILURES),))
            conn.execute(
                "INSERT INTO failed_logins (folded, at, step) VALUES (?, ?, ?)",
                (folded(name), to_text(now), step),
            )

    def take_back_failure(self, name: str, at: datetime, step: LoginStep = "password") -> None:
        """Take one failure back that was noted at `at`; the others stay counted."""
        with self._write() as conn:
            conn.execute(
                "DELETE FROM failed_logins WHERE id = "
                "(SELECT max(id) FROM failed_logins WHERE folded = ? AND at = ? "
                "AND step = ?)",
                (folded(name), to_text(at), step),
            )

    def failed_logins(self, name: str, since: datetime, step: LoginStep = "password") -> int:
        """Return failures of a name (existing or not) at one step since a moment."""
        with self._read() as conn:
            row = conn.execute(
                "SELECT count(*) AS n FROM failed_logins WHERE folded = ? AND at >= ? AND step = ?",
                (folded(name), to_text(since), step),
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


def end_logins(conn: Transaction, name: str, keep: str = "") -> int:
    """End an account's logins that are half done, and its sessions but the digest `keep`."""
    conn.execute("DELETE FROM login_steps WHERE folded = ?", (folded(name),))
    ended = conn.execute(
        "DELETE FROM sessions WHERE folded = ? AND digest <> ?", (folded(name), clean(keep))
    )
    return ended.rowcount


def folded(name: str) -> str:
    """Return a name as accounts are found by it."""
    return clean(name).strip().casefold()[:200]


def user_of(row: Row) -> User:
    """Return the account that a row of `users` holds."""
    return User(
        name=row["name"],
        role=row["role"],
        opds=list_of(row["opds"]),
        active=bool(row["active"]),
        password_hash=row["password_hash"],
        created_at=from_text(row["created_at"]),
        totp=row["totp_since"] is not None,
    )
