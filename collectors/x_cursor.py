"""Where a source of X stands, and what follows from each page. Pure: no I/O, no clock.

A poll asks for everything newer than `since` and reads page after page, newest first. Only when
its last page is read does the watermark move, to the newest id of all its pages: a crash, a
looping token or an expired one in between costs a second reading, never a post.

Three things keep the watermark from being trusted too far. Each poll begins `overlap_minutes`
below it, since posts become findable out of order. Every `sweep_every_minutes` a poll begins
`sweep_hours` before the last whole sweep instead, for posts that became visible late (a restored
account), though never below where the source once began: those were not asked for. And when the
mentions endpoint may have ended after its 800 newest, the rest of the poll's span is read by search
in the same cursor; of a sweep only now and then.
"""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from collectors.x_wire import id_before, moment_of
from tanggap.clock import from_text, from_text_or_none, lately, to_text
from tanggap.mention import Cursor, Gap, Whole
from tanggap.networks import XSettings

log = logging.getLogger("tanggap.collectors.x")

SEARCH_WINDOW = timedelta(days=6, hours=23)
"""How far back search reaches: 7 days (docs.x.com, 2026), less an hour for requests under way."""
_MENTIONS_GIVEN = 760
"""From so many posts on the mentions endpoint may have ended by itself: it gives the newest 800, of
which X leaves out the deleted ones (docs.x.com/x-api/posts/timelines/integrate, 2026). No upper
end: an item that stands on two adjacent pages is counted twice."""
_TIMELINE_GIVEN = 3000
"""From so many posts on a timeline may have ended by itself: it gives the newest 3200."""
_TOKENS_KEPT = 200
_SEARCHED_SWEEPS = 4
"""So often within `sweep_hours` a sweep of more mentions than the endpoint gives is read whole."""
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll under way. Ids are numbers; 0 stands for none yet."""

    began: datetime
    since: int
    """Only newer posts are asked for; 0 when `start` takes its place."""
    start: datetime | None = None
    until: int = 0
    """Only older posts are asked for: set while search reads what mentions did not give."""
    sweep: bool = False
    token: str = ""
    seen: tuple[str, ...] = ()
    """Digests of the tokens used, to notice a circle."""
    turn: int = 0
    """Pages read in this turn of the source."""
    posts: int = 0
    newest: int = 0
    oldest: int = 0
    restarts: int = 0
    flawed: bool = False
    """Whether any of its pages left something out."""

    @property
    def searching(self) -> bool:
        """Whether this is the second half of a poll of more than 800 mentions."""
        return self.until > 0


@dataclass(frozen=True, slots=True)
class State:
    """What the cursor of a source holds."""

    mark: int = 0
    """The watermark: newest id of the last whole poll."""
    origin: int = 0
    """Where the source's first poll began."""
    checked: datetime | None = None
    """When the last whole poll began: until then nothing is missing."""
    swept: datetime | None = None
    searched: datetime | None = None
    """When the last sweep began that was read to its end by search."""
    poll: Poll | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What a page leads to."""

    state: State
    more: bool = False
    looks_back: bool = False
    """Whether the next page is the first of the search for what mentions may not have given."""
    gap: Gap | None = None
    notices: tuple[str, ...] = ()
    whole: Whole | None = None


def read(cursor: Cursor | None) -> State:
    """Return the state in a cursor; one that is missing or unreadable begins anew.

    Beginning anew reads some posts twice, which the store notices; it loses none that are
    younger than `backfill_days`.
    """
    if cursor is None:
        return State()
    try:
        kept = json.loads(cursor)
        if kept["version"] != _VERSION:
            log.warning("event=cursor_version known=%s", _VERSION)
            return State()
        poll = kept["poll"]
        return State(
            mark=int(kept["mark"]),
            origin=int(kept["origin"]),
            checked=from_text_or_none(kept["checked"]),
            swept=from_text_or_none(kept["swept"]),
            searched=from_text_or_none(kept.get("searched")),
            poll=_poll(poll) if poll else None,
        )
    except (ValueError, KeyError, TypeError) as exc:
        log.warning("event=cursor_unreadable error=%s", type(exc).__name__)
        return State()


def write(state: State) -> Cursor:
    """Return the cursor that `read` understands."""
    kept = {"version": _VERSION} | asdict(state)
    return Cursor(json.dumps(kept, default=to_text, separators=(",", ":")))


def begin(
    state: State, settings: XSettings, now: datetime, *, windowed: bool
) -> tuple[State, Gap | None]:
    """Return the state with a poll under way, and the gap that can no longer be read.

    `windowed` says that the endpoint gives the last 7 days only. A quiet account's watermark may
    be older than that without anything missing, so the gap counts from the last whole poll.
    """
    if state.poll:
        return state, None
    if state.checked is None:
        origin = state.origin or id_before(now - timedelta(days=settings.backfill_days))
        since, sweep = origin, True
    else:
        origin = state.origin
        since = id_before(moment_of(state.mark) - timedelta(minutes=settings.overlap_minutes))
        every = timedelta(minutes=settings.sweep_every_minutes)
        sweep = not lately(state.swept, every, now)
        if sweep:
            # From the last whole sweep, not from now: after an outage, what became visible late
            # during it is younger than that.
            last = min(state.swept or now, now)
            since = min(since, id_before(last - timedelta(hours=settings.sweep_hours)))
        since = max(since, origin)
    gap = None
    if windowed and since < id_before(now - SEARCH_WINDOW):
        since = id_before(now - SEARCH_WINDOW)
        gap = _window_gap(state, now)
    return replace(state, origin=origin, poll=Poll(now, since, sweep=sweep)), gap


def without_since(state: State, now: datetime) -> tuple[State, Gap | None]:
    """Return the state after X refused `since` as too old: the last 7 days by time instead."""
    if state.poll is None:
        return state, None
    poll = replace(state.poll, since=0, start=now - SEARCH_WINDOW, token="", seen=())
    return replace(state, poll=poll), _window_gap(state, now)


def restarted(state: State) -> State | None:
    """Return the state after X refused the token: the poll from its beginning, but only once."""
    if state.poll is None or state.poll.restarts:
        return None
    return replace(
        state, poll=replace(state.poll, token="", seen=(), posts=0, oldest=0, restarts=1)
    )


def given_up(state: State, now: datetime) -> Step:
    """Return the step that ends a poll whose paging leads nowhere; the watermark stays.

    The search for what mentions did not give ends as if it were read, for beginning again would
    only find the same end of the mentions: what it did not give is a gap.
    """
    poll = state.poll
    if poll and poll.searching:
        gap = _missing(state, poll, poll.until)
        return Step(_finished(state, poll, now), gap=gap, notices=("paging_loop",))
    return Step(replace(state, poll=None), notices=("paging_loop",))


def advance(
    state: State,
    ids: tuple[int, ...],
    token: str,
    now: datetime,
    *,
    settings: XSettings,
    mentions: bool,
    timeline: bool = False,
    flawed: bool = False,
) -> Step:
    """Return what follows a page with these `ids` and this token of the next page (or empty).

    `mentions` says that the endpoint gives the newest 800 only, `timeline` that it lists what one
    account wrote, `flawed` that the page left something out.
    """
    if state.poll is None:
        return Step(state)
    poll = replace(
        state.poll,
        token=token,
        turn=state.poll.turn + 1,
        posts=state.poll.posts + len(ids),
        newest=max((state.poll.newest, *ids)),
        oldest=min((state.poll.oldest or max(ids, default=0), *ids)),
        flawed=state.poll.flawed or flawed,
    )
    if not token:
        first_half = mentions and not poll.searching
        gap = _beyond_800(state, poll) if first_half else None
        notices = ("mentions_over_800",) if gap else ()
        floor = _floor(state, poll, settings)
        cut = gap is not None or (first_half and _may_be_cut(state, poll, floor))
        if cut and poll.oldest > id_before(now - SEARCH_WINDOW):
            rest = replace(poll, since=floor, until=poll.oldest, seen=(), posts=0, restarts=0)
            step = _next_page(state, rest, settings.page_cap, gap, *notices)
            return replace(step, looks_back=step.more)
        whole = _whole(poll) if timeline and gap is None else None
        return Step(_finished(state, poll, now), gap=gap, notices=notices, whole=whole)
    digest = hashlib.blake2s(token.encode(), digest_size=6).hexdigest()
    if digest in poll.seen:
        return given_up(replace(state, poll=poll), now)
    poll = replace(poll, seen=(*poll.seen, digest)[-_TOKENS_KEPT:])
    return _next_page(state, poll, settings.page_cap)


def _next_page(
    state: State, poll: Poll, page_cap: int, gap: Gap | None = None, *notices: str
) -> Step:
    if poll.turn < page_cap:
        return Step(replace(state, poll=poll), more=True, gap=gap, notices=notices)
    rested = replace(state, poll=replace(poll, turn=0))
    return Step(rested, gap=gap, notices=(*notices, "page_cap"))


def _finished(state: State, poll: Poll, now: datetime) -> State:
    """Return the state after a whole poll.

    An id from the future (a broken or a lying one) must not carry the watermark along.
    """
    return State(
        mark=max(state.mark, min(poll.newest, id_before(now)), state.origin),
        origin=state.origin,
        checked=poll.began,
        swept=poll.began if poll.sweep else state.swept,
        searched=poll.began if poll.sweep and poll.searching else state.searched,
    )


def _whole(poll: Poll) -> Whole | None:
    """Return what a finished poll of a timeline has listed; None where it may have left some out.

    An empty list is no proof: so an account looks, too, that X does not show for a while.
    """
    if poll.flawed or not 0 < poll.posts < _TIMELINE_GIVEN:
        return None
    return Whole(poll.start or moment_of(poll.since), poll.began)


def _beyond_800(state: State, poll: Poll) -> Gap | None:
    """Return the span between what was asked for and the oldest of 800 mentions, if any."""
    return _missing(state, poll, poll.oldest) if poll.posts >= _MENTIONS_GIVEN else None


def _missing(state: State, poll: Poll, read_down_to: int) -> Gap | None:
    """Return the span between what was asked for and the oldest id that was read, if any.

    A sweep asks for more than is missing: what the last whole poll saw is no gap.
    """
    start = poll.start or moment_of(poll.since)
    if state.checked:
        start = max(start, state.checked)
    end = moment_of(read_down_to)
    return Gap(start, end, "mentions_over_800") if start < end else None


def _may_be_cut(state: State, poll: Poll, floor: int) -> bool:
    """Whether mentions may have ended above `floor`, after 800 or before.

    The newest 800 are counted anew for every page: what is posted while a poll turns its pages
    pushes the oldest ones out. So a poll of several pages may have ended too early, also where its
    oldest post is one that an earlier poll knew: a post below that one may have been shown since.
    The search for the rest costs one request when there is none. A first poll has no watermark: it
    is asked again when it brought half of them.
    """
    if state.mark:
        return bool(poll.seen) and poll.oldest > floor
    return poll.posts >= _MENTIONS_GIVEN / 2


def _floor(state: State, poll: Poll, settings: XSettings) -> int:
    """Return the id down to which a poll is read whole, by search where mentions end above it.

    Of a sweep that is its beginning only four times in `sweep_hours`: after a burst of tens of
    thousands it is hundreds of pages, and fresh mentions wait meanwhile. Else it is the overlap, as
    of any poll.
    """
    seldom = timedelta(hours=settings.sweep_hours) / _SEARCHED_SWEEPS
    if not (poll.sweep and state.mark and lately(state.searched, seldom, poll.began)):
        return poll.since
    overlap = timedelta(minutes=settings.overlap_minutes)
    return max(poll.since, id_before(moment_of(state.mark) - overlap))


def _window_gap(state: State, now: datetime) -> Gap | None:
    end = now - SEARCH_WINDOW
    if state.checked and state.checked < end:
        return Gap(state.checked, end, "older_than_window")
    return None


def _poll(kept: dict[str, Any]) -> Poll:
    return Poll(
        began=from_text(kept["began"]),
        since=int(kept["since"]),
        start=from_text_or_none(kept["start"]),
        until=int(kept["until"]),
        sweep=bool(kept["sweep"]),
        token=str(kept["token"]),
        seen=tuple(str(digest) for digest in kept["seen"]),
        turn=int(kept["turn"]),
        posts=int(kept["posts"]),
        newest=int(kept["newest"]),
        oldest=int(kept["oldest"]),
        restarts=int(kept["restarts"]),
        flawed=bool(kept.get("flawed", True)),  # of an older Tanggap's poll nobody knows
    )
