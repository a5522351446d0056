"""The sectors that one key chooses: what the machine held likely, then what the city hears most."""

from collections.abc import Sequence
from typing import Any

from tanggap.sectors import SECTORS
from tanggap.store.rows import Item, User
from tanggap.web.auth import CORRECTING
from tanggap.web.desk import Desk

KEYS = 9
OF_THE_MACHINE = 3


def of_list(desk: Desk, user: User, items: Sequence[Item]) -> dict[str, Any]:
    """Return what the rows of a list need: `picks` and `in_hand`, by the item's id."""
    numbers = [item.id for item in items]
    picks = _picks(desk, numbers) if user.role in CORRECTING else {}
    return {"picks": picks, "in_hand": desk.store.in_hand(numbers, user.name, desk.now())}


def of_item(desk: Desk, user: User, item: Item) -> tuple[str, ...]:
    """Return the sectors behind the keys 1 to 9 on the page of an item."""
    return _picks(desk, [item.id])[item.id] if user.role in CORRECTING else ()


def _picks(desk: Desk, numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
    likely = desk.store.alternatives(numbers)
    frequent = desk.frequent.sectors()
    found = {}
    for number in numbers:
        held = [sector for sector in likely.get(number, ()) if sector in SECTORS]
        all_of_them = (*held[:OF_THE_MACHINE], *frequent, *SECTORS)
        found[number] = tuple(dict.fromkeys(all_of_them))[:KEYS]
    return found
