"""Instagram by the official route: own media with their comments, and photos that tag an account.

What it cannot see: @mentions in others' captions and comments (webhook only), answers under
others' media, stories, private accounts.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from collectors.base import Collector
from collectors.clients import Clients
from collectors.graph import GraphClient
from collectors.graph_appetite import Appetite
from collectors.graph_errors import META
from collectors.graph_pages import granted
from collectors.graph_source import Credential, GraphCollector, pace_of
from collectors.graph_token import TokenCollector, token_source
from collectors.graph_wire import Commented, Listed
from collectors.instagram_wire import (
    COMMENT_FIELDS,
    MEDIA_FIELDS,
    REPLY_FIELDS,
    Watched,
    map_comments,
    map_media,
)
from collectors.thread_cursor import Ask, Pace
from collectors.thread_state import Thread
from collectors.wire import own_accounts
from tanggap.config import Config
from tanggap.errors import NotAuthorised
from tanggap.mention import SourceSpec

NETWORK = "instagram"


class InstagramStream:
    """The media of one account, or those that tag it."""

    page_size = 100
    comment_page_size = 50
    """Most comments of one answer (docs, ig-media/comments, 2026)."""

    def __init__(self, watched: Watched, pace: Pace) -> None:
        self.pace = pace
        self._watched = watched

    def list_request(self, since: datetime) -> tuple[str, dict[str, str]]:
        """Return path and parameters of the list of media; it knows no start."""
        edge = "tags" if self._watched.tagged else "media"
        return f"{self._watched.account_id}/{edge}", {"fields": MEDIA_FIELDS}

    def comment_request(self, ask: Ask) -> tuple[str, dict[str, str]]:
        """Return path and parameters of a medium's comments, or of the replies to one."""
        if ask.branch:
            return f"{ask.branch}/replies", {"fields": REPLY_FIELDS}
        return f"{ask.thread.id if ask.thread else ''}/comments", {"fields": COMMENT_FIELDS}

    def listed(self, items: list[Any], seen_at: datetime) -> Listed:
        """Map a page of media."""
        return map_media(items, self._watched, seen_at)

    def commented(self, items: list[Any], thread: Thread, ask: Ask, seen_at: datetime) -> Commented:
        """Map a page of comments or replies."""
        return map_comments(items, thread, ask.branch, self._watched, seen_at)


class InstagramNetwork:
    """Instagram by the official route. Built from the config; touches nothing until asked."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._clients = Clients(partial(GraphClient, config))
        self._appetite = Appetite()

    def sources(self) -> list[SourceSpec]:
        """Return the sources that the config asks for; empty when the route is off.

        Facebook checks the token where it is on.
        """
        instagram = self._config.instagram
        if not instagram.enabled:
            return []
        tagged = list(instagram.accounts) if instagram.tagged else []
        return [
            *([] if self._config.facebook.enabled else [token_source(NETWORK)]),
            *(self._spec(opd, "media", instagram.poll_seconds) for opd in instagram.accounts),
            *(self._spec(opd, "tags", instagram.tagged_poll_seconds) for opd in tagged),
        ]

    def resolve(self, known: Mapping[str, str]) -> dict[str, str]:
        """Return lower-case name to account id; see `collectors.base.Network`."""
        wanted = {name.lower() for name in self._config.instagram.accounts.values()}
        missing = wanted - known.keys()
        if not missing:
            return {}
        client = self._clients.new()
        try:
            pages = granted(self._config, client)
        finally:
            client.close()
        ids = {page.instagram_name: page.instagram_id for page in pages if page.instagram_id}
        return {name: ids[name] for name in missing if name in ids}

    def collector(self, spec: SourceSpec, ids: Mapping[str, str]) -> Collector:
        """Return the collector of one source; raise NotAuthorised when it is not granted."""
        if spec.kind == "token":
            return TokenCollector(self._config, self._clients.new())
        instagram, opd = self._config.instagram, spec.accounts[0]
        handle = instagram.accounts[opd]
        account_id = ids.get(handle.lower(), "")
        if not account_id:
            raise NotAuthorised("page_not_granted", spec.id, "not in /me/accounts")
        tagged = spec.kind == "tags"
        own = own_accounts(ids, self._config.instagram_web.accounts, instagram.accounts)
        watched = Watched(opd, handle, account_id, own, tagged)
        # Replies go under old comments, so no order says where a reading may end.
        pace = pace_of(instagram, spec.poll_seconds, whole=True, threaded=not tagged)
        secret = self._config.meta_token
        credential = Credential(
            get=lambda _: secret.get_secret_value(), refused=_nothing, of_page=False
        )
        return GraphCollector(
            self._config,
            spec,
            InstagramStream(watched, pace),
            credential,
            self._clients.new(),
            self._appetite,
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
            handle=self._config.instagram.accounts[opd],
            poll_seconds=poll_seconds,
        )


def _nothing() -> None:
    """Do nothing: the install's own token is not asked for anew, a person brings it."""
