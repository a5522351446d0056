"""Where a source of threads stands: posts with comments under them. Pure: no I/O, no clock.

A network without a feed of comments is walked. A poll lists the account's posts page by page,
each with a cheap check (a count, a time of change), and queues those whose check is not the one
kept from the last whole reading. Then it reads the comments of each queued post, newest first,
page by page, and the replies to a comment where those have pages of their own.

A post's check and mark move only when its comments were read to where the rule lets them end: a
crash, a lost place or a post that vanished in between costs a second reading, never a comment.
A reading ends at the mark when the new comments explain the growth of the count; when they do not
(a comment that was approved late stands below the mark) it goes on to the end. Every `sweep` all
watched posts are read again, for edits and for what no count betrays. A long reading is cut by
the turn's page cap; the next turn lists again first, so that what is new never waits for a sweep.
A post whose comments could not be read is left out of this poll and forgotten: the next one reads
it anew. After a pause the list reaches as far back as it would have reached when the pause began.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collectors.thread_state import Known, Listing, Poll, Reading, State, Thread, read
from tanggap.mention import Cursor, Gap, Whole

THREADS_KEPT = 600
"""Posts watched per source, the newest; also bounds the queue and so the cursor: about 200 kB of
posts at most, and what the branches of one thread may take."""
OLD_IN_A_ROW = 10
"""A list ends after so many posts beyond the window: pinned ones stand before newer ones."""
_LONGEST_LOOK_BACK = 2
"""Times the window: how far back a list reaches at most after a pause."""
_BRANCHES_KEPT = 500
_BRANCHES_LENGTH = 60_000
"""Characters of a cursor for branches: a token alone may have thousands."""
_TOKENS_KEPT = 300
"""Pages of one list or one thread; more is taken for a circle."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How a source is walked; from the settings of its network."""

    backfill: timedelta
    watch: timedelta
    overlap: timedelta
    sweep: timedelta
    relist: timedelta
    """A poll that was held up for so long lists again before it reads on."""
    page_cap: int
    whole: bool = False
    """Whether a thread is always read to its end (comments come in no usable order)."""
    threaded: bool = True
    """False: the comments of these posts cannot be read, only the list is."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a page leads to."""

    state: State
    more: bool = False
    notices: tuple[str, ...] = ()
    gap: Gap | None = None
    whole: Whole | None = None
    """The thread that was read to its end, nothing left out."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The next request: a page of the list, of a thread, or of the replies to one comment."""

    token: str = ""
    thread: Thread | None = None
    branch: str = ""
    """Id of a comment of `thread`."""


def begin(cursor: Cursor | None, pace: Pace, now: datetime, *, going_on: bool = False) -> State:
    """Return the state in a cursor with a poll under way.

    `going_on`: the same turn goes on after a good page; otherwise a request may have failed since.
    """
    state = read(cursor, now - pace.backfill)
    poll = state.poll
    if poll is None or not (poll.listing or poll.reading or poll.queue):
        due = state.swept is not None and not state.swept <= now < state.swept + pace.sweep
        poll = Poll(now, due, state.checked or now, listing=Listing(now, all=due))
    elif poll.listing is None and not _fresh(poll, pace, now, going_on):
        poll = replace(poll, pages=0, listing=Listing(now, all=False))
    return replace(state, poll=poll)


def ask(state: State) -> Ask:
    """Return the next request of a poll under way."""
    poll = _poll(state)
    if poll.listing:
        return Ask(poll.listing.token)
    reading = poll.reading or Reading(poll.queue[0])
    if reading.ended:
        comment, token = reading.branches[0]
        return Ask(token, reading.thread, comment)
    return Ask(reading.token, reading.thread)


def window(state: State, pace: Pace, now: datetime) -> datetime:
    """Return from when on posts are listed; shorter for a list whose threads cannot be read.

    It counts from the last whole poll: what was commented while nobody looked is read late.
    """
    looked = min(state.checked or now, now)
    start = max(looked - pace.watch, now - _LONGEST_LOOK_BACK * pace.watch)
    if pace.threaded:
        return start
    start = max(start, state.origin)
    if state.checked is None or (state.poll and state.poll.sweep):
        return start
    # A day, since the network may show a post some hours after it was written.
    return max(start, looked - timedelta(days=1) - pace.overlap)


def listed(state: State, threads: Iterable[Thread], token: str, pace: Pace, now: datetime) -> Step:
    """Return what follows a page of the list with these posts, in its order.

    `token` leads to the next page; empty when this was the last.
    """
    poll = _poll(state)
    listing = poll.listing or Listing(now, all=False)
    queue = {thread.id: thread for thread in poll.queue}
    start, old, posts = window(state, pace, now), listing.old, listing.posts
    for thread in threads:
        if thread.posted < start:
            old += 1
            continue
        old, posts = 0, posts + 1
        if (
            pace.threaded
            and not thread.closed
            and thread.id not in poll.left
            and posts <= THREADS_KEPT
            and (thread.id in queue or listing.all or _changed(state.known.get(thread.id), thread))
        ):
            queue[thread.id] = thread
    # What changed is read before what is only swept.
    changed = [entry for entry in queue.values() if _changed(state.known.get(entry.id), entry)]
    queue = {entry.id: entry for entry in (*changed, *queue.values())}
    poll = replace(poll, queue=tuple(queue.values())[:THREADS_KEPT], turn=poll.turn + 1)
    listing = replace(listing, old=old, posts=posts)
    ended = replace(poll, listing=None, listed=now)
    rest = _rest(poll, listing.began, pace)
    if not token or old >= OLD_IN_A_ROW:
        return _with_gap(_onward(state, ended, pace), rest)
    if posts >= THREADS_KEPT and pace.threaded:
        step = _onward(state, ended, pace, "too_many_posts")
        return _with_gap(step, _unwatched(state, poll) or rest)
    seen = _seen(listing.seen, token)
    if seen is None:
        step = _onward(state, replace(ended, broken=True), pace, "paging_loop")
        return _with_gap(step, rest)
    return _onward(state, replace(poll, listing=replace(listing, token=token, seen=seen)), pace)


def commented(
    state: State,
    times: Iterable[datetime],
    token: str,
    pace: Pace,
    now: datetime,
    branches: Iterable[tuple[str, str]] = (),
    *,
    flawed: bool = False,
) -> Step:
    """Return what follows a page of comments (or of the replies to one) with these times.

    `branches` are comments on the page whose replies go on elsewhere; `flawed`: it left some out.
    """
    poll = _poll(state)
    reading = poll.reading or Reading(poll.queue[0], began=now)
    known = state.known.get(reading.thread.id)
    mark = known.mark if known else None
    times = list(times)
    found = (*reading.branches, *branches)
    kept = _bounded(found)
    notices = ("too_many_posts",) if len(found) > len(kept) else ()
    reading = replace(
        reading,
        newest=max((*times, *filter(None, [reading.newest])), default=None),
        fresh=reading.fresh + sum(mark is None or moment > mark for moment in times),
        branches=kept,
        listed=reading.listed + len(times),
        flawed=reading.flawed or flawed or len(found) > len(kept),
    )
    poll = replace(
        poll,
        turn=poll.turn + 1,
        pages=poll.pages + 1,
        reading=reading,
        queue=_without(poll.queue, reading.thread.id),
    )
    if reading.ended:
        comment, rest = reading.branches[0][0], reading.branches[1:]
        reading = replace(reading, branches=((comment, token), *rest) if token else rest)
        place = f"{comment} {token}" if token else ""
    else:
        over = not token or (not pace.whole and _may_end(state, poll, reading, times, pace))
        reading = replace(reading, flawed=reading.flawed or (over and bool(token)))
        place = "" if over else token
        reading = replace(reading, token=place, ended=over)
    if place:
        seen = _seen(reading.seen, place)
        if seen is None:
            return skipped(replace(state, poll=poll), pace, "paging_loop")
        reading = replace(reading, seen=seen)
    if reading.ended and not reading.branches:
        newest = min(reading.newest, now) if reading.newest else None
        mark = max(filter(None, (mark, newest)), default=None)
        state = replace(state, known=state.known | {reading.thread.id: Known(reading.thread, mark)})
        step = _onward(state, replace(poll, reading=None), pace, *notices)
        return replace(step, whole=_whole(reading, state.origin))
    return _onward(state, replace(poll, reading=reading), pace, *notices)


def _whole(reading: Reading, origin: datetime) -> Whole | None:
    """Return the thread that was read to its end; None where some of it may be left out.

    Meta leaves out silently (a page without its `paging`, what a token may not see), so all that
    its own count says must have been listed.
    """
    thread = reading.thread
    if reading.began is None or reading.flawed or thread.count is None:
        return None
    if not 0 < thread.count <= reading.listed:
        return None
    # Comments from before the source began are read and not passed on (`graph_source`).
    return Whole(max(thread.posted, origin), reading.began, thread.name)


def skipped(state: State, pace: Pace, notice: str, *, settled: bool = False) -> Step:
    """Return the step past the thread (or the replies) that was asked for.

    `settled`: asking again would give the same, so the thread counts as read until it changes.
    Otherwise it is forgotten, and read from the start by the next poll.
    """
    poll = _poll(state)
    reading = poll.reading or Reading(poll.queue[0])
    thread = reading.thread
    if settled:
        mark = state.known[thread.id].mark if thread.id in state.known else None
        state = replace(state, known=state.known | {thread.id: Known(thread, mark)})
    poll = replace(
        poll,
        turn=poll.turn + 1,
        pages=poll.pages + 1,
        reading=None,
        queue=_without(poll.queue, thread.id),
        left=poll.left if settled else (*poll.left, thread.id),
    )
    return _onward(state, poll, pace, notice)


def branch_gone(state: State, pace: Pace, notice: str) -> Step:
    """Return the step past a comment that vanished with its replies while the thread was read."""
    poll = _poll(state)
    if poll.reading is None or not poll.reading.ended:
        return skipped(state, pace, notice)
    step = commented(state, (), "", pace, poll.began, flawed=True)
    return replace(step, notices=(notice, *step.notices))


def restarted(state: State) -> State | None:
    """Return the state after the network refused a place in its pages: the first page, once."""
    poll = _poll(state)
    if poll.listing:
        if poll.listing.restarted:
            return None
        fresh = Listing(poll.listing.began, poll.listing.all, restarted=True)
        return replace(state, poll=replace(poll, listing=fresh))
    if poll.reading is None or poll.reading.restarted:
        return None
    again = Reading(poll.reading.thread, restarted=True, began=poll.reading.began)
    return replace(state, poll=replace(poll, reading=again))


def given_up(state: State, pace: Pace, now: datetime) -> Step:
    """Return the step past a list or a thread whose pages lead nowhere."""
    poll = _poll(state)
    if poll.listing:
        poll = replace(poll, listing=None, listed=now, broken=True, turn=poll.turn + 1)
        return _onward(state, poll, pace, "paging_loop")
    return skipped(state, pace, "paging_loop")


def _onward(state: State, poll: Poll, pace: Pace, *notices: str) -> Step:
    """Return the step to the next request, to the next turn, or to the end of the poll."""
    if not (poll.listing or poll.reading or poll.queue):
        return Step(_finished(state, poll, pace), notices=notices)
    if poll.turn < pace.page_cap:
        return Step(replace(state, poll=poll), more=True, notices=notices)
    rested = replace(state, poll=replace(poll, turn=0))
    return Step(rested, notices=(*notices, "page_cap"))


def _finished(state: State, poll: Poll, pace: Pace) -> State:
    """Return the state after a whole poll; forgotten is what left the window or was not read.

    A sweep counts though something was left out: else one bad post would make every poll a sweep.
    """
    start = poll.began - pace.watch - timedelta(days=1)
    watched = [
        known
        for known in state.known.values()
        if known.thread.posted >= start and known.thread.id not in poll.left
    ]
    watched.sort(key=lambda known: known.thread.posted, reverse=True)
    return State(
        origin=state.origin,
        known={known.thread.id: known for known in watched[:THREADS_KEPT]},
        checked=state.checked if poll.broken else poll.began,
        swept=poll.began if poll.sweep or state.swept is None else state.swept,
    )


def _rest(poll: Poll, now: datetime, pace: Pace) -> Gap | None:
    """Return what a list of `now` does not reach: nobody looked for longer than it makes up for."""
    reach = (_LONGEST_LOOK_BACK - pace.threaded) * pace.watch
    return Gap(poll.listed, now - reach, "long_rest") if poll.listed < now - reach else None


def _unwatched(state: State, poll: Poll) -> Gap | None:
    """Return since when posts beyond the newest are not watched; said once per sweep."""
    start = state.swept or state.origin
    said = poll.sweep or state.swept is None
    return Gap(start, poll.began, "too_many_posts") if said and start < poll.began else None


def _with_gap(step: Step, gap: Gap | None) -> Step:
    if gap is None:
        return step
    return replace(step, gap=gap, notices=tuple(dict.fromkeys((gap.reason, *step.notices))))


def _bounded(branches: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return the first branches that a cursor has room for."""
    kept: list[tuple[str, str]] = []
    room = _BRANCHES_LENGTH
    for branch in branches[:_BRANCHES_KEPT]:
        room -= len(json.dumps(branch))
        if room < 0:
            break
        kept.append(branch)
    return tuple(kept)


def _fresh(poll: Poll, pace: Pace, now: datetime, going_on: bool) -> bool:
    """Whether a poll goes on in the turn of its last list, and soon after it."""
    if poll.pages == 0 and (poll.turn == 0 or going_on):
        return True  # however long the list took, a thread follows: else there were only lists
    if poll.turn == 0:
        return False
    return poll.listed <= now < poll.listed + pace.relist


def _changed(known: Known | None, thread: Thread) -> bool:
    if known is None:
        return thread.count != 0
    return not thread.check or thread.check != known.thread.check


def _may_end(state: State, poll: Poll, reading: Reading, times: list[datetime], pace: Pace) -> bool:
    """Whether the rest of a thread need not be read: the page's last comment says how old it is."""
    if not times:
        return False
    if times[-1] < state.origin - pace.overlap:
        return True
    known = state.known.get(reading.thread.id)
    if poll.sweep or known is None or known.mark is None or reading.fresh == 0:
        return False
    before, after = known.thread.count, reading.thread.count
    explained = before is None or after is None or after - before <= reading.fresh
    return explained and times[-1] < known.mark - pace.overlap


def _seen(seen: tuple[str, ...], token: str) -> tuple[str, ...] | None:
    """Return the digests of tokens with this one; None when it was used or there are too many."""
    digest = hashlib.blake2s(token.encode("utf-8", "replace"), digest_size=6).hexdigest()
    return None if digest in seen or len(seen) >= _TOKENS_KEPT else (*seen, digest)


def _without(queue: tuple[Thread, ...], thread_id: str) -> tuple[Thread, ...]:
    return tuple(thread for thread in queue if thread.id != thread_id)


def _poll(state: State) -> Poll:
    if state.poll is None:
        msg = "no poll under way"
        raise ValueError(msg)
    return state.poll
