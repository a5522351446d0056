"""Real and compressed time, and the text form of a moment."""

import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.clock import Clock, from_text, lately, to_text

START = datetime(2026, 1, 1, tzinfo=UTC)


def compressed(speed: float, real_start: datetime) -> Clock:
    return Clock(speed, real_start, START)


def test_the_plain_clock_shows_the_real_time_in_utc() -> None:
    before = datetime.now(UTC)
    now = Clock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_compressed_time_runs_faster_from_its_own_start() -> None:
    real_start = datetime.now(UTC) - timedelta(seconds=10)
    assert compressed(360, real_start).now() - START >= timedelta(hours=1)
    assert compressed(360, real_start).now().tzinfo is UTC


def test_two_processes_with_the_same_numbers_agree() -> None:
    real_start = datetime.now(UTC)
    first = compressed(1000, real_start)
    second = compressed(1000, real_start)
    before = first.now()
    assert before <= second.now() <= first.now()


def test_a_wait_lasts_its_span_on_the_clock_not_in_reality() -> None:
    clock = compressed(36_000, datetime.now(UTC))
    began = time.monotonic()
    assert clock.wait(threading.Event(), 3600) is False
    lasted = time.monotonic() - began
    assert lasted >= 0.09
    assert lasted < 60


def test_a_wait_ends_at_once_when_the_event_is_set() -> None:
    event = threading.Event()
    event.set()
    assert Clock().wait(event, 3600) is True


def test_a_wait_until_a_moment_that_has_passed_does_not_fail() -> None:
    assert Clock().wait(threading.Event(), -5) is False


def test_a_span_on_the_clock_is_known_in_real_seconds() -> None:
    assert compressed(60, START).real_seconds(timedelta(hours=1)) == 60
    assert Clock().real_seconds(timedelta(minutes=1)) == 60


FAR_PAST = "0001-01-01T00:00:00+14:00"
FAR_FUTURE = "9999-12-31T23:59:59-12:00"
ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES)  # noqa: DTZ001  bounds of naive parts


@given(MOMENTS)
def test_a_moment_survives_its_text_form_to_the_millisecond(moment: datetime) -> None:
    text = to_text(moment)
    assert len(text) == 24
    assert text.endswith("Z")
    assert timedelta(0) <= moment - from_text(text) < timedelta(milliseconds=1)


@given(MOMENTS, MOMENTS)
def test_text_forms_sort_like_the_moments(one: datetime, other: datetime) -> None:
    if one <= other:
        assert to_text(one) <= to_text(other)
    else:
        assert to_text(one) >= to_text(other)


def test_another_zone_is_read_as_utc() -> None:
    assert from_text("2026-11-02T08:00:00+07:00") == datetime(2026, 11, 2, 1, tzinfo=UTC)
    assert from_text("2026-11-02T08:00:00+07:00").tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["2026-11-02T08:00:00", "2026-11-02", "kemarin", "", FAR_PAST, FAR_FUTURE]
)
def test_a_text_without_a_zone_or_without_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"zone|isoformat|range"):
        from_text(text)


def test_lately_is_less_than_a_span_ago_and_never_what_a_clock_ahead_has_dated() -> None:
    now, hour = datetime(2026, 11, 22, 9, 0, tzinfo=UTC), timedelta(hours=1)
    assert [lately(now - hour * ago, hour, now) for ago in (0, 0.5, 1, 2, -0.5)] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert not lately(None, hour, now)
