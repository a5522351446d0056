"""How long a recap takes, and how much memory, over a month of many items.

    .venv/bin/python tests/measure_recap.py [--items N] [--out FOLDER]

An invented month before another one of the same size, in a database of its own on this machine.
"""

import random
import resource
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click
from recap_support import WIB, City, city, october, wib
from store_support import SPEC, answer, decision, mention, page, queue, take

from tanggap.commands import coverage_statement
from tanggap.mention import ANSWER_KINDS, Mention, Prediction, Route
from tanggap.recap.pdf import as_pdf
from tanggap.recap.workbook import as_xlsx

PAGE = 100
NETWORKS = ("x", "x", "x", "facebook", "instagram")


@click.command(help=__doc__.partition("\n")[0])
@click.option("--items", default=50_000, show_default=True, help="In the month of the recap.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False, exists=True))
def main(items: int, out: Path | None) -> None:
    """Fill a database, make the recap, and print what it took."""
    with tempfile.TemporaryDirectory() as folder, city(Path(folder)) as made:
        fill(made, items)
        began = time.perf_counter()
        found = made.recap()
        read = time.perf_counter()
        lines = coverage_statement.lines(found.coverage, WIB)
        files = {
            "xlsx": as_xlsx(found, made.captions.of, lines),
            "pdf": as_pdf(found, made.captions.of),
        }
        ended = time.perf_counter()
    for form, body in files.items():
        if out:
            (out / f"rekap-{october().mark}.{form}").write_bytes(body)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    received = found.tables.total.score.received, found.before.total.score.received
    click.echo(f"{received[0]} items, {received[1]} in the month before")
    click.echo(f"read and judged {read - began:.1f} s, files {ended - read:.1f} s")
    click.echo(f"largest size of the process {most:.0f} MB")


def fill(made: City, items: int) -> None:
    """Write two months of mentions and answers, most of them in time."""
    chance = random.Random(7)
    owners = [
        (s, o) for s, o in made.config.policy.sector_opd.items() if o in made.config.policy.opd
    ]
    places = [*made.config.policy.kecamatan, None]
    made.reads(*[opd for opd in made.config.policy.opd if opd != "distan"])
    made.store.sync_sources(
        [SPEC, *(status.spec for status in made.store.sources(wib(1)))], wib(1, month=8)
    )
    weights = [1 / (1 + place) for place in range(len(owners))]
    first, span = wib(1, 0, month=9), timedelta(days=61) / (2 * items)
    lease = take(made.store, now=wib(1, 0, month=9))
    for begin in range(0, 2 * items, PAGE):
        wave: list[Mention] = []
        decided = {}
        for number in range(begin, begin + PAGE):
            [(sector, opd)] = chance.choices(owners, weights)
            posted = first + number * span
            network, place = chance.choice(NETWORKS), chance.choice(places)
            written = mention(
                f"a{number}", network=network, posted_at=posted, seen_at=posted,
                author_id=str(number % (items // 2 + 1)), addressed=(opd,),
                kind="tag" if network != "x" and chance.random() < 0.3 else "mention",
            )  # fmt: skip
            found = decision(
                sector=sector,
                opd=Prediction(opd, 0.9),
                place=place and Prediction(place, 0.9, ((place, 0.9),)),
            )
            wave.append(written)
            decided[written.network_id] = (found, queue(opd))
            if chance.random() < 0.75:
                said = answer(
                    f"b{number}", f"a{number}", network=network, author_opd=opd,
                    posted_at=posted + timedelta(hours=chance.expovariate(1 / 14)),
                )  # fmt: skip
                kind = chance.choice((*ANSWER_KINDS, "substantif"))
                wave.append(replace(said, seen_at=said.posted_at))
                answered = decision(answer=Prediction(kind, 0.9))
                decided[said.network_id] = (answered, Route("answer", "own_answer", opd=opd))
        made.store.accept(lease, page(*wave, cursor=str(begin)), decided, first + begin * span)
    made.store.release(lease)


if __name__ == "__main__":
    main()
