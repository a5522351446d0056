"""One source of the Graph API: the walk's next request, and the page that comes back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from collectors import thread_cursor
from collectors.graph import Answer, GraphClient
from collectors.graph_appetite import Appetite
from collectors.graph_errors import Asker, Barred, ObjectGone, PlaceRefused, TooMuchData
from collectors.graph_wire import Commented, Listed, entries, next_place
from collectors.thread_cursor import Ask, Pace, Step
from collectors.thread_state import State, Thread, write
from tanggap.config import Config
from tanggap.errors import CollectorError
from tanggap.mention import Cursor, Mention, Page, Rejected, SourceSpec
from tanggap.networks import Threads

_PATIENCE = {
    "network_error": 6,
    "answer_incomplete": 6,
    "library_error": 6,
    "graph_refused": 3,
    "network_timeout": 3,
    "body_too_large": 3,
    "not_json": 4,
    "network_unreachable": 4,
}
"""After so many failures over one post the others go on without it, until it was read again."""
_MAY_BE_THE_LINE = frozenset(
    {"network_timeout", "body_too_large", "not_json", "network_unreachable"}
)
"""Where nobody answers at all, that is not the post's fault: something else must have succeeded."""
_IMPATIENT = 4
"""Times the patience after which that is no longer asked: the post is read by the next poll."""
_HEAVY = frozenset({"network_timeout", "body_too_large"})
"""Failures that a smaller page may cure."""
_SHUT_IN_A_ROW = {"post_gone": 5, "comments_barred": 2}
"""After so many different posts of one's own in a row it is not the posts that are shut."""


@dataclass(frozen=True, slots=True)
class _Got:
    """A good page: its items, and the place of the next one."""

    answer: Answer
    items: list[Any]
    place: str


def pace_of(settings: Threads, poll_seconds: int, **how: bool) -> Pace:
    """Return how patiently a source is walked."""
    return Pace(
        backfill=timedelta(days=settings.backfill_days),
        watch=timedelta(days=settings.watch_days),
        overlap=timedelta(minutes=settings.overlap_minutes),
        sweep=timedelta(hours=settings.sweep_hours),
        relist=timedelta(seconds=poll_seconds),
        page_cap=settings.page_cap,
        **how,
    )


class Stream(Protocol):
    """What differs between Facebook's and Instagram's sources."""

    pace: Pace
    page_size: int
    comment_page_size: int

    def list_request(self, since: datetime) -> tuple[str, dict[str, str]]:
        """Return path and parameters of the list of posts."""
        ...

    def comment_request(self, ask: Ask) -> tuple[str, dict[str, str]]:
        """Return path and parameters of a post's comments, or of the replies to one."""
        ...

    def listed(self, items: list[Any], seen_at: datetime) -> Listed:
        """Map a page of the list."""
        ...

    def commented(self, items: list[Any], thread: Thread, ask: Ask, seen_at: datetime) -> Commented:
        """Map a page of comments or replies."""
        ...


@dataclass(frozen=True, slots=True)
class Credential:
    """The token that a source's calls carry."""

    get: Callable[[GraphClient], str]
    refused: Callable[[], None]
    """Called when Meta refused it."""
    of_page: bool


class GraphCollector:
    """Reads one source of Facebook or Instagram: one request per page, whatever comes next."""

    def __init__(
        self,
        config: Config,
        spec: SourceSpec,
        stream: Stream,
        credential: Credential,
        client: GraphClient,
        appetite: Appetite,
    ) -> None:
        self._config = config
        self._spec = spec
        self._account = spec.id.rpartition(":")[0]
        self._stream = stream
        self._credential = credential
        self._client = client
        self._appetite = appetite
        self._going_on = False

    def close(self) -> None:
        """Abandon a request under way; safe from any thread."""
        self._client.close()

    def fetch(self, cursor: Cursor | None, *, allowance: int | None) -> Page:
        """Return the next page; raise a `CollectorError`. See `collectors.base.Collector`."""
        going_on, self._going_on = self._going_on, False
        page = self._fetch(cursor, going_on)
        self._going_on = page.more
        return page

    def _fetch(self, cursor: Cursor | None, going_on: bool) -> Page:
        pace, now = self._stream.pace, self._config.clock.now()
        state = thread_cursor.begin(cursor, pace, now, going_on=going_on)
        asked = thread_cursor.ask(state)
        got = self._ask(state, asked)
        if isinstance(got, PlaceRefused):
            again = thread_cursor.restarted(state)
            if again is None:
                return _page(thread_cursor.given_up(state, pace, now))
            state, asked = again, thread_cursor.ask(again)
            got = self._ask(state, asked)
        if isinstance(got, CollectorError):
            return _page(self._past(state, asked, got))
        self._appetite.fed(self._spec.id, _subject(asked))
        if asked.thread is None:
            self._appetite.done(self._spec.id, _subject(asked))
            listed = self._stream.listed(got.items, now)
            step = thread_cursor.listed(state, listed.threads, got.place, pace, now)
            kept = [m for m in listed.mentions if self._wanted(m, state, now)]
            return _page(step, kept, listed.rejected, got.answer)
        found = self._stream.commented(got.items, asked.thread, asked, now)
        distinct = {mention.network_id: mention.posted_at for mention in found.mentions}
        step = thread_cursor.commented(
            state,
            distinct.values(),
            got.place,
            pace,
            now,
            found.branches,
            flawed=bool(found.rejected),
        )
        if _was_read(step.state, asked.thread):
            self._appetite.done(self._spec.id, _subject(asked))
        kept = [mention for mention in found.mentions if mention.posted_at >= state.origin]
        return _page(step, kept, found.rejected, got.answer, found.notices)

    def _wanted(self, mention: Mention, state: State, now: datetime) -> bool:
        """Whether a listed post is taken: own ones as context, others since the source began."""
        if mention.kind == "post":
            pace = self._stream.pace
            watched = now - pace.watch
            return mention.posted_at >= min(watched, thread_cursor.window(state, pace, now))
        return mention.posted_at >= state.origin

    def _ask(self, state: State, asked: Ask) -> _Got | CollectorError:
        """Do the request; return what went wrong where the walk may go on in spite of it."""
        path, params = self._request(state, asked)
        asker = Asker(
            self._spec.id, self._account, self._credential.of_page, asked.thread is not None
        )
        token = self._credential.get(self._client)
        try:
            answer = self._client.get(path, params, token, asker)
            items = entries(answer.body, self._spec.id)
            return _Got(answer, items, next_place(answer.body, self._spec.id))
        except (PlaceRefused, ObjectGone) as exc:
            return exc
        except Barred as exc:
            if asked.thread is None:
                raise
            return exc
        except CollectorError as exc:
            if exc.code == "page_token":
                self._credential.refused()
            if not self._gives_up(asked, exc):
                raise
            return exc

    def _gives_up(self, asked: Ask, trouble: CollectorError) -> bool:
        """Whether a post has failed so often that the others go on without it."""
        patience = _PATIENCE.get(trouble.code)
        if patience is None:
            return False
        too_much = isinstance(trouble, TooMuchData) or trouble.code in _HEAVY
        times, others_well = self._appetite.refused(
            self._spec.id, _subject(asked), too_much=too_much
        )
        if trouble.code in _MAY_BE_THE_LINE and not others_well:
            patience *= _IMPATIENT
        return asked.thread is not None and times >= patience

    def _request(self, state: State, asked: Ask) -> tuple[str, dict[str, str]]:
        """Return path and parameters of a request."""
        if asked.thread is None:
            listing = state.poll and state.poll.listing
            began = listing.began if listing else self._config.clock.now()
            start = thread_cursor.window(state, self._stream.pace, began)
            path, params = self._stream.list_request(start)
            full = self._stream.page_size
        else:
            path, params = self._stream.comment_request(asked)
            full = self._stream.comment_page_size
        params["limit"] = str(self._appetite.size(self._spec.id, _subject(asked), full))
        return path, params | ({"after": asked.token} if asked.token else {})

    def _past(self, state: State, asked: Ask, trouble: CollectorError) -> Step:
        """Return the step past a post that cannot be read; raise when there is none."""
        pace = self._stream.pace
        if asked.thread is None:
            raise trouble
        if isinstance(trouble, ObjectGone) and asked.branch:
            return thread_cursor.branch_gone(state, pace, "post_gone")
        if isinstance(trouble, ObjectGone | Barred):
            return self._past_shut(state, asked.thread, trouble)
        return thread_cursor.skipped(state, pace, "comments_unreadable")

    def _past_shut(self, state: State, thread: Thread, trouble: ObjectGone | Barred) -> Step:
        """Return the step past a post that Meta does not show; raise when it shows none of them.

        Meta says of a post that it is gone where only a permission is missing. Posts of others
        are shut for their authors' reasons: that says nothing of the source.
        """
        pace, gone = self._stream.pace, isinstance(trouble, ObjectGone)
        notice = "post_gone" if gone else "comments_barred"
        if self._spec.kind == "tagged" and trouble.code != "graph_deprecated":
            return thread_cursor.skipped(state, pace, notice, settled=True)
        queue = state.poll.queue if state.poll else ()
        others = [other.id for other in queue if other.id != thread.id]
        most = _SHUT_IN_A_ROW[notice]
        verdict = self._appetite.shut(self._spec.id, thread.id, notice, most, others)
        if verdict == "all":
            code = "meta_permission" if gone else trouble.code
            raise Barred(code, self._spec.id, trouble.detail)
        return thread_cursor.skipped(state, pace, notice, settled=verdict == "settle")


def _subject(asked: Ask) -> str:
    return asked.thread.id if asked.thread else ""


def _was_read(state: State, thread: Thread) -> bool:
    """Whether the last page of a thread is behind us."""
    poll = state.poll
    under_way = poll and poll.reading and poll.reading.thread.id == thread.id
    left_out = poll and thread.id in poll.left
    return thread.id in state.known and not under_way and not left_out


def _page(
    step: Step,
    mentions: list[Mention] | None = None,
    rejected: tuple[Rejected, ...] = (),
    answer: Answer | None = None,
    notices: tuple[str, ...] = (),
) -> Page:
    said = answer.notices if answer else ()
    return Page(
        mentions=tuple(mentions or ()),
        next_cursor=write(step.state),
        more=step.more,
        gap=step.gap,
        rejected=rejected,
        notices=tuple(dict.fromkeys((*step.notices, *notices, *said))),
        wait=answer.wait if answer else None,
        stretch=answer.stretch if answer else 1.0,
        watched_since=step.state.origin,
        watched_until=step.state.checked,
        whole=step.whole,
    )
