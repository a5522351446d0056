"""What beats the time, by the `schedule` package; what is due stands in the store.

`schedule` reckons with the host's local wall clock, so a clock that is set back, or an hour that
daylight saving repeats, would hold every beat back as long. The metronome notices that its next
beat lies further away than any may, and begins anew.
"""

import logging
from collections.abc import Callable
from functools import partial

import schedule

logger = logging.getLogger("tanggap.metronome")


class Metronome:
    """Calls functions every so many whole seconds, one after the other in the caller's thread."""

    def __init__(self) -> None:
        self._beats: list[Callable[[], object]] = []
        self._longest = 0
        self._scheduler = schedule.Scheduler()

    def every(self, seconds: float, work: Callable[[], object]) -> None:
        """Call `work` every `seconds`, rounded, at least one."""
        whole = max(1, round(seconds))
        self._longest = max(self._longest, whole)
        self._beats.append(partial(self._arm, whole, work))
        self._arm(whole, work)

    def _arm(self, seconds: int, work: Callable[[], object]) -> None:
        self._scheduler.every(seconds).seconds.do(work)

    def run_pending(self) -> None:
        """Do what is due."""
        if (self._scheduler.idle_seconds or 0) > self._longest + 1:
            logger.warning("event=clock_set_back by_s=%d", self._scheduler.idle_seconds)
            self._scheduler.clear()
            for arm in self._beats:
                arm()
        self._scheduler.run_pending()
