"""A small Graph API for the tests of Facebook and Instagram, and configs that read it."""

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from x_support import NOW, Reply, Request, StillClock, WireServer, serving

from collectors.base import Collector, Network
from tanggap.clock import Clock
from tanggap.config import Config, load_config
from tanggap.errors import CollectorError
from tanggap.mention import Cursor, Page
from tanggap.remedies import REMEDIES

TOKEN = "CANARY-meta-AAAA|zz9"
SECRET = "CANARY-app-s3cret"
ACCOUNTS = {"dpupr": "dpupr.sukamaju", "dlh": "dlh.sukamaju"}
PAGES = {"dpupr": "1001", "dlh": "1002"}
INSTAGRAM = {"dpupr": "17841400000001", "dlh": "17841400000002"}
PAGE_IDS = {ACCOUNTS[opd]: ident for opd, ident in PAGES.items()}
INSTAGRAM_IDS = {ACCOUNTS[opd]: ident for opd, ident in INSTAGRAM.items()}


def graph_config(
    folder: Path,
    base_url: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    clock: Clock,
    meta: Mapping[str, Any] | None = None,
    facebook: Mapping[str, Any] | None = None,
    instagram: Mapping[str, Any] | None = None,
    secret: str = "",
    accounts: Mapping[str, str] = ACCOUNTS,
) -> Config:
    """Return a loaded config of Sukamaju whose Facebook and Instagram are at `base_url`."""
    policy = files("tanggap.examples").joinpath("sukamaju-policy.toml")
    (folder / "policy.toml").write_text(policy.read_text(encoding="utf-8"), encoding="utf-8")
    tables = {
        "meta": {"base_url": base_url} | dict(meta or {}),
        "facebook": {"enabled": True} | dict(facebook or {}),
        "instagram": {"enabled": True} | dict(instagram or {}),
    }
    lines = ['policy_file = "policy.toml"', "[city]", 'name = "Kota Sukamaju"']
    for table, settings in tables.items():
        lines += [f"[{table}]", *(f"{key} = {json.dumps(val)}" for key, val in settings.items())]
        if table != "meta":
            lines += [f"[{table}.accounts]"]
            lines += [f'{opd} = "{handle}"' for opd, handle in accounts.items()]
    path = folder / "tanggap.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)
    if secret:
        monkeypatch.setenv("TANGGAP_META_APP_SECRET", secret)
    return dataclasses.replace(load_config(path), clock=clock)


def stamp(moment: datetime) -> str:
    """Return a time as Meta writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


def refused(code: int | None, subcode: int | None = None, status: int = 400, **more: Any) -> Reply:
    """Return a refusal in Meta's envelope."""
    error: dict[str, Any] = {"message": "words that nobody may go by", "type": "OAuthException"}
    if code is not None:
        error["code"] = code
    if subcode is not None:
        error["error_subcode"] = subcode
    headers = more.pop("headers", {})
    return Reply(status, {"error": error | more | {"fbtrace_id": "AbC"}}, headers)


class FakeGraph:
    """Two Pages with posts and comments, and the Instagram accounts linked to them."""

    def __init__(self) -> None:
        self.edges: dict[str, list[dict[str, Any]]] = {}
        """`{id}/{edge}` to its items, newest first."""
        self.gone: set[str] = set()
        self.page_limit = 100
        self.token_round = 1
        self.dead_tokens: set[str] = set()
        self.granted = dict(PAGES)
        self.debug: dict[str, Any] = {"is_valid": True, "expires_at": 0, "scopes": None}
        self.headers: dict[str, str] = {"facebook-api-version": "v26.0"}
        self.fail: Callable[[Request], Reply | None] = lambda request: None
        self._next_id = 2000

    # --- what happens in the city

    def post(self, moment: datetime, text: str | None = "Jadwal", **more: Any) -> str:
        """Put a post onto a Page's edge; the Page's own unless `author` says otherwise."""
        page, edge = more.pop("page", "1001"), more.pop("edge", "feed")
        ident = str(more.pop("id", f"{page}_{self._new_id()}"))
        author = more.pop("author", page)
        item = {"id": ident, "message": text, "created_time": stamp(moment)}
        item |= {
            "updated_time": stamp(moment),
            "permalink_url": f"https://www.facebook.com/{ident}",
        }
        if author:
            item["from"] = {"id": author, "name": f"Nama {author}"}
        self._put(f"{page}/{edge}", item | more, "created_time")
        self.edges.setdefault(f"{ident}/comments", [])
        return ident

    def comment(self, post: str, moment: datetime, text: Any = "Rusak", **more: Any) -> str:
        """Put a comment under a post, or under a comment by `parent`."""
        ident = str(more.pop("id", f"{post.rpartition('_')[2]}_{self._new_id()}"))
        author, parent = more.pop("author", "77"), more.pop("parent", None)
        item = {"id": ident, "message": text, "created_time": stamp(moment)}
        if author:
            item["from"] = {"id": author, "name": f"Warga {author}"}
        if parent:
            item["parent"] = {"id": parent}
        self._put(f"{post}/comments", item | more, "created_time")
        return ident

    def medium(self, moment: datetime, text: str | None = "Foto", **more: Any) -> str:
        """Put a medium onto an Instagram account's edge."""
        account, edge = more.pop("account", INSTAGRAM["dpupr"]), more.pop("edge", "media")
        ident = str(more.pop("id", f"179{self._new_id()}"))
        item = {"id": ident, "caption": text, "timestamp": stamp(moment), "media_type": "IMAGE"}
        item |= {"permalink": f"https://www.instagram.com/p/C{ident}x/"}
        item |= {"username": more.pop("username", "dpupr.sukamaju")}
        self._put(f"{account}/{edge}", item | more, "timestamp")
        self.edges.setdefault(f"{ident}/comments", [])
        return ident

    def remark(self, medium: str, moment: datetime, text: Any = "Bocor", **more: Any) -> str:
        """Put a comment under a medium."""
        ident = str(more.pop("id", f"178{self._new_id()}"))
        name = more.pop("username", "warga_x")
        item = {"id": ident, "text": text, "timestamp": stamp(moment), "username": name}
        self._put(f"{medium}/comments", item | more, "timestamp")
        self.edges[f"{ident}/replies"] = []
        return ident

    def reply(self, comment: str, moment: datetime, text: Any = "Betul", **more: Any) -> str:
        """Put a reply under a comment of Instagram."""
        ident = str(more.pop("id", f"178{self._new_id()}"))
        name = more.pop("username", "warga_y")
        item = {"id": ident, "text": text, "timestamp": stamp(moment), "username": name}
        self.edges[f"{comment}/replies"].append(item | more)
        return ident

    def page_token(self, page: str) -> str:
        return f"CANARY-page-{page}-{self.token_round}"

    # --- what it answers

    def respond(self, request: Request) -> Reply:
        reply = self.fail(request) or self._answer(request)
        return dataclasses.replace(reply, headers=self.headers | dict(reply.headers))

    def _answer(self, request: Request) -> Reply:
        version, _, path = request.path.lstrip("/").partition("/")
        assert version.startswith("v"), "no version in the path"
        token = request.query.get("access_token", "")
        pages = {self.page_token(page): page for page in PAGES.values()}
        if token in self.dead_tokens or token not in {TOKEN, f"42|{SECRET}", *pages}:
            return refused(190, 463, 401)
        if path == "debug_token":
            return Reply(200, {"data": self.debug})
        if path == "me/accounts":
            return Reply(200, self._accounts())
        ident, _, edge = path.partition("/")
        account = ident in (*PAGES.values(), *INSTAGRAM.values())
        if ident in self.gone or (not account and path not in self.edges):
            return refused(100, 33)
        if edge in ("feed", "tagged") and token == TOKEN:
            return refused(190, 2069032)
        return Reply(200, self._page(path, request.query))

    def _accounts(self) -> dict[str, Any]:
        names = {ident: ACCOUNTS[opd] for opd, ident in PAGES.items()}
        linked = {PAGES[opd]: ident for opd, ident in INSTAGRAM.items()}
        return {
            "data": [
                {
                    "id": ident,
                    "username": names[ident],
                    "access_token": self.page_token(ident),
                    "instagram_business_account": {"id": linked[ident], "username": names[ident]},
                }
                for ident in self.granted.values()
            ]
        }

    def _page(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        items = self.edges.get(path, [])
        place = query.get("after", "at0")
        first, size = int(place.removeprefix("at")), min(int(query["limit"]), self.page_limit)
        page = [self._shown(item) for item in items[first : first + size]]
        return {"data": page} | self._paging(first + len(page), len(items))

    def _paging(self, reached: int, total: int) -> dict[str, Any]:
        paging: dict[str, Any] = {"cursors": {"before": "at0", "after": f"at{reached}"}}
        if reached < total:
            paging["next"] = f"https://graph.facebook.com/x?access_token={TOKEN}&after=at{reached}"
        return {"paging": paging}

    def _shown(self, item: Any) -> Any:
        if not isinstance(item, dict):
            return item
        ident = item.get("id")
        under = self.edges.get(f"{ident}/comments")
        replies = self.edges.get(f"{ident}/replies")
        if under is not None and "timestamp" in item:
            heads = [c for c in under if isinstance(c, dict)]
            count = sum(1 + len(self.edges.get(f"{c['id']}/replies", [])) for c in heads)
            return {"comments_count": count} | item
        if under is not None:
            summary = {"summary": {"total_count": len(under)}, "data": []}
            return {"comments": summary} | item
        if replies:
            first = replies[: self.page_limit]
            held = {"data": first} | self._paging(len(first), len(replies))
            return item | {"replies": held}
        return item

    def _put(self, edge: str, item: dict[str, Any], time: str) -> None:
        items = self.edges.setdefault(edge, [])
        items.append(item)
        items.sort(key=lambda entry: str(entry.get(time)), reverse=True)

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id


class House:
    """A fake Graph, a server in front of it, and the networks that read it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = StillClock()
        self.graph = FakeGraph()
        self._folder = folder
        self._monkeypatch = monkeypatch
        self.server: WireServer
        self.made: Network

    def config(self, **settings: Any) -> Config:
        return graph_config(
            self._folder, self.server.url, self._monkeypatch, clock=self.clock, **settings
        )

    def network(self, kind: Callable[[Config], Network], **settings: Any) -> Network:
        self.made = kind(self.config(**settings))
        return self.made

    def answers(self, *replies: Reply) -> None:
        """Let Meta answer these in turn, the last one for ever."""
        left = list(replies)
        self.graph.fail = lambda _: left.pop(0) if len(left) > 1 else left[0]

    def under(self, path: str, reply: Reply) -> None:
        """Let Meta answer so where the path ends like this."""
        self.graph.fail = lambda request: reply if request.path.endswith(path) else None

    @property
    def paths(self) -> list[str]:
        return [request.path.removeprefix("/v26.0/") for request in self.server.requests]

    def asked(self) -> list[str]:
        """Return the paths asked for since the last call."""
        paths = self.paths
        self.server.requests.clear()
        return paths


@contextmanager
def graph_house(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Run a fake Graph for the length of a block."""
    house = House(folder, monkeypatch)
    with serving(house.graph.respond) as server:
        house.server = server
        yield house


def poll(collector: Collector, cursor: Cursor | None = None) -> list[Page]:
    """Return the pages of one turn of a source."""
    pages = [collector.fetch(cursor, allowance=None)]
    while pages[-1].more:
        assert len(pages) < 500
        pages.append(collector.fetch(pages[-1].next_cursor, allowance=None))
    return pages


def ids_of(pages: list[Page]) -> list[str]:
    return [mention.network_id for page in pages for mention in page.mentions]


def notices_of(pages: list[Page]) -> set[str]:
    found = {notice for page in pages for notice in page.notices}
    assert found <= set(REMEDIES)
    return found


def refusal(collector: Collector, cursor: Cursor | None = None) -> CollectorError:
    """Return the error of a turn; it holds no secret and drags nothing along."""
    with pytest.raises(CollectorError) as caught:
        collector.fetch(cursor, allowance=None)
    error = caught.value
    assert error.code in REMEDIES
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "CANARY" not in f"{error!r} {error.detail} {vars(error)}"
    return error


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)
