"""X API v2 as the simulator speaks it, read by an unmodified tweepy and by plain requests."""

import html
import itertools
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
import tweepy
from simulator_support import (
    NOW,
    SettableClock,
    search,
    session,
    small_world,
    timeline,
    tweepy_client,
)

from tanggap.clock import to_text
from tanggap.simulator import Simulator, World, generate_world
from tanggap.simulator.world import Post
from tanggap.simulator.x.limits import WINDOW

FIELDS = "author_id,conversation_id,created_at,entities,in_reply_to_user_id,lang,public_metrics"


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def ids(response: requests.Response) -> list[str]:
    return [item["id"] for item in response.json().get("data", [])]


def refused_parameter(response: requests.Response) -> str:
    assert response.status_code == 400
    body = response.json()
    assert body["type"].endswith("/invalid-request")
    (error,) = body["errors"]
    (name,) = error["parameters"]
    assert error["message"]
    return str(name)


def filled(world: World, number: int, every: timedelta = timedelta(minutes=1)) -> list[Post]:
    """Posts to dpupr, oldest first, the newest a minute old."""
    return [
        world.post(f"warga{n}", f"@dpupr_skm lubang ke-{n}", at=NOW - every * (number - n))
        for n in range(number)
    ]


def walk(client: tweepy.Client, world: World, size: int) -> list[str]:
    pages = tweepy.Paginator(
        client.get_users_mentions, world.opd("dpupr").id, max_results=size, limit=200
    )
    return [item["id"] for page in pages for item in page.get("data", [])]


# --- read by tweepy ----------------------------------------------------------------------------


@pytest.mark.parametrize("return_type", [tweepy.Response, dict])
def test_tweepy_reads_mentions_with_all_that_a_collector_asks_for(return_type: Any) -> None:
    world, _ = small_world()
    parent = world.post("warga_a", "@dpupr_skm jalan rusak", at=ago(hours=3))
    reply = world.reply("warga_b", parent, "@warga_a @dpupr_skm di sini juga", at=ago(hours=2))
    with Simulator(world) as sim, tweepy_client(sim, return_type=return_type) as client:
        answer = client.get_users_mentions(
            world.opd("dpupr").id,
            max_results=100,
            tweet_fields=[*FIELDS.split(","), "referenced_tweets", "note_tweet"],
            expansions=["author_id", "referenced_tweets.id"],
        )
    if return_type is dict:
        item = answer["data"][0]
        assert item["id"] == str(reply.id)
        assert item["referenced_tweets"] == [{"type": "replied_to", "id": str(parent.id)}]
        assert item["conversation_id"] == str(parent.id)
        assert item["in_reply_to_user_id"] == parent.author.id
        assert item["created_at"] == "2026-11-20T01:00:00.000Z"
        assert item["lang"] == "in"
        assert [found["username"] for found in item["entities"]["mentions"]] == [
            "warga_a",
            "dpupr_skm",
        ]
        assert {user["username"] for user in answer["includes"]["users"]} == {"warga_a", "warga_b"}
        assert answer["includes"]["tweets"][0]["id"] == str(parent.id)
    else:
        assert answer.data[0].id == reply.id
        assert answer.data[0].created_at == ago(hours=2)
        assert answer.includes["tweets"][0].text == "@dpupr_skm jalan rusak"


def test_tweepy_reads_the_renamed_fields_in_the_other_dialect() -> None:
    world, _ = small_world()
    parent = world.post("warga_a", "@dpupr_skm " + "panjang " * 60, at=ago(hours=3))
    world.repost("warga_b", parent, at=ago(hours=2))
    with Simulator(world, dialect="post") as sim, tweepy_client(sim, return_type=dict) as client:
        renamed = {
            "post.fields": "note_post,referenced_posts,public_metrics",
            "expansions": "author_id,referenced_posts.id",
        }
        # tweepy passes a parameter that it does not know on, but complains in an outdated way
        with pytest.warns(DeprecationWarning, match="'warn' method"):
            page = client.get_users_mentions(world.opd("dpupr").id, **renamed)
        with pytest.raises(tweepy.BadRequest, match=r"tweet\.fields"):
            client.get_users_mentions(world.opd("dpupr").id, tweet_fields=["created_at"])
    repost, long_post = page["data"]
    assert repost["referenced_posts"] == [{"type": "retweeted", "id": str(parent.id)}]
    assert repost["edit_history_post_ids"] == [repost["id"]]
    assert long_post["note_post"]["text"] == parent.versions[0].text
    assert "repost_count" in long_post["public_metrics"]
    assert "edit_history_tweet_ids" not in long_post
    assert page["includes"]["tweets"][0]["id"] == str(parent.id)


def test_the_other_dialects_field_parameter_is_unknown() -> None:
    world, _ = small_world()
    for dialect, other in (("tweet", "post.fields"), ("post", "tweet.fields")):
        with Simulator(world, dialect=dialect) as sim, session(sim) as http:  # type: ignore[arg-type]  # a literal in a tuple
            assert refused_parameter(timeline(http, sim, **{other: "created_at"})) == other
            assert refused_parameter(search(http, sim, "jalan", **{other: "id"})) == other


def test_tweepy_walks_all_pages_of_mentions_and_of_search() -> None:
    world, _ = small_world()
    posts = filled(world, 57)
    with Simulator(world) as sim, tweepy_client(sim, return_type=dict) as client:
        assert set(walk(client, world, 5)) == {str(post.id) for post in posts}
        pages = tweepy.Paginator(client.search_recent_tweets, "@dpupr_skm", max_results=10)
        found = [item["id"] for page in pages for item in page["data"]]
    assert set(found) == {str(post.id) for post in posts}


def test_some_items_come_on_two_adjacent_pages() -> None:
    world, _ = small_world()
    filled(world, 200)
    with Simulator(world) as sim, tweepy_client(sim, return_type=dict) as client:
        seen = walk(client, world, 5)
    twice = [first for first, second in itertools.pairwise(seen) if first == second]
    assert twice
    assert len(seen) == 200 + len(twice)


def test_tweepy_finds_accounts_by_name_and_learns_which_are_missing() -> None:
    world, _ = small_world()
    world.opd("dlh").standing = "suspended"
    world.opd("pdam").standing = "gone"
    with Simulator(world) as sim, tweepy_client(sim, return_type=dict) as client:
        answer = client.get_users(usernames=["DPUPR_skm", "nihil", "dlh_skm", "pdam_skm"])
    assert answer["data"] == [
        {
            "id": world.opd("dpupr").id,
            "name": "DPUPR Kota Sukamaju",
            "username": "dpupr_skm",
        }
    ]
    assert [error["value"] for error in answer["errors"]] == ["nihil", "dlh_skm", "pdam_skm"]


def test_an_accounts_own_posts_and_answers_are_on_its_timeline() -> None:
    world, _ = small_world()
    complaint = world.post("warga", "@dpupr_skm rusak", at=ago(hours=3))
    news = world.post(world.opd("dpupr"), "Info jadwal", at=ago(hours=2))
    answer = world.answer("dpupr", complaint, "sudah", at=ago(hours=1))
    passed = world.repost(world.opd("dpupr"), complaint, at=ago(minutes=30))
    identity = world.opd("dpupr").id
    with Simulator(world) as sim, tweepy_client(sim, return_type=dict) as client:
        all_of_it = client.get_users_tweets(identity)["data"]
        own_words = client.get_users_tweets(identity, exclude=["retweets", "replies"])["data"]
        mentions = client.get_users_mentions(identity)["data"]
    assert [item["id"] for item in all_of_it] == [str(x.id) for x in (passed, answer, news)]
    assert all_of_it[0]["text"] == "RT @warga: @dpupr_skm rusak"
    assert [item["id"] for item in own_words] == [str(news.id)]
    assert str(complaint.id) in {item["id"] for item in mentions}


def test_usage_counts_each_post_once_a_day() -> None:
    world, clock = small_world()
    filled(world, 12)
    with Simulator(world, clock=clock) as sim, tweepy_client(sim, return_type=dict) as client:
        for _ in range(3):
            client.get_users_mentions(world.opd("dpupr").id, max_results=100)
        asked = {"days": 2, "usage.fields": "daily_project_usage,project_usage"}
        usage = client.request("GET", "/2/usage/tweets", params=asked).json()["data"]
        assert usage["project_usage"] == "12"
        assert usage["daily_project_usage"]["usage"] == [
            {"date": "2026-11-20T00:00:00.000Z", "usage": "12"}
        ]
        clock.move_to(NOW + timedelta(days=1))
        client.get_users_mentions(world.opd("dpupr").id, max_results=100)
        short = client.request("GET", "/2/usage/tweets").json()["data"]
        assert short["project_usage"] == "24"
        assert "daily_project_usage" not in short
        assert sim.x.usage.reads(NOW.date()) == (12, 0)


# --- the shape of a page -----------------------------------------------------------------------


def test_without_asking_a_post_has_only_its_default_fields() -> None:
    world, _ = small_world()
    post = world.post("warga", "@dpupr_skm rusak")
    with Simulator(world) as sim, session(sim) as http:
        body = timeline(http, sim).json()
    assert body == {
        "data": [
            {
                "id": str(post.id),
                "text": "@dpupr_skm rusak",
                "edit_history_tweet_ids": [str(post.id)],
            }
        ],
        "meta": {"result_count": 1, "newest_id": str(post.id), "oldest_id": str(post.id)},
    }


def test_an_empty_page_has_neither_data_nor_ids() -> None:
    world, _ = small_world()
    with Simulator(world) as sim, session(sim) as http:
        assert timeline(http, sim).json() == {"meta": {"result_count": 0}}


def test_an_edited_post_comes_with_its_newest_id_and_its_whole_history() -> None:
    world, clock = small_world()
    post = world.post("warga", "@dpupr_skm rusak", at=ago(hours=1))
    newer = world.edit(post, "@dpupr_skm rusak parah", at=NOW + timedelta(minutes=5))
    with Simulator(world, clock=clock) as sim, session(sim) as http:
        before = timeline(http, sim).json()["data"]
        clock.move_to(NOW + timedelta(minutes=6))
        after = timeline(http, sim, since_id=post.id).json()["data"]
        served = sim.oracle.served("mentions")
    assert [(item["id"], item["text"]) for item in before] == [(str(post.id), "@dpupr_skm rusak")]
    assert after == [
        {
            "id": str(newer.id),
            "text": "@dpupr_skm rusak parah",
            "edit_history_tweet_ids": [str(post.id), str(newer.id)],
        }
    ]
    assert served == {str(post.id)}


def test_a_reply_refers_to_the_wording_that_it_answered() -> None:
    world, _ = small_world()
    post = world.post("warga", "@dpupr_skm rusak", at=ago(hours=2))
    edited = world.edit(post, "@dpupr_skm rusak parah", at=ago(hours=1))
    world.answer("dpupr", post, "siap", at=ago(minutes=30))
    with Simulator(world) as sim, session(sim) as http:
        identity = world.opd("dpupr").id
        body = http.get(
            f"{sim.address}/2/users/{identity}/tweets",
            params={
                "tweet.fields": "referenced_tweets,conversation_id",
                "expansions": "referenced_tweets.id",
            },
            timeout=5,
        ).json()
    assert body["data"][0]["referenced_tweets"][0]["id"] == str(edited.id)
    assert body["data"][0]["conversation_id"] == str(post.id)
    assert body["includes"]["tweets"][0]["edit_history_tweet_ids"] == [
        str(post.id),
        str(edited.id),
    ]


def test_a_mention_edited_away_is_no_mention_any_more() -> None:
    world, _ = small_world()
    post = world.post("warga", "@dpupr_skm rusak", at=ago(hours=2))
    world.edit(post, "@dlh_skm rusak", at=ago(hours=1))
    with Simulator(world) as sim, session(sim) as http:
        assert ids(timeline(http, sim)) == []
        assert len(ids(timeline(http, sim, "dlh"))) == 1
        truth = sim.truth()["addressed"]
    assert truth["dpupr"] == truth["dlh"] == [str(post.id)]


def test_a_long_text_is_cut_and_its_note_is_whole_and_both_are_escaped() -> None:
    world, _ = small_world()
    text = "@dpupr_skm A & B <b>jalan</b> " + "berlubang " * 60
    world.post("warga", text)
    with Simulator(world) as sim, session(sim) as http:
        fields = {"tweet.fields": "note_tweet,entities"}
        item = timeline(http, sim, **fields).json()["data"][0]
    assert len(html.unescape(item["text"])) <= 310
    assert "A &amp; B &lt;b&gt;jalan&lt;/b&gt;" in item["text"]
    assert "… https://t.co/" in item["text"]
    assert html.unescape(item["note_tweet"]["text"]) == text
    (mention,) = item["entities"]["mentions"]
    assert item["text"][mention["start"] : mention["end"]] == "@dpupr_skm"


def test_a_long_repost_is_cut_and_whole_in_the_included_post() -> None:
    world, _ = small_world()
    post = world.post("warga", "@dpupr_skm " + "rusak " * 40, at=ago(hours=1))
    world.repost("warga_b", post)
    with Simulator(world) as sim, session(sim) as http:
        query = {"tweet.fields": "note_tweet", "expansions": "referenced_tweets.id"}
        body = timeline(http, sim, **query).json()
    assert len(body["data"][0]["text"]) == 140
    assert body["data"][0]["text"].startswith("RT @warga: @dpupr_skm rusak")
    assert body["includes"]["tweets"][0]["text"] == post.versions[0].text


def test_authors_that_are_gone_and_parents_that_are_deleted_are_partial_errors() -> None:
    world, _ = small_world()
    parent = world.post("warga_a", "awal", at=ago(hours=2))
    first = world.reply("warga_b", parent, "@warga_a @dpupr_skm juga", at=ago(hours=1))
    world.reply("warga_c", parent, "@warga_a @dpupr_skm sama", at=ago(minutes=50))
    first.author.standing = "suspended"
    world.delete(parent, at=ago(minutes=10))
    with Simulator(world) as sim, session(sim) as http:
        body = timeline(http, sim, expansions="author_id,referenced_tweets.id").json()
    assert len(body["data"]) == 2
    assert [user["username"] for user in body["includes"]["users"]] == ["warga_c"]
    assert "tweets" not in body["includes"]
    assert [(error["resource_type"], error["resource_id"]) for error in body["errors"]] == [
        ("tweet", str(parent.id)),
        ("user", first.author.id),
    ]


def test_further_expansions_bring_the_accounts_that_a_post_concerns() -> None:
    world, _ = small_world()
    parent = world.post("warga_a", "awal", at=ago(hours=2))
    world.reply("warga_b", parent, "@warga_a @dpupr_skm juga", at=ago(hours=1))
    wanted = {
        "author_id": {"warga_b"},
        "in_reply_to_user_id": {"warga_a"},
        "referenced_tweets.id.author_id": {"warga_a"},
        "entities.mentions.username": {"warga_a", "dpupr_skm"},
    }
    with Simulator(world) as sim, session(sim) as http:
        for expansion, handles in wanted.items():
            query = {"expansions": expansion, "user.fields": "created_at,public_metrics"}
            users = timeline(http, sim, **query).json()["includes"]["users"]
            assert {user["username"] for user in users} == handles
            assert all("created_at" in user and "verified" not in user for user in users)


def test_posts_of_protected_accounts_and_deleted_posts_are_not_shown() -> None:
    world, clock = small_world()
    hidden = world.post("tertutup", "@dpupr_skm a", at=ago(hours=1))
    hidden.author.standing = "protected"
    gone = world.post("warga", "@dpupr_skm b", at=ago(hours=1))
    world.delete(gone, at=NOW + timedelta(hours=1))
    with Simulator(world, clock=clock) as sim, session(sim) as http:
        assert ids(timeline(http, sim)) == [str(gone.id)]
        clock.move_to(NOW + timedelta(hours=2))
        assert ids(timeline(http, sim)) == []
        assert sim.truth()["vanished"] == [str(gone.id)]


@pytest.mark.parametrize("standing", ["suspended", "protected", "gone"])
def test_an_opd_account_out_of_sight_gives_errors_and_no_data(standing: Any) -> None:
    world, _ = small_world()
    filled(world, 3)
    world.opd("dpupr").standing = standing
    with Simulator(world) as sim, session(sim) as http:
        for kind in ("mentions", "tweets"):
            identity = world.opd("dpupr").id
            answer = http.get(f"{sim.address}/2/users/{identity}/{kind}", timeout=5)
            assert answer.status_code == 200
            assert set(answer.json()) == {"errors"}
        unknown = http.get(f"{sim.address}/2/users/42/mentions", timeout=5)
        assert unknown.json()["errors"][0]["title"] == "Not Found Error"


# --- windows and pages -------------------------------------------------------------------------


def test_pages_are_newest_first_and_bounds_are_exclusive_as_documented() -> None:
    world, _ = small_world()
    posts = filled(world, 9)
    newest_first = [str(post.id) for post in reversed(posts)]
    middle = posts[4]
    with Simulator(world) as sim, session(sim) as http:
        assert ids(timeline(http, sim)) == newest_first
        assert ids(timeline(http, sim, since_id=middle.id)) == newest_first[:4]
        assert ids(timeline(http, sim, until_id=middle.id)) == newest_first[5:]
        start = to_text(middle.posted_at)
        assert ids(timeline(http, sim, start_time=start)) == newest_first[:5]
        assert ids(timeline(http, sim, end_time=start)) == newest_first[5:]
        both = timeline(http, sim, since_id=posts[6].id, start_time=to_text(posts[1].posted_at))
        assert ids(both) == newest_first[:2]


def test_only_the_newest_800_mentions_can_ever_be_read() -> None:
    world, _ = small_world()
    posts = filled(world, 830, timedelta(seconds=10))
    with Simulator(world) as sim, tweepy_client(sim, return_type=dict) as client:
        seen = set(walk(client, world, 100))
    assert seen == {str(post.id) for post in posts[-800:]}


def test_a_late_post_appears_below_newer_ones() -> None:
    world, clock = small_world()
    late = world.post("w1", "@dpupr_skm a", at=ago(hours=5), visible_after=timedelta(hours=6))
    newer = world.post("w2", "@dpupr_skm b", at=ago(hours=1))
    with Simulator(world, clock=clock) as sim, session(sim) as http:
        assert ids(timeline(http, sim)) == [str(newer.id)]
        clock.move_to(NOW + timedelta(hours=2))
        assert ids(timeline(http, sim)) == [str(newer.id), str(late.id)]
        assert ids(timeline(http, sim, since_id=newer.id)) == []


def test_a_page_token_works_only_where_it_came_from() -> None:
    world, _ = small_world()
    filled(world, 30)
    with Simulator(world) as sim, session(sim) as http:
        token = timeline(http, sim).json()["meta"]["next_token"]
        assert len(ids(timeline(http, sim, pagination_token=token))) == 10
        for foreign in (
            timeline(http, sim, "dlh", pagination_token=token),
            timeline(http, sim, pagination_token="abc"),
            timeline(http, sim, pagination_token="é"),
        ):
            assert refused_parameter(foreign) == "pagination_token"
        assert refused_parameter(search(http, sim, "jalan", next_token=token)) == "next_token"


# --- search ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def talking() -> Any:
    world, _ = small_world()
    posts = {}
    posts["a"] = world.post("ani", "@dpupr_skm jalan rusak #lubang", at=ago(hours=9))
    posts["b"] = world.post("budi", "@dlh_skm sampah menumpuk", at=ago(hours=8))
    posts["c"] = world.reply("citra", posts["a"], "@ani @dpupr_skm betul", at=ago(hours=7))
    posts["d"] = world.answer("dpupr", posts["a"], "segera ditambal", at=ago(hours=6))
    posts["e"] = world.repost("dani", posts["b"], at=ago(hours=5))
    posts["f"] = world.quote("eka", posts["a"], "lihat jalan rusak parah", at=ago(hours=4))
    with Simulator(world) as sim, session(sim) as http:
        yield sim, http, posts


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("@dpupr_skm", "ca"),
        ("(@dpupr_skm OR @dlh_skm)", "ecba"),
        ("(@dpupr_skm OR @dlh_skm) -is:retweet", "cba"),
        ("@dpupr_skm OR @dlh_skm -is:retweet", "cba"),
        ("to:ani", "dc"),
        ("@DPUPR_skm OR to:dpupr_skm", "ca"),
        ("from:dpupr_skm", "d"),
        ("from:dpupr_skm is:reply", "d"),
        ("-is:reply from:dpupr_skm", ""),
        ("jalan", "fa"),
        ("rusak -parah", "a"),
        ('"jalan rusak"', "fa"),
        ('"rusak jalan"', ""),
        ("jalan -(#lubang OR sampah)", "f"),
        ("#lubang", "a"),
        ("jalan has:hashtags", "a"),
        ("jalan has:media", ""),
        ("jalan is:quote lang:in", "f"),
        ("jalan lang:id", ""),
        ("sampah", "b"),
        ("SAMPAH @dlh_skm", "b"),
        ("jam 10:30", ""),
    ],
)
def test_search_understands_the_operators(talking: Any, query: str, found: str) -> None:
    sim, http, posts = talking
    assert ids(search(http, sim, query)) == [str(posts[name].id) for name in found]


def test_search_finds_a_thread_and_the_replies_to_one_post(talking: Any) -> None:
    sim, http, posts = talking
    root = posts["a"].id
    wanted = [str(posts[name].id) for name in "dca"]
    assert ids(search(http, sim, f"conversation_id:{root}")) == wanted
    assert ids(search(http, sim, f"in_reply_to_tweet_id:{root}")) == wanted[:2]


@pytest.mark.parametrize(
    "query",
    [
        "a" * 513,
        "(jalan",
        "jalan)",
        "jalan OR",
        "OR jalan",
        "()",
        "-jalan",
        "is:reply",
        "lang:in -is:retweet",
        "warna:merah",
        "is:aneh jalan",
        "has:apa jalan",
        "from:",
        "jalan !!",
        'jalan "belum ditutup',
        " ",
    ],
)
def test_search_refuses_a_query_that_x_would_refuse(talking: Any, query: str) -> None:
    sim, http, _ = talking
    assert refused_parameter(search(http, sim, query)) == "query"


def test_search_reaches_back_seven_days_and_says_so() -> None:
    world, _ = small_world()
    old = world.post("w", "@dpupr_skm lama", at=ago(days=7, minutes=1))
    inside = world.post("w", "@dpupr_skm lama", at=ago(days=6, hours=23))
    with Simulator(world) as sim, session(sim) as http:
        assert ids(search(http, sim, "@dpupr_skm")) == [str(inside.id)]
        assert ids(search(http, sim, "@dpupr_skm", since_id=inside.id)) == []
        assert refused_parameter(search(http, sim, "@dpupr_skm", since_id=old.id)) == "since_id"
        start = to_text(ago(days=8))
        assert refused_parameter(search(http, sim, "@dpupr_skm", start_time=start)) == "start_time"


def test_search_shows_nothing_of_the_last_thirty_seconds() -> None:
    world, _ = small_world()
    world.post("w", "@dpupr_skm baru", at=ago(seconds=20))
    older = world.post("w", "@dpupr_skm tadi", at=ago(seconds=40))
    with Simulator(world) as sim, session(sim) as http:
        assert ids(search(http, sim, "@dpupr_skm")) == [str(older.id)]


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_results", "4"),
        ("max_results", "101"),
        ("max_results", "banyak"),
        ("max_results", ""),
        ("since_id", "abc"),
        ("until_id", "12345678901234567890"),
        ("start_time", "2026-11-20"),
        ("start_time", "2026-02-31T00:00:00Z"),
        ("start_time", "2026-11-20T09:00:00Z"),
        ("end_time", "2026-11-20T02:59:55Z"),
        ("tweet.fields", "created_at,aneh"),
        ("user.fields", "sandi"),
        ("expansions", "author"),
        ("colour", "red"),
        ("query", "jalan"),
        ("tweet_fields", "created_at"),
    ],
)
def test_a_parameter_that_x_does_not_take_is_refused_by_name(name: str, value: str) -> None:
    world, _ = small_world()
    with Simulator(world) as sim, session(sim) as http:
        assert refused_parameter(timeline(http, sim, **{name: value})) == name


def test_further_refusals_of_search_accounts_and_usage() -> None:
    world, _ = small_world()
    with Simulator(world) as sim, session(sim) as http:

        def asked(path: str, **query: Any) -> str:
            answer = http.get(f"{sim.address}{path}", params=query, timeout=5)
            return refused_parameter(answer)

        recent = "/2/tweets/search/recent"
        assert asked(recent) == "query"
        assert asked(recent, query="jalan", max_results=9) == "max_results"
        assert asked(recent, query="jalan", sort_order="random") == "sort_order"
        assert asked(recent, query=["jalan", "sampah"]) == "query"
        start, end = to_text(ago(hours=1)), to_text(ago(hours=2))
        assert asked(recent, query="jalan", start_time=start, end_time=end) == "start_time"
        assert asked("/2/users/by") == "usernames"
        assert asked("/2/users/by", usernames="a-b") == "usernames"
        assert asked("/2/users/by", usernames=",".join(["a"] * 101)) == "usernames"
        assert asked("/2/users/by", usernames="a", expansions="author_id") == "expansions"
        assert asked("/2/usage/tweets", days="91") == "days"
        exclude = f"/2/users/{world.opd('dlh').id}/tweets"
        assert asked(exclude, exclude="quotes") == "exclude"


def test_a_wrong_or_missing_token_is_refused() -> None:
    world, _ = small_world()
    with Simulator(world) as sim:
        with tweepy_client(sim, token="salah") as client, pytest.raises(tweepy.Unauthorized):
            client.get_users_mentions(world.opd("dpupr").id)
        bare = requests.get(f"{sim.address}/2/usage/tweets", timeout=5)
        assert bare.status_code == 401
        assert bare.json()["title"] == "Unauthorized"
        sim.x.tokens.clear()
        with tweepy_client(sim) as client, pytest.raises(tweepy.Unauthorized):
            client.get_users_mentions(world.opd("dpupr").id)


def test_unknown_paths_and_writing_are_refused() -> None:
    world, _ = small_world()
    with Simulator(world) as sim, session(sim) as http:
        assert http.get(f"{sim.address}/2/tweets/1", timeout=5).status_code == 404
        assert http.get(f"{sim.address}/v26.0/me", timeout=5).status_code == 404
        post = http.post(f"{sim.address}/2/users/by", json={"text": "x"}, timeout=5)
        assert post.status_code == 405


def test_the_rate_limit_counts_down_refuses_and_ends_in_simulated_time() -> None:
    world, clock = small_world()
    with (
        Simulator(world, clock=clock, limits={"mentions": 2}) as sim,
        session(sim) as http,
        tweepy_client(sim) as client,
    ):
        for left in ("1", "0"):
            headers = timeline(http, sim).headers
            assert headers["x-rate-limit-limit"] == "2"
            assert headers["x-rate-limit-remaining"] == left
        reset = int((NOW + WINDOW).timestamp())
        with pytest.raises(tweepy.TooManyRequests) as refused:
            client.get_users_mentions(world.opd("dlh").id)
        assert refused.value.reset_time == reset
        assert "Retry-After" not in refused.value.response.headers
        assert refused.value.response.json()["status"] == 429
        assert search(http, sim, "jalan").status_code == 200
        clock.move_to(datetime.fromtimestamp(reset, UTC))
        assert timeline(http, sim).status_code == 200


def test_the_date_header_tells_the_simulated_time() -> None:
    world, _ = small_world()
    with Simulator(world) as sim, session(sim) as http:
        answer = timeline(http, sim)
    assert parsedate_to_datetime(answer.headers["Date"]) == NOW


# --- the whole city ----------------------------------------------------------------------------


def test_a_watcher_of_all_accounts_finds_exactly_what_the_oracle_knows() -> None:
    clock = SettableClock(NOW + timedelta(days=10))
    world = generate_world(11, NOW, 72, 700, clock=clock)
    found: dict[str, set[str]] = {}
    with Simulator(world, clock=clock) as sim, tweepy_client(sim, return_type=dict) as client:
        for account in world.city_accounts():
            pages = tweepy.Paginator(client.get_users_mentions, account.id, max_results=100)
            found[str(account.opd)] = {
                item["edit_history_tweet_ids"][0] for page in pages for item in page.get("data", [])
            }
        truth = sim.truth()
        served = sim.oracle.served("mentions")
    gone, apart = set(truth["vanished"]), {*truth["own"], *truth["reposts"]}
    for opd, addressed in truth["addressed"].items():
        assert found[opd] - apart == set(addressed) - gone
    assert served == set().union(*found.values())
    assert sum(map(len, truth["addressed"].values())) > 600


def test_a_simulator_that_starts_again_shows_the_same_world() -> None:
    seen = []
    for _ in range(2):
        clock = SettableClock(NOW + timedelta(days=1))
        world = generate_world(5, NOW, 24, 120, clock=clock)
        with Simulator(world, clock=clock, token="sama") as sim, session(sim) as http:
            query = {"max_results": 100, "tweet.fields": FIELDS, "expansions": "author_id"}
            seen.append(timeline(http, sim, "pemkot", **query).text)
    assert seen[0] == seen[1]
