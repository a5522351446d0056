"""/sumber: how each source is doing in plain words, and what a person must do about it."""

from collections import Counter
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from tanggap.mention import UMBRELLA
from tanggap.remedies import Remedy, remedy
from tanggap.store.rows import SourceState, SourceStatus, Usage, User
from tanggap.web.auth import Staff, Supervisor
from tanggap.web.desk import Desk

ORDER: tuple[SourceState, ...] = ("needs_human", "backoff", "waiting", "new", "ok")


@dataclass(frozen=True, slots=True)
class XBudget:
    """What X was asked for, against the limits of the config."""

    usage: Usage
    daily_limit: int
    monthly_limit: int


def visible(sources: list[SourceStatus], user: User) -> list[SourceStatus]:
    """Return the sources that concern a person, those in trouble first."""
    own = {*user.opds, UMBRELLA}
    chosen = [
        source
        for source in sources
        if user.role == "supervisor" or own.intersection(source.spec.accounts)
    ]
    return sorted(chosen, key=lambda source: (ORDER.index(source.state), source.spec.id))


def advice(source: SourceStatus) -> Remedy | None:
    """Return what is to be said of a source beside its state, None when all is well."""
    code = source.held_code if source.held_until else source.code
    return remedy(code) if code else None


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the sources page."""
    router = APIRouter(prefix="/sumber")

    @router.get("")
    def sources_page(request: Request, user: Staff) -> Response:
        now = desk.now()
        sources = visible(desk.store.sources(now), user)
        return desk.page(
            request,
            "sources.html",
            now=now,
            sources=[(source, advice(source)) for source in sources],
            states=Counter(source.state for source in sources),
            order=ORDER,
            pulse=desk.pulse(),
            alarms=[(alarm, remedy(alarm.code)) for alarm in desk.store.alarms()],
            budget=_budget(desk) if user.role == "supervisor" else None,
            x_enabled=desk.config.x.enabled,
        )

    @router.post("/ambil")
    def poll_now(_: Supervisor, source_id: Annotated[str, Form(alias="sumber")] = "") -> Response:
        known = {source.spec.id for source in desk.store.sources(desk.now())}
        if source_id and source_id not in known:
            raise HTTPException(404)
        desk.store.poll_now(source_id or None, desk.now())
        return RedirectResponse("/sumber?pesan=ambil", 303)

    return router


def _budget(desk: Desk) -> XBudget | None:
    settings = desk.config.x
    if not settings.enabled:
        return None
    prices = {"post": settings.usd_per_post, "user": settings.usd_per_user}
    usage = desk.store.usage("x", desk.now(), prices)
    return XBudget(usage, settings.daily_read_limit, settings.monthly_read_limit)
