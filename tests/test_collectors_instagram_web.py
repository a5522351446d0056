"""Instagram by instaloader: what it asks, what it makes of the answers, and how it rests."""

import json
import logging
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from instagram_web_support import (
    CSRF,
    NOW,
    PKS,
    START_PAGE,
    VISITORS_PAGE,
    Ask,
    FakeInstagram,
    Reply,
    StillClock,
    instagram,
    looks_secret,
    make_config,
    spec_of,
    texts,
    turn,
)
from instaloader import instaloadercontext

from collectors import instagram_web
from collectors.instagram_session import Session, save_session
from collectors.instagram_web_network import InstagramWebNetwork
from tanggap.config import load_config
from tanggap.errors import (
    CollectorError,
    NotAuthorised,
    RateLimited,
    Unavailable,
    UnexpectedResponse,
)
from tanggap.mention import Cursor, Engagement

DPUPR = "dpupr.sukamaju"
DLH = "dlh.sukamaju"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


class House:
    """A small Instagram and the network that reads it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.clock = StillClock()
        self.fake = FakeInstagram(self.clock)
        self.folder = folder
        self.settings = settings
        self.url = ""
        self.network: InstagramWebNetwork

    def restart(self) -> None:
        """Forget everything that is only in memory."""
        if hasattr(self, "network"):
            self.network.close()
        config = make_config(self.folder, self.url, clock=self.clock, **self.settings)
        self.network = InstagramWebNetwork(config)

    def collector(self, kind: str = "media", opd: str = "dpupr") -> Any:
        return self.network.collector(spec_of(self.network, opd, kind), PKS)

    def turn(self, kind: str = "media", cursor: Cursor | None = None) -> list[Any]:
        return turn(self.collector(kind), cursor)


@contextmanager
def house(folder: Path, **settings: Any) -> Iterator[House]:
    made = House(folder, **settings)
    with instagram(made.fake.respond) as made.url:
        made.restart()
        yield made
        made.network.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


def failing(home: House, reply: Reply, *names: str) -> None:
    """Let Instagram answer requests of these names (all, when none is given) like this."""
    home.fake.fail = lambda ask: reply if not names or ask.name in names else None


def refused(home: House, kind: str = "media", cursor: Cursor | None = None) -> CollectorError:
    with pytest.raises(CollectorError) as caught:
        home.turn(kind, cursor)
    return caught.value


# --- what leaves the machine --------------------------------------------------------------------


def test_a_whole_round_asks_two_hosts_for_data_only_and_leaves_no_trace(
    home: House, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    post = home.fake.post(DPUPR, "Own1", HOUR)
    for number in range(14):
        home.fake.comment(post, f"komentar {number}", HOUR)
    home.fake.tag(DPUPR, "Tag1", HOUR)
    asked = home.fake.asked
    home.network.resolve({})
    home.turn("media")
    home.turn("tagged")
    assert {ask.host for ask in asked} == {"www.instagram.com", "i.instagram.com"}
    posts = {(ask.path, ask.form["doc_id"]) for ask in asked if ask.method == "POST"}
    assert posts == {
        ("/graphql/query", "27937681195819736"),
        ("/api/graphql", "29104886249145907"),
    }
    paths = {ask.path for ask in asked if ask.method == "GET"}
    own = {f"/{DPUPR}/", f"/{DLH}/", "/", "/graphql/query"}
    assert paths == own | {f"/api/v1/media/{post.pk}/comments/"}
    assert list(empty.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_the_public_page_is_read_as_a_visitor_and_the_rest_with_the_session(home: House) -> None:
    home.fake.post(DPUPR, "Own1", HOUR)
    asked = home.fake.asked
    home.network.resolve({})
    home.turn("media")
    for ask in asked:
        with_session = "CANARY" in ask.headers.get("cookie", "")
        assert with_session == (ask.name != "page"), ask.name
    query = next(ask for ask in asked if ask.name == "profile")
    assert query.headers["x-csrftoken"] == CSRF


def test_outside_a_call_the_library_reaches_nothing(home: House) -> None:
    home.turn("tagged")
    session = instaloadercontext.requests.Session()
    with pytest.raises(requests.RequestException, match="No connection adapters"):
        session.get(home.url)
    assert instaloadercontext.requests.Session is not requests.Session
    assert requests.Session().adapters


def test_a_query_that_is_not_on_the_list_never_leaves(home: House) -> None:
    client = home.collector()._client
    with pytest.raises(UnexpectedResponse) as caught:
        client._call("s", lambda: client._context.doc_id_graphql_query("1", {}))
    assert (caught.value.code, caught.value.detail) == (
        "library_outdated",
        "form is not on the list",
    )
    assert home.fake.asked == []


def test_two_installs_in_one_process_do_not_mix(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with house(tmp_path / "a") as one, house(tmp_path / "b") as other:
        one.fake.tag(DPUPR, "One", HOUR, text="satu")
        other.fake.tag(DPUPR, "Two", HOUR, text="dua")
        found: dict[str, list[str]] = {}

        def read(name: str, home: House) -> None:
            for _ in range(5):
                found.setdefault(name, []).extend(texts(home.turn("tagged")))

        threads = [
            threading.Thread(target=read, args=("one", one)),
            threading.Thread(target=read, args=("other", other)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert found == {"one": ["satu"] * 5, "other": ["dua"] * 5}


def test_the_library_keeps_no_list_of_errors(home: House) -> None:
    home.fake.fail = lambda ask: Reply(200, {"data": None}) if ask.name == "tagged" else None
    refused(home, "tagged")
    assert home.collector()._client._context.error_log == []


# --- what is read -------------------------------------------------------------------------------


def test_tagged_posts_become_tags_that_address_every_account_they_name(home: House) -> None:
    home.fake.tag(DPUPR, "Tag1", HOUR, text=f"rusak @{DPUPR} dan @{DLH}, hubungi a@{DLH}")
    tagged = {"edge_media_to_tagged_user": {"edges": [{"node": {"user": {"username": DLH}}}]}}
    home.fake.tag(DPUPR, "Tag2", MINUTE, text=None, extra=tagged)
    second, first = home.turn("tagged")[0].mentions
    assert (first.network, first.network_id, first.kind) == ("instagram", "Tag1", "tag")
    assert first.addressed == ("dpupr", "dlh")
    assert first.posted_at == NOW - HOUR
    assert (first.author_id, first.author_handle, first.author_opd) == ("777", "warga.satu", None)
    assert first.permalink == "https://www.instagram.com/p/Tag1/"
    assert (first.thread_id, first.parent_id) == ("Tag1", None)
    assert (second.text, second.has_media, second.addressed) == ("", True, ("dpupr", "dlh"))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"edge_media_preview_like": {"count": 12}}, Engagement(likes=12, comments=0)),
        ({"like_count": 12}, Engagement(likes=12, comments=0)),
        ({"edge_media_preview_like": {"count": -1}}, Engagement(comments=0)),  # hidden
        ({"like_count": "banyak"}, Engagement(comments=0)),
    ],
)
def test_reactions_come_with_a_post_and_hidden_ones_are_unknown(
    home: House, said: dict[str, Any], meant: Engagement
) -> None:
    home.fake.tag(DPUPR, "Tag1", HOUR, extra=said)
    [mention] = home.turn("tagged")[0].mentions
    assert mention.engagement == meant


def test_own_posts_are_context_with_comments_and_replies_under_them(home: House) -> None:
    post = home.fake.post(DPUPR, "Own1", HOUR, text="Perbaikan jalan")
    comment = home.fake.comment(post, f"kapan? @{DLH}", HOUR)
    home.fake.reply(comment, "besok", MINUTE, author=DPUPR)
    home.fake.reply(comment, "terima kasih", MINUTE)
    found = {m.network_id: m for page in home.turn() for m in page.mentions}
    own, said = found["Own1"], found[comment["id"]]
    assert (own.kind, own.author_opd, own.author_id) == ("post", "dpupr", PKS[DPUPR])
    assert (said.kind, said.parent_id, said.thread_id) == ("comment", "Own1", "Own1")
    assert said.addressed == ("dpupr", "dlh")
    answer, thanks = (found[reply["id"]] for reply in comment["replies"])
    assert (answer.kind, answer.parent_id, answer.author_opd) == ("reply", comment["id"], "dpupr")
    assert (thanks.kind, thanks.thread_id, thanks.author_opd) == ("reply", "Own1", None)


def test_a_comment_has_the_same_id_by_either_route(home: House) -> None:
    post = home.fake.post(DPUPR, "Own1", HOUR)
    home.fake.comment(post, "pertama", HOUR)
    pages = home.turn()
    few = {m.network_id: m.revision for page in pages for m in page.mentions}
    for number in range(12):
        home.fake.comment(post, f"susulan {number}", MINUTE)
    home.fake.asked.clear()
    many = [m for page in home.turn(cursor=pages[-1].next_cursor) for m in page.mentions]
    assert "app-comments" in home.fake.names()
    assert few.items() <= {m.network_id: m.revision for m in many}.items()
    assert len(many) == 14


def test_comments_are_read_again_only_when_their_number_changed(home: House) -> None:
    quiet, busy = home.fake.post(DPUPR, "Own1", HOUR), home.fake.post(DPUPR, "Own2", HOUR)
    home.fake.comment(quiet, "lama", HOUR)
    home.fake.comment(busy, "lama juga", HOUR)
    home.fake.post(DPUPR, "Own3", HOUR)
    cursor = home.turn()[-1].next_cursor
    home.fake.names()
    cursor = home.turn(cursor=cursor)[-1].next_cursor
    assert home.fake.names() == ["profile", "posts"]
    home.fake.comment(busy, "baru", MINUTE)
    pages = home.turn(cursor=cursor)
    assert home.fake.names() == ["profile", "posts", "comments"]
    assert "baru" in texts(pages)
    home.turn(cursor=pages[-1].next_cursor)
    assert home.fake.names() == ["profile", "posts"]


def test_a_long_thread_is_asked_for_again_only_when_it_grew(home: House) -> None:
    post = home.fake.post(DPUPR, "Own1", HOUR)
    comment = home.fake.comment(post, "panjang", HOUR)
    for number in range(3):
        home.fake.reply(comment, f"balasan {number}", HOUR)
    cursor = home.turn()[-1].next_cursor
    home.fake.comment(post, "lain", MINUTE)
    home.fake.names()
    cursor = home.turn(cursor=cursor)[-1].next_cursor
    assert home.fake.names() == ["profile", "posts", "comments"]
    home.fake.reply(comment, "balasan baru", MINUTE)
    pages = home.turn(cursor=cursor)
    assert home.fake.names() == ["profile", "posts", "comments", "replies"]
    assert "balasan baru" in texts(pages)


def test_a_sweep_finds_an_edit_and_what_replaced_a_deleted_comment(home: House) -> None:
    post = home.fake.post(DPUPR, "Own1", HOUR)
    comment = home.fake.comment(post, "salah ketik", HOUR)
    cursor = home.turn()[-1].next_cursor
    comment["text"] = "sudah betul"
    home.clock.move(3 * HOUR)
    pages = home.turn(cursor=cursor)
    assert "sudah betul" not in texts(pages)
    home.clock.move(24 * HOUR)
    assert "sudah betul" in texts(home.turn(cursor=pages[-1].next_cursor))


def test_a_post_whose_number_of_comments_is_unknown_is_always_read(home: House) -> None:
    post = home.fake.post(DPUPR, "Own1", HOUR, count=None)
    home.fake.comment(post, "terbaca", HOUR)
    pages = home.turn()
    home.fake.names()
    again = home.turn(cursor=pages[-1].next_cursor)
    assert "app-comments" in home.fake.names()
    assert texts(pages)[1:] == texts(again)[1:] == ["terbaca"]


def test_threads_longer_than_a_page_are_read_by_the_web_route(home: House) -> None:
    post = home.fake.post(DPUPR, "Own1", HOUR, count=5)
    comment = home.fake.comment(post, "induk", HOUR)
    for number in range(30):
        home.fake.reply(comment, f"balasan {number}", HOUR)
    pages = home.turn()
    assert home.fake.names().count("replies") == 3
    assert {f"balasan {number}" for number in range(30)} <= set(texts(pages))
    assert all(not page.notices for page in pages)


def test_replies_beyond_what_the_app_route_gives_are_said(home: House) -> None:
    post = home.fake.post(DPUPR, "Own1", HOUR)
    comment = home.fake.comment(post, "induk", HOUR)
    for number in range(20):
        home.fake.reply(comment, f"balasan {number}", HOUR)
    pages = home.turn()
    assert "app-replies" in home.fake.names()
    assert [page.notices for page in pages][-1] == ("replies_beyond",)


def test_what_is_older_than_the_beginning_is_no_item_but_own_posts_are_context(home: House) -> None:
    post = home.fake.post(DPUPR, "Own1", 5 * DAY, text="Pengumuman")
    home.fake.comment(post, "sebelum dipasang", 3 * DAY)
    home.fake.comment(post, "sesudah", HOUR)
    home.fake.tag(DPUPR, "Tag1", 3 * DAY, text="lama")
    assert texts(home.turn("media")) == ["Pengumuman", "sesudah"]
    assert texts(home.turn("tagged")) == []


def test_pinned_posts_do_not_end_the_list(home: House) -> None:
    for number in range(14):
        home.fake.tag(DPUPR, f"New{number}", HOUR, text=f"baru {number}")
    for number in range(3):
        home.fake.tag(DPUPR, f"Pin{number}", 30 * DAY, text="lama")
    assert len(texts(home.turn("tagged"))) == 14


def test_a_list_ends_after_several_old_posts(home: House) -> None:
    for number in range(50):
        home.fake.tag(DPUPR, f"Old{number}", 30 * DAY)
    home.fake.tag(DPUPR, "New", HOUR)
    home.turn("tagged")
    assert home.fake.names().count("tagged") == 1


def test_a_tag_shown_late_is_found_by_the_sweep(home: House) -> None:
    cursor = home.turn("tagged")[-1].next_cursor
    home.clock.move(6 * HOUR)
    home.fake.tag(DPUPR, "Late", 5 * HOUR, text="terlambat")
    late = home.fake.tagged[DPUPR].pop()
    cursor = home.turn("tagged", cursor)[-1].next_cursor
    home.fake.tagged[DPUPR].append(late)
    home.clock.move(3 * HOUR)
    pages = home.turn("tagged", cursor)
    assert texts(pages) == ["terlambat"]  # the page holds it, wanted or not
    home.clock.move(12 * HOUR)
    assert texts(home.turn("tagged", pages[-1].next_cursor)) == ["terlambat"]


def test_a_colleagues_post_on_the_own_timeline_is_a_tag(home: House) -> None:
    home.fake.own[DPUPR].append(home.fake.tag(DPUPR, "Collab", HOUR, author="warga.satu"))
    nameless = home.fake.post(DPUPR, "Nameless", HOUR, extra={"user": None})
    found = {m.network_id: m for m in home.turn()[0].mentions}
    assert (found["Collab"].kind, found["Collab"].author_opd) == ("tag", None)
    assert nameless.author == DPUPR
    assert (found["Nameless"].kind, found["Nameless"].author_opd) == ("post", "dpupr")


# --- odd items ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "value", "error"),
    [
        ("shortcode", None, "no shortcode"),
        ("shortcode", "../x", "no shortcode"),
        ("taken_at_timestamp", None, "no time"),
        ("taken_at_timestamp", "kemarin", "no time"),
        ("taken_at_timestamp", True, "no time"),
        ("taken_at_timestamp", 1e300, "time out of range"),
    ],
)
def test_an_odd_post_is_set_aside_and_the_others_are_kept(
    home: House, part: str, value: object, error: str
) -> None:
    home.fake.tag(DPUPR, "Good", HOUR)
    home.fake.tag(DPUPR, "Odd", HOUR, extra={part: value})
    (page,) = home.turn("tagged")
    assert [m.network_id for m in page.mentions] == ["Good"]
    assert [one.error for one in page.rejected] == [error]


@pytest.mark.parametrize(
    "extra",
    [
        {"owner": None},
        {"owner": {"id": None, "username": 7}},
        {"edge_media_to_caption": None},
        {"edge_media_to_caption": {"edges": [None, {"node": None}]}},
        {"edge_media_to_comment": {"count": -1}},
        {"edge_media_to_tagged_user": {"edges": [{"node": {"user": None}}, 5]}},
        {"usertags": {"in": [{"user": {"username": None}}]}},
    ],
)
def test_a_post_with_missing_parts_is_kept(home: House, extra: dict[str, Any]) -> None:
    home.fake.tag(DPUPR, "Odd", HOUR, extra=extra)
    (page,) = home.turn("tagged")
    assert [m.network_id for m in page.mentions] == ["Odd"]


@pytest.mark.parametrize("text", [None, 7, "", "\ud83d\x00 emoji 🙏"])
def test_a_comment_without_a_usable_text_is_kept(home: House, text: object) -> None:
    post = home.fake.post(DPUPR, "Own1", HOUR)
    home.fake.comment(post, text, HOUR)
    comment = home.turn()[-1].mentions[-1]
    assert comment.kind == "comment"
    assert "\x00" not in comment.text


def test_an_odd_comment_costs_itself_only(home: House) -> None:
    post = home.fake.post(DPUPR, "Own1", HOUR)
    for number in range(15):
        home.fake.comment(post, f"k{number}", HOUR)
    post.comments[3]["at"] = None
    post.comments[5]["author"] = "tanpa nama!"
    pages = home.turn()
    assert sum(len(page.rejected) for page in pages) == 1
    assert len(texts(pages)) == 1 + 14


def test_a_next_page_without_a_way_to_it_keeps_the_comments_and_marks_the_post(
    home: House,
) -> None:
    post = home.fake.post(DPUPR, "Own1", HOUR)
    home.fake.comment(post, "ada", HOUR)

    def broken(ask: Ask) -> Reply | None:
        if ask.name != "comments":
            return None
        reply = home.fake._comments(ask)
        edge = reply.body["data"]["shortcode_media"]["edge_media_to_parent_comment"]  # type: ignore[index]
        edge["page_info"] = {"has_next_page": True, "end_cursor": None}
        return reply

    home.fake.fail = broken
    pages = home.turn()
    assert texts(pages)[-1] == "ada"
    assert pages[-1].notices == ("comments_incomplete",)
    home.fake.fail = lambda ask: None
    home.fake.names()
    home.turn(cursor=pages[-1].next_cursor)
    assert "comments" in home.fake.names()


# --- resuming -----------------------------------------------------------------------------------


def test_a_kill_after_any_page_loses_nothing_and_asks_nothing_twice(home: House) -> None:
    for number in range(30):
        post = home.fake.post(DPUPR, f"Own{number}", HOUR, text=f"post {number}")
        comment = home.fake.comment(post, f"komentar {number}", HOUR)
        if number % 10 == 0:
            for reply in range(3):
                home.fake.reply(comment, f"balasan {number} {reply}", HOUR)
    straight = turn(home.collector(), None)
    while straight[-1].notices == ("page_cap",):
        straight += home.turn(cursor=straight[-1].next_cursor)
    asked = Counter(home.fake.names())
    cursor: Cursor | None = None
    found: list[str] = []
    more = True
    while more:
        home.restart()
        page = home.collector().fetch(cursor, allowance=None)
        found += texts([page])
        cursor, more = page.next_cursor, page.more or "page_cap" in page.notices
        assert len(page.next_cursor) < 10_000
    assert found == texts(straight)
    again = Counter(home.fake.names())
    data = ("posts", "comments", "replies")
    assert {name: again[name] for name in data} == {name: asked[name] for name in data}


def test_a_list_goes_on_at_its_page_without_asking_for_the_profile_again(home: House) -> None:
    for number in range(30):
        home.fake.tag(DPUPR, f"Tag{number}", HOUR, text=f"t{number}")
        home.fake.post(DPUPR, f"Own{number}", HOUR, text=f"p{number}")
    assert len(set(texts(home.turn("tagged")))) == 30
    assert home.fake.names() == ["profile", "tagged", "tagged", "tagged"]
    assert len(set(texts(home.turn("media")))) == 30
    assert home.fake.names() == ["profile", "start", "posts", "posts", "posts"]


@pytest.mark.fault(36)
def test_a_turn_ends_at_the_page_cap_and_goes_on_in_the_next(tmp_path: Path) -> None:
    with house(tmp_path, page_cap=2) as home:
        for number in range(40):
            home.fake.tag(DPUPR, f"Tag{number}", HOUR, text=f"t{number}")
        pages = home.turn("tagged")
        assert [page.notices for page in pages] == [(), ("page_cap",)]
        rest = home.turn("tagged", pages[-1].next_cursor)
        assert len(set(texts(pages + rest))) == 40


@pytest.mark.fault(35)
def test_a_token_that_is_no_longer_understood_begins_the_list_anew_once(home: House) -> None:
    for number in range(20):
        home.fake.tag(DPUPR, f"Tag{number}", HOUR, text=f"t{number}")
    first = home.collector("tagged").fetch(None, allowance=None)

    def stale(ask: Ask) -> Reply | None:
        return Reply(400, {"message": "bad"}) if ask.variables.get("after") else None

    home.fake.fail = stale
    again = home.collector("tagged").fetch(first.next_cursor, allowance=None)
    assert texts([again]) == texts([first])
    error = refused(home, "tagged", again.next_cursor)
    assert error.code == "library_outdated"


@pytest.mark.fault(36)
def test_a_list_in_circles_ends_and_the_watermark_stays(home: House) -> None:
    for number in range(12):
        home.fake.tag(DPUPR, f"Tag{number}", HOUR)

    def circle(ask: Ask) -> Reply | None:
        if ask.name != "tagged":
            return None
        reply = home.fake._tagged(ask)
        info = {"has_next_page": True, "end_cursor": "at0"}
        reply.body["data"]["user"]["edge_user_to_photos_of_you"]["page_info"] = info  # type: ignore[index]
        return reply

    home.fake.fail = circle
    pages = home.turn("tagged")
    assert pages[-1].notices == ("paging_loop",)
    assert json.loads(pages[-1].next_cursor)["checked"] is None


def test_a_list_without_page_info_keeps_the_posts_and_moves_nothing(home: House) -> None:
    home.fake.tag(DPUPR, "Tag1", HOUR)

    def bare(ask: Ask) -> Reply | None:
        if ask.name != "tagged":
            return None
        reply = home.fake._tagged(ask)
        del reply.body["data"]["user"]["edge_user_to_photos_of_you"]["page_info"]  # type: ignore[attr-defined]
        return reply

    home.fake.fail = bare
    (page,) = home.turn("tagged")
    assert (len(page.mentions), page.notices) == (1, ("library_error",))
    assert json.loads(page.next_cursor)["checked"] is None


def test_more_posts_than_a_poll_lists_leave_a_gap(home: House, monkeypatch: Any) -> None:
    monkeypatch.setattr("collectors.instagram_web_cursor.DEEPEST", 2)
    for number in range(60):
        home.fake.tag(DPUPR, f"Tag{number}", (60 - number) * MINUTE, text=f"t{number}")
    pages = home.turn("tagged")
    gap = pages[-1].gap
    assert gap is not None
    assert gap.reason == "instagram_depth"
    assert (gap.start, gap.end) == (NOW - 2 * DAY, NOW - 24 * MINUTE)


@pytest.mark.parametrize("kind", ["media", "tagged"])
def test_a_long_rest_leaves_a_gap_and_reads_what_is_still_there(home: House, kind: str) -> None:
    post = home.fake.post(DPUPR, "Own1", 13 * DAY)
    cursor = home.turn(kind)[-1].next_cursor
    began = home.clock.now()
    home.clock.move(3 * DAY)
    home.fake.comment(post, "selama istirahat", 2 * DAY)
    home.fake.tag(DPUPR, "Tag1", 2 * DAY, text="selama istirahat")
    pages = home.turn(kind, cursor)
    gap = pages[0].gap
    assert gap is not None
    assert (gap.start, gap.end, gap.reason) == (began, home.clock.now(), "instagram_rest")
    assert "selama istirahat" in texts(pages)
    assert all(page.gap is None for page in pages[1:])
    home.clock.move(3 * HOUR)
    assert all(page.gap is None for page in home.turn(kind, pages[-1].next_cursor))


@pytest.mark.parametrize("cursor", ["", "{}", "[]", '{"version":9}', '{"version":1,"known":3}'])
def test_an_unreadable_cursor_begins_anew(home: House, cursor: str) -> None:
    home.fake.tag(DPUPR, "Tag1", HOUR)
    assert len(home.turn("tagged", Cursor(cursor))[0].mentions) == 1


# --- refusals -----------------------------------------------------------------------------------

LOGIN = {"Location": "https://www.instagram.com/accounts/login/?next=/graphql/query"}
WAIT = {
    "message": "Please wait a few minutes before you try again.",
    "require_login": True,
    "status": "fail",
}
NET = "instagram_web"
SRC = "instagram_web:dpupr:media"


@pytest.mark.parametrize(
    ("reply", "kind", "code", "scope"),
    [
        (Reply(401, WAIT), RateLimited, "instagram_wait", NET),
        (Reply(403, b"<html>"), RateLimited, "instagram_wait", NET),
        (Reply(200, WAIT), RateLimited, "instagram_wait", NET),
        (Reply(429, {"message": "slow"}), RateLimited, "instagram_limit", NET),
        (Reply(429, b"", {"Retry-After": "7200"}), RateLimited, "instagram_limit", NET),
        (
            Reply(400, {"message": "checkpoint_required", "checkpoint_url": "https://x/CANARY"}),
            NotAuthorised,
            "instagram_checkpoint",
            NET,
        ),
        (Reply(400, {"message": "challenge_required"}), NotAuthorised, "instagram_checkpoint", NET),
        (Reply(400, {"message": "feedback_required"}), NotAuthorised, "instagram_feedback", NET),
        (Reply(403, {"message": "login_required"}), NotAuthorised, "instagram_session", NET),
        (Reply(302, b"", LOGIN), NotAuthorised, "instagram_session", NET),
        (
            Reply(302, b"", {"Location": "/challenge/action/CANARY"}),
            NotAuthorised,
            "instagram_checkpoint",
            NET,
        ),
        (Reply(302, b"", {"Location": "https://evil.example/accounts/login"}), Unavailable,
         "host_refused", SRC),
        (Reply(400, {"message": "execution error"}), UnexpectedResponse, "library_outdated", SRC),
        (Reply(404, b"gone"), UnexpectedResponse, "library_outdated", SRC),
        (Reply(200, {"data": None, "status": "ok"}), UnexpectedResponse, "library_outdated", SRC),
        (Reply(500, b"<html>"), Unavailable, "network_error", SRC),
        (Reply(503, WAIT), Unavailable, "network_error", SRC),
        (Reply(200, b"<html>maintenance"), Unavailable, "not_json", SRC),
        (Reply(200, b"[1, 2]"), UnexpectedResponse, "library_outdated", SRC),
        (Reply(wire=lambda sock: None), Unavailable, "network_unreachable", SRC),
    ],
)  # fmt: skip
def test_a_refused_query_says_what_it_means_and_moves_nothing(
    home: House, reply: Reply, kind: type, code: str, scope: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    home.turn("media")
    failing(home, reply, "posts")
    home.fake.names()
    error = refused(home)
    assert isinstance(error, kind)
    assert (error.code, error.scope) == (code, scope)
    assert home.fake.names().count("posts") == 1
    shown = "".join(traceback.format_exception(error)) + repr(vars(error)) + caplog.text
    assert not looks_secret(shown)
    assert error.__context__ is None or error.__suppress_context__


@pytest.mark.fault(22)
def test_the_longer_of_our_rest_and_the_servers_counts(home: House) -> None:
    failing(home, Reply(429, b"", {"Retry-After": "7200"}))
    error = refused(home)
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + 2 * HOUR
    failing(home, Reply(429, b"", {"Retry-After": "5"}))
    again = refused(home)
    assert isinstance(again, RateLimited)
    assert again.retry_at is None


def test_a_port_where_nobody_listens_is_trouble_of_the_network(tmp_path: Path) -> None:
    home = House(tmp_path)
    home.url = "http://127.0.0.1:9"
    home.restart()
    error = refused(home)
    assert (type(error), error.code) == (Unavailable, "network_unreachable")
    home.network.close()


@pytest.mark.parametrize(
    ("page", "code"),
    [(VISITORS_PAGE, "instagram_session"), ("<html>new page</html>", "library_outdated")],
)
def test_a_start_page_without_tokens_tells_a_dead_session_from_a_new_site(
    home: House, page: str, code: str
) -> None:
    failing(home, Reply(200, page.encode()), "start")
    assert refused(home).code == code


def test_the_start_pages_tokens_are_got_anew_after_hours_and_after_a_failure(home: House) -> None:
    cursor = home.turn()[-1].next_cursor
    home.turn(cursor=cursor)
    assert home.fake.names().count("start") == 1
    home.clock.move(7 * HOUR)
    home.turn(cursor=cursor)
    assert home.fake.names().count("start") == 1
    failing(home, Reply(400, {}), "posts")
    refused(home)
    home.fake.fail = lambda ask: None
    home.turn(cursor=cursor)
    assert home.fake.names().count("start") == 1
    assert "lsd-token" in START_PAGE


def test_the_librarys_own_count_of_requests_makes_us_rest_instead_of_sleeping(home: House) -> None:
    collector = home.collector("tagged")
    caught: list[CollectorError] = []
    while not caught:
        read_until_cut(collector, caught)
        assert len(home.fake.asked) < 400
    error = caught[0]
    assert isinstance(error, RateLimited)
    assert (error.code, error.scope) == ("instagram_limit", NET)
    assert error.retry_at is not None
    assert error.retry_at - NOW >= timedelta(minutes=11)
    asked = len(home.fake.asked)
    refused(home, "tagged")
    assert len(home.fake.asked) == asked
    home.clock.move(12 * MINUTE)
    home.turn("tagged")


def test_a_private_account_is_for_a_person(home: House) -> None:
    home.fake.private.add(DPUPR)
    error = refused(home)
    assert (type(error), error.code, error.scope) == (NotAuthorised, "instagram_private", SRC)


# --- profiles that are not shown ----------------------------------------------------------------


def unseen(home: House, *names: str) -> None:
    gone = Reply(200, {"data": {"user": None}, "status": "ok"})
    wanted = {PKS[name] for name in names}

    def answer(ask: Ask) -> Reply | None:
        return gone if ask.name == "profile" and ask.variables["id"] in wanted else None

    home.fake.fail = answer


def test_a_profile_that_is_not_shown_is_believed_gone_after_three_polls_over_a_day(
    home: House,
) -> None:
    unseen(home, DPUPR)
    cursor = home.turn()[-1].next_cursor
    turn(home.collector("media", "dlh"))
    for _ in range(7):
        home.clock.move(3 * HOUR)
        (page,) = home.turn(cursor=cursor)
        assert (page.notices, page.mentions) == (("profile_unseen",), ())
        cursor = page.next_cursor
    home.clock.move(3 * HOUR)
    error = refused(home, cursor=cursor)
    assert (error.code, error.scope) == ("instagram_account_gone", SRC)
    home.fake.fail = lambda ask: None
    assert json.loads(home.turn(cursor=cursor)[-1].next_cursor)["misses"] == 0


def test_when_no_profile_is_shown_the_library_is_outdated(home: House) -> None:
    unseen(home, DPUPR, DLH)
    home.turn()
    with pytest.raises(UnexpectedResponse) as caught:
        turn(home.collector("media", "dlh"))
    assert (caught.value.code, caught.value.scope) == ("library_outdated", NET)


def test_a_missing_profile_of_an_only_account_is_for_a_person_too(tmp_path: Path) -> None:
    with house(tmp_path, accounts={"dpupr": DPUPR}) as home:
        unseen(home, DPUPR)
        cursor = None
        for _ in range(2):
            cursor = home.turn(cursor=cursor)[-1].next_cursor
            home.clock.move(13 * HOUR)
        assert refused(home, cursor=cursor).code == "instagram_account_gone"


def test_one_odd_account_pauses_itself_and_a_second_one_the_network(home: House) -> None:
    failing(home, Reply(200, {"data": {"user": None}}), "tagged")
    assert refused(home, "tagged").scope == "instagram_web:dpupr:tagged"
    with pytest.raises(UnexpectedResponse) as caught:
        turn(home.collector("tagged", "dlh"))
    assert caught.value.scope == NET


def test_trouble_of_the_only_account_pauses_the_network(tmp_path: Path) -> None:
    with house(tmp_path, accounts={"dpupr": DPUPR}) as home:
        failing(home, Reply(400, {}), "tagged")
        assert refused(home, "tagged").scope == NET


# --- comments that cannot be read ---------------------------------------------------------------


def posts_with_comments(home: House, count: int) -> None:
    for number in range(count):
        post = home.fake.post(DPUPR, f"Own{number}", HOUR)
        home.fake.comment(post, f"komentar {number}", HOUR)


def broken(*codes: str) -> Callable[[Ask], Reply | None]:
    def answer(ask: Ask) -> Reply | None:
        odd = ask.name == "comments" and ask.variables["shortcode"] in codes
        return Reply(200, {"data": {"shortcode_media": None}, "status": "ok"}) if odd else None

    return answer


def test_comments_that_break_midway_keep_what_came_and_are_read_again(home: House) -> None:
    posts_with_comments(home, 3)
    home.fake.fail = broken("Own1")
    pages = home.turn()
    assert {"komentar 0", "komentar 2"} <= set(texts(pages))
    assert [page.notices for page in pages].count(("comments_incomplete",)) == 1
    home.fake.fail = lambda ask: None
    home.fake.names()
    again = home.turn(cursor=pages[-1].next_cursor)
    assert texts(again)[-1] == "komentar 1"
    assert home.fake.names().count("comments") == 1


def test_a_second_page_of_comments_that_breaks_keeps_the_first(home: House) -> None:
    post = home.fake.post(DPUPR, "Own1", HOUR)
    for number in range(30):
        home.fake.comment(post, f"k{number}", HOUR)
    home.fake.fail = lambda ask: Reply(200, {"status": "ok"}) if "min_id" in ask.query else None
    pages = home.turn()
    assert len(texts(pages)) == 13
    assert pages[-1].notices == ("comments_incomplete",)
    home.fake.fail = lambda ask: None
    assert len(set(texts(home.turn(cursor=pages[-1].next_cursor)))) == 31


@pytest.mark.parametrize("reply", [Reply(404, b""), Reply(200, {"status": "ok"})])
def test_a_thread_that_cannot_be_read_costs_itself_only(home: House, reply: Reply) -> None:
    post = home.fake.post(DPUPR, "Own1", HOUR)
    for number in range(20):
        comment = home.fake.comment(post, f"k{number}", HOUR)
    for number in range(3):
        home.fake.reply(comment, f"balasan {number}", HOUR)
    failing(home, reply, "app-replies")
    pages = home.turn()
    assert {f"k{number}" for number in range(20)} <= set(texts(pages))
    assert ("comments_incomplete",) in [page.notices for page in pages]
    home.fake.fail = lambda ask: None
    home.clock.move(25 * HOUR)
    assert "balasan 2" in texts(home.turn(cursor=pages[-1].next_cursor))


def test_three_posts_in_a_row_without_comments_mean_that_the_library_is_outdated(
    home: House,
) -> None:
    posts_with_comments(home, 4)
    home.fake.fail = broken("Own0", "Own1", "Own2", "Own3")
    collector = home.collector()
    cursor = collector.fetch(None, allowance=None).next_cursor
    for _ in range(2):
        cursor = collector.fetch(cursor, allowance=None).next_cursor
    with pytest.raises(UnexpectedResponse) as caught:
        collector.fetch(cursor, allowance=None)
    assert caught.value.code == "library_outdated"


def test_a_post_deleted_meanwhile_is_dropped_without_a_word(home: House) -> None:
    post = home.fake.post(DPUPR, "Own1", HOUR)
    for number in range(14):
        home.fake.comment(post, f"k{number}", HOUR)
    collector = home.collector()
    page = collector.fetch(None, allowance=None)
    home.fake.own[DPUPR].clear()
    (rest,) = turn(collector, page.next_cursor)
    assert (rest.mentions, rest.notices, rest.more) == ((), (), False)


def test_a_circle_of_comments_ends(home: House) -> None:
    post = home.fake.post(DPUPR, "Own1", HOUR)
    for number in range(14):
        home.fake.comment(post, f"k{number}", HOUR)

    def circle(ask: Ask) -> Reply | None:
        if ask.name != "app-comments":
            return None
        reply = home.fake._app_comments(ask)
        reply.body["next_min_id"] = "0"  # type: ignore[index]
        return reply

    home.fake.fail = circle
    pages = home.turn()
    assert pages[-1].notices == ("comments_incomplete",)
    assert len(pages) < 5


def test_a_wait_in_the_middle_goes_on_where_it_was(home: House) -> None:
    posts_with_comments(home, 3)
    collector = home.collector()
    first = collector.fetch(None, allowance=None)
    second = collector.fetch(first.next_cursor, allowance=None)
    failing(home, Reply(401, WAIT))
    with pytest.raises(RateLimited):
        collector.fetch(second.next_cursor, allowance=None)
    home.fake.fail = lambda ask: None
    home.restart()
    home.fake.names()
    rest = home.turn(cursor=second.next_cursor)
    assert home.fake.names() == ["comments", "comments"]
    assert len(set(texts([first, second, *rest]))) == 4


# --- the network --------------------------------------------------------------------------------


def test_sources_exist_only_when_the_network_is_on(tmp_path: Path) -> None:
    config = make_config(tmp_path, "http://127.0.0.1:9", enabled=False, session=False)
    network = InstagramWebNetwork(config)
    assert network.sources() == []
    assert network.resolve({}) == {}
    on = InstagramWebNetwork(make_config(tmp_path, "http://127.0.0.1:9", session=False))
    assert [spec.id for spec in on.sources()] == [
        "instagram_web:dpupr:media",
        "instagram_web:dpupr:tagged",
        "instagram_web:dlh:media",
        "instagram_web:dlh:tagged",
    ]
    assert {spec.network for spec in on.sources()} == {"instagram_web"}


def test_without_a_session_nothing_is_asked(home: House) -> None:
    (home.folder / "instagram-session.json").unlink()
    for ask in (lambda: home.collector(), lambda: home.network.resolve({})):
        with pytest.raises(NotAuthorised) as caught:
            ask()
        assert (caught.value.code, caught.value.scope) == ("instagram_session_missing", NET)
    assert home.fake.asked == []


@pytest.mark.fault(34)
def test_a_new_session_file_is_taken_without_a_restart(home: House) -> None:
    home.turn("tagged")
    path = home.folder / "instagram-session.json"
    ends_at = NOW + 30 * DAY
    cookies = {"sessionid": "new", "csrftoken": "c", "ds_user_id": "1"}
    save_session(path, Session("lain", cookies, ends_at))
    home.fake.asked.clear()
    (page,) = home.turn("tagged")
    assert "sessionid=new" in home.fake.asked[0].headers["cookie"]
    assert page.token_ends_at == ends_at


def test_names_are_looked_up_once_and_a_failure_midway_forgets_nothing(home: House) -> None:
    home.fake.fail = lambda ask: Reply(500) if ask.path == f"/{DLH}/" else None
    # One look-up that fails stops no other; the name is asked for again.
    assert home.network.resolve({}) == {DPUPR: PKS[DPUPR]}
    home.fake.fail = lambda ask: None
    assert home.network.resolve({}) == PKS
    assert [ask.path for ask in home.fake.asked] == [f"/{DPUPR}/", f"/{DLH}/", f"/{DLH}/"]
    assert home.network.resolve(PKS) == {}


def test_a_name_that_is_not_shown_is_left_out_and_its_source_counts(tmp_path: Path) -> None:
    with house(tmp_path, accounts={"dpupr": "tidak.ada", "dlh": DLH}) as home:
        assert home.network.resolve({}) == {DLH: PKS[DLH]}
        spec = spec_of(home.network, "dpupr", "tagged")
        page = home.network.collector(spec, {}).fetch(None, allowance=None)
        assert page.notices == ("profile_unseen",)


def test_a_source_without_a_number_looks_it_up_itself_and_remembers(home: House) -> None:
    spec = spec_of(home.network, "dpupr", "tagged")
    collector = home.network.collector(spec, {})
    cursor = turn(collector)[-1].next_cursor
    assert home.fake.names() == ["page", "profile", "tagged"]
    turn(collector, cursor)
    assert home.fake.names() == ["profile", "tagged"]


def test_where_visitors_are_sent_to_the_login_page_the_session_searches(home: House) -> None:
    failing(home, Reply(302, b"", LOGIN), "page")
    assert home.network.resolve({}) == PKS
    assert home.fake.names() == ["page", "search", "page", "search"]


def test_when_the_session_is_sent_there_too_it_has_ended(home: House) -> None:
    failing(home, Reply(302, b"", LOGIN), "page", "search")
    with pytest.raises(NotAuthorised) as caught:
        home.network.resolve({})
    assert caught.value.code == "instagram_session"


def test_a_name_that_the_search_does_not_know_is_unseen(tmp_path: Path) -> None:
    with house(tmp_path, accounts={"dpupr": "tidak.ada"}) as home:
        failing(home, Reply(302, b"", LOGIN), "page")
        assert home.network.resolve({}) == {}


def hanging(started: threading.Event) -> Reply:
    def hang(sock: Any) -> None:
        started.set()
        sock.recv(1)

    return Reply(wire=hang)


def read_until_cut(collector: Any, caught: list[CollectorError]) -> None:
    try:
        collector.fetch(None, allowance=None)
    except CollectorError as error:
        caught.append(error)


@pytest.mark.parametrize("what", ["network", "collector"])
def test_closing_abandons_a_request_under_way(home: House, what: str) -> None:
    started = threading.Event()
    failing(home, hanging(started))
    collector = home.collector("tagged")
    caught: list[CollectorError] = []
    thread = threading.Thread(target=read_until_cut, args=(collector, caught))
    thread.start()
    assert started.wait(10)
    (home.network if what == "network" else collector).close()
    thread.join(10)
    assert not thread.is_alive()
    assert [error.code for error in caught] == ["network_unreachable"]
    with pytest.raises(Unavailable):
        collector.fetch(None, allowance=None)
    if what == "collector":  # the others go on
        home.fake.fail = lambda ask: None
        home.turn("tagged")


def test_after_closing_no_session_leaves(home: House) -> None:
    home.network.close()
    assert refused(home, "tagged").code == "network_unreachable"
    assert home.fake.asked == []


def test_one_session_reads_one_source_at_a_time(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instagram_web, "_TURN_SECONDS", 0.05)
    started = threading.Event()
    failing(home, hanging(started))
    slow = home.collector("tagged")
    caught: list[CollectorError] = []
    thread = threading.Thread(target=read_until_cut, args=(slow, caught))
    thread.start()
    assert started.wait(10)
    error = refused(home, "media")
    assert isinstance(error, RateLimited)
    assert (error.code, error.scope) == ("instagram_busy", SRC)
    assert error.retry_at == NOW + MINUTE
    slow.close()
    thread.join(10)
    assert len(caught) == 1


def test_requests_for_a_quiet_account_stay_few(home: House) -> None:
    posts_with_comments(home, 5)
    home.fake.tag(DPUPR, "Tag1", HOUR)
    cursors = {kind: home.turn(kind)[-1].next_cursor for kind in ("media", "tagged")}
    home.fake.names()
    for _ in range(8):  # a day of polls
        home.clock.move(3 * HOUR)
        for kind in cursors:
            cursors[kind] = home.turn(kind, cursors[kind])[-1].next_cursor
    assert len(home.fake.names()) <= 8 * 4 + 2 * 5 + 4


def test_an_account_read_by_the_official_route_counts_as_the_citys_own(home: House) -> None:
    path = home.folder / "tanggap.toml"
    text = path.read_text() + '\n[instagram.accounts]\ndpupr = "pu.resmi"\npdam = "pdam.resmi"\n'
    path.write_text(text)
    network = InstagramWebNetwork(replace(load_config(path), clock=home.clock))
    home.fake.tag(DPUPR, "Tag1", HOUR, text=f"@{DPUPR} @pdam.resmi", author="pu.resmi")
    collector = network.collector(spec_of(network, "dpupr", "tagged"), PKS)
    (one,) = collector.fetch(None, allowance=None).mentions
    assert (one.author_opd, one.kind, one.addressed) == ("dpupr", "post", ("dpupr", "pdam"))
    network.close()


def test_the_collector_needs_no_allowance(home: House) -> None:
    page = home.collector("tagged").fetch(None, allowance=0)
    assert replace(page, next_cursor=Cursor("")).mentions == ()
