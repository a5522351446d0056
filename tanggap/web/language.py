"""/bahasa: in which language a browser reads the desk. Indonesian, unless it asked for another."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from tanggap.language import LANGUAGES, SOURCE, read_in
from tanggap.web.auth import Open, local_path
from tanggap.web.desk import Desk

COOKIE = "tanggap-bahasa"
KEPT_SECONDS = 365 * 24 * 3600


def asked_for(request: Request) -> str:
    """Return the language that a browser asked for by our cookie; the source when by none.

    What the browser itself prefers is not asked: on an office PC it is English as it was sold.
    """
    return request.cookies.get(COOKIE, SOURCE)


class Reading:
    """ASGI middleware: a request is answered in the language that its browser asked for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with read_in(asked_for(Request(scope))):
            await self.app(scope, receive, send)


def routes(desk: Desk) -> APIRouter:
    """Return the route that changes it, for strangers too: the login page is read before."""
    router = APIRouter()

    @router.post("/bahasa")
    def choose(
        _: Open, bahasa: Annotated[str, Form()] = "", kembali: Annotated[str, Form()] = ""
    ) -> Response:
        response = RedirectResponse(local_path(kembali, "/"), 303)
        if bahasa in LANGUAGES:
            response.set_cookie(
                COOKIE, bahasa, max_age=KEPT_SECONDS, path="/", httponly=True, samesite="lax",
                secure=desk.sessions.https,
            )  # fmt: skip
        return response

    return router
