"""What every page of the desk is built with: store, config, clock, templates, sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment
from starlette.requests import Request

from tanggap.config import Config
from tanggap.killpoints import reached
from tanggap.mention import Review
from tanggap.store.base import Store
from tanggap.store.rows import Alarm, Scope, User
from tanggap.web import words
from tanggap.web.assets import Assets
from tanggap.web.auth import ACTING, ANALYSIS, CORRECTING, Sessions

STALE_AFTER_AT_LEAST = timedelta(seconds=120)
"""Real time without a sign of life after which the daemon counts as stopped."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """The daemon's last sign of life. `age` is real time; None: it never ran."""

    age: timedelta | None
    model: str
    stale: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a banner on every page says: the collecting is disturbed, or a person must act."""

    pulse: Pulse
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """Passed to every page module; holds nothing of a single request."""

    store: Store
    config: Config
    templates: Environment
    sessions: Sessions
    assets: Assets

    def now(self) -> datetime:
        """Return the present moment on the install's clock."""
        return self.config.clock.now()

    def record(self, scope: Scope, review: Review) -> bool:
        """Store what a person did; return whether there is such an item for them.

        Raise InputError, VersionConflict as `Store.review` does.
        """
        if self.store.review(scope, review, self.now()) is None:
            return False
        reached("review_committed")
        return True

    def pulse(self) -> Pulse:
        """Say when the daemon last moved, and whether that is too long ago."""
        last, model = self.store.progress()
        if last is None:
            return Pulse(None, model, True)
        return Pulse(max(self._apart(last), timedelta()), model, self.is_stale(last))

    def is_stale(self, seen_at: datetime) -> bool:
        """Say whether a sign of life is so old that nothing can be moving."""
        tick = timedelta(seconds=self.config.daemon.tick_seconds)
        # A sign from the future is one of before the clock was set back: a living daemon's is new.
        return abs(self._apart(seen_at)) > max(10 * tick, STALE_AFTER_AT_LEAST)

    def _apart(self, seen_at: datetime) -> timedelta:
        return timedelta(seconds=self.config.clock.real_seconds(self.now() - seen_at))

    def page(
        self, request: Request, template: str, *, status: int = 200, **context: Any
    ) -> HTMLResponse:
        """Return a page; a logged-in one shows who it is and what is in trouble."""
        user: User | None = getattr(request.state, "user", None)
        done = words.DONE.get(request.query_params.get("pesan", ""), "")
        common: dict[str, Any] = {
            "user": user,
            "path": request.url.path,
            "assets": self.assets,
            "done": done,
            "trouble": None,
        }
        if user is not None:
            common["acts"] = user.role in ACTING
            common["corrects"] = user.role in CORRECTING
            common["analyses"] = user.role in ANALYSIS
            pulse, alarms = self.pulse(), self.store.alarms()
            if pulse.stale or alarms:
                common["trouble"] = Trouble(pulse, tuple(alarms))
        text = self.templates.get_template(template).render(common | context)
        return HTMLResponse(text, status)

    def bare_page(
        self, request: Request, template: str, *, status: int, **context: Any
    ) -> HTMLResponse:
        """Return a page that asks nothing of the store: it must come even without one."""
        text = self.templates.get_template(template).render(
            user=None, path=request.url.path, assets=self.assets, done="", trouble=None, **context
        )
        return HTMLResponse(text, status)
