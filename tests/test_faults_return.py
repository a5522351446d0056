"""What comes after a fault: everything that can still be had, once, and an honest word on the rest.

Every test runs the whole product against all networks and compares it with the simulated truth.
"""

import json
import random
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from daemon_support import (
    START,
    TOKEN,
    HandClock,
    judge,
    kept_mentions,
    only_accounts,
    open_install,
    statuses,
    write_config,
    write_every_network,
)
from faults_support import told_once
from test_daemon import ended, eventually, running_daemon

import daemon
from tanggap.cli import cli
from tanggap.clock import Clock, from_text
from tanggap.remedies import REMEDIES
from tanggap.simulator.faults import Fault
from tanggap.simulator.generator import generate_city, generate_world
from tanggap.simulator.instagram_ids import pk
from tanggap.simulator.server import WORLD_OF, Simulator
from tanggap.simulator.world import Post, World

NETWORKS = ("x", "facebook", "instagram", "instagram_web")
OPDS = ("dpupr", "dlh")
WEB = ("distan", "dpmd")
WATCHED = {"x": OPDS, "facebook": OPDS, "instagram": OPDS, "instagram_web": WEB}
HOUR = timedelta(hours=1)
DAY = 24 * HOUR


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture(autouse=True)
def _tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)


@pytest.fixture
def worlds(clock: HandClock) -> tuple[World, ...]:
    """Six hours of a city; each network then has something to say."""
    return generate_city(9, START, 6, 500, clock=clock)  # type: ignore[arg-type]


@pytest.fixture
def simulator(clock: HandClock, worlds: tuple[World, ...]) -> Iterator[Simulator]:
    with Simulator(*worlds, clock=clock, token=TOKEN) as running:  # type: ignore[arg-type]
        yield running


def install(folder: Path, simulator: Simulator, *changes: tuple[str, str]) -> Path:
    # Posts are watched for as long as this city has any.
    as_old_as_the_posts = ("watch_days = 14", "watch_days = 30")
    return write_every_network(folder, simulator, OPDS, WEB, as_old_as_the_posts, *changes)


def until_well(house: daemon.House, clock: HandClock) -> None:
    """Let the longest rest and a sweep of everything go by."""
    for hours in (1, 24, 13):
        clock.advance(hours * HOUR)
        daemon.once(house)
    found = statuses(house.store, clock)
    assert {name for name, status in found.items() if status.state != "ok"} == set()


def shown(path: Path) -> dict[str, dict[str, object]]:
    result = CliRunner().invoke(cli, ["--config", str(path), "sources", "--json"])
    return {row["id"]: row for row in json.loads(result.stdout)["sources"]}


# --- breakdowns of hours -----------------------------------------------------------------------


@pytest.mark.fault(23)
@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_six_hours_of_5xx_are_caught_up_completely(
    tmp_path: Path, simulator: Simulator, clock: HandClock, share: float
) -> None:
    path = install(tmp_path, simulator)
    statuses_of = (500, 502, 503, 504)
    faults = [
        Fault("status", status=status, body="oops", share=share / (4 - n * share), seed=n)
        for n, status in enumerate(statuses_of)
    ]
    simulator.faults.add(*faults)
    with open_install(path, clock) as house:
        house.dice = random.Random(3)
        for _ in range(12):
            clock.advance(timedelta(minutes=30))
            daemon.once(house)
        log = simulator.oracle.log()
        refused = [entry for entry in log if entry.fault]
        assert {entry.status for entry in refused} <= set(statuses_of)
        assert abs(len(refused) / len(log) - share) < 0.1
        if share == 1.0:
            rows = shown(path)
            assert {row["code"] for row in rows.values()} <= {"network_error", "network_down", ""}
            assert {row["last_success_at"] for row in rows.values()} == {None}
        simulator.faults.clear()
        until_well(house, clock)
        database = house.config.database_path
    verdict = judge(simulator, database, watched=WATCHED, grace=8 * HOUR)
    assert verdict.exact, verdict
    assert verdict.addressed_and_stored > 30


# --- cursors -----------------------------------------------------------------------------------

CURSORS = ["", "{}", '{"version":99}', "[" * 500, '{"version":1', "null", "\x00"]


@pytest.mark.fault(35)
def test_a_cursor_that_cannot_be_read_begins_anew_by_time_without_gap_or_double(
    tmp_path: Path, simulator: Simulator, clock: HandClock
) -> None:
    path = install(tmp_path, simulator)
    with open_install(path, clock) as house:
        clock.advance(3 * HOUR)
        daemon.once(house)
        database = house.config.database_path
        before = len(kept_mentions(database))
    texts = cycle(CURSORS)
    spoil(database, lambda _: next(texts))
    with open_install(path, clock) as house:
        clock.advance(4 * HOUR)
        daemon.once(house)
        assert {s.state for s in statuses(house.store, clock).values()} == {"ok"}
        until_well(house, clock)
    verdict = judge(simulator, database, watched=WATCHED, grace=4 * HOUR)
    assert verdict.exact, verdict
    assert len(kept_mentions(database)) > before


@pytest.mark.fault(35)
def test_the_cursor_of_another_account_costs_no_mention(
    tmp_path: Path, simulator: Simulator, clock: HandClock
) -> None:
    path = install(tmp_path, simulator)
    with open_install(path, clock) as house:
        clock.advance(3 * HOUR)
        daemon.once(house)
        database = house.config.database_path
    with closing(sqlite3.connect(database)) as db:
        cursors: dict[str, str | None] = dict(db.execute("SELECT id, cursor FROM sources"))
    others = {"dpupr": "dlh", "dlh": "dpupr", "distan": "dpmd", "dpmd": "distan"}

    def exchanged(source: str) -> str | None:
        parts = [others.get(part, part) for part in source.split(":")]
        return cursors[":".join(parts)]

    spoil(database, exchanged)
    with open_install(path, clock) as house:
        clock.advance(4 * HOUR)
        daemon.once(house)
        assert {s.state for s in statuses(house.store, clock).values()} == {"ok"}
        until_well(house, clock)
    verdict = judge(simulator, database, watched=WATCHED, grace=4 * HOUR)
    assert verdict.exact, verdict


def spoil(database: Path, cursor_of: Callable[[str], str | None]) -> None:
    """Put another cursor into every source."""
    with closing(sqlite3.connect(database)) as db, db:
        for (source,) in db.execute("SELECT id FROM sources").fetchall():
            db.execute("UPDATE sources SET cursor = ? WHERE id = ?", (cursor_of(source), source))


# --- late, edited, doubled ---------------------------------------------------------------------


@pytest.mark.fault(37)
def test_what_is_shown_two_days_late_and_what_is_edited_arrives_once(
    tmp_path: Path, clock: HandClock
) -> None:
    late = 48 * HOUR
    worlds = generate_city(9, START, 1, 20, clock=clock)  # type: ignore[arg-type]
    x, facebook, instagram = worlds
    at = START + HOUR
    hidden = {
        "x": x.post("warga_a", "@dpupr_skm jalan Melati rusak", at=at, visible_after=late),
        "facebook": under_a_post(facebook, "dpupr", at, late),
        "instagram": under_a_post(instagram, "dpupr", at, late),
        "instagram_web": under_a_post(instagram, "distan", at, late),
    }
    edited = x.post("warga_b", "@dpupr_skm lampu mati", at=at)
    words = under_a_post(facebook, "dlh", at, timedelta(0))
    with Simulator(*worlds, clock=clock, token=TOKEN) as simulator:  # type: ignore[arg-type]
        simulator.faults.add(Fault("twice", share=0.3, seed=1), Fault("shuffle", share=0.3, seed=2))
        # X bills what is read again, so its sweep reaches back a day unless the city wants more.
        path = install(
            tmp_path, simulator, ("sweep_hours = 24                   #", "sweep_hours = 60 #")
        )
        with open_install(path, clock) as house:
            clock.advance(2 * HOUR)
            daemon.once(house)
            x.edit(edited, "@dpupr_skm lampu mati di Jalan Kenanga", at=clock.now() + HOUR)
            facebook.edit(words, "sampah menumpuk di Pasar Baru", at=clock.now() + HOUR)
            for _ in range(14):
                clock.advance(6 * HOUR)
                daemon.once(house)
            database = house.config.database_path
        kept = kept_mentions(database)
        for network, post in hidden.items():
            key = (WORLD_OF[network], identity(simulator, network, post))
            assert kept[key].items == 1, network
        assert kept["x", identity(simulator, "x", edited)].text.endswith("di Jalan Kenanga")
        assert kept["facebook", identity(simulator, "facebook", words)].text.endswith("Pasar Baru")
        verdict = judge(simulator, database, watched=WATCHED)
    assert verdict.exact, verdict
    assert verdict.outdated == []


def under_a_post(world: World, opd: str, at: datetime, late: timedelta) -> Post:
    """Return a citizen's comment under a new post of an account, shown `late` after it."""
    post = world.post(world.opd(opd), "Pengumuman", at=at - HOUR)
    world.reply("warga_lain", post, "Mengapa lama sekali?", at=at)
    return world.reply("warga_c", post, "Tolong jalan kami", at=at, visible_after=late)


def identity(simulator: Simulator, network: str, post: Post) -> str:
    return simulator.wires[network].identity(post)


@pytest.mark.fault(38)
def test_ids_beyond_what_a_float_can_hold_are_kept_to_the_last_digit(
    tmp_path: Path, clock: HandClock, simulator: Simulator
) -> None:
    path = install(tmp_path, simulator)
    with open_install(path, clock) as house:
        clock.advance(7 * HOUR)
        daemon.once(house)
        database = house.config.database_path
    kept = kept_mentions(database)
    for network, world in simulator.worlds.items():
        told = {str(pk(p)) if network == "instagram" else str(p.id) for p in world.everything()}
        large = {
            part
            for stored_as, identity in kept
            if stored_as == network
            for part in identity.split("_")
            if part.isdecimal() and int(part) > 2**53
        }
        assert large, network
        assert {part for part in large if part in told} == large & told
        if network == "x":
            assert large <= told


# --- a token that changes while all runs -------------------------------------------------------


@pytest.mark.fault(33, 34)
def test_a_token_that_is_replaced_in_its_file_is_taken_at_sighup_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = Clock().now() - 4 * HOUR
    x = generate_world(5, began, 4, 60)
    facebook = generate_world(5, began, 4, 60, network="facebook")
    with Simulator(x, facebook, token=TOKEN) as simulator:
        path = write_config(
            tmp_path,
            simulator.address,
            *only_accounts("dpupr", network="x"),
            *only_accounts("dpupr", network="facebook"),
            networks=("x", "facebook"),
        )
        for name in ("TANGGAP_X_BEARER_TOKEN", "TANGGAP_META_TOKEN"):
            monkeypatch.delenv(name)
            file = tmp_path / name.lower()
            file.touch(mode=0o600)
            file.write_text("a-token-that-was-revoked\n", encoding="utf-8")
            monkeypatch.setenv(f"{name}_FILE", str(file))
        with running_daemon(path) as process:
            eventually(lambda: {"token", "meta_token"} <= {row["code"] for row in rows(path)})
            for row in rows(path):
                if row["code"] in ("token", "meta_token"):
                    assert "muat" in str(row["action"]) or "Buat token baru" in str(row["action"])
            for name in ("tanggap_x_bearer_token", "tanggap_meta_token"):
                (tmp_path / name).write_text(f"{TOKEN}\n", encoding="utf-8")
            process.send_signal(signal.SIGHUP)
            eventually(lambda: {row["state"] for row in rows(path)} == {"ok"})
            process.send_signal(signal.SIGTERM)
            code, log = ended(process, 15)
    assert code == 0
    assert "event=reloaded" in log
    assert "revoked" not in log
    assert TOKEN not in log


def rows(path: Path) -> list[dict[str, object]]:
    """Return what the operator is shown; nothing while the daemon has not made its database."""
    result = CliRunner().invoke(cli, ["--config", str(path), "sources", "--json"])
    return json.loads(result.stdout)["sources"] if result.stdout.startswith("{") else []


# --- a month ------------------------------------------------------------------------------------

BROKEN = {
    "x:mentions:dpupr": Fault("status", endpoint="mentions", source="dpupr_skm", status=503),
    "meta:facebook:dpupr:feed": Fault(
        "graph_error", endpoint="feed", source="dpupr.sukamaju", kind="2"
    ),
    "instagram_web:distan:media": Fault("server_error", endpoint="media", source="distan.sukamaju"),
}


@pytest.mark.slow
@pytest.mark.fault(53)
def test_a_source_that_is_broken_for_a_month_costs_the_others_nothing_and_says_what_it_missed(
    tmp_path: Path, clock: HandClock
) -> None:
    worlds = generate_city(9, START, 32 * 24, 500, clock=clock)  # type: ignore[arg-type]
    with Simulator(*worlds, clock=clock, token=TOKEN) as simulator:  # type: ignore[arg-type]
        path = install(tmp_path, simulator)
        with open_install(path, clock) as house:
            for _ in range(4):
                clock.advance(6 * HOUR)
                daemon.once(house)
            broken_at = clock.now()
            simulator.faults.add(*BROKEN.values())
            for day in range(30):
                clock.advance(DAY)
                daemon.once(house)
                found = statuses(house.store, clock)
                others = [s for name, s in found.items() if name not in BROKEN]
                assert {s.state for s in others} == {"ok"}
                read = {s.last_success_at for s in others if s.spec.kind != "token"}
                assert read == {clock.now()}, day
            assert all(fault.fired for fault in BROKEN.values())
            table = shown(path)
            for source in BROKEN:
                row = table[source]
                assert row["code"] == "network_error"
                assert row["meaning"] == REMEDIES["network_error"].meaning
                assert from_text(str(row["last_success_at"])) <= broken_at
            simulator.faults.clear()
            back_at = clock.now()
            until_well(house, clock)
            database = house.config.database_path
            after = statuses(house.store, clock)
            watched = {
                one.source_id: one for one in house.store.coverage(broken_at - DAY, clock.now())
            }
        verdict = judge(simulator, database, watched=WATCHED, grace=25 * HOUR)
        lost = posted_at(simulator, verdict.lost)
    assert verdict.invented == verdict.doubled == verdict.without_item == verdict.wrong_text == []
    for source in ("meta:facebook:dpupr:feed", "instagram_web:distan:media"):
        (gap,) = [gap for gap in after[source].gaps if gap.start < back_at]
        # What is younger than `watch_days` was read after all: only the rest is missing.
        assert gap.start <= broken_at + timedelta(minutes=1) < gap.end <= back_at + HOUR
        assert gap.reason in REMEDIES
        assert [one for one in watched[source].gaps if one.reason == gap.reason]
    gaps = [gap for source in BROKEN for gap in after[source].gaps]
    unexplained = [at for at in lost if not any(gap.start <= at <= gap.end for gap in gaps)]
    assert unexplained == []
    # Nobody else missed anything. (A day between two beats is a rest to Instagram's reader.)
    for name, status in after.items():
        if name not in BROKEN and not name.startswith("instagram_web"):
            assert status.gaps == (), name
    assert verdict.addressed_and_stored > 40


def posted_at(simulator: Simulator, identities: list[str]) -> list[datetime]:
    """Return when some posts were posted."""
    wanted = set(identities)
    return [
        post.posted_at
        for network, wire in simulator.wires.items()
        for post in simulator.worlds[WORLD_OF[network]].everything()
        if wire.identity(post) in wanted
    ]


# --- answers that are JSON, and odd ---------------------------------------------------------------

ODD_JSON = {
    "x:mentions:dpupr": (
        "mentions",
        "dpupr_skm",
        '{"data": 7, "data": [], "meta": {"result_count": 9}, "meta": {"result_count": 0}}',
    ),
    "meta:facebook:dpupr:feed": ("feed", "dpupr.sukamaju", '{"data": 7, "data": []}'),
    "meta:instagram:dpupr:media": ("media", "dpupr.sukamaju", '{"data": {}, "data": []}'),
}


@pytest.mark.fault(29)
def test_a_key_that_stands_twice_counts_as_the_last_one_and_what_it_hid_comes_with_the_next_poll(
    tmp_path: Path, simulator: Simulator, clock: HandClock
) -> None:
    path = install(tmp_path, simulator)
    headers = {"Content-Type": "application/json"}
    simulator.faults.add(
        *(
            Fault(
                "status", endpoint=endpoint, source=handle, status=200, headers=headers, body=body
            )
            for endpoint, handle, body in ODD_JSON.values()
        )
    )
    with open_install(path, clock) as house:
        clock.advance(3 * HOUR)
        daemon.once(house)
        found = statuses(house.store, clock)
        assert {found[source].state for source in ODD_JSON} == {"ok"}
        simulator.faults.clear()
        until_well(house, clock)
        database = house.config.database_path
    verdict = judge(simulator, database, watched=WATCHED, grace=4 * HOUR)
    assert verdict.exact, verdict


@pytest.mark.fault(29, 30)
@pytest.mark.parametrize("body", ['{"data": null}', "\ufeff1e999"])
def test_an_answer_without_data_is_never_taken_for_no_news(
    tmp_path: Path, simulator: Simulator, clock: HandClock, body: str
) -> None:
    path = install(tmp_path, simulator)
    headers = {"Content-Type": "application/json"}
    answer: dict[str, Any] = {"status": 200, "headers": headers, "body": body}
    struck = {
        "x:mentions:dpupr": Fault("status", endpoint="mentions", source="dpupr_skm", **answer),
        "meta:facebook:dpupr:feed": Fault("status", endpoint="feed", source="dpupr", **answer),
        "meta:instagram:dpupr:media": Fault("status", endpoint="media", source="dpupr", **answer),
        "instagram_web:distan:tagged": Fault(
            "status", endpoint="tagged", source="distan", **answer
        ),
    }
    simulator.faults.add(*struck.values())
    with open_install(path, clock) as house:
        clock.advance(3 * HOUR)
        daemon.once(house)
        found = statuses(house.store, clock)
        for source, fault in struck.items():
            assert fault.fired, source
            assert found[source].last_success_at is None, source
            code = found[source].code
            assert code in ("not_json", "library_error", "answer_incomplete", "library_outdated")
        simulator.faults.clear()
        until_well(house, clock)
        database = house.config.database_path
    verdict = judge(simulator, database, watched=WATCHED, grace=4 * HOUR)
    assert verdict.exact, verdict


def test_the_log_says_in_one_line_what_a_broken_source_says(
    tmp_path: Path, simulator: Simulator, clock: HandClock
) -> None:
    path = install(tmp_path, simulator)
    simulator.faults.add(BROKEN["x:mentions:dpupr"])
    with open_install(path, clock) as house, told_once("x:mentions:dpupr", "network_error"):
        clock.advance(HOUR)
        daemon.once(house)
