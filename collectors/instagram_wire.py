"""Instagram's media and comments, by the official route, to Mention. Pure: no I/O, no clock.

Shapes: developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference, pages of
ig-user/media, ig-user/tags, ig-media/comments and ig-comment/replies (August 2026).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors.graph_wire import (
    Commented,
    Listed,
    moment,
    named_in,
    nested,
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
    count_of,
    engagement_of,
    raw_json,
    text_revision,
)
from tanggap.mention import Kind, Mention, Rejected

MEDIA_FIELDS = "id,caption,media_type,permalink,timestamp,username,comments_count,like_count"
REPLY_FIELDS = "id,text,timestamp,username,from,parent_id,hidden,like_count"
COMMENT_FIELDS = (
    f"id,text,timestamp,username,from,hidden,like_count,replies.limit(50){{{REPLY_FIELDS}}}"
)

_SHORTCODE = re.compile(
    r"https://(?:www\.)?instagram\.com/(?:[A-Za-z0-9._]{1,30}/)?(?:p|reel|reels|tv)"
    r"/([A-Za-z0-9_-]{1,64})/?"
)


@dataclass(frozen=True, slots=True)
class Watched:
    """The account whose source is read, and all accounts of the install."""

    opd: str
    handle: str
    account_id: str
    own: OwnAccounts
    tagged: bool
    """Whether the media are those of others that tag the account."""


def map_media(items: list[Any], watched: Watched, seen_at: datetime) -> Listed:
    """Return a page of media as mentions and as threads; odd items are set aside."""
    mentions: list[Mention] = []
    odd: list[Rejected] = []
    threads: list[Thread] = []
    for item in items:
        try:
            mention = map_medium(item, watched, seen_at)
        except (OddItem, OverflowError, RecursionError) as exc:
            odd.append(rejected(item, exc))
        else:
            mentions.append(mention)
            count = count_of(item.get("comments_count"))
            check = "" if count is None else str(count)
            name = mention.network_id
            threads.append(Thread(node_id(item.get("id")), name, mention.posted_at, check, count))
    return Listed(tuple(mentions), tuple(odd), tuple(threads))


def map_comments(
    items: list[Any], thread: Thread, parent: str, watched: Watched, seen_at: datetime
) -> Commented:
    """Return a page of comments with the replies that came along; odd items are set aside.

    `parent` is the id of the comment whose replies these are, empty for comments.
    """
    mentions: list[Mention] = []
    odd: list[Rejected] = []
    branches: list[tuple[str, str]] = []
    for item in items:
        try:
            mention = map_comment(item, thread, parent, watched, seen_at)
        except (OddItem, OverflowError, RecursionError) as exc:
            odd.append(rejected(item, exc))
            continue
        mentions.append(mention)
        replies, place = nested(item, "replies")
        if place:
            branches.append((mention.network_id, place))
        for reply in replies:
            try:
                mentions.append(map_comment(reply, thread, mention.network_id, watched, seen_at))
            except (OddItem, OverflowError, RecursionError) as exc:
                odd.append(rejected(reply, exc))
    nameless = bool(mentions) and not any(m.author_id or m.author_handle for m in mentions)
    notices = ("authors_hidden",) if nameless else ()
    return Commented(tuple(mentions), tuple(odd), tuple(branches), notices)


def map_medium(item: object, watched: Watched, seen_at: datetime) -> Mention:
    """Return one medium as a Mention; raise OddItem when it has no usable id or time."""
    item, item_id = read_item(item)
    own_id = "" if watched.tagged else watched.account_id
    author_id, handle, opd = _author(item, watched, own_id)
    permalink = item.get("permalink")
    found = _SHORTCODE.fullmatch(permalink) if isinstance(permalink, str) else None
    name = found[1] if found else item_id
    kind: Kind = "tag" if watched.tagged and opd is None else "post"
    text = text_of(item.get("caption"))
    return Mention(
        network="instagram",
        network_id=name,
        kind=kind,
        text=text,
        posted_at=moment(item.get("timestamp")),
        seen_at=seen_at,
        author_id=author_id,
        author_handle=handle,
        author_opd=opd,
        addressed=_addressed(text, watched),
        thread_id=name,
        permalink=permalink if found else None,
        revision=text_revision(text),
        has_media=True,
        raw=raw_json(item),
        engagement=engagement_of(likes=item.get("like_count"), comments=item.get("comments_count")),
    )


def map_comment(
    item: object, thread: Thread, parent: str, watched: Watched, seen_at: datetime
) -> Mention:
    """Return one comment as a Mention; raise OddItem when it has no usable id or time."""
    item, item_id = read_item(item)
    author_id, handle, opd = _author(item, watched, "")
    parent = parent or node_id(item.get("parent_id"))
    text = text_of(item.get("text"))
    bridged = thread.name != thread.id
    return Mention(
        network="instagram",
        network_id=item_id,
        kind="reply" if parent else "comment",
        text=text,
        posted_at=moment(item.get("timestamp")),
        seen_at=seen_at,
        author_id=author_id,
        author_handle=handle,
        author_opd=opd,
        addressed=_addressed(text, watched),
        parent_id=parent or thread.name,
        thread_id=thread.name,
        # Instagram gives comments no address of their own.
        permalink=f"https://www.instagram.com/p/{thread.name}/" if bridged else None,
        revision=text_revision(text),
        raw=raw_json({key: value for key, value in item.items() if key != "replies"}),
        engagement=engagement_of(likes=item.get("like_count")),
    )


def _author(
    item: Mapping[str, Any], watched: Watched, fallback_id: str
) -> tuple[str | None, str | None, str | None]:
    """Return id, name and OPD of who wrote it. Others' media come with a name only."""
    said = as_dict(item.get("from"))
    author_id = node_id(said.get("id")) or fallback_id or None
    handle = text_of(item.get("username")) or text_of(said.get("username"))
    if not handle and fallback_id:
        handle = watched.handle
    opd = watched.own.by_handle.get(handle.lower()) or watched.own.by_id.get(author_id or "")
    return author_id, handle[:200] or None, watched.opd if fallback_id else opd


def _addressed(text: str, watched: Watched) -> tuple[str, ...]:
    """Return the OPD whose account it is, then the others that the text names."""
    return tuple({watched.opd: None} | dict.fromkeys(named_in(text, watched.own)))
