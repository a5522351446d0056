"""X: mentions, shared searches and the accounts' own posts. The only file that imports tweepy.

Of tweepy the client's `request` is used, not its methods per endpoint: those know only the older
of X's two dialects of field names, and read JSON more trustingly than an unattended program may.
"""

import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
import tweepy

from collectors.base import Collector
from collectors.clients import Clients
from collectors.refusals import no_answer
from collectors.transport import Transport, TransportError, pin_at_warning
from collectors.wire import own_accounts
from collectors.x_errors import (
    NETWORK,
    Asker,
    ParameterRefused,
    account_missing,
    failure,
    read_body,
)
from collectors.x_search import pack
from collectors.x_source import Answer, XCollector
from tanggap.config import Config
from tanggap.errors import CollectorError, NotAuthorised, UnexpectedResponse
from tanggap.mention import SourceSpec

log = logging.getLogger("tanggap.collectors.x")

HOST = "api.x.com"
_TWEEPY_HOST = "api.twitter.com"  # a constant inside tweepy
_LOOKUP = 100
"""Usernames of one look-up (docs.x.com/x-api/users/lookup, 2026)."""
_LIBRARY_ERRORS = (
    tweepy.TweepyException,
    requests.RequestException,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
)
"""What tweepy and requests let out of a call, bugs on odd answers included."""


@dataclass(slots=True)
class Dialect:
    """Which names of fields X understands; one object for all sources, learned in use."""

    name: str = "tweet"
    free: bool = True
    """Whether the other dialect may be tried."""
    lean: bool = False
    """Whether X refused some field that Tanggap can do without."""

    def params(self, name: str, *, lean: bool, authors: bool) -> dict[str, str]:
        """Return the parameters for fields and expansions in the dialect `name`."""
        fields = [
            *("created_at", "author_id", "conversation_id", "in_reply_to_user_id"),
            *(f"referenced_{name}s", f"note_{name}"),
        ]
        if not lean:
            fields += ["entities", "attachments", "lang", "public_metrics"]
        referenced = "referenced_tweets.id" if name == "tweet" else "referenced_posts"
        expansions = ["author_id", referenced] if authors else [referenced]
        params = {f"{name}.fields": ",".join(fields), "expansions": ",".join(expansions)}
        return params | {"user.fields": "username"} if authors else params


class XClient:
    """One tweepy client behind one transport; every failure leaves it as a CollectorError."""

    def __init__(self, config: Config, rng: random.Random, dialect: Dialect) -> None:
        pin_at_warning("tweepy", "tweepy.client")
        self._config = config
        self._rng = rng
        self._dialect = dialect
        self._transport = Transport(
            host=HOST,
            aliases=frozenset({_TWEEPY_HOST}),
            base_url=config.x.base_url,
            connect_seconds=config.x.connect_seconds,
            deadline_seconds=config.x.deadline_seconds,
            max_bytes=config.x.max_body_mb * 1_000_000,
        )
        self._tweepy = tweepy.Client(
            bearer_token=config.x_token.get_secret_value(),
            return_type=dict,
            wait_on_rate_limit=False,
        )
        self._transport.attach(self._tweepy.session)

    def close(self) -> None:
        """Abandon a request under way; safe from any thread."""
        self._transport.close()

    def posts(self, route: str, params: Mapping[str, str], asker: Asker) -> Answer:
        """Return a page of posts with the fields that Tanggap reads; raise CollectorError.

        A refused field or dialect is not the source's fault: the next poorer form is asked for
        at once, and what X understood is remembered.
        """
        dialect = self._dialect
        other = "post" if dialect.name == "tweet" else "tweet"
        forms = [(dialect.name, dialect.lean)]
        forms += [(other, dialect.lean)] if dialect.free else []
        forms += [] if dialect.lean else [(dialect.name, True)]
        refusal: ParameterRefused | None = None
        for name, lean in forms:
            fields = dialect.params(name, lean=lean, authors=self._config.x.expand_authors)
            try:
                body = self.get(route, dict(params) | fields, asker)
            except ParameterRefused as exc:
                if not any(part.endswith((".fields", "expansions")) for part in exc.names):
                    raise
                refusal = refusal or exc
                continue
            notices = ["dialect_changed"] if name != dialect.name else []
            notices += ["fields_reduced"] if lean else []
            dialect.name, dialect.lean = name, lean
            return Answer(body, tuple(notices))
        raise refusal or UnexpectedResponse("bad_request", asker.source)

    def get(self, route: str, params: Mapping[str, str], asker: Asker) -> dict[str, Any]:
        """Return the JSON object of a good answer; raise CollectorError.

        A 401 is asked once more before it is believed: it stops every source of the install.
        """
        trouble = self._ask(route, params, asker)
        if isinstance(trouble, NotAuthorised) and trouble.code == "token":
            trouble = self._ask(route, params, asker)
        if trouble:
            raise trouble
        exchange = self._transport.last
        body = read_body(exchange.body if exchange else b"", asker.source)
        if account_missing(body, asker.account_id):
            raise NotAuthorised("account_gone", asker.source, "HTTP 200 with errors")
        return body

    def _ask(self, route: str, params: Mapping[str, str], asker: Asker) -> CollectorError | None:
        """Do one call; return what went wrong instead of raising it.

        The library's exceptions hold the request with its token. An error raised while one of
        them is handled would carry it along as context.
        """
        try:
            self._tweepy.request("GET", route, params=dict(params))
        except TransportError as exc:
            return no_answer(exc, asker.source, NETWORK)
        except _LIBRARY_ERRORS as exc:
            exchange = self._transport.last
            if exchange is None or exchange.status < 300:
                return UnexpectedResponse("library_error", asker.source, type(exc).__name__)
            token = self._config.x_token.get_secret_value()
            return failure(exchange, asker, self._config.clock.now(), self._rng, token)
        return None


class XNetwork:
    """X for this install. Built from the config; touches nothing until asked."""

    def __init__(self, config: Config, rng: random.Random | None = None) -> None:
        self._config = config
        rng = rng or random.SystemRandom()
        chosen = config.x.dialect
        dialect = Dialect("tweet" if chosen == "auto" else chosen, chosen == "auto")
        self._clients = Clients(lambda: XClient(config, rng, dialect))

    def sources(self) -> list[SourceSpec]:
        """Return the sources that the config asks for; empty when X is off."""
        x = self._config.x
        if not x.enabled:
            return []
        single = [opd for opd in x.accounts if opd not in x.search]
        shared = pack({opd: handle for opd, handle in x.accounts.items() if opd in x.search})
        timelines = [(opd,) for opd in x.accounts] if x.timelines else []
        return [
            *(self._spec("mentions", (opd,), x.poll_seconds) for opd in single),
            *(self._spec("search", group, x.poll_seconds) for group in shared),
            *(self._spec("timeline", opd, x.timeline_poll_seconds) for opd in timelines),
        ]

    def resolve(self, known: Mapping[str, str]) -> dict[str, str]:
        """Return lower-case handle to account id; see `collectors.base.Network`.

        Ids of the config win over remembered ones. X bills each look-up as a user read.
        """
        x = self._config.x
        ids = {x.accounts[opd].lower(): account_id for opd, account_id in x.ids.items()}
        found = {handle: ident for handle, ident in ids.items() if known.get(handle) != ident}
        missing = [
            handle
            for handle in map(str.lower, x.accounts.values())
            if handle not in ids and handle not in known
        ]
        if not missing:
            return found
        client = self._clients.new()
        # Without an id no source of an account is read: all of them wait for the look-up's limit.
        asker = Asker(NETWORK, NETWORK)
        try:
            for first in range(0, len(missing), _LOOKUP):
                names = ",".join(missing[first : first + _LOOKUP])
                body = client.get("/2/users/by", {"usernames": names}, asker)
                found |= _account_ids(body)
        finally:
            client.close()
        return found

    def collector(self, spec: SourceSpec, ids: Mapping[str, str]) -> Collector:
        """Return the collector of one source; raise NotAuthorised when its account has no id."""
        accounts = self._config.x.accounts
        handles = tuple(accounts[opd] for opd in spec.accounts)
        account_id = ids.get(handles[0].lower(), "")
        if spec.kind != "search" and not account_id.isdecimal():
            raise NotAuthorised("account_gone", spec.id, "account id unknown")
        own = own_accounts(ids, accounts)
        return XCollector(self._config, spec, account_id, own, self._clients.new())

    def close(self) -> None:
        """Abandon requests under way and free all connections; safe from any thread."""
        self._clients.close()

    def _spec(self, kind: str, opds: tuple[str, ...], poll_seconds: int) -> SourceSpec:
        return SourceSpec(
            id=f"x:{kind}:{'+'.join(opds)}",
            network=NETWORK,
            kind=kind,
            accounts=opds,
            handle=", ".join(self._config.x.accounts[opd] for opd in opds),
            poll_seconds=poll_seconds,
        )


def _account_ids(body: Mapping[str, Any]) -> dict[str, str]:
    """Return lower-case handle to id of a look-up; what X does not know is left out."""
    users = body.get("data")
    return {
        str(user.get("username")).lower(): str(user.get("id"))
        for user in (users if isinstance(users, list) else [])
        if isinstance(user, dict) and str(user.get("id")).isdecimal()
    }
