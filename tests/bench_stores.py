"""How fast the two databases take a city's mentions and give its lists, as ratios of one run.

    .venv/bin/python tests/bench_stores.py [--mentions N] [--rounds N]

Rounds alternate between the databases, so that whatever else the machine does slows both. The
PostgreSQL server is a throw-away one of the development tools, on this machine.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing

import click
from postgres_support import running_server
from store_support import DECISION, SPEC, at, mention, page, queue, take

from tanggap.store import Store, open_store
from tanggap.store.rows import EVERYTHING, ItemFilter, Scope

PAGE = 100
OPDS = ("dpupr", "dishub", "dlh", "dinkes")


@click.command(help=__doc__.partition("\n")[0])
@click.option("--mentions", default=5000, show_default=True)
@click.option("--rounds", default=5, show_default=True)
def main(mentions: int, rounds: int) -> None:
    """Run the benchmark and print its table."""
    figures: dict[str, dict[str, list[float]]] = {"SQLite": {}, "PostgreSQL": {}}
    with tempfile.TemporaryDirectory() as folder, running_server(durable=True) as server:
        for number in range(rounds):
            places = {"SQLite": f"{folder}/{number}.db", "PostgreSQL": server.create()}
            for name, where in places.items():
                with closing(open_store(where)) as store:
                    store.migrate()
                    for figure, value in measured(store, mentions).items():
                        figures[name].setdefault(figure, []).append(value)
    click.echo(f"| {mentions} mentions, median of {rounds} | SQLite | PostgreSQL | ratio |")
    click.echo("|---|---|---|---|")
    for figure in figures["SQLite"]:
        one, other = (statistics.median(figures[name][figure]) for name in figures)
        click.echo(f"| {figure} | {one:,.1f} | {other:,.1f} | {other / one:.2f} |")


def measured(store: Store, mentions: int) -> dict[str, float]:
    """Return figures of one empty store, filled with `mentions`."""
    store.sync_sources([SPEC], at(0))
    lease = take(store)
    began = time.perf_counter()
    for first in range(0, mentions, PAGE):
        wave = [
            mention(str(number), f"jalan rusak nomor {number}", posted_at=at(number))
            for number in range(first, first + PAGE)
        ]
        decided = {
            one.network_id: (DECISION, queue(OPDS[int(one.network_id) % len(OPDS)])) for one in wave
        }
        store.accept(lease, page(*wave, cursor=str(first)), decided, at(0))
    taken = time.perf_counter() - began
    began = time.perf_counter()
    while store.index_text(500):
        pass
    indexed = time.perf_counter() - began
    return {
        "mentions stored per second": mentions / taken,
        "mentions indexed per second": mentions / indexed,
        "list of one OPD, ms": milliseconds(
            lambda: store.items(Scope(opds=frozenset({"dlh"})), ItemFilter(tab="queue"))
        ),
        "search, ms": milliseconds(lambda: store.items(EVERYTHING, ItemFilter(text="rusak 4711"))),
        "repeat of a page, ms": milliseconds(
            lambda: store.fresh([mention(str(number)) for number in range(PAGE)])
        ),
    }


def milliseconds(ask: Callable[[], object]) -> float:
    """Return the median time of 20 calls."""
    times = []
    for _ in range(20):
        began = time.perf_counter()
        ask()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


if __name__ == "__main__":
    main()
