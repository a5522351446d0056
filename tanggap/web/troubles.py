"""What ails the sources of a network, so grouped that each cause is said once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tanggap.remedies import Remedy, remedy
from tanggap.store.rows import Hold, SourceState, SourceStatus

ORDER: tuple[SourceState, ...] = ("needs_human", "backoff", "waiting", "new", "ok")
MANY = 3
"""From so many accounts on, the same trouble is said once for all of them."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A stop that covers several accounts: said once, above them."""

    hold: Hold
    state: SourceState
    """`needs_human` or `waiting`."""
    kinds: tuple[str, ...]
    """Kinds of source that it covers; empty when it covers the whole network."""
    since: datetime | None
    """The last good answer before it; None: there was none yet."""

    @property
    def remedy(self) -> Remedy:
        """What it means and what to do."""
        return remedy(self.hold.code)


@dataclass(frozen=True, slots=True)
class Account:
    """All sources of one account, or a search over several."""

    opds: tuple[str, ...]
    handle: str
    sources: tuple[SourceStatus, ...]

    @property
    def state(self) -> SourceState:
        """The worst state of its sources."""
        return min((state_of(source) for source in self.sources), key=ORDER.index)

    @property
    def last_success_at(self) -> datetime | None:
        """The stalest of its sources' last successes; None when one never had any."""
        moments = [source.last_success_at for source in self.sources]
        known = [moment for moment in moments if moment is not None]
        return min(known) if len(known) == len(moments) else None

    @property
    def next_at(self) -> datetime:
        """When the first of its sources is read again."""
        return min(next_at(source) for source in self.sources)

    @property
    def advice(self) -> list[tuple[Remedy, tuple[str, ...]]]:
        """What is to be said, once for all kinds of source that it concerns."""
        kinds: dict[str, list[str]] = {}
        for source in self.sources:
            code = code_of(source)
            if code:
                kinds.setdefault(code, []).append(source.spec.kind)
        everywhere = len(self.sources)
        return [
            (remedy(code), () if len(named) == everywhere else tuple(named))
            for code, named in kinds.items()
        ]


@dataclass(frozen=True, slots=True)
class Shared:
    """The same trouble of several accounts: said once, with the accounts below it."""

    accounts: tuple[Account, ...]
    remedies: tuple[Remedy, ...]
    kinds: tuple[str, ...]
    """Kinds of source that have it; empty when all have."""
    since: datetime | None
    """The last good answer that a source with it had; None: there was none yet."""
    next_at: datetime
    """When the first source with it is read again."""

    @property
    def state(self) -> SourceState:
        """The state of them all."""
        return self.accounts[0].state


def state_of(source: SourceStatus) -> SourceState:
    """Return the state to show: a good source under a wider hold waits, too."""
    return "waiting" if source.held_until and source.state in ("ok", "new") else source.state


def next_at(source: SourceStatus) -> datetime:
    """Return when a source is read again."""
    return source.held_until or source.next_poll_at


def code_of(source: SourceStatus) -> str:
    """Return the code to explain, "" when all is well: what needs a person goes before a hold."""
    return source.held_code if source.held_until and source.state != "needs_human" else source.code


def as_held(sources: Sequence[SourceStatus], holds: Sequence[Hold]) -> list[SourceStatus]:
    """Return the sources, a hold that needs a person shown alike on all that it covers.

    Only the source that met the cause was marked by the daemon; the others rest along with it.
    """
    stops = [
        hold
        for hold in holds
        if any(
            one.state == "needs_human" and one.code == hold.code and hold.covers(one.spec.id)
            for one in sources
        )
    ]
    return [
        replace(source, state="needs_human", code=stop.code)
        if source.state != "needs_human"
        and (stop := next((hold for hold in stops if hold.covers(source.spec.id)), None))
        else source
        for source in sources
    ]


def accounts_of(sources: Sequence[SourceStatus]) -> list[Account]:
    """Return the sources of one network by account, in order of the accounts' first source."""
    grouped: dict[tuple[str, ...], list[SourceStatus]] = {}
    for source in sources:
        # A search over several accounts stands by itself, also beside those of its accounts.
        grouped.setdefault((*source.spec.accounts, source.spec.handle), []).append(source)
    return [
        Account(found[0].spec.accounts, found[0].spec.handle, tuple(found))
        for found in grouped.values()
    ]


def rests_of(
    sources: Sequence[SourceStatus], holds: Sequence[Hold], now: datetime
) -> Iterator[Rest]:
    """Yield the holds that cover more than one account of a network, the widest first."""
    for hold in sorted(holds, key=lambda hold: hold.scope.count(":")):
        covered = [source for source in sources if hold.covers(source.spec.id)]
        accounts = {source.spec.accounts for source in covered}
        if hold.until <= now or (len(accounts) < 2 and len(covered) < len(sources)) or not covered:
            continue
        person = any(
            source.state == "needs_human" and source.code == hold.code for source in covered
        )
        good = [source.last_success_at for source in covered if source.last_success_at]
        whole = len(covered) == len(sources)
        yield Rest(
            hold,
            "needs_human" if person else "waiting",
            () if whole else tuple(dict.fromkeys(source.spec.kind for source in covered)),
            max(good, default=None),
        )


def is_calm(account: Account, rests: Sequence[Rest]) -> bool:
    """Whether nothing is to be said of an account that does not stand above it already."""
    return all(is_explained(source, rests) for source in account.sources)


def is_explained(source: SourceStatus, rests: Sequence[Rest]) -> bool:
    """Whether a source is well, or rests for a reason that is said above."""
    return state_of(source) in ("ok", "new") or any(
        rest.hold.covers(source.spec.id)
        and (source.state in ("ok", "new") or source.code == rest.hold.code)
        for rest in rests
    )


def alike(
    accounts: Sequence[Account], rests: Sequence[Rest]
) -> tuple[tuple[Shared, ...], tuple[Account, ...]]:
    """Return the troubles that many accounts have alike, and the accounts with another one."""
    grouped: dict[tuple[tuple[SourceState, str], ...], list[Account]] = {}
    for account in accounts:
        own = {(state_of(source), code_of(source)) for source in _in_trouble(account, rests)}
        grouped.setdefault(tuple(sorted(own)), []).append(account)
    many = [found for found in grouped.values() if len(found) >= MANY]
    few = [found for found in grouped.values() if len(found) < MANY]
    return (
        tuple(_shared(found, rests) for found in many),
        tuple(account for found in few for account in found),
    )


def _in_trouble(account: Account, rests: Sequence[Rest]) -> list[SourceStatus]:
    return [source for source in account.sources if not is_explained(source, rests)]


def _shared(accounts: Sequence[Account], rests: Sequence[Rest]) -> Shared:
    troubled = [source for account in accounts for source in _in_trouble(account, rests)]
    good = [source.last_success_at for source in troubled if source.last_success_at]
    everywhere = len(troubled) == sum(len(account.sources) for account in accounts)
    return Shared(
        tuple(accounts),
        tuple(remedy(code) for code in dict.fromkeys(map(code_of, troubled))),
        () if everywhere else tuple(dict.fromkeys(source.spec.kind for source in troubled)),
        max(good, default=None),
        min(next_at(source) for source in troubled),
    )
