"""What any network's refusal says: waits in all their forms, login pages, lines that broke."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from faults_support import LOGIN_PAGE
from hypothesis import given
from hypothesis import strategies as st

from collectors.refusals import (
    LONGEST_WAIT,
    SHORTEST_WAIT,
    asks_for_login,
    no_answer,
    pause,
    retry_after,
)
from collectors.transport import TransportError
from tanggap.errors import NotAuthorised, Unavailable

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


def dated(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


@pytest.mark.fault(22)
@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        (dated(NOW + timedelta(minutes=2)), 120),
        (dated(NOW - timedelta(minutes=2)), None),
        (dated(NOW), None),
        ("0", None),
        ("1000000000", 10**9),
        ("999999999999", 10**9),
        ("9" * 40, None),
        ("-5", None),
        ("1e9", None),
        ("2.5", None),
        ("٣٠", None),
        ("soon", None),
        ("Sat, 99 Nov 2026 05:00:00 GMT", None),
        ("Sat, 21 Nov 99999 05:00:00 GMT", None),
        ("", None),
    ],
)
def test_a_wait_is_read_in_both_of_its_forms_and_nothing_else_is_one(
    said: str, seconds: int | None
) -> None:
    found = retry_after({"retry-after": said, "date": dated(NOW)}, NOW)
    assert found == (None if seconds is None else timedelta(seconds=seconds))


def test_a_date_is_measured_against_the_servers_own_clock() -> None:
    theirs = NOW + timedelta(days=400)
    headers = {"retry-after": dated(theirs + timedelta(minutes=2)), "date": dated(theirs)}
    assert retry_after(headers, NOW) == timedelta(minutes=2)
    del headers["date"]
    assert retry_after(headers, theirs) == timedelta(minutes=2)


@pytest.mark.fault(22)
@given(st.dictionaries(st.sampled_from(["retry-after", "date"]), st.text(max_size=40)))
def test_no_header_whatever_makes_a_wait_that_is_not_ahead(headers: dict[str, str]) -> None:
    found = retry_after(headers, NOW)
    assert found is None or found > timedelta(0)
    paused = pause(503, headers, "x", NOW)
    if paused:
        assert paused.retry_at is not None
        assert SHORTEST_WAIT <= paused.retry_at - NOW <= LONGEST_WAIT


@pytest.mark.fault(22, 23)
@pytest.mark.parametrize(
    ("status", "said", "wait"),
    [
        (503, "3600", timedelta(hours=1)),
        (500, "3600", timedelta(hours=1)),
        (503, "5", SHORTEST_WAIT),
        (503, "86400", timedelta(days=1)),
        (503, "86401", None),
        (503, "", None),
        (429, "3600", None),
        (200, "3600", None),
    ],
)
def test_a_network_that_is_down_may_ask_all_to_wait(
    status: int, said: str, wait: timedelta | None
) -> None:
    paused = pause(status, {"retry-after": said}, "meta", NOW)
    assert (paused.retry_at if paused else None) == (NOW + wait if wait else None)
    assert paused is None or (paused.code, paused.scope) == ("network_paused", "meta")


@pytest.mark.fault(28)
@pytest.mark.parametrize(
    ("page", "asks"),
    [
        (LOGIN_PAGE, True),
        ("\ufeff \n<!DOCTYPE HTML><input  type = 'password'>", True),
        ('<html><form method=post action="https://gw.kota.example/captive/">', True),
        ('<html><meta http-equiv="refresh" content="0; url=/challenge/?next=/">', True),
        ("<!DOCTYPE html><h1>Sedang dalam perawatan</h1><a href='/login'>Masuk</a>", False),
        ('{"text": "<html><input type=password>"}', False),
        ('["<!doctype html>"]', False),
        ("", False),
        ("<html>" + "<form " * 100_000, False),
        ("<html>" + "<input " + "x" * 200_000, False),
    ],
)
def test_a_page_with_a_login_is_told_from_maintenance_and_from_data(page: str, asks: bool) -> None:
    assert asks_for_login(200, page.encode()) == asks


@pytest.mark.fault(27)
def test_a_broken_line_is_trouble_of_one_source_and_a_false_end_of_the_network() -> None:
    broken = no_answer(TransportError("network_timeout", "deadline"), "x:mentions:dlh", "x")
    assert (type(broken), broken.scope) == (Unavailable, "x:mentions:dlh")
    false = no_answer(TransportError("tls_refused", "TLS: X"), "x:mentions:dlh", "x")
    assert (type(false), false.scope) == (NotAuthorised, "x")
