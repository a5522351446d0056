"""Kills at random moments under load: nothing lost, doubled, made up, or repaired by hand."""

from contextlib import closing
from pathlib import Path

import pytest
from daemon_support import fetched
from drill_sizes import one_round, seeds, size
from exactness_support import tokens
from kills_support import KilledCity

from tanggap.store import open_store

pytestmark = pytest.mark.slow

KILLS = size("kills")
CITIES = -(-KILLS // 50)
SHARES = [KILLS // CITIES + (city < KILLS % CITIES) for city in range(CITIES)]
CITIES_AND_KILLS = list(zip(seeds("kills", CITIES), SHARES, strict=True))
"""Cities of at most fifty kills, each with a seed of its own."""


@pytest.mark.fault(2)
@pytest.mark.parametrize(("seed", "kills"), CITIES_AND_KILLS)
def test_sigkills_under_load_on_sqlite_leave_exactly_what_the_oracle_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, kills: int
) -> None:
    tokens(monkeypatch)
    where = f"sqlite:{tmp_path / 'tanggap.db'}"
    killed_and_judged("kills-sqlite", KilledCity(tmp_path, seed, kills, where))
    assert fetched(where, "PRAGMA integrity_check") == [("ok",)]
    assert fetched(where, "PRAGMA foreign_key_check") == []


@pytest.mark.fault(2)
@pytest.mark.parametrize(("seed", "kills"), CITIES_AND_KILLS)
def test_sigkills_under_load_on_postgresql_leave_exactly_what_the_oracle_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str, seed: int, kills: int
) -> None:
    tokens(monkeypatch)
    killed_and_judged("kills-postgres", KilledCity(tmp_path, seed, kills, postgres_url))


def killed_and_judged(name: str, city: KilledCity) -> None:
    """Kill, settle, judge and report.

    A wrong end tells nothing of which kill did it: then all of the city's kills have failed.
    """
    with one_round(name, city.seed, city.kills) as report:
        try:
            with city.simulator:
                city.install()
                for number in range(city.kills):
                    city.kill(number)
                verdict = city.settle()
        finally:
            report.figures |= {
                "kills_at_work": city.kills_at_work,
                "seconds_of_kills": round(city.seconds_of_kills),
                "seconds_of_settling": round(city.seconds_of_settling),
            }
        assert verdict.exact, verdict
        assert verdict.addressed_and_stored > city.kills * 80
        assert city.kills_at_work > city.kills * 0.9
        with closing(open_store(city.where, thorough=True)) as store:
            assert store.verify_events() > city.kills * 80
