"""How much of Meta's limits is used up, by the headers of an answer. Pure.

developers.facebook.com/docs/graph-api/overview/rate-limiting (read in 2026): percents of the
limit, per app over a rolling hour, per account over a day. Calls beyond a limit prolong the wait,
so polls come later from `slow_percent` on and stop at `pause_percent`.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collectors.wire import as_dict, as_list
from tanggap.mention import Wait
from tanggap.networks import MetaSettings

STRETCH = 4.0
"""Polls come at most so much later."""
UNSAID_PAUSE = timedelta(minutes=15)
"""Near a limit without a time to wait for: a quarter of the app's hour must pass first."""
_LONGEST_MINUTES = 24 * 60
_PERCENTS = ("call_count", "total_time", "total_cputime")


@dataclass(frozen=True, slots=True)
class Usage:
    """What the headers ask of us."""

    wait: Wait | None = None
    stretch: float = 1.0


def usage_of(
    headers: Mapping[str, str], account: str, app: str, settings: MetaSettings, now: datetime
) -> Usage:
    """Return what the usage headers of an answer ask for.

    `account` and `app` are the scopes of the limits; header names are lower case. A header that
    is missing or odd says nothing. Where both are the same, nobody asked on behalf of an account:
    the limit of one account then holds nothing.
    """
    in_app = _percent(_json(headers.get("x-app-usage", "")))
    entries = list(_business_entries(headers)) if account != app else []
    in_account = max((_percent(entry) for entry in entries), default=0.0)
    wait = None
    if max(in_app, in_account) >= settings.pause_percent:
        scope = app if in_app >= settings.pause_percent else account
        minutes = regain_minutes(headers)
        pause = timedelta(minutes=minutes) if minutes else UNSAID_PAUSE
        wait = Wait(scope, now + pause, "usage_high")
    return Usage(wait, _stretch(max(in_app, in_account), settings))


def regain_minutes(headers: Mapping[str, str]) -> int:
    """Return the longest `estimated_time_to_regain_access`; 0 when none is given. At most a day."""
    said = [_amount(e.get("estimated_time_to_regain_access")) for e in _business_entries(headers)]
    return min(math.ceil(max(said, default=0.0)), _LONGEST_MINUTES)


def _stretch(percent: float, settings: MetaSettings) -> float:
    if percent < settings.slow_percent:
        return 1.0
    span = settings.pause_percent - settings.slow_percent
    share = (percent - settings.slow_percent) / span if span else 1.0
    return 1.0 + (STRETCH - 1.0) * min(share, 1.0)


def _business_entries(headers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for entries in _json(headers.get("x-business-use-case-usage", "")).values():
        for entry in as_list(entries):
            yield as_dict(entry)


def _percent(entry: Mapping[str, Any]) -> float:
    return max(_amount(entry.get(name)) for name in _PERCENTS)


def _amount(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if 0 <= value < 1e6 else 0.0


def _json(text: str) -> dict[str, Any]:
    try:
        return as_dict(json.loads(text))
    except (ValueError, RecursionError):
        return {}
