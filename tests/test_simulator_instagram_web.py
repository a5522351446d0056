"""Instagram's web site as the simulator plays it, read by an unmodified instaloader."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import instaloader
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instagram_web_wire_support import (
    QuietLoader,
    WebSession,
    instagram_world,
    led_instaloader,
    web_session,
)
from simulator_support import NOW, SettableClock

from tanggap.simulator import Simulator, World, generate_world
from tanggap.simulator.instagram_ids import pk, shortcode
from tanggap.simulator.instagram_web.limits import REST, WINDOW
from tanggap.simulator.instagram_web.paging import BadCursorError, cut
from tanggap.simulator.instagram_web.session import VIEWER_HANDLE, VIEWER_ID
from tanggap.simulator.world import Post

TAGGED = "e31a871f7301132ceaab56507a66bbb7"
COMMENTS = "97b41c52301f77ce508f55e66d17620e"
ANSWERS = "51fdd02b67508306ad4484ff574a0b62"
TEST_LOGIN = "d6f4427fbe92d846298cf93df0b937d3"


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def tagged_posts(world: World, number: int) -> list[Post]:
    """Posts by citizens that tag dpupr, oldest first."""
    dpupr = world.opd("dpupr")
    return [
        world.post(f"warga{n}", f"lubang ke-{n}", at=NOW - minutes(number - n), tagged=[dpupr])
        for n in range(number)
    ]


def own_posts(world: World, number: int) -> list[Post]:
    """Posts by dpupr, oldest first."""
    dpupr = world.opd("dpupr")
    return [
        world.post(dpupr, f"pengumuman {n}", at=NOW - minutes(1000 + number - n))
        for n in range(number)
    ]


def comments_on(world: World, media: Post, number: int) -> list[Post]:
    """Comments by as many citizens, oldest first."""
    return [
        world.reply(f"warga{n}", media, f"komentar {n}", at=NOW - minutes(number - n))
        for n in range(number)
    ]


def dpupr_profile(loader: QuietLoader) -> instaloader.Profile:
    return instaloader.Profile.from_username(loader.context, "dpupr.sukamaju")


def seen_comments(post: instaloader.Post) -> dict[str, list[str]]:
    """Texts of the answers under the text of each comment."""
    return {
        comment.text: [answer.text for answer in comment.answers] for comment in post.get_comments()
    }


@pytest.fixture
def city() -> tuple[World, SettableClock]:
    return instagram_world()


@pytest.fixture
def served(
    city: tuple[World, SettableClock], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Simulator, QuietLoader]]:
    """A simulator over the city and an instaloader with a session that lives."""
    with Simulator(city[0]) as sim, led_instaloader(sim, monkeypatch) as loader:
        yield sim, loader


def log_of(simulator: Simulator) -> list[tuple[str, str, str, int]]:
    return [(e.method, e.endpoint, e.source, e.status) for e in simulator.oracle.log()]


# --- read by instaloader -----------------------------------------------------------------------


def test_instaloader_finds_its_session_alive(served: tuple[Simulator, QuietLoader]) -> None:
    sim, loader = served
    assert loader.test_login() == VIEWER_HANDLE
    assert loader.complaints == []
    assert log_of(sim) == [("GET", "test_login", "", 200)]


def test_instaloader_reads_a_profile_from_its_public_page(
    city: tuple[World, SettableClock], served: tuple[Simulator, QuietLoader]
) -> None:
    (world, _), (sim, loader) = city, served
    own_posts(world, 4)
    profile = dpupr_profile(loader)
    assert str(profile.userid) == world.opd("dpupr").id
    assert profile.username == "dpupr.sukamaju"
    assert log_of(sim) == [("GET", "profile", "dpupr.sukamaju", 200)]
    assert sim.oracle.log()[0].ids == ()
    assert profile.mediacount == 4
    assert not profile.is_private
    assert not profile.followed_by_viewer
    assert log_of(sim)[1:] == [("POST", "metadata", "dpupr.sukamaju", 200)]


def test_instaloader_reads_all_tagged_posts_over_several_pages(
    city: tuple[World, SettableClock], served: tuple[Simulator, QuietLoader]
) -> None:
    (world, _), (sim, loader) = city, served
    posts = tagged_posts(world, 30)
    found = list(dpupr_profile(loader).get_tagged_posts())
    assert list(dict.fromkeys(post.shortcode for post in found)) == [
        shortcode(post) for post in reversed(posts)
    ]
    newest, expected = found[0], posts[-1]
    assert newest.mediaid == pk(expected)
    assert newest.caption == "lubang ke-29"
    assert str(newest.owner_id) == expected.author.id
    assert newest.owner_username == expected.author.handle
    assert newest.date_utc == expected.posted_at.replace(tzinfo=None)
    pages = [entry for entry in sim.oracle.log() if entry.endpoint == "tagged"]
    assert len(pages) == 3
    assert {entry.source for entry in pages} == {"dpupr.sukamaju"}
    assert {entry.network for entry in pages} == {"instagram_web"}
    assert sim.oracle.served("tagged") == {shortcode(post) for post in posts}


def test_instaloader_reads_own_posts_with_the_pinned_one_in_front(
    city: tuple[World, SettableClock], served: tuple[Simulator, QuietLoader]
) -> None:
    (world, _), (sim, loader) = city, served
    posts = own_posts(world, 30)
    found = list(dpupr_profile(loader).get_posts())
    expected = [posts[0], *reversed(posts[1:])]
    assert list(dict.fromkeys(post.shortcode for post in found)) == [
        shortcode(post) for post in expected
    ]
    assert found[1].caption == "pengumuman 29"
    assert found[1].owner_username == "dpupr.sukamaju"
    assert sim.oracle.served("media") == {shortcode(post) for post in posts}


def test_a_page_may_begin_with_the_last_item_of_the_page_before(
    city: tuple[World, SettableClock], served: tuple[Simulator, QuietLoader]
) -> None:
    (world, _), (sim, loader) = city, served
    tagged_posts(world, 400)
    found = [post.shortcode for post in dpupr_profile(loader).get_tagged_posts()]
    assert len(found) > len(set(found)) == 400
    sim.instagram_web.answers.overlapping_pages = False
    found = [post.shortcode for post in dpupr_profile(loader).get_tagged_posts()]
    assert len(found) == 400


def test_many_comments_come_from_the_app_with_their_answers(
    city: tuple[World, SettableClock], served: tuple[Simulator, QuietLoader]
) -> None:
    (world, _), (sim, loader) = city, served
    (media,) = own_posts(world, 1)
    comments = comments_on(world, media, 40)
    for n in range(2):
        world.reply("warga_b", comments[3], f"sedikit {n}", at=NOW - minutes(1 - n / 2))
    for n in range(30):
        world.reply("warga_b", comments[7], f"banyak {n}", at=NOW - minutes(30 - n))
    deep = world.reply("warga_c", world.under(media)[-1], "balas balasan", at=NOW)
    (post,) = dpupr_profile(loader).get_posts()
    assert post.comments == 73
    comment = next(iter(post.get_comments()))
    assert comment.id == pk(comments[-1])
    assert comment.created_at_utc == comments[-1].posted_at.replace(tzinfo=None)
    assert comment.owner.username == "warga39"
    assert comment.owner.userid == int(comments[-1].author.id)
    read = seen_comments(post)
    assert set(read) == {f"komentar {n}" for n in range(40)}
    assert read["komentar 3"] == ["sedikit 0", "sedikit 1"]
    # As the real one, the library asks for the first page of answers only.
    assert read["komentar 7"] == [f"banyak {n}" for n in range(20)]
    assert {entry.endpoint for entry in sim.oracle.log() if entry.source == "dpupr.sukamaju"} >= {
        "post",
        "comments",
        "child_comments",
    }
    shown = sim.oracle.served("comments", "child_comments")
    assert {str(pk(comment)) for comment in comments} <= shown
    assert str(pk(deep)) not in shown


def test_few_comments_come_from_the_web_with_their_answers(
    city: tuple[World, SettableClock], served: tuple[Simulator, QuietLoader]
) -> None:
    (world, _), (sim, loader) = city, served
    (media,) = own_posts(world, 1)
    comments = comments_on(world, media, 4)
    world.answer("dpupr", comments[0], "segera kami tangani", at=NOW)
    for n in range(5):
        world.reply("warga_b", comments[2], f"balas {n}", at=NOW - minutes(5 - n))
    (post,) = dpupr_profile(loader).get_posts()
    assert seen_comments(post) == {
        "komentar 3": [],
        "komentar 2": [f"balas {n}" for n in range(5)],
        "komentar 1": [],
        "komentar 0": ["segera kami tangani"],
    }
    (answer,) = next(c for c in post.get_comments() if c.text == "komentar 0").answers
    assert answer.owner.username == "dpupr.sukamaju"
    assert all(isinstance(comment.id, str) for comment in post.get_comments())
    paths = {call for call in log_of(sim) if call[1] in ("comments", "child_comments")}
    assert paths == {
        ("GET", "comments", "dpupr.sukamaju", 200),
        ("GET", "child_comments", "dpupr.sukamaju", 200),
    }


def test_a_post_without_comments_costs_no_request_for_them(
    city: tuple[World, SettableClock], served: tuple[Simulator, QuietLoader]
) -> None:
    (world, _), (sim, loader) = city, served
    own_posts(world, 1)
    (post,) = dpupr_profile(loader).get_posts()
    assert list(post.get_comments()) == []
    assert "comments" not in {entry.endpoint for entry in sim.oracle.log()}


def test_one_post_is_read_by_its_shortcode(
    city: tuple[World, SettableClock], served: tuple[Simulator, QuietLoader]
) -> None:
    (world, _), (sim, loader) = city, served
    dpupr, dlh = world.opd("dpupr"), world.opd("dlh")
    media = world.post("warga_a", "sampah", at=NOW - minutes(5), tagged=[dpupr, dlh])
    wordless = world.post("warga_a", "", at=NOW - minutes(4), tagged=[dpupr])
    post = instaloader.Post.from_shortcode(loader.context, shortcode(media))
    assert (post.caption, post.mediaid) == ("sampah", pk(media))
    assert post.tagged_users == ["dpupr.sukamaju", "dlh.sukamaju"]
    assert instaloader.Post.mediaid_to_shortcode(pk(media)) == shortcode(media)
    assert instaloader.Post.from_mediaid(loader.context, pk(wordless)).caption is None
    assert log_of(sim) == [("POST", "post", "warga_a", 200)] * 2
    with pytest.raises(instaloader.BadResponseException):
        instaloader.Post.from_shortcode(loader.context, "C0ntoh")


def test_nobody_in_particular_reads_public_posts_one_by_one(
    city: tuple[World, SettableClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, _ = city
    posts = own_posts(world, 14)
    with Simulator(world) as sim, led_instaloader(sim, monkeypatch, anonymous=True) as loader:
        assert loader.test_login() is None
        profile = dpupr_profile(loader)
        assert profile.mediacount == 14
        assert {post.caption for post in profile.get_posts()} == {
            post.versions[0].text for post in posts
        }
        assert profile.biography_hashtags == []
        assert profile.followees == 12
        by_id = instaloader.Profile.from_id(loader.context, profile.userid)
        assert by_id.username == "dpupr.sukamaju"
        with pytest.raises(instaloader.LoginRequiredException):
            next(iter(profile.get_tagged_posts()))
    assert ("GET", "metadata", "dpupr.sukamaju", 200) in log_of(sim)


def test_the_app_shows_one_post_and_one_account(
    city: tuple[World, SettableClock], served: tuple[Simulator, QuietLoader]
) -> None:
    (world, _), (sim, loader) = city, served
    own_posts(world, 3)
    profile = dpupr_profile(loader)
    assert profile.profile_pic_url.startswith("https://scontent.")
    post = instaloader.Post.from_shortcode(loader.context, shortcode(own_posts(world, 1)[0]))
    assert post.url.startswith("https://scontent.")
    assert ("GET", "metadata", "dpupr.sukamaju", 200) in log_of(sim)


# --- what the city does ------------------------------------------------------------------------


def test_edits_keep_the_id_and_deletions_vanish_with_what_stands_below(
    city: tuple[World, SettableClock], served: tuple[Simulator, QuietLoader]
) -> None:
    (world, clock), (_, loader) = city, served
    (media,) = own_posts(world, 1)
    kept, gone = comments_on(world, media, 2)
    world.reply("warga_b", gone, "betul", at=NOW)
    world.edit(kept, "komentar yang diperbaiki", at=NOW + minutes(1))
    world.delete(gone, at=NOW + minutes(1))
    (post,) = dpupr_profile(loader).get_posts()
    assert seen_comments(post) == {"komentar 1": ["betul"], "komentar 0": []}
    clock.move_to(NOW + minutes(2))
    (post,) = dpupr_profile(loader).get_posts()
    (comment,) = post.get_comments()
    assert (post.comments, comment.text) == (1, "komentar yang diperbaiki")
    assert comment.id == str(pk(kept))
    world.delete(media, at=NOW + minutes(2))
    assert list(dpupr_profile(loader).get_posts()) == []
    with pytest.raises(TypeError):
        list(post.get_comments())


def test_a_post_that_is_seen_late_appears_below_younger_ones(
    city: tuple[World, SettableClock], served: tuple[Simulator, QuietLoader]
) -> None:
    (world, clock), (_, loader) = city, served
    dpupr = world.opd("dpupr")
    world.post(
        "warga_a", "lama", at=NOW - minutes(9), tagged=[dpupr], visible_after=timedelta(hours=1)
    )
    world.post("warga_b", "baru", at=NOW - minutes(1), tagged=[dpupr])
    captions = [post.caption for post in dpupr_profile(loader).get_tagged_posts()]
    assert captions == ["baru"]
    clock.move_to(NOW + timedelta(hours=1))
    captions = [post.caption for post in dpupr_profile(loader).get_tagged_posts()]
    assert captions == ["baru", "lama"]


def test_an_account_that_becomes_private_shows_itself_but_no_posts(
    city: tuple[World, SettableClock], served: tuple[Simulator, QuietLoader]
) -> None:
    (world, _), (_, loader) = city, served
    (media,) = own_posts(world, 1)
    comments_on(world, media, 1)
    tagged_posts(world, 1)
    public = dpupr_profile(loader)
    (post,) = public.get_posts()
    world.opd("dpupr").standing = "protected"
    profile = dpupr_profile(loader)
    assert profile.is_private
    with pytest.raises(instaloader.PrivateProfileNotFollowedException):
        profile.get_posts()
    assert list(profile.get_tagged_posts()) == []
    with pytest.raises(instaloader.BadResponseException):
        list(post.get_comments())


@pytest.mark.parametrize("standing", ["suspended", "gone"])
def test_a_suspended_account_looks_as_if_it_had_never_been(
    city: tuple[World, SettableClock], served: tuple[Simulator, QuietLoader], standing: Any
) -> None:
    (world, _), (sim, loader) = city, served
    own_posts(world, 1)
    profile = dpupr_profile(loader)
    world.opd("dpupr").standing = standing
    with pytest.raises(instaloader.ProfileNotExistsException):
        profile.get_tagged_posts()
    with pytest.raises(instaloader.ProfileNotExistsException):
        dpupr_profile(loader)
    with pytest.raises(instaloader.ProfileNotExistsException):
        instaloader.Profile.from_username(loader.context, "tidak.ada")
    assert log_of(sim)[-1] == ("GET", "profile", "tidak.ada", 404)


def test_a_renamed_account_is_found_under_its_new_name_only(
    city: tuple[World, SettableClock], served: tuple[Simulator, QuietLoader]
) -> None:
    (world, _), (_, loader) = city, served
    world.rename(world.opd("dpupr"), "pupr.kota")
    with pytest.raises(instaloader.ProfileNotExistsException):
        dpupr_profile(loader)
    renamed = instaloader.Profile.from_username(loader.context, "pupr.kota")
    assert str(renamed.userid) == world.accounts[str(renamed.userid)].id


def test_fields_are_missing_now_and_then_and_the_library_asks_again(
    city: tuple[World, SettableClock], served: tuple[Simulator, QuietLoader]
) -> None:
    (world, _), (sim, loader) = city, served
    posts = {shortcode(post): post for post in tagged_posts(world, 60)}
    found = list(dpupr_profile(loader).get_tagged_posts())
    nameless = [post for post in found if "username" not in post._node["owner"]]
    countless = [post for post in found if "edge_media_to_comment" not in post._node]
    hidden = [post for post in found if post.likes == -1]
    assert nameless
    assert countless
    assert hidden
    assert len(nameless) + len(countless) < len(found)
    assert nameless[0].owner_username == posts[nameless[0].shortcode].author.handle
    assert countless[0].comments == 0
    assert ("POST", "post", nameless[0].owner_username, 200) in log_of(sim)


def test_the_truth_names_posts_by_shortcode_and_comments_by_number(
    city: tuple[World, SettableClock],
) -> None:
    world, _ = city
    (tag,) = tagged_posts(world, 1)
    (media,) = own_posts(world, 1)
    (comment,) = comments_on(world, media, 1)
    answer = world.answer("dpupr", comment, "sudah", at=NOW)
    with Simulator(world) as sim:
        truth = sim.truth("instagram_web")
    assert set(truth["addressed"]["dpupr"]) == {shortcode(tag), str(pk(comment))}
    assert truth["answers"] == {str(pk(answer)): str(pk(comment))}


def test_instaloader_finds_all_that_a_perfect_watcher_knows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = SettableClock()
    world = generate_world(7, NOW - timedelta(hours=48), 48, 300, clock=clock, network="instagram")
    found: dict[str, set[str]] = {}
    with Simulator(world) as sim, led_instaloader(sim, monkeypatch) as loader:
        truth = sim.truth("instagram_web")
        for account in world.city_accounts():
            # As if hours lay between the accounts: the library counts its requests in real time.
            loader.context._rate_controller._query_timestamps.clear()
            profile = instaloader.Profile.from_username(loader.context, account.handle)
            ids = found.setdefault(account.opd or "", set())
            ids |= {post.shortcode for post in profile.get_tagged_posts()}
            for post in profile.get_posts():
                for comment in post.get_comments():
                    ids |= {str(comment.id), *(str(answer.id) for answer in comment.answers)}
        served = sim.oracle.served()
    gone, own = set(truth["vanished"]), set(truth["own"])
    assert {opd: ids - own for opd, ids in found.items()} == {
        opd: set(ids) - gone for opd, ids in truth["addressed"].items()
    }
    assert sum(map(len, found.values())) > 300
    assert set().union(*found.values()) <= served


# --- sessions, limits, and what is not allowed -------------------------------------------------


def query(session: WebSession, number: str, **variables: Any) -> Any:
    given = {"query_hash": number, "variables": json.dumps(variables)}
    return session.ask("/graphql/query", params=given)


def form(doc_id: str, **variables: Any) -> dict[str, str]:
    return {"doc_id": doc_id, "variables": json.dumps(variables)}


def test_without_a_living_session_everything_but_public_pages_leads_to_the_login(
    city: tuple[World, SettableClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, _ = city
    own_posts(world, 1)
    with Simulator(world) as sim:
        dead = {**sim.instagram_web.session_cookies(), "sessionid": f"{VIEWER_ID}%3Abekas%3A8"}
        with led_instaloader(sim, monkeypatch, cookies=dead) as loader:
            assert loader.test_login() is None
            assert "logged out" in loader.complaints[0]
            profile = dpupr_profile(loader)
            with pytest.raises(instaloader.AbortDownloadException, match="logged out"):
                profile.get_tagged_posts()
        with web_session(sim, anonymous=True) as session:
            answer = session.ask(
                f"/api/v1/media/{pk(own_posts(world, 1)[0])}/comments/", "i.instagram.com"
            )
            assert answer.status_code == 302
            assert answer.headers["location"].startswith("https://i.instagram.com/accounts/login/")
            assert session.ask("/accounts/login/").status_code == 200
            assert query(session, TEST_LOGIN).json()["data"] == {"user": None}
    digests = {entry.token for entry in sim.oracle.log() if entry.endpoint == "metadata"}
    assert len(digests) == 1
    assert "" not in digests


@pytest.mark.parametrize(
    "bearer", ["Bearer IGT:2:bukan", "Bearer IGT:2:e30=", "Bearer IGT:2:W10=", "Bearer lain"]
)
def test_a_session_of_the_app_that_cannot_be_read_is_none(
    city: tuple[World, SettableClock], bearer: str
) -> None:
    world, _ = city
    with Simulator(world) as sim, web_session(sim, anonymous=True) as session:
        path = f"/api/v1/users/{world.opd('dpupr').id}/info/"
        answer = session.ask(path, "i.instagram.com", headers={"Authorization": bearer})
    assert answer.status_code == 302
    assert sim.oracle.log()[0].token == ""


def test_a_comment_that_is_hidden_or_no_comment_has_no_answers_to_show(
    city: tuple[World, SettableClock],
) -> None:
    world, _ = city
    (media,) = own_posts(world, 1)
    (comment,) = comments_on(world, media, 1)
    answer = world.reply("warga_b", comment, "balas", at=NOW)
    other = world.post(world.opd("dlh"), "lain", at=NOW)

    def asked(session: WebSession, post: Post, under: Post) -> list[int]:
        path = f"/api/v1/media/{pk(under)}/comments/{pk(post)}/child_comments/"
        web = query(session, ANSWERS, comment_id=str(pk(post)))
        found = web.json()["data"]["comment"] is not None
        return [session.ask(path, "i.instagram.com").status_code, 200 if found else 400]

    with Simulator(world) as sim, web_session(sim) as session:
        assert asked(session, comment, media) == [200, 200]
        assert asked(session, answer, media) == [400, 400]
        assert asked(session, media, media) == [400, 400]
        assert asked(session, comment, other) == [400, 200]
        world.delete(comment)
        assert asked(session, comment, media) == [400, 400]


def test_a_session_dies_when_the_simulator_forgets_its_token(
    served: tuple[Simulator, QuietLoader],
) -> None:
    sim, loader = served
    assert loader.test_login() == VIEWER_HANDLE
    sim.instagram_web.tokens.clear()
    assert loader.test_login() is None


def test_what_is_posted_needs_the_csrf_token_in_its_header(
    city: tuple[World, SettableClock],
) -> None:
    world, _ = city
    with Simulator(world) as sim, web_session(sim) as session:
        asked = form("27937681195819736", id=world.opd("dpupr").id)
        assert session.ask("/graphql/query", method="POST", data=asked).status_code == 200
        for wrong in ("", "lain"):
            refused = session.ask(
                "/graphql/query", method="POST", data=asked, headers={"X-CSRFToken": wrong}
            )
            assert refused.status_code == 403


def test_queries_of_the_web_app_need_the_tokens_of_the_start_page(
    city: tuple[World, SettableClock],
) -> None:
    world, _ = city
    with Simulator(world) as sim, web_session(sim) as session:
        asked = form("29104886249145907", username="dpupr.sukamaju")
        answer = session.ask("/api/graphql", method="POST", data=asked)
        assert answer.text.startswith("for (;;);")
        # The same query at the older address is one that the site does not know.
        assert session.ask("/graphql/query", method="POST", data=asked).status_code == 400


@pytest.mark.parametrize("host", ["www.instagram.com", "i.instagram.com"])
def test_whatever_would_write_is_refused_and_seen_in_the_log(
    city: tuple[World, SettableClock], host: str
) -> None:
    world, _ = city
    (media,) = own_posts(world, 1)
    with Simulator(world) as sim, web_session(sim) as session:
        path = f"/api/v1/web/comments/{pk(media)}/add/"
        answer = session.ask(path, host, "POST", data={"comment_text": "halo"})
        assert answer.status_code == 405
        assert session.ask("/tidak/ada/di/sini/", host).status_code == 404
    assert log_of(sim) == [("POST", "unknown", "", 405), ("GET", "unknown", "", 404)]


def test_who_asks_too_much_waits_and_nobody_else_does(
    city: tuple[World, SettableClock],
) -> None:
    world, clock = city
    with Simulator(world) as sim, web_session(sim) as session:
        sim.instagram_web.patience.per_window = 3
        assert [query(session, TEST_LOGIN).status_code for _ in range(3)] == [200] * 3
        clock.move_to(NOW + WINDOW)
        assert [query(session, TEST_LOGIN).status_code for _ in range(4)] == [200] * 3 + [401]
        refused = query(session, TEST_LOGIN)
        assert refused.json()["message"].startswith("Please wait a few minutes")
        assert refused.json()["require_login"] is True
        with web_session(sim, anonymous=True) as other:
            assert query(other, TEST_LOGIN).status_code == 200
        clock.move_to(NOW + WINDOW + REST - minutes(1))
        assert query(session, TEST_LOGIN).status_code == 401
        clock.move_to(NOW + WINDOW + REST)
        assert query(session, TEST_LOGIN).status_code == 200


def test_a_profile_page_tells_nothing_to_what_is_no_browser(
    city: tuple[World, SettableClock],
) -> None:
    world, _ = city
    with Simulator(world) as sim, web_session(sim, anonymous=True) as session:
        bare = session.ask("/dpupr.sukamaju/")
        full = session.ask("/dpupr.sukamaju/", headers={"Sec-Fetch-Mode": "navigate"})
    assert (bare.status_code, full.status_code) == (200, 200)
    assert "xig_user_by_username" not in bare.text
    assert "xig_user_by_username" in full.text


def test_answers_beyond_the_first_page_can_be_had_by_their_cursor(
    city: tuple[World, SettableClock],
) -> None:
    world, _ = city
    (media,) = own_posts(world, 1)
    (comment,) = comments_on(world, media, 1)
    for n in range(25):
        world.reply("warga_b", comment, f"balas {n}", at=NOW - minutes(25 - n))
    path = f"/api/v1/media/{pk(media)}/comments/{pk(comment)}/child_comments/"
    with Simulator(world) as sim, web_session(sim) as session:
        first = session.ask(path, "i.instagram.com", params={"max_id": ""}).json()
        cursor = first["next_max_child_cursor"]
        rest = session.ask(path, "i.instagram.com", params={"max_id": cursor}).json()
    texts = [item["text"] for page in (first, rest) for item in page["child_comments"]]
    assert texts == [f"balas {n}" for n in range(25)]
    assert rest["next_max_child_cursor"] is None


def test_the_answers_that_a_comment_shows_are_the_first_page_of_its_thread(
    city: tuple[World, SettableClock],
) -> None:
    world, _ = city
    (media,) = own_posts(world, 1)
    (comment,) = comments_on(world, media, 1)
    for n in range(20):
        world.reply("warga_b", comment, f"balas {n}", at=NOW - minutes(20 - n))
    with Simulator(world) as sim, web_session(sim) as session:
        shown = query(session, COMMENTS, shortcode=shortcode(media)).json()["data"]
        (edge,) = shown["shortcode_media"]["edge_media_to_parent_comment"]["edges"]
        thread = edge["node"]["edge_threaded_comments"]
        texts = [entry["node"]["text"] for entry in thread["edges"]]
        while thread["page_info"]["has_next_page"]:
            after = thread["page_info"]["end_cursor"]
            answer = query(session, ANSWERS, comment_id=str(pk(comment)), first=12, after=after)
            thread = answer.json()["data"]["comment"]["edge_threaded_comments"]
            texts += [entry["node"]["text"] for entry in thread["edges"]]
    assert list(dict.fromkeys(texts)) == [f"balas {n}" for n in range(20)]
    assert thread["count"] == 20


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/api/v1/media/1/comments/", "i.instagram.com", 400),
        ("/api/v1/media/1/comments/2/child_comments/", "i.instagram.com", 400),
        ("/api/v1/media/1/info/", "i.instagram.com", 400),
        ("/api/v1/users/1/info/", "i.instagram.com", 404),
        ("/api/v1/users/web_profile_info/?username=tidak.ada", "www.instagram.com", 404),
        ("/graphql/query?query_hash=usang&variables=%7B%7D", "www.instagram.com", 400),
        (f"/graphql/query?query_hash={TAGGED}&variables=%5B%5D", "www.instagram.com", 200),
        (f"/graphql/query?query_hash={TAGGED}&variables=rusak", "www.instagram.com", 200),
        (f"/graphql/query?query_hash={COMMENTS}&variables=%7B%7D", "www.instagram.com", 200),
        ("/web/search/topsearch/?query=tidak.ada", "www.instagram.com", 200),
    ],
)
def test_what_is_not_there_is_answered_as_instagram_does(
    city: tuple[World, SettableClock], path: str, host: str, status: int
) -> None:
    with Simulator(city[0]) as sim, web_session(sim) as session:
        answer = session.ask(path, host)
    assert answer.status_code == status
    if status == 200 and "graphql" in path:
        assert None in answer.json()["data"].values()
    assert sim.oracle.log()[0].ids == ()


@pytest.mark.parametrize("cursor", ["bukan-kursor", "W10", "WzEsZmFsc2UsIngiXQ", 7])
def test_a_cursor_of_another_list_is_refused(
    city: tuple[World, SettableClock], cursor: Any
) -> None:
    world, _ = city
    with Simulator(world) as sim, web_session(sim) as session:
        answer = query(session, TAGGED, id=world.opd("dpupr").id, after=cursor)
    assert answer.status_code == 400


# --- the login ---------------------------------------------------------------------------------


def test_the_viewer_logs_in_with_the_token_and_nobody_else_does(
    city: tuple[World, SettableClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, _ = city
    with Simulator(world) as sim, led_instaloader(sim, monkeypatch, anonymous=True) as loader:
        with pytest.raises(instaloader.BadCredentialsException):
            loader.login(VIEWER_HANDLE, "salah")
        with pytest.raises(instaloader.BadCredentialsException):
            loader.login("dpupr.sukamaju", sim.token)
        with pytest.raises(instaloader.LoginException, match="does not exist"):
            loader.login("tidak.ada", "salah")
        loader.login(VIEWER_HANDLE, sim.token)
        assert loader.test_login() == VIEWER_HANDLE
        assert loader.context.save_session()["ds_user_id"] == VIEWER_ID
    assert ("POST", "login", "tidak.ada", 200) in log_of(sim)


# --- paging ------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    number=st.integers(0, 40),
    size=st.integers(1, 13),
    pinned=st.integers(0, 1),
    rising=st.booleans(),
    gone=st.lists(st.integers(0, 39), max_size=6),
    overlapping=st.booleans(),
)
def test_walking_a_list_misses_nothing_that_stays_in_it(
    number: int, size: int, pinned: int, rising: bool, gone: list[int], overlapping: bool
) -> None:
    world, _ = instagram_world()
    posts = [world.post("warga", str(n), at=NOW - minutes(n)) for n in range(number)]
    if rising:
        posts.reverse()
    posts = posts[-1:] * pinned + posts[: len(posts) - pinned] if posts else []
    leaving = [posts[n] for n in gone if n < len(posts)]
    stays = [post for post in posts if post not in leaving]
    seen: list[Post] = []
    cursor: str | None = None
    for _ in range(200):
        page = cut(posts, size, cursor, "daftar", overlapping=overlapping)
        seen += page.posts
        cursor = page.end_cursor
        if leaving:
            vanished = leaving.pop()
            posts = [post for post in posts if post is not vanished]
        if cursor is None:
            break
    assert cursor is None
    assert set(map(id, stays)) <= set(map(id, seen))


def test_a_cursor_leads_nowhere_in_another_list() -> None:
    world, _ = instagram_world()
    page = cut(tagged_posts(world, 5), 2, None, "satu")
    with pytest.raises(BadCursorError):
        cut(tagged_posts(world, 5), 2, page.end_cursor, "lain")
