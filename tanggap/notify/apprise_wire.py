"""The way out for notices, and the only file that imports Apprise.

Apprise keeps nothing on disk here, loads no plugins of others, follows no redirect, does not say
anything into our log (its lines may hold addresses and tokens), and works in the thread that calls
it: whoever ends does not wait for threads of its own.
"""

import copy
import hmac
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import apprise
from apprise import (
    Apprise,
    AppriseAsset,
    AppriseResultStatus,
    NotifyBase,
    NotifyFormat,
    PersistentStoreMode,
)

from tanggap.notify.refusal import refusal
from tanggap.notify.render import Said

CONNECT_SECONDS = 10.0
READ_SECONDS = 15.0
LONGEST_SECONDS = 30.0
"""What an address may ask for by its own `cto` and `rto`."""
HEADER = "X-Tanggap-Notice"
"""Of e-mails and webhooks: the name of the notice, so that a machine knows a repeat, too."""


class Address:
    """One address of a channel."""

    def __init__(self, service: NotifyBase, digest: str) -> None:
        self._service = service
        self.digest = digest
        """Tells it from the others of its channel, and tells nobody what it is."""

    def send(self, said: Said, notice_id: str) -> bool:
        """Send one message; say whether it was taken. Takes as long as the sockets may."""
        headers = getattr(self._service, "headers", None)
        if isinstance(headers, dict):
            headers[HEADER] = notice_id
        sender = Apprise(asset=self._service.asset)
        sender.add(self._service)
        result = sender.notify(
            body=said.body,
            title=said.title,
            body_format=NotifyFormat.TEXT,
            log_level=logging.CRITICAL,
        )
        # Not the result's own word: an address with `optional=yes` succeeds whatever happens.
        return any(
            attempt.status == AppriseResultStatus.SUCCESS
            for one in result.results
            for attempt in one.attempts
        )

    @property
    def service(self) -> str:
        """What Apprise calls the service: `E-Mail`."""
        return str(self._service.service_name)

    def tried(self, said: Said, notice_id: str) -> tuple[str, str] | None:
        """Send one message; None when it was taken, else why not, as `refusal` says it.

        For one process that does nothing else: it listens to all that Apprise logs meanwhile.
        """
        with _heard() as lines:
            taken = self.send(said, notice_id)
        return None if taken else refusal(lines)


class _Ear(logging.Handler):
    """Keeps what is logged, in memory."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Yield the lines that Apprise logs meanwhile; they may hold addresses and tokens."""
    logger, ear = logging.getLogger(apprise.logger.name), _Ear()
    before = logger.level
    logger.addHandler(ear)
    logger.setLevel(logging.DEBUG)
    try:
        yield ear.lines
    finally:
        logger.setLevel(before)
        logger.removeHandler(ear)


def addresses(url: str) -> list[Address]:
    """Return the addresses of a channel; none when Apprise does not understand the URL.

    One that names several (e-mail, telephone numbers, chats) is taken apart, so that one which
    refuses does not have the others told again.
    """
    silence()
    service = Apprise.instantiate(url, asset=_asset())
    if service is None:
        return []
    _limit(service, url)
    targets = getattr(service, "targets", None)
    if not isinstance(targets, list) or len(targets) < 2:
        return [Address(service, "")]
    found = []
    for target in targets:
        one = copy.copy(service)
        one.targets = [target]  # type: ignore[attr-defined]  # those that have several have this
        # The URL is a secret, so that from the digest nobody learns who it is.
        found.append(
            Address(one, hmac.digest(url.encode(), repr(target).encode(), "sha256").hex()[:8])
        )
    return found


def kind_of(url: str) -> str:
    """Return what Apprise calls the service of a URL (`E-Mail`); empty when it knows none."""
    silence()
    service = Apprise.instantiate(url, asset=_asset())
    return "" if service is None else str(service.service_name)


def silence() -> None:
    """Keep all that Apprise logs to itself; what matters of it is told as a code."""
    logger = logging.getLogger(apprise.logger.name)
    logger.propagate = False
    if not any(isinstance(one, logging.NullHandler) for one in logger.handlers):
        logger.addHandler(logging.NullHandler())  # else Python writes to stderr by itself


def _asset() -> AppriseAsset:
    return AppriseAsset(
        app_id="Tanggap",
        app_desc="Tanggap",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,  # with no limit for a service: all happens in the calling thread
        service_timeout=0,
        secure_logging=True,
        http_redirects=False,
        pgp_autogen=False,
        pem_autogen=False,
        interpret_escapes=False,
        interpret_emojis=False,
        allow_templates=False,
        storage_mode=PersistentStoreMode.MEMORY,
    )


def _limit(service: NotifyBase, url: str) -> None:
    """Bound the waits for sockets, whatever the URL asks for."""
    asked: dict[str, Any] = parse_qs(urlsplit(url).query)
    own = {"cto": service.socket_connect_timeout, "rto": service.socket_read_timeout}
    connect = own["cto"] if "cto" in asked else CONNECT_SECONDS
    read = own["rto"] if "rto" in asked else READ_SECONDS
    service.socket_connect_timeout = min(max(connect, 0.1), LONGEST_SECONDS)
    service.socket_read_timeout = min(max(read, 0.1), LONGEST_SECONDS)
