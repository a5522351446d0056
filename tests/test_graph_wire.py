"""Graph JSON to Mention, headers to waits, refusals to errors: pure rules, odd data included."""

import json
import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from graph_support import SECRET, TOKEN, graph_house, poll, refusal
from hypothesis import given, settings
from hypothesis import strategies as st
from x_support import NOW, Reply

from collectors import facebook_wire, instagram_wire
from collectors.facebook import FacebookNetwork
from collectors.graph_appetite import Appetite
from collectors.graph_errors import Asker, error_of, failure
from collectors.graph_token import token_end
from collectors.graph_usage import regain_minutes, usage_of
from collectors.graph_wire import moment, named_in, next_place, node_id
from collectors.thread_state import Thread
from collectors.transport import Exchange
from collectors.wire import OddItem, OwnAccounts, count_of
from tanggap.errors import CollectorError, RateLimited, Unavailable
from tanggap.mention import Engagement
from tanggap.networks import MetaSettings
from tanggap.remedies import REMEDIES

OWN = OwnAccounts({"dpupr.sukamaju": "dpupr", "dlh.sukamaju": "dlh"}, {"1001": "dpupr", "2": "dlh"})
PAGE = facebook_wire.Watched("dpupr", "1001", OWN, tagged=False)
TAGGED = facebook_wire.Watched("dpupr", "1001", OWN, tagged=True)
ACCOUNT = instagram_wire.Watched("dpupr", "dpupr.sukamaju", "1001", OWN, tagged=False)
THREAD = Thread("1001_5", "1001_5", NOW)
ASKER = Asker("meta:facebook:dpupr:feed", "meta:facebook:dpupr")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = ("message", "caption", "text", "from", "username", "created_time", "timestamp")
MORE = ("parent", "parent_id", "permalink", "permalink_url", "message_tags", "to", "attachments")
REST = ("attachment", "comments", "comments_count", "replies", "updated_time", "shares")
SUMS = ("reactions", "like_count", "comment_count")
TIMES = st.sampled_from(["2026-11-20T01:00:00+0000", "2026-11-20T01:00:00", "x", 1795140184])
IDS = st.sampled_from(["1001_7", "77_7", "9007199254740993", 9007199254740993, "", None])
ITEMS = st.fixed_dictionaries(
    {"id": IDS | JSON}, optional=dict.fromkeys((*NAMES, *MORE, *REST, *SUMS), TIMES | JSON)
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ITEMS | JSON, max_size=4))
def test_any_item_becomes_a_mention_or_is_set_aside(items: list[Any]) -> None:
    pages = [
        facebook_wire.map_posts(items, PAGE, NOW),
        facebook_wire.map_comments(items, THREAD, PAGE, NOW),
        instagram_wire.map_media(items, ACCOUNT, NOW),
        instagram_wire.map_comments(items, THREAD, "", ACCOUNT, NOW),
    ]
    for page in pages:
        assert len(page.mentions) + len(page.rejected) >= len(items)
        for mention in page.mentions:
            assert mention.network_id
            assert mention.posted_at.tzinfo is UTC
            assert mention.addressed[0] == "dpupr"
            assert mention.revision.startswith("#")
            json.loads(mention.raw)
            assert mention.engagement is None or 0 <= mention.engagement.total <= 3 * 2**53
            f"{mention.text} {mention.author_handle} {mention.permalink}".encode()


CREATED = "2026-11-20T02:03:04+0000"


def summed(count: object) -> dict[str, Any]:
    return {"data": [], "summary": {"total_count": count}}


@pytest.mark.parametrize(
    ("more", "meant"),
    [
        ({"reactions": summed(7), "comments": summed(2), "shares": {"count": 3}}, (7, 2, 3)),
        ({"reactions": summed(0), "comments": summed(2)}, (0, 2, 0)),  # nobody shared it
        ({"comments": summed(2)}, (None, 2, None)),  # somebody else's post: the rest is withheld
        ({"reactions": summed(-1), "comments": summed(2), "shares": "3"}, (None, 2, None)),
        ({"reactions": summed("7"), "shares": {"count": 3}}, (None, None, 3)),
        ({"reactions": summed(7), "shares": {"count": None}}, (7, None, None)),
    ],
)
def test_reactions_comments_and_shares_of_a_post_come_with_it(
    more: dict[str, Any], meant: tuple[int | None, ...]
) -> None:
    post = facebook_wire.map_post({"id": "1001_7", "created_time": CREATED} | more, PAGE, NOW)
    assert post.engagement == Engagement(*meant)


def test_likes_come_with_comments_and_media() -> None:
    said = {"id": "1001_7", "created_time": CREATED, "timestamp": CREATED}
    comment = facebook_wire.map_comment
    told = comment(said | {"like_count": 2, "comment_count": 1}, THREAD, PAGE, NOW)
    assert told.engagement == Engagement(likes=2, comments=1)
    medium = instagram_wire.map_medium(said | {"like_count": 5, "comments_count": 0}, ACCOUNT, NOW)
    assert medium.engagement == Engagement(likes=5, comments=0)
    # Instagram leaves out the likes of others' media where the owner hides them.
    hidden = instagram_wire.map_medium(said | {"comments_count": 4}, ACCOUNT, NOW)
    assert hidden.engagement == Engagement(comments=4)
    remark = instagram_wire.map_comment
    assert remark(said | {"like_count": 3}, THREAD, "", ACCOUNT, NOW).engagement == Engagement(3)
    for mention in (comment(said, THREAD, PAGE, NOW), remark(said, THREAD, "", ACCOUNT, NOW)):
        assert mention.engagement is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-20T02:03:04+0000", datetime(2026, 11, 20, 2, 3, 4, tzinfo=UTC)),
        ("2026-11-20T09:03:04+07:00", datetime(2026, 11, 20, 2, 3, 4, tzinfo=UTC)),
        ("2026-11-20T02:03:04", datetime(2026, 11, 20, 2, 3, 4, tzinfo=UTC)),
        (1795140184, datetime(2026, 11, 20, 2, 3, 4, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_all_their_forms(said: object, meant: datetime) -> None:
    assert moment(said) == meant


@pytest.mark.parametrize("said", ["kemarin", None, True, [], 10**30, "0001-01-01T00:00:00+1400"])
def test_what_is_no_time_is_odd(said: object) -> None:
    with pytest.raises(OddItem):
        moment(said)


def test_ids_counts_and_names_are_taken_only_as_what_they_are() -> None:
    assert [node_id(v) for v in ("1_2", 7, True, "a", "1/2", 1.5)] == ["1_2", "7", "", "", "", ""]
    assert [count_of(v) for v in (3, 0, -1, None, True, "3", 1e3)] == [3, 0, *[None] * 5]
    assert [count_of(v) for v in (2**53, 2**53 + 1, 2**70)] == [2**53, None, None]
    text = "@DLH.sukamaju. @dlh.sukamaju_x a@dpupr.sukamaju (@dpupr.sukamaju)"
    assert list(named_in(text, OWN)) == ["dlh", "dpupr"]


def test_a_place_counts_only_while_there_is_a_next_page() -> None:
    assert next_place({"paging": {"cursors": {"after": "a"}}}, "s") == ""
    assert next_place({"paging": {"cursors": {"after": "a"}, "next": "x"}}, "s") == "a"
    for after in ("", None, 5, "x" * 3000):
        with pytest.raises(Unavailable):
            next_place({"paging": {"cursors": {"after": after}, "next": "x"}}, "s")


@pytest.mark.parametrize(
    "tags", [[{"id": "2", "name": "DLH"}], {"0": [{"id": 2}]}, [{"id": "9"}, {"id": "2"}, None]]
)
def test_tagged_accounts_are_addressed_in_both_forms_of_tags(tags: object) -> None:
    item = {"id": "1001_7", "created_time": "2026-11-20T02:03:04+0000", "message_tags": tags}
    assert facebook_wire.map_post(item, PAGE, NOW).addressed == ("dpupr", "dlh")
    plain = {"id": "1001_7", "created_time": "2026-11-20T02:03:04+0000", "to": {"data": tags}}
    expected = ("dpupr", "dlh") if isinstance(tags, list) else ("dpupr",)
    assert facebook_wire.map_post(plain, PAGE, NOW).addressed == expected


@pytest.mark.parametrize(
    ("given_url", "kept"),
    [
        ("https://www.facebook.com/a/posts/1?x=1", True),
        ("https://m.facebook.com/a", True),
        ("https://facebook.com.evil.example/a", False),
        ("http://www.facebook.com/a", False),
        ("https://www.facebook.com/a b", False),
        (None, False),
    ],
)
def test_only_addresses_of_facebook_are_kept(given_url: object, kept: bool) -> None:
    item = {"id": "1001_7", "created_time": "2026-11-20T02:03:04+0000", "permalink_url": given_url}
    found = facebook_wire.map_post(item, PAGE, NOW).permalink
    assert found == (given_url if kept else "https://www.facebook.com/1001_7")


@pytest.mark.parametrize(("kind", "media"), [("photo", True), ("share", False), (None, True)])
def test_an_attachment_is_media_unless_it_is_a_link(kind: str | None, media: bool) -> None:
    item = {"id": "5_7", "created_time": "2026-11-20T02:03:04+0000", "message": None}
    comment = facebook_wire.map_comment(item | {"attachment": {"type": kind}}, THREAD, PAGE, NOW)
    assert comment.has_media is media
    post = item | {"attachments": {"data": [{"type": kind}]}}
    assert facebook_wire.map_post(post, PAGE, NOW).has_media is media


# --- usage -------------------------------------------------------------------------------------


def headers(app: object = None, account: object = None) -> dict[str, str]:
    found = {}
    if app is not None:
        found["x-app-usage"] = json.dumps(app)
    if account is not None:
        found["x-business-use-case-usage"] = json.dumps(account)
    return found


@given(st.floats(0, 200), st.floats(0, 200))
def test_the_slowing_grows_with_the_use_and_the_pause_begins_where_it_was_set(
    app: float, account: float
) -> None:
    usage = usage_of(
        headers({"total_time": app}, {"7": [{"total_cputime": account}]}),
        "meta:facebook:dpupr",
        "meta",
        MetaSettings(),
        NOW,
    )
    most = max(app, account)
    assert 1.0 <= usage.stretch <= 4.0
    assert (usage.stretch == 1.0) == (most <= 75)
    assert (usage.wait is not None) == (most >= 95)
    if usage.wait:
        assert usage.wait.scope == ("meta" if app >= 95 else "meta:facebook:dpupr")
        assert usage.wait.code in REMEDIES
        assert usage.wait.until > NOW


@pytest.mark.parametrize(
    "odd",
    ["", "x", "[]", "null", '{"7":5}', '{"7":[3]}', '{"7":[{"call_count":"99"}]}', "[" * 9999],
)
@pytest.mark.fault(22)
def test_odd_usage_headers_say_nothing(odd: str) -> None:
    found = {"x-app-usage": odd, "x-business-use-case-usage": odd}
    usage = usage_of(found, "a", "b", MetaSettings(), NOW)
    assert (usage.wait, usage.stretch) == (None, 1.0)
    assert regain_minutes(found) == 0


def test_equal_thresholds_pause_without_a_slope() -> None:
    meta = MetaSettings(slow_percent=90, pause_percent=90)
    usage = usage_of(headers({"call_count": 90}), "a", "b", meta, NOW)
    assert usage.stretch == 4.0
    assert usage.wait


@pytest.mark.fault(22)
def test_a_wait_lasts_at_most_a_day() -> None:
    entry = {"estimated_time_to_regain_access": 99_999, "call_count": 100}
    assert regain_minutes(headers(account={"7": [entry]})) == 24 * 60
    entry["estimated_time_to_regain_access"] = True
    assert regain_minutes(headers(account={"7": [entry]})) == 0


# --- refusals ----------------------------------------------------------------------------------


@given(
    st.integers(200, 599),
    st.fixed_dictionaries({}, optional={"code": JSON, "error_subcode": JSON, "is_transient": JSON}),
    st.booleans(),
    st.booleans(),
)
def test_every_refusal_is_an_error_with_words_and_a_scope_of_the_source(
    status: int, error: dict[str, Any], post: bool, placed: bool
) -> None:
    exchange = Exchange(status, {}, json.dumps({"error": error}).encode())
    asker = Asker(ASKER.source, ASKER.account, page_token=post, post=post)
    found = failure(exchange, asker, NOW, placed=placed)
    assert isinstance(found, CollectorError)
    assert found.code in REMEDIES
    assert ASKER.source.startswith(found.scope)
    if isinstance(found, RateLimited):
        assert found.retry_at == NOW + timedelta(hours=1)


def test_words_decide_nothing() -> None:
    body = {"error": {"code": 4, "type": "x", "message": "Error validating access token"}}
    found = failure(Exchange(400, {}, json.dumps(body).encode()), ASKER, NOW, placed=False)
    assert found.code == "rate_limited"
    assert "token" not in found.detail
    assert error_of(b"[" * 99_999) is None
    assert error_of(b'{"error": {}}') is None


# --- what is learned ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ident", "to", "watched", "kind", "author", "opd", "closed"),
    [
        ("2_55", "1001", TAGGED, "post", "2", "dlh", True),
        ("2_55", "1001", PAGE, "post", "2", "dlh", True),
        ("2_55", "2", TAGGED, "tag", None, None, True),  # a citizen wrote it on that Page
        ("1001_55", "1001", TAGGED, "tag", None, None, True),
        ("77_55", "1001", TAGGED, "tag", "77", None, False),
        ("77_55", "1001", PAGE, "tag", "77", None, True),
        ("1001_55", "1001", PAGE, "visitor_post", None, None, False),
        ("55", "1001", TAGGED, "tag", None, None, False),
    ],
)
def test_a_post_without_author_that_stands_elsewhere_is_of_whom_it_stands_with(
    ident: str,
    to: str,
    watched: facebook_wire.Watched,
    kind: str,
    author: str | None,
    opd: str | None,
    closed: bool,
) -> None:
    item: dict[str, Any] = {"id": ident, "message": "Kerja bakti", "to": {"data": [{"id": to}]}}
    item["created_time"] = "2026-11-20T01:00:00+0000"
    found = facebook_wire.map_posts([item], watched, NOW)
    ((mention,), (post,)) = found.mentions, found.threads
    assert (mention.kind, mention.author_id, mention.author_opd) == (kind, author, opd)
    assert post.closed == closed


def test_without_an_account_the_limit_of_one_account_holds_nothing() -> None:
    found = headers(account={"7": [{"call_count": 99}]})
    assert usage_of(found, "meta", "meta", MetaSettings(), NOW).wait is None
    found = headers({"call_count": 99}, {"7": [{"call_count": 99}]})
    wait = usage_of(found, "meta", "meta", MetaSettings(), NOW).wait
    assert wait
    assert wait.scope == "meta"


def test_an_appetite_recovers_after_many_good_pages() -> None:
    appetite = Appetite()
    for _ in range(9):
        appetite.refused("s", "", too_much=True)
    assert appetite.size("s", "", 100) == 3
    assert appetite.size("other", "", 100) == 100
    for _ in range(50):
        appetite.fed("s", "")
        appetite.done("s", "")
    assert appetite.size("s", "", 100) == 6
    for _ in range(400):
        appetite.fed("s", "")
    assert appetite.size("s", "", 100) == 100
    assert appetite.refused("s", "a", too_much=False) == (1, False)
    assert appetite.refused("s", "a", too_much=False) == (2, False)
    assert appetite.refused("s", "b", too_much=True) == (1, False)
    assert appetite.size("s", "b", 100) == 100


def test_a_post_that_no_size_cures_makes_nobody_elses_pages_smaller() -> None:
    appetite = Appetite()
    for _ in range(5):
        appetite.refused("s", "bad", too_much=True)
    appetite.fed("s", "good")
    assert (appetite.size("s", "bad", 100), appetite.size("s", "good", 100)) == (6, 100)
    appetite.fed("s", "bad")  # cured: the others need not find out by themselves
    assert appetite.size("s", "good", 100) == 6


def test_failures_of_a_post_count_until_it_was_read_whole() -> None:
    appetite = Appetite()
    assert appetite.refused("s", "a", too_much=False) == (1, False)
    appetite.fed("s", "")
    appetite.done("s", "")
    appetite.fed("s", "a")
    assert appetite.refused("s", "a", too_much=False) == (2, True)
    appetite.done("s", "a")
    assert appetite.refused("s", "a", too_much=False) == (1, False)


def test_the_memory_of_failing_posts_is_bounded() -> None:
    appetite = Appetite()
    for number in range(5_001):
        appetite.refused("s", str(number), too_much=False)
    assert appetite.refused("s", "0", too_much=False) == (1, False)


def test_posts_that_are_shut_in_a_row_are_all_of_the_source_until_one_is_read() -> None:
    appetite = Appetite()

    def shut(post: str, *others: str, reason: str = "post_gone") -> str:
        return appetite.shut("s", post, reason, 2, others)

    assert shut("a", "b", "c") == "skip"
    assert shut("a", "b", "c") == "skip"  # twice the same post is no row
    assert shut("x", "b", "c", reason="comments_barred") == "skip"  # another reason
    assert shut("b", "c", "d") == "all"
    assert shut("b", "c", "d") == "skip"  # next time one more is looked at
    assert shut("c", "d") == "all"
    assert shut("d") == "all"
    assert shut("d", "a", "b") == "all"  # nothing is left that might be read
    appetite.done("s", "e")
    assert {shut(post) for post in "abcdx"} == {"settle"}
    assert shut("f", "g") == "skip"
    appetite.done("s", "a")
    assert shut("a", "g") == "skip"


@pytest.mark.parametrize(
    ("about", "ends"),
    [
        ({}, None),
        ({"expires_at": 0, "data_access_expires_at": 0}, None),
        ({"expires_at": 0, "data_access_expires_at": 1795140184}, 1795140184),
        ({"expires_at": 1795140100, "data_access_expires_at": 1795140184}, 1795140100),
        ({"expires_at": "soon", "data_access_expires_at": -5}, None),
        ({"expires_at": True, "data_access_expires_at": 2**60}, None),
    ],
)
def test_a_token_ends_when_the_first_of_its_rights_does(about: Any, ends: int | None) -> None:
    found = token_end(about)
    assert found == (None if ends is None else datetime.fromtimestamp(ends, UTC))


# --- secrets -----------------------------------------------------------------------------------


def test_no_secret_reaches_a_log_a_cursor_or_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with graph_house(tmp_path, monkeypatch) as house, caplog.at_level(logging.DEBUG):
        post = house.graph.post(NOW - timedelta(hours=1))
        house.graph.comment(post, NOW - timedelta(minutes=9))
        network = house.network(FacebookNetwork, meta={"app_id": "42"}, secret=SECRET)
        specs, ids = network.sources(), network.resolve({})
        pages = [page for spec in specs for page in poll(network.collector(spec, ids))]
        for reply in (Reply(500, {"token": TOKEN}), Reply(200, b"x", {"Content-Type": "a/b"})):
            house.answers(reply)
            refusal(network.collector(specs[1], ids))
        seen = f"{pages!r} {caplog.text} {network!r}"
        assert "CANARY" not in seen
        assert TOKEN not in seen
        network.close()


def test_a_close_cuts_a_request_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with graph_house(tmp_path, monkeypatch) as house:
        asked, stop = threading.Event(), house.server.stopping

        def hang(request: Any) -> None:
            asked.set()
            stop.wait(20)

        house.graph.fail = hang  # type: ignore[assignment]  # it answers too late to matter
        network = house.network(FacebookNetwork)
        collector = network.collector(network.sources()[1], {"dpupr.sukamaju": "1001"})
        closer = threading.Thread(target=lambda: asked.wait(10) and network.close())
        closer.start()
        assert refusal(collector).code == "network_unreachable"
        closer.join()
        stop.set()
