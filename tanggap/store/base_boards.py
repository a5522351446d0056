"""What the store tells boards beside answers: the OPD's own posts, what many talk about."""

from datetime import datetime
from typing import Protocol

from tanggap.store.rows import Scope
from tanggap.store.rows_boards import OwnPost, ViralItem


class BoardStore(Protocol):
    """What people react to."""

    def own_posts(self, scope: Scope, since: datetime, limit: int) -> list[OwnPost]:
        """Return posts of the scope's OPD since a moment, those with most reactions first.

        At most `limit`, of equal ones the newest first. Answers to citizens are none. Under them
        those items count that ask something, stand in the tabs queue or sensitive, and are in
        scope: of what was written under one post up to a bound is looked at.
        """
        ...

    def viral(self, scope: Scope, since: datetime, limit: int) -> list[ViralItem]:
        """Return items that ask something and that more than one person talks about, in no order.

        Those are the items posted since a moment that at least `engagement.LIVELY` reacted to, and
        the members of incidents of more than one citizen that something was posted of since then:
        of either kind the `limit` with most reactions and most citizens. Every incident of an item
        comes with its members that ask something, of very many those most reacted to. Only what is
        in scope and stands in the tabs queue or sensitive; nothing confidential where the scope
        hides the reporter.
        """
        ...
