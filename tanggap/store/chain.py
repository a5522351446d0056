"""The hash chain over events: what goes into a digest. No SQL, whichever database.

The chain runs over ids, labels and a keyed digest of the actor, never over text or handles, so
that erasing what people wrote leaves it whole. The key lives in the database: the chain shows
changes by hand and damage; against somebody who rewrites all of it, keep copies elsewhere.
"""

import hmac
import json
import re
import secrets
from datetime import datetime
from typing import NamedTuple

from tanggap.clock import to_text

START = ""
"""What stands before the first event."""


class ChainedEvent(NamedTuple):
    """An event as it is stored."""

    id: int
    item_id: int | None
    at: str
    actor: str
    kind: str
    detail: str
    digest: str


def new_key() -> str:
    """Return a key for an installation, hexadecimal."""
    return secrets.token_hex(32)


def is_key(text: str) -> bool:
    """Whether a text can be a key that `new_key` made."""
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None


def digest(
    key: str, before: str, event_id: int, item_id: int | None, at: str, actor: str, kind: str,
    detail: str,
) -> str:  # fmt: skip
    """Return the digest that binds one event to the one before it, hexadecimal."""
    secret = bytes.fromhex(key)
    who = hmac.digest(secret, actor.encode(), "sha256").hex()
    body = json.dumps([before, event_id, item_id, at, who, kind, detail])
    return hmac.digest(secret, body.encode(), "sha256").hex()


class Chain:
    """Grows the chain from its last event on."""

    def __init__(self, key: str, last_id: int, last_digest: str) -> None:
        self._key = key
        self.last_id = last_id
        self.last_digest = last_digest

    def add(
        self, item_id: int | None, at: datetime, actor: str, kind: str, detail: str
    ) -> ChainedEvent:
        """Return the next event, bound to the one before it."""
        self.last_id += 1
        moment = to_text(at)
        self.last_digest = digest(
            self._key, self.last_digest, self.last_id, item_id, moment, actor, kind, detail
        )
        return ChainedEvent(self.last_id, item_id, moment, actor, kind, detail, self.last_digest)
