"""A whole install for tests: a simulated city, a config that points at it, a clock by hand."""

import dataclasses
import os
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
from sqlite_support import put_migrated

import daemon
from collectors.instagram_session import Session, save_session
from collectors.wire import clean
from tanggap.clock import Clock
from tanggap.config import Config, load_config
from tanggap.simulator.generator import generate_world
from tanggap.simulator.server import WORLD_OF, Simulator
from tanggap.store import Store, open_store
from tanggap.store.rows import SourceStatus

START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
TOKEN = "simulator-token-0123456789abcdef"


@dataclass
class HandClock:
    """A clock that moves only when the test moves it."""

    moment: datetime = START
    speed: float = 1.0
    real_start: datetime | None = START
    """Like a compressed clock it is not that of a server."""
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


def change_in_table(path: Path, table: str, old: str, new: str) -> None:
    """Replace the first `old` of one table of a config."""
    text = path.read_text(encoding="utf-8")
    path.write_text(in_table(text, table, old, new), encoding="utf-8")


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
    if config.on_sqlite and not config.database_path.exists():
        put_migrated(config.database_path)
    store = open_store(config.database_where)
    try:
        store.migrate()
        house = daemon.open_house(config, store)
        try:
            yield house
        finally:
            house.close()
    finally:
        store.close()


@contextmanager
def four_hours_of_x(clock: "Clock | HandClock | None" = None) -> Iterator[Simulator]:
    """Run an X on which four hours of a city are just over, by the real clock or another.

    What is written depends on the time of day.
    """
    clock = clock or Clock()
    world = generate_world(5, clock.now() - timedelta(hours=4), 4, 120, clock=clock)  # type: ignore[arg-type]
    with Simulator(world, clock=clock, token=TOKEN) as running:  # type: ignore[arg-type]
        yield running


def write_every_network(
    folder: Path,
    simulator: Simulator,
    opds: Sequence[str],
    web: Sequence[str],
    *changes: tuple[str, str],
) -> Path:
    """Write an install that reads `opds` on all networks, and `web` on Instagram by instaloader."""
    networks = ("x", "facebook", "instagram")
    path = write_config(
        folder,
        simulator.address,
        *(change for network in networks for change in only_accounts(*opds, network=network)),
        *only_accounts(*web, network="instagram_web"),
        *changes,
        networks=(*networks, "instagram_web"),
    )
    write_session(folder, simulator)
    return path


def statuses(store: Store, clock: HandClock) -> dict[str, SourceStatus]:
    return {status.spec.id: status for status in store.sources(clock.now())}


Key = tuple[str, str]
"""The network under which a mention is stored, and its id there: networks may use the same ids."""


@dataclass(frozen=True)
class Kept:
    """What the database holds of one mention."""

    text: str
    route: str | None
    """Of its latest decision; None without one."""
    items: int


def fetched(where: Path | str, sql: str) -> list[tuple[Any, ...]]:
    """Return what a query finds in a database (path or URL), past the store."""
    if str(where).startswith("postgresql:"):
        with psycopg.connect(str(where)) as server:
            return server.execute(sql.encode()).fetchall()
    path = str(where).removeprefix("sqlite:")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return db.execute(sql).fetchall()


def kept_mentions(where: Path | str) -> dict[Key, Kept]:
    """Return all mentions straight from the database."""
    rows = fetched(
        where,
        "SELECT m.network, m.network_id, m.text, d.route, "
        "(SELECT count(*) FROM items i WHERE i.mention_id = m.id) "
        "FROM mentions m LEFT JOIN decisions d ON d.id = "
        "(SELECT max(id) FROM decisions WHERE mention_id = m.id)",
    )
    found = {(network, identity): Kept(*rest) for network, identity, *rest in rows}
    assert len(rows) == len(found), "a mention is stored twice"
    return found


def stored(path: Path) -> dict[str, str | None]:
    """Return network id to the route of its latest decision; the networks' ids must differ."""
    found = kept_mentions(path)
    routes = {identity: kept.route for (_, identity), kept in found.items()}
    assert len(routes) == len(found), "two networks use the same id"
    return routes


def item_ids(path: Path) -> list[str]:
    """Return the network ids behind the items of the queue, repeats kept."""
    found = kept_mentions(path)
    return [identity for (_, identity), kept in found.items() for _ in range(kept.items)]


@dataclass(frozen=True)
class Verdict:
    """What the oracle says of a store: network ids (see judge)."""

    lost: list[str]
    invented: list[str]
    doubled: list[str]
    own_as_items: list[str]
    without_item: list[str]
    lost_answers: list[str]
    wrong_text: list[str]
    outdated: list[str]
    """Not part of `exact`: an edit is known only after the next reading."""
    addressed_and_stored: int
    """How many citizens' posts that concern a city account are there."""

    @property
    def exact(self) -> bool:
        return not (
            self.lost
            or self.invented
            or self.doubled
            or self.own_as_items
            or self.without_item
            or self.lost_answers
            or self.wrong_text
        )


def judge(
    simulator: Simulator,
    database: Path | str,
    cut_off: Collection[int] = frozenset(),
    watched: Mapping[str, Collection[str] | None] | None = None,
    grace: timedelta | None = None,
) -> Verdict:
    """Compare the store with what the simulator knows.

    Lost: a citizen's post that concerns a city account and is missing, unless it vanished before
    it was ever served, or is a repost (search leaves those out: they repeat what is there). With
    `grace`, only what was shown for a shorter time may have gone unserved.
    Invented: stored though never served. Doubled: one post under two ids. Without item: a post as
    above that is stored and stands in no queue. Lost answers: a city account's replies to citizens
    that its watcher is shown, under the same rule, unless stored and routed as answers. Wrong
    text: another wording than the one served last. Outdated: another than the one shown now.
    `cut_off` are numbers of log entries whose reader was killed and may not have stored them: what
    vanished at the network after that nobody could have kept. `watched`: which OPD's accounts are
    read on each network (None: all of them).
    """
    have = kept_mentions(database)
    served, kept = last_served(simulator), last_served(simulator, cut_off)
    addressed: set[Key] = set()
    answers: set[Key] = set()
    own: set[Key] = set()
    excused: set[Key] = set()
    wrong: set[Key] = set()
    outdated: set[Key] = set()
    for network, opds in (watched or {"x": None}).items():
        stored_as = WORLD_OF[network]
        truth = simulator.truth(network)
        for opd in truth["addressed"] if opds is None else opds:
            addressed |= {(stored_as, identity) for identity in truth["addressed"][opd]}
            answers |= {(stored_as, identity) for identity in truth["answered"][opd]}
        own |= {(stored_as, identity) for identity in truth["own"]}
        excused |= {
            (stored_as, identity)
            for identity, seconds in truth["lasted"].items()
            if grace is None or seconds < grace.total_seconds()
        }
        gone = set(truth["vanished"])
        for identity, wordings in truth["texts"].items():
            key = (stored_as, identity)
            if key in have and key in served:
                right = wordings_served(wordings, kept.get(key, ""), served[key])
                if have[key].text not in right:
                    wrong.add(key)
                if have[key].text != clean(wordings[-1][1]) and identity not in gone:
                    outdated.add(key)

    def due(posts: set[Key]) -> set[Key]:
        return {key for key in posts if key in kept or key not in excused}

    return Verdict(
        lost=ids(due(addressed) - set(have)),
        invented=ids(set(have) - set(served)),
        doubled=ids(under_two_ids(simulator, set(have))),
        own_as_items=ids(key for key in own & set(have) if have[key].items),
        without_item=ids(key for key in addressed & set(have) if not have[key].items),
        lost_answers=ids(
            key for key in due(answers) if key not in have or have[key].route != "answer"
        ),
        wrong_text=ids(wrong),
        outdated=ids(outdated),
        addressed_and_stored=len(addressed & set(have)),
    )


def last_served(simulator: Simulator, without: Collection[int] = frozenset()) -> dict[Key, str]:
    """Return when each post was last served whole, entries of some numbers left out."""
    found: dict[Key, str] = {}
    for entry in simulator.oracle.log():
        if entry.whole and entry.number not in without:
            for identity in entry.ids:
                key = (WORLD_OF[entry.network], identity)
                found[key] = max(entry.at, found.get(key, ""))
    return found


def wordings_served(wordings: Sequence[tuple[str, str]], kept: str, served: str) -> set[str]:
    """Return the wordings that may be stored: the one at `kept`, and those up to `served`.

    `kept` is when the post was last served to somebody who surely stored it ("" never), `served`
    when it was last served at all.
    """
    surely = [position for position, (since, _) in enumerate(wordings) if since <= kept]
    oldest = surely[-1] if surely else 0
    return {clean(text) for since, text in wordings[oldest:] if since <= served}


def under_two_ids(simulator: Simulator, have: set[Key]) -> set[Key]:
    """Return the keys of posts that are stored under more than one id, each network's its own."""
    found: set[Key] = set()
    for name, world in simulator.worlds.items():
        wires = [wire for network, wire in simulator.wires.items() if WORLD_OF[network] == name]
        for post in world.everything():
            keys = {(name, wire.identity(post)) for wire in wires} | {
                (name, str(version.id)) for version in post.versions
            }
            if len(keys & have) > 1:
                found |= keys & have
    return found


def ids(keys: Iterable[Key]) -> list[str]:
    return sorted(identity for _, identity in keys)
