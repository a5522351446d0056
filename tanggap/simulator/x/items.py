"""Posts and accounts of the world as X's JSON objects, in either dialect."""

import html
import zlib
from datetime import datetime, timedelta
from typing import Any

from tanggap.clock import to_text
from tanggap.simulator.world import Account, Post, Version, World, snowflake_moment_ms
from tanggap.simulator.x.params import Asked, Dialect
from tanggap.simulator.x.problems import barred_user, missing_post

SHORT_TEXT = 280
"""Characters of `text`; the rest of a long post is only in its note (docs.x.com, 2026)."""
EDITABLE = timedelta(minutes=30)
_REPOST_TEXT = 140
_REFERENCE = {"reply": "replied_to", "quote": "quoted", "repost": "retweeted"}


class Items:
    """Builds the objects of one page as it looks at `now`."""

    def __init__(self, world: World, dialect: Dialect, asked: Asked, now: datetime) -> None:
        self._world = world
        self._dialect = dialect
        self._asked = asked
        self._now = now

    def envelope(self, posts: list[Post]) -> dict[str, Any]:
        """Return `data`, `includes` and `errors` of a page; parts without content are absent."""
        body: dict[str, Any] = {}
        if posts:
            body["data"] = [self.post(post) for post in posts]
        includes: dict[str, list[dict[str, Any]]] = {}
        errors: list[dict[str, Any]] = []
        referenced = self._referenced(posts, errors)
        if referenced:
            includes["tweets"] = [self.post(post, wording) for post, wording in referenced.values()]
        users = self._users(posts, [post for post, _ in referenced.values()], errors)
        if users:
            includes["users"] = users
        if includes:
            body["includes"] = includes
        if errors:
            body["errors"] = errors
        return body

    def post(self, post: Post, wording: Version | None = None) -> dict[str, Any]:
        """Return one post in a wording (default: the newest), under the id of that wording."""
        versions = post.versions_at(self._now)
        shown = wording or versions[-1]
        dialect = self._dialect
        item: dict[str, Any] = {
            "id": str(shown.id),
            "text": short_text(post, shown),
            dialect.history: [str(version.id) for version in versions],
        }
        extras: dict[str, Any] = {
            "author_id": post.author.id,
            "created_at": to_text(shown.at),
            "conversation_id": str(post.root.id),
            "lang": _language(shown.text),
            "possibly_sensitive": False,
            "reply_settings": "everyone",
            "public_metrics": _metrics(post, dialect),
            "display_text_range": [0, min(len(shown.text), SHORT_TEXT)],
            "edit_controls": {
                "edits_remaining": 6 - len(versions),
                "is_edit_eligible": post.kind in ("post", "quote"),
                "editable_until": to_text(post.posted_at + EDITABLE),
            },
        }
        if post.kind == "reply" and post.parent is not None:
            extras["in_reply_to_user_id"] = post.parent.author.id
        if post.parent is not None:
            reference = {"type": _REFERENCE[post.kind], "id": str(_answered(post).id)}
            extras[dialect.referenced] = [reference]
        if len(shown.text) > SHORT_TEXT and post.kind != "repost":
            extras[dialect.note] = {"text": _escaped(shown.text)}
        entities = self._entities(item["text"])
        if entities:
            extras["entities"] = entities
        item.update({name: extras[name] for name in extras if name in self._asked.fields})
        return item

    def user(self, account: Account) -> dict[str, Any]:
        """Return one account with the fields that were asked for."""
        return user_object(account, self._asked.user_fields)

    def _referenced(
        self, posts: list[Post], errors: list[dict[str, Any]]
    ) -> dict[int, tuple[Post, Version]]:
        """Return the posts that the page's posts refer to, by the id of the wording meant."""
        name = f"{self._dialect.referenced}.id"
        if not self._asked.expansions & {name, self._dialect.referenced}:
            return {}
        found: dict[int, tuple[Post, Version]] = {}
        missing: set[int] = set()
        for post in posts:
            if post.parent is None:
                continue
            wording = _answered(post)
            if post.parent.seen_at(self._now):
                found[wording.id] = (post.parent, wording)
            elif wording.id not in missing:
                missing.add(wording.id)
                errors.append(missing_post(name, str(wording.id)))
        return found

    def _users(
        self, posts: list[Post], referenced: list[Post], errors: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        expansions = self._asked.expansions
        wanted: dict[str, tuple[Account, str]] = {}
        if "author_id" in expansions:
            for post in posts:
                wanted.setdefault(post.author.id, (post.author, "author_id"))
        if any(
            name.startswith(self._dialect.referenced) and name.endswith("author_id")
            for name in expansions
        ):
            for post in referenced or [post.parent for post in posts if post.parent]:
                name = f"{self._dialect.referenced}.id.author_id"
                wanted.setdefault(post.author.id, (post.author, name))
        if "in_reply_to_user_id" in expansions:
            for post in posts:
                if post.kind == "reply" and post.parent is not None:
                    author = post.parent.author
                    wanted.setdefault(author.id, (author, "in_reply_to_user_id"))
        if "entities.mentions.username" in expansions:
            for post in posts:
                for handle in post.versions_at(self._now)[-1].handles:
                    account = self._world.account(handle)
                    if account is not None:
                        wanted.setdefault(account.id, (account, "entities.mentions.username"))
        users = []
        for account, parameter in wanted.values():
            if account.standing in ("suspended", "gone"):
                errors.append(barred_user(parameter, account.id, account.standing))
            else:
                users.append(self.user(account))
        return users

    def _entities(self, text: str) -> dict[str, Any]:
        mentions = []
        position = 0
        while (start := text.find("@", position)) >= 0:
            end = start + 1
            while end < len(text) and _in_handle(text[end]):
                end += 1
            account = self._world.account(text[start + 1 : end])
            if account is not None:
                mentions.append(
                    {"start": start, "end": end, "username": account.handle, "id": account.id}
                )
            position = end
        return {"mentions": mentions} if mentions else {}


def user_object(account: Account, fields: frozenset[str]) -> dict[str, Any]:
    """Return an account: id, name and username, and of the rest what was asked for."""
    extras: dict[str, Any] = {
        "created_at": to_text(account.created_at),
        "description": "",
        "protected": account.standing == "protected",
        "verified": account.opd is not None,
        "public_metrics": {
            "followers_count": _count(account.id, 900),
            "following_count": _count(account.id[::-1], 500),
            "tweet_count": _count(account.id[5:], 3000),
            "listed_count": 0,
        },
    }
    return {
        "id": account.id,
        "name": account.name,
        "username": account.handle,
        **{name: value for name, value in extras.items() if name in fields},
    }


def short_text(post: Post, version: Version) -> str:
    """Return `text` as X shows it: long ones cut with an ellipsis and a link, entities escaped."""
    if post.kind == "repost":
        text = version.text
        return _escaped(text if len(text) <= _REPOST_TEXT else text[: _REPOST_TEXT - 1] + "…")
    if len(version.text) <= SHORT_TEXT:
        return _escaped(version.text)
    link = f"https://t.co/{zlib.crc32(str(version.id).encode()):08x}"
    return _escaped(version.text[: SHORT_TEXT - 4].rstrip() + "… ") + link


def _answered(post: Post) -> Version:
    """Return the wording of the parent that stood when `post` referred to it.

    An edit after that does not change the reference, so it may be any id of the parent's history.
    """
    if post.parent is None:
        message = f"post {post.id} refers to nothing"
        raise ValueError(message)
    return post.parent.versions_at(post.posted_at)[-1]


def _in_handle(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _language(text: str) -> str:
    """Return X's code for Indonesian, or `und` where nothing is left but handles."""
    words = [word for word in text.split() if not word.startswith("@")]
    return "in" if any(character.isalpha() for word in words for character in word) else "und"


def _metrics(post: Post, dialect: Dialect) -> dict[str, int]:
    age_seed = str(snowflake_moment_ms(post.id))
    return {
        dialect.reposts: _count(age_seed + "r", 3),
        "reply_count": _count(age_seed + "c", 4),
        "like_count": _count(age_seed + "l", 12),
        "quote_count": 0,
        "bookmark_count": 0,
        "impression_count": _count(age_seed + "i", 400),
    }


def _count(seed: str, below: int) -> int:
    return zlib.crc32(seed.encode()) % below
