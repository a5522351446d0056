"""One channel's notices on their way: in order, at least once, without haste where it refuses."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tanggap.config import Config
from tanggap.killpoints import reached
from tanggap.notice_settings import NoticeSettings
from tanggap.notify.material import Material, channel_of
from tanggap.notify.render import Said
from tanggap.notify.timing import (
    AT_ONCE,
    STUBBORN,
    is_held,
    is_hopeless,
    may_go,
    to_fold,
    wait_after,
)
from tanggap.store import Store
from tanggap.store.rows_outbox import Notice

logger = logging.getLogger("tanggap.notices")

CLAIM = timedelta(minutes=10)
"""Real time that a daemon keeps a channel to itself, from each of its tries on."""
HOUR = timedelta(hours=1)
FAILURES_AT_ONCE = 2


@dataclass
class Delivery:
    """Sends what is due on one channel, as long as `stop` is not set."""

    store: Store
    config: Config
    settings: NoticeSettings
    owner: str
    stop: threading.Event
    now: Callable[[], datetime]
    sent: int = 0
    _tried: set[int] = field(default_factory=set)
    _failed: int = 0
    _well: bool = False

    def drain(self) -> int:
        """Send what is due and may go; return how many notices were sent.

        Nothing is sent while another daemon has the channel. Raise StoreError.
        """
        if not self._claim():
            return 0
        try:
            state = {one.channel.id: one for one in self.store.notice_channels(self.now())}
            known = state.get(self.settings.id)
            self._well = known is not None and known.failing_since is None
            failures = known.failures if known else 0
            while not self.stop.is_set() and self._failed < FAILURES_AT_ONCE:
                notice = self._next()
                if notice is None or not self._claim():
                    break
                self._tried.add(notice.id)
                if not self._deliver(notice, failures):
                    break
        finally:
            self.store.release_notices(self.settings.id, self.owner)
        return self.sent

    def _claim(self) -> bool:
        now = self.now()
        until = now + CLAIM * self.config.clock.speed
        return self.store.claim_notices(self.settings.id, self.owner, now, until)

    def _next(self) -> Notice | None:
        """Return the notice to try next, None for none; fold what would be too many."""
        now, zone = self.now(), ZoneInfo(self.config.city.timezone)
        due = self._due(now, zone)
        lately = self.store.sent_lately(self.settings.id, now - HOUR * self.config.clock.speed)
        free = self.settings.at_most_per_hour - len(lately)
        # Only once it is known that the channel works: what waits together comes together.
        if self._well and (fold := to_fold(due, free)):
            self.store.fold_notices([one.id for one in fold], now)
            due = self._due(now, zone)
        ready = [one for one in due if one.id not in self._tried and may_go(one, free)]
        ready.sort(key=lambda one: one.kind not in AT_ONCE)
        if self._failed:  # is it the channel, or what was tried?
            ready.sort(key=lambda one: one.attempts)
        return ready[0] if ready else None

    def _due(self, now: datetime, zone: ZoneInfo) -> list[Notice]:
        due = self.store.due_notices(self.settings.id, now)
        return [one for one in due if not is_held(self.settings, one, now, zone)]

    def _deliver(self, notice: Notice, failures: int) -> bool:
        """Try one notice; say whether to go on with the next."""
        said = Material(self.store, self.config, channel_of(self.settings)).said(notice, self.now())
        if isinstance(said, str):
            self.store.end_notice(notice.id, said, self.now())
            logger.info("event=notice_over id=%s code=%s", notice.notice_id, said)
            return True
        code = self._send(notice, said)
        if code == "stopped":
            return False
        now = self.now()
        if not code:
            self.store.notice_sent(notice.id, now)
            self.sent += 1
            self._well, self._failed = True, 0
            logger.info(
                "event=notice_sent id=%s channel=%s kind=%s",
                *(notice.notice_id, notice.channel, notice.kind),
            )
            return True
        self._note_failure(notice, code, failures, now)
        # One that has been refused for long does not hold up those behind it.
        return code == "partly" or (self._failed < FAILURES_AT_ONCE and self._is_stubborn(notice))

    def _send(self, notice: Notice, said: Said) -> str:
        """Send to all addresses that have not taken it; return why not all did, "" if they did."""
        url = self.config.notice_urls[self.settings.id].get_secret_value()
        if not url:
            return "url_missing"
        # Takes a second and some memory: only who sends pays for it.
        from tanggap.notify.apprise_wire import addresses

        targets = addresses(url)
        if not targets:
            return "url_unknown"
        left = [one for one in targets if not one.digest or one.digest not in notice.reached]
        taken = len(targets) - len(left)
        for target in left:
            if self.stop.is_set():
                return "stopped"
            if target.send(said, notice.notice_id):
                reached("notice_sent")
                taken += 1
                if target.digest:
                    self.store.notice_sent(notice.id, self.now(), digest=target.digest)
            if len(left) > 1:
                self._claim()
        if taken == len(targets):
            return ""
        return "partly" if taken else "refused"

    def _note_failure(self, notice: Notice, code: str, failures: int, now: datetime) -> None:
        partly = code == "partly"
        self._failed += not partly
        number = max(notice.attempts, 0 if partly else failures) + 1
        later = now + wait_after(number) * self.config.clock.speed
        self.store.notice_failed(notice.id, code, now, later, channel_too=not partly)
        logger.warning(
            "event=notice_refused id=%s channel=%s code=%s attempts=%d wait_s=%d",
            *(notice.notice_id, notice.channel, code, notice.attempts + 1),
            (later - now).total_seconds() / self.config.clock.speed,
        )
        self._give_up([notice], now)
        if not partly:
            self._give_up(self.store.due_notices(self.settings.id, now), now)

    def _give_up(self, notices: Sequence[Notice], now: datetime) -> None:
        for notice in notices:
            if is_hopeless(notice, now, self.config.clock.speed):
                self.store.end_notice(notice.id, "gave_up", now)
                logger.error("event=notice_dead id=%s channel=%s", notice.notice_id, notice.channel)

    def _is_stubborn(self, notice: Notice) -> bool:
        return notice.attempts + 1 >= STUBBORN
