"""A city at sixty times its speed: the processes do not grow, and what is read stays fresh.

Long (half an hour, thirty simulated hours) in `make drill` only. The short run of `make test` shows
that the measuring works; a line through a few seconds says nothing about an hour, so it asserts
no slopes.
"""

import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from daemon_support import (
    START,
    TOKEN,
    HandClock,
    Verdict,
    change_in_table,
    fetched,
    judge,
    open_install,
    unmeasured,
    write_config,
    write_session,
)
from drill_sizes import one_round, seeds, size
from exactness_support import EVERY_NETWORK, GRACE, WATCHED, WEB_GRACE, tokens
from kills_support import clock_table, running_daemon
from process_support import Trickle, Usage, asked, desk_process
from soak_support import (
    Sample,
    Watch,
    heaps_in,
    heaps_of_threads,
    medians,
    slope_per_hour,
    watched,
)
from web_support import password_hash

import daemon
from tanggap.clock import Clock
from tanggap.metronome import Metronome
from tanggap.simulator.generator import generate_city
from tanggap.simulator.server import Simulator
from tanggap.store import open_store

pytestmark = pytest.mark.slow

SECONDS = size("soak_seconds")
LONG = SECONDS >= 600
WARM_UP = 600.0 if LONG else SECONDS / 3
"""Worker threads and connections are opened; their caches fill while the database, which begins
empty, and the words that were seen grow: ten hours of the city in the long run."""
SPEED = 60.0
MENTIONS_PER_HOUR = 154
GROWTH_LIMIT = 1.0
"""MB per hour of real time, sixty hours of the city."""
WAL_LIMIT_MB = 64
PATHS = ("/antrean", "/antrean?tab=triage", "/antrean?cari=jalan", "/sumber")
USUALLY_READ_WITHIN = {
    # the slowest poll of the example config's sources of a network, and two beats of the daemon
    "x": timedelta(minutes=3 + 2),
    "facebook": timedelta(minutes=15 + 2),
    "instagram": timedelta(minutes=15 + 2),
    "instagram_web": timedelta(minutes=180 + 2),
}
ALWAYS_READ_WITHIN = {"x": GRACE, "facebook": GRACE, "instagram": GRACE, "instagram_web": WEB_GRACE}
"""The slowest poll and what may come before it."""
READ_AGAIN = timedelta(minutes=15)
"""Each poll of the example config reads at least so far back once more."""
SWEEPS = {"facebook": (12, 4), "instagram": (12, 4), "instagram_web": (24, 8)}
"""Hours between two sweeps in the example config, and here: so all that a daemon does in a day was
done before the measuring begins, and is done several times in it."""
SWEPT_EVERY = {"x": 1, **{network: hours for network, (_, hours) in SWEEPS.items()}}
"""Hours: so long a post that a network shows later may wait besides."""


def test_daemon_and_desk_do_not_grow_in_thirty_hours_of_the_city(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens(monkeypatch)
    [seed] = seeds("soak_seconds", 1)
    with one_round("soak", seed) as report:
        soak = soaked(tmp_path, seed)
        wal_peak_mb = max(one.wal_mb for one in soak.watches["daemon"].samples)
        report.figures |= {
            "minutes": round(SECONDS / 60, 1),
            "requests": soak.served,
            "desk_p95_ms": round(soak.trickle.p95() * 1000),
            "desk_answers": len(soak.trickle.seconds),
            "wal_peak_mb": round(wal_peak_mb, 1),
            "median_lag_minutes": {
                network: round(lag / timedelta(minutes=1), 1) for network, lag in soak.lags.items()
            },
            "stored": soak.verdict.addressed_and_stored,
        }
        failures = []
        for name, watch in soak.watches.items():
            samples = watch.after(WARM_UP)
            slope, doubt = slope_per_hour(samples)
            report.figures[name] = {
                "rss_mb_per_hour": round(slope, 2),
                "standard_error": round(doubt, 2),
                "rss_mb_per_simulated_hour": round(slope / SPEED, 4),
                "rss_mb": [round(mb, 1) for _, mb in medians(samples, 20)],
                "threads": fewest_and_most(s.usage.threads for s in samples),
                "files": fewest_and_most(s.usage.files for s in samples),
            }
            failures += [f"{name}: {what}" for what in grown(samples)]
            if LONG and slope >= GROWTH_LIMIT:
                failures.append(f"{name}: {slope:.2f} MB/h")
        if LONG:
            failures += [
                f"{network}: {lag}"
                for network, lag in soak.lags.items()
                if lag > USUALLY_READ_WITHIN[network]
            ]
        assert soak.heaps == {"daemon": 0, "desk": 0}, "threads have heaps of their own"
        assert failures == [], report.figures
        assert wal_peak_mb < WAL_LIMIT_MB
        assert soak.verdict.invented == soak.verdict.doubled == soak.verdict.own_as_items == []
        assert soak.missed == []
        assert soak.trickle.problems == []
        assert len(soak.trickle.seconds) >= SECONDS / 10
        assert soak.verdict.addressed_and_stored > (3000 if LONG else 0)


@dataclass(frozen=True)
class Soak:
    """What a long run left behind; the watches by the name of the process."""

    watches: dict[str, Watch]
    heaps: dict[str, int]
    trickle: Trickle
    served: int
    verdict: Verdict
    missed: list[str]
    lags: dict[str, timedelta]


def soaked(folder: Path, seed: int) -> Soak:
    """Let daemon and desk run over a city that reads all networks, and watch them."""
    hours = SECONDS * SPEED / 3600
    clock = Clock(SPEED, Clock().now(), START)
    worlds = generate_city(seed, START, hours, round(hours * MENTIONS_PER_HOUR), clock=clock)
    database = folder / "tanggap.db"
    with Simulator(*worlds, clock=clock, token=TOKEN) as simulator:
        path = write_config(
            folder, simulator.address, extra=clock_table(clock), networks=EVERY_NETWORK
        )
        for network, (usual, hours_between) in SWEEPS.items():
            change_in_table(
                path, network, f"sweep_hours = {usual}", f"sweep_hours = {hours_between}"
            )
        write_session(folder, simulator)
        with closing(open_store(database)) as store:
            store.migrate()
            store.add_user("ketua", "supervisor", (), password_hash(), clock.now())
            store.add_user("dishub", "opd", ("dishub",), password_hash(), clock.now())
        with (
            running_daemon(path) as daemon,
            desk_process(path) as (desk, url),
        ):
            trickle = Trickle(url, ("ketua", "dishub"), PATHS, every=1.0)
            watches = {
                "daemon": Watch(daemon.pid, database, every=1.0),
                "desk": Watch(desk.pid, database, every=1.0),
            }
            with watched(*watches.values()), asked(trickle):
                time.sleep(SECONDS)
            heaps = {name: heaps_of_threads(watch.pid) for name, watch in watches.items()}
            until = clock.now()
        served = len(simulator.oracle.log())
        verdict = judge(simulator, database, watched=WATCHED)
        lags = waited(simulator, database)
        late = missed(simulator, database, until)
    return Soak(watches, heaps, trickle, served, verdict, late, lags)


def fewest_and_most(counts: Iterable[int]) -> list[int]:
    every = sorted(counts)
    return [every[0], every[-1]]


def grown(samples: list[Sample]) -> list[str]:
    """Return what of threads and open files is usually more in the last third than in the first."""
    third = len(samples) // 3
    found = []
    for name in ("threads", "files"):
        first, last = (
            statistics.median(getattr(sample.usage, name) for sample in part)
            for part in (samples[:third], samples[-third:])
        )
        if LONG and last > first + 2:
            found.append(f"{name} from {first} to {last}")
    return found


def missed(simulator: Simulator, database: Path, until: datetime) -> list[str]:
    """Return what is not stored though it was shown, by `until`, for longer than any poll waits."""
    found = []
    for network, opds in WATCHED.items():
        verdict = judge(simulator, database, watched={network: opds}, grace=timedelta(0))
        lost, lasted = set(verdict.lost), simulator.truth(network)["lasted"]
        world = simulator.worlds["instagram" if network == "instagram_web" else network]
        for post in world.everything():
            if (identity := simulator.wires[network].identity(post)) not in lost:
                continue
            shown = until - post.shown_from
            if identity in lasted:
                shown = min(shown, timedelta(seconds=lasted[identity]))
            patience = ALWAYS_READ_WITHIN[network]
            if post.shown_from - post.posted_at > READ_AGAIN:
                patience += timedelta(hours=SWEPT_EVERY[network])
            if shown > patience:
                found.append(f"{network} {identity}")
    return found


def waited(simulator: Simulator, database: Path) -> dict[str, timedelta]:
    """Return per network how long a citizen's post usually waited from shown to seen."""
    shown = {
        ("instagram" if name == "instagram_web" else name, wire.identity(post)): post.shown_from
        for name, wire in simulator.wires.items()
        for post in simulator.worlds["instagram" if name == "instagram_web" else name].everything()
        if post.author.opd is None and post.shown_from >= START
    }
    found: dict[str, list[timedelta]] = {}
    for network, identity, seen_at, route in fetched(
        database,
        "SELECT m.network, m.network_id, m.seen_at, s.network "
        "FROM mentions m JOIN sources s ON s.id = m.source_id",
    ):
        if (network, identity) in shown:
            lag = datetime.fromisoformat(seen_at).astimezone(UTC) - shown[network, identity]
            found.setdefault(route, []).append(lag)
    return {route: statistics.median(lags) for route, lags in found.items()}


# --- the measuring itself ---------------------------------------------------------------------


def test_what_nobody_has_read_is_missed_once_it_was_shown_long_enough(tmp_path: Path) -> None:
    clock, database = HandClock(START), tmp_path / "tanggap.db"
    worlds = generate_city(3, START, 40, 400, clock=clock)  # type: ignore[arg-type]
    with closing(open_store(database)) as store:
        store.migrate()
    with Simulator(*worlds, clock=clock, token=TOKEN) as simulator:  # type: ignore[arg-type]
        clock.advance(timedelta(hours=40))
        lost = judge(simulator, database, watched=WATCHED, grace=timedelta(0)).lost
        found = [
            {one.partition(" ")[0] for one in missed(simulator, database, START + passed)}
            for passed in (GRACE, WEB_GRACE, timedelta(hours=40))
        ]
        assert found == [set(), {"x", "facebook", "instagram"}, set(WATCHED)]
        everything = missed(simulator, database, START + timedelta(hours=80))
        assert {one.partition(" ")[2] for one in everything} <= set(lost)
        assert len(everything) > 0.9 * len(lost)  # some were not shown for so long


def line(mb_per_hour: float, *, jump: float = 0.0) -> list[Sample]:
    """Return an hour of samples that grow evenly, with one look in ten far off."""
    return [
        Sample(
            float(second),
            Usage(100 + mb_per_hour * second / 3600 + (jump if second % 10 == 5 else 0), 0, 9, 9),
            0.0,
        )
        for second in range(3600)
    ]


@pytest.mark.parametrize("growth", [0.0, 0.9, 1.1, 40.0, -3.0])
def test_the_slope_is_what_a_process_grows_in_an_hour(growth: float) -> None:
    slope, doubt = slope_per_hour(line(growth))
    assert slope == pytest.approx(growth, rel=1e-3, abs=1e-6)
    assert doubt < 0.01


def test_a_short_peak_now_and_then_is_no_growth() -> None:
    slope, _ = slope_per_hour(line(0.5, jump=30.0))
    assert slope == pytest.approx(0.5, abs=0.01)


LEAK = "import time; kept = []\nwhile True: kept.append(bytearray(1_000_000)); time.sleep(0.02)"
STILL = "import time; time.sleep(60)"


def test_a_process_that_leaks_is_seen_to_grow_and_one_that_waits_is_not(tmp_path: Path) -> None:
    with idle(LEAK) as leaking, idle(STILL) as still:
        watches = [Watch(process.pid, tmp_path / "none.db", 0.05) for process in (leaking, still)]
        with watched(*watches):
            time.sleep(3.0)
    slopes = [slope_per_hour(watch.after(1.0))[0] for watch in watches]
    assert slopes[0] > 3600  # a megabyte a second at the very least
    assert abs(slopes[1]) < 100
    assert watches[0].samples[-1].usage.peak_mb >= watches[0].samples[-1].usage.rss_mb


TEN_THREADS = """
import sys, threading
from tanggap.allocator import share_one_heap

together = threading.Barrier(11)

def work():
    held = [bytearray(600 + n) for n in range(2000)]
    together.wait()
    together.wait()

if "%s":
    share_one_heap()
for _ in range(10):
    threading.Thread(target=work, daemon=True).start()
together.wait()
print("busy", flush=True)
together.wait()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
@pytest.mark.parametrize(("shared", "fewest", "most"), [("yes", 0, 0), ("", 1, 10)])
def test_threads_take_their_memory_from_one_heap_when_they_are_told_to(
    shared: str, fewest: int, most: int
) -> None:
    with idle(TEN_THREADS % shared, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"busy\n"
        assert fewest <= heaps_of_threads(process.pid) <= most
        process.stdout.close()


AN_ALIGNED_STACK = """
7fc46ae13000-7fc46bfff000 rw-p 00000000 00:00 0
7fc46bfff000-7fc46c000000 ---p 00000000 00:00 0
7fc46c000000-7fc46c800000 rw-p 00000000 00:00 0
""".strip()
A_HEAP = """
7fc464000000-7fc4641a0000 rw-p 00000000 00:00 0
7fc4641a0000-7fc468000000 ---p 00000000 00:00 0
""".strip()
A_HEAP_BEHIND_OTHER_MEMORY = """
7fc463e00000-7fc4641a0000 rw-p 00000000 00:00 0
7fc4641a0000-7fc468000000 ---p 00000000 00:00 0
""".strip()


@pytest.mark.parametrize(
    ("maps", "heaps"), [(AN_ALIGNED_STACK, 0), (A_HEAP, 1), (A_HEAP_BEHIND_OTHER_MEMORY, 1)]
)
def test_a_heap_is_told_from_the_guard_page_of_a_stack(maps: str, heaps: int) -> None:
    assert heaps_in(maps) == heaps


GIVES_BACK = """
from pathlib import Path
from tanggap.allocator import give_back

def rss():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024

held = [bytearray(2000) for _ in range(50_000)]
last = held.pop()
del held
before = rss()
give_back()
print(before - rss(), flush=True)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_what_lies_free_below_something_used_is_given_back() -> None:
    with idle(GIVES_BACK, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert int(process.stdout.read()) > 50
        process.stdout.close()


def test_a_daemon_gives_back_once_a_minute_whatever_becomes_of_its_other_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens(monkeypatch)
    beats: list[tuple[float, Callable[[], object]]] = []
    given: list[str] = []
    monkeypatch.setattr(Metronome, "every", lambda _, *beat: beats.append(beat))
    monkeypatch.setattr(daemon, "give_back", lambda: given.append("back"))
    path = write_config(tmp_path, "http://127.0.0.1:9", networks=("x",))
    with open_install(path, HandClock()) as house:
        house.stop.set()
        assert daemon.work(house, lambda: house.config, threading.Event())
    [once_a_minute] = [work for seconds, work in beats if seconds == 60]
    once_a_minute()  # by itself, and the database is closed by now
    assert given == ["back"]


@contextmanager
def idle(code: str, stdout: int | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a few lines of Python until the end of the body."""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=stdout, env=unmeasured())
    try:
        yield process
    finally:
        process.kill()
        process.wait()
