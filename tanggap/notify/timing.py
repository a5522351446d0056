"""When notices are due, how long a channel rests after a failure, when one is given up. Pure."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from tanggap.clock import to_text
from tanggap.notice_settings import NoticeSettings
from tanggap.store.rows_outbox import Notice

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP = timedelta(days=3)
"""So long every try must have failed before a notice is dead."""
TOO_LATE = timedelta(hours=2)
"""A digest that nobody could plan for so long is left out."""
AT_ONCE = ("urgent", "summary")
"""Kinds that cannot wait: they go first, also in quiet hours, and at most so many in an hour.

Of the others a channel has few: digests at its times, deadlines once in a quarter of an hour.
"""
STUBBORN = 8
"""Failures after which a notice (about an hour of them) does not hold up those behind it."""


def wait_after(failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row (from 1 on): doubling, capped."""
    return min(FIRST_WAIT * (1 << min(failures - 1, 20)), LONGEST_WAIT)


def is_hopeless(notice: Notice, now: datetime, speed: float = 1.0) -> bool:
    """Whether a notice that has just failed again is given up."""
    since = notice.failing_since
    return since is not None and now - since >= GIVE_UP * speed


def digests_due(
    settings: NoticeSettings, since: datetime, now: datetime, zone: ZoneInfo
) -> list[str]:
    """Return the keys of the digests that are due: one for each time of day, and for each OPD.

    None of a time before `since`, when the channel began, nor of one too long ago.
    """
    if "digest" not in settings.kinds:
        return []
    today = now.astimezone(zone).date()
    moments = sorted(
        datetime.combine(day, time.fromisoformat(at), zone)
        for day in (today - timedelta(days=1), today)
        for at in settings.digest_at
    )
    due = [moment for moment in moments if since <= moment <= now and now - moment < TOO_LATE]
    return [f"{to_text(moment)}|{opd}" for moment in due for opd in settings.opd or ("",)]


def opd_of(key: str) -> str:
    """Return the OPD of a digest's key; empty: the whole city."""
    return key.partition("|")[2]


def ending_of(key: str) -> str:
    """Return how the keys of all digests end that say the same at another time."""
    return f"|{opd_of(key)}"


def is_held(settings: NoticeSettings, notice: Notice, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a notice waits for the end of the quiet hours."""
    if notice.kind in AT_ONCE and not settings.quiet_urgent:
        return False
    return settings.is_quiet(now.astimezone(zone).time())


def to_fold(due: Sequence[Notice], free: int) -> list[Notice]:
    """Return which of the due notices go into one summary; `free`: how many may still be sent.

    The last free place is that of a summary, which stands for all that would go beyond. What was
    read again after a restore is only told in summaries. While one waits there is no second.
    """
    urgent = [one for one in due if one.kind == "urgent"]
    room = free - sum(one.kind == "summary" for one in due)
    if room <= 0:
        return []
    if again := [one for one in urgent if one.again]:
        return again
    return urgent[room - 1 :] if len(urgent) > room else []


def may_go(notice: Notice, free: int) -> bool:
    """Whether a notice may be sent by itself while `free` more may in this hour."""
    if notice.kind not in AT_ONCE:
        return True
    return free > 0 and not (notice.kind == "urgent" and notice.again)
