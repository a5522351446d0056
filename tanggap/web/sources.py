"""/sumber: per network and account how the collecting goes, what is not seen, what to do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from tanggap.coverage import Share, SourceReport, Watch, last_days, statement, watch_of
from tanggap.errors import SAID_BY_NETWORK
from tanggap.mention import UMBRELLA
from tanggap.reach import NOT_HURRIED, Reach, TokenEnd, reach, reads, token_end, unseen
from tanggap.remedies import Remedy, remedy
from tanggap.store.rows import Hold, SourceState, SourceStatus, Usage, User
from tanggap.web import words
from tanggap.web.auth import Reader, Supervisor
from tanggap.web.daemons import daemons_of
from tanggap.web.desk import Desk
from tanggap.web.troubles import (
    ORDER,
    Account,
    Rest,
    Shared,
    accounts_of,
    alike,
    as_held,
    code_of,
    is_calm,
    rests_of,
    state_of,
)

FEW = 4
"""So many accounts without trouble are listed; more are folded away."""


@dataclass(frozen=True, slots=True)
class XBudget:
    """What X was asked for, against the limits of the config."""

    usage: Usage
    daily_limit: int
    monthly_limit: int


@dataclass(frozen=True, slots=True)
class Section:
    """One network as a person sees it."""

    reach: Reach
    rests: tuple[Rest, ...]
    shared: tuple[Shared, ...]
    """Troubles that many accounts have alike, the worst first."""
    troubled: tuple[Account, ...]
    """Accounts with a trouble of their own, the worst first."""
    calm: tuple[Account, ...]
    """The others: all is well, or a rest above says why not."""
    unconnected: tuple[str, ...]
    reads: tuple[tuple[str, str], ...]
    """(kind of source, what it reads)."""
    unseen: tuple[str, ...]
    session_end: TokenEnd | None = None
    """Of the browser session that reads Instagram without a token, where its end is known."""

    @property
    def concerns_somebody(self) -> bool:
        """Whether there is an account, or an OPD without one, to speak of."""
        return bool(self.accounts or self.unconnected)

    @property
    def accounts(self) -> tuple[Account, ...]:
        """All its accounts."""
        alike = [account for trouble in self.shared for account in trouble.accounts]
        return (*alike, *self.troubled, *self.calm)

    @property
    def states(self) -> Counter[SourceState]:
        """How many accounts are in which state."""
        return Counter(account.state for account in self.accounts)

    @property
    def noted(self) -> int:
        """How many calm accounts have something said about them that is no trouble."""
        return sum(1 for account in self.calm if account.state == "ok" and account.advice)


@dataclass(frozen=True, slots=True)
class Watched:
    """How much of the last days was watched."""

    sources: dict[str, SourceReport]
    networks: dict[str, Share]
    since: dict[str, Watch]
    """By network and by source id: since when, and how many of those days."""


@dataclass(frozen=True, slots=True)
class Token:
    """The token of Meta, which Facebook and Instagram share."""

    status: SourceStatus
    end: TokenEnd | None
    """None: it was not checked yet."""
    remedy: Remedy | None


def visible(sources: list[SourceStatus], user: User) -> list[SourceStatus]:
    """Return the sources of mentions that concern a person."""
    own = {*user.opds, UMBRELLA}
    return [
        source
        for source in sources
        if source.spec.kind != "token"
        and (user.role == "supervisor" or own.intersection(source.spec.accounts))
    ]


def section(
    desk: Desk,
    found: Reach,
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
    shared, troubled = alike([one for one in accounts if not is_calm(one, rests)], rests)
    return Section(
        found,
        rests,
        shared,
        troubled,
        tuple(account for account in accounts if is_calm(account, rests)),
        tuple(opd for opd in found.unconnected if opd in own),
        tuple((kind, reads(desk.config, network, kind)) for kind in found.way.reads),
        tuple(unseen(desk.config, network)),
        session_end(sources, now),
    )


def session_end(sources: Sequence[SourceStatus], now: datetime) -> TokenEnd | None:
    """Say when the first right to read that belongs to the sources themselves ends."""
    ends = [one.token_ends_at for one in sources if one.token_ends_at and one.spec.kind != "token"]
    return token_end(min(ends), now) if ends else None


def coverage_of(desk: Desk, user: User) -> Watched:
    """Return how much of the last 30 days was watched, of the sources that concern a person."""
    span = last_days(desk.now())
    found = statement(desk.store, desk.config, span)
    own = {*user.opds, UMBRELLA}
    mine = [
        one
        for one in found.sources
        if user.role == "supervisor" or own.intersection(one.source.accounts)
    ]
    networks: dict[str, Share] = {}
    reports: dict[str, list[SourceReport]] = {}
    for one in mine:
        network = one.source.network
        networks[network] = networks.get(network, Share()) + one.share
        for key in (network, one.source.source_id):
            reports.setdefault(key, []).append(one)
    since = {key: watch for key, those in reports.items() if (watch := watch_of(those, span))}
    return Watched({one.source.source_id: one for one in mine}, networks, since)


def token_of(sources: Sequence[SourceStatus], now: datetime) -> Token | None:
    """Return the state of Meta's token, None when nothing uses it."""
    for source in sources:
        if source.spec.kind == "token":
            checked = source.last_success_at or source.token_ends_at
            code = code_of(source)
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
    def sources_page(request: Request, user: Reader) -> Response:
        now = desk.now()
        holds = [hold for hold in desk.store.holds(now) if hold.until > now]
        sources = as_held(desk.store.sources(now), holds)
        sections = [
            section(
                desk,
                found,
                [source for source in sources if source.spec.network == found.network],
                holds,
                user,
            )
            for found in reach(desk.config).values()
        ]
        supervisor = user.role == "supervisor"
        on = [one for one in sections if one.reach.on or one.accounts]
        # Instagram is read without a token, too: who is read so is not told that nobody watches.
        seen = {
            one.reach.network.removesuffix("_web")
            for one in on
            if one.reach.accounts.keys() & {*user.opds}
        }
        return desk.page(
            request,
            "sources.html",
            now=now,
            sections=[one for one in on if supervisor or one.concerns_somebody],
            off=[
                one.reach.way
                for one in sections
                if one not in on
                and (supervisor or one.reach.network in words.NETWORK.keys() - seen)
            ],
            order=ORDER,
            hurried=any(one.spec.network not in NOT_HURRIED for one in sources),
            not_hurried=NOT_HURRIED,
            told=SAID_BY_NETWORK,
            few=FEW,
            state_of=state_of,
            token_end=token_end,
            pulse=desk.pulse(),
            daemons=daemons_of(desk) if supervisor else [],
            alarms=[(alarm, remedy(alarm.code)) for alarm in desk.store.alarms()],
            token=token_of(sources, now) if supervisor else None,
            coverage=coverage_of(desk, user),
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
            name for name, source in sources.items()
            if state_of(source) != "waiting" and source.spec.network not in NOT_HURRIED
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
