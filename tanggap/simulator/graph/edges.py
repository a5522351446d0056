"""The lists of the Graph API, as posts in their order: what stands where, who may see it."""

import zlib
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from tanggap.simulator.graph.errors import needs_permission
from tanggap.simulator.graph.nodes import Directory, Key, Node, PageNode, key
from tanggap.simulator.graph.params import Listing
from tanggap.simulator.world import Post

_HIDDEN = 9
"""The ranked order leaves out about one comment in so many (reference of /comments, 2026)."""


class Lists:
    """The city's lists as they look at one moment; made for one request."""

    def __init__(self, directory: Directory, now: datetime) -> None:
        self._directory = directory
        self._now = now
        self._threads: dict[Key, list[Post]] = {}
        self._answers: dict[Key, Counter[int]] = {}

    def of(self, node: Node, edge: str, listing: Listing) -> list[Post]:
        """Return the posts of an edge in its order; raises GraphError 10 for others' comments."""
        if edge == "comments":
            return self._comments(node, listing)
        if edge == "replies":
            return self.replies(node.shown)
        if node.page is None:
            return []
        posts = {
            "feed": self._feed,
            "posts": self._own,
            "published_posts": self._own,
            "tagged": self._tagged,
            "media": self._media,
            "tags": self._tags,
        }[edge](node.page)
        return sorted(
            (post for post in posts if post.seen_at(self._now)),
            key=lambda post: post.id,
            reverse=True,
        )

    def kept(self, edge: str, listing: Listing) -> Callable[[Post], bool] | None:
        """Return the filter by `since` and `until`, for edges that know them."""
        since, until = listing.since, listing.until
        if (since is None and until is None) or edge in ("comments", "replies", "tags"):
            return None
        moment = _posted if edge == "media" else self.updated

        def inside(post: Post) -> bool:
            at = moment(post)
            return (since is None or at >= since) and (until is None or at < until)

        return inside

    def thread(self, root: Post) -> list[Post]:
        """Return the comments below a post that can be seen, the oldest first."""
        known = self._threads.get(key(root))
        if known is None:
            now = self._now
            known = [c for c in self._directory.thread(root) if c.seen_at(now)]
            self._threads[key(root)] = known
        return known

    def updated(self, post: Post) -> datetime:
        """Return when a post was last changed or commented on; a late approval changes nothing."""
        edited = post.versions_at(self._now)[-1].at
        for comment in reversed(self._directory.thread(post)):
            if comment.seen_at(self._now):
                return max(edited, comment.posted_at)
        return edited

    def answers(self, comment: Post) -> int:
        """Return how many comments stand directly under one."""
        root = comment.root
        counted = self._answers.get(key(root))
        if counted is None:
            replies = [reply for reply in self.thread(root) if reply.parent is not root]
            counted = Counter(above(reply).id for reply in replies)
            self._answers[key(root)] = counted
        return counted[comment.id]

    def replies(self, comment: Post) -> list[Post]:
        """Return what stands under an Instagram comment, oldest first: it knows two levels only."""
        thread = self.thread(comment.root)
        return [reply for reply in thread if reply is not comment and above(reply) is comment]

    def _comments(self, node: Node, listing: Listing) -> list[Post]:
        post = node.shown
        if node.page is None:
            raise needs_permission("pages_read_user_content")
        thread = self.thread(post.root)
        if node.kind == "IGMedia":
            return [comment for comment in reversed(thread) if comment.parent is post]
        if node.kind == "Comment" or listing.filter == "toplevel":
            thread = [comment for comment in thread if comment.parent is post]
        order = listing.order or ("chronological" if listing.filter == "stream" else "ranked")
        if order == "reverse_chronological":
            return thread[::-1]
        if order == "chronological":
            return list(thread)
        ranked = [(zlib.crc32(str(c.id).encode()), c) for c in thread]
        ranked.sort(key=lambda pair: (-self.answers(pair[1]), pair[0]))
        hides = listing.order is None
        return [c for drawn, c in ranked if not (hides and drawn % _HIDDEN == 0)]

    def _own(self, page: PageNode) -> list[Post]:
        world = self._directory.facebook
        if world is None or page.facebook is None:
            return []
        return [post for post in world.written_by(page.facebook) if _starts(post)]

    def _tagged(self, page: PageNode) -> list[Post]:
        world = self._directory.facebook
        if world is None or page.facebook is None:
            return []
        return [post for post in world.tagging(page.facebook) if post.author is not page.facebook]

    def _feed(self, page: PageNode) -> list[Post]:
        world = self._directory.facebook
        if world is None or page.facebook is None:
            return []
        visitors = world.on_page_of(page.facebook)
        posts = (*self._own(page), *visitors, *self._tagged(page))
        return list({post.id: post for post in posts}.values())

    def _media(self, page: PageNode) -> list[Post]:
        world = self._directory.instagram
        if world is None or page.instagram is None:
            return []
        return [post for post in world.written_by(page.instagram) if _starts(post)]

    def _tags(self, page: PageNode) -> list[Post]:
        world = self._directory.instagram
        if world is None or page.instagram is None:
            return []
        tagging = world.tagging(page.instagram)
        return [post for post in tagging if post.author is not page.instagram]


def above(comment: Post) -> Post:
    """Return what a comment stands under."""
    return comment.parent or comment


def _starts(post: Post) -> bool:
    return post.kind != "reply"


def _posted(post: Post) -> datetime:
    return post.posted_at
