"""What a network's wire format offers to the server: a request in, a reply out. No sockets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from tanggap.simulator.faults import Fault
from tanggap.simulator.world import Post

JSON_TYPE = "application/json; charset=utf-8"
PROBLEM_TYPE = "application/problem+json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came in, the query decoded. `query` keeps every value of a key."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    """Header names in lower case."""
    body: bytes = b""


@dataclass(slots=True)
class Reply:
    """What goes back, still as data so that a fault may bend it."""

    status: int
    data: Any = None
    """JSON value; ignored when `body` is set."""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    ids: tuple[str, ...] = ()
    """First ids of the posts shown as the page's own items, in order."""

    def encoded(self) -> bytes:
        """Return the body as bytes. A lone surrogate stays a `\\u` escape, as networks send it."""
        if self.body is not None:
            return self.body
        try:
            return json.dumps(self.data, ensure_ascii=False, separators=(",", ":")).encode()
        except UnicodeEncodeError:
            return json.dumps(self.data, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Target:
    """What a request asks for, in the words of faults and of the oracle."""

    endpoint: str
    """Short name, for example `mentions`."""
    source: str
    """Handles that it concerns: the account's, or those in a search query."""
    network: str = "x"
    """As in `SourceSpec.network`."""
    elsewhere: bool = False
    """Whether it stands with somebody else, who only tagged the account."""


class Wire(Protocol):
    """One network's wire format over the world."""

    actions: frozenset[str]
    """Faults that only this wire format knows."""

    def accepts(self, call: Call) -> bool:
        """Return whether a call is meant for this service; its host or its path tells."""
        ...

    def credential(self, call: Call) -> str:
        """Return the token that came with a call, or nothing."""
        ...

    def identity(self, post: Post) -> str:
        """Return the id under which Tanggap stores a post."""
        ...

    def target(self, call: Call) -> Target:
        """Return what `call` asks for; never raises."""
        ...

    def answer(self, call: Call, now: datetime) -> Reply:
        """Return the true answer at `now`, refusals included."""
        ...

    def bend(self, fault: Fault, call: Call, now: datetime) -> Reply | None:
        """Return the reply of a fault that only this network knows; None: not one of those."""
        ...
