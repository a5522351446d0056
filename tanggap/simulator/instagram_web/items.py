"""JSON of Instagram's web site and app: accounts, media and comments in each of their dialects.

One post has three shapes: the GraphQL node of old (tagged posts, comments), the one of today's web
app (own posts, one post), and the app's (comments). Shapes: instaloader 4.16, structures.py.
"""

import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from tanggap.simulator.instagram_ids import permalink, pk, shortcode
from tanggap.simulator.instagram_web.paging import Shown, cut
from tanggap.simulator.world import Account, Post, World

ANSWERS_IN_NODE = 3
ANSWERS_IN_APP = 2
"""Answers that a comment shows at once, per dialect; more are a request of their own."""
_TYPENAMES = {1: "GraphImage", 2: "GraphVideo", 8: "GraphSidecar"}
_MEDIA_TYPES = (1, 1, 1, 8, 1, 2, 1)
_NO_COUNT_EACH = 11
_NO_OWNER_NAME_EACH = 5
_HIDDEN_LIKES_EACH = 9
"""About one post in so many lacks a field, which is normal on the web site."""
_PAGE_ID = "17841"


def page_id(account: Account) -> str:
    """Return the id that the public page gives an account, which is not its number."""
    return f"{_PAGE_ID}{account.id:0>14}"


def account_of_page_id(world: World, identity: str) -> Account | None:
    """Return the account of an id of the public page, or None."""
    return world.accounts.get(identity.removeprefix(_PAGE_ID).lstrip("0"))


class Items:
    """What the site shows at `now`; the caller holds the world's lock."""

    def __init__(self, world: World, now: datetime) -> None:
        self._world = world
        self._now = now
        self._threads: dict[int, dict[int, list[Post]]] = {}
        """Per post looked at: answers by the comment in whose thread they stand."""

    # --- what there is ---------------------------------------------------------------------

    def media_of(self, account: Account, pinned: int) -> list[Post]:
        """Return an account's posts, newest first; the `pinned` oldest of three or more lead."""
        own = [post for post in self._world.written_by(account) if post.kind == "post"]
        # Of all times, so that no other post moves to the front when a pinned one vanishes.
        leading = sorted(own, key=lambda post: post.id)[: pinned if len(own) > 2 else 0]
        shown = self._newest_first(own)
        return [post for post in shown if post in leading] + [
            post for post in shown if post not in leading
        ]

    def tagging(self, account: Account) -> list[Post]:
        """Return the posts that tag an account, newest first."""
        return self._newest_first(self._world.tagging(account))

    def comments_of(self, media: Post) -> list[Post]:
        """Return the comments directly under a post, newest first."""
        under = self._world.under(media)
        return self._newest_first(comment for comment in under if comment.parent is media)

    def answers_to(self, comment: Post) -> list[Post]:
        """Return the answers in a comment's thread, oldest first; Instagram has two levels only."""
        threads = self._threads.get(comment.root.id)
        if threads is None:
            threads = self._threads[comment.root.id] = {}
            for post in self._newest_first(self._world.under(comment.root))[::-1]:
                top = _thread(post)
                if top is not None:
                    threads.setdefault(top.id, []).append(post)
        return threads.get(comment.id, [])

    def visible_media(self, post: Post | None) -> Post | None:
        """Return a post unless it is none, hidden, or of an account that is not shown."""
        if post is None or post.kind != "post" or not post.seen_at(self._now):
            return None
        return post if post.author.standing == "active" else None

    def visible_comment(self, comment: Post | None) -> Post | None:
        """Return a comment directly under a post that is shown, unless it is hidden."""
        if comment is None or comment.parent is None or comment.parent.kind == "reply":
            return None
        if not comment.seen_at(self._now) or self.visible_media(comment.root) is None:
            return None
        return comment

    def comment_count(self, media: Post) -> int:
        """Return how many comments a post shows, answers to comments included."""
        return sum(1 for comment in self._world.under(media) if comment.seen_at(self._now))

    def text(self, post: Post) -> str:
        """Return the wording of now."""
        return post.versions_at(self._now)[-1].text

    def _newest_first(self, posts: Iterable[Post]) -> list[Post]:
        seen = [post for post in posts if post.seen_at(self._now)]
        return sorted(seen, key=lambda post: post.id, reverse=True)

    # --- accounts --------------------------------------------------------------------------

    def public_user(self, account: Account) -> dict[str, Any]:
        """Return an account as its public page embeds it; `id` is not the number, `pk` is."""
        return {
            "__typename": "XIGUser",
            "id": page_id(account),
            "pk": account.id,
            "username": account.handle,
            "full_name": account.name,
            "is_private": account.standing == "protected",
            "is_verified": account.opd is not None,
            "biography": "",
            "all_media_count": self._media_count(account),
            "follower_count": 1000 + zlib.crc32(account.id.encode()) % 9000,
            "profile_pic_url": _picture(account.id),
        }

    def profile(self, account: Account) -> dict[str, Any]:
        """Return an account as the logged-in web app's profile query does."""
        return {
            **self.app_user(account),
            "id": account.id,
            "biography": "",
            "external_url": "",
            "media_count": self._media_count(account),
            "follower_count": 1000 + zlib.crc32(account.id.encode()) % 9000,
            "following_count": 12,
            "is_business": account.opd is not None,
            "category": "Organisasi Pemerintah" if account.opd else None,
            "friendship_status": {
                "following": False,
                "blocking": False,
                "is_feed_favorite": False,
                "outgoing_request": False,
                "followed_by": False,
                "incoming_request": False,
            },
            "hd_profile_pic_url_info": {"url": _picture(account.id)},
        }

    def legacy_user(self, account: Account, first: Sequence[Post]) -> dict[str, Any]:
        """Return an account as `web_profile_info` does, with the first of its posts."""
        return {
            "id": account.id,
            "username": account.handle,
            "full_name": account.name,
            "biography": "",
            "external_url": None,
            "is_private": account.standing == "protected",
            "is_verified": account.opd is not None,
            "is_business_account": account.opd is not None,
            "business_category_name": None,
            "followed_by_viewer": False,
            "follows_viewer": False,
            "blocked_by_viewer": False,
            "has_blocked_viewer": False,
            "has_requested_viewer": False,
            "requested_by_viewer": False,
            "profile_pic_url_hd": _picture(account.id),
            "edge_followed_by": {"count": 1000 + zlib.crc32(account.id.encode()) % 9000},
            "edge_follow": {"count": 12},
            "edge_felix_video_timeline": {"count": 0, "edges": []},
            "edge_owner_to_timeline_media": {
                "count": self._media_count(account),
                "edges": [{"node": self.node(post)} for post in first],
            },
        }

    def app_user(self, account: Account) -> dict[str, Any]:
        """Return an account as the app shows authors."""
        return {
            "pk": account.id,
            "pk_id": account.id,
            "username": account.handle,
            "full_name": account.name,
            "is_private": account.standing == "protected",
            "is_verified": account.opd is not None,
            "profile_pic_url": _picture(account.id),
        }

    def _media_count(self, account: Account) -> int:
        own = self._world.written_by(account)
        return sum(1 for post in own if post.kind == "post" and post.seen_at(self._now))

    # --- media -----------------------------------------------------------------------------

    def node(self, post: Post) -> dict[str, Any]:
        """Return a post as a GraphQL node of old, at times without a field or two."""
        caption = self.text(post)
        owner = {"id": post.author.id}
        if not _one_in(_NO_OWNER_NAME_EACH, post, "owner"):
            owner["username"] = post.author.handle
        node: dict[str, Any] = {
            "__typename": _TYPENAMES[_media_type(post)],
            "id": str(pk(post)),
            "shortcode": shortcode(post),
            "taken_at_timestamp": _seconds(post),
            "is_video": _media_type(post) == 2,
            "display_url": _picture(shortcode(post)),
            "owner": owner,
            "edge_media_to_caption": {"edges": [{"node": {"text": caption}}] if caption else []},
            "edge_media_preview_like": {"count": self._likes(post)},
        }
        if not _one_in(_NO_COUNT_EACH, post, "count"):
            node["edge_media_to_comment"] = {"count": self.comment_count(post)}
        return node

    def media(self, post: Post) -> dict[str, Any]:
        """Return a post as today's web app and the app do."""
        caption = self.text(post)
        media: dict[str, Any] = {
            "pk": str(pk(post)),
            "id": f"{pk(post)}_{post.author.id}",
            "code": shortcode(post),
            "media_type": _media_type(post),
            "taken_at": _seconds(post),
            "caption": {"pk": str(pk(post)), "text": caption} if caption else None,
            "title": None,
            "user": self.app_user(post.author),
            "owner": self.app_user(post.author),
            "has_liked": False,
            "like_count": self._likes(post),
            "comment_count": self.comment_count(post),
            "image_versions2": {"candidates": [{"url": _picture(shortcode(post))}]},
            "usertags": self._usertags(post),
        }
        if _media_type(post) == 2:
            media["video_versions"] = [{"url": _picture(f"{shortcode(post)}.mp4")}]
            media["video_duration"] = 14.5
            media["view_count"] = None
        if _media_type(post) == 8:
            part = {"media_type": 1, "image_versions2": media["image_versions2"]}
            media["carousel_media"] = [part, part]
        return media

    def _usertags(self, post: Post) -> dict[str, Any] | None:
        if not post.tagged:
            return None
        return {"in": [{"user": self.app_user(account)} for account in post.tagged]}

    def _likes(self, post: Post) -> int:
        """Return the likes; -1 where the owner hides them."""
        hidden = _one_in(_HIDDEN_LIKES_EACH, post, "likes")
        return -1 if hidden else zlib.crc32(str(post.id).encode()) % 40

    # --- comments --------------------------------------------------------------------------

    def comment_node(self, comment: Post) -> dict[str, Any]:
        """Return a comment as GraphQL does, with its first answers when they are few."""
        answers = self.answers_to(comment)
        shown = cut(answers, ANSWERS_IN_NODE, None, answers_scope(comment), overlapping=False)
        thread = edges(shown, [self.answer_node(post) for post in shown.posts], len(answers))
        return {**self.answer_node(comment), "edge_threaded_comments": thread}

    def answer_node(self, comment: Post) -> dict[str, Any]:
        """Return a comment as GraphQL does, its thread apart."""
        return {
            "id": str(pk(comment)),
            "text": self.text(comment),
            "created_at": _seconds(comment),
            "did_report_as_spam": False,
            "owner": {
                "id": comment.author.id,
                "is_verified": comment.author.opd is not None,
                "profile_pic_url": _picture(comment.author.id),
                "username": comment.author.handle,
            },
            "viewer_has_liked": False,
            "edge_liked_by": {"count": max(0, self._likes(comment))},
            "is_restricted_pending": False,
        }

    def app_comment(self, comment: Post) -> dict[str, Any]:
        """Return a comment as the app does, with its first answers when they are few."""
        answers = self.answers_to(comment)
        return {
            **self.app_answer(comment),
            "child_comment_count": len(answers),
            "preview_child_comments": [self.app_answer(post) for post in answers[:ANSWERS_IN_APP]],
        }

    def app_answer(self, comment: Post) -> dict[str, Any]:
        """Return a comment as the app does, its thread apart."""
        return {
            "pk": str(pk(comment)),
            "user_id": comment.author.id,
            "type": 0 if comment.parent is comment.root else 2,
            "text": self.text(comment),
            "created_at": _seconds(comment),
            "created_at_utc": _seconds(comment),
            "content_type": "comment",
            "status": "Active",
            "media_id": str(pk(comment.root)),
            "user": self.app_user(comment.author),
            "comment_like_count": max(0, self._likes(comment)),
            "has_liked_comment": False,
            "share_enabled": True,
            "permalink": f"{permalink(comment.root)}c/{pk(comment)}/",
        }


def answers_scope(comment: Post) -> str:
    """Return the name of the list of answers to a comment, which a comment's node begins."""
    return f"answers {comment.id}"


def edges(shown: Shown, nodes: Sequence[dict[str, Any]], count: int) -> dict[str, Any]:
    """Return one page of a list as GraphQL does; `count` is that of the whole list."""
    return {
        "count": count,
        "page_info": shown.page_info,
        "edges": [{"node": node, "cursor": node.get("pk", node.get("id"))} for node in nodes],
    }


def _thread(post: Post) -> Post | None:
    """Return the comment under which an answer is shown; None for what is a comment itself."""
    above = post.parent
    return above if above is not None and above.kind == "reply" else None


def _one_in(number: int, post: Post, what: str) -> bool:
    """Return the same draw for a post each time, so that a page does not flicker."""
    return zlib.crc32(f"{what} {post.id}".encode()) % number == 0


def _media_type(post: Post) -> int:
    """Return 1 for a picture, 2 for a video, 8 for several."""
    return _MEDIA_TYPES[zlib.crc32(str(post.id).encode()) % len(_MEDIA_TYPES)]


def _seconds(post: Post) -> int:
    return int(post.posted_at.timestamp())


def _picture(name: str) -> str:
    """Return the address of a picture that is nowhere; nobody is to fetch it."""
    return f"https://scontent.cdninstagram.invalid/{name}.jpg"
