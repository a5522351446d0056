"""A loopback server for the tests of transport and X, a small X to put behind it, and configs."""

import dataclasses
import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tanggap.clock import Clock
from tanggap.config import Config, load_config

TOKEN = "CANARY-t0ken-AAAA%2Fzz9"
NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
ACCOUNTS = {"pemkot": "pemkot_skm", "dpupr": "dpupr_skm", "dlh": "dlh_skm", "pdam": "pdam_skm"}
IDS = {"pemkot_skm": "900", "dpupr_skm": "901", "dlh_skm": "902", "pdam_skm": "903"}


@dataclass(frozen=True)
class Request:
    """What the server was asked."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """An answer: an object becomes JSON; `wire` takes the socket over instead."""

    status: int = 200
    body: object = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wire: Callable[[socket.socket], None] | None = None


Respond = Callable[[Request], Reply]


class WireServer(ThreadingHTTPServer):
    """Answers every request by `respond` and remembers them all."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, respond: Respond) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.respond = respond
        self.requests: list[Request] = []
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Connection(BaseHTTPRequestHandler):
    server: WireServer

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        request = Request(
            self.command,
            url.path,
            dict(parse_qsl(url.query)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(self.headers.get("Content-Length", "0"))),
        )
        self.server.requests.append(request)
        reply = self.server.respond(request)
        self.close_connection = True
        if reply.wire:
            try:
                reply.wire(self.connection)
            except OSError:
                return  # the client hung up, which is what such tests wait for
            return
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        self.send_response_only(reply.status)
        for name, value in (headers | dict(reply.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            return  # cut at the client's size limit

    do_POST = do_GET

    def log_message(self, *args: object) -> None:
        """Keep the test output quiet."""


@contextmanager
def serving(respond: Respond) -> Iterator[WireServer]:
    """Run a server for the length of a block."""
    server = WireServer(respond)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def drip(stop: threading.Event, head: bytes = b"", every: float = 0.05) -> Reply:
    """Return an answer that never ends: one byte each `every` seconds after `head`."""

    def write(sock: socket.socket) -> None:
        sock.sendall(head)
        while not stop.wait(every):
            sock.sendall(b"x")

    return Reply(wire=write)


def raw(data: bytes) -> Reply:
    """Return an answer of exactly these bytes, after which the server hangs up."""
    return Reply(wire=lambda sock: sock.sendall(data))


def reset(data: bytes = b"") -> Reply:
    """Return an answer that ends in a TCP reset."""

    def write(sock: socket.socket) -> None:
        sock.sendall(data)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

    return Reply(wire=write)


class StillClock(Clock):
    """A clock that stands until it is told to move."""

    def __init__(self, moment: datetime = NOW) -> None:
        super().__init__()
        object.__setattr__(self, "moment", moment)

    def now(self) -> datetime:
        return self.moment  # type: ignore[attr-defined]  # set above, past the frozen base

    def move(self, span: timedelta) -> None:
        object.__setattr__(self, "moment", self.now() + span)


def make_config(
    folder: Path,
    base_url: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    clock: Clock | None = None,
    token: str = TOKEN,
    accounts: Mapping[str, str] = ACCOUNTS,
    **x: Any,
) -> Config:
    """Return a loaded config of Sukamaju whose X is at `base_url`."""
    policy = files("tanggap.examples").joinpath("sukamaju-policy.toml")
    (folder / "policy.toml").write_text(policy.read_text(encoding="utf-8"), encoding="utf-8")
    settings = {"enabled": True, "enterprise_agreement": True, "base_url": base_url} | x
    ids = settings.pop("ids", {})
    lines = ['policy_file = "policy.toml"', "[city]", 'name = "Kota Sukamaju"', "[x]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    lines += ["[x.accounts]", *(f'{opd} = "{handle}"' for opd, handle in accounts.items())]
    lines += ["[x.ids]", *(f'{opd} = "{ident}"' for opd, ident in ids.items())]
    path = folder / "tanggap.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", token)
    return dataclasses.replace(load_config(path), clock=clock or StillClock())


def snowflake(moment: datetime, sequence: int = 0) -> int:
    """Return the id of a post of that moment."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return ((moment - epoch) // timedelta(milliseconds=1) - 1288834974657 << 22) + sequence


def problem(status: int, name: str = "", **more: object) -> Reply:
    """Return a refusal as X words it."""
    body = {"title": name, "type": f"https://api.twitter.com/2/problems/{name}", "status": status}
    return Reply(status, body | more, {"Content-Type": "application/problem+json"})


_FIELDS = {
    "tweet": {"referenced_tweets", "note_tweet", "edit_history_tweet_ids"},
    "post": {"referenced_posts", "note_post", "edit_history_post_ids"},
}
_COMMON = {"created_at", "author_id", "conversation_id", "in_reply_to_user_id", "text", "id"}
_OPTIONAL = {"entities", "attachments", "lang", "public_metrics"}


class FakeX:
    """A small X: posts with text, paged newest first, in one dialect."""

    def __init__(self, dialect: str = "tweet", clock: Clock | None = None) -> None:
        self.dialect = dialect
        self.clock = clock or StillClock()
        self.refused_fields: set[str] = set()
        self.posts: list[dict[str, Any]] = []
        self.hidden: set[str] = set()
        self.page_limit = 100
        self.mentions_cap = 800
        self.dead_tokens = False
        self.fail: Callable[[Request], Reply | None] = lambda request: None

    def add(self, moment: datetime, text: str = "@dpupr_skm jalan rusak", **more: Any) -> str:
        """Put a post into the world and return its id."""
        post_id = str(more.pop("id", snowflake(moment, len(self.posts) % 4096)))
        history = more.pop("history", [post_id])
        post = {"id": post_id, "text": text, "author_id": "5", "conversation_id": post_id}
        post[f"edit_history_{self.dialect}_ids"] = history
        post["created_at"] = moment.strftime("%Y-%m-%dT%H:%M:%S.") + "000Z"
        self.posts.append(post | more)
        return post_id

    def respond(self, request: Request) -> Reply:
        """Answer like X does."""
        if fault := self.fail(request):
            return fault
        date = {"Date": format_datetime(self.clock.now(), usegmt=True)}
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return problem(401, "about:blank")
        if request.path == "/2/users/by":
            return Reply(200, self._users(request.query["usernames"].split(",")), date)
        if complaint := self._complaint(request.query):
            name, words = complaint
            errors = [{"parameters": {name: [request.query[name]]}, "message": words}]
            return problem(400, "invalid-request", errors=errors)
        return Reply(200, self._page(request), date)

    def _users(self, names: list[str]) -> dict[str, Any]:
        known = [name for name in names if name in IDS]
        body: dict[str, Any] = {}
        if known:
            body["data"] = [{"id": IDS[name], "username": name.upper()} for name in known]
        if len(known) < len(names):
            body["errors"] = [{"resource_type": "user", "title": "Not Found Error"}]
        return body

    def _complaint(self, query: Mapping[str, str]) -> tuple[str, str] | None:
        known = f"[id,max_results,pagination_token,since_id,until_id,{self.dialect}.fields]"
        other = "post" if self.dialect == "tweet" else "tweet"
        if f"{other}.fields" in query:
            return f"{other}.fields", f"The query parameter [{other}.fields] is not one of {known}"
        asked = set(query.get(f"{self.dialect}.fields", "").split(","))
        odd = (asked - _FIELDS[self.dialect] - _COMMON - _OPTIONAL) | (asked & self.refused_fields)
        if odd:
            return f"{self.dialect}.fields", f"The value [{','.join(odd)}] is not one of [id,text]"
        token = query.get("pagination_token") or query.get("next_token")
        name = "next_token" if "next_token" in query else "pagination_token"
        if token and (self.dead_tokens or not re.fullmatch(r"at[0-9]+", token)):
            return name, f"Invalid '{name}':'{token}'"
        return None

    def _page(self, request: Request) -> dict[str, Any]:
        query = request.query
        since, until = int(query.get("since_id", 0)), int(query.get("until_id", 1 << 63))
        found = [
            post
            for post in sorted(self.posts, key=lambda post: -int(post["id"]))
            if since < int(post["id"]) < until and post["id"] not in self.hidden
        ]
        if start := query.get("start_time"):
            found = [post for post in found if post["created_at"] >= start]
        if request.path.endswith("/mentions"):
            found = found[: self.mentions_cap]
        # A token stands for a place in the list, which new posts do not move.
        if token := query.get("pagination_token") or query.get("next_token"):
            found = [post for post in found if int(post["id"]) < int(token.removeprefix("at"))]
        page = found[: min(int(query["max_results"]), self.page_limit)]
        body: dict[str, Any] = {"meta": {"result_count": len(page)}}
        if page:
            body["data"] = page
            body["meta"] |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if "author_id" in query.get("expansions", "").split(",") and page:
            authors = {post["author_id"] for post in page if post.get("author_id")}
            users = [{"id": ident, "username": f"warga_{ident}"} for ident in sorted(authors)]
            body["includes"] = {"users": users}
        if len(page) < len(found):
            body["meta"]["next_token"] = f"at{page[-1]['id']}"
        return body
