"""/antrean: the shared queue in four tabs, with filters, pages by key, and live counts."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from tanggap.clock import from_text, to_text
from tanggap.mention import STATUSES
from tanggap.sectors import SECTORS
from tanggap.store.rows import Item, ItemFilter, Tab, User
from tanggap.web.auth import Reader, ReaderPage
from tanggap.web.desk import Desk
from tanggap.web.show import COUNT_CAP, count
from tanggap.web.words import TABS

PAGE_SIZE = 25
NEW_LOOKED_AT = 100
"""How many of the newest items are compared with what a page shows, for "N baru"."""
TEXT_AT_MOST = 200
SHORT_WORDS = 12
"""So few words say little without the post that they answer; it is shown with them."""

Key = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The query of the list as the address line holds it; unknown values do not narrow."""

    filter: ItemFilter

    def query(self, **changes: str) -> str:
        """Return the query string of the same list with other values."""
        values = {
            "tab": self.filter.tab,
            "opd": self.filter.opd,
            "sektor": self.filter.sector,
            "jaringan": self.filter.network,
            "status": self.filter.status,
            "cari": self.filter.text,
        } | changes
        return urlencode({key: value for key, value in values.items() if value})

    @property
    def narrowed(self) -> int:
        """How many filters are in use, the tab not counted."""
        f = self.filter
        return sum(1 for value in (f.opd, f.sector, f.network, f.status, f.text) if value)


def _wanted(
    tab: str = "queue",
    opd: str = "",
    sektor: str = "",
    jaringan: str = "",
    status: str = "",
    cari: str = "",
) -> Wanted:
    known: Tab | Literal[""] = next((own for own in get_args(Tab) if own == tab), "queue")
    text = " ".join(
        "".join(character if character.isprintable() else " " for character in cari).split()
    )
    return Wanted(
        ItemFilter(
            tab=known,
            opd=opd,
            sector=sektor if sektor in SECTORS else "",
            network=jaringan,
            status=status if status in STATUSES else "",
            text=text[:TEXT_AT_MOST],
        )
    )


Asked = Annotated[Wanted, Depends(_wanted)]


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
    """Return each tab's counter under the present filters, capped."""
    return {
        tab: count(desk.store.count(user.scope, replace(wanted.filter, tab=tab), cap=COUNT_CAP))
        for tab in get_args(Tab)
    }


def _list_context(desk: Desk, user: User, asked: Wanted, after: str) -> dict[str, Any]:
    found = desk.store.items(user.scope, asked.filter, after=read_key(after), limit=PAGE_SIZE + 1)
    items = found[:PAGE_SIZE]
    # Looked up on every page of the list, so that "N baru" counts from the top of the list.
    top = items if not after else desk.store.items(user.scope, asked.filter, limit=1)
    return {
        "wanted": asked,
        "items": items,
        "next_key": key_text(items[-1]) if len(found) > PAGE_SIZE else "",
        "here": asked.query(setelah=after if read_key(after) else ""),
        "first_page": read_key(after) is None,
        "top_key": key_text(top[0]) if top else "",
        "counts": tab_counts(desk, user, asked),
        "tabs": TABS,
        "short_words": SHORT_WORDS,
        "opd_choices": opd_choices(desk, user),
    }


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the list."""
    router = APIRouter()

    @router.get("/")
    def home(_: Reader) -> Response:
        return RedirectResponse("/antrean", 303)

    @router.get("/antrean")
    def queue_page(
        request: Request, user: Reader, asked: Asked, setelah: str = "", no: str = ""
    ) -> Response:
        context = _list_context(desk, user, asked, setelah)
        return desk.page(request, "queue.html", done_id=no if no.isdecimal() else "", **context)

    @router.get("/antrean/hitung")
    def live_counts(request: Request, user: ReaderPage, asked: Asked, atas: str = "") -> Response:
        changed = desk.store.changed_at(user.scope)
        seen = f"{changed}|{user.name}|{asked.query()}|{atas}"
        tag = f'"{hashlib.sha256(seen.encode()).hexdigest()[:24]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        top = read_key(atas)
        newest = desk.store.items(user.scope, asked.filter, limit=NEW_LOOKED_AT)
        new = sum(1 for item in newest if top is None or _key(item) > top)
        body = {
            "tabs": tab_counts(desk, user, asked),
            "baru": f"{new}+" if new == NEW_LOOKED_AT else str(new),
        }
        return JSONResponse(body, headers=headers)

    return router
