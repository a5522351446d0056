"""/masuk, /masuk/kode and /keluar."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from tanggap.web import words
from tanggap.web.auth import LoginRefused, Open, OwnAccount, local_path
from tanggap.web.desk import Desk

STATUS_OF = {"throttled": 429, "throttled_day": 429, "busy": 503}
"""Of refusals; all others are 401."""


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the pages."""
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
        onward = local_path(lanjut, "/")
        response = RedirectResponse(onward, 303)
        try:
            if desk.sessions.log_in(request, response, name, password):
                response.headers["location"] = f"/masuk/kode?lanjut={quote(onward, safe='')}"
        except LoginRefused as exc:
            return desk.page(
                request,
                "login.html",
                status=STATUS_OF.get(exc.reason, 401),
                lanjut=lanjut,
                name=name,
                problem=words.LOGIN_PROBLEMS[exc.reason],
            )
        return response

    @router.get("/masuk/kode")
    def code_page(request: Request, _: Open, lanjut: str = "/") -> Response:
        if desk.sessions.waiting_for_code(request) is None:
            return RedirectResponse(f"/masuk?lanjut={quote(local_path(lanjut, '/'), safe='')}", 303)
        return desk.page(request, "login_code.html", lanjut=lanjut, problem="", recovering=False)

    @router.post("/masuk/kode")
    def log_in_by_code(
        request: Request,
        _: Open,
        code: Annotated[str, Form(alias="kode")] = "",
        recovery: Annotated[str, Form(alias="cadangan")] = "",
        lanjut: Annotated[str, Form()] = "/",
    ) -> Response:
        response = RedirectResponse(local_path(lanjut, "/"), 303)
        try:
            desk.sessions.log_in_by_code(request, response, code, recovery)
        except LoginRefused as exc:
            waiting = exc.reason != "too_late"
            return desk.page(
                request,
                "login_code.html" if waiting else "login.html",
                status=STATUS_OF.get(exc.reason, 401),
                lanjut=lanjut,
                name="",
                problem=words.LOGIN_PROBLEMS[exc.reason],
                recovering=bool(recovery.strip()),
            )
        return response

    @router.post("/keluar")
    def log_out(request: Request, _: OwnAccount) -> Response:
        response = RedirectResponse("/masuk?pesan=keluar", 303)
        desk.sessions.log_out(request, response)
        return response

    return router
