"""One source of X: the cursor's next request, and the page that comes back. No library here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from collectors import x_cursor
from collectors.wire import OwnAccounts, as_dict, as_list
from collectors.x_errors import NETWORK, Asker, ParameterRefused
from collectors.x_search import query_for
from collectors.x_wire import Mapped, id_before, map_page, moment_of
from tanggap.config import Config
from tanggap.errors import RateLimited, UnexpectedResponse
from tanggap.mention import Cursor, Gap, Page, SourceSpec

_PAGE = 100
_SMALLEST_PAGE = {"mentions": 5, "timeline": 5, "search": 10}
_TOKEN_NAMES = frozenset({"pagination_token", "next_token"})


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of JSON, and what it took to get it."""

    body: dict[str, Any]
    notices: tuple[str, ...] = ()


class Client(Protocol):
    """What a source needs of the network's client."""

    def posts(self, route: str, params: Mapping[str, str], asker: Asker) -> Answer:
        """Return a page of posts; raise CollectorError."""
        ...

    def close(self) -> None:
        """Abandon a request under way; safe from any thread."""
        ...


class XCollector:
    """Reads one source of X: the poll's next page, whatever the cursor says is next."""

    def __init__(
        self,
        config: Config,
        spec: SourceSpec,
        account_id: str,
        own: OwnAccounts,
        client: Client,
    ) -> None:
        self._config = config
        self._spec = spec
        self._account_id = account_id
        self._handles = [config.x.accounts[opd] for opd in spec.accounts]
        self._own = own
        self._client = client

    def close(self) -> None:
        """Abandon a request under way; safe from any thread."""
        self._client.close()

    def fetch(self, cursor: Cursor | None, *, allowance: int | None) -> Page:
        """Return the next page; raise a `CollectorError`. See `collectors.base.Collector`."""
        now = self._config.clock.now()
        state, gap = x_cursor.begin(
            x_cursor.read(cursor), self._config.x, now, windowed=self._spec.kind == "search"
        )
        # A refused token and a refused since_id can come one after the other.
        for _ in range(3):
            try:
                answer = self._ask(state, now, allowance)
                break
            except ParameterRefused as refusal:
                poll = state.poll
                if poll and poll.token and refusal.names & _TOKEN_NAMES:
                    again = x_cursor.restarted(state)
                    if again is None:
                        return _page(Mapped(), x_cursor.given_up(state, now))
                    state = again
                elif poll and poll.since and "since_id" in refusal.names:
                    state, gap = x_cursor.without_since(state, now)
                else:
                    raise
        else:
            return _page(Mapped(), x_cursor.given_up(state, now))
        mapped = self._mapped(answer.body)
        if answer.body.get("meta") is None:
            # Without it nobody knows whether more pages follow: keep the posts, move nothing.
            step = x_cursor.Step(replace(state, poll=None), notices=("library_error",))
        else:
            step = x_cursor.advance(
                state,
                mapped.ids,
                self._next_token(answer.body),
                now,
                settings=self._config.x,
                mentions=self._spec.kind == "mentions",
                timeline=self._spec.kind == "timeline",
                flawed=_is_flawed(answer.body, mapped),
            )
        notices = answer.notices + (("partial_errors",) if answer.body.get("errors") else ())
        return _page(mapped, step, gap, notices)

    def _ask(self, state: x_cursor.State, now: datetime, allowance: int | None) -> Answer:
        poll = state.poll
        if poll is None:
            raise UnexpectedResponse("internal", self._spec.id, "no poll under way")
        kind = "search" if poll.searching else self._spec.kind
        params = {"max_results": str(self._page_size(kind, allowance))}
        if poll.start:
            params["start_time"] = poll.start.strftime("%Y-%m-%dT%H:%M:%SZ")
        else:
            floor = id_before(now - x_cursor.SEARCH_WINDOW) if poll.searching else 0
            params["since_id"] = str(max(poll.since, floor))
        if poll.searching:
            params["until_id"] = str(poll.until)
        if poll.token:
            params["next_token" if kind == "search" else "pagination_token"] = poll.token
        if kind == "search":
            mentioning = f"@{self._handles[0]} -is:retweet"
            params["query"] = mentioning if poll.searching else query_for(self._handles)
            # The limit of search is not the one that this source's siblings run into.
            endpoint = self._spec.id if poll.searching else "x:search"
            return self._client.posts(
                "/2/tweets/search/recent", params, Asker(self._spec.id, endpoint)
            )
        if kind == "timeline":
            params["exclude"] = "retweets"
        route = f"/2/users/{self._account_id}/{'tweets' if kind == 'timeline' else 'mentions'}"
        asker = Asker(self._spec.id, f"x:{kind}", self._account_id)
        return self._client.posts(route, params, asker)

    def _page_size(self, kind: str, allowance: int | None) -> int:
        """Return how many posts to ask for, or raise RateLimited when too few may be read.

        Each may come with its author and with two posts that it refers to (a reply that quotes),
        and X bills what it returns.
        """
        if allowance is None:
            return _PAGE
        size = min(_PAGE, allowance // (4 if self._config.x.expand_authors else 3))
        if size < _SMALLEST_PAGE[kind]:
            raise RateLimited("budget", NETWORK, f"{allowance} reads left")
        return size

    def _mapped(self, body: Mapping[str, Any]) -> Mapped:
        """Return the page's mentions; raise when the answer is no page at all."""
        meta, data = body.get("meta"), body.get("data")
        promised = meta.get("result_count") if isinstance(meta, dict) else None
        if data is None and meta is None:
            raise UnexpectedResponse("library_error", self._spec.id, "neither data nor meta")
        if not isinstance(meta, dict | None) or not isinstance(data, list | None):
            raise UnexpectedResponse("library_error", self._spec.id, "data or meta of a wrong type")
        if data is None and promised:
            raise UnexpectedResponse("library_error", self._spec.id, "result_count without data")
        fallback = self._spec.accounts if self._spec.kind == "mentions" else ()
        return map_page(body, self._own, self._config.clock.now(), fallback)

    def _next_token(self, body: Mapping[str, Any]) -> str:
        token = body["meta"].get("next_token")
        if token is None or (isinstance(token, str) and len(token) <= 1000):
            return token or ""
        raise UnexpectedResponse("library_error", self._spec.id, "next_token of a wrong type")


def _page(
    mapped: Mapped,
    step: x_cursor.Step,
    gap: Gap | None = None,
    notices: tuple[str, ...] = (),
) -> Page:
    gap = step.gap or gap
    reason = (gap.reason,) if gap else ()
    return Page(
        mentions=mapped.mentions,
        next_cursor=x_cursor.write(step.state),
        more=step.more,
        looks_back=step.looks_back,
        gap=gap,
        rejected=mapped.rejected,
        reads=mapped.reads,
        notices=tuple(dict.fromkeys((*notices, *reason, *step.notices))),
        watched_since=moment_of(step.state.origin) if step.state.origin else None,
        watched_until=step.state.checked,
        whole=step.whole,
    )


def _is_flawed(body: Mapping[str, Any], mapped: Mapped) -> bool:
    """Whether a page left something out: an odd post, one that X could not give, or a wrong count.

    What X says of posts that others refer to is no loss of the list itself.
    """
    missing = any(
        "referenced" not in str(as_dict(error).get("parameter", ""))
        for error in as_list(body.get("errors"))
    )
    meta, data = as_dict(body.get("meta")), as_list(body.get("data"))
    return bool(mapped.rejected) or missing or meta.get("result_count") != len(data)
