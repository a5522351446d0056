"""Facebook over loopback: sources, the walk of posts and comments, tokens, every refusal."""

import hashlib
import hmac
import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from graph_support import (
    ACCOUNTS,
    PAGE_IDS,
    SECRET,
    TOKEN,
    House,
    ago,
    graph_house,
    ids_of,
    notices_of,
    poll,
    refusal,
    refused,
)
from x_support import NOW, Reply, drip, raw, reset

from collectors import NETWORKS
from collectors.base import Collector
from collectors.facebook import FacebookNetwork
from tanggap.errors import NotAuthorised, RateLimited, Unavailable, UnexpectedResponse
from tanggap.mention import Mention


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with graph_house(tmp_path, monkeypatch) as made:
        yield made


def source(house: House, kind: str = "feed", opd: str = "dpupr", **settings: Any) -> Collector:
    network = house.network(FacebookNetwork, **settings)
    spec = next(s for s in network.sources() if s.id == f"meta:facebook:{opd}:{kind}")
    return network.collector(spec, PAGE_IDS)


def by_id(pages: list[Any]) -> dict[str, Mention]:
    return {mention.network_id: mention for page in pages for mention in page.mentions}


# --- sources and ids ---------------------------------------------------------------------------


def test_sources_follow_the_config(house: House) -> None:
    network = house.network(FacebookNetwork, facebook={"poll_seconds": 60})
    assert [(spec.id, spec.kind, spec.poll_seconds) for spec in network.sources()] == [
        ("meta:token", "token", 86_400),
        ("meta:facebook:dpupr:feed", "feed", 60),
        ("meta:facebook:dlh:feed", "feed", 60),
        ("meta:facebook:dpupr:tagged", "tagged", 900),
        ("meta:facebook:dlh:tagged", "tagged", 900),
    ]
    fewer = house.network(FacebookNetwork, facebook={"tagged": False}).sources()
    assert {spec.kind for spec in fewer} == {"token", "feed"}
    assert house.network(FacebookNetwork, facebook={"enabled": False}).sources() == []


def test_the_registry_builds_the_network_and_touches_nothing(house: House) -> None:
    network = NETWORKS["facebook"](house.config())
    assert network.sources()
    network.close()
    assert house.paths == []


def test_names_and_numbers_are_resolved_by_the_pages_that_the_token_may_read(house: House) -> None:
    network = house.network(FacebookNetwork, accounts={"dpupr": "DPUPR.Sukamaju", "dlh": "10021"})
    assert network.resolve({}) == {"dpupr.sukamaju": "1001"}
    assert network.resolve({"dpupr.sukamaju": "1001", "10021": "1"}) == {}
    assert house.asked() == ["me/accounts"]
    house.graph.granted["dlh"] = "1002"
    numbered = house.network(FacebookNetwork, accounts={"dlh": "100200"})
    assert numbered.resolve({}) == {}


def test_all_pages_of_the_accounts_are_read_and_a_circle_ends(house: House) -> None:
    pages = [
        {"data": [{"id": "1001", "username": "dpupr.sukamaju", "access_token": "a"}]}
        | {"paging": {"cursors": {"after": "b"}, "next": "https://x"}},
        {"data": [{"id": 1002, "username": "dlh.sukamaju", "access_token": "c"}, None]},
    ]
    house.answers(*(Reply(200, page) for page in pages))
    network = house.network(FacebookNetwork)
    assert network.resolve({}) == PAGE_IDS
    assert [r.query.get("after") for r in house.server.requests] == [None, "b"]
    house.answers(Reply(200, pages[0]))
    with pytest.raises(Unavailable) as caught:
        network.resolve({})
    assert caught.value.code == "paging_loop"


def test_a_page_that_is_not_granted_needs_a_person(house: House) -> None:
    network = house.network(FacebookNetwork)
    spec = network.sources()[1]
    with pytest.raises(NotAuthorised) as caught:
        network.collector(spec, {})
    assert (caught.value.code, caught.value.scope) == ("page_not_granted", spec.id)
    del house.graph.granted["dpupr"]
    error = refusal(network.collector(spec, PAGE_IDS))
    assert (error.code, error.scope) == ("page_not_granted", "meta:facebook:dpupr")


# --- what is read ------------------------------------------------------------------------------


def test_posts_comments_and_replies_become_mentions(house: House) -> None:
    post = house.graph.post(ago(hours=5), "Jadwal perbaikan @dlh.sukamaju")
    visitor = house.graph.post(ago(hours=4), "Lampu mati", author="77")
    comment = house.graph.comment(post, ago(hours=3), "Berlubang", comment_count=1)
    answer = house.graph.comment(post, ago(hours=2), "Siap", author="1001", parent=comment)
    photo = house.graph.comment(post, ago(hours=1), "", author="", attachment={"type": "photo"})
    pages = poll(source(house))
    found = by_id(pages)
    assert set(found) == {post, visitor, comment, answer, photo}
    assert {ident: m.kind for ident, m in found.items()} == {
        post: "post",
        visitor: "visitor_post",
        comment: "comment",
        answer: "reply",
        photo: "comment",
    }
    assert found[post].author_opd == "dpupr"
    assert found[post].addressed == ("dpupr", "dlh")
    assert (found[comment].parent_id, found[comment].thread_id) == (post, post)
    assert (found[answer].parent_id, found[answer].author_opd) == (comment, "dpupr")
    assert (found[photo].author_id, found[photo].text, found[photo].has_media) == (None, "", True)
    assert found[comment].posted_at == ago(hours=3)
    assert found[comment].author_handle == "Warga 77"
    assert {m.network for m in found.values()} == {"facebook"}
    assert all(page.next_cursor and "CANARY" not in page.next_cursor for page in pages)
    asked = house.server.requests[-1]
    assert asked.query["filter"] == "stream"
    assert asked.query["order"] == "reverse_chronological"
    assert asked.headers["host"] == "graph.facebook.com"
    assert {r.method for r in house.server.requests} == {"GET"}
    assert house.paths[0] == "me/accounts"


def test_nothing_new_costs_one_request(house: House) -> None:
    post = house.graph.post(ago(hours=5))
    house.graph.comment(post, ago(hours=3))
    collector = source(house)
    cursor = poll(collector)[-1].next_cursor
    house.asked()
    again = poll(collector, cursor)
    assert house.asked() == ["1001/feed"]
    assert ids_of(again) == [post]


def test_a_new_comment_on_an_old_post_is_found_and_reading_ends_at_the_mark(house: House) -> None:
    house.graph.page_limit = 3
    post = house.graph.post(ago(days=20))
    for count in range(9):
        house.graph.comment(post, ago(hours=30, minutes=20 * count))
    collector = source(house)
    first = poll(collector)
    assert len(ids_of(first)) == 10
    house.asked()
    late = house.graph.comment(post, ago(minutes=1))
    again = poll(collector, first[-1].next_cursor)
    assert late in ids_of(again)
    assert house.asked().count(f"{post}/comments") == 1


def test_a_comment_that_was_approved_late_is_found_below_the_mark(house: House) -> None:
    house.graph.page_limit = 3
    post = house.graph.post(ago(days=1))
    for minute in range(9):
        house.graph.comment(post, ago(hours=3, minutes=minute))
    collector = source(house)
    cursor = poll(collector)[-1].next_cursor
    late = house.graph.comment(post, ago(hours=20))
    new = house.graph.comment(post, ago(minutes=1))
    assert {late, new} <= set(ids_of(poll(collector, cursor)))


def test_a_sweep_reads_every_watched_post_again(house: House) -> None:
    post = house.graph.post(ago(days=3))
    quiet = house.graph.post(ago(days=2))
    comment = house.graph.comment(post, ago(hours=3), "lama")
    collector = source(house)
    cursor = poll(collector)[-1].next_cursor
    house.graph.edges[f"{post}/comments"][0]["message"] = "baru"
    house.clock.move(timedelta(hours=13))
    house.asked()
    pages = poll(collector, cursor)
    assert by_id(pages)[comment].text == "baru"
    assert house.asked() == ["1001/feed", f"{quiet}/comments", f"{post}/comments"]
    house.clock.move(timedelta(minutes=5))
    poll(collector, pages[-1].next_cursor)
    assert house.asked() == ["1001/feed"]


def test_a_thread_read_to_its_end_is_whole_as_far_as_meta_counts_it(house: House) -> None:
    house.graph.page_limit = 2
    post = house.graph.post(ago(days=1))
    for minute in range(3):
        house.graph.comment(post, ago(hours=3, minutes=minute))
    pages = poll(source(house))
    [whole] = [page.whole for page in pages if page.whole]
    assert (whole.thread_id, whole.began) == (post, house.clock.now())
    assert pages[-1].whole == whole
    house.graph.edges[f"{post}/comments"][1]["created_time"] = "kemarin"
    assert [page.whole for page in poll(source(house)) if page.whole] == []


def test_what_is_whole_holds_nothing_that_is_not_on_the_pages(house: House) -> None:
    post = house.graph.post(ago(days=20))
    there = [house.graph.comment(post, ago(days=days)) for days in (19, 2, 1)]
    pages = poll(source(house))
    [whole] = [page.whole for page in pages if page.whole]
    passed_on = {mention.network_id for page in pages for mention in page.mentions} - {post}
    assert passed_on < set(there), "a source that begins anew does not pass on what is old"
    assert ago(days=19) < whole.since <= ago(days=2)


def test_a_new_source_takes_own_posts_as_context_and_of_citizens_only_what_is_young(
    house: House,
) -> None:
    own = house.graph.post(ago(days=20))
    house.graph.post(ago(days=20), author="77")
    ancient = house.graph.post(ago(days=40))
    house.graph.comment(own, ago(days=19))
    young = house.graph.comment(own, ago(days=1))
    pages = poll(source(house))
    assert set(ids_of(pages)) == {own, young}
    assert f"{ancient}/comments" not in house.asked()
    since = int(house.graph.edges and (NOW - timedelta(days=30)).timestamp())
    poll(source(house))
    assert {r.query.get("since") for r in house.server.requests if r.path.endswith("feed")} == {
        str(since)
    }


@pytest.mark.fault(32, 36)
def test_an_empty_page_with_next_goes_on_and_next_itself_is_never_followed(house: House) -> None:
    post = house.graph.post(ago(hours=5))
    empty = {"data": [], "paging": {"cursors": {"after": "at0"}, "next": "https://evil.example/x"}}
    left = [Reply(200, empty)]
    house.graph.fail = lambda r: left.pop() if left and r.path.endswith("/feed") else None
    assert ids_of(poll(source(house))) == [post]
    assert house.asked() == ["me/accounts", "1001/feed", "1001/feed"]


def test_a_repeating_place_ends_the_list_but_not_the_comments(house: House) -> None:
    post = house.graph.post(ago(hours=5))
    house.graph.comment(post, ago(hours=1))
    page = {"data": [house.graph._shown(house.graph.edges["1001/feed"][0])]}
    page["paging"] = {"cursors": {"after": "same"}, "next": "https://x"}
    house.under("/feed", Reply(200, page))
    pages = poll(source(house))
    assert "paging_loop" in notices_of(pages)
    assert house.asked().count("1001/feed") == 2
    assert len(set(ids_of(pages))) == 2


def test_a_refused_place_restarts_once_and_is_then_given_up(house: House) -> None:
    house.graph.page_limit = 2
    post = house.graph.post(ago(hours=5))
    ids = {house.graph.comment(post, ago(minutes=m)) for m in range(1, 6)}
    left = [refused(100)]
    house.graph.fail = lambda r: left.pop() if left and "after" in r.query else None
    pages = poll(source(house))
    assert set(ids_of(pages)) == {post} | ids
    assert "paging_loop" not in notices_of(pages)
    house.graph.fail = lambda r: refused(100) if "after" in r.query else None
    pages = poll(source(house))
    assert "paging_loop" in notices_of(pages)
    assert len(ids_of(pages)) > 2
    house.graph.fail = lambda _: None
    assert ids <= set(ids_of(poll(source(house), pages[-1].next_cursor)))


def test_a_post_deleted_between_list_and_comments_is_skipped(house: House) -> None:
    gone = house.graph.post(ago(hours=5))
    house.graph.comment(gone, ago(hours=1))
    kept = house.graph.post(ago(hours=6))
    comment = house.graph.comment(kept, ago(hours=1))
    house.graph.fail = lambda r: refused(100, 33) if r.path.endswith(f"{gone}/comments") else None
    pages = poll(source(house))
    assert comment in ids_of(pages)
    assert "post_gone" in notices_of(pages)


@pytest.mark.fault(36)
def test_the_page_cap_ends_a_turn_and_the_next_one_lists_first(house: House) -> None:
    posts = [house.graph.post(ago(hours=hour)) for hour in range(1, 9)]
    expected = {house.graph.comment(post, ago(minutes=30)) for post in posts}
    collector = source(house, facebook={"page_cap": 3})
    turns = [poll(collector)]
    assert len(turns[0]) == 3
    assert "page_cap" in notices_of(turns[0])
    house.clock.move(timedelta(minutes=5))
    fresh = house.graph.comment(posts[-1], NOW + timedelta(minutes=4))
    while not expected <= {ident for turn in turns for ident in ids_of(turn)}:
        assert len(turns) < 12
        turns.append(poll(collector, turns[-1][-1].next_cursor))
        house.clock.move(timedelta(minutes=5))
    turns.append(poll(collector, turns[-1][-1].next_cursor))
    assert fresh in {ident for turn in turns for ident in ids_of(turn)}
    assert house.asked().count("1001/feed") >= len(turns) - 1


def test_a_kill_at_any_page_loses_nothing(house: House) -> None:
    house.graph.page_limit = 2
    rng = random.Random(3)
    posts = [house.graph.post(ago(hours=hour)) for hour in range(1, 6)]
    expected = set(posts)
    for post in posts:
        for minute in range(rng.randrange(6)):
            expected.add(house.graph.comment(post, ago(minutes=minute + 1)))
    stored: set[str] = set()
    cursor = None
    for _ in range(400):
        page = source(house).fetch(cursor, allowance=None)
        if rng.random() < 0.4:
            continue  # killed before the commit
        stored |= set(ids_of([page]))
        cursor = page.next_cursor
        if not page.more:
            break
    assert stored == expected


def test_tagged_posts_are_tags_and_barred_comments_are_skipped_with_a_notice(house: House) -> None:
    tagged = house.graph.post(ago(hours=2), "Halo", edge="tagged", author="77", id="77_5")
    own = house.graph.post(ago(hours=3), "Kami", edge="tagged", author="1002", id="1002_6")
    house.graph.comment(own, ago(hours=1))  # the other Page's feed reads it
    other = house.graph.post(ago(hours=3), "Kami", edge="tagged", author="78", id="78_6")
    house.graph.comment(tagged, ago(hours=1))
    answer = house.graph.comment(other, ago(hours=1), author="1001")
    barred = f"{tagged}/comments"
    house.graph.fail = lambda r: refused(10) if r.path.endswith(barred) else None
    pages = poll(source(house, "tagged"))
    found = by_id(pages)
    assert {ident: m.kind for ident, m in found.items()} == {
        tagged: "tag",
        own: "post",
        other: "tag",
        answer: "comment",
    }
    assert found[own].author_opd == "dlh"
    assert "comments_barred" in notices_of(pages)
    house.asked()
    poll(source(house, "tagged"), pages[-1].next_cursor)
    assert house.asked() == ["me/accounts", "1001/tagged"]


def test_odd_items_are_set_aside_and_never_cost_the_page(house: House) -> None:
    good = house.graph.post(ago(hours=2), "lone \ud83d surrogate \x00")
    house.graph.edges["1001/feed"] += [{"id": "1_2"}, {"created_time": "x", "id": "1_3"}, 7]
    house.graph.edges["1001/feed"] += [{"id": True, "created_time": "2026-11-20T00:00:00+0000"}]
    reply = Reply(200, {"data": house.graph.edges["1001/feed"]})
    house.under("/feed", reply)
    page = poll(source(house))[0]
    assert ids_of([page]) == [good]
    assert page.mentions[0].text == "lone \ufffd surrogate \ufffd"
    assert [r.error for r in page.rejected] == [
        "no time",
        "no usable time",
        "not an object",
        "no id",
    ]


def test_comments_without_any_author_say_so(house: House) -> None:
    post = house.graph.post(ago(hours=2))
    house.graph.comment(post, ago(hours=1), author="")
    assert "authors_hidden" in notices_of(poll(source(house)))


# --- tokens ------------------------------------------------------------------------------------


def test_page_tokens_are_asked_once_and_anew_after_a_refusal(house: House) -> None:
    house.graph.post(ago(hours=1))
    network = house.network(FacebookNetwork)
    feed, tagged = network.sources()[1], network.sources()[3]
    cursor = poll(network.collector(feed, PAGE_IDS))[-1].next_cursor
    poll(network.collector(tagged, PAGE_IDS))
    assert house.asked() == ["me/accounts", "1001/feed", "1001/tagged"]
    house.graph.token_round = 2
    error = refusal(network.collector(feed, PAGE_IDS), cursor)
    assert (error.code, error.scope) == ("page_token", "meta:facebook:dpupr")
    assert "463" in error.detail
    assert "expired" in error.detail
    house.asked()
    poll(network.collector(feed, PAGE_IDS), cursor)
    assert house.asked() == ["me/accounts", "1001/feed"]


def test_a_dead_secret_stops_everything_of_meta(house: House) -> None:
    house.graph.dead_tokens.add(TOKEN)
    error = refusal(source(house))
    assert (type(error), error.code, error.scope) == (NotAuthorised, "meta_token", "meta")


def test_calls_are_signed_with_the_secret_of_the_app(house: House) -> None:
    house.graph.post(ago(hours=1))
    poll(source(house, meta={"app_id": "42"}, secret=SECRET))
    for request in house.server.requests:
        token = request.query["access_token"]
        proof = hmac.new(SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
        assert request.query["appsecret_proof"] == proof
    assert {request.query["access_token"] for request in house.server.requests} == {
        TOKEN,
        house.graph.page_token("1001"),
    }


# --- refusals ----------------------------------------------------------------------------------

PAGE, FEED = "meta:facebook:dpupr", "meta:facebook:dpupr:feed"


@pytest.mark.parametrize(
    ("reply", "kind", "code", "scope"),
    [
        (refused(1, status=500), Unavailable, "network_error", FEED),
        (refused(2, status=503), Unavailable, "network_error", FEED),
        (refused(999, is_transient=True), Unavailable, "network_error", FEED),
        (refused(None), Unavailable, "network_error", FEED),
        (refused(999, status=500), Unavailable, "network_error", FEED),
        (refused(999), UnexpectedResponse, "graph_refused", FEED),
        (refused(4, status=403, is_transient=True), RateLimited, "rate_limited", "meta"),
        (refused(17), RateLimited, "rate_limited", "meta"),
        (refused(341), RateLimited, "rate_limited", "meta"),
        (refused(32, status=403), RateLimited, "rate_limited", PAGE),
        (refused(613), RateLimited, "rate_limited", PAGE),
        (refused(80001), RateLimited, "rate_limited", PAGE),
        (refused(80002), RateLimited, "rate_limited", PAGE),
        (Reply(429, {}), RateLimited, "rate_limited", "meta"),
        (refused(190, 460, 401), NotAuthorised, "page_token", PAGE),
        (refused(102), NotAuthorised, "page_token", PAGE),
        (refused(3), NotAuthorised, "meta_permission", FEED),
        (refused(10, status=403), NotAuthorised, "meta_permission", FEED),
        (refused(200), NotAuthorised, "meta_permission", FEED),
        (refused(299), NotAuthorised, "meta_permission", FEED),
        (refused(200, 2069030), NotAuthorised, "graph_deprecated", FEED),
        (refused(12), NotAuthorised, "graph_deprecated", FEED),
        (refused(368, status=403), NotAuthorised, "meta_blocked", "meta"),
        (refused(100, 33), NotAuthorised, "page_gone", PAGE),
        (refused(803), NotAuthorised, "page_gone", PAGE),
        (refused(100), NotAuthorised, "graph_refused", FEED),
        (refused("100", "33"), NotAuthorised, "page_gone", PAGE),  # type: ignore[arg-type]  # odd
        (Reply(500, {"x": 1}), Unavailable, "network_error", FEED),
        (Reply(403, {"x": 1}), Unavailable, "not_json", FEED),
        (Reply(200, b"<html>", {"Content-Type": "text/html"}), Unavailable, "not_json", FEED),
        (Reply(502, b"<html>", {"Content-Type": "text/html"}), Unavailable, "network_error", FEED),
        (Reply(200, b"{}", {"Content-Type": "text/javascript"}), Unavailable, "not_json", FEED),
        (Reply(200, b"GIF", {"Content-Type": "image/gif"}), Unavailable, "not_json", FEED),
        (Reply(200, b'{"data": ['), Unavailable, "not_json", FEED),
        (Reply(200, b'{"data": [NaN]}'), Unavailable, "not_json", FEED),
        (Reply(200, []), UnexpectedResponse, "library_error", FEED),
        (Reply(200, b"null"), UnexpectedResponse, "library_error", FEED),
        (Reply(200, {"ok": True}), Unavailable, "answer_incomplete", FEED),
        (Reply(200, {"data": [], "paging": {"next": "x"}}), Unavailable, "answer_incomplete", FEED),
        (
            Reply(302, b"", {"Location": "https://www.facebook.com/login"}),
            Unavailable,
            "host_refused",
            FEED,
        ),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), Unavailable, "not_json", FEED),
        (reset(), Unavailable, "network_unreachable", FEED),
    ],
)
def test_each_refusal_has_its_reaction(
    house: House, reply: Reply, kind: type, code: str, scope: str
) -> None:
    house.under("/feed", reply)
    error = refusal(source(house))
    assert isinstance(error, kind)
    assert (error.code, error.scope) == (code, scope)


def test_a_server_that_never_ends_is_cut_at_the_deadline(house: House) -> None:
    house.under("/feed", drip(house.server.stopping, b"HTTP/1.1 200 OK\r\n\r\n"))
    error = refusal(source(house, meta={"deadline_seconds": 0.3}))
    assert (error.code, error.scope) == ("network_timeout", FEED)


@pytest.mark.fault(22)
def test_a_limit_waits_as_long_as_meta_estimates_else_an_hour(house: House) -> None:
    usage = {"1001": [{"type": "pages", "call_count": 120, "estimated_time_to_regain_access": 7}]}
    headers = {"x-business-use-case-usage": json.dumps(usage)}
    house.under("/feed", refused(80001, headers=headers))
    error = refusal(source(house))
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + timedelta(minutes=7)
    house.under("/feed", refused(4))
    error = refusal(source(house))
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + timedelta(hours=1)


def test_usage_near_a_limit_slows_down_and_then_pauses(house: House) -> None:
    def use(app: int, page: int, minutes: int = 0) -> None:
        entry = {"type": "pages", "call_count": page, "total_time": 1}
        entry["estimated_time_to_regain_access"] = minutes
        house.graph.headers["x-app-usage"] = json.dumps({"call_count": app})
        house.graph.headers["x-business-use-case-usage"] = json.dumps({"1001": [entry]})

    use(20, 85)
    collector = source(house)
    page = poll(collector)[0]
    assert (page.stretch, page.wait) == (2.5, None)
    use(20, 96, 30)
    page = poll(collector)[0]
    assert page.stretch == 4.0
    assert page.wait
    assert (page.wait.scope, page.wait.until) == (PAGE, NOW + timedelta(minutes=30))
    use(97, 96)
    page = poll(collector)[0]
    assert page.wait
    assert (page.wait.scope, page.wait.until) == ("meta", NOW + timedelta(minutes=15))


def test_the_question_for_tokens_pauses_near_the_limit_and_is_not_asked_twice(house: House) -> None:
    house.graph.headers["x-app-usage"] = json.dumps({"call_count": 97})
    collector = source(house)
    error = refusal(collector)
    assert isinstance(error, RateLimited)
    assert (error.code, error.scope) == ("usage_high", "meta")
    assert error.retry_at == NOW + timedelta(minutes=15)
    assert house.asked() == ["me/accounts"]
    del house.graph.headers["x-app-usage"]
    poll(collector)
    assert house.asked() == ["1001/feed"]
    house.graph.headers["x-app-usage"] = json.dumps({"call_count": 97})
    with pytest.raises(RateLimited):
        house.made.resolve({})


def test_another_version_than_the_one_asked_for_is_noticed(house: House) -> None:
    house.graph.headers["facebook-api-version"] = "v27.0"
    assert "graph_version_drift" in notices_of(poll(source(house)))


def test_too_much_data_halves_what_is_asked_for(house: House) -> None:
    house.graph.post(ago(hours=1))
    network = house.network(FacebookNetwork)
    feed = network.sources()[1]
    house.under("/feed", refused(1, status=500))
    limits = []
    for _ in range(4):
        refusal(network.collector(feed, PAGE_IDS))
        limits.append(house.server.requests[-1].query["limit"])
    assert limits == ["100", "100", "50", "25"]
    house.graph.fail = lambda _: None
    poll(network.collector(feed, PAGE_IDS))
    assert house.server.requests[-1].query["limit"] == "12"


@pytest.mark.parametrize(
    ("reply", "code", "times"),
    [
        (Reply(500, b"<html>", {"Content-Type": "text/html"}), "network_error", 5),
        (Reply(200, {}), "answer_incomplete", 5),
        (Reply(200, []), "library_error", 5),
        (refused(100), "graph_refused", 2),
        (refused(999), "graph_refused", 2),
    ],
)
def test_a_post_that_always_fails_is_left_out_after_a_while(
    house: House, reply: Reply, code: str, times: int
) -> None:
    bad = house.graph.post(ago(hours=1))
    house.graph.comment(bad, ago(minutes=50))
    good = house.graph.post(ago(hours=2))
    comment = house.graph.comment(good, ago(minutes=50))
    house.under(f"{bad}/comments", reply)
    network = house.network(FacebookNetwork)
    feed = network.sources()[1]
    cursor = network.collector(feed, PAGE_IDS).fetch(None, allowance=None).next_cursor
    for _ in range(times):
        assert refusal(network.collector(feed, PAGE_IDS), cursor).code == code
    pages = poll(network.collector(feed, PAGE_IDS), cursor)
    assert comment in ids_of(pages)
    assert "comments_unreadable" in notices_of(pages)
    house.graph.fail = lambda _: None
    assert len(ids_of(poll(network.collector(feed, PAGE_IDS), pages[-1].next_cursor))) == 3


def test_a_feed_leaves_the_comments_of_posts_that_only_tag_the_page_to_the_other_source(
    house: House,
) -> None:
    tagging = house.graph.post(ago(hours=2), "Halo", author="77", id="77_5")
    house.graph.comment(tagging, ago(hours=1))
    (mention,) = by_id(poll(source(house))).values()
    assert mention.kind == "tag"
    assert house.asked() == ["me/accounts", "1001/feed"]


def test_a_closed_network_asks_nothing(house: House) -> None:
    collector = source(house)
    house.made.close()
    assert refusal(collector).code == "network_unreachable"
    late = house.made.collector(house.made.sources()[1], PAGE_IDS)
    assert refusal(late).code == "network_unreachable"
    assert house.paths == []
    late.close()


# --- the token's own check ---------------------------------------------------------------------


def token_check(house: House, **settings: Any) -> Collector:
    network = house.network(FacebookNetwork, **settings)
    return network.collector(network.sources()[0], {})


def test_the_token_check_tells_when_the_right_to_read_ends(house: House) -> None:
    ends = NOW + timedelta(days=40)
    house.graph.debug |= {
        "expires_at": int((NOW + timedelta(days=60)).timestamp()),
        "data_access_expires_at": int(ends.timestamp()),
    }
    page = token_check(house).fetch(None, allowance=None)
    assert (page.token_ends_at, page.notices, page.mentions) == (ends, (), ())
    assert not page.more
    asked = house.server.requests[-1]
    assert (asked.query["input_token"], asked.query["access_token"]) == (TOKEN, TOKEN)
    house.clock.move(timedelta(days=27))
    page = token_check(house).fetch(page.next_cursor, allowance=None)
    assert page.notices == ("token_ends_soon",)


def test_a_token_that_never_ends_has_no_end_and_is_checked_by_the_app(house: House) -> None:
    house.graph.debug |= {"scopes": ["pages_show_list"], "granular_scopes": [{"scope": "x"}]}
    page = token_check(house, meta={"app_id": "42"}, secret=SECRET).fetch(None, allowance=None)
    assert page.token_ends_at is None
    assert page.notices == ("scopes_missing_facebook", "scopes_missing_instagram")
    assert house.server.requests[-1].query["access_token"] == f"42|{SECRET}"
    house.graph.debug["scopes"] += ["pages_read_engagement", "pages_read_user_content"]
    only = token_check(house, instagram={"enabled": False}).fetch(None, allowance=None)
    assert only.notices == ()


def test_a_token_that_is_not_valid_needs_a_person(house: House) -> None:
    house.graph.debug = {"is_valid": False, "error": {"code": 190, "subcode": 460}}
    error = refusal(token_check(house))
    assert (type(error), error.code, error.scope) == (NotAuthorised, "meta_token", "meta")
    assert "460" in error.detail
    house.graph.debug = {}
    error = refusal(token_check(house))
    assert (error.code, error.scope) == ("answer_incomplete", "meta:token")
    checker = token_check(house)
    checker.close()
    assert refusal(checker).code == "network_unreachable"


def test_every_account_of_the_config_has_a_source(house: House) -> None:
    network = house.network(FacebookNetwork)
    watched = {opd for spec in network.sources() for opd in spec.accounts}
    assert watched == set(ACCOUNTS)
