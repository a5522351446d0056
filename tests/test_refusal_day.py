"""Whole days on which every network only refuses: polite all the time, complete afterwards.

The daemon is stopped and started again at random moments of each day. Each bound comes from the
documented waits: no request before the end of one, and in an hour and a day no more than there are
moments between them. Where the wait is drawn by lot (5xx) it is the time that the operator was
shown before the restart. The requests are those that the simulated networks saw.
"""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
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
from drill_sizes import one_round, seeds, size

import daemon
from tanggap import killpoints
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


def moments(waits: Callable[[], Iterator[timedelta]], span: timedelta) -> int:
    """Return how often a span has room for a try when these waits follow one another."""
    count, at = 0, timedelta(0)
    for wait in waits():
        if at >= span:
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
    scope: Callable[[Served], str]
    """What a request waits for together with others: a wait covers all of that."""
    codes: dict[str, set[str]]
    states: frozenset[str]

    def most(self, limit: str, span: timedelta) -> int:
        """Return how many requests a span may see: of all workers once, then of one for all."""
        tries = self.tries[limit]
        return WORKERS[limit] * tries + (moments(self.waits[limit], span) - 1) * tries


def limit_of(entry: Served) -> str:
    """Return whose patience a request costs."""
    return "meta" if entry.network in ("facebook", "instagram") else entry.network


def scope_of(entry: Served) -> str:
    """Return what a limit that this request meets is counted for."""
    return f"x:{entry.endpoint}" if entry.network == "x" else limit_of(entry)


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
        scope_of,
        {
            "x": {"rate_limited"},
            "meta": {"rate_limited"},
            "instagram_web": {"instagram_limit"},
        },
        frozenset({"waiting"}),
    ),
    "429-without-a-time": Refusal(
        limited(),
        {
            "x": after(15, 30, 60, then=120),
            "meta": after(then=60),
            "instagram_web": after(*INSTAGRAM_LIMIT, then=1408),
        },
        {"x": X_LIMITS, "meta": 1, "instagram_web": 1},
        scope_of,
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
        limit_of,
        {limit: {"network_paused"} for limit in WORKERS},
        frozenset({"waiting"}),
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
        limit_of,
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


def inside_documented_waits(entries: Sequence[Served], refusal: Refusal) -> list[str]:
    """Return the moments of requests that came before the end of the wait after the one before."""
    tried: dict[tuple[str, str], set[datetime]] = {}
    for entry in entries:
        tried.setdefault((limit_of(entry), refusal.scope(entry)), set()).add(from_text(entry.at))
    return [
        f"{scope} at {later} after {earlier}"
        for (limit, scope), at in tried.items()
        for (earlier, later), wait in zip(
            pairwise(sorted(at)), refusal.waits[limit](), strict=False
        )
        if later - earlier < wait
    ]


@dataclass
class Restarted:
    """A house that is closed and opened again within a day, and what was promised by then."""

    path: Path
    clock: HandClock
    simulator: Simulator
    moments: list[datetime]
    """When it is closed."""
    early: list[tuple[str, datetime]] = field(default_factory=list)
    """Requests that came before the time which the operator was shown before the restart."""
    shown: dict[str, datetime] = field(default_factory=dict)

    def beat(self) -> None:
        """Let the day go by. A house that has just been opened asks for what is due, no more."""
        for end in self.moments:
            before = len(self.simulator.oracle.log())
            with open_install(self.path, self.clock) as house:
                handles = {s.spec.id: s.spec.handle for s in house.store.sources(self.clock.now())}
                house.dice = random.Random(len(self.early) + before)
                daemon.once(house)
                beat_until(house, self.clock, end)
                for entry in self.simulator.oracle.log(before):
                    promised = self.promised(entry, handles)
                    if promised and from_text(entry.at) < promised:
                        self.early.append((f"{entry.network} {entry.endpoint}", promised))
                self.shown = {
                    s.spec.id: max(s.next_poll_at, s.held_until or s.next_poll_at)
                    for s in house.store.sources(self.clock.now())
                }

    def promised(self, entry: Served, handles: dict[str, str]) -> datetime | None:
        """Return the earliest time for which a source that may have asked this was announced."""
        network = "meta" if entry.endpoint == "debug_token" else ROUTES[entry.network]
        kind = {"mentions": "x:mentions:", "tweets": "x:timeline:"}.get(entry.endpoint, "")
        told = [
            at
            for name, at in self.shown.items()
            if name.startswith(kind or network)
            and (not entry.source or handles.get(name) == entry.source)
        ]
        return min(told, default=None)


ROUTES = {
    "x": "x:",
    "facebook": "meta:facebook:",
    "instagram": "meta:instagram:",
    "instagram_web": "instagram_web:",
}
"""Network to how the ids of its sources begin."""


def moments_to_restart(seed: int, start: datetime, restarts: int) -> list[datetime]:
    """Return random moments of a day, and its end."""
    dice = random.Random(seed)
    return [*sorted(start + DAY * dice.random() for _ in range(restarts)), start + DAY]


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
def test_a_day_of_nothing_but_refusals_stays_within_the_documented_waits_across_restarts(
    tmp_path: Path, simulator: Simulator, clock: HandClock, day: str
) -> None:
    refusal = DAYS[day]
    path = install(tmp_path, simulator)
    [seed] = seeds(f"refusal_restarts {day}", 1)
    restarts = size("refusal_restarts")
    with open_install(path, clock) as house:
        daemon.once(house)
        assert {s.state for s in statuses(house.store, clock).values()} == {"ok"}
    simulator.faults.add(*refusal.faults)
    began = len(simulator.oracle.log())
    with one_round(f"refusal_restarts: a day of {day}", seed, restarts):
        ends = moments_to_restart(seed, clock.now(), restarts)
        house_of_the_day = Restarted(path, clock, simulator, ends)
        house_of_the_day.beat()
        refused = simulator.oracle.log(began)
        assert {entry.whole and not entry.fault for entry in refused} == {False}
        assert inside_documented_waits(refused, refusal) == []
        assert house_of_the_day.early == []
        for limit, asked in requests(refused).items():
            assert 0 < len(asked) <= refusal.most(limit, DAY), (limit, len(asked))
            hours = Counter(entry.at[:13] for entry in asked)
            assert max(hours.values()) <= refusal.most(limit, HOUR), (limit, hours)
    for name, row in sources_shown(path).items():
        limit = name.partition(":")[0]
        code = str(row["code"])
        if name != "meta:token" or code:  # it is looked at once a day
            assert code in refusal.codes[limit], (name, row)
            assert row["meaning"] == REMEDIES[code].meaning
    with open_install(path, clock) as house:
        states = {status.state for status in statuses(house.store, clock).values()}
        assert states & refusal.states
        everything_is_caught_up(simulator, house, clock, path)


HOUR_LIMITS = {"x": 20, "meta": 45, "instagram_web": 12}
DAY_LIMITS = {"x": 90, "meta": 210, "instagram_web": 70}
"""Less than the waits of such a day leave room for: here the budgets must stop it."""
TIGHT = tuple(
    (f"requests_per_{span} = {packaged}", f"requests_per_{span} = {limits[limit]}")
    for limit, hour, day in (
        ("x", 1800, 30000),
        ("meta", 4000, 60000),
        ("instagram_web", 600, 2000),
    )
    for span, packaged, limits in (("hour", hour, HOUR_LIMITS), ("day", day, DAY_LIMITS))
)


@pytest.mark.slow
@pytest.mark.fault(23)
def test_a_day_of_nothing_but_500_stays_within_its_budgets_across_restarts_and_loses_nothing(
    tmp_path: Path, simulator: Simulator, clock: HandClock
) -> None:
    path = install(tmp_path, simulator, *TIGHT)
    [seed] = seeds("refusal_restarts 500", 1)
    restarts = size("refusal_restarts")
    with open_install(path, clock) as house:
        daemon.once(house)
    simulator.faults.add(
        Fault("status", status=500, body="oops", every=2),
        Fault("status", status=502, body="<html>bad gateway</html>"),
    )
    began = len(simulator.oracle.log())
    with one_round("refusal_restarts: a day of 500", seed, restarts) as report:
        ends = moments_to_restart(seed, clock.now(), restarts)
        house_of_the_day = Restarted(path, clock, simulator, ends)
        house_of_the_day.beat()
        refused = simulator.oracle.log(began)
        assert {entry.status for entry in refused} == {500, 502}
        assert house_of_the_day.early == []
        full = 0
        for limit, asked in requests(simulator.oracle.log()).items():
            for length, limits in ((13, HOUR_LIMITS), (10, DAY_LIMITS)):
                spans = Counter(entry.at[:length] for entry in asked)
                assert max(spans.values()) <= limits[limit], (limit, spans)
                full += max(spans.values()) == limits[limit]
        report.figures["budgets_used_up"] = full
        assert full > 0, "no budget was ever needed"
    codes = {row["code"] for row in sources_shown(path).values()}
    assert codes <= {"network_error", "network_down", "request_budget", "fair_share", ""}
    with open_install(install(tmp_path, simulator), clock) as house:  # the packaged budgets
        everything_is_caught_up(simulator, house, clock, path)


SPEED = 60.0
NAMED = timedelta(minutes=10)
"""Ten seconds for the processes below."""


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
    with (
        Simulator(*worlds, clock=clock, token=TOKEN, faults=[fault]) as simulator,
        one_round("refusal_restarts: processes", seed, restarts) as report,
    ):
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
        kept: list[Served] = []
        killed_at: list[datetime] = []
        for number in range(restarts):
            before = len(simulator.oracle.log())
            with daemon_process(path, tmp_path / f"{number}.log") as (process, log):
                wait_until(partial(has_started, log), process)
                time.sleep(dice.uniform(0.3, 1.5))  # the moment of its end: any will do
                if number % 2 == 0:  # that of every other one: when all that it asked is kept
                    wait_until(partial(keeps_all, log, simulator, before), process)
                process.send_signal(dice.choice((signal.SIGKILL, signal.SIGTERM)))
            killed_at.append(clock.now())
            kept += written_down(log, simulator.oracle.log(before))
        asked = simulator.oracle.log()
        span = killed_at[-1] - from_text(asked[0].at)
        early = inside_a_wait(kept, NAMED, scope_of)
        # Each early request is a fault of the restart before it.
        bad = {sum(from_text(entry.at) > moment for moment in killed_at) for entry in early}
        report.passed = max(0, restarts - len(bad))
        report.figures |= {"requests": len(asked), "cut_off": len(asked) - len(kept)}
        assert {limit_of(entry) for entry in asked} == set(WORKERS)
        assert early == []
        # One moment for each wait that fits into the time, per limit; X has two and the look-up.
        most = (span / NAMED + 1) * (len(WORKERS) + X_LIMITS) + (len(asked) - len(kept))
        assert len(asked) <= most
        assert len(kept) > len(WORKERS)


def written_down(log: Path, entries: Sequence[Served]) -> list[Served]:
    """Return the refusals of a run that its daemon says it has kept.

    Of one network nothing is under way beside what is refused, and each refusal ends a turn: so as
    many of its first requests as turns ended. A daemon killed on the way may not keep its last.
    """
    found = []
    lines = log.read_text(encoding="utf-8").splitlines()
    sources = [line.partition("source=")[2] for line in lines if "event=turn_refused" in line]
    for limit, asked in requests(entries).items():
        found += asked[: sum(source.startswith(f"{limit}:") for source in sources)]
    return found


def keeps_all(log: Path, simulator: Simulator, before: int) -> bool:
    entries = simulator.oracle.log(before)
    return len(written_down(log, entries)) == len(entries)


def has_started(log: Path) -> bool:
    return b"event=started" in log.read_bytes()


def wait_until(condition: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, "the daemon ended by itself"
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def daemon_process(path: Path, log: Path) -> "Iterator[tuple[subprocess.Popen[bytes], Path]]":
    """Run a daemon that the body ends; what it says goes into a file."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "tanggap", "--config", str(path), "run"],
            stderr=said,
            env=unmeasured(),
        )
        try:
            yield process, log
            process.wait(20)
        finally:
            process.kill()
            process.wait()


def test_a_wait_that_is_announced_while_the_daemon_shuts_down_is_kept(
    tmp_path: Path, simulator: Simulator, clock: HandClock
) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts("dlh"))
    with open_install(path, clock) as house:
        daemon.once(house)
    simulator.faults.add(*limited(**{"Retry-After": "1800"}))
    clock.advance(20 * MINUTE)
    with open_install(path, clock) as house:
        killpoints.arm("body_read", house.stop.set)
        daemon.once(house)
        assert house.stop.is_set()
        refused = simulator.oracle.log()[-1]
        assert refused.status == 429
        held = {hold.scope: hold.until for hold in house.store.holds(clock.now())}
    clock.advance(29 * MINUTE)
    before = len(simulator.oracle.log())
    with open_install(path, clock) as house:
        daemon.once(house)
    asked = [entry.endpoint for entry in simulator.oracle.log(before)]
    assert refused.endpoint not in asked, held
