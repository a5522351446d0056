"""What goes wrong with the Graph API as the simulator speaks it: its limits, and its faults."""

import json
from collections.abc import Iterator
from datetime import timedelta
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
from simulator_support import NOW

from tanggap.errors import InputError
from tanggap.simulator.faults import ACTIONS, Fault, parse_faults
from tanggap.simulator.graph.faults import GRAPH_ACTIONS, ODD_KINDS, Struck, bend_reply
from tanggap.simulator.graph.limits import DAY, HOUR, GraphLimits, refusal, usage_headers
from tanggap.simulator.graph.nodes import instagram_user_id
from tanggap.simulator.wire import Call, Reply
from tanggap.simulator.world import Post

APP = "x-app-usage"
BUSINESS = "x-business-use-case-usage"


@pytest.fixture
def city() -> Iterator[GraphCity]:
    with graph_city() as built:
        yield built


def error_of(reply: requests.Response) -> dict[str, Any]:
    error: dict[str, Any] = reply.json()["error"]
    return error


def business_usage(reply: requests.Response) -> tuple[str, dict[str, Any]]:
    """Return the account that the header names, and its one entry."""
    ((account, (entry,)),) = json.loads(reply.headers[BUSINESS]).items()
    return account, entry


def path_of(root: Post) -> str:
    return f"{identity(root)}/comments"


# --- limits ------------------------------------------------------------------------------------


def shrunk(monkeypatch: pytest.MonkeyPatch, per_day: int = 50, per_hour: int = 20) -> None:
    """Make the limits small, so that a test reaches them."""
    monkeypatch.setattr("tanggap.simulator.graph.limits.PER_DAY", per_day)
    monkeypatch.setattr("tanggap.simulator.graph.limits.PER_HOUR", per_hour)


def test_a_page_may_be_asked_4800_times_a_day_for_each_engaged_user() -> None:
    limits = GraphLimits()
    limits.engaged_users["dpupr.sukamaju"] = 2
    for _ in range(2 * 4800):
        usage = limits.count_page("1", "dpupr.sukamaju", NOW)
        assert not usage.refused
    assert usage.percent == 100
    full = limits.count_page("1", "dpupr.sukamaju", NOW)
    error = refusal([full])
    assert full.refused
    assert error is not None
    assert error.code == 80001
    assert not limits.count_page("2", "dlh.sukamaju", NOW).refused
    assert refusal([usage]) is None


def test_a_full_page_says_when_it_opens_and_refused_calls_prolong_it(
    city: GraphCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrunk(monkeypatch)
    path = f"{city.page.id}/feed"
    for _ in range(50):
        city.body(path)
    first = city.ask(path)
    assert (first.status_code, error_of(first)["code"]) == (400, 80001)
    account, entry = business_usage(first)
    assert (account, entry["type"], entry["call_count"]) == (city.page.id, "pages", 100)
    wait = entry["estimated_time_to_regain_access"]
    assert wait >= 24 * 60
    city.graph.limits.codes["page"] = 32
    assert city.refused(path) == (32, None)
    city.graph.limits.codes["page"] = 80001
    again = business_usage(city.ask(path))[1]["estimated_time_to_regain_access"]
    assert again == wait + 2
    other = city.body(f"{city.facebook.opd('dlh').id}/feed", access_token=city.page_token("dlh"))
    assert other["data"] == []
    city.clock.move_to(NOW + timedelta(minutes=wait))
    assert city.refused(path)[0] == 80001
    city.clock.move_to(NOW + timedelta(minutes=wait + 9))
    assert city.body(path)["data"] == []


def test_the_window_rolls_so_that_a_steady_pace_is_never_refused(
    city: GraphCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrunk(monkeypatch)
    for step in range(200):
        city.clock.move_to(NOW + timedelta(minutes=30) * step)
        assert city.ask(f"{city.page.id}/feed").status_code == 200


def test_the_headers_tell_of_a_meter_before_it_is_full(
    city: GraphCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BUSINESS not in city.ask(f"{city.page.id}/feed").headers
    shrunk(monkeypatch)
    for _ in range(40):
        reply = city.ask(f"{city.page.id}/feed")
    account, entry = business_usage(reply)
    assert account == city.page.id
    assert entry == {
        "type": "pages",
        "call_count": 82,
        "total_cputime": 32,
        "total_time": 49,
        "estimated_time_to_regain_access": 0,
    }
    assert APP not in reply.headers


def test_instagram_accounts_have_a_meter_of_their_own(
    city: GraphCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrunk(monkeypatch)
    for _ in range(50):
        city.body(f"{city.business_id}/media")
    full = city.ask(f"{city.business_id}/tags")
    assert error_of(full)["code"] == 80002
    account, entry = business_usage(full)
    assert (account, entry["type"]) == (city.business_id, "instagram")
    assert city.body(f"{city.page.id}/feed")["data"] == []
    city.graph.limits.impressions["dlh.sukamaju"] = 2
    roomy = instagram_user_id(city.instagram.opd("dlh"))
    for _ in range(2 * 50):
        city.body(f"{roomy}/media")
    assert city.refused(f"{roomy}/media")[0] == 80002


def test_a_persons_token_counts_for_the_whole_app(
    city: GraphCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrunk(monkeypatch)
    for _ in range(30):
        assert APP not in city.ask("me/accounts").headers
    city.graph.token.kind = "user"
    for _ in range(20):
        reply = city.ask("me/accounts")
    assert json.loads(reply.headers[APP])["call_count"] == 100
    assert city.refused("me/accounts") == (4, None)
    assert city.refused("debug_token", input_token="x") == (4, None)
    assert city.body(f"{city.page.id}/feed")["data"] == []
    city.clock.move_to(NOW + HOUR + timedelta(minutes=3))
    assert city.body("me/accounts")["data"]


def test_a_person_may_have_a_limit_too(city: GraphCity) -> None:
    city.graph.token.kind = "user"
    city.graph.limits.user_calls_per_hour = 3
    for _ in range(3):
        city.body("me/accounts")
    assert city.refused("me/accounts") == (17, None)


def test_a_page_without_engaged_users_is_closed_for_a_day(city: GraphCity) -> None:
    city.graph.limits.engaged_users["dpupr.sukamaju"] = 0
    reply = city.ask(f"{city.page.id}/feed")
    assert error_of(reply)["code"] == 80001
    assert business_usage(reply)[1]["estimated_time_to_regain_access"] == 24 * 60 + 1


def test_nothing_is_said_of_an_unused_meter() -> None:
    limits = GraphLimits()
    assert usage_headers([limits.count_page("1", "dpupr.sukamaju", NOW)]) == {}
    assert timedelta(hours=24) == DAY


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code", "subcode", "transient", "status"),
    [
        ("1", 1, None, True, 500),
        ("2", 2, None, True, 503),
        ("4", 4, None, None, 403),
        ("17", 17, None, None, 400),
        ("32", 32, None, None, 403),
        ("613", 613, None, None, 400),
        ("190/463", 190, 463, None, 401),
        ("200/2069030", 200, 2069030, None, 403),
        ("100/33", 100, 33, None, 400),
        ("368", 368, None, None, 403),
        ("12345/7+transient", 12345, 7, True, 400),
    ],
)
def test_any_error_can_be_ordered(
    city: GraphCity, kind: str, code: int, subcode: Any, transient: Any, status: int
) -> None:
    reply = city.struck(f"{city.page.id}/feed", "graph_error", kind=kind)
    error = error_of(reply)
    assert (error["code"], error.get("error_subcode")) == (code, subcode)
    assert error.get("is_transient") is transient
    assert error["message"]
    assert reply.status_code == status
    assert reply.headers["facebook-api-version"] == "v26.0"
    assert BUSINESS not in reply.headers
    assert city.sim.oracle.log()[-1].fault == "graph_error"


def test_an_ordered_error_may_come_with_200_and_with_a_wait(city: GraphCity) -> None:
    path = f"{city.page.id}/feed"
    reply = city.struck(path, "graph_error", kind="80001", status=200, seconds=1800)
    assert (reply.status_code, error_of(reply)["code"]) == (200, 80001)
    account, entry = business_usage(reply)
    assert (account, entry["estimated_time_to_regain_access"]) == (city.page.id, 30)
    on_instagram = city.struck(
        f"{city.business_id}/media", "graph_error", kind="80002", seconds=600
    )
    assert business_usage(on_instagram)[0] == city.business_id
    of_app = city.struck(path, "graph_error", kind="4", seconds=600)
    assert json.loads(of_app.headers[APP])["call_count"] == 100


def test_facebook_sdk_knows_the_code_of_an_ordered_error(city: GraphCity) -> None:
    city.sim.faults.add(Fault("graph_error", kind="32"))
    with (
        sdk_client(city, city.page_token()) as client,
        pytest.raises(facebook.GraphAPIError) as raised,
    ):
        client.get_connections(city.page.id, "feed")
    assert raised.value.code == 32


def test_only_requests_with_a_cursor_are_refused_for_it(city: GraphCity) -> None:
    root, _ = commented(city, 30)
    asked = {"filter": "stream", "limit": 5}
    first = city.struck(path_of(root), "cursor_refused", query=asked)
    assert first.status_code == 200
    after = first.json()["paging"]["cursors"]["after"]
    second = city.struck(path_of(root), "cursor_refused", query={**asked, "after": after})
    assert error_of(second)["code"] == 100


def test_an_order_that_cannot_be_read_is_refused_by_name() -> None:
    struck = Struck(
        Call("GET", "/v26.0/1/feed", {}, {}),
        "1/feed",
        "v26.0",
        "page",
        "1",
        "A",
        lambda: Reply(200),
    )
    with pytest.raises(InputError, match="KODE"):
        bend_reply(Fault("graph_error", kind="banyak"), struck)
    true_answer = Reply(200, {"data": [{"id": "1"}]})
    told = Struck(struck.call, "1/feed", "v26.0", "page", "1", "A", lambda: true_answer)
    with pytest.raises(InputError, match="aneh"):
        bend_reply(Fault("odd_item", kind="aneh"), told)
    assert bend_reply(Fault("html"), told) is None


# --- headers -----------------------------------------------------------------------------------


def test_usage_can_be_ordered_for_each_meter(city: GraphCity) -> None:
    path = f"{city.page.id}/feed"
    page = city.struck(path, "usage", status=96, seconds=600)
    assert page.status_code == 200
    account, entry = business_usage(page)
    assert account == city.page.id
    assert (entry["call_count"], entry["estimated_time_to_regain_access"]) == (96, 10)
    app = city.struck(path, "usage", kind="app", status=80)
    assert json.loads(app.headers[APP])["call_count"] == 80
    medium = city.struck(f"{city.business_id}/media", "usage", kind="instagram")
    account, entry = business_usage(medium)
    assert (account, entry["type"], entry["call_count"]) == (city.business_id, "instagram", 100)
    broken = city.struck(path, "usage", kind="broken")
    assert broken.headers[APP] == "soon"
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(broken.headers[BUSINESS])


def test_usage_may_be_kept_from_the_client(
    city: GraphCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrunk(monkeypatch)
    path = f"{city.page.id}/feed"
    assert BUSINESS in city.ask(path).headers
    assert BUSINESS not in city.struck(path, "no_usage").headers


def test_the_version_may_drift(city: GraphCity) -> None:
    path = f"{city.page.id}/feed"
    assert city.struck(path, "version_drift").headers["facebook-api-version"] == "v22.0"
    drifted = city.struck(path, "version_drift", kind="v27.0")
    assert drifted.headers["facebook-api-version"] == "v27.0"


# --- pages that are not quite right ------------------------------------------------------------


def spoiled(city: GraphCity, root: Post, action: str, **settings: Any) -> dict[str, Any]:
    query = {"filter": "stream", "order": "reverse_chronological", "fields": COMMENT_FIELDS}
    reply = city.struck(path_of(root), action, query={**query, "limit": 10}, **settings)
    assert reply.status_code == 200
    body: dict[str, Any] = reply.json()
    return body


def served(city: GraphCity) -> tuple[str, ...]:
    return city.sim.oracle.log()[-1].ids


@pytest.fixture
def root(city: GraphCity) -> Post:
    city.graph.habits.short_pages = False
    city.graph.habits.overlapping_pages = False
    return commented(city, 30)[0]


def test_no_item_names_its_author(city: GraphCity, root: Post) -> None:
    assert not any("from" in item for item in spoiled(city, root, "drop_from")["data"])
    assert len(served(city)) == 10
    medium = city.instagram.post(city.business, "Foto", at=ago(hours=5))
    comment = city.instagram.reply("warga.a", medium, "satu", at=ago(hours=4))
    city.instagram.reply("warga.b", comment, "dua", at=ago(hours=3))
    query = {"fields": f"{IG_COMMENT_FIELDS},replies{{{IG_COMMENT_FIELDS}}}"}
    (item,) = city.struck(path_of(medium), "drop_from", query=query).json()["data"]
    assert not {"from", "username"} & {*item, *item["replies"]["data"][0]}


def test_the_data_or_the_paging_may_be_missing(city: GraphCity, root: Post) -> None:
    assert set(spoiled(city, root, "drop_data")) == {"paging"}
    assert served(city) == ()
    assert set(spoiled(city, root, "drop_paging")) == {"data"}
    cut = spoiled(city, root, "no_next")
    assert set(cut["paging"]) == {"cursors"}
    assert len(served(city)) == 10


def test_next_may_lead_to_a_foreign_host(city: GraphCity, root: Post) -> None:
    assert spoiled(city, root, "foreign_next")["paging"]["next"].startswith(
        "https://elsewhere.invalid/v26.0/"
    )
    named = spoiled(city, root, "foreign_next", kind="jahat.example")
    assert named["paging"]["next"].startswith("https://jahat.example/")


def test_an_empty_page_is_not_the_end(city: GraphCity, root: Post) -> None:
    empty = spoiled(city, root, "empty_with_next")
    assert empty["data"] == []
    assert served(city) == ()
    query = {"filter": "stream", "order": "reverse_chronological", "limit": 10}
    after = next_query(empty)["after"]
    assert city.body(path_of(root), **query, after=after)["data"] == [
        {**item, "message": item["message"]} for item in city.comments(root, **query)
    ]


def test_an_item_may_be_left_out_silently(city: GraphCity, root: Post) -> None:
    query = {"filter": "stream", "limit": 10, "order": "reverse_chronological"}
    whole = [item["id"] for item in city.comments(root, **query)]
    left = [item["id"] for item in spoiled(city, root, "leave_out")["data"]]
    assert len(left) == 9
    assert [one for one in whole if one in left] == left
    assert len(served(city)) == 9


def test_a_cursor_may_lead_back_for_ever(city: GraphCity, root: Post) -> None:
    query = {"filter": "stream", "limit": 10}
    city.sim.faults.add(Fault("repeat_after", endpoint="comments"))
    first = city.body(path_of(root), **query)
    after = first["paging"]["cursors"]["after"]
    second = city.body(path_of(root), **query, after=after)
    assert second["data"] == first["data"]
    assert second["paging"]["cursors"]["after"] == after
    assert next_query(second)["access_token"] == city.page_token()


def test_items_may_come_twice_or_the_other_way_round(city: GraphCity, root: Post) -> None:
    true_ids = [item["id"] for item in spoiled(city, root, "no_usage")["data"]]
    twice = [item["id"] for item in spoiled(city, root, "twice")["data"]]
    assert twice == [each for each in true_ids for _ in range(2)]
    turned = [item["id"] for item in spoiled(city, root, "shuffle")["data"]]
    assert turned == true_ids[::-1]
    assert served(city) == tuple(true_ids)


@pytest.mark.parametrize("kind", ODD_KINDS)
def test_the_first_item_may_be_odd_in_many_ways(city: GraphCity, root: Post, kind: str) -> None:
    true_items = spoiled(city, root, "no_usage")["data"]
    odd = spoiled(city, root, "odd_item", kind=kind)["data"]
    assert odd[1:] == true_items[1:]
    assert odd[0] != true_items[0]
    still_read = kind in ("no_text", "from_text", "surrogate")
    assert len(served(city)) == (10 if still_read else 9)
    if kind == "surrogate":
        assert odd[0]["message"].startswith("\ud83d\x00 lubang")


def test_an_odd_comment_takes_its_replies_with_it(city: GraphCity) -> None:
    medium = city.instagram.post(city.business, "Foto", at=ago(hours=5))
    old = city.instagram.reply("warga.a", medium, "satu", at=ago(hours=4))
    new = city.instagram.reply("warga.b", medium, "dua", at=ago(hours=3))
    city.instagram.reply("warga.c", new, "tiga", at=ago(hours=2))
    query = {"fields": f"{IG_COMMENT_FIELDS},replies{{{IG_COMMENT_FIELDS}}}"}
    reply = city.struck(path_of(medium), "odd_item", query=query, kind="null")
    assert reply.json()["data"][0] is None
    assert served(city) == (identity(old),)


@pytest.mark.parametrize(
    ("kind", "name"), [("no_text", "caption"), ("bad_time", "timestamp"), ("id_number", "id")]
)
def test_media_can_be_odd_too(city: GraphCity, kind: str, name: str) -> None:
    city.instagram.post(city.business, "Foto", at=ago(hours=5))
    reply = city.struck(
        f"{city.business_id}/media", "odd_item", kind=kind, query={"fields": MEDIA_FIELDS}
    )
    (item,) = reply.json()["data"]
    expected = {"caption": None, "timestamp": "kemarin", "id": item["id"]}[name]
    assert item.get(name) == expected
    assert isinstance(item["id"], int) is (kind == "id_number")


def test_an_empty_page_has_nothing_to_spoil(city: GraphCity) -> None:
    path = f"{city.page.id}/feed"
    for action in ("odd_item", "twice", "shuffle", "drop_from"):
        assert city.struck(path, action).json()["data"] == []


def test_a_refusal_is_not_spoiled(city: GraphCity) -> None:
    reply = city.struck(f"{city.page.id}_1/comments", "drop_data")
    assert error_of(reply)["code"] == 100
    single = commented(city, 0)[0]
    assert city.struck(identity(single), "twice").json()["id"] == identity(single)


# --- with the faults that every network has ----------------------------------------------------


def test_a_script_knows_the_faults_of_graph(city: GraphCity) -> None:
    for action in sorted(GRAPH_ACTIONS):
        city.sim.faults.add(*parse_faults([{"action": action, "endpoint": "nowhere"}]))
    assert len(city.sim.faults) == len(GRAPH_ACTIONS)
    assert not GRAPH_ACTIONS & ACTIONS


def test_a_fault_strikes_one_account_alone(city: GraphCity) -> None:
    city.sim.faults.add(Fault("graph_error", kind="190/492", source="dpupr", endpoint="feed"))
    assert city.refused(f"{city.page.id}/feed") == (190, 492)
    assert city.body(f"{city.page.id}/posts")["data"] == []
    other = city.body(f"{city.facebook.opd('dlh').id}/feed", access_token=city.page_token("dlh"))
    assert other["data"] == []


def test_the_faults_of_the_line_work_on_graph_as_on_others(city: GraphCity) -> None:
    city.facebook.post(city.page, "Jadwal", at=ago(hours=1))
    path = f"{city.page.id}/feed"
    html = city.struck(path, "html", status=502)
    assert (html.status_code, html.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert "content-type" not in city.struck(path, "no_content_type").headers
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        city.struck(path, "malformed", kind="cut").json()
    with pytest.raises(requests.ConnectionError):
        city.struck(path, "reset")
    assert city.body(path, fields=POST_FIELDS)["data"]
