"""Pages of Instagram's lists: cut by a cursor that names the last item shown, not a number."""

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from tanggap.simulator.world import Post

LOOP_CURSOR = "QVFEbG9vcA"
"""A cursor that faults hand out; it leads to the first page."""
_OVERLAPPING = 7
"""About one page in so many begins with the last item of the page before."""


class BadCursorError(Exception):
    """A cursor that this list did not hand out."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One page."""

    posts: Sequence[Post]
    end_cursor: str | None
    """Leads to the next page; None on the last."""

    @property
    def page_info(self) -> dict[str, object]:
        """The GraphQL form."""
        return {
            "has_next_page": self.end_cursor is not None,
            "end_cursor": self.end_cursor,
            "has_previous_page": False,
            "start_cursor": None,
        }


def cut(
    posts: Sequence[Post], size: int, cursor: object, scope: str, *, overlapping: bool = True
) -> Shown:
    """Return the page after `cursor` of a list in its order; `scope` names the list.

    When the item that a cursor names has vanished, the page begins where it would have stood; at
    the start when in doubt: a repeat, never a gap. Raises BadCursorError.
    """
    start = _start(posts, cursor, scope)
    page = posts[start : start + size]
    if start + size >= len(posts):
        return Shown(page, None)
    last = page[-1]
    again = overlapping and size > 1 and zlib.crc32(str(last.id).encode()) % _OVERLAPPING == 0
    return Shown(page, _write(last.id, again, scope))


def _start(posts: Sequence[Post], cursor: object, scope: str) -> int:
    if cursor in (None, "", LOOP_CURSOR):
        return 0
    last, again = _read(cursor, scope)
    for position, post in enumerate(posts):
        if post.id == last:
            return position if again else position + 1
    if len(posts) < 2:
        return 0
    falling = posts[-2].id > posts[-1].id
    # The first item may be a pinned one, which stands out of order.
    for position, post in enumerate(posts[1:], start=1):
        if (post.id < last) == falling:
            return position if position > 1 else 0
    return 0


def _write(last: int, again: bool, scope: str) -> str:
    data = json.dumps([last, again, scope], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _read(cursor: object, scope: str) -> tuple[int, bool]:
    try:
        text = str(cursor)
        padded = text + "=" * (-len(text) % 4)
        last, again, made_for = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, TypeError, binascii.Error):
        made_for = None
    if made_for != scope:
        raise BadCursorError(scope)
    return int(last), bool(again)
