import json

import pytest
from classifier_support import baseline, policy

from classifier.dataset import Example
from classifier.evaluation import evaluate, score_labels
from tanggap.mention import Decision, Flag, Prediction


class Scripted:
    """Answers with decisions that the test wrote."""

    version = "skrip"

    def __init__(self, *decisions):
        self.decisions = decisions

    def decide(self, mentions):
        assert len(mentions) == len(self.decisions)
        return list(self.decisions)


def said(jenis="pengaduan", sector="jalan", confidence=0.9, actionable=0.9, **values):
    top = values.pop("top", ((sector, confidence), ("listrik", 0.05), ("desa", 0.02)))
    return Decision(
        model="skrip",
        jenis=Prediction(jenis, 0.9),
        sector=Prediction(sector, confidence, top),
        opd=Prediction(values.pop("opd", "dpupr"), 0.9),
        actionable=actionable,
        actionable_thresholds=(0.2, 0.5),
        sector_threshold=0.6,
        **values,
    )


def report(examples, *decisions):
    return evaluate(Scripted(*decisions), examples, policy())  # type: ignore[arg-type]


def test_macro_f1_is_over_true_labels_and_a_hit_of_either_counts_as_the_predicted():
    scores = score_labels(
        [("a", ("a", "b")), ("b", ("a", "b")), ("c", ("a", "b")), ("b", ("b",)), ("z", ("b",))]
    )
    # a: one hit, one miss (c) -> recall 1/2, precision 1; b: two hits, one miss
    assert scores["per_label"]["a"] == {"n": 2, "precision": 1.0, "recall": 0.5, "f1": 0.6667}
    assert scores["per_label"]["b"] == {"n": 3, "precision": 1.0, "recall": 0.6667, "f1": 0.8}
    assert set(scores["per_label"]) == {"a", "b"}
    assert scores["accuracy"] == 0.6
    assert scores["macro_f1"] == pytest.approx((0.6667 + 0.8) / 2, abs=1e-4)


def test_scores_of_scikit_learn_are_the_same_where_one_label_is_right():
    from sklearn.metrics import f1_score

    truth = ["jalan", "desa", "jalan", "listrik", "desa", "jalan"]
    guess = ["jalan", "jalan", "desa", "listrik", "desa", "kominfo"]
    scores = score_labels((g, (t,)) for g, t in zip(guess, truth, strict=True))
    wanted = f1_score(truth, guess, average="macro", labels=sorted(set(truth)), zero_division=0)
    assert scores["macro_f1"] == pytest.approx(wanted, abs=1e-4)


def test_each_label_is_scored_on_the_rows_that_carry_it_whatever_jenis_was_said():
    result = report(
        [
            Example("a", jenis="pengaduan", sector="jalan"),
            Example("b", sector="jalan|listrik"),
            Example("c", jenis="spam"),
            Example("d", jenis="bukan_aduan"),
            Example("e"),
        ],
        said(jenis="spam", sector="jalan"),
        said(sector="listrik", confidence=0.5),
        said(),
        said(jenis="spam"),
        said(),
    )
    assert result["n"] == 5
    assert result["jenis"]["n"] == 3
    assert result["jenis"]["actionable_recall"] == 0.0
    assert result["jenis"]["false_alarm_rate"] == 0.5
    assert result["sector"]["n"] == 2
    assert result["sector"]["accuracy"] == 1.0
    assert result["opd"] == {"n": 0, "accuracy": None}


def test_routed_means_above_both_thresholds():
    examples = [Example(str(i), sector="jalan") for i in range(4)]
    result = report(
        examples,
        said(),
        said(confidence=0.55),
        said(actionable=0.4),
        said(sector="desa", confidence=0.7),
    )["sector"]
    assert result["routed_share"] == 0.5
    assert result["routed_accuracy"] == 0.5
    assert result["coverage_at_95"] == 0.5
    assert result["top3"] == 0.75


def test_opd_place_and_urgent_are_scored():
    result = report(
        [
            Example("a", opd="dpupr", kecamatan="karangsari", urgent="1"),
            Example("b", opd="dlh|dpupr", kecamatan="Sukamaju Utara", urgent="1"),
            Example("c", opd="dlh", kecamatan="skm selatan", urgent="0"),
            Example("d", kecamatan="Cibeureum"),
        ],
        said(place=Prediction("karangsari", 0.98), urgent=Flag(on=True, confidence=0.9)),
        said(place=Prediction("karangsari", 0.95)),
        said(place=Prediction("sukamaju_selatan", 0.3), urgent=Flag(on=True, confidence=0.6)),
        said(),
    )
    assert result["opd"] == {"n": 3, "accuracy": 0.6667}
    assert result["place"] == {
        "n": 4,
        "precision": 0.5,
        "coverage": 0.5,
        "suggested_precision": 0.6667,
        "suggested_coverage": 0.75,
    }
    assert result["urgent"] == {"n": 3, "recall": 0.5, "precision": 0.5}


def test_what_is_unknown_here_is_counted_and_left_out():
    result = report(
        [
            Example("a", jenis="gosip", sector="antariksa", opd="nasa", kecamatan="Bulan",
                    mentioned_opd="nasa|dpupr"),
            Example("b", sector="antariksa|jalan", kecamatan="Bulan"),
        ],
        said(),
        said(),
    )  # fmt: skip
    assert result["unknown_labels"] == {
        "mentioned_opd": {"nasa": 1},
        "jenis": {"gosip": 1},
        "sector": {"antariksa": 1},
        "opd": {"nasa": 1},
        "kecamatan": {"Bulan": 2},
    }
    assert result["jenis"]["n"] == 0
    assert result["jenis"]["accuracy"] is None
    assert result["sector"]["n"] == 1
    assert result["place"]["n"] == 0


def test_a_text_that_nobody_could_decide_is_a_miss_and_never_an_error():
    nothing = Decision(model="rules")
    result = report([Example("a", jenis="spam", sector="jalan", opd="dpupr", urgent="1")], nothing)
    assert result["jenis"]["accuracy"] == 0.0
    assert result["sector"]["accuracy"] == 0.0
    assert result["sector"]["routed_accuracy"] is None
    assert result["opd"]["accuracy"] == 0.0


def test_the_report_has_exactly_the_promised_keys_and_is_json():
    result = evaluate(
        baseline(), [Example("jalan rusak", jenis="pengaduan", sector="jalan")], policy()
    )
    assert list(result) == [
        "n", "model", "jenis", "sector", "opd", "place", "urgent", "unknown_labels",
    ]  # fmt: skip
    assert list(result["jenis"]) == [
        "n", "accuracy", "macro_f1", "actionable_recall", "false_alarm_rate", "per_label",
    ]  # fmt: skip
    assert list(result["sector"]) == [
        "n", "accuracy", "macro_f1", "top3", "coverage_at_95", "routed_share", "routed_accuracy",
        "per_label",
    ]  # fmt: skip
    assert list(result["place"]) == [
        "n", "precision", "coverage", "suggested_precision", "suggested_coverage",
    ]  # fmt: skip
    json.dumps(result, allow_nan=False)
