"""/aduan/{id}: one mention with all that is known about it, and the forms to act on it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from tanggap.clocks import Clock
from tanggap.errors import InputError, VersionConflict
from tanggap.mention import UMBRELLA
from tanggap.personal import find
from tanggap.policy import Outside, Policy
from tanggap.reactions import reaction
from tanggap.store.rows import Item, ItemDetail, User
from tanggap.store.rows_answers import AnswerFacts
from tanggap.untrusted import clean
from tanggap.web import advice_part, reply_part, words
from tanggap.web.acts import (
    LABELS,
    WHY_AT_MOST,
    Draft,
    Refused,
    can_agree,
    reason_missing,
    review_of,
)
from tanggap.web.auth import Corrector, Reader, Staff, local_path
from tanggap.web.choices import of_item
from tanggap.web.conversation import conversation
from tanggap.web.desk import Desk
from tanggap.web.holding import HELD_FOR, give_back, held_by
from tanggap.web.incident_part import part_of
from tanggap.web.onward import goes_on, item_address, list_address, list_query, next_item
from tanggap.web.queue_page import opd_choices

Number = Annotated[int, Path(ge=1, le=2**63 - 1, alias="number")]
SURE_OF_PLACE = 0.5
"""A kecamatan below this confidence is a guess, as for the classifier (classifier/places.py)."""
LONG_TEXT = 600
"""Letters from which on the post above an item is folded."""
CHANGES_SHOWN = 5
"""Of what others changed meanwhile: how many lines a conflict shows."""
Version = Annotated[int, Form(ge=0, le=2**31, alias="expected_version")]
Text = Annotated[str, Form()]


def _came_from(kembali: Text = "", dari: Text = "") -> dict[str, str]:
    return {"kembali": kembali, "dari": dari}


CameFrom = Annotated[dict[str, str], Depends(_came_from)]
"""The list in which a form stood (`kembali`), or from which its item was opened (`dari`)."""


def outside_body(detail: ItemDetail, policy: Policy) -> Outside | None:
    """Return the body beyond the city that must act, None when the city itself must."""
    item = detail.item
    if item.sector in policy.sector_opd and policy.is_outside(policy.owner_of(item.sector)):
        return policy.outside[policy.owner_of(item.sector)]
    decided = detail.decision.opd.label if detail.decision and detail.decision.opd else ""
    if item.rule == "outside" and item.decided_by == "mesin" and policy.is_outside(decided):
        return policy.outside[decided]
    return None


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the item page."""
    router = APIRouter(prefix="/aduan/{number}")

    @router.get("")
    def show(
        request: Request, user: Reader, number: Number, dari: str = "", no: str = ""
    ) -> Response:
        detail = found(desk, user, number)
        others = held_by(desk, user, number)
        done_id = no if no.isdecimal() and no != str(number) else ""
        return item_page(desk, request, detail, user, dari, others=others, done_id=done_id)

    @router.post("/benar")
    def agree(
        request: Request, user: Corrector, number: Number, version: Version, came: CameFrom
    ) -> Response:
        return act(desk, request, user, number, Draft("benar", version, came))

    @router.post("/perbaiki")
    def relabel(
        request: Request,
        user: Corrector,
        number: Number,
        version: Version,
        came: CameFrom,
        jenis: Text = "",
        sector: Text = "",
        opd: Text = "",
        kecamatan: Text = "",
        why: Text = "",
    ) -> Response:
        fields = {"jenis": jenis, "sector": sector, "opd": opd, "kecamatan": kecamatan}
        fields |= {"why": why} | came
        return act(desk, request, user, number, Draft("perbaiki", version, fields))

    @router.post("/limpahkan")
    def forward(
        request: Request,
        user: Staff,
        number: Number,
        version: Version,
        came: CameFrom,
        opd: Text = "",
        why: Text = "",
        wrong_opd: Text = "",
    ) -> Response:
        fields = {"opd": opd, "why": why, "wrong_opd": wrong_opd} | came
        return act(desk, request, user, number, Draft("limpahkan", version, fields))

    @router.post("/status")
    def set_status(
        request: Request,
        user: Staff,
        number: Number,
        version: Version,
        came: CameFrom,
        status: Text = "",
        why: Text = "",
    ) -> Response:
        fields = {"status": status, "why": why} | came
        return act(desk, request, user, number, Draft("status", version, fields))

    @router.post("/catatan")
    def note(
        request: Request,
        user: Staff,
        number: Number,
        version: Version,
        came: CameFrom,
        why: Text = "",
    ) -> Response:
        return act(desk, request, user, number, Draft("catatan", version, {"why": why} | came))

    @router.post("/rahasia")
    def make_confidential(
        request: Request, user: Staff, number: Number, version: Version, why: Text = ""
    ) -> Response:
        return act(desk, request, user, number, Draft("rahasia", version, {"why": why}))

    @router.post("/terbuka")
    def make_open(
        request: Request, user: Staff, number: Number, version: Version, why: Text = ""
    ) -> Response:
        return act(desk, request, user, number, Draft("terbuka", version, {"why": why}))

    @router.post("/data-pribadi")
    def reveal(request: Request, user: Staff, number: Number, why: Text = "") -> Response:
        return _reveal(desk, request, user, number, why)

    return router


def found(desk: Desk, user: User, number: int) -> ItemDetail:
    """Return an item that the person sees; raise 404 for any other."""
    detail = desk.store.item(user.scope, number)
    if detail is None:
        raise HTTPException(404)
    return detail


def refused_page(desk: Desk, request: Request, user: User, number: int, problem: str) -> Response:
    """Return the page of an item that says why an act was not done; raise 404."""
    return item_page(
        desk, request, found(desk, user, number), user, "", status=422, problem=problem
    )


def act(desk: Desk, request: Request, user: User, number: int, draft: Draft) -> Response:
    """Carry out a form; on a conflict or a mistake show the page with what was typed."""
    came = draft["dari"]
    detail = found(desk, user, number)
    try:
        zone = desk.calendar.zone
        review = review_of(draft, detail.item, user.name, desk.config.policy, zone)
        if not desk.record(user.scope, review):
            raise HTTPException(404)
    except Refused as exc:
        problem = words.PROBLEMS[exc.problem]
        return item_page(
            desk, request, detail, user, came, status=422, draft=draft, problem=problem
        )
    except InputError as exc:
        return item_page(
            desk, request, detail, user, came, status=422, draft=draft, problem=str(exc)
        )
    except VersionConflict as exc:
        newer = found(desk, user, number)
        by = exc.by or "sistem"
        return item_page(desk, request, newer, user, came, status=409, draft=draft, changed_by=by)
    give_back(desk, user, number)
    return RedirectResponse(_next_page(desk, request, user, detail.item, draft), 303)


def _reveal(desk: Desk, request: Request, user: User, number: int, why: str) -> Response:
    """Show the page once with personal data readable, after writing down who asked and why."""
    detail = found(desk, user, number)
    draft = Draft("data-pribadi", detail.item.version, {"why": why})
    refused = reason_missing(why)
    if refused:
        problem = words.PROBLEMS[refused]
        return item_page(desk, request, detail, user, "", status=422, draft=draft, problem=problem)
    if not desk.store.note_revealed(user.scope, number, user.name, why, desk.now()):
        raise HTTPException(404)
    return item_page(desk, request, found(desk, user, number), user, "", revealed=True)


def _next_page(desk: Desk, request: Request, user: User, item: Item, draft: Draft) -> str:
    """Return where to go after an act: back to the list it was done in, on, or the item again.

    On to the next item of the list that it was opened from, but for a note, which settles
    nothing. An OPD's admin who sent an item on does not see it any more.
    """
    seen = bool(desk.store.some_items(user.scope, [item.id]))
    said = {"pesan": draft.form} | ({"no": str(item.id)} if seen else {})
    back = local_path(draft["kembali"], "")
    if back == "/antrean" or back.startswith("/antrean?"):
        return list_address(back, **said)
    came = list_query(desk, draft["dari"])
    if came and goes_on(request) and draft.form != "catatan":
        following = next_item(desk, user, item, came, waiting=True)
        if following is None:
            return list_address(f"/antrean?{came}", **said)
        return item_address(following, came, **said)
    if not seen:
        return list_address(f"/antrean?{came}" if came else "", **said)
    return item_address(item.id, came, **said)


def guessed_place(detail: ItemDetail) -> bool:
    """Whether the machine's kecamatan is only a guess that no person has decided about."""
    place = detail.decision.place if detail.decision else None
    return (
        place is not None
        and place.confidence < SURE_OF_PLACE
        and detail.item.decided_by == "mesin"
        and detail.item.kecamatan == place.label
    )


def _clocks(desk: Desk, facts: AnswerFacts | None) -> list[tuple[Clock, str]]:
    """Return the clocks of an item, each with why its answer cannot be seen ("": it can)."""
    if facts is None:
        return []
    watched, reckoner = desk.watch().of(facts), desk.reckoner()
    why = watched.why or ("over" if watched.over(reckoner.now) else "")
    return [
        (clock, words.UNWATCHED[why] if clock.unwatched else "")
        for clock in reckoner.clocks(facts, watched)
    ]


def holds_personal_data(detail: ItemDetail) -> bool:
    """Whether anything on the page of an item is masked."""
    mention = detail.item.mention
    texts = [mention.text, mention.parent_text or ""]
    texts += [one.text for one in detail.thread] + [one.text for one in detail.answers]
    texts += [text for _, text in detail.revisions] + [note.why for note in detail.notes]
    return any(find(clean(text)) for text in texts)


def item_page(
    desk: Desk,
    request: Request,
    detail: ItemDetail,
    user: User,
    came: str,
    *,
    status: int = 200,
    draft: Draft | None = None,
    problem: str = "",
    changed_by: str = "",
    revealed: bool = False,
    others: tuple[str, ...] = (),
    done_id: str = "",
) -> Response:
    """Return the page of an item, with what was typed (`draft`) and what is wrong with it."""
    item, policy = detail.item, desk.config.policy
    outside = outside_body(detail, policy)
    dangers = advice_part.dangers_of(detail, policy)
    facts = desk.store.item_facts(user.scope, item.id)
    came = list_query(desk, came)
    since_seen = item.version - draft.version if draft else 0
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
        outside=outside,
        outside_reply=reply_part.outside_reply(outside, dangers, desk.config) if outside else "",
        drafts=reply_part.drafts_of(item, dangers, desk.config),
        conversation=conversation(detail),
        long_text=LONG_TEXT,
        suggestion=suggestion,
        candidates=candidates,
        answering_opds=[*policy.opd, UMBRELLA],
        local_now=desk.now().astimezone(desk.calendar.zone).strftime("%Y-%m-%dT%H:%M"),
        other_opds=[opd for opd in policy.opd if opd not in (item.opd, *candidates)],
        can_agree=can_agree(item),
        guessed_place=guessed_place(detail),
        sure_of_place=SURE_OF_PLACE,
        own_opds=opd_choices(desk, user),
        incident_part=part_of(desk, user, item),
        advice=advice_part.part_of(item, dangers, policy.contacts),
        draft=draft or Draft("", item.version, {}),
        problem=problem,
        changed_by=changed_by,
        changed=detail.history[-min(since_seen, CHANGES_SHOWN) :] if since_seen > 0 else (),
        why_at_most=WHY_AT_MOST,
        revealed=revealed,
        reporter_hidden=user.scope.hides_reporter(item.confidential),
        masked=holds_personal_data(detail),
        in_charge=user.scope.in_charge(item.opd),
        came_from=came,
        goes_on=goes_on(request),
        following=next_item(desk, user, item, came) if came else None,
        others=others,
        done_id=done_id,
        idle_minutes=HELD_FOR.total_seconds() / 60,
        picks=of_item(desk, user, item),
        clocks=_clocks(desk, facts),
        reaction=reaction(facts) if facts else "none",
    )
