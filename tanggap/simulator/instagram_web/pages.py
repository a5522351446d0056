"""Pages of www.instagram.com as far as instaloader reads them: the JSON embedded in scripts."""

import json
from typing import Any

from tanggap.simulator.wire import Reply

HTML_TYPE = "text/html; charset=utf-8"
PAGE_TOKENS = {"fb_dtsg": "NAcOqXh3vK9sLw2:17864863018058451:1795140000", "lsd": "aVq3x0LmT8s"}
"""Tokens of the start page that the web app repeats with its queries."""


def html(body: str, status: int = 200) -> Reply:
    """Return a page."""
    page = f'<!DOCTYPE html><html lang="id"><head><title>Instagram</title></head>{body}</html>'
    return Reply(status, headers={"content-type": HTML_TYPE}, body=page.encode())


def profile_page(*results: dict[str, Any]) -> Reply:
    """Return the page of a profile with the data of the queries that it was drawn from."""
    return html(
        f"<body><main></main>{''.join(_script(_embedded(data)) for data in results)}</body>"
    )


def bare_page(status: int = 200) -> Reply:
    """Return the page without data: to what does not look like a browser, and for no profile."""
    return html("<body><main></main></body>", status)


def start_page(viewer_id: str = "") -> Reply:
    """Return the start page with its tokens; those of a visitor who is not logged in are fewer."""
    defined: list[list[Any]] = [
        ["LSD", [], {"token": PAGE_TOKENS["lsd"]}, 323],
        ["CurrentUserInitialData", [], {"IG_USER_EIMU": viewer_id or "0"}, 270],
    ]
    if viewer_id:
        defined.insert(0, ["DTSGInitialData", [], {"token": PAGE_TOKENS["fb_dtsg"]}, 258])
    script = _script({"require": [["ScheduledServerJS", "handle", None, [{"define": defined}]]]})
    return html(f"<body><main></main>{script}</body>")


def login_page() -> Reply:
    """Return the page to which a visitor is sent who must log in."""
    return html("<body><form id='loginForm' method='post'></form></body>")


def _embedded(data: dict[str, Any]) -> dict[str, Any]:
    result = {"__bbox": {"complete": True, "result": {"data": data}, "sequence_number": 0}}
    stream = ["RelayPrefetchedStreamCache", "next", [], ["adp_Polaris", result]]
    return {"require": [["ScheduledServerJS", "handle", None, [{"__bbox": {"require": [stream]}}]]]}


def _script(value: Any) -> str:
    """Return a script of JSON that no text in it can close."""
    text = json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
    return (
        f'<script type="application/json" data-content-len="{len(text)}" data-sjs>{text}</script>'
    )
