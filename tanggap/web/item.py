"""/aduan/{id}: one mention with all that is known about it, and the forms to act on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from tanggap.errors import InputError, VersionConflict
from tanggap.mention import Mention
from tanggap.policy import Outside, Policy
from tanggap.store.rows import ItemDetail, User
from tanggap.web import words
from tanggap.web.acts import LABELS, WHY_AT_MOST, Draft, Refused, can_agree, review_of
from tanggap.web.auth import Corrector, Reader, Staff, local_path
from tanggap.web.desk import Desk
from tanggap.web.queue_page import opd_choices

Number = Annotated[int, Path(ge=1, le=2**63 - 1, alias="number")]
SURE_OF_PLACE = 0.5
"""A kecamatan below this confidence is a guess, as for the classifier (classifier/places.py)."""
LONG_TEXT = 600
"""Letters from which on the post above an item is folded."""
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
    """A post of the thread; `answers`: it is a public answer to this item."""

    network: str
    kind: str
    author_opd: str | None
    author_handle: str | None
    posted_at: datetime
    text: str
    permalink: str | None
    answers: bool = False
    this: bool = False
    """It is the item itself."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The thread around an item, as far as it is stored and this person may see it."""

    root: Post | None
    """The post under which it stands; None when it opened the thread, or is not stored."""
    parent: Post | None
    """The comment that it answers, when that is not the root."""
    near: tuple[Post, ...]
    """The item with what was said before and after it in its branch, oldest first."""
    others: tuple[Post, ...]
    """What else stands under the same post, oldest first."""

    @property
    def answered(self) -> bool:
        """Whether an OPD's public answer is known."""
        return any(post.answers for post in self.near)


def conversation(detail: ItemDetail) -> Conversation:
    """Return the thread of an item with every OPD's answer in it."""
    mention = detail.item.mention
    answered = {(answer.opd, answer.posted_at, answer.text) for answer in detail.answers}
    parents = {one.network_id: one.parent_id for one in (mention, *detail.thread)}
    own_branch = _branch(mention.network_id, mention.thread_id, parents)
    root = parent = None
    near = [_post(mention, this=True)]
    others: list[Post] = []
    found = set()
    for one in detail.thread:
        key = (one.author_opd, one.posted_at, one.text)
        post = _post(one, answers=key in answered)
        found.add(key)
        if one.network_id == mention.thread_id:
            root = post
            continue
        if one.network_id == mention.parent_id:
            parent = post
        belongs = own_branch in (_branch(one.network_id, mention.thread_id, parents), None)
        (near if belongs or post.answers else others).append(post)
    near.extend(
        Post(
            mention.network, "reply", answer.opd, None, answer.posted_at, answer.text,
            answer.permalink, answers=True,
        )
        for answer in detail.answers
        if (answer.opd, answer.posted_at, answer.text) not in found
    )  # fmt: skip
    near.sort(key=lambda post: post.posted_at)
    return Conversation(root, parent, tuple(near), tuple(others))


def _branch(one: str, root: str | None, parents: dict[str, str | None]) -> str | None:
    """Return the comment directly under the root to which a post leads up, None for the root."""
    if one == root:
        return None
    seen = {one}
    while (above := parents.get(one)) is not None and above != root and above not in seen:
        seen.add(above)
        one = above
    return one


def _post(mention: Mention, *, answers: bool = False, this: bool = False) -> Post:
    return Post(
        mention.network,
        mention.kind,
        mention.author_opd,
        mention.author_handle,
        mention.posted_at,
        mention.text,
        mention.permalink,
        answers,
        this,
    )


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the item page."""
    router = APIRouter(prefix="/aduan/{number}")

    @router.get("")
    def item_page(request: Request, user: Reader, number: Number) -> Response:
        return _page(desk, request, _found(desk, user, number), user)

    @router.post("/benar")
    def agree(
        request: Request, user: Corrector, number: Number, version: Version, kembali: Text = ""
    ) -> Response:
        draft = Draft("benar", version, {"kembali": kembali})
        return _act(desk, request, user, number, draft)

    @router.post("/perbaiki")
    def relabel(
        request: Request,
        user: Corrector,
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
        if not desk.record(user.scope, review):
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
        conversation=conversation(detail),
        long_text=LONG_TEXT,
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
