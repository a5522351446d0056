"""/antrean/ekspor: the list on the screen as a file, written down; /ekspor: who took what."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tanggap import export
from tanggap.language import gettext as _
from tanggap.store.rows import User
from tanggap.web import words
from tanggap.web.auth import Overseer, Reader
from tanggap.web.captions import Captions
from tanggap.web.desk import Desk
from tanggap.web.lists import Wanted, wanted_in
from tanggap.wording import number

ITEMS_AT_MOST = 50_000
"""More would keep a worker of the desk busy for minutes; the terminal has no such bound."""
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def routes(desk: Desk) -> APIRouter:
    """Return the routes of exports."""
    router = APIRouter()

    @router.post("/antrean/ekspor")
    def take(
        request: Request,
        user: Reader,
        bentuk: Annotated[str, Form()] = "",
        daftar: Annotated[str, Form(max_length=2000)] = "",
        rahasia: Annotated[str, Form()] = "",
    ) -> Response:
        asked = wanted_in(desk, daftar)
        if bentuk not in MEDIA_TYPES:
            return _refused(desk, request, asked, words.EXPORT_PROBLEMS["form"])
        found = desk.store.count(user.scope, asked.filter, cap=ITEMS_AT_MOST)
        if found > ITEMS_AT_MOST:
            many = words.EXPORT_PROBLEMS["many"]
            problem = _(many).format(number(ITEMS_AT_MOST))
            return _refused(desk, request, asked, problem)
        confidential = rahasia == "1" and user.role == "supervisor"
        return _file(desk, user, asked, bentuk, confidential=confidential)

    @router.get("/ekspor")
    def log_page(request: Request, _: Overseer) -> Response:
        return desk.page(request, "exports.html", exports=desk.store.exports())

    return router


def _refused(desk: Desk, request: Request, asked: Wanted, problem: str) -> Response:
    return desk.page(
        request, "export_refused.html", status=422, problem=problem, back=asked.query()
    )


def _file(desk: Desk, user: User, asked: Wanted, form: str, *, confidential: bool) -> Response:
    """Return the file; it is written down before it leaves.

    Confidential items are in it only where a supervisor asked for them.
    """
    now = desk.now()
    found = desk.store.export(user.scope, asked.filter, confidential=confidential)
    rows = [export.as_row(item) for item in found]
    if form == "xlsx":
        called = Captions(desk.config.city.name, desk.config.policy).of
        body = export.as_xlsx(rows, ZoneInfo(desk.config.city.timezone), now, called)
    else:
        body = export.as_csv(rows) if form == "csv" else export.as_json(rows)
    query = asked.query(rahasia="1") if confidential else asked.query()
    desk.store.note_export(user.name, form, query, len(rows), now)
    name = f"aduan-{now.astimezone(ZoneInfo(desk.config.city.timezone)):%Y-%m-%d-%H%M}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=MEDIA_TYPES[form], headers=headers)
