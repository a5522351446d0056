"""Training and reports: asked for on the desk, done by a daemon, watched while they go on."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from tanggap.errors import InputError
from tanggap.language import present
from tanggap.store.rows_tuning import Job, JobKind
from tanggap.web import analysis_words
from tanggap.web.analysis_frame import JOBS_SHOWN, Focus, analysis_page, focus_of, under_way
from tanggap.web.auth import AnalysisPage, Analyst
from tanggap.web.desk import Desk


def jobs_tag(jobs: list[Job]) -> str:
    """Return what changes whenever one of the jobs does, or the language."""
    said = (f"{job.id}:{job.state}:{job.started_at}:{job.ended_at}" for job in jobs)
    seen = "|".join((present(), *said))
    return f'"{hashlib.sha256(seen.encode()).hexdigest()[:24]}"'


def routes(desk: Desk) -> APIRouter:
    """Return the routes that ask for work and that tell how it goes."""
    router = APIRouter()

    @router.post("/latih")
    def train(request: Request, user: Analyst) -> Response:
        return _ask(desk, request, "train", {}, user.name, "/analis?pesan=latih")

    @router.post("/laporan")
    def report(
        request: Request,
        user: Analyst,
        model: Annotated[str, Form()] = "",
    ) -> Response:
        focus = focus_of(desk, model)
        if not focus.model or model not in ("", focus.model):
            raise HTTPException(404)
        wanted = {"model": focus.model}
        return _ask(desk, request, "report", wanted, user.name, "/analis?pesan=laporan")

    @router.get("/pekerjaan")
    def jobs(request: Request, _: AnalysisPage) -> Response:
        found = desk.store.jobs(JOBS_SHOWN)
        headers = {"ETag": jobs_tag(found), "Cache-Control": "private, no-cache"}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        text = desk.templates.get_template("analysis_jobs.html").render(
            jobs=found, said=analysis_words, under_way=under_way(found)
        )
        return Response(text, media_type="text/html; charset=utf-8", headers=headers)

    return router


def _ask(
    desk: Desk, request: Request, kind: JobKind, params: dict[str, str], by: str, done: str
) -> Response:
    try:
        desk.store.ask_job(kind, params, by, desk.now())
    except InputError as exc:
        focus: Focus = focus_of(desk, "")
        return analysis_page(
            desk, request, focus, "analysis_refused.html", status=409, problem=str(exc)
        )
    return RedirectResponse(done, 303)
