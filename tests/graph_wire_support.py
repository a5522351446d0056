"""A city on Facebook and Instagram whose clock stands still, and clients that are led to it."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from simulator_support import NOW, LedToLoopback, SettableClock

from tanggap.simulator import Simulator, World
from tanggap.simulator.faults import Fault
from tanggap.simulator.graph.nodes import (
    facebook_id,
    instagram_item_id,
    instagram_user_id,
)
from tanggap.simulator.world import Post

with warnings.catch_warnings():
    # Its regular expressions are of 2018.
    warnings.filterwarnings("ignore", message=r".*invalid escape sequence")
    import facebook

POST_FIELDS = "id,message,from,created_time,updated_time,permalink_url,attachments{type}"
COMMENT_FIELDS = "id,message,from,created_time,parent{id},comment_count,attachment{type}"
MEDIA_FIELDS = "id,caption,media_type,permalink,timestamp,username,comments_count"
IG_COMMENT_FIELDS = "id,text,timestamp,username,from,parent_id"


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


class GraphCity:
    """Both worlds behind one simulator, asked as DPUPR's Page unless a test says otherwise."""

    def __init__(self, sim: Simulator, clock: SettableClock, http: requests.Session) -> None:
        self.sim = sim
        self.clock = clock
        self.http = http
        self.graph = sim.graph
        self.facebook: World = sim.worlds["facebook"]
        self.instagram: World = sim.worlds["instagram"]
        self.page = self.facebook.opd("dpupr")
        self.business = self.instagram.opd("dpupr")
        self.business_id = instagram_user_id(self.business)

    def page_token(self, opd: str = "dpupr") -> str:
        page = self.graph.directory.page(self.facebook.opd(opd).id)
        assert page is not None
        return self.graph.tokens.of_page(page)

    def ask(self, path: str, *, version: str = "v26.0", **query: Any) -> requests.Response:
        """Ask as the Page on Facebook, with the main token on Instagram, or as `access_token`."""
        about_instagram = path.startswith(("1784", "1785", "1790", "me/", "debug_token"))
        token = self.sim.token if about_instagram else self.page_token()
        query.setdefault("access_token", token)
        return self.http.get(f"{self.sim.address}/{version}/{path}", params=query, timeout=5)

    def body(self, path: str, **query: Any) -> dict[str, Any]:
        """Return the answer to a request that is granted."""
        reply = self.ask(path, **query)
        assert reply.status_code == 200, reply.text
        data: dict[str, Any] = reply.json()
        return data

    def refused(self, path: str, **query: Any) -> tuple[int, int | None]:
        """Return code and subcode of a request that is refused."""
        reply = self.ask(path, **query)
        assert reply.status_code >= 400, reply.text
        error = reply.json()["error"]
        assert all(error[name] for name in ("message", "type", "fbtrace_id"))
        return error["code"], error.get("error_subcode")

    def struck(self, path: str, action: str, /, **settings: Any) -> requests.Response:
        """Return the reply to one request under one fault, which then ends."""
        query = settings.pop("query", {})
        self.sim.faults.add(Fault(action, **settings))
        try:
            return self.ask(path, **query)
        finally:
            self.sim.faults.clear()

    def pages(self, path: str, most: int = 200, **query: Any) -> list[dict[str, Any]]:
        """Return all pages of a list, followed by their cursors as a careful client does."""
        pages = [self.body(path, **query)]
        while "next" in pages[-1].get("paging", {}):
            assert len(pages) < most
            after = pages[-1]["paging"]["cursors"]["after"]
            pages.append(self.body(path, **query, after=after))
        return pages

    def walked(self, path: str, **query: Any) -> list[str]:
        """Return the ids of all pages in their order, repeats included."""
        return [item["id"] for page in self.pages(path, **query) for item in page["data"]]

    def feed(self, **query: Any) -> list[dict[str, Any]]:
        data: list[dict[str, Any]] = self.body(f"{self.page.id}/feed", **query)["data"]
        return data

    def comments(self, post: Post, **query: Any) -> list[dict[str, Any]]:
        body = self.body(f"{identity(post)}/comments", **query)
        data: list[dict[str, Any]] = body["data"]
        return data


def identity(post: Post) -> str:
    """Return the id of a post or comment in the Graph API."""
    return instagram_item_id(post) if post.network == "instagram" else facebook_id(post)


def next_query(page: dict[str, Any]) -> dict[str, str]:
    """Return the parameters of the address of the next page."""
    return dict(parse_qsl(urlsplit(page["paging"]["next"]).query))


@contextmanager
def graph_city(**settings: Any) -> Iterator[GraphCity]:
    clock = SettableClock()
    worlds = World(clock, network="facebook"), World(clock, network="instagram")
    with (
        Simulator(*worlds, clock=clock, **settings) as sim,
        requests.Session() as http,
    ):
        http.trust_env = False
        yield GraphCity(sim, clock, http)


@contextmanager
def sdk_client(city: GraphCity, token: str, version: str = "v26.0") -> Iterator[Any]:
    """Lead an unmodified facebook-sdk to the simulator."""
    with requests.Session() as opened:
        opened.trust_env = False
        opened.mount("https://graph.facebook.com", LedToLoopback(city.sim.address))
        client = facebook.GraphAPI(access_token=token, session=opened, timeout=(5, 5))
        client.version = version
        yield client


def commented(city: GraphCity, number: int, post: Post | None = None) -> tuple[Post, list[Post]]:
    """Return a post of DPUPR's Page and so many comments under it, the oldest first."""
    root = post or city.facebook.post(city.page, "Jadwal perbaikan jalan", at=ago(days=2))
    return root, [
        city.facebook.reply(f"warga.{n}", root, f"lubang ke-{n}", at=ago(minutes=number - n))
        for n in range(number)
    ]
