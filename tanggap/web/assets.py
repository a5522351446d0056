"""The desk's own files for the browser: read once, named with their digest, cached for good."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from tanggap.web.auth import Open

TYPES = {
    "analysis.js": "text/javascript; charset=utf-8",
    "desk.css": "text/css; charset=utf-8",
    "desk.js": "text/javascript; charset=utf-8",
    "lists.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "triage.js": "text/javascript; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file with its media type and a digest of what is in it."""

    body: bytes
    media_type: str
    digest: str


class Assets:
    """All files of `static/`, by name."""

    def __init__(self) -> None:
        folder = files("tanggap.web") / "static"
        self._by_name: dict[str, Asset] = {}
        for name, media_type in TYPES.items():
            body = (folder / name).read_bytes()
            digest = hashlib.sha256(body).hexdigest()[:16]
            self._by_name[name] = Asset(body, media_type, digest)

    def address(self, name: str) -> str:
        """Return the address under which pages ask for a file."""
        return f"/static/{name}?v={self._by_name[name].digest}"

    def get(self, name: str) -> Asset | None:
        """Return a file, or None."""
        return self._by_name.get(name)


def routes(assets: Assets) -> APIRouter:
    """Return the one route that serves the files."""
    router = APIRouter()

    @router.get("/static/{name}")
    def static(request: Request, _: Open, name: str, v: str = "") -> Response:
        asset = assets.get(name)
        if asset is None:
            raise HTTPException(404)
        tag = f'"{asset.digest}"'
        lasting = "public, max-age=31536000, immutable" if v == asset.digest else "no-cache"
        headers = {"ETag": tag, "Cache-Control": lasting}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(asset.body, media_type=asset.media_type, headers=headers)

    return router
