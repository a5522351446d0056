"""How fast the desk answers over a queue of many items, on both databases.

    .venv/bin/python tests/measure_desk.py [--items N] [--rounds N] [--only sqlite|postgresql]
                                           [--datasette PROGRAM]

An invented city's items of three years, most of them closed, go the store's own ways into a
database; then the desk itself is asked over loopback, by a supervisor and by an OPD's admin. Times
are what a browser waits for: session, queries, page. A line of the table stands for addresses of
one kind, asked in turn with other values. Each figure is one of a warm database on this machine;
the PostgreSQL server is a throw-away one of the development tools with 32 MB of its own. With the
path of a `datasette` program (`pip install datasette`), the same items are asked for of Datasette,
over the copy that `tanggap queue export --datasette` writes of the SQLite database.
"""

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from socket import create_server, socket

import click
import psycopg
import requests
from postgres_support import Server, running_server
from web_support import NOW, Town, Visitor, make_config, make_decision, make_mention, served

from tanggap.config import Config
from tanggap.export import as_row
from tanggap.mention import CLOSED, Decision, Flag, Mention, Prediction, Route
from tanggap.sectors import SECTORS
from tanggap.store import Store, open_store, write_datasette
from tanggap.store.items import ITEM_SELECT, item_row, queue_writes
from tanggap.store.rows import EVERYTHING, ItemFilter
from tanggap.store.sql_store import sql_store
from tanggap.web.app import create_app
from tanggap.web.queue_page import key_text

SEED = 20261122
WAVE = 2000
SPAN = timedelta(days=3 * 365)
COMMON = ("min", "tolong", "mohon", "warga", "sudah", "belum", "jalan", "lampu", "air", "sampah")
RARE = 3000
"""Names of streets, each in few texts."""


@dataclass
class City:
    """Says what is written there, about what, and what became of it."""

    config: Config
    dice: random.Random

    def wave(self, first: int, items: int) -> list[tuple[Mention, Decision, Route]]:
        """Return `WAVE` mentions from number `first` on, oldest first."""
        return [self._one(number, items) for number in range(first, min(first + WAVE, items))]

    def _one(self, number: int, items: int) -> tuple[Mention, Decision, Route]:
        dice, policy = self.dice, self.config.policy
        sector = dice.choices(list(SECTORS), [1 / (n + 1) for n in range(len(SECTORS))])[0]
        owner = policy.owner_of(sector)
        opd = owner if owner in policy.opd else policy.owner_of("lainnya")
        place = dice.choice(list(policy.kecamatan)) if dice.random() < 0.4 else None
        asked = dice.random() < 0.76
        jenis = dice.choices(
            ("pengaduan", "permintaan_informasi", "aspirasi") if asked else
            ("apresiasi", "bukan_aduan", "spam"), (7, 2, 1) if asked else (3, 6, 1)
        )[0]  # fmt: skip
        posted = NOW - SPAN * (1 - number / items) - timedelta(minutes=dice.random())
        street = f"jalan{dice.randrange(RARE)}"
        said = [*dice.choices(COMMON, range(len(COMMON), 0, -1), k=9), SECTORS[sector][0], street]
        mention = make_mention(
            number,
            " ".join(said),
            network=dice.choices(("instagram", "facebook", "x"), (5, 3, 2))[0],
            posted_at=posted,
            seen_at=posted + timedelta(minutes=3),
            raw=json.dumps({"id": number, "more": "x" * 800}),
        )
        decision = replace(
            make_decision(sector, opd, jenis),
            place=Prediction(place, 0.8) if place else None,
            urgent=Flag(on=dice.random() < 0.03, confidence=0.5),
        )
        supporting = (dice.choice(list(policy.opd)),) if dice.random() < 0.1 else ()
        route = Route("queue" if asked else "aside", "sector", opd=opd, supporting=supporting)
        if asked and dice.random() < 0.15:
            route = replace(route, name="triage", rule="unsure_sector")
        elif asked and dice.random() < 0.02:
            route = replace(route, name="triage", rule="sensitive", sensitive=True)
        return mention, decision, route

    def ends(self, number: int, items: int) -> str:
        """Return the status that an item of the queue has by now, "" for the one it came with."""
        if number > 0.97 * items:
            return ""
        return self.dice.choices(
            ("selesai", "dijawab", "", "proses", "bukan_kewenangan", "arsip"), (62, 14, 14, 4, 4, 2)
        )[0]


def fill(store: Store, config: Config, items: int) -> None:
    """Put `items` into an empty store."""
    city = City(config, random.Random(SEED))
    began = time.monotonic()
    for first in range(0, items, WAVE):
        wave = city.wave(first, items)
        decided = {mention.network_id: (decision, route) for mention, decision, route in wave}
        store.intake([mention for mention, *_ in wave], decided, "uji", NOW)
        with sql_store(store)._write() as conn, queue_writes(conn, NOW) as writes:
            rows = conn.execute(
                f"{ITEM_SELECT} WHERE i.id > ? AND i.id <= ?", (first, first + WAVE)
            ).fetchall()
            for found in rows:
                item = item_row(found)
                status = city.ends(item.id, items) if item.state.tab != "aside" else ""
                if status:
                    tab = "queue" if item.state.tab == "triage" else item.state.tab
                    state = replace(item.state, status=status, tab=tab, touched=True)
                    writes.change(item, state)
        store.index_text(2 * WAVE)
        if first % (25 * WAVE) == 0:
            spent = time.monotonic() - began
            sys.stderr.write(f"{store.kind}: {first + WAVE:,} items, {spent:,.0f} s\n")
    while store.index_text(WAVE):
        pass


@dataclass(frozen=True)
class Asked:
    """One line of the table: addresses of one kind."""

    name: str
    who: str
    addresses: Sequence[str]


def questions(made: Town, dice: random.Random) -> Iterator[Asked]:
    """Return what is asked: the named addresses, then others that are asked every day."""
    policy = made.config.policy
    sectors, places = list(SECTORS), list(policy.kecamatan)
    pairs = [(opd, sector) for sector, opd in _owned(made)]
    deep = [
        key_text(item)
        for share in (0.2, 0.4, 0.6, 0.8)
        for item in made.store.items(
            EVERYTHING, ItemFilter(tab="queue", before=NOW - SPAN * share), limit=1
        )
    ]
    numbers = [
        item.id
        for share in range(20)
        for item in made.store.items(
            EVERYTHING, ItemFilter(before=NOW - SPAN * share / 20), limit=1
        )
    ]
    topics = [SECTORS[sector][0].split()[0].strip(",").lower() for sector in sectors]
    streets = [f"jalan{dice.randrange(RARE)}" for _ in range(20)]
    yield Asked("first page", "ketua", ["/antrean"])
    yield Asked("deep page", "ketua", [f"/antrean?tab=queue&setelah={key}" for key in deep])
    yield Asked(
        "OPD + sector", "ketua", [f"/antrean?opd={opd}&sektor={name}" for opd, name in pairs]
    )
    yield Asked(
        "free text", "ketua", [f"/antrean?cari={word}" for word in (*streets[:10], *topics[:10])]
    )
    yield Asked(
        "free text + OPD", "ketua",
        [f"/antrean?cari={s}&opd={pairs[n % len(pairs)][0]}" for n, s in enumerate(streets)],
    )  # fmt: skip
    yield Asked("item", "ketua", [f"/aduan/{number}" for number in numbers])
    yield Asked("board counts", "ketua", ["/antrean/hitung"])
    yield Asked("export of 1,000", "ketua", [_thousand(made)])
    yield Asked("OPD's admin, first page", "dishub", ["/antrean", "/antrean?tab=unanswered"])
    yield Asked(
        "OPD's admin, narrowed", "dishub",
        [f"/antrean?kecamatan={p}&jenis=aspirasi&mendesak=1" for p in places],
    )  # fmt: skip
    yield Asked("closed, sector", "ketua", [f"/antrean?tab=closed&sektor={s}" for s in sectors])
    yield Asked(
        "place + jenis + urgent", "ketua",
        [f"/antrean?tab=unanswered&kecamatan={p}&jenis=aspirasi&mendesak=1" for p in places],
    )  # fmt: skip
    yield Asked(
        "sector + place + network", "ketua",
        [f"/antrean?sektor={s}&kecamatan={dice.choice(places)}&jaringan=x" for s in sectors],
    )  # fmt: skip
    yield Asked("urgent, a week", "ketua", ["/antrean?mendesak=1&usia=7"])
    yield Asked("counts, sector", "ketua", [f"/antrean/hitung?sektor={s}" for s in sectors])
    yield Asked("two common words", "ketua", ["/antrean?cari=lampu+mohon", "/antrean?cari=air"])
    yield Asked("common word + OPD", "dishub", ["/antrean?cari=lampu"])


def _thousand(made: Town) -> str:
    """Return the query of the newest days of Antrean that hold a thousand items."""

    def enough(days: int) -> bool:
        wanted = ItemFilter(tab="queue", since=NOW - timedelta(days=days))
        return made.store.count(EVERYTHING, wanted, cap=1000) >= 1000

    days = next((days for days in range(1, SPAN.days) if enough(days)), SPAN.days)
    return f"tab=queue&dari={(NOW - timedelta(days=days)).date()}"


def _answered(person: Visitor, address: str) -> requests.Response:
    """Ask for a page; what begins with no slash is a list to take out as a file."""
    if address.startswith("/"):
        return person.get(address)
    return person.post("/antrean/ekspor", bentuk="csv", daftar=address)


def measured(made: Town, rounds: int) -> dict[str, tuple[float, float]]:
    """Return p50 and p95 in milliseconds of each kind of question."""
    people: dict[str, Visitor] = {name: made.person(name) for name in ("ketua", "dishub")}
    figures = {}
    for asked in questions(made, random.Random(SEED)):
        person = people[asked.who]
        figures[asked.name] = timed(asked.addresses, partial(_answered, person), rounds)
        sys.stderr.write(f"{made.store.kind}: {asked.name}: {figures[asked.name]}\n")
    for person in people.values():
        person.close()
    return figures


def timed(
    addresses: Sequence[str], ask: Callable[[str], requests.Response], rounds: int
) -> tuple[float, float]:
    """Return p50 and p95 in milliseconds of addresses asked in turn."""
    times = []
    for turn in range(rounds + 3):
        address = addresses[turn % len(addresses)]
        began = time.perf_counter()
        answer = ask(address)
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, (address, answer.status_code)
    times = sorted(times[3:])  # the first ones open connections and warm what is kept
    return statistics.median(times), times[int(0.95 * (len(times) - 1))]


def of_datasette(
    program: Path, made: Town, folder: Path, rounds: int
) -> dict[str, tuple[float, float]]:
    """Return the figures of Datasette's own pages over a copy of the same items."""
    copy = folder / "aduan.db"
    write_datasette(copy, (as_row(item) for item in made.store.export(EVERYTHING, ItemFilter())))
    with closing(create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    # Its own limit of a second would turn slow pages into errors, and those into good figures.
    command = [program, "serve", copy, "-h", "127.0.0.1", "-p", str(port),
               "--setting", "sql_time_limit_ms", "60000"]  # fmt: skip
    dice = random.Random(SEED)
    with (
        requests.Session() as session,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as server,
    ):
        session.trust_env = False

        def ask(query: str) -> requests.Response:
            return session.get(f"http://127.0.0.1:{port}/aduan/aduan?_size=25&{query}", timeout=120)

        try:
            _wait_for(port)
            streets = [f"_search=jalan{dice.randrange(RARE)}" for _ in range(20)]
            opds = [f"opd={opd}&sector={sector}" for sector, opd in _owned(made)]
            return {
                "Datasette: listing, newest first": timed(["_sort_desc=posted_at"], ask, rounds),
                "Datasette: OPD + sector": timed(opds, ask, rounds),
                "Datasette: search": timed(streets, ask, rounds),
            }
        finally:
            server.terminate()


def _owned(made: Town) -> list[tuple[str, str]]:
    policy = made.config.policy
    owners = ((sector, policy.owner_of(sector)) for sector in SECTORS)
    return [(sector, opd) for sector, opd in owners if opd in policy.opd]


def _wait_for(port: int) -> None:
    for _ in range(600):
        with socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("Datasette did not start")


@contextmanager
def place(kind: str, folder: Path) -> Iterator[tuple[str | Path, Callable[[], None]]]:
    """Give where a new database of a kind is to be, and what tidies it up once it is full."""
    if kind == "sqlite":
        yield folder / "measured.db", lambda: None
        return
    with running_server(durable=False) as server:
        url = server.create()
        yield url, lambda: _tidy(server, url)


def _tidy(server: Server, url: str) -> None:
    """Do what autovacuum does within minutes."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET statement_timeout = 0")
        conn.execute("VACUUM ANALYZE")


@click.command(help=__doc__.partition("\n")[0])
@click.option("--items", default=1_000_000, show_default=True)
@click.option("--rounds", default=60, show_default=True)
@click.option("--only", type=click.Choice(["sqlite", "postgresql"]), help="One database.")
@click.option("--datasette", type=click.Path(path_type=Path), help="A datasette program.")
def main(items: int, rounds: int, only: str | None, datasette: Path | None) -> None:
    """Build, ask, and print the table."""
    found: dict[str, dict[str, tuple[float, float]]] = {}
    beside: dict[str, tuple[float, float]] = {}
    for kind in [only] if only else ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory() as name, place(kind, Path(name)) as (where, tidy):
            config = make_config(Path(name))
            with closing(open_store(where)) as store:
                store.migrate()
                fill(store, config, items)
                tidy()
                made = Town(config, store, create_app(store, config))
                made.add_people()
                store.note_progress(NOW, "baseline-0123456789ab")
                with served(made.app) as url:
                    made.url = url
                    found[kind] = measured(made, rounds)
                if datasette and kind == "sqlite":
                    beside = of_datasette(datasette, made, Path(name), rounds)
                closed = store.count(EVERYTHING, ItemFilter(statuses=CLOSED), cap=items)
                click.echo(f"{kind}: {items:,} items, {closed:,} closed, {store.size():,} bytes")
    click.echo("| p50 / p95, ms | " + " | ".join(found) + " |")
    click.echo("|---" * (1 + len(found)) + "|")
    for name in next(iter(found.values())):
        cells = (f"{p50:,.0f} / {p95:,.0f}" for p50, p95 in (one[name] for one in found.values()))
        click.echo(f"| {name} | {' | '.join(cells)} |")
    for name, (p50, p95) in beside.items():
        click.echo(f"{name}: {p50:,.0f} / {p95:,.0f}")


if __name__ == "__main__":
    main()
