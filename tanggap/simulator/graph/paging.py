"""Cuts a list into the pages that the Graph API would show: rarely all of them full.

Facts: developers.facebook.com/docs/graph-api/results (2026): a page may hold less than `limit`
or nothing and still have a next one; only a missing `next` is the end; a cursor dies with its item.
"""

import base64
import binascii
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from tanggap.simulator.graph.errors import bad_parameter
from tanggap.simulator.graph.params import Listing
from tanggap.simulator.world import Post

_PLAIN, _AGAIN, _PASSED = 0, 1, 2
"""How the page after a cursor begins: as it should, with the item again, after an empty page."""
_EMPTY, _SHORT, _OVERLAPPING = 17, 6, 7
"""About one page in so many is empty, is short, or begins with the last item of the one before."""


@dataclass
class PagingHabits:
    """What a test may switch off."""

    short_pages: bool = True
    """Some pages are short or empty although more follows."""
    overlapping_pages: bool = True
    """Some pages begin with the last item of the page before."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of a list. A cursor is empty where there is none."""

    posts: list[Post]
    before: str = ""
    after: str = ""
    more: bool = False
    """Whether `next` is to be shown; the page behind it may be empty."""


def cut(
    posts: list[Post],
    listing: Listing,
    size: int,
    scope: str,
    habits: PagingHabits,
    *,
    kept: Callable[[Post], bool] | None = None,
    nested: bool = False,
) -> Slice:
    """Return the page of `posts` (in their order) that a request asks for.

    `kept` filters by time; a cursor may stand on an item that it leaves out. Raises GraphError
    100 for a cursor whose item is not in `posts`, or that was made for another list.
    """
    if listing.before:
        return _preceding(posts, listing.before, size, scope)
    last, flag = _read_cursor(listing.after, scope) if listing.after else (0, _PLAIN)
    start = _position(posts, last) + 1 if last else 0
    rest = [post for post in posts[start:] if kept is None or kept(post)]
    if not size:
        return Slice([])
    repeated = posts[start - 1 : start] if flag == _AGAIN and size > 1 else []
    take = size - len(repeated)
    drawn = zlib.crc32(f"{scope} {last or (posts[0].id if posts else 0)}".encode())
    if len(rest) > take and habits.short_pages:
        if drawn % _EMPTY == 1 and flag != _PASSED and not nested:
            cursor = _write_cursor(scope, last, _PASSED)
            return Slice([], cursor, cursor, more=True)
        if drawn % _SHORT == 1:
            take = max(1, take // 2)
    shown = [*repeated, *rest[:take]]
    if not shown:
        return Slice([])
    again = habits.overlapping_pages and zlib.crc32(str(shown[-1].id).encode()) % _OVERLAPPING == 0
    full = len(shown) == size and drawn % 2 == 0 and habits.short_pages
    return Slice(
        shown,
        _write_cursor(scope, shown[0].id, _PLAIN),
        _write_cursor(scope, shown[-1].id, _AGAIN if again and len(rest) > take else _PLAIN),
        more=len(rest) > take or full,
    )


def same_page_cursor(after: str, scope: str) -> str:
    """Return a cursor that leads to the page that a request with `after` gets."""
    last = _read_cursor(after, scope)[0] if after else 0
    return _write_cursor(scope, last, _PASSED)


def _preceding(posts: list[Post], cursor: str, size: int, scope: str) -> Slice:
    first, _ = _read_cursor(cursor, scope)
    end = _position(posts, first) if first else 0
    shown = posts[max(0, end - size) : end]
    if not shown:
        return Slice([])
    ends = [_write_cursor(scope, post.id, _PLAIN) for post in (shown[0], shown[-1])]
    return Slice(shown, ends[0], ends[1], more=True)


def _position(posts: list[Post], identity: int) -> int:
    for position, post in enumerate(posts):
        if post.id == identity:
            return position
    raise _invalid()


def _write_cursor(scope: str, identity: int, flag: int) -> str:
    data = f"{zlib.crc32(scope.encode()):08x}:{identity}:{flag}".encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _read_cursor(cursor: str, scope: str) -> tuple[int, int]:
    try:
        data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        made_for, identity, flag = data.split(":")
        if made_for == f"{zlib.crc32(scope.encode()):08x}":
            return int(identity), int(flag)
    except (ValueError, binascii.Error):
        pass
    raise _invalid()


def _invalid() -> Exception:
    return bad_parameter("Invalid cursor: The item that it was made for is not available")
