"""/masuk and /keluar."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from tanggap.web import words
from tanggap.web.auth import LoginRefused, Open, Reader, local_path
from tanggap.web.desk import Desk

STATUS_OF = {"wrong": 401, "throttled": 429, "busy": 503}


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the two pages."""
    router = APIRouter()

    @router.get("/masuk")
    def login_page(request: Request, _: Open, lanjut: str = "/") -> Response:
        if desk.sessions.user_of(request) is not None:
            return RedirectResponse(local_path(lanjut, "/"), 303)
        return desk.page(request, "login.html", lanjut=lanjut, name="", problem="")

    @router.post("/masuk")
    def log_in(
        request: Request,
        _: Open,
        name: Annotated[str, Form(alias="nama")] = "",
        password: Annotated[str, Form(alias="sandi")] = "",
        lanjut: Annotated[str, Form()] = "/",
    ) -> Response:
        response = RedirectResponse(local_path(lanjut, "/"), 303)
        try:
            desk.sessions.log_in(request, response, name, password)
        except LoginRefused as exc:
            return desk.page(
                request,
                "login.html",
                status=STATUS_OF[exc.reason],
                lanjut=lanjut,
                name=name,
                problem=words.LOGIN_PROBLEMS[exc.reason],
            )
        return response

    @router.post("/keluar")
    def log_out(request: Request, _: Reader) -> Response:
        response = RedirectResponse("/masuk?pesan=keluar", 303)
        desk.sessions.log_out(request, response)
        return response

    return router
