"""One source of Instagram by instaloader: the cursor's next request, and the page of it.

No library here: what talks to Instagram is a `Client`.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from collectors import instagram_web_cursor as cursor_steps
from collectors import instagram_web_state as cursor_state
from collectors.instagram_web_cursor import Step
from collectors.instagram_web_errors import NETWORK, LibraryTrouble, NotThere, ProfileUnseen
from collectors.instagram_web_state import Poll, State, Thread, Work
from collectors.instagram_web_wire import (
    CommentPage,
    Place,
    map_comments,
    map_media,
)
from collectors.wire import OddItem, OwnAccounts
from tanggap.config import Config
from tanggap.errors import NotAuthorised, Unavailable
from tanggap.mention import Cursor, Gap, Mention, Page, Rejected, SourceSpec

MISSES = 3
MISSED_FOR = timedelta(hours=24)
"""So often and so long must Instagram deny a profile before a person is asked."""
_POSTS_FAILED = 3
"""Posts in a row whose comments cannot be read: no accident of one post any more."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account by name and number; the number is empty while nobody knows it."""

    handle: str
    number: str


@dataclass(frozen=True, slots=True)
class Posts:
    """The raw nodes of a page of posts. `token` asks for the next: empty none, None unknown."""

    nodes: Sequence[object]
    token: str | None


class Client(Protocol):
    """What a source needs of the network's client; every method raises CollectorError."""

    def lookup(self, handle: str, source: str) -> str:
        """Return the number of an account."""
        ...

    def posts(self, account: Account, token: str, source: str, *, tagged: bool) -> Posts:
        """Return a page of posts, newest first."""
        ...

    def comments(self, work: Work, token: str, source: str) -> Mapping[str, Any]:
        """Return the answer to a request for a page of comments."""
        ...

    def replies(self, work: Work, thread: Thread, source: str) -> Mapping[str, Any]:
        """Return the answer to a request for a page of replies."""
        ...

    def abandon(self) -> None:
        """Abandon a request under way; safe from any thread."""
        ...


class Outcomes:
    """How the sources fared last in this process: is it one account, or is it all of them?"""

    def __init__(self, accounts: frozenset[str]) -> None:
        self._accounts = accounts
        self._good: dict[tuple[str, str], bool] = {}
        """By OPD and kind of source: a query that broke says nothing of the other kind's."""
        self._lock = threading.Lock()

    def note(self, opd: str, kind: str, *, good: bool) -> None:
        """Remember how a source fared."""
        with self._lock:
            self._good[opd, kind] = good

    def all_bad(self, kind: str) -> bool:
        """Whether this kind fared badly with all accounts of the install, at least two."""
        with self._lock:
            return len(self._accounts) > 1 and all(
                self._good.get((opd, kind)) is False for opd in self._accounts
            )

    def others(self, opd: str, kind: str) -> list[bool]:
        """Return how this kind fared with the other accounts, of those that were tried."""
        with self._lock:
            return [good for (other, of), good in self._good.items() if other != opd and of == kind]

    def alone(self) -> bool:
        """Whether the install reads one account only."""
        return len(self._accounts) < 2


class InstagramWebCollector:
    """Reads one source: the poll's next page, whatever the cursor says is next."""

    def __init__(
        self,
        config: Config,
        spec: SourceSpec,
        account: Account,
        own: OwnAccounts,
        client: Client,
        outcomes: Outcomes,
        session_ends_at: datetime | None,
    ) -> None:
        self._clock = config.clock
        self._settings = config.instagram_web
        self._spec = spec
        self._opd = spec.accounts[0]
        self._account = account
        self._own = own
        self._client = client
        self._outcomes = outcomes
        self._session_ends_at = session_ends_at
        self._tagged = spec.kind == "tagged"
        self._closed = threading.Event()
        self._asking = threading.Event()

    def close(self) -> None:
        """Abandon a request under way; safe from any thread."""
        self._closed.set()
        if self._asking.is_set():
            self._client.abandon()

    def fetch(self, cursor: Cursor | None, *, allowance: int | None) -> Page:
        """Return the next page; raise a `CollectorError`. See `collectors.base.Collector`."""
        if self._closed.is_set():
            raise Unavailable("network_unreachable", self._spec.id, "abandoned")
        now = self._clock.now()
        before = cursor_state.read(cursor)
        state = cursor_steps.begin(before, self._settings, now, own=not self._tagged)
        self._asking.set()
        try:
            if state.poll and state.poll.listed:
                page = self._comments(state, state.poll, now)
            else:
                page = self._posts(state, now)
        except ProfileUnseen as unseen:
            self._outcomes.note(self._opd, self._spec.kind, good=False)
            return self._unseen(state, now, unseen)
        except (LibraryTrouble, NotThere) as trouble:
            raise self._outdated(trouble.detail) from None
        finally:
            self._asking.clear()
        self._outcomes.note(self._opd, self._spec.kind, good=True)
        rest = cursor_steps.rest_gap(before, self._spec.poll_seconds, now)
        return self._with_gap(page, rest)

    # --- lists of posts -------------------------------------------------------------------------

    def _posts(self, state: State, now: datetime) -> Page:
        """Read a page of posts; a token that is no longer understood costs one more request."""
        state = self._numbered(state)
        account = replace(self._account, number=self._account.number or state.account)
        token = state.poll.token if state.poll else ""
        ask = partial(self._client.posts, account, source=self._spec.id, tagged=self._tagged)
        try:
            posts = ask(token)
        except (LibraryTrouble, NotThere):
            again = cursor_steps.restarted(state)
            if again is None:
                raise
            state = again
            posts = ask("")
        found = map_media(posts.nodes, self._own, now, self._opd, tagged=self._tagged)
        if posts.token is None:
            # Nobody knows what follows: keep the posts, move nothing.
            step = Step(replace(state, poll=None), notices=("library_error",))
        else:
            step = cursor_steps.listed(
                state,
                found.media,
                posts.token,
                own=not self._tagged,
                page_cap=self._settings.page_cap,
            )
        return self._page(step, [one.mention for one in found.media], found.rejected, now)

    def _numbered(self, state: State) -> State:
        """Return the state with the account's number, asked for when nobody knows it yet."""
        if self._account.number or state.account:
            return state
        return replace(state, account=self._client.lookup(self._account.handle, self._spec.id))

    # --- comments -------------------------------------------------------------------------------

    def _comments(self, state: State, poll: Poll, now: datetime) -> Page:
        """Read a page of comments, or of replies, of the first post in the queue."""
        cap = self._settings.page_cap
        work = poll.queue[0]
        thread = poll.threads[0] if poll.threads else None
        place = Place(self._opd, work.code)
        found, step = CommentPage(), Step(state)
        try:
            if thread:
                place = replace(place, comment_id=thread.comment, expected=thread.count)
                body = self._client.replies(work, thread, self._spec.id)
            else:
                body = self._client.comments(work, poll.token, self._spec.id)
            found = map_comments(body, place, self._own, now)
        except NotThere:
            gone = cursor_steps.given_up(state, cap, gone=True)
            step = cursor_steps.thread_lost(state, cap) if thread else gone
        except (LibraryTrouble, OddItem) as trouble:
            if poll.failed + 1 >= _POSTS_FAILED:
                raise LibraryTrouble(self._spec.id, str(trouble)) from None
            lost = cursor_steps.thread_lost if thread else cursor_steps.given_up
            step = lost(state, cap)
        else:
            follow = cursor_steps.replied if thread else cursor_steps.commented
            step = follow(state, found, cap)
        return self._page(step, found.mentions, found.rejected, now)

    # --- what becomes of it ---------------------------------------------------------------------

    def _page(
        self, step: Step, mentions: Sequence[Mention], rejected: tuple[Rejected, ...], now: datetime
    ) -> Page:
        origin = step.state.origin or now
        state = cursor_steps.found(step.state, now)
        gap = (step.gap.reason,) if step.gap else ()
        return Page(
            # Own posts are context at any age; what is older than the source's beginning was
            # never asked for.
            mentions=tuple(
                one for one in mentions if one.kind == "post" or one.posted_at >= origin
            ),
            next_cursor=cursor_state.write(state),
            more=step.more,
            gap=step.gap,
            rejected=rejected,
            notices=(*gap, *step.notices),
            token_ends_at=self._session_ends_at,
            watched_since=state.origin,
            watched_until=state.checked,
        )

    def _with_gap(self, page: Page, rest: Gap | None) -> Page:
        if rest is None:
            return page
        if page.gap:
            rest = Gap(min(rest.start, page.gap.start), max(rest.end, page.gap.end), rest.reason)
        return replace(page, gap=rest, notices=(rest.reason, *page.notices))

    def _unseen(self, state: State, now: datetime, unseen: ProfileUnseen) -> Page:
        """Count that Instagram showed no such profile; believe it only after days of it."""
        if self._outcomes.all_bad(self._spec.kind):
            raise LibraryTrouble(NETWORK, "no profile is shown any more")
        state = cursor_steps.missed(state, now)
        long = state.missed_since is not None and now - state.missed_since >= MISSED_FOR
        proven = any(self._outcomes.others(self._opd, self._spec.kind)) or self._outcomes.alone()
        if state.misses >= MISSES and long and proven:
            raise NotAuthorised("instagram_account_gone", self._spec.id, unseen.detail)
        return Page((), cursor_state.write(state), notices=("profile_unseen",))

    def _outdated(self, detail: str) -> LibraryTrouble:
        """Return the error that pauses this source, or all when it is not this account alone."""
        self._outcomes.note(self._opd, self._spec.kind, good=False)
        others = self._outcomes.others(self._opd, self._spec.kind)
        all_of_them = self._outcomes.alone() or not all(others)
        return LibraryTrouble(NETWORK if all_of_them else self._spec.id, detail)
