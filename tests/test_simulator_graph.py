"""The Graph API as the simulator speaks it, read by an unmodified facebook-sdk and by requests."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from graph_wire_support import (
    COMMENT_FIELDS,
    IG_COMMENT_FIELDS,
    MEDIA_FIELDS,
    POST_FIELDS,
    GraphCity,
    ago,
    commented,
    facebook,
    graph_city,
    identity,
    next_query,
    sdk_client,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_support import NOW, SettableClock

from tanggap.simulator import Simulator, World
from tanggap.simulator.graph.errors import GraphError
from tanggap.simulator.graph.nodes import stored_id
from tanggap.simulator.graph.paging import PagingHabits, cut
from tanggap.simulator.graph.params import Field, Listing, read_fields
from tanggap.simulator.instagram_ids import permalink, pk, pk_of, shortcode
from tanggap.simulator.world import Account, Post, Version


@pytest.fixture
def city() -> Iterator[GraphCity]:
    with graph_city() as built:
        yield built


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


def numbered(number: int) -> Post:
    """Return a post with an id of a test's choice."""
    author = Account(id="1", handle="warga", name="Warga", created_at=NOW)
    return Post(author, "post", [Version(number, "teks", NOW, ())], visible_at=NOW)


def quiet(city: GraphCity) -> None:
    """Let every page be full and no item come twice, where a test is about something else."""
    city.graph.habits.short_pages = False
    city.graph.habits.overlapping_pages = False


# --- read by facebook-sdk ----------------------------------------------------------------------


def test_facebook_sdk_finds_the_pages_and_reads_feed_and_comments(city: GraphCity) -> None:
    root, comments = commented(city, 3)
    with sdk_client(city, city.sim.token) as main:
        pages = main.get_connections(
            "me", "accounts", fields="id,name,username,access_token", limit=100
        )["data"]
    mine = next(page for page in pages if page["username"] == "dpupr.sukamaju")
    with sdk_client(city, mine["access_token"]) as page:
        feed = page.get_connections(mine["id"], "feed", fields=POST_FIELDS)["data"]
        assert [(post["id"], post["message"]) for post in feed] == [
            (f"{city.page.id}_{root.id}", "Jadwal perbaikan jalan")
        ]
        read = page.get_connections(
            feed[0]["id"], "comments", filter="stream", order="reverse_chronological"
        )["data"]
        assert ids(read) == [f"{root.id}_{comment.id}" for comment in reversed(comments)]
        assert page.get_object(read[0]["id"], fields="message")["message"] == "lubang ke-2"
        assert page.get_version() == "26.0"


def test_facebook_sdk_reads_instagram_with_nested_replies(city: GraphCity) -> None:
    medium = city.instagram.post(city.business, "Foto jalan", at=ago(hours=3))
    comment = city.instagram.reply("warga.x", medium, "masih rusak", at=ago(hours=2))
    answer = city.instagram.answer("dpupr", comment, "kami cek", at=ago(hours=1))
    with sdk_client(city, city.sim.token) as client:
        (shown,) = client.get_connections(city.business_id, "media", fields=MEDIA_FIELDS)["data"]
        assert shown["permalink"] == f"https://www.instagram.com/p/{shortcode(medium)}/"
        fields = f"{IG_COMMENT_FIELDS},replies{{{IG_COMMENT_FIELDS}}}"
        (read,) = client.get_connections(shown["id"], "comments", fields=fields)["data"]
    (reply,) = read["replies"]["data"]
    assert (read["id"], read["username"]) == (identity(comment), "warga.x")
    assert (reply["id"], reply["parent_id"]) == (identity(answer), read["id"])
    assert reply["from"] == {"id": city.business_id, "username": "dpupr.sukamaju"}


def test_facebook_sdk_walks_all_pages_of_a_list_to_its_end(city: GraphCity) -> None:
    root, comments = commented(city, 60)
    with sdk_client(city, city.page_token()) as client:
        found = client.get_all_connections(
            identity(root), "comments", filter="stream", order="chronological", limit=7
        )
        assert list(dict.fromkeys(ids(list(found)))) == [identity(c) for c in comments]


def test_facebook_sdk_raises_what_the_envelope_says(city: GraphCity) -> None:
    with (
        sdk_client(city, city.sim.token) as client,
        pytest.raises(facebook.GraphAPIError) as raised,
    ):
        client.get_connections(city.page.id, "feed")
    assert raised.value.code == 190
    assert raised.value.result["error"]["error_subcode"] == 2069032


def test_facebook_sdk_cannot_write_and_the_log_shows_that_it_tried(city: GraphCity) -> None:
    root, _ = commented(city, 1)
    with sdk_client(city, city.page_token()) as client:
        for write in (
            lambda: client.put_comment(identity(root), "maaf"),
            lambda: client.delete_object(identity(root)),
        ):
            with pytest.raises(facebook.GraphAPIError) as raised:
                write()
            assert raised.value.code == 200
    tried = [(entry.method, entry.endpoint, entry.status) for entry in city.sim.oracle.log()]
    assert tried == [("POST", "comments", 403), ("DELETE", "object", 403)]
    assert city.sim.oracle.log()[0].token == city.sim.oracle.log()[1].token != ""
    assert root.seen_at(NOW)


def test_a_read_that_asks_for_a_deletion_is_refused(city: GraphCity) -> None:
    root, _ = commented(city, 0)
    assert city.refused(identity(root), method="delete") == (200, None)


# --- pages and tokens --------------------------------------------------------------------------


def test_the_pages_come_with_their_tokens_and_instagram_accounts(city: GraphCity) -> None:
    fields = "id,name,username,access_token,instagram_business_account{id,username}"
    pages = city.pages("me/accounts", fields=fields, limit=10)
    assert len(pages) == 3
    found = {page["id"]: page for each in pages for page in each["data"]}
    assert set(found) == {account.id for account in city.facebook.city_accounts()}
    mine = found[city.page.id]
    assert mine["access_token"].startswith("EAA")
    assert mine["instagram_business_account"] == {
        "id": city.business_id,
        "username": "dpupr.sukamaju",
    }
    assert len({page["access_token"] for page in found.values()}) == len(found)
    assert city.body(f"{city.page.id}/feed", access_token=mine["access_token"])["data"] == []


def test_pages_without_a_role_or_that_are_gone_are_not_listed(city: GraphCity) -> None:
    city.graph.ungranted.add("DLH.sukamaju")
    city.facebook.opd("dinkes").standing = "gone"
    city.instagram.opd("dpupr").standing = "suspended"
    fields = "username,instagram_business_account{id}"
    pages = city.body("me/accounts", fields=fields, limit=100)["data"]
    names = {page["username"]: page for page in pages}
    assert "dpupr.sukamaju" in names
    assert not {"dlh.sukamaju", "dinkes.sukamaju"} & set(names)
    assert "instagram_business_account" not in names["dpupr.sukamaju"]


def test_a_cursor_of_the_page_list_that_leads_nowhere_is_refused(city: GraphCity) -> None:
    assert city.refused("me/accounts", after="QVFI") == (100, None)
    assert city.body("me/accounts", limit=0) == {"data": []}


def test_me_is_the_system_user_or_the_page(city: GraphCity) -> None:
    assert set(city.body("me/", access_token=city.sim.token)) == {"id", "name"}
    assert city.body("me", fields="id")["id"] == city.page.id
    commented(city, 0)
    assert city.walked("me/feed", access_token=city.page_token()) == city.walked(
        f"{city.page.id}/feed"
    )
    assert city.refused("me/accounts", access_token=city.page_token()) == (100, None)
    assert city.refused("me/feed") == (100, None)
    assert city.refused("me", access_token=city.sim.token, fields="birthday_wish") == (100, None)


@pytest.mark.parametrize("edge", ["feed", "posts", "published_posts", "tagged"])
def test_lists_of_a_page_need_the_token_of_that_page(city: GraphCity, edge: str) -> None:
    path = f"{city.page.id}/{edge}"
    assert city.refused(path, access_token=city.sim.token) == (190, 2069032)
    assert city.refused(path, access_token=city.page_token("dlh")) == (10, None)
    assert city.body(path)["data"] == []


def test_posts_and_comments_need_the_token_of_their_page(city: GraphCity) -> None:
    root, (comment,) = commented(city, 1)
    for path in (f"{identity(root)}/comments", identity(root), identity(comment)):
        assert city.refused(path, access_token=city.sim.token) == (190, 2069032)
    other = city.page_token("dlh")
    assert city.refused(f"{identity(root)}/comments", access_token=other) == (10, None)
    assert city.refused(identity(comment), access_token=other) == (200, None)


def test_the_page_itself_is_read_with_either_token(city: GraphCity) -> None:
    fields = "name,instagram_business_account,access_token"
    own = city.body(city.page.id, fields=fields)
    assert own == city.body("dpupr.sukamaju", fields=fields, access_token=city.sim.token)
    assert own["instagram_business_account"] == {"id": city.business_id}
    assert own["access_token"] == city.page_token()
    assert city.refused(city.facebook.opd("dlh").id, fields=fields) == (200, None)
    city.graph.ungranted.add("dpupr.sukamaju")
    assert city.refused(city.page.id, access_token=city.sim.token) == (10, None)
    nested = city.refused("dlh.sukamaju", access_token=city.sim.token, fields="posts{id}")
    assert nested == (190, 2069032)


def test_a_call_without_a_token_or_with_a_foreign_one_is_refused(city: GraphCity) -> None:
    assert city.refused(f"{city.page.id}/feed", access_token="") == (104, None)
    assert city.refused(f"{city.page.id}/feed", access_token="EAAnobody") == (190, None)
    reply = city.http.get(
        f"{city.sim.address}/v26.0/{city.page.id}/feed",
        headers={"Authorization": f"Bearer {city.page_token()}"},
        timeout=5,
    )
    assert reply.status_code == 200


@pytest.mark.parametrize(
    ("setting", "value", "of_main", "of_page"),
    [
        ("revoked", 460, (190, 460), (190, 460)),
        ("expires_at", NOW, (190, 463), None),
        ("data_access_expires_at", NOW, (190, 493), (190, 493)),
        ("expires_at", NOW + timedelta(seconds=1), None, None),
    ],
)
def test_a_token_that_died_is_refused_with_its_subcode(
    city: GraphCity, setting: str, value: Any, of_main: Any, of_page: Any
) -> None:
    setattr(city.graph.token, setting, value)
    assert (city.refused("me/accounts") if of_main else None) == of_main
    assert (city.refused(f"{city.page.id}/feed") if of_page else None) == of_page
    if not of_main:
        assert city.body("me/accounts")["data"]
    if not of_page:
        assert city.body(f"{city.page.id}/feed")["data"] == []


def test_the_token_of_a_page_dies_with_the_role(city: GraphCity) -> None:
    city.graph.ungranted.add("dpupr.sukamaju")
    assert city.refused(f"{city.page.id}/feed") == (190, 492)
    assert city.refused(f"{city.business_id}/media") == (10, None)
    other = city.body(f"{city.facebook.opd('dlh').id}/feed", access_token=city.page_token("dlh"))
    assert other["data"] == []


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ("pages_show_list", "me/accounts"),
        ("pages_read_engagement", "{page}/posts"),
        ("pages_read_user_content", "{page}/feed"),
        ("pages_read_user_content", "{page}/tagged"),
        ("instagram_basic", "{ig}/media"),
        ("instagram_manage_comments", "{ig}/tags"),
    ],
)
def test_a_permission_that_was_not_given_is_named(city: GraphCity, scope: str, path: str) -> None:
    path = path.format(page=city.page.id, ig=city.business_id)
    city.body(path)
    city.graph.token.scopes.remove(scope)
    assert city.refused(path) == (10, None)
    assert scope in city.ask(path).json()["error"]["message"]


def test_signed_calls_are_checked_once_the_app_has_a_secret(city: GraphCity) -> None:
    city.graph.tokens.app_secret = "rahasia"
    path = f"{city.page.id}/feed"
    signature = hmac.new(b"rahasia", city.page_token().encode(), hashlib.sha256).hexdigest()
    assert city.refused(path) == (100, None)
    assert city.refused(path, appsecret_proof="0" * 64) == (100, None)
    page = city.body(path, appsecret_proof=signature)
    assert page["data"] == []
    city.graph.tokens.require_proof = False
    assert city.body(path)["data"] == []
    assert city.refused(path, appsecret_proof="0" * 64) == (100, None)


def test_debug_token_tells_what_a_token_may_and_how_long(city: GraphCity) -> None:
    expires = NOW + timedelta(days=20)
    city.graph.token.expires_at = expires
    data = city.body("debug_token", input_token=city.sim.token)["data"]
    assert data["is_valid"] is True
    assert (data["type"], data["expires_at"]) == ("SYSTEM_USER", int(expires.timestamp()))
    assert data["data_access_expires_at"] == 0
    assert set(data["scopes"]) == city.graph.token.scopes
    page = city.body("debug_token", input_token=city.page_token())["data"]
    assert (page["type"], page["profile_id"], page["expires_at"]) == ("PAGE", city.page.id, 0)
    assert {"scope": "instagram_basic"} in data["granular_scopes"]
    city.graph.ungranted = {"dlh.sukamaju"}
    limited = city.body("debug_token", input_token=city.sim.token)["data"]["granular_scopes"]
    targets = {entry["scope"]: entry.get("target_ids", []) for entry in limited}
    assert city.page.id in targets["pages_show_list"]
    assert city.facebook.opd("dlh").id not in targets["pages_show_list"]
    assert city.business_id in targets["instagram_basic"]
    assert targets["business_management"] == []
    foreign = city.body("debug_token", input_token="EAAnobody")["data"]
    assert (foreign["is_valid"], foreign["error"]["code"]) == (False, 190)
    assert city.refused("debug_token") == (100, None)
    one = {"input_token": city.sim.token, "access_token": city.page_token()}
    assert city.refused("debug_token", **one) == (100, None)


def test_the_app_itself_may_ask_about_a_dead_token_and_nothing_else(city: GraphCity) -> None:
    app = f"{city.graph.tokens.app_id}|rahasia"
    assert city.refused("debug_token", input_token="x", access_token=app) == (190, None)
    city.graph.tokens.app_secret = "rahasia"
    city.graph.token.revoked = 458
    data = city.body("debug_token", input_token=city.sim.token, access_token=app)["data"]
    assert data["is_valid"] is False
    assert (data["error"]["code"], data["error"]["subcode"]) == (190, 458)
    assert city.refused(f"{city.page.id}/posts", access_token=app) == (10, None)
    assert city.refused("me/accounts", access_token=app) == (2500, None)


# --- a page's feed -----------------------------------------------------------------------------


def test_the_feed_holds_own_visitors_and_tagging_posts_newest_first(city: GraphCity) -> None:
    own = city.facebook.post(city.page, "Jadwal", at=ago(hours=5))
    visit = city.facebook.post("warga.a", "lubang", page=city.page, at=ago(hours=4))
    both = city.facebook.post(
        "warga.b", "lubang", page=city.page, tagged=[city.page], at=ago(hours=3)
    )
    tag = city.facebook.post("warga.c", "lubang", tagged=[city.page], at=ago(hours=2))
    city.facebook.post("warga.d", "bukan urusan", at=ago(hours=1))
    city.facebook.answer("dpupr", visit, "siap", at=ago(minutes=5))
    page = city.page.id
    assert city.walked(f"{page}/feed") == [identity(post) for post in (tag, both, visit, own)]
    assert city.walked(f"{page}/posts") == [identity(own)]
    assert city.walked(f"{page}/published_posts") == [identity(own)]
    assert city.walked(f"{page}/tagged") == [identity(tag), identity(both)]
    assert identity(visit) == f"{page}_{visit.id}"
    assert identity(tag) == f"{tag.author.id}_{tag.id}"


def test_only_fields_that_were_asked_for_are_there(city: GraphCity) -> None:
    commented(city, 1)
    assert set(city.feed()[0]) == {"id", "message", "created_time"}
    assert set(city.feed(fields="updated_time")[0]) == {"id", "updated_time"}
    assert set(city.feed(fields="id,full_picture,reactions")[0]) == {"id"}
    author = city.feed(fields="from{id}")[0]["from"]
    assert author == {"id": city.page.id}


def test_a_post_has_the_form_that_graph_gives_it(city: GraphCity) -> None:
    moment = datetime.fromisoformat("2026-11-20T09:02:03.456+07:00")
    visit = city.facebook.post(
        "warga.a", "lubang @dpupr.sukamaju", page=city.page, tagged=[city.page], at=moment
    )
    fields = "message,from,to,created_time,permalink_url,message_tags,is_hidden"
    (post,) = city.feed(fields=fields)
    assert post == {
        "id": f"{city.page.id}_{visit.id}",
        "message": "lubang @dpupr.sukamaju",
        "from": {"name": "warga.a", "id": visit.author.id},
        "to": {"data": [{"name": city.page.name, "id": city.page.id}] * 2},
        "created_time": "2026-11-20T02:02:03+0000",
        "permalink_url": f"https://www.facebook.com/{city.page.id}/posts/{visit.id}",
        "message_tags": [
            {"id": city.page.id, "name": city.page.name, "type": "page", "offset": 7, "length": 15}
        ],
        "is_hidden": False,
    }


def test_a_photo_without_words_has_no_message(city: GraphCity) -> None:
    root = city.facebook.post(city.page, "", at=ago(hours=2))
    comment = city.facebook.reply("warga.a", root, "", at=ago(hours=1))
    (post,) = city.feed(fields=POST_FIELDS)
    assert "message" not in post
    assert post["attachments"] == {"data": [{"type": "photo"}]}
    (read,) = city.comments(root, fields=COMMENT_FIELDS, filter="stream")
    assert (read["message"], read["attachment"]) == ("", {"type": "photo"})
    assert read["id"] == identity(comment)
    medium = city.instagram.post(city.business, "", at=ago(hours=2))
    (shown,) = city.body(f"{city.business_id}/media", fields=MEDIA_FIELDS)["data"]
    assert shown["id"] == identity(medium)
    assert "caption" not in shown


def test_those_who_tag_are_not_named_and_others_not_always(city: GraphCity) -> None:
    city.facebook.post("warga.c", "lubang", tagged=[city.page], at=ago(hours=2))
    visit = city.facebook.post("warga.a", "lubang", page=city.page, at=ago(hours=1))
    tagging, visiting = sorted(city.feed(fields="from,created_time"), key=lambda p: len(p))
    assert "from" not in tagging
    assert visiting["from"]["name"] == "warga.a"
    city.graph.authors.tagged = True
    assert all("from" in post for post in city.feed(fields="from"))
    city.graph.authors.missing_share = 1.0
    assert not any("from" in post for post in city.feed(fields="from"))
    city.graph.authors.missing_share = 0.0
    visit.author.standing = "gone"
    assert [post["id"] for post in city.feed(fields="from") if "from" not in post] == [
        identity(visit)
    ]


def test_a_share_of_authors_is_missing_and_always_the_same_ones(city: GraphCity) -> None:
    root, _ = commented(city, 80)
    city.graph.authors.missing_share = 0.5
    asked = {"fields": "from", "filter": "stream", "order": "chronological", "limit": 100}
    first = ["from" in item for item in city.comments(root, **asked)]
    assert 20 < sum(first) < 60
    assert first == ["from" in item for item in city.comments(root, **asked)]


def test_a_post_is_updated_by_its_newest_comment(city: GraphCity) -> None:
    quiet_post = city.facebook.post(city.page, "Tenang", at=ago(days=3))
    root, _ = commented(city, 3)
    updated = {post["id"]: post["updated_time"] for post in city.feed(fields="updated_time")}
    assert updated[identity(root)] == "2026-11-20T02:59:00+0000"
    assert updated[identity(quiet_post)] == "2026-11-17T03:00:00+0000"
    since = str(int(ago(hours=1).timestamp()))
    assert ids(city.feed(since=since)) == [identity(root)]
    assert ids(city.feed(until=since)) == [identity(quiet_post)]
    assert ids(city.feed(since="2026-11-20T02:00:00")) == [identity(root)]
    city.facebook.edit(quiet_post, "Ramai", at=ago(minutes=1))
    assert set(ids(city.feed(since=since))) == {identity(root), identity(quiet_post)}


def test_a_comment_approved_late_moves_no_time_but_is_there(city: GraphCity) -> None:
    root = city.facebook.post(city.page, "Jadwal", at=ago(days=1))
    city.facebook.reply("warga.a", root, "satu", at=ago(hours=2))
    late = city.facebook.reply(
        "warga.b", root, "dua", at=ago(hours=3), visible_after=timedelta(hours=3)
    )
    city.clock.move_to(NOW - timedelta(seconds=1))
    before = city.feed(fields="updated_time")
    assert len(city.comments(root, filter="stream")) == 1
    city.clock.move_to(NOW)
    assert identity(late) in ids(city.comments(root, filter="stream"))
    assert city.feed(fields="updated_time") == before


def test_edits_stay_under_their_id_and_what_is_deleted_vanishes(city: GraphCity) -> None:
    root, (first, second) = commented(city, 2)
    city.facebook.edit(first, "sudah baik", at=NOW)
    shown = {item["id"]: item["message"] for item in city.comments(root, filter="stream")}
    assert shown[identity(first)] == "sudah baik"
    city.facebook.delete(second)
    assert ids(city.comments(root, filter="stream")) == [identity(first)]
    assert city.refused(identity(second)) == (100, 33)
    city.facebook.delete(root)
    assert city.refused(f"{identity(root)}/comments") == (100, 33)
    assert city.refused(identity(first)) == (100, 33)
    assert city.feed() == []


def test_a_limit_above_a_hundred_is_refused_for_posts_and_lowered_elsewhere(
    city: GraphCity,
) -> None:
    quiet(city)
    root, _ = commented(city, 120)
    assert city.refused(f"{city.page.id}/feed", limit=101) == (100, None)
    assert len(city.comments(root, filter="stream", limit=5000)) == 100
    assert len(city.comments(root, filter="stream")) == 25
    medium = city.instagram.post(city.business, "Foto", at=ago(days=1))
    for n in range(60):
        city.instagram.reply(f"warga.{n}", medium, "up", at=ago(minutes=n))
    assert len(city.comments(medium, limit=100)) == 50


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "-1"},
        {"limit": "banyak"},
        {"since": "kemarin"},
        {"until": "999999999999"},
        {"filter": "semua"},
        {"order": "terbaru"},
        {"after": "QVFI"},
        {"after": "%%%"},
        {"before": "bukan"},
        {"fields": "rahasia"},
        {"fields": "from{birthday}", "filter": "stream"},
    ],
)
def test_values_that_graph_does_not_know_are_refused(
    city: GraphCity, query: dict[str, str]
) -> None:
    root, _ = commented(city, 1)
    path = (
        f"{city.page.id}/feed" if set(query) & {"since", "until"} else f"{identity(root)}/comments"
    )
    assert city.refused(path, **query) == (100, None)


def test_unknown_parameters_are_passed_over(city: GraphCity) -> None:
    root, _ = commented(city, 2)
    assert len(city.comments(root, filter="stream", sejak="1")) == 2
    assert len(city.comments(root, filter="stream", since=str(int(NOW.timestamp())))) == 2


# --- comments ----------------------------------------------------------------------------------


def test_the_stream_holds_replies_and_the_default_hides_some(city: GraphCity) -> None:
    quiet(city)
    root, comments = commented(city, 60)
    reply = city.facebook.reply("warga.z", comments[0], "betul", at=NOW)
    deep = city.facebook.reply("warga.y", reply, "setuju", at=NOW)
    everything = [*comments, reply, deep]
    asked = {"limit": 100, "fields": COMMENT_FIELDS}
    stream = city.comments(root, filter="stream", order="chronological", **asked)
    assert set(ids(stream)) == {identity(c) for c in everything}
    newest = city.comments(root, filter="stream", order="reverse_chronological", **asked)
    assert ids(newest) == ids(stream)[::-1]
    top = city.comments(root, filter="toplevel", order="chronological", **asked)
    assert ids(top) == [identity(c) for c in comments]
    ranked = city.comments(root, **asked)
    assert 0 < len(ranked) < len(comments)
    assert ids(ranked)[0] == identity(comments[0])
    assert len(city.comments(root, order="ranked", **asked)) == len(comments)
    by_id = {item["id"]: item for item in stream}
    assert by_id[identity(reply)]["parent"] == {"id": identity(comments[0])}
    assert by_id[identity(deep)]["parent"] == {"id": identity(comments[0])}  # two levels
    assert "parent" not in by_id[identity(comments[0])]
    assert by_id[identity(comments[0])]["comment_count"] == 2
    under = city.comments(comments[0], filter="stream", order="chronological")
    assert set(ids(under)) == {identity(reply), identity(deep)}


def test_a_comment_links_to_itself_under_its_post(city: GraphCity) -> None:
    root, (comment,) = commented(city, 1)
    reply = city.facebook.answer("dpupr", comment, "siap", at=NOW)
    base = f"https://www.facebook.com/{city.page.id}/posts/{root.id}?comment_id={comment.id}"
    links = {
        item["id"]: item["permalink_url"]
        for item in city.comments(root, filter="stream", fields="permalink_url")
    }
    assert links == {
        identity(comment): base,
        identity(reply): f"{base}&reply_comment_id={reply.id}",
    }
    told = city.body(identity(reply), fields="parent,like_count,from{name}")
    assert set(told["parent"]) == {"created_time", "from", "message", "id"}
    assert 0 <= told["like_count"] < 12
    assert told["from"] == {"name": city.page.name, "id": city.page.id}


def test_the_number_of_comments_comes_without_the_comments(city: GraphCity) -> None:
    root, comments = commented(city, 4)
    city.facebook.reply("warga.z", comments[0], "betul", at=NOW)
    (post,) = city.feed(fields="comments.filter(stream).limit(0).summary(true)")
    assert post["comments"] == {
        "data": [],
        "summary": {"order": "chronological", "total_count": 5, "can_comment": True},
    }
    (post,) = city.feed(fields="comments.limit(0).summary(total_count)")
    assert post["comments"]["summary"] == {"total_count": 4}
    body = city.body(f"{identity(root)}/comments", summary="1", filter="stream", limit=2)
    assert body["summary"]["total_count"] == 5
    assert city.sim.oracle.log()[0].ids == (identity(root),)


def test_reactions_are_a_sum_and_shares_a_count_for_the_pages_own_posts_alone(
    city: GraphCity,
) -> None:
    own = [city.facebook.post(city.page, f"kabar {n}", at=ago(hours=n)) for n in range(1, 40)]
    city.facebook.post("warga.a", "@dpupr.sukamaju", tagged=[city.page], at=ago(hours=50))
    fields = "reactions.limit(0).summary(total_count),shares"
    *posts, tag = city.feed(fields=fields, limit=100)
    assert set(tag) == {"id"}
    assert len(posts) == len(own)
    for post in posts:
        assert post["reactions"] == {
            "data": [],
            "summary": {"total_count": post["reactions"]["summary"]["total_count"]},
        }
    # Graph leaves out `shares` of what nobody shared.
    assert {post.get("shares", {"count": 0})["count"] for post in posts} > {0, 1}
    assert any("shares" not in post for post in posts)
    assert city.feed(fields=fields, limit=100)[:3] == posts[:3]


def test_comments_inside_of_posts_have_their_own_paging(city: GraphCity) -> None:
    quiet(city)
    root, comments = commented(city, 5)
    city.facebook.post(city.page, "tanpa komentar", at=NOW)
    fields = "id,comments.filter(stream).order(reverse_chronological).limit(2){id,message}"
    bare, post = city.feed(fields=fields)
    assert "comments" not in bare
    assert ids(post["comments"]["data"]) == [identity(c) for c in (comments[4], comments[3])]
    query = next_query(post["comments"])
    assert query["access_token"] == city.page_token()
    assert (query["fields"], query["limit"], query["filter"]) == ("id,message", "2", "stream")
    rest = city.body(f"{identity(root)}/comments", **query)
    assert ids(rest["data"]) == [identity(c) for c in (comments[2], comments[1])]
    shown = city.sim.oracle.log()[0].ids
    assert shown == (bare["id"], identity(root), identity(comments[4]), identity(comments[3]))


def test_comments_under_others_posts_are_not_for_the_page(city: GraphCity) -> None:
    tag = city.facebook.post("warga.c", "lubang", tagged=[city.page], at=ago(hours=2))
    city.facebook.reply("warga.d", tag, "betul", at=ago(hours=1))
    assert city.body(identity(tag))["message"] == "lubang"
    assert city.refused(f"{identity(tag)}/comments") == (10, None)
    (post,) = city.feed(fields="message,comments{message}")
    assert "comments" not in post


# --- paging ------------------------------------------------------------------------------------


def test_every_walk_finds_everything_whatever_the_pages_look_like(city: GraphCity) -> None:
    root, comments = commented(city, 150)
    wanted = {identity(comment) for comment in comments}
    lengths: list[int] = []
    repeats = 0
    for size in (1, 2, 3, 5, 8, 20, 50):
        asked = {"filter": "stream", "order": "reverse_chronological", "limit": size}
        pages = city.pages(f"{identity(root)}/comments", **asked)
        found = [item["id"] for page in pages for item in page["data"]]
        assert set(found) == wanted
        assert list(dict.fromkeys(found)) == [identity(c) for c in reversed(comments)]
        assert all(len(page["data"]) <= size for page in pages)
        repeats += len(found) - len(wanted)
        lengths += [len(page["data"]) for page in pages if "next" in page.get("paging", {})]
    assert repeats > 0
    assert 0 in lengths
    assert {4, 10} & set(lengths)


def test_pages_are_full_and_apart_where_a_test_wants_them_so(city: GraphCity) -> None:
    quiet(city)
    root, comments = commented(city, 40)
    pages = city.pages(f"{identity(root)}/comments", filter="stream", limit=10)
    assert [len(page["data"]) for page in pages] == [10, 10, 10, 10]
    assert len(set(city.walked(f"{identity(root)}/comments", filter="stream"))) == 40
    assert len(comments) == 40


def test_the_next_page_is_a_full_address_with_the_token_in_it(city: GraphCity) -> None:
    quiet(city)
    commented(city, 0)
    city.facebook.post(city.page, "lagi", at=NOW)
    page = city.body(f"{city.page.id}/feed", limit=1, fields="id", appsecret_proof="x")
    address = page["paging"]["next"]
    assert address.startswith(f"https://graph.facebook.com/v26.0/{city.page.id}/feed?")
    query = next_query(page)
    assert query == {
        "access_token": city.page_token(),
        "limit": "1",
        "fields": "id",
        "after": page["paging"]["cursors"]["after"],
    }
    second = city.body(f"{city.page.id}/feed", **query)
    assert "next" not in second["paging"]
    back = second["paging"]["previous"]
    assert back.startswith(f"https://graph.facebook.com/v26.0/{city.page.id}/feed?")
    before = city.body(
        f"{city.page.id}/feed", limit=1, before=second["paging"]["cursors"]["before"]
    )
    assert before["data"][0]["id"] == page["data"][0]["id"]
    first = city.body(f"{city.page.id}/feed", before=page["paging"]["cursors"]["before"])
    assert first == {"data": []}


def test_a_cursor_dies_with_its_item_and_leads_nowhere_else(city: GraphCity) -> None:
    quiet(city)
    root, comments = commented(city, 6)
    path = f"{identity(root)}/comments"
    page = city.body(path, filter="stream", limit=2)
    after = page["paging"]["cursors"]["after"]
    other, _ = commented(city, 6, city.facebook.post(city.page, "lain", at=ago(hours=3)))
    assert city.refused(f"{identity(other)}/comments", filter="stream", after=after) == (100, None)
    city.facebook.delete(comments[1])
    assert city.refused(path, filter="stream", after=after) == (100, None)


numbers = st.lists(st.integers(min_value=1, max_value=10**18), min_size=0, max_size=40, unique=True)


@settings(deadline=None)
@given(numbers, st.integers(1, 12), st.booleans(), st.booleans())
def test_no_list_is_cut_so_that_an_item_is_lost(
    found: list[int], size: int, short: bool, overlapping: bool
) -> None:
    posts = [numbered(number) for number in found]
    habits = PagingHabits(short_pages=short, overlapping_pages=overlapping)
    shown: list[Post] = []
    page = cut(posts, Listing(), size, "1/feed", habits)
    for _ in range(3 * len(posts) + 3):
        assert len(page.posts) <= size
        shown += page.posts
        if not page.more:
            break
        page = cut(posts, Listing(after=page.after), size, "1/feed", habits)
    assert not page.more
    assert list(dict.fromkeys(shown)) == posts


# --- instagram ---------------------------------------------------------------------------------


def test_media_and_tags_have_the_form_that_graph_gives_them(city: GraphCity) -> None:
    own = city.instagram.post(city.business, "Foto jalan", at=ago(hours=3))
    tag = city.instagram.post("warga.x", "rusak", tagged=[city.business], at=ago(hours=2))
    city.instagram.post("warga.y", "tanpa tag @dpupr.sukamaju", at=ago(hours=1))
    fields = f"{MEDIA_FIELDS},shortcode,ig_id,owner,media_url,like_count"
    (shown,) = city.body(f"{city.business_id}/media", fields=fields)["data"]
    assert shown["caption"] == "Foto jalan"
    assert shown["timestamp"] == "2026-11-20T00:00:00+0000"
    assert shown["owner"] == {"id": city.business_id}
    assert (shown["shortcode"], shown["ig_id"]) == (shortcode(own), str(pk(own)))
    assert shown["permalink"] == permalink(own)
    assert shown["id"].startswith("1790")
    assert shown["id"] != shown["ig_id"]
    (tagged,) = city.body(f"{city.business_id}/tags", fields=fields)["data"]
    assert (tagged["id"], tagged["username"]) == (identity(tag), "warga.x")
    assert "owner" not in tagged
    assert city.body(f"{city.business_id}/media")["data"] == [{"id": identity(own)}]
    assert city.body(identity(tag), fields="caption")["caption"] == "rusak"
    assert city.refused(f"{identity(tag)}/comments") == (10, None)
    assert city.body(f"{city.business_id}/tags", fields="id,comments{text}")["data"] == [
        {"id": identity(tag)}
    ]


def test_an_instagram_account_has_its_names_and_numbers(city: GraphCity) -> None:
    city.instagram.post(city.business, "Foto", at=ago(hours=3))
    told = city.body(city.business_id, fields="username,name,ig_id,media_count,followers_count")
    assert told["username"] == "dpupr.sukamaju"
    assert (told["ig_id"], told["media_count"]) == (int(city.business.id), 1)
    assert city.body(city.business_id) == {"id": city.business_id}
    nested = city.body(city.business_id, fields="media.limit(1){caption}")["media"]
    assert nested["data"][0]["caption"] == "Foto"


def test_comments_come_newest_first_with_their_replies_on_two_levels(city: GraphCity) -> None:
    medium = city.instagram.post(city.business, "Foto", at=ago(hours=5))
    old = city.instagram.reply("warga.a", medium, "satu", at=ago(hours=4))
    new = city.instagram.reply("warga.b", medium, "dua", at=ago(hours=3))
    reply = city.instagram.answer("dpupr", old, "siap", at=ago(hours=2))
    deep = city.instagram.reply("warga.a", reply, "@dpupr.sukamaju kapan", at=ago(hours=1))
    fields = f"{IG_COMMENT_FIELDS},replies.limit(1){{id,parent_id}}"
    first, second = city.comments(medium, fields=fields, limit=50)
    assert (first["id"], second["id"]) == (identity(new), identity(old))
    assert "replies" not in first
    assert "parent_id" not in second
    assert second["replies"]["data"] == [{"parent_id": identity(old), "id": identity(reply)}]
    assert second["replies"]["paging"]["next"].startswith(
        f"https://graph.facebook.com/v26.0/{identity(old)}/replies?"
    )
    replies = city.body(f"{identity(old)}/replies", fields="text,parent_id,media,user")["data"]
    assert [(r["id"], r["parent_id"]) for r in replies] == [
        (identity(reply), identity(old)),
        (identity(deep), identity(old)),
    ]
    assert replies[0]["user"] == {"id": city.business_id}
    assert replies[0]["media"] == {"id": identity(medium)}
    assert "user" not in replies[1]
    (shown,) = city.body(f"{city.business_id}/media", fields="comments_count")["data"]
    assert shown["comments_count"] == 4


def test_instagram_is_read_with_the_main_token_or_that_of_its_page(city: GraphCity) -> None:
    medium = city.instagram.post(city.business, "Foto", at=ago(hours=5))
    path = f"{identity(medium)}/comments"
    assert city.body(path) == city.body(path, access_token=city.page_token())
    assert city.refused(path, access_token=city.page_token("dlh")) == (10, None)
    city.business.standing = "gone"
    assert city.refused(f"{city.business_id}/media") == (100, 33)


def test_media_know_since_and_tags_do_not(city: GraphCity) -> None:
    for hours in (5, 3, 1):
        city.instagram.post(city.business, f"{hours}", at=ago(hours=hours))
        city.instagram.post("warga.x", f"{hours}", tagged=[city.business], at=ago(hours=hours))
    since = str(int(ago(hours=3).timestamp()))
    media = city.body(f"{city.business_id}/media", since=since, fields="caption")["data"]
    assert [item["caption"] for item in media] == ["1", "3"]
    assert len(city.body(f"{city.business_id}/tags", since=since)["data"]) == 3


def test_every_kind_of_node_tells_what_it_is_asked(city: GraphCity) -> None:
    page = city.body("dpupr.sukamaju", fields="link,fan_count,category,tasks,is_published")
    assert page["link"] == "https://www.facebook.com/dpupr.sukamaju"
    assert page["fan_count"] >= 500
    assert page["is_published"] is True
    root = city.facebook.post(city.page, "lihat @bukan.siapa2 dan @warga.a", at=ago(hours=1))
    city.facebook.citizen("warga.a")
    (tag,) = city.feed(fields="message_tags,to")[0]["message_tags"]
    assert (tag["type"], tag["offset"], tag["length"]) == ("user", 24, 8)
    assert "to" not in city.body(identity(root), fields="to")
    medium = city.instagram.post(city.business, "Foto", at=ago(hours=5))
    told = city.body(identity(medium), fields="media_type,media_product_type,username")
    assert told == {
        "id": identity(medium),
        "media_type": "IMAGE",
        "media_product_type": "FEED",
        "username": "dpupr.sukamaju",
    }


def test_an_author_may_be_missing_on_instagram_too(city: GraphCity) -> None:
    medium = city.instagram.post(city.business, "Foto", at=ago(hours=5))
    city.instagram.reply("warga.a", medium, "satu", at=ago(hours=4))
    (named,) = city.comments(medium, fields=IG_COMMENT_FIELDS)
    assert named["from"]["id"].isdecimal()
    assert named["from"]["username"] == "warga.a"
    city.graph.authors.missing_share = 1.0
    (unnamed,) = city.comments(medium, fields=IG_COMMENT_FIELDS)
    assert not {"from", "username"} & set(unnamed)


@settings(deadline=None)
@given(st.integers(min_value=1, max_value=2**63 - 1))
def test_a_short_code_is_the_number_in_base_64(number: int) -> None:
    post = numbered(number)
    assert pk_of(shortcode(post)) == pk(post) == number
    assert len(shortcode(post)) <= 11


def test_what_is_no_short_code_has_no_number() -> None:
    assert pk_of("") is None
    assert pk_of("Cx1!") is None
    assert pk_of("A" * 17) is None
    assert pk_of("BA") == 64
    assert pk_of("_") == 63


def test_instagram_alone_still_has_pages_to_hang_on() -> None:
    clock = SettableClock()
    world = World(clock, network="instagram")
    with Simulator(world, clock=clock) as sim, requests.Session() as http:
        http.trust_env = False
        url, query = f"{sim.address}/v26.0", {"access_token": sim.token}
        page = http.get(f"{url}/me/accounts", params=query, timeout=5).json()["data"][0]
        feed = http.get(
            f"{url}/{page['id']}/feed", params={"access_token": page["access_token"]}, timeout=5
        )
        assert feed.json() == {"data": []}
        tagged = http.get(
            f"{url}/{page['id']}/tagged", params={"access_token": page["access_token"]}, timeout=5
        )
        assert tagged.json() == {"data": []}
        assert sim.oracle.log()[0].network == "instagram"


def test_facebook_alone_knows_no_instagram() -> None:
    clock = SettableClock()
    world = World(clock, network="facebook")
    with Simulator(world, clock=clock) as sim, requests.Session() as http:
        http.trust_env = False
        query = {"access_token": sim.token, "fields": "instagram_business_account"}
        url = f"{sim.address}/v26.0"
        pages = http.get(f"{url}/me/accounts", params=query, timeout=5).json()["data"]
        assert all(set(page) == {"id"} for page in pages)
        reply = http.get(f"{url}/17841405300079200", params=query, timeout=5)
        assert reply.json()["error"]["error_subcode"] == 33


# --- several at once, versions, addresses ------------------------------------------------------


def test_several_objects_are_read_at_once_or_not_at_all(city: GraphCity) -> None:
    root, (comment,) = commented(city, 1)
    both = f"{identity(root)},{identity(comment)}"
    found = city.body("", ids=both, fields="message")
    assert set(found) == {identity(root), identity(comment)}
    assert city.refused("", ids=f"{both},1_1", fields="message") == (100, 33)
    assert city.refused("", ids=",".join(["1"] * 51)) == (100, None)
    assert city.refused("") == (100, None)
    assert city.sim.oracle.log()[0].ids == (identity(root), identity(comment))


@pytest.mark.parametrize(
    ("asked", "served"),
    [("v26.0", "v26.0"), ("v24.0", "v24.0"), ("v21.0", "v22.0"), ("v2.8", "v22.0")],
)
def test_an_old_version_is_answered_by_the_oldest_living_one(
    city: GraphCity, asked: str, served: str
) -> None:
    reply = city.ask(f"{city.page.id}/feed", version=asked)
    assert (reply.status_code, reply.headers["facebook-api-version"]) == (200, served)


def test_a_version_ends_when_a_test_says_so_and_none_comes_before_its_time(
    city: GraphCity,
) -> None:
    city.graph.ended_versions.update({"v22.0", "v26.0"})
    assert city.ask("me/accounts").headers["facebook-api-version"] == "v23.0"
    city.graph.oldest_version = "v25.0"
    assert city.ask("me/accounts", version="v24.0").headers["facebook-api-version"] == "v25.0"
    assert city.refused("me/accounts", version="v99.0") == (2500, None)


def test_the_host_alone_leads_to_graph_without_a_version(city: GraphCity) -> None:
    reply = city.http.get(
        f"{city.sim.address}/me/accounts",
        params={"access_token": city.sim.token},
        headers={"Host": "graph.facebook.com"},
        timeout=5,
    )
    assert (reply.status_code, reply.headers["facebook-api-version"]) == (200, "v22.0")
    web = city.http.get(
        f"{city.sim.address}/v26.0/me/accounts",
        params={"access_token": city.sim.token},
        headers={"Host": "www.instagram.com"},
        timeout=5,
    )
    assert "facebook-api-version" not in web.headers


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("{page}/ratings", (12, None)),
        ("{page}/rahasia", (100, None)),
        ("{page}/feed/lagi/dalam", (2500, None)),
        ("{post}/feed", (100, None)),
        ("siapa.sukamaju/feed", (803, None)),
        ("999/feed", (100, 33)),
        ("{page}_1/comments", (100, 33)),
        ("17999999999999999", (100, 33)),
    ],
)
def test_what_is_not_there_is_refused_by_its_code(
    city: GraphCity, path: str, refusal: tuple[int, int | None]
) -> None:
    root, _ = commented(city, 0)
    place = path.format(page=city.page.id, post=identity(root))
    assert city.refused(place, access_token=city.page_token()) == refusal


def test_the_log_says_what_was_asked_of_whom(city: GraphCity) -> None:
    root, (comment,) = commented(city, 1)
    medium = city.instagram.post(city.business, "Foto", at=ago(hours=5))
    reaction = city.instagram.reply("warga.a", medium, "satu", at=ago(hours=4))
    for path in (
        "me/accounts",
        f"{city.page.id}/feed",
        f"{city.page.id}/posts",
        f"{city.page.id}/tagged",
        f"{identity(root)}/comments",
        f"{identity(comment)}/comments",
        identity(comment),
        f"{city.business_id}/media",
        f"{city.business_id}/tags",
        f"{identity(medium)}/comments",
        f"{identity(reaction)}/replies",
    ):
        city.body(path, order="chronological")
    city.body("debug_token", input_token="x")
    city.refused("a/b/c/d", access_token="x")
    who = "dpupr.sukamaju"
    assert [(e.endpoint, e.source, e.network) for e in city.sim.oracle.log()] == [
        ("accounts", "", "facebook"),
        ("feed", who, "facebook"),
        ("posts", who, "facebook"),
        ("tagged", who, "facebook"),
        ("comments", who, "facebook"),
        ("comments", who, "facebook"),
        ("object", who, "facebook"),
        ("media", who, "instagram"),
        ("tags", who, "instagram"),
        ("media_comments", who, "instagram"),
        ("replies", who, "instagram"),
        ("debug_token", "", "facebook"),
        ("unknown", "", "facebook"),
    ]
    served = city.sim.oracle.served(network="instagram")
    assert served == {shortcode(medium), identity(reaction)}
    assert city.sim.oracle.served("comments") == {identity(comment)}


def test_the_truth_names_posts_as_graph_and_tanggap_do(city: GraphCity) -> None:
    root, (comment,) = commented(city, 1)
    medium = city.instagram.post(city.business, "Foto", at=ago(hours=5))
    reaction = city.instagram.reply("warga.a", medium, "satu", at=ago(hours=4))
    on_facebook, on_instagram = city.sim.truth("facebook"), city.sim.truth("instagram")
    assert on_facebook["addressed"]["dpupr"] == [identity(comment)]
    assert on_facebook["own"] == [identity(root)]
    assert on_instagram["addressed"]["dpupr"] == [identity(reaction)]
    assert on_instagram["own"] == [shortcode(medium)]
    assert stored_id(medium) == shortcode(medium)


# --- the grammar of fields ---------------------------------------------------------------------


def test_fields_are_read_with_modifiers_and_what_is_inside_of_them() -> None:
    text = "id,comments.filter(stream).limit(0).summary(true){id,from{id},parent{id}},message"
    first, comments, last = read_fields(text)
    assert (first, last) == (Field("id"), Field("message"))
    assert comments.modifiers == {"filter": "stream", "limit": "0", "summary": "true"}
    assert comments.source == "id,from{id},parent{id}"
    assert [field.name for field in comments.inner or ()] == ["id", "from", "parent"]


@pytest.mark.parametrize(
    "text",
    [
        *("", ",", "id,", "id{", "id{}", "a{b", "a}", "a.limit", "a.limit(1", "a.jump(1)", "a b"),
        "{",
        "a{" * 12 + "b" + "}" * 12,
    ],
)
def test_fields_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(GraphError) as raised:
        read_fields(text)
    assert raised.value.code == 2500


def test_a_refusal_of_fields_reaches_the_client(city: GraphCity) -> None:
    assert city.refused(f"{city.page.id}/feed", fields="id,comments{") == (2500, None)


# --- several clients ---------------------------------------------------------------------------


def test_clients_may_ask_while_the_city_goes_on_talking(city: GraphCity) -> None:
    medium = city.instagram.post(city.business, "Foto", at=ago(hours=5))
    root, _ = commented(city, 0)

    def ask(number: int) -> int:
        path = (identity(medium), identity(root), "17999999999999999")[number % 3]
        reply = city.ask(path if path.startswith("1799") else f"{path}/comments")
        return reply.status_code

    with ThreadPoolExecutor(4) as pool:
        asked = pool.map(ask, range(120))
        for number in range(300):
            city.instagram.reply(f"warga.{number}", medium, "up", at=NOW)
            city.facebook.reply(f"warga.{number}", root, "up", at=NOW)
        answered = Counter(asked)
    assert answered == {200: 80, 400: 40}
    late = city.instagram.reply("warga.telat", medium, "up", at=NOW)
    assert city.body(identity(late), fields="text")["text"] == "up"


# --- speed -------------------------------------------------------------------------------------


def test_a_large_city_is_asked_without_a_look_at_all_of_it() -> None:
    """No wall clock: the work is counted in looks at posts, as `seen_at` is called for each."""
    clock = SettableClock()
    world = World(clock, network="facebook")
    for opd in ("dpupr", "dlh"):
        for n in range(40):
            root = world.post(world.opd(opd), f"{n}", at=ago(days=1, minutes=n))
            for k in range(20):
                world.reply(f"warga.{k}", root, "up", at=ago(minutes=k))
    looks = 0
    true_look = Post.seen_at

    def counted(self: Post, now: datetime) -> bool:
        nonlocal looks
        looks += 1
        return true_look(self, now)

    with Simulator(world, clock=clock) as sim, requests.Session() as http:
        http.trust_env = False
        page = sim.graph.directory.page(world.opd("dpupr").id)
        assert page is not None
        query = {"access_token": sim.graph.tokens.of_page(page), "fields": "updated_time"}
        Post.seen_at = counted  # type: ignore[method-assign]  # counts, and asks the true one
        try:
            http.get(f"{sim.address}/v26.0/{page.id}/feed", params=query, timeout=5)
        finally:
            Post.seen_at = true_look  # type: ignore[method-assign]
    assert looks < 150
