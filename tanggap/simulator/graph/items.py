"""The values of each field of the city's Pages, posts, comments and media, as Graph writes them."""

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tanggap.simulator import instagram_ids
from tanggap.simulator.graph.edges import above
from tanggap.simulator.graph.errors import missing_field
from tanggap.simulator.graph.fields import DEFAULTS, KNOWN
from tanggap.simulator.graph.nodes import Node, PageNode, instagram_user_id, scoped_id
from tanggap.simulator.graph.params import Field, Listing
from tanggap.simulator.graph.view import Read, View
from tanggap.simulator.world import Account, Post


def moment_text(moment: datetime) -> str:
    """Return a time as Graph writes it, for example `2026-11-20T02:03:04+0000`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _picked(values: Mapping[str, Any], wanted: Field, kind: str) -> dict[str, Any]:
    """Return of some values those that are asked for inside of a field."""
    fields = wanted.inner or DEFAULTS[kind]
    for each in fields:
        if each.name not in KNOWN[kind]:
            raise missing_field(each.name, kind)
    names = {each.name for each in fields} | {"id"}
    return {name: value for name, value in values.items() if name in names and value is not None}


def _text(view: View, node: Node, _wanted: Field) -> str:
    return node.shown.versions_at(view.now)[-1].text


def _message(view: View, node: Node, wanted: Field) -> str | None:
    """A post without words has no message; a comment has an empty one."""
    text = _text(view, node, wanted)
    return text if text or node.kind == "Comment" else None


def _caption(view: View, node: Node, wanted: Field) -> str | None:
    return _text(view, node, wanted) or None


def _created(_view: View, node: Node, _wanted: Field) -> str:
    return moment_text(node.shown.posted_at)


def _updated(view: View, node: Node, _wanted: Field) -> str:
    return moment_text(view.lists.updated(node.shown))


def _author(view: View, node: Node, wanted: Field) -> dict[str, Any] | None:
    post = node.shown
    tag = node.kind == "Post" and node.page is not view.bearer.page
    if not view.authors.known(post, facebook_tag=tag):
        return None
    city = post.author.opd is not None
    values = {
        "name": post.author.name,
        "id": post.author.id,
        "username": post.author.handle if city else None,
        "link": f"https://www.facebook.com/{post.author.id}",
    }
    return _picked(values, wanted, "Author")


def _to(_view: View, node: Node, _wanted: Field) -> dict[str, Any] | None:
    post = node.shown
    named = [*((post.page,) if post.page else ()), *post.tagged]
    if not named:
        return None
    return {"data": [{"name": account.name, "id": account.id} for account in named]}


def _message_tags(view: View, node: Node, _wanted: Field) -> list[dict[str, Any]] | None:
    """Name the accounts that a wording names; a handle that is nobody's is plain text."""
    world = view.directory.facebook
    version = node.shown.versions_at(view.now)[-1]
    tags = []
    for handle in version.handles:
        account = world.account(handle) if world else None
        start = version.text.lower().find(f"@{handle}")
        if account is not None and start >= 0:
            kind = "page" if account.opd is not None else "user"
            tags.append({"id": account.id, "name": account.name, "type": kind,
                         "offset": start, "length": len(handle) + 1})  # fmt: skip
    return tags or None


def _facebook_permalink(_view: View, node: Node, _wanted: Field) -> str:
    post = node.shown
    root = post.root
    address = f"https://www.facebook.com/{(root.page or root.author).id}/posts/{root.id}"
    if post is root:
        return address
    if post.parent is root or post.parent is None:
        return f"{address}?comment_id={post.id}"
    return f"{address}?comment_id={post.parent.id}&reply_comment_id={post.id}"


def _has_photo(post: Post) -> bool:
    """Every wordless post is a photo, and one in five others has one."""
    return not post.versions[0].text or zlib.crc32(f"photo {post.id}".encode()) % 5 == 0


def _photo(node: Node) -> dict[str, Any]:
    link = f"https://www.facebook.com/photo/?fbid={node.shown.id}"
    return {
        "type": "photo",
        "media_type": "photo",
        "url": link,
        "target": {"id": str(node.shown.id), "url": link},
        "media": {"image": {"height": 720, "width": 540, "src": "https://scontent.invalid/p.jpg"}},
    }


def _attachment(_view: View, node: Node, wanted: Field) -> dict[str, Any] | None:
    if not _has_photo(node.shown):
        return None
    return {k: v for k, v in _picked(_photo(node), wanted, "Attachment").items() if k != "id"}


def _attachments(view: View, node: Node, wanted: Field) -> dict[str, Any] | None:
    photo = _attachment(view, node, wanted)
    return {"data": [photo]} if photo else None


def _parent(view: View, node: Node, wanted: Field) -> dict[str, Any] | None:
    parent = node.shown.parent
    if parent is None or parent.kind != "reply":
        return None
    return view.node(view.directory.node(parent), wanted.inner)


def _count(of: str) -> Read:
    """Return a made-up number of likes that stays the same."""

    def read(_view: View, node: Node, _wanted: Field) -> int:
        return zlib.crc32(f"{of} {node.id}".encode()) % 12

    return read


def _reactions(view: View, node: Node, wanted: Field) -> dict[str, Any] | None:
    """Return the sum of the reactions, for the Page whose post it is; who reacted it shows nobody.

    It is an edge: without `summary` it holds nothing that the city would know.
    """
    if not _of_bearer(view, node):
        return None
    summed = wanted.modifiers.get("summary", "")
    if not {"total_count", "true", "1"} & set(summed.split(",")):
        return None
    total = zlib.crc32(f"reactions {node.id}".encode()) % 90
    return {"data": [], "summary": {"total_count": total}}


def _shares(view: View, node: Node, _wanted: Field) -> dict[str, int] | None:
    """Return how often a post was shared; Graph leaves out a post's `shares` where nobody did."""
    count = zlib.crc32(f"shares {node.id}".encode()) % 15
    return {"count": count} if count and _of_bearer(view, node) else None


def _of_bearer(view: View, node: Node) -> bool:
    return node.page is not None and node.page is view.bearer.page


def _constant(value: Any) -> Read:
    return lambda _view, _node, _wanted: value


def _page(node: Node) -> PageNode:
    if node.page is None:
        message = f"{node.kind} {node.id} has no page"
        raise TypeError(message)
    return node.page


def _linked(node: Node) -> Account:
    account = _page(node).instagram
    if account is None:
        message = f"page {node.id} has no Instagram account"
        raise TypeError(message)
    return account


def _page_secret(view: View, node: Node, _wanted: Field) -> str:
    """The Page's token; whoever may read the Page at all may have it."""
    return view.tokens.of_page(_page(node))


def _business_account(view: View, node: Node, wanted: Field) -> dict[str, Any] | None:
    page = _page(node)
    account = page.linked
    if account is None or not view.tokens.granted(account.handle):
        return None
    return view.node(Node("IGUser", instagram_user_id(account), page), wanted.inner)


def _media_count(view: View, node: Node, _wanted: Field) -> int:
    return len(view.lists.of(node, "media", Listing()))


def _instagram_author(view: View, node: Node, wanted: Field) -> dict[str, Any] | None:
    post = node.shown
    if not view.authors.known(post, facebook_tag=False):
        return None
    # The account's own comments come with its own id, everybody else's with a scoped one.
    own = post.author is post.root.author and post.author.opd is not None
    identity = instagram_user_id(post.author) if own else scoped_id(post.author)
    return _picked({"id": identity, "username": post.author.handle}, wanted, "IGAuthor")


def _username(view: View, node: Node, _wanted: Field) -> str | None:
    known = view.authors.known(node.shown, facebook_tag=False)
    return node.shown.author.handle if known else None


def _owner(_view: View, node: Node, _wanted: Field) -> dict[str, Any] | None:
    """The owner, for the owner alone (reference of IG Media)."""
    return {"id": instagram_user_id(node.shown.author)} if node.page is not None else None


def _instagram_parent(view: View, node: Node, _wanted: Field) -> str | None:
    parent = above(node.shown)
    return view.directory.node(parent).id if parent.kind == "reply" else None


def _own_user(_view: View, node: Node, _wanted: Field) -> dict[str, Any] | None:
    author = node.shown.author
    own = author is node.shown.root.author and author.opd is not None
    return {"id": instagram_user_id(author)} if own else None


def _followers(_view: View, node: Node, _wanted: Field) -> int:
    return 500 + zlib.crc32(node.id.encode()) % 20_000


VALUES: dict[str, dict[str, Read]] = {
    "Page": {
        "name": lambda _v, node, _w: _page(node).account.name,
        "username": lambda _v, node, _w: _page(node).account.handle,
        "link": lambda _v, node, _w: f"https://www.facebook.com/{_page(node).account.handle}",
        "category": _constant("Government Organization"),
        "category_list": _constant([{"id": "161422927240513", "name": "Government Organization"}]),
        "tasks": _constant(["ANALYZE", "MODERATE", "CREATE_CONTENT"]),
        "access_token": _page_secret,
        "instagram_business_account": _business_account,
        "is_published": _constant(True),
        "followers_count": _followers,
        "fan_count": _followers,
    },
    "Post": {
        "message": _message,
        "created_time": _created,
        "updated_time": _updated,
        "permalink_url": _facebook_permalink,
        "from": _author,
        "to": _to,
        "message_tags": _message_tags,
        "attachments": _attachments,
        "reactions": _reactions,
        "shares": _shares,
        "is_hidden": _constant(False),
        "is_published": _constant(True),
        "is_expired": _constant(False),
    },
    "Comment": {
        "message": _message,
        "created_time": _created,
        "from": _author,
        "parent": _parent,
        "comment_count": lambda view, node, _w: view.lists.answers(node.shown),
        "like_count": _count("likes"),
        "attachment": _attachment,
        "message_tags": _message_tags,
        "permalink_url": _facebook_permalink,
        "is_hidden": _constant(False),
        "is_private": _constant(False),
        "can_comment": _constant(True),
        "can_hide": _constant(True),
        "can_remove": _constant(True),
        "user_likes": _constant(False),
    },
    "IGUser": {
        "username": lambda _v, node, _w: _linked(node).handle,
        "name": lambda _v, node, _w: _linked(node).name,
        "ig_id": lambda _v, node, _w: int(_linked(node).id),
        "media_count": _media_count,
        "followers_count": _followers,
        "biography": _constant("Akun resmi"),
    },
    "IGMedia": {
        "caption": _caption,
        "media_type": _constant("IMAGE"),
        "media_product_type": _constant("FEED"),
        "permalink": lambda _v, node, _w: instagram_ids.permalink(node.shown),
        "shortcode": lambda _v, node, _w: instagram_ids.shortcode(node.shown),
        "ig_id": lambda _v, node, _w: str(instagram_ids.pk(node.shown)),
        "timestamp": _created,
        "username": _username,
        "owner": _owner,
        "comments_count": lambda view, node, _w: len(view.lists.thread(node.shown)),
        "like_count": _count("likes"),
        "media_url": _constant("https://scontent.invalid/p.jpg"),
        "is_comment_enabled": _constant(True),
    },
    "IGComment": {
        "text": _text,
        "timestamp": _created,
        "username": _username,
        "from": _instagram_author,
        "parent_id": _instagram_parent,
        "hidden": _constant(False),
        "like_count": _count("likes"),
        "media": lambda view, node, wanted: view.node(
            view.directory.node(node.shown.root), wanted.inner
        ),
        "user": _own_user,
    },
}
