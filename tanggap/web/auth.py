"""Who is asking: passwords, sessions, and the rule that every route declares."""

import hashlib
import logging
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated
from urllib.parse import quote

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tanggap.clock import Clock
from tanggap.config import WebSettings
from tanggap.errors import InputError
from tanggap.store.base import UserStore
from tanggap.store.rows import Role, User
from tanggap.web.security import refuse_foreign_write

FAILURES_AT_MOST = 5
THROTTLE_WINDOW = timedelta(minutes=15)
NAME_AT_MOST = 64
HASHED_AT_ONCE = 2
"""Argon2id takes 64 MiB each time; more at once would let a stranger fill the memory."""
HASH_WAIT_SECONDS = 5.0

log = logging.getLogger("tanggap.web")


class LoginRefused(Exception):
    """A login did not succeed; `reason` is a key of `words.LOGIN_PROBLEMS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotLoggedIn(HTTPException):
    """No live session; pages lead to the login, everything else gets 401."""

    def __init__(self) -> None:
        super().__init__(401)


@cache
def _hash_of_nobody() -> str:
    """Return what the password of an unknown name is compared with, made once a process."""
    return PasswordHasher().hash(secrets.token_urlsafe())


class Passwords:
    """Argon2id with the library's current defaults (RFC 9106, low-memory profile)."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._nobody = _hash_of_nobody()
        self._turns = threading.BoundedSemaphore(HASHED_AT_ONCE)

    def hash(self, password: str) -> str:
        """Return the text to keep for a password."""
        return self._hasher.hash(password)

    def fits(self, password: str, kept: str | None) -> bool:
        """Say whether `password` made `kept`; takes as long when nothing is kept.

        Raise LoginRefused("busy") when too many others are being checked.
        """
        if not self._turns.acquire(timeout=HASH_WAIT_SECONDS):
            raise LoginRefused("busy")
        try:
            self._hasher.verify(kept or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        finally:
            self._turns.release()
        return kept is not None


class Sessions:
    """Opaque session cookies; the store knows only their digests.

    People live in real time, also when the install's clock is compressed: idle time, lifetime
    and throttle are spans of real time, converted to the clock's.
    """

    def __init__(self, store: UserStore, clock: Clock, settings: WebSettings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._passwords = Passwords()
        self._one_count = threading.Lock()
        self.https = settings.public_url.startswith("https://")
        self.cookie = "__Host-tanggap" if self.https else "tanggap"

    def user_of(self, request: Request, *, touch: bool = True) -> User | None:
        """Return the user of the request's live session, or None.

        Without `touch` the request is no sign that the person is there.
        """
        token = request.cookies.get(self.cookie)
        if not token:
            return None
        idle = timedelta(minutes=self._settings.session_idle_minutes) * self._clock.speed
        return self._store.session_user(
            _digest(token), self._clock.now(), max(1, int(idle.total_seconds())), touch=touch
        )

    def log_in(self, request: Request, response: Response, name: str, password: str) -> None:
        """Open a session on `response`; raise LoginRefused with the reason.

        A failure is counted before the password is looked at and taken back when it fits, so
        that many tries at once cannot slip under the limit. One whose password could not be
        looked at ("busy") is taken back alone: earlier failures stay counted.
        """
        name = name.strip().casefold()[:NAME_AT_MOST]
        now = self._clock.now()
        since = now - THROTTLE_WINDOW * self._clock.speed
        with self._one_count:
            if self._store.failed_logins(name, since) >= FAILURES_AT_MOST:
                log.warning("event=login_throttled")
                raise LoginRefused("throttled")
            self._store.note_login(name, False, now)
        user = self._store.user(name)
        kept = user.password_hash if user is not None and user.active else None
        try:
            fits = self._passwords.fits(password, kept)
        except LoginRefused:
            self._store.take_back_failure(name, now)
            raise
        if kept is None or not fits:
            log.warning("event=login_failed")
            raise LoginRefused("wrong")
        self._store.note_login(name, True, now)
        self._close(request)
        try:
            self._open(response, name, kept, now)
        except InputError as exc:  # disabled, or another password, since the look
            raise LoginRefused("wrong") from exc
        log.info("event=login")

    def _open(self, response: Response, name: str, kept: str, now: datetime) -> None:
        token = secrets.token_urlsafe(32)
        lifetime = timedelta(hours=self._settings.session_hours)
        expires = now + lifetime * self._clock.speed
        self._store.open_session(_digest(token), name, kept, now, expires)
        response.set_cookie(
            self.cookie,
            token,
            max_age=int(lifetime.total_seconds()),
            path="/",
            secure=self.https,
            httponly=True,
            samesite="lax",
        )

    def log_out(self, request: Request, response: Response) -> None:
        """End the request's session, if there is one, and take the cookie back."""
        self._close(request)
        response.delete_cookie(
            self.cookie, path="/", secure=self.https, httponly=True, samesite="lax"
        )

    def _close(self, request: Request) -> None:
        token = request.cookies.get(self.cookie)
        if token:
            self._store.close_session(_digest(token))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Access:
    """The role rule of a route: a dependency that every route must declare.

    No roles: open to everyone, also without login. Writing requests must come from our own
    pages, whatever the rule.
    """

    roles: frozenset[Role] = frozenset()
    touch: bool = True
    """False for what a page asks by itself: a forgotten tab keeps no session alive."""

    def __call__(self, request: Request) -> User | None:
        """Return the user; raise NotLoggedIn (401) or 403."""
        desk = request.app.state.desk
        refuse_foreign_write(request, desk.config.web.public_url)
        if not self.roles:
            return None
        sessions: Sessions = desk.sessions
        user = sessions.user_of(request, touch=self.touch)
        request.state.user = user
        if user is None:
            raise NotLoggedIn
        if user.role not in self.roles:
            raise HTTPException(403)
        return user


ACTING: frozenset[Role] = frozenset({"supervisor", "opd"})
"""Who works on items."""
CORRECTING: frozenset[Role] = ACTING | {"analyst"}
"""Who may say what an item is: the analyst's word is a label, too."""
READING: frozenset[Role] = CORRECTING | {"auditor"}
ANALYSIS: frozenset[Role] = frozenset({"analyst", "supervisor", "auditor"})
"""Who may see how the classifier is doing."""

Open = Annotated[None, Depends(Access())]
Staff = Annotated[User, Depends(Access(ACTING))]
Corrector = Annotated[User, Depends(Access(CORRECTING))]
Reader = Annotated[User, Depends(Access(READING))]
ReaderPage = Annotated[User, Depends(Access(READING, touch=False))]
"""Not a reader but the page that is open before one."""
Analyst = Annotated[User, Depends(Access(frozenset({"analyst"})))]
AnalysisReader = Annotated[User, Depends(Access(ANALYSIS))]
AnalysisPage = Annotated[User, Depends(Access(ANALYSIS, touch=False))]
Supervisor = Annotated[User, Depends(Access(frozenset({"supervisor"})))]


def login_address(request: Request) -> str:
    """Return the login page's address that leads back to what was asked for."""
    if request.method != "GET" or request.url.path == "/":
        return "/masuk"
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/masuk?lanjut={quote(request.url.path + query, safe='')}"


def local_path(wanted: str, otherwise: str) -> str:
    """Return `wanted` when it is a path of this desk, and `otherwise` when it leads elsewhere."""
    safe = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if safe and wanted.isprintable() and "\\" not in wanted else otherwise
