"""The Pages that the install's token may read, their own tokens, and the Instagram accounts linked
to them. Tokens stay in memory: never in the store, a cursor, a log or an error.
"""

import threading
from dataclasses import dataclass
from typing import Any

from collectors.graph import GraphClient
from collectors.graph_errors import META, Asker
from collectors.graph_wire import entries, next_place, node_id
from collectors.wire import as_dict
from tanggap.config import Config
from tanggap.errors import NotAuthorised, RateLimited, Unavailable
from tanggap.mention import Wait

_FIELDS = "id,name,username,access_token,instagram_business_account{id,username}"
_PAGES_OF_ACCOUNTS = 50


@dataclass(frozen=True, slots=True)
class Granted:
    """One Page that the token may read. Names in lower case, empty when unknown."""

    page_id: str
    page_name: str
    token: str
    instagram_id: str
    instagram_name: str

    def __repr__(self) -> str:
        return f"Granted({self.page_id})"  # never the token


class PageTokens:
    """Remembers the Pages' own tokens; safe from any thread."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._tokens: dict[str, str] = {}

    def of(self, page_id: str, account: str, client: GraphClient) -> str:
        """Return a Page's token, asking Meta when it is not known.

        Raises NotAuthorised `page_not_granted` in the scope `account` when the install's token
        may not read that Page, RateLimited when its limit is nearly used up, or any CollectorError
        of the question.
        """
        with self._lock:
            known = self._tokens.get(page_id)
        if known:
            return known
        pages, wait = _ask(self._config, client)
        found = {page.page_id: page.token for page in pages}
        with self._lock:
            self._tokens |= found
        if wait:
            raise _pause(wait)
        if not found.get(page_id):
            raise NotAuthorised("page_not_granted", account, "not in /me/accounts")
        return found[page_id]

    def forget(self, page_id: str) -> None:
        """Drop a token that Meta refused: the next call asks for it anew."""
        with self._lock:
            self._tokens.pop(page_id, None)


def granted(config: Config, client: GraphClient) -> list[Granted]:
    """Return all Pages that the install's token may read; raise CollectorError.

    Near the end of Meta's limit that is RateLimited: this question is asked again later.
    """
    pages, wait = _ask(config, client)
    if wait:
        raise _pause(wait)
    return pages


def _ask(config: Config, client: GraphClient) -> tuple[list[Granted], Wait | None]:
    """Return the Pages; all of them, or those up to where Meta asked for a pause."""
    token = config.meta_token.get_secret_value()
    found: list[Granted] = []
    place = ""
    seen: set[str] = set()
    for _ in range(_PAGES_OF_ACCOUNTS):
        params = {"fields": _FIELDS, "limit": "100"} | ({"after": place} if place else {})
        answer = client.get("me/accounts", params, token, Asker(META, META))
        body = answer.body
        found += [_granted(as_dict(entry)) for entry in entries(body, META)]
        place = next_place(body, META)
        if answer.wait or not place:
            return found, answer.wait
        if place in seen:
            break
        seen.add(place)
    raise Unavailable("paging_loop", META, "/me/accounts")


def _pause(wait: Wait) -> RateLimited:
    return RateLimited(wait.code, wait.scope, "/me/accounts", wait.until)


def _granted(entry: dict[str, Any]) -> Granted:
    token = entry.get("access_token")
    instagram = as_dict(entry.get("instagram_business_account"))
    return Granted(
        page_id=node_id(entry.get("id")),
        page_name=str(entry.get("username") or "").lower(),
        token=token if isinstance(token, str) else "",
        instagram_id=node_id(instagram.get("id")),
        instagram_name=str(instagram.get("username") or "").lower(),
    )
