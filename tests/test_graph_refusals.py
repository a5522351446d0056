"""Posts that cannot be read: what one of them costs, and when it is not the post but the source."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from graph_support import (
    INSTAGRAM,
    INSTAGRAM_IDS,
    PAGE_IDS,
    House,
    ago,
    graph_house,
    ids_of,
    notices_of,
    refused,
)
from x_support import NOW, Reply, drip, reset

from collectors.facebook import FacebookNetwork
from collectors.instagram import InstagramNetwork
from tanggap.errors import CollectorError, NotAuthorised, UnexpectedResponse
from tanggap.mention import Cursor, Page

FEED = "meta:facebook:dpupr:feed"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with graph_house(tmp_path, monkeypatch) as made:
        yield made


class Source:
    """One source as the daemon works it: a new collector and some time for every turn."""

    def __init__(self, house: House, source_id: str = FEED, **settings: object) -> None:
        self._house = house
        kind = FacebookNetwork if "facebook" in source_id else InstagramNetwork
        self._ids = PAGE_IDS if "facebook" in source_id else INSTAGRAM_IDS
        self._network = house.network(kind, **settings)
        self._spec = next(s for s in self._network.sources() if s.id == source_id)
        self.cursor: Cursor | None = None
        self.pages: list[Page] = []

    def turn(self, minutes: float = 6) -> CollectorError | None:
        """Work one turn, and let time pass after it; return what it ended with."""
        collector = self._network.collector(self._spec, self._ids)
        more, trouble = True, None
        while more and trouble is None:
            try:
                page = collector.fetch(self.cursor, allowance=None)
            except CollectorError as exc:
                trouble = exc
            else:
                self.pages.append(page)
                self.cursor, more = page.next_cursor, page.more
        collector.close()
        self._house.clock.move(timedelta(minutes=minutes))
        return trouble

    def list_only(self) -> Page:
        """Read the list, as a daemon that is stopped then."""
        collector = self._network.collector(self._spec, self._ids)
        page = collector.fetch(self.cursor, allowance=None)
        self.cursor = page.next_cursor
        collector.close()
        return page


def commented(house: House, count: int, **more: object) -> list[str]:
    """Put posts with a comment each onto the Page; return the posts, newest first."""
    posts = [house.graph.post(ago(hours=1 + number), **more) for number in range(count)]
    for post in posts:
        house.graph.comment(post, ago(minutes=50))
    return posts


def at(house: House, *posts: str, reply: Reply) -> None:
    """Let the comments of these posts be refused."""
    paths = tuple(f"/{post}/comments" for post in posts)
    house.graph.fail = lambda request: reply if request.path.endswith(paths) else None


REPLIES: list[tuple[Callable[[House], Reply], str]] = [
    (lambda house: drip(house.server.stopping, b"HTTP/1.1 200 OK\r\n\r\n"), "network_timeout"),
    (lambda _: Reply(200, {"data": ["x" * 1_100_000]}), "body_too_large"),
    (lambda _: Reply(200, b'{"data": ['), "not_json"),
    (lambda _: reset(), "network_unreachable"),
]


@pytest.mark.parametrize(("reply", "code"), REPLIES, ids=[code for _, code in REPLIES])
def test_a_post_that_breaks_the_line_does_not_stop_its_source(
    house: House, reply: Callable[[House], Reply], code: str
) -> None:
    bad, good = commented(house, 2)
    at(house, bad, reply=reply(house))
    source = Source(house, meta={"deadline_seconds": 0.3, "max_body_mb": 1})
    troubles = []
    while trouble := source.turn():
        troubles.append(trouble.code)
        assert len(troubles) < 6
    assert set(troubles) == {code}
    assert len(troubles) >= 2
    assert "comments_unreadable" in notices_of(source.pages)
    under_good = house.graph.edges[f"{good}/comments"][0]["id"]
    assert under_good in ids_of(source.pages)
    # From now on it costs one request of a poll, until it can be read.
    house.asked()
    assert source.turn() is None
    assert house.asked().count(f"{bad}/comments") == 1
    house.graph.fail = lambda _: None
    assert source.turn() is None
    assert house.graph.edges[f"{bad}/comments"][0]["id"] in ids_of(source.pages)
    at(house, bad, reply=reply(house))
    house.graph.comment(bad, NOW)
    assert source.turn()
    assert source.turn()


def test_where_nobody_answers_no_post_is_left_out(house: House) -> None:
    commented(house, 2)
    source = Source(house)
    first = source.list_only()
    house.graph.fail = lambda _: reset()
    for _ in range(8):
        assert source.turn(0.1)  # so soon that the list is not asked for
    for _ in range(8):
        assert source.turn()
    house.graph.fail = lambda _: None
    assert source.turn() is None
    assert "comments_unreadable" not in notices_of(source.pages)
    assert len(set(ids_of([first, *source.pages]))) == 4


def test_a_failing_post_is_asked_for_less_and_less_and_the_others_for_as_much_as_ever(
    house: House,
) -> None:
    bad, good = commented(house, 2)
    at(house, bad, reply=Reply(200, {"data": ["x" * 1_100_000]}))
    source = Source(house, meta={"max_body_mb": 1})
    for _ in range(8):
        source.turn()
    sizes = {
        post: [r.query["limit"] for r in house.server.requests if f"{post}/comments" in r.path]
        for post in (bad, good)
    }
    assert sizes[bad][:5] == ["100", "100", "50", "25", "12"]
    assert set(sizes[good]) == {"100"}
    assert {r.query["limit"] for r in house.server.requests if r.path.endswith("feed")} == {"100"}


def test_a_bad_parameter_about_one_post_is_no_matter_of_the_source(house: House) -> None:
    bad, good = commented(house, 2)
    at(house, bad, reply=refused(100))
    source = Source(house)
    for _ in range(2):
        trouble = source.turn()
        assert isinstance(trouble, UnexpectedResponse)
        assert trouble.code == "graph_refused"
    assert source.turn() is None
    assert house.graph.edges[f"{good}/comments"][0]["id"] in ids_of(source.pages)


@pytest.mark.parametrize(
    ("reply", "code", "skipped"),
    [
        (refused(100, 33), "meta_permission", 4),
        (refused(10), "meta_permission", 1),
        (refused(200), "meta_permission", 1),
        (refused(12), "graph_deprecated", 1),
    ],
)
def test_where_all_posts_are_shut_it_is_the_source_and_nothing_counts_as_read(
    house: House, reply: Reply, code: str, skipped: int
) -> None:
    posts = commented(house, 8)
    at(house, *posts, reply=reply)
    source = Source(house)
    for turn in range(12):
        trouble = source.turn(60)
        assert isinstance(trouble, NotAuthorised)
        assert (trouble.code, trouble.scope) == (code, FEED)
        assert trouble.__context__ is None
        if turn == 0:
            asked = [path for path in house.paths if path.endswith("/comments")]
            assert len(asked) == skipped + 1
    house.graph.fail = lambda _: None
    for _ in range(3):
        assert source.turn() is None
    assert len(set(ids_of(source.pages))) == 16


@pytest.mark.parametrize(
    ("reply", "notice", "count"),
    [
        (refused(100, 33), "post_gone", 6),
        (refused(10), "comments_barred", 2),
        (refused(12), "comments_barred", 2),
    ],
)
def test_single_posts_that_are_shut_cost_a_request_until_they_change(
    house: House, reply: Reply, notice: str, count: int
) -> None:
    posts = commented(house, count + 2)
    at(house, *posts[1:-1], reply=reply)
    source = Source(house)
    troubles = [source.turn(20) for _ in range(4)]
    # As many in a row look like the source, until one more look finds a post that can be read.
    assert troubles[-1] is None
    assert notice in notices_of(source.pages)
    assert len(set(ids_of(source.pages))) == count + 4
    source.turn()
    house.asked()
    assert source.turn() is None
    assert house.asked() == ["1001/feed"]


def test_posts_of_others_that_are_shut_say_nothing_of_the_source(house: House) -> None:
    posts = [
        house.graph.post(ago(hours=1 + n), edge="tagged", author="77", id=f"77_{n}")
        for n in range(7)
    ]
    for post in posts:
        house.graph.comment(post, ago(minutes=50))
    source = Source(house, "meta:facebook:dpupr:tagged")
    at(house, *posts, reply=refused(100, 33))
    assert source.turn() is None
    house.asked()
    assert source.turn() is None
    assert house.asked() == ["1001/tagged"]


def test_a_medium_whose_comments_are_shut_does_not_stop_the_account(house: House) -> None:
    bad, good = (house.graph.medium(ago(hours=hour)) for hour in (1, 2))
    for medium in (bad, good):
        house.graph.remark(medium, ago(minutes=40))
    at(house, bad, reply=refused(10))
    source = Source(house, "meta:instagram:dpupr:media")
    assert source.turn() is None
    assert house.graph.edges[f"{good}/comments"][0]["id"] in ids_of(source.pages)
    assert house.paths[0] == f"{INSTAGRAM['dpupr']}/media"


def test_after_a_long_rest_old_posts_are_read_once_more_and_the_rest_is_a_gap(
    house: House,
) -> None:
    post = house.graph.post(ago(days=20))
    source = Source(house)
    assert source.turn() is None
    house.clock.move(timedelta(days=21))
    late = house.graph.comment(post, NOW + timedelta(days=5))
    house.asked()
    source.pages.clear()
    assert source.turn() is None
    assert {post, late} <= set(ids_of(source.pages))
    assert [page.gap for page in source.pages if page.gap] == []
    (asked,) = (r for r in house.server.requests if r.path.endswith("/feed"))
    assert asked.query["since"] == str(int((NOW - timedelta(days=30)).timestamp()))
    house.clock.move(timedelta(days=40))
    assert source.turn() is None
    (gap,) = (page.gap for page in source.pages if page.gap)
    assert gap.reason == "long_rest"
    assert gap.end - gap.start > timedelta(days=9)
    assert "long_rest" in notices_of(source.pages)
