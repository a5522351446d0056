"""What the cursor of a source of threads holds, and its text form. Pure: no I/O, no clock."""

import json
import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from tanggap.clock import from_text, from_text_or_none, to_text
from tanggap.mention import Cursor

log = logging.getLogger("tanggap.collectors.threads")

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Thread:
    """A post as the list showed it."""

    id: str
    """By which the network is asked for its comments."""
    name: str
    """`network_id` of the post: what its comments carry as thread."""
    posted: datetime
    check: str = ""
    """Changes whenever something under the post may have changed; empty when nobody knows."""
    count: int | None = None
    """Comments under it, replies included, as the network counts; None when unsaid."""
    closed: bool = False
    """True: this source does not ask for its comments. Such a post is never kept."""


@dataclass(frozen=True, slots=True)
class Known:
    """A post whose comments were read whole."""

    thread: Thread
    mark: datetime | None = None
    """Time of the newest comment then."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list under way."""

    began: datetime
    all: bool
    """Whether every post is queued, changed or not."""
    token: str = ""
    seen: tuple[str, ...] = ()
    old: int = 0
    """Posts beyond the window in a row."""
    posts: int = 0
    restarted: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A thread under way."""

    thread: Thread
    token: str = ""
    seen: tuple[str, ...] = ()
    ended: bool = False
    """The comments are read; only `branches` are left."""
    newest: datetime | None = None
    fresh: int = 0
    """Comments newer than the mark."""
    branches: tuple[tuple[str, str], ...] = ()
    """(comment id, token): where the replies to a comment go on."""
    restarted: bool = False
    began: datetime | None = None
    """None: of an older Tanggap's reading nobody knows."""
    listed: int = 0
    """Different comments of its pages, those on two pages counted twice."""
    flawed: bool = False
    """Whether any of its pages left something out."""


@dataclass(frozen=True, slots=True)
class Poll:
    """A walk under way: it may last several turns."""

    began: datetime
    sweep: bool
    listed: datetime
    """When its last list ended; before the first one, when the last whole poll began."""
    turn: int = 0
    """Pages read in this turn of the source."""
    pages: int = 0
    """Pages of threads since the last list."""
    listing: Listing | None = None
    queue: tuple[Thread, ...] = ()
    reading: Reading | None = None
    broken: bool = False
    """A list led nowhere: it counts as no whole poll."""
    left: tuple[str, ...] = ()
    """Ids of posts whose comments could not be read."""


@dataclass(frozen=True, slots=True)
class State:
    """What the cursor of a source holds."""

    origin: datetime
    """Where the source once began: what is older was not asked for."""
    known: dict[str, Known]
    checked: datetime | None = None
    """When the last whole poll began."""
    swept: datetime | None = None
    poll: Poll | None = None


def read(cursor: Cursor | None, origin: datetime) -> State:
    """Return the state in a cursor; one that is missing or unreadable begins anew at `origin`.

    Beginning anew reads some posts twice, which the store notices.
    """
    if cursor is None:
        return State(origin, {})
    try:
        kept = json.loads(cursor)
        if kept["version"] != _VERSION:
            log.warning("event=cursor_version known=%s", _VERSION)
            return State(origin, {})
        known = {
            row[0]: Known(_thread(row[:5]), from_text_or_none(row[5])) for row in kept["known"]
        }
        return State(
            origin=from_text(kept["origin"]),
            known=known,
            checked=from_text_or_none(kept["checked"]),
            swept=from_text_or_none(kept["swept"]),
            poll=_read_poll(kept["poll"]) if kept["poll"] else None,
        )
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as exc:
        log.warning("event=cursor_unreadable error=%s", type(exc).__name__)
        return State(origin, {})


def write(state: State) -> Cursor:
    """Return the cursor that `read` understands."""
    poll = state.poll
    kept = {
        "version": _VERSION,
        "origin": state.origin,
        "checked": state.checked,
        "swept": state.swept,
        "known": [[*_row(known.thread), known.mark] for known in state.known.values()],
        "poll": poll
        and {
            "began": poll.began,
            "sweep": poll.sweep,
            "listed": poll.listed,
            "turn": poll.turn,
            "pages": poll.pages,
            "broken": poll.broken,
            "left": poll.left,
            "queue": [_row(thread) for thread in poll.queue],
            "listing": poll.listing and asdict(poll.listing),
            "reading": poll.reading
            and asdict(poll.reading) | {"thread": _row(poll.reading.thread)},
        },
    }
    return Cursor(json.dumps(kept, default=to_text, separators=(",", ":")))


def _row(thread: Thread) -> list[Any]:
    name = "" if thread.name == thread.id else thread.name
    return [thread.id, name, thread.posted, thread.check, thread.count]


def _thread(row: list[Any]) -> Thread:
    count = None if row[4] is None else int(row[4])
    return Thread(str(row[0]), str(row[1] or row[0]), from_text(row[2]), str(row[3]), count)


def _read_poll(kept: dict[str, Any]) -> Poll:
    listing, reading = kept["listing"], kept["reading"]
    return Poll(
        began=from_text(kept["began"]),
        sweep=bool(kept["sweep"]),
        listed=from_text(kept["listed"]),
        turn=int(kept["turn"]),
        pages=int(kept["pages"]),
        broken=bool(kept["broken"]),
        left=tuple(map(str, kept.get("left", ()))),
        queue=tuple(_thread(row) for row in kept["queue"]),
        listing=listing
        and Listing(
            began=from_text(listing["began"]),
            all=bool(listing["all"]),
            token=str(listing["token"]),
            seen=tuple(map(str, listing["seen"])),
            old=int(listing["old"]),
            posts=int(listing["posts"]),
            restarted=bool(listing["restarted"]),
        ),
        reading=reading
        and Reading(
            thread=_thread(reading["thread"]),
            token=str(reading["token"]),
            seen=tuple(map(str, reading["seen"])),
            ended=bool(reading["ended"]),
            newest=from_text_or_none(reading["newest"]),
            fresh=int(reading["fresh"]),
            branches=tuple((str(comment), str(token)) for comment, token in reading["branches"]),
            restarted=bool(reading["restarted"]),
            began=from_text_or_none(reading.get("began")),
            listed=int(reading.get("listed", 0)),
            flawed=bool(reading.get("flawed", False)),
        ),
    )
