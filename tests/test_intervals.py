"""Watched intervals: whatever the order of polls, gaps and failures, no time is lost or doubled."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.intervals import (
    LOST_PLACE,
    Interval,
    Watched,
    after_page,
    clipped,
    patience,
    total,
    without,
)
from tanggap.mention import Gap

START = datetime(2026, 11, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
USUAL = 2 * HOUR


def at(hours: float) -> datetime:
    return START + hours * HOUR


def span(start: float, end: float, late: float = 0) -> Interval:
    return Interval(at(start), at(end), late * HOUR)


spans = st.tuples(st.integers(0, 60), st.integers(1, 20)).map(
    lambda pair: span(pair[0], pair[0] + pair[1])
)


def hours_of(intervals: list[Interval]) -> list[int]:
    """Return each full hour that lies in the intervals, as often as it does."""
    return [
        hour
        for one in intervals
        for hour in range((one.start - START) // HOUR, (one.end - START) // HOUR)
    ]


@given(st.lists(spans), st.lists(spans))
def test_what_is_left_is_exactly_what_no_hole_covers(
    intervals: list[Interval], holes: list[Interval]
) -> None:
    left = without(intervals, holes)
    cut = set(hours_of(holes))
    assert sorted(hours_of(left)) == sorted(h for h in hours_of(intervals) if h not in cut)
    assert all(one.start < one.end for one in left)
    assert left == sorted(left)


@given(st.lists(spans), spans)
def test_clipping_keeps_what_lies_between(intervals: list[Interval], frame: Interval) -> None:
    inside = clipped(intervals, frame.start, frame.end)
    wanted = set(hours_of([frame]))
    assert sorted(hours_of(inside)) == sorted(h for h in hours_of(intervals) if h in wanted)
    assert total(inside) == len(hours_of(inside)) * HOUR


@dataclass
class Source:
    """A source with its ledger, polled whenever a test says so."""

    known: list[Interval] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    origin: datetime = START
    checked: datetime | None = None

    def page(self, now: datetime, gap: Gap | None = None, *, whole: bool = True) -> None:
        if gap:
            self.gaps.append(gap)
        if whole:
            self.checked = now
        watched = Watched(self.origin, self.checked) if self.checked else None
        self.known, found = after_page(self.known, self.gaps, watched, now, USUAL)
        self.gaps.extend(found)


events = st.lists(
    st.tuples(
        st.sampled_from(["poll", "page", "fail", "gap", "gap_page", "lost", "removed"]),
        st.integers(1, 9),
        st.integers(0, 12),
        st.integers(1, 12),
    ),
    max_size=20,
)


@given(events)
def test_intervals_gaps_and_what_is_unread_make_up_the_whole_span(
    happened: list[tuple[str, int, int, int]],
) -> None:
    source, now, begun = Source(), 0, None
    for what, after, back, length in happened:
        now += after
        gap = Gap(at(now - back - length), at(now - back), what)
        if what == "poll":
            source.page(at(now))
        elif what == "page":
            source.page(at(now), whole=False)
        elif what == "gap":
            source.page(at(now), gap)
        elif what in ("gap_page", "removed"):
            source.page(at(now), gap, whole=False)
        elif what == "lost":
            source.origin, source.checked = max(source.origin, at(now - back)), None
            source.page(at(now), whole=False)
        known = source.known
        assert known == sorted(known)
        assert all(one.start < one.end for one in known)
        assert all(one.end <= after.start for one, after in pairwise(known))
        assert without(known, source.gaps) == known, "what is a gap is not watched"
        # From the first moment watched on; what lies behind the last one has not been read yet.
        begun = begun or (known[0].start if known else None)
        whole = [Interval(begun, known[-1].end)] if begun and known else []
        parts = {*hours_of(known), *hours_of([Interval(g.start, g.end) for g in source.gaps])}
        assert set(hours_of(whole)) <= parts
        assert max(parts, default=0) < now


@given(st.lists(st.integers(1, 30), min_size=1, max_size=12), st.data())
def test_whatever_fails_in_between_the_last_good_poll_reads_it_back(
    waits: list[int], data: st.DataObject
) -> None:
    source, now = Source(origin=at(-48)), 0
    for wait in waits:
        now += wait
        if data.draw(st.booleans()):
            source.page(at(now))
    source.page(at(now + 1))
    assert total(source.known) == (now + 1 + 48) * HOUR
    assert source.gaps == []


@given(events, st.integers(1, 5))
def test_the_same_page_twice_changes_nothing(
    happened: list[tuple[str, int, int, int]], times: int
) -> None:
    source, now = Source(), 0
    for what, after, back, length in happened:
        now += after
        gap = Gap(at(now - back - length), at(now - back), what) if "gap" in what else None
        source.page(at(now), gap)
    before = list(source.known)
    for _ in range(times):
        source.page(at(now), whole=False)
    assert source.known == before


def test_polls_that_come_as_usual_make_one_interval() -> None:
    source = Source(origin=at(-48))
    for now in range(10):
        source.page(at(now))
    assert source.known == [span(-48, 9)]


def test_what_was_read_late_stands_by_itself_with_how_late() -> None:
    source = Source(origin=at(-48))
    for now in (0, 1, 11, 12, 13):
        source.page(at(now))
    assert source.known == [span(-48, 1), span(1, 11, 10), span(11, 13)]


def test_what_lies_behind_a_gap_is_late_by_its_own_age() -> None:
    source = Source()
    source.page(at(0.5))
    source.page(at(200), Gap(at(0.5), at(32), "older_than_window"))
    assert source.known == [span(0, 0.5), span(32, 200, 168)]


def test_before_the_first_whole_poll_nothing_is_watched() -> None:
    source = Source()
    source.page(at(1), Gap(at(-5), at(0), "mentions_over_800"), whole=False)
    assert source.known == []
    source.page(at(2))
    assert source.known == [span(0, 2)]


def test_a_lost_place_is_a_gap_only_where_nothing_else_says_why() -> None:
    source = Source()
    source.page(at(1))
    source.page(at(2), Gap(at(1), at(20), "removed"), whole=False)
    source.origin, source.checked = at(30), None
    source.page(at(50))
    assert source.gaps[1:] == [Gap(at(20), at(30), LOST_PLACE)]
    assert source.known == [span(0, 1), span(30, 50, 20)]


def test_a_clock_that_was_put_back_takes_back_what_was_said_of_the_future() -> None:
    known, _ = after_page([span(0, 1000)], [], Watched(at(0), at(5)), at(6), USUAL)
    assert known == [span(0, 6)]


@pytest.mark.parametrize(
    ("poll_seconds", "hours"), [(60, 1), (900, 1), (3600, 4), (21_600, 24)]
)  # fmt: skip
def test_patience_is_four_polls_but_an_hour_at_least(poll_seconds: int, hours: int) -> None:
    assert patience(poll_seconds) == hours * HOUR
