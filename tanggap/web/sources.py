"""/sumber: per network and account how the collecting goes, what is not seen, what to do."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from tanggap.coverage import Coverage, TokenEnd, coverage, reads, token_end, unseen
from tanggap.mention import UMBRELLA
from tanggap.remedies import Remedy, remedy
from tanggap.store.rows import Hold, SourceState, SourceStatus, Usage, User
from tanggap.web import words
from tanggap.web.auth import Staff, Supervisor
from tanggap.web.desk import Desk

ORDER: tuple[SourceState, ...] = ("needs_human", "backoff", "waiting", "new", "ok")
FEW = 4
"""So many accounts without trouble are listed; more are folded away."""


@dataclass(frozen=True, slots=True)
class XBudget:
    """What X was asked for, against the limits of the config."""

    usage: Usage
    daily_limit: int
    monthly_limit: int


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
        return min(source.held_until or source.next_poll_at for source in self.sources)

    @property
    def advice(self) -> list[tuple[Remedy, tuple[str, ...]]]:
        """What is to be said, once for all kinds of source that it concerns."""
        kinds: dict[str, list[str]] = {}
        for source in self.sources:
            code = source.held_code if source.held_until else source.code
            if code:
                kinds.setdefault(code, []).append(source.spec.kind)
        everywhere = len(self.sources)
        return [
            (remedy(code), () if len(named) == everywhere else tuple(named))
            for code, named in kinds.items()
        ]

    @property
    def token_ends_at(self) -> datetime | None:
        """When the first of its own rights to read ends, where the network said so."""
        ends = [source.token_ends_at for source in self.sources if source.token_ends_at]
        return min(ends, default=None)


@dataclass(frozen=True, slots=True)
class Section:
    """One network as a person sees it."""

    coverage: Coverage
    rests: tuple[Rest, ...]
    troubled: tuple[Account, ...]
    """Accounts with a trouble of their own, the worst first."""
    calm: tuple[Account, ...]
    """The others: all is well, or a rest above says why not."""
    unconnected: tuple[str, ...]
    reads: tuple[tuple[str, str], ...]
    """(kind of source, what it reads)."""
    unseen: tuple[str, ...]

    @property
    def concerns_somebody(self) -> bool:
        """Whether there is an account, or an OPD without one, to speak of."""
        return bool(self.troubled or self.calm or self.unconnected)

    @property
    def states(self) -> Counter[SourceState]:
        """How many accounts are in which state."""
        return Counter(account.state for account in (*self.troubled, *self.calm))

    @property
    def noted(self) -> int:
        """How many calm accounts have something said about them that is no trouble."""
        return sum(1 for account in self.calm if account.state == "ok" and account.advice)


@dataclass(frozen=True, slots=True)
class Token:
    """The token of Meta, which Facebook and Instagram share."""

    status: SourceStatus
    end: TokenEnd | None
    """None: it was not checked yet."""
    remedy: Remedy | None


def state_of(source: SourceStatus) -> SourceState:
    """Return the state to show: a good source under a wider hold waits, too."""
    return "waiting" if source.held_until and source.state in ("ok", "new") else source.state


def visible(sources: list[SourceStatus], user: User) -> list[SourceStatus]:
    """Return the sources of mentions that concern a person."""
    own = {*user.opds, UMBRELLA}
    return [
        source
        for source in sources
        if source.spec.kind != "token"
        and (user.role == "supervisor" or own.intersection(source.spec.accounts))
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
    return all(
        state_of(source) in ("ok", "new")
        or any(
            rest.hold.covers(source.spec.id)
            and (source.state in ("ok", "new") or source.code == rest.hold.code)
            for rest in rests
        )
        for source in account.sources
    )


def section(
    desk: Desk,
    found: Coverage,
    sources: list[SourceStatus],
    holds: Sequence[Hold],
    user: User,
) -> Section:
    """Return one network for a person; `sources` are all those of the network."""
    now, network = desk.now(), found.network
    rests = tuple(rests_of([one for one in sources if one.spec.kind != "token"], holds, now))
    accounts = accounts_of(visible(sources, user))
    accounts.sort(key=lambda account: ORDER.index(account.state))
    own = {*user.opds} if user.role == "opd" else {UMBRELLA, *desk.config.policy.opd}
    return Section(
        found,
        rests,
        tuple(account for account in accounts if not is_calm(account, rests)),
        tuple(account for account in accounts if is_calm(account, rests)),
        tuple(opd for opd in found.unconnected if opd in own),
        tuple((kind, reads(desk.config, network, kind)) for kind in found.reach.reads),
        tuple(unseen(desk.config, network)),
    )


def token_of(sources: Sequence[SourceStatus], now: datetime) -> Token | None:
    """Return the state of Meta's token, None when nothing uses it."""
    for source in sources:
        if source.spec.kind == "token":
            checked = source.last_success_at or source.token_ends_at
            code = source.held_code if source.held_until else source.code
            return Token(
                source,
                token_end(source.token_ends_at, now) if checked else None,
                remedy(code) if code else None,
            )
    return None


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the sources page."""
    router = APIRouter(prefix="/sumber")

    @router.get("")
    def sources_page(request: Request, user: Staff) -> Response:
        now = desk.now()
        sources, holds = desk.store.sources(now), desk.store.holds(now)
        sections = [
            section(
                desk,
                found,
                [source for source in sources if source.spec.network == found.network],
                holds,
                user,
            )
            for found in coverage(desk.config).values()
        ]
        supervisor = user.role == "supervisor"
        on = [one for one in sections if one.coverage.on or one.troubled or one.calm]
        return desk.page(
            request,
            "sources.html",
            now=now,
            sections=[one for one in on if supervisor or one.concerns_somebody],
            off=[
                one.coverage.reach
                for one in sections
                if one not in on and (supervisor or one.coverage.network in words.NETWORK)
            ],
            order=ORDER,
            few=FEW,
            state_of=state_of,
            token_end=token_end,
            pulse=desk.pulse(),
            alarms=[(alarm, remedy(alarm.code)) for alarm in desk.store.alarms()],
            token=token_of(sources, now) if supervisor else None,
            budget=_budget(desk) if supervisor else None,
        )

    @router.post("/ambil")
    def poll_now(_: Supervisor, source_id: Annotated[str, Form(alias="sumber")] = "") -> Response:
        now = desk.now()
        sources = {source.spec.id: source for source in desk.store.sources(now)}
        if source_id and source_id not in sources:
            raise HTTPException(404)
        # "All" leaves those alone that a network told to wait: asking again makes the wait longer.
        chosen = [source_id] if source_id else [
            name for name, source in sources.items() if state_of(source) != "waiting"
        ]  # fmt: skip
        for name in chosen:
            desk.store.poll_now(name, now)
        return RedirectResponse("/sumber?pesan=ambil", 303)

    return router


def _budget(desk: Desk) -> XBudget | None:
    settings = desk.config.x
    if not settings.enabled:
        return None
    prices = {"post": settings.usd_per_post, "user": settings.usd_per_user}
    usage = desk.store.usage("x", desk.now(), prices)
    return XBudget(usage, settings.daily_read_limit, settings.monthly_read_limit)
