"""What the desk needs of its accounts and sessions, whichever database keeps them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tanggap.store.rows import Role, User
from tanggap.store.rows_users import LoginStep, Session


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

    def change_password(self, name: str, old_hash: str, new_hash: str, keep: str) -> bool:
        """Change a password that is still `old_hash`, and end all sessions but the digest `keep`.

        False when the account has another password by now, or is gone.
        """
        ...

    def set_role(self, name: str, role: Role, opds: Sequence[str]) -> bool:
        """Give an account another role and OPD and end its sessions; False when missing."""
        ...

    def set_active(self, name: str, active: bool) -> bool:
        """Enable or disable an account (disabling ends its sessions); False when missing."""
        ...

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

        `password_hash` is the one that was verified: when the account has another one by now,
        no session is opened either. `agent` is what the browser calls itself.
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

    def sessions_of(self, name: str, now: datetime, idle_seconds: int) -> list[Session]:
        """Return the live sessions of an account, the last used first."""
        ...

    def end_session(self, name: str, digest: str) -> bool:
        """End one session of this account; False when it has no such session."""
        ...

    def end_sessions(self, name: str, keep: str) -> int:
        """End all sessions of an account but the digest `keep`; return how many."""
        ...

    def note_login(self, name: str, ok: bool, now: datetime, step: LoginStep = "password") -> None:
        """Count a failed step of a login for the throttle; a good login clears all counts."""
        ...

    def take_back_failure(self, name: str, at: datetime, step: LoginStep = "password") -> None:
        """Take back one failure noted at `at`: what was tried was right, or never looked at."""
        ...

    def failed_logins(self, name: str, since: datetime, step: LoginStep = "password") -> int:
        """Return failures of a name (existing or not) at one step since a moment."""
        ...
