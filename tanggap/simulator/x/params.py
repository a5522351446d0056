"""Reads the query of an X request as strictly as X does: unknown names and values are refused.

The two dialects name the same things differently (OpenAPI 2.166 of July 2026 and 2.167 of August
2026); the field parameter of the other dialect is an unknown parameter.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from tanggap.simulator.x.problems import BadRequestError

DialectName = Literal["tweet", "post"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """The names that one dialect uses."""

    name: DialectName
    fields: str
    referenced: str
    note: str
    history: str
    reposts: str
    expansions: frozenset[str]


DIALECTS: dict[str, Dialect] = {
    "tweet": Dialect(
        name="tweet",
        fields="tweet.fields",
        referenced="referenced_tweets",
        note="note_tweet",
        history="edit_history_tweet_ids",
        reposts="retweet_count",
        expansions=frozenset(
            {
                "edit_history_tweet_ids",
                "referenced_tweets.id",
                "referenced_tweets.id.author_id",
                "referenced_tweets.id.attachments.media_keys",
            }
        ),
    ),
    "post": Dialect(
        name="post",
        fields="post.fields",
        referenced="referenced_posts",
        note="note_post",
        history="edit_history_post_ids",
        reposts="repost_count",
        # The specification lists the bare name, the prose the one with `.id`.
        expansions=frozenset(
            {
                "edit_history_post_ids",
                "referenced_posts",
                "referenced_posts.id",
                "referenced_posts.author_id",
                "referenced_posts.id.author_id",
            }
        ),
    ),
}
_COMMON_EXPANSIONS = frozenset(
    {
        "article.cover_media",
        "article.media_entities",
        "attachments.media_keys",
        "attachments.media_source_tweet",
        "attachments.poll_ids",
        "author_id",
        "author_screen_name",
        "entities.mentions.username",
        "entities.note.mentions.username",
        "geo.place_id",
        "in_reply_to_user_id",
    }
)
_COMMON_FIELDS = frozenset(
    {
        "article",
        "attachments",
        "author_id",
        "card_uri",
        "community_id",
        "context_annotations",
        "conversation_id",
        "created_at",
        "display_text_range",
        "edit_controls",
        "entities",
        "geo",
        "id",
        "in_reply_to_user_id",
        "lang",
        "media_metadata",
        "note_request_suggestions",
        "possibly_sensitive",
        "public_metrics",
        "reply_settings",
        "scopes",
        "source",
        "suggested_source_links",
        "text",
        "withheld",
    }
)
USER_FIELDS = frozenset(
    {
        "affiliation",
        "confirmed_email",
        "connection_status",
        "created_at",
        "description",
        "entities",
        "id",
        "is_identity_verified",
        "location",
        "most_recent_tweet_id",
        "name",
        "parody",
        "pinned_tweet_id",
        "profile_banner_url",
        "profile_image_url",
        "protected",
        "public_metrics",
        "receives_your_dm",
        "subscription",
        "subscription_type",
        "url",
        "username",
        "verified",
        "verified_followers_count",
        "verified_type",
        "withheld",
    }
)
USER_EXPANSIONS = frozenset({"affiliation.user_id", "most_recent_tweet_id", "pinned_tweet_id"})
_ANY_OBJECT_FIELDS = ("media.fields", "place.fields", "poll.fields")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page of posts should hold."""

    fields: frozenset[str]
    user_fields: frozenset[str]
    expansions: frozenset[str]


class Parameters:
    """The query of one request. Every reader raises BadRequestError for what X would refuse."""

    def __init__(self, query: Mapping[str, list[str]], known: Iterable[str]) -> None:
        self._query = query
        allowed = sorted(known)
        for name, values in query.items():
            if name not in allowed:
                raise BadRequestError(
                    name,
                    values[0],
                    f"The query parameter [{name}] is not one of [{','.join(allowed)}]",
                )
            if len(values) > 1:
                raise BadRequestError(name, values[1], f"Duplicate query parameter [{name}]")

    def text(self, name: str) -> str | None:
        """Return a value, or None when it is not given; an empty one is refused."""
        values = self._query.get(name)
        if values is None:
            return None
        if not values[0]:
            raise BadRequestError(name, "", f"The `{name}` query parameter can not be empty")
        return values[0]

    def required(self, name: str) -> str:
        """Return a value that must be there."""
        value = self.text(name)
        if value is None:
            raise BadRequestError(name, "", f"The `{name}` query parameter can not be empty")
        return value

    def whole(self, name: str, low: int, high: int, default: int) -> int:
        """Return a number between two bounds, both inclusive."""
        value = self.text(name)
        if value is None:
            return default
        message = f"The `{name}` query parameter value [{value}] is not between {low} and {high}"
        if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
            raise BadRequestError(name, value, message)
        return int(value)

    def identity(self, name: str) -> int | None:
        """Return an id of 1 to 19 digits."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"[0-9]{1,19}", value):
            message = f"The `{name}` query parameter value [{value}] is not valid"
            raise BadRequestError(name, value, message)
        return int(value)

    def moment(self, name: str) -> datetime | None:
        """Return a time `YYYY-MM-DDTHH:mm:ssZ`, milliseconds optional."""
        value = self.text(name)
        if value is None:
            return None
        message = f"Invalid '{name}':'{value}'. Expected format: YYYY-MM-DDTHH:mm:ssZ"
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z", value):
            raise BadRequestError(name, value, message)
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except ValueError as exc:
            raise BadRequestError(name, value, message) from exc

    def choices(self, name: str, allowed: Iterable[str]) -> frozenset[str]:
        """Return the comma-separated values, all of them among `allowed`."""
        value = self.text(name)
        if value is None:
            return frozenset()
        chosen = value.split(",")
        known = set(allowed)
        for item in chosen:
            if item not in known:
                raise BadRequestError(
                    name,
                    item,
                    f"The `{name}` query parameter value [{item}] is not one of "
                    f"[{','.join(sorted(known))}]",
                )
        return frozenset(chosen)


@dataclass(frozen=True, slots=True)
class Window:
    """Bounds of a timeline: ids exclusive, start inclusive, end exclusive."""

    since_id: int | None
    until_id: int | None
    start: datetime | None
    end: datetime | None


PAGE_PARAMETERS = ("max_results", "start_time", "end_time", "since_id", "until_id", "expansions")


def page_names(dialect: Dialect) -> tuple[str, ...]:
    """Return the names of the parameters that every page of posts takes in a dialect."""
    return (*PAGE_PARAMETERS, dialect.fields, "user.fields", *_ANY_OBJECT_FIELDS)


def post_fields(dialect: Dialect) -> frozenset[str]:
    """Return the names that the field parameter of a dialect takes."""
    return _COMMON_FIELDS | {dialect.referenced, dialect.note, dialect.history}


def read_asked(given: Parameters, dialect: Dialect) -> Asked:
    """Return the fields and expansions of a page of posts."""
    fields = set(given.choices(dialect.fields, post_fields(dialect)))
    expansions = given.choices("expansions", _COMMON_EXPANSIONS | dialect.expansions)
    # X adds the field that an expansion hangs on without being asked.
    if "author_id" in expansions:
        fields.add("author_id")
    if "in_reply_to_user_id" in expansions:
        fields.add("in_reply_to_user_id")
    if any(expansion.startswith(dialect.referenced) for expansion in expansions):
        fields.add(dialect.referenced)
    return Asked(
        fields=frozenset(fields),
        user_fields=given.choices("user.fields", USER_FIELDS),
        expansions=expansions,
    )


def read_window(given: Parameters, now: datetime) -> Window:
    """Return the bounds; `since_id` wins over `start_time`, as X says of itself."""
    start, end = given.moment("start_time"), given.moment("end_time")
    since_id, until_id = given.identity("since_id"), given.identity("until_id")
    if end is not None and end > now - timedelta(seconds=10):
        raise BadRequestError(
            "end_time",
            given.required("end_time"),
            "Invalid 'end_time'. 'end_time' must be a minimum of 10 seconds prior to the "
            "request time.",
        )
    if start is not None and end is not None and start >= end:
        raise BadRequestError(
            "start_time",
            given.required("start_time"),
            "Invalid 'start_time'. 'start_time' must be before 'end_time'.",
        )
    if start is not None and start > now:
        raise BadRequestError(
            "start_time",
            given.required("start_time"),
            "Invalid 'start_time'. 'start_time' must be before the request time.",
        )
    return Window(since_id, until_id, None if since_id is not None else start, end)
