"""How many requests Instagram's web site bears before it asks to wait; in simulated time.

Instagram publishes no numbers. The default lies far above what instaloader allows itself, 275
GraphQL queries in 10 minutes, since a compressed clock packs many polls into few minutes.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=10)
PER_WINDOW = 2000
REST = timedelta(minutes=30)


@dataclass(slots=True)
class _Meter:
    ends: datetime
    used: int = 0
    resting_until: datetime | None = None


class Patience:
    """One meter per session, and one for all who come without; settable while it serves."""

    def __init__(self, per_window: int = PER_WINDOW, rest: timedelta = REST) -> None:
        self.per_window = per_window
        self.rest = rest
        self._lock = threading.Lock()
        self._meters: dict[str, _Meter] = {}

    def bears(self, session: str, now: datetime) -> bool:
        """Count one request; False: too many, and for `rest` every further one too."""
        with self._lock:
            meter = self._meters.setdefault(session, _Meter(now + WINDOW))
            if meter.resting_until is not None:
                if now < meter.resting_until:
                    return False
                meter = self._meters[session] = _Meter(now + WINDOW)
            if now >= meter.ends:
                meter.ends, meter.used = now + WINDOW, 0
            meter.used += 1
            if meter.used <= self.per_window:
                return True
            meter.resting_until = now + self.rest
            return False
