"""The day that is told exactly: its size, its disorder, and which accounts are read how."""

from datetime import timedelta

import pytest
from daemon_support import TOKEN

from tanggap.policy import packaged_policy
from tanggap.simulator.faults import Fault

DAY = timedelta(hours=24)
CITY_MENTIONS = 3700

EVERY_NETWORK = ("x", "facebook", "instagram", "instagram_web")
WEB = ("distan", "dpmd", "inspektorat")
"""Accounts that the example reads by instaloader."""
OFFICIAL = ("pemkot", *(opd for opd in packaged_policy().opd if opd not in WEB))
WATCHED = {"x": None, "facebook": None, "instagram": OFFICIAL, "instagram_web": WEB}
READING_POSTS = {("instagram_web", "metadata"), ("instagram_web", "media")}
PATIENT = (
    ("poll_seconds = 180\n", "poll_seconds = 2400\n"),
    ("timeline_poll_seconds = 600", "timeline_poll_seconds = 3000"),
    ("poll_seconds = 300\n", "poll_seconds = 1500\n"),
    ("\npoll_seconds = 600\n", "\npoll_seconds = 2400\n"),
    ("tagged_poll_seconds = 900", "tagged_poll_seconds = 3600"),
    ("watch_days = 14", "watch_days = 30"),  # as old as the posts of this city
)
"""Longer polls: the day is told in a minute or two."""

GRACE = timedelta(hours=2.25)
WEB_GRACE = timedelta(hours=4.25)
"""Poll interval and step of the clock: what was shown for so long must have been read."""

DISORDER = (
    Fault("twice", share=0.05, seed=1),
    Fault("shuffle", share=0.05, seed=2),
    Fault("repeat_token", endpoint="mentions", share=0.01, seed=3),
    Fault("empty_with_next", share=0.01, seed=4),
    Fault("partial_errors", share=0.05, seed=5),
)
"""Not breakdowns but the everyday untidiness of a network."""
CITY_DISORDER = (
    *DISORDER,
    Fault("no_usage", share=0.05, seed=6),
    Fault("graph_error", endpoint="comments", kind="1", share=0.01, seed=7),
)


def tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the secrets of all networks."""
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)
