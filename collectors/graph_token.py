"""The daily check of the install's Meta token: whether it works, until when, and what it may do.

developers.facebook.com/docs/graph-api/reference/debug_token (2026).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.graph import GraphClient
from collectors.graph_errors import META, Asker
from collectors.wire import as_dict, as_list
from tanggap.config import Config
from tanggap.errors import NotAuthorised, Unavailable
from tanggap.mention import Cursor, Page, SourceSpec
from tanggap.networks import TOKEN_WARN_DAYS

SOURCE = "meta:token"
_EVERY_SECONDS = 86_400
_NEEDED: Mapping[str, frozenset[str]] = {
    "facebook": frozenset({"pages_show_list", "pages_read_engagement", "pages_read_user_content"}),
    "instagram": frozenset(
        {"pages_show_list", "pages_read_engagement", "instagram_basic", "instagram_manage_comments"}
    ),
}
"""Permissions per network (pages of the endpoints used, August 2026)."""
_MISSING = {"facebook": "scopes_missing_facebook", "instagram": "scopes_missing_instagram"}


def token_source(network: str) -> SourceSpec:
    """Return the source that checks the token, on behalf of one of the two networks."""
    return SourceSpec(
        id=SOURCE,
        network=network,
        kind="token",
        accounts=(),
        handle="token Meta",
        poll_seconds=_EVERY_SECONDS,
    )


class TokenCollector:
    """Asks about the token; its pages carry no mentions."""

    def __init__(self, config: Config, client: GraphClient) -> None:
        self._config = config
        self._client = client

    def close(self) -> None:
        """Abandon a request under way; safe from any thread."""
        self._client.close()

    def fetch(self, cursor: Cursor | None, *, allowance: int | None) -> Page:
        """Return a page with the token's end; raise NotAuthorised when it does not work."""
        config, now = self._config, self._config.clock.now()
        token = config.meta_token.get_secret_value()
        secret = config.meta_app_secret.get_secret_value()
        by = f"{config.meta.app_id}|{secret}" if config.meta.app_id and secret else token
        answer = self._client.get("debug_token", {"input_token": token}, by, Asker(SOURCE, META))
        about = answer.body.get("data")
        if not isinstance(about, dict) or not isinstance(about.get("is_valid"), bool):
            raise Unavailable("answer_incomplete", SOURCE, "no data about the token")
        if not about["is_valid"]:
            subcode = as_dict(about.get("error")).get("subcode")
            raise NotAuthorised("meta_token", META, f"not valid, subcode {_whole(subcode)}")
        ends = token_end(about)
        soon = ends is not None and ends <= now + timedelta(days=TOKEN_WARN_DAYS)
        notices = ["token_ends_soon"] if soon else []
        notices += self._missing(about)
        return Page(
            mentions=(),
            next_cursor=Cursor('{"version":1}'),
            notices=(*notices, *answer.notices),
            wait=answer.wait,
            stretch=answer.stretch,
            token_ends_at=ends,
        )

    def _missing(self, about: Mapping[str, Any]) -> list[str]:
        if not isinstance(about.get("scopes"), list):
            return []
        held = {str(scope) for scope in about["scopes"]}
        held |= {
            str(as_dict(entry).get("scope")) for entry in as_list(about.get("granular_scopes"))
        }
        on = {
            "facebook": self._config.facebook.enabled,
            "instagram": self._config.instagram.enabled,
        }
        return [_MISSING[name] for name in on if on[name] and not held >= _NEEDED[name]]


def token_end(about: Mapping[str, Any]) -> datetime | None:
    """Return when the right to read ends: the token's own end or that of the access to data.

    None: never, or Meta did not say. Zero stands for never.
    """
    ends = [_whole(about.get(name)) for name in ("expires_at", "data_access_expires_at")]
    return min((datetime.fromtimestamp(end, UTC) for end in ends if end), default=None)


def _whole(value: object) -> int:
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**33
    return int(value) if usable and isinstance(value, int) else 0
