"""/aduan/{id}/jawaban and /mutu: answers that a person records or withdraws, and their kinds."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from tanggap.mention import ANSWER_KINDS
from tanggap.web import words
from tanggap.web.acts import Draft
from tanggap.web.auth import Corrector, Staff
from tanggap.web.desk import Desk
from tanggap.web.item import CameFrom, Number, Text, Version, act, refused_page
from tanggap.web.onward import item_address


def _typed(
    opd: Text = "", answered_at: Text = "", link: Text = "", mutu: Text = "", why: Text = ""
) -> dict[str, str]:
    return {"opd": opd, "answered_at": answered_at, "link": link, "mutu": mutu, "why": why}


Typed = Annotated[dict[str, str], Depends(_typed)]
"""What a person says of an answer, by the names of the fields."""
AnswerId = Annotated[int, Form(ge=1, le=2**63 - 1, alias="answer")]


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the forms beside answers."""
    router = APIRouter(prefix="/aduan/{number}")

    @router.post("/jawaban")
    def record_answer(
        request: Request,
        user: Staff,
        number: Number,
        version: Version,
        came: CameFrom,
        typed: Typed,
    ) -> Response:
        return act(desk, request, user, number, Draft("jawaban", version, typed | came))

    @router.post("/jawaban/ralat")
    def correct_record(
        request: Request,
        user: Staff,
        number: Number,
        version: Version,
        came: CameFrom,
        typed: Typed,
        catatan: Text = "",
    ) -> Response:
        fields = typed | {"catatan": catatan} | came
        return act(desk, request, user, number, Draft("ralat", version, fields))

    @router.post("/jawaban/tarik")
    def withdraw_record(
        request: Request,
        user: Staff,
        number: Number,
        version: Version,
        came: CameFrom,
        catatan: Text = "",
        why: Text = "",
    ) -> Response:
        fields = {"catatan": catatan, "why": why} | came
        return act(desk, request, user, number, Draft("tarik", version, fields))

    @router.post("/mutu")
    def correct_answer_kind(
        request: Request,
        user: Corrector,
        number: Number,
        came: CameFrom,
        answer: AnswerId,
        mutu: Text = "",
    ) -> Response:
        if mutu not in ANSWER_KINDS:
            problem = words.PROBLEMS["unknown_choice"]
            return refused_page(desk, request, user, number, problem)
        scope, now = user.scope, desk.now()
        if not desk.store.correct_answer_kind(scope, number, answer, mutu, user.name, now):
            problem = words.PROBLEMS["answer_gone"]
            return refused_page(desk, request, user, number, problem)  # 404 for a foreign item
        return RedirectResponse(item_address(number, came["dari"], pesan="mutu"), 303)

    @router.post("/mutu/kembali")
    def return_answer_kind(
        request: Request, user: Corrector, number: Number, came: CameFrom, answer: AnswerId
    ) -> Response:
        if not desk.store.return_answer_kind(user.scope, number, answer, user.name, desk.now()):
            problem = words.PROBLEMS["answer_gone"]
            return refused_page(desk, request, user, number, problem)
        return RedirectResponse(item_address(number, came["dari"], pesan="mutu_kembali"), 303)

    return router
