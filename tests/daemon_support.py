"""A whole install for tests: a simulated city, a config that points at it, a clock by hand."""

import dataclasses
import os
import sqlite3
import threading
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import daemon
from tanggap.config import Config, load_config
from tanggap.simulator.server import Simulator
from tanggap.store import Store, open_store
from tanggap.store.rows import SourceStatus

START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
TOKEN = "simulator-token-0123456789abcdef"


@dataclass
class HandClock:
    """A clock that moves only when the test moves it."""

    moment: datetime = START
    speed: float = 1.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        with self._lock:
            return self.moment

    def advance(self, span: timedelta) -> None:
        with self._lock:
            self.moment += span

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return event.wait(0)


def write_config(folder: Path, address: str, *changes: tuple[str, str], extra: str = "") -> Path:
    """Write the packaged example, switched on and pointed at `address`, with further changes."""
    examples = files("tanggap.examples")
    policy = examples.joinpath("sukamaju-policy.toml").read_text(encoding="utf-8")
    (folder / "sukamaju-policy.toml").write_text(policy, encoding="utf-8")
    text = examples.joinpath("sukamaju.toml").read_text(encoding="utf-8")
    text = text.replace("enabled = false", "enabled = true", 1)  # X, the first of the tables
    for old, new in (
        ("enterprise_agreement = false", "enterprise_agreement = true"),
        ("https://api.x.com", address),
        ("disk_low_mb = 500", "disk_low_mb = 0"),
        *changes,
    ):
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "tanggap.toml"
    path.write_text(text + extra, encoding="utf-8")
    return path


def unmeasured() -> dict[str, str]:
    """Return an environment in which a process runs without coverage: killed, or short of disk."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")}


def only_accounts(*opds: str) -> tuple[tuple[str, str], ...]:
    """Return the changes that leave just these accounts in the example config."""
    text = files("tanggap.examples").joinpath("sukamaju.toml").read_text(encoding="utf-8")
    lines = text[text.index("[x.accounts]") : text.index("[x.ids]")].splitlines()[1:]
    return tuple(
        (line + "\n", "") for line in lines if line.strip() and line.split()[0] not in opds
    )


def config_on(path: Path, clock: HandClock) -> Config:
    """Read a config and put the test's clock into it."""
    return dataclasses.replace(load_config(path), clock=clock)  # type: ignore[arg-type]


@contextmanager
def open_install(path: Path, clock: HandClock) -> Iterator[daemon.House]:
    """Open database and daemon of a config; close both."""
    config = config_on(path, clock)
    store = open_store(config.database_path)
    try:
        store.migrate()
        house = daemon.open_house(config, store)
        try:
            yield house
        finally:
            house.close()
    finally:
        store.close()


def statuses(store: Store, clock: HandClock) -> dict[str, SourceStatus]:
    return {status.spec.id: status for status in store.sources(clock.now())}


def stored(path: Path) -> dict[str, str]:
    """Return network id to the route of its latest decision, straight from the database file."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        rows = db.execute(
            "SELECT m.network_id, d.route FROM mentions m LEFT JOIN decisions d ON d.id = "
            "(SELECT max(id) FROM decisions WHERE mention_id = m.id)"
        ).fetchall()
    assert len(rows) == len(dict(rows)), "a mention is stored twice"
    return dict(rows)


def item_ids(path: Path) -> list[str]:
    """Return the network ids behind the items of the queue, repeats kept."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return [
            row[0]
            for row in db.execute(
                "SELECT m.network_id FROM items i JOIN mentions m ON m.id = i.mention_id"
            )
        ]


@dataclass(frozen=True)
class Verdict:
    """What the oracle says of a store. All four must be empty."""

    lost: list[str]
    invented: list[str]
    doubled: list[str]
    own_as_items: list[str]

    @property
    def exact(self) -> bool:
        return not (self.lost or self.invented or self.doubled or self.own_as_items)


def judge(simulator: Simulator, database: Path, cut_off: Collection[int] = frozenset()) -> Verdict:
    """Compare the store with what the simulator knows.

    Lost: a citizen's post that addresses a city account and is missing, unless it vanished before
    it was ever served, or is a repost (search leaves those out: they repeat what is there).
    Invented: stored though never served. `cut_off` are numbers of log entries whose reader was
    killed and may not have stored them: what vanished at X after that nobody could have kept.
    """
    truth = simulator.truth()
    served = simulator.oracle.served()
    kept = {
        identity
        for entry in simulator.oracle.log()
        if entry.whole and entry.number not in cut_off
        for identity in entry.ids
    }
    addressed = {identity for ids in truth["addressed"].values() for identity in ids}
    addressed -= set(truth["reposts"])
    wanted = {
        identity
        for identity in addressed
        if identity in kept or identity not in set(truth["vanished"])
    }
    have = stored(database)
    items = item_ids(database)
    return Verdict(
        lost=sorted(wanted - set(have)),
        invented=sorted(set(have) - served),
        doubled=sorted({identity for identity in items if items.count(identity) > 1}),
        own_as_items=sorted(set(truth["own"]) & set(items)),
    )
