"""Where an OPD's public answers are seen, and until when they were looked for. Pure.

What a network does not show (tidak terpantau) must never count as unanswered. X lists what an
account wrote; on Facebook and Instagram answers are seen below the posts of the accounts that are
watched, and nowhere else (docs/limitations.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tanggap.config import Config
from tanggap.store.rows import SourceStatus
from tanggap.store.rows_answers import AnswerFacts, LastRead

ANSWERS_COME_BY = {
    "x": ("x", "timeline"),
    "facebook": ("facebook", "feed"),
    "instagram": ("instagram", "media"),
    "instagram_web": ("instagram", "media"),
}
"""Network of a source to the network of its mentions and the kind of source that shows answers."""
NETWORK_OF = {way: network for way, (network, _) in ANSWERS_COME_BY.items()}
"""Network of a source to the network of its mentions."""
INTAKE, ELSEWHERE, NO_ACCOUNT, NOT_READ = "intake", "elsewhere", "no_account", "not_read"


@dataclass(frozen=True, slots=True)
class Watched:
    """Until when answers to one item were looked for, or why they are not seen."""

    until: datetime | None
    why: str = ""
    """INTAKE: it came from no network. ELSEWHERE: it stands under a stranger's post. NO_ACCOUNT: no
    account of the OPD is connected there. NOT_READ: that account was never read yet."""
    ends: datetime | None = None
    """When answers are looked for no longer, since the post above it is too old; None: never."""

    def over(self, now: datetime) -> bool:
        """Whether nobody looks for answers any more."""
        return self.ends is not None and self.ends <= now


@dataclass(frozen=True, slots=True)
class _Account:
    """How answers of one account are read."""

    until: datetime | None
    watched: timedelta | None
    """Comments under older posts are not read; None: there is no such bound."""


class Watch:
    """What is watched by the sources of an install."""

    def __init__(self, sources: Iterable[LastRead | SourceStatus], config: Config) -> None:
        days = {
            "facebook": config.facebook.watch_days,
            "instagram": config.instagram.watch_days,
            "instagram_web": config.instagram_web.watch_days,
        }
        self._accounts: dict[tuple[str, str], _Account] = {}
        for source in sources:
            way = source.spec.network
            network, kind = ANSWERS_COME_BY.get(way, ("", ""))
            if source.spec.kind == kind:
                bound = timedelta(days=days[way]) if way in days else None
                account = _Account(source.last_success_at, bound)
                self._accounts |= {(network, opd): account for opd in source.spec.accounts}

    def of(self, facts: AnswerFacts) -> Watched:
        """Say until when answers to an item were looked for."""
        if facts.network not in ("x", "facebook", "instagram"):
            return Watched(None, INTAKE)
        if facts.network == "x":
            return self._account("x", facts.opd, None)
        if facts.kind == "tag":
            return Watched(None, ELSEWHERE)
        # Below whose post or on whose page it stands; before that post was seen, whom it names.
        opd = facts.under_opd or next(iter(facts.addressed), None)
        return self._account(facts.network, opd, facts.root_posted_at or facts.posted_at)

    def _account(self, network: str, opd: str | None, post: datetime | None) -> Watched:
        account = self._accounts.get((network, opd or ""))
        if account is None:
            return Watched(None, NO_ACCOUNT)
        if account.until is None:
            return Watched(None, NOT_READ)
        if post is None or account.watched is None:
            return Watched(account.until)
        ends = post + account.watched
        return Watched(min(account.until, ends), ends=ends)
