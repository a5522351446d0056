"""What the events of items tell: of their statuses and answers, and when persons gave them on."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from tanggap.clock import from_text
from tanggap.mention import UNANSWERED
from tanggap.store.database import Transaction, id_list, ids_in
from tanggap.store.rows import MACHINE
from tanggap.store.rows_answers import StatusChange

_ANSWERED = ("dijawab", "selesai")


@dataclass(frozen=True, slots=True)
class Course:
    """How an item came to its status, and what has answered it."""

    by: str = MACHINE
    """Who gave it its status."""
    kind: str = ""
    """Of the event that did."""
    waited_as: str = "baru"
    """The last status in which it waited for an answer."""
    waited_at: datetime | None = None
    """When it last began to wait for one."""
    noticed: Mapping[str, datetime] = field(default_factory=dict)
    """`network_id` of the answers seen since then, and when each was last noticed."""
    reopened_by: int | None = None
    """The item that reopened it last, where it waits because of that."""
    said: datetime | None = None
    """When a person said that it was answered, without a record: it stands so ever since."""

    def onward(self, change: StatusChange, kind: str, detail: Mapping[str, str]) -> "Course":
        """Return the course after another status."""
        if change.status in UNANSWERED:
            again = detail.get("by_item") if kind == "reopened" else None
            reopened_by = int(again) if again else None
            return Course(change.by, kind, change.status, change.at, reopened_by=reopened_by)
        said = self.said if change.status in _ANSWERED else None
        if change.status == "dijawab" and kind == "status":
            said = change.at
        return replace(self, by=change.by, kind=kind, said=said, reopened_by=None)


@dataclass(slots=True)
class History:
    """What the events of one item tell."""

    changes: list[StatusChange] = field(default_factory=list)
    given: list[datetime] = field(default_factory=list)
    """When persons gave it to its OPD; what was undone is taken out."""
    course: Course = field(default_factory=Course)
    _before: Course = field(default_factory=Course)
    """The course before the last status that a person gave."""

    @property
    def status(self) -> str:
        """Return the last status; empty before the first event."""
        return self.changes[-1].status if self.changes else ""

    @property
    def waits_for_what_is_gone(self) -> bool:
        """Whether it waits only because its answer was gone, and nobody has said otherwise."""
        return self.course.kind == "answer_gone" and self.status in UNANSWERED

    def add(self, at: datetime, actor: str, kind: str, detail: Mapping[str, str]) -> None:
        """Take the next event, oldest first."""
        status = detail.get("status_to") or detail.get("status")
        if status and status != self.status:
            change = StatusChange(at, status, actor)
            self.changes.append(change)
            before = self.course
            if kind == "undone":
                noticed = {**self._before.noticed, **before.noticed}
                self.course = replace(self._before, noticed=noticed)
            else:
                self.course = before.onward(change, kind, detail)
                self._before = before if actor != MACHINE else self._before
        if kind in ("answered", "answer_back") and "answer" in detail:
            noticed = {**self.course.noticed, detail["answer"]: at}
            self.course = replace(self.course, noticed=noticed)
        by_person = actor != MACHINE
        moved = detail.get("opd_to") or detail.get("tab_from") in ("triage", "aside")
        if kind == "undone":
            if detail.get("opd_to") or detail.get("tab_to") in ("triage", "aside"):
                self.given = self.given[:-1]
        elif moved and by_person:
            self.given.append(at)


def histories_of(conn: Transaction, items: Collection[int]) -> Mapping[int, History]:
    """Return the history of each item that has one."""
    rows = conn.execute(
        f"SELECT e.item_id, e.at, e.actor, e.kind, e.detail FROM ({ids_in(conn, ':ids')}) AS j "
        "CROSS JOIN events AS e WHERE e.item_id = j.id ORDER BY e.item_id, e.id",
        {"ids": id_list(items)},
    )
    found: defaultdict[int, History] = defaultdict(History)
    for row in rows:
        detail = json.loads(row["detail"])
        found[row["item_id"]].add(from_text(row["at"]), row["actor"], row["kind"], detail)
    return found
