"""A city on Instagram with a fixed clock, and an unmodified instaloader that is led to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import instaloader
import instaloader.instaloadercontext as library
import pytest
import requests
from requests.adapters import HTTPAdapter
from simulator_support import SettableClock

from tanggap.simulator import Simulator, World
from tanggap.simulator.instagram_web.session import VIEWER_HANDLE

HOSTS = ("https://www.instagram.com/", "https://i.instagram.com/")


class LedToLoopback(HTTPAdapter):
    """Sends what instaloader means for Instagram to the simulator, under the real name."""

    def __init__(self, address: str, timeout: float) -> None:
        super().__init__()
        self._address = urlsplit(address)
        self._timeout = timeout

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        url = urlsplit(request.url)
        led = request.copy()
        led.headers["Host"] = url.netloc
        led.url = urlunsplit(self._address[:2] + url[2:])
        kwargs["timeout"] = self._timeout
        response = super().send(led, *args, **kwargs)
        # The library compares addresses of redirects with the real ones.
        response.url, response.request = request.url, request
        return response


class WaitNeededError(Exception):
    """Raised where the library would sleep."""


class NoSleep(instaloader.RateController):
    def sleep(self, secs: float) -> None:
        raise WaitNeededError(secs)


class QuietLoader(instaloader.Instaloader):
    """An instaloader that collects its complaints instead of printing them."""

    def __init__(self, attempts: int = 1) -> None:
        super().__init__(
            sleep=False,
            quiet=True,
            max_connection_attempts=attempts,
            rate_controller=NoSleep,
        )
        self.complaints: list[str] = []
        self.context.error = lambda text, repeat_at_end=True: self.complaints.append(text)


@contextmanager
def led_instaloader(
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    *,
    cookies: dict[str, str] | None = None,
    anonymous: bool = False,
    timeout: float = 5.0,
    attempts: int = 1,
) -> Iterator[QuietLoader]:
    """Yield an instaloader with a session that lives, unless `cookies` or `anonymous` differ."""

    class LedSession(requests.Session):
        def __init__(self) -> None:
            super().__init__()
            self.trust_env = False
            opened.append(self)
            for adapter in self.adapters.values():
                adapter.close()
            self.adapters.clear()
            for host in HOSTS:
                self.mount(host, LedToLoopback(simulator.address, timeout))

    opened: list[requests.Session] = []
    proxy = SimpleNamespace(**{**vars(requests), "Session": LedSession})
    with monkeypatch.context() as patched:
        patched.setattr(library, "requests", proxy)
        loader = QuietLoader(attempts)
        if not anonymous:
            session = cookies or simulator.instagram_web.session_cookies()
            loader.context.load_session(VIEWER_HANDLE, dict(session))
        try:
            yield loader
        finally:
            loader.close()
            for session_ in opened:
                session_.close()


@contextmanager
def web_session(simulator: Simulator, *, anonymous: bool = False) -> Iterator["WebSession"]:
    with WebSession(simulator, anonymous=anonymous) as opened:
        yield opened


class WebSession(requests.Session):
    """Plain requests to one of the two hosts, with the cookies and the header of a browser."""

    def __init__(self, simulator: Simulator, *, anonymous: bool = False) -> None:
        super().__init__()
        self.trust_env = False
        self._address = simulator.address
        if not anonymous:
            cookies = simulator.instagram_web.session_cookies()
            self.headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in cookies.items())
            self.headers["X-CSRFToken"] = cookies["csrftoken"]

    def ask(
        self, path: str, host: str = "www.instagram.com", method: str = "GET", **more: Any
    ) -> requests.Response:
        headers = {"Host": host, **more.pop("headers", {})}
        return self.request(
            method,
            f"{self._address}{path}",
            headers=headers,
            timeout=5,
            allow_redirects=False,
            **more,
        )


def instagram_world() -> tuple[World, SettableClock]:
    clock = SettableClock()
    return World(clock, network="instagram"), clock
