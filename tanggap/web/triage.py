"""Fast triage of one item: single choices, undoing, who has it in hand, going on by itself."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from tanggap.errors import InputError, VersionConflict
from tanggap.store.rows import User
from tanggap.web import words
from tanggap.web.acts import Draft
from tanggap.web.auth import ACTING, Access, Corrector, Reader, local_path
from tanggap.web.desk import UNDO_TAKEN, Desk
from tanggap.web.holding import HELD_FOR, give_back
from tanggap.web.item import CameFrom, Number, Text, Version, act, found, item_page
from tanggap.web.onward import COOKIE, OFF, item_address, list_address, list_query

HeldPage = Annotated[User, Depends(Access(ACTING, touch=False))]
"""Not a worker but the page that one has open: it keeps no session alive."""
KEPT_SECONDS = 365 * 24 * 3600


def routes(desk: Desk) -> APIRouter:
    """Return the routes of fast triage."""
    router = APIRouter()
    of_item = "/aduan/{number}"

    @router.post(of_item + "/sektor")
    def choose_sector(
        request: Request,
        user: Corrector,
        number: Number,
        version: Version,
        came: CameFrom,
        sector: Text = "",
    ) -> Response:
        draft = Draft("sektor", version, {"sector": sector} | came)
        return act(desk, request, user, number, draft)

    @router.post(of_item + "/opd")
    def choose_opd(
        request: Request,
        user: Corrector,
        number: Number,
        version: Version,
        came: CameFrom,
        opd: Text = "",
    ) -> Response:
        return act(desk, request, user, number, Draft("opd", version, {"opd": opd} | came))

    @router.post(of_item + "/sisihkan")
    def put_aside(
        request: Request, user: Corrector, number: Number, version: Version, came: CameFrom
    ) -> Response:
        return act(desk, request, user, number, Draft("sisihkan", version, came))

    @router.post(of_item + "/batal")
    def undo(
        request: Request, user: Corrector, number: Number, version: Version, came: CameFrom
    ) -> Response:
        now = desk.now()
        since = now - desk.real_time(UNDO_TAKEN)
        by = ""
        try:
            done = desk.store.undo(user.scope, user.name, number, version, now, since)
        except InputError:
            status, problem = 422, words.PROBLEMS["undo_late"]
        except VersionConflict as exc:
            status, problem, by = 409, "", exc.by
        else:
            if done is None:
                raise HTTPException(404)
            said = {"pesan": "batal", "no": str(number)}
            if came["kembali"]:
                return RedirectResponse(list_address(came["kembali"], **said), 303)
            return RedirectResponse(
                item_address(number, list_query(desk, came["dari"]), **said), 303
            )
        detail = found(desk, user, number)
        draft = Draft("batal", version, came)
        return item_page(
            desk, request, detail, user, came["dari"],
            status=status, draft=draft, problem=problem, changed_by=by,
        )  # fmt: skip

    @router.post(of_item + "/pegang")
    def hold(_: Request, user: HeldPage, number: Number) -> Response:
        now = desk.now()
        until = now + desk.real_time(HELD_FOR)
        others = desk.store.check_out(user.scope, number, user.name, now, until)
        if others is None:
            raise HTTPException(404)
        return JSONResponse({"lain": ", ".join(others)})

    @router.post(of_item + "/lepas")
    def let_go(_: Request, user: HeldPage, number: Number) -> Response:
        found(desk, user, number)
        give_back(desk, user, number)
        return Response(status_code=204)

    @router.post("/antrean/lanjut")
    def go_on(_: Reader, lanjut: Annotated[str, Form()] = "", kembali: Text = "") -> Response:
        response = RedirectResponse(local_path(kembali, "/antrean"), 303)
        if lanjut == OFF:
            response.set_cookie(
                COOKIE, OFF, max_age=KEPT_SECONDS, path="/", httponly=True, samesite="lax",
                secure=desk.sessions.https,
            )  # fmt: skip
        else:
            response.delete_cookie(COOKIE, path="/")
        return response

    return router
