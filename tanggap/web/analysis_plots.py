"""/analis/gambar: the pictures of the reports, as the tuning loop left them in the store."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from tanggap.web.analysis_frame import VERSION
from tanggap.web.auth import AnalysisReader
from tanggap.web.desk import Desk

Model = Annotated[str, Path(pattern=VERSION)]
Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,60}$")]


def routes(desk: Desk) -> APIRouter:
    """Return the one route that serves them."""
    router = APIRouter()

    @router.get("/gambar/{model}/{name}.png")
    def plot(request: Request, _: AnalysisReader, model: Model, name: Name) -> Response:
        png = desk.store.plot(model, name)
        if png is None:
            raise HTTPException(404)
        tag = f'"{hashlib.sha256(png).hexdigest()[:24]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(png, media_type="image/png", headers=headers)

    return router
