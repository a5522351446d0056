"""What the store gives out about logins: live sessions, and what codes are made of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

LoginStep = Literal["password", "code"]
"""What of a login failed."""


@dataclass(frozen=True, slots=True)
class Session:
    """A live session of an account: one browser in which somebody is logged in."""

    digest: str
    opened_at: datetime
    used_at: datetime
    agent: str
    """As the browser called itself; from outside, at most 256 letters."""


@dataclass(frozen=True, slots=True)
class Totp:
    """What the codes of an account are made of."""

    seed: str
    key: str
    """Names the install's key that makes the secret of the seed; "": the seed is the secret."""
    since: datetime | None
    """None: begun, and not confirmed by a first code yet."""
    last: int
    """The last time step whose code was taken: it and all before it are used up."""
