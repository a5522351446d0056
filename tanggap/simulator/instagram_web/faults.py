"""The ways in which Instagram's web site itself goes wrong: refusals, and pages not quite right."""

from collections.abc import Callable, Iterator
from typing import Any

from tanggap.simulator.faults import Fault
from tanggap.simulator.instagram_web.pages import bare_page, html, start_page
from tanggap.simulator.instagram_web.paging import LOOP_CURSOR
from tanggap.simulator.instagram_web.refusals import (
    failed,
    please_wait,
    stale_query,
    to_door,
    to_login,
)
from tanggap.simulator.wire import JSON_TYPE, Call, Reply

_REFUSALS: dict[str, Callable[[Fault, Call], Reply]] = {
    "please_wait": lambda fault, _: please_wait(fault.status or 401),  # status: 401 or 403
    "too_many": lambda _, __: failed("Too many requests", 429),
    "checkpoint": lambda _, __: failed(
        "checkpoint_required",
        checkpoint_url="https://www.instagram.com/challenge/?next=/",
        lock=False,
        flow_render_type=0,
    ),
    "challenge": lambda _, __: failed(
        "challenge_required",
        challenge={
            "url": "https://www.instagram.com/challenge/",
            "lock": True,
            "native_flow": True,
        },
    ),
    "feedback_required": lambda _, __: failed(
        "feedback_required",
        spam=True,
        feedback_title="Coba Lagi Nanti",
        feedback_message="Kami membatasi seberapa sering Anda dapat melakukan hal tertentu.",
    ),
    "login_required": lambda _, __: failed("login_required", 403, logout_reason=2),
    "login_redirect": lambda _, call: to_login(call),
    "challenge_redirect": lambda fault, _: to_door(fault.kind or "challenge"),  # or: suspended
    "bad_request": lambda _, __: failed("Sorry, this page isn't available."),
    "stale_doc": lambda _, __: stale_query("27937681195819736"),
    "not_found": lambda _, __: failed("User not found", 404),
    "server_error": lambda _, __: failed("Oops, an error occurred.", 500),
    "user_null": lambda _, __: Reply(200, {"data": {"user": None}, "status": "ok"}),
    "errors_only": lambda _, __: Reply(
        200,
        {
            "errors": [{"message": "execution error", "severity": "CRITICAL"}],
            "extensions": {"is_final": True},
            "status": "ok",
        },
    ),
    "status_fail": lambda _, __: failed("Oops, an error occurred.", 200),
    "html_page": lambda fault, _: html("<body><main>Instagram</main></body>", fault.status or 200),
    "empty_page": lambda _, __: bare_page(),
    "no_tokens": lambda _, __: bare_page(),
    "lost_login": lambda _, __: start_page(),  # the start page as nobody in particular sees it
    "two_factor": lambda _, __: Reply(
        400,
        {
            "message": "",
            "two_factor_required": True,
            "two_factor_info": {"two_factor_identifier": "Zx81kQ"},
            "status": "fail",
        },
    ),
    "login_checkpoint": lambda _, __: failed(
        "checkpoint_required", checkpoint_url="/challenge/5290000001/Zx81kQ/"
    ),
    "login_blocked": lambda _, __: Reply(200, {"status": "ok"}),
}
_SPOILED = frozenset(
    {
        "changed_json",  # keys that readers look for have other names
        "comment_without_fields",  # in the middle; kind: user (default), owner, text, likes
        "odd_item",  # the first; kind: no_owner (default), null, no_time, no_id, text_number
        "empty_with_next",
        "repeat_cursor",
        "twice",  # each item twice
        "shuffle",  # the other way round
        "null_texts",  # no caption and no text at all
    }
)
INSTAGRAM_WEB_ACTIONS = frozenset(_REFUSALS) | _SPOILED

_RENAMED = (
    "xig_user_by_username",
    "xdt_api__v1__feed__user_timeline_graphql_connection",
    "xdt_api__v1__media__shortcode__web_info",
    "edge_user_to_photos_of_you",
    "edge_media_to_parent_comment",
    "edge_threaded_comments",
    "friendship_status",
    '"username',
    "child_comments",
    '"comments',
)
_WITHOUT: dict[str, tuple[tuple[str, str], ...]] = {
    "user": (("user", "is_private"), ("user", "full_name")),
    "owner": (("user", "username"), ("owner", "username")),
    "text": (("", "text"),),
    "likes": (("", "comment_like_count"),),
}


def bend_reply(fault: Fault, call: Call, true_answer: Callable[[], Reply]) -> Reply | None:
    """Return the reply of one of INSTAGRAM_WEB_ACTIONS, or None for another action."""
    if fault.action in _REFUSALS:
        reply = _REFUSALS[fault.action](fault, call)
        if reply.body is None:
            reply.headers.setdefault("content-type", JSON_TYPE)
        return reply
    if fault.action not in _SPOILED:
        return None
    reply = true_answer()
    if reply.status != 200:
        return reply
    if fault.action == "changed_json":
        _rename(reply)
    elif isinstance(reply.data, dict):
        _spoil(fault, reply)
    return reply


def _rename(reply: Reply) -> None:
    """Give what readers look for other names, in JSON and in pages."""
    body = reply.encoded()
    for name in _RENAMED:
        body = body.replace(name.encode(), f"{name}_v2".encode())
    reply.body, reply.ids = body, ()


def _spoil(fault: Fault, reply: Reply) -> None:
    for holder, key in _lists(reply.data):
        items = holder[key]
        if fault.action == "comment_without_fields":
            _strip(items, fault.kind or "user", reply)
        elif fault.action == "odd_item":
            _make_odd(items, fault.kind or "no_owner", reply)
        elif fault.action == "empty_with_next":
            holder[key] = []
            _lead_on(holder)
            reply.ids = ()
        elif fault.action == "repeat_cursor":
            _lead_on(holder)
        elif fault.action == "twice":
            holder[key] = [item for item in items for _ in range(2)]
        elif fault.action == "shuffle":
            items.reverse()
        else:
            for item in items:
                _take_text(item.get("node", item))
        return


def _lists(data: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the page's own list as (what holds it, its key): GraphQL's edges or the app's lists."""
    if not isinstance(data, dict):
        return
    for key in ("edges", "comments", "child_comments", "items"):
        if isinstance(data.get(key), list):
            yield data, key
            return
    for value in data.values():
        yield from _lists(value)


def _lead_on(holder: dict[str, Any]) -> None:
    """Promise a further page that is the first one again."""
    if "page_info" in holder:
        holder["page_info"].update(has_next_page=True, end_cursor=LOOP_CURSOR)
    elif "comments" in holder:
        holder.update(has_more_headload_comments=True, next_min_id=LOOP_CURSOR)
    elif "child_comments" in holder:
        holder.update(has_more_tail_child_comments=True, next_max_child_cursor=LOOP_CURSOR)


def _strip(items: list[Any], kind: str, reply: Reply) -> None:
    """Take fields from the comment in the middle of a page."""
    if not items:
        return
    middle = items[len(items) // 2]
    comment = middle.get("node", middle)
    for part, name in _WITHOUT.get(kind, _WITHOUT["user"]):
        where = comment.get(part, {}) if part else comment
        where.pop(name, None)
    if kind == "text":
        _forget(reply, comment)


def _make_odd(items: list[Any], kind: str, reply: Reply) -> None:
    """Spoil the first item of a page."""
    if not items:
        return
    item = items[0].get("node", items[0])
    if kind == "text_number":
        _take_text(item, 42)
        return
    _forget(reply, item)
    if kind == "null":
        items[0] = {"node": None} if "node" in items[0] else None
        return
    odd = {
        "no_time": ("taken_at_timestamp", "taken_at", "created_at"),
        "no_id": ("id", "pk", "code", "shortcode"),
    }
    for name in odd.get(kind, ("owner", "user")):
        item.pop(name, None)


def _take_text(item: dict[str, Any], value: int | None = None) -> None:
    """Put `value` where the text of a post or a comment stands."""
    if "edge_media_to_caption" in item:
        item["edge_media_to_caption"] = {"edges": [{"node": {"text": value}}]}
    elif "caption" in item:
        item["caption"] = None if value is None else {"text": value}
    else:
        item["text"] = value


def _forget(reply: Reply, item: dict[str, Any]) -> None:
    """Leave an item out of what the page is known to have shown."""
    names = {str(item.get(key)) for key in ("id", "pk", "code", "shortcode")}
    reply.ids = tuple(identity for identity in reply.ids if identity not in names)
