"""Requests per account and hour under ordinary traffic, beside what the networks grant.

    .venv/bin/python tests/measure_requests.py

The whole of Kota Sukamaju (22 accounts) for six simulated hours at the packaged settings, after a
first hour in which everything is read for the first time.
"""

import json
import os
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import click
from daemon_support import START, TOKEN, HandClock, open_install, write_config, write_session

import daemon
from tanggap.simulator.generator import generate_city
from tanggap.simulator.server import Simulator

NETWORKS = ("x", "facebook", "instagram", "instagram_web")
GRANTED = {
    "x": "450 mention calls and 900 timeline calls per 15 minutes, for all accounts together",
    "facebook": "200 per Page at least (4800 per engaged person and day)",
    "instagram": "200 per account at least (4800 per impression and day)",
    "instagram_web": "none published; instaloader's own count is 200 queries per 11 minutes",
}


def main() -> None:
    os.environ["TANGGAP_X_BEARER_TOKEN"] = os.environ["TANGGAP_META_TOKEN"] = TOKEN
    clock = HandClock(START)
    worlds = generate_city(5, START, 24, 3700, clock=clock)  # type: ignore[arg-type]
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(*worlds, clock=clock, token=TOKEN) as simulator,  # type: ignore[arg-type]
    ):
        path = write_config(Path(folder), simulator.address, networks=NETWORKS)
        write_session(Path(folder), simulator)
        with open_install(path, clock) as house:
            for _ in range(7 * 60):
                clock.advance(timedelta(minutes=1))
                daemon.once(house)
    hours: dict[str, Counter[tuple[str, str]]] = {network: Counter() for network in NETWORKS}
    first = simulator.oracle.log()[0].at[:13]
    for entry in simulator.oracle.log():
        if entry.at[:13] > first and entry.source:
            hours[entry.network][entry.source, entry.at[:13]] += 1
    for network, counts in hours.items():
        accounts = {account for account, _ in counts}
        report = {
            "network": network,
            "accounts": len(accounts),
            "mean": round(counts.total() / 6 / len(accounts), 1),
            "busiest hour of an account": max(counts.values()),
            "all accounts, mean": round(counts.total() / 6),
            "granted": GRANTED[network],
        }
        click.echo(json.dumps(report))


if __name__ == "__main__":
    main()
