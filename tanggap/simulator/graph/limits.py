"""The Graph API's meters, in simulated time: per Page, per Instagram account, and per app.

Facts: developers.facebook.com/docs/graph-api/overview/rate-limiting (2026): 4800 calls per engaged
user (Instagram: per impression) in 24 hours for tokens of Pages and system users; 200 calls per
user of the app in an hour for tokens of people. Calls made while throttled prolong the wait.
"""

import json
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tanggap.simulator.graph.errors import GraphError

Meter = Literal["app", "user", "page", "instagram"]
PER_DAY = 4800
PER_HOUR = 200
DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
PROLONGED = timedelta(minutes=1)
"""How much longer the wait becomes by each call that was refused."""
_TYPES = {"page": "pages", "instagram": "instagram"}


@dataclass(frozen=True, slots=True)
class Usage:
    """One meter after a call was counted. Percents of the limit; minutes until it is open."""

    meter: Meter
    account: str
    percent: int
    minutes: int = 0
    code: int = 4
    """The error of a call too many."""

    @property
    def refused(self) -> bool:
        """Whether the call was one too many."""
        return self.minutes > 0


class _Count:
    """Calls of a rolling window, in steps of a minute."""

    def __init__(self, window: timedelta) -> None:
        self._window = window
        self._steps: deque[tuple[datetime, int]] = deque()
        self._used = 0
        self._until: datetime | None = None

    def add(self, allowed: int, now: datetime) -> tuple[int, int]:
        """Count one call; return percent used and the minutes to wait (0: granted)."""
        while self._steps and self._steps[0][0] <= now - self._window:
            self._used -= self._steps.popleft()[1]
        if self._until is not None and now >= self._until:
            self._until = None
        if self._until is None and self._used >= allowed:
            self._until = self._open_at(allowed, now)
        if self._until is not None:
            self._until += PROLONGED
            return 100, max(1, -((now - self._until) // timedelta(minutes=1)))
        step = now.replace(second=0, microsecond=0)
        if self._steps and self._steps[-1][0] == step:
            self._steps[-1] = (step, self._steps[-1][1] + 1)
        else:
            self._steps.append((step, 1))
        self._used += 1
        return self._used * 100 // max(1, allowed), 0

    def _open_at(self, allowed: int, now: datetime) -> datetime:
        """Return when so many calls have left the window that there is room again."""
        left = self._used
        for moment, number in self._steps:
            left -= number
            if left < allowed:
                return moment + self._window
        return now + self._window


class GraphLimits:
    """All meters. A test sets how large they are before or while it runs."""

    def __init__(self) -> None:
        self.engaged_users: dict[str, int] = {}
        """Handle of a Page to its engaged users; 1 when left out."""
        self.impressions: dict[str, int] = {}
        """Handle of an Instagram account to its impressions; 1 when left out."""
        self.app_users = 1
        self.user_calls_per_hour: int | None = None
        """A person's own limit, which Meta does not publish; None: none."""
        self.codes: dict[Meter, int] = {
            "app": 4,
            "user": 17,
            "page": 80001,
            "instagram": 80002,
        }
        """The error of each meter; a Page's may be 32 as well."""
        self._lock = threading.Lock()
        self._counts: dict[tuple[Meter, str], _Count] = {}

    def count_page(self, identity: str, handle: str, now: datetime) -> Usage:
        """Count a call with a Page's token."""
        allowed = PER_DAY * self.engaged_users.get(handle, 1)
        return self._count("page", identity, allowed, DAY, now)

    def count_instagram(self, identity: str, handle: str, now: datetime) -> Usage:
        """Count a call about an Instagram account."""
        allowed = PER_DAY * self.impressions.get(handle, 1)
        return self._count("instagram", identity, allowed, DAY, now)

    def count_app(self, now: datetime) -> list[Usage]:
        """Count a call with a person's token, for the app and, where set, for the person."""
        counted = [self._count("app", "", PER_HOUR * self.app_users, HOUR, now)]
        if self.user_calls_per_hour is not None:
            counted.append(self._count("user", "", self.user_calls_per_hour, HOUR, now))
        return counted

    def _count(
        self, meter: Meter, account: str, allowed: int, window: timedelta, now: datetime
    ) -> Usage:
        with self._lock:
            count = self._counts.setdefault((meter, account), _Count(window))
            percent, minutes = count.add(allowed, now)
        return Usage(meter, account, percent, minutes, self.codes[meter])


def refusal(usages: Iterable[Usage]) -> GraphError | None:
    """Return the error of the first meter that is full, or None."""
    for usage in usages:
        if usage.refused:
            return GraphError(usage.code)
    return None


def usage_headers(usages: Iterable[Usage]) -> dict[str, str]:
    """Return the headers that tell of the meters; none while a meter shows nothing."""
    headers: dict[str, str] = {}
    for usage in usages:
        if usage.percent < 1 and not usage.refused:
            continue
        shares = {
            "call_count": usage.percent,
            "total_cputime": usage.percent * 2 // 5,
            "total_time": usage.percent * 3 // 5,
        }
        if usage.meter in ("app", "user"):
            headers["x-app-usage"] = json.dumps(shares)
        else:
            entry = {
                "type": _TYPES[usage.meter],
                **shares,
                "estimated_time_to_regain_access": usage.minutes,
            }
            headers["x-business-use-case-usage"] = json.dumps({usage.account: [entry]})
    return headers
