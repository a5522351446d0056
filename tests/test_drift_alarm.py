"""The alarm that citizens write of other things than the model learnt from, and who asks for it."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from daemon_support import HandClock
from model_support import keep, promote

from tanggap.remedies import REMEDIES
from tanggap.store import Store, open_store
from tanggap.upkeep.drift import AGAIN, EVERY, drift_of
from tanggap.upkeep.housekeeping import DRIFT_EVERY, Rounds, listen_for_drift

SAID = "Sektor drainase dan banjir naik dari 4% menjadi 31% dalam sepekan."
MODEL = "baseline-0123456789ab"


class Town:
    """A store, and one daemon's rounds on a clock by hand."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = HandClock()
        self.rounds = Rounds()

    def report(self, body: object, model: str = MODEL) -> None:
        said = body if isinstance(body, str) else json.dumps(body)
        self.store.save_report(model, "drift", said, self.clock.now())

    def round(self, model: str = MODEL, after: timedelta = DRIFT_EVERY) -> list[tuple[str, str]]:
        """Let time pass and do a round; return the alarms."""
        self.clock.advance(after)
        listen_for_drift(self.store, self.rounds, model, self.clock.now())
        return [(alarm.code, alarm.detail) for alarm in self.store.alarms()]

    def asked(self) -> list[tuple[str, object, str]]:
        return [(job.kind, job.params.get("model"), job.by) for job in self.store.jobs(20)]

    def end_job(self, state: str) -> None:
        """Let the job that was asked for last end so."""
        now = self.clock.now()
        claimed = self.store.claim_job("mesin:1:aa", now, now + timedelta(hours=1))
        assert claimed is not None
        self.store.end_job(claimed.id, state, "", now)  # type: ignore[arg-type]  # as given


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with closing(open_store(tmp_path / "tanggap.db")) as store:
        store.migrate()
        yield Town(store)


def test_the_newest_report_on_the_model_in_use_raises_the_alarm_and_takes_it_back(
    town: Town,
) -> None:
    assert town.round() == []
    town.report({"alarm": True, "alarm_text": SAID})
    assert town.round() == [("drift", SAID)]
    assert "drift" in REMEDIES
    town.report({"alarm": False, "alarm_text": SAID})
    assert town.round(after=timedelta(minutes=1)) == [("drift", SAID)]  # looked at seldom
    assert town.round() == []


def test_a_report_on_another_version_says_nothing_of_the_one_in_use(town: Town) -> None:
    town.report({"alarm": True, "alarm_text": SAID}, "lokal-0123456789ab")
    assert town.round() == []
    assert town.round("lokal-0123456789ab") == [("drift", SAID)]
    assert town.round("rules") == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("bukan JSON", ""),
        ("[" * 100_000, ""),
        ("[1, 2]", ""),
        ({}, ""),
        ({"alarm": "ya", "alarm_text": SAID}, ""),
        ({"alarm": True}, "lihat laporan pergeseran di Analis"),
        ({"alarm": True, "alarm_text": None}, "lihat laporan pergeseran di Analis"),
        ({"alarm": True, "alarm_text": "dua\nbaris"}, "dua baris"),
        ({"alarm": True, "alarm_text": "x" * 5000}, "x" * 300),
    ],
)
def test_whatever_stands_in_a_report_the_round_goes_on(town: Town, body: object, said: str) -> None:
    town.report(body)
    assert drift_of(town.store, MODEL) == said
    assert town.round() == ([("drift", said)] if said else [])


def test_where_a_version_is_promoted_a_report_is_made_each_week(town: Town) -> None:
    version = keep(town.store, "lokal", town.clock.now())
    town.round(version, EVERY)
    assert town.asked() == []  # nobody tunes here yet
    promote(town.store, version, town.clock.now())
    town.round(version, EVERY - timedelta(hours=1))
    assert town.asked() == []
    town.round(version, timedelta(hours=1))
    wanted = ("report", version, "tanggap")
    assert town.asked() == [wanted]
    town.round(version, 2 * AGAIN)  # still waiting: none beside it
    assert town.asked() == [wanted]
    town.end_job("done")
    town.report({"alarm": False}, version)
    town.round(version, EVERY - timedelta(hours=1))
    assert town.asked() == [wanted]
    town.round(version, timedelta(hours=1))
    assert town.asked() == [wanted] * 2


def test_a_clock_that_was_ahead_silences_no_report(town: Town) -> None:
    version = keep(town.store, "lokal", town.clock.now())
    promote(town.store, version, town.clock.now())
    ahead = town.clock.now() + timedelta(days=400)
    town.store.save_report(version, "drift", '{"alarm": false}', ahead)
    town.round(version, EVERY)
    assert len(town.asked()) == 1
    town.end_job("failed")
    town.round(version)
    assert len(town.asked()) == 1  # no more than one a day all the same


def test_one_that_fails_is_tried_again_a_day_later_and_not_every_round(town: Town) -> None:
    version = keep(town.store, "lokal", town.clock.now())
    promote(town.store, version, town.clock.now())
    town.round(version, EVERY)
    town.end_job("failed")
    town.round(version)
    town.round(version, AGAIN - 2 * DRIFT_EVERY)
    assert len(town.asked()) == 1
    town.round(version, 2 * DRIFT_EVERY)
    assert len(town.asked()) == 2
    town.end_job("failed")
    promote(town.store, None, town.clock.now())
    town.round("baseline-0123456789ab", EVERY)
    assert len(town.asked()) == 2  # rolled back to what the program brought
