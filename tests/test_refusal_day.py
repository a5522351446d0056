"""Whole days on which every network only refuses: polite all the time, complete afterwards.

Each bound is the number of moments that the documented waits leave in a day, times the workers
that may be under way at such a moment. Nothing is taken from the product's own book-keeping: the
requests are those that the simulated networks saw.
"""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, pairwise, repeat
from pathlib import Path

import pytest
from click.testing import CliRunner
from daemon_support import (
    START,
    TOKEN,
    HandClock,
    judge,
    only_accounts,
    open_install,
    statuses,
    unmeasured,
    write_config,
    write_every_network,
    write_session,
)
from drill_sizes import record_rounds, seeds, size

import daemon
from tanggap.cli import cli
from tanggap.clock import Clock, from_text, to_text
from tanggap.remedies import REMEDIES
from tanggap.simulator.faults import Fault
from tanggap.simulator.generator import generate_city
from tanggap.simulator.oracle import Served
from tanggap.simulator.server import Simulator

OPDS = ("dpupr", "dlh")
WEB = ("distan",)
EVERY_NETWORK = ("x", "facebook", "instagram", "instagram_web")
WATCHED = {"x": OPDS, "facebook": OPDS, "instagram": OPDS, "instagram_web": WEB}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DAY = 24 * HOUR
WORKERS = {"x": 4, "meta": 8, "instagram_web": 4}
"""Requests that may be under way at the same moment: Facebook and Instagram share Meta's limits,
and each has workers of its own."""
X_LIMITS = 2
"""X counts mentions and timelines apart: both scopes may try."""


def after(*minutes: float, then: float) -> Callable[[], Iterator[timedelta]]:
    """Return the waits after one refusal, the next, and so on; `then` repeats."""
    return lambda: (timedelta(minutes=m) for m in chain(minutes, repeat(then)))


def moments(waits: Callable[[], Iterator[timedelta]]) -> int:
    """Return how often a day has room for a try when these waits follow one another."""
    count, at = 0, timedelta(0)
    for wait in waits():
        if at >= DAY:
            return count
        count, at = count + 1, at + wait
    raise AssertionError("waits never end")


@dataclass(frozen=True)
class Refusal:
    """One day's refusals, what they promise, and what the product documents to do."""

    faults: tuple[Fault, ...]
    waits: dict[str, Callable[[], Iterator[timedelta]]]
    """Per limit: the shortest documented waits."""
    tries: dict[str, int]
    """Per limit: requests of one worker at one moment, over all scopes of the limit."""
    codes: dict[str, set[str]]
    states: frozenset[str]
    announced: timedelta | None = None


def limited(**headers: str) -> tuple[Fault, ...]:
    body = {"title": "Too Many Requests", "status": 429}
    return (Fault("status", status=429, headers=headers, body=body),)


HALF_AN_HOUR = timedelta(minutes=30)
INSTAGRAM_LIMIT = tuple(11.0 * 2**times for times in range(8))
DAYS = {
    "429-with-a-time": Refusal(
        limited(**{"Retry-After": "1800"}),
        {
            "x": after(then=30),
            "meta": after(then=30),
            "instagram_web": after(30, 30, *INSTAGRAM_LIMIT[2:], then=1408),
        },
        {"x": X_LIMITS, "meta": 1, "instagram_web": 1},
        {
            "x": {"rate_limited"},
            "meta": {"rate_limited"},
            "instagram_web": {"instagram_limit"},
        },
        frozenset({"waiting"}),
        HALF_AN_HOUR,
    ),
    "429-without-a-time": Refusal(
        limited(),
        {
            "x": after(15, 30, 60, then=120),
            "meta": after(then=60),
            "instagram_web": after(*INSTAGRAM_LIMIT, then=1408),
        },
        {"x": X_LIMITS, "meta": 1, "instagram_web": 1},
        {
            "x": {"rate_limited"},
            "meta": {"rate_limited"},
            "instagram_web": {"instagram_limit"},
        },
        frozenset({"waiting"}),
    ),
    "503-with-a-time": Refusal(
        (Fault("status", status=503, headers={"Retry-After": "7200"}, body="down"),),
        {"x": after(then=120), "meta": after(then=120), "instagram_web": after(then=120)},
        {"x": 1, "meta": 1, "instagram_web": 1},
        {limit: {"network_paused"} for limit in WORKERS},
        frozenset({"waiting"}),
        2 * HOUR,
    ),
    "401": Refusal(
        (Fault("unauthorized"), Fault("graph_error", kind="190"), Fault("please_wait")),
        {
            "x": after(15, 30, then=60),
            "meta": after(15, 30, then=60),
            "instagram_web": after(60, 240, 720, then=1440),
        },
        # X's 401 is asked once more before it is believed; a Page's token is asked for anew.
        {"x": 2, "meta": 2, "instagram_web": 1},
        {
            "x": {"token"},
            "meta": {"meta_token", "page_token"},
            "instagram_web": {"instagram_wait"},
        },
        frozenset({"needs_human"}),
    ),
}


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START + HOUR)


@pytest.fixture
def simulator(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)
    worlds = generate_city(9, START, 30, 900, clock=clock)  # type: ignore[arg-type]
    with Simulator(*worlds, clock=clock, token=TOKEN) as running:  # type: ignore[arg-type]
        yield running


def install(folder: Path, simulator: Simulator, *changes: tuple[str, str]) -> Path:
    # Posts are watched for as long as this city has any.
    as_old_as_the_posts = ("watch_days = 14", "watch_days = 30")
    return write_every_network(folder, simulator, OPDS, WEB, as_old_as_the_posts, *changes)


def beat_until(house: daemon.House, clock: HandClock, end: datetime) -> None:
    """Let time go by in steps of a quarter of an hour at most, and work when something is due."""
    while clock.now() < end:
        now = clock.now()
        due = min(max(s.next_poll_at, s.held_until or now) for s in house.store.sources(now))
        step = min(max(due - now, timedelta(seconds=1)), 15 * MINUTE, end - now)
        clock.advance(step)
        daemon.once(house)


def limit_of(entry: Served) -> str:
    """Return whose patience a request costs."""
    return "meta" if entry.network in ("facebook", "instagram") else entry.network


def scope_of(entry: Served) -> str:
    """Return what a limit that this request meets is counted for."""
    return f"x:{entry.endpoint}" if entry.network == "x" else limit_of(entry)


def requests(entries: Sequence[Served]) -> dict[str, list[Served]]:
    found: dict[str, list[Served]] = {limit: [] for limit in WORKERS}
    for entry in entries:
        found[limit_of(entry)].append(entry)
    return found


def inside_a_wait(entries: Sequence[Served], wait: timedelta, scope: object) -> list[Served]:
    """Return the requests that came after a refusal and before the end of what it asked for."""
    assert callable(scope)
    ends: dict[str, datetime] = {}
    found = []
    for entry in sorted(entries, key=lambda one: (one.at, one.number)):
        at = from_text(entry.at)
        refused_at = ends.get(scope(entry), at) - wait
        if refused_at < at < ends.get(scope(entry), at):
            found.append(entry)
        ends[scope(entry)] = max(at + wait, ends.get(scope(entry), at))
    return found


def pauses_between_tries(entries: Sequence[Served]) -> list[timedelta]:
    """Return the times between the moments at which the same was asked for again."""
    tried: dict[tuple[str, str, str], set[datetime]] = {}
    for entry in entries:
        asked = (entry.network, entry.endpoint, entry.source)
        tried.setdefault(asked, set()).add(from_text(entry.at))
    return [later - earlier for at in tried.values() for earlier, later in pairwise(sorted(at))]


def sources_shown(path: Path) -> dict[str, dict[str, object]]:
    """Return what the operator is shown, as `tanggap sources --json` prints it."""
    shown = CliRunner().invoke(cli, ["--config", str(path), "sources", "--json"])
    return {row["id"]: row for row in json.loads(shown.stdout)["sources"]}


def everything_is_caught_up(
    simulator: Simulator, house: daemon.House, clock: HandClock, path: Path
) -> None:
    """Let the networks answer again for as long as the longest rest and a sweep take."""
    simulator.faults.clear()
    for hours in (1, 12, 13, 13):
        clock.advance(hours * HOUR)
        daemon.once(house)
    found = statuses(house.store, clock)
    assert {name for name, status in found.items() if status.state != "ok"} == set()
    assert house.store.holds(clock.now()) == []
    verdict = judge(simulator, house.config.database_path, watched=WATCHED, grace=26 * HOUR)
    assert verdict.exact, verdict
    assert verdict.addressed_and_stored > 60


@pytest.mark.slow
@pytest.mark.fault(22, 23, 33)
@pytest.mark.parametrize("day", DAYS)
def test_a_day_of_nothing_but_refusals_stays_within_the_documented_waits(
    tmp_path: Path, simulator: Simulator, clock: HandClock, day: str
) -> None:
    refusal = DAYS[day]
    path = install(tmp_path, simulator)
    with open_install(path, clock) as house:
        daemon.once(house)
        assert {s.state for s in statuses(house.store, clock).values()} == {"ok"}
        simulator.faults.add(*refusal.faults)
        began = len(simulator.oracle.log())
        beat_until(house, clock, clock.now() + DAY)
        refused = simulator.oracle.log(began)
        assert {entry.whole and not entry.fault for entry in refused} == {False}
        for limit, asked in requests(refused).items():
            most = moments(refusal.waits[limit]) * WORKERS[limit] * refusal.tries[limit]
            assert 0 < len(asked) <= most, (limit, len(asked), most)
            together = Counter((scope_of(entry), entry.at) for entry in asked)
            assert max(together.values()) <= WORKERS[limit] * refusal.tries[limit]
        if day == "401":
            assert min(pauses_between_tries(refused)) >= 15 * MINUTE
        if refusal.announced:
            scope = limit_of if day.startswith("503") else scope_of
            assert inside_a_wait(refused, refusal.announced, scope) == []
        for name, row in sources_shown(path).items():
            limit = name.partition(":")[0]
            code = str(row["code"])
            if name != "meta:token" or code:  # it is looked at once a day
                assert code in refusal.codes[limit], (name, row)
                assert row["meaning"] == REMEDIES[code].meaning
        states = {status.state for status in statuses(house.store, clock).values()}
        assert states & refusal.states
        everything_is_caught_up(simulator, house, clock, path)


@pytest.mark.slow
@pytest.mark.fault(23)
def test_a_day_of_nothing_but_500_costs_less_than_an_ordinary_one_and_nothing_is_lost(
    tmp_path: Path, simulator: Simulator, clock: HandClock
) -> None:
    path = install(tmp_path, simulator)
    with open_install(path, clock) as house:
        house.dice = random.Random(5)
        daemon.once(house)
        simulator.faults.add(
            Fault("status", status=500, body="oops", every=2),
            Fault("status", status=502, body="<html>bad gateway</html>"),
        )
        began = len(simulator.oracle.log())
        beat_until(house, clock, clock.now() + DAY)
        refused = simulator.oracle.log(began)
        assert {entry.status for entry in refused} == {500, 502}
        sources = Counter(name.partition(":")[0] for name in statuses(house.store, clock))
        for limit, asked in requests(refused).items():
            # Full jitter up to the cap of an hour: one in half an hour on average, after the
            # eleven doublings from five seconds that lead there.
            most = sources[limit] * (11 + DAY / HALF_AN_HOUR) * 1.25
            assert 0 < len(asked) <= most, (limit, len(asked), most)
        shown = sources_shown(path)
        assert {row["code"] for row in shown.values()} <= {"network_error", "network_down", ""}
        everything_is_caught_up(simulator, house, clock, path)


SPEED = 60.0
NAMED = timedelta(minutes=10)
"""Ten seconds for the processes below."""
UNKEPT = timedelta(seconds=30)
"""Half a second for them: a refusal so short before a kill may not have been written down."""


@pytest.mark.slow
@pytest.mark.fault(22)
def test_no_restart_makes_a_request_while_an_announced_wait_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)
    restarts = size("refusal_restarts")
    (seed,) = seeds("refusal_restarts", 1)
    dice = random.Random(seed)
    real = Clock().now()
    clock = Clock(SPEED, real, START + HOUR)
    worlds = generate_city(9, START, 6, 200, clock=clock)
    seconds = str(int(NAMED.total_seconds()))
    fault = Fault("status", status=429, headers={"Retry-After": seconds}, body="{}")
    networks = ("x", "facebook", "instagram_web")  # each with a limit of its own
    with Simulator(*worlds, clock=clock, token=TOKEN, faults=[fault]) as simulator:
        path = write_config(
            tmp_path,
            simulator.address,
            *(change for n in networks[:2] for change in only_accounts(*OPDS, network=n)),
            *only_accounts(*WEB, network="instagram_web"),
            ("workers = 4 ", "workers = 1 "),  # nothing is under way beside what is refused
            ("tick_seconds = 1.0", "tick_seconds = 0.2"),
            ("lease_seconds = 180", "lease_seconds = 2"),
            extra=f"\n[clock]\nspeed = {SPEED}\nreal_start = {to_text(real)}\n"
            f"simulated_start = {to_text(START + HOUR)}\n",
            networks=networks,
        )
        write_session(tmp_path, simulator)
        killed_at: list[datetime] = []
        for _ in range(restarts):
            process = start_daemon(path)
            assert process.stderr is not None
            while b"event=started" not in (line := process.stderr.readline()):
                assert line, "the daemon ended before it had begun"
            time.sleep(dice.uniform(0.3, 1.5))  # the moment of its end: any will do
            process.send_signal(dice.choice((signal.SIGKILL, signal.SIGTERM)))
            process.communicate(timeout=20)
            killed_at.append(clock.now())
        asked = simulator.oracle.log()
        written_down = [
            entry
            for entry in asked
            if not any(timedelta(0) <= end - from_text(entry.at) < UNKEPT for end in killed_at)
        ]
        span = killed_at[-1] - from_text(asked[0].at)
        assert {limit_of(entry) for entry in asked} == set(WORKERS)
        early = inside_a_wait(written_down, NAMED, scope_of)
        # One moment for each wait that fits into the time, per limit; X has two and the look-up.
        most = (span / NAMED + 1) * (len(WORKERS) + X_LIMITS) + (len(asked) - len(written_down))
        # Each early request is a fault of the restart before it.
        bad = {sum(from_text(entry.at) > moment for moment in killed_at) for entry in early}
        record_rounds("refusal_restarts", restarts - len(bad), len(bad), [seed])
        assert early == []
        assert len(asked) <= most
        simulator.faults.clear()


def start_daemon(path: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "tanggap", "--config", str(path), "run"],
        stderr=subprocess.PIPE,
        env=unmeasured(),
    )
