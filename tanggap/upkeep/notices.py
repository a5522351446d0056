"""The daemon's duty to send notices: which digests are due, who sends, what a person must know.

A receiver may be slow or away for days, so each channel is worked on in a thread of its own, with
connections of its own, and only while something is due there; the daemon's beat goes on. What is
sent twice bears the same id. Of several daemons the one that claims a channel sends on it.
"""

import logging
import threading
import time
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tanggap.clock import lately
from tanggap.config import Config
from tanggap.errors import StoreError
from tanggap.notice_settings import NoticeSettings
from tanggap.notify.delivery import Delivery
from tanggap.notify.material import channel_of
from tanggap.notify.timing import digests_due, ending_of
from tanggap.store import Store, open_store
from tanggap.store.rows_outbox import ChannelStatus

logger = logging.getLogger("tanggap.notices")

THREADS = 8
"""Channels that are worked on at the same time."""
FAILING = timedelta(minutes=15)
"""Real time after which a channel that fails is an alarm."""
LOOK_EVERY = timedelta(seconds=30)
"""Real time between two looks at alarms and at what is old."""
STUCK = timedelta(minutes=5)
"""Real time beyond its claim after which a channel on which something is being sent is stuck."""
REST_SECONDS = 30.0
"""Real seconds until a channel is looked at again on which nothing might go: quiet hours, or too
many in this hour."""
KEEP_SENT, KEEP_DEAD = timedelta(days=30), timedelta(days=90)


def sync_channels(
    store: Store, config: Config, now: datetime, *, alone: bool | None = None
) -> None:
    """Make the store's channels those of the config; from now on items know whom to tell.

    `alone`: no daemon has a claim on them that is still worth anything; None: as the database says.
    """
    channels = [channel_of(one) for one in config.notices]
    store.sync_notice_channels(channels, now, alone=config.on_sqlite if alone is None else alone)


class NoticeDuty:
    """Has the notices of one daemon sent."""

    def __init__(self) -> None:
        self._threads: dict[str, threading.Thread] = {}
        self._idle_at: dict[str, float] = {}
        self._config: Config | None = None
        self._planned: set[tuple[str, str]] = set()
        self._looked_at: datetime | None = None

    def look_after(
        self, store: Store, config: Config, stop: threading.Event, now: datetime, owner: str
    ) -> None:
        """Plan the digests that are due, send what is due, alarm where that does not work."""
        if self._config is not config:
            # At its start the daemon has done so already; this is for a reload.
            if self._config is not None:
                sync_channels(store, config, now)
            self._config, self._planned = config, set()
            self._idle_at.clear()
        channels = {one.channel.id: one for one in store.notice_channels(now)}
        if config.notices:
            self._plan(store, config, channels, now)
            for settings in config.notices:
                status = channels.get(settings.id)
                if status is not None and status.due:
                    self._begin(config, settings, stop, owner)
        if not lately(self._looked_at, LOOK_EVERY * config.clock.speed, now):
            self._looked_at = now
            _alarm(store, channels.values(), now, config.clock.speed)
            store.prune_notices(now - KEEP_SENT, now - KEEP_DEAD)

    def wait(self, seconds: float) -> None:
        """Wait for deliveries under way, at most so long for all of them."""
        deadline = time.monotonic() + seconds
        for thread in list(self._threads.values()):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _plan(
        self, store: Store, config: Config, channels: dict[str, ChannelStatus], now: datetime
    ) -> None:
        zone = ZoneInfo(config.city.timezone)
        for settings in config.notices:
            status = channels.get(settings.id)
            if status is None:
                continue
            for key in digests_due(settings, status.since, now, zone):
                if (settings.id, key) not in self._planned:
                    store.plan_notice(settings.id, key, now, supersedes=ending_of(key))
                    self._planned.add((settings.id, key))

    def _begin(
        self, config: Config, settings: NoticeSettings, stop: threading.Event, owner: str
    ) -> None:
        running = {name: one for name, one in self._threads.items() if one.is_alive()}
        self._threads = running
        if settings.id in running or len(running) >= THREADS:
            return
        if time.monotonic() - self._idle_at.get(settings.id, -REST_SECONDS) < REST_SECONDS:
            return

        def work() -> None:
            if not deliver(config, settings, stop, owner):
                self._idle_at[settings.id] = time.monotonic()

        # Not waited for at the end of the process: what it does not note is sent once more.
        thread = threading.Thread(target=work, name="notices", daemon=True)
        self._threads[settings.id] = thread
        thread.start()


def deliver(config: Config, settings: NoticeSettings, stop: threading.Event, owner: str) -> int:
    """Send what is due on one channel, with a connection of its own to the database.

    Return how many notices were sent.
    """
    password = config.database_password.get_secret_value()
    try:
        with closing(open_store(config.database_where, password=password)) as store:
            return Delivery(store, config, settings, owner, stop, config.clock.now).drain()
    except StoreError as exc:
        # What was sent and not noted is sent once more, with the same id.
        logger.error("event=notices_failed error=%s", type(exc).__name__)  # noqa: TRY400 - named
        return 0


def trouble_of(channels: Iterable[ChannelStatus], now: datetime, speed: float = 1.0) -> str:
    """Return which channels a person must look at, and why; empty when none."""
    said = []
    for one in channels:
        parts = []
        if one.failing_since is not None and now - one.failing_since >= FAILING * speed:
            parts.append(f"gagal ({one.code}), {one.waiting} menunggu")
        elif one.claimed_until is not None and now - one.claimed_until >= STUCK * speed:
            parts.append(f"tersangkut, {one.waiting} menunggu")
        if one.dead:
            parts.append(f"{one.dead} batal")
        if parts:
            said.append(f"{one.channel.id}: {', '.join(parts)}")
    return "; ".join(said)


def _alarm(store: Store, channels: Iterable[ChannelStatus], now: datetime, speed: float) -> None:
    if said := trouble_of(channels, now, speed):
        store.raise_alarm("notices", said, now)
    else:
        store.clear_alarm("notices")
