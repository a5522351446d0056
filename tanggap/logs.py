"""Logging of all processes: one event per line on stderr, `key=value`, no personal data.

Levels: DEBUG steps, INFO one line per turn, WARNING remote trouble, ERROR ours. What a message
may hold: codes, ids, counts, milliseconds. Never text, handles, tokens or queries of addresses.
"""

import logging
import sys
from collections.abc import Iterable
from typing import TextIO

QUIET = ("tweepy", "urllib3", "requests", "requests_oauthlib", "oauthlib", "asyncio")
"""Libraries that log headers or addresses below WARNING."""


class Redacted(logging.Formatter):
    """Formats a record on one line and blots out every secret that slipped in."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._secrets = tuple(secret for secret in secrets if len(secret) >= 8)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; newlines only inside tracebacks."""
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def set_up(*, verbose: bool = False, secrets: Iterable[str] = ()) -> None:
    """Send the records of all loggers to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redacted(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("tanggap").setLevel(logging.DEBUG if verbose else logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def move(before: object, after: TextIO) -> None:
    """Let what was logged to one stream go to another from now on."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is before:
            handler.setStream(after)
