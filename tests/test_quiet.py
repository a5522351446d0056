"""The quiet alarm: hardly ever by chance, soon where an account went dead, and in its own words."""

import random
import sqlite3
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quiet_support import (
    DAY,
    START,
    Hours,
    account,
    accounts,
    alarmed,
    delay,
    false_alarms,
)
from store_support import DECISION, QUEUE, SPEC, mention, page, take

from tanggap.clock import to_text
from tanggap.store import Store, open_store
from tanggap.store.coverage import ARRIVALS, QUIET_SOURCES
from tanggap.upkeep.housekeeping import QUIET_EVERY, Rounds, listen_for_silence
from tanggap.upkeep.quiet import HOUR, LEAST_WEEKS, RARER_THAN, SHORTEST, WEEK, silence_of

SEED = 20261122
GOING = threading.Event()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = open_store(tmp_path / "tanggap.db")
    found.migrate()
    yield found
    found.close()


# --- the rule -----------------------------------------------------------------------------------

pasts = st.dictionaries(
    st.integers(0, 90 * 24).map(lambda hour: START + hour * HOUR), st.integers(0, 40), max_size=60
)
lengths = st.integers(0, 40 * 24).map(lambda hours: hours * HOUR)


@given(pasts, lengths, lengths)
def test_once_told_a_silence_stays_told_while_it_lasts(
    hours: Hours, first: timedelta, more: timedelta
) -> None:
    end = max(hours, default=START) + first
    if silence_of(hours, end):
        assert silence_of(hours, end + more)


@given(pasts, lengths, st.integers(-500, 500))
def test_only_what_the_clock_is_set_to_does_not_matter(
    hours: Hours, length: timedelta, shift: int
) -> None:
    moved = {hour + shift * WEEK: count for hour, count in hours.items()}
    end = max(hours, default=START) + length
    here, there = silence_of(hours, end), silence_of(moved, end + shift * WEEK)
    assert (here and here.expected) == (there and there.expected)


@given(pasts, lengths)
def test_hours_without_mentions_may_be_named_or_missing(hours: Hours, length: timedelta) -> None:
    end = max(hours, default=START) + length
    assert silence_of(hours, end) == silence_of({h: n for h, n in hours.items() if n}, end)


@given(pasts, lengths)
def test_a_silence_that_is_told_is_rare_and_has_a_past(hours: Hours, length: timedelta) -> None:
    end = max(hours, default=START) + length
    found = silence_of(hours, end)
    if found:
        assert found.per_month < RARER_THAN
        assert found.until - found.since >= SHORTEST
        assert found.expected > 1
        busy = [hour for hour, count in hours.items() if count]
        assert found.since - min(busy) >= LEAST_WEEKS * WEEK
        assert found.since == max(busy) + HOUR


def every(hours: int, days: int) -> Hours:
    """Return an account that brings ten mentions in every so many hours."""
    return {START + n * HOUR: 10 for n in range(0, days * 24, hours)}


def test_without_two_weeks_of_history_nothing_is_said() -> None:
    assert silence_of({}, START) is None
    assert silence_of({START: 1000}, START + 30 * DAY) is None
    assert not alarmed(every(1, 13), START + 15 * DAY)
    assert alarmed(every(1, 15), START + 17 * DAY)


def test_a_silence_as_long_as_one_before_is_no_news() -> None:
    hours = every(1, 60)
    for first in (200, 700):
        hours = {h: n for h, n in hours.items() if not 0 <= (h - START) // HOUR - first < 10}
    assert not alarmed(hours, START + 60 * DAY + 10 * HOUR)
    assert alarmed(hours, START + 60 * DAY + 11 * HOUR)


def test_one_trouble_of_the_past_does_not_make_the_next_one_usual() -> None:
    hours = {h: n for h, n in every(1, 60).items() if not 200 <= (h - START) // HOUR < 400}
    assert alarmed(hours, START + 60 * DAY + 3 * HOUR)


def test_a_night_is_compared_with_nights() -> None:
    hours = {h: n for h, n in every(1, 60).items() if 8 <= h.hour < 20}
    assert not alarmed(hours, START + 59 * DAY + 32 * HOUR)
    assert alarmed(hours, START + 60 * DAY + 11 * HOUR)


def test_an_uproar_is_not_the_measure() -> None:
    hours = account(3, 60, random.Random(SEED))
    loud = {h: n * 200 if 20 * DAY <= h - START < 27 * DAY else n for h, n in hours.items()}
    dies = START + 60 * DAY
    assert delay(loud, dies) == delay(hours, dies)


# --- the simulation (the long version: tests/measure_quiet.py) ----------------------------------


@pytest.mark.parametrize(
    "more", [{}, {"bursts": True}, {"trend": 0.2}], ids=["poisson", "bursts", "falling"]
)
def test_forty_accounts_for_sixty_days_hardly_ever_alarm_by_chance(
    more: dict[str, bool | float],
) -> None:
    told = sum(false_alarms(hours) for _, hours in accounts(40, 60, SEED, **more))
    assert told / (40 * 60 / 30) < 0.1


@pytest.mark.parametrize(
    ("per_day", "longest"), [(250, 8), (60, 16), (15, 36), (4, 6 * 24), (1, 28 * 24)]
)
def test_a_dead_account_is_told_the_sooner_the_busier_it_was(per_day: float, longest: int) -> None:
    dice = random.Random(SEED)
    for _ in range(3):
        found = delay(account(per_day, 60, dice), START + 60 * DAY)
        assert found is not None
        assert found <= longest * HOUR


# --- the alarm -----------------------------------------------------------------------------------


def live(store: Store, hours: Hours, until_hours: int) -> None:
    """Let a source bring these mentions, and be read until so many hours after START."""
    end = START + until_hours * HOUR
    lease = take(store, SPEC, now=START)
    posts = [
        mention(f"{hour:%m%d%H}{n}", posted_at=hour, seen_at=hour)
        for hour, count in hours.items()
        for n in range(count)
    ]
    store.accept(lease, page(*posts), {one.network_id: (DECISION, QUEUE) for one in posts}, end)
    store.accept(lease, page(watched_since=START, watched_until=end), {}, end)
    store.finish(lease, end, end, "")


def test_the_alarm_names_the_silent_sources_and_ends_when_something_arrives(store: Store) -> None:
    live(store, dict.fromkeys(every(2, 30), 1), 30 * 24)
    rounds, now = Rounds(), START + 30 * DAY
    listen_for_silence(store, rounds, GOING, now)
    assert store.alarms() == []
    now += 5 * DAY
    lease = take(store, now=now)
    store.accept(lease, page(watched_since=START, watched_until=now), {}, now)
    store.finish(lease, now, now, "")
    listen_for_silence(store, rounds, GOING, now)
    [alarm] = store.alarms()
    assert (alarm.code, alarm.detail, alarm.since) == ("quiet", SPEC.id, now)
    one = mention("1", posted_at=now, seen_at=now)
    store.accept(take(store, now=now), page(one), {"1": (DECISION, QUEUE)}, now)
    listen_for_silence(store, rounds, GOING, now + QUIET_EVERY)
    assert store.alarms() == []


def test_a_source_that_fails_is_not_called_quiet(store: Store) -> None:
    live(store, dict.fromkeys(every(2, 30), 1), 40 * 24)
    now = START + 40 * DAY
    store.fail(take(store, now=now), now, now, "needs_human", "token", "")
    listen_for_silence(store, Rounds(), GOING, now)
    assert store.alarms() == []


def test_what_has_not_been_read_yet_is_no_silence(store: Store) -> None:
    live(store, dict.fromkeys(every(2, 30), 1), 30 * 24)
    listen_for_silence(store, Rounds(), GOING, START + 40 * DAY)
    assert store.alarms() == []


def test_it_listens_every_quarter_of_an_hour_only(store: Store) -> None:
    live(store, dict.fromkeys(every(2, 30), 1), 40 * 24)
    now = START + 40 * DAY
    rounds = Rounds(now)
    for later in (timedelta(0), QUIET_EVERY - timedelta(seconds=1)):
        listen_for_silence(store, rounds, GOING, now + later)
        assert store.alarms() == []
    listen_for_silence(store, rounds, GOING, now + QUIET_EVERY)
    assert [alarm.code for alarm in store.alarms()] == ["quiet"]
    # A clock that was set back must not deafen it until it has caught up.
    store.clear_alarm("quiet")
    listen_for_silence(store, rounds, GOING, now - DAY)
    assert rounds.quiet_at == now - DAY


# --- what it costs -------------------------------------------------------------------------------


def fill(path: Path, names: list[str], weeks: int, until_hours: int) -> None:
    """Give sources a past: a mention every daytime hour, watched day by day until its end."""
    end = START + until_hours * HOUR
    hours = [to_text(end - n * HOUR)[:13] for n in range(1, weeks * 168) if n % 24 < 14]
    days = [(to_text(end - (n + 1) * DAY), to_text(end - n * DAY)) for n in range(weeks * 7)]
    with closing(sqlite3.connect(path)) as db, db:
        for name in names:
            db.executemany("INSERT INTO arrivals VALUES (?, ?, 1)", [(name, one) for one in hours])
            spans = [(name, *one) for one in days]
            db.executemany("INSERT INTO watched VALUES (?, ?, ?, 0)", spans)


def test_listening_walks_along_keys_and_sorts_nothing(store: Store, tmp_path: Path) -> None:
    since = {"known": "2026-01-01T00", "quiet": "2026-02-01T00"}
    with closing(sqlite3.connect(tmp_path / "tanggap.db")) as db:
        plans = [
            [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]
            for sql, parameters in ((QUIET_SOURCES, since), (ARRIVALS, ("x", "2026-01-01T00")))
        ]
    for step in (step for plan in plans for step in plan):
        assert "TEMP B-TREE" not in step
        assert not step.startswith("SCAN")
        if step.startswith("SEARCH") and not step.startswith("SEARCH s "):
            assert "PRIMARY KEY (source_id=?" in step
    assert "PRIMARY KEY (source_id=? AND hour>?)" in plans[1][0]


def test_listening_holds_the_past_of_one_source_at_a_time(tmp_path: Path) -> None:
    peaks = []
    for count in (2, 12):
        path = tmp_path / f"{count}.db"
        with closing(open_store(path)) as store:
            store.migrate()
            specs = [replace(SPEC, id=f"x:mentions:{n:02}") for n in range(count)]
            store.sync_sources(specs, START)
            for spec in specs:
                store.finish(take(store, spec, now=START), START, START, "")
            fill(path, [spec.id for spec in specs], 26, 200 * 24)
            now = START + (200 * 24 + 3) * HOUR
            assert len(store.quiet_sources(now - SHORTEST, START)) == count
            tracemalloc.start()
            listen_for_silence(store, Rounds(), GOING, now)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_a_stop_ends_the_listening_and_changes_no_alarm(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(store, dict.fromkeys(every(2, 30), 1), 40 * 24)
    stop, read = threading.Event(), store.arrivals
    asked: list[str] = []

    def arrivals(source_id: str, since: datetime) -> dict[datetime, int]:
        asked.append(source_id)
        return read(source_id, since)

    monkeypatch.setattr(store, "arrivals", arrivals)
    stop.set()
    listen_for_silence(store, Rounds(), stop, START + 40 * DAY)
    assert (asked, store.alarms()) == ([], [])
    listen_for_silence(store, Rounds(), GOING, START + 40 * DAY)
    assert (asked, [alarm.code for alarm in store.alarms()]) == ([SPEC.id], ["quiet"])
