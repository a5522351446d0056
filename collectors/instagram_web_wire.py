"""JSON of Instagram's web site and app to Mention. Pure: no I/O, no clock, no library.

Shapes as instaloader 4.16 reads them: `graphql/query` with a query_hash (tagged posts, few
comments), `api/graphql` (an account's own posts) and the app's `api/v1/media/ID/comments/`. Only
what a node holds is used: the library's classes would ask Instagram again for what is missing.
Whatever an item lacks or has in a wrong type costs that item at most.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from collectors.wire import (
    REJECTED_LIMIT,
    OddItem,
    OwnAccounts,
    as_dict,
    as_list,
    clean,
    count_of,
    engagement_of,
    raw_json,
    text_revision,
)
from tanggap.mention import Kind, Mention, Rejected

_ID = re.compile(r"[0-9]{1,24}")
_SHORTCODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HANDLE = re.compile(r"[A-Za-z0-9._]{1,30}")
_NAMED_IN_TEXT = re.compile(r"(?<![\w.@])@([A-Za-z0-9_](?:[A-Za-z0-9_.]{0,28}[A-Za-z0-9_])?)")
_TOKEN_LIMIT = 4_000


@dataclass(frozen=True, slots=True)
class Media:
    """A post with what the poll needs to know of it."""

    mention: Mention
    pk: str
    """The number by which its comments are asked for; empty when the node holds none."""
    comments: int | None
    """How many comments and replies it has; None when Instagram does not say."""


@dataclass(frozen=True, slots=True)
class MediaPage:
    """One page of posts, mapped."""

    media: tuple[Media, ...] = ()
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentPage:
    """One page of comments or replies, mapped."""

    mentions: tuple[Mention, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    token: str = ""
    """What asks for the next page; empty when there is none."""
    threads: tuple[tuple[str, int], ...] = ()
    """Comments whose replies are not all on the page: id, and how many replies it has."""
    unreachable: bool = False
    """Whether there is more that the library has no way to ask for."""
    broken: bool = False
    """Whether a next page is promised without a usable way to ask for it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Under what a page of comments stands."""

    opd: str
    shortcode: str
    comment_id: str = ""
    """Set when the page holds the replies to one comment."""
    expected: int = 0
    """How many replies that comment has, by its own count."""


def map_media(
    nodes: Iterable[object], own: OwnAccounts, seen_at: datetime, opd: str, *, tagged: bool
) -> MediaPage:
    """Return a page of posts; odd ones are set aside, never the page.

    `tagged` says that they are posts that tag the account of `opd`, else they are its own.
    """
    media: list[Media] = []
    rejected: list[Rejected] = []
    for node in nodes:
        try:
            media.append(_media(node, own, seen_at, opd, tagged=tagged))
        except (OddItem, OverflowError, RecursionError) as exc:
            rejected.append(Rejected(raw_json(node)[:REJECTED_LIMIT], str(exc)))
    return MediaPage(tuple(media), tuple(rejected))


def map_comments(
    body: Mapping[str, Any], place: Place, own: OwnAccounts, seen_at: datetime
) -> CommentPage:
    """Return a page of comments (or of replies, by `place`) of either route; raise OddItem.

    OddItem means that the answer is no page of comments at all.
    """
    if "data" in body:
        return _graphql_comments(as_dict(body["data"]), place, own, seen_at)
    return _app_comments(body, place, own, seen_at)


def _media(node: object, own: OwnAccounts, seen_at: datetime, opd: str, *, tagged: bool) -> Media:
    if not isinstance(node, dict):
        raise OddItem("not an object")
    code = node.get("shortcode") or node.get("code")
    if not isinstance(code, str) or not _SHORTCODE.fullmatch(code):
        raise OddItem("no shortcode")
    owner = as_dict(node.get("owner")) or as_dict(node.get("user"))
    author_id, handle = _account(owner)
    author_opd = _opd_of(author_id, handle, own)
    if not tagged and not (author_id or handle):
        author_opd = opd  # its own timeline
    kind: Kind = "post" if author_opd else "tag"
    text = _caption(node)
    named = [*_tagged_handles(node), *_NAMED_IN_TEXT.findall(text)]
    comments = _count(node)
    mention = Mention(
        network="instagram",
        network_id=code,
        kind=kind,
        text=text,
        posted_at=_moment(node.get("taken_at_timestamp", node.get("taken_at", node.get("date")))),
        seen_at=seen_at,
        author_id=author_id,
        author_handle=handle,
        author_opd=author_opd,
        addressed=_addressed(opd, named, own),
        thread_id=code,
        permalink=f"https://www.instagram.com/p/{code}/",
        revision=text_revision(text),
        has_media=True,
        raw=raw_json(node),
        engagement=engagement_of(likes=_likes(node), comments=comments),
    )
    return Media(mention, _number(node.get("pk")) or _number(node.get("id")), comments)


def _graphql_comments(
    data: Mapping[str, Any], place: Place, own: OwnAccounts, seen_at: datetime
) -> CommentPage:
    media = as_dict(data.get("shortcode_media"))
    edge = media.get("edge_media_to_parent_comment")
    if place.comment_id:
        edge = as_dict(data.get("comment")).get("edge_threaded_comments")
    if not isinstance(edge, dict) or not isinstance(edge.get("edges"), list):
        raise OddItem("no comments in the answer")
    page = _Mapping(place, own, seen_at)
    for node in _nodes(edge):
        comment = page.take(node, place.comment_id)
        replies = as_dict(as_dict(node).get("edge_threaded_comments"))
        if comment and not place.comment_id:
            shown = list(_nodes(replies))
            page.take_replies(shown, comment, _whole(replies.get("count")))
    info = as_dict(edge.get("page_info"))
    token = token_of(info.get("end_cursor")) if info.get("has_next_page") else ""
    return page.done(token=token or "", broken=bool(info.get("has_next_page")) and not token)


def _app_comments(
    body: Mapping[str, Any], place: Place, own: OwnAccounts, seen_at: datetime
) -> CommentPage:
    nodes = body.get("child_comments" if place.comment_id else "comments")
    if not isinstance(nodes, list):
        raise OddItem("no comments in the answer")
    page = _Mapping(place, own, seen_at)
    for node in nodes:
        comment = page.take(node, place.comment_id)
        if comment and not place.comment_id:
            shown = as_list(node.get("preview_child_comments"))
            page.take_replies(shown, comment, _whole(node.get("child_comment_count")))
    if place.comment_id:
        # Of a thread the app's route gives one page, and instaloader knows no other.
        return page.done(unreachable=len(nodes) < place.expected)
    token = token_of(body.get("next_min_id"))
    return page.done(token=token or "", broken=token is None)


class _Mapping:
    """Collects a page of comments."""

    def __init__(self, place: Place, own: OwnAccounts, seen_at: datetime) -> None:
        self._place = place
        self._own = own
        self._seen_at = seen_at
        self._mentions: list[Mention] = []
        self._rejected: list[Rejected] = []
        self._threads: list[tuple[str, int]] = []

    def take(self, node: object, parent: str) -> str:
        """Add a comment, under another one if `parent` names it; return its id or, if odd, ""."""
        try:
            mention = _comment(node, self._place, parent, self._own, self._seen_at)
        except (OddItem, OverflowError, RecursionError) as exc:
            self._rejected.append(Rejected(raw_json(node)[:REJECTED_LIMIT], str(exc)))
            return ""
        self._mentions.append(mention)
        return mention.network_id

    def take_replies(self, shown: list[Any], comment: str, count: int) -> None:
        """Add the replies that came along, and note the thread when there are more."""
        for node in shown:
            self.take(node, comment)
        if count > len(shown):
            self._threads.append((comment, count))

    def done(
        self, *, token: str = "", unreachable: bool = False, broken: bool = False
    ) -> CommentPage:
        """Return the page."""
        return CommentPage(
            tuple(self._mentions),
            tuple(self._rejected),
            token,
            tuple(self._threads),
            unreachable,
            broken,
        )


def _comment(
    node: object, place: Place, parent: str, own: OwnAccounts, seen_at: datetime
) -> Mention:
    if not isinstance(node, dict):
        raise OddItem("not an object")
    comment_id = _number(node.get("pk")) or _number(node.get("id"))
    if not comment_id:
        raise OddItem("no id")
    author_id, handle = _account(as_dict(node.get("user")) or as_dict(node.get("owner")))
    said = node.get("text")
    text = clean(said) if isinstance(said, str) else ""  # a picture alone has none
    return Mention(
        network="instagram",
        network_id=comment_id,
        kind="reply" if parent else "comment",
        text=text,
        posted_at=_moment(node.get("created_at")),
        seen_at=seen_at,
        author_id=author_id,
        author_handle=handle,
        author_opd=_opd_of(author_id, handle, own),
        addressed=_addressed(place.opd, _NAMED_IN_TEXT.findall(text), own),
        parent_id=parent or place.shortcode,
        thread_id=place.shortcode,
        permalink=f"https://www.instagram.com/p/{place.shortcode}/c/{comment_id}/",
        revision=text_revision(text),
        raw=raw_json(node),
        engagement=engagement_of(likes=_likes(node)),
    )


def _caption(node: Mapping[str, Any]) -> str:
    """Return the caption: the web route has it as an edge, the app's as an object or as text."""
    for entry in _nodes(as_dict(node.get("edge_media_to_caption"))):
        if isinstance(found := as_dict(entry).get("text"), str):
            return clean(found)
    caption = node.get("caption")
    found = caption.get("text") if isinstance(caption, dict) else caption
    return clean(found) if isinstance(found, str) else ""


def _tagged_handles(node: Mapping[str, Any]) -> Iterator[str]:
    for entry in _nodes(as_dict(node.get("edge_media_to_tagged_user"))):
        yield str(as_dict(as_dict(entry).get("user")).get("username"))
    for entry in as_list(as_dict(node.get("usertags")).get("in")):
        yield str(as_dict(as_dict(entry).get("user")).get("username"))


def _addressed(opd: str, named: Iterable[str], own: OwnAccounts) -> tuple[str, ...]:
    """Return whose media or tag it is, then the other accounts of the city that it names."""
    others = (own.by_handle.get(handle.lower()) for handle in named)
    return tuple(dict.fromkeys([opd, *(other for other in others if other)]))


def _account(owner: Mapping[str, Any]) -> tuple[str | None, str | None]:
    handle = owner.get("username")
    known = isinstance(handle, str) and _HANDLE.fullmatch(handle)
    number = _number(owner.get("pk")) or _number(owner.get("id"))
    return number or None, str(handle) if known else None


def _opd_of(author_id: str | None, handle: str | None, own: OwnAccounts) -> str | None:
    return own.by_id.get(author_id or "") or own.by_handle.get((handle or "").lower())


def _nodes(edge: Mapping[str, Any]) -> Iterator[Any]:
    for entry in as_list(edge.get("edges")):
        yield as_dict(entry).get("node")


def _count(node: Mapping[str, Any]) -> int | None:
    """Return how many comments a post says to have; None when it does not, or nonsense."""
    for value in (
        as_dict(node.get("edge_media_to_comment")).get("count"),
        as_dict(node.get("edge_media_to_parent_comment")).get("count"),
        node.get("comment_count"),
    ):
        if (count := count_of(value)) is not None:
            return count
    return None


def _likes(node: Mapping[str, Any]) -> int | None:
    """Return the likes of a post or comment; None where they are hidden (-1) or not said."""
    for value in (
        as_dict(node.get("edge_media_preview_like")).get("count"),
        as_dict(node.get("edge_liked_by")).get("count"),
        node.get("comment_like_count"),
        node.get("like_count"),
    ):
        if (count := count_of(value)) is not None:
            return count
    return None


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _number(value: object) -> str:
    """Return an id as text; the web route writes text, the app's a number, some `ID_OWNER`."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).partition("_")[0]
    return text if _ID.fullmatch(text) else ""


def token_of(value: object) -> str | None:
    """Return what asks for the next page, empty when there is none, None when it cannot be one."""
    if value is None or value == "":
        return ""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if 0 < len(text) <= _TOKEN_LIMIT else None


def _moment(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise OddItem("no time")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise OddItem("time out of range") from exc
