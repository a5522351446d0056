"""What the cursor of a source of Instagram by instaloader holds, and its text form. Pure."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tanggap.clock import from_text, from_text_or_none, to_text
from tanggap.mention import Cursor

log = logging.getLogger("tanggap.collectors.instagram_web")

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Known:
    """What a post's comments were when they were last read as a whole."""

    count: int
    threads: Mapping[str, int] = field(default_factory=dict)
    """Comments whose replies took a request of their own, with their number."""


@dataclass(frozen=True, slots=True)
class Work:
    """A post whose comments are to be read. `count` is None when Instagram did not say."""

    code: str
    pk: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment whose replies are to be read, from `token` on."""

    comment: str
    count: int
    token: str = ""


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll under way."""

    began: datetime
    floor: datetime
    """Older posts are not wanted."""
    sweep: bool = False
    turn: int = 0
    """Pages read in this turn of the source."""
    pages: int = 0
    """Pages of the list read so far."""
    listed: bool = False
    """Whether the list is done: what follows are comments."""
    whole: bool = True
    """Whether all was read; else the watermark stays."""
    token: str = ""
    """What asks for the next page: of the list, then of the comments of `queue[0]`."""
    seen: tuple[str, ...] = ()
    """Digests of the tokens used, to notice a circle."""
    old: int = 0
    """Old posts in a row at the end of what was listed."""
    oldest: datetime | None = None
    queue: tuple[Work, ...] = ()
    threads: tuple[Thread, ...] = ()
    """What is left of the threads of `queue[0]`."""
    reading: Mapping[str, int] = field(default_factory=dict)
    """The threads of `queue[0]` so far, for `Known`."""
    last: bool = False
    """Whether the last page of comments of `queue[0]` was read."""
    failed: int = 0
    """Posts in a row whose comments could not be read."""
    fresh: Mapping[str, Known] = field(default_factory=dict)
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """What the cursor of a source holds."""

    origin: datetime | None = None
    """Where the source began: nothing older becomes an item."""
    checked: datetime | None = None
    """When the last whole poll began: until then nothing is missing."""
    swept: datetime | None = None
    touched: datetime | None = None
    """When the last good page came."""
    account: str = ""
    """The account's number, when the source had to look it up itself."""
    misses: int = 0
    """Polls in a row in which Instagram showed no such profile."""
    missed_since: datetime | None = None
    known: Mapping[str, Known] = field(default_factory=dict)
    poll: Poll | None = None


def read(cursor: Cursor | None) -> State:
    """Return the state in a cursor; one that is missing or unreadable begins anew."""
    if cursor is None:
        return State()
    try:
        kept = json.loads(cursor)
        if kept["version"] != _VERSION:
            log.warning("event=cursor_version known=%s", _VERSION)
            return State()
        return State(
            origin=from_text_or_none(kept["origin"]),
            checked=from_text_or_none(kept["checked"]),
            swept=from_text_or_none(kept["swept"]),
            touched=from_text_or_none(kept["touched"]),
            account=str(kept["account"]),
            misses=int(kept["misses"]),
            missed_since=from_text_or_none(kept["missed_since"]),
            known=_known(kept["known"]),
            poll=_poll(kept["poll"]) if kept["poll"] else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        log.warning("event=cursor_unreadable error=%s", type(exc).__name__)
        return State()


def write(state: State) -> Cursor:
    """Return the cursor that `read` understands."""
    kept: dict[str, Any] = {"version": _VERSION}
    kept |= {name: getattr(state, name) for name in ("origin", "checked", "swept", "touched")}
    kept |= {name: getattr(state, name) for name in ("account", "misses", "missed_since")}
    kept["known"] = _known_text(state.known)
    kept["poll"] = _poll_text(state.poll) if state.poll else None
    return Cursor(json.dumps(kept, default=to_text, separators=(",", ":")))


def _known_text(known: Mapping[str, Known]) -> dict[str, Any]:
    return {code: [one.count, dict(one.threads)] for code, one in known.items()}


def _known(kept: Mapping[str, Any]) -> dict[str, Known]:
    return {
        str(code): Known(int(count), {str(name): int(n) for name, n in threads.items()})
        for code, (count, threads) in kept.items()
    }


def _poll_text(poll: Poll) -> dict[str, Any]:
    names = [name for name in Poll.__slots__ if name not in ("queue", "threads", "fresh")]
    kept = {name: getattr(poll, name) for name in names}
    kept["reading"] = dict(poll.reading)
    kept["queue"] = [[work.code, work.pk, work.count] for work in poll.queue]
    kept["threads"] = [[one.comment, one.count, one.token] for one in poll.threads]
    return kept | {"fresh": _known_text(poll.fresh)}


def _poll(kept: Mapping[str, Any]) -> Poll:
    return Poll(
        began=from_text(kept["began"]),
        floor=from_text(kept["floor"]),
        sweep=bool(kept["sweep"]),
        turn=int(kept["turn"]),
        pages=int(kept["pages"]),
        listed=bool(kept["listed"]),
        whole=bool(kept["whole"]),
        token=str(kept["token"]),
        seen=tuple(str(digest) for digest in kept["seen"]),
        old=int(kept["old"]),
        oldest=from_text_or_none(kept["oldest"]),
        queue=tuple(
            Work(str(code), str(pk), None if count is None else int(count))
            for code, pk, count in kept["queue"]
        ),
        threads=tuple(
            Thread(str(name), int(count), str(token)) for name, count, token in kept["threads"]
        ),
        reading={str(name): int(n) for name, n in kept["reading"].items()},
        last=bool(kept["last"]),
        failed=int(kept["failed"]),
        fresh=_known(kept["fresh"]),
        restarts=int(kept["restarts"]),
    )
