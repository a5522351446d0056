"""Facebook Pages: own and visitor posts with their comments, and others' posts that tag a Page."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from collectors.base import Collector
from collectors.clients import Clients
from collectors.facebook_wire import (
    COMMENT_FIELDS,
    POST_FIELDS,
    Watched,
    map_comments,
    map_posts,
)
from collectors.graph import GraphClient
from collectors.graph_appetite import Appetite
from collectors.graph_errors import META
from collectors.graph_pages import PageTokens, granted
from collectors.graph_source import Credential, GraphCollector, pace_of
from collectors.graph_token import TokenCollector, token_source
from collectors.graph_wire import Commented, Listed
from collectors.thread_cursor import Ask, Pace
from collectors.thread_state import Thread
from collectors.wire import own_accounts
from tanggap.config import Config
from tanggap.errors import NotAuthorised
from tanggap.mention import SourceSpec

NETWORK = "facebook"


class FacebookStream:
    """The posts of one Page, or those that tag it."""

    page_size = 100
    """Most posts of one answer (docs/graph-api/reference/page/feed, 2026)."""
    comment_page_size = 100

    def __init__(self, watched: Watched, pace: Pace) -> None:
        self.pace = pace
        self._watched = watched

    def list_request(self, since: datetime) -> tuple[str, dict[str, str]]:
        """Return path and parameters of the list of posts."""
        edge = "tagged" if self._watched.tagged else "feed"
        params = {"fields": POST_FIELDS, "since": str(int(since.timestamp()))}
        return f"{self._watched.page_id}/{edge}", params

    def comment_request(self, ask: Ask) -> tuple[str, dict[str, str]]:
        """Return path and parameters of a post's comments, replies among them."""
        params = {"fields": COMMENT_FIELDS, "filter": "stream", "order": "reverse_chronological"}
        return f"{ask.thread.id if ask.thread else ''}/comments", params

    def listed(self, items: list[Any], seen_at: datetime) -> Listed:
        """Map a page of posts."""
        return map_posts(items, self._watched, seen_at)

    def commented(self, items: list[Any], thread: Thread, ask: Ask, seen_at: datetime) -> Commented:
        """Map a page of comments."""
        return map_comments(items, thread, self._watched, seen_at)


class FacebookNetwork:
    """Facebook for this install. Built from the config; touches nothing until asked."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._clients = Clients(partial(GraphClient, config))
        self._tokens = PageTokens(config)
        self._appetite = Appetite()

    def sources(self) -> list[SourceSpec]:
        """Return the sources that the config asks for; empty when Facebook is off."""
        facebook = self._config.facebook
        if not facebook.enabled:
            return []
        tagged = list(facebook.accounts) if facebook.tagged else []
        return [
            token_source(NETWORK),
            *(self._spec(opd, "feed", facebook.poll_seconds) for opd in facebook.accounts),
            *(self._spec(opd, "tagged", facebook.tagged_poll_seconds) for opd in tagged),
        ]

    def resolve(self, known: Mapping[str, str]) -> dict[str, str]:
        """Return lower-case name (or number) to Page id; see `collectors.base.Network`."""
        wanted = {name.lower() for name in self._config.facebook.accounts.values()}
        missing = wanted - known.keys()
        if not missing:
            return {}
        client = self._clients.new()
        try:
            pages = [page for page in granted(self._config, client) if page.page_id]
        finally:
            client.close()
        ids = {page.page_id: page.page_id for page in pages}
        ids |= {page.page_name: page.page_id for page in pages if page.page_name}
        return {name: ids[name] for name in missing if name in ids}

    def collector(self, spec: SourceSpec, ids: Mapping[str, str]) -> Collector:
        """Return the collector of one source; raise NotAuthorised when its Page is not granted."""
        if spec.kind == "token":
            return TokenCollector(self._config, self._clients.new())
        facebook, opd = self._config.facebook, spec.accounts[0]
        page_id = ids.get(facebook.accounts[opd].lower(), "")
        if not page_id:
            raise NotAuthorised("page_not_granted", spec.id, "not in /me/accounts")
        own = own_accounts(ids, facebook.accounts)
        watched = Watched(opd, page_id, own, tagged=spec.kind == "tagged")
        account = spec.id.rpartition(":")[0]
        credential = Credential(
            get=lambda client: self._tokens.of(page_id, account, client),
            refused=lambda: self._tokens.forget(page_id),
            of_page=True,
        )
        stream = FacebookStream(watched, pace_of(facebook, spec.poll_seconds))
        return GraphCollector(
            self._config, spec, stream, credential, self._clients.new(), self._appetite
        )

    def close(self) -> None:
        """Abandon requests under way and free all connections; safe from any thread."""
        self._clients.close()

    def _spec(self, opd: str, kind: str, poll_seconds: int) -> SourceSpec:
        return SourceSpec(
            id=f"{META}:{NETWORK}:{opd}:{kind}",
            network=NETWORK,
            kind=kind,
            accounts=(opd,),
            handle=self._config.facebook.accounts[opd],
            poll_seconds=poll_seconds,
        )
