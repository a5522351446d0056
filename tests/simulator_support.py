"""A small city with a fixed clock, and an unmodified tweepy client that is led to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
import tweepy
from requests.adapters import HTTPAdapter

from tanggap.clock import Clock
from tanggap.simulator import Simulator, World

NOW = datetime(2026, 11, 20, 3, 0, 0, tzinfo=UTC)


class SettableClock(Clock):
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        super().__init__()
        object.__setattr__(self, "moment", now)

    def now(self) -> datetime:
        return self.moment  # type: ignore[attr-defined,no-any-return]  # set in __init__

    def move_to(self, moment: datetime) -> None:
        object.__setattr__(self, "moment", moment)


class LedToLoopback(HTTPAdapter):
    """Sends what tweepy means for api.twitter.com to the simulator."""

    def __init__(self, address: str, timeout: float = 5.0) -> None:
        super().__init__()
        self._address = urlsplit(address)
        self._timeout = timeout

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        url = urlsplit(request.url)
        request.url = urlunsplit(self._address[:2] + url[2:])
        kwargs["timeout"] = kwargs.get("timeout") or self._timeout
        return super().send(request, *args, **kwargs)


@contextmanager
def tweepy_client(
    simulator: Simulator, token: str | None = None, timeout: float = 5.0, **settings: Any
) -> Iterator[tweepy.Client]:
    client = tweepy.Client(token or simulator.token, **settings)
    client.session.mount("https://api.twitter.com", LedToLoopback(simulator.address, timeout))
    try:
        yield client
    finally:
        client.session.close()


@contextmanager
def session(simulator: Simulator, token: str | None = None) -> Iterator[requests.Session]:
    with requests.Session() as opened:
        opened.trust_env = False
        opened.headers["Authorization"] = f"Bearer {token or simulator.token}"
        yield opened


def small_world() -> tuple[World, SettableClock]:
    clock = SettableClock()
    return World(clock), clock


def timeline(
    client_session: requests.Session, simulator: Simulator, opd: str = "dpupr", **query: Any
) -> requests.Response:
    """Ask for the mentions of one OPD; underscores of field names are written as they are."""
    identity = simulator.world.opd(opd).id
    return client_session.get(
        f"{simulator.address}/2/users/{identity}/mentions", params=query, timeout=5
    )


def search(
    client_session: requests.Session, simulator: Simulator, query: str, **more: Any
) -> requests.Response:
    return client_session.get(
        f"{simulator.address}/2/tweets/search/recent", params={"query": query, **more}, timeout=5
    )
