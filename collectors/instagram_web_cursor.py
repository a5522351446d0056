"""Where a source of Instagram by instaloader stands, and what follows. Pure: no I/O, no clock.

A poll first lists posts, newest first: those that tag the account, or its own. Of its own posts
those whose number of comments changed are put in a queue, and then read one page of comments at a
time. Each page is one step, so a kill or a rest of days goes on where it was. Only when the last
step is done do the watermark and the remembered numbers move.

A list's order is not to be trusted: pinned posts stand first, so a poll ends only after several
old posts in a row. Every `sweep_hours` a poll goes back `watch_days`, for what was shown late, and
reads all comments again, since an edit or an exchange of comments leaves their number as it was.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collectors.instagram_web_state import Known, Poll, State, Thread, Work
from collectors.instagram_web_wire import CommentPage, Media
from tanggap.mention import Gap
from tanggap.networks import InstagramWebSettings

OLD_IN_A_ROW = 6
"""Posts older than wanted after which a list is believed; an account pins at most three."""
DEEPEST = 40
"""Pages of twelve posts that one poll lists; beyond that a gap is recorded."""
SHORTEST_REST = timedelta(hours=12)
"""A pause of at least this, and of four usual polls, counts as a gap."""
_TOKENS_KEPT = 200
_THREADS_KEPT = 100
_MORE_THAN_SAID = 12
"""Replies that a thread may have beyond its own number: new ones come while it is read."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a page leads to."""

    state: State
    more: bool = False
    gap: Gap | None = None
    notices: tuple[str, ...] = ()


def begin(state: State, settings: InstagramWebSettings, now: datetime, *, own: bool) -> State:
    """Return the state with a poll under way. `own` says that the account's own posts are read."""
    if state.poll:
        return state
    origin = state.origin or now - timedelta(days=settings.backfill_days)
    last = min(state.checked or now, now)
    every = timedelta(hours=settings.sweep_hours)
    sweep = state.swept is None or not state.swept <= now < state.swept + every
    # Measured from the last whole poll, so that a post whose time ran out during a rest is
    # looked at once more.
    far = last - timedelta(days=settings.watch_days)
    if own:
        floor = far
    elif state.checked is None:
        floor = origin
    else:
        near = last - timedelta(minutes=settings.overlap_minutes)
        floor = max(min(far, near) if sweep else near, origin)
    return replace(state, origin=origin, poll=Poll(now, floor, sweep))


def rest_gap(state: State, poll_seconds: int, now: datetime) -> Gap | None:
    """Return the gap that a long rest leaves, at the first good page after it.

    What is still to be seen is read all the same; what came and went meanwhile nobody knows.
    """
    if state.touched is None:
        return None
    pause = max(SHORTEST_REST, 4 * timedelta(seconds=poll_seconds))
    start = min(state.checked or state.touched, state.touched)
    return Gap(start, now, "instagram_rest") if now - state.touched > pause else None


def missed(state: State, now: datetime) -> State:
    """Return the state after Instagram showed no such profile; the poll begins anew next time."""
    since = state.missed_since or now
    return replace(state, poll=None, misses=state.misses + 1, missed_since=since)


def found(state: State, now: datetime) -> State:
    """Return the state after a good page."""
    return replace(state, misses=0, missed_since=None, touched=now)


def restarted(state: State) -> State | None:
    """Return the state after a token was refused: the list from its beginning, but only once."""
    poll = state.poll
    if poll is None or poll.listed or not poll.token or poll.restarts:
        return None
    return replace(state, poll=replace(poll, token="", seen=(), old=0, pages=0, restarts=1))


def listed(state: State, media: Sequence[Media], token: str, *, own: bool, page_cap: int) -> Step:
    """Return what follows a page of posts with this token of the next one (or empty)."""
    poll = state.poll
    if poll is None:
        return Step(state)
    for one in media:
        poll = _listed_one(poll, one, state.known, own=own)
    poll = replace(poll, token=token, pages=poll.pages + 1, turn=poll.turn + 1)
    gap: Gap | None = None
    notices: tuple[str, ...] = ()
    if token and poll.old < OLD_IN_A_ROW:
        digest = _digest(token)
        if digest not in poll.seen and poll.pages < DEEPEST:
            poll = replace(poll, seen=(*poll.seen, digest)[-_TOKENS_KEPT:])
            return _next(replace(state, poll=poll), page_cap)
        if digest in poll.seen:
            poll, notices = replace(poll, whole=False), ("paging_loop",)
        else:
            gap = _beyond(state, poll, own=own)
    poll = replace(poll, listed=True, token="", seen=())
    step = _next(replace(state, poll=poll), page_cap)
    return replace(step, gap=gap, notices=(*notices, *step.notices))


def commented(state: State, page: CommentPage, page_cap: int) -> Step:
    """Return what follows a page of comments of the first post in the queue."""
    poll = state.poll
    if poll is None or not poll.queue:
        return Step(state)
    known = state.known.get(poll.queue[0].code)
    before = {} if known is None or poll.sweep else known.threads
    threads = [Thread(name, n) for name, n in page.threads if before.get(name) != n]
    digest = _digest(page.token)
    # Neither a circle nor a server that always has a further page may keep us for ever.
    endless = digest in poll.seen or len(poll.seen) >= _TOKENS_KEPT
    broken = page.broken or (bool(page.token) and endless)
    reading = dict([*poll.reading.items(), *page.threads][-_THREADS_KEPT:])
    poll = replace(
        poll,
        turn=poll.turn + 1,
        failed=0,
        last=broken or not page.token,
        token="" if broken else page.token,
        seen=(*poll.seen, digest)[-_TOKENS_KEPT:],
        threads=(*poll.threads, *threads),
        reading=reading,
    )
    if broken:
        return _set_aside(replace(state, poll=poll), page_cap)
    notices = ("replies_beyond",) if page.unreachable else ()
    step = _next(replace(state, poll=poll), page_cap)
    return replace(step, notices=(*notices, *step.notices))


def replied(state: State, page: CommentPage, page_cap: int) -> Step:
    """Return what follows a page of replies of the first thread."""
    poll = state.poll
    if poll is None or not poll.threads:
        return Step(state)
    first, *others = poll.threads
    left = first.count - max(1, len(page.mentions))
    going_on = bool(page.token) and page.token != first.token and left > -_MORE_THAN_SAID
    rest = [replace(first, token=page.token, count=left)] if going_on else []
    cut = page.unreachable or page.broken or (bool(page.token) and not going_on)
    poll = replace(poll, turn=poll.turn + 1, failed=0, threads=(*rest, *others))
    step = _next(replace(state, poll=poll), page_cap)
    return replace(step, notices=(*(("replies_beyond",) if cut else ()), *step.notices))


def given_up(state: State, page_cap: int, *, gone: bool = False) -> Step:
    """Return what follows when the comments of the first post in the queue cannot be read.

    What came so far is kept, and the next poll reads the post again, unless it is `gone`.
    """
    poll = state.poll
    if poll is None or not poll.queue:
        return Step(state)
    poll = replace(poll, turn=poll.turn + 1, failed=0 if gone else poll.failed + 1)
    state = replace(state, poll=poll)
    return _next(_without_first(state), page_cap) if gone else _set_aside(state, page_cap)


def thread_lost(state: State, page_cap: int) -> Step:
    """Return what follows when the replies of the first thread cannot be read.

    The rest of the post is read all the same; the thread's turn comes when the post is read again.
    """
    poll = state.poll
    if poll is None or not poll.threads:
        return Step(state)
    lost, *others = poll.threads
    reading = {name: count for name, count in poll.reading.items() if name != lost.comment}
    poll = replace(
        poll,
        turn=poll.turn + 1,
        failed=poll.failed + 1,
        threads=tuple(others),
        reading=reading,
    )
    step = _next(replace(state, poll=poll), page_cap)
    return replace(step, notices=("comments_incomplete", *step.notices))


def _set_aside(state: State, page_cap: int) -> Step:
    step = _next(_without_first(state), page_cap)
    return replace(step, notices=("comments_incomplete", *step.notices))


def _listed_one(poll: Poll, one: Media, known: Mapping[str, Known], *, own: bool) -> Poll:
    posted = one.mention.posted_at
    if posted < poll.floor:
        return replace(poll, old=poll.old + 1)
    oldest = posted if poll.oldest is None else min(poll.oldest, posted)
    poll = replace(poll, old=0, oldest=oldest)
    code = one.mention.network_id
    if not own or code in poll.fresh or any(work.code == code for work in poll.queue):
        return poll
    before = known.get(code)
    same = before is not None and before.count == one.comments and not poll.sweep
    if one.comments == 0:
        return replace(poll, fresh={**poll.fresh, code: Known(0)})
    if same and before:
        return replace(poll, fresh={**poll.fresh, code: before})
    return replace(poll, queue=(*poll.queue, Work(code, one.pk, one.comments)))


def _next(state: State, page_cap: int) -> Step:
    """Return the step to what is next: more of this post, the next one, or the end."""
    poll = state.poll
    if poll is None:
        return Step(state)
    if poll.listed and poll.queue and poll.last and not poll.threads:
        work = poll.queue[0]
        count = -1 if work.count is None else work.count
        fresh = {**poll.fresh, work.code: Known(count, poll.reading)}
        state = _without_first(replace(state, poll=replace(poll, fresh=fresh)))
        poll = state.poll or poll
    if poll.listed and not poll.queue:
        return Step(_finished(state, poll))
    if poll.turn < page_cap:
        return Step(state, more=True)
    return Step(replace(state, poll=replace(poll, turn=0)), notices=("page_cap",))


def _without_first(state: State) -> State:
    poll = state.poll
    if poll is None:
        return state
    left = replace(
        poll,
        queue=poll.queue[1:],
        token="",
        seen=(),
        threads=(),
        reading={},
        last=False,
    )
    return replace(state, poll=left)


def _finished(state: State, poll: Poll) -> State:
    if not poll.whole:
        return replace(state, poll=None, known={**state.known, **poll.fresh})
    swept = poll.began if poll.sweep else state.swept
    return replace(state, poll=None, checked=poll.began, swept=swept, known=poll.fresh)


def _beyond(state: State, poll: Poll, *, own: bool) -> Gap | None:
    """Return what lies below the deepest page: posts, or the comments under them since then."""
    start = max(poll.floor, state.checked or poll.floor)
    end = poll.began if own else poll.oldest
    return Gap(start, end, "instagram_depth") if end and start < end else None


def _digest(token: str) -> str:
    return hashlib.blake2s(token.encode(), digest_size=6).hexdigest()
