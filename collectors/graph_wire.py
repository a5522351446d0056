"""What the answers about Facebook and Instagram have in common. Pure: no I/O, no clock.

Shapes: developers.facebook.com/docs/graph-api/results and .../reference (v26.0, 2026).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from collectors.thread_state import Thread
from collectors.wire import (
    REJECTED_LIMIT,
    OddItem,
    OwnAccounts,
    as_dict,
    as_list,
    clean,
    raw_json,
)
from tanggap.errors import Unavailable
from tanggap.mention import Mention, Rejected

_ID = re.compile(r"[0-9]{1,30}(?:_[0-9]{1,30}){0,2}")
_NAME_IN_TEXT = re.compile(r"(?<![\w.@])@([A-Za-z0-9._]{1,50})")
_LONGEST_PLACE = 2_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of posts, mapped. `threads` are all its posts, in their order."""

    mentions: tuple[Mention, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    threads: tuple[Thread, ...] = ()


@dataclass(frozen=True, slots=True)
class Commented:
    """A page of comments, mapped. `branches` are comments whose replies go on elsewhere."""

    mentions: tuple[Mention, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    branches: tuple[tuple[str, str], ...] = ()
    notices: tuple[str, ...] = ()


def entries(body: Mapping[str, Any], scope: str) -> list[Any]:
    """Return the items of a page; raise Unavailable when it has no list of them."""
    data = body.get("data")
    if not isinstance(data, list):
        raise Unavailable("answer_incomplete", scope, "no data")
    return data


def next_place(body: Mapping[str, Any], scope: str) -> str:
    """Return the place of the next page, empty after the last; raise Unavailable if it is unsaid.

    Only the presence of `paging.next` counts: it is an address with a token in it, and an empty
    page may have one.
    """
    paging = as_dict(body.get("paging"))
    if not paging.get("next"):
        return ""
    place = as_dict(paging.get("cursors")).get("after")
    if isinstance(place, str) and 0 < len(place) <= _LONGEST_PLACE:
        return place
    raise Unavailable("answer_incomplete", scope, "next without a place")


def node_id(value: object) -> str:
    """Return an id as text; Meta writes text, some of its answers numbers. Else empty."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value)
    return text if _ID.fullmatch(text) else ""


def read_item(item: object) -> tuple[dict[str, Any], str]:
    """Return an item and its id; raise OddItem when it is no object or has no usable id."""
    if not isinstance(item, dict):
        msg = "not an object"
        raise OddItem(msg)
    found = node_id(item.get("id"))
    if not found:
        msg = "no id"
        raise OddItem(msg)
    return item, found


def moment(value: object) -> datetime:
    """Return a time like `2026-11-20T01:00:00+0000` or Unix seconds as aware UTC, or raise."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as exc:
        msg = "no usable time"
        raise OddItem(msg) from exc
    msg = "no time"
    raise OddItem(msg)


def text_of(value: object) -> str:
    """Return a text as it can be stored; null and anything odd as empty."""
    return clean(value) if isinstance(value, str) else ""


def named_in(text: str, own: OwnAccounts) -> Iterator[str]:
    """Yield the OPD whose accounts a text names, in order."""
    for name in _NAME_IN_TEXT.findall(text):
        opd = own.by_handle.get(name.rstrip(".").lower())
        if opd:
            yield opd


def nested(item: Mapping[str, Any], edge: str) -> tuple[list[Any], str]:
    """Return the items of an edge inside an item, and the place of its next page."""
    held = as_dict(item.get(edge))
    paging = as_dict(held.get("paging"))
    place = as_dict(paging.get("cursors")).get("after")
    goes_on = paging.get("next") and isinstance(place, str) and len(place) <= _LONGEST_PLACE
    return as_list(held.get("data")), str(place) if goes_on else ""


def rejected(item: object, why: Exception) -> Rejected:
    """Return an odd item for the quarantine; it never costs the page."""
    return Rejected(raw_json(item)[:REJECTED_LIMIT], str(why))
