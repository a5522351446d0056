"""Reads what a Graph request asks for: nested fields, and the parameters of a list.

Grammar of `fields` (developers.facebook.com/docs/graph-api/guides/field-expansion, 2026):
`name`, `name{inner}`, `name.modifier(value).modifier(value){inner}`, separated by commas.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

from tanggap.simulator.graph.errors import GraphError, bad_parameter

Order = Literal["chronological", "reverse_chronological", "ranked"]
_NAME = re.compile(r"[a-z][a-z0-9_]*", re.IGNORECASE)
_MODIFIER = re.compile(r"\.([a-z_]+)\(([^()]*)\)")
_DEPTH = 8
"""More braces within each other than anybody needs."""
_WHOLE = re.compile(r"-?[0-9]{1,12}")
MODIFIERS = frozenset({"limit", "filter", "order", "summary", "after", "before", "since", "until"})


@dataclass(frozen=True, slots=True)
class Field:
    """One name of a `fields` list, with its modifiers and what is wanted inside of it."""

    name: str
    modifiers: Mapping[str, str] = field(default_factory=dict)
    inner: "tuple[Field, ...] | None" = None
    source: str = ""
    """The inside of the braces as it was written, for the address of the next page."""


@lru_cache(maxsize=512)
def read_fields(text: str) -> tuple[Field, ...]:
    """Return the fields that a text names; raises GraphError 2500 where it cannot be read."""
    reader = _Reader(text)
    fields = reader.list(depth=0)
    if reader.position < len(text):
        raise reader.refuse("Expected end of string")
    return fields


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self.position = 0

    def list(self, depth: int) -> tuple[Field, ...]:
        """Read names up to the closing brace or the end."""
        if depth > _DEPTH:
            raise self.refuse("Fields are nested too deeply")
        fields = [self._one(depth)]
        while self._at(","):
            self.position += 1
            fields.append(self._one(depth))
        return tuple(fields)

    def _one(self, depth: int) -> Field:
        found = _NAME.match(self._text, self.position)
        if found is None:
            raise self.refuse("Expected name")
        self.position = found.end()
        modifiers: dict[str, str] = {}
        while self._at("."):
            modifier = _MODIFIER.match(self._text, self.position)
            if modifier is None:
                raise self.refuse("Expected modifier")
            if modifier[1] not in MODIFIERS:
                raise self.refuse(f"Unknown modifier {modifier[1]}")
            modifiers[modifier[1]] = modifier[2]
            self.position = modifier.end()
        if not self._at("{"):
            return Field(found[0], modifiers)
        start = self.position + 1
        self.position = start
        inner = self.list(depth + 1)
        if not self._at("}"):
            raise self.refuse('Expected "}"')
        source = self._text[start : self.position]
        self.position += 1
        return Field(found[0], modifiers, inner, source)

    def _at(self, mark: str) -> bool:
        return self._text.startswith(mark, self.position)

    def refuse(self, what: str) -> GraphError:
        """Return the error that says where reading stopped."""
        place = f"at character {self.position}: {self._text[:200]}"
        return GraphError(2500, f'Syntax error "{what}." {place}')


@dataclass(frozen=True, slots=True)
class Listing:
    """What a request wants of a list. `limit` is None when it names none."""

    limit: int | None = None
    after: str = ""
    before: str = ""
    since: datetime | None = None
    until: datetime | None = None
    filter: Literal["toplevel", "stream"] = "toplevel"
    order: Order | None = None
    summary: frozenset[str] = frozenset()
    """`total_count` and others, or `true` for all."""


def read_listing(given: Mapping[str, str]) -> Listing:
    """Return the parameters of a list; raises GraphError 100 for values that are none.

    What a list does not know is passed over, as the service does: a misspelt `since` filters
    nothing.
    """
    chosen = given.get("filter", "toplevel")
    if chosen not in ("toplevel", "stream"):
        raise bad_parameter("Param filter must be one of {TOPLEVEL, STREAM}")
    order = given.get("order")
    if order not in (None, "chronological", "reverse_chronological", "ranked"):
        raise bad_parameter("Param order must be one of {CHRONOLOGICAL, REVERSE_CHRONOLOGICAL}")
    summary = given.get("summary", "")
    return Listing(
        limit=_limit(given.get("limit")),
        after=given.get("after", ""),
        before=given.get("before", ""),
        since=_moment("since", given.get("since")),
        until=_moment("until", given.get("until")),
        filter="stream" if chosen == "stream" else "toplevel",
        order=order,  # type: ignore[arg-type]  # one of the names tested above
        summary=frozenset() if summary in ("", "0", "false") else frozenset(summary.split(",")),
    )


def _limit(value: str | None) -> int | None:
    if value is None or value == "":
        return None
    if not _WHOLE.fullmatch(value) or int(value) < 0:
        raise bad_parameter("Param limit must be a non-negative integer")
    return int(value)


def _moment(name: str, value: str | None) -> datetime | None:
    """Read Unix seconds or an ISO 8601 time; one without a zone is taken as UTC."""
    if not value:
        return None
    try:
        if _WHOLE.fullmatch(value):
            return datetime.fromtimestamp(int(value), UTC)
        moment = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError) as exc:
        raise bad_parameter(f"Param {name} must be a valid date/time") from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
