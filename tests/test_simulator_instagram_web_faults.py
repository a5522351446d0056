"""What an unmodified instaloader makes of each fault of Instagram's web site."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import instaloader
import pytest
import requests
from instagram_web_wire_support import (
    QuietLoader,
    WaitNeededError,
    instagram_world,
    led_instaloader,
    web_session,
)
from simulator_support import NOW

from tanggap.simulator import Simulator, World
from tanggap.simulator.faults import Fault
from tanggap.simulator.instagram_ids import pk, shortcode
from tanggap.simulator.instagram_web.faults import INSTAGRAM_WEB_ACTIONS
from tanggap.simulator.instagram_web.login import SECOND_FACTOR
from tanggap.simulator.instagram_web.session import VIEWER_HANDLE
from tanggap.simulator.wire import Call
from tanggap.simulator.world import Post

Connection = instaloader.ConnectionException
Abort = instaloader.AbortDownloadException
BadRequest = instaloader.QueryReturnedBadRequestException
NoProfile = instaloader.ProfileNotExistsException


@pytest.fixture
def world() -> World:
    """Three posts of dpupr, the newest with 20 comments, the next with 5; 15 tagged posts."""
    city, _ = instagram_world()
    dpupr = city.opd("dpupr")
    own = [city.post(dpupr, f"info {n}", at=NOW - timedelta(hours=9 - n)) for n in range(3)]
    for media, number in ((own[2], 20), (own[1], 5)):
        for n in range(number):
            at = NOW - timedelta(minutes=2 * (number - n))
            comment = city.reply(f"warga{n}", media, f"komentar {n}", at=at)
            city.reply("warga_b", comment, f"balas {n}", at=at + timedelta(minutes=1))
    for n in range(15):
        at = NOW - timedelta(minutes=15 - n)
        city.post(f"warga{n}", f"lubang {n}", at=at, tagged=[dpupr])
    return city


@pytest.fixture
def served(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Simulator, QuietLoader]]:
    with Simulator(world) as sim, led_instaloader(sim, monkeypatch) as loader:
        yield sim, loader


def profile_of(loader: QuietLoader) -> instaloader.Profile:
    return instaloader.Profile.from_username(loader.context, "dpupr.sukamaju")


def own_media(world: World) -> list[Post]:
    """The posts of dpupr, newest first."""
    written = world.written_by(world.opd("dpupr"))
    return sorted((p for p in written if p.kind == "post"), key=lambda p: p.id, reverse=True)


def read_profile(loader: QuietLoader) -> Any:
    return profile_of(loader)


def read_metadata(loader: QuietLoader) -> Any:
    return profile_of(loader).followed_by_viewer


def read_tagged(loader: QuietLoader) -> list[instaloader.Post]:
    return list(profile_of(loader).get_tagged_posts())


def read_media(loader: QuietLoader) -> list[instaloader.Post]:
    return list(profile_of(loader).get_posts())


def read_many_comments(loader: QuietLoader) -> list[instaloader.PostComment]:
    return list(_named(loader, "info 2").get_comments())


def read_few_comments(loader: QuietLoader) -> list[instaloader.PostComment]:
    return list(_named(loader, "info 1").get_comments())


def _named(loader: QuietLoader, caption: str) -> instaloader.Post:
    return next(post for post in profile_of(loader).get_posts() if post.caption == caption)


READERS: dict[str, Callable[[QuietLoader], Any]] = {
    "profile": read_profile,
    "metadata": read_metadata,
    "tagged": read_tagged,
    "media": read_media,
    "post": lambda loader: read_many_comments(loader),
    "comments": read_many_comments,
    "start": read_media,
}


def fault_at(endpoint: str, action: str, **settings: Any) -> Fault:
    return Fault(action=action, endpoint=endpoint, **settings)


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", ["metadata", "tagged", "media", "post", "comments"])
@pytest.mark.parametrize("status", [401, 403])
def test_please_wait_is_a_connection_error_that_begins_with_its_status(
    served: tuple[Simulator, QuietLoader], endpoint: str, status: int
) -> None:
    sim, loader = served
    sim.faults.add(fault_at(endpoint, "please_wait", status=status))
    with pytest.raises(Connection, match=rf"{status} .*Please wait a few minutes") as caught:
        READERS[endpoint](loader)
    assert str(caught.value).startswith("JSON Query to ")
    entry = sim.oracle.log()[-1]
    assert (entry.endpoint, entry.status, entry.fault) == (endpoint, status, "please_wait")


def test_please_wait_aborts_when_its_status_is_called_fatal(
    served: tuple[Simulator, QuietLoader],
) -> None:
    sim, loader = served
    loader.context.fatal_status_codes = [401, 403, 429]
    sim.faults.add(fault_at("tagged", "please_wait"))
    with pytest.raises(Abort, match="401"):
        read_tagged(loader)


def test_429_is_the_cause_of_a_connection_error(served: tuple[Simulator, QuietLoader]) -> None:
    sim, loader = served
    sim.faults.add(fault_at("tagged", "too_many"))
    with pytest.raises(Connection) as caught:
        read_tagged(loader)
    assert isinstance(caught.value.__cause__, instaloader.TooManyRequestsException)


def test_429_makes_the_library_sleep_when_it_may_try_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Simulator(world) as sim, led_instaloader(sim, monkeypatch, attempts=3) as loader:
        sim.faults.add(fault_at("tagged", "too_many"))
        with pytest.raises(WaitNeededError) as caught:
            read_tagged(loader)
    assert 600 < float(caught.value.args[0]) < 700


@pytest.mark.parametrize("endpoint", ["metadata", "tagged", "media", "comments"])
@pytest.mark.parametrize("action", ["checkpoint", "challenge", "feedback_required"])
def test_what_only_a_person_can_settle_aborts_at_once(
    served: tuple[Simulator, QuietLoader], endpoint: str, action: str
) -> None:
    sim, loader = served
    sim.faults.add(fault_at(endpoint, action))
    words = action if action == "feedback_required" else f"{action}_required"
    with pytest.raises(Abort, match=words):
        READERS[endpoint](loader)
    assert [entry.endpoint for entry in sim.oracle.log()].count(endpoint) == 1


@pytest.mark.parametrize("endpoint", ["profile", "metadata", "tagged", "media", "comments"])
def test_a_redirect_to_the_login_reads_as_logged_out(
    served: tuple[Simulator, QuietLoader], endpoint: str
) -> None:
    sim, loader = served
    sim.faults.add(fault_at(endpoint, "login_redirect"))
    with pytest.raises(Abort, match="logged out"):
        READERS[endpoint](loader)


@pytest.mark.parametrize("kind", ["challenge", "suspended"])
def test_a_redirect_to_what_a_person_must_do_ends_at_a_page(
    served: tuple[Simulator, QuietLoader], kind: str
) -> None:
    sim, loader = served
    sim.faults.add(fault_at("tagged", "challenge_redirect", kind=kind))
    with pytest.raises(Connection) as caught:
        read_tagged(loader)
    assert isinstance(caught.value.__cause__, requests.exceptions.JSONDecodeError)
    assert [entry.status for entry in sim.oracle.log()][-2:] == [302, 200]
    sim.faults.add(fault_at("comments", "challenge_redirect", kind=kind))
    with pytest.raises(Connection, match="302"):
        read_many_comments(loader)


def test_a_redirect_to_the_login_asks_a_visitor_to_log_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Simulator(world) as sim, led_instaloader(sim, monkeypatch, anonymous=True) as loader:
        sim.faults.add(fault_at("profile", "login_redirect"))
        with pytest.raises(instaloader.LoginRequiredException):
            read_profile(loader)


@pytest.mark.parametrize(
    ("endpoint", "action", "kind", "words"),
    [
        ("tagged", "stale_doc", BadRequest, "400"),
        ("metadata", "stale_doc", BadRequest, "400"),
        ("media", "bad_request", BadRequest, "400"),
        ("comments", "login_required", Connection, "403 .*login_required"),
        ("tagged", "server_error", Connection, "500"),
        ("tagged", "status_fail", Connection, '"fail" status'),
        ("profile", "server_error", Connection, "500"),
        ("post", "not_found", instaloader.QueryReturnedNotFoundException, "404"),
        ("start", "lost_login", instaloader.BadResponseException, "fb_dtsg"),
    ],
)
def test_other_refusals_are_told_apart_by_the_library(
    served: tuple[Simulator, QuietLoader],
    endpoint: str,
    action: str,
    kind: type[Exception],
    words: str,
) -> None:
    sim, loader = served
    sim.faults.add(fault_at(endpoint, action))
    with pytest.raises(kind, match=words):
        READERS[endpoint](loader)


@pytest.mark.parametrize(
    ("endpoint", "action"),
    [
        ("profile", "empty_page"),
        ("profile", "not_found"),
        ("profile", "html_page"),
        ("profile", "changed_json"),
        ("metadata", "user_null"),
        ("metadata", "errors_only"),
        ("metadata", "not_found"),
    ],
)
def test_a_profile_may_seem_not_to_exist_though_it_does(
    served: tuple[Simulator, QuietLoader], endpoint: str, action: str
) -> None:
    sim, loader = served
    sim.faults.add(fault_at(endpoint, action, count=1))
    with pytest.raises(NoProfile):
        READERS[endpoint](loader)
    READERS[endpoint](loader)


@pytest.mark.parametrize(
    ("endpoint", "action", "kind"),
    [
        ("tagged", "user_null", TypeError),
        ("tagged", "errors_only", KeyError),
        ("tagged", "changed_json", KeyError),
        ("media", "errors_only", KeyError),
        ("media", "changed_json", KeyError),
        ("post", "changed_json", instaloader.BadResponseException),
        ("start", "no_tokens", instaloader.BadResponseException),
    ],
)
def test_what_has_another_form_than_expected_breaks_inside_the_library(
    served: tuple[Simulator, QuietLoader], endpoint: str, action: str, kind: type[Exception]
) -> None:
    sim, loader = served
    sim.faults.add(fault_at(endpoint, action))
    with pytest.raises(kind):
        READERS[endpoint](loader)


@pytest.mark.parametrize("action", ["html_page", "html"])
def test_a_page_instead_of_json_is_a_connection_error(
    served: tuple[Simulator, QuietLoader], action: str
) -> None:
    sim, loader = served
    sim.faults.add(fault_at("tagged", action))
    with pytest.raises(Connection) as caught:
        read_tagged(loader)
    assert isinstance(caught.value.__cause__, requests.exceptions.JSONDecodeError)


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (fault_at("tagged", "reset"), requests.exceptions.ConnectionError),
        (fault_at("tagged", "truncate"), requests.exceptions.RequestException),
        (fault_at("tagged", "hang"), requests.exceptions.ReadTimeout),
        (fault_at("tagged", "malformed", kind="cut"), requests.exceptions.JSONDecodeError),
    ],
    ids=lambda value: value.action if isinstance(value, Fault) else "",
)
def test_trouble_on_the_way_is_the_cause_of_a_connection_error(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Fault, cause: type[Exception]
) -> None:
    with Simulator(world) as sim, led_instaloader(sim, monkeypatch, timeout=0.5) as loader:
        sim.faults.add(fault)
        with pytest.raises(Connection) as caught:
            read_tagged(loader)
    assert isinstance(caught.value.__cause__, cause)


# --- pages that are not quite right ------------------------------------------------------------


def test_a_comment_without_fields_breaks_where_its_author_is_looked_at(
    served: tuple[Simulator, QuietLoader],
) -> None:
    sim, loader = served
    sim.faults.add(fault_at("comments", "comment_without_fields", count=1))
    comments = iter(read_many_comments(loader))
    names: list[str] = []
    with pytest.raises(KeyError, match="is_private"):
        names.extend(comment.owner.username for comment in comments)
    assert 0 < len(names) < 15
    assert next(comments).owner.username.startswith("warga")


@pytest.mark.parametrize("kind", ["text", "likes"])
def test_a_comment_without_text_ends_the_reading_of_its_page(
    served: tuple[Simulator, QuietLoader], kind: str
) -> None:
    sim, loader = served
    sim.faults.add(fault_at("comments", "comment_without_fields", kind=kind, count=1))
    seen: list[instaloader.PostComment] = []
    with pytest.raises(KeyError):
        seen.extend(_named(loader, "info 2").get_comments())
    # The library reads by a generator, which is over once it has failed.
    assert len(seen) == 7
    shown = sim.oracle.log()[-1].ids
    assert len(shown) == (29 if kind == "text" else 30)


def test_an_answer_without_fields_breaks_the_reading_of_the_answers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment = next(
        c for c in world.under(own_media(world)[0]) if c.versions[0].text == "komentar 19"
    )
    for n in range(4):
        world.reply("warga_c", comment, f"lagi {n}", at=NOW + timedelta(seconds=n - 4))
    with Simulator(world) as sim, led_instaloader(sim, monkeypatch) as loader:
        sim.faults.add(fault_at("child_comments", "comment_without_fields"))
        newest = read_many_comments(loader)[0]
        answers: list[Any] = []
        with pytest.raises(KeyError):
            answers.extend(newest.answers)
    assert [answer.text for answer in answers] == ["balas 19", "lagi 0"]


def test_a_comment_whose_author_has_no_name_breaks_by_an_assertion(
    served: tuple[Simulator, QuietLoader],
) -> None:
    sim, loader = served
    sim.faults.add(fault_at("comments", "comment_without_fields", kind="owner"))
    middle = read_few_comments(loader)[2]
    assert middle.text == "komentar 2"
    with pytest.raises(AssertionError):
        _ = middle.owner


def test_comments_under_another_name_look_like_none_to_the_library(
    served: tuple[Simulator, QuietLoader],
) -> None:
    sim, loader = served
    sim.faults.add(fault_at("comments", "changed_json"))
    assert read_many_comments(loader) == []
    assert sim.oracle.log()[-1].ids == ()
    with pytest.raises(KeyError):
        read_few_comments(loader)


@pytest.mark.parametrize(
    ("endpoint", "kind", "error"),
    [
        ("tagged", "no_owner", KeyError),
        ("tagged", "null", TypeError),
        ("tagged", "no_id", AssertionError),
        ("media", "no_time", KeyError),
        ("media", "no_id", KeyError),
        ("media", "null", TypeError),
        ("comments", "null", TypeError),
        ("comments", "no_time", KeyError),
        ("comments", "no_id", KeyError),
        ("media", "text_number", TypeError),
    ],
)
def test_an_odd_item_breaks_when_it_is_read(
    served: tuple[Simulator, QuietLoader], endpoint: str, kind: str, error: type[Exception]
) -> None:
    sim, loader = served
    sim.faults.add(fault_at(endpoint, "odd_item", kind=kind))
    with pytest.raises(error):
        _ = [getattr(item, "caption", None) for item in READERS[endpoint](loader)]


def test_posts_after_an_odd_one_can_still_be_had(
    served: tuple[Simulator, QuietLoader],
) -> None:
    sim, loader = served
    sim.faults.add(fault_at("tagged", "odd_item", count=1))
    posts = profile_of(loader).get_tagged_posts()
    # The library reads the first node only now, so the request has already been made.
    with pytest.raises(KeyError):
        next(posts)
    captions = list(dict.fromkeys(post.caption for post in posts))
    assert captions == [f"lubang {n}" for n in reversed(range(14))]


def test_a_page_that_shows_itself_again_ends_the_walk_of_the_library(
    served: tuple[Simulator, QuietLoader],
) -> None:
    sim, loader = served
    sim.faults.add(fault_at("tagged", "repeat_cursor"))
    assert len(read_tagged(loader)) == 12
    assert [entry.endpoint for entry in sim.oracle.log()].count("tagged") == 2


def test_an_empty_page_with_a_next_one_ends_the_walk_of_the_library(
    served: tuple[Simulator, QuietLoader],
) -> None:
    sim, loader = served
    sim.faults.add(fault_at("tagged", "empty_with_next", skip=1))
    assert len(read_tagged(loader)) == 12
    assert sim.oracle.log()[-1].ids == ()


def test_items_may_come_twice_in_another_order_or_without_a_word(
    served: tuple[Simulator, QuietLoader],
) -> None:
    sim, loader = served
    sim.faults.add(fault_at("tagged", "twice", count=1))
    twice = [post.shortcode for post in read_tagged(loader)]
    assert twice[0] == twice[1]
    sim.faults.add(fault_at("tagged", "shuffle", count=1))
    assert read_tagged(loader)[0].caption == "lubang 3"
    sim.faults.add(fault_at("tagged", "null_texts", count=1))
    silent = read_tagged(loader)[0]
    assert silent.caption is None
    sim.faults.add(fault_at("comments", "null_texts"))
    assert {comment.text for comment in read_few_comments(loader)} == {None}
    sim.faults.add(fault_at("media", "null_texts"))
    assert {post.caption for post in read_media(loader)} == {None}


@pytest.mark.parametrize("action", ["repeat_cursor", "empty_with_next"])
def test_lists_of_the_app_can_be_led_in_circles_too(world: World, action: str) -> None:
    media = own_media(world)[0]
    comment = next(c for c in world.under(media) if c.parent is media)
    path = f"/api/v1/media/{pk(media)}/comments/"
    with Simulator(world) as sim, web_session(sim) as session:
        sim.faults.add(Fault(action=action))
        page = session.ask(path, "i.instagram.com").json()
        again = session.ask(path, "i.instagram.com", params={"min_id": page["next_min_id"]}).json()
        answers = session.ask(f"{path}{pk(comment)}/child_comments/", "i.instagram.com").json()
        info = session.ask(f"/api/v1/media/{pk(media)}/info/", "i.instagram.com").json()
    assert again == page
    assert bool(page["comments"]) == (action == "repeat_cursor")
    assert answers["next_max_child_cursor"]
    assert bool(info["items"]) == (action == "repeat_cursor")


def test_an_empty_list_and_a_page_without_a_list_cannot_be_spoiled(world: World) -> None:
    with Simulator(world) as sim, web_session(sim) as session:
        quiet = world.post(world.opd("dlh"), "sepi", at=NOW)
        path = f"/api/v1/media/{pk(quiet)}/comments/"
        for action in ("odd_item", "comment_without_fields", "shuffle"):
            sim.faults.add(Fault(action=action, count=2))
            assert session.ask(path, "i.instagram.com").json()["comments"] == []
            assert session.ask("/dlh.sukamaju/").status_code == 200
        sim.faults.add(Fault(action="twice"))
        assert session.ask("/api/v1/media/1/info/", "i.instagram.com").status_code == 400
        text_number = Fault(action="odd_item", kind="text_number")
        sim.faults.clear()
        sim.faults.add(text_number)
        asked = {"query_hash": "e31a871f7301132ceaab56507a66bbb7"}
        asked["variables"] = f'{{"id":"{world.opd("dpupr").id}"}}'
        edges = session.ask("/graphql/query", params=asked).json()["data"]["user"]
    first = edges["edge_user_to_photos_of_you"]["edges"][0]["node"]
    assert first["edge_media_to_caption"]["edges"][0]["node"]["text"] == 42


# --- the login, and the list of faults ---------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "kind", "words"),
    [
        ("two_factor", instaloader.TwoFactorAuthRequiredException, "two-factor"),
        ("login_checkpoint", instaloader.LoginException, "/challenge/"),
        ("login_blocked", instaloader.LoginException, "blocked IP"),
        ("please_wait", instaloader.LoginException, "Please wait"),
        ("html_page", instaloader.LoginException, "JSON decode fail"),
    ],
)
def test_a_login_may_be_held_up(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    action: str,
    kind: type[Exception],
    words: str,
) -> None:
    with Simulator(world) as sim, led_instaloader(sim, monkeypatch, anonymous=True) as loader:
        sim.faults.add(fault_at("login", action, count=1))
        with pytest.raises(kind, match=words):
            loader.login(VIEWER_HANDLE, sim.token)
        if action == "two_factor":
            with pytest.raises(instaloader.BadCredentialsException):
                loader.two_factor_login("000000")
            loader.two_factor_login(SECOND_FACTOR)
            assert loader.test_login() == VIEWER_HANDLE


def test_a_fault_may_concern_one_account_only(served: tuple[Simulator, QuietLoader]) -> None:
    sim, loader = served
    sim.faults.add(Fault(action="please_wait", source="dlh.sukamaju"))
    assert len(set(read_tagged(loader))) == 15
    dlh = instaloader.Profile.from_username
    with pytest.raises(Connection, match="401"):
        dlh(loader.context, "dlh.sukamaju")


def test_test_login_cannot_tell_a_throttled_session_from_a_dead_one(
    served: tuple[Simulator, QuietLoader],
) -> None:
    sim, loader = served
    sim.faults.add(fault_at("test_login", "please_wait"))
    assert loader.test_login() is None


def test_a_fault_of_another_network_is_not_one_of_instagrams(world: World) -> None:
    with Simulator(world) as sim, web_session(sim) as session:
        call = Call("GET", "/", {}, {"host": "www.instagram.com"})
        assert sim.instagram_web.bend(Fault(action="delay"), call, NOW) is None
        assert sim.instagram_web.accepts(call)
        assert not sim.instagram_web.accepts(Call("GET", "/", {}, {"host": "graph.facebook.com"}))
        # A refusal has nothing that could be spoiled.
        sim.faults.add(Fault(action="changed_json"))
        assert session.ask("/api/v1/media/1/info/", "i.instagram.com").json()["status"] == "fail"


def test_every_fault_answers_and_leaves_no_doubt_what_it_showed(world: World) -> None:
    media = own_media(world)[0]
    known = {shortcode(post) for post in own_media(world)} | {
        str(pk(comment)) for comment in world.under(media)
    }
    path = f"/api/v1/media/{pk(media)}/comments/"
    with Simulator(world) as sim, web_session(sim) as session:
        assert sim.wires["instagram_web"].actions >= INSTAGRAM_WEB_ACTIONS
        for action in sorted(INSTAGRAM_WEB_ACTIONS):
            sim.faults.add(Fault(action=action, count=1))
            answer = session.ask(path, "i.instagram.com")
            assert answer.status_code in (200, 302, 400, 401, 403, 404, 429, 500), action
            entry = sim.oracle.log()[-1]
            assert (entry.fault, entry.status) == (action, answer.status_code)
            assert set(entry.ids) <= known
