"""/insiden: what several citizens tell of one event, and the acts on it."""

from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from tanggap.errors import InputError, VersionConflict
from tanggap.mention import UNANSWERED, Review
from tanggap.store.rows import Item, User
from tanggap.store.rows_incidents import TITLE_AT_MOST, IncidentDetail, IncidentState
from tanggap.web import words
from tanggap.web.auth import Reader, Staff, local_path
from tanggap.web.bulk import read_chosen
from tanggap.web.desk import Desk
from tanggap.web.incident_part import part_of, title_of
from tanggap.web.item import Number, found, refused_page
from tanggap.wording import capitalised

PAGE_SIZE = 50
Id = Annotated[int, Path(ge=1, le=2**63 - 1, alias="incident")]
Ids = Annotated[list[int], Form(default_factory=list, max_length=200)]
Text = Annotated[str, Form()]
Listed = Literal["open", "closed"]


def routes(desk: Desk) -> APIRouter:
    """Return the routes of incidents, those on an item among them."""
    router = APIRouter()

    @router.post("/aduan/{number}/insiden")
    def confirm(request: Request, user: Staff, number: Number, dengan: Ids) -> Response:
        detail = found(desk, user, number)
        names = [
            name
            for one in part_of(desk, user, detail.item).suggestions
            if one.item.item_id in dengan
            for name in one.why.names
        ]
        title = title_of(desk, detail.item, list(dict.fromkeys(names)))
        try:
            made = desk.store.join_incident(
                user.scope, {number, *dengan}, title, user.name, desk.now()
            )
        except InputError as exc:
            return refused_page(desk, request, user, number, _sentence(exc))
        if made is None:
            return refused_page(desk, request, user, number, words.INCIDENT_PROBLEMS["gone"])
        return RedirectResponse(f"/aduan/{number}?pesan=insiden", 303)

    @router.post("/aduan/{number}/bukan-insiden")
    def refuse(request: Request, user: Staff, number: Number, dengan: Ids) -> Response:
        found(desk, user, number)
        if not desk.store.refuse_incident(user.scope, number, dengan, user.name, desk.now()):
            return refused_page(desk, request, user, number, words.INCIDENT_PROBLEMS["none"])
        return RedirectResponse(f"/aduan/{number}?pesan=bukan_insiden", 303)

    @router.post("/antrean/satukan")
    def join_marked(
        request: Request,
        user: Staff,
        pilih: Annotated[list[str], Form(default_factory=list)],
        kembali: Text = "",
    ) -> Response:
        back = local_path(kembali, "/antrean")

        def refused(problem: str) -> Response:
            return desk.page(
                request, "bulk_done.html", status=422, problem=problem, outcome=None, back=back
            )

        numbers = [number for number, _ in read_chosen(pilih)]
        if len(numbers) < 2:
            return refused(words.INCIDENT_PROBLEMS["two"])
        items = desk.store.some_items(user.scope, numbers)
        title = title_of(desk, items[0], ()) if items else ""
        try:
            made = desk.store.join_incident(user.scope, set(numbers), title, user.name, desk.now())
        except InputError as exc:
            return refused(_sentence(exc))
        if made is None:
            return refused(words.INCIDENT_PROBLEMS["gone"])
        return RedirectResponse(f"/insiden/{made}?pesan=insiden", 303)

    @router.get("/insiden")
    def list_page(
        request: Request, user: Reader, keadaan: str = "open", lewati: int = 0
    ) -> Response:
        state: Listed = "closed" if keadaan == "closed" else "open"
        skip = min(max(lewati, 0), 100_000)
        listed = desk.store.incidents(user.scope, state, limit=PAGE_SIZE + 1, skip=skip)
        return desk.page(
            request,
            "incidents.html",
            state=state,
            incidents=listed[:PAGE_SIZE],
            skip=skip,
            next_skip=skip + PAGE_SIZE if len(listed) > PAGE_SIZE else 0,
            counts={one: desk.store.count_incidents(user.scope, one) for one in get_args(Listed)},
        )

    @router.get("/insiden/{incident}")
    def incident_page(request: Request, user: Reader, incident: Id) -> Response:
        return _page(desk, request, user, _found(desk, user, incident))

    @router.post("/insiden/{incident}/nama")
    def rename(request: Request, user: Staff, incident: Id, judul: Text = "") -> Response:
        try:
            done = desk.store.rename_incident(user.scope, incident, judul, user.name, desk.now())
        except InputError as exc:
            return _refused(desk, request, user, incident, exc)
        return _after(done, incident, "judul_insiden")

    @router.post("/insiden/{incident}/gabung")
    def merge(
        request: Request, user: Staff, incident: Id, lain: Annotated[int, Form()] = 0
    ) -> Response:
        try:
            done = desk.store.merge_incidents(user.scope, incident, lain, user.name, desk.now())
        except InputError as exc:
            return _refused(desk, request, user, incident, exc)
        return _after(done, incident, "gabung_insiden")

    @router.post("/insiden/{incident}/pisah")
    def split(request: Request, user: Staff, incident: Id, aduan: Ids) -> Response:
        try:
            made = desk.store.split_incident(user.scope, incident, aduan, user.name, desk.now())
        except InputError as exc:
            return _refused(desk, request, user, incident, exc)
        if made is not None and desk.store.incident(user.scope, incident) is None:
            # Nothing of it is left that this person sees.
            return RedirectResponse("/insiden?pesan=pisah_insiden", 303)
        return _after(made is not None, made or incident, "pisah_insiden")

    @router.post("/insiden/{incident}/keadaan")
    def set_state(request: Request, user: Staff, incident: Id, keadaan: Text = "") -> Response:
        state: IncidentState = "open" if keadaan == "open" else "closed"
        try:
            done = desk.store.set_incident_state(user.scope, incident, state, user.name, desk.now())
        except InputError as exc:
            return _refused(desk, request, user, incident, exc)
        return _after(done, incident, "buka_insiden" if state == "open" else "tutup_insiden")

    @router.post("/insiden/{incident}/duplikat")
    def duplicates(user: Staff, incident: Id) -> Response:
        detail = _found(desk, user, incident)
        why = f"Satu kejadian dengan aduan lain (insiden {incident})."
        for item in duplicates_in(detail):
            review = Review(item.id, user.name, "status", item.version, why, status="duplikat")
            try:
                desk.record(user.scope, review)
            except VersionConflict:
                continue  # somebody works on it just now: it stays as that person leaves it
        return _after(True, incident, "duplikat_insiden")

    return router


def duplicates_in(detail: IncidentDetail) -> list[Item]:
    """Return the unanswered items for which another one of the same OPD stands: its oldest one."""
    standing: set[str | None] = set()
    doubled = []
    for member in detail.members:
        item = member.item
        if item.status not in UNANSWERED or item.tab == "aside":
            continue
        if item.opd in standing:
            doubled.append(item)
        standing.add(item.opd)
    return doubled


def _found(desk: Desk, user: User, incident: int) -> IncidentDetail:
    detail = desk.store.incident(user.scope, incident)
    if detail is None:
        raise HTTPException(404)
    return detail


def _after(done: bool, incident: int, message: str) -> Response:
    if not done:
        raise HTTPException(404)
    return RedirectResponse(f"/insiden/{incident}?pesan={message}", 303)


def _refused(
    desk: Desk, request: Request, user: User, incident: int, problem: InputError
) -> Response:
    detail = _found(desk, user, incident)
    return _page(desk, request, user, detail, status=422, problem=_sentence(problem))


def _sentence(problem: InputError) -> str:
    return f"{capitalised(str(problem))}."


def _page(
    desk: Desk,
    request: Request,
    user: User,
    detail: IncidentDetail,
    *,
    status: int = 200,
    problem: str = "",
) -> Response:
    incident = detail.incident
    others = [
        one
        for one in desk.store.incidents(user.scope, "open", limit=PAGE_SIZE)
        if one.id != incident.id
    ]
    # Of the same sector first: those are what one would merge.
    others.sort(key=lambda one: one.sector != incident.sector)
    return desk.page(
        request,
        "incident.html",
        status=status,
        incident=incident,
        detail=detail,
        hidden=incident.members - len(detail.members),
        others=others,
        doubled=frozenset(item.id for item in duplicates_in(detail)),
        problem=problem,
        title_at_most=TITLE_AT_MOST,
    )
