"""One act on many items: those that were marked, or all that a list holds; undone as one."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from tanggap.errors import InputError, StoreBusy, VersionConflict
from tanggap.mention import STATUSES
from tanggap.sectors import SECTORS
from tanggap.store.rows import Item, User
from tanggap.web import words
from tanggap.web.acts import WHY_AT_MOST, Draft, Refused, require_why, review_of
from tanggap.web.auth import ACTING, Corrector, local_path
from tanggap.web.desk import Desk
from tanggap.web.lists import wanted_in
from tanggap.web.onward import list_address, list_query

AT_MOST = 500
"""Items of one act: some seconds of writing, one transaction each."""
SAMPLE = 5
"""Of all that match: how many the page that asks for confirmation shows."""
FORMS = {
    "setujui": "benar",
    "sisihkan": "sisihkan",
    "sektor": "sektor",
    "limpahkan": "limpahkan",
    "status": "status",
}
"""What can be done to many, and the form of the item page that does it to one."""
OF_WORKERS = frozenset({"limpahkan", "status"})
"""What only those do who work on items."""

Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class Asked:
    """A bulk act as it was sent."""

    what: str
    fields: dict[str, str]
    chosen: tuple[tuple[int, int], ...]
    """Items and the versions of them that the person saw."""


@dataclass(slots=True)
class Outcome:
    """What became of each item."""

    done: int = 0
    changed: list[tuple[int, str]] = field(default_factory=list)
    """Left because somebody changed them, with who."""
    refused: list[tuple[int, str]] = field(default_factory=list)
    """Left because the act does not fit them, with why."""
    gone: int = 0
    """Not there (any more) for this person."""
    left: int = 0
    """Not tried: the database was busy for so long that the rest would be as well."""

    @property
    def whole(self) -> bool:
        """Whether nothing was left."""
        return not (self.changed or self.refused or self.gone or self.left)


def read_chosen(texts: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Read `id:version` pairs, several to a text; what is none is left out, and so are repeats."""
    found = {}
    for pair in " ".join(texts).split():
        number, _, version = pair.partition(":")
        if all(
            part.isascii() and part.isdecimal() and len(part) < 19 for part in (number, version)
        ):
            found[int(number)] = int(version)
    return tuple(found.items())


def check(asked: Asked, desk: Desk) -> None:
    """Raise Refused for what would be wrong with every item."""
    why = asked.fields["why"].strip()
    if asked.what not in FORMS:
        raise Refused("act_needed")
    if len(why) > WHY_AT_MOST:
        raise Refused("too_long")
    if asked.what == "sektor" and asked.fields["sector"] not in SECTORS:
        raise Refused("sector_needed")
    if asked.what == "limpahkan" and asked.fields["opd"] not in desk.config.policy.opd:
        raise Refused("opd_needed")
    if asked.what == "limpahkan" and not why:
        raise Refused("why_needed")
    if asked.what == "status":
        if asked.fields["status"] not in STATUSES:
            raise Refused("status_needed")
        require_why(asked.fields["status"], why)
    if not asked.chosen:
        raise Refused("none_marked")
    if len(asked.chosen) > AT_MOST:
        raise Refused("too_many")


def carry_out(desk: Desk, user: User, asked: Asked) -> Outcome:
    """Do an act to each item in a transaction of its own, if it is still as the person saw it."""
    outcome, batch = Outcome(), secrets.token_hex(8)
    versions = dict(asked.chosen)
    items = desk.store.some_items(user.scope, versions.keys())
    outcome.gone = len(versions) - len(items)
    for at, item in enumerate(items):
        draft = Draft(FORMS[asked.what], versions[item.id], asked.fields)
        try:
            if item.version != draft.version:
                raise VersionConflict(item.id, item.updated_by)
            review = review_of(draft, item, user.name, desk.config.policy)
            if desk.record(user.scope, review, batch=batch):
                outcome.done += 1
            else:
                outcome.gone += 1
        except VersionConflict as exc:
            outcome.changed.append((item.id, exc.by))
        except Refused as exc:
            outcome.refused.append((item.id, words.PROBLEMS[exc.problem]))
        except InputError as exc:
            outcome.refused.append((item.id, str(exc)))
        except StoreBusy:
            outcome.left = len(items) - at
            break
    return outcome


def routes(desk: Desk) -> APIRouter:
    """Return the routes of acts on many items."""
    router = APIRouter(prefix="/antrean")

    @router.post("/borongan")
    def act_on_many(
        request: Request,
        user: Corrector,
        tindakan: Text = "",
        lingkup: Text = "",
        pilih: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
        sector: Text = "",
        opd: Text = "",
        status: Text = "",
        why: Text = "",
        dari: Text = "",
        kembali: Text = "",
    ) -> Response:
        if tindakan in OF_WORKERS and user.role not in ACTING:
            raise HTTPException(403)
        fields = {"sector": sector, "opd": opd, "status": status, "why": why}
        asked = Asked(tindakan, fields, read_chosen(pilih))
        back = local_path(kembali, "/antrean")
        wanted = wanted_in(desk, list_query(desk, dari))
        all_of_them: list[Item] = []
        if lingkup == "semua":
            all_of_them = desk.store.items(user.scope, wanted.filter, limit=AT_MOST + 1)
            chosen = tuple((item.id, item.version) for item in all_of_them[:AT_MOST])
            asked = replace(asked, chosen=chosen)
        try:
            check(asked, desk)
        except Refused as exc:
            problem = words.PROBLEMS[exc.problem]
            return desk.page(
                request, "bulk_done.html", status=422, problem=problem, outcome=None, back=back
            )
        if lingkup == "semua":
            return desk.page(
                request,
                "bulk_confirm.html",
                asked=asked,
                more=len(all_of_them) > AT_MOST,
                sample=all_of_them[:SAMPLE],
                wanted=wanted,
                back=back,
                chosen=" ".join(f"{number}:{version}" for number, version in asked.chosen),
            )
        outcome = carry_out(desk, user, asked)
        if outcome.whole:
            said = {"pesan": "borongan", "jumlah": str(outcome.done)}
            return RedirectResponse(list_address(back, **said), 303)
        return _left(request, user, outcome, back)

    @router.post("/batal")
    def undo_many(
        request: Request, user: Corrector, tindakan: Text = "", kembali: Text = ""
    ) -> Response:
        back = local_path(kembali, "/antrean")
        last = desk.undoable(user)
        if last is None or not last.batch or last.batch != tindakan:
            problem = words.PROBLEMS["undo_late"]
            return desk.page(
                request, "bulk_done.html", status=422, problem=problem, outcome=None, back=back
            )
        outcome = Outcome()
        for at, (number, version) in enumerate(last.acts):
            try:
                undone = desk.store.undo(
                    user.scope, user.name, number, version, desk.now(), last.began_at
                )
            except VersionConflict as exc:
                outcome.changed.append((number, exc.by))
            except InputError as exc:
                outcome.refused.append((number, str(exc)))
            except StoreBusy:
                outcome.left = len(last.acts) - at
                break
            else:
                outcome.done += undone is not None
                outcome.gone += undone is None
        if outcome.whole:
            return RedirectResponse(
                list_address(back, pesan="batal", jumlah=str(outcome.done)), 303
            )
        return _left(request, user, outcome, back, undone=True)

    def _left(
        request: Request, user: User, outcome: Outcome, back: str, *, undone: bool = False
    ) -> Response:
        last = desk.undoable(user, shown=True) if outcome.done and not undone else None
        return desk.page(
            request,
            "bulk_done.html",
            problem="",
            outcome=outcome,
            undone=undone,
            back=back,
            undoable=last,
        )

    return router
