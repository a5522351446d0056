"""Every page that says why something did not work, in plain words and without inner details."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from tanggap.errors import StoreError
from tanggap.language import read_in
from tanggap.store.rows import User
from tanggap.web import words
from tanggap.web.auth import NotLoggedIn, TotpNeeded, login_address
from tanggap.web.desk import Desk
from tanggap.web.language import asked_for
from tanggap.web.security import add_headers

log = logging.getLogger("tanggap.web")

ASKED_BY_A_PAGE = ("/antrean/hitung", "/analis/pekerjaan")
"""Addresses that no person opens: a login page would be of no use there."""


def install(app: FastAPI, desk: Desk) -> None:
    """Give the application its error pages."""

    def failure(request: Request, status: int, word: words.Word | None = None) -> Response:
        known = word or words.ERRORS.get(status) or words.ERRORS[400]
        user: User | None = getattr(request.state, "user", None)
        if status == 404 and user is not None and not user.scope.everything:
            known = words.NOT_YOURS
        return desk.bare_page(request, "error.html", status=status, code=status, word=known)

    def not_logged_in(request: Request, _: Exception) -> Response:
        if request.method == "GET" and request.url.path not in ASKED_BY_A_PAGE:
            return RedirectResponse(login_address(request), 303)
        return failure(request, 401)

    def totp_needed(request: Request, _: Exception) -> Response:
        if request.method == "GET" and request.url.path not in ASKED_BY_A_PAGE:
            return RedirectResponse("/akun/kode", 303)
        return failure(request, 403)

    def http_failure(request: Request, exc: Exception) -> Response:
        assert isinstance(exc, HTTPException)  # noqa: S101 - registered for nothing else
        if exc.detail == "foreign_origin":
            return failure(request, 403, words.FOREIGN_ORIGIN)
        response = failure(request, exc.status_code)
        response.headers.update(exc.headers or {})
        return response

    def invalid_request(request: Request, exc: Exception) -> Response:
        assert isinstance(exc, RequestValidationError)  # noqa: S101 - registered for nothing else
        in_path = any(error["loc"][:1] == ("path",) for error in exc.errors())
        return failure(request, 404 if in_path else 400)

    def store_failure(request: Request, exc: Exception) -> Response:
        log.error("event=store_error kind=%s", type(exc).__name__)
        return failure(request, 503)

    def our_fault(request: Request, exc: Exception) -> Response:
        # This answer is made outside all middleware: the language and the headers are our matter.
        with read_in(asked_for(request)):
            response = failure(request, 500)
        host = request.headers.get("host", "")
        add_headers(response.headers, https=desk.sessions.https, host=host)
        return response

    app.add_exception_handler(NotLoggedIn, not_logged_in)
    app.add_exception_handler(TotpNeeded, totp_needed)
    app.add_exception_handler(HTTPException, http_failure)
    app.add_exception_handler(RequestValidationError, invalid_request)
    app.add_exception_handler(StoreError, store_failure)
    app.add_exception_handler(Exception, our_fault)
