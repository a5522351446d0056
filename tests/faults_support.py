"""A small city whose networks go wrong on purpose: what each provoked fault must lead to."""

import json
import logging
import socket
import subprocess
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from daemon_support import HandClock, Verdict, judge, open_install, statuses

import daemon
from tanggap.cli import cli
from tanggap.clock import Clock, from_text
from tanggap.remedies import REMEDIES
from tanggap.simulator.faults import Fault
from tanggap.simulator.oracle import Served
from tanggap.simulator.server import Simulator
from tanggap.store.rows import SourceStatus

OPDS = ("dpupr", "dlh")
HTML = {"Content-Type": "text/html; charset=utf-8"}
LOGIN_PAGE = """<!DOCTYPE html>
<html lang="id"><head><title>Masuk</title></head><body>
<form method="post" action="/accounts/login/ajax/"><input name="username">
<input name="enc_password" type="password"><button>Masuk</button></form></body></html>"""
"""As a network shows it to a session it no longer knows, or an office's gateway to everybody."""
HOUR = timedelta(hours=1)


@dataclass
class City:
    """A simulator and an install with two accounts on each of its networks."""

    simulator: Simulator
    clock: HandClock
    path: Path
    networks: tuple[str, ...]
    opds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def verdict(self, database: Path) -> Verdict:
        """Compare the store with what the simulator knows of the accounts that are read."""
        watched = {network: self.opds.get(network, OPDS) for network in self.networks}
        return judge(self.simulator, database, watched=watched)

    def struck(self, fault: Fault) -> list[Served]:
        """Return the replies that a fault of this action struck."""
        return [entry for entry in self.simulator.oracle.log() if entry.fault == fault.action]

    def born_by(self, network: str, moment: datetime) -> set[str]:
        """Return the ids of all posts that a network had shown by a moment."""
        wire = self.simulator.wires[network]
        world = self.simulator.worlds[network.removesuffix("_web")]
        return {wire.identity(post) for post in world.everything() if post.shown_from <= moment}

    @contextmanager
    def nobody_answers(self) -> Iterator[None]:
        """Let the config point at a port on which nobody listens."""
        text = self.path.read_text(encoding="utf-8")
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else's
            nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
            self.path.write_text(text.replace(self.simulator.address, nobody), encoding="utf-8")
            yield
        self.path.write_text(text, encoding="utf-8")


@contextmanager
def told_once(source: str, code: str) -> Iterator[None]:
    """Assert that the daemon's log names a source and its code, in one line of the block."""
    heard = _Heard()
    logger = logging.getLogger("tanggap.daemon")
    logger.addHandler(heard)
    try:
        yield
    finally:
        logger.removeHandler(heard)
    lines = [line for line in heard.lines if f" source={source} " in line]
    assert len(lines) == 1, heard.lines
    assert lines[0].startswith("event=turn_refused "), lines
    assert f" code={code} " in lines[0], lines


class _Heard(logging.Handler):
    """Keeps what was logged from a warning on."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def provoke(
    city: City,
    fault: Fault,
    struck: str,
    code: str,
    state: str,
    held: str,
    expected_wait: timedelta | None = None,
) -> None:
    """Strike one source, look at what it says, end the fault, and find everything there.

    `held` is the scope that waits ("" none), `expected_wait` for how long, where that is stated.
    """
    city.simulator.faults.add(fault)
    with open_install(city.path, city.clock) as house:
        with told_once(struck, code):
            daemon.once(house)
        assert fault.fired, "the fault never met its request"
        found = statuses(house.store, city.clock)
        status = found[struck]
        assert (status.code, status.state) == (code, state), status
        assert status.last_success_at is None
        assert status.next_poll_at > city.clock.now()
        assert code in REMEDIES
        holds = house.store.holds(city.clock.now())
        assert {hold.scope: hold.code for hold in holds} == ({held: code} if held else {})
        if expected_wait is not None:
            assert [hold.until - city.clock.now() for hold in holds] == [expected_wait]
        if not held or held == struck:
            others = [other for name, other in found.items() if name != struck]
            assert {other.state for other in others} == {"ok"}
        asked = len(city.simulator.oracle.log())
        daemon.once(house)  # nothing is due: what failed waits, and what it holds waits too
        assert len(city.simulator.oracle.log()) == asked
        shown = CliRunner().invoke(cli, ["--config", str(city.path), "sources", "--json"])
        document = {row["id"]: row for row in json.loads(shown.stdout)["sources"]}
        assert document[struck]["code"] == code
        assert document[struck]["meaning"] == REMEDIES[code].meaning
        assert document[struck]["action"] == REMEDIES[code].action
        city.simulator.faults.clear()
        if state == "backoff":
            well_within_an_hour(city, house, struck)
        mended = until_well(city, house)
        assert {name for name, status in mended.items() if status.state != "ok"} == set()
        assert house.store.holds(city.clock.now()) == []
        database = house.config.database_path
    would_have_had_items(city, fault)
    verdict = city.verdict(database)
    assert verdict.exact, verdict


def well_within_an_hour(city: City, house: daemon.House, *struck: str) -> None:
    """Let an hour go by: what went down once and is up again must be read by then."""
    city.clock.advance(HOUR)
    daemon.once(house)
    found = statuses(house.store, city.clock)
    assert {found[name].state for name in struck} == {"ok"}
    assert {found[name].last_success_at for name in struck} == {city.clock.now()}


def would_have_had_items(city: City, fault: Fault) -> None:
    """Assert that the first reply struck would have shown something, had all been well.

    The next whole reply to the same question shows a post that was there when the fault struck.
    """
    (first, *_) = city.struck(fault)
    there = city.born_by(first.network, from_text(first.at))
    well = (
        entry
        for entry in city.simulator.oracle.log(first.number)
        if (entry.endpoint, entry.source) == (first.endpoint, first.source) and not entry.fault
    )
    assert any(identity in there for entry in well for identity in entry.ids), "an empty list"


def until_well(city: City, house: daemon.House) -> dict[str, SourceStatus]:
    """Let a day and a half go by, the longest rest and a sweep; return how the sources are."""
    for hours in (1, 24, 13):
        city.clock.advance(hours * HOUR)
        daemon.once(house)
    return statuses(house.store, city.clock)


def once_struck(city: City, fault: Fault, source: str) -> SourceStatus:
    """Strike while the daemon works once; return how a source is afterwards."""
    city.simulator.faults.add(fault)
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        assert fault.fired, "the fault never met its request"
        status = statuses(house.store, city.clock)[source]
        city.simulator.faults.clear()
        mended = until_well(city, house)
        assert {name for name, status in mended.items() if status.state != "ok"} == set()
        database = house.config.database_path
    would_have_had_items(city, fault)
    verdict = city.verdict(database)
    assert verdict.exact, verdict
    return status


def mounts_of_our_own() -> list[str]:
    """Return what runs a command that may mount; skip the test where that is not allowed."""
    mount = ["unshare", "--mount", "--map-root-user"]
    if subprocess.run([*mount, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no mounts of our own on this machine")
    return mount


def wholly_collected(simulator: Simulator, path: Path, opds: Collection[str]) -> None:
    """Let days go by on X undisturbed, then assert that nothing is missing, invented or doubled.

    Nor does anything alarm any more.
    """
    clock = HandClock(Clock().now() + HOUR)
    with open_install(path, clock) as house:
        for _ in range(2):
            daemon.once(house)
            clock.advance(24 * HOUR)
        assert house.store.alarms() == []
        house.store.verify_events()
        database = house.config.database_path
    verdict = judge(simulator, database, watched={"x": opds})
    assert verdict.addressed_and_stored > 0
    assert verdict.exact, verdict
