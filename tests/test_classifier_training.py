from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from classifier_support import mention, policy, small_corpus
from sklearn.linear_model import LogisticRegression

from classifier.artefact import read, save
from classifier.calibration import (
    aside_and_actionable,
    coverage_at,
    fit_sigmoid,
    fit_softmax,
    halves,
    sector_thresholds,
    threshold_for_accuracy,
    threshold_for_recall,
)
from classifier.dataset import UNKNOWN, Example, check_for_training
from classifier.decision import Classifier
from classifier.folds import packed
from classifier.linear import Softmax, lead, lead_slopes
from classifier.targets import Targets
from classifier.training import Settings, corpus_digest, held_out, train
from tanggap.errors import InputError
from tanggap.mention import JENIS
from tanggap.sectors import SECTORS
from tanggap.tuning import files
from tanggap.tuning.held import judge

SMALL = Settings(max_features=4000)


@pytest.fixture(scope="module")
def trained():
    return train(small_corpus(), policy(), files.terms(), "uji", "2026-11-01", SMALL)


@pytest.mark.slow
def test_training_is_deterministic(trained):
    again = train(small_corpus(), policy(), files.terms(), "uji", "2026-11-01", SMALL)
    assert again.artefact.digest == trained.artefact.digest


def test_a_trained_artefact_is_sound_and_decides(trained, tmp_path):
    save(trained.artefact, tmp_path)
    artefact = read(tmp_path)
    assert sum(map(len, artefact.vocabulary.values())) <= SMALL.max_features
    decision = Classifier(policy(), artefact).decide([mention("sampah menumpuk di tps")])[0]
    assert decision.sector is not None
    assert decision.sector.label == "kebersihan_lingkungan"


def test_the_lead_is_the_best_of_a_group_over_the_best_of_the_others():
    group = np.array([True, False, True, False])
    scores = np.array([[9.0, 2.0, -5.0, -5.0], [1.0, 1.0, 1.0, 1.0], [-1.0, 4.0, -2.0, 0.0]])
    assert lead(scores, group) == pytest.approx([7.0, 0.0, -4.9], abs=0.15)
    for row in scores:
        slopes = [
            (lead((row + step)[None], group)[0] - lead((row - step)[None], group)[0]) / 0.002
            for step in np.eye(4) * 0.001
        ]
        assert lead_slopes(row, group) == pytest.approx(slopes, abs=1e-5)


def test_a_citys_own_texts_have_half_the_say_in_the_temperature():
    local = np.array([True, False, False, False])
    assert halves(local).tolist() == pytest.approx([1 / 2, 1 / 6, 1 / 6, 1 / 6])
    assert halves(np.array([False, False])).tolist() == [1.0, 1.0]
    assert halves(np.array([True, True])).tolist() == [1.0, 1.0]


def test_with_texts_of_the_city_nothing_is_asked_beyond_the_accuracy_that_is_wanted(trained):
    home = replace(SMALL, at_home=1)
    local = [replace(e, group=f"lokal:{e.group}") for e in small_corpus()]
    strict = trained.artefact.thresholds.sector
    easy = train(local, policy(), files.terms(), "uji", "2026-11-01", home).artefact
    assert sum(easy.thresholds.sector.values()) < sum(strict.values())


def test_nothing_is_surely_asked_that_is_not_called_asked(trained):
    limits = trained.artefact.thresholds
    assert limits.aside_below <= limits.asked_cut <= limits.actionable_from


def test_held_predictions_come_from_models_that_have_not_seen_the_file(trained):
    held = trained.held
    assert set(held.groups) == {example.group for example in held.examples}
    asked = np.array([example.sector != "" for example in held.examples])
    truth = [list(SECTORS).index(e.sector) for e in held.examples if e.sector]
    accuracy = (held.sector[asked].argmax(axis=1) == truth).mean()
    assert 0.55 < accuracy < 0.99


def test_texts_of_one_single_file_are_dealt_out(trained):
    one = [replace(example, group="satu") for example in small_corpus()]
    held = train(one, policy(), files.terms(), "uji", "2026-11-01", SMALL).held
    assert set(held.groups) == {"0", "1", "2", "3", "4", "5"}


def test_the_digest_of_the_corpus_ignores_order_and_sees_labels():
    first, second = Example("a", jenis="spam"), Example("b", jenis="spam")
    base = corpus_digest([first, second], [("jalan", "aspal")])
    assert corpus_digest([second, first], [("jalan", "aspal")]) == base
    assert corpus_digest([first, replace(second, jenis="apresiasi")], [("jalan", "aspal")]) != base
    assert corpus_digest([first, second], [("desa", "aspal")]) != base


@pytest.mark.parametrize(
    ("example", "words"),
    [
        (Example("a", jenis="gosip"), "jenis `gosip` tidak dikenal"),
        (Example("a", jenis="pengaduan", sector="antariksa"), "sektor `antariksa`"),
        (Example("a", jenis="pengaduan"), "sektor ``"),
        (Example("a", jenis="spam", sector="jalan"), "tidak memakai sektor"),
        (Example("", jenis="spam"), "tanpa teks"),
        (Example("a"), "jenis ``"),
    ],
)
def test_labels_that_would_be_learnt_wrongly_are_refused(example, words):
    with pytest.raises(InputError) as caught:
        check_for_training([example])
    assert words in str(caught.value)


def test_a_sector_without_jenis_is_a_complaint():
    assert check_for_training([Example("a", sector="jalan")])[0].jenis == "pengaduan"


def test_a_label_without_texts_is_an_error():
    no_spam = [example for example in small_corpus() if example.jenis != "spam"]
    with pytest.raises(InputError, match="spam"):
        train(no_spam, policy(), files.terms(), "uji", "2026-11-01", SMALL)


def test_temperature_makes_confidence_mean_what_it_says():
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(4000, 5)) * 2
    chances = Softmax(1.0, (0.0,) * 5).probabilities(logits)
    truth = np.array([rng.choice(5, p=row) for row in chances])
    fitted = fit_softmax(logits * 7.0, truth)
    assert fitted.temperature == pytest.approx(7.0, rel=0.08)
    sure = fitted.probabilities(logits * 7.0).max(axis=1)
    assert sure.mean() == pytest.approx(chances.max(axis=1).mean(), abs=0.02)


def test_platt_agrees_with_scikit_learn():
    rng = np.random.default_rng(2)
    scores = rng.normal(size=600)
    truth = rng.random(600) < 1 / (1 + np.exp(-(2 * scores - 1)))
    fitted = fit_sigmoid(scores, truth)

    model = LogisticRegression(C=1e9).fit(scores.reshape(-1, 1), truth)
    wanted = model.predict_proba(scores.reshape(-1, 1))[:, 1]
    assert np.abs(fitted.probabilities(scores) - wanted).max() < 0.02


def test_probabilities_survive_extreme_scores():
    extreme = fit_sigmoid(np.array([-1.0, 1.0, 2.0, -2.0]), np.array([False, True, True, False]))
    shares = extreme.probabilities(np.array([-1e9, 1e9]))
    assert np.isfinite(shares).all()
    rows = Softmax(0.01, (0.0, 0.0)).probabilities(np.array([[1e6, -1e6]]))
    assert rows.tolist() == [[1.0, 0.0]]


def test_the_threshold_is_the_longest_head_of_the_risk_coverage_curve():
    confidence = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    right = np.array([True, True, False, True, False])
    assert threshold_for_accuracy(confidence, right, 1.0) == 0.8
    assert threshold_for_accuracy(confidence, right, 0.75) == 0.6
    assert threshold_for_accuracy(confidence, right, 0.6) == 0.5
    assert threshold_for_accuracy(confidence, ~right, 0.9) == 1.0
    assert threshold_for_accuracy(confidence[:0], right[:0], 0.9) == 1.0
    assert coverage_at(confidence, right, 0.75) == 0.8
    assert coverage_at(confidence, ~right, 0.9) == 0.0
    assert coverage_at(confidence[:0], right[:0], 0.9) == 0.0


def test_a_sector_of_few_texts_leans_on_the_common_threshold():
    shares = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.4, 0.6]])
    truth = np.array([0, 0, 0, 0])
    weak = sector_thresholds(("a", "b"), shares, truth, 0.9, strength=1e9)
    own = sector_thresholds(("a", "b"), shares, truth, 0.9, strength=0.0)
    assert weak["a"] == weak["b"] == pytest.approx(0.7)
    assert own == {"a": 0.7, "b": 1.0}


def test_few_of_the_truly_asked_lie_below_the_aside_threshold():
    rng = np.random.default_rng(3)
    truth = rng.random(2000) < 0.7
    asked = np.clip(rng.normal(0.3, 0.15, 2000) + 0.45 * truth, 0, 1)
    low, high = aside_and_actionable(asked, truth, lost=0.02, false_alarms=0.05)
    assert low <= high
    assert (asked < low)[truth].mean() <= 0.021
    assert (~truth)[asked >= high].mean() <= 0.051
    assert aside_and_actionable(asked, np.zeros(2000, bool), 0.02, 0.05) == (0.0, 1.0)


def test_the_flag_threshold_finds_the_wanted_share():
    chances = np.linspace(0, 1, 101)
    truth = chances > 0.5
    found = (chances >= threshold_for_recall(chances, truth, 0.9, 0.0))[truth].mean()
    assert found == pytest.approx(0.9, abs=0.02)
    assert threshold_for_recall(chances, truth, 1.0, 0.8) == 0.8
    assert threshold_for_recall(chances, np.zeros(101, bool), 0.9, 0.1) == 1.0


def test_all_jenis_and_sectors_stand_in_the_corpus():
    corpus = files.corpus()
    assert {example.jenis for example in corpus} == set(JENIS)
    assert {example.sector for example in corpus} - {""} == set(SECTORS)


def test_more_files_than_folds_are_put_together_and_the_figures_stay_by_file():
    folds = Settings(max_features=3000, most_folds=3, machines=False)
    held = held_out(small_corpus(), policy(), files.terms(), folds)
    assert set(held.groups) == {example.group for example in small_corpus()}
    fold_of = packed(Counter(held.groups), 3)
    assert set(fold_of.values()) == {0, 1, 2}
    sizes = Counter(fold_of[group] for group in held.groups)
    assert max(sizes.values()) < 1.6 * min(sizes.values())
    assert len(set(packed(Counter(held.groups), 99).values())) == len(set(held.groups))


def test_a_light_text_moves_the_model_less_than_a_full_one():
    odd = [
        Example(f"zorbak nomor {i} rusak", jenis="pengaduan", sector="desa", group="lokal")
        for i in range(12)
    ]
    quick = Settings(max_features=4000, most_folds=2, machines=False)
    shares = {}
    for weight in (0.25, 1.0):
        texts = [*small_corpus(), *(replace(example, weight=weight) for example in odd)]
        made = train(texts, policy(), files.terms(), "uji", "2026-11-01", quick).artefact
        (said,) = Classifier(policy(), made).decide([mention("zorbak rusak")])
        shares[weight] = dict(said.sector.top).get("desa", 0.0)
    assert shares[1.0] > shares[0.25]


@pytest.mark.parametrize("weight", [0.0, -1.0, 1.5])
def test_a_weight_out_of_bounds_is_refused(weight):
    with pytest.raises(InputError, match="bobot"):
        check_for_training([Example("a", jenis="spam", weight=weight)])


def test_a_flag_that_nobody_spoke_of_is_neither_an_alarm_nor_a_false_one(trained):
    told = judge(trained).flags["urgent"]
    assert 0.0 < told["precision"] < 1.0
    examples = tuple(
        example if example.urgent == "1" else replace(example, urgent=UNKNOWN)
        for example in trained.held.examples
    )
    silent = judge(replace(trained, held=replace(trained.held, examples=examples))).flags["urgent"]
    assert silent == {"recall": told["recall"], "precision": 1.0}


def test_the_digest_of_the_corpus_is_of_what_is_learnt_from():
    text = Example("a", jenis="spam")
    base = corpus_digest([text], [])
    assert corpus_digest([replace(text, posted_at="2026-01-01")], []) == base
    assert corpus_digest([replace(text, weight=0.5)], []) != base


def test_of_a_flag_that_nobody_spoke_of_nothing_is_learnt():
    targets = Targets([*small_corpus(), Example("a", jenis="spam", urgent=UNKNOWN)])
    assert targets.known[-1].tolist() == [True, False, True]
    assert targets.known[:-1].all()
