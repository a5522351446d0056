"""From the wire of each network to the store: what a post's reactions are, as the networks tell."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from daemon_support import START, TOKEN, HandClock, open_install, write_every_network

import daemon
from tanggap.simulator.generator import generate_city
from tanggap.simulator.server import Simulator

OPDS = ("dpupr", "dlh")
WEB = ("distan",)
HOURS = 12
TOLD = {
    # Which numbers each network tells of any of its posts.
    ("x", "mention"): {"likes", "comments", "shares"},
    ("facebook", "post"): {"likes", "comments", "shares"},
    ("facebook", "comment"): {"likes", "comments"},
    ("instagram", "post"): {"likes", "comments"},
    ("instagram", "comment"): {"likes"},
}


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture
def simulator(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)
    worlds = generate_city(9, START, HOURS, 200, clock=clock)  # type: ignore[arg-type]
    with Simulator(*worlds, clock=clock, token=TOKEN) as running:  # type: ignore[arg-type]
        yield running


def test_the_reactions_that_each_network_tells_are_kept(
    tmp_path: Path, simulator: Simulator, clock: HandClock
) -> None:
    path = write_every_network(tmp_path, simulator, OPDS, WEB)
    with open_install(path, clock) as house:
        clock.advance(timedelta(hours=HOURS))
        for _ in range(3):
            clock.advance(timedelta(minutes=20))
            daemon.once(house)
        database = house.config.database_path
        quarantined = house.store.sources(clock.now())
    assert sum(one.quarantined for one in quarantined) == 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        rows = db.execute(
            "SELECT m.network, m.kind, count(*), count(e.likes), count(e.comments), "
            "count(e.shares), sum(e.total) FROM mentions AS m "
            "LEFT JOIN engagement AS e ON e.mention_id = m.id GROUP BY 1, 2"
        ).fetchall()
        wrong = db.execute(
            "SELECT count(*) FROM engagement AS e JOIN mentions AS m ON m.id = e.mention_id "
            "WHERE e.posted_at <> m.posted_at OR e.total <> "
            "coalesce(likes, 0) + coalesce(comments, 0) + coalesce(shares, 0)"
        ).fetchone()
    assert wrong == (0,)
    found = {(network, kind): counts for network, kind, *counts in rows}
    for which, names in TOLD.items():
        posts, likes, comments, shares, total = found[which]
        told = {"likes": likes, "comments": comments, "shares": shares}
        assert {name for name, known in told.items() if known} == names, which
        assert posts > 0
        assert total > 0, which
