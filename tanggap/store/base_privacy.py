"""What the desk needs to keep personal data from those whom it does not concern."""

from datetime import datetime
from typing import Protocol

from tanggap.store.rows import Scope


class PrivacyStore(Protocol):
    """Acts on personal data that leave a trace."""

    def note_revealed(self, scope: Scope, item_id: int, by: str, why: str, now: datetime) -> bool:
        """Write into an item's history that a person had its personal data shown, and why.

        The item itself stays as it is. False when it is missing or not in scope; raise
        InputError without a reason.
        """
        ...
