"""X's JSON to Mention, in both dialects of field names. Pure: no I/O, no clock.

Shapes: docs.x.com/x-api/posts (2026), and the official OpenAPI files 2.166 (`tweet` names) and
2.167 (`post` names). Whatever an item lacks or has in a wrong type costs that item at most.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
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
)
from tanggap.mention import Engagement, Kind, Mention, Rejected

_EPOCH_MS = 1_288_834_974_657
_FIRST_SNOWFLAKE = 1 << 32
"""Older ids were counted up and carry no time (docs.x.com, "X IDs")."""

_ID = re.compile(r"[0-9]{1,19}")
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")
_MENTION_IN_TEXT = re.compile(r"(?<![\w@])@([A-Za-z0-9_]{1,15})(?!\w)")
_KINDS: tuple[tuple[str, Kind], ...] = (
    ("retweeted", "repost"),
    ("reposted", "repost"),
    ("replied_to", "reply"),
    ("quoted", "quote"),
)
"""Reference types to kinds, the strongest first: a reply that also quotes is a reply."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """One page, mapped, and what the poll needs to know of it."""

    mentions: tuple[Mention, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    ids: tuple[int, ...] = ()
    """Ids of the page's items as they stand in it, for the watermark."""
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Includes:
    posts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    handles: Mapping[str, str] = field(default_factory=dict)


def map_page(
    body: Mapping[str, Any], own: OwnAccounts, seen_at: datetime, fallback: tuple[str, ...] = ()
) -> Mapped:
    """Return the page's mentions; odd items are set aside, never the page.

    `fallback` are the OPD that count as addressed when the item itself names none of ours.
    """
    includes = _includes(body)
    mentions: list[Mention] = []
    rejected: list[Rejected] = []
    ids: list[int] = []
    reads: dict[str, None] = {}
    for item in as_list(body.get("data")):
        try:
            mention = map_item(item, includes, own, seen_at, fallback)
        except (OddItem, OverflowError, RecursionError) as exc:
            rejected.append(Rejected(raw_json(item)[:REJECTED_LIMIT], str(exc)))
        else:
            mentions.append(mention)
        if isinstance(item, dict) and (item_id := _id(item.get("id"))):
            ids.append(int(item_id))
            reads[f"post:{item_id}"] = None
    reads |= {f"post:{post_id}": None for post_id in includes.posts}
    reads |= {f"user:{user_id}": None for user_id in includes.handles}
    return Mapped(tuple(mentions), tuple(rejected), tuple(ids), tuple(reads))


def map_item(
    item: object,
    includes: _Includes,
    own: OwnAccounts,
    seen_at: datetime,
    fallback: tuple[str, ...] = (),
) -> Mention:
    """Return one post as a Mention; raise OddItem when it has no usable id, text or time."""
    if not isinstance(item, dict):
        raise OddItem("not an object")
    item_id = _id(item.get("id"))
    if not item_id:
        raise OddItem("no id")
    if not isinstance(item.get("text"), str):
        raise OddItem("no text")
    history = _history(item, item_id)
    author_id = _id(item.get("author_id")) or None
    handle = includes.handles.get(author_id or "")
    author_opd = own.by_id.get(author_id or "") or own.by_handle.get((handle or "").lower())
    kind, parent_ref = _reference(item)
    parent = includes.posts.get(parent_ref)
    if kind == "mention" and author_opd:
        kind = "post"
    thread = _id(item.get("conversation_id"))
    return Mention(
        network="x",
        network_id=history[0],
        kind=kind,
        text=full_text(item),
        posted_at=_posted_at(item, history),
        seen_at=seen_at,
        author_id=author_id,
        author_handle=handle,
        author_opd=author_opd,
        addressed=_addressed(item, own) or fallback,
        parent_id=_history(parent, parent_ref)[0] if parent else parent_ref or None,
        parent_text=full_text(parent) if parent else None,
        thread_id=history[0] if thread in history else thread or None,
        permalink=f"https://x.com/{handle or 'i'}/status/{history[-1]}",
        revision=item_id,
        has_media=bool(as_dict(item.get("attachments")).get("media_keys")),
        raw=raw_json(item),
        # A repost shows the counts of what it repeats.
        engagement=None if kind == "repost" else _engagement(item),
    )


def full_text(item: Mapping[str, Any]) -> str:
    """Return the whole text of a post: the note's where there is one, since `text` is cut."""
    note = as_dict(item.get("note_tweet")) or as_dict(item.get("note_post"))
    text = note.get("text")
    if not isinstance(text, str):
        text = item.get("text")
    return clean(html.unescape(text)) if isinstance(text, str) else ""


def moment_of(post_id: int) -> datetime:
    """Return the moment that a snowflake id carries, aware UTC, to the millisecond."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=(post_id >> 22) + _EPOCH_MS)


def id_before(moment: datetime) -> int:
    """Return the greatest id that is older than every post of that moment; never below 1."""
    since_1970 = moment - datetime.fromtimestamp(0, UTC)
    milliseconds = since_1970 // timedelta(milliseconds=1) - _EPOCH_MS
    return max(1, (milliseconds << 22) - 1)


def _engagement(item: Mapping[str, Any]) -> Engagement | None:
    metrics = as_dict(item.get("public_metrics"))
    reposts = count_of(metrics.get("retweet_count", metrics.get("repost_count")))
    quotes = count_of(metrics.get("quote_count"))
    return engagement_of(
        likes=metrics.get("like_count"),
        comments=metrics.get("reply_count"),
        shares=None if reposts is None else reposts + (quotes or 0),
    )


def _includes(body: Mapping[str, Any]) -> _Includes:
    includes = as_dict(body.get("includes"))
    posts: dict[str, Mapping[str, Any]] = {}
    for key in ("tweets", "posts"):
        for post in as_list(includes.get(key)):
            if isinstance(post, dict) and (post_id := _id(post.get("id"))):
                posts[post_id] = post
    handles: dict[str, str] = {}
    for user in as_list(includes.get("users")):
        user_id, handle = _id(as_dict(user).get("id")), as_dict(user).get("username")
        if user_id and isinstance(handle, str) and _HANDLE.fullmatch(handle):
            handles[user_id] = handle
    return _Includes(posts, handles)


def _history(item: Mapping[str, Any], item_id: str) -> list[str]:
    """Return all ids of a post's versions, oldest first. Compared as numbers: lengths differ."""
    listed = item.get("edit_history_tweet_ids") or item.get("edit_history_post_ids")
    ids = {item_id} | {_id(entry) for entry in as_list(listed)}
    return sorted(ids - {""}, key=int)


def _reference(item: Mapping[str, Any]) -> tuple[Kind, str]:
    """Return the kind of a post and the id of the post that it refers to (or empty)."""
    listed = item.get("referenced_tweets") or item.get("referenced_posts")
    found = {
        str(entry.get("type")): _id(entry.get("id"))
        for entry in as_list(listed)
        if isinstance(entry, dict)
    }
    for name, kind in _KINDS:
        if name in found:
            return kind, found[name]
    return "mention", ""


def _posted_at(item: Mapping[str, Any], history: list[str]) -> datetime:
    """Return when the citizen first posted: an edit has its own `created_at`, the first id not."""
    said = item.get("created_at")
    if len(history) == 1 and isinstance(said, str):
        try:
            moment = datetime.fromisoformat(said)
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # the id below says it as well
    if int(history[0]) < _FIRST_SNOWFLAKE:
        raise OddItem("no time")
    return moment_of(int(history[0]))


def _addressed(item: Mapping[str, Any], own: OwnAccounts) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for handle in _mentioned(item):
        if opd := own.by_handle.get(handle.lower()):
            found[opd] = None
    if opd := own.by_id.get(_id(item.get("in_reply_to_user_id"))):
        found[opd] = None
    return tuple(found)


def _mentioned(item: Mapping[str, Any]) -> Iterable[str]:
    """Return the handles in a post: X's own list, or what the text shows when there is none."""
    note = as_dict(item.get("note_tweet")) or as_dict(item.get("note_post"))
    listed = [handle for source in (note, item) for handle in _entity_handles(source)]
    return listed or _MENTION_IN_TEXT.findall(full_text(item))


def _entity_handles(source: Mapping[str, Any]) -> Iterator[str]:
    for entry in as_list(as_dict(source.get("entities")).get("mentions")):
        handle = as_dict(entry).get("username")
        if isinstance(handle, str):
            yield handle


def _id(value: object) -> str:
    """Return an id as canonical text; X writes text, some of its answers numbers. Else empty."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value)
    return str(int(text)) if _ID.fullmatch(text) and int(text) else ""
