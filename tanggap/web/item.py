"""/aduan/{id}: one mention with all that is known about it, and the forms to act on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from tanggap.errors import InputError, VersionConflict
from tanggap.policy import Outside, Policy
from tanggap.store.rows import ItemDetail, User
from tanggap.web import words
from tanggap.web.acts import LABELS, WHY_AT_MOST, Draft, Refused, can_agree, review_of
from tanggap.web.auth import Staff, local_path
from tanggap.web.desk import Desk
from tanggap.web.queue_page import opd_choices

Number = Annotated[int, Path(ge=1, le=2**63 - 1, alias="number")]
SURE_OF_PLACE = 0.5
"""A kecamatan below this confidence is a guess, as for the classifier (classifier/places.py)."""
Version = Annotated[int, Form(ge=0, le=2**31, alias="expected_version")]
Text = Annotated[str, Form()]


def outside_body(detail: ItemDetail, policy: Policy) -> Outside | None:
    """Return the body beyond the city that must act, None when the city itself must."""
    item = detail.item
    if item.sector in policy.sector_opd and policy.is_outside(policy.owner_of(item.sector)):
        return policy.outside[policy.owner_of(item.sector)]
    decided = detail.decision.opd.label if detail.decision and detail.decision.opd else ""
    if item.rule == "outside" and item.decided_by == "mesin" and policy.is_outside(decided):
        return policy.outside[decided]
    return None


@dataclass(frozen=True, slots=True)
class Post:
    """Another post of the thread; `answers`: it is a public answer to this item."""

    author_opd: str | None
    author_handle: str | None
    posted_at: datetime
    text: str
    permalink: str | None
    answers: bool


def conversation(detail: ItemDetail) -> list[Post]:
    """Return the thread around an item with every OPD's answer in it, oldest first."""
    answered = {(answer.opd, answer.posted_at, answer.text) for answer in detail.answers}
    posts = [
        Post(answer.opd, None, answer.posted_at, answer.text, answer.permalink, True)
        for answer in detail.answers
    ]
    posts.extend(
        Post(
            other.author_opd,
            other.author_handle,
            other.posted_at,
            other.text,
            other.permalink,
            False,
        )
        for other in detail.thread
        if (other.author_opd, other.posted_at, other.text) not in answered
    )
    return sorted(posts, key=lambda post: post.posted_at)


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the item page."""
    router = APIRouter(prefix="/aduan/{number}")

    @router.get("")
    def item_page(request: Request, user: Staff, number: Number) -> Response:
        return _page(desk, request, _found(desk, user, number), user)

    @router.post("/benar")
    def agree(
        request: Request, user: Staff, number: Number, version: Version, kembali: Text = ""
    ) -> Response:
        draft = Draft("benar", version, {"kembali": kembali})
        return _act(desk, request, user, number, draft)

    @router.post("/perbaiki")
    def relabel(
        request: Request,
        user: Staff,
        number: Number,
        version: Version,
        jenis: Text = "",
        sector: Text = "",
        opd: Text = "",
        kecamatan: Text = "",
        why: Text = "",
        kembali: Text = "",
    ) -> Response:
        fields = {"jenis": jenis, "sector": sector, "opd": opd, "kecamatan": kecamatan}
        fields |= {"why": why, "kembali": kembali}
        return _act(desk, request, user, number, Draft("perbaiki", version, fields))

    @router.post("/limpahkan")
    def forward(
        request: Request,
        user: Staff,
        number: Number,
        version: Version,
        opd: Text = "",
        why: Text = "",
        wrong_opd: Text = "",
    ) -> Response:
        fields = {"opd": opd, "why": why, "wrong_opd": wrong_opd}
        return _act(desk, request, user, number, Draft("limpahkan", version, fields))

    @router.post("/status")
    def set_status(
        request: Request,
        user: Staff,
        number: Number,
        version: Version,
        status: Text = "",
        why: Text = "",
    ) -> Response:
        fields = {"status": status, "why": why}
        return _act(desk, request, user, number, Draft("status", version, fields))

    @router.post("/catatan")
    def note(
        request: Request, user: Staff, number: Number, version: Version, why: Text = ""
    ) -> Response:
        return _act(desk, request, user, number, Draft("catatan", version, {"why": why}))

    return router


def _found(desk: Desk, user: User, number: int) -> ItemDetail:
    detail = desk.store.item(user.scope, number)
    if detail is None:
        raise HTTPException(404)
    return detail


def _act(desk: Desk, request: Request, user: User, number: int, draft: Draft) -> Response:
    """Carry out a form; on a conflict or a mistake show the page with what was typed."""
    detail = _found(desk, user, number)
    try:
        review = review_of(draft, detail.item, user.name, desk.config.policy)
        if desk.store.review(user.scope, review, desk.now()) is None:
            raise HTTPException(404)
    except Refused as exc:
        problem = words.PROBLEMS[exc.problem]
        return _page(desk, request, detail, user, status=422, draft=draft, problem=problem)
    except InputError as exc:
        return _page(desk, request, detail, user, status=422, draft=draft, problem=str(exc))
    except VersionConflict as exc:
        newer = _found(desk, user, number)
        return _page(
            desk, request, newer, user, status=409, draft=draft, changed_by=exc.by or "sistem"
        )
    return RedirectResponse(_next_page(desk, user, number, draft), 303)


def _next_page(desk: Desk, user: User, number: int, draft: Draft) -> str:
    """Return where to go after an act: back to the list it came from, or the item again.

    An OPD's admin who sent an item on does not see it any more and goes to the queue.
    """
    done = f"pesan={draft.form}&no={number}"
    back = local_path(draft["kembali"], "")
    if back.startswith("/antrean?"):
        return f"{back}&{done}"
    if back == "/antrean" or desk.store.item(user.scope, number) is None:
        return f"/antrean?{done}"
    return f"/aduan/{number}?{done}"


def guessed_place(detail: ItemDetail) -> bool:
    """Whether the machine's kecamatan is only a guess that no person has decided about."""
    place = detail.decision.place if detail.decision else None
    return (
        place is not None
        and place.confidence < SURE_OF_PLACE
        and detail.item.decided_by == "mesin"
        and detail.item.kecamatan == place.label
    )


def _page(
    desk: Desk,
    request: Request,
    detail: ItemDetail,
    user: User,
    *,
    status: int = 200,
    draft: Draft | None = None,
    problem: str = "",
    changed_by: str = "",
) -> Response:
    item, policy = detail.item, desk.config.policy
    proposed = item.suggestion or {}
    suggestion = {
        label: proposed[label]
        for label in LABELS
        if proposed.get(label) and proposed[label] != getattr(item, label)
    }
    candidates = [opd for opd in item.candidates if opd in policy.opd and opd != item.opd]
    return desk.page(
        request,
        "item.html",
        status=status,
        detail=detail,
        item=item,
        outside=outside_body(detail, policy),
        posts=conversation(detail),
        suggestion=suggestion,
        candidates=candidates,
        other_opds=[opd for opd in policy.opd if opd not in (item.opd, *candidates)],
        can_agree=can_agree(item),
        guessed_place=guessed_place(detail),
        sure_of_place=SURE_OF_PLACE,
        own_opds=opd_choices(desk, user),
        draft=draft or Draft("", item.version, {}),
        problem=problem,
        changed_by=changed_by,
        why_at_most=WHY_AT_MOST,
    )
