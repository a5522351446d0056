"""What a request to Instagram's web site asks for, read without answering it.

The numbers of queries are those of instaloader 4.16 (structures.py, instaloadercontext.py).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tanggap.simulator.instagram_ids import pk, pk_of
from tanggap.simulator.instagram_web.items import account_of_page_id
from tanggap.simulator.wire import Call
from tanggap.simulator.world import Account, Post, World

WEB_HOST = "www.instagram.com"
APP_HOST = "i.instagram.com"

ENDPOINTS = {
    "start": "start",
    "profile_page": "profile",
    "login_page": "login",
    "login": "login",
    "two_factor": "login",
    "web_profile_info": "metadata",
    "search": "search",
    "profile_query": "metadata",
    "timeline": "media",
    "logged_out_timeline": "media",
    "media_query": "post",
    "tagged": "tagged",
    "comments_query": "comments",
    "answers_query": "child_comments",
    "test_login": "test_login",
    "app_comments": "comments",
    "app_answers": "child_comments",
    "app_media": "post",
    "app_user": "metadata",
}
"""What can be asked, and the endpoint that faults and the log call it."""
_DOC_IDS = {
    "27937681195819736": "profile_query",
    "29104886249145907": "timeline",
    "28904005159232689": "logged_out_timeline",
    "27128499623469141": "media_query",
}
_QUERY_HASHES = {
    "e31a871f7301132ceaab56507a66bbb7": "tagged",
    "97b41c52301f77ce508f55e66d17620e": "comments_query",
    "51fdd02b67508306ad4484ff574a0b62": "answers_query",
    "d6f4427fbe92d846298cf93df0b937d3": "test_login",
}
_WEB_GET = {
    "/": "start",
    "/accounts/login/": "login_page",
    "/accounts/suspended/": "login_page",
    "/challenge/": "login_page",
    "/api/v1/users/web_profile_info/": "web_profile_info",
    "/web/search/topsearch/": "search",
}
_WEB_POST = {
    "/api/v1/web/accounts/login/ajax/": "login",
    "/accounts/login/ajax/two_factor/": "two_factor",
}
_APP_GET = (
    (re.compile(r"/api/v1/media/([0-9]{1,20})/comments/"), "app_comments"),
    (
        re.compile(r"/api/v1/media/([0-9]{1,20})/comments/([0-9]{1,20})/child_comments/"),
        "app_answers",
    ),
    (re.compile(r"/api/v1/media/([0-9]{1,20})/info/"), "app_media"),
    (re.compile(r"/api/v1/users/([0-9]{1,20})/info/"), "app_user"),
)
_PROFILE = re.compile(r"/([A-Za-z0-9._]{1,30})/?")
QUERY_PATHS = ("/graphql/query", "/graphql/query/")
WEB_API_PATHS = ("/api/graphql", "/api/graphql/")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `name` is a key of ENDPOINTS, or `unknown`."""

    name: str
    account: Account | None = None
    post: Post | None = None
    """The post concerned, or the comment of which the answers are asked for."""
    given: Mapping[str, Any] = field(default_factory=dict)
    """Variables of a query, fields of a form, or parameters of the address, by name."""
    query: str = ""
    """Number or hash of a GraphQL query."""

    @property
    def endpoint(self) -> str:
        """Return the name for faults and the log."""
        return ENDPOINTS.get(self.name, "unknown")

    @property
    def source(self) -> str:
        """Return the handle of the account concerned, as far as it can be told."""
        owner = self.post.root.author if self.post else self.account
        if owner is not None:
            return owner.handle
        return str(self.given.get("username", "")) if self.name != "two_factor" else ""


def host_of(call: Call) -> str:
    """Return the host that a call names, without its port."""
    return call.headers.get("host", "").partition(":")[0].lower()


def form_of(call: Call) -> dict[str, str]:
    """Return the fields of a form sent by POST."""
    fields = parse_qs(call.body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


def read(call: Call, world: World) -> Asked:
    """Return what a call asks for; never raises. The caller holds the world's lock."""
    parameters = {name: values[-1] for name, values in call.query.items()}
    if host_of(call) == APP_HOST:
        return _read_app(call, world, parameters) if call.method == "GET" else Asked("unknown")
    if call.path in (*QUERY_PATHS, *WEB_API_PATHS):
        return _read_query(call, world, parameters)
    if call.method == "POST":
        return Asked(_WEB_POST.get(call.path, "unknown"), given=form_of(call))
    if call.path in _WEB_GET:
        name = _WEB_GET[call.path]
        wanted = parameters.get("query" if name == "search" else "username", "")
        return Asked(name, world.account(wanted), given=parameters)
    profile = _PROFILE.fullmatch(call.path)
    if profile:
        return Asked("profile_page", world.account(profile[1]), given={"username": profile[1]})
    return Asked("unknown")


def _read_query(call: Call, world: World, parameters: dict[str, str]) -> Asked:
    fields = form_of(call) if call.method == "POST" else parameters
    query = fields.get("doc_id" if call.method == "POST" else "query_hash", "")
    given = _variables(fields.get("variables", ""))
    known = _DOC_IDS if call.method == "POST" else _QUERY_HASHES
    name = known.get(query, "unknown")
    account: Account | None = None
    post: Post | None = None
    if name in ("profile_query", "tagged"):
        account = world.accounts.get(str(given.get("id")))
    elif name == "logged_out_timeline":
        account = account_of_page_id(world, str(given.get("id")))
    elif name == "timeline":
        account = world.account(str(given.get("username")))
    elif name in ("media_query", "comments_query"):
        post = _post(world, pk_of(str(given.get("shortcode"))))
    elif name == "answers_query":
        post = _post(world, given.get("comment_id"))
    return Asked(name, account, post, given, query)


def _read_app(call: Call, world: World, parameters: dict[str, str]) -> Asked:
    for pattern, name in _APP_GET:
        found = pattern.fullmatch(call.path)
        if found is None:
            continue
        if name == "app_user":
            return Asked(name, world.accounts.get(found[1]), given=parameters)
        post = _post(world, found[1])
        if name == "app_answers":
            comment = _post(world, found[2])
            post = comment if comment is not None and comment.root is post else None
        return Asked(name, post=post, given=parameters)
    return Asked("unknown")


def _post(world: World, number: object) -> Post | None:
    """Return the post of a number, given as a number or a text."""
    digits = str(number)
    post = world.find(digits) if len(digits) <= 20 else None
    return post if post is not None and str(pk(post)) == digits else None


def _variables(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
