"""The Graph API for all that reads it. The only file that imports facebook.

facebook-sdk 3.1.0 knows versions up to v3.1, never looks at a status and has no deadline: the
version is set past its constructor, status and headers are read from our own transport. Its
paging is not used: it would follow an address that the answer brings.
"""

import hashlib
import hmac
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from collectors.graph_errors import META, Asker, error_of, failure, read_body
from collectors.graph_usage import usage_of
from collectors.refusals import no_answer
from collectors.transport import Transport, TransportError
from tanggap.config import Config
from tanggap.errors import CollectorError, UnexpectedResponse
from tanggap.mention import Wait

# Of 2018, with a regular expression in a plain string: newer Pythons call that a SyntaxWarning.
with (
    warnings.catch_warnings(action="ignore", category=DeprecationWarning),
    warnings.catch_warnings(action="ignore", category=SyntaxWarning),
):
    import facebook


HOST = "graph.facebook.com"
_LIBRARY_ERRORS = (
    facebook.GraphAPIError,
    requests.RequestException,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
)
"""What facebook-sdk and requests let out of a call, bugs on odd answers included."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer, and what its headers say."""

    body: dict[str, Any]
    wait: Wait | None = None
    stretch: float = 1.0
    notices: tuple[str, ...] = ()


class GraphClient:
    """One client behind one transport; every failure leaves it as a CollectorError."""

    def __init__(self, config: Config) -> None:
        self._config = config
        meta = config.meta
        self._transport = Transport(
            host=HOST,
            base_url=meta.base_url,
            connect_seconds=meta.connect_seconds,
            deadline_seconds=meta.deadline_seconds,
            max_bytes=meta.max_body_mb * 1_000_000,
        )
        session = requests.Session()
        self._transport.attach(session)
        self._graph = facebook.GraphAPI(session=session)
        self._graph.version = meta.graph_version

    def close(self) -> None:
        """Abandon a request under way; safe from any thread."""
        self._transport.close()

    def get(self, path: str, params: Mapping[str, str], token: str, asker: Asker) -> Answer:
        """Return a good answer to a GET of `path` (without version); raise CollectorError."""
        trouble = self._ask(path, params, token, asker)
        exchange = self._transport.last
        if trouble:
            raise trouble
        if exchange is None:
            raise UnexpectedResponse("library_error", asker.source, "no answer")
        body = read_body(exchange.body, asker.source)
        now = self._config.clock.now()
        usage = usage_of(exchange.headers, asker.account, META, self._config.meta, now)
        served = exchange.headers.get("facebook-api-version", "")
        drifted = bool(served) and served != self._config.meta.graph_version
        notices = ("graph_version_drift",) if drifted else ()
        return Answer(body, usage.wait, usage.stretch, notices)

    def _ask(
        self, path: str, params: Mapping[str, str], token: str, asker: Asker
    ) -> CollectorError | None:
        """Do one call; return what went wrong instead of raising it.

        The library's exceptions hold the address with its token. An error raised while one of
        them is handled would carry it along as context.
        """
        args = dict(params) | {"access_token": token}
        secret = self._config.meta_app_secret.get_secret_value()
        if self._config.meta.app_id and secret:
            proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256)
            args["appsecret_proof"] = proof.hexdigest()
        try:
            self._graph.request(f"{self._graph.version}/{path}", args)
        except TransportError as exc:
            return no_answer(exc, asker.source, META)
        except _LIBRARY_ERRORS as exc:
            exchange = self._transport.last
            if exchange is None:
                return UnexpectedResponse("library_error", asker.source, type(exc).__name__)
            return failure(exchange, asker, self._config.clock.now(), placed="after" in params)
        exchange = self._transport.last
        # The library takes any JSON without an error object for a success.
        if exchange and (exchange.status >= 300 or error_of(exchange.body)):
            return failure(exchange, asker, self._config.clock.now(), placed="after" in params)
        return None
