"""Real complaint texts through the whole product: posted, collected, classified, routed, listed.

    EVAL_DATA=FOLDER .venv/bin/python tests/measure_real_texts.py

Prints one JSON line per file: mentions, lost, mentions per second, counts per route, sector and
OPD, and the accuracy against the file's labels. Prints no text of the files.
"""

import collections
import csv
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from daemon_support import START, TOKEN, HandClock, judge, open_install, write_config

import daemon
from tanggap.simulator.generator import world_of_texts
from tanggap.simulator.server import Simulator
from tanggap.simulator.texts import read_texts
from tanggap.store.rows import EVERYTHING, ItemFilter

FILES = ("bandung.csv", "purbalingga.csv")
PURBALINGGA = {
    "Infrastruktur": "jalan drainase_banjir perhubungan perumahan air_bersih listrik",
    "Lingkungan": "kebersihan_lingkungan drainase_banjir",
    "Ketertiban": "ketertiban perhubungan",
    "Pendidikan": "pendidikan",
    "Sosial dan Ekonomi": "sosial ketenagakerjaan perdagangan_umkm pertanian desa perempuan_anak",
    "Pelayanan Publik": "kependudukan kesehatan perizinan pemerintahan air_bersih kominfo "
    "pajak_aset desa listrik",
}
"""Coarse label of purbalingga.csv to the sectors that it covers (README of the data)."""


def main() -> None:
    """Measure each file of the evaluation folder."""
    folder = os.environ.get("EVAL_DATA")
    if not folder:
        sys.exit("EVAL_DATA is not set: name the folder with bandung.csv and purbalingga.csv")
    os.environ["TANGGAP_X_BEARER_TOKEN"] = TOKEN
    for name in FILES:
        print(json.dumps(measure(Path(folder) / name)), flush=True)  # noqa: T201


def measure(file: Path) -> dict[str, Any]:
    """Post the file's texts over six simulated hours and let the daemon work through them."""
    with file.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    column = "sector" if "sector" in rows[0] else next(key for key in rows[0] if key != "text")
    clock = HandClock(START)
    with ExitStack() as stack:
        tmp = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        plain = tmp / "texts.csv"
        with plain.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow(["text"])
            writer.writerows([row["text"]] for row in rows)
        world = world_of_texts(read_texts(plain), 1, START, 6, clock=clock)  # type: ignore[arg-type]
        simulator = stack.enter_context(Simulator(world, clock=clock, token=TOKEN))  # type: ignore[arg-type]
        path = write_config(tmp, simulator.address)
        house = stack.enter_context(open_install(path, clock))
        seconds = 0.0
        while clock.now() < START + timedelta(hours=8):
            clock.advance(timedelta(minutes=30))
            began = time.perf_counter()
            daemon.once(house)
            seconds += time.perf_counter() - began
        verdict = judge(simulator, house.config.database_path)
        truth = simulator.truth()["rows"]
        items = list(house.store.export(EVERYTHING, ItemFilter()))
    labels = [_accepted(row[column]) for row in rows]
    right = {"forced": 0, "queue": 0}
    queued = 0
    for item in items:
        wanted = labels[truth[item.mention.network_id] - 1]
        hit = item.sector in wanted
        right["forced"] += hit
        if item.tab == "queue":
            queued += 1
            right["queue"] += hit
    return {
        "file": file.name,
        "texts": len(rows),
        "items": len(items),
        "lost": len(verdict.lost),
        "doubled": len(verdict.doubled),
        "mentions_per_second": round(len(items) / seconds, 1),
        "tabs": dict(collections.Counter(item.tab for item in items)),
        "sectors": dict(collections.Counter(item.sector for item in items).most_common()),
        "opd": dict(collections.Counter(item.opd for item in items).most_common()),
        "sector_accuracy": round(right["forced"] / len(items), 4),
        "queued_share": round(queued / len(items), 4),
        "queued_accuracy": round(right["queue"] / max(1, queued), 4),
    }


def _accepted(label: str) -> set[str]:
    """Return the sectors that count as right for a label (`a|b`: either)."""
    return set((PURBALINGGA.get(label) or label.replace("|", " ")).split())


if __name__ == "__main__":
    main()
