"""X's search language, the part that a city needs, as a test of one post.

Operators: docs.x.com/x-api/posts/search/integrate/operators (2026). AND is a space and binds
stronger than OR; `-` negates an operator or a group.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tanggap.simulator.world import Post, Version
from tanggap.simulator.x.problems import BadRequestError

MAX_CHARACTERS = 512
Match = Callable[[Post, Version], bool]

_TOKEN = re.compile(r'\s*(-?\(|\)|-?"[^"]*"|[^\s()"]+(?:"[^"]*")?)')
_WORD = re.compile(r"\w+")
_IS = frozenset({"retweet", "reply", "quote", "verified"})
_DEPENDENT = ("is", "has", "lang")
"""Operators that may not stand alone in a query."""


@dataclass(frozen=True, slots=True)
class _Part:
    match: Match
    alone: bool
    """Whether a query may consist of this alone."""


def parse_query(query: str) -> Match:
    """Return the test that a search query describes; raise BadRequestError as X would."""
    if len(query) > MAX_CHARACTERS:
        raise BadRequestError(
            "query",
            query,
            f"The `query` query parameter value is longer than {MAX_CHARACTERS} characters",
        )
    reader = _Reader(query)
    part = reader.either()
    if reader.ahead is not None:
        raise reader.refuse(f"no viable alternative at input '{reader.ahead}'")
    if not part.alone:
        raise reader.refuse(
            "Rule must contain at least one positive, non-stopword clause (an operator such as "
            "is:, has: or lang:, or a negation, cannot stand alone)"
        )
    return part.match


class _Reader:
    def __init__(self, query: str) -> None:
        self._query = query
        self._tokens: Iterator[str] = self._split()
        self.ahead: str | None = next(self._tokens, None)

    def refuse(self, reason: str) -> BadRequestError:
        message = f"There were errors processing your request: {reason}"
        return BadRequestError("query", self._query, message)

    def either(self) -> _Part:
        parts = [self._both()]
        while self.ahead == "OR":
            self._take()
            parts.append(self._both())
        if len(parts) == 1:
            return parts[0]
        return _Part(
            lambda post, version: any(part.match(post, version) for part in parts),
            all(part.alone for part in parts),
        )

    def _both(self) -> _Part:
        parts = [self._one()]
        while self.ahead not in (None, "OR", ")"):
            parts.append(self._one())
        if len(parts) == 1:
            return parts[0]
        return _Part(
            lambda post, version: all(part.match(post, version) for part in parts),
            any(part.alone for part in parts),
        )

    def _one(self) -> _Part:
        token = self._take()
        if token in ("(", "-("):
            part = self.either()
            if self.ahead != ")":
                raise self.refuse("missing ')' at '<EOF>'")
            self._take()
            return _negated(part) if token == "-(" else part  # noqa: S105 - a bracket
        if token in (")", "OR"):
            raise self.refuse(f"no viable alternative at input '{token}'")
        if token.startswith("-") and len(token) > 1:
            return _negated(self._operator(token[1:]))
        return self._operator(token)

    def _operator(self, token: str) -> _Part:
        name, colon, value = token.partition(":")
        if not colon or token.startswith('"') or not name.replace("_", "").isalpha():
            return _Part(self._words(token), alone=True)
        value = value.strip('"')
        if not value:
            raise self.refuse(f"missing value for operator '{name}'")
        match = self._named(name.lower(), value)
        return _Part(match, alone=name.lower() not in _DEPENDENT)

    def _words(self, token: str) -> Match:
        if token.startswith("@"):
            handle = token[1:].lower()
            return lambda _post, version: handle in version.handles
        if token.startswith("#"):
            tag = re.compile(rf"(?<!\w){re.escape(token)}(?!\w)", re.IGNORECASE)
            return lambda _post, version: tag.search(version.text) is not None
        wanted = _WORD.findall(token.lower())
        if not wanted:
            raise self.refuse(f"no viable alternative at input '{token}'")
        size = len(wanted)

        def matches(post: Post, version: Version) -> bool:
            # Keyword search no longer returns reposts (docs.x.com/changelog, 4 May 2026).
            if post.kind == "repost":
                return False
            words = _WORD.findall(version.text.lower())
            return any(words[i : i + size] == wanted for i in range(len(words) - size + 1))

        return matches

    def _named(self, name: str, value: str) -> Match:
        lower = value.lower().removeprefix("@")
        if name == "from":
            return lambda post, _: lower in (post.author.handle.lower(), post.author.id)
        if name == "to":
            return lambda post, _: (
                post.kind == "reply"
                and post.parent is not None
                and lower in (post.parent.author.handle.lower(), post.parent.author.id)
            )
        if name == "conversation_id":
            return lambda post, _: str(post.root.id) == value
        if name == "in_reply_to_tweet_id":
            return lambda post, _: (
                post.kind == "reply" and post.parent is not None and str(post.parent.id) == value
            )
        if name == "lang":
            return lambda _post, _version: lower == "in"
        if name == "has" and lower in ("mentions", "hashtags", "links", "media", "images"):
            sign = {"mentions": "@", "hashtags": "#", "links": "http"}.get(lower)
            return lambda _post, version: sign is not None and sign in version.text
        if name == "is" and lower in _IS:
            kind = {"retweet": "repost"}.get(lower, lower)
            return lambda post, _: post.kind == kind
        raise self.refuse(f"Reference to invalid operator '{name}:{value}'")

    def _take(self) -> str:
        token = self.ahead
        if token is None:
            raise self.refuse("missing EXPRESSION at '<EOF>'")
        self.ahead = next(self._tokens, None)
        return token

    def _split(self) -> Iterator[str]:
        position = 0
        end = len(self._query.rstrip())
        while position < end:
            found = _TOKEN.match(self._query, position)
            if found is None:
                raise self.refuse(f"mismatched character at position {position}")
            yield found.group(1)
            position = found.end()


def _negated(part: _Part) -> _Part:
    return _Part(lambda post, version: not part.match(post, version), alone=False)
