"""/pemberitahuan: how the channels of notices are doing, what waits, was sent or is dead, and why.

Never an address: the desk does not know any.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from tanggap.notice_settings import not_taken
from tanggap.notice_words import CODES, KINDS
from tanggap.store.rows_outbox import NEEDS_PERSON
from tanggap.web import words
from tanggap.web.auth import Supervisor
from tanggap.web.desk import Desk

LISTED = 100
SENT_SHOWN = 20
NoticeId = Annotated[str, Form(alias="nomor", max_length=40)]
"""Of one notice; empty: all that were given up."""


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the page of notices."""
    router = APIRouter(prefix="/pemberitahuan")

    @router.get("")
    def notices_page(request: Request, _: Supervisor) -> Response:
        return _page(desk, request)

    @router.post("/coba")
    def retry(request: Request, _: Supervisor, nomor: NoticeId = "") -> Response:
        if nomor and not desk.store.retry_notices(nomor, desk.now()):
            return _gone(desk, request)
        if not nomor:
            desk.store.retry_notices(None, desk.now())
        return RedirectResponse("/pemberitahuan?pesan=coba_lagi", 303)

    @router.post("/hapus")
    def drop(request: Request, _: Supervisor, nomor: NoticeId = "") -> Response:
        if nomor and not desk.store.drop_notices(nomor, desk.now()):
            return _gone(desk, request)
        if not nomor:
            desk.store.drop_notices(None, desk.now())
        return RedirectResponse("/pemberitahuan?pesan=hapus_notis", 303)

    return router


def _gone(desk: Desk, request: Request) -> Response:
    return _page(desk, request, status=422, problem=words.PROBLEMS["notice_gone"])


def _page(desk: Desk, request: Request, *, status: int = 200, problem: str = "") -> Response:
    store, now = desk.store, desk.now()
    channels = store.notice_channels(now)
    dead = store.notices("dead", LISTED)
    return desk.page(
        request,
        "notices.html",
        status=status,
        problem=problem,
        now=now,
        codes=CODES,
        kinds=KINDS,
        configured=[one.id for one in desk.config.notices],
        not_taken=not_taken(desk.config.notices, [one.channel.id for one in channels]),
        channels=channels,
        waiting=store.notices("waiting", LISTED),
        waiting_in_all=sum(one.waiting for one in channels),
        given_up=[one for one in dead if one.code in NEEDS_PERSON],
        given_up_in_all=sum(one.dead for one in channels),
        ended=[one for one in dead if one.code not in NEEDS_PERSON],
        sent=store.notices("sent", SENT_SHOWN),
    )
