"""Instagram without a token: the web site read by instaloader. The only file that imports it.

Of instaloader the queries are used and nothing else: which hash, which number, which headers. Its
iterators are built for their first page, of which the raw nodes are taken; they are never advanced,
since its classes ask Instagram again for whatever a node lacks. Nothing here sleeps, prints,
prompts, writes a file or opens a pickle, and no picture is ever asked for.

Automated reading is against Instagram's terms and may cost the account that is used: the whole
network is off until the operator accepts that in the config.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any, TypeVar

import instaloader
import requests
from instaloader import instaloadercontext

from collectors.instagram_session import Session
from collectors.instagram_web_errors import LoginWall, ProfileUnseen, failure, rest
from collectors.instagram_web_source import Account, Posts
from collectors.instagram_web_state import Thread, Work
from collectors.instagram_web_wire import token_of
from collectors.transport import QueryForms, Transport, pin_at_warning
from collectors.wire import as_dict
from tanggap.config import Config
from tanggap.errors import CollectorError, RateLimited

log = logging.getLogger("tanggap.collectors.instagram_web")

HOST = "www.instagram.com"
APP_HOST = "i.instagram.com"
READING_QUERIES = QueryForms(
    paths=frozenset({"/graphql/query", "/api/graphql"}),
    field="doc_id",
    values=frozenset(
        {
            "27937681195819736",  # a profile, by its number
            "29104886249145907",  # a profile's own posts
        }
    ),
)
"""What instaloader 4.16 asks by POST for the two reasons that we have; it knows further queries."""
_REPLIES_QUERY = "51fdd02b67508306ad4484ff574a0b62"
"""Replies to one comment (instaloader 4.16, `Post.get_comments`)."""
_PAGE = 12
_TOKENS_AGE = timedelta(hours=6)
"""The start page's tokens end within a day or so; instaloader keeps them for ever."""
_TURN_SECONDS = 5.0
"""Real seconds that a worker waits for its turn: it has other networks to serve."""
_BUSY_PAUSE = timedelta(minutes=1)
_LIBRARY_ERRORS = (
    instaloader.InstaloaderException,
    instaloader.AbortDownloadException,
    requests.RequestException,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
)
"""What instaloader lets out of a call, bugs on odd answers included."""

T = TypeVar("T")

_WAY_OUT: ContextVar[Transport | None] = ContextVar("instagram_way_out", default=None)
"""The transport of the call under way in this thread."""


class _Session(requests.Session):
    """A session whose only way out is the transport of the call under way, or none at all."""

    def __init__(self) -> None:
        super().__init__()
        transport = _WAY_OUT.get()
        self.trust_env = False
        self.adapters.clear()
        if transport is not None:
            transport.attach(self)

    def close(self) -> None:
        """Leave the transport open: instaloader closes a copied session after every query."""


class _Requests:
    """Stands for `requests` inside instaloader's context module, with our kind of session.

    Sessions are made in many places there, and copies do not take adapters along, so mounting on
    one of them is not enough. This is never undone: without a call of ours under way a session
    reaches nothing, so the library has no way out of its own, whatever else runs in the process.
    """

    Session = _Session

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)


class _Rest(Exception):
    """The library's own counting says that a request has to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class _Controller(instaloader.RateController):
    """Counts requests on the install's clock; where the original sleeps it raises."""

    def __init__(
        self, context: instaloader.InstaloaderContext, now: Callable[[], datetime]
    ) -> None:
        super().__init__(context)
        self._now = now

    def wait_before_query(self, query_type: str) -> None:
        """Count a request, or raise when it would be one too many."""
        moment = self._now().timestamp()
        seconds = self.query_waittime(query_type, moment, False)
        if seconds > 0:
            raise _Rest(seconds)
        self._query_timestamps[query_type].append(moment)  # made by query_waittime

    def handle_429(self, query_type: str) -> None:
        """Never repeat a refused request."""
        raise _Rest(0.0)

    def sleep(self, secs: float) -> None:
        """Never sleep."""
        raise _Rest(secs)


class _Context(instaloader.InstaloaderContext):
    """Instaloader's context that says nothing, keeps the last answer and can begin at a page."""

    def __init__(self, config: Config, session: Session) -> None:
        settings, clock = config.instagram_web, config.clock
        self.begin_at = ""
        """Token of the page that the next query asks for instead of the first one."""
        self.answer: dict[str, Any] = {}
        # Our transport keeps the time; these numbers only replace the library's five minutes.
        timeout: Any = (settings.connect_seconds, settings.deadline_seconds)
        super().__init__(
            sleep=False,
            quiet=True,
            max_connection_attempts=1,
            request_timeout=timeout,
            rate_controller=lambda context: _Controller(context, clock.now),
            iphone_support=False,
        )
        load: Callable[[str, dict[str, str]], None] = self.load_session  # it has no types
        load(session.username, dict(session.cookies))

    def log(self, *msg: Any, sep: str = "", end: str = "\n", flush: bool = False) -> None:
        """Say nothing: messages hold addresses and names."""

    def error(self, msg: Any, repeat_at_end: bool = True) -> None:
        """Note that the library complained, without its words, and keep no list of them."""
        log.debug("event=library_complaint")

    def forget_tokens(self) -> None:
        """Let the start page be asked for again before the next query that needs its tokens."""
        self._web_api_tokens_cache.clear()

    def graphql_query(
        self, query_hash: str, variables: dict[str, Any], referer: str | None = None
    ) -> dict[str, Any]:
        """Query by hash, from `begin_at` on."""
        if self.begin_at:
            variables = {**variables, "after": self._start()}
        self.answer = super().graphql_query(query_hash, variables, referer)
        return self.answer

    def doc_id_graphql_query(
        self,
        doc_id: str,
        variables: dict[str, Any],
        referer: str | None = None,
        web_api: bool = False,
    ) -> dict[str, Any]:
        """Query by number, from `begin_at` on, as instaloader's NodeIterator pages."""
        if self.begin_at:
            paging = {"after": self._start(), "before": None, "first": _PAGE, "last": None}
            variables = {**variables, **paging}
        self.answer = super().doc_id_graphql_query(doc_id, variables, referer, web_api)
        return self.answer

    def get_iphone_json(self, path: str, params: dict[str, Any]) -> dict[str, Any]:
        """Ask as the app does, from `begin_at` on."""
        if self.begin_at:
            params = {**params, "min_id": self._start()}
        self.answer = super().get_iphone_json(path, params)
        return self.answer

    def _start(self) -> str:
        token, self.begin_at = self.begin_at, ""
        return token


class InstagramClient:
    """One session behind one transport, one request at a time; failures are CollectorErrors."""

    def __init__(self, config: Config, session: Session) -> None:
        pin_at_warning("instaloader")
        vars(instaloadercontext)["requests"] = _Requests()
        settings = config.instagram_web
        self.session = session
        self._clock = config.clock
        self._turn = threading.Lock()
        self._tokens_from: datetime | None = None
        self._transport = Transport(
            host=HOST,
            siblings=frozenset({APP_HOST}),
            forms=READING_QUERIES,
            base_url=settings.base_url,
            connect_seconds=settings.connect_seconds,
            deadline_seconds=settings.deadline_seconds,
            max_bytes=settings.max_body_mb * 1_000_000,
        )
        with self._way_out():
            self._context = _Context(config, session)

    def close(self) -> None:
        """Abandon a request under way and refuse further ones; safe from any thread."""
        self._transport.close()

    def abandon(self) -> None:
        """Abandon a request under way; safe from any thread."""
        self._transport.abandon()

    def lookup(self, handle: str, source: str) -> str:
        """Return the number of an account; raise ProfileUnseen or another CollectorError.

        instaloader reads the public page as a visitor. Where visitors are sent to the login page,
        the session searches for the name instead.
        """
        try:
            return self._call(source, lambda: self._visit(handle))
        except LoginWall:
            log.info("event=visitors_refused")
        found = self._call(source, lambda: self._search(handle))
        if not found:
            raise ProfileUnseen(source, "not among the search's results")
        return found

    def posts(self, account: Account, token: str, source: str, *, tagged: bool) -> Posts:
        """Return the raw nodes of one page of posts, newest first; raise CollectorError."""
        now = self._clock.now()

        def page() -> Posts:
            if self._tokens_from is None or not self._tokens_from <= now < (
                self._tokens_from + _TOKENS_AGE
            ):
                self._context.forget_tokens()
                self._tokens_from = now
            node = {"id": account.number, "username": account.handle}
            profile = instaloader.Profile(self._context, node)
            if token:
                # The first page asked for the profile; the others need not ask again.
                node["is_private"] = ""
                profile._has_full_metadata = True
            self._context.begin_at = token or ""
            posts = profile.get_tagged_posts() if tagged else profile.get_posts()
            kept = as_dict(posts.freeze().remaining_data)
            info = kept.get("page_info")
            if not isinstance(info, dict):
                return Posts(_nodes(kept), None)
            return Posts(
                _nodes(kept),
                (token_of(info.get("end_cursor")) or None) if info.get("has_next_page") else "",
            )

        return self._call(source, page)

    def comments(self, work: Work, token: str, source: str) -> Mapping[str, Any]:
        """Return the raw answer of one page of comments; raise CollectorError.

        instaloader takes the web route up to twelve comments and the app's beyond.
        """

        def page() -> Mapping[str, Any]:
            self._context.answer = {}
            self._context.begin_at = token
            node = {
                "shortcode": work.code,
                "id": self._number(work),
                "edge_media_to_comment": {"count": _PAGE + 1 if work.count is None else work.count},
                "edge_media_to_parent_comment": {"edges": []},
            }
            instaloader.Post(self._context, node).get_comments()
            return self._context.answer

        return self._call(source, page)

    def replies(self, work: Work, thread: Thread, source: str) -> Mapping[str, Any]:
        """Return the raw answer of one page of replies to a comment; raise CollectorError."""

        def page() -> Mapping[str, Any]:
            self._context.begin_at = thread.token
            if work.count is None or work.count > _PAGE:
                path = f"api/v1/media/{self._number(work)}/comments/{thread.comment}"
                return self._context.get_iphone_json(f"{path}/child_comments/", {"max_id": ""})
            return self._context.graphql_query(
                _REPLIES_QUERY,
                {"comment_id": thread.comment, "first": _PAGE},
                f"https://{HOST}/p/{work.code}/",
            )

        return self._call(source, page)

    def _visit(self, handle: str) -> str:
        return str(instaloader.Profile.from_username(self._context, handle).userid)

    def _search(self, handle: str) -> str:
        results = instaloader.TopSearchResults(self._context, handle).get_profiles()
        return next((str(one.userid) for one in results if one.username == handle.lower()), "")

    def _number(self, work: Work) -> str:
        return work.pk or str(instaloader.Post.shortcode_to_mediaid(work.code))

    def _call(self, source: str, work: Callable[[], T]) -> T:
        """Do one call when it is this thread's turn; raise CollectorError."""
        if not self._turn.acquire(timeout=_TURN_SECONDS):
            until = self._clock.now() + _BUSY_PAUSE
            raise RateLimited("instagram_busy", source, "another source is being read", until)
        try:
            results, trouble = self._attempt(source, work)
        finally:
            self._turn.release()
        if trouble is not None:
            raise trouble
        return results[0]

    def _attempt(self, source: str, work: Callable[[], T]) -> tuple[list[T], CollectorError | None]:
        """Do one call; return what went wrong instead of raising it.

        The library's exceptions hold requests with their cookies. An error raised while one of
        them is handled would carry it along as context.
        """
        self._transport.last, self._transport.trouble = None, None
        try:
            with self._way_out():
                return [work()], None
        except _Rest as exc:
            return [], rest(exc.seconds, self._clock.now())
        except _LIBRARY_ERRORS as exc:
            # What the tokens of the start page are worth is not known after a failure.
            self._tokens_from = None
            now = self._clock.now()
            seen = self._transport
            return [], failure(type(exc).__name__, seen.trouble, seen.last, source, now)
        finally:
            self._context.begin_at = ""

    @contextmanager
    def _way_out(self) -> Iterator[None]:
        before = _WAY_OUT.set(self._transport)
        try:
            yield
        finally:
            _WAY_OUT.reset(before)


def _nodes(kept: Mapping[str, Any]) -> list[Any]:
    return [as_dict(edge).get("node") for edge in kept["edges"]]
