"""The true answers of Instagram's web site and app, once a visitor may have them.

Shapes: instaloader 4.16, structures.py and instaloadercontext.py.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from tanggap.simulator.instagram_ids import pk, shortcode
from tanggap.simulator.instagram_web.items import Items, answers_scope, edges
from tanggap.simulator.instagram_web.login import log_in, pass_second_factor
from tanggap.simulator.instagram_web.pages import bare_page, login_page, profile_page, start_page
from tanggap.simulator.instagram_web.paging import Shown, cut
from tanggap.simulator.instagram_web.refusals import media_missing
from tanggap.simulator.instagram_web.requests import Asked
from tanggap.simulator.instagram_web.session import (
    VIEWER_HANDLE,
    VIEWER_ID,
    new_csrf_token,
    visitor_of,
)
from tanggap.simulator.wire import Call, Reply
from tanggap.simulator.world import Account, Post, World

NODES_PER_PAGE = 12
"""What the web app and instaloader ask for; the site gives no more than 50."""
COMMENTS_PER_PAGE = 15
ANSWERS_PER_PAGE = 20

_Serve = Callable[[Asked, Call, Items], Reply]


class Answers:
    """One method for each key of `requests.ENDPOINTS`."""

    def __init__(
        self, world: World, token: str, *, overlapping_pages: bool, pinned_posts: int
    ) -> None:
        self._world = world
        self._token = token
        self.overlapping_pages = overlapping_pages
        self.pinned_posts = pinned_posts
        self._serve: dict[str, _Serve] = {
            "start": self._start,
            "profile_page": self._profile_page,
            "login_page": lambda *_: login_page(),
            "login": self._login,
            "two_factor": self._two_factor,
            "web_profile_info": self._web_profile_info,
            "search": self._search,
            "profile_query": self._profile_query,
            "timeline": self._timeline,
            "logged_out_timeline": self._logged_out_timeline,
            "media_query": self._media_query,
            "tagged": self._tagged,
            "comments_query": self._comments_query,
            "answers_query": self._answers_query,
            "test_login": self._test_login,
            "app_comments": self._app_comments,
            "app_answers": self._app_answers,
            "app_media": self._app_media,
            "app_user": self._app_user,
        }

    def to(self, asked: Asked, call: Call, now: datetime) -> Reply:
        """Return the answer of `now`; raise BadCursorError. The caller holds the world's lock."""
        return self._serve[asked.name](asked, call, Items(self._world, now))

    # --- pages and profiles ----------------------------------------------------------------

    def _start(self, _asked: Asked, call: Call, _items: Items) -> Reply:
        visitor = visitor_of(call)
        reply = start_page(VIEWER_ID if visitor.sessionid else "")
        if not visitor.csrftoken:
            reply.headers["set-cookie"] = f"csrftoken={new_csrf_token()}; Path=/"
        return reply

    def _profile_page(self, asked: Asked, call: Call, items: Items) -> Reply:
        account = _shown(asked.account)
        if account is None:
            return bare_page(404)
        # Only what looks like a browser that opens a page gets the data along with it.
        if call.headers.get("sec-fetch-mode") != "navigate":
            return bare_page()
        user = items.public_user(account)
        if account.standing == "protected":
            return profile_page({"xig_user_by_username": user})
        timeline = self._public_timeline(account, None, NODES_PER_PAGE, items)[0]
        posts = {"id": user["id"], "polaris_ordered_timeline_connection": timeline}
        return profile_page({"xig_user_by_username": user}, {"xig_user_by_username": posts})

    def _login(self, asked: Asked, _call: Call, _items: Items) -> Reply:
        username = str(asked.given.get("username", ""))
        is_user = self._world.account(username) is not None
        return log_in(asked.given, self._token, is_user=is_user)

    def _two_factor(self, asked: Asked, _call: Call, _items: Items) -> Reply:
        return pass_second_factor(asked.given, self._token)

    def _web_profile_info(self, asked: Asked, _call: Call, items: Items) -> Reply:
        account = _shown(asked.account)
        if account is None:
            return Reply(404, {"status": "fail", "message": "User not found"})
        first = items.media_of(account, self.pinned_posts)[:NODES_PER_PAGE]
        return _ok({"user": items.legacy_user(account, first)})

    def _search(self, asked: Asked, _call: Call, items: Items) -> Reply:
        account = _shown(asked.account)
        users = [{"position": 0, "user": items.app_user(account)}] if account else []
        return Reply(200, {"users": users, "places": [], "hashtags": [], "status": "ok"})

    def _profile_query(self, asked: Asked, _call: Call, items: Items) -> Reply:
        account = _shown(asked.account)
        return _ok({"user": items.profile(account) if account else None})

    def _app_user(self, asked: Asked, _call: Call, items: Items) -> Reply:
        account = _shown(asked.account)
        if account is None:
            return Reply(404, {"message": "User not found", "status": "fail"})
        return Reply(200, {"user": items.profile(account), "status": "ok"})

    def _test_login(self, _asked: Asked, call: Call, _items: Items) -> Reply:
        known = {"id": VIEWER_ID, "username": VIEWER_HANDLE, "full_name": "Pemantau"}
        return _ok({"user": known if visitor_of(call).sessionid else None})

    # --- posts -----------------------------------------------------------------------------

    def _timeline(self, asked: Asked, _call: Call, items: Items) -> Reply:
        account = _shown(asked.account)
        posts = items.media_of(account, self.pinned_posts) if account else []
        scope = f"timeline {account.id if account else ''}"
        shown = self._cut(posts, asked, scope)
        timeline = edges(shown, [items.media(post) for post in shown.posts], len(posts))
        del timeline["count"]
        data = {"xdt_api__v1__feed__user_timeline_graphql_connection": timeline}
        return Reply(200, {"data": data, "extensions": {"is_final": True}}, ids=_ids(shown))

    def _logged_out_timeline(self, asked: Asked, _call: Call, items: Items) -> Reply:
        account = _shown(asked.account)
        if account is None:
            return Reply(200, {"data": {"node": None}})
        after, size = asked.given.get("after"), _size(asked)
        timeline, shown = self._public_timeline(account, after, size, items)
        data = {"node": {"polaris_ordered_timeline_connection": timeline}}
        return Reply(200, {"data": data}, ids=_ids(shown))

    def _public_timeline(
        self, account: Account, after: object, size: int, items: Items
    ) -> tuple[dict[str, Any], Shown]:
        posts = items.media_of(account, self.pinned_posts)
        scope = f"public {account.id}"
        shown = cut(posts, size, after, scope, overlapping=self.overlapping_pages)
        nodes = [{"id": str(pk(post)), "code": shortcode(post)} for post in shown.posts]
        return edges(shown, nodes, len(posts)), shown

    def _media_query(self, asked: Asked, _call: Call, items: Items) -> Reply:
        media = items.visible_media(asked.post)
        info = {"items": [items.media(media)]} if media else None
        reply = _ok({"xdt_api__v1__media__shortcode__web_info": info})
        reply.ids = (identity(media),) if media else ()
        return reply

    def _app_media(self, asked: Asked, _call: Call, items: Items) -> Reply:
        media = items.visible_media(asked.post)
        if media is None:
            return media_missing()
        data = {"items": [items.media(media)], "num_results": 1, "status": "ok"}
        return Reply(200, data, ids=(identity(media),))

    def _tagged(self, asked: Asked, _call: Call, items: Items) -> Reply:
        account = _shown(asked.account)
        if account is None:
            return _ok({"user": None})
        posts = items.tagging(account) if account.standing == "active" else []
        shown = self._cut(posts, asked, f"tagged {account.id}")
        listed = edges(shown, [items.node(post) for post in shown.posts], len(posts))
        reply = _ok({"user": {"edge_user_to_photos_of_you": listed}})
        reply.ids = _ids(shown)
        return reply

    # --- comments --------------------------------------------------------------------------

    def _comments_query(self, asked: Asked, _call: Call, items: Items) -> Reply:
        media = items.visible_media(asked.post)
        if media is None:
            return _ok({"shortcode_media": None})
        shown = self._cut(items.comments_of(media), asked, f"comments {media.id}")
        nodes = [items.comment_node(comment) for comment in shown.posts]
        listed = edges(shown, nodes, items.comment_count(media))
        reply = _ok({"shortcode_media": {"edge_media_to_parent_comment": listed}})
        reply.ids = tuple(
            number
            for node in nodes
            for number in (
                node["id"],
                *(edge["node"]["id"] for edge in node["edge_threaded_comments"]["edges"]),
            )
        )
        return reply

    def _answers_query(self, asked: Asked, _call: Call, items: Items) -> Reply:
        comment = items.visible_comment(asked.post)
        if comment is None:
            return _ok({"comment": None})
        answers = items.answers_to(comment)
        shown = self._cut(answers, asked, answers_scope(comment))
        listed = edges(shown, [items.answer_node(post) for post in shown.posts], len(answers))
        reply = _ok({"comment": {"id": str(pk(comment)), "edge_threaded_comments": listed}})
        reply.ids = _ids(shown)
        return reply

    def _app_comments(self, asked: Asked, _call: Call, items: Items) -> Reply:
        media = items.visible_media(asked.post)
        if media is None:
            return media_missing()
        scope, cursor = f"app {media.id}", _server_cursor(asked.given.get("min_id"))
        comments = items.comments_of(media)
        shown = cut(comments, COMMENTS_PER_PAGE, cursor, scope, overlapping=self.overlapping_pages)
        listed = [items.app_comment(comment) for comment in shown.posts]
        data: dict[str, Any] = {
            "comment_likes_enabled": True,
            "comments": listed,
            "comment_count": items.comment_count(media),
            "caption": None,
            "has_more_comments": False,
            "has_more_headload_comments": shown.end_cursor is not None,
            "threading_enabled": True,
            "status": "ok",
        }
        if shown.end_cursor is not None:
            data["next_min_id"] = _wrapped(shown.end_cursor)
        ids = [part["pk"] for item in listed for part in (item, *item["preview_child_comments"])]
        return Reply(200, data, ids=tuple(ids))

    def _app_answers(self, asked: Asked, _call: Call, items: Items) -> Reply:
        comment = items.visible_comment(asked.post)
        if comment is None:
            return media_missing()
        answers, cursor = items.answers_to(comment), asked.given.get("max_id")
        shown = cut(answers, ANSWERS_PER_PAGE, cursor, f"app {comment.id}", overlapping=False)
        data = {
            "child_comments": [items.app_answer(post) for post in shown.posts],
            "child_comment_count": len(answers),
            "has_more_tail_child_comments": shown.end_cursor is not None,
            "next_max_child_cursor": shown.end_cursor,
            "parent_comment": items.app_answer(comment),
            "status": "ok",
        }
        return Reply(200, data, ids=_ids(shown))

    def _cut(self, posts: Sequence[Post], asked: Asked, scope: str) -> Shown:
        after = asked.given.get("after")
        return cut(posts, _size(asked), after, scope, overlapping=self.overlapping_pages)


def identity(post: Post) -> str:
    """Return the shortcode of a post, the number of a comment."""
    return str(pk(post)) if post.kind == "reply" else shortcode(post)


def _ids(shown: Shown) -> tuple[str, ...]:
    return tuple(identity(post) for post in shown.posts)


def _ok(data: dict[str, Any]) -> Reply:
    return Reply(200, {"data": data, "extensions": {"is_final": True}, "status": "ok"})


def _shown(account: Account | None) -> Account | None:
    """Return the account unless Instagram acts as if there were none."""
    return account if account and account.standing in ("active", "protected") else None


def _size(asked: Asked) -> int:
    first = asked.given.get("first")
    return max(1, min(first, 50)) if isinstance(first, int) else NODES_PER_PAGE


def _wrapped(cursor: str) -> str:
    """Return the cursor as the app gets it: JSON in a text."""
    return json.dumps({"server_cursor": cursor, "is_server_cursor_inverse": False})


def _server_cursor(given: object) -> object:
    try:
        value = json.loads(str(given or "null"))
    except ValueError:
        return given
    return value.get("server_cursor") if isinstance(value, dict) else value
