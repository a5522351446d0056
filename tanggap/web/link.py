"""/tautan: what stands between a link in a citizen's text and the site it leads to."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from tanggap.web.auth import Reader
from tanggap.web.desk import Desk
from tanggap.web.untrusted import host_of

ADDRESS_AT_MOST = 4000


def routes(desk: Desk) -> APIRouter:
    """Return the route of the interstitial page."""
    router = APIRouter()

    @router.get("/tautan")
    def link_page(request: Request, _: Reader, ke: str = "") -> Response:
        host = host_of(ke)
        if not host or len(ke) > ADDRESS_AT_MOST or not ke.isprintable():
            raise HTTPException(404)
        return desk.page(request, "link.html", address=ke, host=host)

    return router
