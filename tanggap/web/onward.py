"""Where an act leads: on to the next item of the list it came from, or back to that list."""

from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

from tanggap.store.rows import Item, User
from tanggap.web.auth import local_path
from tanggap.web.desk import Desk
from tanggap.web.lists import wanted_in
from tanggap.web.queue_page import PAGE_SIZE, read_key

COOKIE = "tanggap-lanjut"
"""Set to OFF in the browser of a person who does not want the next item to open by itself."""
OFF = "mati"
QUERY_AT_MOST = 1000


def goes_on(request: Request) -> bool:
    """Whether the next item opens by itself after an act, as this browser asks."""
    return request.cookies.get(COOKIE) != OFF


def list_query(desk: Desk, came_from: str) -> str:
    """Return the query of the list that an address or a form names, in our own words.

    Empty for none: what is not known there is left out.
    """
    if not came_from or len(came_from) > QUERY_AT_MOST:
        return ""
    after = dict(parse_qsl(came_from)).get("setelah", "")
    return wanted_in(desk, came_from).query(setelah=after if read_key(after) else "")


def next_item(
    desk: Desk, user: User, item: Item, came_from: str, *, waiting: bool = False
) -> int | None:
    """Return the item that stands behind `item` in the list it came from; None at its end.

    With `waiting` the first of the following ones that nobody has decided about yet and nobody
    else is at, if there is one near.
    """
    found = desk.store.items(
        user.scope,
        wanted_in(desk, came_from).filter,
        after=(item.mention.posted_at, item.id),
        limit=PAGE_SIZE if waiting else 1,
    )
    if waiting:
        taken = desk.store.in_hand([one.id for one in found], user.name, desk.now())
        free = [one for one in found if one.id not in taken]
        undecided = [one for one in free if one.decided_by == "mesin" and one.status == "baru"]
        found = undecided or free
    return found[0].id if found else None


def item_address(number: int, came_from: str, **said: str) -> str:
    """Return an item's address that still knows its list, with what has been done."""
    query = urlencode({"dari": came_from} if came_from else {}) + (
        "&" if came_from and said else ""
    )
    query += urlencode(said)
    return f"/aduan/{number}?{query}" if query else f"/aduan/{number}"


def list_address(back: str, **said: str) -> str:
    """Return the list that `back` names (a path, or nothing) with what has been done."""
    path = local_path(back, "")
    told = urlencode(said)
    if path.startswith("/antrean?"):
        return f"{path}&{told}" if told else path
    return f"/antrean?{told}" if told else "/antrean"
