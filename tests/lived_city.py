"""Days of the invented city on all networks that one install reads, with what its people did.

Days pass by a clock that a script moves, polls are seldom: an hour of the city takes about a
second. What persons do at the desk is noted here as it is done, apart from the store.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from daemon_support import (
    START,
    TOKEN,
    HandClock,
    fetched,
    open_install,
    write_config,
    write_session,
)
from exactness_support import EVERY_NETWORK, PATIENT

import daemon
from tanggap.clock import from_text
from tanggap.mention import Review
from tanggap.simulator.faults import Fault
from tanggap.simulator.generator import generate_city
from tanggap.simulator.server import Simulator
from tanggap.store.rows import EVERYTHING

STEP = timedelta(hours=2)
TAIL = timedelta(hours=20)
"""So long after the last mention the city is still read: most answers come within it."""
WIB = ZoneInfo("Asia/Jakarta")
DESK_OPENS = 10
"""The local hour at which persons work at the desk, once a day."""
OLD_ENOUGH = timedelta(hours=12)
ONE_IN = 40
"""Of so many items in the queue each thing of `_acts` happens to one."""


@dataclass(frozen=True)
class Act:
    """What a person did to one item, as that person knows it."""

    network: str
    network_id: str
    at: datetime
    verdict: str
    status: str = ""
    opd: str = ""
    """To whom it was sent on, or who answered."""
    answered_at: datetime | None = None
    answer_kind: str = ""
    out_of_triage: bool = False
    gave_it_up: str = ""
    """The OPD that had it before it was sent on."""


@dataclass
class Lived:
    """A simulated city and the install that has read it."""

    simulator: Simulator
    house: daemon.House
    clock: HandClock
    acts: list[Act] = field(default_factory=list)

    def live(self, until: datetime, step: timedelta = STEP, *, persons: bool = False) -> None:
        """Let time pass and read what is there; with `persons` the desk is at work, too."""
        while self.clock.now() < until:
            self.clock.advance(step)
            daemon.once(self.house)
            now = self.clock.now()
            rounds = self.house.rounds
            rounds.auto_close.look_after(self.house.store, self.house.config, self.house.stop, now)
            if persons and now.astimezone(WIB).hour == DESK_OPENS:
                self._work(now)

    def _work(self, now: datetime) -> None:
        """Do a day's acts: each item that is old enough may have one, by its number."""
        done = {(act.network, act.network_id): act for act in self.acts}
        opds = sorted(self.house.config.policy.opd)
        for number, network, network_id, tab, opd, version, posted in fetched(
            self.house.config.database_path,
            "SELECT i.id, m.network, m.network_id, i.tab, i.opd, i.version, i.posted_at "
            "FROM items AS i JOIN mentions AS m ON m.id = i.mention_id ORDER BY i.id",
        ):
            if from_text(posted) > now - OLD_ENOUGH:
                continue
            before = done.get((network, network_id))
            if before is not None and before.status == "tertunda":
                act = {"verdict": "status", "status": "proses"}
            elif before is None and opd and (tab != "aside"):
                other = next(one for one in opds[number % len(opds) :] + opds if one != opd)
                act = _act(number % ONE_IN, opd, other, tab, now)
            else:
                continue
            if act:
                self._act(number, version, Act(network, network_id, now, **act))

    def _act(self, number: int, version: int, act: Act) -> None:
        more: dict[str, Any] = {
            "opd": act.opd or None,
            "status": act.status or None,
            "answered_at": act.answered_at,
            "answer_kind": act.answer_kind or None,
            "link": "https://contoh.id/jawaban" if act.answered_at else "",
        }
        review = Review(number, "sari", act.verdict, version, why="catatan uji", **more)  # type: ignore[arg-type]
        assert self.house.store.review(EVERYTHING, review, act.at) is not None
        self.acts.append(act)


def _act(place: int, opd: str, other: str, tab: str, now: datetime) -> dict[str, Any]:
    """Return what a person does to an item; nothing to most."""
    if tab == "triage":
        return {"verdict": "agree", "out_of_triage": True} if place % 4 == 0 else {}
    if place == 0:
        at = now - timedelta(hours=2)
        return {"verdict": "answer", "opd": opd, "answered_at": at, "answer_kind": "substantif"}
    statuses = {1: "bukan_kewenangan", 2: "duplikat", 3: "tertunda", 4: "selesai", 5: "koordinasi"}
    if place in statuses:
        return {"verdict": "status", "status": statuses[place]}
    return {
        6: {"verdict": "forward", "opd": other, "gave_it_up": opd},
        7: {"verdict": "confidential"},
    }.get(place, {})


@contextmanager
def lived_city(
    folder: Path,
    days: int,
    mentions: int,
    seed: int,
    *,
    start: datetime = START,
    step: timedelta = STEP,
    persons: bool = False,
    faults: Sequence[Fault] = (),
) -> Iterator[Lived]:
    """Give a city that has lived for so many days, and the install that has read them.

    The secrets of the networks must be in the environment.
    """
    clock = HandClock(start, real_start=start)
    worlds = generate_city(seed, start, 24 * days, mentions, clock=clock, guests=True)  # type: ignore[arg-type]
    with Simulator(*worlds, clock=clock, token=TOKEN, faults=faults) as simulator:  # type: ignore[arg-type]
        path = write_config(folder, simulator.address, *PATIENT, networks=EVERY_NETWORK)
        write_session(folder, simulator)
        with open_install(path, clock) as house:
            lived = Lived(simulator, house, clock)
            lived.live(start + timedelta(days=days) + TAIL, step, persons=persons)
            yield lived
