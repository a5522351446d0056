"""/antrean/tampilan: lists of the queue that a person keeps under a name."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from tanggap.errors import InputError
from tanggap.store.rows import User
from tanggap.store.rows_lists import VIEW_NAME_AT_MOST, VIEWS_AT_MOST
from tanggap.web.auth import Reader
from tanggap.web.desk import Desk
from tanggap.web.lists import wanted_in

ADDRESS = "/antrean/tampilan"
Text = Annotated[str, Form()]
Number = Annotated[int, Form(ge=1, le=2**63 - 1, alias="nomor")]


def routes(desk: Desk) -> APIRouter:
    """Return the routes of saved views."""
    router = APIRouter(prefix=ADDRESS)

    def page(request: Request, user: User, status: int = 200, **context: Any) -> Response:
        views = desk.store.views(user.name)
        said = {view.id: wanted_in(desk, view.query) for view in views}
        typed = {"problem": "", "kueri": "", "nama": "", "number": 0} | context
        return desk.page(
            request,
            "views.html",
            status=status,
            own=[view for view in views if view.own],
            others=[view for view in views if not view.own],
            said=said,
            may_share=_may_share(user),
            views_at_most=VIEWS_AT_MOST,
            name_at_most=VIEW_NAME_AT_MOST,
            **typed,
        )

    @router.get("")
    def views_page(request: Request, user: Reader) -> Response:
        return page(request, user)

    @router.post("")
    def save(
        request: Request, user: Reader, nama: Text = "", kueri: Text = "", bagikan: Text = ""
    ) -> Response:
        query = wanted_in(desk, kueri).query()
        shared = _shared(user, bagikan)
        try:
            desk.store.save_view(user.name, nama, query, shared, desk.now())
        except InputError as exc:
            return page(request, user, 422, problem=str(exc), kueri=query, nama=nama)
        return RedirectResponse(f"/antrean?{query}&pesan=tampilan", 303)

    @router.post("/ubah")
    def change(
        request: Request, user: Reader, number: Number, nama: Text = "", bagikan: Text = ""
    ) -> Response:
        shared = _shared(user, bagikan)
        try:
            found = desk.store.change_view(user.name, number, nama, shared)
        except InputError as exc:
            return page(request, user, 422, problem=str(exc), nama=nama, number=number)
        if not found:
            raise HTTPException(404)
        return RedirectResponse(f"{ADDRESS}?pesan=tampilan_ubah", 303)

    @router.post("/hapus")
    def remove(user: Reader, number: Number) -> Response:
        if not desk.store.remove_view(user.name, number, any_shared=_may_share(user)):
            raise HTTPException(404)
        return RedirectResponse(f"{ADDRESS}?pesan=tampilan_hapus", 303)

    return router


def _may_share(user: User) -> bool:
    return user.role == "supervisor"


def _shared(user: User, asked: str) -> bool:
    """Return whether a view is for everybody; raise 403 for those who may not say so."""
    if asked and not _may_share(user):
        raise HTTPException(403)
    return bool(asked)
