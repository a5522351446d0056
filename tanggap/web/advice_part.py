"""What the page of an urgent or sensitive item says to do first."""

from collections.abc import Sequence
from dataclasses import dataclass

from tanggap.advice import AT_MOST, Advice, Case, called, dangers, filled, given
from tanggap.advice_words import CONTACTS
from tanggap.contacts import Contacts
from tanggap.mention import CLOSED
from tanggap.policy import Policy
from tanggap.store.rows import Item, ItemDetail


@dataclass(frozen=True, slots=True)
class AdvicePart:
    """The box above an item."""

    kinds: tuple[tuple[str, str], ...]
    """Title and text of each kind of danger, as the city has them."""
    contacts: tuple[tuple[str, str], ...]
    """Whom to call, and by which number, the first to call first."""


def dangers_of(detail: ItemDetail, policy: Policy) -> tuple[Advice, ...]:
    """Return all kinds of danger of an item, settled or not, as the city has them."""
    item = detail.item
    because = detail.decision.because if detail.decision else ()
    case = Case(item.urgent, item.sensitive, item.sector, because, item.mention.text)
    return dangers(given(policy.advice), case)


def part_of(item: Item, found: Sequence[Advice], contacts: Contacts) -> AdvicePart | None:
    """Return the advice for an item in the dangers `found`; None where nothing is to be done."""
    shown = found[:AT_MOST]
    if not shown or item.tab == "aside" or item.status in CLOSED:
        return None
    numbers = contacts.model_dump()
    return AdvicePart(
        tuple((one.title, filled(one, contacts)) for one in shown),
        tuple((CONTACTS[name], numbers[name]) for name in called(shown)),
    )
