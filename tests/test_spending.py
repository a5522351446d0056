"""Windows of a limit: what one source may take of it, for news and for its backlog."""

import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.errors import StoreBusy
from tanggap.outgoing import counted, may_leave
from tanggap.store import Store
from tanggap.turns.budget import Part, Room, Window, day_of, hour_of
from tanggap.turns.reservations import Reservations
from tanggap.turns.uncounted import Uncounted

BEGINS = datetime(2026, 11, 20, tzinfo=UTC)
DAY = timedelta(days=1)
COUNTS = st.integers(0, 100_000)


def window(limit: int = 1000, used: int = 0, own: int = 0, sources: int = 40) -> Window:
    return Window(limit, used, own, sources, BEGINS, BEGINS + DAY)


WINDOWS = st.builds(window, st.integers(1, 100_000), COUNTS, COUNTS, st.integers(0, 200))
MOMENTS = st.floats(0, 0.9999).map(lambda part: BEGINS + part * DAY)


@given(WINDOWS, MOMENTS, st.booleans())
def test_no_room_is_ever_larger_than_what_is_left(
    one: Window, now: datetime, backlog: bool
) -> None:
    assert 0 <= one.room(now, backlog=backlog) <= one.left <= one.limit


@given(WINDOWS, MOMENTS)
def test_news_always_have_at_least_the_room_of_a_backlog(one: Window, now: datetime) -> None:
    assert one.room(now, backlog=True) <= one.room(now, backlog=False)


@given(st.integers(1, 100_000), MOMENTS, st.integers(1, 200))
def test_a_backlog_alone_never_takes_what_is_kept_for_the_rest_of_the_day(
    limit: int, now: datetime, sources: int
) -> None:
    used = 0
    while room := window(limit, used, used, sources).room(now, backlog=True):
        used += room
    rest = (BEGINS + DAY - now) / DAY
    assert limit - used >= int(limit * rest / 2)


@given(st.integers(8, 100_000), MOMENTS, st.integers(8, 200))
def test_one_noisy_source_leaves_the_others_their_part(
    limit: int, now: datetime, sources: int
) -> None:
    used = 0
    while room := window(limit, used, used, sources).room(now, backlog=False):
        used += room
    rest = (BEGINS + DAY - now) / DAY
    kept = min(int(limit * rest / 2), limit - -(-limit // 4))
    assert limit - used >= kept
    # And what it left, another source may take up to its own share.
    other = window(limit, used, 0, sources).room(now, backlog=False)
    assert other == min(limit - used, max(-(-limit // 4), limit - used - int(limit * rest / 2)))


def test_few_sources_have_twice_their_even_share_and_one_has_all() -> None:
    assert [window(100, 0, 0, n).room(BEGINS, backlog=False) for n in (1, 2, 4, 8, 40)] == [
        *(100, 100, 50, 50, 50)
    ]
    assert [window(100, 60, 0, n).room(BEGINS, backlog=False) for n in (1, 4, 8, 40)] == [
        *(40, 40, 25, 25)
    ]


@given(WINDOWS, MOMENTS)
def test_a_source_without_room_has_room_when_it_is_told_to_come_back(
    one: Window, now: datetime
) -> None:
    if one.room(now, backlog=False):
        return
    opens = one.opens_at(now)
    assert now < opens <= one.ends
    assert opens == one.ends or one.room(opens, backlog=False) > 0 or one.left == 0


def test_hours_and_days_are_those_of_utc() -> None:
    now = datetime(2026, 11, 20, 23, 59, 30, tzinfo=UTC)
    assert hour_of(now) == (now.replace(minute=0, second=0), datetime(2026, 11, 21, tzinfo=UTC))
    assert day_of(now) == (BEGINS, BEGINS + DAY)


@given(st.integers(1, 100_000), COUNTS, COUNTS, st.integers(1, 60), MOMENTS)
def test_a_share_is_never_too_little_to_begin_with(
    limit: int, used: int, own: int, least: int, now: datetime
) -> None:
    one = Window(limit, used, own, 40, BEGINS, BEGINS + DAY, least)
    room = one.room(now, backlog=False)
    assert room <= one.left
    assert room >= min(one.left, least - own)
    opens = one.opens_at(now)
    assert now < opens <= one.ends
    assert opens == one.ends or one.room(opens, backlog=False) >= least


@given(st.integers(0, 500), st.lists(st.integers(1, 60), max_size=12))
def test_workers_together_never_reserve_more_requests_than_are_left(
    left: int, wanted: list[int]
) -> None:
    def room(most: int) -> Room:
        return Room(left=Part(left, None), most=Part(most, None), workers=4)

    reservations = Reservations()
    parts = [reservations.part("x", partial(room, most)) for most in wanted]
    held = [part.__enter__() for part in parts]
    assert sum(part.requests for part in held) == reservations.taken("x").requests <= left
    assert not left or not held or held[0].requests > 0
    for part in parts:
        part.__exit__(None, None, None)
    assert reservations.taken("x") == Part(0, 0)
    with reservations.part("x", partial(room, left)) as part:
        assert part == Part(-(-left // 2), None)


def test_requests_are_counted_for_the_turn_under_way_and_refused_at_its_end() -> None:
    assert may_leave(), "what no turn asks for is not bounded here"
    with counted() as outgoing:
        outgoing.allowed = 2
        assert [may_leave() for _ in range(4)] == [True, True, False, False]
        other: list[bool] = []
        thread = threading.Thread(target=lambda: other.append(may_leave()))
        thread.start()
        thread.join()
        assert other == [True], "another worker's turn is not this one's"
        assert outgoing.sent == 2
        outgoing.allowed = None
        assert may_leave()
        assert outgoing.sent == 3


class Counts:
    """A store that counts requests of all sources but one that it refuses."""

    def __init__(self) -> None:
        self.counted: dict[str, int] = {}
        self.refused = "x:mentions:dlh"

    def note_requests(self, source_id: str, requests: int, _: datetime) -> None:
        if source_id == self.refused:
            raise StoreBusy("sedang dipakai")
        self.counted[source_id] = self.counted.get(source_id, 0) + requests


def test_what_a_store_refuses_to_count_is_counted_once_when_it_takes_it() -> None:
    counts, uncounted = Counts(), Uncounted()
    store = cast("Store", counts)
    for source_id, requests in (("x:mentions:dpupr", 3), ("x:mentions:dlh", 2), ("meta:a", 7)):
        uncounted.add(source_id, requests)
    assert (uncounted.of("x"), uncounted.of("meta")) == (5, 7)
    with pytest.raises(StoreBusy):
        uncounted.count(store, BEGINS)
    assert uncounted.of("x") == 2, "what was taken is not counted again"
    counts.refused = ""
    uncounted.count(store, BEGINS)
    uncounted.count(store, BEGINS)
    assert counts.counted == {"x:mentions:dpupr": 3, "x:mentions:dlh": 2, "meta:a": 7}
    assert (uncounted.of("x"), uncounted.of("meta")) == (0, 0)
