"""X's refusals: the problem bodies that it sends, as replies.

Shapes: docs.x.com/x-api/fundamentals/response-codes-and-errors (2026).
"""

from typing import Any

from tanggap.simulator.wire import PROBLEM_TYPE, Reply

_TYPES = "https://api.x.com/2/problems/"


class BadRequestError(Exception):
    """A parameter that X refuses; becomes a 400 with an `invalid-request` body."""

    def __init__(self, parameter: str, value: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.value = value
        self.message = message


def problem(status: int, title: str, detail: str, kind: str = "", **more: Any) -> Reply:
    """Return a problem reply; without `kind` its type is `about:blank`."""
    body = {
        "title": title,
        "detail": detail,
        "type": f"{_TYPES}{kind}" if kind else "about:blank",
        "status": status,
        **more,
    }
    return Reply(status, body, {"content-type": PROBLEM_TYPE})


def bad_request(error: BadRequestError) -> Reply:
    """Return the 400 that names the parameter."""
    body = {
        "errors": [{"parameters": {error.parameter: [error.value]}, "message": error.message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{_TYPES}invalid-request",
    }
    return Reply(400, body, {"content-type": PROBLEM_TYPE})


def unauthorized() -> Reply:
    """Return the 401 for a missing or unknown token."""
    return problem(401, "Unauthorized", "Unauthorized")


def missing_user(parameter: str, value: str) -> dict[str, Any]:
    """Return the entry of `errors` for an account that X does not know."""
    return {
        "resource_type": "user",
        "resource_id": value,
        "parameter": parameter,
        "value": value,
        "title": "Not Found Error",
        "detail": f"Could not find user with {parameter}: [{value}].",
        "type": f"{_TYPES}resource-not-found",
    }


def barred_user(parameter: str, value: str, standing: str) -> dict[str, Any]:
    """Return the entry of `errors` for an account that is suspended or protected."""
    if standing == "gone":
        return missing_user(parameter, value)
    detail = {
        "suspended": f"User has been suspended: [{value}].",
        "protected": f"Sorry, you are not authorized to see the user with {parameter}: [{value}].",
    }[standing]
    kind = "resource-not-found" if standing == "suspended" else "not-authorized-for-resource"
    return {
        "resource_type": "user",
        "resource_id": value,
        "parameter": parameter,
        "value": value,
        "title": "Forbidden" if standing == "suspended" else "Authorization Error",
        "detail": detail,
        "type": f"{_TYPES}{kind}",
    }


def missing_post(parameter: str, value: str) -> dict[str, Any]:
    """Return the entry of `errors` for a referenced post that is gone."""
    return {
        "resource_type": "tweet",
        "resource_id": value,
        "parameter": parameter,
        "value": value,
        "title": "Not Found Error",
        "detail": f"Could not find tweet with {parameter}: [{value}].",
        "type": f"{_TYPES}resource-not-found",
    }
