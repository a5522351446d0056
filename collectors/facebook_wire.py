"""Facebook's posts and comments to Mention. Pure: no I/O, no clock.

Shapes: developers.facebook.com/docs/graph-api/reference/post, .../page/feed, .../page/tagged and
.../reference/comment (v26.0, 2026). Whatever an item lacks or has in a wrong type costs that item
at most; an author that Meta withholds costs nothing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors.graph_wire import (
    Commented,
    Listed,
    moment,
    named_in,
    node_id,
    read_item,
    rejected,
    text_of,
)
from collectors.thread_state import Thread
from collectors.wire import (
    OddItem,
    OwnAccounts,
    as_dict,
    as_list,
    count_of,
    engagement_of,
    raw_json,
    text_revision,
)
from tanggap.mention import Engagement, Kind, Mention, Rejected

POST_FIELDS = (
    "id,message,from,created_time,updated_time,permalink_url,message_tags,to,"
    "attachments{media_type,type},comments.limit(0).filter(stream).summary(total_count),"
    "reactions.limit(0).summary(total_count),shares"
)
COMMENT_FIELDS = (
    "id,message,from,created_time,parent{id},comment_count,like_count,attachment,permalink_url,"
    "message_tags"
)

_PERMALINK = re.compile(r"https://(?:[a-z0-9-]+\.)?facebook\.com/[!-~]{1,1000}")
_NO_MEDIA = frozenset({"share", "link", "note"})


@dataclass(frozen=True, slots=True)
class Watched:
    """The Page whose source is read, and all accounts of the install."""

    opd: str
    page_id: str
    own: OwnAccounts
    tagged: bool
    """Whether the posts are those of others that tag the Page."""


def map_posts(items: list[Any], watched: Watched, seen_at: datetime) -> Listed:
    """Return a page of posts as mentions and as threads; odd items are set aside."""
    mentions: list[Mention] = []
    odd: list[Rejected] = []
    threads: list[Thread] = []
    for item in items:
        try:
            mention = map_post(item, watched, seen_at)
        except (OddItem, OverflowError, RecursionError) as exc:
            odd.append(rejected(item, exc))
        else:
            mentions.append(mention)
            threads.append(_thread(item, mention, watched))
    return Listed(tuple(mentions), tuple(odd), tuple(threads))


def map_comments(
    items: list[Any], thread: Thread, watched: Watched, seen_at: datetime
) -> Commented:
    """Return a page of comments and replies under one post; odd items are set aside.

    A page on which nobody has a name says so: the token is of the wrong kind, or lacks a
    permission.
    """
    mentions: list[Mention] = []
    odd: list[Rejected] = []
    for item in items:
        try:
            mentions.append(map_comment(item, thread, watched, seen_at))
        except (OddItem, OverflowError, RecursionError) as exc:
            odd.append(rejected(item, exc))
    nameless = bool(mentions) and all(mention.author_id is None for mention in mentions)
    return Commented(tuple(mentions), tuple(odd), notices=("authors_hidden",) if nameless else ())


def map_post(item: object, watched: Watched, seen_at: datetime) -> Mention:
    """Return one post as a Mention; raise OddItem when it has no usable id or time."""
    item, item_id = read_item(item)
    author_id, name = _author(item)
    if author_id is None and stands_elsewhere(item_id, watched):
        author_id = _author_at_home(item, item_id)
    opd = watched.own.by_id.get(author_id or "")
    if author_id == watched.page_id:
        opd = watched.opd
    kind: Kind = "tag" if watched.tagged or stands_elsewhere(item_id, watched) else "visitor_post"
    if author_id == watched.page_id or (kind == "tag" and opd):
        kind = "post"
    media = [as_dict(entry) for entry in as_list(as_dict(item.get("attachments")).get("data"))]
    return Mention(
        network="facebook",
        network_id=item_id,
        kind=kind,
        text=(text := text_of(item.get("message"))),
        posted_at=moment(item.get("created_time")),
        seen_at=seen_at,
        author_id=author_id,
        author_handle=name,
        author_opd=opd,
        addressed=_addressed(item, text, watched),
        thread_id=item_id,
        permalink=_permalink(item, item_id),
        revision=text_revision(text),
        has_media=any(entry.get("type") not in _NO_MEDIA for entry in media),
        raw=raw_json(item),
        engagement=_engagement(item),
    )


def map_comment(item: object, thread: Thread, watched: Watched, seen_at: datetime) -> Mention:
    """Return one comment as a Mention; raise OddItem when it has no usable id or time."""
    item, item_id = read_item(item)
    author_id, name = _author(item)
    opd = watched.own.by_id.get(author_id or "")
    if author_id == watched.page_id:
        opd = watched.opd
    parent = node_id(as_dict(item.get("parent")).get("id"))
    attached = as_dict(item.get("attachment"))
    return Mention(
        network="facebook",
        network_id=item_id,
        kind="reply" if parent else "comment",
        text=(text := text_of(item.get("message"))),
        posted_at=moment(item.get("created_time")),
        seen_at=seen_at,
        author_id=author_id,
        author_handle=name,
        author_opd=opd,
        addressed=_addressed(item, text, watched),
        parent_id=parent or thread.name,
        thread_id=thread.name,
        permalink=_permalink(item, item_id),
        revision=text_revision(text),
        has_media=bool(attached) and attached.get("type") not in _NO_MEDIA,
        raw=raw_json(item),
        engagement=engagement_of(likes=item.get("like_count"), comments=item.get("comment_count")),
    )


def stands_elsewhere(item_id: str, watched: Watched) -> bool:
    """Whether a post stands with its author, not on the Page: it only tags it."""
    return not item_id.startswith(f"{watched.page_id}_")


def _home(item_id: str) -> str | None:
    """Return where a post stands: with its author, or on the Page that it was written on."""
    home, _, post = item_id.partition("_")
    return home if post else None


def _author_at_home(item: Mapping[str, Any], item_id: str) -> str | None:
    """Return the author of a post that came without `from`, as posts that tag a Page do.

    It is whom the post stands with, unless it was written `to` them.
    """
    home = _home(item_id)
    return None if home in set(_ids(as_dict(item.get("to")).get("data"))) else home


def _engagement(item: Mapping[str, Any]) -> Engagement | None:
    """Return the counts of a post. One that nobody shared comes without `shares`.

    To whom a post does not belong Meta tells neither sum; then nothing says that nobody shared it.
    """
    likes, comments = _sum_of(item, "reactions"), _sum_of(item, "comments")
    known = count_of(likes) is not None
    shared = as_dict(item.get("shares")).get("count", 0 if known else None)
    return engagement_of(likes=likes, comments=comments, shares=shared)


def _sum_of(item: Mapping[str, Any], edge: str) -> object:
    """Return the `total_count` of an edge inside a post."""
    return as_dict(as_dict(item.get(edge)).get("summary")).get("total_count")


def _thread(item: Mapping[str, Any], mention: Mention, watched: Watched) -> Thread:
    count = count_of(_sum_of(item, "comments"))
    updated = item.get("updated_time")
    stamp = updated[:40] if isinstance(updated, str) else ""
    check = f"{stamp} {'' if count is None else count}".strip()
    name = mention.network_id
    # A Page's feed shows the posts that tag it as well; their comments are the other source's.
    # Those under posts of our own Pages are read by the Pages' feeds.
    if watched.tagged:
        closed = _home(name) in {watched.page_id, *watched.own.by_id}
    else:
        closed = stands_elsewhere(name, watched)
    return Thread(name, name, mention.posted_at, check, count, closed)


def _author(item: Mapping[str, Any]) -> tuple[str | None, str | None]:
    author = as_dict(item.get("from"))
    return node_id(author.get("id")) or None, text_of(author.get("name"))[:200] or None


def _addressed(item: Mapping[str, Any], text: str, watched: Watched) -> tuple[str, ...]:
    """Return the OPD whose Page it is, then the others that it tags or names."""
    found = {watched.opd: None}
    for tagged_id in _tagged(item):
        if opd := watched.own.by_id.get(tagged_id):
            found[opd] = None
    return tuple(found | dict.fromkeys(named_in(text, watched.own)))


def _tagged(item: Mapping[str, Any]) -> Iterator[str]:
    """Yield the ids of who is tagged: `message_tags` is a list, in old answers an object."""
    tags = item.get("message_tags")
    groups = list(tags.values()) if isinstance(tags, dict) else [tags]
    for group in (*groups, as_dict(item.get("to")).get("data")):
        yield from _ids(group)


def _ids(entries: object) -> Iterator[str]:
    for entry in as_list(entries):
        yield node_id(as_dict(entry).get("id"))


def _permalink(item: Mapping[str, Any], fallback: str) -> str:
    given = item.get("permalink_url")
    if isinstance(given, str) and _PERMALINK.fullmatch(given):
        return given
    return f"https://www.facebook.com/{fallback}"
