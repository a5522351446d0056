"""The Graph API's refusals: its error envelope and the errors that the service itself gives.

Shapes and codes: developers.facebook.com/docs/graph-api/guides/error-handling and
/documentation/pages-api/error-codes (2026). Clients are told to go by code and subcode alone.
"""

import base64
import hashlib
from typing import Any

from tanggap.simulator.wire import JSON_TYPE, Reply

NEEDS_PAGE_TOKEN = 2069032
"""Subcode of 190: this call needs the token of the Page (Pages API, error codes)."""
_TRANSIENT = frozenset({1, 2})
_STATUS = {1: 500, 2: 503, 4: 403, 10: 403, 17: 400, 32: 403, 190: 401, 200: 403, 368: 403}
_SUBCODES = {
    458: "The user has not authorized application.",
    459: "You cannot access the app till you log in to www.facebook.com.",
    460: "The session has been invalidated because the user changed the password.",
    463: "Session has expired.",
    464: "Sessions for the user are not allowed because the user is not a confirmed user.",
    467: "The session is invalid because the user logged out.",
    490: "The user is enrolled in a blocking, logged-in checkpoint.",
    492: "The user associated with the Page access token does not have an appropriate role.",
    493: "The user's permission to access data has expired.",
}
_MESSAGES = {
    1: "An unknown error occurred",
    2: "Service temporarily unavailable",
    3: "Application does not have the capability to make this API call.",
    4: "(#4) Application request limit reached",
    10: "(#10) Application does not have permission for this action",
    12: "(#12) This endpoint is deprecated for versions v22.0 and higher",
    17: "(#17) User request limit reached",
    32: "(#32) Page request limit reached",
    100: "(#100) Invalid parameter",
    102: "Session key invalid or no longer valid",
    190: "Invalid OAuth access token - Cannot parse access token",
    200: "(#200) Permissions error",
    341: "(#341) Application limit reached",
    368: "The action attempted has been deemed abusive or is otherwise disallowed",
    613: "(#613) Calls to this api have exceeded the rate limit.",
    803: "(#803) Some of the aliases you requested do not exist",
    80001: "(#80001) There have been too many calls to this Page account. Wait a bit and try "
    "again.",
    80002: "(#80002) There have been too many calls to this Instagram account. Wait a bit and try "
    "again.",
}


class GraphError(Exception):
    """A request that the Graph API refuses; becomes a reply with its `error` envelope."""

    def __init__(
        self,
        code: int,
        message: str = "",
        *,
        subcode: int | None = None,
        status: int | None = None,
        transient: bool | None = None,
        kind: str = "OAuthException",
    ) -> None:
        if not message and code == 190 and subcode in _SUBCODES:
            message = f"Error validating access token: {_SUBCODES[subcode]}"
        super().__init__(message or _MESSAGES.get(code, f"(#{code}) Error"))
        self.code = code
        self.subcode = subcode
        self.status = status or _STATUS.get(code, 400)
        self.transient = code in _TRANSIENT if transient is None else transient
        self.kind = kind

    def envelope(self, trace: str) -> dict[str, Any]:
        """Return the JSON body."""
        error: dict[str, Any] = {"message": str(self), "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.transient:
            error["is_transient"] = True
        error["fbtrace_id"] = trace
        return {"error": error}

    def reply(self, trace: str) -> Reply:
        """Return the refusal as a reply."""
        headers = {"content-type": JSON_TYPE}
        if self.code == 190:
            told = f'OAuth "Facebook Platform" "invalid_token" "{self}"'
            headers["www-authenticate"] = told
        return Reply(self.status, self.envelope(trace), headers)


def trace_id(*parts: object) -> str:
    """Return what the service would write into its own log, the same for the same request."""
    digest = hashlib.sha256(repr(parts).encode()).digest()[:16]
    return "A" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def missing_object(identity: str) -> GraphError:
    """Return 100/33: deleted, never there, or not to be seen with this token."""
    return GraphError(
        100,
        f"Unsupported get request. Object with ID '{identity}' does not exist, cannot be loaded "
        "due to missing permissions, or does not support this operation. Please read the Graph "
        "API documentation at https://developers.facebook.com/docs/graph-api",
        subcode=33,
        kind="GraphMethodException",
    )


def missing_alias(name: str) -> GraphError:
    """Return 803: a name instead of a number, and nobody's."""
    return GraphError(803, f"(#803) Some of the aliases you requested do not exist: {name}")


def missing_field(name: str, kind: str) -> GraphError:
    """Return 100: a field or edge that this kind of object does not have."""
    return GraphError(
        100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({kind})"
    )


def bad_parameter(message: str) -> GraphError:
    """Return 100 with its reason."""
    return GraphError(100, f"(#100) {message}")


def needs_permission(scope: str) -> GraphError:
    """Return 10: the token was never given a permission, or lost it."""
    return GraphError(
        10,
        f"(#10) This endpoint requires the '{scope}' permission or the 'Page Public Content "
        "Access' feature. Refer to https://developers.facebook.com/docs/apps/review",
    )


def needs_page_token() -> GraphError:
    """Return 190/2069032: a user's or system user's token where the Page's is wanted."""
    return GraphError(
        190,
        "A Page access token is required for this call for the new Pages experience.",
        subcode=NEEDS_PAGE_TOKEN,
        status=400,
    )
