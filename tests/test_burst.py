"""Thousands of mentions in one hour: nothing is lost, and the genuine complaints are found.

A genuine complaint is *found* when
1. it stands as an item of its own in a tab that people work through (queue, triage, sensitive),
   not put aside, and
2. an admin of the OPD whose list it stands in comes to it within the first four pages (a hundred
   rows, newest first, some minutes of reading) of a list that the desk offers: the tab as it is,
   the tab narrowed to the item's sector, or the tab searched for the two rarest words of the
   complaint, which is what somebody remembers who phones about it.

Nearly all must stand where the OPD sees them that the text bank says should act, and most in the
queue, for an OPD to act at once. Alike posts are not grouped, so what names the very matter of a
brigade stands among its copies in the first two lists: among three thousand posts nine in ten are
found there all the same, among sixty thousand six in ten. How many exactly is reported.
"""

import statistics
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from burst_support import HOUR, Brigade, Planted, genuine_lines, words_to_search
from daemon_support import START, TOKEN, Verdict, fetched, judge, write_config
from drill_sizes import one_round, seeds, size
from exactness_support import tokens
from kills_support import clock_table, running_daemon
from process_support import Trickle, asked, desk_process, usage_of
from web_support import password_hash

from tanggap.clock import Clock
from tanggap.policy import packaged_policy
from tanggap.simulator.server import Simulator
from tanggap.store import Store, open_store
from tanggap.store.rows import EVERYTHING, Item, ItemFilter, Scope

pytestmark = pytest.mark.slow

NETWORKS = ("x", "facebook", "instagram")
POSTS, GENUINE = size("burst"), size("burst_genuine")
HOUR_LASTS = max(10.0, POSTS / 300)
"""Real seconds of the simulated hour: up to 300 posts come in each."""
STANDSTILL = max(30.0, HOUR_LASTS / 3)
"""Real seconds after which what is still missing will not come."""
READ = 100
RIGHT_OPD = 0.95
IN_QUEUE = 0.5
WITHOUT_WORDS = 0.9 if POSTS <= 3000 else 0.6
"""The share found in the first two lists: copies of what a brigade pastes push the others down."""
RSS_LIMIT_MB = 512
PATHS = (
    "/antrean",
    "/antrean?tab=triage",
    "/antrean?sektor=jalan",
    "/antrean?cari=lampu",
    "/sumber",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where the install keeps its data."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        assert isinstance(url, str)
        return url
    return f"sqlite:{tmp_path / 'tanggap.db'}"


def test_a_burst_in_one_hour_loses_nothing_and_every_genuine_complaint_is_found(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens(monkeypatch)
    [seed] = seeds("burst", 1)
    back_end = where.partition(":")[0]
    with (
        one_round(f"burst: posts, {back_end}", seed, POSTS) as posts,
        one_round(f"burst: genuine complaints, {back_end}", seed, GENUINE) as genuine,
    ):
        burst = happened(tmp_path, where, seed)
        found = [one for one in burst.places if one.found]
        posts.passed, genuine.passed = POSTS - len(burst.verdict.lost), len(found)
        posts.figures, genuine.figures = burst.figures, summary(burst.places)
        assert burst.verdict.exact, burst.verdict
        assert burst.verdict.addressed_and_stored == POSTS
        assert len(burst.places) == GENUINE
        assert [one for one in burst.places if not one.found] == []
        shares = {name: count / GENUINE for name, count in counts(burst.places).items()}
        assert shares["right_opd"] >= RIGHT_OPD, wrong(burst.places)
        assert shares["found_without_words"] >= WITHOUT_WORDS, genuine.figures
        assert shares["in_queue"] > IN_QUEUE, genuine.figures
        assert burst.peak_mb < RSS_LIMIT_MB
        assert burst.trickle.problems == []
        assert len(burst.trickle.seconds) > 5


@dataclass(frozen=True)
class Burst:
    """What an hour left behind."""

    verdict: Verdict
    places: list["Place"]
    trickle: Trickle
    peak_mb: float
    figures: dict[str, object]


def happened(folder: Path, where: str, seed: int) -> Burst:
    """Let the hour pass over a city that reads all networks, and look at what it left."""
    clock = Clock(HOUR / timedelta(seconds=HOUR_LASTS), Clock().now() + timedelta(seconds=3), START)
    brigade = Brigade(seed, START, clock)
    planted = brigade.write(POSTS, GENUINE)
    with (
        Simulator(*brigade.worlds.values(), clock=clock, token=TOKEN) as simulator,
        closing(open_store(where)) as store,
    ):
        path = write_config(
            folder,
            simulator.address,
            ('url = "sqlite:tanggap.db"', f'url = "{where}"'),
            ("tick_seconds = 1.0", "tick_seconds = 0.2"),
            # What the city is willing to pay; the stop itself is tested with the budget.
            ("daily_read_limit = 20000", "daily_read_limit = 2000000"),
            ("monthly_read_limit = 300000", "monthly_read_limit = 3000000"),
            extra=clock_table(clock),
            networks=NETWORKS,
        )
        store.migrate()
        empty = on_disk(where)
        store.add_user("ketua", "supervisor", (), password_hash(), clock.now())
        store.add_user("dishub", "opd", ("dishub",), password_hash(), clock.now())
        began = time.monotonic()
        with (
            running_daemon(path) as daemon,
            desk_process(path) as (_, url),
        ):
            trickle = Trickle(url, ("ketua", "dishub"), PATHS, every=0.5)
            with asked(trickle):
                wait_until_read(clock, where)
            seconds = time.monotonic() - began
            used = usage_of(daemon.pid)
        verdict = judge(simulator, where, watched=dict.fromkeys(NETWORKS))
        grown = on_disk(where) - empty
        places = [place(store, simulator, complaint) for complaint in planted]
    figures: dict[str, object] = {
        "seconds": round(seconds),
        "hour_lasts": HOUR_LASTS,
        "rss_peak_mb": round(used.peak_mb),
        "desk_p95_ms": round(trickle.p95() * 1000),
        "desk_answers": len(trickle.seconds),
        "disk_mb": round(grown / 2**20, 1),
        "disk_bytes_per_mention": round(grown / POSTS),
    }
    return Burst(verdict, places, trickle, used.peak_mb, figures)


@dataclass(frozen=True)
class Place:
    """Where a genuine complaint stands after the burst. Ranks count from 1; 0: not there."""

    text: str
    tab: str
    in_tab: int
    in_sector: int
    in_search: int
    right_opd: bool
    """Whether the OPD that should act sees it."""

    @property
    def found(self) -> bool:
        worked_through = self.tab in ("queue", "triage", "sensitive")
        ranks = (self.in_tab, self.in_sector, self.in_search)
        return worked_through and any(0 < rank <= READ for rank in ranks)


def place(store: Store, simulator: Simulator, complaint: Planted) -> Place:
    """Look for a complaint as an admin of the OPD would in whose list it stands."""
    identity = simulator.wires[complaint.network].identity(complaint.post)
    words = words_to_search(complaint.line, genuine_lines())
    item = next(
        (
            item
            for item in store.items(EVERYTHING, ItemFilter(text=words), limit=10_000)
            if item.mention.network_id == identity
        ),
        None,
    )
    if item is None:
        return Place(complaint.line.text, "", 0, 0, 0, right_opd=False)
    scope = Scope(opds=frozenset(filter(None, [item.opd])))
    sector = item.sector or ""
    should_act = packaged_policy().sector_opd.get(complaint.line.sector)
    return Place(
        complaint.line.text,
        item.tab,
        rank(store, scope, ItemFilter(tab=item.tab), item),
        rank(store, scope, ItemFilter(tab=item.tab, sector=sector), item),
        rank(store, scope, ItemFilter(tab=item.tab, text=words), item),
        should_act in {item.opd, *item.supporting, *item.candidates},
    )


def rank(store: Store, scope: Scope, wanted: ItemFilter, item: Item) -> int:
    """Return an item's place in a list, newest first, from 1; 0 when it is not among 100."""
    first = store.items(scope, wanted, limit=READ)
    return next((n for n, other in enumerate(first, 1) if other.id == item.id), 0)


def counts(places: list[Place]) -> dict[str, int]:
    """Return how many complaints are found in each kind of list."""
    return {
        "found_in_tab": sum(one.in_tab > 0 for one in places),
        "found_in_sector": sum(one.in_sector > 0 for one in places),
        "found_by_words": sum(one.in_search > 0 for one in places),
        "found_without_words": sum(one.in_tab > 0 or one.in_sector > 0 for one in places),
        "right_opd": sum(one.right_opd for one in places),
        "in_queue": sum(one.tab == "queue" for one in places),
    }


def summary(places: list[Place]) -> dict[str, object]:
    """Return what is reported beside the result."""
    return {
        **counts(places),
        "found_by_words_at": statistics.median(one.in_search for one in places),
        "tabs": dict(Counter(one.tab or "none" for one in places)),
    }


def wrong(places: list[Place]) -> list[str]:
    """Return the complaints that the OPD does not see that should act."""
    return [one.text for one in places if not one.right_opd]


def wait_until_read(clock: Clock, where: str) -> None:
    """Wait until the hour is over and all posts are stored and indexed, or nothing more comes.

    What is missing then, the judge names.
    """
    # The full-text index lags; it has a row for each item that searches find.
    table = "search" if where.startswith("postgresql:") else "search_docsize"
    before, since = -1, time.monotonic()
    while time.monotonic() - since < STANDSTILL:
        time.sleep(1.0)
        [[indexed]] = fetched(where, f"SELECT count(*) FROM {table}")  # noqa: S608 - ours
        over = clock.now() > START + HOUR + timedelta(minutes=2)
        if over and indexed >= POSTS:
            return
        if indexed != before or not over:
            before, since = indexed, time.monotonic()


def on_disk(where: str) -> int:
    """Return the bytes of a database, and of the log beside its file."""
    if where.startswith("postgresql:"):
        [[size_of]] = fetched(where, "SELECT pg_database_size(current_database())")
        return int(size_of)
    file = Path(where.removeprefix("sqlite:"))
    return sum(path.stat().st_size for path in file.parent.glob(f"{file.name}*"))
