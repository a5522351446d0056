"""Every fault that X and its library are known for, provoked once in the whole product.

Each row: what goes wrong, where; which code stands on the source afterwards, in which state; what
else has to wait. Then the fault ends, time passes, and everything is there.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from daemon_support import (
    START,
    TOKEN,
    HandClock,
    judge,
    only_accounts,
    open_install,
    statuses,
    write_config,
)
from faults_support import HTML, LOGIN_PAGE, City, told_once

import daemon
from tanggap.cli import cli
from tanggap.remedies import REMEDIES
from tanggap.simulator.faults import Fault
from tanggap.simulator.generator import generate_world
from tanggap.simulator.server import Simulator

OPDS = ("pemkot", "dpupr", "dlh")
STRUCK = "x:mentions:dpupr"
HOLDING = {"x:mentions", "x"}


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    clock = HandClock(START + timedelta(hours=3))
    world = generate_world(3, START, 6, 150, clock=clock)  # type: ignore[arg-type]
    with Simulator(world, clock=clock, token=TOKEN) as simulator:  # type: ignore[arg-type]
        path = write_config(
            tmp_path,
            simulator.address,
            *only_accounts(*OPDS),
            ("connect_seconds = 5.0", "connect_seconds = 2.0"),
            ("deadline_seconds = 30.0", "deadline_seconds = 3.0"),
            ("max_body_mb = 10", "max_body_mb = 1"),
        )
        yield City(simulator, clock, path, ("x",))


def at_dpupr(action: str, **settings: object) -> Fault:
    return Fault(action, endpoint="mentions", source="dpupr_skm", **settings)  # type: ignore[arg-type]


ROWS = [
    # fault, code, state, scope held ("" none)
    pytest.param(at_dpupr("reset"), "network_unreachable", "backoff", "", id="reset"),
    pytest.param(at_dpupr("truncate"), "not_json", "backoff", "", id="truncated-body"),
    pytest.param(at_dpupr("hang"), "network_timeout", "backoff", "", id="hanging-server"),
    pytest.param(at_dpupr("drip", seconds=0.2), "network_timeout", "backoff", "", id="slow-drip"),
    pytest.param(at_dpupr("endless"), "body_too_large", "backoff", "", id="endless-body"),
    pytest.param(at_dpupr("gzip_bomb"), "body_too_large", "backoff", "", id="gzip-bomb"),
    *[
        pytest.param(
            at_dpupr("status", status=status, body="oops"),
            "network_error",
            "backoff",
            "",
            id=f"http-{status}",
        )
        for status in (500, 502, 503, 504)
    ],
    pytest.param(at_dpupr("unavailable"), "network_error", "backoff", "", id="503-problem"),
    pytest.param(
        at_dpupr("html", status=503), "network_error", "backoff", "", id="html-maintenance-503"
    ),
    pytest.param(at_dpupr("html"), "not_json", "backoff", "", id="html-with-200"),
    pytest.param(
        at_dpupr("status", status=200, headers=HTML, body=LOGIN_PAGE),
        "login_page",
        "needs_human",
        "x",
        id="login-page-with-200",
    ),
    pytest.param(at_dpupr("status", status=204), "not_json", "backoff", "", id="http-204"),
    pytest.param(
        at_dpupr("status", status=503, headers={"Retry-After": "3600"}),
        "network_paused",
        "waiting",
        "x",
        id="503-that-names-a-time",
    ),
    pytest.param(
        at_dpupr("status", status=429, headers={"Retry-After": "7200"}),
        "rate_limited",
        "waiting",
        "x:mentions",
        id="429-that-names-a-time",
    ),
    pytest.param(at_dpupr("malformed", kind="cut"), "not_json", "backoff", "", id="cut-json"),
    pytest.param(at_dpupr("malformed", kind="empty"), "not_json", "backoff", "", id="empty-200"),
    *[
        pytest.param(
            at_dpupr("malformed", kind=kind), "library_error", "backoff", "", id=f"json-{kind}"
        )
        for kind in ("nan", "nested", "big_int", "null", "list")
    ],
    pytest.param(
        at_dpupr("redirect"), "host_refused", "backoff", "", id="redirect-to-another-host"
    ),
    pytest.param(
        at_dpupr("rate_limit", seconds=300),
        "rate_limited",
        "waiting",
        "x:mentions",
        id="rate-limit",
    ),
    pytest.param(
        at_dpupr("no_reset_header"),
        "rate_limited",
        "waiting",
        "x:mentions",
        id="rate-limit-without-reset",
    ),
    pytest.param(
        at_dpupr("bad_reset_header"),
        "rate_limited",
        "waiting",
        "x:mentions",
        id="rate-limit-with-garbage",
    ),
    pytest.param(at_dpupr("code_88"), "rate_limited", "waiting", "x:mentions", id="code-88"),
    pytest.param(at_dpupr("usage_cap"), "usage_cap", "waiting", "x", id="usage-cap"),
    pytest.param(at_dpupr("credits"), "credits", "needs_human", "x", id="credits-gone"),
    pytest.param(at_dpupr("unauthorized"), "token", "needs_human", "x", id="token-revoked"),
    pytest.param(at_dpupr("forbidden"), "app_forbidden", "needs_human", "x", id="not-enrolled"),
    pytest.param(
        at_dpupr("not_found"), "account_gone", "needs_human", STRUCK, id="account-suspended"
    ),
    pytest.param(
        at_dpupr("status", status=400, body={"title": "Invalid Request", "detail": "no"}),
        "bad_request",
        "backoff",
        "",
        id="bad-request",
    ),
]


@pytest.mark.parametrize(("fault", "code", "state", "held"), ROWS)
@pytest.mark.fault(22, 23, 24, 25, 28, 29, 30, 31, 32, 33)
def test_a_refused_source_says_why_and_what_to_do_and_the_others_go_on(
    city: City, fault: Fault, code: str, state: str, held: str
) -> None:
    city.simulator.faults.add(fault)
    with open_install(city.path, city.clock) as house:
        with told_once(STRUCK, code):
            daemon.once(house)
        found = statuses(house.store, city.clock)
        struck = found[STRUCK]
        assert (struck.code, struck.state) == (code, state)
        assert struck.last_success_at is None
        assert struck.next_poll_at > city.clock.now()
        assert code in REMEDIES
        holds = house.store.holds(city.clock.now())
        assert {hold.scope: hold.code for hold in holds} == ({held: code} if held else {})
        if held not in HOLDING:
            others = [status for name, status in found.items() if name != STRUCK]
            assert {status.state for status in others} == {"ok"}
            assert all(status.last_success_at for status in others)
        requests = len(city.simulator.oracle.log())
        if held:
            daemon.once(house)  # nothing in the held scope is called while the wait lasts
            again = city.simulator.oracle.log()[requests:]
            assert not [
                entry
                for entry in again
                if holds[0].covers(f"x:{entry.endpoint}:{entry.source.removesuffix('_skm')}")
            ]
        shown = CliRunner().invoke(cli, ["--config", str(city.path), "sources", "--json"])
        document = {row["id"]: row for row in json.loads(shown.stdout)["sources"]}
        assert document[STRUCK]["code"] == code
        assert document[STRUCK]["meaning"] == REMEDIES[code].meaning
        assert document[STRUCK]["action"] == REMEDIES[code].action

        city.simulator.faults.clear()
        for _ in range(8):  # 24 hours: longer than any wait
            city.clock.advance(timedelta(hours=3))
            daemon.once(house)
        mended = statuses(house.store, city.clock)
        assert {status.state for status in mended.values()} == {"ok"}
        assert house.store.holds(city.clock.now()) == []
    verdict = judge(city.simulator, house.config.database_path)
    assert not verdict.invented
    assert not verdict.doubled
    assert not verdict.own_as_items
    assert not lost_of(city, verdict.lost)


def lost_of(city: City, lost: list[str]) -> set[str]:
    """Return the lost posts that address an account of this small install."""
    addressed = city.simulator.truth()["addressed"]
    return set(lost) & {identity for opd in OPDS for identity in addressed[opd]}


TIDY_ROWS = [
    # faults after which the page is still good: fault, code shown as a notice
    pytest.param(at_dpupr("repeat_token"), "paging_loop", id="repeating-token"),
    pytest.param(at_dpupr("partial_errors"), "partial_errors", id="partial-errors"),
    pytest.param(at_dpupr("drop_includes"), "", id="missing-authors"),
    pytest.param(at_dpupr("drop_meta"), "library_error", id="missing-meta"),
    pytest.param(at_dpupr("twice"), "", id="each-item-twice"),
    pytest.param(at_dpupr("shuffle"), "", id="out-of-order"),
    pytest.param(at_dpupr("odd_item", kind="no_text"), "rejected_items", id="item-without-text"),
    pytest.param(at_dpupr("odd_item", kind="null"), "rejected_items", id="item-null"),
    pytest.param(at_dpupr("odd_item", kind="no_id"), "rejected_items", id="item-without-id"),
    pytest.param(
        at_dpupr("odd_item", kind="text_number"), "rejected_items", id="item-with-a-number"
    ),
    pytest.param(at_dpupr("malformed", kind="surrogate"), "", id="lone-surrogates-and-nul"),
]


@pytest.mark.parametrize(("fault", "notice"), TIDY_ROWS)
@pytest.mark.fault(29, 30, 36, 37)
def test_an_untidy_page_is_taken_as_far_as_it_goes_and_nothing_is_lost(
    city: City, fault: Fault, notice: str
) -> None:
    fault.count = 2 if fault.action == "repeat_token" else 1
    city.simulator.faults.add(fault)
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        struck = statuses(house.store, city.clock)[STRUCK]
        assert struck.state == "ok"
        assert struck.code == notice
        assert struck.quarantined == (1 if notice == "rejected_items" else 0)
        city.clock.advance(timedelta(hours=4))
        for _ in range(3):
            city.clock.advance(timedelta(hours=1))
            daemon.once(house)
    verdict = judge(city.simulator, house.config.database_path)
    assert not lost_of(city, verdict.lost)
    assert not verdict.invented
    assert not verdict.doubled


def test_the_renamed_fields_are_found_out_once_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    clock = HandClock(START + timedelta(hours=3))
    world = generate_world(3, START, 6, 150, clock=clock)  # type: ignore[arg-type]
    with Simulator(world, clock=clock, dialect="post", token=TOKEN) as simulator:  # type: ignore[arg-type]
        path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
        with open_install(path, clock) as house:
            daemon.once(house)
            found = statuses(house.store, clock)
            assert {status.state for status in found.values()} == {"ok"}
            assert "dialect_changed" in {status.code for status in found.values()}
            refused = [entry for entry in simulator.oracle.log() if entry.status == 400]
            assert 1 <= len(refused) <= house.config.daemon.workers
            clock.advance(timedelta(hours=1))
            daemon.once(house)
            after = [entry for entry in simulator.oracle.log() if entry.status == 400]
            assert len(after) == len(refused)


@pytest.mark.fault(35)
def test_a_cursor_older_than_the_search_window_starts_again_inside_it_and_notes_the_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    clock = HandClock(START + timedelta(hours=3))
    world = generate_world(3, START, 24 * 12, 400, clock=clock)  # type: ignore[arg-type]
    with Simulator(world, clock=clock, token=TOKEN) as simulator:  # type: ignore[arg-type]
        path = write_config(
            tmp_path,
            simulator.address,
            *only_accounts(*OPDS),
            ("search = []", 'search = ["dpupr", "dlh"]'),
        )
        with open_install(path, clock) as house:
            daemon.once(house)
            clock.advance(timedelta(days=9))
            for _ in range(3):
                clock.advance(timedelta(minutes=20))
                daemon.once(house)
            found = statuses(house.store, clock)["x:search:dpupr+dlh"]
            assert found.state == "ok"
            assert "older_than_window" in {gap.reason for gap in found.gaps}


def test_more_than_eight_hundred_mentions_are_completed_by_search_and_the_gap_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    clock = HandClock(START)
    world = generate_world(3, START, 1, 1, clock=clock)  # type: ignore[arg-type]
    citizen = world.citizen("warga_ramai")
    for number in range(1000):
        at = START + timedelta(seconds=3 * number)
        world.post(citizen, f"@dpupr_skm banjir di gang nomor {number}", at=at)
    with Simulator(world, clock=clock, token=TOKEN) as simulator:  # type: ignore[arg-type]
        path = write_config(tmp_path, simulator.address, *only_accounts("dpupr"))
        with open_install(path, clock) as house:
            clock.advance(timedelta(hours=2))
            for _ in range(4):
                clock.advance(timedelta(minutes=10))
                daemon.once(house)
            found = statuses(house.store, clock)[STRUCK]
            assert "mentions_over_800" in {gap.reason for gap in found.gaps}
            assert found.accepted >= 1000
        verdict = judge(simulator, house.config.database_path)
    addressed = simulator.truth()["addressed"]["dpupr"]
    assert not set(verdict.lost) & set(addressed)


def test_the_ledger_stops_hard_at_the_daily_limit_and_goes_on_the_next_utc_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    clock = HandClock(START + timedelta(hours=6))
    world = generate_world(3, START, 6, 300, clock=clock)  # type: ignore[arg-type]
    with Simulator(world, clock=clock, token=TOKEN) as simulator:  # type: ignore[arg-type]
        path = write_config(
            tmp_path,
            simulator.address,
            *only_accounts(*OPDS),
            ("daily_read_limit = 20000", "daily_read_limit = 120"),
        )
        with open_install(path, clock) as house:
            held: dict[str, str] = {}
            now = clock.now()
            # Who asks first differs from run to run: the last reads may wait for the late shares.
            while "x" not in held and clock.now() < START + timedelta(hours=23):
                daemon.once(house)
                clock.advance(timedelta(minutes=30))
                now = clock.now()
                held = {h.scope: h.code for h in house.store.holds(now) if h.until > now}
            usage = house.store.usage("x", now, house.config.x.prices)
            assert 0 < usage.day_reads <= 120
            assert held.pop("x") == "budget"
            assert set(held.values()) <= {"fair_share"}  # who had had their part before that
            shown = {s.held_code for s in house.store.sources(now)}
            assert "budget" in shown
            assert shown <= {"budget", "fair_share"}
            before = len(simulator.oracle.log())
            daemon.once(house)
            assert len(simulator.oracle.log()) == before
            clock.advance(timedelta(hours=24))
            daemon.once(house)
            assert len(simulator.oracle.log()) > before
