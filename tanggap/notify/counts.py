"""How the queues of OPD stand, for digests: as on the boards, so that nobody is accused wrongly."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from tanggap.boards import JUDGED_AT_MOST, Judged, at_most, judged
from tanggap.city_calendar import calendar_of
from tanggap.clocks import Reckoner
from tanggap.config import Config
from tanggap.mention import UNANSWERED
from tanggap.store import Store
from tanggap.store.rows import Scope
from tanggap.store.rows_lists import Counted
from tanggap.watching import Watch


class OpdCounts(NamedTuple):
    """How the queue of an OPD stands; `opd` is empty for the whole city."""

    opd: str
    new: Counted
    """Nobody has confirmed them."""
    unanswered: Counted
    late: Counted
    """Of those not answered: past the deadline of a first answer."""
    unwatched: Counted = Counted(0, more=False)
    """Nobody can see whether they were answered (tidak terpantau)."""
    sensitive: Counted = Counted(0, more=False)
    """In the lane of their own, not answered as far as anybody can see."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What waits, judged at one moment; each item counts for the OPD in charge of it."""

    items: Sequence[Judged]
    """The oldest first."""
    more: bool
    """There are others that were not judged."""

    def counts(self, opd: str = "") -> OpdCounts:
        """Return the counts of an OPD, or of all."""
        own = [one for one in self.items if not opd or one.facts.opd == opd]
        queue = [one for one in own if one.facts.tab == "queue"]
        late = [one for one in queue if one.waits and one.first.state == "missed"]

        def counted(group: Iterable[Judged], fits: Callable[[Judged], bool]) -> Counted:
            return Counted(sum(map(fits, group)), more=self.more)

        return OpdCounts(
            opd,
            new=counted(queue, lambda one: one.facts.status == "baru"),
            unanswered=counted(queue, lambda one: one.waits),
            late=Counted(len(late), more=self.more),
            unwatched=counted(queue, lambda one: one.unwatched),
            sensitive=counted(own, lambda one: one.facts.tab == "sensitive"),
        )

    def oldest(self, opd: str, limit: int) -> list[int]:
        """Return the items of an OPD's queue that wait longest for an answer, oldest first."""
        waits = (
            one.facts.item_id
            for one in self.items
            if one.facts.opd == opd and one.facts.tab == "queue" and one.waits
        )
        return list(islice(waits, limit))


def standing(store: Store, config: Config, scope: Scope) -> Standing:
    """Return what waits of all that a scope sees, judged now."""
    now = config.clock.now()
    reckoner = Reckoner(calendar_of(config), config.policy.deadline, now)
    found, more = at_most(store.answer_facts(scope, statuses=UNANSWERED), JUDGED_AT_MOST)
    watch = Watch(store.last_reads(), config)
    return Standing(judged(found, reckoner, watch), more)
