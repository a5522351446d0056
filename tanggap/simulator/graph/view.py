"""One request's view of the city: nodes with the fields that were asked for, lists in pages."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from tanggap.simulator.graph.edges import Lists
from tanggap.simulator.graph.errors import (
    GraphError,
    bad_parameter,
    missing_field,
    needs_page_token,
)
from tanggap.simulator.graph.fields import (
    DEFAULT_LIMIT,
    DEFAULTS,
    EDGES,
    KNOWN,
    MEMBERS,
    MOST,
    REFUSED_ABOVE,
)
from tanggap.simulator.graph.nodes import Directory, Node
from tanggap.simulator.graph.paging import PagingHabits, cut
from tanggap.simulator.graph.params import Field, Listing, read_listing
from tanggap.simulator.graph.tokens import Bearer, Tokens
from tanggap.simulator.world import Post

HOST = "https://graph.facebook.com"

Read = Callable[["View", Node, Field], Any]
"""Gives the value of one field of a node; None leaves it out."""


@dataclass
class Authors:
    """How often the network keeps to itself who wrote something."""

    missing_share: float = 0.0
    """Share (0..1) of all posts and comments that come without their author."""
    tagged: bool = False
    """Whether posts that tag a Page show their author (reference of /page/tagged: they do not)."""

    def known(self, post: Post, facebook_tag: bool) -> bool:
        """Whether the author of a post is shown."""
        if post.author.standing == "gone" or (facebook_tag and not self.tagged):
            return False
        return zlib.crc32(f"author {post.id}".encode()) / 2**32 >= self.missing_share


@dataclass
class View:
    """What one request sees. Collects in `shown` the posts that it was told of."""

    directory: Directory
    tokens: Tokens
    bearer: Bearer
    version: str
    now: datetime
    habits: PagingHabits
    authors: Authors
    values: Mapping[str, Mapping[str, Read]]
    """Kind of node to field to what gives its value (see graph_items.VALUES)."""
    shown: list[Post] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lists = Lists(self.directory, self.now)

    def node(self, node: Node, fields: tuple[Field, ...] | None) -> dict[str, Any]:
        """Return a node with its id and the fields named (None: those of its kind)."""
        wanted = fields or DEFAULTS[node.kind]
        item: dict[str, Any] = {}
        for each in wanted:
            if each.name not in KNOWN[node.kind]:
                raise missing_field(each.name, node.kind)
            if each.name in EDGES[node.kind]:
                value: Any = self._nested(node, each)
            else:
                read = self.values[node.kind].get(each.name)
                value = read(self, node, each) if read else None
            if value is not None:
                item[each.name] = value
        item["id"] = node.id
        return item

    def edge(
        self,
        node: Node,
        name: str,
        given: Mapping[str, str],
        fields: tuple[Field, ...] | None,
        *,
        nested: bool = False,
    ) -> dict[str, Any]:
        """Return one page of a list with its paging and, if wished, its summary."""
        listing = read_listing(given)
        for each in fields or ():
            if each.name not in KNOWN[MEMBERS[node.kind, name]]:
                raise missing_field(each.name, MEMBERS[node.kind, name])
        posts = self.lists.of(node, name, listing)
        kept = self.lists.kept(name, listing)
        scope = f"{node.id}/{name}"
        size = _size(node, name, listing)
        page = cut(posts, listing, size, scope, self.habits, kept=kept, nested=nested)
        data = []
        for post in page.posts:
            if not nested or _tells_text(fields):
                self.shown.append(post)
            data.append(self.node(self.directory.node(post), fields))
        body: dict[str, Any] = {"data": data}
        if page.after:
            body["paging"] = {"cursors": {"before": page.before, "after": page.after}}
            if page.more:
                body["paging"]["next"] = self.address(scope, given, after=page.after)
            if listing.after:
                body["paging"]["previous"] = self.address(scope, given, before=page.before)
        if listing.summary and node.kind in ("Post", "Comment"):
            ordered = replace(listing, order=listing.order or "chronological")
            total = len(self.lists.of(node, name, ordered))
            body["summary"] = _summary(listing, total)
        return body

    def address(self, path: str, given: Mapping[str, str], **cursor: str) -> str:
        """Return the full address of another page, with the token in it as the service does."""
        kept = {k: v for k, v in given.items() if k not in ("after", "before", "appsecret_proof")}
        query = urlencode({**kept, "access_token": self.bearer.token, **cursor})
        return f"{HOST}/{self.version}/{path}?{query}"

    def _nested(self, node: Node, wanted: Field) -> dict[str, Any] | None:
        """Return a list inside of a node; nothing when it is empty and no sum was asked for.

        Comments under what others published are left out: they are not for this token.
        """
        if node.network == "facebook" and self.bearer.page is None:
            raise needs_page_token()
        if node.kind in ("Post", "IGMedia") and not self._owned(node):
            return None
        given = dict(wanted.modifiers)
        if wanted.inner is not None:
            given["fields"] = wanted.source
        body = self.edge(node, wanted.name, given, wanted.inner, nested=True)
        told = body["data"] or "summary" in body or "next" in body.get("paging", ())
        return body if told else None

    def _owned(self, node: Node) -> bool:
        if node.page is None:
            return False
        return node.network == "instagram" or node.page is self.bearer.page


def _size(node: Node, edge: str, listing: Listing) -> int:
    limit = DEFAULT_LIMIT if listing.limit is None else listing.limit
    if node.kind == "Page" and limit > REFUSED_ABOVE:
        raise bad_parameter(f"Param limit must be at most {REFUSED_ABOVE}")
    name = "media_comments" if node.kind == "IGMedia" else edge
    return min(limit, MOST.get(name, REFUSED_ABOVE))


def _tells_text(fields: tuple[Field, ...] | None) -> bool:
    return fields is None or any(each.name in ("message", "text", "caption") for each in fields)


def _summary(listing: Listing, total: int) -> dict[str, Any]:
    order = listing.order or ("chronological" if listing.filter == "stream" else "ranked")
    known = {"order": order, "total_count": total, "can_comment": True}
    if listing.summary & {"true", "1"}:
        return known
    return {name: value for name, value in known.items() if name in listing.summary}


def no_such_edge(name: str, kind: str) -> GraphError:
    """Return the refusal of an edge: Pages' ratings were withdrawn, others never were."""
    return GraphError(12) if (name, kind) == ("ratings", "Page") else missing_field(name, kind)
