"""/antrean: the shared queue in lists, with filters, pages by key, and live counts."""

import hashlib
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from tanggap.clock import from_text, to_text
from tanggap.language import present
from tanggap.mention import STATUSES
from tanggap.store.rows import Item, User
from tanggap.web import words
from tanggap.web.auth import Reader, ReaderPage
from tanggap.web.choices import of_list
from tanggap.web.desk import Desk
from tanggap.web.incident_part import current_surges
from tanggap.web.lists import LISTS, Wanted, asked
from tanggap.web.show import COUNT_CAP, counted

PAGE_SIZE = 25
NEW_LOOKED_AT = 100
"""How many of the newest items are compared with what a page shows, for "N baru"."""
DENSITY = "tanggap-kerapatan"
"""The cookie by which a browser remembers how close the rows stand; its script writes it."""
SHORT_WORDS = 12
"""So few words say little without the post that they answer; it is shown with them."""

Key = tuple[datetime, int]


Asked = Annotated[Wanted, Depends(asked)]


def key_text(item: Item) -> str:
    """Return an item's place in the list as it stands in an address."""
    return f"{to_text(item.mention.posted_at)}_{item.id}"


def read_key(text: str) -> Key | None:
    """Read what `key_text` wrote; None for anything else."""
    moment, _, number = text.rpartition("_")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    try:
        return from_text(moment), int(number)
    except (ValueError, OverflowError):
        return None


def _key(item: Item) -> Key:
    return item.mention.posted_at, item.id


def opd_choices(desk: Desk, user: User) -> list[str]:
    """Return the OPD that a person may narrow the list to."""
    if user.scope.everything:
        return list(desk.config.policy.opd)
    return [opd for opd in desk.config.policy.opd if opd in user.opds]


def tab_counts(desk: Desk, user: User, wanted: Wanted) -> dict[str, str]:
    """Return how many items each list has under the present filters, capped."""
    # Those that differ in tab and status alone are counted together.
    alike = [name for name, rule in LISTS.items() if not rule.late]
    numbers = desk.store.counts(user.scope, [wanted.of(name) for name in alike], cap=COUNT_CAP)
    found = dict(zip(alike, numbers, strict=True))
    for name in LISTS:
        if name not in found:
            [found[name]] = desk.store.counts(user.scope, [wanted.of(name)], cap=COUNT_CAP)
    return {name: counted(found[name]) for name in LISTS}


def _list_context(desk: Desk, user: User, wanted: Wanted, after: str) -> dict[str, Any]:
    found = desk.store.items(user.scope, wanted.filter, after=read_key(after), limit=PAGE_SIZE + 1)
    items = found[:PAGE_SIZE]
    # Looked up on every page of the list, so that "N baru" counts from the top of the list.
    top = items if not after else desk.store.items(user.scope, wanted.filter, limit=1)
    return {
        "wanted": wanted,
        "items": items,
        "next_key": key_text(items[-1]) if len(found) > PAGE_SIZE else "",
        "here": wanted.query(setelah=after if read_key(after) else ""),
        "first_page": read_key(after) is None,
        "top_key": key_text(top[0]) if top else "",
        "counts": tab_counts(desk, user, wanted),
        "lists": words.LISTS,
        "statuses": LISTS[wanted.list].statuses or STATUSES,
        "views": desk.store.views(user.name),
        "short_words": SHORT_WORDS,
        "opd_choices": opd_choices(desk, user),
        **of_list(desk, user, items),
        "incidents": desk.store.incidents_of([item.id for item in items]),
        "open_incidents": desk.store.count_incidents(user.scope, "open"),
        "surges": [] if after or wanted.narrowed else current_surges(desk, user),
    }


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the list."""
    router = APIRouter()

    @router.get("/")
    def home(_: Reader) -> Response:
        return RedirectResponse("/antrean", 303)

    @router.get("/antrean")
    def queue_page(
        request: Request,
        user: Reader,
        wanted: Asked,
        setelah: str = "",
        no: str = "",
        jumlah: str = "",
    ) -> Response:
        context = _list_context(desk, user, wanted, setelah)
        return desk.page(
            request,
            "queue.html",
            done_id=no if no.isdecimal() else "",
            done_many=jumlah if jumlah.isdecimal() and len(jumlah) < 5 else "",
            compact=request.cookies.get(DENSITY) == "rapat",
            **context,
        )

    @router.get("/antrean/hitung")
    def live_counts(request: Request, user: ReaderPage, wanted: Asked, atas: str = "") -> Response:
        changed = desk.store.changed_at(user.scope)
        edges = f"{wanted.filter.since}|{wanted.filter.before}"
        seen = f"{changed}|{user.name}|{present()}|{wanted.query()}|{edges}|{atas}"
        tag = f'"{hashlib.sha256(seen.encode()).hexdigest()[:24]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        top = read_key(atas)
        newest = desk.store.items(user.scope, wanted.filter, limit=NEW_LOOKED_AT)
        new = sum(1 for item in newest if top is None or _key(item) > top)
        body = {
            "tabs": tab_counts(desk, user, wanted),
            "baru": f"{new}+" if new == NEW_LOOKED_AT else str(new),
        }
        return JSONResponse(body, headers=headers)

    return router
