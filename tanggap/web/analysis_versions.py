"""/analis/versi: every trained version, and which one decides: promote and roll back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from tanggap.errors import InputError, VersionConflict
from tanggap.language import gettext as _
from tanggap.store.rows_tuning import ModelVersion, Promotion
from tanggap.web import analysis_words
from tanggap.web.acts import WHY_AT_MOST
from tanggap.web.analysis_frame import RULES, Focus, analysis_page, focus_of, version_in_use
from tanggap.web.auth import AnalysisReader, Analyst
from tanggap.web.desk import Desk

PROMOTIONS_SHOWN = 20
SHIPPED = "baseline"
"""What the config calls the model that comes with Tanggap; anything else is a folder."""
CONFIGS = ""
"""What a form sends for the version that the config names."""

Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class Row:
    """One version as a person sees it."""

    model: ModelVersion
    accepted: bool
    """Whether the guard found it no worse than the one that is in use."""
    reasons: tuple[str, ...]
    """Why the guard did not accept it."""
    notes: tuple[str, ...]
    """What the guard judged by, where that is not the whole test set."""
    compared_with: str
    """The other version that the guard compared it with, where that is in use no more; else ""."""
    scores: tuple[tuple[str, float], ...]
    """What it reached, as far as its figures say so: (what, share)."""

    @property
    def can_be_used(self) -> bool:
        """Whether it can be put into use, be it by force."""
        return self.model.kept and self.model.state != "current"


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it was sent, shown again after a mistake."""

    version: str = ""
    why: str = ""
    forced: bool = False


def row_of(model: ModelVersion, in_use: str) -> Row:
    """Return a version with what the guard said.

    Without its word a version counts as not accepted, and so does one that was compared with
    another version than the one in use by now: of two candidates that are both better than the
    old one, the second need not be better than the first. `in_use` is empty where it is not known
    or the rules decide.
    """
    verdict = _part(model.figures, "verdict")
    against = str(verdict.get("against", ""))
    stale = bool(against) and (in_use or RULES) not in (against, model.version)
    return Row(
        model,
        accepted=verdict.get("accepted") is True and not stale,
        reasons=_sentences(verdict.get("reasons")),
        notes=_sentences(verdict.get("notes")),
        compared_with=against if stale and model.state == "candidate" else "",
        scores=tuple(_scores(model.figures)),
    )


def _sentences(said: object) -> tuple[str, ...]:
    return tuple(map(str, said)) if isinstance(said, list | tuple) else ()


def _scores(figures: Mapping[str, Any]) -> Sequence[tuple[str, float]]:
    found = (
        (caption, _part(figures, part).get(name))
        for (part, name), caption in analysis_words.SCORES.items()
    )
    return [(caption, value) for caption, value in found if isinstance(value, (int, float))]


def _part(figures: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = figures.get(name)
    return part if isinstance(part, Mapping) else {}


def goes_back_to(promotions: Sequence[Promotion]) -> Promotion | None:
    """Return the newest change of the version in use, which a rollback would undo."""
    return promotions[0] if promotions else None


def way_back_blocked(desk: Desk, last: Promotion | None, models: Sequence[ModelVersion]) -> str:
    """Return why the newest change cannot be undone, in words; empty where nothing is known of it.

    The desk reads no model: of the config's it sees whether the folder is there.
    """
    if last is None:
        return ""
    if last.previous is None:
        folder = desk.config.classifier.model
        gone = folder != SHIPPED and not Path(folder).is_dir()
        return _(analysis_words.CONFIG_GONE).format(folder=folder) if gone else ""
    if any(model.kept for model in models if model.version == last.previous):
        return ""
    return _(analysis_words.VERSION_GONE).format(version=last.previous)


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the list, of one version's card, and of the two acts."""
    router = APIRouter()

    @router.get("/versi")
    def versions_page(request: Request, _: AnalysisReader) -> Response:
        return _page(desk, request)

    @router.post("/pakai")
    def promote(
        request: Request,
        user: Analyst,
        version: Text = "",
        previous: Text = "",
        why: Text = "",
        paksa: Text = "",
    ) -> Response:
        draft = Draft(version, _typed(why), paksa == "1")
        model = desk.store.model(version) if version else None
        if model is None:
            return _refused(desk, request, "unknown_version", draft)
        forced = not (row_of(model, version_in_use(desk)).accepted or model.state == "former")
        if forced and not draft.forced:
            return _refused(desk, request, "not_checked", draft)
        if forced and not draft.why:
            return _refused(desk, request, "why_needed", draft)
        return _put_into_use(
            desk, request, version, previous, user.name, draft, forced=forced, done="pakai"
        )

    @router.post("/kembali")
    def roll_back(request: Request, user: Analyst, previous: Text = "", why: Text = "") -> Response:
        draft = Draft(why=_typed(why))
        last = goes_back_to(desk.store.promotions())
        if last is None:
            return _refused(desk, request, "no_previous", draft)
        if (last.version or CONFIGS) != previous:  # somebody changed it since the page was made
            return _page(desk, request, status=409, draft=draft, changed_by=last.by)
        blocked = way_back_blocked(desk, last, desk.store.models())
        if blocked:
            return _page(desk, request, status=422, draft=draft, problem=blocked)
        return _put_into_use(
            desk, request, last.previous, previous, user.name, draft, forced=False, done="kembali"
        )

    return router


def _typed(why: str) -> str:
    return why.replace("\r\n", "\n").strip()[:WHY_AT_MOST]


def _put_into_use(
    desk: Desk,
    request: Request,
    version: str | None,
    previous: str,
    by: str,
    draft: Draft,
    *,
    forced: bool,
    done: str,
) -> Response:
    try:
        desk.store.promote(version, previous or None, by, draft.why, forced, desk.now())
    except VersionConflict as exc:
        return _page(desk, request, status=409, draft=draft, changed_by=exc.by or "sistem")
    except InputError as exc:
        return _page(desk, request, status=422, draft=draft, problem=str(exc))
    return RedirectResponse(f"/analis/versi?pesan={done}", 303)


def _refused(desk: Desk, request: Request, problem: str, draft: Draft) -> Response:
    return _page(desk, request, status=422, draft=draft, problem=analysis_words.PROBLEMS[problem])


def _page(
    desk: Desk,
    request: Request,
    *,
    status: int = 200,
    draft: Draft | None = None,
    problem: str = "",
    changed_by: str = "",
) -> Response:
    models = desk.store.models()
    focus: Focus = focus_of(desk, "", [model.version for model in models])
    promotions = desk.store.promotions()
    last = goes_back_to(promotions)
    return analysis_page(
        desk,
        request,
        focus,
        "analysis_versions.html",
        status=status,
        rows=[row_of(model, focus.in_use) for model in models],
        chosen=desk.store.current_model() or CONFIGS,
        pulse=desk.pulse(),
        promotions=promotions[:PROMOTIONS_SHOWN],
        last=last,
        blocked=way_back_blocked(desk, last, models),
        draft=draft or Draft(),
        problem=problem,
        changed_by=changed_by,
        why_at_most=WHY_AT_MOST,
    )
