"""The Graph API over the worlds of Facebook and Instagram: one service, one token, two networks.

Facts: developers.facebook.com/docs/graph-api (v26.0, July 2026), /docs/pages-api and
/documentation/instagram-platform. Not confirmed on the live service: the HTTP statuses that go
with the codes, subcode 493 for lapsed data access, the codes 80001 and 80002, and the largest
`limit` of each list. Clients that go by code and subcode do not depend on them.
"""

import re
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from tanggap.simulator.faults import Fault
from tanggap.simulator.graph.access import check_access
from tanggap.simulator.graph.errors import GraphError, bad_parameter, trace_id
from tanggap.simulator.graph.faults import GRAPH_ACTIONS, Struck, bend_reply
from tanggap.simulator.graph.fields import DEFAULT_LIMIT, DEFAULTS, EDGES, KNOWN, MOST
from tanggap.simulator.graph.items import VALUES
from tanggap.simulator.graph.limits import GraphLimits, Usage, refusal, usage_headers
from tanggap.simulator.graph.nodes import (
    Directory,
    Node,
    PageNode,
    instagram_user_id,
    stored_id,
)
from tanggap.simulator.graph.paging import PagingHabits
from tanggap.simulator.graph.params import Field, read_fields, read_listing
from tanggap.simulator.graph.tokens import Bearer, Tokens, TokenState, credential
from tanggap.simulator.graph.view import Authors, View, no_such_edge
from tanggap.simulator.wire import JSON_TYPE, Call, Reply, Target
from tanggap.simulator.world import Post, World

NEWEST = "v26.0"
OLDEST = "v22.0"
_PATH = re.compile(r"(?:/(v[0-9]{1,2}\.[0-9]))?/([^/]*)(?:/([^/]*))?/?")
_VERSIONED = re.compile(r"/v[0-9]{1,2}\.[0-9](/|$)")
_HOST = "graph.facebook.com"
_MANY_IDS = 50
_ENDPOINTS = {"feed": "feed", "posts": "posts", "published_posts": "posts", "tagged": "tagged",
              "media": "media", "tags": "tags", "replies": "replies"}  # fmt: skip
_USER_ID = "122100000000000007"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A path taken apart: `/{version}/{name}/{edge}`; parts that are not there are empty."""

    version: str
    name: str
    edge: str


class GraphWire:
    """The Graph API. What is public here may be set by a test while it serves."""

    actions = GRAPH_ACTIONS

    def __init__(self, facebook: World | None, instagram: World | None, token: str) -> None:
        """Serve one or both worlds; `token` is the main token, the Pages' derive from it."""
        self.directory = Directory(facebook, instagram)
        self.tokens = Tokens(token, self.directory.pages)
        self.limits = GraphLimits()
        self.habits = PagingHabits()
        self.authors = Authors()
        self.oldest_version = OLDEST
        self.ended_versions: set[str] = set()
        """Versions that are no longer served; the oldest living one answers in their place."""
        self._worlds = [world for world in (facebook, instagram) if world is not None]
        self._main_network: Literal["facebook", "instagram"] = (
            "facebook" if facebook is not None else "instagram"
        )

    def accepts(self, call: Call) -> bool:
        """Return whether a call is meant for the Graph API."""
        host = call.headers.get("host", "").partition(":")[0].lower()
        if host.endswith("instagram.com"):
            return False
        return host == _HOST or _VERSIONED.match(call.path) is not None

    def credential(self, call: Call) -> str:
        """Return the token of a call."""
        return credential(call)

    def identity(self, post: Post) -> str:
        """Return the id of a post or comment; Instagram's media go by their short code."""
        return stored_id(post)

    def target(self, call: Call) -> Target:
        """Return endpoint, handle and network of a call."""
        asked = _asked(call)
        if asked is None:
            return Target("unknown", "", self._main_network)
        if asked.name == "debug_token" and not asked.edge:
            return Target("debug_token", "", self._main_network)
        if asked.name == "me" and asked.edge in ("", "accounts"):
            endpoint = "accounts" if asked.edge else "object"
            return Target(endpoint, "", self._main_network)
        name = asked.name or call.query.get("ids", [""])[0].partition(",")[0]
        if not name:
            return Target("unknown", "", self._main_network)
        node = self._named(name, call)
        return _target(node, asked.edge, self.directory, self._main_network)

    def answer(self, call: Call, now: datetime) -> Reply:
        """Return what the service would: token first, then the limits, then what is asked."""
        version, known = self._served(call)
        usages: list[Usage] = []
        try:
            if not known:
                raise GraphError(2500, f"Unknown path components: {call.path}")
            with ExitStack() as stack:
                for world in self._worlds:
                    stack.enter_context(world.lock)
                reply = self._answer(call, version, now, usages)
        except GraphError as error:
            reply = error.reply(trace_id(call.path, now))
        reply.headers.setdefault("content-type", JSON_TYPE)
        reply.headers["facebook-api-version"] = version
        reply.headers["x-fb-trace-id"] = trace_id(call.path, now)
        reply.headers.update(usage_headers(usages))
        return reply

    def bend(self, fault: Fault, call: Call, now: datetime) -> Reply | None:
        """Return the reply of a fault of the Graph API's own kind, or None."""
        asked = _asked(call)
        node = self._named(asked.name, call) if asked and asked.name else None
        struck = Struck(
            call=call,
            scope=f"{node.id}/{asked.edge}" if node and asked and asked.edge else "",
            version=self._served(call)[0],
            meter="instagram" if node and node.network == "instagram" else "page",
            account=self._meter_of(node),
            trace=trace_id(call.path, now),
            answer=lambda: self.answer(call, now),
        )
        return bend_reply(fault, struck)

    @property
    def token(self) -> TokenState:
        """What may be said of the main token; a test sets its attributes."""
        return self.tokens.state

    @property
    def ungranted(self) -> set[str]:
        """Handles of the accounts in which the token has no role; a test sets it."""
        return self.tokens.ungranted

    @ungranted.setter
    def ungranted(self, handles: set[str]) -> None:
        self.tokens.ungranted = handles

    def _meter_of(self, node: Node | None) -> str:
        pages = self.directory.concerned(node) if node is not None else []
        if not pages:
            return ""
        account = pages[0].instagram
        instagram = node is not None and node.network == "instagram" and account is not None
        return instagram_user_id(account) if instagram and account else pages[0].id

    def _answer(self, call: Call, version: str, now: datetime, usages: list[Usage]) -> Reply:
        bearer = self.tokens.read(call, now)
        given = {name: values[-1] for name, values in call.query.items()}
        if call.method != "GET" or given.get("method", "get").lower() != "get":
            raise GraphError(
                200,
                "(#200) If posting to a page as the page itself, requires both "
                "pages_read_engagement and pages_manage_posts permission",
            )
        asked = _asked(call)
        if asked is None:
            raise GraphError(2500, f"Unknown path components: {call.path}")
        view = View(
            self.directory,
            self.tokens,
            bearer,
            version,
            now,
            self.habits,
            self.authors,
            VALUES,
        )
        fields = read_fields(given["fields"]) if given.get("fields") else None
        if asked.name == "debug_token" and not asked.edge:
            self._count(bearer, None, now, usages)
            return self._debug_token(given, bearer, now)
        if asked.name == "me" and bearer.page is None:
            self._count(bearer, None, now, usages)
            return self._me(asked.edge, given, fields, view)
        if not asked.name and "ids" in given:
            return self._many(given["ids"], fields, view, usages)
        name = bearer.page.id if asked.name == "me" and bearer.page else asked.name
        body = self._one(name, asked.edge, given, fields, view, usages)
        return Reply(200, body, ids=tuple(dict.fromkeys(map(stored_id, view.shown))))

    def _one(
        self,
        name: str,
        edge: str,
        given: dict[str, str],
        fields: tuple[Field, ...] | None,
        view: View,
        usages: list[Usage],
    ) -> dict[str, Any]:
        if not name:
            raise GraphError(100, "Unsupported get request.", kind="GraphMethodException")
        self._count(view.bearer, self.directory.find(name), view.now, usages)
        node = self.directory.seen(name, view.now)
        if edge and edge not in EDGES[node.kind]:
            raise no_such_edge(edge, node.kind)
        check_access(self.directory, self.tokens, view.bearer, node, edge)
        if edge:
            return view.edge(node, edge, given, fields)
        if node.post is not None:
            view.shown.append(node.post)
        return view.node(node, fields)

    def _many(
        self, ids: str, fields: tuple[Field, ...] | None, view: View, usages: list[Usage]
    ) -> Reply:
        """Answer `/?ids=a,b`: each counts as a call, and one that is missing fails them all."""
        names = ids.split(",")
        if len(names) > _MANY_IDS:
            raise bad_parameter(f"Too many IDs. Maximum: {_MANY_IDS}. Provided: {len(names)}.")
        body = {name: self._one(name, "", {}, fields, view, usages) for name in names}
        return Reply(200, body, ids=tuple(dict.fromkeys(map(stored_id, view.shown))))

    def _debug_token(self, given: dict[str, str], bearer: Bearer, now: datetime) -> Reply:
        if not given.get("input_token"):
            raise bad_parameter("The parameter input_token is required")
        return Reply(200, {"data": self.tokens.described(given["input_token"], bearer, now)})

    def _me(
        self, edge: str, given: dict[str, str], fields: tuple[Field, ...] | None, view: View
    ) -> Reply:
        if view.bearer.kind == "app":
            raise GraphError(
                2500,
                "An active access token must be used to query information about the current user.",
            )
        if edge == "accounts":
            self.tokens.require_scope("pages_show_list")
            return Reply(200, self._accounts(given, fields, view))
        if edge:
            raise no_such_edge(edge, "User")
        values = {"id": _USER_ID, "name": "Pengguna Sistem Sukamaju"}
        for each in fields or ():
            if each.name not in KNOWN["User"]:
                raise no_such_edge(each.name, "User")
        names = {each.name for each in fields or DEFAULTS["User"]} | {"id"}
        return Reply(200, {name: value for name, value in values.items() if name in names})

    def _accounts(
        self, given: dict[str, str], fields: tuple[Field, ...] | None, view: View
    ) -> dict[str, Any]:
        """Return one page of the Pages in which the token has a role; the cursor is a Page's."""
        listing = read_listing(given)
        pages = [
            page
            for page in self.directory.pages
            if page.active and self.tokens.granted(page.account.handle)
        ]
        ids = [page.id for page in pages]
        if listing.after and listing.after not in ids:
            raise bad_parameter("Invalid cursor")
        start = ids.index(listing.after) + 1 if listing.after else 0
        limit = DEFAULT_LIMIT if listing.limit is None else min(listing.limit, MOST["accounts"])
        shown = pages[start : start + limit]
        body: dict[str, Any] = {
            "data": [
                view.node(Node("Page", page.id, page), fields or DEFAULTS["accounts"])
                for page in shown
            ]
        }
        if shown:
            body["paging"] = {"cursors": {"before": shown[0].id, "after": shown[-1].id}}
            if start + limit < len(pages):
                path = f"{_USER_ID}/accounts"
                body["paging"]["next"] = view.address(path, given, after=shown[-1].id)
        return body

    def _count(self, bearer: Bearer, node: Node | None, now: datetime, usages: list[Usage]) -> None:
        """Count a call on the meters that it concerns; raises GraphError when one is full."""
        pages = self.directory.concerned(node) if node is not None else []
        counted: list[Usage] = []
        if node is not None and node.network == "instagram" and pages:
            account = pages[0].instagram
            if account is not None:
                identity = instagram_user_id(account)
                counted.append(self.limits.count_instagram(identity, account.handle, now))
        elif bearer.page is not None:
            page = bearer.page
            counted.append(self.limits.count_page(page.id, page.account.handle, now))
        elif bearer.kind == "main" and self.tokens.state.kind == "user":
            counted.extend(self.limits.count_app(now))
        usages.extend(counted)
        full = refusal(counted)
        if full is not None:
            raise full

    def _served(self, call: Call) -> tuple[str, bool]:
        """Return the version that answers a call, and whether the one asked for ever was."""
        living = [
            f"v{number}.0"
            for number in range(_major(self.oldest_version), _major(NEWEST) + 1)
            if f"v{number}.0" not in self.ended_versions
        ]
        oldest = living[0] if living else NEWEST
        asked = _asked(call)
        if asked is None or not asked.version:
            return oldest, True
        if asked.version in living:
            return asked.version, True
        return oldest, _major(asked.version) <= _major(NEWEST)

    def _named(self, name: str, call: Call) -> Node | None:
        """Return what a call is about, `me` being the Page whose token it came with."""
        if name != "me":
            return self.directory.find(name)
        page = self.tokens.page_of(credential(call))
        return Node("Page", page.id, page) if page is not None else None


def _asked(call: Call) -> _Asked | None:
    found = _PATH.fullmatch(call.path)
    return _Asked(found[1] or "", found[2], found[3] or "") if found else None


def _target(
    node: Node | None,
    edge: str,
    directory: Directory,
    fallback: Literal["facebook", "instagram"],
) -> Target:
    endpoint = _ENDPOINTS.get(edge, "unknown") if edge else "object"
    if edge == "comments":
        endpoint = "media_comments" if node is not None and node.kind == "IGMedia" else "comments"
    if node is None:
        return Target(endpoint, "", fallback)
    pages = directory.concerned(node)
    source = _handle(pages[0], node) if pages else ""
    return Target(endpoint, source, node.network, elsewhere=node.page is None)


def _handle(page: PageNode, node: Node) -> str:
    account = page.instagram if node.network == "instagram" else page.account
    return account.handle if account is not None else page.account.handle


def _major(version: str) -> int:
    return int(version[1:].partition(".")[0])
