"""What every page of the desk is built with: store, config, clock, templates, sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment
from starlette.requests import Request

from tanggap.clock import Clock
from tanggap.clocks import Reckoner
from tanggap.config import Config
from tanggap.killpoints import reached
from tanggap.mention import Review
from tanggap.sectors import SECTORS
from tanggap.store.base import Store
from tanggap.store.rows import Alarm, Scope, User
from tanggap.store.rows_triage import LastAct
from tanggap.watching import Watch
from tanggap.web import words
from tanggap.web.assets import Assets
from tanggap.web.auth import ACTING, ANALYSIS, CORRECTING, Sessions
from tanggap.working_days import Calendar

if TYPE_CHECKING:
    from tanggap.web.oidc import Provider

STALE_AFTER_AT_LEAST = timedelta(seconds=120)
"""Real time without a sign of life after which the daemon counts as stopped."""


UNDO_SHOWN = timedelta(seconds=10)
"""Real time for which a page offers to undo the last act."""
UNDO_TAKEN = timedelta(seconds=15)
"""Real time for which it is done: the line to the server may be slow."""
SAID = frozenset({"pesan", "no", "jumlah"})
"""What an address says of an act that led there: it is done, to which item, to how many."""
COUNTED_AGAIN = timedelta(minutes=5)
"""Real time for which the most frequent sectors are kept; they hardly change."""


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


class FrequentSectors:
    """Which sectors the city hears of most, looked up now and then."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._kept: tuple[datetime, tuple[str, ...]] | None = None

    def sectors(self) -> tuple[str, ...]:
        """Return them, the most frequent first."""
        now = self._clock.now()
        kept = self._kept
        if kept is None or abs(now - kept[0]) > COUNTED_AGAIN * self._clock.speed:
            found = (sector for sector in self._store.frequent_sectors() if sector in SECTORS)
            kept = self._kept = (now, tuple(found))
        return kept[1]


@dataclass(frozen=True, slots=True)
class Desk:
    """Passed to every page module; holds nothing of a single request."""

    store: Store
    config: Config
    templates: Environment
    sessions: Sessions
    assets: Assets
    frequent: FrequentSectors
    calendar: Calendar
    provider: "Provider | None" = None
    """Who else may say who somebody is; its library is loaded only where there is one."""

    def now(self) -> datetime:
        """Return the present moment on the install's clock."""
        return self.config.clock.now()

    def real_time(self, span: timedelta) -> timedelta:
        """Return how long a span of real time is on the install's clock."""
        return span * self.config.clock.speed

    def undoable(self, user: User, *, shown: bool = False) -> LastAct | None:
        """Return the last act of a person that may still be undone (or that we offer to)."""
        window = self.real_time(UNDO_SHOWN if shown else UNDO_TAKEN)
        return self.store.last_act(user.name, self.now() - window)

    def reckoner(self) -> Reckoner:
        """Return what judges the clocks of items at the present moment."""
        return Reckoner(self.calendar, self.config.policy.deadline, self.now())

    def watch(self) -> Watch:
        """Say which accounts' answers are watched, and until when each was read."""
        return Watch(self.store.last_reads(), self.config)

    def record(self, scope: Scope, review: Review, *, batch: str = "") -> bool:
        """Store what a person did; return whether there is such an item for them.

        Raise InputError, VersionConflict as `Store.review` does.
        """
        if self.store.review(scope, review, self.now(), batch=batch) is None:
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
            "address": _address(request),
            "assets": self.assets,
            "done": done,
            "trouble": None,
            "undoable": None,
            "undo_seconds": int(UNDO_SHOWN.total_seconds()),
        }
        if user is not None:
            common["acts"] = user.role in ACTING
            common["corrects"] = user.role in CORRECTING
            common["analyses"] = user.role in ANALYSIS
            if done and user.role in CORRECTING and request.query_params["pesan"] != "batal":
                common["undoable"] = self.undoable(user, shown=True)
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
            user=None,
            path=request.url.path,
            address=_address(request),
            assets=self.assets,
            done="",
            trouble=None,
            undoable=None,
            **context,
        )
        return HTMLResponse(text, status)


def _address(request: Request) -> str:
    """Return where the page that is made can be opened again; of what a form led to, the start.

    Without what was said to be done: it is not done again.
    """
    if request.method != "GET":
        return "/"
    kept = [pair for pair in request.query_params.multi_items() if pair[0] not in SAID]
    return f"{request.url.path}?{urlencode(kept)}" if kept else request.url.path
