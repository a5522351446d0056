"""What an item is once an answer that a person had recorded does not count: pure rules."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tanggap.mention import Review
from tanggap.store.item_state import MACHINE, ItemState, after_review

_ANSWERED = "dijawab"


@dataclass(frozen=True, slots=True)
class Act:
    """A review of an item that nobody undid, with its labels before and after."""

    id: int
    at: datetime
    verdict: str
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]

    @property
    def said_answered(self) -> bool:
        """Whether a person set the status, without recording an answer."""
        return self.verdict == "status" and self.after.get("status") == _ANSWERED


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What is known of an item's answers beside the record that is withdrawn."""

    acts: Sequence[Act]
    """Oldest first."""
    recorded: Mapping[int, datetime]
    """Of the other records that count: review and when the citizen was answered."""
    seen: Collection[datetime]
    """When the answers were posted that networks show; not those that are gone."""
    noticed: Collection[datetime]
    """When these were noticed, as far as that was since it last waited for one."""
    closed_at: datetime | None
    """When the machine closed it last, if ever."""
    waited_as: str = "baru"
    """The status in which it last waited for an answer."""
    waited_at: datetime | None = None
    """When it began to; None: never noted."""


def withdrawn(state: ItemState, other: Otherwise, by: str, now: datetime) -> ItemState:
    """Return the state without a record: the status falls back if nothing else answered since.

    What a person closed, or brought back to work, stays so. What the machine closed waits for it
    again: the answer that it went by may be the one that is withdrawn.
    """
    began = _began(other.acts)
    said = [one for one in other.acts if one.said_answered and (not began or one.id >= began.id)]
    answered = [*other.seen, *other.recorded.values(), *(one.at for one in said)]
    after = replace(
        state,
        version=state.version + 1,
        updated_at=now,
        updated_by=by,
        touched=True,
        answered_at=min(answered, default=None),
    )
    closed = _closed_by_itself(state, other)
    if state.status != _ANSWERED and not closed:
        return after
    stands = (
        bool(said)
        or any(began is None or review >= began.id for review in other.recorded)
        or any(began is None or at >= began.at for at in other.noticed)
    )
    if stands:
        return replace(after, status=_ANSWERED) if closed else after
    return _as_before(after, began, other)


def recorded_anew(state: ItemState, other: Otherwise, review: Review, now: datetime) -> ItemState:
    """Return the state with another record in place of the one that is withdrawn."""
    seen = min(other.seen, default=None)
    after = after_review(withdrawn(state, other, review.by, now), review, now, seen_answer=seen)
    return replace(after, version=state.version + 1)


def _began(acts: Sequence[Act]) -> Act | None:
    """Return the act by which the item last became answered; None: no person's."""
    for one in reversed(acts):
        if one.after.get("status") == _ANSWERED != one.before.get("status"):
            return one
    return None


def _closed_by_itself(state: ItemState, other: Otherwise) -> bool:
    closed_at = other.closed_at
    return (
        state.status == "selesai"
        and closed_at is not None
        and not any(
            one.at >= closed_at and one.before.get("status") != one.after.get("status")
            for one in other.acts
        )
    )


def _as_before(state: ItemState, began: Act | None, other: Otherwise) -> ItemState:
    """Return the state with the status from before it was answered, or in which it waited since.

    It is in triage again where it was there.
    """
    if began is None:
        return replace(state, status=other.waited_as)
    before = began.before.get("status") or "baru"
    waited_since = other.waited_at is not None and other.waited_at > began.at
    after = replace(state, status=other.waited_as if waited_since else before)
    same = after.status == before
    if same and began.before.get("tab") == "triage" and state.decided_by == MACHINE:
        return replace(after, tab="triage", jenis=state.jenis or began.before.get("jenis"))
    return after
