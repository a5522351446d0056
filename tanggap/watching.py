"""Where an OPD's public answers are seen, and until when they were looked for. Pure.

What a network does not show (tidak terpantau) must never count as unanswered. X lists what an
account wrote; on Facebook and Instagram answers are seen below the posts of the accounts that are
watched, and nowhere else (docs/limitations.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tanggap.store.rows import SourceStatus
from tanggap.store.rows_answers import AnswerFacts

ANSWERS_COME_BY = {
    "x": ("x", "timeline"),
    "facebook": ("facebook", "feed"),
    "instagram": ("instagram", "media"),
    "instagram_web": ("instagram", "media"),
}
"""Network of a source to the network of its mentions and the kind of source that shows answers."""
INTAKE, ELSEWHERE, NO_ACCOUNT, NOT_READ = "intake", "elsewhere", "no_account", "not_read"


@dataclass(frozen=True, slots=True)
class Watched:
    """Until when answers to one item were looked for, or why they are not seen."""

    until: datetime | None
    why: str = ""
    """INTAKE: it came from no network. ELSEWHERE: it stands under a stranger's post. NO_ACCOUNT: no
    account of the OPD is connected there. NOT_READ: that account was never read yet."""


class Watch:
    """What is watched by the sources of an install."""

    def __init__(self, sources: Iterable[SourceStatus]) -> None:
        self._read: dict[tuple[str, str], datetime | None] = {}
        for source in sources:
            network, kind = ANSWERS_COME_BY.get(source.spec.network, ("", ""))
            if source.spec.kind == kind:
                self._read |= {
                    (network, opd): source.last_success_at for opd in source.spec.accounts
                }

    def of(self, facts: AnswerFacts) -> Watched:
        """Say until when answers to an item were looked for."""
        if facts.network not in ("x", "facebook", "instagram"):
            return Watched(None, INTAKE)
        if facts.network == "x":
            return self._account("x", facts.opd)
        if facts.kind == "tag":
            return Watched(None, ELSEWHERE)
        # Below whose post or on whose page it stands; before that post was seen, whom it names.
        return self._account(facts.network, facts.under_opd or next(iter(facts.addressed), None))

    def _account(self, network: str, opd: str | None) -> Watched:
        if opd is None or (network, opd) not in self._read:
            return Watched(None, NO_ACCOUNT)
        until = self._read[network, opd]
        return Watched(until, "" if until else NOT_READ)
