"""What the daemon needs of the store to keep backups, whichever database it is."""

from datetime import datetime, timedelta
from typing import Protocol

from tanggap.store.rows import LastBackup


class BackupStore(Protocol):
    """When the next backup is due, and what the last good one is."""

    def claim_backup(self, now: datetime, until: datetime, every: timedelta) -> bool:
        """Take the next backup, once among all daemons, when it is due; say whether it was taken.

        It is due again at `until`, unless one of the two methods below says otherwise.
        """
        ...

    def note_backup(self, made: LastBackup, next_at: datetime) -> None:
        """Keep what the last good backup is, and when the next is due."""
        ...

    def backup_again_at(self, moment: datetime) -> None:
        """Have the next backup due at a moment."""
        ...

    def last_backup(self) -> LastBackup | None:
        """Return the last good backup; None when none was ever noted."""
        ...
