"""The login of www.instagram.com: whom it lets in, and how it says no.

It lets the simulator's viewer in with the simulator's token as the password.
"""

from collections.abc import Mapping
from typing import Any

from tanggap.simulator.instagram_web.session import VIEWER_HANDLE, VIEWER_ID, session_cookies
from tanggap.simulator.wire import Reply

SECOND_FACTOR = "481516"
"""The code that the viewer's telephone would show."""


def log_in(given: Mapping[str, Any], token: str, *, is_user: bool) -> Reply:
    """Return the answer to name and password; `is_user`: an account of the city has the name."""
    name = str(given.get("username", ""))
    password = str(given.get("enc_password", "")).rpartition(":")[2]
    if name == VIEWER_HANDLE and password == token:
        return _let_in(token)
    known = is_user or name == VIEWER_HANDLE
    return Reply(200, {"authenticated": False, "user": known, "status": "ok"})


def pass_second_factor(given: Mapping[str, Any], token: str) -> Reply:
    """Return the answer to the code of the second factor."""
    if given.get("verificationCode") == SECOND_FACTOR and given.get("username") == VIEWER_HANDLE:
        return _let_in(token)
    message = "Please check the security code and try again."
    return Reply(400, {"message": message, "error_type": "sms_code_validation", "status": "fail"})


def _let_in(token: str) -> Reply:
    cookies = session_cookies(token)
    # A reply has each header once; names that differ in case let it set several cookies.
    headers = {
        "set-cookie": f"sessionid={cookies['sessionid']}; Path=/",
        "Set-Cookie": f"csrftoken={cookies['csrftoken']}; Path=/",
        "SET-COOKIE": f"ds_user_id={cookies['ds_user_id']}; Path=/",
    }
    body = {"authenticated": True, "user": True, "userId": VIEWER_ID, "status": "ok"}
    return Reply(200, body, headers)
