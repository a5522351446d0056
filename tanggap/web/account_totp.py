"""/akun/kode: codes at login, switched on and off by the person they guard."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from tanggap.store.rows import User
from tanggap.web import totp, words
from tanggap.web.auth import LoginRefused, OwnAccount
from tanggap.web.desk import Desk
from tanggap.web.login import STATUS_OF

Password = Annotated[str, Form(alias="sandi")]
Code = Annotated[str, Form(alias="kode")]
Recovery = Annotated[str, Form(alias="cadangan")]


def _proof(
    password: Password = "", code: Code = "", recovery: Recovery = ""
) -> tuple[str, str, str]:
    return password, code, recovery


Proof = Annotated[tuple[str, str, str], Depends(_proof)]
"""Password, and a code or a recovery code, with which somebody changes how codes are asked for."""


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the page."""
    router = APIRouter()
    second = desk.sessions.second

    def page(request: Request, user: User, refused: LoginRefused | None = None) -> Response:
        return desk.page(
            request,
            "account_totp.html",
            status=STATUS_OF.get(refused.reason, 422) if refused else 200,
            secret=totp.in_fours(second.waiting_secret(user.name)),
            codes_left=second.recovery_codes_left(user.name),
            required=user.role in desk.config.web.require_totp,
            problem=words.LOGIN_PROBLEMS[refused.reason] if refused else "",
        )

    @router.get("/akun/kode")
    def shown(request: Request, user: OwnAccount) -> Response:
        return page(request, user)

    @router.get("/akun/kode.svg")
    def picture(user: OwnAccount) -> Response:
        secret = second.waiting_secret(user.name)
        if not secret:
            raise HTTPException(404)
        svg = totp.qr(secret, user.name, desk.config.city.name)
        return Response(svg, media_type="image/svg+xml")

    @router.post("/akun/kode/mulai")
    def begin(user: OwnAccount) -> Response:
        second.begin(user.name)
        return RedirectResponse("/akun/kode", 303)

    @router.post("/akun/kode/nyala")
    def switch_on(
        request: Request, user: OwnAccount, password: Password = "", code: Code = ""
    ) -> Response:
        try:
            # Who found a browser open must not lock its owner out with a phone of his own.
            desk.sessions.check_password(user, password)
            codes = second.confirm(user.name, code, desk.sessions.here(request))
        except LoginRefused as exc:
            return page(request, user, exc)
        return desk.page(request, "account_codes.html", codes=codes, first=True)

    @router.post("/akun/kode/mati")
    def switch_off(
        request: Request,
        user: OwnAccount,
        proof: Proof,
    ) -> Response:
        try:
            _both(user, *proof)
        except LoginRefused as exc:
            return page(request, user, exc)
        second.end(user.name, desk.sessions.here(request))
        return RedirectResponse("/akun?pesan=kode_mati", 303)

    @router.post("/akun/kode/cadangan")
    def new_codes(
        request: Request,
        user: OwnAccount,
        proof: Proof,
    ) -> Response:
        try:
            _both(user, *proof)
        except LoginRefused as exc:
            return page(request, user, exc)
        codes = second.new_recovery_codes(user.name)
        return desk.page(request, "account_codes.html", codes=codes, first=False)

    def _both(user: User, password: str, code: str, recovery: str) -> None:
        if not user.totp:
            raise LoginRefused("nothing_waiting")
        desk.sessions.check_password(user, password)
        second.check(user.name, code, recovery)

    return router
