"""Every fault that the Graph API and its library are known for, provoked once in the product.

Each row: what goes wrong; which code stands on the source afterwards, in which state; what else
has to wait. Then the fault ends, time passes, and everything is there.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from daemon_support import (
    START,
    TOKEN,
    HandClock,
    only_accounts,
    open_install,
    statuses,
    write_config,
)
from faults_support import OPDS, City, once_struck, provoke, until_well

import daemon
from tanggap.simulator.faults import Fault
from tanggap.simulator.generator import generate_world
from tanggap.simulator.server import Simulator

FEED = "meta:facebook:dpupr:feed"
MEDIA = "meta:instagram:dpupr:media"
PAGE, ACCOUNT = "meta:facebook:dpupr", "meta:instagram:dpupr"


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)
    clock = HandClock(START + timedelta(hours=3))
    worlds = [
        generate_world(3, START, 6, 120, clock=clock, network=network)  # type: ignore[arg-type]
        for network in ("facebook", "instagram")
    ]
    with Simulator(*worlds, clock=clock, token=TOKEN) as simulator:  # type: ignore[arg-type]
        path = write_config(
            tmp_path,
            simulator.address,
            *only_accounts(*OPDS, network="facebook"),
            *only_accounts(*OPDS, network="instagram"),
            ("connect_seconds = 5.0", "connect_seconds = 2.0"),
            ("deadline_seconds = 30.0", "deadline_seconds = 3.0"),
            ("max_body_mb = 10", "max_body_mb = 1"),
            networks=("facebook", "instagram"),
        )
        yield City(simulator, clock, path, ("facebook", "instagram"))


def at_feed(action: str, **settings: object) -> Fault:
    return Fault(action, endpoint="feed", source="dpupr.sukamaju", **settings)  # type: ignore[arg-type]


def at_media(action: str, **settings: object) -> Fault:
    return Fault(action, endpoint="media", source="dpupr.sukamaju", **settings)  # type: ignore[arg-type]


def refused(kind: str, **settings: object) -> Fault:
    return at_feed("graph_error", kind=kind, **settings)


NETWORK_ROWS = [
    pytest.param(at_feed("reset"), "network_unreachable", id="reset"),
    pytest.param(at_feed("truncate"), "not_json", id="truncated-body"),
    pytest.param(at_feed("hang"), "network_timeout", id="hanging-server"),
    pytest.param(at_feed("drip", seconds=0.2), "network_timeout", id="slow-drip"),
    pytest.param(at_feed("endless"), "body_too_large", id="endless-body"),
    pytest.param(at_feed("gzip_bomb"), "body_too_large", id="gzip-bomb"),
    pytest.param(at_feed("status", status=500, body="oops"), "network_error", id="http-500"),
    pytest.param(at_feed("status", status=502, body="oops"), "network_error", id="http-502"),
    pytest.param(at_feed("html", status=503), "network_error", id="html-maintenance"),
    pytest.param(at_feed("html"), "not_json", id="html-with-200"),
    pytest.param(at_feed("malformed", kind="cut"), "not_json", id="cut-json"),
    pytest.param(at_feed("malformed", kind="empty"), "not_json", id="empty-200"),
    pytest.param(at_feed("malformed", kind="list"), "library_error", id="json-list"),
    pytest.param(at_feed("redirect"), "host_refused", id="redirect"),
    pytest.param(refused("1"), "network_error", id="code-1"),
    pytest.param(refused("2"), "network_error", id="code-2"),
    pytest.param(refused("9999+transient"), "network_error", id="transient"),
    pytest.param(at_feed("drop_data"), "answer_incomplete", id="missing-data"),
    pytest.param(at_feed("foreign_next"), "answer_incomplete", id="next-at-another-host"),
    pytest.param(at_feed("no_content_type"), "not_json", id="no-content-type"),
]


@pytest.mark.parametrize(("fault", "code"), NETWORK_ROWS)
def test_a_breakdown_is_tried_again_and_the_others_go_on(city: City, fault: Fault, code: str):
    provoke(city, fault, FEED, code, "backoff", "")


REFUSALS = [
    *[
        pytest.param(refused(code), FEED, "rate_limited", "waiting", "meta", id=f"code-{code}")
        for code in ("4", "17", "341")
    ],
    *[
        pytest.param(refused(code), FEED, "rate_limited", "waiting", PAGE, id=f"code-{code}")
        for code in ("32", "613", "80001")
    ],
    pytest.param(
        at_media("graph_error", kind="80002"),
        MEDIA,
        "rate_limited",
        "waiting",
        ACCOUNT,
        id="code-80002",
    ),
    *[
        pytest.param(refused(code), FEED, "page_token", "needs_human", PAGE, id=f"code-{code}")
        for code in ("102", "190", "190/458", "190/459", "190/460", "190/463", "190/467")
    ],
    pytest.param(
        at_media("graph_error", kind="190/463"),
        MEDIA,
        "meta_token",
        "needs_human",
        "meta",
        id="the-installs-token",
    ),
    *[
        pytest.param(refused(code), FEED, "meta_permission", "needs_human", FEED, id=f"code-{code}")
        for code in ("3", "10", "200", "299")
    ],
    pytest.param(refused("100/33"), FEED, "page_gone", "needs_human", PAGE, id="code-100-33"),
    pytest.param(refused("803"), FEED, "page_gone", "needs_human", PAGE, id="code-803"),
    pytest.param(refused("100"), FEED, "graph_refused", "needs_human", FEED, id="code-100"),
    pytest.param(refused("12"), FEED, "graph_deprecated", "needs_human", FEED, id="code-12"),
    pytest.param(refused("368"), FEED, "meta_blocked", "needs_human", "meta", id="code-368"),
]


@pytest.mark.parametrize(("fault", "struck", "code", "state", "held"), REFUSALS)
def test_a_refusal_says_why_and_holds_what_it_concerns(
    city: City, fault: Fault, struck: str, code: str, state: str, held: str
):
    provoke(city, fault, struck, code, state, held)


TIDY = [
    pytest.param(at_feed("empty_with_next", count=1), "", id="empty-page-with-next"),
    pytest.param(at_feed("version_drift"), "graph_version_drift", id="version-drift"),
    pytest.param(at_feed("twice"), "", id="twice"),
    pytest.param(at_feed("shuffle"), "", id="shuffled"),
    pytest.param(at_feed("no_usage"), "", id="no-usage-headers"),
    pytest.param(at_feed("usage", kind="broken"), "", id="broken-usage-headers"),
    pytest.param(at_feed("odd_item", kind="no_time", count=1), "rejected_items", id="odd-item"),
    pytest.param(
        Fault("graph_error", endpoint="comments", source="dpupr.sukamaju", kind="100/33", count=1),
        "post_gone",
        id="a-post-that-vanished",
    ),
    pytest.param(
        Fault("repeat_after", endpoint="feed", source="dpupr.sukamaju", count=3),
        "paging_loop",
        id="repeating-cursor",
    ),
]


@pytest.mark.parametrize(("fault", "notice"), TIDY)
def test_an_untidy_page_costs_a_notice_at_most(city: City, fault: Fault, notice: str):
    status = once_struck(city, fault, FEED)
    assert (status.state, status.code) == ("ok", notice)


@pytest.mark.parametrize(
    ("kind", "held"), [("app", "meta"), ("page", PAGE)], ids=["app-limit", "page-limit"]
)
def test_from_95_percent_of_a_limit_on_nothing_is_asked_until_it_recovered(
    city: City, kind: str, held: str
):
    city.simulator.faults.add(at_feed("usage", kind=kind, status=96, seconds=1800, count=1))
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        (hold,) = house.store.holds(city.clock.now())
        assert (hold.scope, hold.code) == (held, "usage_high")
        said = timedelta(minutes=30 if kind == "page" else 15)  # the app's header says no time
        assert hold.until == city.clock.now() + said
        city.clock.advance(said - timedelta(minutes=1))
        asked = len(city.simulator.oracle.log())
        daemon.once(house)
        again = city.simulator.oracle.log()[asked:]
        if held == "meta":
            assert again == []
        assert not [e for e in again if e.source == "dpupr.sukamaju" and e.network == "facebook"]
        city.clock.advance(timedelta(hours=2))
        daemon.once(house)
        assert {s.state for s in statuses(house.store, city.clock).values()} == {"ok"}


def test_comments_without_authors_are_taken_with_one_warning(city: City):
    city.simulator.faults.add(Fault("drop_from", endpoint="comments", source="dpupr.sukamaju"))
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        status = statuses(house.store, city.clock)[FEED]
        assert (status.state, status.code) == ("ok", "authors_hidden")
        until_well(city, house)
        verdict = city.verdict(house.config.database_path)
    # Without an author nobody can tell an agency's reply from a citizen's: a person will.
    assert verdict.lost == verdict.invented == verdict.doubled == []
    assert verdict.own_as_items


def test_from_75_percent_on_the_next_poll_comes_later(city: City):
    city.simulator.faults.add(at_feed("usage", kind="page", status=85))
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        found = statuses(house.store, city.clock)
        usual = found["meta:facebook:dlh:feed"].next_poll_at - city.clock.now()
        assert found[FEED].next_poll_at - city.clock.now() > 1.4 * usual
