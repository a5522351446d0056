"""X over loopback: sources, ids, paging, watermark, gaps, dialects, and every row of its faults."""

import dataclasses
import json
import logging
import random
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import tweepy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from x_support import (
    ACCOUNTS,
    IDS,
    NOW,
    TOKEN,
    FakeX,
    Reply,
    Request,
    StillClock,
    WireServer,
    drip,
    make_config,
    problem,
    raw,
    reset,
    serving,
    snowflake,
)

from collectors import NETWORKS, x_cursor
from collectors.base import Collector
from collectors.x import XNetwork
from collectors.x_cursor import SEARCH_WINDOW
from tanggap.config import XSettings
from tanggap.errors import (
    CollectorError,
    NotAuthorised,
    RateLimited,
    Unavailable,
    UnexpectedResponse,
)
from tanggap.mention import Cursor, Mention, Page
from tanggap.remedies import REMEDIES


class House:
    """A fake X, a server in front of it, and the network that reads it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = StillClock()
        self.x = FakeX(clock=self.clock)
        self._folder = folder
        self._monkeypatch = monkeypatch
        self.server: WireServer

    def network(self, **settings: Any) -> XNetwork:
        config = make_config(
            self._folder, self.server.url, self._monkeypatch, clock=self.clock, **settings
        )
        return XNetwork(config, random.Random(7))

    def collector(self, source: str = "x:mentions:dpupr", **settings: Any) -> Collector:
        network = self.network(**settings)
        spec = next(spec for spec in network.sources() if spec.id == source)
        return network.collector(spec, IDS)

    def answers(self, *replies: Reply) -> None:
        """Let X answer these in turn, the last one for ever."""
        left = list(replies)
        self.x.fail = lambda _: left.pop(0) if len(left) > 1 else left[0]

    @property
    def queries(self) -> list[dict[str, str]]:
        return [dict(request.query) for request in self.server.requests]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    made = House(tmp_path, monkeypatch)
    with serving(made.x.respond) as server:
        made.server = server
        yield made


def poll(collector: Collector, cursor: Cursor | None = None) -> list[Page]:
    """Return the pages of one turn of a source."""
    pages = [collector.fetch(cursor, allowance=None)]
    while pages[-1].more:
        assert len(pages) < 200
        pages.append(collector.fetch(pages[-1].next_cursor, allowance=None))
    return pages


def ids_of(pages: list[Page]) -> list[str]:
    return [mention.network_id for page in pages for mention in page.mentions]


def refusal(collector: Collector, cursor: Cursor | None = None) -> CollectorError:
    with pytest.raises(CollectorError) as caught:
        collector.fetch(cursor, allowance=None)
    assert caught.value.code in REMEDIES
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


def mark_of(page: Page) -> int:
    return x_cursor.read(page.next_cursor).mark


# --- sources and ids ---------------------------------------------------------------------------


def test_sources_follow_the_config(house: House) -> None:
    network = house.network(search=["dlh", "pdam"], poll_seconds=60, timeline_poll_seconds=700)
    specs = network.sources()
    assert [spec.id for spec in specs] == [
        "x:mentions:pemkot",
        "x:mentions:dpupr",
        "x:search:dlh+pdam",
        *(f"x:timeline:{opd}" for opd in ACCOUNTS),
    ]
    assert {spec.kind: spec.poll_seconds for spec in specs} == {
        "mentions": 60,
        "search": 60,
        "timeline": 700,
    }
    shared = specs[2]
    assert (shared.network, shared.accounts) == ("x", ("dlh", "pdam"))
    assert shared.handle == "dlh_skm, pdam_skm"


def test_without_timelines_or_with_x_off_there_are_fewer_sources(house: House) -> None:
    specs = house.network(timelines=False).sources()
    assert {spec.kind for spec in specs} == {"mentions"}
    assert house.network(enabled=False).sources() == []


def test_the_registry_builds_the_network_and_touches_nothing(house: House) -> None:
    config = house.network()._config
    network = NETWORKS["x"](config)
    assert len(network.sources()) == 8
    network.close()
    assert house.server.requests == []


def test_ids_come_from_the_config_then_from_memory_then_from_x(house: House) -> None:
    network = house.network(ids={"pemkot": "77"})
    found = network.resolve({"pemkot_skm": "900", "dpupr_skm": "901", "elsewhere": "1"})
    assert found == {"pemkot_skm": "77", "dlh_skm": "902", "pdam_skm": "903"}
    assert house.queries == [{"usernames": "dlh_skm,pdam_skm"}]
    assert network.resolve(IDS | {"pemkot_skm": "77"}) == {}
    assert len(house.queries) == 1


def test_handles_that_x_does_not_know_are_left_out(house: House) -> None:
    accounts = {"dpupr": "dpupr_skm", "dlh": "tidakada"}
    network = house.network(accounts=accounts)
    assert network.resolve({}) == {"dpupr_skm": "901"}
    assert house.queries == [{"usernames": "dpupr_skm,tidakada"}]


def test_many_handles_are_looked_up_a_hundred_at_a_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.x._LOOKUP", 3)
    assert house.network().resolve({}) == IDS
    assert [len(query["usernames"].split(",")) for query in house.queries] == [3, 1]


def test_a_look_up_that_fails_concerns_no_source_but_the_token_does(house: House) -> None:
    house.x.fail = lambda _: problem(404, "resource-not-found")
    with pytest.raises(UnexpectedResponse) as refused:
        house.network().resolve({})
    assert refused.value.code == "bad_request"
    house.x.fail = lambda _: problem(401)
    with pytest.raises(NotAuthorised) as barred:
        house.network().resolve({})
    assert (barred.value.code, barred.value.scope) == ("token", "x")


def test_an_account_without_an_id_needs_a_person_but_a_search_does_not(house: House) -> None:
    network = house.network(search=["dlh"])
    by_id = {spec.id: spec for spec in network.sources()}
    with pytest.raises(NotAuthorised) as caught:
        network.collector(by_id["x:mentions:dpupr"], {})
    assert (caught.value.code, caught.value.scope) == ("account_gone", "x:mentions:dpupr")
    house.x.add(NOW - timedelta(hours=1), "@dlh_skm sampah")
    collector = network.collector(by_id["x:search:dlh"], {})
    assert collector.fetch(None, allowance=None).mentions[0].addressed == ("dlh",)


# --- requests ----------------------------------------------------------------------------------


def test_mentions_are_asked_for_as_documented(house: House) -> None:
    house.collector().fetch(None, allowance=None)
    request = house.server.requests[0]
    assert request.path == "/2/users/901/mentions"
    assert request.headers["host"] == "api.x.com"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.query["max_results"] == "100"
    assert int(request.query["since_id"]) == pytest.approx(
        snowflake(NOW - timedelta(days=2)), abs=1
    )
    assert "author_id" in request.query["expansions"]


def test_a_shared_search_asks_for_all_its_accounts(house: House) -> None:
    house.collector("x:search:dlh+pdam", search=["dlh", "pdam"]).fetch(None, allowance=None)
    request = house.server.requests[0]
    assert request.path == "/2/tweets/search/recent"
    assert request.query["query"] == (
        "(@dlh_skm OR to:dlh_skm OR @pdam_skm OR to:pdam_skm) -is:retweet"
    )


def test_a_timeline_leaves_reposts_out_and_marks_the_own_account(house: House) -> None:
    house.x.add(NOW - timedelta(hours=1), "pengumuman", author_id="901")
    page = house.collector("x:timeline:dpupr").fetch(None, allowance=None)
    request = house.server.requests[0]
    assert request.path == "/2/users/901/tweets"
    assert request.query["exclude"] == "retweets"
    mention = page.mentions[0]
    assert (mention.kind, mention.author_opd, mention.addressed) == ("post", "dpupr", ())


def test_a_timeline_says_when_it_listed_all_there_is(house: House) -> None:
    house.x.add(NOW - timedelta(hours=1), "pengumuman", author_id="901")
    page = house.collector("x:timeline:dpupr").fetch(None, allowance=None)
    assert page.whole is not None
    assert (page.whole.began, page.whole.thread_id) == (house.clock.now(), None)
    assert house.collector().fetch(None, allowance=None).whole is None
    house.x.add(NOW - timedelta(hours=2), author_id="901", text=42)
    assert house.collector("x:timeline:dpupr").fetch(None, allowance=None).whole is None


@pytest.mark.parametrize(
    ("spoilt", "whole"),
    [
        ({}, True),
        ({"errors": [{"parameter": "referenced_tweets.id", "value": "1"}]}, True),
        ({"errors": [{"parameter": "id", "value": "1"}]}, False),
        ({"errors": [{"title": "Service Error"}]}, False),
        ({"meta": {"result_count": 2}}, False),
        ({"meta": {}}, False),
    ],
)
def test_what_x_says_it_left_out_makes_a_timeline_less_than_whole(
    house: House, spoilt: dict[str, Any], whole: bool
) -> None:
    post_id = str(snowflake(NOW - timedelta(hours=1)))
    item = {"id": post_id, "text": "pengumuman", "author_id": "901"}
    body = {"data": [item], "meta": {"result_count": 1}} | spoilt
    house.answers(Reply(200, body))
    page = house.collector("x:timeline:dpupr").fetch(None, allowance=None)
    assert (page.whole is not None) == whole


def test_authors_are_asked_for_only_when_the_config_says_so(house: House) -> None:
    house.x.add(NOW - timedelta(hours=1))
    with_authors = house.collector().fetch(None, allowance=None)
    assert with_authors.mentions[0].author_handle == "warga_5"
    assert "user:5" in with_authors.reads
    without = house.collector(expand_authors=False).fetch(None, allowance=None)
    assert without.mentions[0].author_handle is None
    assert not any(key.startswith("user:") for key in without.reads)


@pytest.mark.parametrize(
    ("allowance", "authors", "asked"),
    [
        (None, True, "100"),
        (1000, True, "100"),
        (100, True, "25"),
        (20, True, "5"),
        (20, False, "6"),
    ],
)
def test_no_more_is_asked_for_than_may_be_read(
    house: House, allowance: int | None, authors: bool, asked: str
) -> None:
    for number in range(120):
        parent = [{"type": "replied_to", "id": str(1000 + number)}]
        house.x.add(NOW - timedelta(minutes=number), referenced_tweets=parent, author_id="5")
    page = house.collector(expand_authors=authors).fetch(None, allowance=allowance)
    assert house.queries[0]["max_results"] == asked
    if allowance is not None:
        assert len(page.reads) <= allowance


@pytest.mark.parametrize(
    ("source", "allowance"), [("x:mentions:dpupr", 19), ("x:search:dlh", 39), ("x:timeline:dlh", 0)]
)
def test_below_the_smallest_page_the_budget_is_used_up(
    house: House, source: str, allowance: int
) -> None:
    collector = house.collector(source, search=["dlh"])
    with pytest.raises(RateLimited) as caught:
        collector.fetch(None, allowance=allowance)
    assert (caught.value.code, caught.value.scope) == ("budget", "x")
    assert house.server.requests == []


# --- watermark, overlap, sweep -----------------------------------------------------------------


def test_a_poll_of_many_pages_keeps_its_since_id_and_moves_the_watermark_at_its_end(
    house: House,
) -> None:
    added = [house.x.add(NOW - timedelta(minutes=number)) for number in range(250)]
    pages = poll(house.collector())
    assert [page.more for page in pages] == [True, True, False]
    assert ids_of(pages) == added
    assert len({query["since_id"] for query in house.queries}) == 1
    places = [None, f"at{added[99]}", f"at{added[199]}"]
    assert [query.get("pagination_token") for query in house.queries] == places
    newest = min(int(added[0]), snowflake(NOW) - 1)
    assert [mark_of(page) for page in pages] == [0, 0, newest]


def test_the_next_poll_re_reads_the_overlap(house: House) -> None:
    newest = int(house.x.add(NOW - timedelta(hours=1)))
    collector = house.collector(overlap_minutes=10)
    cursor = poll(collector)[-1].next_cursor
    house.clock.move(timedelta(minutes=5))
    poll(collector, cursor)
    since = int(house.queries[-1]["since_id"])
    assert since == snowflake(NOW - timedelta(hours=1, minutes=10)) - 1
    assert since < newest


def test_an_empty_poll_keeps_the_watermark(house: House) -> None:
    house.x.add(NOW - timedelta(hours=1))
    collector = house.collector()
    first = poll(collector)[-1]
    house.clock.move(timedelta(minutes=5))
    house.x.posts.clear()
    second = poll(collector, first.next_cursor)[-1]
    assert second.mentions == ()
    assert mark_of(second) == mark_of(first)


def test_a_sweep_finds_what_became_visible_late_and_then_rests(house: House) -> None:
    late = house.x.add(NOW - timedelta(hours=20), "lama")
    house.x.add(NOW - timedelta(minutes=1), "baru")
    house.x.hidden.add(late)
    collector = house.collector(sweep_every_minutes=60, sweep_hours=24)
    cursor = poll(collector)[-1].next_cursor
    house.x.hidden.clear()
    house.clock.move(timedelta(minutes=30))
    between = poll(collector, cursor)
    assert late not in ids_of(between)
    house.clock.move(timedelta(minutes=31))
    swept = poll(collector, between[-1].next_cursor)
    assert late in ids_of(swept)
    house.clock.move(timedelta(minutes=5))
    assert late not in ids_of(poll(collector, swept[-1].next_cursor))


def test_after_an_outage_a_sweep_reaches_back_from_the_last_one(house: House) -> None:
    late = house.x.add(NOW - timedelta(hours=5), "lama")
    house.x.hidden.add(late)
    house.x.add(NOW - timedelta(minutes=1), "baru")
    collector = house.collector(sweep_every_minutes=60, sweep_hours=24)
    cursor = poll(collector)[-1].next_cursor
    house.x.hidden.clear()  # it became visible while nobody looked
    house.clock.move(timedelta(hours=40))
    assert late in ids_of(poll(collector, cursor))


def test_a_sweep_never_reads_what_was_never_asked_for(house: House) -> None:
    old = house.x.add(NOW - timedelta(hours=20))
    collector = house.collector(backfill_days=0, sweep_every_minutes=1, sweep_hours=100)
    cursor = poll(collector)[-1].next_cursor
    house.clock.move(timedelta(minutes=5))
    assert old not in ids_of(poll(collector, cursor))


def test_a_post_from_the_future_does_not_carry_the_watermark_along(house: House) -> None:
    house.x.add(NOW + timedelta(days=900))
    page = poll(house.collector())[-1]
    assert len(page.mentions) == 1
    assert mark_of(page) < snowflake(NOW)


def test_an_unreadable_cursor_begins_anew(house: House) -> None:
    added = house.x.add(NOW - timedelta(hours=1))
    for cursor in ("", "{", "null", "[]", '{"version":99}', '{"version":1,"mark":"x"}'):
        assert ids_of(poll(house.collector(), Cursor(cursor))) == [added]


def test_a_cursor_survives_being_written_and_read() -> None:
    state, _ = x_cursor.begin(x_cursor.State(), XSettings(), NOW, windowed=False)
    step = x_cursor.advance(state, (5, 9), "next", NOW, settings=XSettings(), mentions=True)
    assert x_cursor.read(x_cursor.write(step.state)) == step.state
    assert step.state.poll is not None
    assert (step.state.poll.newest, step.state.poll.oldest) == (9, 5)


def test_a_quiet_account_searched_for_months_has_no_gap(house: House) -> None:
    collector = house.collector("x:search:dlh", search=["dlh"])
    cursor = poll(collector)[-1].next_cursor
    for _ in range(12):
        house.clock.move(timedelta(days=5))
        page = poll(collector, cursor)[-1]
        assert page.gap is None
        cursor = page.next_cursor
        since = int(house.queries[-1]["since_id"])
        assert since >= snowflake(house.clock.now() - timedelta(days=7))


def test_a_search_that_stood_still_for_longer_than_the_window_has_a_gap(house: House) -> None:
    collector = house.collector("x:search:dlh", search=["dlh"])
    cursor = poll(collector)[-1].next_cursor
    house.clock.move(timedelta(days=10))
    page = poll(collector, cursor)[-1]
    assert page.gap is not None
    assert (page.gap.start, page.gap.end) == (NOW, house.clock.now() - SEARCH_WINDOW)
    assert page.gap.reason == "older_than_window"
    assert "older_than_window" in page.notices


@pytest.mark.fault(35)
def test_a_since_id_that_x_finds_too_old_becomes_a_start_time_and_a_gap(house: House) -> None:
    collector = house.collector()
    cursor = poll(collector)[-1].next_cursor
    house.clock.move(timedelta(days=9))
    added = house.x.add(house.clock.now() - timedelta(hours=2))
    words = "'since_id' must be a post id created after [TIMESTAMP]"

    def refuse(request: Request) -> Reply | None:
        if "since_id" not in request.query:
            return None
        return problem(400, "invalid-request", errors=[{"message": words}])

    house.x.fail = refuse
    page = poll(collector, cursor)[-1]
    assert ids_of([page]) == [added]
    assert "since_id" not in house.queries[-1]
    started = house.clock.now() - SEARCH_WINDOW
    assert house.queries[-1]["start_time"] == started.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert page.gap is not None
    assert (page.gap.start, page.gap.end, page.gap.reason) == (NOW, started, "older_than_window")


# --- paging ------------------------------------------------------------------------------------


def page_of(posts: list[str], token: str | None) -> Reply:
    items = [{"id": ident, "text": "x", "edit_history_tweet_ids": [ident]} for ident in posts]
    meta: dict[str, Any] = {"result_count": len(items)}
    body: dict[str, Any] = {"meta": meta | ({"next_token": token} if token else {})}
    return Reply(200, body | ({"data": items} if items else {}))


RECENT = [str(snowflake(NOW - timedelta(minutes=number))) for number in range(1, 40)]


def test_a_token_that_repeats_ends_the_poll_and_keeps_the_watermark(house: House) -> None:
    collector = house.collector()
    house.answers(page_of(RECENT[:2], "a"), page_of(RECENT[2:4], "b"), page_of(RECENT[4:6], "a"))
    pages = poll(collector)
    assert len(pages) == 3
    assert ids_of(pages) == RECENT[:6]
    assert pages[-1].notices == ("paging_loop",)
    assert mark_of(pages[-1]) == 0
    house.answers(page_of(RECENT[:1], None))
    again = poll(collector, pages[-1].next_cursor)[-1]
    assert house.queries[-1]["since_id"] == house.queries[0]["since_id"]
    assert mark_of(again) == int(RECENT[0])


@pytest.mark.fault(36)
def test_at_the_page_cap_the_rest_is_read_at_the_next_poll(house: House) -> None:
    added = [house.x.add(NOW - timedelta(minutes=number)) for number in range(45)]
    house.x.page_limit = 10
    collector = house.collector(page_cap=2)
    first = poll(collector)
    assert len(first) == 2
    assert first[-1].notices == ("page_cap",)
    assert mark_of(first[-1]) == 0
    house.clock.move(timedelta(minutes=3))
    newer = house.x.add(house.clock.now())
    house.x.hidden.add(newer)  # tokens point into the list as it was
    second = poll(collector, first[-1].next_cursor)
    third = poll(collector, second[-1].next_cursor)
    assert ids_of(first + second + third) == added
    assert third[-1].notices == ()
    house.x.hidden.clear()
    assert newer in ids_of(poll(collector, third[-1].next_cursor))


@pytest.mark.fault(36)
def test_empty_and_short_pages_with_a_token_are_read_on(house: House) -> None:
    house.answers(
        page_of([], "a"), page_of(RECENT[:1], "b"), page_of([], "c"), page_of(RECENT[1:2], None)
    )
    pages = poll(house.collector())
    assert ids_of(pages) == RECENT[:2]
    assert mark_of(pages[-1]) == int(RECENT[0])


def test_the_watermark_takes_the_newest_of_all_pages_whatever_their_order(house: House) -> None:
    house.answers(page_of(RECENT[5:7], "a"), page_of(RECENT[:1], "b"), page_of(RECENT[9:], None))
    assert mark_of(poll(house.collector())[-1]) == int(RECENT[0])


@pytest.mark.fault(35)
def test_an_expired_token_begins_the_poll_again_once(house: House) -> None:
    added = [house.x.add(NOW - timedelta(minutes=number)) for number in range(150)]
    collector = house.collector()
    first = collector.fetch(None, allowance=None)
    state = json.loads(first.next_cursor)
    state["poll"]["token"] = "expired"
    pages = poll(collector, Cursor(json.dumps(state)))
    assert ids_of(pages) == added
    assert pages[-1].notices == ()
    assert "pagination_token" not in house.queries[2]


@pytest.mark.fault(35, 36)
def test_tokens_that_never_work_end_the_poll_without_a_circle(house: House) -> None:
    for number in range(150):
        house.x.add(NOW - timedelta(minutes=number))
    house.x.dead_tokens = True
    pages = poll(house.collector())
    assert pages[-1].notices == ("paging_loop",)
    assert pages[-1].mentions == ()
    assert mark_of(pages[-1]) == 0
    assert len(house.queries) == 4


def test_both_token_and_since_id_may_be_refused_in_one_turn(house: House) -> None:
    def refuse(request: Request) -> Reply | None:
        for name in ("pagination_token", "since_id"):
            if name in request.query:
                return problem(400, errors=[{"parameters": {name: ["x"]}, "message": "no"}])
        return None

    collector = house.collector()
    for number in range(150):
        house.x.add(NOW - timedelta(minutes=number))
    first = collector.fetch(None, allowance=None)
    house.x.fail = refuse
    page = collector.fetch(first.next_cursor, allowance=None)
    assert len(page.mentions) == 100
    assert page.more
    assert "start_time" in house.queries[-1]


def test_more_than_800_mentions_are_a_gap_that_search_fills(house: House) -> None:
    collector = house.collector()
    cursor = poll(collector)[-1].next_cursor
    house.clock.move(timedelta(days=1))
    added = [
        house.x.add(house.clock.now() - timedelta(seconds=20 * number)) for number in range(1000)
    ]
    house.server.requests.clear()
    pages = poll(collector, cursor)
    assert set(ids_of(pages)) == set(added)
    gaps = [page.gap for page in pages if page.gap]
    assert [gap.reason for gap in gaps] == ["mentions_over_800"]
    assert gaps[0].start == NOW
    assert abs(gaps[0].end - (house.clock.now() - timedelta(seconds=20 * 799))) < timedelta(
        seconds=1
    )
    paths = [request.path for request in house.server.requests]
    assert paths == ["/2/users/901/mentions"] * 8 + ["/2/tweets/search/recent"] * 2
    assert [page.looks_back for page in pages] == [False] * 7 + [True] + [False] * 2
    search = house.queries[-1]
    assert search["query"] == "@dpupr_skm -is:retweet"
    assert search["until_id"] == added[799]
    assert search["since_id"] == house.queries[0]["since_id"]
    assert [mark_of(page) > 0 for page in pages[1:-1]].count(True) == len(pages) - 2
    assert mark_of(pages[-1]) > mark_of(pages[-2])
    assert poll(collector, pages[-1].next_cursor)[-1].gap is None


def test_what_new_mentions_push_out_of_the_newest_800_while_a_poll_reads_is_searched(
    house: House,
) -> None:
    collector = house.collector(page_cap=100)
    house.x.add(NOW - timedelta(minutes=1))
    cursor = poll(collector)[-1].next_cursor
    house.clock.move(timedelta(days=1))
    added = [
        house.x.add(house.clock.now() - timedelta(seconds=20 * number)) for number in range(600)
    ]

    def flood(request: Request) -> None:
        if request.path.endswith("/mentions"):
            house.clock.move(timedelta(seconds=60))
            for second in range(60):
                house.x.add(house.clock.now() - timedelta(seconds=second))

    house.x.fail = flood
    pages = poll(collector, cursor)
    assert set(added) <= set(ids_of(pages))
    house.x.fail = lambda request: None
    later = poll(collector, pages[-1].next_cursor)
    assert {post["id"] for post in house.x.posts} == set(ids_of([*pages, *later])) | {
        house.x.posts[0]["id"]
    }


@pytest.mark.parametrize("newer", [790, 300])
def test_posts_shown_late_are_searched_where_newer_ones_push_them_out_of_the_newest_800(
    house: House, newer: int
) -> None:
    """The oldest of the 800 may be a known post: what lies below it may be new all the same."""
    collector = house.collector()
    moments = [NOW - timedelta(seconds=number) for number in range(20)]
    early = [house.x.add(moment) for moment in moments]
    house.x.hidden = set(early[1::2])
    before = poll(collector)
    house.x.hidden = set()
    house.clock.move(timedelta(minutes=3))
    for number in range(newer):
        house.x.add(house.clock.now() - timedelta(seconds=number / 8))
    house.x.mentions_cap = newer + 10
    pages = poll(collector, before[-1].next_cursor)
    assert set(ids_of([*before, *pages])) == {post["id"] for post in house.x.posts}
    assert not any(page.gap for page in pages)
    assert x_cursor.read(pages[-1].next_cursor).poll is None


def test_a_poll_of_several_pages_that_came_down_to_what_is_known_asks_once_for_a_rest(
    house: House,
) -> None:
    collector = house.collector()
    house.x.add(NOW - timedelta(minutes=1))
    cursor = poll(collector)[-1].next_cursor
    house.clock.move(timedelta(days=1))
    for number in range(250):
        house.x.add(house.clock.now() - timedelta(seconds=20 * number))
    pages = poll(collector, cursor)
    assert len(pages) == 4
    assert [len(page.mentions) for page in pages] == [100, 100, 51, 0]
    assert ["until_id" in query for query in house.queries[-4:]] == [False, False, False, True]
    assert [page.looks_back for page in pages] == [False, False, True, False]
    assert not any(page.gap or page.notices for page in pages)
    for number in range(50):
        house.x.add(house.clock.now() - timedelta(seconds=number))
    house.clock.move(timedelta(minutes=3))
    asked = len(house.queries)
    assert len(poll(collector, pages[-1].next_cursor)) == 1  # one page: nothing was pushed out
    assert len(house.queries) == asked + 1


def test_the_search_for_the_rest_goes_on_in_the_next_turn_and_reaches_seven_days_back(
    house: House,
) -> None:
    collector = house.collector(page_cap=4)
    cursor = poll(collector)[-1].next_cursor
    house.clock.move(timedelta(days=20))
    added = [
        house.x.add(house.clock.now() - timedelta(minutes=11 * number)) for number in range(1000)
    ]
    turns = []
    for _ in range(4):
        turns.append(poll(collector, cursor))
        cursor = turns[-1][-1].next_cursor
    found = set(ids_of([page for turn in turns for page in turn]))
    reach = house.clock.now() - SEARCH_WINDOW
    assert {ident for ident in added if int(ident) > snowflake(reach)} <= found
    assert "page_cap" in turns[0][-1].notices
    searches = [query for query in house.queries if "until_id" in query]
    assert all(int(query["since_id"]) >= snowflake(reach) - 1 for query in searches)


def test_800_mentions_that_reach_further_than_search_leave_the_gap_open(house: House) -> None:
    collector = house.collector()
    cursor = poll(collector)[-1].next_cursor
    house.clock.move(timedelta(days=40))
    for number in range(1000):
        house.x.add(house.clock.now() - timedelta(minutes=30 * number))
    pages = poll(collector, cursor)
    assert pages[-1].gap is not None
    assert pages[-1].gap.reason == "mentions_over_800"
    assert not any("until_id" in query for query in house.queries)
    assert mark_of(pages[-1]) > 0


def test_a_sweep_over_a_busy_day_is_whole_and_no_gap(house: House) -> None:
    for number in range(1000):
        house.x.add(NOW - timedelta(minutes=number))
    late = house.x.add(NOW - timedelta(minutes=950, seconds=30))
    house.x.hidden = {late}
    collector = house.collector(backfill_days=0, sweep_hours=24)
    cursor = poll(collector)[-1].next_cursor
    state = json.loads(cursor) | {"origin": 1}
    house.x.hidden = set()
    house.clock.move(timedelta(minutes=61))
    asked = len(house.queries)
    pages = poll(collector, Cursor(json.dumps(state)))
    assert set(ids_of(pages)) == {post["id"] for post in house.x.posts}
    assert late in ids_of(pages)
    assert [page.gap for page in pages if page.gap] == []
    searches = ["until_id" in query for query in house.queries[asked:]]
    assert searches == [False] * 8 + [True] * 3
    # That costs the account fresh mentions for a while, so it is done four times in 24 hours.
    for hours, searched in ((1, 0), (2, 0), (3.1, 3)):
        house.clock.move(timedelta(hours=hours))
        asked = len(house.queries)
        pages = poll(collector, pages[-1].next_cursor)
        assert sum("until_id" in query for query in house.queries[asked:]) == searched, hours


@pytest.mark.parametrize("given", [800, 200])
def test_a_looping_search_for_the_rest_ends_as_if_it_were_read_and_leaves_a_gap(
    house: House, given: int
) -> None:
    collector = house.collector()
    cursor = poll(collector)[-1].next_cursor
    house.clock.move(timedelta(days=1))
    newest = house.clock.now() - timedelta(seconds=1)
    for number in range(1000):
        house.x.add(newest - timedelta(seconds=20 * number))
    house.x.mentions_cap = given
    house.x.fail = lambda request: (
        page_of(RECENT[-1:], "same") if "until_id" in request.query else None
    )
    pages = poll(collector, cursor)
    assert "paging_loop" in pages[-1].notices
    assert mark_of(pages[-1]) > mark_of(pages[0])
    gap = pages[-1].gap
    assert gap is not None
    assert (gap.start, gap.reason) == (NOW, "mentions_over_800")
    oldest = newest - timedelta(seconds=20 * (given - 1))
    assert abs(gap.end - oldest) < timedelta(seconds=1)


# --- dialects and fields -----------------------------------------------------------------------


def test_the_other_dialect_is_tried_once_and_remembered_for_all_sources(house: House) -> None:
    house.x.dialect = "post"
    house.x.add(NOW - timedelta(hours=1), note_post={"text": "@dpupr_skm panjang"})
    network = house.network()
    specs = network.sources()[:2]
    first = network.collector(specs[0], IDS).fetch(None, allowance=None)
    assert first.mentions[0].text == "@dpupr_skm panjang"
    assert first.notices == ("dialect_changed",)
    assert len(house.queries) == 2
    second = network.collector(specs[1], IDS).fetch(None, allowance=None)
    assert second.notices == ()
    assert len(house.queries) == 3
    assert "post.fields" in house.queries[2]
    house.x.dialect = "tweet"
    assert network.collector(specs[0], IDS).fetch(None, allowance=None).notices == (
        "dialect_changed",
    )


def test_a_dialect_of_the_config_is_not_left(house: House) -> None:
    house.x.dialect = "post"
    trouble = refusal(house.collector(dialect="tweet"))
    assert isinstance(trouble, UnexpectedResponse)
    assert trouble.code == "bad_request"
    assert "tweet.fields" in trouble.detail
    assert all("post.fields" not in query for query in house.queries)
    house.server.requests.clear()
    assert house.collector(dialect="post").fetch(None, allowance=None).notices == ()
    assert len(house.queries) == 1


@pytest.mark.parametrize("dialect", ["auto", "tweet"])
def test_a_refused_optional_field_costs_that_field_only(house: House, dialect: str) -> None:
    house.x.refused_fields = {"lang"}
    house.x.add(NOW - timedelta(hours=1))
    collector = house.collector(dialect=dialect)
    page = collector.fetch(None, allowance=None)
    assert page.mentions[0].addressed == ("dpupr",)
    assert page.notices == ("fields_reduced",)
    calls = len(house.queries)
    assert collector.fetch(page.next_cursor, allowance=None).notices == ("fields_reduced",)
    assert len(house.queries) == calls + 1


def test_a_refused_field_that_is_needed_is_an_error_with_xs_words(house: House) -> None:
    house.x.refused_fields = {"created_at"}
    trouble = refusal(house.collector())
    assert trouble.code == "bad_request"
    assert "created_at" in trouble.detail
    assert len(house.queries) <= 3


def test_a_400_about_anything_else_is_not_tried_again(house: House) -> None:
    house.answers(problem(400, "invalid-request", detail="The query [x] does not match"))
    trouble = refusal(house.collector())
    assert (trouble.code, trouble.scope) == ("bad_request", "x:mentions:dpupr")
    assert len(house.queries) == 1


# --- the error table (platforms.md 6, X) -------------------------------------------------------


RESET = NOW + timedelta(seconds=120)


def limited(**headers: str) -> Reply:
    body = {"title": "Too Many Requests", "type": "about:blank", "status": 429}
    return Reply(429, body, {"Date": format_datetime(NOW, usegmt=True)} | headers)


@pytest.mark.parametrize(
    ("reply", "kind", "code", "scope"),
    [
        (raw(b""), Unavailable, "network_unreachable", "x:mentions:dpupr"),
        (reset(), Unavailable, "network_unreachable", "x:mentions:dpupr"),
        (
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
            Unavailable,
            "not_json",
            "x:mentions:dpupr",
        ),
        (Reply(500, {"title": "x"}), Unavailable, "network_error", "x:mentions:dpupr"),
        (Reply(502, b"<html>bad gateway"), Unavailable, "network_error", "x:mentions:dpupr"),
        (Reply(503, b""), Unavailable, "network_error", "x:mentions:dpupr"),
        (Reply(504, [1]), Unavailable, "network_error", "x:mentions:dpupr"),
        (Reply(500, b"null"), Unavailable, "network_error", "x:mentions:dpupr"),
        (Reply(503, b"[" * 100_000), Unavailable, "network_error", "x:mentions:dpupr"),
        (Reply(200, b"<html>maintenance"), Unavailable, "not_json", "x:mentions:dpupr"),
        (Reply(200, b""), Unavailable, "not_json", "x:mentions:dpupr"),
        (Reply(204), Unavailable, "not_json", "x:mentions:dpupr"),
        (Reply(200, b'{"meta": {'), Unavailable, "not_json", "x:mentions:dpupr"),
        (Reply(200, b"\xff\xfe\xfa"), Unavailable, "not_json", "x:mentions:dpupr"),
        (Reply(200, b"x" * 1_100_000), Unavailable, "body_too_large", "x:mentions:dpupr"),
        (
            Reply(302, b"", {"Location": "https://x.com/login"}),
            Unavailable,
            "host_refused",
            "x:mentions:dpupr",
        ),
        (Reply(200, b"null"), UnexpectedResponse, "library_error", "x:mentions:dpupr"),
        (Reply(200, b"[]"), UnexpectedResponse, "library_error", "x:mentions:dpupr"),
        (Reply(200, {}), UnexpectedResponse, "library_error", "x:mentions:dpupr"),
        (Reply(200, b'{"meta": NaN}'), UnexpectedResponse, "library_error", "x:mentions:dpupr"),
        (
            Reply(200, b'{"meta": -Infinity}'),
            UnexpectedResponse,
            "library_error",
            "x:mentions:dpupr",
        ),
        (Reply(200, b"[" * 100_000), UnexpectedResponse, "library_error", "x:mentions:dpupr"),
        (
            Reply(200, b'{"meta": ' + b"9" * 5000 + b"}"),
            UnexpectedResponse,
            "library_error",
            "x:mentions:dpupr",
        ),
        (
            Reply(200, {"data": {"id": "1"}, "meta": {}}),
            UnexpectedResponse,
            "library_error",
            "x:mentions:dpupr",
        ),
        (Reply(200, {"meta": []}), UnexpectedResponse, "library_error", "x:mentions:dpupr"),
        (
            Reply(200, {"meta": {"result_count": 3}}),
            UnexpectedResponse,
            "library_error",
            "x:mentions:dpupr",
        ),
        (
            Reply(200, {"meta": {"result_count": 0, "next_token": 7}}),
            UnexpectedResponse,
            "library_error",
            "x:mentions:dpupr",
        ),
        (problem(402, "credits-depleted"), NotAuthorised, "credits", "x"),
        (problem(401), NotAuthorised, "token", "x"),
        (problem(403, "client-forbidden"), NotAuthorised, "app_forbidden", "x"),
        (Reply(403, b"<html>"), NotAuthorised, "app_forbidden", "x"),
        (
            problem(403, "not-authorized-for-resource"),
            NotAuthorised,
            "account_gone",
            "x:mentions:dpupr",
        ),
        (problem(404, "resource-not-found"), NotAuthorised, "account_gone", "x:mentions:dpupr"),
        (
            problem(409, "streaming-connection"),
            UnexpectedResponse,
            "bad_request",
            "x:mentions:dpupr",
        ),
        (problem(429, "usage-capped"), RateLimited, "usage_cap", "x"),
        (Reply(429, {"title": "UsageCapExceeded"}), RateLimited, "usage_cap", "x"),
        (problem(429, "rate-limit-exceeded"), RateLimited, "rate_limited", "x:mentions"),
        (
            Reply(429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}),
            RateLimited,
            "rate_limited",
            "x:mentions",
        ),
        (
            limited(**{"x-rate-limit-reset": "soon"}),
            RateLimited,
            "rate_limited",
            "x:mentions",
        ),
    ],
)
def test_every_fault_becomes_its_error(
    house: House, reply: Reply, kind: type[CollectorError], code: str, scope: str
) -> None:
    house.answers(reply)
    trouble = refusal(house.collector(max_body_mb=1))
    assert (type(trouble).__mro__[:-3].count(kind), trouble.code, trouble.scope) == (1, code, scope)


def test_silence_is_a_timeout_of_the_source(house: House) -> None:
    house.answers(drip(house.server.stopping, b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"))
    trouble = refusal(house.collector(deadline_seconds=0.3))
    assert isinstance(trouble, Unavailable)
    assert trouble.code == "network_timeout"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-rate-limit-reset": str(int(RESET.timestamp()))}, 120),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) - 30)}, 1),
        ({"x-rate-limit-reset": str(int(RESET.timestamp()) - 9000)}, None),
        ({"x-rate-limit-reset": "999999999999"}, 900),
        ({"x-rate-limit-reset": "-5"}, None),
        ({"x-rate-limit-reset": "1e9"}, None),
        ({}, None),
        ({"Retry-After": "60"}, 60),
        ({"Retry-After": "1000000000"}, 900),
        ({"Retry-After": format_datetime(RESET, usegmt=True)}, 120),
        ({"Retry-After": "7200"}, 7200),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": format_datetime(NOW - timedelta(hours=1), usegmt=True)}, None),
        ({"Retry-After": "later"}, None),
        ({"x-rate-limit-reset": "x", "Retry-After": "30"}, 30),
    ],
)
@pytest.mark.fault(22)
def test_a_rate_limit_says_until_when(
    house: House, headers: dict[str, str], seconds: int | None
) -> None:
    house.answers(limited(**headers))
    trouble = refusal(house.collector())
    assert isinstance(trouble, RateLimited)
    if seconds is None:
        assert trouble.retry_at is None
    else:
        assert trouble.retry_at is not None
        wait = (trouble.retry_at - NOW).total_seconds()
        assert seconds + 1 <= wait <= seconds + 5


@pytest.mark.parametrize("skew", [timedelta(hours=-3), timedelta(days=400)])
@pytest.mark.fault(22)
def test_a_wrong_clock_does_not_change_the_wait(house: House, skew: timedelta) -> None:
    server_now = NOW + skew
    until = int((server_now + timedelta(seconds=120)).timestamp())
    date = format_datetime(server_now, usegmt=True)
    house.answers(limited(**{"Date": date, "x-rate-limit-reset": str(until)}))
    trouble = refusal(house.collector())
    assert isinstance(trouble, RateLimited)
    assert trouble.retry_at is not None
    assert 121 <= (trouble.retry_at - NOW).total_seconds() <= 125


@pytest.mark.parametrize("date", ["yesterday", "Sat, 21 Nov 2026 05:00:00 -0000", ""])
def test_a_date_that_cannot_be_read_is_not_needed(house: House, date: str) -> None:
    house.answers(limited(**{"Date": date, "x-rate-limit-reset": str(int(RESET.timestamp()))}))
    trouble = refusal(house.collector())
    assert isinstance(trouble, RateLimited)
    assert trouble.retry_at is not None
    assert 121 <= (trouble.retry_at - NOW).total_seconds() <= 125


def test_each_endpoint_is_limited_for_itself(house: House) -> None:
    house.answers(limited())
    for source, scope in [("x:search:dlh", "x:search"), ("x:timeline:dpupr", "x:timeline")]:
        trouble = refusal(house.collector(source, search=["dlh"]))
        assert trouble.scope == scope


def test_a_limit_met_while_searching_the_rest_concerns_this_source_only(house: House) -> None:
    for number in range(1000):
        house.x.add(NOW - timedelta(seconds=20 * number))
    house.x.fail = lambda request: limited() if "until_id" in request.query else None
    collector = house.collector()
    page = collector.fetch(None, allowance=None)
    while "until" not in page.next_cursor or not x_cursor.read(page.next_cursor).poll.searching:  # type: ignore[union-attr]  # a poll is under way
        page = collector.fetch(page.next_cursor, allowance=None)
    assert refusal(collector, page.next_cursor).scope == "x:mentions:dpupr"


def test_one_refused_token_is_asked_again_and_two_are_believed(house: House) -> None:
    added = house.x.add(NOW - timedelta(hours=1))
    left = [problem(401)]
    house.x.fail = lambda _: left.pop() if left else None
    assert ids_of(poll(house.collector())) == [added]
    assert len(house.queries) == 2
    house.x.fail = lambda _: problem(401)
    assert refusal(house.collector()).code == "token"
    assert len(house.queries) == 4


@pytest.mark.parametrize("token", ["canary\nnewline", "cänary ✓"])
def test_a_token_that_no_header_can_carry_is_not_shown_by_the_refusal(
    house: House, token: str
) -> None:
    config = dataclasses.replace(house.network()._config, x_token=SecretStr(token))
    network = XNetwork(config)
    trouble = refusal(network.collector(network.sources()[0], IDS))
    assert "nary" not in str(trouble) + repr(vars(trouble))
    assert house.server.requests == []


@pytest.mark.parametrize("key", ["value", "resource_id"])
def test_errors_on_the_account_itself_mean_that_it_is_gone(house: House, key: str) -> None:
    error = {"resource_type": "user", "parameter": "id", key: "901", "title": "Forbidden"}
    house.answers(Reply(200, {"errors": [error]}))
    trouble = refusal(house.collector())
    assert isinstance(trouble, NotAuthorised)
    assert (trouble.code, trouble.scope) == ("account_gone", "x:mentions:dpupr")


def test_a_404_of_search_is_not_about_an_account(house: House) -> None:
    house.answers(problem(404, "resource-not-found"))
    assert refusal(house.collector("x:search:dlh", search=["dlh"])).code == "bad_request"


def test_partial_errors_are_accepted_and_told(house: House) -> None:
    item = {"id": RECENT[0], "text": "x", "author_id": "5"}
    error = {"resource_type": "user", "resource_id": "5", "value": "5", "parameter": "author_id"}
    house.answers(Reply(200, {"data": [item], "errors": [error], "meta": {"result_count": 1}}))
    page = house.collector().fetch(None, allowance=None)
    assert ids_of([page]) == [RECENT[0]]
    assert page.notices == ("partial_errors",)


def test_a_page_without_meta_is_kept_but_moves_no_watermark(house: House) -> None:
    house.answers(Reply(200, {"data": [{"id": RECENT[0], "text": "x"}]}))
    page = house.collector().fetch(None, allowance=None)
    assert ids_of([page]) == [RECENT[0]]
    assert page.notices == ("library_error",)
    assert (mark_of(page), page.more) == (0, False)


def test_an_odd_item_costs_itself_and_not_the_page(house: House) -> None:
    items = [{"id": RECENT[0]}, {"id": RECENT[1], "text": "x"}, 7]
    house.answers(Reply(200, {"data": items, "meta": {"result_count": 3}}))
    page = house.collector().fetch(None, allowance=None)
    assert ids_of([page]) == [RECENT[1]]
    assert len(page.rejected) == 2
    assert mark_of(page) == int(RECENT[0])


def test_a_bug_of_the_library_is_a_library_error(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise AttributeError(TOKEN)

    monkeypatch.setattr(tweepy.Client, "request", broken)
    trouble = refusal(house.collector())
    assert (trouble.code, trouble.detail) == ("library_error", "AttributeError")


# --- stopping, and secrets ---------------------------------------------------------------------


@pytest.mark.parametrize("which", ["collector", "network"])
def test_a_request_under_way_is_abandoned_promptly(house: House, which: str) -> None:
    asked = threading.Event()

    def hang(_: Request) -> Reply:
        asked.set()
        return drip(house.server.stopping)

    house.x.fail = hang
    network = house.network()
    collector = network.collector(network.sources()[0], IDS)
    caught: list[CollectorError] = []

    def work() -> None:
        try:
            collector.fetch(None, allowance=None)
        except CollectorError as exc:
            caught.append(exc)

    worker = threading.Thread(target=work)
    worker.start()
    assert asked.wait(5)
    began = time.monotonic()
    (collector if which == "collector" else network).close()
    worker.join(10)
    assert time.monotonic() - began < 3
    assert [(exc.code, exc.detail) for exc in caught] == [("network_unreachable", "abandoned")]


def test_nothing_is_asked_after_the_network_was_closed(house: House) -> None:
    network = house.network()
    network.close()
    collector = network.collector(network.sources()[0], IDS)
    assert refusal(collector).detail == "abandoned"
    assert house.server.requests == []


ECHO = f"Authorization: Bearer {TOKEN}; token {TOKEN}"
FAULTS: list[Reply] = [
    Reply(status, {"title": ECHO, "detail": ECHO, "type": f"https://x/{TOKEN}"})
    for status in (302, 400, 401, 402, 403, 404, 409, 429, 500, 503)
]
FAULTS += [
    Reply(400, {"errors": [{"message": ECHO, "parameters": {TOKEN: [ECHO]}}]}),
    Reply(400, {"errors": [{"message": f"since_id {ECHO}"}]}),
    Reply(429, {}, {"x-rate-limit-reset": TOKEN, "Date": TOKEN, "Retry-After": TOKEN}),
    Reply(500, [ECHO]),
    Reply(200, ECHO.encode()),
    Reply(200, {"data": ECHO, "meta": ECHO}),
    Reply(200, {"meta": {"next_token": [ECHO]}}),
    Reply(200, {"errors": [{"resource_type": "user", "value": "901", "detail": ECHO}]}),
    raw(f"HTTP/1.1 {ECHO}\r\n\r\n".encode()),
    raw(f"HTTP/1.1 200 OK\r\nContent-Encoding: {TOKEN}\r\n\r\n".encode()),
    reset(),
]


@pytest.mark.parametrize("reply", FAULTS, ids=range(len(FAULTS)))
def test_no_error_log_or_traceback_ever_holds_the_token(
    house: House, reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    loud = [
        logging.getLogger(name) for name in ("", "tweepy", "tweepy.client", "urllib3", "tanggap")
    ]
    before = [logger.level for logger in loud]
    house.answers(reply)
    collector = house.collector()
    for logger in loud:
        logger.setLevel(logging.DEBUG)
    try:
        trouble = refusal(collector)
    finally:
        for logger, level in zip(loud, before, strict=True):
            logger.setLevel(level)
    assert house.server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    told = [str(trouble), repr(trouble), repr(vars(trouble)), caplog.text]
    told += [repr(record.__dict__) for record in caplog.records]
    told += traceback.format_exception(trouble)
    assert TOKEN not in "\n".join(told)
    assert TOKEN.replace("%2F", "/") not in "\n".join(told)


def test_a_good_poll_at_debug_level_says_nothing_of_the_token_or_the_texts(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.x.add(NOW - timedelta(hours=1), "rahasia sekali")
    caplog.set_level(logging.DEBUG)
    poll(house.collector())
    assert TOKEN not in caplog.text
    assert "rahasia" not in caplog.text
    assert "warga_5" not in caplog.text


# --- nothing is lost, whatever happens between ---------------------------------------------------


class _Rounds:
    """Runs a source against a world that grows, hides, edits and fails."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.cursor: Cursor | None = None
        self.stored: dict[str, Mention] = {}
        self.collector = house.collector(page_cap=3, sweep_every_minutes=60, sweep_hours=24)

    def turn(self, pages: int) -> None:
        """Read at most `pages` pages, then crash (or finish before)."""
        for _ in range(pages):
            try:
                page = self.collector.fetch(self.cursor, allowance=None)
            except CollectorError:
                return
            self.cursor = page.next_cursor
            self.stored |= {mention.network_id: mention for mention in page.mentions}
            if not page.more:
                return


STEPS = st.lists(
    st.tuples(
        st.integers(0, 12),  # new posts
        st.booleans(),  # the last of them shows only later
        st.sampled_from([None, problem(503), problem(401), raw(b""), limited()]),
        st.integers(1, 4),  # pages before a crash
        st.integers(1, 50),  # minutes
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_every_post_is_found_in_the_end_and_the_watermark_never_falls(
    house: House, steps: list[tuple[int, bool, Reply | None, int, int]]
) -> None:
    house.x.posts.clear()
    house.x.hidden.clear()
    house.x.page_limit = 5
    rounds = _Rounds(house)
    mark = 0
    for posts, late, fault, pages, minutes in steps:
        for number in range(posts):
            ident = house.x.add(house.clock.now() - timedelta(seconds=number))
            if late and number == posts - 1:
                house.x.hidden.add(ident)
        house.x.fail = _first_then_well(fault)
        rounds.turn(pages)
        house.clock.move(timedelta(minutes=minutes))
        now_at = x_cursor.read(rounds.cursor).mark
        assert now_at >= mark
        mark = now_at
    house.x.hidden.clear()
    house.x.fail = lambda _: None
    for _ in range(3):
        house.clock.move(timedelta(minutes=61))
        rounds.turn(99)
        while x_cursor.read(rounds.cursor).poll:
            rounds.turn(99)
    assert {post["id"] for post in house.x.posts} == set(rounds.stored)


def _first_then_well(fault: Reply | None) -> Callable[[Request], Reply | None]:
    left = [fault, fault] if fault else []
    return lambda _: left.pop() if left else None


def test_times_are_those_of_the_install(house: House) -> None:
    house.clock.move(datetime(2031, 5, 1, tzinfo=UTC) - NOW)
    house.x.add(house.clock.now() - timedelta(hours=1))
    page = poll(house.collector())[-1]
    assert page.mentions[0].seen_at == house.clock.now()
    assert page.mentions[0].posted_at == house.clock.now() - timedelta(hours=1)
