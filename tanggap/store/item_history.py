"""What the events of items tell of their statuses, and of when persons gave them to their OPD."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tanggap.clock import from_text
from tanggap.store.database import Transaction, id_list, ids_in
from tanggap.store.rows import MACHINE
from tanggap.store.rows_answers import StatusChange


@dataclass(slots=True)
class History:
    """What the events of one item tell."""

    changes: list[StatusChange] = field(default_factory=list)
    given: list[datetime] = field(default_factory=list)
    """When persons gave it to its OPD; what was undone is taken out."""

    def add(self, at: datetime, actor: str, kind: str, detail: Mapping[str, str]) -> None:
        """Take the next event, oldest first."""
        status = detail.get("status_to") or detail.get("status")
        if status and (not self.changes or self.changes[-1].status != status):
            self.changes.append(StatusChange(at, status, actor))
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
