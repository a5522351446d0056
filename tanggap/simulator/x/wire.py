"""X API v2 over the world: five read endpoints, answered and refused as the service does.

Facts: docs.x.com/x-api (August 2026): timelines/integrate, search/integrate/paginate, usage.
"""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tanggap.simulator.faults import Fault
from tanggap.simulator.truth import first_id
from tanggap.simulator.wire import JSON_TYPE, Call, Reply, Target
from tanggap.simulator.world import Post, World, handles_in, snowflake_moment_ms
from tanggap.simulator.x.faults import LOOP_TOKEN, RESTART_TOKEN, X_ACTIONS, bend_reply
from tanggap.simulator.x.items import Items, user_object
from tanggap.simulator.x.limits import RateLimits, Usage
from tanggap.simulator.x.params import (
    DIALECTS,
    USER_EXPANSIONS,
    USER_FIELDS,
    Asked,
    DialectName,
    Parameters,
    Window,
    page_names,
    post_fields,
    read_asked,
    read_window,
)
from tanggap.simulator.x.problems import (
    BadRequestError,
    bad_request,
    barred_user,
    missing_user,
    problem,
    unauthorized,
)
from tanggap.simulator.x.query import parse_query

MENTIONS_EVER = 800
TIMELINE_EVER = 3200
SEARCH_SPAN = timedelta(days=7)
SEARCH_LAG = timedelta(seconds=30)
"""Search without an end shows nothing younger (docs.x.com, search/integrate/paginate)."""
_TIMELINE = re.compile(r"/2/users/([0-9]{1,19})/(mentions|tweets)")
_FIXED = {
    "/2/users/by": "users_by",
    "/2/tweets/search/recent": "search",
    "/2/usage/tweets": "usage",
}
_OVERLAPPING = 7
"""About one page in so many begins with the last item of the page before."""


class XWire:
    """X API v2. `dialect` may be changed while it serves, as X did in August 2026."""

    actions = X_ACTIONS

    def __init__(
        self,
        world: World,
        token: str,
        *,
        dialect: DialectName = "tweet",
        limits: Mapping[str, int] | None = None,
        overlapping_pages: bool = True,
        search_lag: timedelta = SEARCH_LAG,
    ) -> None:
        self.dialect: DialectName = dialect
        self.tokens = {token}
        self.usage = Usage()
        self._world = world
        self._limits = RateLimits(limits)
        self._overlapping = overlapping_pages
        self._search_lag = search_lag

    def accepts(self, call: Call) -> bool:
        """Return whether a call is one of X's."""
        return call.path.startswith("/2/")

    def credential(self, call: Call) -> str:
        """Return the bearer token of a call."""
        return bearer(call)

    def identity(self, post: Post) -> str:
        """Return the id of a post's first version."""
        return first_id(post)

    def target(self, call: Call) -> Target:
        """Return endpoint and handles of a call."""
        timeline = _TIMELINE.fullmatch(call.path)
        if timeline:
            account = self._world.accounts.get(timeline[1])
            return Target(timeline[2], account.handle if account else timeline[1])
        endpoint = _FIXED.get(call.path, "unknown")
        query = call.query.get("query", [""])[0]
        if endpoint == "search":
            named = [*handles_in(query), *re.findall(r"\b(?:to|from):@?(\w+)", query)]
            return Target(endpoint, " ".join(dict.fromkeys(named)) or query)
        return Target(endpoint, " ".join(call.query.get("usernames", [])))

    def answer(self, call: Call, now: datetime) -> Reply:
        """Return what X would: token first, then the rate limit, then the parameters."""
        if bearer(call) not in self.tokens:
            return unauthorized()
        endpoint = self.target(call).endpoint
        if endpoint == "unknown":
            return problem(404, "Not Found", "Not Found")
        if call.method != "GET":
            return problem(405, "Method Not Allowed", "Method Not Allowed")
        allowance = self._limits.count(bearer(call), endpoint, now)
        if not allowance.granted:
            reply = problem(429, "Too Many Requests", "Too Many Requests")
            reply.headers.update(allowance.headers)
            return reply
        serve: dict[str, Callable[[Call, datetime], Reply]] = {
            "mentions": self._mentions,
            "tweets": self._tweets,
            "search": self._search,
            "users_by": self._users_by,
            "usage": self._usage,
        }
        try:
            with self._world.lock:
                reply = serve[endpoint](call, now)
        except BadRequestError as error:
            reply = bad_request(error)
        reply.headers.setdefault("content-type", JSON_TYPE)
        reply.headers.update(allowance.headers)
        return reply

    def bend(self, fault: Fault, call: Call, now: datetime) -> Reply | None:
        """Return the reply of a fault of X's own kind, or None."""
        return bend_reply(fault, lambda: self.answer(call, now), now)

    def _mentions(self, call: Call, now: datetime) -> Reply:
        account = self._world.accounts.get(_account_id(call))
        if account is None or account.standing != "active":
            return self._no_account(call, account.standing if account else "gone")
        dialect = DIALECTS[self.dialect]
        given = Parameters(call.query, ("pagination_token", *page_names(dialect)))
        handle = account.handle.lower()
        posts = [
            post
            for post in self._world.naming(handle)
            if post.seen_at(now) and handle in post.versions_at(now)[-1].handles
        ]
        return self._timeline(given, posts, MENTIONS_EVER, f"mentions {account.id}", now)

    def _tweets(self, call: Call, now: datetime) -> Reply:
        account = self._world.accounts.get(_account_id(call))
        if account is None or account.standing != "active":
            return self._no_account(call, account.standing if account else "gone")
        dialect = DIALECTS[self.dialect]
        given = Parameters(call.query, ("pagination_token", "exclude", *page_names(dialect)))
        left_out = {
            {"retweets": "repost", "reposts": "repost", "replies": "reply"}[name]
            for name in given.choices("exclude", ("retweets", "reposts", "replies"))
        }
        posts = [
            post
            for post in self._world.written_by(account)
            if post.seen_at(now) and post.kind not in left_out
        ]
        return self._timeline(given, posts, TIMELINE_EVER, f"tweets {account.id}", now)

    def _timeline(
        self, given: Parameters, posts: list[Post], ever: int, scope: str, now: datetime
    ) -> Reply:
        size = given.whole("max_results", 5, 100, 10)
        window = read_window(given, now)
        asked = read_asked(given, DIALECTS[self.dialect])
        newest_first = _newest_first(posts, now)[:ever]
        token = given.text("pagination_token")
        return self._page(newest_first, window, asked, size, token, "pagination_token", scope, now)

    def _search(self, call: Call, now: datetime) -> Reply:
        dialect = DIALECTS[self.dialect]
        names = ("query", "next_token", "pagination_token", "sort_order", *page_names(dialect))
        given = Parameters(call.query, names)
        match = parse_query(given.required("query"))
        size = given.whole("max_results", 10, 100, 10)
        given.choices("sort_order", ("recency", "relevancy"))
        window = read_window(given, now)
        oldest = now - SEARCH_SPAN
        if window.start is not None and window.start < oldest:
            raise BadRequestError(
                "start_time",
                given.required("start_time"),
                "Invalid 'start_time'. 'start_time' must be on or after "
                f"{oldest.astimezone(UTC):%Y-%m-%dT%H:%MZ}.",
            )
        if window.since_id is not None and _moment_of(window.since_id) < oldest:
            raise BadRequestError(
                "since_id",
                str(window.since_id),
                f"Invalid 'since_id'. 'since_id' must be a tweet id created after "
                f"{oldest.astimezone(UTC):%Y-%m-%dT%H:%MZ}.",
            )
        asked = read_asked(given, dialect)
        end = window.end or (now - self._search_lag if window.until_id is None else None)
        bounded = Window(window.since_id, window.until_id, window.start or oldest, end)
        posts = [
            post
            for post in self._world.everything()
            if _inside(bounded, post, now)
            and post.seen_at(now)
            and match(post, post.versions_at(now)[-1])
        ]
        name = "next_token" if "next_token" in call.query else "pagination_token"
        scope = f"search {zlib.crc32(given.required('query').encode())}"
        ordered = _newest_first(posts, now)
        return self._page(ordered, bounded, asked, size, given.text(name), name, scope, now)

    def _page(
        self,
        newest_first: list[Post],
        window: Window,
        asked: Asked,
        size: int,
        token: str | None,
        token_name: str,
        scope: str,
        now: datetime,
    ) -> Reply:
        posts = [post for post in newest_first if _inside(window, post, now)]
        if token is not None and token not in (LOOP_TOKEN, RESTART_TOKEN):
            last, inclusive = _read_token(token, token_name, scope)
            posts = [
                post
                for post in posts
                if (identity := post.versions_at(now)[-1].id) < last
                or (inclusive and identity == last)
            ]
        shown = posts[:size]
        items = Items(self._world, DIALECTS[self.dialect], asked, now)
        body = items.envelope(shown)
        meta: dict[str, Any] = {"result_count": len(shown)}
        if shown:
            meta["newest_id"] = body["data"][0]["id"]
            meta["oldest_id"] = body["data"][-1]["id"]
        if len(posts) > size:
            last_shown = shown[-1].versions_at(now)[-1].id
            again = self._overlapping and zlib.crc32(str(last_shown).encode()) % _OVERLAPPING == 0
            meta["next_token"] = _write_token(last_shown, again, scope)
        body["meta"] = meta
        includes = body.get("includes", {})
        self.usage.count(
            (item["id"] for item in (*body.get("data", ()), *includes.get("tweets", ()))),
            (user["id"] for user in includes.get("users", ())),
            now,
        )
        return Reply(200, body, ids=tuple(str(post.id) for post in shown))

    def _users_by(self, call: Call, now: datetime) -> Reply:
        dialect = DIALECTS[self.dialect]
        given = Parameters(call.query, ("usernames", "user.fields", "expansions", dialect.fields))
        given.choices("expansions", USER_EXPANSIONS)
        given.choices(dialect.fields, post_fields(dialect))
        wanted = given.required("usernames").split(",")
        fields = given.choices("user.fields", USER_FIELDS)
        if len(wanted) > 100:
            message = (
                f"The number of values in the `usernames` query parameter list [{len(wanted)}] "
                "is not between 1 and 100"
            )
            raise BadRequestError("usernames", wanted[100], message)
        body: dict[str, Any] = {}
        for handle in wanted:
            if not re.fullmatch(r"[A-Za-z0-9_]{1,15}", handle):
                message = (
                    f"The `usernames` query parameter value [{handle}] does not match "
                    "^[A-Za-z0-9_]{1,15}$"
                )
                raise BadRequestError("usernames", handle, message)
            account = self._world.account(handle)
            if account is None or account.standing == "gone":
                body.setdefault("errors", []).append(missing_user("usernames", handle))
            elif account.standing == "suspended":
                entry = barred_user("usernames", handle, account.standing)
                body.setdefault("errors", []).append(entry)
            else:
                body.setdefault("data", []).append(user_object(account, fields))
        self.usage.count((), (user["id"] for user in body.get("data", ())), now)
        return Reply(200, body)

    def _usage(self, call: Call, now: datetime) -> Reply:
        given = Parameters(call.query, ("days", "usage.fields"))
        report = self.usage.report(now, given.whole("days", 1, 90, 7))
        known = {*report["data"], "daily_client_app_usage"}
        fields = given.choices("usage.fields", known) or known - {"daily_project_usage"}
        return Reply(200, {"data": {k: v for k, v in report["data"].items() if k in fields}})

    def _no_account(self, call: Call, standing: str) -> Reply:
        return Reply(200, {"errors": [barred_user("id", _account_id(call), standing)]})


def bearer(call: Call) -> str:
    """Return the token of a call, or the empty string."""
    kind, _, token = call.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _account_id(call: Call) -> str:
    """Return the id in a path `/2/users/{id}/...`."""
    return call.path.split("/")[3]


def _newest_first(posts: list[Post], now: datetime) -> list[Post]:
    return sorted(posts, key=lambda post: post.versions_at(now)[-1].id, reverse=True)


def _inside(window: Window, post: Post, now: datetime) -> bool:
    version = post.versions_at(now)[-1]
    return (
        (window.since_id is None or version.id > window.since_id)
        and (window.until_id is None or version.id < window.until_id)
        and (window.start is None or version.at >= window.start)
        and (window.end is None or version.at < window.end)
    )


def _moment_of(identity: int) -> datetime:
    return datetime.fromtimestamp(snowflake_moment_ms(identity) / 1000, UTC)


def _write_token(last: int, inclusive: bool, scope: str) -> str:
    data = json.dumps([last, inclusive, scope], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _read_token(token: str, name: str, scope: str) -> tuple[int, bool]:
    try:
        padded = token + "=" * (-len(token) % 4)
        last, inclusive, made_for = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, TypeError, binascii.Error):
        made_for = None
    if made_for != scope:
        raise BadRequestError(name, token, f"Invalid `{name}`: [{token}]")
    return int(last), bool(inclusive)
