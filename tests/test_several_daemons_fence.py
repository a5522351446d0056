"""A daemon that freezes past its lease: what it still writes is fenced off, and people are told.

Where it freezes is a kill point: it stops itself there, with a page in its hands. Another daemon
takes its source over and reads further than it had. Then it wakes up.
"""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from daemon_support import TOKEN
from daemons_support import Daemons, OneDaemon, daemons, wait_until
from fast_city_support import City, read_to_the_end
from kills_support import last_of_each_source
from postgres_support import Server
from web_support import PASSWORD, Visitor, password_hash, served, words_of

from tanggap.cli import cli
from tanggap.config import load_config
from tanggap.store import open_store
from tanggap.web.app import create_app

pytestmark = pytest.mark.slow

OPDS = ("pemkot",)
SOURCE = "x:mentions:pemkot"
LOST = f"event=lease_lost source={SOURCE}"
ALARMS = "SELECT code FROM alarms"
NEVER_READ = "SELECT id FROM sources WHERE state = 'new'"
READ = (
    "mentions", "revisions", "decisions", "items", "item_opds", "answers", "item_answers",
    "counters", "events", "quarantine", "gaps", "watched", "arrivals",
    "reads", "read_counts", "sources",
)  # fmt: skip
"""Tables that a page, or the end of a turn, is written into; `sources` holds cursor and fence."""


@dataclass(frozen=True)
class Held:
    """Who has the source, and how much came of it so far."""

    fence: int
    owner: str | None
    accepted: int


@dataclass(frozen=True)
class Told:
    """What `tanggap sources` says."""

    alarms: dict[str, str]
    states: dict[str, tuple[str, int]]
    """Source to its state and the number of failures in a row."""
    code: int


@dataclass
class Scene:
    """One install of several daemons, and what can be asked about it."""

    city: City
    group: Daemons
    capsys: pytest.CaptureFixture[str]

    @property
    def url(self) -> str:
        return self.group.url

    def source(self) -> "Held":
        """Return how the source stands."""
        rows = self.group.look("SELECT id, fence, lease_owner, accepted FROM sources")
        [found] = [Held(*rest) for name, *rest in rows if name == SOURCE]
        return found

    def rows(self) -> dict[str, list[tuple[str]]]:
        """Return all that was read so far, and how far."""
        every_row = "SELECT t::text FROM {} AS t ORDER BY 1"
        return {table: self.group.look(every_row.format(table)) for table in READ}

    def stored(self) -> set[str]:
        return {identity for (identity,) in self.group.look("SELECT network_id FROM mentions")}

    def freeze_at(self, arm: str) -> OneDaemon:
        """Start a daemon that stops itself at a kill point; return it once it has."""
        frozen = self.group.join(arm)
        frozen.wait_until_stopped()
        assert frozen.mark in (self.source().owner or "nobody")
        return frozen

    def taken_over(self, frozen: OneDaemon) -> OneDaemon:
        """Let another daemon take the source over, and read what the frozen one cannot know of."""
        fence = self.source().fence
        known = self.city.simulator.oracle.served()
        healthy = self.group.join()
        self.group.wait_for_takeover({SOURCE: fence}, healthy.log)
        wait_until(lambda: self.stored() - known, healthy.log)
        return healthy

    @contextmanager
    def nothing_is_due(self, log: Path) -> Iterator[None]:
        """Put all sources on hold beside the body: what is written there was begun before."""
        now = self.city.clock.now()
        with closing(open_store(self.url)) as store:
            store.hold("x", now + timedelta(days=20), "budget", now)
            held = "SELECT 1 FROM sources WHERE lease_owner IS NOT NULL"
            wait_until(lambda: not self.group.look(held), log)
            yield
            store.poll_now(None, self.city.clock.now())

    def wakes_up_and_changes_nothing(self, frozen: OneDaemon, *words: str) -> None:
        """Wake a daemon up; once it has said something, all is as the new holder left it."""
        before = self.rows()
        frozen.go_on()
        for one in words:
            frozen.process.wait_for(one)
        # Cursor, fence and rows, to the last column.
        assert self.rows() == before

    def operator_reads(self) -> Told:
        """Return what `tanggap sources` says."""
        config = self.city.folder / "operator.toml"
        self.city.write_config(config, self.url)
        self.capsys.readouterr()
        code = cli.main(["--config", str(config), "sources", "--json"], standalone_mode=False)
        shown = json.loads(self.capsys.readouterr().out)
        return Told(
            {one["code"]: one["detail"] for one in shown["alarms"]},
            {one["id"]: (one["state"], one["errors"]) for one in shown["sources"]},
            code,
        )

    def supervisor_reads(self) -> str:
        """Return what /sumber says."""
        config = self.city.folder / "desk.toml"
        self.city.write_config(config, self.url)
        with closing(open_store(self.url)) as store:
            if not self.group.look("SELECT 1 FROM users"):
                store.add_user("ketua", "supervisor", (), password_hash(), self.city.clock.now())
            with served(create_app(store, load_config(config))) as address:
                visitor = Visitor(address)
                visitor.post("/masuk", nama="ketua", sandi=PASSWORD)
                said = words_of(visitor.get("/sumber").text)
                visitor.close()
        return said


@pytest.fixture
def scene(
    tmp_path: Path,
    postgres_server: Server,
    migrated_postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Scene]:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    # One turn at a time: where a daemon freezes, nothing else of it is under way.
    city = City(tmp_path, 14, OPDS, hours=10, per_hour=300, before=4, workers=1)
    with (
        city.simulator,
        daemons(tmp_path, migrated_postgres_url, postgres_server, city.write_config) as group,
    ):
        yield Scene(city, group, capsys)


@pytest.mark.fault(14)
def test_a_daemon_that_wakes_up_past_its_lease_changes_nothing_and_people_are_told(
    scene: Scene,
) -> None:
    frozen = scene.freeze_at("decided=STOP:2")
    stood = scene.source()
    assert stood.accepted > 0
    healthy = scene.taken_over(frozen)
    # After fifteen minutes without a sign of life, nine seconds here.
    wait_until(lambda: scene.group.look(ALARMS), healthy.log)
    told = scene.operator_reads()
    [(alarm, silent)] = told.alarms.items()
    assert alarm == "daemon_silent"
    assert frozen.mark in silent
    assert healthy.mark not in silent
    assert (told.states[SOURCE], told.code) == (("ok", 0), 0)
    said = scene.supervisor_reads()
    assert "Satu daemon tidak memberi tanda hidup lebih dari 15 menit; daemon lain bekerja" in said
    assert silent in said
    assert "X 1 lancar" in said
    with scene.nothing_is_due(healthy.log):
        assert scene.source().fence > stood.fence
        assert scene.source().accepted > stood.accepted
        scene.wakes_up_and_changes_nothing(frozen, LOST)
    wait_until(lambda: not scene.group.look(ALARMS), healthy.log)
    assert_all_is_well(scene, frozen, healthy)
    said = scene.supervisor_reads()
    assert "Satu daemon" not in said
    assert "X 1 lancar" in said


@pytest.mark.fault(14)
def test_a_daemon_that_wakes_up_between_two_pages_does_not_go_on_with_the_second(
    scene: Scene,
) -> None:
    frozen = scene.freeze_at("committed=STOP:1")
    assert scene.source().accepted > 0
    healthy = scene.taken_over(frozen)
    with scene.nothing_is_due(healthy.log):
        scene.wakes_up_and_changes_nothing(frozen, LOST)
    assert_all_is_well(scene, frozen, healthy)


@pytest.mark.fault(14)
def test_a_daemon_that_freezes_in_the_middle_of_a_write_has_not_written_and_holds_up_nobody(
    scene: Scene,
) -> None:
    frozen = scene.freeze_at("cursor_written=STOP:2")
    healthy = scene.taken_over(frozen)
    with scene.nothing_is_due(healthy.log):
        scene.wakes_up_and_changes_nothing(frozen, "event=store_refused", "event=store_back")
    assert_all_is_well(scene, frozen, healthy)


def assert_all_is_well(scene: Scene, frozen: OneDaemon, healthy: OneDaemon) -> None:
    """Assert that both share the work again, and that what the network showed is there once."""
    for one in (frozen, healthy):
        scene.group.wait_for_lease(one)
    assert LOST not in healthy.process.said()
    assert "event=turn_failed" not in frozen.process.said()
    wait_until(lambda: not scene.group.look(NEVER_READ), healthy.log)
    # A daemon that was frozen for long is told of; that is taken back with the next look at it.
    wait_until(lambda: not scene.group.look(ALARMS), healthy.log)
    told = scene.operator_reads()
    assert (told.alarms, set(told.states.values()), told.code) == ({}, {("ok", 0)}, 0)
    for one in (frozen, healthy):
        scene.group.leave(one)
    city = scene.city
    # What left for X, the page that was thrown away too, is counted.
    [(asked,)] = scene.group.look("SELECT sum(requests) FROM request_counts")
    assert asked == len(city.simulator.oracle.log())
    read = last_of_each_source(city.simulator, 0)
    verdict = read_to_the_end(city, scene.url, read)
    assert verdict.exact, verdict
    twice = "SELECT item_id FROM events WHERE kind = 'routed' GROUP BY 1 HAVING count(*) > 1"
    assert scene.group.look(twice) == []
