"""Every error that Tanggap raises on purpose.

    TanggapError
    ├── ConfigError               exit 2; names file, key and remedy, all problems at once
    ├── InputError                exit 2; a file or text that a person gave cannot be used
    ├── CollectorError            one source's turn failed; carries `code` and `scope`
    │   ├── RateLimited           do not call before `retry_at`
    │   ├── Unavailable           timeout, 5xx, connection: back off
    │   ├── NotAuthorised         a person must act: token, permission, account
    │   └── UnexpectedResponse    the wire format changed; a redacted sample is kept
    ├── ModelError                artefact missing, broken, foreign, or labels unknown
    └── StoreError                the database cannot do it
        ├── SchemaMismatch        older or newer than this program
        │   └── DatabaseGone      there is none, but a backup of one
        ├── StoreBusy             somebody else holds the lock too long
        │   └── StoreUnreachable  the database server does not answer
        ├── StoreFull             disk full or read-only
        ├── StoreDamaged          the file is no whole SQLite database
        ├── StoreReplaced         the file is another one than was opened: this process must end
        ├── LeaseLost             another worker has the source now: not a failure
        └── VersionConflict       another person changed the item first
            └── ModelConflict     another person changed the model in use first

`code` is a key of `tanggap.remedies`; `scope` is a prefix of the source ids that it concerns.
"""

from datetime import datetime


class TanggapError(Exception):
    """Base of all errors below; `str()` is one line that a person can act on."""


class ConfigError(TanggapError):
    """Config or policy cannot be used; `problems` holds every finding, one line each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class InputError(TanggapError):
    """A file or text that a person gave cannot be used; nothing of it was taken."""


class CollectorError(TanggapError):
    """One source's turn failed."""

    def __init__(self, code: str, scope: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.scope = scope
        self.detail = detail

    @property
    def asks_to_wait(self) -> bool:
        """Whether the network itself asked for a wait: it stands whatever else ends the turn.

        Our own limits, a refused token and an outage are judged anew after a shutdown or reload.
        """
        return self.code in SAID_BY_NETWORK


class RateLimited(CollectorError):
    """The network said wait. `retry_at` is aware UTC on Tanggap's clock, or None if unsaid."""

    def __init__(
        self, code: str, scope: str, detail: str = "", retry_at: datetime | None = None
    ) -> None:
        super().__init__(code, scope, detail)
        self.retry_at = retry_at


SAID_BY_NETWORK = frozenset(
    {
        *("rate_limited", "usage_cap", "usage_high", "meta_blocked", "network_paused"),
        *("instagram_wait", "instagram_limit", "instagram_feedback"),
    }
)
"""Codes of waits that the network itself asked for: no impatience of a person shortens them.

`instagram_limit` is also the wait of the library that counts in Instagram's place.
"""


class Unavailable(CollectorError):
    """The network does not answer properly just now."""


class NotAuthorised(CollectorError):
    """The network refuses; only a person can change that."""


class UnexpectedResponse(CollectorError):
    """The answer is not what the documentation says."""


class ModelError(TanggapError):
    """An artefact cannot be used."""


class StoreError(TanggapError):
    """The database cannot do it."""


class SchemaMismatch(StoreError):
    """The database is older or newer than this program."""


class DatabaseGone(SchemaMismatch):
    """There is no database, but a backup of one: its file is called `backup`."""

    def __init__(self, problem: str, backup: str) -> None:
        super().__init__(problem)
        self.backup = backup


class StoreBusy(StoreError):
    """Somebody else holds the database, or a second daemon was started on it."""


class StoreUnreachable(StoreBusy):
    """The database server cannot be reached, or cut the connection."""


class StoreFull(StoreError):
    """The disk is full or the database cannot be written."""


class StoreDamaged(StoreError):
    """The file is no whole SQLite database: pages, or texts in them, cannot be read."""


class StoreReplaced(StoreError):
    """The file that was opened was taken away or exchanged; only a new process opens another."""


class LeaseLost(StoreError):
    """Another worker has the source now; what this one fetched is not committed."""


class VersionConflict(StoreError):
    """Another person changed the item first; `by` says who."""

    def __init__(self, item_id: int, by: str) -> None:
        super().__init__(f"item {item_id} was changed by {by}")
        self.item_id = item_id
        self.by = by


class ModelConflict(VersionConflict):
    """Another person changed the model in use first; `current` is what it is by now."""

    def __init__(self, current: str | None, by: str) -> None:
        super().__init__(0, by)
        self.current = current

    def __str__(self) -> str:
        """Say what a person can act on."""
        now = f"sekarang {self.current}" if self.current else "sekarang model bawaan"
        return f"model yang dipakai baru saja diganti oleh {self.by} ({now}); periksa lagi"
