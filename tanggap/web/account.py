"""/akun: somebody's own devices and password."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from tanggap.store.rows import User
from tanggap.web import words
from tanggap.web.auth import LoginRefused, OwnAccount
from tanggap.web.desk import Desk
from tanggap.web.devices import device
from tanggap.web.login import STATUS_OF
from tanggap.web.new_password import PASSWORD_AT_LEAST, PASSWORD_AT_MOST, wrong_with
from tanggap.wording import capitalised


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the page."""
    router = APIRouter()

    def page(request: Request, user: User, *, status: int = 200, problem: str = "") -> Response:
        here = desk.sessions.here(request)
        devices = [
            {
                "mark": _mark(session.digest),
                "name": device(session.agent),
                "here": session.digest == here,
                "opened_at": session.opened_at,
                "used_at": session.used_at,
            }
            for session in desk.sessions.live(user)
        ]
        return desk.page(
            request,
            "account.html",
            status=status,
            # The one in one's hand comes first.
            devices=sorted(devices, key=lambda one: not one["here"]),
            codes_left=desk.sessions.second.recovery_codes_left(user.name),
            required=user.role in desk.config.web.require_totp,
            problem=problem,
            password_at_least=PASSWORD_AT_LEAST,
            password_at_most=PASSWORD_AT_MOST,
        )

    @router.get("/akun")
    def account(request: Request, user: OwnAccount) -> Response:
        return page(request, user)

    @router.post("/akun/perangkat/keluar")
    def end_one(
        request: Request, user: OwnAccount, mark: Annotated[str, Form(alias="perangkat")] = ""
    ) -> Response:
        for session in desk.sessions.live(user):
            if _mark(session.digest) == mark:
                desk.store.end_session(user.name, session.digest)
        return RedirectResponse("/akun?pesan=perangkat", 303)

    @router.post("/akun/perangkat/lain")
    def end_others(request: Request, user: OwnAccount) -> Response:
        desk.store.end_sessions(user.name, desk.sessions.here(request))
        return RedirectResponse("/akun?pesan=perangkat_lain", 303)

    @router.post("/akun/sandi")
    def change_password(
        request: Request,
        user: OwnAccount,
        old: Annotated[str, Form(alias="lama")] = "",
        new: Annotated[str, Form(alias="baru")] = "",
        again: Annotated[str, Form(alias="ulang")] = "",
    ) -> Response:
        wrong = wrong_with(new, user.name, (desk.config.city.name,))
        if not wrong and new != again:
            wrong = words.PASSWORDS_DIFFER
        if not wrong and new == old:
            wrong = words.PASSWORD_AS_BEFORE
        if wrong:
            return page(request, user, status=422, problem=f"{capitalised(wrong)}.")
        try:
            desk.sessions.check_password(user, old)
            desk.sessions.change_password(request, user, new)
        except LoginRefused as exc:
            status = STATUS_OF.get(exc.reason, 422)
            return page(request, user, status=status, problem=words.LOGIN_PROBLEMS[exc.reason])
        return RedirectResponse("/akun?pesan=sandi", 303)

    return router


def _mark(digest: str) -> str:
    """Return what names a session on its page: not what the store finds it by."""
    return hashlib.sha256(digest.encode()).hexdigest()[:24]
