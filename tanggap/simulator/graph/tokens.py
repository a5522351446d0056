"""The tokens of the Graph API: the one secret, the Pages' that derive from it, and their state.

Facts: developers.facebook.com/docs/facebook-login/guides/access-tokens (2026), the subcodes of
190 in /docs/graph-api/guides/error-handling.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qs

from tanggap.simulator.graph.errors import GraphError, bad_parameter, needs_permission
from tanggap.simulator.graph.nodes import PageNode, instagram_user_id
from tanggap.simulator.wire import Call

_FORM = "application/x-www-form-urlencoded"
SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_read_user_content",
    "instagram_basic",
    "instagram_manage_comments",
    "business_management",
)


@dataclass
class TokenState:
    """What may be said of the main token. A test sets it."""

    kind: Literal["system", "user"] = "system"
    """A system user's, counted per account, or a person's, counted per app."""
    expires_at: datetime | None = None
    data_access_expires_at: datetime | None = None
    """None: never, as for a system user's."""
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    revoked: int | None = None
    """Subcode of 190 from now on (458 app removed, 460 password changed, ...); also for Pages."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose token a call came with. `page` is set for a Page's."""

    kind: Literal["main", "page", "app"]
    token: str
    page: PageNode | None = None


class Tokens:
    """Knows all tokens of one simulated app."""

    def __init__(self, main: str, pages: Iterable[PageNode]) -> None:
        self.main = main
        self.state = TokenState()
        self.app_id = "990000000000001"
        self.app_secret = ""
        """Once set, calls must be signed and the app's own token is known."""
        self.require_proof = True
        """Whether an unsigned call is refused; a wrong signature always is."""
        self.ungranted: set[str] = set()
        """Handles of accounts, Pages or Instagram's, in which the token has no role."""
        self._by_token = {page_token(main, page): page for page in pages}

    def of_page(self, page: PageNode) -> str:
        """Return the token of a Page."""
        return page_token(self.main, page)

    def page_of(self, token: str) -> PageNode | None:
        """Return the Page whose token this is, or None."""
        return self._by_token.get(token)

    def granted(self, handle: str) -> bool:
        """Whether the token may read an account at all."""
        return handle.lower() not in {name.lower() for name in self.ungranted}

    def read(self, call: Call, now: datetime) -> Bearer:
        """Return whose token a call carries; raises GraphError for one that does not work."""
        token = credential(call)
        if not token:
            raise GraphError(104, "An access token is required to request this resource.")
        bearer = self._bearer(token)
        if bearer is None:
            raise GraphError(190, status=400)
        self._check_proof(bearer, call)
        subcode = self._dead(bearer, now)
        if subcode is not None:
            raise GraphError(190, subcode=subcode)
        return bearer

    def require_scope(self, scope: str) -> None:
        """Raise GraphError 10 when the token was not given a permission."""
        if scope not in self.state.scopes:
            raise needs_permission(scope)

    def described(self, token: str, bearer: Bearer, now: datetime) -> dict[str, Any]:
        """Return the `data` of /debug_token about a token, as seen with another or with itself."""
        about = self._bearer(token)
        if about is None or about.kind == "app":
            told = {"code": 190, "message": "Invalid OAuth access token."}
            return {"error": told, "is_valid": False, "scopes": []}
        if bearer.kind == "page" and bearer.token != token:
            raise bad_parameter("You must provide an app access token, or a user access token "
                                "that is an owner or developer of the app")  # fmt: skip
        state = self.state
        data: dict[str, Any] = {
            "app_id": self.app_id,
            "type": {"main": "USER", "page": "PAGE"}[about.kind],
            "application": "Tanggap Kota Sukamaju",
            "data_access_expires_at": _seconds(state.data_access_expires_at),
            "expires_at": _seconds(state.expires_at if about.kind == "main" else None),
            "is_valid": True,
            "issued_at": 1_790_000_000,
            "scopes": sorted(state.scopes),
            "granular_scopes": [self._granular(scope) for scope in sorted(state.scopes)],
            "user_id": "122100000000000007",
        }
        if state.kind == "system" and about.kind == "main":
            data["type"] = "SYSTEM_USER"
        if about.page is not None:
            data["profile_id"] = about.page.id
        subcode = self._dead(about, now)
        if subcode is not None:
            told = {"code": 190, "message": str(GraphError(190, subcode=subcode))}
            data["error"] = {**told, "subcode": subcode}
            data["is_valid"] = False
        return data

    def _granular(self, scope: str) -> dict[str, Any]:
        """Return a scope with the accounts that it is limited to; all of them go without saying."""
        if not self.ungranted or scope.startswith("business"):
            return {"scope": scope}
        instagram = scope.startswith("instagram")
        targets = []
        for page in self._by_token.values():
            account = page.instagram if instagram else page.account
            if account is not None and self.granted(account.handle):
                targets.append(instagram_user_id(account) if instagram else page.id)
        return {"scope": scope, "target_ids": targets}

    def _bearer(self, token: str) -> Bearer | None:
        if token == self.main:
            return Bearer("main", token)
        page = self._by_token.get(token)
        if page is not None:
            return Bearer("page", token, page)
        if self.app_secret and token == f"{self.app_id}|{self.app_secret}":
            return Bearer("app", token)
        return None

    def _dead(self, bearer: Bearer, now: datetime) -> int | None:
        """Return the subcode of 190 for a token that no longer works."""
        state = self.state
        if bearer.kind == "app":
            return None
        if state.revoked is not None:
            return state.revoked
        if bearer.kind == "main" and state.expires_at is not None and state.expires_at <= now:
            return 463
        if state.data_access_expires_at is not None and state.data_access_expires_at <= now:
            return 493
        if bearer.page is not None and not self.granted(bearer.page.account.handle):
            return 492
        return None

    def _check_proof(self, bearer: Bearer, call: Call) -> None:
        """Compare the signature (docs: /docs/graph-api/guides/secure-requests, 2026)."""
        if not self.app_secret:
            return
        given = call.query.get("appsecret_proof", [""])[0]
        if not given:
            if self.require_proof and bearer.kind != "app":
                raise GraphError(
                    100,
                    "API calls from the server require an appsecret_proof argument",
                    kind="GraphMethodException",
                )
            return
        if not hmac.compare_digest(given, proof(self.app_secret, bearer.token)):
            raise GraphError(
                100,
                "Invalid appsecret_proof provided in the API argument",
                kind="GraphMethodException",
            )


def credential(call: Call) -> str:
    """Return the token of a call: out of its query, its header, or the form that it posts."""
    given = call.query.get("access_token")
    if not given and call.headers.get("content-type", "").startswith(_FORM):
        given = parse_qs(call.body.decode("ascii", "replace")).get("access_token")
    if given:
        return given[0]
    kind, _, token = call.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() in ("bearer", "oauth") else ""


def page_token(main: str, page: PageNode) -> str:
    """Return the token of a Page, derived from the main one so that it survives a restart."""
    return "EAA" + hmac.new(main.encode(), page.id.encode(), hashlib.sha256).hexdigest()


def proof(secret: str, token: str) -> str:
    """Return the signature of a token by the app's secret."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def _seconds(moment: datetime | None) -> int:
    """Return Unix seconds; 0 stands for never."""
    return int(moment.timestamp()) if moment else 0
