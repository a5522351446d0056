"""What was watched, as intervals of time, and how a page changes it. Pure: no I/O, no clock.

An interval says that everything a network showed of those moments has been read, though perhaps
late. What a source does not see is not in any interval: it is a gap with a reason, or it has not
been read yet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tanggap.mention import Gap

NOTHING = timedelta(0)
LOST_PLACE = "lost_place"
"""Reason of the gap behind a cursor that could not be read any more."""


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From `start` until before `end`, aware UTC; never empty."""

    start: datetime
    end: datetime
    late: timedelta = NOTHING
    """How long after it was posted the oldest of it was read; zero when that was as usual."""

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Watched:
    """What a page says of its source: all from `since` until `until` was read, but for gaps."""

    since: datetime
    until: datetime


def patience(poll_seconds: int) -> timedelta:
    """Return how old a source's last whole poll may be before that is worth a word."""
    return max(timedelta(hours=1), 4 * timedelta(seconds=poll_seconds))


def total(intervals: Iterable[Interval]) -> timedelta:
    """Return the length of all of them together."""
    return sum((one.length for one in intervals), NOTHING)


def clipped(intervals: Iterable[Interval], start: datetime, end: datetime) -> list[Interval]:
    """Return what of the intervals lies between two moments."""
    return [
        Interval(max(one.start, start), min(one.end, end), one.late)
        for one in intervals
        if max(one.start, start) < min(one.end, end)
    ]


def without(intervals: Iterable[Interval], holes: Iterable[Interval | Gap]) -> list[Interval]:
    """Return what is left of the intervals where the holes are cut out, in order."""
    left = sorted(intervals)
    for hole in holes:
        kept: list[Interval] = []
        for one in left:
            if hole.end <= one.start or one.end <= hole.start:
                kept.append(one)
                continue
            if one.start < hole.start:
                kept.append(Interval(one.start, hole.start, one.late))
            if hole.end < one.end:
                kept.append(Interval(hole.end, one.end, one.late))
        left = kept
    return sorted(left)


def after_page(
    known: Sequence[Interval],
    gaps: Sequence[Gap],
    watched: Watched | None,
    now: datetime,
    usual: timedelta,
) -> tuple[list[Interval], list[Gap]]:
    """Return the intervals after a page, and the gaps that nobody has recorded yet.

    `known` are the intervals so far, in order; `gaps` all recorded ones, those of the page
    included; `watched` is None before a source's first whole poll. A poll that came later than
    `usual` after the one before leaves its interval by itself, so that one can say how late it
    was read. Whoever turns the clock back takes back what was said of the future.
    """
    past = [Interval(one.start, min(one.end, now), one.late) for one in known if one.start < now]
    kept = without(past, gaps)
    if watched is None:
        return kept, []
    end = min(watched.until, now)
    start = known[-1].end if known else watched.since
    start = min(start, kept[-1].end) if kept else start
    unrecorded: list[Gap] = []
    if start < watched.since:  # the cursor was lost: it began anew after where it had been
        lost = [Interval(start, min(watched.since, end))] if start < end else []
        unrecorded = [Gap(one.start, one.end, LOST_PLACE) for one in without(lost, gaps)]
        start = watched.since
    if start < end:
        for piece in without([Interval(start, end)], gaps):
            # What lies before the first poll is late by nobody's fault: it is the backfill.
            late = now - piece.start if known and now - piece.start > usual else NOTHING
            kept = _joined(kept, Interval(piece.start, piece.end, late))
    return kept, unrecorded


def _joined(intervals: list[Interval], piece: Interval) -> list[Interval]:
    """Return the intervals with one more at their end, as one where both were read as usual."""
    if intervals and intervals[-1].end == piece.start and not (intervals[-1].late or piece.late):
        return [*intervals[:-1], Interval(intervals[-1].start, piece.end)]
    return [*intervals, piece]
