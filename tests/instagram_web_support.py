"""A small Instagram web site on loopback, in the shapes instaloader 4.16 reads, and configs."""

import base64
import dataclasses
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from x_support import NOW, Reply, StillClock

from collectors.instagram_session import Session, save_session
from tanggap.clock import Clock
from tanggap.config import Config, load_config
from tanggap.mention import Page, SourceSpec

SECRET = "CANARY%3Asession%3A77"
CSRF = "CANARYcsrfAAAA"
COOKIES = {"sessionid": SECRET, "csrftoken": CSRF, "ds_user_id": "4321", "mid": "CANARYmid"}
ACCOUNTS = {"dpupr": "dpupr.sukamaju", "dlh": "dlh.sukamaju"}
PKS = {"dpupr.sukamaju": "9001", "dlh.sukamaju": "9002"}
PAGE = 12

__all__ = ["NOW", "Reply", "StillClock"]


@dataclass(frozen=True)
class Ask:
    """What the server was asked."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    form: Mapping[str, str]

    @property
    def name(self) -> str:
        """Short name of what is asked for."""
        number = self.form.get("doc_id") or self.query.get("query_hash", "")
        names = {
            "27937681195819736": "profile",
            "29104886249145907": "posts",
            "e31a871f7301132ceaab56507a66bbb7": "tagged",
            "97b41c52301f77ce508f55e66d17620e": "comments",
            "51fdd02b67508306ad4484ff574a0b62": "replies",
        }
        if number:
            return names.get(number, "unknown")
        if self.host == "i.instagram.com":
            return "app-replies" if "child_comments" in self.path else "app-comments"
        if self.path.startswith("/web/search"):
            return "search"
        return "start" if self.path == "/" else "page"

    @property
    def variables(self) -> dict[str, Any]:
        return json.loads(self.form.get("variables") or self.query.get("variables") or "{}")


@dataclass
class FakePost:
    """A post of the small Instagram."""

    code: str
    at: datetime
    author: str = "warga.satu"
    text: str | None = "Jalan berlubang"
    comments: list[dict[str, Any]] = field(default_factory=list)
    count: int | None = -5
    """What the post says of its comments; -5: the truth."""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def pk(self) -> str:
        code = "A" * (12 - len(self.code)) + self.code
        return str(int.from_bytes(base64.b64decode(code, b"-_"), "big"))

    @property
    def said(self) -> int | None:
        truth = len(self.comments) + sum(len(one["replies"]) for one in self.comments)
        return truth if self.count == -5 else self.count


class FakeInstagram:
    """Profiles, posts, tags and comments; `fail` may answer in its place."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or StillClock()
        self.own: dict[str, list[FakePost]] = {handle: [] for handle in PKS}
        self.tagged: dict[str, list[FakePost]] = {handle: [] for handle in PKS}
        self.asked: list[Ask] = []
        self.private: set[str] = set()
        self.preview = 1
        self._next = 17_900_000_000_000_001
        self.fail: Callable[[Ask], Reply | None] = lambda ask: None

    def names(self) -> list[str]:
        """Return the short names of all requests so far, and forget them."""
        found = [ask.name for ask in self.asked]
        self.asked.clear()
        return found

    def post(self, handle: str, code: str, ago: timedelta, **more: Any) -> FakePost:
        post = FakePost(code, self.clock.now() - ago, handle, **more)
        self.own[handle].insert(0, post)
        return post

    def tag(self, handle: str, code: str, ago: timedelta, **more: Any) -> FakePost:
        post = FakePost(code, self.clock.now() - ago, **more)
        self.tagged[handle].insert(0, post)
        return post

    def comment(
        self, post: FakePost, text: object, ago: timedelta, author: str = "warga.dua"
    ) -> dict[str, Any]:
        made = self._made(text, ago, author)
        post.comments.insert(0, made)
        return made

    def reply(
        self, to: dict[str, Any], text: object, ago: timedelta, author: str = "warga.tiga"
    ) -> dict[str, Any]:
        made = self._made(text, ago, author)
        to["replies"].append(made)
        return made

    def _made(self, text: object, ago: timedelta, author: str) -> dict[str, Any]:
        self._next += 1
        at = int((self.clock.now() - ago).timestamp())
        return {"id": str(self._next), "text": text, "at": at, "author": author, "replies": []}

    # --- answers --------------------------------------------------------------------------------

    def respond(self, ask: Ask) -> Reply:
        self.asked.append(ask)
        if found := self.fail(ask):
            return found
        answer = getattr(self, "_" + ask.name.replace("-", "_"), None)
        return answer(ask) if answer else Reply(404, {"message": "no", "status": "fail"})

    def _page(self, ask: Ask) -> Reply:
        assert "sessionid=CANARY" not in ask.headers.get("cookie", "")
        handle = ask.path.strip("/")
        user = None
        if handle in PKS:
            user = {"pk": PKS[handle], "id": "17840", "username": handle, "is_private": False}
        box = {
            "require": [["X", [{"__bbox": {"result": {"data": {"xig_user_by_username": user}}}}]]]
        }
        script = f'<script type="application/json" data-sjs>{json.dumps(box)}</script>'
        return Reply(200, f"<html>{script}</html>".encode(), {"Content-Type": "text/html"})

    def _start(self, ask: Ask) -> Reply:
        return Reply(200, START_PAGE.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def _profile(self, ask: Ask) -> Reply:
        handle = next((h for h, pk in PKS.items() if pk == ask.variables["id"]), "")
        private = handle in self.private
        user = {"pk": PKS.get(handle), "username": handle, "is_private": private}
        user["friendship_status"] = {"following": False}
        return Reply(200, {"data": {"user": user if handle else None}, "status": "ok"})

    def _search(self, ask: Ask) -> Reply:
        users = [{"user": {"pk": pk, "username": h}} for h, pk in PKS.items()]
        return Reply(200, {"users": users, "status": "ok"})

    def _posts(self, ask: Ask) -> Reply:
        posts, info = self._slice(self.own[ask.variables["username"]], ask.variables.get("after"))
        edges = [{"node": self._own_node(post)} for post in posts]
        found = {"edges": edges, "page_info": info}
        name = "xdt_api__v1__feed__user_timeline_graphql_connection"
        return Reply(200, {"data": {name: found}, "extensions": {}})

    def _tagged(self, ask: Ask) -> Reply:
        handle = next(h for h, pk in PKS.items() if pk == str(ask.variables["id"]))
        posts, info = self._slice(self.tagged[handle], ask.variables.get("after"))
        edges = [{"node": self._tagged_node(post)} for post in posts]
        found = {"count": len(self.tagged[handle]), "edges": edges, "page_info": info}
        return Reply(200, {"data": {"user": {"edge_user_to_photos_of_you": found}}, "status": "ok"})

    def _slice(
        self, posts: list[FakePost], after: str | None
    ) -> tuple[list[FakePost], dict[str, Any]]:
        first = int(after.removeprefix("at")) if after else 0
        more = first + PAGE < len(posts)
        info = {"has_next_page": more, "end_cursor": f"at{first + PAGE}" if more else None}
        return posts[first : first + PAGE], info

    def _own_node(self, post: FakePost) -> dict[str, Any]:
        caption = None if post.text is None else {"text": post.text, "pk": "1"}
        node = {
            "code": post.code,
            "pk": post.pk,
            "id": f"{post.pk}_{PKS.get(post.author, '5')}",
            "media_type": 1,
            "taken_at": int(post.at.timestamp()),
            "caption": caption,
            "comment_count": post.said,
            "user": {"pk": PKS.get(post.author, "5"), "username": post.author},
        }
        return node | post.extra

    def _tagged_node(self, post: FakePost) -> dict[str, Any]:
        edges = [] if post.text is None else [{"node": {"text": post.text}}]
        node = {
            "__typename": "GraphImage",
            "id": post.pk,
            "shortcode": post.code,
            "taken_at_timestamp": int(post.at.timestamp()),
            "is_video": False,
            "owner": {"id": PKS.get(post.author, "777"), "username": post.author},
            "edge_media_to_caption": {"edges": edges},
            "edge_media_to_comment": {"count": post.said},
        }
        return node | post.extra

    def _find(self, key: str) -> FakePost | None:
        every = [post for posts in self.own.values() for post in posts]
        return next((post for post in every if key in (post.code, post.pk)), None)

    def _comments(self, ask: Ask) -> Reply:
        post = self._find(ask.variables["shortcode"])
        if post is None:
            return Reply(200, {"data": {"shortcode_media": None}, "status": "ok"})
        edges = [{"node": self._web_comment(one)} for one in post.comments[:PAGE]]
        info = {"has_next_page": False, "end_cursor": None}
        found = {"count": len(post.comments), "page_info": info, "edges": edges}
        media = {"edge_media_to_parent_comment": found}
        return Reply(200, {"data": {"shortcode_media": media}, "status": "ok"})

    def _web_comment(self, one: dict[str, Any]) -> dict[str, Any]:
        shown = one["replies"][: self.preview]
        edge = {"count": len(one["replies"]), "edges": [{"node": self._web_node(r)} for r in shown]}
        return self._web_node(one) | {"edge_threaded_comments": edge}

    def _web_node(self, one: dict[str, Any]) -> dict[str, Any]:
        owner = {"id": PKS.get(one["author"], "777"), "username": one["author"]}
        return {"id": one["id"], "text": one["text"], "created_at": one["at"], "owner": owner}

    def _replies(self, ask: Ask) -> Reply:
        one = self._comment_of(ask.variables["comment_id"])
        first = int(ask.variables.get("after") or 0)
        replies = one["replies"]
        more = first + PAGE < len(replies)
        info = {"has_next_page": more, "end_cursor": str(first + PAGE)}
        edges = [{"node": self._web_node(r)} for r in replies[first : first + PAGE]]
        found = {"count": len(replies), "page_info": info, "edges": edges}
        body = {"data": {"comment": {"edge_threaded_comments": found}}, "status": "ok"}
        return Reply(200, body)

    def _comment_of(self, identity: str) -> dict[str, Any]:
        every = [one for posts in self.own.values() for post in posts for one in post.comments]
        return next(one for one in every if one["id"] == identity)

    def _app_comments(self, ask: Ask) -> Reply:
        post = self._find(ask.path.split("/")[4])
        if post is None:
            return Reply(404, {"message": "Media not found", "status": "fail"})
        first = int(ask.query.get("min_id", "0"))
        found = [self._app_comment(one) for one in post.comments[first : first + PAGE]]
        body: dict[str, Any] = {"comments": found, "comment_count": post.said, "status": "ok"}
        if first + PAGE < len(post.comments):
            body["next_min_id"] = str(first + PAGE)
        return Reply(200, body)

    def _app_comment(self, one: dict[str, Any]) -> dict[str, Any]:
        shown = [self._app_node(reply) for reply in one["replies"][: self.preview]]
        more = {"child_comment_count": len(one["replies"]), "preview_child_comments": shown}
        return self._app_node(one) | more

    def _app_node(self, one: dict[str, Any]) -> dict[str, Any]:
        user = {"pk": int(PKS.get(one["author"], "777")), "username": one["author"]}
        node = {"pk": int(one["id"]), "text": one["text"], "created_at": one["at"], "user": user}
        return node | {"comment_like_count": 0}

    def _app_replies(self, ask: Ask) -> Reply:
        one = self._comment_of(ask.path.split("/")[6])
        found = [self._app_node(reply) for reply in one["replies"][:PAGE]]
        return Reply(200, {"child_comments": found, "status": "ok"})


START_PAGE = """<html><script>["DTSGInitialData",[],{"token":"CANARYdtsg"},258],
["LSD",[],{"token":"lsd-token"},323],{"IG_USER_EIMU":"4321"}</script></html>"""
VISITORS_PAGE = '<html>["DTSGInitialData",[],{},258],["LSD",[],{"token":"lsd"},323]</html>'


class InstagramServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, respond: Callable[[Ask], Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.respond = respond

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Connection(BaseHTTPRequestHandler):
    server: InstagramServer

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        ask = Ask(
            self.command,
            headers["host"],
            url.path,
            dict(parse_qsl(url.query)),
            headers,
            dict(parse_qsl(body.decode())),
        )
        reply = self.server.respond(ask)
        self.close_connection = True
        if reply.wire:
            try:
                reply.wire(self.connection)
            except OSError:
                return  # the client hung up, which is what such tests wait for
            return
        data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        given = {"Content-Type": "application/json", "Content-Length": str(len(data))}
        self.send_response_only(reply.status)
        for name, value in (given | dict(reply.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_GET

    def log_message(self, *args: object) -> None:
        """Keep the test output quiet."""


@contextmanager
def instagram(respond: Callable[[Ask], Reply]) -> Iterator[str]:
    """Run a server for the length of a block; yield its address."""
    server = InstagramServer(respond)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def make_config(
    folder: Path,
    base_url: str,
    *,
    clock: Clock | None = None,
    accounts: Mapping[str, str] = ACCOUNTS,
    session: bool = True,
    **settings: Any,
) -> Config:
    """Return a loaded config of Sukamaju that reads Instagram by instaloader at `base_url`."""
    policy = files("tanggap.examples").joinpath("sukamaju-policy.toml")
    (folder / "policy.toml").write_text(policy.read_text(encoding="utf-8"), encoding="utf-8")
    table = {"enabled": True, "accept_risk": True, "base_url": base_url} | settings
    lines = ['policy_file = "policy.toml"', "[city]", 'name = "Kota Sukamaju"', "[instagram_web]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    lines += ["[instagram_web.accounts]"]
    lines += [f'{opd} = "{handle}"' for opd, handle in accounts.items()]
    path = folder / "tanggap.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    if session:
        save_session(folder / "instagram-session.json", Session("pembaca", COOKIES))
    return dataclasses.replace(load_config(path), clock=clock or StillClock())


def spec_of(network: Any, opd: str, kind: str) -> SourceSpec:
    """Return one source of a network."""
    return next(s for s in network.sources() if s.id == f"instagram_web:{opd}:{kind}")


def turn(collector: Any, cursor: Any = None) -> list[Page]:
    """Return the pages of one turn."""
    pages = [collector.fetch(cursor, allowance=None)]
    while pages[-1].more:
        pages.append(collector.fetch(pages[-1].next_cursor, allowance=None))
    return pages


def texts(pages: list[Page]) -> list[str]:
    """Return the texts of all mentions, in order."""
    return [mention.text for page in pages for mention in page.mentions]


def looks_secret(text: str) -> bool:
    """Whether a text holds one of the cookies, or the bearer made of them."""
    return bool(re.search(r"CANARY|IGT:2", text))
