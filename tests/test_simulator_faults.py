"""The script of faults: when it strikes, and what a client then meets on the wire."""

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import requests.adapters
import tweepy
from simulator_support import NOW, SettableClock, search, session, small_world, timeline
from simulator_support import tweepy_client as led_client

from tanggap.errors import InputError
from tanggap.simulator import Simulator, World
from tanggap.simulator.faults import ACTIONS, Fault, FaultScript, parse_faults, read_faults
from tanggap.simulator.x.faults import X_ACTIONS


class City:
    def __init__(self, sim: Simulator, http: requests.Session) -> None:
        self.sim = sim
        self.http = http
        self.world: World = sim.world

    def struck(self, action: str, **settings: Any) -> requests.Response:
        """Return the reply to one request for mentions under one fault, which then ends."""
        self.sim.faults.add(Fault(action, **settings))
        try:
            return timeline(self.http, self.sim, expansions="author_id")
        finally:
            self.sim.faults.clear()


@pytest.fixture
def city() -> Iterator[City]:
    world, _ = small_world()
    for number in range(12):
        world.post(f"warga{number}", f"@dpupr_skm lubang {number}", at=NOW - timedelta(hours=1))
    with Simulator(world) as sim, session(sim) as http:
        yield City(sim, http)


# --- when ---------------------------------------------------------------------------------------


def strikes(fault: Fault, *requests_made: tuple[str, str, str, int]) -> list[bool]:
    script = FaultScript([fault])
    return [
        script.strike(endpoint, path, source, NOW + timedelta(minutes=minutes)) is fault
        for endpoint, path, source, minutes in requests_made
    ]


ONE = ("mentions", "/2/users/1/mentions", "dpupr_skm", 0)
OTHER = ("search", "/2/tweets/search/recent", "dlh_skm pdam_skm", 0)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [True, True]),
        ({"endpoint": "mentions"}, [True, False]),
        ({"path": "/search/"}, [False, True]),
        ({"source": "PDAM"}, [False, True]),
        ({"source": "dpupr_skm", "endpoint": "search"}, [False, False]),
    ],
)
def test_a_fault_strikes_only_what_it_names(settings: dict[str, str], expected: list[bool]) -> None:
    assert strikes(Fault("html", **settings), ONE, OTHER) == expected  # type: ignore[arg-type]  # text settings only


def test_a_fault_has_its_time() -> None:
    fault = Fault("html", since=NOW + timedelta(minutes=2), until=NOW + timedelta(minutes=4))
    made = [(*ONE[:3], minute) for minute in range(6)]
    assert strikes(fault, *made) == [False, False, True, True, False, False]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"count": 2}, "110000"),
        ({"skip": 3}, "000111"),
        ({"every": 2}, "101010"),
        ({"skip": 1, "every": 2, "count": 2}, "010100"),
        ({"share": 0.0}, "000000"),
    ],
)
def test_a_fault_counts_requests(settings: dict[str, Any], expected: str) -> None:
    struck = strikes(Fault("html", **settings), *([ONE] * 6))
    assert "".join(str(int(one)) for one in struck) == expected


def test_a_share_is_drawn_the_same_way_each_time() -> None:
    draws = [strikes(Fault("html", share=0.3, seed=5), *([ONE] * 400)) for _ in range(2)]
    assert draws[0] == draws[1]
    assert 80 < sum(draws[0]) < 160


def test_the_first_fault_that_strikes_wins() -> None:
    script = FaultScript([Fault("html", count=1), Fault("reset")])
    struck = [script.strike(*ONE[:3], NOW) for _ in range(2)]
    assert [fault.action for fault in struck if fault] == ["html", "reset"]
    script.clear()
    assert script.strike(*ONE[:3], NOW) is None


def test_a_script_is_read_from_toml_and_from_json(tmp_path: Path) -> None:
    toml = tmp_path / "faults.toml"
    toml.write_text(
        '[[fault]]\naction = "status"\nstatus = 503\nendpoint = "search"\n'
        "since = 2026-11-20T03:00:00Z\nshare = 0.5\n"
        '[fault.headers]\nRetry-After = "5"\n',
        encoding="utf-8",
    )
    (fault,) = read_faults(toml)
    assert (fault.status, fault.endpoint, fault.since) == (503, "search", NOW)
    assert fault.headers == {"Retry-After": "5"}
    json_file = tmp_path / "faults.json"
    json_file.write_text(
        '[{"action": "delay", "seconds": 0.5, "until": "2026-11-20T10:00:00+07:00"}]',
        encoding="utf-8",
    )
    (fault,) = read_faults(json_file)
    assert (fault.seconds, fault.until) == (0.5, NOW)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("x", "daftar `fault`"),
        ({"faults": []}, "daftar `fault`"),
        ([{"status": 500}], "ke-1: harus tabel dengan `action`"),
        (["html"], "ke-1"),
        ([{"action": "html"}, {"action": "html", "colour": 1}], "ke-2: kunci `colour`"),
        ([{"action": "html", "count": "2"}], "`count`"),
        ([{"action": "html", "count": True}], "`count`"),
        ([{"action": "html", "every": 0}], "`every`"),
        ([{"action": "html", "since": "besok"}], "`since`"),
        ([{"action": "html", "since": "2026-11-20T03:00:00"}], "`since`"),
    ],
)
def test_a_script_with_a_mistake_is_refused(script: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_faults(script)


def test_a_file_that_is_no_script_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="tidak dapat dibaca"):
        read_faults(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[[fault", encoding="utf-8")
    with pytest.raises(InputError, match="bukan naskah"):
        read_faults(broken)
    with pytest.raises(InputError, match="`gempa` tidak dikenal"):
        FaultScript([Fault("gempa")], X_ACTIONS)


# --- what: on the socket ------------------------------------------------------------------------


def test_a_status_with_headers_and_body_replaces_the_answer(city: City) -> None:
    reply = city.struck("status", status=503, headers={"Retry-After": "7"}, body={"a": 1})
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "7")
    assert reply.json() == {"a": 1}
    assert city.struck("status", status=599, body="rusak").text == "rusak"
    assert city.struck("status").status_code == 500


def test_a_list_or_html_in_place_of_a_body(city: City) -> None:
    reply = city.struck("status", status=502, body=[1])
    assert reply.json() == [1]
    page = city.struck("html")
    assert (page.status_code, page.headers["content-type"][:9]) == (200, "text/html")
    assert city.struck("html", status=502).status_code == 502


def test_a_redirect_leads_elsewhere(city: City) -> None:
    city.sim.faults.add(Fault("redirect", location="https://elsewhere.invalid/x"))
    reply = city.http.get(f"{city.sim.address}/2/usage/tweets", allow_redirects=False, timeout=5)
    assert (reply.status_code, reply.headers["location"]) == (302, "https://elsewhere.invalid/x")


def test_a_delayed_answer_comes_late_but_whole(city: City) -> None:
    began = time.monotonic()
    assert len(city.struck("delay", seconds=0.2).json()["data"]) == 10
    assert time.monotonic() - began >= 0.2


def test_a_hanging_answer_never_comes_and_does_not_hold_up_the_end() -> None:
    world, _ = small_world()
    with Simulator(world, faults=[Fault("hang")]) as sim, led_client(sim, timeout=0.2) as client:
        with pytest.raises(requests.ReadTimeout):
            client.get_users_mentions(world.opd("dpupr").id)
        began = time.monotonic()
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("after_bytes", [0, 40, 2000])
def test_a_reset_connection_is_an_error_and_not_an_end(city: City, after_bytes: int) -> None:
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        city.struck("reset", after_bytes=after_bytes)
    assert not city.sim.oracle.log()[-1].whole
    assert city.sim.oracle.served() == set()


def test_a_truncated_body_is_shorter_than_promised(city: City) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        city.struck("truncate")
    assert city.sim.oracle.served() == set()


def test_a_dripping_body_arrives_byte_by_byte(city: City) -> None:
    city.sim.faults.add(Fault("drip", seconds=0.001))
    began = time.monotonic()
    reply = search(city.http, city.sim, "from:nihil")
    assert reply.json() == {"meta": {"result_count": 0}}
    assert time.monotonic() - began >= 0.001 * len(reply.content)


def test_a_dripping_body_ends_with_the_simulator() -> None:
    world, _ = small_world()
    with Simulator(world, faults=[Fault("drip", seconds=30)]) as sim, session(sim) as http:
        reply = http.get(f"{sim.address}/2/usage/tweets", stream=True, timeout=5)
        assert reply.raw.read(1) == b"{"
        began = time.monotonic()
    reply.close()
    assert time.monotonic() - began < 5


def test_a_gzip_bomb_unpacks_to_far_more_than_it_is(city: City) -> None:
    city.sim.faults.add(Fault("gzip_bomb", megabytes=3))
    with city.http.get(f"{city.sim.address}/2/usage/tweets", stream=True, timeout=5) as reply:
        packed = int(reply.headers["content-length"])
        unpacked = sum(len(piece) for piece in reply.iter_content(1 << 16))
    assert unpacked == 3 << 20
    assert unpacked > 200 * packed


def test_an_endless_body_goes_on_until_somebody_leaves(city: City) -> None:
    city.sim.faults.add(Fault("endless"))
    with city.http.get(f"{city.sim.address}/2/usage/tweets", stream=True, timeout=5) as reply:
        read = 0
        for piece in reply.iter_content(1 << 16):
            read += len(piece)
            if read > 5 << 20:
                break
    assert read > 5 << 20


def test_a_missing_content_type(city: City) -> None:
    reply = city.struck("no_content_type")
    assert "content-type" not in reply.headers
    assert reply.json()["meta"]["result_count"] == 10


@pytest.mark.parametrize("kind", ["cut", "empty", "", "nested"])
def test_a_body_that_is_no_json(city: City, kind: str) -> None:
    reply = city.struck("malformed", kind=kind)
    assert reply.status_code == 200
    with pytest.raises((requests.exceptions.JSONDecodeError, RecursionError)):
        reply.json()
    assert city.sim.oracle.served() == set()


def test_a_body_that_is_json_but_not_what_it_should_be(city: City) -> None:
    assert city.struck("malformed", kind="null").json() is None
    assert city.struck("malformed", kind="list").json() == []
    assert "NaN" in city.struck("malformed", kind="nan").text
    assert b"9" * 4500 in city.struck("malformed", kind="big_int").content
    text = city.struck("malformed", kind="surrogate").json()["data"][0]["text"]
    assert text.startswith("\ud83d\x00")


def test_an_answer_with_a_lone_surrogate_of_its_own_is_sent_escaped() -> None:
    world, _ = small_world()
    world.post("warga", "@dpupr_skm \ud83d rusak")
    with Simulator(world) as sim, session(sim) as http:
        reply = timeline(http, sim)
    assert b"\\ud83d" in reply.content
    assert reply.json()["data"][0]["text"] == "@dpupr_skm \ud83d rusak"


# --- what: X's own ------------------------------------------------------------------------------


REFUSALS: list[tuple[str, type[tweepy.HTTPException], int]] = [
    ("rate_limit", tweepy.TooManyRequests, 429),
    ("no_reset_header", tweepy.TooManyRequests, 429),
    ("usage_cap", tweepy.TooManyRequests, 429),
    ("code_88", tweepy.TooManyRequests, 429),
    ("credits", tweepy.HTTPException, 402),
    ("unauthorized", tweepy.Unauthorized, 401),
    ("forbidden", tweepy.Forbidden, 403),
    ("not_found", tweepy.NotFound, 404),
    ("unavailable", tweepy.TwitterServerError, 503),
]


@pytest.mark.parametrize(("action", "error", "status"), REFUSALS)
def test_tweepy_meets_the_refusals_of_x(
    action: str, error: type[tweepy.HTTPException], status: int
) -> None:
    world, _ = small_world()
    with Simulator(world, faults=[Fault(action)]) as sim, led_client(sim) as client:
        with pytest.raises(error) as met:
            client.get_users_mentions(world.opd("dpupr").id)
        entry = sim.oracle.log()[-1]
    assert met.value.response.status_code == status
    assert "Retry-After" not in met.value.response.headers
    assert (entry.status, entry.fault, entry.ids) == (status, action, ())


def test_a_rate_limit_says_until_when_unless_it_should_not(city: City) -> None:
    reset = city.struck("rate_limit", seconds=60.0).headers["x-rate-limit-reset"]
    assert int(reset) == int(NOW.timestamp()) + 61
    assert "x-rate-limit-reset" not in city.struck("no_reset_header").headers
    assert city.struck("bad_reset_header").headers["x-rate-limit-reset"] == "soon"
    odd = city.struck("bad_reset_header", kind="-5").headers["x-rate-limit-reset"]
    assert odd == "-5"
    cap = city.struck("usage_cap")
    assert cap.json()["type"].endswith("/usage-capped")
    assert "x-rate-limit-reset" not in cap.headers
    assert city.struck("code_88").json()["errors"][0]["code"] == 88


def test_a_repeating_token_leads_round_and_round(city: City) -> None:
    city.sim.faults.add(Fault("repeat_token"))
    first = timeline(city.http, city.sim).json()
    again = timeline(city.http, city.sim, pagination_token=first["meta"]["next_token"]).json()
    assert first == again


def test_an_empty_page_with_a_token_leads_to_the_true_one(city: City) -> None:
    city.sim.faults.add(Fault("empty_with_next", count=1))
    first = timeline(city.http, city.sim).json()
    assert "data" not in first
    token = first["meta"]["next_token"]
    assert len(timeline(city.http, city.sim, pagination_token=token).json()["data"]) == 10


def test_pages_lose_parts_come_twice_or_in_disorder(city: City) -> None:
    whole = timeline(city.http, city.sim, expansions="author_id").json()
    assert "includes" in whole
    assert "includes" not in city.struck("drop_includes").json()
    assert "meta" not in city.struck("drop_meta").json()
    assert len(city.struck("twice").json()["data"]) == 20
    assert city.struck("shuffle").json()["data"] == whole["data"][::-1]
    some = city.struck("leave_out").json()
    assert (len(some["data"]), some["meta"]["result_count"]) == (9, 9)
    assert [one for one in whole["data"] if one in some["data"]] == some["data"]
    assert city.struck("partial_errors").json()["errors"][0]["resource_type"] == "tweet"


@pytest.mark.parametrize(
    ("kind", "is_odd"),
    [
        ("", lambda item: "text" not in item),
        ("no_text", lambda item: "text" not in item),
        ("null", lambda item: item is None),
        ("no_id", lambda item: "id" not in item),
        ("text_number", lambda item: item["text"] == 42),
        ("no_created_at", lambda item: "created_at" not in item),
        ("no_history", lambda item: "edit_history_tweet_ids" not in item),
    ],
)
def test_one_item_of_a_page_is_odd(city: City, kind: str, is_odd: Any) -> None:
    items = city.struck("odd_item", kind=kind).json()["data"]
    assert is_odd(items[0])
    assert len(items) == 10
    assert len(city.sim.oracle.log()[-1].ids) == 9


def test_faults_on_a_refused_or_empty_page_do_no_harm(city: City) -> None:
    city.sim.faults.add(Fault("odd_item", endpoint="search"))
    assert search(city.http, city.sim, "from:nihil").json()["meta"]["result_count"] == 0
    assert search(city.http, city.sim, "-x").status_code == 400


def test_every_named_action_can_be_played() -> None:
    """A new action without a test would go unnoticed: this file must name each of them."""
    text = Path(__file__).read_text(encoding="utf-8")
    assert {action for action in ACTIONS | X_ACTIONS if f'"{action}"' not in text} == set()


def test_one_struck_source_leaves_the_others_alone() -> None:
    world, clock = small_world()
    fault = Fault("status", status=500, source="dpupr_skm", until=NOW + timedelta(hours=1))
    with Simulator(world, clock=clock, faults=[fault]) as sim, session(sim) as http:
        assert timeline(http, sim).status_code == 500
        assert search(http, sim, "to:dpupr_skm OR @dlh_skm").status_code == 500
        assert timeline(http, sim, "dlh").status_code == 200
        clock.move_to(NOW + timedelta(hours=1))
        assert timeline(http, sim).status_code == 200


class NarrowAdapter(requests.adapters.HTTPAdapter):
    """Takes in little at once: else the system's buffers may hold a whole answer of megabytes."""

    def init_poolmanager(self, *given: Any, **more: Any) -> None:
        options = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)]
        super().init_poolmanager(*given, **more, socket_options=options)


def test_a_client_that_leaves_early_is_noted_as_not_served() -> None:
    world, _ = small_world()
    for number in range(100):
        world.post("warga", "@dpupr_skm " + "é" * 60_000, at=NOW - timedelta(minutes=number))
    clock = SettableClock()
    with Simulator(world, clock=clock) as sim, session(sim) as http:
        http.headers["Accept-Encoding"] = "identity"
        http.mount(sim.address, NarrowAdapter())
        identity = world.opd("dpupr").id
        query = {"max_results": "100", "tweet.fields": "note_tweet"}
        address = f"{sim.address}/2/users/{identity}/mentions"
        reply = http.get(address, params=query, stream=True, timeout=5)
        reply.raw.read(10)
        reply.close()
        deadline = time.monotonic() + 5
        while sim.oracle.log()[-1].whole and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not sim.oracle.log()[-1].whole
