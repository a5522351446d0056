"""X's two meters, per token and in simulated time: requests per 15 minutes, and billed reads."""

import math
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

WINDOW = timedelta(minutes=15)
PER_WINDOW: dict[str, int] = {
    "mentions": 450,
    "search": 450,
    "tweets": 900,
    "users_by": 300,
    "usage": 50,
}
"""Requests of one app per window (docs.x.com/x-api/fundamentals/rate-limits, August 2026)."""
PROJECT_CAP = 3_000_000
"""Post reads per month under pay-per-use (docs.x.com/x-api/fundamentals/post-cap, 2026)."""
CAP_RESET_DAY = 1


@dataclass(frozen=True, slots=True)
class Allowance:
    """State of one window after a request was counted."""

    limit: int
    remaining: int
    reset: int
    """Unix seconds of the simulated time."""
    granted: bool

    @property
    def headers(self) -> dict[str, str]:
        """The three headers that X sends with every reply of a limited endpoint."""
        return {
            "x-rate-limit-limit": str(self.limit),
            "x-rate-limit-remaining": str(self.remaining),
            "x-rate-limit-reset": str(self.reset),
        }


class RateLimits:
    """Fixed windows that begin with the first request in them."""

    def __init__(self, per_window: Mapping[str, int] | None = None) -> None:
        self._limits = {**PER_WINDOW, **(per_window or {})}
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, str], tuple[datetime, int]] = {}

    def count(self, token: str, endpoint: str, now: datetime) -> Allowance:
        """Count one request; a refused one does not lengthen the window."""
        limit = self._limits[endpoint]
        with self._lock:
            end, used = self._windows.get((token, endpoint), (now, 0))
            if now >= end:
                end, used = now + WINDOW, 0
            granted = used < limit
            used += granted
            self._windows[token, endpoint] = (end, used)
        reset = math.ceil(end.timestamp())
        return Allowance(limit, limit - used, reset, granted)


class Usage:
    """Reads that X would bill, each resource once per UTC day."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._posts: dict[date, set[str]] = {}
        self._users: dict[date, set[str]] = {}

    def count(self, posts: Iterable[str], users: Iterable[str], now: datetime) -> None:
        """Count what one page showed."""
        day = now.astimezone(UTC).date()
        with self._lock:
            self._posts.setdefault(day, set()).update(posts)
            self._users.setdefault(day, set()).update(users)

    def reads(self, day: date) -> tuple[int, int]:
        """Return (posts, users) that one UTC day is billed for."""
        with self._lock:
            return len(self._posts.get(day, ())), len(self._users.get(day, ()))

    def report(self, now: datetime, days: int) -> dict[str, Any]:
        """Return the body of /2/usage/tweets for the last `days` days."""
        today = now.astimezone(UTC).date()
        with self._lock:
            per_day = {day: len(posts) for day, posts in self._posts.items()}
        month = sum(n for day, n in per_day.items() if (day.year, day.month) == _month(today))
        shown = [today - timedelta(days=back) for back in range(days)]
        return {
            "data": {
                "project_id": "1500000000000000001",
                "project_cap": str(PROJECT_CAP),
                "project_usage": str(month),
                "cap_reset_day": CAP_RESET_DAY,
                "daily_project_usage": {
                    "project_id": "1500000000000000001",
                    "usage": [
                        {"date": f"{day.isoformat()}T00:00:00.000Z", "usage": str(per_day[day])}
                        for day in shown
                        if day in per_day
                    ],
                },
            }
        }


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month
