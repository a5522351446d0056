"""What the tuning loop writes is what the desk reads: every report, made by its own function."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from analysis_support import head
from classifier_support import policy, small_corpus
from model_support import keep
from scipy.sparse import csr_matrix
from web_support import NOW

from tanggap.sectors import SECTORS
from tanggap.store import open_store
from tanggap.store.rows_tuning import Label
from tanggap.tuning.examination import examine_again
from tanggap.tuning.reports.confusion import confusion
from tanggap.tuning.reports.drift import Seen, drift
from tanggap.tuning.reports.judgement import Judgement
from tanggap.tuning.reports.learning_curve import Fitted, learning_curve
from tanggap.tuning.reports.next_labels import Candidate, next_labels
from tanggap.tuning.reports.per_sector import per_sector
from tanggap.tuning.reports.reliability import reliability
from tanggap.tuning.reports.risk_coverage import risk_coverage
from tanggap.tuning.reports.suspects import Given, Part, suspects
from tanggap.web.analysis_card import aside_of, comparison_of
from tanggap.web.analysis_confusion import confusion_of
from tanggap.web.analysis_label import next_labels as next_labels_of
from tanggap.web.analysis_reliability import reliability_of
from tanggap.web.analysis_risk import risk_of
from tanggap.web.analysis_sectors import per_sector_of
from tanggap.web.analysis_suspects import suspects_of
from tanggap.web.analysis_trends import drift_of, learning_curve_of
from tanggap.web.analysis_versions import row_of

NAMES = list(SECTORS)
LIMITS = dict.fromkeys(SECTORS, 0.6)


def judgements(n: int, slip: int) -> list[Judgement]:
    """Every `slip`-th sector is wrong; every seventh text asks nothing."""
    made = []
    for number in range(n):
        right = NAMES[number % len(NAMES)]
        said = NAMES[(number + 1) % len(NAMES)] if number % slip == 0 else right
        asks = number % 7 != 0
        made.append(
            Judgement(
                jenis=("pengaduan",) if asks else ("bukan_aduan",),
                sector=(right,) if asks else (),
                said_jenis="pengaduan",
                said_sector=said,
                confidence=(number % 50) / 50,
                asked=0.9 if asks else 0.2,
            )
        )
    return made


def through_the_store(body: dict[str, Any]) -> dict[str, Any]:
    """Return a report as the desk finds it: JSON, with its head."""
    text = json.dumps({**head("x", "s"), **body}, allow_nan=False)
    return dict(json.loads(text))


@pytest.mark.parametrize("n", [0, 3, 400])
def test_figures_of_judged_texts_are_read_as_they_were_written(n: int) -> None:
    judged = judgements(n, 5)
    asking = [one for one in judged if one.asks]
    told = confusion_of(through_the_store(confusion(judged)))
    assert told.sector.n == len(asking)
    assert told.sector.right == sum(one.right for one in asking)
    assert told.groups.n == told.sector.n
    assert all(pair.n <= told.sector.n for pair in told.pairs)
    risk = risk_of(through_the_store(risk_coverage(judged, 0.5, LIMITS)))
    assert risk.all.n == n
    assert risk.all.at(0).routed >= risk.all.at(50).routed >= risk.all.at(100).routed
    assert sum(one.at(60).routed for one in risk.sectors.values()) == risk.all.at(60).routed
    assert risk.now.routed == risk.all.at(60).routed
    sure = reliability_of(through_the_store(reliability(judged)))
    assert sure.sector.n == sum(one.n for one in sure.sector.bins) == len(asking)
    assert sure.asked.n == n
    assert (sure.sector.limit is None) == (n == 0)
    assert risk.sectors["jalan"].row == 60


@pytest.mark.parametrize("n", [0, 400])
def test_scores_of_sectors_are_read_with_and_without_a_version_before(n: int) -> None:
    now, before = judgements(n, 5), judgements(n, 3)
    alone = per_sector_of(through_the_store(per_sector(now, None, None, LIMITS)))
    assert alone.before is None
    assert alone.all.accuracy_before is None
    beside = per_sector_of(through_the_store(per_sector(now, before, "lokal-1", LIMITS)))
    assert beside.before == "lokal-1"
    if n:
        assert beside.all.won > beside.all.lost
        assert beside.all.won == sum(row.won for row in beside.rows)
        assert all(row.before is not None for row in beside.rows)


def test_suspected_labels_are_read_with_and_without_an_item() -> None:
    probabilities = np.full((40, 2), 0.02)
    given = np.array([number % 2 for number in range(40)])
    probabilities[np.arange(40), given] = 0.98
    probabilities[[0, 1]] = probabilities[[0, 1], ::-1]  # two of which the models are sure
    sources = [
        Given(f"x:{number}", "dishub", "2026-11-19T08:00:00.000Z", None if number else 5)
        for number in range(40)
    ]
    part = Part("sector", ("jalan", "desa"), probabilities, given, sources)
    told = suspects_of(through_the_store(suspects([part])))
    assert (told.checked, told.found) == (40, 2)
    assert {row.key: row.item_id for row in told.rows} == {"x:0": 5, "x:1": None}
    assert told.by == (("dishub", 40, 2),)
    assert suspects_of(through_the_store(suspects([]))).rows == ()


def test_the_next_labels_are_read_in_their_order() -> None:
    candidates = [
        Candidate(f"x:{number}", number + 1, (("jalan", 0.3 + number / 10),), 0.7, "pengaduan")
        for number in range(3)
    ]
    body = through_the_store(next_labels(candidates, csr_matrix(np.eye(3))))
    told = next_labels_of(body)
    assert [one.item_id for one in told.wanted] == [row["item_id"] for row in body["rows"]]
    assert told.looked_at == 3
    assert told.by_sector == (("jalan", 3),)
    nothing = through_the_store(next_labels([], csr_matrix((0, 0))))
    assert next_labels_of(nothing).wanted == ()


def test_trends_are_read_whether_there_is_enough_or_not() -> None:
    rng = np.random.default_rng(5)
    fitted = [
        Fitted(size, rng.random(300) < accuracy, rng.random(300) < 0.9)
        for size, accuracy in ((0, 0.7), (150, 0.75), (300, 0.8), (600, 0.84))
    ]
    curve = learning_curve_of(through_the_store(learning_curve(fitted, 600, complete=True)))
    assert curve.enough
    assert [step.labels for step in curve.measured] == [0, 150, 300, 600]
    assert [step.more for step in curve.forecast] == [100, 300, 1000]
    assert all(step.low <= step.gain <= step.high for step in curve.forecast)
    assert curve.complete
    few = learning_curve_of(through_the_store(learning_curve([], 12, complete=True)))
    assert (few.enough, few.n_labels, few.measured) == (False, 12, ())
    seen = [
        Seen(NOW - timedelta(hours=3 * number), NAMES[number % 9], 0.8, 12, 1)
        for number in range(900)
    ]
    trained = NOW - timedelta(days=60)
    told = drift_of(through_the_store(drift(seen, trained, NOW)))
    assert len(told.weeks) > 5
    assert [week.surer is None for week in told.weeks] == [False] * 3 + [True] * 5
    assert [week.start for week in told.weeks] == sorted(
        (week.start for week in told.weeks), reverse=True
    )
    assert drift_of(through_the_store(drift([], trained, NOW))).weeks == ()


def test_what_the_guard_found_is_read_with_the_texts_that_changed(tmp_path: Path) -> None:
    store = open_store(tmp_path / "tanggap.db")
    store.migrate()
    asking = [one for one in small_corpus() if one.sector][::5][:120]
    said = [
        Label(
            key="", text=one.text, parent_text=None, addressed=(), posted_at=NOW, jenis=one.jenis,
            sector=one.sector, opd=None, kecamatan=None, urgent=None, sensitive=None, by="ani",
            at=NOW, item_id=None,
        )
        for one in asking
    ]  # fmt: skip
    store.import_labels("uji", said, "ani", NOW)
    keys = {label.key for label in store.labels()}
    store.freeze_test_set(sorted(keys), "ani", NOW)
    version = keep(store, "calon", NOW - timedelta(days=1))
    # The model in use is not there: until a promotion the rules alone decide.
    model = examine_again(store, version, None, policy(), str(tmp_path / "hilang"))
    store.close()
    assert model is not None
    told = comparison_of(model.figures)
    assert told is not None
    assert told.n == len(keys)
    assert told.won > 20 > told.lost
    assert all(after is not None for caption, _, after in told.scores if "OPD" not in caption)
    assert {change.key for change in told.changes} <= keys
    assert told.won == sum(change.won for change in told.changes if change.part == "sector")
    assert aside_of(model.figures) == ()
    row = row_of(model, told.against)
    assert row.accepted
    assert row_of(model, "lain-0123456789ab").compared_with == told.against
    assert row.compared_with == ""
