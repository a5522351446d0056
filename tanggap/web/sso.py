"""A login by the provider of the city's accounts, as the desk knows it without its library."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from tanggap.config import Config, read_secret
from tanggap.errors import ConfigError

if TYPE_CHECKING:
    from tanggap.web.oidc import Provider

CALLBACK = "/masuk/sso/kembali"
GOAL_AT_MOST = 3000
"""Characters of an address to lead on to, as it is kept: a cookie has 4096 bytes."""


class OidcRefused(Exception):
    """A login by the provider did not succeed; `reason` is a code for logs, never a text of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def provider_of(config: Config) -> "Provider | None":
    """Return the provider that `[web.oidc]` names, None without one; raise ConfigError."""
    if config.web.oidc is None:
        return None
    try:
        # Only who uses it installs it: the extra `oidc`.
        from tanggap.web.oidc import Provider
    except ImportError as exc:
        raise ConfigError(
            f"{config.path}: [web.oidc] perlu pustaka yang belum terpasang; pasang dengan "
            '`pip install "tanggap[oidc]"`'
        ) from exc
    secret = read_secret("oidc_secret", config.path.parent)
    if not secret:
        raise ConfigError(
            f"{config.path}: [web.oidc] ada tetapi rahasia klien belum ada; isi variabel "
            "lingkungan TANGGAP_OIDC_SECRET atau TANGGAP_OIDC_SECRET_FILE"
        )
    return Provider(config.web.oidc, secret, config.web.public_url + CALLBACK, config.clock)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is kept of a login between the button and the way back, in a cookie of its browser."""

    state: str
    """Comes back in the address: the answer belongs to this browser's question."""
    nonce: str
    """Comes back in the ID token: so does the token."""
    verifier: str
    """Proves to the provider that who takes the code is who asked (PKCE, RFC 7636)."""
    begun_at: datetime
    goal: str
    """Path of this desk to lead on to."""

    @classmethod
    def begin(cls, goal: str, now: datetime) -> "Attempt":
        """Return a new one; a goal too long for a cookie becomes the start page."""
        first, second, third = (secrets.token_urlsafe(32) for _ in range(3))
        short = len(quote(goal, safe="")) <= GOAL_AT_MOST
        return cls(first, second, third, now, goal if short else "/")

    @classmethod
    def read(cls, cookie: str) -> "Attempt | None":
        """Return what `written` wrote; None when it is anything else."""
        try:
            state, nonce, verifier, begun, goal = cookie.split(".", 4)
            at = datetime.fromtimestamp(int(begun), UTC)
        except (ValueError, OverflowError, OSError):
            return None
        whole = state and nonce and verifier
        return cls(state, nonce, verifier, at, unquote(goal)) if whole else None

    def written(self) -> str:
        """Return it as the value of a cookie."""
        begun = str(int(self.begun_at.timestamp()))
        return ".".join((self.state, self.nonce, self.verifier, begun, quote(self.goal, safe="")))
