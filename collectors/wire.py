"""What the wire formats of all networks have in common. Pure: no I/O, no clock."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tanggap.mention import Engagement

TEXT_LIMIT = 50_000
"""Characters kept of one text; X allows 25,000 in a long post, Facebook 63,206."""
RAW_LIMIT = 65_536
"""Characters kept of one item's JSON."""
REJECTED_LIMIT = 4_096

_HIGHEST_COUNT = 2**53
"""Whole numbers above that are no longer exact in JSON (RFC 8259, 6)."""

_UNSTORABLE = re.compile("[\ud800-\udfff\x00]")


class OddItem(ValueError):
    """An item that cannot become a Mention; the text says which part of it."""


@dataclass(frozen=True, slots=True)
class OwnAccounts:
    """The accounts of this install: lower-case handle and account id to OPD."""

    by_handle: Mapping[str, str]
    by_id: Mapping[str, str]


def own_accounts(ids: Mapping[str, str], *tables: Mapping[str, str]) -> OwnAccounts:
    """Return the accounts of the config's tables (OPD to handle).

    `ids` are lower-case handles with the ids that this network knows them by.
    """
    by_handle = {handle.lower(): opd for table in tables for opd, handle in table.items()}
    by_id = {ids[handle]: opd for handle, opd in by_handle.items() if handle in ids}
    return OwnAccounts(by_handle, by_id)


def clean(text: str) -> str:
    """Return the text with what neither UTF-8 nor SQLite can carry replaced, and bounded."""
    return _UNSTORABLE.sub("\ufffd", text)[:TEXT_LIMIT]


def text_revision(text: str) -> str:
    """Return the revision of a post on a network that gives its edits no id: `#` and a digest."""
    return "#" + hashlib.blake2s(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def raw_json(item: object) -> str:
    """Return the item as bounded JSON text; escapes keep what UTF-8 could not carry."""
    try:
        text = json.dumps(item, separators=(",", ":"))
    except RecursionError:
        return '{"omitted":"nested too deeply"}'
    return text if len(text) <= RAW_LIMIT else json.dumps({"omitted": len(text)})


def as_list(value: object) -> list[Any]:
    """Return a list as it is, anything else as an empty one."""
    return value if isinstance(value, list) else []


def as_dict(value: object) -> dict[str, Any]:
    """Return an object as it is, anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def count_of(value: object) -> int | None:
    """Return a count; None when it is missing, hidden (-1) or odd."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _HIGHEST_COUNT else None


def engagement_of(
    *, likes: object = None, comments: object = None, shares: object = None
) -> Engagement | None:
    """Return the counts that came with a post; None when not one of them is usable."""
    found = Engagement(count_of(likes), count_of(comments), count_of(shares))
    return None if found == Engagement() else found
