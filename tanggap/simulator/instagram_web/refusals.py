"""What Instagram answers when it does not answer: status, body and headers of each refusal.

Bodies are those that instaloader and its tracker know (issues 2501, 2682, 2690, 1997; 2025-2026).
"""

from typing import Any

from tanggap.simulator.instagram_web.pages import html
from tanggap.simulator.instagram_web.requests import WEB_HOST, host_of
from tanggap.simulator.wire import Call, Reply

WAIT = "Please wait a few minutes before you try again."


def please_wait(status: int = 401) -> Reply:
    """Return the refusal of a session or address that asked too much; no word on how long."""
    body = {"message": WAIT, "require_login": True, "igweb_rollout": True, "status": "fail"}
    return Reply(status, body)


def to_login(call: Call) -> Reply:
    """Return the redirect of a visitor who has no session, or whose session has ended."""
    host = host_of(call) or WEB_HOST
    location = f"https://{host}/accounts/login/?next={call.path}"
    return Reply(302, headers={"location": location}, body=b"")


def to_door(kind: str) -> Reply:
    """Return the redirect of a session that may go on once a person has done something.

    `kind`: challenge, or suspended.
    """
    path = "accounts/suspended/" if kind == "suspended" else "challenge/"
    location = f"https://{WEB_HOST}/{path}?next=/"
    return Reply(302, headers={"location": location}, body=b"")


def failed(message: str, status: int = 400, **more: Any) -> Reply:
    """Return a refusal in the common form."""
    return Reply(status, {"message": message, **more, "status": "fail"})


def stale_query(query: str) -> Reply:
    """Return the refusal of a query number that the site no longer knows."""
    return failed("invalid_document", errors=[{"message": f"Document {query} was not found."}])


def bad_cursor() -> Reply:
    """Return the refusal of a cursor that the site did not hand out."""
    return failed("Invalid cursor")


def media_missing() -> Reply:
    """Return the app's answer for a post that is gone or private."""
    return failed("Media not found or unavailable")


def not_allowed() -> Reply:
    """Return the answer to whatever would write."""
    return failed("Method not allowed", 405)


def csrf_missing() -> Reply:
    """Return the page for a form without its token."""
    return html("<body><h2>CSRF token missing or incorrect.</h2></body>", 403)


def retry_page() -> Reply:
    """Return the web app's answer to a query whose page tokens do not fit: no plain JSON."""
    body = (
        'for (;;);{"__ar":1,"error":1357004,"errorSummary":"Sorry, something went wrong",'
        '"errorDescription":"Please try closing and re-opening your browser window."}'
    )
    headers = {"content-type": "application/x-javascript; charset=utf-8"}
    return Reply(200, headers=headers, body=body.encode())
