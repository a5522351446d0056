"""/analis: how the classifier is doing, on one page; the other pages of the analyst hang below."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tanggap.store.rows_tuning import ModelState
from tanggap.web import (
    analysis_card,
    analysis_confusion,
    analysis_jobs,
    analysis_label,
    analysis_plots,
    analysis_reliability,
    analysis_risk,
    analysis_sectors,
    analysis_suspects,
    analysis_versions,
    analysis_words,
)
from tanggap.web.analysis_frame import JOBS_SHOWN, Body, analysis_page, focus_of, report_of
from tanggap.web.analysis_trends import drift_of, learning_curve_of
from tanggap.web.analysis_versions import Row, row_of
from tanggap.web.auth import AnalysisReader
from tanggap.web.desk import Desk

PAGES = (
    analysis_label,
    analysis_suspects,
    analysis_confusion,
    analysis_risk,
    analysis_reliability,
    analysis_sectors,
    analysis_versions,
    analysis_card,
    analysis_jobs,
    analysis_plots,
)


@dataclass(frozen=True, slots=True)
class Overview:
    """What all reports say in a sentence each, and which are missing and why."""

    summaries: Mapping[str, str]
    missing: Mapping[str, str]


def overview_of(body: Body) -> Overview:
    """Read the report `overview`; kinds that this release does not know are left out."""
    return Overview(
        {
            str(one["kind"]): str(one["summary"])
            for one in body["reports"]
            if one["kind"] in analysis_words.REPORTS
        },
        {
            str(one["kind"]): str(one["why"])
            for one in body["missing"]
            if one["kind"] in analysis_words.REPORTS
        },
    )


def newest_candidate(states: Mapping[str, ModelState]) -> str | None:
    """Return the newest version that was trained after the one in use, None when there is none.

    `states` are those of all versions, newest first.
    """
    for version, state in states.items():
        if state == "current":
            return None
        if state in ("candidate", "refused"):
            return version
    return None


def routes(desk: Desk) -> APIRouter:
    """Return the routes of all pages below /analis."""
    router = APIRouter(prefix="/analis")

    @router.get("")
    def summary_page(request: Request, _: AnalysisReader, model: str = "") -> Response:
        states = desk.store.model_states()
        focus = focus_of(desk, model, states)
        chosen = desk.store.current_model()
        return analysis_page(
            desk,
            request,
            focus,
            "analysis_summary.html",
            pulse=desk.pulse(),
            chosen=chosen,
            current=_row(desk, chosen, focus.in_use),
            candidate=_row(desk, newest_candidate(states), focus.in_use),
            test_set=desk.store.test_set(),
            jobs=desk.store.jobs(JOBS_SHOWN),
            overview=report_of(desk, focus.model, "overview", overview_of),
            learning=report_of(desk, focus.model, "learning_curve", learning_curve_of),
            drift=report_of(desk, focus.model, "drift", drift_of),
        )

    for page in PAGES:
        router.include_router(page.routes(desk))
    return router


def _row(desk: Desk, version: str | None, in_use: str) -> Row | None:
    model = None if version is None else desk.store.model(version)
    return None if model is None else row_of(model, in_use)
