"""The ways in which the Graph API itself goes wrong: its refusals, and pages not quite right."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tanggap.errors import InputError
from tanggap.simulator.faults import Fault
from tanggap.simulator.graph.errors import GraphError, bad_parameter
from tanggap.simulator.graph.paging import same_page_cursor
from tanggap.simulator.wire import Call, Reply

GRAPH_ACTIONS = frozenset(
    {
        # refusals
        "graph_error",  # kind: CODE, CODE/SUBCODE, with +transient behind; status: HTTP's;
        #                 seconds: estimated time to regain access, in a usage header
        "cursor_refused",  # 100 for a request with a cursor; others are answered
        # what stands around the answer
        "usage",  # kind: app, page, instagram, broken; status: percent (100); seconds: to wait
        "no_usage",  # without usage headers
        "version_drift",  # kind: the version that the header names (v22.0)
        # pages that are not quite right
        "drop_from",  # no author on any item
        "drop_data",  # no `data` key
        "drop_paging",  # no `paging` key although more follows
        "no_next",  # cursors, but no `next` although more follows
        "foreign_next",  # kind: host of `next` (elsewhere.invalid)
        "empty_with_next",
        "repeat_after",  # the cursor of the next page leads back to this one
        "odd_item",  # kind: see ODD_KINDS
        "twice",  # each item twice
        "shuffle",  # the other way round
        "leave_out",  # one item with all below it, and nothing says so
    }
)
ODD_KINDS = (
    "no_text",
    "null",
    "text",
    "no_id",
    "id_number",
    "text_number",
    "no_time",
    "bad_time",
    "from_text",
    "surrogate",
)
_ERROR = re.compile(r"([0-9]{1,6})(?:/([0-9]{1,8}))?(\+transient)?")
_TEXTS = ("message", "text", "caption")
_TIMES = ("created_time", "timestamp")
_AUTHORS = ("from", "username", "owner", "user")
_LISTS = ("comments", "replies", "feed", "posts", "published_posts", "tagged", "media", "tags")
_APP_LIMITS = frozenset({4, 17, 341, 613})
_READABLE = frozenset({"surrogate", "no_text", "from_text"})
"""Odd items of which everything that matters can still be read."""


@dataclass(frozen=True, slots=True)
class Struck:
    """What a fault needs to know of the request that it strikes."""

    call: Call
    scope: str
    """Id and edge of the list asked for, as its cursors know it; empty for no list."""
    version: str
    """The version that answers it."""
    meter: str
    """`page` or `instagram`."""
    account: str
    """Id of the Page or Instagram account whose meter the request is counted on."""
    trace: str
    answer: Callable[[], Reply]
    """Gives the true answer."""


def bend_reply(fault: Fault, struck: Struck) -> Reply | None:
    """Return the reply of one of GRAPH_ACTIONS, or None for another action.

    Raises InputError for a `kind` that cannot be read.
    """
    action = fault.action
    if action not in GRAPH_ACTIONS:
        return None
    if action == "graph_error":
        error = _error(fault)
        reply = error.reply(struck.trace)
        reply.headers["facebook-api-version"] = struck.version
        if fault.seconds is not None:
            kind = "app" if error.code in _APP_LIMITS else struck.meter
            reply.headers.update(_usage(fault, struck.account, kind))
        return reply
    if action == "cursor_refused" and "after" in struck.call.query:
        return bad_parameter("Invalid cursor").reply(struck.trace)
    reply = struck.answer()
    if action == "usage":
        reply.headers.update(_usage(fault, struck.account, fault.kind or "page"))
    elif action == "no_usage":
        for name in ("x-app-usage", "x-business-use-case-usage"):
            reply.headers.pop(name, None)
    elif action == "version_drift":
        reply.headers["facebook-api-version"] = fault.kind or "v22.0"
    elif reply.status == 200 and isinstance(reply.data, dict) and "data" in reply.data:
        _spoil(fault, reply, reply.data, struck)
    return reply


def _error(fault: Fault) -> GraphError:
    found = _ERROR.fullmatch(fault.kind or "1")
    if found is None:
        raise InputError(f"graph_error: `{fault.kind}` harus KODE, KODE/SUBKODE atau …+transient")
    return GraphError(
        int(found[1]),
        subcode=int(found[2]) if found[2] else None,
        status=fault.status,
        transient=True if found[3] else None,
    )


def _usage(fault: Fault, account: str, kind: str) -> dict[str, str]:
    """Return the usage headers that a fault wants; percents beyond 100 are what Meta sends too."""
    percent = 100 if fault.status is None or fault.action == "graph_error" else fault.status
    minutes = round((fault.seconds or 0) / 60)
    shares = {"call_count": percent, "total_cputime": percent // 3, "total_time": percent // 2}
    if kind == "broken":
        return {"x-app-usage": "soon", "x-business-use-case-usage": '{"1":'}
    if kind == "app":
        return {"x-app-usage": json.dumps(shares)}
    named = "pages" if kind == "page" else kind
    entry = {"type": named, **shares, "estimated_time_to_regain_access": minutes}
    return {"x-business-use-case-usage": json.dumps({account or "1": [entry]})}


def _spoil(fault: Fault, reply: Reply, body: dict[str, Any], struck: Struck) -> None:
    action = fault.action
    items = body["data"]
    if action == "drop_from":
        for item in _items(body):
            for name in _AUTHORS:
                item.pop(name, None)
    elif action == "drop_data":
        del body["data"]
        reply.ids = ()
    elif action == "drop_paging":
        body.pop("paging", None)
    elif action == "no_next":
        body.get("paging", {}).pop("next", None)
    elif action == "foreign_next":
        host = fault.kind or "elsewhere.invalid"
        body.setdefault("paging", {})["next"] = f"https://{host}{struck.call.path}?after=QVFI"
    elif action in ("empty_with_next", "repeat_after"):
        _lead_back(body, struck)
        if action == "empty_with_next":
            body["data"] = []
            reply.ids = ()
    elif action == "odd_item":
        _make_odd(fault.kind or "no_text", items, reply)
    elif action in ("twice", "shuffle", "leave_out") and not isinstance(items, list):
        return  # one object, not a list: there is nothing to repeat, to mix up or to leave out
    elif action == "twice":
        body["data"] = [item for item in items for _ in range(2)]
    elif action == "shuffle":
        items.reverse()
    elif action == "leave_out" and items:
        lengths = [1 + sum(1 for _ in _nested(item)) for item in items]
        place = fault.draw(len(items))
        del items[place]
        before = sum(lengths[:place])
        reply.ids = reply.ids[:before] + reply.ids[before + lengths[place] :]


def _lead_back(body: dict[str, Any], struck: Struck) -> None:
    """Let the next page be this one: a client that trusts it never ends."""
    given = struck.call.query
    cursor = same_page_cursor(given.get("after", [""])[-1], struck.scope)
    token = given.get("access_token", [""])[-1]
    address = f"https://graph.facebook.com{struck.call.path}?access_token={token}&after={cursor}"
    before = body.get("paging", {}).get("cursors", {}).get("before", cursor)
    body["paging"] = {"cursors": {"before": before, "after": cursor}, "next": address}


def _make_odd(kind: str, items: list[Any], reply: Reply) -> None:
    """Spoil the first item of a page; what cannot be read then does not count as served."""
    if kind not in ODD_KINDS:
        raise InputError(f"odd_item: `{kind}` tidak dikenal; yang ada: {', '.join(ODD_KINDS)}")
    if not items:
        return
    first = items[0]
    if kind not in _READABLE:
        reply.ids = reply.ids[1 + sum(1 for _ in _nested(first)) :]
    text = next((name for name in _TEXTS if name in first), "message")
    moment = next((name for name in _TIMES if name in first), "created_time")
    if kind in ("null", "text"):
        items[0] = None if kind == "null" else "item"
    elif kind in ("no_id", "no_text", "no_time"):
        first.pop({"no_id": "id", "no_text": text, "no_time": moment}[kind], None)
    elif kind == "id_number":
        first["id"] = int(first["id"].rpartition("_")[2])
    elif kind == "from_text":
        first["from"] = first["username"] = 7
    else:
        name, value = {
            "text_number": (text, 42),
            "bad_time": (moment, "kemarin"),
            "surrogate": (text, f"\ud83d\x00 {first.get(text, '')}"),
        }[kind]
        first[name] = value


def _items(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the items of a page and those of the lists inside of them."""
    for item in body["data"]:
        yield item
        yield from _nested(item)


def _nested(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in _LISTS:
        inner = item.get(name)
        if isinstance(inner, dict) and "data" in inner:
            yield from _items(inner)
