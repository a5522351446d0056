"""The quiet alarm: hardly ever by chance, soon where an account went dead, and in its own words."""

import random
from collections.abc import Iterator
from datetime import timedelta
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

from tanggap.store import Store, open_store
from tanggap.upkeep.housekeeping import QUIET_EVERY, Rounds, listen_for_silence
from tanggap.upkeep.quiet import HOUR, LEAST_WEEKS, RARER_THAN, SHORTEST, WEEK, silence_of

SEED = 20261122


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
    listen_for_silence(store, rounds, now)
    assert store.alarms() == []
    now += 5 * DAY
    lease = take(store, now=now)
    store.accept(lease, page(watched_since=START, watched_until=now), {}, now)
    store.finish(lease, now, now, "")
    listen_for_silence(store, rounds, now)
    [alarm] = store.alarms()
    assert (alarm.code, alarm.detail, alarm.since) == ("quiet", SPEC.id, now)
    one = mention("1", posted_at=now, seen_at=now)
    store.accept(take(store, now=now), page(one), {"1": (DECISION, QUEUE)}, now)
    listen_for_silence(store, rounds, now + QUIET_EVERY)
    assert store.alarms() == []


def test_a_source_that_fails_is_not_called_quiet(store: Store) -> None:
    live(store, dict.fromkeys(every(2, 30), 1), 40 * 24)
    now = START + 40 * DAY
    store.fail(take(store, now=now), now, now, "needs_human", "token", "")
    listen_for_silence(store, Rounds(), now)
    assert store.alarms() == []


def test_what_has_not_been_read_yet_is_no_silence(store: Store) -> None:
    live(store, dict.fromkeys(every(2, 30), 1), 30 * 24)
    listen_for_silence(store, Rounds(), START + 40 * DAY)
    assert store.alarms() == []


def test_it_listens_every_quarter_of_an_hour_only(store: Store) -> None:
    live(store, dict.fromkeys(every(2, 30), 1), 40 * 24)
    now = START + 40 * DAY
    rounds = Rounds(now)
    for later in (timedelta(0), QUIET_EVERY - timedelta(seconds=1)):
        listen_for_silence(store, rounds, now + later)
        assert store.alarms() == []
    listen_for_silence(store, rounds, now + QUIET_EVERY)
    assert [alarm.code for alarm in store.alarms()] == ["quiet"]
    # A clock that was set back must not deafen it until it has caught up.
    store.clear_alarm("quiet")
    listen_for_silence(store, rounds, now - DAY)
    assert rounds.quiet_at == now - DAY
