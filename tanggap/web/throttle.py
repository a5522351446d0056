"""How often a name may fail at its login before it has to wait."""

import logging
import threading
from datetime import datetime, timedelta

from tanggap.clock import Clock
from tanggap.store.base import UserStore
from tanggap.store.rows_users import LoginStep

FAILURES_AT_MOST = 5
THROTTLE_WINDOW = timedelta(minutes=15)
CODES_A_DAY = 20
"""Wrong codes in a day; at five in each quarter of an hour one would be guessed some day."""
_DAY = timedelta(days=1)

log = logging.getLogger("tanggap.web")


class LoginRefused(Exception):
    """A login did not succeed; `reason` is a key of `words.LOGIN_PROBLEMS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Throttle:
    """Counts a failure before anything is looked at, so that many tries at once are no way round.

    People live in real time, also when the install's clock is compressed.
    """

    def __init__(self, store: UserStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._one_count = threading.Lock()

    def count(self, name: str, step: LoginStep) -> datetime:
        """Count a failure and return its moment, by which it is taken back.

        Raise LoginRefused("throttled" or "throttled_day") where there were too many before.
        """
        now = self._clock.now()
        with self._one_count:
            if self._failed(name, now, THROTTLE_WINDOW, step) >= FAILURES_AT_MOST:
                log.warning("event=login_throttled step=%s", step)
                raise LoginRefused("throttled")
            if step == "code" and self._failed(name, now, _DAY, step) >= CODES_A_DAY:
                log.warning("event=login_throttled step=%s day=1", step)
                raise LoginRefused("throttled_day")
            self._store.note_login(name, False, now, step)
        return now

    def take_back(self, name: str, at: datetime, step: LoginStep) -> None:
        """Take one failure back; those before it stay counted."""
        self._store.take_back_failure(name, at, step)

    def clear(self, name: str) -> None:
        """Forget all failures of a name: its login succeeded."""
        self._store.note_login(name, True, self._clock.now())

    def _failed(self, name: str, now: datetime, span: timedelta, step: LoginStep) -> int:
        return self._store.failed_logins(name, now - span * self._clock.speed, step)
