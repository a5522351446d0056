"""Who is asking: passwords, sessions, and the rule that every route declares."""

import hashlib
import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
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
from tanggap.store.base import Store
from tanggap.store.rows import Role, User
from tanggap.store.rows_users import Session
from tanggap.web.second_step import SecondStep
from tanggap.web.security import refuse_foreign_write
from tanggap.web.throttle import LoginRefused as LoginRefused  # its users know it from here
from tanggap.web.throttle import Throttle

NAME_AT_MOST = 64
HASHED_AT_ONCE = 2
"""Argon2id takes 64 MiB each time; more at once would let a stranger fill the memory."""
HASH_WAIT_SECONDS = 5.0
CODE_WAIT = timedelta(minutes=5)
"""Real time in which the code must follow the password."""

log = logging.getLogger("tanggap.web")


class NotLoggedIn(HTTPException):
    """No live session; pages lead to the login, everything else gets 401."""

    def __init__(self) -> None:
        super().__init__(401)


class TotpNeeded(HTTPException):
    """The role must use codes at login, and this account does not yet."""

    def __init__(self) -> None:
        super().__init__(403)


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
        """Return the text to keep for a password; raise LoginRefused("busy") as `fits` does."""
        with self._turn():
            return self._hasher.hash(password)

    def fits(self, password: str, kept: str | None) -> bool:
        """Say whether `password` made `kept`; takes as long when nothing is kept.

        Raise LoginRefused("busy") when too many others are being checked.
        """
        with self._turn():
            try:
                self._hasher.verify(kept or self._nobody, password)
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=HASH_WAIT_SECONDS):
            raise LoginRefused("busy")
        try:
            yield
        finally:
            self._turns.release()


class Sessions:
    """Opaque session cookies; the store knows only their digests.

    People live in real time, also when the install's clock is compressed: idle time, lifetime
    and throttle are spans of real time, converted to the clock's.
    """

    def __init__(
        self, store: Store, clock: Clock, settings: WebSettings, totp_key: str = ""
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._passwords = Passwords()
        self._throttle = Throttle(store, clock)
        self.second = SecondStep(store, clock, self._throttle, totp_key)
        self.https = settings.public_url.startswith("https://")
        self.cookie = "__Host-tanggap" if self.https else "tanggap"
        self.step_cookie = f"{self.cookie}-kode"

    def user_of(self, request: Request, *, touch: bool = True) -> User | None:
        """Return the user of the request's live session, or None.

        Without `touch` the request is no sign that the person is there.
        """
        token = request.cookies.get(self.cookie)
        if not token:
            return None
        return self._store.session_user(
            _digest(token), self._clock.now(), self._idle_seconds(), touch=touch
        )

    def log_in(self, request: Request, response: Response, name: str, password: str) -> bool:
        """Look at a password; open a session on `response`, or say True: a code is asked for.

        Raise LoginRefused with the reason. A failure is counted before the password is looked at
        and taken back when it fits, so that many tries at once cannot slip under the limit. One
        whose password could not be looked at ("busy") is taken back alone: earlier failures stay
        counted. So they do while the code is still to come.
        """
        name = name.strip().casefold()[:NAME_AT_MOST]
        now = self._throttle.count(name, "password")
        user = self._store.user(name)
        kept = user.password_hash if user is not None and user.active else None
        fits = self._fits(name, now, password, kept)
        if user is None or kept is None or not fits:
            log.warning("event=login_failed")
            raise LoginRefused("wrong")
        if user.totp:
            self._throttle.take_back(name, now, "password")
        else:
            self._throttle.clear(name)
        return self._admit(request, response, user, "wrong")

    def log_in_as(self, request: Request, response: Response, name: str) -> bool:
        """Open a session for whom the city's provider named, as `log_in` does for a password.

        Raise LoginRefused("no_account"). A name is neither cut nor folded from letters that no
        account has: it must not become another's. Failed passwords stay counted, since who made
        them is not who logs in here.
        """
        ours = name.isascii() and name.isprintable() and len(name) <= NAME_AT_MOST
        user = self._store.user(name.strip().casefold()) if ours else None
        if user is None or not user.active:
            raise LoginRefused("no_account")
        return self._admit(request, response, user, "no_account")

    def _admit(self, request: Request, response: Response, user: User, otherwise: str) -> bool:
        """Open a session, or say True: a code is asked for. Raise LoginRefused(otherwise)."""
        self._close(request)
        try:
            if user.totp:
                self._ask_for_code(response, user.name, user.password_hash)
            else:
                self._open(request, response, user.name, user.password_hash)
        except InputError as exc:  # disabled, or another password, since the look
            raise LoginRefused(otherwise) from exc
        log.info("event=login code_to_come=%d", user.totp)
        return user.totp

    def waiting_for_code(self, request: Request) -> User | None:
        """Return whose password was right a short while ago and whose code is still to come."""
        token = request.cookies.get(self.step_cookie)
        return self._store.login_step_user(_digest(token), self._clock.now()) if token else None

    def log_in_by_code(
        self, request: Request, response: Response, code: str, recovery: str
    ) -> None:
        """Open a session for whose password was right; raise LoginRefused with the reason."""
        user = self.waiting_for_code(request)
        if user is None:
            raise LoginRefused("too_late")
        self.second.check(user.name, code, recovery)
        try:
            self._open(request, response, user.name, user.password_hash)
        except InputError as exc:
            raise LoginRefused("too_late") from exc
        self._throttle.clear(user.name)
        self._store.close_login_step(_digest(request.cookies[self.step_cookie]))
        self._take_back(response, self.step_cookie)
        log.info("event=login")

    def check_password(self, user: User, password: str) -> None:
        """Ask somebody who is logged in for the password; raise LoginRefused.

        Throttled together with logins: a browser left open is no place to try passwords at.
        """
        at = self._throttle.count(user.name, "password")
        if not self._fits(user.name, at, password, user.password_hash):
            raise LoginRefused("wrong_password")
        self._throttle.take_back(user.name, at, "password")

    def _fits(self, name: str, at: datetime, password: str, kept: str | None) -> bool:
        """Look at a password; take its failure of `at` back where it could not be looked at."""
        try:
            return self._passwords.fits(password, kept)
        except LoginRefused:
            self._throttle.take_back(name, at, "password")
            raise

    def change_password(self, request: Request, user: User, password: str) -> None:
        """Keep a new password and end the other sessions; raise LoginRefused("changed").

        Who is logged in has shown the old one to `check_password`.
        """
        made = self._passwords.hash(password)
        here = self.here(request)
        if not self._store.change_password(user.name, user.password_hash, made, here):
            raise LoginRefused("changed")
        log.info("event=password_changed")

    def here(self, request: Request) -> str:
        """Return the digest of the request's own session."""
        return _digest(request.cookies.get(self.cookie, ""))

    def live(self, user: User) -> list[Session]:
        """Return the live sessions of an account, the last used first."""
        return self._store.sessions_of(user.name, self._clock.now(), self._idle_seconds())

    def _idle_seconds(self) -> int:
        idle = timedelta(minutes=self._settings.session_idle_minutes) * self._clock.speed
        return max(1, int(idle.total_seconds()))

    def _ask_for_code(self, response: Response, name: str, kept: str) -> None:
        token, now = secrets.token_urlsafe(32), self._clock.now()
        expires = now + CODE_WAIT * self._clock.speed
        self._store.open_login_step(_digest(token), name, kept, now, expires)
        self._give(response, self.step_cookie, token, CODE_WAIT)

    def _open(self, request: Request, response: Response, name: str, kept: str) -> None:
        token, now = secrets.token_urlsafe(32), self._clock.now()
        lifetime = timedelta(hours=self._settings.session_hours)
        agent = request.headers.get("user-agent", "")
        expires = now + lifetime * self._clock.speed
        self._store.open_session(_digest(token), name, kept, now, expires, agent)
        self._give(response, self.cookie, token, lifetime)

    def _give(self, response: Response, cookie: str, token: str, lifetime: timedelta) -> None:
        response.set_cookie(
            cookie,
            token,
            max_age=int(lifetime.total_seconds()),
            path="/",
            secure=self.https,
            httponly=True,
            samesite="lax",
        )

    def _take_back(self, response: Response, cookie: str) -> None:
        response.delete_cookie(cookie, path="/", secure=self.https, httponly=True, samesite="lax")

    def log_out(self, request: Request, response: Response) -> None:
        """End the request's session, if there is one, and take the cookie back."""
        self._close(request)
        self._take_back(response, self.cookie)

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
    before_totp: bool = False
    """Also for who must use codes at login and has not switched them on yet."""

    def __call__(self, request: Request) -> User | None:
        """Return the user; raise NotLoggedIn (401), TotpNeeded or 403."""
        desk = request.app.state.desk
        refuse_foreign_write(request, desk.config.web.public_url)
        if not self.roles:
            return None
        sessions: Sessions = desk.sessions
        user = sessions.user_of(request, touch=self.touch)
        if user is not None:
            user = replace(user, hide_reporter=desk.config.privacy.hide_reporter)
        request.state.user = user
        if user is None:
            raise NotLoggedIn
        if user.role not in self.roles:
            raise HTTPException(403)
        needs_totp = user.role in desk.config.web.require_totp and not user.totp
        if needs_totp and not self.before_totp:
            raise TotpNeeded
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
OwnAccount = Annotated[User, Depends(Access(READING, before_totp=True))]
"""Whoever it is, about nothing but the own account."""
ReaderPage = Annotated[User, Depends(Access(READING, touch=False))]
"""Not a reader but the page that is open before one."""
Analyst = Annotated[User, Depends(Access(frozenset({"analyst"})))]
AnalysisReader = Annotated[User, Depends(Access(ANALYSIS))]
AnalysisPage = Annotated[User, Depends(Access(ANALYSIS, touch=False))]
Overseer = Annotated[User, Depends(Access(frozenset({"supervisor", "auditor"})))]
"""Who may see what others did with the desk."""
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
