"""The desk's only requests to another host: to the provider of the city's accounts.

The provider is trusted with who people are, not with this process: each exchange has a limit of
time and of bytes, follows no redirect, and few go on at once, so that a provider that hangs holds
no more than these few threads of the desk.
"""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote_plus

import requests
from urllib3.exceptions import HTTPError

from tanggap.loopback import host_of, is_guarded, is_loopback
from tanggap.web.sso import OidcRefused

CONNECT_SECONDS = 3.0
SILENT_SECONDS = 5.0
"""Between two pieces of an answer."""
ANSWER_SECONDS = 10.0
"""For a whole body, however small its pieces are."""
BYTES_AT_MOST = 256 * 1024
AT_ONCE = 4
TURN_SECONDS = 2.0
"""So long one waits for others that ask; then the desk is busy."""
_CHUNK = 16 * 1024


class Wire:
    """Carries requests to one provider. Each raises OidcRefused with one of these reasons:

    `address` (not one to send anything to), `busy`, `unreachable` (nobody answers, or a 5xx),
    `status` (any other than 200), `too_large`, `not_json`.
    """

    def __init__(self, issuer: str) -> None:
        self._on_loopback = is_loopback(host_of(issuer))
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def may_go_to(self, address: object) -> bool:
        """Say whether an address of the discovery document may be used: https.

        On loopback http will do, but only for a provider that is itself there: no other is to
        send the desk's requests to this machine.
        """
        if not isinstance(address, str) or not is_guarded(address) or "#" in address:
            return False
        return self._on_loopback or not is_loopback(host_of(address))

    def get(self, address: str) -> dict[str, Any]:
        """Return the JSON object at an address."""
        return self._exchange("GET", address, None, None)

    def post(
        self, address: str, form: Mapping[str, str], name: str, password: str
    ) -> dict[str, Any]:
        """Return the JSON object that answers a form, sent by a client with a password.

        Both are encoded before they are put together: RFC 6749, section 2.3.1.
        """
        return self._exchange("POST", address, form, (quote_plus(name), quote_plus(password)))

    def _exchange(
        self,
        method: str,
        address: str,
        form: Mapping[str, str] | None,
        login: tuple[str, str] | None,
    ) -> dict[str, Any]:
        if not self.may_go_to(address):
            raise OidcRefused("address")
        with self._turn(), requests.Session() as session:
            session.trust_env = False  # no proxy, no netrc of the environment
            try:
                with session.request(
                    method, address, data=form, auth=login, stream=True, allow_redirects=False,
                    timeout=(CONNECT_SECONDS, SILENT_SECONDS),
                    headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                ) as answer:  # fmt: skip
                    body = _body(answer)
            except (requests.RequestException, HTTPError, OSError, ValueError) as exc:
                raise OidcRefused("unreachable") from exc
        if answer.status_code != 200:
            raise OidcRefused("unreachable" if answer.status_code >= 500 else "status")
        try:
            found = json.loads(body)
        except (ValueError, RecursionError) as exc:
            raise OidcRefused("not_json") from exc
        if not isinstance(found, dict):
            raise OidcRefused("not_json")
        return found

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=TURN_SECONDS):
            raise OidcRefused("busy")
        try:
            yield
        finally:
            self._turns.release()


def _body(answer: requests.Response) -> bytes:
    """Return what comes as it comes: a packed body would grow after it was counted."""
    end = time.monotonic() + ANSWER_SECONDS
    body = b""
    while piece := answer.raw.read1(_CHUNK, decode_content=False):
        body += piece
        if len(body) > BYTES_AT_MOST:
            raise OidcRefused("too_large")
        if time.monotonic() > end:
            raise OidcRefused("unreachable")
    return body
