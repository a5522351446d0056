"""The ways in which X itself goes wrong: its refusals, and pages that are not quite right."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tanggap.simulator.faults import Fault
from tanggap.simulator.wire import PROBLEM_TYPE, Reply
from tanggap.simulator.x.limits import WINDOW
from tanggap.simulator.x.problems import problem

X_ACTIONS = frozenset(
    {
        # refusals
        "rate_limit",  # seconds (900, simulated) until the reset
        "no_reset_header",  # 429 that does not say until when
        "bad_reset_header",  # 429; kind: the header's value ("soon")
        "code_88",  # 429 with the old error body
        "usage_cap",
        "credits",
        "unauthorized",
        "forbidden",
        "not_found",
        "unavailable",  # 503 with a problem body
        # pages that are not quite right
        "repeat_token",
        "drop_includes",
        "drop_meta",
        "odd_item",  # kind: no_text, null, no_id, text_number, no_created_at, no_history
        "empty_with_next",
        "twice",  # each item twice
        "shuffle",  # oldest first
        "leave_out",  # one item, and nothing says so
        "partial_errors",
    }
)

LOOP_TOKEN = "7140dibdnow9c7btw3w29"  # noqa: S105 - a page token, no secret
RESTART_TOKEN = "7140dibdnow9c7btw3w30"  # noqa: S105 - a page token, no secret
"""Page tokens that faults hand out; both lead to the first page."""


def bend_reply(fault: Fault, true_answer: Callable[[], Reply], now: datetime) -> Reply | None:
    """Return the reply of one of X_ACTIONS, or None for another action."""
    if fault.action not in X_ACTIONS:
        return None
    refused = _refusal(fault, now)
    if refused is not None:
        return refused
    reply = true_answer()
    if reply.status == 200 and isinstance(reply.data, dict):
        _spoil(fault, reply, reply.data)
    return reply


def _refusal(fault: Fault, now: datetime) -> Reply | None:
    action = fault.action
    if action in ("rate_limit", "no_reset_header", "bad_reset_header"):
        reply = problem(429, "Too Many Requests", "Too Many Requests")
        wait = WINDOW.total_seconds() if fault.seconds is None else fault.seconds
        until = int(now.timestamp() + wait) + 1
        if action == "rate_limit":
            reply.headers.update(_limit_headers(str(until)))
        elif action == "bad_reset_header":
            reply.headers.update(_limit_headers(fault.kind or "soon"))
        return reply
    if action == "code_88":
        body = {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}
        reset = str(int(now.timestamp() + WINDOW.total_seconds()))
        return Reply(429, body, {"content-type": PROBLEM_TYPE, **_limit_headers(reset)})
    if action == "usage_cap":
        return problem(
            429,
            "UsageCapExceeded",
            "Usage cap exceeded: Monthly product cap",
            "usage-capped",
            period="Monthly",
            scope="Product",
        )
    if action == "credits":
        detail = "Your enrolled account does not have any credits to fulfill this request."
        return problem(402, "CreditsDepleted", detail, "credits")
    if action == "unauthorized":
        return problem(401, "Unauthorized", "Unauthorized")
    if action == "forbidden":
        return problem(
            403,
            "Client Forbidden",
            "This request must be made using an approved developer account that is enrolled "
            "in the requested endpoint.",
            "client-forbidden",
            reason="client-not-enrolled",
        )
    if action == "not_found":
        return problem(404, "Not Found Error", "Could not find user.", "resource-not-found")
    if action == "unavailable":
        return problem(503, "Service Unavailable", "Service Unavailable")
    return None


def _spoil(fault: Fault, reply: Reply, body: dict[str, Any]) -> None:
    action = fault.action
    meta = body.setdefault("meta", {"result_count": 0})
    if action == "repeat_token":
        meta["next_token"] = LOOP_TOKEN
    elif action == "drop_includes":
        body.pop("includes", None)
    elif action == "drop_meta":
        del body["meta"]
    elif action == "odd_item":
        _make_odd(fault.kind or "no_text", body.get("data", []))
        reply.ids = reply.ids[1:]
    elif action == "empty_with_next":
        body.pop("data", None)
        body.pop("includes", None)
        meta.update(result_count=0, next_token=RESTART_TOKEN)
        reply.ids = ()
    elif action == "twice":
        body["data"] = [item for item in body.get("data", []) for _ in range(2)]
        meta["result_count"] = len(body["data"])
    elif action == "shuffle":
        body.get("data", []).reverse()
    elif action == "leave_out" and body.get("data"):
        place = fault.draw(len(body["data"]))
        del body["data"][place]
        meta["result_count"] = len(body["data"])
        reply.ids = reply.ids[:place] + reply.ids[place + 1 :]
    elif action == "partial_errors":
        body.setdefault("errors", []).append(
            {
                "title": "Not Found Error",
                "detail": "Could not find tweet with referenced_tweets.id: [1].",
                "resource_type": "tweet",
                "resource_id": "1",
                "parameter": "referenced_tweets.id",
                "value": "1",
                "type": "https://api.twitter.com/2/problems/resource-not-found",
            }
        )


def _make_odd(kind: str, items: list[Any]) -> None:
    """Spoil the first item of a page."""
    if not items:
        return
    first = items[0]
    if kind == "null":
        items[0] = None
    elif kind == "no_id":
        del first["id"]
    elif kind == "text_number":
        first["text"] = 42
    elif kind == "no_created_at":
        first.pop("created_at", None)
    elif kind == "no_history":
        first.pop("edit_history_tweet_ids", None)
        first.pop("edit_history_post_ids", None)
    else:
        del first["text"]


def _limit_headers(reset: str) -> dict[str, str]:
    return {"x-rate-limit-limit": "450", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
