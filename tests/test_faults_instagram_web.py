"""Every fault that Instagram's web site and instaloader are known for, provoked in the product.

Each row: what goes wrong; which code stands on the source afterwards, in which state; what else
has to wait, and for how long. Then the fault ends, time passes, and everything is there.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from daemon_support import (
    START,
    HandClock,
    change_in_table,
    only_accounts,
    open_install,
    statuses,
    stored,
    write_config,
    write_session,
)
from faults_support import (
    HTML,
    LOGIN_PAGE,
    City,
    once_struck,
    provoke,
    told_once,
    until_well,
    well_within_an_hour,
    would_have_had_items,
)

import daemon
from tanggap.simulator.faults import Fault
from tanggap.simulator.generator import generate_world
from tanggap.simulator.instagram_ids import pk
from tanggap.simulator.server import Simulator
from tanggap.simulator.world import Post, World

OPDS = ("distan", "dpmd")
TAGGED = "instagram_web:distan:tagged"
MEDIA = "instagram_web:distan:media"
ALL = "instagram_web"
LATELY = START + timedelta(hours=2)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    clock = HandClock(START + timedelta(hours=3))
    world = generate_world(4, START, 6, 120, clock=clock, network="instagram")  # type: ignore[arg-type]
    some_tags_and_threads(world)
    with Simulator(world, clock=clock) as simulator:  # type: ignore[arg-type]
        path = write_config(
            tmp_path,
            simulator.address,
            *only_accounts(*OPDS, network=ALL),
            ("connect_seconds = 5.0", "connect_seconds = 2.0"),
            ("deadline_seconds = 30.0", "deadline_seconds = 3.0"),
            ("max_body_mb = 10", "max_body_mb = 1"),
            ("watch_days = 14", "watch_days = 30"),  # as old as the posts of this city
            networks=(ALL,),
        )
        write_session(tmp_path, simulator)
        yield City(simulator, clock, path, (ALL,), {ALL: OPDS})


def some_tags_and_threads(world: World) -> None:
    """Let both accounts be tagged, and be talked to under a post of theirs."""
    for position, opd in enumerate(OPDS):
        account = world.opd(opd)
        for number in range(5):
            at = START + timedelta(minutes=20 * number + position)
            text = f"Irigasi {number} jebol @{account.handle}"
            world.post(f"petani{number}", text, at=at, tagged=[account])
        a_thread(world, opd, 5)


def a_thread(world: World, opd: str, comments: int, at: datetime = LATELY) -> Post:
    """Let an account post, and citizens comment on it, each with an answer and a reply."""
    media = world.post(world.opd(opd), "Jadwal pembagian pupuk", at=at)
    for number in range(comments):
        said = at + timedelta(minutes=1, seconds=number)
        comment = world.reply(f"warga{number}", media, f"Pupuk {number} tidak ada", at=said)
        world.answer(opd, comment, "Kami cek", at=said + timedelta(minutes=1))
        world.reply(f"lain{number}", comment, f"Betul {number}", at=said + timedelta(minutes=2))
    return media


def at_tagged(action: str, **settings: object) -> Fault:
    return Fault(action, endpoint="tagged", source="distan.sukamaju", **settings)  # type: ignore[arg-type]


def under(media: Post, action: str, **settings: object) -> Fault:
    """Return a fault of the app's route to the comments under one post."""
    return Fault(action, path=f"/media/{pk(media)}/comments/", **settings)  # type: ignore[arg-type]


RESTS = [
    # fault, code, state, hours until it is tried again
    pytest.param(at_tagged("please_wait"), "instagram_wait", "waiting", 1, id="401-please-wait"),
    pytest.param(
        at_tagged("please_wait", status=403), "instagram_wait", "waiting", 1, id="403-please-wait"
    ),
    pytest.param(at_tagged("status_fail"), "instagram_wait", "waiting", 1, id="status-fail"),
    pytest.param(at_tagged("too_many"), "instagram_limit", "waiting", 11 / 60, id="429"),
    pytest.param(
        at_tagged("checkpoint"), "instagram_checkpoint", "needs_human", 24, id="checkpoint"
    ),
    pytest.param(at_tagged("challenge"), "instagram_checkpoint", "needs_human", 24, id="challenge"),
    pytest.param(
        at_tagged("challenge_redirect"),
        "instagram_checkpoint",
        "needs_human",
        24,
        id="challenge-redirect",
    ),
    pytest.param(
        at_tagged("challenge_redirect", kind="suspended"),
        "instagram_checkpoint",
        "needs_human",
        24,
        id="suspended",
    ),
    pytest.param(
        at_tagged("feedback_required"), "instagram_feedback", "needs_human", 24, id="feedback"
    ),
    pytest.param(
        at_tagged("login_redirect"), "instagram_session", "needs_human", 24, id="login-redirect"
    ),
    pytest.param(
        at_tagged("login_required"), "instagram_session", "needs_human", 24, id="login-required"
    ),
    pytest.param(
        at_tagged("status", status=200, headers=HTML, body=LOGIN_PAGE),
        "instagram_session",
        "needs_human",
        24,
        id="login-page-with-200",
    ),
    pytest.param(
        at_tagged("status", status=429, headers={"Retry-After": "7200"}, body="{}"),
        "instagram_limit",
        "waiting",
        2,
        id="429-that-names-a-time",
    ),
    pytest.param(
        at_tagged("status", status=503, headers={"Retry-After": "7200"}, body="{}"),
        "network_paused",
        "waiting",
        2,
        id="503-that-names-a-time",
    ),
]


@pytest.mark.parametrize(("fault", "code", "state", "hours"), RESTS)
@pytest.mark.fault(22, 23, 28, 33)
def test_instagram_rests_as_a_whole_and_says_why_and_until_when(
    city: City, fault: Fault, code: str, state: str, hours: float
):
    city.simulator.faults.add(fault)
    with open_install(city.path, city.clock) as house:
        with told_once(TAGGED, code):
            daemon.once(house)
        assert fault.fired
        found = statuses(house.store, city.clock)
        assert (found[TAGGED].code, found[TAGGED].state) == (code, state)
        (hold,) = house.store.holds(city.clock.now())
        assert (hold.scope, hold.code) == (ALL, code)
        assert hold.until == city.clock.now() + timedelta(hours=hours)
        assert {status.held_code for status in found.values()} == {code}
        city.simulator.faults.clear()
        asked = len(city.simulator.oracle.log())
        city.clock.advance(timedelta(hours=hours) - timedelta(minutes=1))
        daemon.once(house)
        assert len(city.simulator.oracle.log()) == asked
        mended = until_well(city, house)
        assert {status.state for status in mended.values()} == {"ok"}
        assert house.store.holds(city.clock.now()) == []
        gaps = [gap for status in mended.values() for gap in status.gaps]
        assert all(gap.start < gap.end for gap in gaps)
        database = house.config.database_path
    would_have_had_items(city, fault)
    verdict = city.verdict(database)
    assert verdict.exact, verdict


BREAKDOWNS = [
    pytest.param(at_tagged("reset"), "network_unreachable", id="reset"),
    pytest.param(at_tagged("truncate"), "not_json", id="truncated-body"),
    pytest.param(at_tagged("hang"), "network_timeout", id="hanging-server"),
    pytest.param(at_tagged("drip", seconds=0.2), "network_timeout", id="slow-drip"),
    pytest.param(at_tagged("gzip_bomb"), "body_too_large", id="gzip-bomb"),
    pytest.param(at_tagged("endless"), "body_too_large", id="endless-body"),
    pytest.param(at_tagged("redirect"), "host_refused", id="redirect-to-another-host"),
    pytest.param(at_tagged("server_error"), "network_error", id="http-500"),
    pytest.param(at_tagged("html"), "not_json", id="html-instead-of-json"),
    *[
        pytest.param(at_tagged("malformed", kind=kind), "not_json", id=f"json-{kind}")
        for kind in ("cut", "empty", "nested", "big_int")
    ],
    pytest.param(at_tagged("status", status=204), "not_json", id="http-204"),
]


@pytest.mark.parametrize(("fault", "code"), BREAKDOWNS)
@pytest.mark.fault(23, 24, 25, 29, 30, 31, 32)
def test_a_breakdown_is_tried_again_and_the_others_go_on(city: City, fault: Fault, code: str):
    provoke(city, fault, TAGGED, code, "backoff", "")


def test_where_nobody_listens_everything_is_tried_again_within_the_hour(city: City):
    with city.nobody_answers(), open_install(city.path, city.clock) as house:
        daemon.once(house)
        found = statuses(house.store, city.clock)
    assert {(s.code, s.state) for s in found.values()} == {("network_unreachable", "backoff")}
    assert city.simulator.oracle.log() == []
    with open_install(city.path, city.clock) as house:
        well_within_an_hour(city, house, *found)
        until_well(city, house)
        database = house.config.database_path
    verdict = city.verdict(database)
    assert verdict.exact, verdict


OUTDATED = ["stale_doc", "changed_json", "user_null", "errors_only", "bad_request"]


@pytest.mark.parametrize("action", OUTDATED)
def test_what_the_library_no_longer_understands_pauses_with_an_alert(city: City, action: str):
    fault = Fault(action, endpoint="tagged")
    city.simulator.faults.add(fault)
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        assert fault.fired
        holds = house.store.holds(city.clock.now())
        assert {hold.code for hold in holds} == {"library_outdated"}
        assert any(hold.covers(TAGGED) for hold in holds)
        assert {hold.until for hold in holds} == {city.clock.now() + timedelta(hours=24)}
        for _ in range(2):
            city.clock.advance(timedelta(hours=4))
            daemon.once(house)
        status = statuses(house.store, city.clock)[TAGGED]
        assert (status.code, status.state) == ("library_outdated", "needs_human")
        city.simulator.faults.clear()
        mended = until_well(city, house)
        assert {status.state for status in mended.values()} == {"ok"}
        database = house.config.database_path
    would_have_had_items(city, fault)
    verdict = city.verdict(database)
    assert verdict.exact, verdict


STARTS = [("no_tokens", "library_outdated"), ("lost_login", "instagram_session")]


@pytest.mark.parametrize(("action", "code"), STARTS)
def test_a_start_page_without_its_tokens_needs_a_person_for_a_day(
    city: City, action: str, code: str
):
    fault = Fault(action, endpoint="start")
    city.simulator.faults.add(fault)
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        assert fault.fired
        found = statuses(house.store, city.clock)
        assert (found[MEDIA].code or found[MEDIA].held_code) == code
        assert {s.state for s in found.values() if s.code == code} == {"needs_human"}
        holds = house.store.holds(city.clock.now())
        assert {hold.code for hold in holds} == {code}
        assert {hold.until for hold in holds} == {city.clock.now() + timedelta(hours=24)}
        city.simulator.faults.clear()
        assert {s.state for s in until_well(city, house).values()} == {"ok"}
        database = house.config.database_path
    verdict = city.verdict(database)
    assert verdict.exact, verdict


def test_where_no_profile_at_all_is_shown_the_library_is_blamed_and_no_account(city: City):
    fault = Fault("user_null", endpoint="metadata")
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        city.simulator.faults.add(fault)
        city.clock.advance(timedelta(hours=4))
        a_thread(city.simulator.worlds["instagram"], "distan", 5, at=city.clock.now())
        daemon.once(house)
        assert fault.fired > 1
        (hold,) = house.store.holds(city.clock.now())
        assert (hold.scope, hold.code) == (ALL, "library_outdated")
        assert hold.until == city.clock.now() + timedelta(hours=24)
        for _ in range(10):
            city.clock.advance(timedelta(hours=4))
            daemon.once(house)
            found = statuses(house.store, city.clock)
            assert "instagram_account_gone" not in {s.code for s in found.values()}
        city.simulator.faults.clear()
        assert {s.state for s in until_well(city, house).values()} == {"ok"}
        database = house.config.database_path
    verdict = city.verdict(database)
    assert verdict.exact, verdict


def test_each_further_429_doubles_the_rest(city: City):
    city.simulator.faults.add(Fault("too_many"))
    with open_install(city.path, city.clock) as house:
        rests = []
        for _ in range(4):
            daemon.once(house)
            (hold,) = house.store.holds(city.clock.now())
            assert (hold.scope, hold.code) == (ALL, "instagram_limit")
            rests.append((hold.until - city.clock.now()) / timedelta(minutes=1))
            city.clock.advance(hold.until - city.clock.now())
        assert rests == [11, 22, 44, 88]


def test_the_librarys_own_count_is_obeyed_before_instagram_says_a_word(city: City):
    world = city.simulator.worlds["instagram"]
    for number in range(210):
        at = START - timedelta(minutes=number)
        media = world.post(world.opd("distan"), f"Info {number}", at=at)
        world.reply(f"warga{number}", media, f"Pupuk {number}?", at=at)
    change_in_table(city.path, ALL, "page_cap = 30", "page_cap = 500")
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        (hold,) = house.store.holds(city.clock.now())
        assert (hold.scope, hold.code) == (ALL, "instagram_limit")
        # instaloader counts 200 requests of one kind in 11 minutes, and adds six seconds.
        assert hold.until == city.clock.now() + timedelta(minutes=11, seconds=6)
        asked = city.simulator.oracle.log()
        assert {entry.status for entry in asked} == {200}
        # One long thread of each account is asked for as the app does, which has its own count.
        assert sum(entry.endpoint == "comments" for entry in asked) == 200 + len(OPDS)
        assert {s.state for s in until_well(city, house).values()} == {"ok"}
        database = house.config.database_path
    assert {entry.status for entry in city.simulator.oracle.log()} == {200}
    verdict = city.verdict(database)
    assert verdict.exact, verdict


def test_a_profile_that_is_not_shown_needs_a_person_only_after_a_day(city: City):
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        lost = {"action": "user_null", "endpoint": "metadata", "source": "distan.sukamaju"}
        city.simulator.faults.add(Fault(**lost))  # type: ignore[arg-type]
        seen: list[tuple[str, str]] = []
        for _ in range(10):
            city.clock.advance(timedelta(hours=4))
            daemon.once(house)
            status = statuses(house.store, city.clock)[MEDIA]
            seen.append((status.state, status.code))
        assert seen[0] == ("ok", "profile_unseen")
        assert ("needs_human", "instagram_account_gone") not in seen[:5]
        assert seen[-1] == ("needs_human", "instagram_account_gone")
        others = statuses(house.store, city.clock)["instagram_web:dpmd:media"]
        assert others.state == "ok"
        city.simulator.faults.clear()
        assert {s.state for s in until_well(city, house).values()} == {"ok"}


def test_comments_that_break_midway_are_kept_and_the_post_is_read_again(city: City):
    world = city.simulator.worlds["instagram"]
    media = a_thread(world, "distan", 40)
    said = [str(pk(comment)) for comment in world.under(media) if comment.parent is media]
    fault = under(media, "changed_json", skip=1, count=1)  # the second of three pages
    city.simulator.faults.add(fault)
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        assert fault.fired == 1
        status = statuses(house.store, city.clock)[MEDIA]
        assert (status.state, status.code) == ("ok", "comments_incomplete")
        kept = set(said) & set(stored(house.config.database_path))
        assert 10 <= len(kept) < len(said)
        others = [post for post in world.written_by(world.opd("distan")) if post is not media]
        elsewhere = {str(pk(c)) for p in others for c in world.under(p) if c.seen_at(START)}
        assert elsewhere <= set(stored(house.config.database_path))
        city.simulator.faults.clear()
        again = under(media, "delay", seconds=0.0)  # changes nothing; it counts the requests
        city.simulator.faults.add(again)
        city.clock.advance(timedelta(hours=3, minutes=15))
        daemon.once(house)
        assert again.fired >= 3
        assert set(said) <= set(stored(house.config.database_path))
        assert statuses(house.store, city.clock)[MEDIA].code == ""


@pytest.mark.parametrize("kind", ["user", "owner", "text", "likes"])
def test_a_comment_that_lacks_a_field_costs_none_of_the_others(city: City, kind: str):
    world = city.simulator.worlds["instagram"]
    media = max(world.written_by(world.opd("distan")), key=lambda post: len(world.under(post)))
    said = {str(pk(comment)) for comment in world.under(media)}
    assert len(said) >= 15
    fault = under(media, "comment_without_fields", kind=kind)
    city.simulator.faults.add(fault)
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        assert fault.fired
        assert said <= set(stored(house.config.database_path))  # the one that lacks it as well
        status = statuses(house.store, city.clock)[MEDIA]
        assert (status.state, status.code) == ("ok", "")
        city.simulator.faults.clear()
        until_well(city, house)
        database = house.config.database_path
    verdict = city.verdict(database)
    assert verdict.exact, verdict
    assert "" not in texts_of(database, said)


def texts_of(database: Path, ids: set[str]) -> set[str]:
    """Return the texts that are stored of some mentions."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT network_id, text FROM mentions").fetchall()
    return {text for identity, text in rows if identity in ids}


TIDY = ["twice", "shuffle", "empty_with_next", "repeat_cursor", "null_texts"]


@pytest.mark.parametrize("action", TIDY)
@pytest.mark.fault(36, 37)
def test_an_untidy_page_loses_nothing(city: City, action: str):
    status = once_struck(city, at_tagged(action, count=1), TAGGED)
    assert status.state == "ok"


def test_the_second_please_wait_is_for_a_person_to_look_at(city: City):
    city.simulator.faults.add(Fault("please_wait"))
    with open_install(city.path, city.clock) as house:
        waits = []
        for _ in range(5):
            daemon.once(house)
            (hold,) = house.store.holds(city.clock.now())
            waits.append((hold.until - city.clock.now()) / timedelta(hours=1))
            city.clock.advance(hold.until - city.clock.now())
        assert waits == [1, 4, 12, 24, 24]
        assert {s.state for s in statuses(house.store, city.clock).values()} >= {"needs_human"}


@pytest.mark.fault(53)
def test_a_long_rest_leaves_a_gap_in_the_coverage(city: City):
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        began = city.clock.now()
        city.simulator.faults.add(Fault("please_wait"))
        for _ in range(12):
            city.clock.advance(timedelta(hours=4))
            daemon.once(house)
        city.simulator.faults.clear()
        mended = until_well(city, house)
        gaps = [gap for gap in mended[MEDIA].gaps if gap.start >= began - timedelta(hours=1)]
        assert gaps
        assert gaps[0].reason == "instagram_rest"
