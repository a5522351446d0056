"""The second step of a login: codes by time, recovery codes, logins that wait for a code."""

from collections.abc import Sequence
from datetime import datetime

from tanggap.clock import from_text_or_none, to_text
from tanggap.errors import InputError
from tanggap.store.codec import clean
from tanggap.store.database import SqlDatabase, Transaction
from tanggap.store.rows import User
from tanggap.store.rows_users import Totp
from tanggap.store.users import end_logins, folded, user_of


class SecondStep(SqlDatabase):
    """Implements `tanggap.store.base_second_step.SecondStepStore`."""

    def totp(self, name: str) -> Totp | None:
        """Return what the codes of an account are made of; None when it has none."""
        with self._read() as conn:
            row = conn.execute(
                "SELECT totp_seed, totp_key, totp_since, totp_last FROM users "
                "WHERE folded = ? AND totp_seed IS NOT NULL",
                (folded(name),),
            ).fetchone()
        if row is None:
            return None
        since = from_text_or_none(row["totp_since"])
        return Totp(row["totp_seed"], row["totp_key"] or "", since, int(row["totp_last"]))

    def begin_totp(self, name: str, seed: str, key: str) -> bool:
        """Keep a seed until a code confirms it; False when codes are asked for already."""
        with self._write() as conn:
            begun = conn.execute(
                "UPDATE users SET totp_seed = ?, totp_key = ?, totp_last = 0 "
                "WHERE folded = ? AND totp_since IS NULL",
                (seed, key, folded(name)),
            )
            return begun.rowcount > 0

    def confirm_totp(
        self, name: str, seed: str, last: int, recovery: Sequence[str], now: datetime, keep: str
    ) -> bool:
        """Ask for codes from now on; end all sessions but `keep`."""
        with self._write() as conn:
            confirmed = conn.execute(
                "UPDATE users SET totp_since = ?, totp_last = ? "
                "WHERE folded = ? AND totp_seed = ? AND totp_since IS NULL",
                (to_text(now), last, folded(name), seed),
            )
            if confirmed.rowcount:
                _replace_codes(conn, name, recovery)
                end_logins(conn, name, keep)
            return confirmed.rowcount > 0

    def use_totp(self, name: str, seed: str, step: int) -> bool:
        """Use up the code of a time step; False when it, or a later one, was used before."""
        with self._write() as conn:
            used = conn.execute(
                "UPDATE users SET totp_last = ? WHERE folded = ? AND totp_seed = ? "
                "AND totp_since IS NOT NULL AND totp_last < ?",
                (step, folded(name), seed, step),
            )
            return used.rowcount > 0

    def end_totp(self, name: str, keep: str = "") -> bool:
        """Ask for no codes any more; end all sessions but `keep`; False when none were asked."""
        with self._write() as conn:
            ended = conn.execute(
                "UPDATE users SET totp_seed = NULL, totp_key = NULL, totp_since = NULL, "
                "totp_last = 0 WHERE folded = ? AND totp_since IS NOT NULL",
                (folded(name),),
            )
            if ended.rowcount:
                _replace_codes(conn, name, ())
                end_logins(conn, name, keep)
            return ended.rowcount > 0

    def use_recovery_code(self, name: str, digest: str) -> bool:
        """Use up a recovery code; False when there is no such code, or none any more."""
        with self._write() as conn:
            used = conn.execute(
                "DELETE FROM recovery_codes WHERE folded = ? AND digest = ?",
                (folded(name), clean(digest)),
            )
            return used.rowcount > 0

    def recovery_codes_left(self, name: str) -> int:
        """Return how many recovery codes an account has left."""
        with self._read() as conn:
            row = conn.execute(
                "SELECT count(*) AS n FROM recovery_codes WHERE folded = ?", (folded(name),)
            ).fetchone()
        return int(row["n"])

    def replace_recovery_codes(self, name: str, digests: Sequence[str]) -> None:
        """Give an account that is asked for codes these recovery codes and no others."""
        with self._write() as conn:
            asked = conn.execute(
                "SELECT 1 FROM users WHERE folded = ? AND totp_since IS NOT NULL", (folded(name),)
            ).fetchone()
            _replace_codes(conn, name, () if asked is None else digests)

    def open_login_step(
        self, digest: str, name: str, password_hash: str, now: datetime, expires: datetime
    ) -> None:
        """Remember that a password was right; raise InputError when it is so no longer."""
        with self._write() as conn:
            conn.execute("DELETE FROM login_steps WHERE expires_at <= ?", (to_text(now),))
            opened = conn.execute(
                "INSERT INTO login_steps (digest, folded, expires_at) SELECT ?, folded, ? "
                "FROM users WHERE folded = ? AND active = 1 AND password_hash = ?",
                (digest, to_text(expires), folded(name), password_hash),
            )
            if opened.rowcount == 0:
                raise InputError(f"akun {clean(name)!r} tidak ada, tidak aktif, atau baru diubah")

    def login_step_user(self, digest: str, now: datetime) -> User | None:
        """Return the active user whose password was right, while there is still time."""
        with self._read() as conn:
            row = conn.execute(
                "SELECT u.* FROM login_steps AS l JOIN users AS u USING (folded) "
                "WHERE l.digest = ? AND l.expires_at > ? AND u.active = 1",
                (clean(digest), to_text(now)),
            ).fetchone()
        return None if row is None else user_of(row)

    def close_login_step(self, digest: str) -> None:
        """End a login that waits for its code."""
        with self._write() as conn:
            conn.execute("DELETE FROM login_steps WHERE digest = ?", (clean(digest),))


def _replace_codes(conn: Transaction, name: str, digests: Sequence[str]) -> None:
    conn.execute("DELETE FROM recovery_codes WHERE folded = ?", (folded(name),))
    conn.executemany(
        "INSERT INTO recovery_codes (folded, digest) VALUES (?, ?)",
        [(folded(name), digest) for digest in digests],
    )
