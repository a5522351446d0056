"""/analis/label: the items whose label would teach most, one after the other, one key each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from tanggap.errors import InputError, VersionConflict
from tanggap.mention import ACTIONABLE, JENIS, Review
from tanggap.policy import Policy
from tanggap.sectors import SECTORS
from tanggap.store.rows import Item, ItemDetail, User
from tanggap.web import words
from tanggap.web.acts import Draft, Refused, review_of
from tanggap.web.analysis_frame import Body, Report, analysis_page, focus_of, report_of
from tanggap.web.analysis_suspects import KEEP, PATH, suspects_page
from tanggap.web.auth import AnalysisReader, Analyst, local_path
from tanggap.web.conversation import conversation
from tanggap.web.desk import Desk

KEYS_AT_MOST = 9
"""Sectors that get a key of their own, 1 to 9."""
COMPLAINT = "pengaduan"
"""What a text is taken to be where a person names a sector and the model saw no request."""
MACHINE = "mesin"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One item whose label would teach much."""

    key: str
    item_id: int
    sectors: tuple[tuple[str, float], ...]
    """The likeliest sectors with their confidence, at most three."""
    asked: float
    """Probability that something is asked of the government."""


@dataclass(frozen=True, slots=True)
class NextLabels:
    """The report: what to label, most useful first."""

    looked_at: int
    wanted: tuple[Wanted, ...]
    by_sector: tuple[tuple[str, int], ...]
    """What the model takes them for: (sector, how many)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A sector that can be given with one key."""

    key: int
    sector: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Turn:
    """The item that is to be labelled now."""

    place: int
    """Where it stands in the report, counted from 0."""
    detail: ItemDetail
    choices: tuple[Choice, ...]
    others: tuple[str, ...]
    """Sectors without a key."""
    asked: float


def next_labels(body: Body) -> NextLabels:
    """Read the report `next_labels`."""
    return NextLabels(
        int(body["looked_at"]),
        tuple(
            Wanted(
                str(row["key"]),
                int(row["item_id"]),
                tuple((str(name), float(share)) for name, share in row["sectors"]),
                float(row["asked"]),
            )
            for row in body["rows"]
        ),
        tuple((str(row["sector"]), int(row["n"])) for row in body["by_sector"]),
    )


def choices_of(
    likely: Sequence[tuple[str, float]], common: Sequence[str]
) -> tuple[tuple[Choice, ...], tuple[str, ...]]:
    """Return the sectors with a key, likeliest first, and all others.

    Behind what the model holds for likely come the sectors that are wanted most, then those of
    the list, so that the keys are nine wherever there are nine sectors.
    """
    known = {name: share for name, share in likely if name in SECTORS}
    order = dict.fromkeys([*known, *(name for name in common if name in SECTORS), *SECTORS])
    keyed, others = list(order)[:KEYS_AT_MOST], list(order)[KEYS_AT_MOST:]
    found = tuple(
        Choice(number, name, known.get(name)) for number, name in enumerate(keyed, start=1)
    )
    return found, tuple(name for name in SECTORS if name in others)


def label_of(choice: str, item: Item, version: int, by: str, policy: Policy) -> Review:
    """Return the review that one key stands for; raise Refused for what is no choice.

    It is the same act as on the item's page: a correction, or an agreement where the person says
    what stands there already. A choice is a sector, a jenis that asks nothing, or `KEEP`.
    """
    if choice == KEEP:
        return review_of(Draft("benar", version, {}), item, by, policy)
    if choice in SECTORS:
        jenis = item.jenis if item.jenis in ACTIONABLE else COMPLAINT
        fields = {"jenis": str(jenis), "sector": choice}
    elif choice in JENIS and choice not in ACTIONABLE:
        fields = {"jenis": choice}
    else:
        raise Refused("unknown_choice")
    try:
        return review_of(Draft("perbaiki", version, fields), item, by, policy)
    except Refused as exc:
        if exc.problem != "nothing_changed":
            raise
        return review_of(Draft("benar", version, {}), item, by, policy)


Text = Annotated[str, Form()]
Place = Annotated[int, Query(ge=0, le=10_000, alias="mulai")]


def routes(desk: Desk) -> APIRouter:
    """Return the page and the act."""
    router = APIRouter()

    @router.get("/label")
    def label_page(
        request: Request, user: AnalysisReader, model: str = "", mulai: Place = 0, no: str = ""
    ) -> Response:
        return _page(desk, request, user, model, mulai, done=no if no.isdecimal() else "")

    @router.post("/label")
    def label(
        request: Request,
        user: Analyst,
        nomor: Annotated[int, Form(ge=1, le=2**63 - 1)],
        expected_version: Annotated[int, Form(ge=0, le=2**31)],
        pilihan: Text = "",
        lainnya: Text = "",
        model: Text = "",
        mulai: Annotated[int, Form(ge=0, le=10_000)] = 0,
        kembali: Text = "",
    ) -> Response:
        detail = desk.store.item(user.scope, nomor)
        if detail is None:
            raise HTTPException(404)
        wanted = pilihan or lainnya
        back = local_path(kembali, "")

        def again(status: int, problem: str = "", changed_by: str = "") -> Response:
            """Show the page that the label came from, with what went wrong."""
            suspected = urlsplit(back).path == PATH
            page, start = (suspects_page, _start_of(back)) if suspected else (_page, mulai)
            return page(
                desk,
                request,
                user,
                model,
                start,
                status=status,
                problem=problem,
                changed_by=changed_by,
            )

        try:
            review = label_of(wanted, detail.item, expected_version, user.name, desk.config.policy)
            if not desk.record(user.scope, review):
                raise HTTPException(404)
        except Refused as exc:
            return again(422, words.PROBLEMS[exc.problem])
        except InputError as exc:
            return again(422, str(exc))
        except VersionConflict as exc:
            return again(409, changed_by=exc.by or "sistem")
        if back.startswith("/analis/"):
            return RedirectResponse(f"{back}{'&' if '?' in back else '?'}pesan=label", 303)
        query = focus_of(desk, model).query(mulai=str(mulai), pesan="label", no=str(nomor))
        return RedirectResponse(f"/analis/label{query}", 303)

    return router


def _start_of(back: str) -> int:
    """Return from which row on a list was shown, as its address says."""
    said = parse_qs(urlsplit(back).query).get("mulai", [""])[0]
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 6 else 0


def _page(
    desk: Desk,
    request: Request,
    user: User,
    model: str,
    start: int,
    *,
    status: int = 200,
    problem: str = "",
    changed_by: str = "",
    done: str = "",
) -> Response:
    focus = focus_of(desk, model)
    report: Report[NextLabels] = report_of(desk, focus.model, "next_labels", next_labels)
    turn = next(_turns(desk, user, report.view, start), None) if report.view else None
    return analysis_page(
        desk,
        request,
        focus,
        "analysis_label.html",
        status=status,
        report=report,
        start=start,
        turn=turn,
        conversation=conversation(turn.detail) if turn else None,
        problem=problem,
        changed_by=changed_by,
        done_id=done,
    )


def _turns(desk: Desk, user: User, report: NextLabels, start: int) -> Iterator[Turn]:
    """Yield the items from `start` on about which no person has said anything yet.

    A status may say it too, and changes no label of the item. What has turned sensitive since the
    report was made is left to its own lane.
    """
    left = report.wanted[start:]
    said = {label.key for label in desk.store.labels_of([wanted.key for wanted in left])}
    for place, wanted in enumerate(left, start):
        detail = None if wanted.key in said else desk.store.item(user.scope, wanted.item_id)
        if detail is None or detail.item.sensitive or detail.item.decided_by != MACHINE:
            continue
        choices, others = choices_of(wanted.sectors, [sector for sector, _ in report.by_sector])
        yield Turn(place, detail, choices, others, wanted.asked)
