"""A small city whose networks go wrong on purpose: what each provoked fault must lead to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner
from daemon_support import HandClock, Verdict, judge, open_install, statuses

import daemon
from tanggap.cli import cli
from tanggap.remedies import REMEDIES
from tanggap.simulator.faults import Fault
from tanggap.simulator.server import Simulator
from tanggap.store.rows import SourceStatus

OPDS = ("pemkot", "dpupr", "dlh")


@dataclass
class City:
    """A simulator and an install with three accounts on each of its networks."""

    simulator: Simulator
    clock: HandClock
    path: Path
    networks: tuple[str, ...]
    opds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def verdict(self, database: Path) -> Verdict:
        """Compare the store with what the simulator knows of the accounts that are read."""
        watched = {network: self.opds.get(network, OPDS) for network in self.networks}
        return judge(self.simulator, database, watched=watched)


def provoke(city: City, fault: Fault, struck: str, code: str, state: str, held: str) -> None:
    """Strike one source, look at what it says, end the fault, and find everything there.

    `held` is the scope that waits ("" none).
    """
    city.simulator.faults.add(fault)
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        found = statuses(house.store, city.clock)
        status = found[struck]
        assert (status.code, status.state) == (code, state), status
        assert status.last_success_at is None
        assert status.next_poll_at > city.clock.now()
        assert code in REMEDIES
        holds = house.store.holds(city.clock.now())
        assert {hold.scope: hold.code for hold in holds} == ({held: code} if held else {})
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
        mended = until_well(city, house)
        assert {name for name, status in mended.items() if status.state != "ok"} == set()
        assert house.store.holds(city.clock.now()) == []
        database = house.config.database_path
    verdict = city.verdict(database)
    assert verdict.exact, verdict


def until_well(city: City, house: daemon.House) -> dict[str, SourceStatus]:
    """Let days go by until nothing waits any more; return how the sources are then."""
    for hours in (1, 2, 3, *[6] * 4, *[12] * 6):
        city.clock.advance(timedelta(hours=hours))
        daemon.once(house)
    return statuses(house.store, city.clock)


def once_struck(city: City, fault: Fault, source: str) -> SourceStatus:
    """Strike while the daemon works once; return how a source is afterwards."""
    city.simulator.faults.add(fault)
    with open_install(city.path, city.clock) as house:
        daemon.once(house)
        status = statuses(house.store, city.clock)[source]
        city.simulator.faults.clear()
        mended = until_well(city, house)
        assert {name for name, status in mended.items() if status.state != "ok"} == set()
        database = house.config.database_path
    verdict = city.verdict(database)
    assert verdict.exact, verdict
    return status
