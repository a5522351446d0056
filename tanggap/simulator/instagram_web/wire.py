"""Instagram's web site and app over the world, as far as instaloader 4.16 asks them.

Nothing of this is documented by Instagram: the shapes are those that the library reads, the
refusals those that its tracker and its exceptions know (github.com/instaloader, 2025-2026).
"""

from datetime import datetime, timedelta

from tanggap.simulator.faults import Fault
from tanggap.simulator.instagram_web.answers import Answers, identity
from tanggap.simulator.instagram_web.faults import INSTAGRAM_WEB_ACTIONS, bend_reply
from tanggap.simulator.instagram_web.limits import PER_WINDOW, REST, Patience
from tanggap.simulator.instagram_web.pages import PAGE_TOKENS, bare_page
from tanggap.simulator.instagram_web.paging import BadCursorError
from tanggap.simulator.instagram_web.refusals import (
    bad_cursor,
    csrf_missing,
    not_allowed,
    please_wait,
    retry_page,
    stale_query,
    to_login,
)
from tanggap.simulator.instagram_web.requests import (
    APP_HOST,
    QUERY_PATHS,
    WEB_API_PATHS,
    WEB_HOST,
    Asked,
    form_of,
    host_of,
    read,
)
from tanggap.simulator.instagram_web.session import (
    Visitor,
    repeats_csrf,
    session_cookies,
    visitor_of,
)
from tanggap.simulator.wire import JSON_TYPE, Call, Reply, Target
from tanggap.simulator.world import Post, World

_OPEN_TO_ALL = frozenset(
    {
        "start",
        "profile_page",
        "login_page",
        "login",
        "two_factor",
        "web_profile_info",
        "search",
        "test_login",
    }
)
_OPEN_AS_WEB_APP = frozenset({"profile_query", "logged_out_timeline", "media_query"})
"""Queries that visitors without a session may send too, to the path of the web app."""
_WEB_APP_ONLY = frozenset({"timeline", "logged_out_timeline"})


class InstagramWebWire:
    """The web site and the app. `tokens`, `patience` and `answers` may be changed as it serves."""

    actions = INSTAGRAM_WEB_ACTIONS

    def __init__(
        self,
        world: World,
        token: str,
        *,
        per_window: int = PER_WINDOW,
        rest: timedelta = REST,
        overlapping_pages: bool = True,
        pinned_posts: int = 1,
    ) -> None:
        """Serve `world`; `per_window` requests in 10 minutes per session, then none for `rest`."""
        self.tokens = {token}
        self.patience = Patience(per_window, rest)
        self._token = token
        self._world = world
        self.answers = Answers(
            world, token, overlapping_pages=overlapping_pages, pinned_posts=pinned_posts
        )

    def session_cookies(self) -> dict[str, str]:
        """Return the cookies of a session that lives, as an import from a browser has them."""
        return session_cookies(self._token)

    def accepts(self, call: Call) -> bool:
        """Return whether a call is meant for the web site or the app."""
        return host_of(call) in (WEB_HOST, APP_HOST)

    def credential(self, call: Call) -> str:
        """Return the secret part of a call's session."""
        return visitor_of(call).secret

    def identity(self, post: Post) -> str:
        """Return the shortcode of a post, the number of a comment."""
        return identity(post)

    def target(self, call: Call) -> Target:
        """Return endpoint and handle of a call."""
        with self._world.lock:
            asked = read(call, self._world)
            return Target(asked.endpoint, asked.source, "instagram_web")

    def answer(self, call: Call, now: datetime) -> Reply:
        """Return what Instagram would: session first, then its patience, then the question."""
        with self._world.lock:
            asked = read(call, self._world)
            visitor = visitor_of(call)
            reply = self._refusal(asked, call, visitor, now)
            if reply is None:
                try:
                    reply = self.answers.to(asked, call, now)
                except BadCursorError:
                    reply = bad_cursor()
        if reply.body is None:
            reply.headers.setdefault("content-type", JSON_TYPE)
        return reply

    def bend(self, fault: Fault, call: Call, now: datetime) -> Reply | None:
        """Return the reply of a fault of Instagram's own kind, or None."""
        return bend_reply(fault, call, lambda: self.answer(call, now))

    def _refusal(self, asked: Asked, call: Call, visitor: Visitor, now: datetime) -> Reply | None:
        is_query = host_of(call) == WEB_HOST and call.path in (*QUERY_PATHS, *WEB_API_PATHS)
        if asked.name == "unknown" and not is_query:
            return not_allowed() if call.method == "POST" else bare_page(404)
        standing = visitor.standing(self.tokens)
        as_web_app = call.path in WEB_API_PATHS
        is_open = asked.name in _OPEN_TO_ALL or (as_web_app and asked.name in _OPEN_AS_WEB_APP)
        may_ask = standing == "alive" or (standing == "anonymous" and is_open)
        if not may_ask and asked.endpoint != "login":
            return to_login(call)
        if not self.patience.bears(visitor.secret if standing == "alive" else "", now):
            return please_wait()
        if call.method == "POST" and not repeats_csrf(call):
            return csrf_missing()
        if as_web_app and not _has_page_tokens(call, standing == "alive"):
            return retry_page()
        if asked.name == "unknown" or (asked.name in _WEB_APP_ONLY and not as_web_app):
            return stale_query(asked.query)
        return None


def _has_page_tokens(call: Call, logged_in: bool) -> bool:
    """Return whether a query of the web app repeats the tokens of the start page."""
    fields = form_of(call)
    wanted = PAGE_TOKENS if logged_in else {"lsd": PAGE_TOKENS["lsd"]}
    return (
        all(fields.get(name) == value for name, value in wanted.items())
        and call.headers.get("x-fb-lsd") == PAGE_TOKENS["lsd"]
    )
