"""What the desk needs of its accounts and sessions, whichever database keeps them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tanggap.store.rows import Role, User


class UserStore(Protocol):
    """Accounts and sessions of the desk. Session tokens come as digests, never in clear."""

    def add_user(
        self, name: str, role: Role, opds: Sequence[str], password_hash: str, now: datetime
    ) -> None:
        """Add an account; raise InputError when the name is taken."""
        ...

    def user(self, name: str) -> User | None:
        """Return one account by name (case ignored)."""
        ...

    def users(self) -> list[User]:
        """Return all accounts by name."""
        ...

    def set_password(self, name: str, password_hash: str) -> bool:
        """Change a password and end the account's sessions; False when there is no such name."""
        ...

    def set_active(self, name: str, active: bool) -> bool:
        """Enable or disable an account (disabling ends its sessions); False when missing."""
        ...

    def open_session(
        self, digest: str, name: str, password_hash: str, now: datetime, expires: datetime
    ) -> None:
        """Remember a session; raise InputError when there is no such active account.

        `password_hash` is the one that was verified: when the account has another one by now,
        no session is opened either.
        """
        ...

    def session_user(
        self, digest: str, now: datetime, idle_seconds: int, *, touch: bool = True
    ) -> User | None:
        """Return the active user of a live session and note its use; None otherwise.

        Without `touch` the use is not noted: what a page asks by itself keeps no session alive.
        """
        ...

    def close_session(self, digest: str) -> None:
        """End a session."""
        ...

    def note_login(self, name: str, ok: bool, now: datetime) -> None:
        """Count a failed login for the throttle; a good one clears the count."""
        ...

    def take_back_failure(self, name: str, at: datetime) -> None:
        """Take back one failed login noted at `at`: its password was never looked at."""
        ...

    def failed_logins(self, name: str, since: datetime) -> int:
        """Return failed logins of a name (existing or not) since a moment."""
        ...
