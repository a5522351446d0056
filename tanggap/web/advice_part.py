"""What the page of an urgent or sensitive item says to do first."""

from dataclasses import dataclass

from tanggap.advice import AT_MOST, Advice, Case, called, dangers, filled, given
from tanggap.advice_words import CONTACTS
from tanggap.mention import CLOSED
from tanggap.policy import Policy
from tanggap.store.rows import ItemDetail


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


def part_of(detail: ItemDetail, policy: Policy) -> AdvicePart | None:
    """Return the advice for an item; None where none is given, or nothing is to be done."""
    if detail.item.tab == "aside" or detail.item.status in CLOSED:
        return None
    found = dangers_of(detail, policy)[:AT_MOST]
    if not found:
        return None
    numbers = policy.contacts.model_dump()
    return AdvicePart(
        tuple((one.title, filled(one, policy.contacts)) for one in found),
        tuple((CONTACTS[name], numbers[name]) for name in called(found)),
    )
