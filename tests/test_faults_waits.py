"""A refusal that names a wait in whatever form: kept within bounds, kept over a restart.

All networks refuse at once; what is asked for is counted by the simulated networks.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from daemon_support import (
    START,
    TOKEN,
    HandClock,
    only_accounts,
    open_install,
    statuses,
    write_config,
    write_session,
)

import daemon
from tanggap.cli import cli
from tanggap.clock import from_text
from tanggap.remedies import REMEDIES
from tanggap.simulator.faults import Fault
from tanggap.simulator.generator import generate_city
from tanggap.simulator.server import Simulator

NETWORKS = ("x", "facebook", "instagram", "instagram_web")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HALF = 30 * MINUTE
X_UNSAID, META_UNSAID, WEB_UNSAID = 15 * MINUTE, HOUR, 11 * MINUTE
X_JITTER = timedelta(seconds=5)
CODES = {"x:mentions": "rate_limited", "meta": "rate_limited", "instagram_web": "instagram_limit"}
UNSAID = {"x:mentions": X_UNSAID, "meta": META_UNSAID, "instagram_web": WEB_UNSAID}
SAID = dict.fromkeys(CODES, HALF)
NOW = START + 2 * HOUR


def dated(ahead: timedelta) -> str:
    return format_datetime(NOW + ahead, usegmt=True)


FORMS = {
    # what the answer says, and how long each limit waits
    "seconds": ({"Retry-After": "1800"}, SAID),
    "a-date": ({"Retry-After": dated(HALF)}, SAID),
    "a-date-that-is-over": ({"Retry-After": dated(-HALF)}, UNSAID),
    "absurdly-long": (
        {"Retry-After": "1000000000"},
        {"x:mentions": X_UNSAID, "meta": DAY, "instagram_web": DAY},
    ),
    "negative": ({"Retry-After": "-1800"}, UNSAID),
    "nothing": ({}, UNSAID),
    "garbage": ({"Retry-After": "in a while"}, UNSAID),
    "a-reset-far-ahead": (
        {"x-rate-limit-reset": "99999999999"},
        UNSAID,  # X's window is as long as its unsaid wait
    ),
    "a-reset-long-over": ({"x-rate-limit-reset": "1000000000"}, UNSAID),
    "garbage-everywhere": (
        {
            "Retry-After": "NaN",
            "x-rate-limit-reset": "-1e309",
            "Date": "gestern",
            "x-app-usage": "{]",
            "x-business-use-case-usage": json.dumps(
                {"1": [{"estimated_time_to_regain_access": -5}, None], "2": "x"}
            ),
        },
        UNSAID,
    ),
    "metas-own-time": (
        {
            "x-business-use-case-usage": json.dumps(
                {"1": [{"call_count": 100, "estimated_time_to_regain_access": 90}]}
            )
        },
        UNSAID | {"meta": 90 * MINUTE},
    ),
    "metas-own-time-beyond-all-reason": (
        {
            "x-business-use-case-usage": json.dumps(
                {"1": [{"call_count": 100, "estimated_time_to_regain_access": 500_000}]}
            )
        },
        UNSAID | {"meta": DAY},
    ),
}


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def simulator(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)
    worlds = generate_city(9, START, 2, 40, clock=clock)  # type: ignore[arg-type]
    with Simulator(*worlds, clock=clock, token=TOKEN) as running:  # type: ignore[arg-type]
        yield running


@pytest.mark.fault(22)
@pytest.mark.parametrize("form", FORMS)
def test_a_limit_waits_within_bounds_over_a_restart_and_others_do_not_care(
    tmp_path: Path,
    simulator: Simulator,
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
    form: str,
) -> None:
    headers, waits = FORMS[form]
    path = write_config(
        tmp_path,
        simulator.address,
        *(change for n in NETWORKS[:3] for change in only_accounts("dpupr", network=n)),
        *only_accounts("distan", network="instagram_web"),
        networks=NETWORKS,
    )
    write_session(tmp_path, simulator)
    limit: dict[str, Any] = {
        "status": 429,
        "headers": headers,
        "body": '{"title": "Too Many Requests"}',
    }
    simulator.faults.add(
        *(
            Fault("status", endpoint=endpoint, **limit)
            for endpoint in ("mentions", "feed", "media")
        ),
        Fault("status", endpoint="tagged", source="distan", **limit),
    )
    with open_install(path, clock) as house:
        daemon.once(house)
        holds = {hold.scope: hold for hold in house.store.holds(clock.now())}
        assert {scope: hold.code for scope, hold in holds.items()} == CODES
        for scope, hold in holds.items():
            late = hold.until - clock.now() - waits[scope]
            assert timedelta(0) <= late <= (X_JITTER if scope == "x:mentions" else timedelta(0))
            wait = int((hold.until - clock.now()).total_seconds())
            told = (
                rf"event=turn_refused source=\S+ code={hold.code} scope={scope} \S+ wait_s={wait}$"
            )
            assert re.search(told, caplog.text, re.MULTILINE), (told, caplog.text)
        # What X says of its mentions says nothing of its timelines.
        assert statuses(house.store, clock)["x:timeline:dpupr"].state == "ok"
    simulator.faults.clear()
    began = len(simulator.oracle.log())
    for scope, hold in sorted(holds.items(), key=lambda one: one[1].until):
        clock.moment = hold.until - timedelta(seconds=1)
        with open_install(path, clock) as house:  # a restart
            daemon.once(house)
            rows = sources_shown(path)
            for status in statuses(house.store, clock).values():
                if hold.covers(status.spec.id) and rows[status.spec.id]["held_until"]:
                    assert rows[status.spec.id]["meaning"] == REMEDIES[hold.code].meaning
        early = [
            entry
            for entry in simulator.oracle.log(began)
            if from_text(entry.at) < hold.until and scope_of(entry.network, entry.endpoint) == scope
        ]
        assert early == []
    clock.advance(2 * MINUTE)
    with open_install(path, clock) as house:
        daemon.once(house)
        assert {s.state for s in statuses(house.store, clock).values()} == {"ok"}


def scope_of(network: str, endpoint: str) -> str:
    if network == "x":
        return f"x:{endpoint}"
    return "instagram_web" if network == "instagram_web" else "meta"


def sources_shown(path: Path) -> dict[str, dict[str, object]]:
    shown = CliRunner().invoke(cli, ["--config", str(path), "sources", "--json"])
    return {row["id"]: row for row in json.loads(shown.stdout)["sources"]}
