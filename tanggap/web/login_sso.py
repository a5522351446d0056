"""/masuk/sso and /masuk/sso/kembali: to the provider of the city's accounts, and back."""

import logging
import secrets
from datetime import timedelta
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from tanggap.web import sso_words
from tanggap.web.auth import LoginRefused, Open, local_path
from tanggap.web.desk import Desk
from tanggap.web.sso import CALLBACK, Attempt, OidcRefused

GOOD_FOR = timedelta(minutes=10)
"""Real time in which the answer must follow the button."""
COOKIE_SECONDS = 3600
"""Longer, so that who was too slow can be told so."""
STATUS_OF = {"unreachable": 503, "busy": 503, "state": 400, "late": 400}
"""Of refusals; all others are 403."""

log = logging.getLogger("tanggap.web")


def routes(desk: Desk) -> APIRouter:
    """Return the routes; without a provider there is nothing at their addresses (404)."""
    router = APIRouter()
    cookie = f"{desk.sessions.cookie}-sso"

    def refused(request: Request, reason: str) -> Response:
        log.warning("event=oidc_refused reason=%s", reason)
        word = sso_words.PROBLEMS.get(reason, sso_words.ANSWER)
        status = STATUS_OF.get(reason, 403)
        return desk.page(request, "login_sso.html", status=status, code=status, word=word)

    @router.get("/masuk/sso")
    def begin(request: Request, _: Open, lanjut: str = "/") -> Response:
        if desk.provider is None:
            raise HTTPException(404)
        goal = local_path(lanjut, "/")
        if desk.sessions.user_of(request) is not None:
            return RedirectResponse(goal, 303)
        attempt = Attempt.begin(goal, desk.now())
        try:
            response = RedirectResponse(desk.provider.login_address(attempt), 303)
        except OidcRefused as exc:
            return refused(request, exc.reason)
        response.set_cookie(
            cookie, attempt.written(), max_age=COOKIE_SECONDS, path="/", httponly=True,
            samesite="lax", secure=desk.sessions.https,
        )  # fmt: skip
        return response

    @router.get(CALLBACK)
    def come_back(
        request: Request, _: Open, state: str = "", code: str = "", error: str = ""
    ) -> Response:
        if desk.provider is None:
            raise HTTPException(404)
        attempt = Attempt.read(request.cookies.get(cookie, ""))
        if attempt is None or not secrets.compare_digest(state.encode(), attempt.state.encode()):
            # The cookie stays: a link from elsewhere must not end a login that is under way.
            return refused(request, "state")
        goal = local_path(attempt.goal, "/")
        response: Response = RedirectResponse(goal, 303)
        try:
            if abs(desk.now() - attempt.begun_at) > desk.real_time(GOOD_FOR):
                raise OidcRefused("late")
            if error or not code:
                raise OidcRefused("denied" if error == "access_denied" else "error")
            name = desk.provider.name_of(code, attempt)
            if desk.sessions.log_in_as(request, response, name):
                response.headers["location"] = f"/masuk/kode?lanjut={quote(goal, safe='')}"
        except OidcRefused as exc:
            response = refused(request, exc.reason)
        except LoginRefused:
            response = refused(request, "account")
        response.delete_cookie(
            cookie, path="/", secure=desk.sessions.https, httponly=True, samesite="lax"
        )
        return response

    return router
