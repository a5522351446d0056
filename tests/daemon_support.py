"""A whole install for tests: a simulated city, a config that points at it, a clock by hand."""

import dataclasses
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import daemon
from collectors.instagram_session import Session, save_session
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


def write_config(
    folder: Path,
    address: str,
    *changes: tuple[str, str],
    extra: str = "",
    networks: Collection[str] = ("x",),
) -> Path:
    """Write the packaged example, `networks` switched on and pointed at `address`, with changes."""
    examples = files("tanggap.examples")
    policy = examples.joinpath("sukamaju-policy.toml").read_text(encoding="utf-8")
    (folder / "sukamaju-policy.toml").write_text(policy, encoding="utf-8")
    text = examples.joinpath("sukamaju.toml").read_text(encoding="utf-8")
    for network in networks:
        text = in_table(text, network, "enabled = false", "enabled = true")
    for old, new in (
        ("enterprise_agreement = false", "enterprise_agreement = true"),
        ("accept_risk = false", "accept_risk = true"),
        *((official, address) for official in OFFICIAL),
        ("disk_low_mb = 500", "disk_low_mb = 0"),
        *changes,
    ):
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "tanggap.toml"
    path.write_text(text + extra, encoding="utf-8")
    return path


OFFICIAL = ("https://api.x.com", "https://graph.facebook.com", "https://www.instagram.com")


def in_table(text: str, table: str, old: str, new: str) -> str:
    """Return the TOML text with the first `old` of one table replaced."""
    start = text.index(f"[{table}]")
    end = text.index("\n[", start)
    assert old in text[start:end], old
    return text[:start] + text[start:end].replace(old, new, 1) + text[end:]


def write_session(folder: Path, simulator: Simulator) -> None:
    """Write the session of Instagram's web site where the example config expects it."""
    session = Session("pembaca", simulator.session_cookies())
    save_session(folder / "instagram-session.json", session)


def unmeasured() -> dict[str, str]:
    """Return an environment in which a process runs without coverage: killed, or short of disk."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")}


def only_accounts(*opds: str, network: str = "x") -> tuple[tuple[str, str], ...]:
    """Return the changes that leave just these accounts of a network in the example config.

    The lines of one table are replaced as a whole, since other tables may hold the same lines.
    """
    text = files("tanggap.examples").joinpath("sukamaju.toml").read_text(encoding="utf-8")
    start = text.index("\n", text.index(f"[{network}.accounts]")) + 1
    lines = text[start : text.index("\n[", start)].splitlines(keepends=True)
    heading = text[text.rindex("\n", 0, start - 1) + 1 : start]
    kept = [line for line in lines if not line.strip() or line.split()[0] in opds]
    return ((heading + "".join(lines), heading + "".join(kept)),)


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


def judge(
    simulator: Simulator,
    database: Path,
    cut_off: Collection[int] = frozenset(),
    watched: Mapping[str, Collection[str] | None] | None = None,
) -> Verdict:
    """Compare the store with what the simulator knows.

    Lost: a citizen's post that concerns a city account and is missing, unless it vanished before
    it was ever served, or is a repost (search leaves those out: they repeat what is there).
    Invented: stored though never served. `cut_off` are numbers of log entries whose reader was
    killed and may not have stored them: what vanished at the network after that nobody could have
    kept. `watched`: which OPD's accounts are read on each network (None: all of them).
    """
    kept = {
        identity
        for entry in simulator.oracle.log()
        if entry.whole and entry.number not in cut_off
        for identity in entry.ids
    }
    wanted: set[str] = set()
    own: set[str] = set()
    for network, opds in (watched or {"x": None}).items():
        truth = simulator.truth(network)
        addressed = {
            identity
            for opd, ids in truth["addressed"].items()
            if opds is None or opd in opds
            for identity in ids
        }
        vanished = set(truth["vanished"])
        wanted |= {
            identity
            for identity in addressed - set(truth["reposts"])
            if identity in kept or identity not in vanished
        }
        own |= set(truth["own"])
    have = stored(database)
    items = item_ids(database)
    return Verdict(
        lost=sorted(wanted - set(have)),
        invented=sorted(set(have) - simulator.oracle.served()),
        doubled=sorted({identity for identity, count in Counter(items).items() if count > 1}),
        own_as_items=sorted(own & set(items)),
    )
