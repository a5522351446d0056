"""What the desk needs for the second step of a login, whichever database keeps it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tanggap.store.rows import User
from tanggap.store.rows_users import Totp


class SecondStepStore(Protocol):
    """Codes by time, recovery codes, and logins whose password was right but not yet the code.

    Recovery codes and tokens come as digests, never in clear.
    """

    def totp(self, name: str) -> Totp | None:
        """Return what the codes of an account are made of; None when it has none."""
        ...

    def begin_totp(self, name: str, seed: str, key: str) -> bool:
        """Keep a seed until a code confirms it; False when codes are asked for already."""
        ...

    def confirm_totp(
        self, name: str, seed: str, last: int, recovery: Sequence[str], now: datetime, keep: str
    ) -> bool:
        """Ask for codes from now on; end all sessions but the digest `keep`.

        `last` is the time step of the code that confirmed the seed. False when the account has
        another seed by now, or this one is confirmed already.
        """
        ...

    def use_totp(self, name: str, seed: str, step: int) -> bool:
        """Use up the code of a time step; False when it, or a later one, was used before."""
        ...

    def end_totp(self, name: str, keep: str = "") -> bool:
        """Ask for no codes any more; end all sessions but the digest `keep`; False when none."""
        ...

    def use_recovery_code(self, name: str, digest: str) -> bool:
        """Use up a recovery code; False when there is no such code, or none any more."""
        ...

    def recovery_codes_left(self, name: str) -> int:
        """Return how many recovery codes an account has left."""
        ...

    def replace_recovery_codes(self, name: str, digests: Sequence[str]) -> None:
        """Give an account that is asked for codes these recovery codes and no others."""
        ...

    def open_login_step(
        self, digest: str, name: str, password_hash: str, now: datetime, expires: datetime
    ) -> None:
        """Remember that a password was right; raise InputError as `open_session` does."""
        ...

    def login_step_user(self, digest: str, now: datetime) -> User | None:
        """Return the active user whose password was right, while there is still time."""
        ...

    def close_login_step(self, digest: str) -> None:
        """End a login that waits for its code."""
        ...
