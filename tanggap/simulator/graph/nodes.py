"""Who and what the Graph API can name: Pages, Instagram accounts, posts and comments, by their ids.

Ids as Graph gives them: posts `{page or author}_{post}`, comments `{post}_{comment}`; Instagram's
own are other numbers than those of its web site.
"""

import hashlib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from tanggap.simulator.graph.errors import missing_alias, missing_object
from tanggap.simulator.instagram_ids import shortcode
from tanggap.simulator.world import Account, Post, World

NodeKind = Literal["Page", "Post", "Comment", "IGUser", "IGMedia", "IGComment"]
Key = tuple[str, int]
"""Network and number of a post: the two worlds may use the same numbers."""
_INSTAGRAM_USERS = 17_841_400_000_000_000


@dataclass(frozen=True, slots=True)
class PageNode:
    """One Page of the city and the Instagram account that is linked to it."""

    id: str
    account: Account
    """The Page's own account; Instagram's when only Instagram is simulated."""
    facebook: Account | None
    instagram: Account | None

    @property
    def active(self) -> bool:
        """Whether the Page is published."""
        return self.account.standing == "active"

    @property
    def linked(self) -> Account | None:
        """The Instagram account, unless it is gone or suspended."""
        account = self.instagram
        return account if account is not None and account.standing == "active" else None


@dataclass(frozen=True, slots=True)
class Node:
    """Something with an id. Pages and Instagram accounts have no post."""

    kind: NodeKind
    id: str
    page: PageNode | None
    """The Page that it belongs to; None for what stands with somebody else."""
    post: Post | None = None

    @property
    def network(self) -> Literal["facebook", "instagram"]:
        """The network that it is of."""
        return "instagram" if self.kind.startswith("IG") else "facebook"

    @property
    def shown(self) -> Post:
        """The post or comment; TypeError for an account."""
        if self.post is None:
            message = f"{self.kind} {self.id} is no post"
            raise TypeError(message)
        return self.post


class Directory:
    """Finds nodes by id over the two worlds; each may be missing, not both."""

    def __init__(self, facebook: World | None, instagram: World | None) -> None:
        self.facebook = facebook
        self.instagram = instagram
        self.pages = list(_pages(facebook, instagram))
        self._pages = {page.id: page for page in self.pages}
        self._page_of_account = {page.account.id: page for page in self.pages}
        self._instagram_users = {
            instagram_user_id(page.instagram): page for page in self.pages if page.instagram
        }
        self._page_of_instagram = {p.instagram.id: p for p in self.pages if p.instagram}
        self._instagram_items: dict[str, Post] = {}
        self._indexed = 0
        self._threads: dict[Key, list[Post]] = {}

    def page(self, identity: str) -> PageNode | None:
        """Return a Page by its number or its name."""
        found = self._pages.get(identity)
        if found is None and not identity.isdecimal():
            wanted = identity.lower()
            found = next((p for p in self.pages if p.account.handle.lower() == wanted), None)
        return found

    def find(self, identity: str) -> Node | None:
        """Return what an id names, whether or not it can be seen now; None for nothing."""
        first, joint, second = identity.partition("_")
        if joint and first.isdecimal():
            return self._composite(identity, second)
        page = self.page(identity)
        if page is not None:
            return Node("Page", page.id, page)
        linked = self._instagram_users.get(identity)
        if linked is not None:
            return Node("IGUser", identity, linked)
        post = self._instagram_item(identity)
        return self.node(post) if post is not None else None

    def node(self, post: Post) -> Node:
        """Return the node of a post or comment of either world."""
        root = post.root
        if post.network == "instagram":
            kind: NodeKind = "IGMedia" if root is post else "IGComment"
            owner = self._page_of_instagram.get(root.author.id)
            return Node(kind, instagram_item_id(post), owner, post)
        owner = self._page_of_account.get((root.page or root.author).id)
        return Node("Post" if root is post else "Comment", facebook_id(post), owner, post)

    def seen(self, identity: str, now: datetime) -> Node:
        """Return what an id names and shows now; raises GraphError 100/33, or 803 for a name."""
        node = self.find(identity)
        if node is None and not identity.replace("_", "").isdecimal():
            raise missing_alias(identity)
        if node is None or not _shows(node, now):
            raise missing_object(identity)
        return node

    def thread(self, root: Post) -> list[Post]:
        """Return all comments of all times below a post, the oldest first."""
        world = self.instagram if root.network == "instagram" else self.facebook
        comments = world.under(root) if world else []
        known = self._threads.get(key(root))
        if known is None or len(known) != len(comments):
            known = sorted(comments, key=lambda comment: comment.id)
            self._threads[key(root)] = known
        return known

    def concerned(self, node: Node) -> list[PageNode]:
        """Return the Pages that a thing stands on, or that are tagged in what it stands under."""
        if node.page is not None:
            return [node.page]
        tagged = node.shown.root.tagged
        by_account = (
            self._page_of_instagram if node.network == "instagram" else self._page_of_account
        )
        return [by_account[account.id] for account in tagged if account.id in by_account]

    def _composite(self, identity: str, second: str) -> Node | None:
        post = self.facebook.find(second) if self.facebook else None
        return self.node(post) if post is not None and facebook_id(post) == identity else None

    def _instagram_item(self, identity: str) -> Post | None:
        """Look an item up; only for an id that is not known yet are new posts indexed."""
        if self.instagram is None:
            return None
        with self.instagram.lock:
            if identity not in self._instagram_items:
                posts = self.instagram.posts
                for post in itertools.islice(posts.values(), self._indexed, None):
                    self._instagram_items[instagram_item_id(post)] = post
                self._indexed = len(posts)
            return self._instagram_items.get(identity)


def key(post: Post) -> Key:
    """Return what tells a post from all others of both worlds."""
    return post.network, post.id


def facebook_id(post: Post) -> str:
    """Return the id of a post or comment on Facebook."""
    root = post.root
    owner = root.id if root is not post else (post.page or post.author).id
    return f"{owner}_{post.id}"


def instagram_user_id(account: Account) -> str:
    """Return the id of a business account in the Graph API, another than on the web."""
    return str(_INSTAGRAM_USERS + int(account.id))


def instagram_item_id(post: Post) -> str:
    """Return the id of a medium or comment in the Graph API."""
    return _instagram_item_id(post.id, post.kind == "reply")


@lru_cache(maxsize=65_536)
def _instagram_item_id(identity: int, comment: bool) -> str:
    digest = hashlib.blake2b(str(identity).encode(), digest_size=8).digest()
    number = int.from_bytes(digest) % 10**13
    return f"{1785 if comment else 1790}{number:013d}"


def scoped_id(account: Account) -> str:
    """Return the id under which an Instagram business account sees another account."""
    digest = hashlib.blake2b(account.id.encode(), digest_size=8).digest()
    return str(10**15 + int.from_bytes(digest) % (9 * 10**14))


def stored_id(post: Post) -> str:
    """Return the id under which Tanggap stores a post: Instagram's media by their short code."""
    if post.network != "instagram":
        return facebook_id(post)
    return instagram_item_id(post) if post.kind == "reply" else shortcode(post)


def _shows(node: Node, now: datetime) -> bool:
    if node.post is not None:
        return node.post.seen_at(now)
    if node.kind == "IGUser":
        return node.page is not None and node.page.linked is not None
    return node.page is not None and node.page.active


def _pages(facebook: World | None, instagram: World | None) -> Iterable[PageNode]:
    """Yield the city's Pages. An Instagram account needs one, so a Page is made up if none is."""
    linked = {a.opd: a for a in instagram.city_accounts()} if instagram else {}
    if facebook is not None:
        for account in facebook.city_accounts():
            yield PageNode(account.id, account, account, linked.get(account.opd))
        return
    for account in linked.values():
        yield PageNode(str(100_000_000_000_000 + int(account.id)), account, None, account)
