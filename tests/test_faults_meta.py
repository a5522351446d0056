"""Every fault that the Graph API and its library are known for, provoked once in the product.

Each row: what goes wrong; which code stands on the source afterwards, in which state; what else
has to wait, and for how long. Then the fault ends, time passes, and everything is there.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
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
from faults_support import (
    HTML,
    LOGIN_PAGE,
    OPDS,
    City,
    once_struck,
    provoke,
    until_well,
    well_within_an_hour,
)

import daemon
from tanggap.simulator.faults import Fault
from tanggap.simulator.generator import generate_world
from tanggap.simulator.graph.nodes import facebook_id, instagram_item_id
from tanggap.simulator.oracle import Served
from tanggap.simulator.server import Simulator
from tanggap.simulator.world import Post

FEED, TAGGED = "meta:facebook:dpupr:feed", "meta:facebook:dpupr:tagged"
MEDIA, TAGS = "meta:instagram:dpupr:media", "meta:instagram:dpupr:tags"
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


def refused(kind: str, endpoint: str = "feed", **settings: object) -> Fault:
    where = {"endpoint": endpoint, "source": "dpupr.sukamaju"}
    return Fault("graph_error", kind=kind, **where, **settings)  # type: ignore[arg-type]


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
    pytest.param(at_feed("malformed", kind="null"), "library_error", id="json-null"),
    *[
        pytest.param(at_feed("malformed", kind=kind), "not_json", id=f"json-{kind}")
        for kind in ("nan", "nested", "big_int")
    ],
    pytest.param(at_feed("status", status=204), "not_json", id="http-204"),
    pytest.param(at_feed("redirect"), "host_refused", id="redirect"),
    pytest.param(refused("1"), "network_error", id="code-1"),
    pytest.param(refused("2"), "network_error", id="code-2"),
    pytest.param(refused("9999+transient"), "network_error", id="transient"),
    pytest.param(at_feed("drop_data"), "answer_incomplete", id="missing-data"),
    pytest.param(at_feed("foreign_next"), "answer_incomplete", id="next-at-another-host"),
    pytest.param(at_feed("no_content_type"), "not_json", id="no-content-type"),
    pytest.param(
        at_feed(
            "status",
            status=200,
            headers={"content-type": "text/javascript; charset=UTF-8"},
            body={"data": []},
        ),
        "not_json",
        id="json-called-javascript",
    ),
]


@pytest.mark.parametrize(("fault", "code"), NETWORK_ROWS)
@pytest.mark.fault(23, 24, 25, 29, 30, 31, 32)
def test_a_breakdown_is_tried_again_and_the_others_go_on(city: City, fault: Fault, code: str):
    provoke(city, fault, FEED, code, "backoff", "")


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
UNSAID, HUMAN, DAY = 60 * MINUTE, 15 * MINUTE, 24 * HOUR

REFUSALS = [
    # fault, source struck, code, state, scope held, for how long
    *[
        pytest.param(
            refused(code), FEED, "rate_limited", "waiting", "meta", UNSAID, id=f"code-{code}"
        )
        for code in ("4", "17", "341")
    ],
    *[
        pytest.param(
            refused(code), FEED, "rate_limited", "waiting", PAGE, UNSAID, id=f"code-{code}"
        )
        for code in ("32", "613", "80001")
    ],
    *[
        pytest.param(
            refused(code, seconds=1500),
            FEED,
            "rate_limited",
            "waiting",
            PAGE,
            25 * MINUTE,
            id=f"code-{code}-with-its-time",
        )
        for code in ("32", "80001")
    ],
    pytest.param(
        refused("80002", "media"),
        MEDIA,
        "rate_limited",
        "waiting",
        ACCOUNT,
        UNSAID,
        id="code-80002",
    ),
    pytest.param(
        refused("80002", "media", seconds=7200),
        MEDIA,
        "rate_limited",
        "waiting",
        ACCOUNT,
        2 * HOUR,
        id="code-80002-with-its-time",
    ),
    *[
        pytest.param(
            refused(code), FEED, "page_token", "needs_human", PAGE, HUMAN, id=f"code-{code}"
        )
        for code in (
            "102",
            "190",
            "190/458",
            "190/459",
            "190/460",
            "190/463",
            "190/464",
            "190/467",
        )
    ],
    pytest.param(
        refused("190/463", "media"),
        MEDIA,
        "meta_token",
        "needs_human",
        "meta",
        HUMAN,
        id="the-installs-token",
    ),
    *[
        pytest.param(
            refused(code), FEED, "meta_permission", "needs_human", FEED, HUMAN, id=f"code-{code}"
        )
        for code in ("3", "10", "200", "299")
    ],
    *[
        pytest.param(
            refused("10", endpoint),
            source,
            "meta_permission",
            "needs_human",
            source,
            HUMAN,
            id=f"code-10-on-{endpoint}",
        )
        for endpoint, source in (("tagged", TAGGED), ("media", MEDIA), ("tags", TAGS))
    ],
    *[
        pytest.param(
            refused("100/33", endpoint),
            source,
            "page_gone",
            "needs_human",
            held,
            HUMAN,
            id=f"code-100-33-on-{endpoint}",
        )
        for endpoint, source, held in (
            ("feed", FEED, PAGE),
            ("tagged", TAGGED, PAGE),
            ("media", MEDIA, ACCOUNT),
            ("tags", TAGS, ACCOUNT),
        )
    ],
    pytest.param(refused("803"), FEED, "page_gone", "needs_human", PAGE, HUMAN, id="code-803"),
    pytest.param(refused("100"), FEED, "graph_refused", "needs_human", FEED, HUMAN, id="code-100"),
    pytest.param(refused("12"), FEED, "graph_deprecated", "needs_human", FEED, DAY, id="code-12"),
    pytest.param(
        at_feed("status", status=200, headers=HTML, body=LOGIN_PAGE),
        FEED,
        "login_page",
        "needs_human",
        "meta",
        HUMAN,
        id="login-page-with-200",
    ),
    pytest.param(
        at_feed("status", status=401, body="who are you?"),
        FEED,
        "login_page",
        "needs_human",
        "meta",
        HUMAN,
        id="401-from-somebody-else",
    ),
    pytest.param(
        at_feed("status", status=503, headers={"Retry-After": "5400"}),
        FEED,
        "network_paused",
        "waiting",
        "meta",
        90 * MINUTE,
        id="503-that-names-a-time",
    ),
    pytest.param(
        at_feed("status", status=429, headers={"Retry-After": "7200"}, body="{}"),
        FEED,
        "rate_limited",
        "waiting",
        "meta",
        2 * HOUR,
        id="429-that-names-a-time",
    ),
    pytest.param(refused("368"), FEED, "meta_blocked", "needs_human", "meta", DAY, id="code-368"),
]


@pytest.mark.parametrize(("fault", "struck", "code", "state", "held", "wait"), REFUSALS)
@pytest.mark.fault(22, 23, 28, 33)
def test_a_refusal_says_why_and_holds_what_it_concerns(
    city: City, fault: Fault, struck: str, code: str, state: str, held: str, wait: timedelta
):
    provoke(city, fault, struck, code, state, held, wait)


def test_where_nobody_listens_everything_is_tried_again_within_the_hour(city: City):
    with city.nobody_answers(), open_install(city.path, city.clock) as house:
        daemon.once(house)
        found = statuses(house.store, city.clock)
    assert {(s.code, s.state) for s in found.values()} == {("network_unreachable", "backoff")}
    assert city.simulator.oracle.log() == []
    with open_install(city.path, city.clock) as house:
        well_within_an_hour(city, house, *found)
        until_well(city, house)
        database = house.config.database_path
    verdict = city.verdict(database)
    assert verdict.exact, verdict


TIDY = [
    # fault, source struck, notice ("" none)
    pytest.param(at_feed("empty_with_next", count=1), FEED, "", id="empty-page-with-next"),
    pytest.param(at_feed("version_drift"), FEED, "graph_version_drift", id="version-drift"),
    pytest.param(at_feed("twice"), FEED, "", id="twice"),
    pytest.param(at_feed("shuffle"), FEED, "", id="shuffled"),
    pytest.param(at_feed("no_usage"), FEED, "", id="no-usage-headers"),
    pytest.param(at_feed("usage", kind="broken"), FEED, "", id="broken-usage-headers"),
    pytest.param(
        at_feed("odd_item", kind="no_time", count=1), FEED, "rejected_items", id="odd-item"
    ),
    pytest.param(
        at_media("odd_item", kind="no_time", count=1), MEDIA, "rejected_items", id="odd-medium"
    ),
    pytest.param(
        Fault("odd_item", endpoint="tags", source="dpupr.sukamaju", kind="no_id", count=1),
        TAGS,
        "rejected_items",
        id="odd-tag",
    ),
    pytest.param(refused("100/33", "comments"), FEED, "post_gone", id="posts-that-vanish"),
    pytest.param(refused("100/33", "media_comments"), MEDIA, "post_gone", id="media-that-vanish"),
    pytest.param(at_feed("repeat_after", count=3), FEED, "paging_loop", id="repeating-cursor"),
]


@pytest.mark.parametrize(("fault", "struck", "notice"), TIDY)
@pytest.mark.fault(29, 36, 37)
def test_an_untidy_page_costs_a_notice_at_most(city: City, fault: Fault, struck: str, notice: str):
    status = once_struck(city, fault, struck)
    assert (status.state, status.code) == ("ok", notice)


CROWDS = [
    # a network, how its Graph ids are made, the source, comments that take three pages
    pytest.param("facebook", facebook_id, FEED, 240, id="facebook"),
    pytest.param("instagram", instagram_item_id, MEDIA, 120, id="instagram"),
]
TIMES = [
    pytest.param(1, "", id="once"),
    pytest.param(None, "paging_loop", id="each-time"),
]


@pytest.mark.parametrize(("network", "graph_id", "struck", "size"), CROWDS)
@pytest.mark.parametrize(("count", "notice"), TIMES)
@pytest.mark.fault(35)
def test_a_place_that_is_no_longer_known_costs_a_second_reading_and_no_comment(
    city: City,
    network: str,
    graph_id: Callable[[Post], str],
    struck: str,
    size: int,
    count: int | None,
    notice: str,
):
    world = city.simulator.worlds[network]
    asked_at = city.clock.now() - HOUR
    post = world.post(world.opd("dpupr"), "Jalan mana yang rusak?", at=asked_at)
    for number in range(size):
        world.reply(f"warga{number}", post, f"Jalan {number} rusak", at=asked_at)
    path = f"/{graph_id(post)}/comments"
    fault = Fault("cursor_refused", path=path, skip=1, count=count)
    status = once_struck(city, fault, struck)
    assert (status.state, status.code) == ("ok", notice)
    refusals = [entry.status for entry in city.struck(fault)]
    assert refusals.count(400) == (1 if count else 2)


@pytest.mark.parametrize(
    ("kind", "held"), [("app", "meta"), ("page", PAGE)], ids=["app-limit", "page-limit"]
)
def test_from_95_percent_of_a_limit_on_nothing_is_asked_until_it_recovered(
    city: City, kind: str, held: str
):
    # One worker for each network: what follows the answer then follows the wait that it asked for.
    text = city.path.read_text(encoding="utf-8")
    city.path.write_text(text.replace("workers = 4 ", "workers = 1 "), encoding="utf-8")
    fault = at_feed("usage", kind=kind, status=96, seconds=1800, count=1)
    city.simulator.faults.add(fault)
    with open_install(city.path, city.clock) as house:
        assert house.config.daemon.workers == 1
        daemon.once(house)
        (struck,) = city.struck(fault)
        assert struck.ids, "comments would have been asked for in that turn"
        assert in_scope(city, held, after=struck.number) == []
        (hold,) = house.store.holds(city.clock.now())
        assert (hold.scope, hold.code) == (held, "usage_high")
        said = timedelta(minutes=30 if kind == "page" else 15)  # the app's header says no time
        assert hold.until == city.clock.now() + said
        city.clock.advance(said - timedelta(minutes=1))
        asked = len(city.simulator.oracle.log())
        daemon.once(house)
        again = city.simulator.oracle.log(asked)
        if held == "meta":
            assert again == []
        assert in_scope(city, held, after=asked) == []
        city.clock.advance(timedelta(hours=2))
        daemon.once(house)
        assert {s.state for s in statuses(house.store, city.clock).values()} == {"ok"}
        assert in_scope(city, held, after=asked)


def in_scope(city: City, held: str, *, after: int) -> list[Served]:
    """Return what Facebook served of a scope; Instagram's worker has turns of its own."""
    return [
        entry
        for entry in city.simulator.oracle.log(after)
        if entry.network == "facebook" and entry.source
        if held == "meta" or entry.source == "dpupr.sukamaju"
    ]


HIDDEN = [
    pytest.param("facebook", "comments", FEED, id="facebook"),
    pytest.param("instagram", "media_comments", MEDIA, id="instagram"),
]


@pytest.mark.parametrize(("network", "endpoint", "struck"), HIDDEN)
def test_where_authors_are_hidden_own_answers_are_taken_for_citizens_words_and_a_notice_says_so(
    city: City, network: str, endpoint: str, struck: str
):
    world = city.simulator.worlds[network]
    wire = city.simulator.wires[network]
    asked_at = city.clock.now() - HOUR
    post = world.post(world.opd("dpupr"), "Jalan mana yang rusak?", at=asked_at)
    complaint = world.reply("warga", post, "Jalan Melati rusak parah", at=asked_at)
    hidden = world.answer("dpupr", complaint, "Terima kasih, kami cek", at=asked_at)
    fault = Fault("drop_from", endpoint=endpoint, source="dpupr.sukamaju")
    city.simulator.faults.add(fault)
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        assert fault.fired
        status = statuses(house.store, city.clock)[struck]
        assert (status.state, status.code) == ("ok", "authors_hidden")
        until_well(city, house)
        database = house.config.database_path
    verdict = city.verdict(database)
    assert verdict.lost == verdict.invented == verdict.doubled == []
    nameless = without_author(database)
    assert wire.identity(hidden) in verdict.own_as_items
    # Only where the network hid who wrote it: those are judged by their words, like anybody's.
    assert set(verdict.own_as_items) <= set(nameless)
    judged = {nameless[identity] for identity in verdict.own_as_items}
    assert judged <= {"triage", "queue", "aside"}
    under = {
        wire.identity(comment)
        for own in world.written_by(world.opd("dpupr"))
        for comment in world.under(own)
    } | {
        wire.identity(comment)
        for visited in world.on_page_of(world.opd("dpupr"))
        for comment in world.under(visited)
    }
    assert set(nameless) <= under


def without_author(database: Path) -> dict[str, str]:
    """Return id to route of the mentions of which nobody knows who wrote them."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return dict(
            db.execute(
                "SELECT m.network_id, d.route FROM mentions m JOIN decisions d ON d.id = "
                "(SELECT max(id) FROM decisions WHERE mention_id = m.id) "
                "WHERE m.author_id IS NULL AND m.author_handle IS NULL AND m.author_opd IS NULL"
            )
        )


def test_from_75_percent_on_the_next_poll_comes_later(city: City):
    city.simulator.faults.add(at_feed("usage", kind="page", status=85))
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        found = statuses(house.store, city.clock)
        usual = found["meta:facebook:dlh:feed"].next_poll_at - city.clock.now()
        assert found[FEED].next_poll_at - city.clock.now() > 1.4 * usual
