"""What the store tells of answers, and the one act on them that is no review of an item."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from tanggap.store.rows import Scope
from tanggap.store.rows_answers import AnswerFacts, Label


class AnswerStore(Protocol):
    """Who has answered."""

    def answer_facts(
        self,
        scope: Scope,
        since: datetime | None = None,
        before: datetime | None = None,
        *,
        statuses: Collection[str] = (),
    ) -> Iterator[AnswerFacts]:
        """Yield the facts of items posted from `since` until before `before`, oldest first.

        Only those with one of `statuses`, if any are named. Without holding a lock: what changes
        meanwhile may be told as it was or as it is.
        """
        ...

    def item_facts(self, scope: Scope, item_id: int) -> AnswerFacts | None:
        """Return the facts of one item, or None when it is missing or not in scope."""
        ...

    def received_by_hour(
        self, scope: Scope, label: Label, since: datetime, before: datetime
    ) -> dict[str, dict[datetime, int]]:
        """Return how many items that ask something were posted in each UTC hour, by a label.

        An item without the label is under ""; hours without any are left out.
        """
        ...

    def close_answered(self, seen: Sequence[AnswerFacts], now: datetime) -> list[int]:
        """Close answered items; return the ids of those that were closed.

        Left alone are those that changed since they were `seen`, or got another answer. History
        says `closed` by the machine.
        """
        ...

    def correct_answer_kind(
        self, scope: Scope, item_id: int, answer_id: int, kind: str, by: str, now: datetime
    ) -> bool:
        """Say which of ANSWER_KINDS an answer to an item is; no later model changes it.

        False when there is no such answer to an item in scope; raise InputError for an
        unknown kind.
        """
        ...

    def return_answer_kind(
        self, scope: Scope, item_id: int, answer_id: int, by: str, now: datetime
    ) -> bool:
        """Give the word on an answer's kind back to the classifier: what it last said of it.

        False when there is no such answer to an item in scope.
        """
        ...
