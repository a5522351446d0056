"""Every fault that Instagram's web site and instaloader are known for, provoked in the product.

Each row: what goes wrong; which code stands on the source afterwards, in which state; what else
has to wait, and for how long. Then the fault ends, time passes, and everything is there.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from daemon_support import (
    START,
    HandClock,
    only_accounts,
    open_install,
    statuses,
    write_config,
    write_session,
)
from faults_support import City, once_struck, provoke, until_well

import daemon
from tanggap.simulator.faults import Fault
from tanggap.simulator.generator import generate_world
from tanggap.simulator.server import Simulator

OPDS = ("distan", "dpmd")
TAGGED = "instagram_web:distan:tagged"
MEDIA = "instagram_web:distan:media"
ALL = "instagram_web"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    clock = HandClock(START + timedelta(hours=3))
    world = generate_world(4, START, 6, 250, clock=clock, network="instagram")  # type: ignore[arg-type]
    with Simulator(world, clock=clock) as simulator:  # type: ignore[arg-type]
        path = write_config(
            tmp_path,
            simulator.address,
            *only_accounts(*OPDS, network=ALL),
            ("connect_seconds = 5.0", "connect_seconds = 2.0"),
            ("deadline_seconds = 30.0", "deadline_seconds = 3.0"),
            ("watch_days = 14", "watch_days = 30"),  # as old as the posts of this city
            networks=(ALL,),
        )
        write_session(tmp_path, simulator)
        yield City(simulator, clock, path, (ALL,), {ALL: OPDS})


def at_tagged(action: str, **settings: object) -> Fault:
    return Fault(action, endpoint="tagged", source="distan.sukamaju", **settings)  # type: ignore[arg-type]


RESTS = [
    # fault, code, state, hours until it is tried again
    pytest.param(at_tagged("please_wait"), "instagram_wait", "waiting", 1, id="401-please-wait"),
    pytest.param(
        at_tagged("please_wait", status=403), "instagram_wait", "waiting", 1, id="403-please-wait"
    ),
    pytest.param(at_tagged("status_fail"), "instagram_wait", "waiting", 1, id="status-fail"),
    pytest.param(at_tagged("too_many"), "instagram_limit", "waiting", 11 / 60, id="429"),
    pytest.param(
        at_tagged("checkpoint"), "instagram_checkpoint", "needs_human", 24, id="checkpoint"
    ),
    pytest.param(at_tagged("challenge"), "instagram_checkpoint", "needs_human", 24, id="challenge"),
    pytest.param(
        at_tagged("feedback_required"), "instagram_feedback", "needs_human", 24, id="feedback"
    ),
    pytest.param(
        at_tagged("login_redirect"), "instagram_session", "needs_human", 24, id="login-redirect"
    ),
    pytest.param(
        at_tagged("login_required"), "instagram_session", "needs_human", 24, id="login-required"
    ),
]


@pytest.mark.parametrize(("fault", "code", "state", "hours"), RESTS)
def test_instagram_rests_as_a_whole_and_says_why_and_until_when(
    city: City, fault: Fault, code: str, state: str, hours: float
):
    city.simulator.faults.add(fault)
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        found = statuses(house.store, city.clock)
        assert (found[TAGGED].code, found[TAGGED].state) == (code, state)
        (hold,) = house.store.holds(city.clock.now())
        assert (hold.scope, hold.code) == (ALL, code)
        assert hold.until == city.clock.now() + timedelta(hours=hours)
        assert {status.held_code for status in found.values()} == {code}
        city.simulator.faults.clear()
        asked = len(city.simulator.oracle.log())
        city.clock.advance(timedelta(hours=hours) - timedelta(minutes=1))
        daemon.once(house)
        assert len(city.simulator.oracle.log()) == asked
        mended = until_well(city, house)
        assert {status.state for status in mended.values()} == {"ok"}
        assert house.store.holds(city.clock.now()) == []
        gaps = [gap for status in mended.values() for gap in status.gaps]
        assert all(gap.start < gap.end for gap in gaps)
        database = house.config.database_path
    verdict = city.verdict(database)
    assert verdict.exact, verdict


BREAKDOWNS = [
    pytest.param(at_tagged("reset"), "network_unreachable", id="reset"),
    pytest.param(at_tagged("hang"), "network_timeout", id="hanging-server"),
    pytest.param(at_tagged("server_error"), "network_error", id="http-500"),
    pytest.param(at_tagged("html"), "not_json", id="html-instead-of-json"),
]


@pytest.mark.parametrize(("fault", "code"), BREAKDOWNS)
def test_a_breakdown_is_tried_again_and_the_others_go_on(city: City, fault: Fault, code: str):
    provoke(city, fault, TAGGED, code, "backoff", "")


OUTDATED = ["stale_doc", "changed_json", "user_null", "errors_only", "bad_request"]


@pytest.mark.parametrize("action", OUTDATED)
def test_what_the_library_no_longer_understands_pauses_with_an_alert(city: City, action: str):
    city.simulator.faults.add(Fault(action, endpoint="tagged"))
    with open_install(city.path, city.clock) as house:
        for _ in range(3):
            daemon.once(house)
            city.clock.advance(timedelta(hours=4))
        status = statuses(house.store, city.clock)[TAGGED]
        assert (status.code, status.state) == ("library_outdated", "needs_human")
        city.simulator.faults.clear()
        mended = until_well(city, house)
        assert {status.state for status in mended.values()} == {"ok"}
        database = house.config.database_path
    verdict = city.verdict(database)
    assert verdict.exact, verdict


def test_a_profile_that_is_not_shown_needs_a_person_only_after_a_day(city: City):
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        lost = {"action": "user_null", "endpoint": "metadata", "source": "distan.sukamaju"}
        city.simulator.faults.add(Fault(**lost))  # type: ignore[arg-type]
        seen: list[tuple[str, str]] = []
        for _ in range(10):
            city.clock.advance(timedelta(hours=4))
            daemon.once(house)
            status = statuses(house.store, city.clock)[MEDIA]
            seen.append((status.state, status.code))
        assert seen[0] == ("ok", "profile_unseen")
        assert ("needs_human", "instagram_account_gone") not in seen[:5]
        assert seen[-1] == ("needs_human", "instagram_account_gone")
        others = statuses(house.store, city.clock)["instagram_web:dpmd:media"]
        assert others.state == "ok"
        city.simulator.faults.clear()
        assert {s.state for s in until_well(city, house).values()} == {"ok"}


def test_comments_that_break_midway_are_kept_and_the_post_is_read_again(city: City):
    fault = Fault("comment_without_fields", endpoint="comments", source="distan.sukamaju", count=1)
    status = once_struck(city, fault, MEDIA)
    assert status.state == "ok"


TIDY = ["twice", "shuffle", "empty_with_next", "repeat_cursor", "null_texts"]


@pytest.mark.parametrize("action", TIDY)
def test_an_untidy_page_loses_nothing(city: City, action: str):
    status = once_struck(city, at_tagged(action, count=1), TAGGED)
    assert status.state == "ok"


def test_the_second_please_wait_is_for_a_person_to_look_at(city: City):
    city.simulator.faults.add(Fault("please_wait"))
    with open_install(city.path, city.clock) as house:
        waits = []
        for _ in range(5):
            daemon.once(house)
            (hold,) = house.store.holds(city.clock.now())
            waits.append((hold.until - city.clock.now()) / timedelta(hours=1))
            city.clock.advance(hold.until - city.clock.now())
        assert waits == [1, 4, 12, 24, 24]
        assert {s.state for s in statuses(house.store, city.clock).values()} >= {"needs_human"}


def test_a_long_rest_leaves_a_gap_in_the_coverage(city: City):
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        began = city.clock.now()
        city.simulator.faults.add(Fault("please_wait"))
        for _ in range(12):
            city.clock.advance(timedelta(hours=4))
            daemon.once(house)
        city.simulator.faults.clear()
        mended = until_well(city, house)
        gaps = [gap for gap in mended[MEDIA].gaps if gap.start >= began - timedelta(hours=1)]
        assert gaps
        assert gaps[0].reason == "instagram_rest"
